"""Where the annotator is in the text: a selection and how keys move it.  Pure, so that key tables can test it.

Invariant: `start < end` lie on grapheme boundaries within the text unless the text has no token at all; in token mode
a move selects exactly one token, and extending keeps the anchor's extent inside the selection.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    def head(self) -> Extent:
        """The moving side: the last token or grapheme towards which the selection was extended."""
        if self.extent == self.anchor:
            return self.anchor
        if self.start < self.anchor[0]:
            return (self.start, self.start)
        return (self.end, self.end)


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
        """Return the place on the first token of the text."""
        return self.at(0)

    def at(self, offset: int, *, column: int | None = None) -> Place:
        """Return the place on the token (or grapheme) nearest to an offset."""
        extent = self._unit_at(offset)
        return Place(*extent, extent, column)

    def select(self, start: int, end: int) -> Place:
        """Return the place that selects a stretch as one whole."""
        return Place(start, end, (start, end))

    def reach(self, place: Place, extent: Extent) -> Place:
        """Return the place extended from its anchor to another extent."""
        start, end = min(place.anchor[0], extent[0]), max(place.anchor[1], extent[1])
        return Place(start, end, place.anchor)

    def step(self, place: Place, direction: Direction, *, extend: bool) -> Place:
        """Move or extend by one token (or grapheme)."""
        if not extend:
            found = self._next(place.end) if direction > 0 else self._previous(place.start)
            return Place(*found, found) if found else place
        return self._extend(place, direction)

    def _extend(self, place: Place, direction: Direction) -> Place:
        """Grow on the side that moves; once it meets the anchor, go on on the other side."""
        anchor = place.anchor
        if direction > 0:
            if place.start < anchor[0]:
                found = self._next(self._unit_at(place.start)[1])
                return Place(min(found[0], anchor[0]) if found else anchor[0], place.end, anchor)
            found = self._next(place.end)
            return Place(place.start, found[1], anchor) if found else place
        if place.end > anchor[1]:
            found = self._previous(self._previous_start(place.end))
            return Place(place.start, max(found[1], anchor[1]) if found else anchor[1], anchor)
        found = self._previous(place.start)
        return Place(found[0], place.end, anchor) if found else place

    def vertical(self, place: Place, count: int, *, extend: bool) -> Place:
        """Move or extend by rows, keeping the column.

        Args:
            place: Where the move starts.
            count: Rows down; negative up.
            extend: Whether the anchor stays.
        """
        head = place.start if count < 0 else max(place.start, place.end - 1)
        row, cell = self.rows.cell_of(place.start if place.extent == place.anchor else head)
        column = cell if place.column is None else place.column
        target = self._row_with_text(row, count)
        if target is None:
            return place
        offset = self.rows.offset_at(target, column)
        if extend:
            moved = self.reach(place, self._unit_at(offset))
            return Place(moved.start, moved.end, moved.anchor, column)
        return self.at(offset, column=column)

    def _row_with_text(self, row: int, count: int) -> int | None:
        """Return the row to land on: `count` rows on, and past blank ones."""
        sign = 1 if count > 0 else -1
        target = min(max(row + count, 0), self.rows.rows - 1)
        while 0 <= target < self.rows.rows:
            if self.text[self.rows.row_start(target) : self.rows.row_end(target)].strip():
                return target if target != row else None
            target += sign
        return None

    def row_edge(self, place: Place, direction: Direction, *, extend: bool) -> Place:
        """Move or extend to the first or last token of the row."""
        row = self.rows.row_of(place.start if direction < 0 else max(place.start, place.end - 1))
        start, end = self.rows.row_start(row), self.rows.row_end(row)
        found = self._next(start) if direction < 0 else self._previous(end)
        if found is None:
            return place
        return self.reach(place, found) if extend else Place(*found, found)

    def text_edge(self, direction: Direction) -> Place:
        """Return the place on the first or last token of the text."""
        return self.at(0 if direction < 0 else len(self.text))

    def sentence(self, place: Place, direction: Direction, *, extend: bool) -> Place:
        """Move to the first token of the next or previous sentence, or extend there."""
        find = motion.next_sentence if direction > 0 else motion.previous_sentence
        offset = find(self.text, place.start)
        if offset is None:
            return place
        extent = self._unit_at(offset)
        return self.reach(place, extent) if extend else Place(*extent, extent)

    def entity(self, place: Place, direction: Direction) -> Place:
        """Select the next or previous run of capitalised words, or number."""
        if direction > 0:
            found = motion.next_entity(self.text, place.end, run=True)
        else:
            found = motion.previous_entity(self.text, place.start, run=True)
        return self.select(*found) if found else place

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

    def _previous_start(self, end: int) -> int:
        """Return where the unit that ends at or spans an offset begins."""
        found = self._previous(end)
        return found[0] if found else 0

    def _unit_at(self, offset: int) -> Extent:
        offset = min(max(offset, 0), len(self.text))
        if self.by_character:
            start = offset
            if start >= len(self.text):
                start = self.rows.previous_grapheme(start) if start else 0
            return (start, self.rows.next_grapheme(start)) if self.text else (0, 0)
        return motion.nearest_token(self.text, offset) or (0, min(1, len(self.text)))

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
