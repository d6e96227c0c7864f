"""Agreement beyond chance of two annotators on tokens or characters: Cohen's κ, Scott's π and Bennett's S.

Invariant: all three are (observed − expected) / (1 − expected), and differ in what they expect alone.

| coefficient | expects that the annotators draw categories                      |
|-------------|------------------------------------------------------------------|
| Cohen's κ   | each as often as that annotator used them (Cohen 1960)           |
| Scott's π   | both as often as the two used them together (Scott 1955)         |
| Bennett's S | all equally often (Bennett, Alpert and Goldstein 1954)           |

The formulas are those of Artstein and Poesio 2008, section 2.  Over all annotators each is the mean over the pairs.
Overlapping units: see `coding`.  The categories that S counts are the sets of labels that occur in the study; by label,
there are two.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from annotator.agreement.coding import coding_figures, no_positions, pair_table
from annotator.agreement.line import Grain, segments
from annotator.agreement.measure import Additive, Members, ratio
from annotator.agreement.study import Floats, Study, distinct


def cohen_kappa(sums: Floats) -> Floats:
    """Return Cohen's κ from sums as in `pair_table`, shape (..., 2 + 2 · categories)."""
    first, second = _sides(sums)
    return _corrected(sums, (first * second).sum(axis=-1))


def scott_pi(sums: Floats) -> Floats:
    """Return Scott's π from sums as in `pair_table`, shape (..., 2 + 2 · categories)."""
    first, second = _sides(sums)
    return _corrected(sums, ((first + second) ** 2).sum(axis=-1) / 4)


def bennett_s(sums: Floats) -> Floats:
    """Return Bennett's S from positions, positions alike, and positions times categories, shape (..., 3)."""
    return _corrected(sums, ratio(sums[..., 0] ** 3, sums[..., 2]))


def _sides(sums: Floats) -> tuple[Floats, Floats]:
    categories = (sums.shape[-1] - 2) // 2
    return sums[..., 2 : 2 + categories], sums[..., 2 + categories :]


def _corrected(sums: Floats, chance: Floats) -> Floats:
    """Return (observed − expected) / (1 − expected), with `chance` the expected one times positions squared."""
    total, alike = sums[..., 0], sums[..., 1]
    return ratio(alike * total - chance, total**2 - chance)


def _spread(study: Study, grain: Grain, members: Members, label: int | None) -> Floats:
    table = pair_table(study, grain, members, label)
    categories = 2 if label is not None else study.once(("used sets", grain), lambda: _used(study, grain))
    return np.stack([table[:, 0], table[:, 1], table[:, 0] * categories], axis=1)


def _used(study: Study, grain: Grain) -> int:
    """Return how many sets of labels anybody has put on anything, that of no labels included if it occurs."""
    cut = segments(study, grain, None)
    seen = study.seen[:, cut.article] & (cut.size > 0)
    return len(distinct(cut.codes[seen]))


def _why(sums: Floats) -> str:
    return (
        no_positions(sums) or "both put the same one set of labels on everything, so chance alone gives full agreement"
    )


def _why_s(sums: Floats) -> str:
    return no_positions(sums) or "there is one category only, so chance alone gives full agreement"


COHEN: Final = Additive(
    "cohen-kappa", "Cohen's κ on tokens and characters", coding_figures("cohen-kappa", pair_table, cohen_kappa, _why)
)
SCOTT: Final = Additive(
    "scott-pi", "Scott's π on tokens and characters", coding_figures("scott-pi", pair_table, scott_pi, _why)
)
BENNETT: Final = Additive(
    "bennett-s", "Bennett's S on tokens and characters", coding_figures("bennett-s", _spread, bennett_s, _why_s)
)
