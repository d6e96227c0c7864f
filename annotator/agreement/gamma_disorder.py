"""Observed and expected disorder of continua: what γ, γ_cat and γ_k of any set of them are made of.

Invariant: the disorders of a continuum are its own, whatever else is in the batch; a batch is only for speed, and is
worked off in parts of a bounded number of units.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from annotator.agreement.gamma_alignment import Alignment, best_alignment
from annotator.agreement.gamma_chance import Way, sampled
from annotator.agreement.gamma_continua import Continua, Dissimilarity
from annotator.agreement.study import Floats, Ints

SAMPLES: Final = 30
PRECISION: Final = 0.02
_QUANTILE: Final = 1.96  # of the normal distribution, for 95 %
_PART: Final = 200_000  # units in hand


@dataclass(frozen=True, slots=True)
class Chance:
    """How the expected disorder is sampled.

    Args:
        way: See `gamma_chance`.
        samples: Of each continuum, at first.
        precision: The half-width of the 95 % interval of the expected disorder of all continua together, as a part of
            it; more samples are drawn until it is no more (for one continuum, section 5.3 of the paper).  None for no
            more samples.
        seed: The same seed gives the same samples.
    """

    way: Way = "shuffled"
    samples: int = SAMPLES
    precision: float | None = PRECISION
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """How many samples had a figure, their sum, and that of their squares; each of one shape."""

    n: Floats
    sum: Floats
    square: Floats

    @classmethod
    def of(cls, values: Floats) -> Moments:
        """Return the moments of values, NaN where a sample has none, shape (…, samples, k) to (…, k)."""
        there = ~np.isnan(values)
        known = np.where(there, values, 0.0)
        axis = values.ndim - 2
        return cls(there.sum(axis=axis).astype(np.float64), known.sum(axis=axis), (known * known).sum(axis=axis))

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.n + other.n, self.sum + other.sum, self.square + other.square)

    @property
    def mean(self) -> Floats:
        """The mean, NaN where no sample has a figure."""
        return np.where(self.n > 0, self.sum / np.maximum(self.n, 1), np.nan)

    @property
    def variance(self) -> Floats:
        """The variance of one sample."""
        mean = self.sum / np.maximum(self.n, 1)
        return np.maximum(self.square / np.maximum(self.n, 1) - mean * mean, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Disorders:
    """Disorders of continua, by figure: the first column is γ's, the second γ_cat's, then γ_k's of each category.

    Args:
        weight: What the disorders weigh when continua are put together: the mean number of units of an annotator for
            γ; for γ_cat and γ_k how much is aligned.  Shape (continua, 2 + categories); so is what follows.
        observed: Of the best alignment; NaN where there is none, as without units.
        expected: Of the best alignments of the samples.
    """

    weight: Floats
    observed: Floats
    expected: Moments


def disorders(
    continua: Continua, *, categories: int, dissimilarity: Dissimilarity, chance: Chance, streams: Ints
) -> Disorders:
    """Return the observed and expected disorders of continua.

    Args:
        continua: What was marked.
        categories: How many there are.
        dissimilarity: How unlike units are.
        chance: How the expected disorder is sampled.
        streams: A number of at least 0 for each continuum, shape (continua,); see `gamma_chance`.
    """
    shape = len(continua), 2 + categories
    weight, observed = np.zeros(shape), np.full(shape, np.nan)
    for low, high in _parts(continua, 1, shape[1]):
        part = continua.part(low, high)
        alignment = best_alignment(part, dissimilarity)
        weight[low:high], observed[low:high] = _figures(part, alignment, dissimilarity, shape[1])
    expected = _expected(continua, shape[1], dissimilarity, chance, (chance.seed, 0), chance.samples, streams)
    # The first samples say how many it takes; to look again would only chase the noise of that.
    more = _required(weight[:, 0], expected, chance.samples, chance.precision) - chance.samples
    if more > 0:
        expected += _expected(continua, shape[1], dissimilarity, chance, (chance.seed, 1), more, streams)
    return Disorders(weight, observed, expected)


def _parts(continua: Continua, samples: int, columns: int) -> list[tuple[int, int]]:
    """Return ranges of continua that have a bounded number of units and figures together, or are one continuum."""
    part = (np.cumsum((continua.size + columns // 8 + 1) * samples) // _PART).astype(np.int64)
    cuts = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(continua)]
    return list(pairwise(cuts)) if len(continua) else []


def _required(weight: Floats, expected: Moments, done: int, precision: float | None) -> int:
    """Return how many samples of each continuum make the expected disorder of all together precise enough.

    (1.96 · CV / precision)², with the coefficient of variation CV of one continuum (section 5.3 of the paper), or of
    the weighted sum of several.
    """
    used = expected.n[:, 0] > 0
    mean = float((weight[used] * expected.mean[used, 0]).sum())
    if precision is None or mean <= 0:
        return done
    # Samples of no units do not count, so what is required grows by their share.
    variance = float((weight[used] ** 2 * expected.variance[used, 0] * done / expected.n[used, 0]).sum())
    return int(np.ceil(variance * (_QUANTILE / (precision * mean)) ** 2))


def _expected(
    continua: Continua,
    columns: int,
    dissimilarity: Dissimilarity,
    chance: Chance,
    seed: tuple[int, int],
    samples: int,
    streams: Ints,
) -> Moments:
    found = Moments(*(np.zeros((len(continua), columns)) for _ in range(3)))
    for low, high in _parts(continua, samples, columns):
        used = low + np.flatnonzero(continua.size[low:high] > 0)
        if not len(used):
            continue
        source = _those(continua, used)
        random = sampled(source, samples, way=chance.way, seed=seed, streams=streams[used])
        _, values = _figures(random, best_alignment(random, dissimilarity), dissimilarity, columns)
        part = Moments.of(values.reshape(len(used), samples, columns))
        found.n[used], found.sum[used], found.square[used] = part.n, part.sum, part.square
    return found


def _those(continua: Continua, used: Ints) -> Continua:
    """Return some of the continua, where those left out have no units."""
    if len(used) == used[-1] - used[0] + 1:
        return continua.part(int(used[0]), int(used[-1]) + 1)
    part = continua.part(int(used[0]), int(used[-1]) + 1)
    keep = np.repeat(part.size > 0, part.annotators)
    first = np.concatenate([part.first[:-1][keep], part.first[-1:]])
    return Continua(part.annotators, part.length[part.size > 0], first, part.start, part.end, part.category)


def _figures(
    continua: Continua, alignment: Alignment, dissimilarity: Dissimilarity, columns: int
) -> tuple[Floats, Floats]:
    """Return the weights and disorders of each continuum; shape (continua, columns), NaN where there are none.

    γ_cat's disorder is the mean d_cat of aligned units, weighted by max(0, 1 − α d_pos) / (units of the unitary
    alignment − 1); units that are aligned with nothing have no part in it.  γ_k's is the same over the pairs of which
    at least one unit is of the category (Mathet 2017, "The agreement measure γ_cat", section 4).
    """
    weight, total = np.zeros((len(continua), columns)), np.zeros((len(continua), columns))
    weight[:, 0] = continua.size / continua.annotators
    total[:, 0] = alignment.total
    u, v, share = alignment.pairs()
    share = share * np.maximum(0.0, 1 - dissimilarity.position(continua, u, v))
    apart = share * dissimilarity.category(continua, u, v)
    row = (np.searchsorted(continua.first[:: continua.annotators], u, side="right") - 1) * columns
    one, other = continua.category[u], continua.category[v]
    two = one != other
    cell = np.concatenate([row + 1, row + 2 + one, (row + 2 + other)[two]])
    for table, values in ((weight, share), (total, apart)):
        sums = np.bincount(cell, weights=np.concatenate([values, values, values[two]]), minlength=table.size)
        table += sums.reshape(table.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        return weight, np.where(weight > 0, total / weight, np.nan)
