"""Keeping the garbage collector out of the way of the keys.

Invariant: what is made inside `still` is never walked by the collector until the next `still` begins; it is freed all
the same when nothing refers to it any more.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

PAUSE: Final = 0.3  # seconds after which it is looked whether somebody types
MOST: Final = 4  # articles that may be opened without a pause in which what was closed is freed
HEAVY: Final = 200_000  # code points and spans, a hundred of the one for one of the other, that they may have together


@contextmanager
def still(*, tidy: bool = True) -> Iterator[None]:
    """Make something large and long-lived, such as the spans of an open article.

    The collector would walk 100,000 spans while they are made, and again in the middle of some later key, for longer
    than a frame.

    Args:
        tidy: Whether to free what was closed first.  It takes longer than opening a short article, as everything there
            is is walked once; `Tidier` does it later.
    """
    if tidy and gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()  # screens that were closed are cycles; frozen with the rest, they would stay for good
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def collect_from_here() -> None:
    """Turn the collector on and leave out what is there: walking a whole program once is felt at a key."""
    gc.freeze()
    gc.enable()


class Tidier:
    """Frees what was closed when nobody types, instead of before the next is opened.

    Args:
        busy: Says whether somebody types.
        later: Calls something after so many seconds.
    """

    def __init__(self, busy: Callable[[], bool], later: Callable[[float, Callable[[], None]], object]) -> None:
        self._busy = busy
        self._later = later
        self._waiting = False
        self._opened = self._weight = 0

    @contextmanager
    def still(self, *, length: int, spans: int) -> Iterator[None]:
        """Make something as in `still`, and free what was closed for it in the next pause.

        Args:
            length: Code points of the article.
            spans: How many it has.
        """
        full = self._opened >= MOST or self._weight > HEAVY
        if full:
            self._opened = self._weight = 0
        self._opened += 1
        self._weight += length + 100 * spans
        if not self._waiting:
            self._waiting = True
            self._later(PAUSE, self._tidy)
        with still(tidy=full):
            yield

    def _tidy(self) -> None:
        if self._busy():
            self._later(PAUSE, self._tidy)
            return
        self._waiting = False
        self._opened = self._weight = 0
        with still():
            pass
