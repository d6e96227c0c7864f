"""Of what kind the disagreement is: label, boundary, both, or a unit that only one of two annotators has.

Invariant: the shares add up to 1.  Units are paired by the optimal one-to-one matching of units of any label (see
`matching`), so a nested unit counts once, as the partner of the unit that it shares most with.

Each pair that is not the same in extent and label is one disagreement, and so is each unit without a partner:

- `disagreement-label`: the extent is the same, the label is not.
- `disagreement-boundary`: the label is the same, the extents overlap.
- `disagreement-both`: the extents overlap, and the labels are not the same.
- `disagreement-missing`: a unit of one of the two overlaps nothing that is free of the other.  Where one of the two is
  the reference this is told apart: `disagreement-missed` is of the reference, `disagreement-spurious` of the other.

By label, a pair with two labels counts for that of the first annotator of the pair.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from annotator.agreement.matching import matching
from annotator.agreement.measure import Additive, Figure, Members, ratio
from annotator.agreement.study import Floats, Study
from annotator.agreement.tally import column, shared_articles, tally

KINDS: Final = ("label", "boundary", "both", "missing")
DIRECTED: Final = (*KINDS[:3], "missed", "spurious")
"""What the kinds are where one of the two is the reference."""


def kinds_of(study: Study) -> tuple[str, ...]:
    """Return which kinds of disagreement a study tells apart."""
    return DIRECTED if study.directed else KINDS


def _table(study: Study, first: int, second: int) -> Floats:
    """Return the disagreements of each of the kinds with a reference, shape (5, articles, labels + 1)."""
    found = matching(study, first, second, labelled=False)
    kinds = (found.extent & ~found.label, ~found.extent & found.label, ~found.extent & ~found.label)
    pairs = [tally(study, found.first[kind]) for kind in kinds]
    alone = np.ones(len(study.units), dtype=bool)
    alone[found.first] = alone[found.second] = False
    sides = map(study.of_annotator, (first, second))
    return np.stack([*pairs, *(tally(study, np.arange(len(alone))[side][alone[side]]) for side in sides)])


def _tabulate(study: Study, members: Members, label: int | None) -> Floats:
    first, second = members
    counts = study.once(("disagreement", first, second), lambda: _table(study, first, second))
    return np.ascontiguousarray(counts[:, :, column(label)].T) * shared_articles(study, members)


def _figure(kind: str) -> Figure:
    rows = [3, 4] if kind == "missing" else [DIRECTED.index(kind)]
    of = None if kind in KINDS[:3] else kind in DIRECTED

    def share(sums: Floats) -> Floats:
        return ratio(sums[..., rows].sum(axis=-1), sums.sum(axis=-1))

    why = "the two do not disagree on any span"
    return Figure(f"disagreement-{kind}", _tabulate, share, lambda sums: why, directed=of)


MEASURE: Final = Additive(
    "disagreement",
    "shares of the disagreement: label, boundary, both, missing (with a reference: missed, spurious)",
    tuple(_figure(kind) for kind in dict.fromkeys((*KINDS, *DIRECTED))),
)
