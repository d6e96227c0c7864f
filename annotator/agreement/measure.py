"""What a measure is, and how one that adds up over articles becomes values with intervals.

Invariant: a figure is a function of sums over articles.  So the figure of any set of articles, and each of a thousand
resamples, costs a sum and not another look at the spans.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

import numpy as np

from annotator.agreement.bootstrap import Bootstrap, interval
from annotator.agreement.study import Bools, Floats, Study
from annotator.agreement.value import Value

By = Literal["pair", "label", "article"]
Members = tuple[int, ...]
BY: Final[tuple[By, ...]] = ("pair", "label")


class Measure(Protocol):
    """What an entry point of the group `annotator.measures` names."""

    @property
    def name(self) -> str:
        """The name of the entry point; its values have this name, or one that begins with it."""

    @property
    def title(self) -> str:
        """One line: what it measures."""

    def values(self, study: Study, *, bootstrap: Bootstrap, by: Collection[By] = BY) -> list[Value]:
        """Return the figures of a study.

        Args:
            study: Who marked what.
            bootstrap: Draws the articles anew for the intervals.
            by: What to break the figures down by; the figures over everything always come first.
        """


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that is a function of sums over articles.

    Args:
        name: Of its values.
        tabulate: What each article has, for some annotators (by index) and a label (by index, None for all together):
            shape (articles, k), zeros where an article does not count; or why the study has no such thing.  Annotators
            who use fewer categories may have fewer columns: columns of zeros are added then, and must change nothing.
        compute: From sums, shape (..., k), to the figure, shape (...); NaN where it is undefined.
        why: Says why the figure of these sums, shape (k,), is undefined.
        joint: Whether the figure over all annotators is made of all at once; otherwise it is the mean over the pairs.
        complete: Whether only articles count that all of these annotators have read.
        overall: Whether there is a figure over all labels together.
        labelled: Whether there is one for each label.
        directed: Whether it is of studies with a reference only (True) or without (False); None where that is all one.
    """

    name: str
    tabulate: Callable[[Study, Members, int | None], Floats | str]
    compute: Callable[[Floats], Floats]
    why: Callable[[Floats], str]
    joint: bool = False
    complete: bool = False
    overall: bool = True
    labelled: bool = True
    directed: bool | None = None


@dataclass(frozen=True, slots=True)
class Additive:
    """A measure whose figures are functions of sums over articles."""

    name: str
    title: str
    figures: tuple[Figure, ...]

    def values(self, study: Study, *, bootstrap: Bootstrap | None = None, by: Collection[By] = BY) -> list[Value]:
        """Return the figures of a study; see `Measure.values`."""
        given = bootstrap if bootstrap is not None else Bootstrap()
        figures = [figure for figure in self.figures if figure.directed in (None, study.directed)]
        return [value for figure in figures for value in evaluate(figure, study, bootstrap=given, by=by)]

    @property
    def directed(self) -> bool:
        """Whether it has nothing to say of a study without a reference."""
        return all(figure.directed is True for figure in self.figures)


@dataclass(frozen=True, slots=True)
class _Cell:
    """What one value is computed from; `counts` has the shape (articles that count, groups of annotators, k)."""

    pair: tuple[str, str] | None
    label: str | None
    articles: Bools
    counts: Floats | str


def evaluate(
    figure: Figure, study: Study, *, bootstrap: Bootstrap, by: Collection[By], only: int | None = None
) -> Iterator[Value]:
    """Yield the values of one figure: over everything, then by label, pair, pair and label, and article.

    Args:
        figure: What to compute.
        study: Who marked what.
        bootstrap: Draws the articles anew.
        by: What to break the figure down by.
        only: The one label, by index, that the figure is about, if it is about one.
    """
    labels: list[int | None] = [None] if figure.overall else []
    if only is not None:
        labels = [only]
    elif figure.labelled and ("label" in by or not figure.overall):
        labels += range(len(study.labels))
    cells = [_cell(figure, study, None, label) for label in labels]
    overall = list(_values(figure, cells, bootstrap))
    yield from overall
    for pair in study.pairs() if "pair" in by else ():
        if len(study.annotators) == 2:  # the figures of all are those of the pair
            yield from (replace(value, pair=(study.annotators[0], study.annotators[1])) for value in overall)
            continue
        cells = [_cell(figure, study, pair, label) for label in labels]
        yield from _values(figure, cells, bootstrap)
    if "article" in by and figure.overall:
        yield from _by_article(figure, study)


