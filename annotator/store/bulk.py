"""Bulk loading: records into articles and layers, a thousand at a time.

Invariant: a record is stored whole or not at all; what a load stored is in the journal like everything else.  Without
`strict` each thousand records is committed; with it nothing is until `close`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from annotator.core.dates import day_of
from annotator.core.edits import Edit, SetAttribute, SetNote, SetStatus
from annotator.core.layer import sorted_spans
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.text import digest_of
from annotator.errors import InputError
from annotator.store.connection import connect, explained
from annotator.store.layers import annotator_id, schema_id
from annotator.store.rows import (
    SPAN_COLUMNS,
    added_text,
    attributes_text,
    json_text,
    json_value,
    removed_text,
    span_rows,
    span_value,
)

_COMMIT_EVERY: Final = 1000
_COUNTING: Final = ("layer_added", "span_added")
_RUN: Final = 25
"""Records between two savepoints; one for each record would cost a fifth of a load (measured)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record: was its article new, and its layer."""

    article: Literal["new", "known"]
    layer: Literal["none", "new", "same"]


class Loader:
    """Stores records.

    Args:
        path: A database file of the newest shape.
        schema: The schema in force; loaded layers are stored under it.
        clock: Returns the time as ISO 8601.
        strict: Keep one transaction open until `close`, so that `abort` takes everything back.

    Attributes:
        committed: How many of the records that changed something are safely in the file.

    Raises:
        StoreError: If the file cannot be opened or written.
    """

    def __init__(self, path: Path, schema: Schema, *, clock: Callable[[], str], strict: bool = False) -> None:
        self._path = path
        self._conn = connect(path)
        self._clock = clock
        self._strict = strict
        self._pending = 0
        self._triggers: list[str] = []
        self._tally: dict[tuple[int, str], tuple[int, int]] = {}  # layers and spans since the savepoint
        self._last = ("", "")  # the text of the record before, and its digest
        self.committed = 0
        self._time = clock()
        self._annotators: dict[tuple[str, str], int] = {}
        self._run: list[tuple[Record, str]] = []  # what was stored since the savepoint, with digests
        try:
            with explained(path):
                self._schema = schema_id(self._conn, schema.ref)
        except BaseException:
            self._conn.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                self.abort()  # the record at hand may be half written; whole ones that were committed stay
            self.close()
        finally:
            self._conn.close()

    def add(self, record: Record) -> Outcome:
        """Store a record's article and layer.

        Raises:
            InputError: If its key belongs to another text, its annotator has another kind or another layer of that
                text already, or it holds what cannot be stored; nothing of the record is stored then.
            StoreError: If the file cannot be written; nothing of the record is stored, what was committed before
                stays, and so does what was added since if SQLite kept it (`committed` tells after `close`).
        """
        # The layers of an article come one after the other, so its text is mostly that of the record before.
        digest = self._last[1] if record.text == self._last[0] else digest_of(record.text)
        if digest != self._last[1]:
            self._last = (record.text, digest)
        with explained(self._path):
            if not self._conn.in_transaction:
                self._begin()
            try:
                outcome = self._store(record, digest)
            except InputError:
                raise  # `_store` refuses before it writes
            except BaseException as error:
                self._take_back()
                # This transaction is the only one that writes, so a broken constraint is the record's own doing.
                if isinstance(error, sqlite3.IntegrityError | UnicodeEncodeError | OverflowError):
                    raise InputError(f"cannot be stored: {error}", hint="mend or leave out the record") from error
                raise
            self._run.append((record, digest))
            if len(self._run) >= _RUN:
                self._count()
                self._conn.execute("RELEASE run")
                self._conn.execute("SAVEPOINT run")
                self._run.clear()
            self._pending += "new" in (outcome.article, outcome.layer)
            if self._pending >= _COMMIT_EVERY and not self._strict:
                self._commit()
            return outcome

    def _begin(self) -> None:
        """Begin a transaction without the triggers that count layers and spans, which are counted here as a whole.

        The triggers take several times as long as all else (measured).  Nobody sees the file without them: they are
        back before the commit, and after whatever else may end the transaction.
        """
        self._conn.execute("BEGIN IMMEDIATE")
        self._time = self._clock()
        marks = ", ".join("?" * len(_COUNTING))
        found = self._conn.execute(
            f"SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name IN ({marks})", _COUNTING
        )
        self._triggers = [sql for (sql,) in found]
        for name in _COUNTING:
            self._conn.execute(f"DROP TRIGGER {name}")
        self._conn.execute("SAVEPOINT run")

    def _store(self, record: Record, digest: str) -> Outcome:
        article = self._known(record, digest)
        layer = record.layer
        if article is not None:
            return self._layer_beside(article, record) if layer else Outcome("known", "none")
        annotator = self._annotator(layer) if layer else 0  # first, because it may refuse
        article = self._insert_article(record, digest)
        if layer is None:
            return Outcome("new", "none")
        self._insert_layer(article, annotator, layer)
        return Outcome("new", "new")

    def _take_back(self) -> None:
        """Take back the record at hand; everything since the last commit where SQLite has done so itself.

        SQLite goes back to the savepoint, and what came between it and the record is stored once more.
        """
        if not self._conn.in_transaction:
            self.abort()
            return
        try:
            self._conn.execute("ROLLBACK TO run")
            self._annotators.clear()  # one of them may have been added by the record
            self._tally.clear()
            for record, digest in self._run:
                self._store(record, digest)
        except BaseException:
            self.abort()
            raise

    def abort(self) -> None:
        """Take back everything since the last commit; everything at all with `strict`."""
        if self._conn.in_transaction:
            self._conn.rollback()
        self._annotators.clear()
        self._tally.clear()
        self._run.clear()
        self._pending = 0

    def close(self) -> None:
        """Commit what is left."""
        with explained(self._path):
            if self._conn.in_transaction:
                self._commit()

    def _count(self) -> None:
        """Bring the counts of layers and spans by annotator and status up to date."""
        self._conn.executemany(
            "INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
            "SET layers = layers + excluded.layers, spans = spans + excluded.spans",
            [(*who, *numbers) for who, numbers in self._tally.items()],
        )
        self._tally.clear()

    def _commit(self) -> None:
        try:
            self._count()
            for trigger in self._triggers:
                self._conn.execute(trigger)
            self._conn.execute("COMMIT")
        except sqlite3.Error:
            self.abort()
            raise
        self.committed += self._pending
        self._pending = 0
        self._run.clear()

    def _known(self, record: Record, digest: str) -> int | None:
        """Return the number of the article with this text, or None; refuse a key that names another text."""
        row = self._conn.execute("SELECT id FROM article WHERE digest = ?", (digest,)).fetchone()
        if row is not None:
            return int(row[0])
        if self._conn.execute("SELECT 1 FROM article WHERE key = ?", (record.key,)).fetchone():
            raise InputError(
                f"id {record.key!r} already belongs to another text",
                hint="a stored text never changes; load it under another id",
            )
        return None

    def _insert_article(self, record: Record, digest: str) -> int:
        cursor = self._conn.execute(
            "INSERT INTO article (key, digest, length, loaded, title, meta, text) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (record.key, digest, len(record.text), self._time, record.title, json_text(dict(record.meta)), record.text),
        )
        number = int(cursor.lastrowid or 0)
        day = day_of(record.meta)
        if day:  # else it is the one of the load, which a trigger has put in
            self._conn.execute("UPDATE day SET date = ? WHERE article = ?", (day, number))
        return number

    def _layer_beside(self, article: int, record: Record) -> Outcome:
        """Store the layer of a text that is there already, unless the annotator has that very layer."""
        layer = record.layer
        assert layer is not None
        annotator = self._annotator(layer)
        row = self._conn.execute(
            "SELECT id, status, note, attributes FROM layer WHERE article = ? AND annotator = ?", (article, annotator)
        ).fetchone()
        if row is None:
            self._insert_layer(article, annotator, layer)
            return Outcome("known", "new")
        number, status, note, attributes = row
        rows = self._conn.execute(f"SELECT {SPAN_COLUMNS} FROM span WHERE layer = ?", (number,))
        same_spans = sorted_spans(map(span_value, rows)) == sorted_spans(layer.spans)
        same_head = (status, note, json_value(attributes)) == (layer.status, layer.note, dict(layer.attributes))
        if same_spans and same_head:
            return Outcome("known", "same")
        raise InputError(
            f"annotator {layer.annotator!r} already has another layer of article {record.key!r}",
            hint="load it under another name with --annotator, and compare the two",
        )

    def _annotator(self, layer: LayerRecord) -> int:
        """Return the number of a layer's annotator, remembered between records."""
        who = (layer.annotator, layer.kind)
        if who not in self._annotators:
            row = self._conn.execute("SELECT kind FROM annotator WHERE name = ?", (layer.annotator,)).fetchone()
            if row is not None and row[0] != layer.kind:
                raise InputError(
                    f"annotator {layer.annotator!r} is {row[0]} in this database, not {layer.kind}",
                    hint="choose another name with --annotator, or the same kind with --kind",
                )
            self._annotators[who] = annotator_id(self._conn, layer.annotator, layer.kind)
        return self._annotators[who]

    def _insert_layer(self, article: int, annotator: int, layer: LayerRecord) -> None:
        spans = sorted_spans(layer.spans)
        cursor = self._conn.execute(
            "INSERT INTO layer (article, annotator, schema, status, revision, spans, updated, attributes, note) "
            "VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?)",
            (
                article,
                annotator,
                self._schema,
                layer.status,
                len(spans),
                self._time,
                attributes_text(layer.attributes),
                layer.note,
            ),
        )
        number = int(cursor.lastrowid or 0)
        counted = self._tally.get((annotator, layer.status), (0, 0))
        self._tally[annotator, layer.status] = (counted[0] + 1, counted[1] + len(spans))
        rows = span_rows(spans)
        self._conn.executemany("INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [(number, *row) for row in rows])
        uses = Counter([span.label for span in spans])
        self._conn.executemany(
            "INSERT INTO label_use VALUES (?, ?, ?, ?)",
            [(label, article, annotator, times) for label, times in uses.items()],
        )
        edits, inverse = _head_edits(layer)
        refs = [(span.start, span.end, span.id) for span in reversed(spans)]
        self._conn.execute(
            "INSERT INTO journal (time, layer, annotator, schema, revision, kind, of, edits, inverse) "
            "VALUES (?, ?, ?, ?, 1, 'load', NULL, ?, ?)",
            (self._time, number, annotator, self._schema, added_text(rows, edits), removed_text(inverse, refs)),
        )


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
