"""An article on the screen: a line-API widget, thin over `layout`, `lanes` and `paint`.

Invariant: a screen line is painted from the text, the spans, the selection and the hints alone, and only lines that
changed are painted again.  Properties speak of code-point offsets, never of cells; keys and mouse are not handled here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from annotator.core.index import SpanIndex
from annotator.core.schema import Schema
from annotator.core.spans import Ref, Span
from annotator.tui.lanes import Density, Lines
from annotator.tui.layout import Layout
from annotator.tui.look import palette_of
from annotator.tui.motion import nearest_token
from annotator.tui.paint import Look, Run, Theme, lane_runs, text_runs
from annotator.tui.widgets.plain import PlainLines
from annotator.tui.widgets.scrolling import resize_in_place, scroll_in_place

MARGIN = 2  # lines kept visible above and below the cursor
_CACHED_ROWS = 1_000
NARROWEST = 4
_UNKNOWN_WIDTH = 80  # until the screen is there


class ArticleCanvas(ScrollView, PlainLines, inherit_bindings=False):
    """Shows one article with its spans; see `show`."""

    ALLOW_SELECT = False  # Textual's own selection of widget text would take the mouse
    DEFAULT_CSS = """
    ArticleCanvas {
        background: $background;
        color: $foreground;
        padding: 0 1 0 2;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.wrap = 0
        """Most cells of text in a row; 0 for as many as there are.  Set it before a text is shown."""
        self._text = ""
        self._index = SpanIndex()
        self._suggested: SpanIndex | None = None
        self._other: SpanIndex | None = None
        self._theme: Theme | None = None
        self._density: Density = "overlaps"
        self._selection = (0, 0)
        self._hints: Mapping[int, str] = {}
        self._layout_of_text = Layout("", 1)
        self._lines = Lines(self._layout_of_text, self._index, "off")
        self._cache: dict[int, list[Strip]] = {}
        self._height = 0  # before the last resize; 0 until there was one

    # What is shown -----------------------------------------------------------------------------------------------

    def show(self, text: str, index: SpanIndex, schema: Schema, *, selection: tuple[int, int] | None = None) -> None:
        """Show an article.

        Args:
            text: Its text.
            index: Its spans; the caller changes it and then calls `spans_changed`.
            schema: The labels' names and colours.
            selection: What is selected at first; the first token if left out.
        """
        self._text, self._index, self._theme = text, index, Theme(schema, palette_of(self))
        self._hints = {}
        self._suggested = self._other = None
        self._selection = selection or nearest_token(text, 0) or (0, 0)
        self._lay_out(0)
        self._scroll_to_selection(self._selection[0])

    @property
    def text_layout(self) -> Layout:
        """The rows of the text at the present width, for moves up and down."""
        return self._layout_of_text

    @property
    def page_rows(self) -> int:
        """How many text rows a page is: those on the screen now, less one; at least 1."""
        return max(1, self._row_at(self.size.height - 1) - self._row_at(0))

    @property
    def selection(self) -> tuple[int, int]:
        """Start and end of what is selected, in code points; setting it paints and scrolls as little as needed."""
        return self._selection

    @selection.setter
    def selection(self, extent: tuple[int, int]) -> None:
        before, self._selection = self._selection, extent
        if before == extent:
            return
        if before[1] <= extent[0] or extent[1] <= before[0]:
            for start, end in (before, extent):
                self._refresh_rows(start, end - 1)
        else:
            for old, new in zip(before, extent, strict=True):
                if old != new:
                    self._refresh_rows(min(old, new), max(old, new))
        moved_end = before[0] == extent[0] and extent[1] > extent[0]
        self._scroll_to_selection(extent[1] - 1 if moved_end else extent[0])

    @property
    def top(self) -> int:
        """An offset in the row on top of the view; setting it scrolls that row there, as far as the text goes."""
        return self._top_offset()

    @top.setter
    def top(self, offset: int) -> None:
        self._scroll_y_to(self._lines.line_of(self._layout_of_text.row_of(min(offset, len(self._text)))))

    @property
    def density(self) -> Density:
        """Which spans have lanes."""
        return self._density

    @density.setter
    def density(self, density: Density) -> None:
        top = self._top_offset()
        self._density = density
        self._place_lines(top)

    def look_at(self, *, suggested: SpanIndex | None, other: SpanIndex | None) -> None:
        """Show more than the annotator's own spans.

        Args:
            suggested: What models propose; the caller changes it and then calls `spans_changed`.
            other: Another layer's spans, to be looked at.
        """
        top = self._top_offset()
        self._suggested, self._other = suggested, other
        self._place_lines(top)
        self._scroll_to_selection(self._selection[0])

    def look_at_slowly(self, *, suggested: SpanIndex) -> None:
        """Show many suggestions; the caller counts their lanes a few at a time, with `count_lanes`."""
        self._suggested = suggested
        self._lines.take_in(self._index, suggested=suggested, other=self._other)
        self._cache.clear()
        self.refresh()

    def count_lanes(self, spans: Sequence[Span]) -> None:
        """Give some suggestions their lanes; what is in view stays where it is."""
        top_row, below = self._lines.at(self.scroll_offset.y)
        last_row = self._row_at(self.size.height - 1)
        if not self._lines.update(spans):
            return
        for span in spans:
            for row in self._lines.rows_of(span):
                self._cache.pop(row, None)
        resize_in_place(self, Size(self._layout_of_text.width, self._lines.count))
        self._scroll_y_to(self._lines.line_of(top_row) + below)
        first = min(self._lines.rows_of(span).start for span in spans)
        if first <= last_row:
            self._refresh_below(max(first, top_row))

    @property
    def hints(self) -> Mapping[int, str]:
        """Letters painted over the text, by offset; for jumping to what they stand on."""
        return self._hints

    @hints.setter
    def hints(self, hints: Mapping[int, str]) -> None:
        self._hints = dict(hints)
        self._cache.clear()
        self.refresh()

    def visible_extent(self) -> tuple[int, int]:
        """Return the offsets between which the text on the screen lies."""
        first, last = self._row_at(0), self._row_at(self.size.height - 1)
        return self._layout_of_text.row_start(first), self._layout_of_text.next_start(last)

    def spans_changed(self, put: Iterable[Span], taken: Iterable[Span | Ref]) -> None:
        """Paint what a change of the index touched; call it after the index has changed.

        Args:
            put: Spans that were put in.
            taken: Spans that were taken out, or just where they were.
        """
        spans: list[Span | Ref] = [*put, *taken]
        rows = [self._lines.rows_of(span) for span in spans]
        if sum(map(len, rows)) > _CACHED_ROWS:
            self._cache.clear()
        else:
            for touched in rows:
                for row in touched:
                    self._cache.pop(row, None)
        top_row, below = self._lines.at(self.scroll_offset.y)
        if self._lines.update(spans):
            resize_in_place(self, Size(self._layout_of_text.width, self._lines.count))
            self._scroll_y_to(self._lines.line_of(top_row) + below)
            self._refresh_below(min(row for touched in rows for row in touched))
            self._scroll_to_selection(self._selection[0])
        else:
            for span in spans:
                self._refresh_rows(span.start, span.end - 1)

    # Painting ----------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Paint one screen line."""
        line = self.scroll_offset.y + y
        if self._theme is None:
            return Strip.blank(self._width, palette_of(self).plain)
        blank = _style(self._theme.plain)
        if line >= self._lines.count:
            return Strip.blank(self._width, blank)
        row, below = self._lines.at(line)
        if below == 0 and self._is_selected(row):
            return self._text_strip(row, self._selection)
        if row not in self._cache:
            if len(self._cache) >= _CACHED_ROWS:
                self._cache.clear()
            self._cache[row] = self._row_strips(row)
        strips = self._cache[row]
        return strips[below] if below < len(strips) else Strip.blank(self._width, blank)

    def _row_strips(self, row: int) -> list[Strip]:
        """Paint a row's text as if it were not selected, and its lanes."""
        line, theme = self._layout_of_text.line(row), self._theme
        assert theme is not None
        return [self._text_strip(row, None)] + [
            self._strip(lane_runs(line, lane.spans, theme, lane.kind)) for lane in self._lines.lanes(row)
        ]

    def _text_strip(self, row: int, selection: tuple[int, int] | None) -> Strip:
        line, theme = self._layout_of_text.line(row), self._theme
        assert theme is not None
        spans = self._index.overlapping(line.start, line.end)
        offered = self._suggested.overlapping(line.start, line.end) if self._suggested else ()
        return self._strip(text_runs(line, spans, theme, selection=selection, hints=self._hints, suggested=offered))

    def _strip(self, runs: list[Run]) -> Strip:
        assert self._theme is not None
        segments = [Segment(text, _style(look)) for text, look in runs]
        return Strip(segments).adjust_cell_length(self._width, _style(self._theme.plain))

    def _is_selected(self, row: int) -> bool:
        start, end = self._selection
        low, high = self._layout_of_text.row_start(row), self._layout_of_text.next_start(row)
        if start == end:
            return self._layout_of_text.row_of(start) == row
        return start < high and end > low

    def _refresh_rows(self, start: int, end: int) -> None:
        """Have the visible lines of the rows from one offset to another painted again."""
        first = self._lines.line_of(self._layout_of_text.row_of(start)) - self.scroll_offset.y
        last_row = self._layout_of_text.row_of(max(start, end))
        last = self._lines.line_of(last_row) + self._lines.height(last_row) - self.scroll_offset.y
        first, last = max(0, first), min(self.size.height, last)
        if first < last:
            self.refresh(Region(0, first, self._width, last - first))  # counted from the content's corner

    def _refresh_below(self, row: int) -> None:
        """Have the visible lines from a row down painted again."""
        first = max(0, self._lines.line_of(row) - self.scroll_offset.y)
        if first < self.size.height:
            self.refresh(Region(0, first, self._width, self.size.height - first))

    # Where things are --------------------------------------------------------------------------------------------

    @property
    def _width(self) -> int:
        """Cells for text: what padding and scrollbar leave (`size` still counts the scrollbar)."""
        return self.scrollable_content_region.width

    @property
    def _row_width(self) -> int:
        """Cells in a row: what there is, at most `wrap`, but never so few that a long text falls into millions."""
        width = self._width or _UNKNOWN_WIDTH
        return max(NARROWEST, min(width, self.wrap) if self.wrap else width)

    def _lay_out(self, top: int) -> None:
        """Wrap the text anew, with an offset on the top line."""
        self._layout_of_text = self._wrapped()
        self._place_lines(top)

    def _wrapped(self) -> Layout:
        """Wrap the text at the present width."""
        return Layout(self._text, self._row_width)

    def _place_lines(self, top: int) -> None:
        self._lines = self._count_lines()
        self._cache.clear()
        resize_in_place(self, Size(self._layout_of_text.width, self._lines.count))
        self._scroll_y_to(self._lines.line_of(self._layout_of_text.row_of(top)))
        self.refresh()

    def _count_lines(self) -> Lines:
        """Count the screen lines of the rows; another view may have other lanes."""
        layout = self._layout_of_text
        return Lines(layout, self._index, self._density, suggested=self._suggested, other=self._other)

    def _row_at(self, y: int) -> int:
        return self._lines.at(self.scroll_offset.y + y)[0]

    def _top_offset(self) -> int:
        return self._layout_of_text.row_start(self._row_at(0))

    def _scroll_y_to(self, line: int) -> None:
        scroll_in_place(self, min(max(0, line), max(0, self._lines.count - self.size.height)))

    def _scroll_to_selection(self, offset: int) -> None:
        """Scroll as little as needed to have an offset's row, its lanes and a margin on the screen."""
        height = self.size.height
        if height <= 0:
            return
        row = self._layout_of_text.row_of(offset)
        line = self._lines.line_of(row)
        margin = min(MARGIN, (height - 1) // 2)
        lowest = line + min(self._lines.height(row), height - 2 * margin) - 1 + margin
        top = self.scroll_offset.y
        wanted = min(max(top, lowest - height + 1), line - margin)
        self._scroll_y_to(wanted)

    def offset_at_point(self, x: int, y: int) -> int:
        """Return the offset painted at a point of the view's content; on a lane, the one in the text above.

        Args:
            x: Cells from the content's left edge.
            y: Lines from the content's top edge, in what is visible.
        """
        line = self.scroll_offset.y + y
        if line >= self._lines.count:
            return len(self._text)
        return self._layout_of_text.offset_at(self._lines.at(line)[0], max(0, x))

    def on_resize(self) -> None:
        """Wrap anew if the width changed; the row on top stays on top, the cursor visible if it was."""
        low = self._top_offset()
        high = self._layout_of_text.next_start(self._row_at(max(0, self._height - 1)))
        seen = low <= self._selection[0] < high or not self._height
        self._height = self.size.height
        if self._row_width != self._layout_of_text.width:
            self._lay_out(low)
        if seen:
            self._scroll_to_selection(self._selection[0])


@lru_cache(maxsize=256)
def _style(look: Look) -> Style:
    return Style(
        color=look.color, bgcolor=look.background, bold=look.bold, underline=look.underline, reverse=look.reverse
    )
