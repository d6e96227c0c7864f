"""Two panes beside one another.

Invariant: they cover what holds them wholly, so it paints nothing of its own.
"""

from __future__ import annotations

from textual.containers import Horizontal


class Panes(Horizontal):
    """The article beside the panel, which cover it wholly."""

    BLANK = True
    DEFAULT_CSS = "Panes { height: 1fr; }"
