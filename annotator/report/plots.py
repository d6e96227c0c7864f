"""Where the marks of a plot go: from figures to coordinates, in pixels.

Invariant: everything is drawn within its plot, whatever the figures; a figure that is undefined is no mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from annotator.agreement.value import Value

ROW: Final = 220  # pixels that a figure and its interval have
BINS: Final = 20
CELL: Final = 58
CELL_HEIGHT: Final = 34


@dataclass(frozen=True, slots=True)
class Axis:
    """From figures to pixels.

    Args:
        low: The figure at the left end.
        high: At the right end.
        width: Between the two.
    """

    low: float = 0.0
    high: float = 1.0
    width: float = ROW

    def at(self, value: float) -> float:
        """Return where a figure is, at an end where it is beyond."""
        share = (value - self.low) / (self.high - self.low)
        return round(min(max(share, 0.0), 1.0) * self.width, 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure with its interval; `low` and `high` are at the figure where it has none."""

    at: float
    low: float
    high: float


def axis_for(values: Sequence[Value]) -> Axis:
    """Return an axis that has room for all: from 0 to 1, or from −1 where one is below 0."""
    ends = [end for value in values for end in (value.value, value.low) if end is not None]
    return Axis(low=-1.0 if any(end < 0 for end in ends) else 0.0)


def mark(value: Value, axis: Axis) -> Mark | None:
    """Return where a value is on an axis, or None if it is undefined."""
    if value.value is None:
        return None
    at = axis.at(value.value)
    low, high = (at if end is None else axis.at(end) for end in (value.low, value.high))
    return Mark(at, low, high)


@dataclass(frozen=True, slots=True)
class Heat:
    """A cell of a heat table: what it says, and how strong its colour is, from 0 to 1; None if there is nothing."""

    text: str
    strength: float | None
    says: str = ""


def heat_of(value: float | None, *, says: str = "") -> Heat:
    """Return the cell of an agreement; squared, so that figures near 1, where most are, can be told apart."""
    if value is None:
        return Heat("–", None, says)
    return Heat(f"{value:.2f}".replace("0.", ".", 1) if 0 <= value < 1 else f"{value:.2f}", max(value, 0.0) ** 2, says)


def counted(number: float, most: float, *, says: str = "") -> Heat:
    """Return the cell of a count beside the highest one; as a root, so that small counts can be seen."""
    if not number:
        return Heat("", None, says)
    text = f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"
    return Heat(text, (number / most) ** 0.5, says)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a histogram: where it is, how high, and what it says."""

    x: float
    y: float
    width: float
    height: float
    count: int
    says: str


def histogram(values: Sequence[float], *, width: float = 640, height: float = 110, bins: int = BINS) -> list[Column]:
    """Return how many values are in each part of 0 to 1; a value of 1 is in the last part."""
    counts = [0] * bins
    for value in values:
        counts[min(max(int(value * bins), 0), bins - 1)] += 1
    most, step = max(*counts, 1), width / bins
    columns = []
    for at, count in enumerate(counts):
        tall = round(height * count / most, 1)
        says = f"{at / bins:.2f} – {(at + 1) / bins:.2f}: {count:,}"
        columns.append(Column(round(at * step + 1, 1), round(height - tall, 1), round(step - 2, 1), tall, count, says))
    return columns


def stacked(shares: Sequence[float], *, width: float = 640) -> list[tuple[float, float]]:
    """Return where each part of a bar begins, and how wide it is; shares of any sum above 0."""
    total, at, parts = sum(shares), 0.0, []
    for share in shares:
        wide = width * share / total if total else 0.0
        parts.append((round(at, 1), round(wide, 1)))
        at += wide
    return parts
