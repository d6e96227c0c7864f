"""F1 of two sets of units from three sums: what the one has, what the other has, and what counts as shared.

Invariant: F1 takes neither annotator as the truth.  Where neither has marked anything at all it is 1: they agree on
that.  F1 of a label that neither has used is undefined: as 1 it would lift the mean over pairs of every rare label.

Between two annotators F1 is twice the shared over the sum of what each has, the same whichever is called the reference
(Hripcsak and Rothschild 2005, "Agreement, the F-measure, and reliability in information retrieval").  It is the usual
figure for spans, since chance agreement needs a count of true negatives, which spans do not have.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from annotator.agreement.measure import Figure, Members
from annotator.agreement.study import Floats, Study
from annotator.agreement.tally import column, shared_articles

Table = Callable[[Study, int, int], Floats]


def f1(sums: Floats) -> Floats:
    """Return 2 · shared / (first + second), 1 where both are 0.

    Args:
        sums: What the first has, what the second has, and what they share, shape (..., 3).
    """
    marked = sums[..., 0] + sums[..., 1]
    return np.where(marked > 0, 2 * sums[..., 2] / np.where(marked > 0, marked, 1.0), 1.0)


def f1_figure(name: str, table: Table, *, labelled: bool = True) -> Figure:
    """Return a figure that is the F1 of a table.

    Args:
        name: Of the figure.
        table: For two annotators, shape (3, articles, labels + 1), see `tally`.
        labelled: Whether there is one for each label.
    """
    return Figure(name, shared_of(name, table), _of_read_articles, _why, labelled=labelled)


def shared_of(name: str, table: Table) -> Callable[[Study, Members, int | None], Floats]:
    """Return what tabulates a table: what the first has, what the second has, what they share, then two flags.

    The flags say whether the article tells something, and whether both have read it; shape (articles, 5).

    Args:
        name: Of the table: figures on the same table share it.
        table: As in `f1_figure`.
    """

    def tabulate(study: Study, members: Members, label: int | None) -> Floats:
        first, second = members
        counts = study.once((name, first, second), lambda: table(study, first, second))
        shared = shared_articles(study, members)
        sums = counts[:, :, column(label)].T * shared
        told = shared if label is None else shared * (sums[:, :2].sum(axis=1, keepdims=True) > 0)
        return np.concatenate([sums, told, shared], axis=1)

    return tabulate


def _of_read_articles(sums: Floats) -> Floats:
    """Return F1; column 3 counts the articles that tell something: without any there is no F1, and not one of 1."""
    return np.where(sums[..., 3] > 0, f1(sums[..., :3]), np.nan)


def _why(sums: Floats) -> str:
    return "neither uses this label" if sums[4] > 0 else "no article was read by both"
