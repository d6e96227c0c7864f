"""What is shown while leaving waits for the file, or where something cannot be saved.

Invariant: it takes no keys but Esc, which stays; Ctrl+Q, which gives up, is the app's.
"""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from annotator.tui.glyphs import visible
from annotator.tui.screens.dialogs import BOX
from annotator.tui.widgets.hints import Hints


class SavingScreen(ModalScreen[None]):
    """Says that leaving waits, for what, and how not to.

    Args:
        reason: Why saving has failed; empty while it is only waited for.
    """

    CSS = BOX.format(name="SavingScreen") + "SavingScreen > Vertical { width: 90%; max-width: 60; height: auto; }"
    ALLOW_SELECT = False

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self._reason = reason

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical() as box:
            box.border_title = "NOT SAVED" if self._reason else "saving…"
            yield Static(Text(visible(self._reason or "another program holds the file")))  # whole, in as many lines
            yield Hints("^Q again leaves without saving · Esc stays")

    def on_key(self, event: events.Key) -> None:
        """Stay on Esc."""
        if event.key == "escape":
            event.stop()
            self.dismiss()
