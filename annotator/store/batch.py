"""Rows of many loaded layers, on their way into the file in a few statements.

Invariant: rows that are taken break no constraint of the file, so that the statements which come later fail for reasons
of the disk alone; and the counts that triggers keep elsewhere are the same as theirs after every `flush`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from itertools import chain, repeat
from operator import lt
from typing import Any, Final

from annotator.core.dates import day_of
from annotator.core.edits import Edit, SetAttribute, SetNote, SetStatus
from annotator.core.layer import STATUSES, sorted_spans
from annotator.core.record import LayerRecord, Record
from annotator.errors import InputError
from annotator.store.rows import added_text, attributes_text, json_text, removed_text

_ROWS: Final = 30
"""With each statement: three quarters of the time of as many statements of a row (measured), and well below the 999
parameters that SQLite of before 2020 takes."""
_MANY: Final = 500_000  # characters of rows that are kept before they are written
_OVERHEAD: Final = 500  # that any row counts for
_LARGEST: Final = 2**63 - 1  # number that SQLite keeps
_COUNTING: Final = ("article_added", "layer_added", "span_added")

_ARTICLE: Final = "INSERT INTO article (id, key, digest, length, loaded, title, meta, text) VALUES"
_DAY: Final = "INSERT INTO day VALUES"
_LAYER: Final = (
    "INSERT INTO layer (id, article, annotator, schema, status, revision, spans, updated, attributes, note) VALUES"
)
_SPAN: Final = "INSERT INTO span VALUES"
_SPAN_WIDTH: Final = 8
_USE: Final = "INSERT INTO label_use VALUES"
_JOURNAL: Final = "INSERT INTO journal (time, layer, annotator, schema, revision, kind, of, edits, inverse) VALUES"


class ArticleRow:
    """An article as its row holds it, but for its number.

    Args:
        record: The article's.
        digest: That of its text.

    Raises:
        UnicodeEncodeError: If it holds half of a UTF-16 pair.
    """

    __slots__ = ("day", "digest", "key", "meta", "text", "title")

    def __init__(self, record: Record, digest: str) -> None:
        f"{record.key}{record.title}".encode()
        self.key = record.key
        self.digest = digest
        self.text = record.text
        self.title = record.title
        self.meta = json_text(dict(record.meta))
        self.day = day_of(record.meta)


class LayerRow:
    """A layer as its rows hold it, but for the numbers that only the file knows.

    Args:
        layer: The layer.

    Attributes:
        count: How many spans it has.
        columns: Those of its rows of spans, each a sequence, without the first.

    Raises:
        InputError: If a constraint of the file forbids it.
        UnicodeEncodeError: If it holds half of a UTF-16 pair.
    """

    __slots__ = ("attributes", "columns", "count", "edits", "inverse", "note", "status", "uses")

    def __init__(self, layer: LayerRecord) -> None:
        spans = sorted_spans(layer.spans)
        # By columns, because a loop over the rows would take as long as SQLite does (measured).
        ids, starts, ends = [s.id for s in spans], [s.start for s in spans], [s.end for s in spans]
        if wrong := _wrong(layer.status, ids, starts, ends):
            raise InputError(f"cannot be stored: {wrong}", hint="mend or leave out the record")
        labels = [s.label for s in spans]
        attributes = [attributes_text(s.attributes) if s.attributes else "{}" for s in spans]
        notes, sources = [s.note for s in spans], [s.source for s in spans]
        head, back = _head_edits(layer)
        self.count = len(spans)
        self.columns = (ids, starts, ends, labels, attributes, notes, sources)
        self.uses = Counter(labels)
        self.edits = added_text([*zip(*self.columns, strict=True)], head)
        self.inverse = removed_text(back, [*zip(starts, ends, ids, strict=True)][::-1])
        self.status = layer.status
        self.attributes = attributes_text(layer.attributes)
        self.note = layer.note


def _wrong(status: str, ids: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> str:
    """Say what the constraints of the tables refuse, or return "" if they take it; the spans are sorted by start."""
    if status not in STATUSES:
        return f"status {status!r} is unknown"
    if len(set(ids)) < len(ids):
        return "a span id is there twice"
    if ids and not (starts[0] >= 0 and all(map(lt, starts, ends)) and max(ends) <= _LARGEST):
        return "a span is empty, reversed or out of range"
    return ""


class Batch:
    """Takes articles and layers inside one write transaction.

    The triggers that count what is added are left out meanwhile, and it is counted here as a whole: they take several
    times as long as all else (measured).  Nobody sees the file without them: they are back before the commit, and after
    whatever else may end the transaction.

    Args:
        conn: Inside a transaction that may write.
        time: The time of the load, ISO 8601.
        schema: The number of the schema that the layers are stored under.
    """

    def __init__(self, conn: sqlite3.Connection, *, time: str, schema: int) -> None:
        self._conn = conn
        self._time = time
        self._schema = schema
        self._articles: list[tuple[Any, ...]] = []
        self._days: list[tuple[int, str]] = []
        self._layers: list[tuple[Any, ...]] = []
        self._spans: list[Any] = []  # the values of rows, one after the other
        self._uses: list[tuple[Any, ...]] = []
        self._journal: list[tuple[Any, ...]] = []
        self._tally: dict[tuple[int, str], tuple[int, int]] = {}  # layers and spans
        self._digests: dict[str, int] = {}  # of articles that are not in the file yet
        self._keys: set[str] = set()
        self._read: set[tuple[int, int]] = set()  # articles and annotators whose layers are not in the file yet
        self._weight = 0
        self._last_article = self._greatest("article")
        self._last_layer = self._greatest("layer")
        marks = ", ".join("?" * len(_COUNTING))
        found = conn.execute(f"SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name IN ({marks})", _COUNTING)
        self._triggers = [str(sql) for (sql,) in found]
        for name in _COUNTING:
            conn.execute(f"DROP TRIGGER {name}")

    def _greatest(self, table: str) -> int:
        return int(self._conn.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0])

    def article_of(self, digest: str) -> int | None:
        """Return the number of the article with this text, or None."""
        if digest in self._digests:
            return self._digests[digest]
        row = self._conn.execute("SELECT id FROM article WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else int(row[0])

    def has_key(self, key: str) -> bool:
        """Say whether an article has this key."""
        return key in self._keys or bool(self._conn.execute("SELECT 1 FROM article WHERE key = ?", (key,)).fetchone())

    def layer_of(self, article: int, annotator: int) -> tuple[int, str, str, str] | None:
        """Return the number, status, note and attributes of an annotator's layer of an article, or None."""
        if (article, annotator) in self._read:
            self.flush()
        elif self._keys and article > self._last_article - len(self._keys):
            return None  # the article is not in the file yet
        found: tuple[int, str, str, str] | None = self._conn.execute(
            "SELECT id, status, note, attributes FROM layer WHERE article = ? AND annotator = ?", (article, annotator)
        ).fetchone()
        return found

    def add_article(self, row: ArticleRow) -> int:
        """Take an article whose text and key are new, and return its number."""
        self._last_article += 1
        number = self._last_article
        self._articles.append((number, row.key, row.digest, len(row.text), self._time, row.title, row.meta, row.text))
        self._days.append((number, row.day or self._time[:10]))
        self._digests[row.digest] = number
        self._keys.add(row.key)
        self._weigh(len(row.text) + len(row.meta))
        return number

    def add_layer(self, article: int, annotator: int, layer: LayerRow) -> None:
        """Take a layer that the annotator does not have of the article yet."""
        self._last_layer += 1
        number = self._last_layer
        time, schema, count = self._time, self._schema, layer.count
        self._read.add((article, annotator))
        self._layers.append(
            (number, article, annotator, schema, layer.status, 1, count, time, layer.attributes, layer.note)
        )
        self._spans += chain.from_iterable(zip(repeat(number, count), *layer.columns, strict=True))
        self._uses += [(label, article, annotator, times) for label, times in layer.uses.items()]
        self._journal.append((time, number, annotator, schema, 1, "load", None, layer.edits, layer.inverse))
        layers, spans = self._tally.get((annotator, layer.status), (0, 0))
        self._tally[annotator, layer.status] = (layers + 1, spans + count)
        self._weigh(2 * len(layer.edits))

    def _weigh(self, size: int) -> None:
        """Write what was taken before it takes much memory."""
        self._weight += size + _OVERHEAD
        if self._weight >= _MANY:
            self.flush()

    def flush(self) -> None:
        """Write all that was taken, and bring the counts up to date."""
        self._weight = 0
        conn = self._conn
        for head, rows in (
            (_ARTICLE, self._articles),
            (_DAY, self._days),
            (_LAYER, self._layers),
            (_USE, self._uses),
            (_JOURNAL, self._journal),
        ):
            if rows:
                _insert(conn, head, [*chain.from_iterable(rows)], width=len(rows[0]))
        # After their layers, which they refer to.
        _insert(conn, _SPAN, self._spans, width=_SPAN_WIDTH)
        conn.execute("UPDATE total SET number = number + ? WHERE name = 'articles'", (len(self._articles),))
        conn.executemany(
            "INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET layers = layers + excluded.layers, spans = spans + excluded.spans",
            [(*who, *numbers) for who, numbers in self._tally.items()],
        )
        for taken in (self._articles, self._days, self._layers, self._spans, self._uses, self._journal):
            taken.clear()
        for known in (self._tally, self._digests, self._keys, self._read):
            known.clear()

    def finish(self) -> None:
        """Write what is left and put the triggers back, so that the transaction can be committed."""
        self.flush()
        for trigger in self._triggers:
            self._conn.execute(trigger)


def _insert(conn: sqlite3.Connection, head: str, values: list[Any], *, width: int) -> None:
    """Insert the values of rows, a few rows with each statement."""
    marks = f"({', '.join('?' * width)})"
    many = f"{head} {', '.join([marks] * _ROWS)}"
    step = _ROWS * width
    whole = len(values) // step * step
    for at in range(0, whole, step):
        conn.execute(many, values[at : at + step])
    for at in range(whole, len(values), width):
        conn.execute(f"{head} {marks}", values[at : at + width])


def _head_edits(layer: LayerRecord) -> tuple[list[Edit], list[Edit]]:
    """Return the edits that give an empty layer all of this one but the spans, and those that take it away again."""
    edits: list[Edit] = []
    inverse: list[Edit] = []
    for name, value in layer.attributes.items():
        edits.append(SetAttribute(name, value))
        inverse.insert(0, SetAttribute(name, None))
    if layer.note:
        edits.append(SetNote(layer.note))
        inverse.insert(0, SetNote(""))
    if layer.status != "open":
        edits.append(SetStatus(layer.status))
        inverse.insert(0, SetStatus("open"))
    return edits, inverse
