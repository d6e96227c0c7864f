"""The four schemes of SemEval-2013 task 9.1, as nervaluate counts them, with an optimal matching.

Invariant: partners are those of the optimal one-to-one matching of units of any label (see `matching`): overlapping and
nested units never make a figure hang on their order.

| scheme  | correct             | else, of partners | unit without a partner |
|---------|---------------------|-------------------|------------------------|
| strict  | same extent, label  | incorrect         | missed, spurious       |
| exact   | same extent         | incorrect         | missed, spurious       |
| partial | same extent         | half a point      | missed, spurious       |
| type    | same label          | incorrect         | missed, spurious       |

F1 is twice the points over the units of both.  nervaluate takes partners greedily in list order and counts units that
only touch as overlapping, so it scores the same units differently in another order; `list_order` repeats that, for
comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from annotator.agreement.f1 import Table, f1_figure
from annotator.agreement.matching import Matching, matching
from annotator.agreement.measure import Additive
from annotator.agreement.study import Floats, Study, Unit
from annotator.agreement.tally import tally

SCHEMES: Final = ("strict", "exact", "partial", "type")
_LEAST_OVERLAP: Final = 1.0  # per cent of the reference unit; nervaluate's default


class Counts(NamedTuple):
    """How the units of a reference and a prediction fared under one scheme."""

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int


def counts(study: Study, first: int, second: int, scheme: str, *, list_order: bool = False) -> Counts:
    """Return the counts of two annotators over all articles that both have read, the first one as the reference.

    Args:
        study: Who marked what.
        first: Index of the one annotator.
        second: Index of the other.
        scheme: One of `SCHEMES`.
        list_order: Whether to repeat nervaluate's own matching, on the units in the order in which they were listed.
    """
    if list_order:
        sides = [_listed(study, one) for one in (first, second)]
        shared = np.flatnonzero(study.seen[first] & study.seen[second]).tolist()
        each = [in_list_order(*(side.get(article, []) for side in sides), scheme=scheme) for article in shared]
        return Counts(*(sum(column) for column in zip(Counts(0, 0, 0, 0, 0), *each, strict=True)))
    both = study.seen[first] & study.seen[second]
    sizes = [int(both[study.units.article[study.of_annotator(one)]].sum()) for one in (first, second)]
    found = matching(study, first, second, labelled=False)
    points = _points(found, scheme)
    correct, half, pairs = int((points == 1).sum()), int((points == 0.5).sum()), len(points)
    return Counts(correct, pairs - correct - half, half, sizes[0] - pairs, sizes[1] - pairs)


def _listed(study: Study, annotator: int) -> dict[int, list[Unit]]:
    """Return the units of an annotator by article, in the order in which they were listed."""
    units, mine = study.units, study.of_annotator(annotator)
    order = np.lexsort((units.rank[mine], units.article[mine]))
    columns = (units.article, units.start, units.end, units.label)
    listed: dict[int, list[Unit]] = {}
    for article, start, end, label in zip(*(one[mine][order].tolist() for one in columns), strict=True):
        listed.setdefault(article, []).append((start, end, study.labels[label]))
    return listed


def _points(found: Matching, scheme: str) -> Floats:
    right = {"strict": found.extent & found.label, "type": found.label}.get(scheme, found.extent)
    return np.where(right, 1.0, 0.5 if scheme == "partial" else 0.0)


def _table(scheme: str) -> Table:
    def table(study: Study, first: int, second: int) -> Floats:
        found = matching(study, first, second, labelled=False)
        sides = [tally(study, study.of_annotator(one)) for one in (first, second)]
        return np.stack([*sides, tally(study, found.first, weights=_points(found, scheme))])

    return table


def in_list_order(reference: Sequence[Unit], prediction: Sequence[Unit], *, scheme: str) -> Counts:
    """Return the counts of one article as nervaluate 1.2 takes them: greedily, in list order, touching units included.

    Args:
        reference: Units in the order in which nervaluate would get them.
        prediction: The same.
        scheme: One of `SCHEMES`.
    """
    free, fared = dict(enumerate(reference)), {"correct": 0, "other": 0, "spurious": 0}
    for unit in prediction:
        near = [(at, one) for at, one in free.items() if _near(one, unit)]
        right = [(at, one) for at, one in near if _right(one, unit, scheme)]
        if scheme == "type":  # the only scheme in which it looks for the best, and not for the first
            right.sort(key=lambda item: abs(item[1][0] - unit[0]) + abs(item[1][1] - unit[1]))
        kind = "correct" if right else "other" if near else "spurious"
        fared[kind] += 1
        for at, _ in (right or near)[:1]:
            del free[at]
    other = fared["other"]
    wrong, half = (0, other) if scheme == "partial" else (other, 0)
    return Counts(fared["correct"], wrong, half, len(free), fared["spurious"])


def _near(one: Unit, unit: Unit) -> bool:
    """Say whether nervaluate sees an overlap: it takes ends as inclusive, so half-open units that touch have one."""
    if unit[0] > one[1] or unit[1] < one[0]:
        return False
    shared = min(one[1], unit[1]) - max(one[0], unit[0]) + 1
    return shared / (one[1] - one[0] + 1) * 100.0 >= _LEAST_OVERLAP


def _right(one: Unit, unit: Unit, scheme: str) -> bool:
    if scheme == "type":
        return one[2] == unit[2]
    return one[:2] == unit[:2] and (scheme != "strict" or one[2] == unit[2])


MEASURE: Final = Additive(
    "nervaluate",
    "the four schemes of SemEval-2013: strict, exact, partial, type",
    tuple(f1_figure(f"nervaluate-{scheme}", _table(scheme), labelled=False) for scheme in SCHEMES),
)
