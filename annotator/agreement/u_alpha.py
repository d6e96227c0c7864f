"""Krippendorff's unitizing α of 2016: uα, |uα, cuα and (k)uα.

Invariant: each annotator's reading is a partition of the article into units and gaps, and what is compared is the
length over which the partitions agree; a unit is never paired with itself by chance.  Overlapping units of one
annotator and label are one unit; those of different labels are cut at each other's edges, and the category of a piece
is the set of labels on it.  Missing articles: each counts with the annotators that have read it, from two on; several
articles are one long continuum.

Krippendorff, Mathet, Bouvry and Widlöcher 2016, "On the reliability of unitizing textual continua: further
developments"; Krippendorff 2019, "Content analysis", 4th ed., section 12.6:

- `u-alpha` (eq. 34): units and gaps with their categories; by label, the units of that label against all else;
- `u-alpha-binary` (|uα, eq. 35): unit or gap, whatever the label;
- `cu-alpha` (eqs. 36, 37): labels, only where two have both marked something;
- `ku-alpha` ((k)uα, eq. 38): one label against the others, only where two have both marked something.

With overlapping units, label k has its say wherever it is in the set.  Not to be taken for `alpha-u-1995`.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from annotator.agreement.coding import by_article, joint_table, together
from annotator.agreement.line import Line, Segments, line, merged, pieces, segments
from annotator.agreement.measure import Additive, Figure, Members, ratio
from annotator.agreement.study import Bools, Floats, Study
from annotator.agreement.tally import sums_by


def alpha(sums: Floats) -> Floats:
    """Return 1 − observed / expected disagreement.

    Args:
        sums: Disagreeing length, the squares that pair a unit with itself, and length by category (each position as
            often as it is valued), shape (..., 2 + categories).
    """
    held = sums[..., 2:]
    total = held.sum(axis=-1)
    # Expected: Σ_{c≠k} l_c l_k / (l − Σ squares / l), eq. 33.
    return 1 - ratio(sums[..., 0] * (total - ratio(sums[..., 1], total)), total**2 - (held**2).sum(axis=-1))


def _partition(study: Study, members: Members, label: int | None) -> Floats:
    """Return the columns of uα."""
    table = joint_table(study, "characters", members, label)
    # A unit is not to be paired with itself, a gap's characters are (eq. 33): squares of units, lengths of gaps.
    squares = _own_squares(study, members, _units(study, label)) + table[:, 1]
    return np.concatenate([table[:, :1], squares[:, None], table[:, 1:]], axis=1)


def _units(study: Study, label: int | None) -> Line:
    """Return the partition's units: those of one label, or pieces of all."""
    places: Line = study.once(("merged", "characters"), lambda: merged(line(study, "characters")))
    if label is None:
        return study.once("pieces", lambda: pieces(places))
    return places.where(places.label == label)


def _own_squares(study: Study, members: Members, units: Line) -> Floats:
    readers = study.seen[list(members)].sum(axis=0)
    mine = np.isin(units.annotator, members) & (readers > 1)[units.article]
    length = (units.end - units.start).astype(np.float64)[mine]
    return sums_by(units.article[mine], length**2, len(study.articles))


def _binary(study: Study, members: Members, label: int | None) -> Floats:
    """Return the columns of |uα: categories are gap and unit."""
    whole = study.once(("u-alpha", members), lambda: _partition(study, members, None))
    cut = segments(study, "characters", None)
    readers = study.seen[list(members)].sum(axis=0)
    differing = np.zeros(len(cut.size))
    for first, second in combinations(members, 2):
        unlike = (cut.codes[first] > 0) != (cut.codes[second] > 0)
        differing += 2 * unlike * together(study, first, second)[cut.article]
    observed = by_article(study, cut, cut.size / np.maximum(readers - 1, 1)[cut.article] * differing)
    return np.stack([observed[:, 0], whole[:, 1], whole[:, 2], whole[:, 3:].sum(axis=1)], axis=1)


