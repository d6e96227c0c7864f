"""Exact span F1: a unit agrees when article, start, end and label are all the same.

Invariant: units are a set, so overlapping and nested units need no rule: each agrees or not by itself.  The figure of
a pair is micro-averaged over the articles that both have read; over all annotators it is the mean over the pairs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from annotator.agreement.f1 import f1_figure
from annotator.agreement.matching import same
from annotator.agreement.measure import Additive
from annotator.agreement.study import Floats, Study
from annotator.agreement.tally import tally


def table(study: Study, first: int, second: int) -> Floats:
    """Return the units of each and those that are the same, shape (3, articles, labels + 1)."""
    sides = [tally(study, study.of_annotator(one)) for one in (first, second)]
    return np.stack([*sides, tally(study, same(study, first, second)[0])])


MEASURE: Final = Additive("exact-f1", "F1 of spans with the same start, end and label", (f1_figure("exact-f1", table),))