def _cell(figure: Figure, study: Study, pair: tuple[int, int] | None, label: int | None) -> _Cell:
    everybody: Sequence[Members] = [tuple(range(len(study.annotators)))] if figure.joint else study.pairs()
    groups = [pair] if pair is not None else everybody
    names = None if pair is None else (study.annotators[pair[0]], study.annotators[pair[1]])
    articles = np.zeros(len(study.articles), dtype=bool)
    for members in groups:
        articles |= study.seen[list(members)].sum(axis=0) >= (max(2, len(members)) if figure.complete else 2)
    name = None if label is None else study.labels[label]
    if not articles.any() or len(study.annotators) < 2:
        return _Cell(names, name, articles, _nobody(study, complete=figure.complete))
    tables: list[Floats] = []
    for members in groups:
        table = figure.tabulate(study, members, label)
        if isinstance(table, str):
            return _Cell(names, name, articles, table)
        tables.append(table[articles])
    return _Cell(names, name, articles, _stacked(tables))


def _stacked(tables: Sequence[Floats]) -> Floats:
    """Return tables of shape (articles, up to k) as one of shape (articles, tables, k), zeros where one has less."""
    stacked = np.zeros((len(tables[0]), len(tables), max(table.shape[1] for table in tables)))
    for at, table in enumerate(tables):
        stacked[:, at, : table.shape[1]] = table
    return stacked


def _nobody(study: Study, *, complete: bool) -> str:
    if len(study.annotators) < 2:
        return "there are fewer than two annotators"
    return "no article was read by all annotators" if complete else "no article was read by two annotators"


def _values(figure: Figure, cells: Sequence[_Cell], bootstrap: Bootstrap) -> Iterator[Value]:
    """Yield the values of cells over the same articles; one product of matrices resamples them all."""
    tables = [cell.counts for cell in cells if not isinstance(cell.counts, str)]
    resampled: list[Floats] = []
    if tables and bootstrap.samples and len(tables[0]) > 1:
        wide = bootstrap.sums(np.concatenate([table.reshape(len(table), -1) for table in tables], axis=1))
        edges = np.cumsum([table[0].size for table in tables])[:-1]
        parts = zip(np.split(wide, edges, axis=1), tables, strict=True)
        resampled = [_mean(figure.compute(part.reshape(-1, *table.shape[1:]))) for part, table in parts]
    samples = iter(resampled)
    for cell in cells:
        n = int(cell.articles.sum())
        if isinstance(cell.counts, str):
            yield Value(figure.name, None, None, None, n, cell.pair, cell.label, undefined=cell.counts)
            continue
        value = _value(figure, cell, n)
        drawn = next(samples, None)
        if value.value is not None and drawn is not None:
            low, high = interval(drawn)
            value = replace(value, low=low, high=high)
        yield value


def _value(figure: Figure, cell: _Cell, n: int) -> Value:
    assert not isinstance(cell.counts, str)
    sums = cell.counts.sum(axis=0)
    value = float(_mean(figure.compute(sums)[None])[0])
    if np.isnan(value):
        return Value(figure.name, None, None, None, n, cell.pair, cell.label, undefined=_why(figure, sums))
    return Value(figure.name, value, None, None, n, cell.pair, cell.label)


def _by_article(figure: Figure, study: Study) -> Iterator[Value]:
    cell = _cell(figure, study, None, None)
    if isinstance(cell.counts, str):
        return
    values = _mean(figure.compute(cell.counts))
    for row, article in enumerate(np.flatnonzero(cell.articles).tolist()):
        key, value = study.articles[article], float(values[row])
        if np.isnan(value):
            why = _why(figure, cell.counts[row])
            yield Value(figure.name, None, None, None, 1, article=key, undefined=why)
        else:
            yield Value(figure.name, value, None, None, 1, article=key)


def _why(figure: Figure, sums: Floats) -> str:
    """Say why there is no figure, by the first group of annotators that has anything; sums of shape (groups, k)."""
    return figure.why(sums[int(sums.any(axis=1).argmax())])


def _mean(values: Floats) -> Floats:
    """Return the mean over groups of annotators, those without a value left out; shape (..., groups) to (...)."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=-1)
    total = np.where(defined, values, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def ratio(top: Floats, bottom: Floats) -> Floats:
    """Return top / bottom, NaN where bottom is 0."""
    return np.where(bottom != 0, top / np.where(bottom != 0, bottom, 1.0), np.nan)