def _among_units(study: Study, members: Members) -> tuple[Segments, Floats, Line, Floats]:
    """Return what cuα and (k)uα count on: where two have marked something.

    Returns:
        The segments; for each and each member the share of the others that have marked it too, if the member has,
        shape (members, segments); the pieces of these annotators; and the length of each piece weighted with that
        share, which is what the piece brings into the coincidences.
    """
    cut = segments(study, "characters", None)
    marked = (cut.codes[list(members)] > 0) & study.seen[list(members)][:, cut.article]
    readers = study.seen[list(members)].sum(axis=0)
    others = marked.sum(axis=0) - marked
    paired = marked * others / np.maximum(readers - 1, 1)[cut.article]
    units = _units(study, None)
    units = units.where(np.isin(units.annotator, members) & (readers > 1)[units.article])
    weighted = np.zeros(len(units.start))
    low, high = np.searchsorted(cut.edge, units.start), np.searchsorted(cut.edge, units.end)
    for row, one in enumerate(members):
        length = np.concatenate([[0], np.cumsum(cut.size * paired[row])])
        mine = units.annotator == one
        weighted[mine] = length[high[mine]] - length[low[mine]]
    return cut, paired, units, weighted


def _coding(study: Study, members: Members, label: int | None) -> Floats:
    """Return the columns of cuα, for one label against the others those of (k)uα with its own squares at the end."""
    cut, paired, units, weighted = study.once(("cu-alpha", members), lambda: _among_units(study, members))
    codes, sets = cut.codes, len(cut.sets)
    if label is not None:
        codes, sets = cut.sets[:, label].astype(np.int64)[cut.codes], 2
    marked = paired > 0
    readers = study.seen[list(members)].sum(axis=0)
    share = cut.size / np.maximum(readers - 1, 1)[cut.article]
    differing = np.zeros(len(cut.size))
    held = np.zeros((len(study.articles), sets))
    for (x, first), (y, second) in combinations(enumerate(members), 2):
        differing += 2 * ((codes[first] != codes[second]) & marked[x] & marked[y])
    for row, one in enumerate(members):
        cell = cut.article * sets + codes[one]
        held += np.bincount(cell, weights=cut.size * paired[row], minlength=held.size).reshape(held.shape)
    squares = np.bincount(units.article, weights=weighted**2, minlength=len(held))
    columns = [by_article(study, cut, share * differing)[:, 0], squares]
    if label is not None:
        at = np.searchsorted(cut.edge, units.start)
        own: Bools = codes[units.annotator, at] == 1
        columns.append(np.bincount(units.article[own], weights=weighted[own] ** 2, minlength=len(held)))
    return np.concatenate([np.stack(columns, axis=1), held], axis=1)


def _ku(sums: Floats) -> Floats:
    """Return (k)uα from disagreement, squares, the label's squares, and length of the others and of the label."""
    differing, squares, own, rest, held = (sums[..., at] for at in range(5))
    total = rest + held
    denominator = total - ratio(squares, total)
    # Eq. 38: with two categories, half of the disagreement is the label's row.
    expected_row = ratio(held * total - own, denominator)
    return 1 - ratio(expected_row * (differing / 2) * denominator, held * held * rest)


def _why(sums: Floats) -> str:
    return "there is one category only (everything is unit, or nothing is, with one set of labels)"


def _why_cu(sums: Floats) -> str:
    if not sums[2:].any():
        return "no stretch was marked by two annotators"
    return "where two annotators marked something, there is one set of labels only"


def _why_ku(sums: Floats) -> str:
    if not sums[3:].any():
        return "no stretch was marked by two annotators"
    which = "never" if not sums[4] else "always"
    return f"where two annotators marked something, it {which} has this label"


MEASURE: Final = Additive(
    "u-alpha",
    "Krippendorff's unitizing α of 2016: uα, |uα, cuα, (k)uα",
    (
        Figure("u-alpha", _partition, alpha, _why, joint=True),
        Figure("u-alpha-binary", _binary, alpha, _why, joint=True, labelled=False),
        Figure("cu-alpha", _coding, alpha, _why_cu, joint=True, labelled=False),
        Figure("ku-alpha", _coding, _ku, _why_ku, joint=True, overall=False),
    ),
)
