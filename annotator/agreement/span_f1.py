"""Span-only F1: a unit agrees when article, start and end are the same, whatever its label.

Invariant: the matching is one to one: where an annotator has put two labels on one stretch and the other has put one,
one of them agrees.  Overlapping units need no other rule.  There is no figure by label, since labels do not count.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from annotator.agreement.f1 import f1_figure
from annotator.agreement.measure import Additive
from annotator.agreement.study import Floats, Ints, Study, packed
from annotator.agreement.tally import tally


def _keys(study: Study) -> Ints:
    """Return a key for each unit: its extent, and how many units of the annotator with that extent come before it."""
    units = study.units
    extent = packed(units.annotator, units.article, units.start, units.end)
    index = np.arange(len(units))
    new = np.ones(len(units), dtype=bool)
    new[1:] = extent[1:] != extent[:-1]
    copy = index - np.maximum.accumulate(np.where(new, index, 0)) if len(units) else index
    return packed(units.article, units.start, units.end, copy)


def table(study: Study, first: int, second: int) -> Floats:
    """Return the units of each and those with the same extent, shape (3, articles, labels + 1)."""
    keys = study.once("extent key", lambda: _keys(study))
    one, two = study.of_annotator(first), study.of_annotator(second)
    both = np.arange(one.start, one.stop)[np.isin(keys[one], keys[two])]
    return np.stack([tally(study, one), tally(study, two), tally(study, both)])


MEASURE: Final = Additive(
    "span-f1",
    "F1 of spans with the same start and end, whatever the label",
    (f1_figure("span-f1", table, labelled=False),),
)
