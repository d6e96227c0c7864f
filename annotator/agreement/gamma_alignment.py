"""The best alignment of continua: which units of several annotators go together.

Invariant: the alignment is optimal, each unit is in one unitary alignment, and overlapping or nested units need no
other rule.  A unitary alignment has at most one unit of each annotator; its disorder is the mean dissimilarity over the
pairs of annotators, Δ∅ for every pair of which one has no unit or both have none, so that a unit alone costs Δ∅.  The
disorder of a continuum is the sum over its unitary alignments divided by the mean number of units of an annotator
(Mathet, Widlöcher and Métivier 2015, "The unified and holistic method gamma", section 4).

A unitary alignment can be in the best one only if it costs less than its parts; those are the candidates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from annotator.agreement.gamma_continua import Continua, Dissimilarity, near
from annotator.agreement.gamma_packing import pack
from annotator.agreement.study import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """The best alignments of a batch of continua.

    Args:
        members: The units of each unitary alignment of two units or more, in order of annotators, -1 behind the last;
            shape (unitary alignments, annotators).
        cost: The disorder of each, shape (unitary alignments,).
        total: The sum over all unitary alignments of a continuum, single units too, shape (continua,).
    """

    members: Ints
    cost: Floats
    total: Floats

    def pairs(self) -> tuple[Ints, Ints, Floats]:
        """Return each two units that are aligned, and 1 / (units of their unitary alignment − 1); shape (pairs,)."""
        weight = 1 / np.maximum((self.members >= 0).sum(axis=1) - 1, 1)
        found = []
        for i, j in combinations(range(self.members.shape[1]), 2):
            there = self.members[:, j] >= 0
            found.append((self.members[there, i], self.members[there, j], weight[there]))
        u, v, weights = (np.concatenate(column) for column in zip(*found, strict=True))
        return u, v, weights


def best_alignment(continua: Continua, dissimilarity: Dissimilarity) -> Alignment:
    """Return the alignments of least disorder of a batch of continua of two annotators or more."""
    units = len(continua.start)
    members, cost = candidates(continua, dissimilarity)
    sizes: Floats = (members >= 0).sum(axis=1).astype(np.float64)
    chosen = pack(members, sizes * dissimilarity.empty - cost, units)
    members, cost, sizes = members[chosen], cost[chosen], sizes[chosen]
    if not len(chosen):
        return Alignment(members, cost, np.asarray(continua.size * dissimilarity.empty, dtype=np.float64))
    at = np.searchsorted(continua.first[:: continua.annotators], members[:, 0], side="right") - 1
    alone = continua.size - np.bincount(at, weights=sizes, minlength=len(continua))
    total = np.bincount(at, weights=cost, minlength=len(continua)) + alone * dissimilarity.empty
    return Alignment(members, cost, np.asarray(total, dtype=np.float64))


def candidates(continua: Continua, dissimilarity: Dissimilarity) -> tuple[Ints, Floats]:
    """Return the unitary alignments of two units or more that the best alignment may have.

    With P pairs of annotators, m units cost Σ d / P + (1 − m (m − 1) / 2 P) Δ∅.  They are no candidate if it costs no
    more to leave all alone, or to leave one unit alone: if one is (P + m − 1) Δ∅ or more from the others together.

    Returns:
        The units, -1 behind the last, shape (candidates, annotators), and their disorder.
    """
    n, empty = continua.annotators, dissimilarity.empty
    pairs = n * (n - 1) // 2
    u, v, unlike = near(continua, dissimilarity, (pairs + n - 1 if n > 2 else 2) * empty)
    if n == 2:
        return np.stack([u, v], axis=1), unlike
    order = np.lexsort((v, u))
    edges = _Edges(u[order] * len(continua.start) + v[order], v[order], unlike[order], len(continua.start))
    sets, apart = np.stack([u, v], axis=1), np.stack([unlike, unlike], axis=1)
    found, costs = [], []
    for m in range(2, n + 1):
        total = apart.sum(axis=1) / 2
        inside = m * (m - 1) // 2
        real: Bools = (apart < (pairs + m - 1) * empty).all(axis=1) & (total < ((m - 1) * pairs + inside) * empty)
        found.append(np.pad(sets[real], ((0, 0), (0, n - m)), constant_values=-1))
        costs.append(total[real] / pairs + (1 - inside / pairs) * empty)
        if m < n:
            sets, apart = edges.extended(sets, apart, (pairs + n - 1) * empty, n * pairs * empty)
    return np.concatenate(found), np.concatenate(costs)


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Pairs of units that may be in one candidate, in order of `key` = lower unit * units + higher unit."""

    key: Ints
    higher: Ints
    unlike: Floats
    units: int

    def extended(self, sets: Ints, apart: Floats, most: float, total: float) -> tuple[Ints, Floats]:
        """Return all sets with one more unit, of an annotator after the last.

        Args:
            sets: Units, shape (sets, m).
            apart: How unlike each unit is to the others of its set together, shape (sets, m).
            most: From where on a unit is too unlike the others in a set of any size.
            total: From where on all are too unlike one another.
        """
        begin, end = (np.searchsorted(self.key, (sets[:, -1] + more) * self.units) for more in (0, 1))
        count = end - begin
        old = np.repeat(np.arange(len(sets)), count)
        edge = np.arange(len(old)) - np.repeat(np.cumsum(count) - count - begin, count)
        new = self.higher[edge]
        steps = [self.unlike[edge]]
        for column in range(sets.shape[1] - 2, -1, -1):
            key = sets[old, column] * self.units + new
            at = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
            there = self.key[at] == key
            old, new, at = old[there], new[there], at[there]
            steps = [self.unlike[at], *(step[there] for step in steps)]
        step = np.stack(steps, axis=1)
        wider = np.concatenate([apart[old] + step, step.sum(axis=1, keepdims=True)], axis=1)
        keep = (wider < most).all(axis=1) & (wider.sum(axis=1) / 2 < total)
        return np.concatenate([sets[old], new[:, None]], axis=1)[keep], wider[keep]
