"""The shortest ways from span to span, over the commands of the tag screen themselves.

Invariant: each step of a way is what the command of that key does to a `Desk`, and each hint has the letters that the
screen would paint where the way has scrolled the view; so a way that is found works key for key.  A search looks
only at the stretch around cursor and span, so what it finds is never shorter than what there is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from annotator.core.index import SpanIndex
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.errors import EditError
from annotator.tui import motion
from annotator.tui import tokens as screen_tokens
from annotator.tui.commands import COMMANDS, Command
from annotator.tui.desk import Desk
from annotator.tui.layout import Layout
from annotator.tui.pointer import Place
from annotator.tui.prompts import hinted_words, jump_to
from annotator.tui.tokens import Extent, tokens

MOST: Final = 9  # keys after which the search for a way is given up
AROUND: Final = 60  # tokens around cursor and span within which ways are looked for
NEAR: Final = 20  # tokens around the span within which selections are grown
ASKING: Final = ("move.find", "move.jump", "select.jump")
MARGIN: Final = 2  # rows that the screen keeps above and below the cursor

State = tuple[int, int, int, int, int | None, bool, bool]
"""Selection, anchor, kept column, whether moves extend, whether they go by character."""
Step = tuple[str, int, State]
"""Key, how many it stands for, and where it leads."""


@dataclass(frozen=True)
class View:
    """How much text there is on the screen: by default what the panel leaves of 120×40, without label lanes.

    Args:
        width: Cells in a row.
        rows: Rows of text.
    """

    width: int = 78
    rows: int = 37


@dataclass(frozen=True, slots=True)
class Way:
    """The fewest keys for one span.

    Args:
        label: The span's label.
        keys: The keys, the label key left out; empty where the cursor was on the span already.  A hint is one of
            them, with its letters.
        cost: How many they are, and the label key.
        words: How many tokens the span has.
    """

    label: str
    keys: tuple[str, ...]
    cost: int
    words: int


@dataclass(frozen=True, slots=True)
class _Node:
    """A state on the way: how it was reached, and the first row in view there."""

    state: State
    top: int
    key: str = ""
    before: _Node | None = None

    def keys(self) -> tuple[str, ...]:
        return (*self.before.keys(), self.key) if self.before else ()


@contextmanager
def remembered() -> Iterator[None]:
    """Have the screen's pure functions remember what they have answered, for the time of a search."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(screen_tokens, "next_token", cache(screen_tokens.next_token)))
        for name in ("token_at", "next_token", "previous_token", "nearest_token", "next_entity", "previous_entity"):
            stack.enter_context(patch.object(motion, name, cache(getattr(motion, name))))
        for name in ("next_sentence", "previous_sentence", "sentence_at", "clause_at", "grow", "shrink"):
            stack.enter_context(patch.object(motion, name, cache(getattr(motion, name))))
        for name in ("row_of", "row_end", "line", "cell_of", "offset_at"):
            stack.enter_context(patch.object(Layout, name, cache(getattr(Layout, name))))
        yield


