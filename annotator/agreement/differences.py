"""Where two annotators differ, unit by unit: what confusion matrices and lists of differences are made from.

Invariant: each unit of an article that both have read is in exactly one place: in a pair that is alike, in a pair that
is not, or alone.  Pairs are those of the optimal one-to-one matching of units of any label (see `matching`), so the
kinds and their numbers are those of the measure `disagreement`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from annotator.agreement.disagreement import KINDS, kinds_of
from annotator.agreement.f1 import f1
from annotator.agreement.matching import matching, same
from annotator.agreement.study import Bools, Floats, Ints, Study
from annotator.agreement.tally import column, sums_by, tally

SAME = len(KINDS)
"""The kind of a pair that is no difference; the others are the indexes of `disagreement.KINDS`."""
NOBODY = -1
"""Stands for the unit that one of the two does not have."""


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Pairs of units and units alone, by article, then place in the text.

    Args:
        article: Index into `Study.articles`, shape (pairs,); so are the other columns.
        first: Unit of the one annotator, by index into `Study.units`, or `NOBODY`.
        second: Unit of the other, or `NOBODY`.
        kind: Index into `disagreement.KINDS`, or `SAME`.
    """

    article: Ints
    first: Ints
    second: Ints
    kind: Ints

    def where(self, chosen: Bools) -> Differences:
        """Return those that are chosen, shape (pairs,)."""
        return Differences(self.article[chosen], self.first[chosen], self.second[chosen], self.kind[chosen])


def differences(study: Study, first: int, second: int) -> Differences:
    """Return what two annotators, by index, have alike and what not, over the articles that both have read."""
    return study.once(("differences", first, second), lambda: _differences(study, first, second))


def _differences(study: Study, first: int, second: int) -> Differences:
    units, found = study.units, matching(study, first, second, labelled=False)
    both = study.seen[first] & study.seen[second]
    alone = []
    for side, taken in ((first, found.first), (second, found.second)):
        mine = np.arange(len(units))[study.of_annotator(side)]
        alone.append(mine[~np.isin(mine, taken) & both[units.article[mine]]])
    nobody = [np.full(len(one), NOBODY, dtype=np.int64) for one in alone]
    a = np.concatenate([found.first, alone[0], nobody[1]])
    b = np.concatenate([found.second, nobody[0], alone[1]])
    kind = np.where(found.extent, np.where(found.label, SAME, 0), np.where(found.label, 1, 2))
    kind = np.concatenate([kind, np.full(len(a) - len(kind), KINDS.index("missing"), dtype=np.int64)])
    here = np.where(a == NOBODY, b, a)
    order = np.lexsort((units.end[here], units.start[here], units.article[here]))
    return Differences(units.article[here][order], a[order], b[order], kind[order])


def with_label(study: Study, found: Differences, label: int | None) -> Differences:
    """Return those of which a unit has the label, by index; all of them for None."""
    if label is None or not len(study.units):
        return found
    has = study.units.label == label
    return found.where((found.first >= 0) & has[found.first] | (found.second >= 0) & has[found.second])


def by_article(study: Study, found: Differences) -> Floats:
    """Return how many an article has of each of the study's kinds (`kinds_of`), and last how many are alike.

    Returns:
        Shape (articles, kinds + 1).
    """
    kinds = len(kinds_of(study)) + 1
    kind = np.where(found.kind == SAME, kinds - 1, found.kind)
    if study.directed:
        kind += found.first == NOBODY  # spurious comes after missed
    cell = found.article * kinds + kind
    return sums_by(cell, np.ones(len(cell)), len(study.articles) * kinds).reshape(-1, kinds)


def kind_names(study: Study, found: Differences) -> list[str]:
    """Return what kind each difference is, by name, "alike" for what is none."""
    known = (*KINDS, "alike")
    if not study.directed:
        return [known[kind] for kind in found.kind.tolist()]
    alone = ("missed", "spurious")
    pairs = zip(found.kind.tolist(), (found.first == NOBODY).tolist(), strict=True)
    return [alone[other] if known[kind] == "missing" else known[kind] for kind, other in pairs]


def exact_scores(study: Study, first: int, second: int, *, label: int | None = None) -> Floats:
    """Return exact F1 of each article for two annotators, by index: 1 where neither marked anything at all.

    Args:
        study: Who marked what.
        first: Index of the one annotator.
        second: Index of the other.
        label: Only units of this label, by index; None for all.

    Returns:
        Shape (articles,), NaN where not both have read it or neither has used the label.
    """
    at = column(label)
    sides = [tally(study, study.of_annotator(one))[:, at] for one in (first, second)]
    alike = tally(study, same(study, first, second)[0])[:, at]
    both = study.seen[first] & study.seen[second]
    told = both if label is None else both & (sides[0] + sides[1] > 0)
    return np.where(told, f1(np.stack([*sides, alike], axis=-1)), np.nan)


def confusion(study: Study, pairs: Iterable[tuple[int, int]], *, directed: bool) -> Floats:
    """Return how often a unit with the one label was paired with one of the other.

    Args:
        study: Who marked what.
        pairs: Of annotators, by index.
        directed: Whether rows are of the first of each pair and columns of the second; else each pair counts both
            ways, half each, and the matrix is symmetric.

    Returns:
        Shape (labels + 1, labels + 1); the last row and column are for units that the other does not have.
    """
    size = len(study.labels) + 1
    table = np.zeros((size, size))
    for first, second in pairs:
        found = differences(study, first, second)
        a, b = (_labels(study, side) for side in (found.first, found.second))
        table += sums_by(a * size + b, np.ones(len(a)), size * size).reshape(size, size)
    return table if directed else (table + table.T) / 2


def _labels(study: Study, units: Ints) -> Ints:
    """Return the label of each unit; one more than the last label where there is nobody."""
    known = np.append(study.units.label, len(study.labels))  # the last is what `NOBODY` leads to
    return np.asarray(known[units])
