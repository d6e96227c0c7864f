"""Widgets whose lines go to the screen as they were painted, without Textual dressing each of them at every frame.

Invariant: the screen shows what `render_line` gives, between the blanks of the padding, after the app's line filters.
Such a widget has no border, outline, tint or opacity of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.style import Style
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

Finish = tuple[int, int, Color, Style, tuple[LineFilter, ...]]
KEPT: Final = 512  # lines


class PlainLines(Widget):
    """A widget that paints by the line; a line that is the same `Strip` as before costs next to nothing.

    Beside another widget class it comes last among the bases: Textual takes styles from the first.
    """

    # By identity; the strip itself is kept beside, so that no other one can take its place in memory.
    _finished: dict[int, tuple[Strip, Strip]] | None = None
    _finish: Finish | None = None  # what the finished lines were made with

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a region of the widget."""
        width, padding = self.region.width, self.styles.padding
        finish = (width, padding.left, self.background_colors[1], self.rich_style, tuple(self._filters_here()))
        if self._finished is None or finish != self._finish or len(self._finished) > KEPT:
            self._finished, self._finish = {}, finish
        finished = self._finished
        strips: list[Strip] = []
        for y in crop.line_range:
            strip = self.render_line(y - padding.top)
            known = finished.get(id(strip))
            if known is None:
                known = finished[id(strip)] = (strip, self._finished_line(strip, *finish))
            strips.append(known[1])
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _filters_here(self) -> Iterator[LineFilter]:
        """Yield the filters that may change a line: colours here are true ones, or the terminal's own on purpose."""
        return (one for one in self.get_line_filters() if not isinstance(one, ANSIToTruecolor))

    def _finished_line(
        self, strip: Strip, width: int, left: int, background: Color, blank: Style, filters: tuple[LineFilter, ...]
    ) -> Strip:
        """Return a line with the blanks of the padding around it, as the filters let it through."""
        if left or strip.cell_length != width:
            strip = Strip.join([Strip.blank(left, blank), strip]).adjust_cell_length(width, blank)
        for line_filter in filters:
            strip = strip.apply_filter(line_filter, background)
        return strip