class Ways:
    """Looks for ways over one article.

    Args:
        text: The article.
        schema: The labels.
        hints: Whether hints may be used.
        view: How much of the text is in view.
    """

    def __init__(self, text: str, schema: Schema, *, hints: bool = True, view: View | None = None) -> None:
        self._hints = hints
        self._view = view or View()
        self._layout = Layout(text, self._view.width)
        self._index = SpanIndex()
        article = SimpleNamespace(text=text)
        self._session: Any = SimpleNamespace(article=article, index=SpanIndex(), schema=schema, do=_refuse)
        self._desk = Desk(self._session, self._layout)
        self._desk.offers.shown = False  # no model has been here
        self._host: Any = SimpleNamespace(desk=self._desk, page_rows=lambda: self._view.rows - 1)
        commands = [c for c in COMMANDS if c.id.startswith(("move.", "select.")) and c.id not in ASKING and c.keys]
        self._to_spans = [command for command in commands if command.id.endswith("-span")]
        self._edging = [command for command in commands if "-edge-" in command.id]
        self._moving = [command for command in commands if command not in [*self._to_spans, *self._edging]]
        self._text = text
        self._tokens = list(tokens(text, 0, len(text)))
        self._edges = {edge for token in self._tokens for edge in token}
        self._top = 0
        self._known: dict[State, tuple[list[Step], list[Step]]] = {}  # moves, edges
        self._codes: dict[tuple[int, int], dict[int, str]] = {}

    def tag(self, span: Span) -> Way:
        """Find the way to a span from where the last one has left the cursor, and tag it."""
        found = self._search(_Node(self._get(), self._top), span)
        if found is None:
            raise SystemExit(f"no way of {MOST} keys to {span.start}–{span.end} in {self._text[:30]!r}")
        keys = found.keys()
        self._index.add(span)
        self._set(found.state)
        self._desk.pick(span)
        self._top = found.top
        words = sum(1 for start, end in self._tokens if start < span.end and end > span.start)
        return Way(span.label, keys, sum(len(key.split()) for key in keys) + 1, words)

    def _search(self, begin: _Node, span: Span) -> _Node | None:
        """Return the end of a shortest way: all states of so many keys, then all of one more."""
        wanted = (span.start, span.end)
        if begin.state[:2] == wanted:
            return begin
        bounds = self._bounds(begin.state, wanted)
        levels: dict[int, list[_Node]] = defaultdict(list, {0: [begin]})
        cheapest = {begin.state: 0}
        best, least = None, MOST + 1
        for level in range(MOST):
            for node in levels.pop(level, ()):
                if least == level + 1:  # nothing from here on is shorter
                    return best
                if cheapest[node.state] < level:
                    continue
                for key, cost, after in self._steps(node, wanted):
                    so_far = level + cost
                    if so_far >= least or cheapest.get(after, least) <= so_far:
                        continue
                    if after[:2] == wanted:
                        best, least = _Node(after, self._scrolled(node, after), key, node), so_far
                    elif so_far + 1 < least and bounds.hold(after):
                        cheapest[after] = so_far
                        levels[so_far].append(_Node(after, self._scrolled(node, after), key, node))
            if least == level + 1:
                return best
        return best

    def _bounds(self, state: State, wanted: Extent) -> _Bounds:
        low, high = self._beyond(min(state[0], wanted[0]), max(state[1], wanted[1]), AROUND)
        by_character = not self._edges.issuperset(wanted)
        return _Bounds((low, high), self._beyond(*wanted, NEAR), by_character=by_character)

    def _beyond(self, start: int, end: int, count: int) -> Extent:
        """Return an extent with so many tokens more on both sides."""
        first = max(0, bisect_left(self._tokens, (start, start)) - count)
        last = min(len(self._tokens), bisect_left(self._tokens, (end, end)) + count) - 1
        return self._tokens[first][0], self._tokens[last][1]

    def _steps(self, node: _Node, wanted: Extent) -> Iterator[Step]:
        """Yield what each key makes of a state.

        An edge key moves the edge of a span that is selected, or that a single token is within: it is left out then.
        Tab is tried as the first key only.
        """
        state = node.state
        known = self._known.get(state)
        if known is None:
            known = self._known[state] = (list(self._run(state, self._moving)), list(self._run(state, self._edging)))
        yield from known[0]
        if state[:2] != state[2:4] or not self._is_tagged(*state[:2]):
            yield from known[1]
        if node.before is None:
            self._session.index = self._index
            yield from self._run(state, self._to_spans)
            self._session.index = SpanIndex()
        if self._hints:
            yield from self._jumps(node, wanted)

    def _is_tagged(self, start: int, end: int) -> bool:
        return any(span.start <= start and end <= span.end for span in self._index.overlapping(start, end))

    def _run(self, state: State, commands: list[Command]) -> Iterator[Step]:
        for command in commands:
            self._set(state)
            command.run(self._host)
            after = self._get()
            if after != state:
                yield command.keys[0], 1, after

    def _jumps(self, node: _Node, wanted: Extent) -> Iterator[Step]:
        """Yield the jumps to the span's first and last token, and the selections up to them."""
        codes = self._codes_in_view(node.top, node.state[0])
        for offset in {self._token_at(wanted[0]), self._token_at(wanted[1] - 1)}:
            for key in ("f", "F") if offset in codes else ():
                self._set(node.state)
                jump_to(self._desk, offset, extend=key == "F")
                yield " ".join((key, *codes[offset])), 1 + len(codes[offset]), self._get()

    def _token_at(self, offset: int) -> int:
        token = motion.nearest_token(self._text, offset)
        return token[0] if token else offset

    def _codes_in_view(self, top: int, here: int) -> dict[int, str]:
        """Return the letters of each word in view."""
        key = (top, here)
        if key not in self._codes:
            last = min(self._layout.rows, top + self._view.rows) - 1
            extent = (self._layout.row_start(top), self._layout.next_start(last))
            self._codes[key] = {offset: code for code, offset in hinted_words(self._text, extent, here).items()}
        return self._codes[key]

    def _scrolled(self, node: _Node, after: State) -> int:
        """Return the first row in view after a move, scrolled as little as needed, as `ArticleCanvas` does."""
        if after[:2] == node.state[:2]:
            return node.top
        moved_end = after[0] == node.state[0] and after[1] != node.state[1]
        row = self._layout.row_of(after[1] - 1 if moved_end else after[0])
        wanted = min(max(node.top, row + MARGIN - self._view.rows + 1), row - MARGIN)
        return min(max(0, wanted), max(0, self._layout.rows - self._view.rows))

    def _set(self, state: State) -> None:
        desk = self._desk
        desk.place = Place(state[0], state[1], (state[2], state[3]), state[4])
        desk.extending, desk.pointer.by_character = state[5], state[6]

    def _get(self) -> State:
        place = self._desk.place
        by_character = self._desk.pointer.by_character
        return (place.start, place.end, *place.anchor, place.column, self._desk.extending, by_character)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Which states a search goes on from; narrower bounds can only make ways longer.

    Args:
        around: Start and end of where the cursor goes.
        near: The same for selections, which grow near the span only.
        by_character: Whether the span needs character mode.
    """

    around: Extent
    near: Extent
    by_character: bool

    def hold(self, state: State) -> bool:
        start, end = state[:2]
        if state[6] and not self.by_character:
            return False
        low, high = self.near if state[5] or (start, end) != state[2:4] else self.around
        return low <= start and end <= high


def _refuse(edits: object) -> None:
    raise EditError("the way to a span changes no other")
