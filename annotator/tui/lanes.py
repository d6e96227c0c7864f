"""Which rows get lane rows beneath them, and where every row is on the screen.

Invariant: a text row takes one screen line and one more for each of its lanes; the lines of a row follow each other,
text first, then the annotator's own spans, then suggestions, then what another layer has.  Lanes are counted for all
rows at once, and after a change only for the rows that its spans touch.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from annotator.core.index import SpanIndex
from annotator.core.spans import Ref, Span
from annotator.tui.layout import Layout

Density = Literal["off", "overlaps", "all"]
LaneKind = Literal["own", "suggested", "other"]
"""Whose spans a lane shows: the annotator's, those that models propose, or those of another layer to look at."""

_REBUILD = 2_000  # rows touched above which counting everything anew is cheaper


class Lane(NamedTuple):
    """A line of spans beneath a row, none of which overlap."""

    spans: list[Span]
    kind: LaneKind = "own"


def lanes_of(spans: Sequence[Span], start: int, end: int, density: Density) -> list[list[Span]]:
    """Return the spans that are drawn in each lane of a row, outer lanes first.

    Args:
        spans: Those that overlap the row, in key order.
        start: The row's first code point.
        end: The row's end, its line break not counted.
        density: "all" draws every span; "overlaps" those that the row's background does not show whole, because a
            later span lies on top of them there; "off" none.
    """
    if density == "off" or start >= end:
        return []
    here = [span for span in spans if span.start < end and span.end > start]
    if density == "overlaps":
        # the next span in key order starts first of all later ones, so it is the only one to ask
        here = [span for span, upper in pairwise(here) if upper.start < min(span.end, end)]
    lanes: list[list[Span]] = []
    for span in here:
        lane = next((lane for lane in lanes if lane[-1].end <= max(span.start, start)), None)
        if lane is None:
            lanes.append([span])
        else:
            lane.append(span)
    return lanes


class Lines:
    """The screen lines of a layout, and the text row or lane that each shows.

    Args:
        layout: The text's rows.
        index: The spans, kept up to date by its owner; tell `update` after each change.
        density: Which spans get lanes.
        suggested: What models propose; each has a lane unless `density` is "off".
        other: Another layer to look at; each of its spans has a lane, since nothing else shows it.
    """

    def __init__(
        self,
        layout: Layout,
        index: SpanIndex,
        density: Density,
        *,
        suggested: SpanIndex | None = None,
        other: SpanIndex | None = None,
    ) -> None:
        self._layout = layout
        self._density: Density = density
        self._kinds = self._kinds_of(index, suggested, other)
        self._build()

    def _kinds_of(
        self, index: SpanIndex, suggested: SpanIndex | None, other: SpanIndex | None
    ) -> list[tuple[LaneKind, SpanIndex, Density]]:
        density = self._density
        kept: list[tuple[LaneKind, SpanIndex | None, Density]] = [
            ("own", index, density),
            ("suggested", suggested, "off" if density == "off" else "all"),
            ("other", other, "all"),
        ]
        return [(kind, spans, shown) for kind, spans, shown in kept if spans is not None and shown != "off"]

    def take_in(self, index: SpanIndex, *, suggested: SpanIndex | None, other: SpanIndex | None) -> None:
        """Have other suggestions or another layer; until `update` was told of a row's spans, it keeps its height."""
        self._kinds = self._kinds_of(index, suggested, other)

    @property
    def count(self) -> int:
        """How many screen lines there are."""
        return self._count

    def line_of(self, row: int) -> int:
        """Return the screen line of a row's text."""
        total = 0
        while row > 0:
            total += self._tree[row]
            row &= row - 1
        return total

    def height(self, row: int) -> int:
        """Return how many screen lines a row takes: one, and one for each lane."""
        return 1 + self._lanes[row]

    def at(self, line: int) -> tuple[int, int]:
        """Return the row that a screen line belongs to and how far below the row's text it is (0 is the text).

        Args:
            line: Counted from 0; beyond the last line it stands for the last.
        """
        line = min(max(line, 0), self._count - 1)
        row, step = 0, self._top
        while step:
            if row + step < len(self._tree) and self._tree[row + step] <= line:
                row += step
                line -= self._tree[row]
            step >>= 1
        return row, line

    def rows_of(self, span: Span | Ref) -> range:
        """Return the rows that a span touches."""
        return range(self._layout.row_of(span.start), self._layout.row_of(max(span.start, span.end - 1)) + 1)

    def lanes(self, row: int) -> list[Lane]:
        """Return the spans in each lane of a row."""
        start, end = self._layout.row_start(row), self._layout.row_end(row)
        return [
            Lane(lane, kind)
            for kind, spans, density in self._kinds
            for lane in lanes_of(spans.overlapping(start, end), start, end, density)
        ]

    def update(self, spans: Iterable[Span | Ref]) -> bool:
        """Count the lanes again of the rows that some spans touch, after they were put in or taken out.

        Returns:
            Whether any row has more or fewer lanes than before.
        """
        if not self._kinds:
            return False
        touched = [self.rows_of(span) for span in spans]
        if sum(map(len, touched)) > _REBUILD:
            before = self._lanes
            self._build()
            return self._lanes != before
        changed = False
        for row in set().union(*touched):
            difference = len(self.lanes(row)) - self._lanes[row]
            if difference:
                changed = True
                self._lanes[row] += difference
                self._count += difference
                at = row + 1
                while at < len(self._tree):
                    self._tree[at] += difference
                    at += at & -at
        return changed

    def _build(self) -> None:
        """Count all lanes, and sum them up in a Fenwick tree of the rows' heights."""
        rows = self._layout.rows
        self._lanes = array("i", bytes(4 * rows))
        self._count_all()
        self._count = rows + sum(self._lanes)
        tree = array("q", (1 + lanes for lanes in self._lanes))
        tree.insert(0, 0)
        for at in range(1, rows + 1):
            above = at + (at & -at)
            if above <= rows:
                tree[above] += tree[at]
        self._tree = tree
        self._top = 1 << rows.bit_length()

    def _count_all(self) -> None:
        """Fill in how many lanes each row has."""
        for _, spans, density in self._kinds:
            self._count_lanes(spans, density)

    def _count_lanes(self, index: SpanIndex, density: Density) -> None:
        """Add how many lanes each row has for some spans, with one pass over them."""
        layout = self._layout
        of_row: dict[int, list[Span]] = {}
        for span in index:
            for row in self.rows_of(span):
                of_row.setdefault(row, []).append(span)
        least = 2 if density == "overlaps" else 1
        for row, spans in of_row.items():
            if len(spans) >= least:
                self._lanes[row] += len(lanes_of(spans, layout.row_start(row), layout.row_end(row), density))
