"""Widgets whose lines go to the screen as they were painted, without Textual dressing each of them at every frame.

Invariant: the screen shows what `render_line` gives, between the blanks of the padding, after the app's line filters.
Such a widget has no border, outline, tint or opacity of its own.
"""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_KEPT = 512  # lines


class PlainLines(Widget):
    """A widget that paints by the line; a line that is the same `Strip` as before costs next to nothing.

    Beside another widget class it comes last among the bases: Textual takes styles from the first.
    """

    # By identity; the strip itself is kept beside, so that no other one can take its place in memory.
    _padded: dict[tuple[int, int], tuple[Strip, Strip]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a region of the widget."""
        width = self.region.width
        top, left = self.styles.padding.top, self.styles.padding.left
        filters, background = self.get_line_filters(), self.background_colors[1]
        strips: list[Strip] = []
        for y in crop.line_range:
            strip = self._pad(self.render_line(y - top), left, width)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
            strips.append(strip)
        if crop.column_span != (0, width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def _pad(self, strip: Strip, left: int, width: int) -> Strip:
        """Return a line with the blanks of the padding around it."""
        if not left and strip.cell_length == width:
            return strip
        if self._padded is None or len(self._padded) >= _KEPT:
            self._padded = {}
        known = self._padded.get((id(strip), width))
        if known is not None:
            return known[1]
        blank = self.rich_style
        padded = Strip.join([Strip.blank(left, blank), strip]).adjust_cell_length(width, blank)
        self._padded[id(strip), width] = strip, padded
        return padded
