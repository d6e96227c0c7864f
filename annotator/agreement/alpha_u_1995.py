"""Krippendorff's unitizing α of 1995 and 2004: how far apart units of one label lie, against chance.

Invariant: each article is a continuum of its own, its length in code points; each label has its own α, and that over
all labels compares the disagreements of all.  Overlapping units of one annotator and label are one unit (the
coefficient knows no others); units of different labels may overlap freely, and units that only touch stay apart.

Krippendorff 1995, "On the reliability of unitizing continuous data"; 2004, "Measuring the reliability of qualitative
text analysis data", and "Content analysis", section 11.6.  With sections g, h of two annotators, lengths l, starts b
and ends e:

- observed: (b_g − b_h)² + (e_g − e_h)² for two units that overlap; l_g² for a unit within a gap of the other; else 0;
  summed over ordered pairs of annotators and divided by m (m − 1) L²;
- expected: 2/L · Σ_units [ (N − 1)/3 · (2 l³ − 3 l² + l) + l² · Σ_gaps with l_h ≥ l (l_h − l + 1) ] divided by
  m L (m L − 1) − Σ_units l (l − 1), with N units in all.

For several articles, and where articles are missing for some, the disagreements are averaged with the articles' lengths
as weights.  This is not `u-alpha`, the family of 2016: on example B of 1995 this one gives −.926 and that one +.422.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from annotator.agreement.line import Line, line, merged
from annotator.agreement.measure import Additive, Figure, Members, ratio
from annotator.agreement.study import Bools, Floats, Ints, Study
from annotator.agreement.tally import sums_by


class _Sections(NamedTuple):
    """Sections (units or gaps) by the cell of their article and label, and their lengths; each shape (sections,)."""

    cell: Ints
    length: Ints


def disagreements(study: Study, members: Members) -> Floats:
    """Return the observed and the expected disagreement of each label in each article.

    Returns:
        Shape (2, articles, labels); 0 in articles that fewer than two of these annotators have read.
    """
    places = study.once(("merged", "characters"), lambda: merged(line(study, "characters")))
    readers = study.seen[list(members)].sum(axis=0)
    places = places.where(np.isin(places.annotator, members) & (readers > 1)[places.article])
    shape = len(study.articles), len(study.labels)
    observed = np.zeros(shape[0] * shape[1])
    for first in members:
        for second in members:
            if first != second:
                observed += _observed(study, places, first, second)
    observed = observed.reshape(shape)
    expected = _expected(study, places, members).reshape(shape)
    m, length = readers.astype(np.float64)[:, None], study.lengths.astype(np.float64)[:, None]
    own = sums_by(_cells(study, places), _own_pairs(places), observed.size).reshape(shape)
    return np.stack(
        [
            ratio0(observed, m * (m - 1) * length**2),
            ratio0(2 * expected, length * (m * length * (m * length - 1) - own)),
        ]
    )


def ratio0(top: Floats, bottom: Floats) -> Floats:
    """Return top / bottom, 0 where bottom is 0 or less: an article that nobody or one has read, or without text."""
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 0.0)


def _cells(study: Study, places: Line) -> Ints:
    return places.article * len(study.labels) + places.label


def _own_pairs(places: Line) -> Floats:
    length = (places.end - places.start).astype(np.float64)
    return np.asarray(length * (length - 1))


def _observed(study: Study, places: Line, first: int, second: int) -> Floats:
    """Return the sum over the units of one annotator of the distance to the sections of another, by cell.

    Units that overlap are met from both sides, since every ordered pair of annotators comes once; a unit within a gap
    is met once from its own side, and counts twice for that: the gap's side is the same distance again.
    """
    total = int(places.first[-1]) + 1
    both = (study.seen[first] & study.seen[second])[places.article]
    a, b = (places.where(both & (places.annotator == one)) for one in (first, second))
    a_shift, b_shift = a.label * total, b.label * total
    # Merged units of one annotator and label are disjoint and sorted, so those of b that overlap one of a are a run.
    low = np.searchsorted(b.end + b_shift, a.start + a_shift, side="right")
    high = np.searchsorted(b.start + b_shift, a.end + a_shift, side="left")
    count = np.maximum(high - low, 0)
    length = (a.end - a.start).astype(np.float64)
    alone = np.where(count == 0, 2 * length**2, 0.0)
    p = np.repeat(np.arange(len(a.start)), count)
    q = np.arange(len(p)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    apart = (a.start[p] - b.start[q]).astype(np.float64) ** 2 + (a.end[p] - b.end[q]).astype(np.float64) ** 2
    size = len(study.articles) * len(study.labels)
    cell = _cells(study, a)
    return sums_by(cell, alone, size) + sums_by(cell[p], apart, size)


def _expected(study: Study, places: Line, members: Members) -> Floats:
    """Return the sum in square brackets of the expected disagreement (see the module), by cell."""
    size = len(study.articles) * len(study.labels)
    cell, length = _cells(study, places), places.end - places.start
    number = np.bincount(cell, minlength=size)
    gaps = _gaps(study, places, members, number > 0)
    order = np.lexsort((gaps.length, gaps.cell))
    gap_cell, gap = gaps.cell[order], gaps.length[order]
    total = int(places.first[-1]) + 2
    low = np.searchsorted(gap_cell * total + gap, cell * total + length, side="left")
    high = np.searchsorted(gap_cell, cell, side="right")
    after = np.concatenate([[0], np.cumsum(gap)])
    real = length.astype(np.float64)
    within = (after[high] - after[low]) - (high - low) * (real - 1)
    between = (number[cell] - 1) / 3 * (2 * real**3 - 3 * real**2 + real)
    return sums_by(cell, between + real**2 * within, size)


def _gaps(study: Study, places: Line, members: Members, used: Bools) -> _Sections:
    """Return the gaps between the units of each annotator, for articles and labels that anybody has used."""
    labels = len(study.labels)
    cells, lengths = [], []
    for one in members:
        mine = places.where(places.annotator == one)
        cell = _cells(study, mine)
        order = np.lexsort((mine.start, cell))
        cell, start, end = cell[order], mine.start[order], mine.end[order]
        there = np.flatnonzero(used & np.repeat(study.seen[one], labels))
        begin, finish = places.first[there // labels], places.first[there // labels + 1]
        # One gap before each unit, and one after the last unit of a cell, or all of the article if there is no unit.
        new = np.ones(len(cell), dtype=bool)
        new[1:] = cell[1:] != cell[:-1]
        before = start - np.where(new, places.first[cell // labels], np.concatenate([[0], end[:-1]]))
        stop = np.searchsorted(cell, there, side="right")
        has = stop > np.searchsorted(cell, there, side="left")
        last = finish - np.where(has, end[stop - 1] if len(end) else begin, begin)
        cells += [cell, there]
        lengths += [before, last]
    cell, length = np.concatenate(cells), np.concatenate(lengths)
    return _Sections(cell[length > 0], length[length > 0])


def _tabulate(study: Study, members: Members, label: int | None) -> Floats:
    both = study.once(("alpha-u-1995", members), lambda: disagreements(study, members))
    one = both.sum(axis=2) if label is None else both[:, :, label]
    return np.ascontiguousarray((one * study.lengths).T)


def _alpha(sums: Floats) -> Floats:
    return 1 - ratio(sums[..., 0], sums[..., 1])


def _why(sums: Floats) -> str:
    return "nobody has marked such a unit, so no disagreement is to be expected by chance"


MEASURE: Final = Additive(
    "alpha-u-1995",
    "Krippendorff's unitizing α of 1995 and 2004: distance of units",
    (Figure("alpha-u-1995", _tabulate, _alpha, _why, joint=True),),
)
