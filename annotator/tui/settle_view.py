"""A pane of the settle screen: one reader's spans on the text, or the gold layer's with a lane for each reader.

Invariant: panes side by side have the same rows at the same height and scroll together; a click is a message with an
offset, nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual import events
from textual.message import Message
from textual.strip import Strip

from annotator.core.index import SpanIndex
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.tui.canvas import NARROWEST, ArticleCanvas
from annotator.tui.lanes import Lines
from annotator.tui.layout import Layout, Line
from annotator.tui.paint import Run, Theme, bracket, lane_runs
from annotator.tui.reader_lanes import Group, ReaderLines
from annotator.tui.widgets.scrolling import scroll_in_place


class SettleView(ArticleCanvas, can_focus=False):
    """Shows an article as one or several readers marked it; see `show_readers`."""

    class Clicked(Message):
        """The text was clicked.

        Args:
            offset: Where, in code points.
        """

        def __init__(self, offset: int) -> None:
            super().__init__()
            self.offset = offset

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.twin: SettleView | None = None
        """The pane beside this one, which shows the same text; None while there is none."""
        self._panes: Sequence[Sequence[Group]] = [[]]
        self._own = 0
        self._numbered = False

    def show_readers(
        self, text: str, index: SpanIndex, schema: Schema, *, panes: Sequence[Sequence[Group]], own: int, numbered: bool
    ) -> None:
        """Show an article.

        Args:
            text: Its text.
            index: The spans on the text.
            schema: The labels' names and colours.
            panes: For each pane, the groups of lanes beneath its rows.
            own: Which of the panes this is.
            numbered: Whether lanes begin with the number of their group, which is a reader then.
        """
        self._panes, self._own, self._numbered = panes, own, numbered
        self.show(text, index, schema, selection=self._selection)

    @property
    def _row_width(self) -> int:
        """Cells in a row: no more than the pane beside this one has, so that both have the same rows."""
        beside = self.twin._width if self.twin is not None else 0
        own = super()._row_width
        return min(own, max(beside, NARROWEST)) if beside else own

    def _wrapped(self) -> Layout:
        twin = self.twin._layout_of_text if self.twin is not None else None
        if twin is not None and twin.text is self._text and twin.width == self._row_width:
            return twin  # a text of some megabytes is wrapped once
        return super()._wrapped()

    def _count_lines(self) -> Lines:
        return ReaderLines(self._layout_of_text, self._index, self._panes, self._own)

    def _row_strips(self, row: int) -> list[Strip]:
        line, theme = self._layout_of_text.line(row), self._theme
        lines = self._lines
        assert theme is not None and isinstance(lines, ReaderLines)
        lanes = [
            numbered_runs(line, lane, theme, number + 1) if self._numbered else lane_runs(line, lane, theme)
            for number, lane in lines.grouped(row)
        ]
        return [self._text_strip(row, None), *map(self._strip, lanes)]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Have the other pane scroll, too."""
        super().watch_scroll_y(old_value, new_value)
        self.align()

    def align(self) -> None:
        """Have the other pane show the same rows."""
        if self.twin is not None and self.twin.is_attached:
            scroll_in_place(self.twin, self.scroll_offset.y)

    def scroll_rows(self, count: int) -> None:
        """Scroll by so many lines."""
        self._scroll_y_to(self.scroll_offset.y + count)
        self.align()

    def reveal(self, extent: tuple[int, int], *, marked: bool) -> None:
        """Select a stretch, or have a cursor at its start if nothing is marked there, and scroll to it."""
        self.selection = extent if marked else (extent[0], extent[0])

    def reach(self, extent: tuple[int, int]) -> None:
        """Scroll as little as needed to have a stretch's first row in view."""
        self._scroll_to_selection(extent[0])

    def on_click(self, event: events.Click) -> None:
        """Tell where the text was clicked."""
        offset = event.get_content_offset(self)
        if offset is not None and self._text:
            self.post_message(self.Clicked(self.offset_at_point(offset.x, offset.y)))


def numbered_runs(line: Line, lane: Sequence[Span], theme: Theme, number: int) -> list[Run]:
    """Return the runs of one lane of a reader: brackets that begin with the reader's number."""
    runs: list[Run] = []
    cell = 0
    for span in lane:
        start = max(cell, line.cells[line.floor(max(span.start, line.start))])
        end = line.cells[line.ceil(span.end)]
        if end <= start:
            continue
        if start > cell:
            runs.append(Run(" " * (start - cell), theme.plain))
        paint = theme.label(span.label)
        own = replace(paint, name=f"{number} {paint.name}", letter=str(number)[-1])
        text = bracket(own, end - start, begins=span.start >= line.start, ends=span.end <= line.end)
        runs.append(Run(text, theme.lane(span.label)))
        cell = end
    return runs
