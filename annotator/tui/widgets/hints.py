"""What the keys of a dialog do: whole hints, on as many lines as they need.

Invariant: no hint is cut while it has room on a line of its own.
"""

from __future__ import annotations

from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from annotator.tui.entry import wrapped
from annotator.tui.look import palette_of


class Hints(Widget):
    """Shows hints.

    Args:
        said: The hints, with " · " between them.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = "Hints { width: 1fr; height: auto; max-height: 4; }"

    def __init__(self, said: str) -> None:
        super().__init__()
        self._said = said

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines the hints take."""
        return len(wrapped(self._said, max(1, width)))

    def render(self) -> Text:
        """Return the hints."""
        lines = wrapped(self._said, max(1, self.size.width))
        return Text("\n".join(lines), style=palette_of(self).faint, no_wrap=True)
