"""The screen lines of texts that several readers marked: rows at the same height in every pane, or lanes a reader.

Invariant: what is beside each other is about the same text: a row has as many lines in one pane as in the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from annotator.core.index import SpanIndex
from annotator.core.spans import Ref, Span
from annotator.tui.lanes import Density, Lane, Lines, lanes_of
from annotator.tui.layout import Layout

Group = tuple[SpanIndex, Density]
"""Spans that get lanes of their own beneath a row, and which of them do."""


class ReaderLines(Lines):
    """The screen lines of one pane.

    Args:
        layout: The text's rows.
        index: The spans on the text itself.
        panes: For each pane, this one included, the groups of lanes beneath its rows.
        own: Which of the panes this is.
    """

    def __init__(self, layout: Layout, index: SpanIndex, panes: Sequence[Sequence[Group]], own: int) -> None:
        self._panes = panes
        self._own = own
        super().__init__(layout, index, "all")

    def update(self, spans: object) -> bool:
        """Return that no row has more or fewer lines: readers' layers do not change while they are compared."""
        return False

    def grouped(self, row: int) -> list[tuple[int, list[Span]]]:
        """Return the lanes of a row, each with the number of its group in the pane."""
        return self._grouped(self._panes[self._own], row)

    def lanes(self, row: int) -> list[Lane]:
        """Return the spans in each lane of a row."""
        return [Lane(lane) for _, lane in self.grouped(row)]

    def _grouped(self, groups: Sequence[Group], row: int) -> list[tuple[int, list[Span]]]:
        start, end = self._layout.row_start(row), self._layout.row_end(row)
        return [
            (number, lane)
            for number, (index, density) in enumerate(groups)
            for lane in lanes_of(index.overlapping(start, end), start, end, density)
        ]

    def _count_all(self) -> None:
        """Fill in how many lanes each row has: as many as it needs in the pane where it needs most."""
        rows: set[int] = set()
        for groups in self._panes:
            for index, density in groups:
                last: Span | None = None
                for span in index:
                    if density == "all" or (last is not None and span.start < last.end):
                        rows.update(self.rows_of(span))
                    if last is None or span.end > last.end:
                        last = span
        for row in rows:
            self._lanes[row] = max(len(self._grouped(groups, row)) for groups in self._panes)


def extent_of(spans: Sequence[Span | Ref]) -> tuple[int, int] | None:
    """Return where the first of some spans begins and the last ends, or None if there are none."""
    return (min(span.start for span in spans), max(span.end for span in spans)) if spans else None
