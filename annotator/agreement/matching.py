"""Which unit of one annotator goes with which of another.

Invariant: a matching is one to one and optimal, so it does not hang on the order in which units were made.  Units that
are the same in start, end and label go together first.  The others are matched so that the characters shared are as
many as possible in all (an assignment problem on each group of units that hang together by overlapping); among equals,
those with more identical extents, then more equal labels, then more pairs.  Units that only touch share nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from annotator.agreement.study import Bools, Floats, Ints, Study, distinct, packed

_EXACT: Final = 1 << 53  # whole numbers up to here are exact in a float


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Pairs of units, by index into `Study.units`.

    Args:
        first: Units of the one annotator, shape (pairs,).
        second: Their partners.
        shared: How many characters the two share.
        extent: Whether start and end are the same.
        label: Whether the labels are.
    """

    first: Ints
    second: Ints
    shared: Ints
    extent: Bools
    label: Bools


def matching(study: Study, first: int, second: int, *, labelled: bool) -> Matching:
    """Return the optimal matching of two annotators' units over all articles.

    Args:
        study: Who marked what.
        first: Index of the one annotator.
        second: Index of the other.
        labelled: Whether only units of the same label may go together.
    """
    return study.once(("matching", first, second, labelled), lambda: _match(study, first, second, labelled))


def same(study: Study, first: int, second: int) -> tuple[Ints, Ints]:
    """Return the units, by index, that two annotators have alike in article, start, end and label."""

    def find() -> tuple[Ints, Ints]:
        a, b = (np.arange(one.start, one.stop) for one in (study.of_annotator(first), study.of_annotator(second)))
        units = study.units
        key = study.once("unit key", lambda: packed(units.article, units.start, units.end, units.label))
        return _common(key[a], key[b], a, b)

    return study.once(("same", first, second), find)


def _common(a_key: Ints, b_key: Ints, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Return where two ascending columns of distinct keys agree, as the members of a and b."""
    if not len(b_key):
        return a[:0], b[:0]
    at = np.minimum(np.searchsorted(b_key, a_key), len(b_key) - 1)
    hit = b_key[at] == a_key
    return a[hit], b[at[hit]]


def _match(study: Study, first: int, second: int, labelled: bool) -> Matching:
    units = study.units
    exact_a, exact_b = same(study, first, second)
    left = np.ones(len(units), dtype=bool)
    left[exact_a] = left[exact_b] = False
    a, b = (
        np.arange(one.start, one.stop)[left[one]] for one in (study.of_annotator(first), study.of_annotator(second))
    )
    a, b, shared = _overlapping(study, a, b, labelled=labelled)
    chosen = _assign(a, b, shared, *_likeness(study, a, b))
    a, b = np.concatenate([exact_a, a[chosen]]), np.concatenate([exact_b, b[chosen]])
    order = np.argsort(a)
    a, b = a[order], b[order]
    shared = np.minimum(units.end[a], units.end[b]) - np.maximum(units.start[a], units.start[b])
    return Matching(a, b, shared, *_likeness(study, a, b))


def _likeness(study: Study, a: Ints, b: Ints) -> tuple[Bools, Bools]:
    units = study.units
    extent = (units.start[a] == units.start[b]) & (units.end[a] == units.end[b])
    return extent, units.label[a] == units.label[b]


def _overlapping(study: Study, a: Ints, b: Ints, *, labelled: bool) -> tuple[Ints, Ints, Ints]:
    """Return every overlapping pair of these units, and how many characters it shares."""
    units = study.units
    base = np.cumsum(study.lengths) - study.lengths
    total = int(study.lengths.sum())

    def placed(index: Ints) -> tuple[Ints, Ints, Ints]:
        # All articles on one line, and all labels one after the other where only equal labels may meet.
        shift = base[units.article[index]] + (units.label[index] * total if labelled else 0)
        start = units.start[index] + shift
        order = np.argsort(start, kind="stable")
        return index[order], start[order], (units.end[index] + shift)[order]

    a, a_start, a_end = placed(a)
    b, b_start, b_end = placed(b)
    # Of b in order of start: those that start before a ends, from the first one where anything reaches past a's start.
    low = np.searchsorted(np.maximum.accumulate(b_end), a_start, side="right")
    high = np.searchsorted(b_start, a_end, side="left")
    count = np.maximum(high - low, 0)
    p = np.repeat(np.arange(len(a)), count)
    q = np.arange(len(p)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    shared = np.minimum(a_end[p], b_end[q]) - np.maximum(a_start[p], b_start[q])
    real = shared > 0
    return a[p[real]], b[q[real]], shared[real]


def _assign(a: Ints, b: Ints, shared: Ints, extent: Bools, label: Bools) -> Ints:
    """Return which of the overlapping pairs are taken, by index, ascending."""
    if not len(a):
        return np.zeros(0, dtype=np.int64)
    a_ids, b_ids = distinct(a), distinct(b)
    p, q = np.searchsorted(a_ids, a), np.searchsorted(b_ids, b)
    lonely = (np.bincount(p)[p] == 1) & (np.bincount(q)[q] == 1)
    taken = [np.flatnonzero(lonely)]
    rest = np.flatnonzero(~lonely)
    if len(rest):
        group = _components(p[rest], q[rest] + len(a_ids), len(a_ids) + len(b_ids))
        order = np.argsort(group, kind="stable")
        cuts = np.flatnonzero(np.diff(group[order])) + 1
        for edges in np.split(rest[order], cuts):
            weight = _weights(shared[edges], extent[edges], label[edges])
            taken.append(edges[_best(p[edges], q[edges], weight)])
    return np.sort(np.concatenate(taken))


def _components(p: Ints, q: Ints, size: int) -> Ints:
    """Return the number of the connected component of each edge p-q of a graph of so many nodes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(p), dtype=np.int8), (p, q)), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    return np.asarray(component[p], dtype=np.int64)


def _weights(shared: Ints, extent: Bools, label: Bools) -> Floats:
    """Return one weight for each pair, whose sums compare like (shared, same extents, same labels, pairs)."""
    scale = len(shared) + 1
    if int(shared.sum()) >= _EXACT // scale**3:
        return shared.astype(np.float64)
    return (((shared * scale + extent) * scale + label) * scale + 1).astype(np.float64)


def _best(p: Ints, q: Ints, weight: Floats) -> Ints:
    """Return which edges of one component make its heaviest matching."""
    rows, columns = p.min() == p.max(), q.min() == q.max()
    if rows or columns:  # a star: one unit against several
        return np.array([int(np.argmax(weight))])
    from scipy.optimize import linear_sum_assignment

    r, c = np.searchsorted(distinct(p), p), np.searchsorted(distinct(q), q)
    table = np.zeros((int(r.max()) + 1, int(c.max()) + 1))
    edge = np.full(table.shape, -1)
    table[r, c], edge[r, c] = weight, np.arange(len(weight))
    chosen = edge[linear_sum_assignment(table, maximize=True)]
    return np.asarray(chosen[chosen >= 0])
