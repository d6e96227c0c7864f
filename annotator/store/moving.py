"""The one transaction in which all layers of a file move to another schema, or back.

Invariant: memory is bounded by a chunk of articles.  Others see the file as it was before or as it is after, never
half of it moved: a program that ends in between leaves no trace, and nobody tags a layer under one schema while its
neighbour is under another.  The price is that others' saves wait meanwhile; what waits too long is kept by their
sessions, which save it again when told to.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from annotator.core.edits import Edit
from annotator.core.history import Entry
from annotator.core.layer import Kind, Layer
from annotator.core.schema import Schema
from annotator.store import schemas
from annotator.store.connection import connect, explained, reading, writing
from annotator.store.layers import Batch, write_batch
from annotator.store.queries import Store
from annotator.store.rows import edits_value, json_object
from annotator.store.stream import spans_of

_CHUNK: Final = 50  # articles: of fifty annotators each that is 2,500 layers


class Stored(NamedTuple):
    """A layer as it lies in the file: its number, whose kind it is, and the number of its schema."""

    number: int
    kind: Kind
    schema: int
    layer: Layer


@dataclass(frozen=True, slots=True)
class ArticleLayers:
    """An article's number and key, and all layers of it, by annotator."""

    article: int
    key: str
    layers: tuple[Stored, ...]


@contextmanager
def moving(path: Path, *, write: bool) -> Iterator[Moving]:
    """Open a file for a move; all of it is kept at the end, or nothing if there was an error.

    Args:
        path: The database.
        write: Whether anything is to be written; else one moment of the file is looked at.

    Raises:
        StoreError: If the file cannot be read or written.
    """
    conn = connect(path, read_only=not write)
    try:
        with explained(path), writing(conn) if write else reading(conn):
            yield Moving(conn, path)
    finally:
        conn.close()


class Moving:
    """What a move reads and writes, in one transaction."""

    def __init__(self, conn: sqlite3.Connection, path: Path) -> None:
        self._conn = conn
        self.store = Store(conn, path)

    @property
    def in_force(self) -> int:
        """The number of the schema in force."""
        return schemas.in_force(self._conn)

    @property
    def before(self) -> str | None:
        """The "name@version" of the schema that the database moved here from, or None."""
        number = schemas.before(self._conn)
        return None if number is None else schemas.ref_of(self._conn, number)

    def ref(self, number: int) -> str:
        """Return the "name@version" of a schema."""
        return schemas.ref_of(self._conn, number)

    def force(self, schema: Schema, *, time: str) -> None:
        """Store a schema and put it in force."""
        schemas.force(self._conn, schema, time=time)

    def force_before(self) -> None:
        """Put the schema that was before the one in force in force again."""
        schemas.force_before(self._conn)

    def total(self) -> int:
        """Return how many articles there are."""
        return int(self._conn.execute("SELECT coalesce(max(id), 0) FROM article").fetchone()[0])

    def articles(self) -> Iterator[ArticleLayers]:
        """Yield the articles that have layers, by number; what is written meanwhile has no influence."""
        last, end = 0, self.total()
        while last < end:
            first, last = last + 1, last + _CHUNK
            rows = self._conn.execute(
                "SELECT l.article, r.key, l.id, a.name, a.kind, l.schema, s.name || '@' || s.version, l.status, "
                "l.attributes, l.note, l.revision FROM layer l JOIN annotator a ON a.id = l.annotator "
                "JOIN schema s ON s.id = l.schema JOIN article r ON r.id = l.article "
                "WHERE l.article BETWEEN ? AND ? ORDER BY l.article, a.name",
                (first, last),
            ).fetchall()
            spans = spans_of(self._conn, [row[2] for row in rows])
            found: dict[tuple[int, str], list[Stored]] = {}
            for article, key, number, name, kind, schema, ref, status, attributes, note, revision in rows:
                own = spans.get(number, ())
                layer = Layer(article, name, ref, status, own, json_object(attributes), note, revision)
                found.setdefault((article, key), []).append(Stored(number, kind, schema, layer))
            for (article, key), layers in found.items():
                yield ArticleLayers(article, key, tuple(layers))

    def text(self, article: int) -> str:
        """Return the text of an article."""
        return self.store.article(article).text

    def write(self, batch: Batch) -> None:
        """Write a batch of edits."""
        write_batch(self._conn, batch)

    def entries(self, layer: int) -> list[Entry]:
        """Return the journal entries of a layer, in order."""
        rows = self._conn.execute("SELECT id, kind, of, schema FROM journal WHERE layer = ? ORDER BY id", (layer,))
        return [Entry(*row) for row in rows]

    def inverse(self, entry: int) -> tuple[Edit, ...]:
        """Return the batch that undoes an entry."""
        row = self._conn.execute("SELECT inverse FROM journal WHERE id = ?", (entry,)).fetchone()
        return edits_value(row[0])

    def who(self, entries: Sequence[int]) -> list[tuple[str, str]]:
        """Return who wrote some journal entries and when."""
        query = "SELECT a.name, j.time FROM journal j JOIN annotator a ON a.id = j.annotator WHERE j.id = ?"
        rows = (self._conn.execute(query, (entry,)).fetchone() for entry in entries)
        return [(name, time) for name, time in rows]
