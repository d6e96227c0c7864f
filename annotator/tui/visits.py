"""Where the annotator is, and how long: kept as the work goes on.  Knows nothing of Textual.

Invariant: nothing here waits for the disk; what is kept is queued for the writer behind the edits made so far.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from annotator.core.stopwatch import Stopwatch
from annotator.project import Project
from annotator.store.visits import Visit

BARELY: Final = 0.05  # seconds at work that are not worth a write to the disk by themselves

Where = Callable[[], tuple[int, int, int]]
"""Tells the start and the end of the selection, and an offset in the row on top of the view."""


class Visits:
    """The visits of one annotator, one after the other.

    Args:
        project: Where they are kept.
        annotator: Whose they are.
        clock: A monotonic clock, in seconds.
        idle: After how many seconds without a key or mouse event the annotator counts as away.
    """

    def __init__(self, project: Project, annotator: str, *, clock: Callable[[], float], idle: float) -> None:
        self._project = project
        self._annotator = annotator
        self._watch = Stopwatch(clock, idle=idle)
        self._article: int | None = None
        self._where: Where = lambda: (0, 0, 0)
        self._kept: tuple[int, int, int] | None = None
        self._left = 0.0
        self._queued: dict[int, tuple[Future[None], Visit]] = {}  # by article, what the file may not have yet

    def act(self) -> None:
        """Take note of a key or a mouse event."""
        if self._article is not None:
            self._watch.act()

    def enter(self, article: int, where: Where) -> Visit | None:
        """Leave the article that was open, enter another, and return the last visit to it, if there was one.

        Args:
            article: Its number.
            where: Asked whenever the place is kept.
        """
        self.leave()
        found = self._last(article)
        self._article, self._where = article, where
        self._kept = (found.start, found.end, found.top) if found else None
        self._watch.act()
        self._project.keep_place(article, self._annotator)
        return found

    def _last(self, article: int) -> Visit | None:
        """Return the last visit to an article: perhaps one that waits for the disk still."""
        self._queued = {number: told for number, told in self._queued.items() if not told[0].done()}
        queued = self._queued.get(article)
        return queued[1] if queued else self._project.store.visit(article, self._annotator)

    def keep(self) -> None:
        """Keep the place and the time so far, if there is something new."""
        if self._article is None:
            return
        self._left += self._watch.take()
        place = self._where()
        if place != self._kept or self._left >= BARELY:
            visit = Visit(*place, self._left)
            self._queued[self._article] = (self._project.keep_visit(self._article, self._annotator, visit), visit)
            self._kept, self._left = place, 0.0

    def leave(self, where: Where | None = None) -> None:
        """Keep the visit and end it; nothing happens if no article is open.

        Args:
            where: What the visit that is meant was entered with; any visit if None.
        """
        if where is not None and where is not self._where:
            return
        self.keep()
        self._article = None
        self._left = 0.0
        self._watch.stop()

    def stay_in_queue(self, article: int) -> None:
        """Keep which article of the queue is current."""
        self._project.keep_place(article, self._annotator)
