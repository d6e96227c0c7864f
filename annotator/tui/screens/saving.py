"""What is shown while leaving waits for the file.

Invariant: it takes no keys; Ctrl+Q, which gives up, is the app's.
"""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from annotator.tui.screens.dialogs import BOX
from annotator.tui.widgets.hints import Hints


class SavingScreen(ModalScreen[None]):
    """Says that leaving waits, for what, and how not to."""

    CSS = BOX.format(name="SavingScreen") + "SavingScreen > Vertical { width: 90%; max-width: 60; height: 4; }"
    ALLOW_SELECT = False

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical() as box:
            box.border_title = "saving…"
            yield Hints("another program holds the file")
            yield Hints("^Q again leaves without saving")
