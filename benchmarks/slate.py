"""The fewest keys from span to span with the keys of SLATE, for comparison.

SLATE is J. K. Kummerfeld's annotation tool for the terminal (ACL 2019 system demonstrations).  What its keys do is in
its README and, in its source, `input_action_list` of `config.py`, `move`, `change_span` and `update_number` of
`annotate.py`, and `get_moved_pos` and `Span.edited` of `data.py` (github.com/jkkummerfeld/slate):

- arrows (`j` `i` `o` `;`) move both ends of the selection by a token or line; Shift+arrows (`J` `I` `O` `:`) move them
  to the first or last line, which keeps their place in the line, or to the start or end of their line;
- `m` `/` extend and `k` `l` contract its left and right side by a token;
- a number before any of these does it so many times; 0 goes to the start or end of the line;
- SPACE and a letter label; settings may give a label one key.

Invariant: wherever its rules leave doubt, they are read in favour of SLATE, so its figure is never too high for that:
it may move where it would do so only if both ends moved, contract by just the number typed, and contract to a
single token with any number that is too high.  Its search
is left out: `\\`, at least one letter, `?` and `n` are four keys, as many as any two moves with a number.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from annotator.core.spans import Span
from annotator.tui.tokens import Extent

Places = tuple[int, int]
"""Numbers of the first and last token selected."""


class Slate:
    """Counts keys over one article, in tokens.

    Args:
        lines: For each line, the offsets at which its tokens start and end.
    """

    def __init__(self, lines: Sequence[Sequence[Extent]]) -> None:
        self._lines = [line for line in lines if line]
        self._first = [0]
        for line in self._lines:
            self._first.append(self._first[-1] + len(line))
        self._tokens = [token for line in self._lines for token in line]
        self.at: Places = (0, 0)

    def tag(self, span: Span) -> int:
        """Return the keys to reach a span, the label left out, and leave the selection on it.

        A span that begins or ends within a token counts as reached with the whole token.
        """
        inside = [n for n, (start, end) in enumerate(self._tokens) if start < span.end and end > span.start]
        wanted = (inside[0], inside[-1]) if inside else self.at
        cost = self.keys(self.at, wanted)
        self.at = wanted
        return cost

    def keys(self, at: Places, wanted: Places) -> int:
        """Return the fewest keys from one selection to another: all states of so many keys, then all of one more."""
        least = self._sideways(at, wanted)
        levels: dict[int, list[Places]] = {0: [at]}
        cheapest = {at: 0}
        level = 0
        while level + 1 < least:  # the last key of a shorter way would be pressed in one of these states
            for place in levels.get(level, ()):
                if cheapest[place] < level:
                    continue
                for cost, after in self._steps(place, least - 1 - level):
                    so_far = level + cost
                    if so_far < cheapest.get(after, least):
                        cheapest[after] = so_far
                        levels.setdefault(so_far, []).append(after)
                        least = min(least, so_far + self._sideways(after, wanted))
            level += 1
        return least

    def _steps(self, at: Places, most: int) -> Iterator[tuple[int, Places]]:
        """Yield where each command leads, in at most so many keys."""
        start, end = at
        last, lines = len(self._tokens) - 1, len(self._lines) - 1
        if most < 1:
            return
        for side in (False, True):
            yield 1, (self._edge(start, end=side), self._edge(end, end=side))
            yield 1, _ordered(self._to_line(start, lines * side), self._to_line(end, lines * side))
            if most > 1:
                yield 2, (min(self._edge(start, end=side), end), end)
                yield 2, (start, max(start, self._edge(end, end=side)))
        if most > 2:  # numbers of two digits for moves only: an edge that far off is better moved at the end
            for count in (*range(-99, -9), *range(10, 100)):
                yield 3, (min(max(start + count, 0), last), min(max(end + count, 0), last))
        reach = 9 if most > 1 else 1
        for count in range(-reach, reach + 1):
            if count:
                cost = times(count)
                left, right = min(max(start + count, 0), last), min(max(end + count, 0), last)
                yield cost, (left, right)
                yield cost, (min(left, end), end)
                yield cost, (start, max(start, right))
                up, down = self._line(start) + count, self._line(end) + count
                yield cost, _ordered(self._to_line(start, up), self._to_line(end, down))

    def _sideways(self, at: Places, wanted: Places) -> int:
        """Return the keys that move a selection sideways and then its edges."""
        left, right = wanted[0] - at[0], wanted[1] - at[1]
        return min(
            times(move) + self._edit(at[0] + move, wanted[0]) + self._edit(at[1] + move, wanted[1])
            for move in {0, left, right}
            if at[0] + move >= 0 and at[1] + move < len(self._tokens)
        )

    def _edit(self, token: int, wanted: int) -> int:
        """Return the keys that move one edge."""
        jumps = (self._edge(token, end=False), self._edge(token, end=True))
        return min(times(wanted - token), 2 if wanted in jumps else times(wanted - token))

    def _line(self, token: int) -> int:
        return bisect_right(self._first, token) - 1

    def _to_line(self, token: int, line: int) -> int:
        """Return the token with the same number in another line, or its last."""
        there = min(max(line, 0), len(self._lines) - 1)
        return self._first[there] + min(token - self._first[self._line(token)], len(self._lines[there]) - 1)

    def _edge(self, token: int, *, end: bool) -> int:
        line = self._line(token)
        return self._first[line + 1] - 1 if end else self._first[line]


def _ordered(start: int, end: int) -> Places:
    return (start, end) if start <= end else (end, start)


def times(count: int) -> int:
    """Return the keys for a command so many times: pressed again and again, or a number and the command."""
    count = abs(count)
    return min(count, len(str(count)) + 1)
