"""All articles on one line, cut where anybody's reading changes.

Invariant: nothing here is as long as the text: a segment is a stretch over which no annotator's labels change, and what
a figure needs of its characters or tokens is their number.

Positions count characters or tokens.  A token belongs to every unit that covers any of its characters; a unit that
covers none (blanks only) is not there for figures on tokens.  Overlapping units give their characters a set of labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from annotator.agreement.study import Bools, Floats, Ints, Study, distinct, packed

Grain = Literal["characters", "tokens"]
GRAINS: Final[tuple[Grain, ...]] = ("tokens", "characters")
_WORD: Final = 62  # labels whose set fits one whole number
_TABLE: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Units on the line, sorted as in the study.

    Args:
        first: Where each article begins, and the end of the line, shape (articles + 1,).
        annotator: Index of the annotator of each unit, shape (units,); so are the other columns.
        article: Index of its article.
        label: Index of its label.
        start: First position on the line.
        end: One past the last.
    """

    first: Ints
    annotator: Ints
    article: Ints
    label: Ints
    start: Ints
    end: Ints

    def where(self, mask: Bools | Ints) -> Line:
        """Return the line with these of its units only, by mask or index."""
        return Line(
            self.first,
            self.annotator[mask],
            self.article[mask],
            self.label[mask],
            self.start[mask],
            self.end[mask],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The line cut at every edge of every unit.

    Args:
        edge: First position of each segment and the end of the line, shape (segments + 1,).
        article: Index of the article of each segment, shape (segments,).
        size: How many positions each has, shape (segments,).
        codes: Which set of labels each annotator has put on each, shape (annotators, segments); 0 is none.
        sets: Which labels are in which set, shape (sets, labels); where the segments are of one label, (2, 1).
    """

    edge: Ints
    article: Ints
    size: Floats
    codes: Ints
    sets: Bools


def line(study: Study, grain: Grain) -> Line:
    """Return all units on the line of characters or tokens.

    Raises:
        ValueError: If tokens are asked for and the study has none.
    """
    return study.once(("line", grain), lambda: _characters(study) if grain == "characters" else _tokens(study))


def _characters(study: Study) -> Line:
    units = study.units
    first = np.concatenate([[0], np.cumsum(study.lengths)])
    base = first[units.article]
    return Line(first, units.annotator, units.article, units.label, units.start + base, units.end + base)


def _tokens(study: Study) -> Line:
    tokens = study.tokens
    if tokens is None:
        raise ValueError("the study has no tokens")
    places = _characters(study)
    base = np.repeat(places.first[:-1], np.diff(tokens.first))
    start = np.searchsorted(tokens.end + base, places.start, side="right")  # the first token that ends after the start
    end = np.searchsorted(tokens.start + base, places.end, side="left")
    line_ = Line(tokens.first, places.annotator, places.article, places.label, start, end)
    return line_.where(start < end)


def merged(places: Line) -> Line:
    """Return the line with overlapping units of one annotator and label joined; units that only touch stay apart.

    The result is sorted by annotator, label and start.
    """
    total = int(places.first[-1]) + 1
    group = packed(places.annotator, places.label)
    order = np.lexsort((places.start, group))
    sorted_ = places.where(order)
    ordered = group[order]
    shift = np.searchsorted(distinct(ordered), ordered) * total
    reach = np.maximum.accumulate(sorted_.end + shift)
    new = np.ones(len(order), dtype=bool)
    new[1:] = (sorted_.start + shift)[1:] >= reach[:-1]
    last = np.concatenate([np.flatnonzero(new)[1:] - 1, [len(order) - 1]]) if len(order) else new.nonzero()[0]
    found = sorted_.where(new)
    end = (reach - shift)[last]
    return Line(found.first, found.annotator, found.article, found.label, found.start, end)


def pieces(places: Line) -> Line:
    """Return the line with each annotator's units cut where another one of the same annotator begins or ends.

    Units that overlap nothing of their annotator stay as they are.  The pieces have no label of their own (it is -1):
    it may be several.
    """
    total = int(places.first[-1]) + 1
    shift = places.annotator * total
    start, end = places.start + shift, places.end + shift
    edge = distinct(np.concatenate([start, end]))
    depth = np.zeros(len(edge) + 1, dtype=np.int64)
    np.add.at(depth, np.searchsorted(edge, start), 1)
    np.add.at(depth, np.searchsorted(edge, end), -1)
    covered = np.flatnonzero(np.cumsum(depth)[: len(edge)] > 0)
    annotator = edge[covered] // total
    low, high = edge[covered] - annotator * total, edge[covered + 1] - annotator * total
    article = np.searchsorted(places.first, low, side="right") - 1
    return Line(places.first, annotator, article, np.full(len(low), -1), low, high)


def segments(study: Study, grain: Grain, label: int | None) -> Segments:
    """Return the line cut at every edge of every unit, or of the units of one label only."""
    return study.once(("segments", grain, label), lambda: _segments(study, grain, label))


def _segments(study: Study, grain: Grain, label: int | None) -> Segments:
    places = study.once(("merged", grain), lambda: merged(line(study, grain)))
    if label is not None:
        places = places.where(places.label == label)
    edge = distinct(np.concatenate([places.first, places.start, places.end]))
    size = np.diff(edge)
    article = np.searchsorted(places.first, edge[:-1], side="right") - 1
    low, high = np.searchsorted(edge, places.start), np.searchsorted(edge, places.end)
    number = np.zeros_like(places.label) if label is not None else places.label
    shape = (len(study.annotators), len(size))
    codes, sets = _sets(places.annotator, number, low, high, shape, 1 if label is not None else len(study.labels))
    return Segments(edge, article, size.astype(np.float64), codes, sets)


def _sets(who: Ints, label: Ints, low: Ints, high: Ints, shape: tuple[int, int], labels: int) -> tuple[Ints, Bools]:
    """Return the set of labels on each segment as a number, and which labels are in which set."""
    codes = np.zeros(shape, dtype=np.int64)
    sets = np.zeros((1, 0), dtype=bool)
    for word in range(0, labels, _WORD):
        here = (label >= word) & (label < word + _WORD)
        size = min(_WORD, labels - word)
        mask = _masks(who[here], label[here] - word, low[here], high[here], shape)
        present, found = _dense(mask, 1 << size)
        bits = (present[:, None] >> np.arange(size)) & 1 == 1
        if word:
            pair, found = _dense(codes * len(present) + found, len(sets) * len(present))
            bits = np.concatenate([sets[pair // len(present)], bits[pair % len(present)]], axis=1)
        codes, sets = found, bits
    return codes, sets


def _masks(who: Ints, label: Ints, low: Ints, high: Ints, shape: tuple[int, int]) -> Ints:
    """Return the labels on each segment as bits; units of one annotator and label must not overlap."""
    bit = np.left_shift(np.int64(1), label)
    change = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    np.add.at(change, (who, low), bit)
    np.subtract.at(change, (who, high), bit)
    return np.cumsum(change, axis=1)[:, :-1]


def _dense(numbers: Ints, bound: int) -> tuple[Ints, Ints]:
    """Return which numbers occur, ascending and with 0, and for each of the numbers where it is among them."""
    if bound > _TABLE:
        values = distinct(np.concatenate([[0], numbers.ravel()]))
        return values, np.searchsorted(values, numbers)
    there = np.zeros(bound, dtype=bool)
    there[numbers.ravel()] = True
    there[0] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]
