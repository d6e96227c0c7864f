"""A box of wrapped text that changes at every key without the screen being laid out again.

Invariant: it grows when a text needs more lines than it has and never shrinks, so that what is above it keeps still.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

from annotator.tui.look import palette_of

LEAST = 6  # lines: a span with a note or two attributes


class Detail(Widget):
    """Shows a text, cut where the box ends."""

    ALLOW_SELECT = False
    DEFAULT_CSS = f"Detail {{ height: {LEAST + 1}; }}"  # and the border

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = Text()
        self._painted: tuple[int, list[Strip]] = (-1, [])  # the width that the lines were made for, and the lines
        self._room = LEAST

    def show(self, text: Text) -> None:
        """Show another text; nothing is painted if it is the same."""
        if text == self._text and text.spans == self._text.spans:
            return
        self._text = text
        self._painted = (-1, [])
        lines = len(self._lines(self.size.width)) if self.size.width else 0
        if lines > self._room:
            self._room = lines
            self.styles.height = lines + 1
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint a line."""
        lines = self._lines(self.size.width)
        return lines[y] if y < len(lines) else Strip.blank(self.size.width, palette_of(self).plain)

    def _lines(self, width: int) -> list[Strip]:
        if self._painted[0] != width:
            console = self.app.console
            wrapped = self._text.wrap(console, max(1, width))
            self._painted = (width, [self._strip(line, width) for line in wrapped])
        return self._painted[1]

    def _strip(self, line: Text, width: int) -> Strip:
        plain = palette_of(self).plain
        parts = line.render(self.app.console)
        segments = [Segment(part.text, plain + part.style if part.style else plain) for part in parts]
        return Strip(segments).adjust_cell_length(width, plain)
