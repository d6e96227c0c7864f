"""The queue as it is now: what others have saved meanwhile, and what is assigned to the annotator.

Invariant: nothing is read again unless somebody has written to the file, and the row in hand stays in hand.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from annotator.errors import AnnotatorError
from annotator.store.queue import QueueFilter
from annotator.tui.queue_window import Stretch
from annotator.tui.screens import queue_filter
from annotator.tui.walk import MINE

if TYPE_CHECKING:
    from annotator.tui.screens.queue_panes import QueuePanes

LOOK_EVERY: Final = 1.0  # seconds
SLOWLY: Final = 5  # how many times rarer rows are read again that no index gives at once


class Freshness:
    """Looks whether others have written.

    Args:
        screen: What is to be brought up to date.
    """

    def __init__(self, screen: QueuePanes) -> None:
        self._screen = screen
        self._seen = screen.owner.project.store.changes()
        self._turn = 0
        self._releasing: Future[int] | None = None  # claims that have lapsed; another program may hold the file

    def look(self) -> None:
        """Bring the queue up to date if somebody has written and it is in front."""
        screen, project = self._screen, self._screen.owner.project
        self._turn += 1
        if screen.app.screen is not screen or (not screen.chosen.instant and self._turn % SLOWLY):
            return
        with suppress(AnnotatorError):  # what cannot be read now is told when it is asked for
            if self._releasing is None or self._releasing.done():
                self._releasing = project.begin_release()
            seen = project.store.changes()
            if seen == self._seen or screen.busy:
                return
            self._seen = seen
            question = screen.window.again(screen.owner.annotator, screen.chosen)
            then = self._renew()
            if screen.chosen.instant:
                then(question(project.store))
            else:
                queue_filter.hear(screen, project.reader.ask(question), then, screen.turn)

    def _renew(self) -> Callable[[Stretch], None]:
        """Return what to do with the rows that are read again now."""
        screen, before = self._screen, self._screen.window.rows

        def then(stretch: Stretch) -> None:
            if screen.window.rows is not before:
                return  # others were read meanwhile
            current, changed = screen.window.renew(stretch, screen.rows.current)
            screen.rows.forget(changed)
            screen.rows.shift(current - screen.rows.current, len(screen.window.rows))
            screen.count()
            screen.show()

        return then


def beginning(screen: QueuePanes) -> QueueFilter:
    """Return the filter that the queue begins with: what is assigned to the annotator, where something is."""
    owner = screen.owner
    return MINE if owner.project.store.has_places(owner.annotator) else QueueFilter()


def mine_or_all(screen: QueuePanes) -> None:
    """Show what is assigned to the annotator alone, or all articles again, the rest of the filter kept."""
    if not screen.chosen.mine and beginning(screen) != MINE:
        screen.message = "nothing is assigned to you: all articles are yours to read"
        screen.show()
        return
    screen.choose(replace(screen.chosen, mine=not screen.chosen.mine))
