"""The app: the screens over one project and one annotator.

Invariant: nothing that is saved depends on the app ending in good order.
"""

from __future__ import annotations

from typing import Final

from textual.app import App

from annotator.config import Settings
from annotator.project import Project
from annotator.tui.safety import ControlFilter
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
        self.push_screen(QueueScreen())
        if not self._queue:
            first = self._article or self.next_to_do(0) or self.project.store.neighbour(0, step=1)
            if first is not None:
                self.push_screen(TagScreen(first))

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

    def leave_article(self, article: int) -> None:
        """Go back to the queue, with this article current."""
        self.pop_screen()
        if isinstance(self.screen, QueueScreen):
            self.screen.returned_to(article)


def run_app(project: Project, *, annotator: str, settings: Settings, article: int | None, queue: bool) -> None:
    """Run the app until the person leaves."""
    AnnotatorApp(project, annotator=annotator, settings=settings, article=article, queue=queue).run()
