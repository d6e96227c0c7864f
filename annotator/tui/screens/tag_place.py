"""Where the open article is in the filter that it was opened from: "17/240".

Invariant: no key waits for a long count.  Once one has taken long on a way through a filter, the next begins only when
the article has been open for a moment, so that going on quickly counts nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from annotator.errors import AnnotatorError
from annotator.store.reader import Superseded

if TYPE_CHECKING:
    from annotator.tui.screens.tag_panes import TagPanes
    from annotator.tui.walk import Walk

A_MOMENT: Final = 0.3  # seconds

Told = Callable[[int, int, int], None]
"""Is given the article, its place and how many there are."""


def find_place(screen: TagPanes, walk: Walk, article: int, told: Told) -> tuple[int, int]:
    """Return the place of an article on a way, and how long that is, if it is known at once.

    Args:
        screen: Where the article is open.
        walk: The way.
        article: The number of the article.
        told: Called in the screen's thread once the place is known, if it was not at once.

    Returns:
        Both; 0 and 0 if they are not known yet, or cannot be read: the article can be, all the same.
    """
    if not walk.patience:
        screen.set_timer(A_MOMENT, lambda: _ask_late(screen, walk, article, told))
        return 0, 0
    future = screen.owner.project.reader.ask(walk.place(article))
    try:
        return future.result(walk.patience)
    except TimeoutError:
        walk.patience = 0.0
        _hear(future, article, told)
    except (AnnotatorError, Superseded):
        pass
    return 0, 0


def _ask_late(screen: TagPanes, walk: Walk, article: int, told: Told) -> None:
    if screen.is_at(article):
        _hear(screen.owner.project.reader.ask(walk.place(article)), article, told)


def _hear(future: Future[tuple[int, int]], article: int, told: Told) -> None:
    loop = asyncio.get_running_loop()

    def tell(answered: Future[tuple[int, int]]) -> None:
        if not answered.cancelled() and answered.exception() is None:
            with suppress(RuntimeError):  # the app has ended meanwhile
                loop.call_soon_threadsafe(told, article, *answered.result())

    future.add_done_callback(tell)
