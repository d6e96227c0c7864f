"""Text and a width in, rows out; offset ↔ cell both ways.

Invariant: the rows' starts are strictly increasing grapheme boundaries, the first is 0 and every offset from 0 to the
length of the text belongs to exactly one row; rows joined together are the text.  Rows end at hard line breaks
(CRLF, LF, CR and no others) or where the next word would not fit; a tab runs to the next multiple of 4 cells from the
row's start.  Offsets are code points, cells are what Rich paints.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wcwidth import iter_graphemes

from annotator.tui.glyphs import COMPLEX, glyph

TAB: Final = 4

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_BLANKS: Final = frozenset(" \t")
_NOT_FIRST: Final = frozenset("、。，．・：；？！ー」』）】〉》〕］｝’”…‥々!?),.:;]}»›")
_NOT_LAST: Final = frozenset("「『（【〈《〔［｛‘“([{«‹")


@dataclass(frozen=True, slots=True)
class Line:
    """One row, taken apart into grapheme clusters.

    Args:
        start: First code point.
        end: One past the last code point, without the line break.
        stops: Where each cluster starts, and `end`: one more than there are clusters.
        cells: The cell at which each stop is painted; strictly increasing.
        glyphs: What is painted for each cluster.
    """

    start: int
    end: int
    stops: Sequence[int]
    cells: Sequence[int]
    glyphs: Sequence[str]

    @property
    def width(self) -> int:
        """How many cells the row paints."""
        return self.cells[-1]

    def floor(self, offset: int) -> int:
        """Return the number of the cluster that an offset is in; the number of clusters if it is past them."""
        return max(0, bisect_right(self.stops, min(offset, self.end)) - 1)

    def ceil(self, offset: int) -> int:
        """Return the number of the first cluster that starts at or after an offset."""
        return bisect_left(self.stops, min(max(offset, self.start), self.end))

    def painted(self, first: int, last: int) -> str:
        """Return the glyphs of the clusters numbered first to last, the last one excluded."""
        return "".join(self.glyphs[first:last])


class Layout:
    """An immutable text, wrapped.

    Args:
        text: The article; never changes.
        width: Cells in a row, at least 1.  A single cluster that is wider gets a row of its own.
    """

    def __init__(self, text: str, width: int) -> None:
        self.text = text
        self.width = max(1, width)
        self._starts = _wrap(text, self.width)

    @property
    def rows(self) -> int:
        """How many rows there are; an empty text has one."""
        return len(self._starts)

    def row_of(self, offset: int) -> int:
        """Return the row that an offset belongs to; the offsets of a line break belong to the row that it ends."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def row_start(self, row: int) -> int:
        """Return the first offset of a row."""
        return self._starts[row]

    def next_start(self, row: int) -> int:
        """Return the first offset after a row and its line break."""
        return self._starts[row + 1] if row + 1 < len(self._starts) else len(self.text)

    def row_end(self, row: int) -> int:
        """Return the offset past the last character of a row, its line break not counted."""
        end = self.next_start(row)
        if row + 1 == len(self._starts):
            return end
        if self.text[end - 1] == "\n":
            end -= 1
            return end - 1 if end > self._starts[row] and self.text[end - 1] == "\r" else end
        return end - 1 if self.text[end - 1] == "\r" else end

    def line(self, row: int) -> Line:
        """Take one row apart; costs as much as the row is long."""
        start, end = self._starts[row], self.row_end(row)
        if COMPLEX.search(self.text, start, end) is None:
            size = end - start
            return Line(start, end, range(start, end + 1), range(size + 1), self.text[start:end])
        stops, cells, glyphs = [start], [0], []
        for grapheme in iter_graphemes(self.text, start, end):
            painted, size = _place(grapheme, cells[-1])
            glyphs.append(painted)
            stops.append(stops[-1] + len(grapheme))
            cells.append(cells[-1] + size)
        return Line(start, end, stops, cells, glyphs)

    def stops(self, row: int) -> Sequence[int]:
        """Return the grapheme boundaries of a row, both its ends included."""
        return self.line(row).stops

    def pieces(self, row: int) -> list[tuple[int, str, int]]:
        """Return (offset, glyph, width in cells) of each grapheme cluster of a row."""
        line = self.line(row)
        sizes = (after - before for before, after in zip(line.cells, line.cells[1:], strict=False))
        return list(zip(line.stops, line.glyphs, sizes, strict=False))

    def cell_of(self, offset: int) -> tuple[int, int]:
        """Return the row and the cell at which the cluster that holds an offset is painted.

        Args:
            offset: From 0 to the length of the text; in a line break it stands for the end of the row.
        """
        row = self.row_of(offset)
        line = self.line(row)
        return row, line.cells[line.floor(offset)]

    def offset_at(self, row: int, cell: int) -> int:
        """Return the offset of the cluster painted at a cell.

        Always an offset of that very row: past the end it is the row's end if a line break (or the end of the text)
        follows, else the start of the last cluster, because the end of a wrapped row is the start of the next.

        Args:
            row: Counted from 0.
            cell: Counted from 0 at the row's start.
        """
        line = self.line(row)
        number = max(0, bisect_right(line.cells, cell) - 1)
        if number >= len(line.glyphs) and self.is_wrapped(row):
            number = len(line.glyphs) - 1
        return line.stops[number]

    def is_wrapped(self, row: int) -> bool:
        """Say whether a row goes on in the next one without a line break."""
        return row + 1 < len(self._starts) and self.row_end(row) == self._starts[row + 1]

    def next_grapheme(self, offset: int) -> int:
        """Return the first grapheme boundary after an offset; a line break is one grapheme."""
        row = self.row_of(offset)
        if offset >= self.row_end(row):
            return self.next_start(row)
        line = self.line(row)
        return line.stops[line.floor(offset) + 1]

    def previous_grapheme(self, offset: int) -> int:
        """Return the last grapheme boundary before an offset; a line break is one grapheme."""
        row = self.row_of(offset)
        if offset > self._starts[row]:
            line = self.line(row)
            return line.end if offset > line.end else line.stops[line.ceil(offset) - 1]
        if row == 0:
            return 0
        line = self.line(row - 1)
        return line.stops[-2] if self.is_wrapped(row - 1) else line.end


