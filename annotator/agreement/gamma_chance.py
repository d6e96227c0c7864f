"""Continua as chance would make them, for the disorder that is to be expected.

Invariant: each continuum has a stream of random numbers of its own, so its samples hang on the seed and the stream, not
on the continua that it is sampled together with.

There are two ways, those of pygamma-agreement:

- `shuffled`, the default: section 5.2 of Mathet et al. 2015.  Each annotator of a sample has the reading of one drawn
  at random, moved along the continuum by a random distance, what goes over the end coming back at the beginning; two
  distances are at least half a mean unit apart.  It is the default because it keeps the length of the article and all
  habits (how many units, how long, how they cluster, nest and overlap), and takes away only what makes the annotators
  alike.  The distances are kept around the whole circle; pygamma-agreement keeps them along the line only, and with
  three annotators and more only from the annotator before, so that its chance has up to some percent less disorder.
- `statistical`, the default of pygamma-agreement, to compare with its values: the numbers of units, gaps and lengths
  are drawn from normal distributions of the same mean and deviation, categories from their shares, from the beginning
  of the continuum on and wherever that ends.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from annotator.agreement.gamma_continua import Continua
from annotator.agreement.study import Floats, Ints

Way = Literal["shuffled", "statistical"]
_SHORTEST: Final = 1e-6  # no unit is shorter


def sampled(continua: Continua, samples: int, *, way: Way, seed: tuple[int, ...], streams: Ints) -> Continua:
    """Return continua as chance would make them.

    Args:
        continua: What was marked; all have units.
        samples: How many of each; those of continuum k are k * samples, …, (k + 1) * samples − 1.
        way: How; see the module.
        seed: Whole numbers of at least 0; the same ones give the same samples.
        streams: A number of at least 0 for each continuum, shape (continua,).
    """
    sources = [np.random.default_rng([*seed, stream]) for stream in streams.tolist()]
    if way == "statistical":
        return _statistical(continua, samples, sources)
    return _shuffled(continua, samples, sources)


def _shuffled(continua: Continua, samples: int, sources: list[np.random.Generator]) -> Continua:
    n = continua.annotators
    drawn = np.stack([source.random((samples, 2 * n + 1)) for source in sources])
    who = (drawn[..., :n] * n).astype(np.int64)
    units = np.maximum(continua.size, 1)
    lengths = np.bincount(continua.continuum, weights=continua.end - continua.start, minlength=len(continua))
    shift = _pivots(drawn[..., n : 2 * n], drawn[..., 2 * n], continua.length, lengths / units / 2)
    cell = (np.arange(len(continua))[:, None, None] * n + who).reshape(-1)
    count = np.diff(continua.first)[cell]
    first = np.concatenate([[0], np.cumsum(count)])
    unit = np.arange(first[-1]) - np.repeat(first[:-1] - continua.first[cell], count)
    moved = np.repeat(shift.reshape(-1), count)
    start = continua.start[unit]
    length = np.repeat(continua.length, count.reshape(len(continua), -1).sum(axis=1))
    moved -= np.where(start + moved >= length, length, 0.0)
    return Continua(
        n,
        np.repeat(continua.length, samples),
        first,
        start + moved,
        continua.end[unit] + moved,
        continua.category[unit],
    )


def _pivots(gaps: Floats, turn: Floats, length: Floats, apart: Floats) -> Floats:
    """Return distances to move by, uniform among those that are `apart` on the circle as the continuum closes to one.

    What is left of the circle when each has its distance is divided by spacings of uniform points; where nothing is
    left, the distances are uniform.

    Args:
        gaps: Uniform numbers below 1, shape (continua, samples, annotators).
        turn: The same, shape (continua, samples).
        length: Of the continua, shape (continua,).
        apart: The least distance in each continuum, shape (continua,).

    Returns:
        Whole numbers below `length`, shape (continua, samples, annotators).
    """
    n = gaps.shape[2]
    slack = (length - n * apart)[:, None, None]
    # Exponential numbers over their sum are spacings of uniform points.
    share = -np.log1p(-gaps)
    share /= np.maximum(share.sum(axis=2, keepdims=True), 1e-300)
    spaced = turn[..., None] * length[:, None, None] + np.cumsum(apart[:, None, None] + slack * share, axis=2)
    around = length[:, None, None]
    return np.asarray(np.floor(np.where(slack > 0, np.mod(spaced, around), gaps * around)))


def _statistical(continua: Continua, samples: int, sources: list[np.random.Generator]) -> Continua:
    n = continua.annotators
    counts: list[Ints] = []
    columns: list[tuple[Floats, Floats, Ints]] = []
    for k, source in enumerate(sources):
        one = continua.part(k, k + 1)
        cells = np.diff(one.first)
        count = np.abs(source.normal(cells.mean(), cells.std(), (samples, n)).astype(np.int64))
        count[:, 0] = np.maximum(count[:, 0], 1)
        counts.append(count.reshape(-1))
        columns.append(_drawn(one, count.reshape(-1), source))
    first = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    start, end, category = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Continua(n, np.repeat(continua.length, samples), first, start, end, category)


def _drawn(one: Continua, count: Ints, source: np.random.Generator) -> tuple[Floats, Floats, Ints]:
    """Return units for cells of so many units each, drawn from what the units of one continuum are like."""
    total, length, gaps = int(count.sum()), one.end - one.start, _gaps(one)
    gap = source.normal(gaps.mean(), gaps.std(), total)
    long = np.maximum(np.abs(source.normal(length.mean(), length.std(), total)), _SHORTEST)
    shares = np.cumsum(np.bincount(one.category)) / len(one.category)
    category = np.searchsorted(shares, source.random(total), side="right")
    run = np.cumsum(gap + long)
    before = np.concatenate([[0.0], run])[np.cumsum(count) - count]
    end = run - np.repeat(before, count)
    return end - long, end, category.astype(np.int64)


def _gaps(one: Continua) -> Floats:
    """Return the gaps before the units, and one of 0, as pygamma-agreement takes them."""
    order = np.lexsort((one.category, one.end, one.start, one.annotator))
    start, end, annotator = one.start[order], one.end[order], one.annotator[order]
    same = annotator[1:] == annotator[:-1]
    head = np.ones(len(start), dtype=bool)
    head[1:] = ~same
    return np.concatenate([[0.0], (start[1:] - end[:-1])[same], start[head & (start > 0)]])
