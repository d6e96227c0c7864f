"""Continua: what the annotators of one article each marked, many articles (or samples of chance) at a time.

Invariant: all continua of a batch have the same number of annotators, and units are kept in the order of their
continuum and annotator; so a unit has a higher number than those of earlier annotators in its continuum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotator.agreement.study import Bools, Floats, Ints

_SLACK: Final = 1e-12  # of the length of the line; more than sums of floats are off by


@dataclass(frozen=True, slots=True, eq=False)
class Continua:
    """A batch of continua, units as columns.

    Args:
        annotators: How many annotators each has, those who marked nothing included.
        length: Of each continuum, shape (continua,).
        first: Where the units of continuum k and annotator a begin is at k * annotators + a, shape
            (continua * annotators + 1,).
        start: Where each unit begins, shape (units,); so are the other columns.
        end: Where it ends, behind `start`.
        category: Its category, counted from 0.
    """

    annotators: int
    length: Floats
    first: Ints
    start: Floats
    end: Floats
    category: Ints

    @classmethod
    def of(cls, readings: Sequence[Sequence[Sequence[tuple[float, float, int]]]], lengths: Sequence[float]) -> Continua:
        """Build a batch from units (start, end, category) by continuum and annotator."""
        cells = [list(cell) for continuum in readings for cell in continuum]
        first = np.cumsum([0, *map(len, cells)], dtype=np.int64)
        columns = np.array([unit for cell in cells for unit in cell], dtype=np.float64).reshape(-1, 3).T
        length = np.asarray(lengths, dtype=np.float64)
        annotators = len(readings[0])
        return cls(annotators, length, first, columns[0], columns[1], columns[2].astype(np.int64))

    def __len__(self) -> int:
        return len(self.length)

    @property
    def size(self) -> Ints:
        """How many units each continuum has, shape (continua,)."""
        return np.diff(self.first[:: self.annotators])

    @property
    def continuum(self) -> Ints:
        """The continuum of each unit, shape (units,)."""
        return np.repeat(np.arange(len(self)), self.size)

    @property
    def annotator(self) -> Ints:
        """The annotator of each unit within its continuum, shape (units,)."""
        return np.repeat(np.tile(np.arange(self.annotators), len(self)), np.diff(self.first))

    def part(self, low: int, high: int) -> Continua:
        """Return the continua from `low` up to `high`."""
        first = self.first[low * self.annotators : high * self.annotators + 1]
        units = slice(int(first[0]), int(first[-1]))
        start, end, category = self.start[units], self.end[units], self.category[units]
        return Continua(self.annotators, self.length[low:high], first - first[0], start, end, category)


@dataclass(frozen=True, slots=True, eq=False)
class Dissimilarity:
    """How unlike two units are: α · d_pos + β · d_cat (Mathet et al. 2015, eq. 3 to 5).

    With starts s, ends e: d_pos = ((|s_u − s_v| + |e_u − e_v|) / (e_u − s_u + e_v − s_v))² · Δ∅, so that units of one
    length that touch are Δ∅ apart; d_cat is Δ∅ for two categories, 0 for one, or what a matrix says, times Δ∅.

    Args:
        alpha: Weight of position.
        beta: Weight of category.
        empty: Δ∅, how unlike a unit and no unit are.
        categories: How unlike two categories are, symmetric, 0 on the diagonal, shape (categories, categories), in the
            order of `Study.labels`; None for nominal ones.
    """

    alpha: float = 1.0
    beta: float = 1.0
    empty: float = 1.0
    categories: Floats | None = None

    def position(self, continua: Continua, u: Ints, v: Ints) -> Floats:
        """Return α · d_pos of pairs of units, shape (pairs,)."""
        s, e = continua.start, continua.end
        su, sv, eu, ev = s[u], s[v], e[u], e[v]
        share = (np.abs(su - sv) + np.abs(eu - ev)) / (eu - su + ev - sv)
        return np.asarray(share * share * (self.alpha * self.empty))

    def category(self, continua: Continua, u: Ints, v: Ints) -> Floats:
        """Return d_cat of pairs of units, shape (pairs,)."""
        a, b = continua.category[u], continua.category[v]
        apart = (a != b) if self.categories is None else self.categories[a, b]
        return np.asarray(apart * self.empty, dtype=np.float64)

    def between(self, continua: Continua, u: Ints, v: Ints) -> Floats:
        """Return the dissimilarity of pairs of units, shape (pairs,)."""
        found = self.position(continua, u, v)
        found += self.beta * self.category(continua, u, v)
        return found

    def reach(self, limit: float) -> float:
        """Return how far, in their mean length, the middles of two units may lie apart at this dissimilarity."""
        bound = self.alpha * self.empty
        return float(np.sqrt(limit / bound)) if bound > 0 else float("inf")


def near(continua: Continua, dissimilarity: Dissimilarity, limit: float) -> tuple[Ints, Ints, Floats]:
    """Return all pairs of units of two annotators that are less than `limit` unlike.

    |Δs| + |Δe| is at least twice the distance of the middles, so such pairs are among those where the units, stretched
    about their middles, overlap: they are found by sorting, not by looking at all pairs.

    Returns:
        The lower unit of each pair, the higher one (of a later annotator), and how unlike they are; shape (pairs,).
    """
    if not len(continua.start):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, np.zeros(0)
    low, high = _stretched(continua, dissimilarity.reach(limit))
    annotator = continua.annotator
    units = [np.flatnonzero(annotator == one) for one in range(continua.annotators)]
    units = [one[np.argsort(low[one], kind="stable")] for one in units]
    found: list[tuple[Ints, Ints, Floats]] = []
    for at, a in enumerate(units):
        for b in units[at + 1 :]:
            u, v = _overlapping(a, b, low, high)
            unlike = dissimilarity.between(continua, u, v)
            keep: Bools = unlike < limit
            found.append((u[keep], v[keep], unlike[keep]))
    first, second, unlike = (np.concatenate(column) for column in zip(*found, strict=True))
    return first, second, unlike


def _stretched(continua: Continua, reach: float) -> tuple[Floats, Floats]:
    """Return where units begin and end, stretched about their middles, all continua one after the other on a line."""
    middle, length = (continua.start + continua.end) / 2, continua.end - continua.start
    span = float(continua.end.max() - continua.start.min())
    half = np.minimum(reach * length / 2, span)
    room = 4 * span
    half += _SLACK * room * (len(continua) + 1)
    middle = middle + continua.continuum * room
    return middle - half, middle + half


def _overlapping(a: Ints, b: Ints, low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """Return the pairs of two annotators' units, each in order of `low`, of which the stretches overlap."""
    if not len(a) or not len(b):
        return a[:0], b[:0]
    b_low, b_high = low[b], high[b]
    begin = np.searchsorted(np.maximum.accumulate(b_high), low[a], side="right")
    count = np.maximum(np.searchsorted(b_low, high[a], side="left") - begin, 0)
    p = np.repeat(np.arange(len(a)), count)
    q = np.arange(len(p)) - np.repeat(np.cumsum(count) - count - begin, count)
    real = b_high[q] > low[a][p]
    return a[p[real]], b[q[real]]
