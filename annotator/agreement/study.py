"""The data of an agreement study: who marked what in which article.

Invariant: a unit is a non-empty half-open stretch of code points with a label; an annotator has a reading of an article
or has not seen it, and an empty reading ("nothing to mark here") is not the same as none.  Units are kept once each
and sorted, so that nothing computed from a study hangs on the order in which they came.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from sys import intern
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from annotator.errors import InputError

if TYPE_CHECKING:
    from annotator.core.record import LayerRecord, Record
    from annotator.core.schema import Schema

Unit = tuple[int, int, str]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Tokenize = Callable[[str], Iterable[tuple[int, int]]]
_T = TypeVar("_T")
_PACK: Final = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """All units of a study as columns, sorted by annotator, article, start, end and label.

    Args:
        annotator: Index into `Study.annotators`, shape (units,); so are the other columns.
        article: Index into `Study.articles`.
        start: First code point in the article.
        end: One past the last.
        label: Index into `Study.labels`.
        rank: Where in its reading the unit was listed, counted from 0.
    """

    annotator: Ints
    article: Ints
    start: Ints
    end: Ints
    label: Ints
    rank: Ints

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """Token boundaries of all articles, one article after the other.

    Args:
        first: Where each article's tokens begin in the other two, shape (articles + 1,).
        start: First code point of each token in its article, shape (tokens,), ascending within an article.
        end: One past the last.
    """

    first: Ints
    start: Ints
    end: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Who marked what.

    Args:
        annotators: Names, in the order asked for, then sorted.
        articles: Keys, sorted.
        labels: Every label that occurs, sorted.
        lengths: Code points of each article, shape (articles,).
        seen: Whether the annotator has a reading of the article, shape (annotators, articles).
        units: What was marked.
        ids: The id of each unit's span in its reading; empty if links are not asked for.
        attributes: The attributes of each unit that has any, by index of the unit.
        kinds: What kind of attribute (see `core.schema`) a name is under a label, by label and name.
        tokens: Token boundaries, or None if nobody gave any.
        directed: Whether the first annotator is the reference that the other is compared with.
        blank: Whether the reading is an open layer in which nothing is marked, which may be one that somebody has only
            looked into, shape (annotators, articles); None where nobody said.
        drawn_from: How many articles these were drawn from; 0 if they were not drawn.
    """

    annotators: tuple[str, ...]
    articles: tuple[str, ...]
    labels: tuple[str, ...]
    lengths: Ints
    seen: Bools
    units: Units
    ids: tuple[str, ...] = ()
    attributes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    kinds: Mapping[tuple[str, str], str] = field(default_factory=dict)
    tokens: Tokens | None = None
    directed: bool = False
    blank: Bools | None = None
    drawn_from: int = 0
    _known: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        records: Iterable[Record],
        *,
        tokenize: Tokenize | None = None,
        schema: Schema | None = None,
        name: Callable[[LayerRecord], str] | None = None,
        order: Sequence[str] = (),
        directed: bool = False,
    ) -> Study:
        """Build a study from records; those without a layer are passed over.

        Args:
            records: Articles with layers, in any order; read once, and not kept.
            tokenize: Gives the token boundaries of a text, in order; without it there are no figures on tokens.
            schema: Says of what kind each attribute is; without it that is read off the values.
            name: Names the annotator of a layer; the layer's own name by default.
            order: Which annotators come first, as the study names them; the others follow by name.
            directed: Whether the first of two annotators is the reference.

        Raises:
            InputError: If an annotator has two layers of one article, or a text has two lengths.
        """
        draft = Draft()
        for record in records:
            layer = record.layer
            if layer is None:
                continue
            if record.key not in draft.articles:
                bounds = tokenize(record.text) if tokenize is not None else None
                draft.article(record.key, length=len(record.text), tokens=bounds)
            elif draft.articles[record.key] != len(record.text):
                raise InputError(f"{record.where}: article {record.key!r} has two texts", hint="give each its own key")
            blank = not layer.spans and layer.status == "open" and layer.kind != "model"
            draft.reading(name(layer) if name is not None else layer.annotator, record.key, blank=blank)
            for span in layer.spans:
                draft.unit(span.start, span.end, span.label, id=span.id, attributes=span.attributes)
        kinds = {} if schema is None else _kinds(schema)
        return draft.study(kinds=kinds, order=order, directed=directed)

    @classmethod
    def of_readings(
        cls,
        readings: Mapping[str, Mapping[str, Iterable[Unit]]],
        *,
        lengths: Mapping[str, int] | None = None,
        tokens: Mapping[str, Sequence[tuple[int, int]]] | None = None,
        order: Sequence[str] = (),
        directed: bool = False,
    ) -> Study:
        """Build a study from plain units.

        Args:
            readings: By annotator and article, units as (start, end, label).
            lengths: Code points of each article; where it is left out, the article ends with its last unit.
            tokens: Token boundaries of each article; give all or none.
            order: As in `of`.
            directed: As in `of`.
        """
        draft, given = Draft(), lengths or {}
        for name, articles in readings.items():
            for key, units in articles.items():
                draft.article(key, length=given.get(key, 0), tokens=None if tokens is None else tokens[key])
                draft.reading(name, key)
                draft.units(units)
        return draft.study(order=order, directed=directed)

    def pairs(self) -> list[tuple[int, int]]:
        """Return every pair of annotators, by index, that share at least one article."""
        pairs = combinations(range(len(self.annotators)), 2)
        return [(a, b) for a, b in pairs if bool((self.seen[a] & self.seen[b]).any())]

    def of_annotator(self, annotator: int) -> slice:
        """Return where the units of an annotator are among all units."""
        low, high = np.searchsorted(self.units.annotator, [annotator, annotator + 1])
        return slice(int(low), int(high))

    def once(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return what `make` gives, made at the first call with this key and kept: measures share what is dear."""
        if key not in self._known:
            self._known[key] = make()
        known: _T = self._known[key]
        return known


class Draft:
    """A study in the making: readings are added one by one, each followed by its units."""

    def __init__(self) -> None:
        self.articles: dict[str, int] = {}
        self._annotators: dict[str, int] = {}
        self._labels: dict[str, int] = {}
        self._seen: set[tuple[int, int]] = set()
        self._blank: set[tuple[int, int]] = set()
        self._flat = array("q")  # the columns of `Units`, row by row; boxed ints would take five times as much
        self._ids: list[str] = []
        self._attributes: dict[int, Mapping[str, Any]] = {}
        self._tokens: dict[str, tuple[array[int], array[int]]] = {}
        self._indexes: dict[str, int] = {}
        self._at = (-1, -1)
        self._rank = 0

    def article(self, key: str, *, length: int, tokens: Iterable[tuple[int, int]] | None = None) -> None:
        """Add an article, or do nothing if it is there."""
        if key in self.articles:
            return
        self._indexes[key] = len(self.articles)
        self.articles[key] = length
        if tokens is not None:
            starts, ends = array("q"), array("q")
            for start, end in tokens:
                starts.append(start)
                ends.append(end)
            self._tokens[key] = (starts, ends)

    def reading(self, annotator: str, article: str, *, blank: bool = False) -> None:
        """Begin an annotator's reading of an article that was added before.

        Args:
            annotator: Who reads.
            article: The key of the article.
            blank: See `Study`.

        Raises:
            InputError: If there is one already.
        """
        who = self._annotators.setdefault(annotator, len(self._annotators))
        self._at, self._rank = (who, self._indexes[article]), 0
        if self._at in self._seen:
            raise InputError(f"{annotator} has two layers of article {article!r}", hint="keep one of them")
        self._seen.add(self._at)
        if blank:
            self._blank.add(self._at)

    def unit(
        self, start: int, end: int, label: str, *, id: str = "", attributes: Mapping[str, Any] | None = None
    ) -> None:
        """Add a unit to the reading begun last; stretches without a code point are passed over."""
        if start >= end:
            return
        if attributes:
            # The same few names and values come again and again; kept once each they take a fraction of the memory.
            self._attributes[len(self._ids)] = {
                intern(name): intern(value) if type(value) is str else value for name, value in attributes.items()
            }
        index = self._labels.setdefault(label, len(self._labels))
        self._flat.extend((*self._at, start, end, index, self._rank))
        self._ids.append(id)
        self._rank += 1

    def units(self, marked: Iterable[Unit]) -> None:
        """Add many plain units to the reading begun last; the same as adding each, with less to do for each."""
        who, article = self._at
        labels, add = self._labels, self._flat.extend
        for rank, (start, end, label) in enumerate(marked, start=self._rank):
            if start < end:
                add((who, article, start, end, labels.setdefault(label, len(labels)), rank))
        added = len(self._flat) // 6 - len(self._ids)
        self._ids += [""] * added
        self._rank += added

    def study(
        self,
        *,
        kinds: Mapping[tuple[str, str], str] | None = None,
        order: Sequence[str] = (),
        directed: bool = False,
    ) -> Study:
        """Return the study: units sorted, the same unit of one reading kept once; see `Study.of`."""
        first = [name for name in dict.fromkeys(order) if name in self._annotators]
        names = first + sorted(self._annotators.keys() - set(first))
        keys, labels = (sorted(table) for table in (self._indexes, self._labels))
        units, kept = self._units(names, keys, labels)
        lengths = np.array([self.articles[name] for name in keys], dtype=np.int64)
        np.maximum.at(lengths, units.article, units.end)
        attributes = {}
        if self._attributes:
            attributes = {at: self._attributes[old] for at, old in enumerate(kept) if old in self._attributes}
        return Study(
            tuple(names),
            tuple(keys),
            tuple(labels),
            lengths,
            self._table(self._seen, names, keys),
            units,
            tuple([self._ids[old] for old in kept]) if attributes else (),
            attributes,
            dict(kinds or {}),
            self._all_tokens(keys) if self._tokens else None,
            directed,
            self._table(self._blank, names, keys),
        )

    def _units(self, names: Sequence[str], keys: Sequence[str], labels: Sequence[str]) -> tuple[Units, list[int]]:
        """Return the units, sorted, and as which one each was added."""
        flat = np.frombuffer(self._flat, dtype=np.int64) if self._flat else np.zeros(0, np.int64)
        columns = list(np.ascontiguousarray(flat.reshape(-1, 6).T))
        columns[0] = _renumber(self._annotators, names)[columns[0]]
        columns[1] = _renumber(self._indexes, keys)[columns[1]]
        columns[4] = _renumber(self._labels, labels)[columns[4]]
        key = packed(*columns[:5])
        order = np.argsort(key, kind="stable")  # of the same unit twice, the one listed first
        first = np.ones(len(order), dtype=bool)
        first[1:] = key[order][1:] != key[order][:-1]
        order = order[first]
        return Units(*(column[order] for column in columns)), order.tolist()

    def _table(self, readings: set[tuple[int, int]], names: Sequence[str], keys: Sequence[str]) -> Bools:
        """Return which readings these are, shape (annotators, articles)."""
        table = np.zeros((len(names), len(keys)), dtype=bool)
        if readings:
            who, what = np.array(sorted(readings), dtype=np.int64).T
            table[_renumber(self._annotators, names)[who], _renumber(self._indexes, keys)[what]] = True
        return table

    def _all_tokens(self, keys: Sequence[str]) -> Tokens:
        empty: array[int] = array("q")
        starts, ends = zip(*(self._tokens.get(key, (empty, empty)) for key in keys), strict=True)
        first = np.cumsum([0, *map(len, starts)], dtype=np.int64)
        return Tokens(
            first, *(np.concatenate([np.array(one, np.int64) for one in column]) for column in (starts, ends))
        )


def packed(*columns: Ints) -> Ints:
    """Return one number for each row, equal for equal rows and in the order of the rows.

    Args:
        columns: Whole numbers of at least 0, the most significant first, each of shape (rows,).
    """
    key, size = columns[0], int(columns[0].max(initial=0)) + 1
    for column in columns[1:]:
        range_ = int(column.max(initial=0)) + 1
        if size > _PACK // range_:  # ranks are as good as the numbers, and there are no more of them than rows
            values = distinct(key)
            key, size = np.searchsorted(values, key), len(values)
        key, size = key * range_ + column, size * range_
    return key


def distinct(numbers: Ints) -> Ints:
    """Return the distinct numbers, ascending; by sorting, which is several times as fast as hashing millions."""
    ordered = np.sort(numbers)
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[new])


def _renumber(old: Mapping[str, int], names: Sequence[str]) -> Ints:
    new = np.zeros(len(names), dtype=np.int64)
    for at, name in enumerate(names):
        new[old[name]] = at
    return new


def _kinds(schema: Schema) -> dict[tuple[str, str], str]:
    labels = schema.labels.items()
    return {(label, name): attribute.kind for label, one in labels for name, attribute in one.attributes.items()}
