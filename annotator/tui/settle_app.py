"""The app that begins on the settle screen.

Invariant: as in `app`; what is settled is saved as it is decided.
"""

from __future__ import annotations

from annotator.config import Settings
from annotator.settlement import Settlement
from annotator.tui.app import AnnotatorApp
from annotator.tui.keymap import settle_keys
from annotator.tui.settle_round import SettleRound


class SettleApp(AnnotatorApp):
    """The app on the settle screen.

    Args:
        work: The round.
        first: The article to begin with.
        settings: The person's settings.

    Raises:
        InputError: If the settings give one key two meanings.
    """

    def __init__(self, work: SettleRound, first: Settlement, *, settings: Settings) -> None:
        super().__init__(work.project, annotator=work.by, settings=settings)
        self._work = work
        self._first_article = first
        self._settle_keys = settle_keys(settings, work.project.schema)

    def open_first_screen(self) -> None:
        """Open the settle screen."""
        from annotator.tui.screens.settle import SettleScreen

        self.push_screen(SettleScreen(self._work, self._first_article, keys=self._settle_keys))
