"""What the agreement screens show: cells of pairs and labels, the articles of a cell, the differences of an article.

Invariant: a study does not change; every table is computed from it and nothing is read again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from annotator.agreeing import Choice, measured, study_of

if TYPE_CHECKING:
    from annotator.agreement.study import Study
    from annotator.agreement.value import Value
    from annotator.core.schema import Schema
    from annotator.store.queries import Store

MEASURES: Final = ("exact-f1", "overlap-f1", "cohen-kappa", "krippendorff-alpha")
AGAINST: Final = ("exact-f1", "precision", "recall", *MEASURES[1:])
"""The same where one of two layers is the reference."""
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article of a cell.

    Args:
        article: Index into the study's articles.
        score: Exact F1, the mean over the pairs that read it; None where no pair has.
        counts: How many differences of each kind, and last what is alike, in the order of `Board.kinds`.
    """

    article: int
    score: float | None
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """What one of two annotators marked: a stretch of the text and a label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A difference: whose, of what kind, and what each of the two marked, None if nothing."""

    pair: tuple[str, str]
    kind: str
    sides: tuple[Side | None, Side | None]

    @property
    def extent(self) -> tuple[int, int]:
        """Where it is: from the first code point that either marked to the last."""
        marked = [side for side in self.sides if side is not None]
        return min(side.start for side in marked), max(side.end for side in marked)


class Board:
    """A study, and its tables.

    Args:
        study: Who marked what.
    """

    def __init__(self, study: Study) -> None:
        from annotator.agreement.cautions import cautions
        from annotator.agreement.disagreement import kinds_of

        self.study = study
        self.pairs: list[Pair | None] = [None, *study.pairs()] if len(study.annotators) > 2 else [*study.pairs()]
        """The rows: everybody first, where there are more than two, then each pair."""
        self.labels: list[int | None] = [None, *range(len(study.labels))]
        """The columns: all labels together first."""
        self.measures = AGAINST if study.directed else MEASURES
        self.kinds = (*kinds_of(study), "alike")
        """The kinds of difference, and last what is alike."""
        self.notes = cautions(study)
        """What to know before trusting the figures."""
        self._values: dict[str, tuple[str, dict[tuple[tuple[str, str] | None, str | None], Value]]] = {}

    def measure(self, name: str) -> str:
        """Compute the figures of a measure, once, and return the name of the one shown."""
        if name not in self._values:
            values = measured(self.study, names=[name], by=("pair", "label")).values
            shown = values[0].name
            self._values[name] = (shown, {(v.pair, v.label): v for v in values if v.name == shown})
        return self._values[name][0]

    def has(self, name: str) -> bool:
        """Say whether the figures of a measure are there."""
        return name in self._values

    def value(self, name: str, row: int, column: int) -> Value:
        """Return the figure of a cell; see `pairs` and `labels`."""
        pair, label = self.pairs[row], self.labels[column]
        return self._values[name][1][
            (self.names(pair) if pair else None, None if label is None else self.study.labels[label])
        ]

    def names(self, pair: Pair) -> tuple[str, str]:
        """Return the names of a pair."""
        return self.study.annotators[pair[0]], self.study.annotators[pair[1]]

    def readers(self, row: int) -> tuple[str, ...]:
        """Return the names of the annotators of a row."""
        pair = self.pairs[row]
        return self.names(pair) if pair else tuple(self.study.annotators)

    def row_name(self, row: int) -> str:
        """Return what a row is called."""
        pair = self.pairs[row]
        return " × ".join(self.names(pair)) if pair else "everybody"

    def column_name(self, column: int) -> str:
        """Return what a column is called."""
        label = self.labels[column]
        return "all labels" if label is None else self.study.labels[label]

    def articles(self, row: int, column: int) -> list[ArticleRow]:
        """Return the articles of a cell, the worst first: lowest F1, then most differences."""
        import numpy as np

        from annotator.agreement.differences import by_article, differences, exact_scores, with_label

        label, study = self.labels[column], self.study
        pairs = self._pairs(row)
        counts = sum(by_article(study, with_label(study, differences(study, *pair), label)) for pair in pairs)
        scores = np.stack([exact_scores(study, *pair, label=label) for pair in pairs])
        known = ~np.isnan(scores)
        mean = np.where(known, scores, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        rows = [
            ArticleRow(at, float(mean[at]), tuple(int(count) for count in np.asarray(counts)[at]))
            for at in np.flatnonzero(known.any(axis=0)).tolist()
        ]
        return sorted(rows, key=lambda one: (one.score or 0.0, -sum(one.counts[:-1]), one.article))

    def differences(self, row: int, column: int, article: int) -> list[DifferenceRow]:
        """Return the differences of an article of a cell, in the order of the text."""
        from annotator.agreement.differences import SAME, differences, kind_names, with_label

        study, rows = self.study, []
        for pair in self._pairs(row):
            found = with_label(study, differences(study, *pair), self.labels[column])
            found = found.where((found.article == article) & (found.kind != SAME))
            names = self.names(pair)
            for first, second, kind in zip(
                found.first.tolist(), found.second.tolist(), kind_names(study, found), strict=True
            ):
                rows.append(DifferenceRow(names, kind, (self._side(first), self._side(second))))
        return sorted(rows, key=lambda one: (one.extent, one.pair))

    def _pairs(self, row: int) -> list[Pair]:
        pair = self.pairs[row]
        return [pair] if pair else self.study.pairs()

    def _side(self, unit: int) -> Side | None:
        if unit < 0:
            return None
        units = self.study.units
        return Side(int(units.start[unit]), int(units.end[unit]), self.study.labels[units.label[unit]])


def read_board(schema: Schema, choice: Choice) -> Callable[[Store], Board]:
    """Return the question whose answer is the board of a choice, with the figures of the first measure."""

    def answer(store: Store) -> Board:
        board = Board(study_of(store, schema, choice))
        board.measure(MEASURES[0])
        return board

    return answer
