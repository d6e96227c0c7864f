"""How few keys a span costs: the shortest way over the real key bindings, on the bundled gold articles.

    python -m benchmarks.keys [--quick] [--articles 26] [--no-hints]

Every span is tagged in text order, from where tagging the one before has left the cursor; a way is a sequence of the
commands of the tag screen (moves, names, rows, sentences, extending, growing, edges, hints), run by the very code that
runs them there, and one label key.  Commands that change spans are left out, and so is search, which is never shorter
than a hint.

Beside it the key set of SLATE (Kummerfeld 2019; its README): arrows, Shift+arrows to the ends of line and text, `m` `/`
`k` `l` to extend and contract, numbers typed before each of them, in token scope.  It is given our tokens, whichever
lines suit it better (those of the file or ours), spans rounded to whole tokens, and both its own label keys (SPACE and
a letter) and labels of one key, which its settings allow; it has no hints and no moves by name or sentence.

Promised: at most 4.2 keys a span, and fewer than SLATE's with labels of one key.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import mean
from types import SimpleNamespace
from typing import Any, Final

from annotator.core.index import SpanIndex
from annotator.core.schema import Schema
from annotator.core.spans import Span, span_key
from annotator.errors import EditError
from annotator.resources import corpus_dir
from annotator.schemas import load_schema
from annotator.tui.commands import COMMANDS, Command
from annotator.tui.desk import Desk
from annotator.tui.hints import hints_for
from annotator.tui.layout import Layout
from annotator.tui.pointer import Place
from annotator.tui.tokens import tokens

LIMIT: Final = 4.2
WIDTH, PAGE, VIEW = 78, 34, 36  # the article beside the panel at 120×40
MOST: Final = 9  # keys after which the search for a way is given up
BEFORE, BEYOND = 400, 700  # code points around cursor and span within which ways are looked for
KEPT: Final = 500_000  # steps remembered
NEAR: Final = 160  # code points around the span within which selections are grown
ASKING: Final = ("move.find", "move.jump")

State = tuple[Place, bool, bool]


@dataclass(frozen=True, slots=True)
class Way:
    """The fewest keys for one span.

    Args:
        keys: The commands' keys, the label key left out; empty where the cursor was on the span already.
        cost: How many keys they are, and the label key.
        words: How many tokens the span has.
    """

    keys: tuple[str, ...]
    cost: int
    words: int


class Ways:
    """Looks for ways over one article.

    Args:
        text: The article.
        schema: The labels.
        hints: Whether hints may be used.
    """

    def __init__(self, text: str, schema: Schema, *, hints: bool) -> None:
        self._hints = hints
        self._layout = Layout(text, WIDTH)
        self._index = SpanIndex()
        session: Any = SimpleNamespace(article=SimpleNamespace(text=text), index=self._index, schema=schema, do=_refuse)
        self._desk = Desk(session, self._layout)
        self._host: Any = SimpleNamespace(desk=self._desk, page_rows=lambda: PAGE)
        self._commands = [
            command
            for command in COMMANDS
            if command.id.startswith(("move.", "select.")) and command.id not in ASKING and command.keys
        ]
        self._text = text
        self._tokens = list(tokens(text, 0, len(text)))
        self._reached: dict[tuple[State, str], State] = {}
        self._of_spans: dict[tuple[State, str], State] = {}  # where that depends on what is tagged
        self._codes: dict[int, dict[int, str]] = {}

    def tag(self, span: Span) -> Way:
        """Find the way to a span from where the last one has left the cursor, and tag it."""
        begin: State = (self._desk.place, False, self._desk.pointer.by_character)
        if len(self._reached) > KEPT:
            self._reached.clear()
        self._of_spans.clear()
        found = self._search(begin, span)
        if found is None:
            raise SystemExit(f"no way of {MOST} keys to {span.start}–{span.end} in {self._text[:30]!r}")
        keys, state = found
        cost = sum(len(key.split()) for key in keys) + 1
        self._index.add(span)
        self._set((self._desk.pointer.select(span.start, span.end), False, state[2]))
        words = sum(1 for start, end in self._tokens if start < span.end and end > span.start)
        return Way(keys, cost, words)

    def _search(self, begin: State, span: Span) -> tuple[tuple[str, ...], State] | None:
        """Return the keys of the shortest way, by cost level."""
        wanted = (span.start, span.end)
        if begin[0].extent == wanted:
            return (), begin
        low = min(begin[0].start, span.start) - BEFORE
        high = max(begin[0].end, span.end) + BEYOND
        levels: dict[int, list[tuple[State, tuple[str, ...]]]] = defaultdict(list)
        levels[0].append((begin, ()))
        seen: dict[State, int] = {}
        best: tuple[int, tuple[str, ...], State] | None = None
        for level in range(MOST + 1):
            if best is not None and best[0] <= level + 1:  # from here on every key makes it as long at least
                return best[1], best[2]
            for state, keys in levels[level]:
                if seen.get(state, MOST + 1) <= level:
                    continue
                seen[state] = level
                for key, cost, after in self._steps(state, span):
                    if after[0].extent == wanted and (best is None or level + cost < best[0]):
                        best = (level + cost, (*keys, key), after)
                    elif (best is None or level + cost + 1 < best[0]) and self._useful(after, span, low, high):
                        levels[level + cost].append((after, (*keys, key)))
        return None if best is None else (best[1], best[2])

    def _useful(self, state: State, span: Span, low: int, high: int) -> bool:
        place = state[0]
        if place.extent != place.anchor or state[1]:
            return span.start - NEAR <= place.start and place.end <= span.end + NEAR
        return low <= place.start and place.end <= high

    def _steps(self, state: State, span: Span) -> Iterator[tuple[str, int, State]]:
        """Yield what each key makes of a state."""
        for command in self._commands:
            after = self._run(state, command)
            if after != state:
                yield command.keys[0], 1, after
        if self._hints:
            yield from self._jumps(state, span)

    def _run(self, state: State, command: Command) -> State:
        depends = "span" in command.id or "edge" in command.id
        reached = self._of_spans if depends else self._reached
        known = reached.get((state, command.id))
        if known is None:
            self._set(state)
            command.run(self._host)
            known = reached[state, command.id] = self._get()
        return known

    def _jumps(self, state: State, span: Span) -> Iterator[tuple[str, int, State]]:
        """Yield the hint jumps to the span's first and last token."""
        codes = self._hint_codes(state[0].start)
        for start, end in self._tokens:
            if start in codes and (start <= span.start < end or start < span.end <= end):
                self._set(state)
                desk = self._desk
                target = desk.pointer.at(start)
                desk.go(desk.pointer.reach(desk.place, target.extent) if desk.extending else target)
                code = codes[start]
                yield "f " + " ".join("·" * len(code)), 1 + len(code), self._get()

    def _hint_codes(self, here: int) -> dict[int, str]:
        """Return the letters of each token in view, with the cursor in the middle of the screen."""
        if here not in self._codes:
            row = self._layout.row_of(here)
            first = max(0, min(row - VIEW // 2, self._layout.rows - VIEW))
            last = min(self._layout.rows - 1, first + VIEW - 1)
            low, high = self._layout.row_start(first), self._layout.next_start(last)
            starts = [
                start
                for start, end in self._tokens
                if low <= start < high and any(c.isalnum() for c in self._text[start:end])
            ]
            starts.sort(key=lambda start: abs(start - here))
            self._codes[here] = {offset: code for code, offset in hints_for(starts).items()}
        return self._codes[here]

    def _set(self, state: State) -> None:
        self._desk.place, self._desk.extending, self._desk.pointer.by_character = state

    def _get(self) -> State:
        return (self._desk.place, self._desk.extending, self._desk.pointer.by_character)


def _refuse(edits: object) -> None:
    raise EditError("the way to a span changes no other")


class Slate:
    """The fewest keys of SLATE over one article, in tokens; see the module's description.

    Args:
        lines: For each line that has tokens, the offsets at which they start and end.
    """

    def __init__(self, lines: Sequence[Sequence[tuple[int, int]]]) -> None:
        self._lines = [line for line in lines if line]
        self._first = [0]
        for line in self._lines:
            self._first.append(self._first[-1] + len(line))
        self._tokens = [token for line in self._lines for token in line]
        self._at = (0, 0)  # first and last token of the cursor

    def tag(self, span: Span) -> int:
        """Return the keys to reach a span, the label left out, and leave the cursor on it."""
        inside = [n for n, (start, end) in enumerate(self._tokens) if start < span.end and end > span.start]
        first, last = (inside[0], inside[-1]) if inside else self._at
        cost = min(moved + _adjust(at, (first, last)) for moved, at in self._starts(first))
        self._at = (first, last)
        return cost

    def _starts(self, target: int) -> Iterator[tuple[int, tuple[int, int]]]:
        """Yield where moves by line and jumps lead, and what they cost."""
        line = self._line(target)
        places = [(0, self._at), (1, (0, 0)), (1, (len(self._tokens) - 1,) * 2)]
        for cost, at in places[:]:
            places += [(cost + 1, self._edge(at, end)) for end in (False, True)]
            for aim in {line - 1, line, line + 1} & set(range(len(self._lines))):
                steps = aim - self._line(at[0])
                if steps and 0 <= self._line(at[1]) + steps < len(self._lines):
                    moved = (self._down(at[0], steps), self._down(at[1], steps))
                    places.append((cost + _times(steps), moved))
                    places += [(cost + _times(steps) + 1, self._edge(moved, end)) for end in (False, True)]
        yield from places

    def _line(self, token: int) -> int:
        return max(n for n, first in enumerate(self._first[:-1]) if first <= token)

    def _down(self, token: int, steps: int) -> int:
        line = self._line(token)
        there = line + steps
        return self._first[there] + min(token - self._first[line], len(self._lines[there]) - 1)

    def _edge(self, at: tuple[int, int], end: bool) -> tuple[int, int]:
        line = self._line(at[0])
        token = self._first[line + 1] - 1 if end else self._first[line]
        return token, token


def _adjust(at: tuple[int, int], wanted: tuple[int, int]) -> int:
    """Return the keys that move a cursor sideways and then its edges."""
    left, right = wanted[0] - at[0], wanted[1] - at[1]
    return min(_times(move) + _times(left - move) + _times(right - move) for move in {0, left, right})


def _times(count: int) -> int:
    """Return the keys for a command so many times: pressed again and again, or a number and the command."""
    count = abs(count)
    return min(count, len(str(count)) + 1)


def gold_articles() -> list[tuple[str, str, list[Span]]]:
    """Return id, text and gold spans of the bundled articles."""
    found = []
    with (corpus_dir() / "conflict-news.jsonl").open(encoding="utf-8") as file:
        for record in map(json.loads, file):
            if record.get("kind") == "gold":
                spans = [Span(s["id"], s["start"], s["end"], s["label"]) for s in record["spans"]]
                found.append((record["id"], record["text"], sorted(spans, key=span_key)))
    return found


def measure(article: tuple[str, str, list[Span]], hints: bool) -> tuple[str, list[Way], list[int]]:
    """Return the ways over one article, and SLATE's keys for the same spans without labels."""
    name, text, spans = article
    ways = Ways(text, load_schema("conflict-events"), hints=hints)
    ours = [ways.tag(span) for span in spans]
    layout = Layout(text, WIDTH)
    rows = [list(tokens(text, layout.row_start(row), layout.row_end(row))) for row in range(layout.rows)]
    whole: list[list[tuple[int, int]]] = []
    at = 0
    for part in text.split("\n"):
        whole.append(list(tokens(text, at, at + len(part))))
        at += len(part) + 1
    slates = [Slate(lines) for lines in (rows, whole)]
    theirs = min(([slate.tag(span) for span in spans] for slate in slates), key=sum)
    return name, ours, theirs


def report(results: Sequence[tuple[str, list[Way], list[int]]]) -> tuple[float, float]:
    """Print the figures and return ours and SLATE's."""
    print(f"{'article':>34} {'spans':>5} {'ours':>6} {'SLATE':>6} (labels of one key)")
    for name, ways, slate in results:
        print(f"{name:>34} {len(ways):5} {mean(w.cost for w in ways):6.2f} {mean(slate) + 1:6.2f}")
    ways = [way for _, found, _ in results for way in found]
    theirs = mean(cost for _, _, slate in results for cost in slate)
    ours = mean(way.cost for way in ways)
    print(f"\n{'all':>34} {len(ways):5} {ours:6.2f} {theirs + 1:6.2f}    (SLATE with its own labels: {theirs + 2:.2f})")
    print(f"keys a span, label included: {ours:.2f} (at most {LIMIT}); spans by keys: {_spread(ways)}")
    print("most costly kinds of way, by keys beyond two a span:")
    extra: Counter[str] = Counter()
    number: Counter[str] = Counter()
    for way in ways:
        kind = " + ".join(_kinds(way.keys)) or "there already"
        extra[kind] += max(0, way.cost - 2)
        number[kind] += 1
    for kind, keys in extra.most_common(5):
        print(f"{keys:6} keys in {number[kind]:4} spans: {kind}")
    return ours, theirs + 1


def _spread(ways: Sequence[Way]) -> str:
    counts = Counter(way.cost for way in ways)
    return ", ".join(f"{cost}: {counts[cost] / len(ways):.0%}" for cost in sorted(counts))


def _kinds(keys: Sequence[str]) -> list[str]:
    """Return the keys of a way in order, repeated ones counted."""
    kinds: list[str] = []
    for key in keys:
        if kinds and kinds[-1].split(" ×")[0] == key:
            name, _, times = kinds[-1].partition(" ×")
            kinds[-1] = f"{name} ×{int(times or 1) + 1}"
        else:
            kinds.append(key)
    return kinds


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="four articles")
    parser.add_argument("--articles", type=int, default=0, help="how many articles")
    parser.add_argument("--no-hints", action="store_true", help="without jumps to the letters of a word")
    given = parser.parse_args(arguments)
    articles = gold_articles()
    count = given.articles or (4 if given.quick else len(articles))
    chosen = articles[:: max(1, len(articles) // count)][:count]
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(measure, chosen, [not given.no_hints] * len(chosen)))
    ours, theirs = report(results)
    return int(ours > LIMIT or ours >= theirs)


if __name__ == "__main__":
    sys.exit(main())
