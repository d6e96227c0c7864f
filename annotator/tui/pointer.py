"""Where the annotator is in the text: a selection and how keys move it.  Pure, so that key tables can test it.

Invariant: `start < end` lie on grapheme boundaries within the text unless the text has no token at all; in token mode
a move selects exactly one token, and extending keeps the anchor's extent inside the selection.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Literal, Protocol

from annotator.tui import motion
from annotator.tui.motion import Extent

Direction = Literal[-1, 1]


class Rows(Protocol):
    """What vertical moves need of a layout."""

    @property
    def rows(self) -> int:
        """How many rows there are."""

    def row_of(self, offset: int) -> int:
        """Return the row of an offset."""

    def row_start(self, row: int) -> int:
        """Return the first offset of a row."""

    def row_end(self, row: int) -> int:
        """Return the end of a row."""

    def cell_of(self, offset: int) -> tuple[int, int]:
        """Return row and cell of an offset."""

    def offset_at(self, row: int, cell: int) -> int:
        """Return the offset painted at a cell."""

    def next_grapheme(self, offset: int) -> int:
        """Return the next grapheme boundary."""

    def previous_grapheme(self, offset: int) -> int:
        """Return the grapheme boundary before."""


@dataclass(frozen=True, slots=True)
class Place:
    """A selection: what is highlighted, and what it grew from.

    Args:
        start: First code point.
        end: One past the last code point.
        anchor: The extent that extending keeps.
        column: The cell that up and down try to keep, or None to take it from the selection.
    """

    start: int = 0
    end: int = 0
    anchor: Extent = (0, 0)
    column: int | None = None

    @property
    def extent(self) -> Extent:
        """The selection as a pair."""
        return (self.start, self.end)

    @property
    def grown_left(self) -> bool:
        """Whether it was extended to the left of what it grew from."""
        return self.start < self.anchor[0]

    @property
    def grown_right(self) -> bool:
        """Whether it was extended to the right of what it grew from."""
        return self.end > self.anchor[1]


class Pointer:
    """Moves a place over one text.

    Args:
        text: The article.
        rows: Its layout; may be replaced when the width changes.
        by_character: Whether moves go by grapheme cluster instead of token.
    """

    def __init__(self, text: str, rows: Rows, *, by_character: bool = False) -> None:
        self.text = text
        self.rows = rows
        self.by_character = by_character

    def first(self) -> Place:
        """Return the place on the first token (or grapheme that is no line break) of the text."""
        unit = self._edge_unit(-1)
        return Place(*unit, unit)

    def at(self, offset: int, *, column: int | None = None) -> Place:
        """Return the place on the token (or grapheme) nearest to an offset."""
        extent = self._unit_at(offset)
        return Place(*extent, extent, column)

    def select(self, start: int, end: int) -> Place:
        """Return the place that selects a stretch as one whole."""
        return Place(start, end, (start, end))

    def select_found(self, start: int, end: int) -> Place:
        """Return the place that selects what a search found, to whole graphemes: ก is found in กำ, too."""
        rows = self.rows
        return self.select(rows.previous_grapheme(rows.next_grapheme(start)), rows.next_grapheme(end - 1))

    def whole(self, place: Place) -> Place:
        """Return the place widened to whole tokens; as it is when moving by character."""
        if self.by_character or place.start == place.end:
            return place
        start, end = self._unit_at(place.start)[0], self._unit_at(place.end - 1)[1]
        return self.select(min(start, place.start), max(end, place.end))

    def reach(self, place: Place, extent: Extent, *, column: int | None = None) -> Place:
        """Return the place extended from its anchor to another extent."""
        start, end = min(place.anchor[0], extent[0]), max(place.anchor[1], extent[1])
        return Place(start, end, place.anchor, column)

    def step(self, place: Place, direction: Direction, *, extend: bool) -> Place:
        """Move or extend by one token (or grapheme); a move passes over line breaks."""
        if extend:
            return self._extend(place, direction)
        found = self._next(place.end) if direction > 0 else self._previous(place.start)
        while found and self.by_character and self.text[found[0]] in "\r\n":
            found = self._next(found[1]) if direction > 0 else self._previous(found[0])
        return Place(*found, found) if found else place

    def _extend(self, place: Place, direction: Direction) -> Place:
        """Grow on the side that moves; once it meets the anchor, go on on the other side."""
        anchor = place.anchor
        if direction > 0:
            if place.grown_left and not place.grown_right:
                found = self._next(self._unit_at(place.start)[1])
                return Place(min(found[0], anchor[0]) if found else anchor[0], place.end, anchor)
            found = self._next(place.end)
            return Place(place.start, found[1], anchor) if found else place
        if place.grown_right and not place.grown_left:
            found = self._previous(self._previous_start(place.end))
            return Place(place.start, max(found[1], anchor[1]) if found else anchor[1], anchor)
        found = self._previous(place.start)
        return Place(found[0], place.end, anchor) if found else place

    def _moving(self, place: Place, direction: int, *, extend: bool) -> int:
        """Return the offset that a move starts from: of an extended selection, the side that it was extended to."""
        last = max(place.start, place.end - 1)
        if not extend:
            return last if direction > 0 else place.start
        if place.grown_left != place.grown_right:
            return place.start if place.grown_left else last
        return last if direction > 0 else place.start

    def vertical(self, place: Place, count: int, *, extend: bool) -> Place:
        """Move or extend by rows, keeping the column.

        Args:
            place: Where the move starts.
            count: Rows down; negative up.
            extend: Whether the anchor stays.
        """
        whole = place.extent == place.anchor
        row, cell = self.rows.cell_of(place.start if whole else self._moving(place, count, extend=extend))
        if whole and count > 0:
            row = self.rows.row_of(max(place.start, place.end - 1))  # a selection over several rows is left below it
        column = cell if place.column is None else place.column
        target = self._row_with_text(row, count)
        if target is None:
            return place
        unit = self._unit_in(target, column)
        return self.reach(place, unit, column=column) if extend else Place(*unit, unit, column)

    def _unit_in(self, row: int, cell: int) -> Extent:
        """Return the unit at a cell of a row that has words; past its last word, the last word."""
        unit = self._unit_at(self.rows.offset_at(row, cell))
        start, end = self.rows.row_start(row), self.rows.row_end(row)
        if unit[0] < end and unit[1] > start:
            return unit
        last = self._previous(end)
        return last if last and last[1] > start else self._unit_at(start)

    def _row_with_text(self, row: int, count: int) -> int | None:
        """Return the row to land on: `count` rows on and past blank ones; failing that, the last one on the way."""
        sign = 1 if count > 0 else -1
        last = self.rows.rows - 1
        wanted = min(max(row + count, 0), last)
        on = range(wanted, last + 1) if count > 0 else range(wanted, -1, -1)
        for target in chain(on, range(wanted - sign, row, -sign)):
            if target != row and self.text[self.rows.row_start(target) : self.rows.row_end(target)].strip():
                return target
        return None

    def row_edge(self, place: Place, direction: Direction, *, extend: bool) -> Place:
        """Move or extend to the first or last token of the row."""
        row = self.rows.row_of(self._moving(place, direction, extend=extend))
        start, end = self.rows.row_start(row), self.rows.row_end(row)
        found = self._next(start) if direction < 0 else self._previous(end)
        if found is None or found[0] >= end or found[1] <= start:
            return place
        return self.reach(place, found) if extend else Place(*found, found)

    def text_edge(self, place: Place, direction: Direction, *, extend: bool) -> Place:
        """Move or extend to the first or last token of the text."""
        unit = self._edge_unit(direction)
        return self.reach(place, unit) if extend else Place(*unit, unit)

    def _edge_unit(self, direction: Direction) -> Extent:
        """Return the first or last unit of the text that is no line break, if there is one."""
        edge = unit = self._unit_at(0 if direction < 0 else len(self.text))
        while self.by_character and self.text[unit[0] : unit[1]].strip("\r\n") == "":
            found = self._next(unit[1]) if direction < 0 else self._previous(unit[0])
            if found is None:
                return edge
            unit = found
        return unit

    def sentence(self, place: Place, direction: Direction, *, extend: bool) -> Place:
        """Move to the first token of the next or previous sentence, or extend there."""
        find = motion.next_sentence if direction > 0 else motion.previous_sentence
        offset = find(self.text, self._moving(place, direction, extend=True) if extend else place.start)
        if offset is None:
            return place
        extent = self._unit_at(offset)
        return self.reach(place, extent) if extend else Place(*extent, extent)

    def entity(self, place: Place, direction: Direction, *, extend: bool) -> Place:
        """Select the next or previous run of capitalised words, or number; or extend over it."""
        if direction > 0:
            found = motion.next_entity(self.text, place.end, run=True)
        else:
            found = motion.previous_entity(self.text, place.start, run=True)
        if found is None:
            return place
        return self.reach(place, found) if extend else self.select(*found)

    def grow(self, place: Place) -> Place:
        """Select more: by token, then clause, then sentence."""
        return self.select(*motion.grow(self.text, place.start, place.end))

    def shrink(self, place: Place) -> Place:
        """Select less."""
        return self.select(*motion.shrink(self.text, place.start, place.end))

    def edge(self, extent: Extent, side: Literal["left", "right"], direction: Direction) -> Extent:
        """Return an extent with one edge moved by a token (or grapheme); never empty, never reversed."""
        start, end = extent
        if side == "left":
            if direction < 0:
                found = self._previous(start)
                return (found[0], end) if found else extent
            found = self._next(self._unit_at(start)[1])
            return (found[0], end) if found and found[0] < end else extent
        if direction > 0:
            found = self._next(end)
            return (start, found[1]) if found else extent
        found = self._previous(self._previous_start(end))
        return (start, found[1]) if found and found[1] > start else extent

    def with_edge(self, place: Place, side: Literal["left", "right"], direction: Direction) -> Place:
        """Return the place with one edge moved; what is extended next is the same side."""
        start, end = self.edge(place.extent, side, direction)
        if (start, end) == place.extent:
            return place
        first, last = self._unit_at(start), self._unit_at(max(start, end - 1))
        anchor = (start, min(first[1], end)) if side == "right" else (max(last[0], start), end)
        return Place(start, end, anchor)

    def is_unit(self, extent: Extent) -> bool:
        """Say whether an extent is a single token (or grapheme), as a plain move leaves it."""
        return self._unit_at(extent[0]) == extent

    def _previous_start(self, end: int) -> int:
        """Return where the unit that ends at or spans an offset begins."""
        found = self._previous(end)
        return found[0] if found else 0

    def _unit_at(self, offset: int) -> Extent:
        length = len(self.text)
        offset = min(max(offset, 0), length)
        if not self.by_character:
            return motion.nearest_token(self.text, offset) or (0, self.rows.next_grapheme(0) if length else 0)
        if not length:
            return (0, 0)
        end = self.rows.next_grapheme(offset) if offset < length else length
        return (self.rows.previous_grapheme(end), end)

    def _next(self, offset: int) -> Extent | None:
        if not self.by_character:
            return motion.next_token(self.text, offset)
        if offset >= len(self.text):
            return None
        return (offset, self.rows.next_grapheme(offset))

    def _previous(self, offset: int) -> Extent | None:
        if not self.by_character:
            return motion.previous_token(self.text, offset)
        if offset <= 0:
            return None
        return (self.rows.previous_grapheme(offset), offset)
