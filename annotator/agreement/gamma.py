"""γ, γ_cat and γ_k: how well annotators agree on where units are and what they are, by aligning them.

Invariant: γ = 1 − observed / expected disorder, both of best alignments (Mathet, Widlöcher and Métivier 2015, "The
unified and holistic method gamma (γ) for inter-annotator agreement measure and alignment"); 1 for identical readings,
about 0 for independent ones.  Alignments are exact (see `gamma_alignment`), and units may overlap and nest freely: γ
was made for that.  The figures, with Δ∅ = α = β = 1 and nominal categories:

- `gamma`: of positions and labels together.
- `gamma-cat`: of the labels of aligned units alone, those that lie closely counting more (Mathet 2017, "The agreement
  measure γ_cat as a complement to γ focused on categorization of a continuum").  Units that are aligned with nothing
  have no part in it, as in the paper; pygamma-agreement counts them as disagreement.
- `gamma-k`: the same for the aligned pairs with a unit of one label.

Chance is the paper's own way, readings moved along the article by random distances (see `gamma_chance` for why, and for
that of pygamma-agreement): 30 samples of each article, and more until the expected disorder of all is known to within
2 % with 95 % confidence.

Over several articles no unit is aligned with one of another article, and observed and expected disorder are the means
over the articles, weighted with the mean number of units of an annotator (γ) or with what is aligned (γ_cat, γ_k): a
corpus counts as one long text.  An article counts if two of the annotators have read it, and one that some have not
read has that many annotators less.  Intervals are over articles, as of all measures; the interval of a single article
is that of the sampled chance.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final
from zlib import crc32

import numpy as np

from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.gamma_continua import Continua, Dissimilarity
from annotator.agreement.gamma_disorder import Chance, disorders
from annotator.agreement.measure import BY, By, Figure, Members, evaluate, ratio
from annotator.agreement.study import Floats, Ints, Study
from annotator.agreement.value import Value

_GAMMA, _CAT, _K = 0, 1, 2  # columns of the disorders; those from 2 on are of the labels
_QUANTILE: Final = 1.96  # of the normal distribution, for 95 %


@dataclass(frozen=True, slots=True)
class Gamma:
    """The measure.

    Args:
        dissimilarity: How unlike two units are.
        chance: How the expected disorder is sampled; the seed is that of the intervals.
    """

    dissimilarity: Dissimilarity = field(default_factory=Dissimilarity)
    chance: Chance = field(default_factory=Chance)
    name: str = "gamma"
    title: str = "γ, γ_cat, γ_k: units aligned, by position and label, against chance"

    def values(self, study: Study, *, bootstrap: Bootstrap | None = None, by: Collection[By] = BY) -> list[Value]:
        """Return the figures of a study; see `measure.Measure.values`."""
        given = bootstrap if bootstrap is not None else Bootstrap()
        figures = (
            Figure("gamma", self._tabulate(given, _GAMMA), _compute, _why, joint=True, labelled=False),
            Figure("gamma-cat", self._tabulate(given, _CAT), _compute_cat, _why_cat, joint=True, labelled=False),
            Figure("gamma-k", self._tabulate(given, _K), _compute_cat, _why_k, joint=True, overall=False),
        )
        return [
            self._with_interval(study, given, value)
            for figure in figures
            for value in evaluate(figure, study, bootstrap=given, by=by)
        ]

    def _tabulate(self, bootstrap: Bootstrap, column: int) -> partial[Floats]:
        return partial(self._counts, bootstrap.seed, column)

    def _counts(self, seed: int, column: int, study: Study, members: Members, label: int | None) -> Floats:
        """Return the first four figures of `table` of each article, shape (articles, 4)."""
        table = self.table(study, members, seed=seed)
        at = column if label is None else column + label
        return table[:, at, :4]

    def table(self, study: Study, members: Members, *, seed: int) -> Floats:
        """Return what the figures of each article are computed from.

        Returns:
            Shape (articles, 2 + labels, 5): for γ, γ_cat and γ_k of each label, observed and expected disorder times
            the weight of the article, the weight, how many units there are, and the half-width of the 95 % interval
            of the expected disorder times the weight.  Zeros where an article has no such figure.
        """
        key = ("gamma", members, seed, self.chance, self.dissimilarity)
        return study.once(key, lambda: self._table(study, members, seed))

    def _table(self, study: Study, members: Members, seed: int) -> Floats:
        labels = len(study.labels)
        table = np.zeros((len(study.articles), 2 + labels, 5))
        readers = study.seen[list(members)].sum(axis=0)
        for number in range(2, len(members) + 1):
            articles = np.flatnonzero(readers == number)
            if not len(articles):
                continue
            continua = _continua(study, members, articles, number)
            streams = np.array([crc32(study.articles[at].encode()) for at in articles.tolist()], dtype=np.int64)
            chance = replace(self.chance, seed=seed)
            found = disorders(
                continua, categories=labels, dissimilarity=self.dissimilarity, chance=chance, streams=streams
            )
            mean = found.expected.mean
            half = _QUANTILE * np.sqrt(found.expected.variance / np.maximum(found.expected.n, 1))
            units = np.broadcast_to(continua.size[:, None], mean.shape)
            known = np.isfinite(found.observed) & np.isfinite(mean)
            columns = (found.weight * found.observed, found.weight * mean, found.weight, units, found.weight * half)
            table[articles] = np.where(known[..., None], np.stack(columns, axis=-1), 0.0)
        return table

    def _with_interval(self, study: Study, bootstrap: Bootstrap, value: Value) -> Value:
        """Return the value, if it is of one article, with the interval that comes of sampling chance."""
        if value.value is None or value.n != 1 or value.low is not None:
            return value
        everybody = tuple(range(len(study.annotators)))
        members = everybody if value.pair is None else tuple(study.annotators.index(one) for one in value.pair)
        table = self.table(study, members, seed=bootstrap.seed)
        at = {"gamma": _GAMMA, "gamma-cat": _CAT}.get(value.name, _K)
        if value.label is not None:
            at += study.labels.index(value.label)
        if value.article is not None:
            article = study.articles.index(value.article)
        else:
            article = int(np.flatnonzero(study.seen[list(members)].sum(axis=0) > 1)[0])
        observed, expected, _, _, half = table[article, at].tolist()
        if half >= expected:
            return value
        return replace(value, low=1 - observed / (expected - half), high=1 - observed / (expected + half))


def _continua(study: Study, members: Members, articles: Ints, readers: int) -> Continua:
    """Return the readings of articles that so many of these annotators have read."""
    seen = study.seen[list(members)][:, articles]
    slot = np.zeros((len(study.annotators), len(articles)), dtype=np.int64)
    slot[list(members)] = np.cumsum(seen, axis=0) - 1
    place = np.full(len(study.articles), -1)
    place[articles] = np.arange(len(articles))
    units = study.units
    mine = np.flatnonzero(np.isin(units.annotator, members) & (place[units.article] >= 0))
    at = place[units.article[mine]]
    cell = at * readers + slot[units.annotator[mine], at]
    order = np.argsort(cell, kind="stable")
    index = mine[order]
    first = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=len(articles) * readers))])
    start, end = units.start[index].astype(np.float64), units.end[index].astype(np.float64)
    return Continua(readers, study.lengths[articles].astype(np.float64), first, start, end, units.label[index])


def _compute(sums: Floats) -> Floats:
    return np.where(sums[..., 3] > 1, _compute_cat(sums), np.nan)


def _compute_cat(sums: Floats) -> Floats:
    return 1 - ratio(sums[..., 0], sums[..., 1])


def _why(sums: Floats) -> str:
    if not sums[3]:
        return "nobody has marked a unit"
    if sums[3] == 1:
        return "there is one unit only, and nothing that it could be aligned with"
    return "by chance too there would be no disorder"


def _why_cat(sums: Floats) -> str:
    if not sums[2]:
        return "no two units are aligned closely enough to compare their labels"
    return "by chance too all aligned units would have the same label"


def _why_k(sums: Floats) -> str:
    if not sums[2]:
        return "no unit of this label is aligned closely enough with another to compare their labels"
    return "by chance too units of this label would be aligned with their like only"


MEASURE: Final = Gamma()
