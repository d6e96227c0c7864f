"""Fleiss' κ on tokens or characters.

Invariant: every position has a value of every annotator, as the coefficient asks: only articles that all annotators
have read count (for a pair: both).  Overlapping units: see `coding`.

Fleiss 1971, "Measuring nominal scale agreement among many raters".  For two annotators it is Scott's π.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from annotator.agreement.coding import coding_figures, joint_table, no_positions
from annotator.agreement.line import Grain
from annotator.agreement.measure import Additive, Members, ratio
from annotator.agreement.study import Floats, Study
from annotator.agreement.tally import shared_articles


def fleiss_kappa(sums: Floats) -> Floats:
    """Return Fleiss' κ from sums as in `joint_table`, shape (..., 1 + categories)."""
    values, held = sums[..., 1:].sum(axis=-1), sums[..., 1:]
    # Observed disagreement is the first column over all values; the expected one is 1 − Σ shares².
    return 1 - ratio(sums[..., 0] * values, values**2 - (held**2).sum(axis=-1))


def _table(study: Study, grain: Grain, members: Members, label: int | None) -> Floats:
    return joint_table(study, grain, members, label) * shared_articles(study, members)


def why(sums: Floats) -> str:
    """Say why κ or α of these sums is undefined."""
    if not np.count_nonzero(sums[1:]):
        return no_positions(sums)
    return "everybody put the same one set of labels on everything, so there is no disagreement to expect by chance"


MEASURE: Final = Additive(
    "fleiss-kappa",
    "Fleiss' κ on tokens and characters, all annotators at once",
    coding_figures("fleiss-kappa", _table, fleiss_kappa, why, joint=True, complete=True),
)
