"""Sums over the units of each article and label.

Invariant: the last column is over all labels, so that the figure of a label and that over all are read alike.
"""

from __future__ import annotations

import numpy as np

from annotator.agreement.study import Bools, Floats, Ints, Study


def tally(study: Study, units: Ints | slice, *, weights: Ints | Floats | Bools | None = None) -> Floats:
    """Return how many of these units each article has, or the sum of their weights.

    Args:
        study: Who marked what.
        units: Indexes of units.
        weights: One for each of them; 1 by default.

    Returns:
        Shape (articles, labels + 1): by label, and in the last column over all.
    """
    articles, labels = len(study.articles), len(study.labels)
    cell = study.units.article[units] * labels + study.units.label[units]
    ones = np.ones(len(cell)) if weights is None else weights
    counts = sums_by(cell, ones, articles * labels).reshape(articles, labels)
    return np.concatenate([counts, counts.sum(axis=1, keepdims=True)], axis=1)


def sums_by(cell: Ints, weights: Ints | Floats | Bools, size: int) -> Floats:
    """Return the sum of the weights in each of so many cells.

    Args:
        cell: Which cell each weight belongs to, shape (weights,).
        weights: What to sum.
        size: How many cells there are.
    """
    return np.asarray(np.bincount(cell, weights=weights, minlength=size), dtype=np.float64)


def shared_articles(study: Study, members: tuple[int, ...]) -> Floats:
    """Return 1 for each article that all of these annotators have read, else 0; shape (articles, 1)."""
    seen: Floats = np.prod(study.seen[list(members)], axis=0, dtype=np.float64)
    return seen[:, None]


def column(label: int | None) -> int:
    """Return where the figures of a label are in a tally; None is over all labels."""
    return -1 if label is None else label
