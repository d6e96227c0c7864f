"""Krippendorff's α of a table of values with any metric.

Invariant: units with fewer than two values have nothing to compare and change nothing; values are compared by a metric
that is 0 for equal ones.

Krippendorff 2011, "Computing Krippendorff's alpha-reliability"; metrics from Hayes and Krippendorff 2007, "Answering
the call for a standard reliability measure for coding data".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final, Literal

import numpy as np

from annotator.agreement.study import Floats

Metric = Literal["nominal", "ordinal", "interval", "ratio"]


def alpha(
    units: Sequence[Sequence[Hashable | None]], *, metric: Metric | Floats, values: Sequence[Hashable]
) -> float | None:
    """Return Krippendorff's α.

    Args:
        units: For each unit, what each annotator said; None where one said nothing.
        metric: How far apart two values are: a name, or a table of squared distances, shape (values, values).
        values: The values that may occur, in their order; numbers for the interval and ratio metrics.

    Returns:
        α, or None where it is undefined: nothing to compare, or all values alike.
    """
    pairs = coincidences(units, values=values)
    held = pairs.sum(axis=0)
    squared = metric if not isinstance(metric, str) else METRICS[metric](np.array(values, dtype=object), held)
    expected = float(held @ squared @ held)
    if not expected:
        return None
    return 1 - (float(held.sum()) - 1) * float((pairs * squared).sum()) / expected


def coincidences(units: Sequence[Sequence[Hashable | None]], *, values: Sequence[Hashable]) -> Floats:
    """Return how often two values meet in a unit, each unit's pairs divided by its values less one.

    Args:
        units: As in `alpha`.
        values: The same.

    Returns:
        The coincidence matrix, shape (values, values).
    """
    at = {value: index for index, value in enumerate(values)}
    counts = np.zeros((len(units), len(values)))
    for row, unit in enumerate(units):
        for value in unit:
            if value is not None:
                counts[row, at[value]] += 1
    many = counts[counts.sum(axis=1) > 1]
    share = 1 / (many.sum(axis=1) - 1)
    pairs: Floats = (many * share[:, None]).T @ many
    return pairs - np.diag((many * share[:, None]).sum(axis=0))


def _nominal(values: np.ndarray, held: Floats) -> Floats:
    return 1 - np.eye(len(values))


def _ordinal(values: np.ndarray, held: Floats) -> Floats:
    """Return the squared number of values between two, half of each of the two included."""
    middle = np.cumsum(held) - held / 2
    return np.square(middle[:, None] - middle)


def _interval(values: np.ndarray, held: Floats) -> Floats:
    numbers = values.astype(np.float64)
    return np.square(numbers[:, None] - numbers)


def _ratio(values: np.ndarray, held: Floats) -> Floats:
    numbers = values.astype(np.float64)
    total = numbers[:, None] + numbers
    return np.square(np.divide(numbers[:, None] - numbers, total, out=np.zeros_like(total), where=total != 0))


METRICS: Final[Mapping[Metric, Callable[[np.ndarray, Floats], Floats]]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}
