"""Which rows get lane rows beneath them, and where every row is on the screen.

Invariant: a text row takes one screen line and one more for each of its lanes; the lines of a row follow each other,
text first.  Lanes are counted for all rows at once, and after a change only for the rows that its spans touch.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from annotator.core.index import SpanIndex
from annotator.core.spans import Ref, Span
from annotator.tui.layout import Layout

Density = Literal["off", "overlaps", "all"]

_REBUILD = 2_000  # rows touched above which counting everything anew is cheaper


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
    """

    def __init__(self, layout: Layout, index: SpanIndex, density: Density) -> None:
        self._layout = layout
        self._index = index
        self._density: Density = density
        self._build()

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

    def lanes(self, row: int) -> list[list[Span]]:
        """Return the spans in each lane of a row."""
        start, end = self._layout.row_start(row), self._layout.row_end(row)
        return lanes_of(self._index.overlapping(start, end), start, end, self._density)

    def update(self, spans: Iterable[Span | Ref]) -> bool:
        """Count the lanes again of the rows that some spans touch, after they were put in or taken out.

        Returns:
            Whether any row has more or fewer lanes than before.
        """
        if self._density == "off":
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
        if self._density != "off":
            self._count_lanes()
        self._count = rows + sum(self._lanes)
        tree = array("q", (1 + lanes for lanes in self._lanes))
        tree.insert(0, 0)
        for at in range(1, rows + 1):
            above = at + (at & -at)
            if above <= rows:
                tree[above] += tree[at]
        self._tree = tree
        self._top = 1 << rows.bit_length()

    def _count_lanes(self) -> None:
        """Fill in how many lanes each row has, with one pass over the spans."""
        layout = self._layout
        of_row: dict[int, list[Span]] = {}
        for span in self._index:
            for row in self.rows_of(span):
                of_row.setdefault(row, []).append(span)
        least = 2 if self._density == "overlaps" else 1
        for row, spans in of_row.items():
            if len(spans) >= least:
                self._lanes[row] = len(lanes_of(spans, layout.row_start(row), layout.row_end(row), self._density))
