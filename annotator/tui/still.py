"""Keeping the garbage collector out of the way of the keys.

Invariant: what is made inside `still` is never walked by the collector until the next `still` begins; it is freed all
the same when nothing refers to it any more.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def still() -> Iterator[None]:
    """Make something large and long-lived, such as the spans of an open article.

    The collector would walk 100,000 spans while they are made, and again in the middle of some later key, for longer
    than a frame.
    """
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()  # screens that were closed are cycles; frozen with the rest, they would stay for good
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