def _place(grapheme: str, cell: int) -> tuple[str, int]:
    """Return the glyph of a cluster that starts at a cell, and its width."""
    if grapheme == "\t":
        size = TAB - cell % TAB
        return " " * size, size
    return glyph(grapheme)


def _wrap(text: str, width: int) -> array[int]:
    """Return where the rows start."""
    starts = array("I")
    start, complex_at = 0, -1
    while True:
        hard = _BREAK.search(text, start)
        stop = hard.start() if hard else len(text)
        while True:
            starts.append(start)
            if complex_at < start:
                found = COMPLEX.search(text, start)
                complex_at = found.start() if found else len(text)
            if complex_at >= min(start + width + 1, stop):  # one cell a character, one character a cluster
                if stop - start <= width:
                    break
                blank = text.rfind(" ", start, start + width)
                start = blank + 1 if blank >= 0 else start + width
            else:
                start = _cut(text, start, stop, width)
                if start >= stop:
                    break
        if hard is None:
            return starts
        start = hard.end()


def _cut(text: str, start: int, stop: int, width: int) -> int:
    """Return where the row that starts here ends, when clusters or cells must be counted.

    A row may end after a blank or a tab, and on either side of a wide glyph (scripts without blanks) unless that
    would part a bracket or a full stop from its word.  A word that is longer than the row is cut between clusters.
    """
    at, cells, chance = start, 0, start
    before, before_wide = "", False
    for grapheme in iter_graphemes(text, start, stop):
        size = _place(grapheme, cells)[1]
        wide = size > 1 and grapheme != "\t"
        joined = grapheme in _BLANKS or grapheme in _NOT_FIRST or before in _NOT_LAST
        if before in _BLANKS or ((wide or before_wide) and not joined):
            chance = at
        if cells + size > width and at > start:
            return chance if chance > start else at
        at += len(grapheme)
        cells += size
        before, before_wide = grapheme, wide
    return stop
