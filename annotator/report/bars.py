"""Bars of figures and their intervals, in cells of a terminal.

Invariant: a bar is exactly as wide as it was asked to be, whatever the figure.
"""

from __future__ import annotations

from typing import Final

WIDTH: Final = 24


def bar(value: float, low: float | None = None, high: float | None = None, *, width: int = WIDTH) -> str:
    """Return a figure as a bar from 0 to 1; the part that its interval covers is lighter. Below 0 it is empty.

    Args:
        value: The figure.
        low: Lower end of its interval, if it has one.
        high: Upper end of it.
        width: In cells.
    """
    at, begin, end = (
        _cells(one, width) for one in (value, value if low is None else low, value if high is None else high)
    )
    return "█" * min(begin, at) + "▓" * max(0, at - begin) + "▒" * max(0, end - at) + "·" * (width - max(at, end))


def _cells(value: float, width: int) -> int:
    return min(max(round(value * width), 0), width)
