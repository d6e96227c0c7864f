"""A figure of a measure, with all that is needed to read it.

Invariant: a value that is undefined is None with a reason; it is never 0, 1 or NaN.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """One figure of a measure.

    Args:
        name: The figure, such as "exact-f1".
        value: The figure, or None where it is undefined.
        low: Lower end of its 95 % bootstrap interval over articles; None where there are fewer than two articles, but
            for measures that sample chance, where it is of the sampling then.
        high: Upper end of it.
        n: How many articles it rests on.
        pair: The two annotators, or None for all: all at once or the mean over pairs, as the measure says.
        label: The label it is about, or None for all of them together.
        article: The article it is about, or None for all of them together.
        undefined: Why there is no value; "" where there is one.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    pair: tuple[str, str] | None = None
    label: str | None = None
    article: str | None = None
    undefined: str = ""
