"""Overlap F1: a unit that is the same counts 1, one that overlaps its partner counts half.

Invariant: partners are those of the optimal one-to-one matching (see `matching`), so nested and overlapping units are
each credited once, and their order never matters.

The half credit is that of MUC-5 (Chinchor and Sundheim 1993, "MUC-5 evaluation metrics").  Four figures: with the label
(only units of one label may be partners), without it (any may), and for each a variant in which a pair counts as many
characters as it shares, out of all the characters that the units cover.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from annotator.agreement.f1 import Table, f1_figure
from annotator.agreement.matching import matching
from annotator.agreement.measure import Additive
from annotator.agreement.study import Floats, Study
from annotator.agreement.tally import tally


def half_credit(*, labelled: bool) -> Table:
    """Return what tabulates the units of each and the credit that they share.

    Args:
        labelled: Whether only units of one label may be partners.
    """

    def table(study: Study, first: int, second: int) -> Floats:
        found = matching(study, first, second, labelled=labelled)
        credit = np.where(found.extent, 1.0, 0.5)
        sides = [tally(study, study.of_annotator(one)) for one in (first, second)]
        return np.stack([*sides, tally(study, found.first, weights=credit)])

    return table


def _characters(*, labelled: bool) -> Table:
    def table(study: Study, first: int, second: int) -> Floats:
        found = matching(study, first, second, labelled=labelled)
        sizes = study.units.end - study.units.start
        sides = [study.of_annotator(one) for one in (first, second)]
        covered = [tally(study, side, weights=sizes[side]) for side in sides]
        return np.stack([*covered, tally(study, found.first, weights=found.shared)])

    return table


MEASURE: Final = Additive(
    "overlap-f1",
    "F1 of spans with half credit for those that only overlap (MUC), and by shared characters",
    (
        f1_figure("overlap-f1", half_credit(labelled=True)),
        f1_figure("overlap-f1-unlabelled", half_credit(labelled=False), labelled=False),
        f1_figure("overlap-f1-characters", _characters(labelled=True)),
        f1_figure("overlap-f1-characters-unlabelled", _characters(labelled=False), labelled=False),
    ),
)
