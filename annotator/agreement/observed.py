"""Observed agreement: the share of tokens or characters on which two annotators have put the same labels.

Invariant: positions that nobody marked count as agreement, so the figure is high where little is marked; it is not
corrected for chance.  Overlapping units: see `coding`.  Over all annotators it is the mean over the pairs,
micro-averaged over articles.

Artstein and Poesio 2008, "Inter-coder agreement for computational linguistics", section 2.3.
"""

from __future__ import annotations

from typing import Final

from annotator.agreement.coding import coding_figures, no_positions, pair_table
from annotator.agreement.line import Grain
from annotator.agreement.measure import Additive, Members, ratio
from annotator.agreement.study import Floats, Study


def _table(study: Study, grain: Grain, members: Members, label: int | None) -> Floats:
    return pair_table(study, grain, members, label)[:, :2]


def observed(sums: Floats) -> Floats:
    """Return alike / positions; sums as in `pair_table`, shape (..., 2 or more)."""
    return ratio(sums[..., 1], sums[..., 0])


MEASURE: Final = Additive(
    "observed-agreement",
    "share of tokens and characters with the same labels, chance not taken out",
    coding_figures("observed-agreement", _table, observed, no_positions),
)
