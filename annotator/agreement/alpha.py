"""Krippendorff's nominal α on tokens or characters.

Invariant: any number of annotators and missing articles: an article counts with as many values as annotators have read
it, from two on.  Overlapping units: see `coding`.

Krippendorff 2011, "Computing Krippendorff's alpha-reliability", sections C and D, from the sums of each article.
For other metrics than the nominal one see `reliability`.
"""

from __future__ import annotations

from typing import Final

from annotator.agreement.coding import coding_figures, joint_table
from annotator.agreement.fleiss import why
from annotator.agreement.measure import Additive, ratio
from annotator.agreement.study import Floats


def nominal_alpha(sums: Floats) -> Floats:
    """Return nominal α from sums as in `coding.joint_table`, shape (..., 1 + categories)."""
    held = sums[..., 1:]
    values = held.sum(axis=-1)
    return 1 - ratio((values - 1) * sums[..., 0], values**2 - (held**2).sum(axis=-1))


MEASURE: Final = Additive(
    "krippendorff-alpha",
    "Krippendorff's nominal α on tokens and characters",
    coding_figures("krippendorff-alpha", joint_table, nominal_alpha, why, joint=True),
)
