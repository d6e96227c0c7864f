"""The app: the screens over one project and one annotator.

Invariant: nothing that is saved depends on the app ending in good order.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from functools import partial
from typing import Final

from rich.segment import Segments
from rich.traceback import Traceback
from textual.app import App

from annotator.config import Settings
from annotator.project import Project
from annotator.tui.safety import ControlFilter, accept_odd_keys
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.tag import TagScreen
from annotator.tui.style import BACKGROUND, TEXT

SEARCHED: Final = 200  # rows a page while looking for an article that is not done


class AnnotatorApp(App[None]):
    """The terminal application.

    Args:
        project: The open database.
        annotator: Who works.
        settings: The person's settings.
        article: The article to begin with; the first that is not done if None.
        queue: Whether to begin with the queue instead.
    """

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    TITLE = "annotator"
    CSS = f"""
    Screen {{ background: {BACKGROUND}; color: {TEXT}; scrollbar-size-vertical: 1; }}
    * {{ scrollbar-color: #3a4856; scrollbar-background: {BACKGROUND}; scrollbar-color-hover: #56b0f0; }}
    """

    def __init__(
        self, project: Project, *, annotator: str, settings: Settings, article: int | None = None, queue: bool = False
    ) -> None:
        super().__init__()
        self.project = project
        self.annotator = annotator
        self.settings = settings
        self._article = article
        self._queue = queue
        self._filters.append(ControlFilter())

    def on_mount(self) -> None:
        """Open the first screen, with the queue beneath."""
        self._end_in_order_on_signals()
        self.push_screen(QueueScreen())
        if not self._queue:
            first = self._article or self.next_to_do(0) or self.project.store.neighbour(0, step=1)
            if first is not None:
                self.push_screen(TagScreen(first))

    def _end_in_order_on_signals(self) -> None:
        """Leave the terminal as it was when the program is told to end or the terminal is closed."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None:
                with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows; not the main thread
                    loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    def _fatal_error(self) -> None:
        """Show where an unforeseen error came from, without the values of variables: they hold articles' text."""
        self.bell()
        trace = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(trace, self.console.options)))
        self._close_messages_no_wait()

    def next_to_do(self, article: int) -> int | None:
        """Return the next article that the annotator has not done, from one on and round to the beginning."""
        return self._search(article, None) or self._search(0, article)

    def _search(self, after: int, until: int | None) -> int | None:
        store = self.project.store
        while page := store.queue_page(self.annotator, after=after, limit=SEARCHED):
            for row in page:
                if until is not None and row.article > until:
                    return None
                if row.status in ("todo", "open"):
                    return row.article
            after = page[-1].article
        return None

    def leave_article(self, article: int, *, said: str = "") -> None:
        """Go back to the queue, with this article current and a message if there is something to say."""
        self.pop_screen()
        if isinstance(self.screen, QueueScreen):
            self.screen.returned_to(article, said=said)


def run_app(project: Project, *, annotator: str, settings: Settings, article: int | None, queue: bool) -> None:
    """Run the app until the person leaves.

    Raises:
        SystemExit: If it ended by an unforeseen error or a signal; what was queued to be saved is saved all the same.
    """
    accept_odd_keys()
    app = AnnotatorApp(project, annotator=annotator, settings=settings, article=article, queue=queue)
    app.run()
    if app.return_code:
        raise SystemExit(app.return_code)
