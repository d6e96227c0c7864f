"""A bar: one line of styled runs, painted without layout and without markup.

Invariant: what is shown is always exactly as wide as the bar; a run that does not fit is cut, never wrapped.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from annotator.tui.look import palette_of
from annotator.tui.widgets.plain import PlainLines

Run = tuple[str, Style]


class Bar(PlainLines):
    """One line.

    Runs in `left` are painted from the left; those in `right` end at the right edge, and give way last.

    Args:
        id: The widget's id.
        blank: What is painted where there is no run; the palette's bar if None.
        plain: Paint there what the palette has for text instead.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = "Bar { height: 1; }"

    class Pressed(Message):
        """The bar was clicked.

        Args:
            bar: Which bar.
            run: The number of the run in `left` that was hit, or -1.
        """

        def __init__(self, bar: Bar, run: int) -> None:
            super().__init__()
            self.bar = bar
            self.run = run

    def __init__(self, *, id: str | None = None, blank: Style | None = None, plain: bool = False) -> None:
        super().__init__(id=id)
        self._blank = blank
        self._plain = plain
        self._left: Sequence[Run] = ()
        self._right: Sequence[Run] = ()
        self._painted: Strip | None = None

    def show(self, left: Sequence[Run], right: Sequence[Run] = ()) -> None:
        """Show other runs; nothing is painted if they are the same."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self._painted = None
            self.refresh()

    def notify_style_update(self) -> None:
        """Paint anew in the colours of another theme, also where the runs are the same."""
        super().notify_style_update()
        self._painted = None

    def render_line(self, y: int) -> Strip:
        """Paint the line."""
        width = self.size.width
        if self._painted is None or self._painted.cell_length != width:
            self._painted = self._paint(width)
        return self._painted

    def _paint(self, width: int) -> Strip:
        palette = palette_of(self)
        blank = self._blank or (palette.plain if self._plain else palette.on_bar)
        right = Strip([Segment(text, style) for text, style in self._right])
        room = max(0, width - right.cell_length)
        left = Strip([Segment(text, style) for text, style in self._left]).adjust_cell_length(room, blank)
        return Strip.join([left, right]).adjust_cell_length(width, blank)

    def on_click(self, event: events.Click) -> None:
        """Tell which run was hit."""
        at = 0
        hit = -1
        for number, (text, style) in enumerate(self._left):
            at += Segment(text, style).cell_length
            if event.x < at:
                hit = number
                break
        self.post_message(self.Pressed(self, hit))
