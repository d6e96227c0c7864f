"""Reading: rows of the file as values.

Invariant: nothing here loads a whole table; lists are paged by key, exports are streams.  The digest of a text is
compared whenever the text is read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from annotator.core.edits import Edit
from annotator.core.history import Entry
from annotator.core.layer import Kind, Layer, Status, sorted_spans
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.core.text import Article, digest_of
from annotator.errors import StoreError
from annotator.store import search
from annotator.store.connection import explained, reading
from annotator.store.layers import history_of
from annotator.store.rows import SPAN_COLUMNS, edits_value, json_value, span_value

QueueStatus = Literal["todo", "open", "done", "flagged"]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of an annotator's queue: the article and how far that annotator is with it."""

    article: int
    key: str
    title: str
    length: int
    status: QueueStatus
    spans: int
    loaded: str


class Store:
    """Everything that can be read, over one connection of one thread."""

    def __init__(self, conn: sqlite3.Connection, path: Path) -> None:
        self._conn = conn
        self._path = path

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with explained(self._path):
            return self._conn.execute(sql, values).fetchall()

    def schema(self) -> Schema:
        """Return the schema in force: the one added last."""
        rows = self._rows("SELECT body FROM schema ORDER BY id DESC LIMIT 1")
        if not rows:
            raise StoreError(f"{self._path} holds no schema", hint="delete it and run `annotator new`")
        try:
            return Schema.model_validate_json(rows[0][0])
        except ValueError as error:
            what = f"{self._path} holds a schema that cannot be read: {str(error).splitlines()[0]}"
            raise StoreError(what, hint="restore a backup") from error

    def annotators(self) -> list[tuple[str, Kind]]:
        """Return the names and kinds of all annotators, by name."""
        return [(name, kind) for name, kind in self._rows("SELECT name, kind FROM annotator ORDER BY name")]

    def article(self, id: int) -> Article:
        """Return an article.

        Raises:
            StoreError: If there is none with this number, or its text is not what was stored.
        """
        return self._article("id = ?", id)

    def article_by_key(self, key: str) -> Article | None:
        """Return the article with this key, or None."""
        found = self._rows("SELECT id FROM article WHERE key = ?", (key,))
        return self.article(found[0][0]) if found else None

    def _article(self, where: str, value: int) -> Article:
        rows = self._rows(f"SELECT id, key, title, text, digest, meta FROM article WHERE {where}", (value,))
        if not rows:
            raise StoreError(f"{self._path} has no article number {value}")
        id, key, title, text, digest, meta = rows[0]
        if digest_of(text) != digest:
            raise StoreError(f"the text of article {key!r} is not what was stored", hint="restore a backup")
        return Article(id, key, title, text, digest, json_value(meta))

    def layer(self, article: int, annotator: str) -> Layer | None:
        """Return an annotator's layer of an article, or None if there is none yet."""
        with explained(self._path), reading(self._conn):  # revision and spans are of one moment
            row = self._conn.execute(
                "SELECT l.id, s.name || '@' || s.version, l.status, l.attributes, l.note, l.revision FROM layer l "
                "JOIN annotator a ON a.id = l.annotator JOIN schema s ON s.id = l.schema "
                "WHERE l.article = ? AND a.name = ?",
                (article, annotator),
            ).fetchone()
            if row is None:
                return None
            number, schema, status, attributes, note, revision = row
            return Layer(
                article, annotator, schema, status, self._spans(number), json_value(attributes), note, revision
            )

    def _spans(self, layer: int) -> tuple[Span, ...]:
        rows = self._conn.execute(f"SELECT {SPAN_COLUMNS} FROM span WHERE layer = ?", (layer,))
        return sorted_spans(map(span_value, rows))

    def layers_of(self, article: int) -> list[tuple[str, Kind, int]]:
        """Return (annotator, kind, spans) of every layer of an article, by name."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, a.kind, l.spans FROM layer l JOIN annotator a ON a.id = l.annotator "
                "WHERE l.article = ? ORDER BY a.name",
                (article,),
            )
        ]

    def proposals(self, article: int) -> list[Layer]:
        """Return the layers that models have of an article, by name."""
        models = [name for name, kind, spans in self.layers_of(article) if kind == "model" and spans]
        return [layer for name in models if (layer := self.layer(article, name)) is not None]

    def history(self, article: int, annotator: str) -> list[Entry]:
        """Return the journal of one layer as far as undo needs it."""
        with explained(self._path):
            return history_of(self._conn, article=article, annotator=annotator)

    def entry(self, id: int) -> tuple[tuple[Edit, ...], tuple[Edit, ...]]:
        """Return the edits and the inverse of a journal entry."""
        edits, inverse = self._rows("SELECT edits, inverse FROM journal WHERE id = ?", (id,))[0]
        return edits_value(edits), edits_value(inverse)

    def replay(self, article: int, annotator: str) -> Iterator[tuple[Edit, ...]]:
        """Yield the batches of a layer's journal from its beginning."""
        rows = self._rows(
            "SELECT j.edits FROM journal j JOIN layer l ON l.id = j.layer JOIN annotator a ON a.id = l.annotator "
            "WHERE l.article = ? AND a.name = ? ORDER BY j.id",
            (article, annotator),
        )
        return (edits_value(row[0]) for row in rows)

    def queue_page(
        self,
        annotator: str,
        *,
        after: int = 0,
        status: QueueStatus | None = None,
        words: str = "",
        limit: int = 100,
    ) -> list[QueueRow]:
        """Return the next articles of an annotator's queue, by number.

        Args:
            annotator: Whose queue.
            after: The number of the last article of the page before; 0 for the first page.
            status: Only articles with this status.
            words: Only articles in which all these words occur; see `search.condition`.
            limit: How many rows at most.
        """
        condition = {None: "", "todo": " AND l.id IS NULL"}.get(status, " AND l.status = ?")
        values: list[Any] = [annotator, after, *([status] if condition.endswith("?") else [])]
        matching, words_values = search.condition(words)
        if matching:
            condition += f" AND {matching}"
            values += words_values
        values.append(limit)
        rows = self._rows(
            "SELECT a.id, a.key, a.title, a.length, coalesce(l.status, 'todo'), coalesce(l.spans, 0), a.loaded "
            "FROM article a LEFT JOIN layer l ON l.article = a.id "
            "AND l.annotator = (SELECT id FROM annotator WHERE name = ?) "
            f"WHERE a.id > ?{condition} ORDER BY a.id LIMIT ?",
            values,
        )
        return [QueueRow(*row) for row in rows]

    def neighbour(self, article: int, *, step: int) -> int | None:
        """Return the number of the next (step 1) or previous (step -1) article, or None at the end."""
        sign, order = (">", "ASC") if step > 0 else ("<", "DESC")
        rows = self._rows(f"SELECT id FROM article WHERE id {sign} ? ORDER BY id {order} LIMIT 1", (article,))
        return rows[0][0] if rows else None

    def position(self, article: int) -> int:
        """Return how many articles come up to and including this one, for "17/240"."""
        return int(self._rows("SELECT count(*) FROM article WHERE id <= ?", (article,))[0][0])

    def count(self) -> int:
        """Return how many articles there are."""
        return int(self._rows("SELECT count(*) FROM article")[0][0])

    def progress(self) -> list[tuple[str, Kind, Status, int, int]]:
        """Return (annotator, kind, status, layers, spans) for every status that an annotator has layers in."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, a.kind, l.status, count(*), sum(l.spans) FROM layer l "
                "JOIN annotator a ON a.id = l.annotator GROUP BY a.id, l.status ORDER BY a.name, l.status"
            )
        ]

    def label_counts(self) -> list[tuple[str, str, int]]:
        """Return (annotator, label, spans), by annotator and label."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, s.label, count(*) FROM span s JOIN layer l ON l.id = s.layer "
                "JOIN annotator a ON a.id = l.annotator GROUP BY a.name, s.label ORDER BY a.name, s.label"
            )
        ]

    def stream(
        self,
        *,
        annotators: Sequence[str] | None = None,
        kinds: Sequence[Kind] | None = None,
        statuses: Sequence[Status] | None = None,
        bare: bool = False,
    ) -> Iterator[Record]:
        """Yield one record per article and layer, by article number, then annotator, in bounded memory.

        Args:
            annotators: Only their layers.
            kinds: Only layers of annotators of these kinds.
            statuses: Only layers with these statuses.
            bare: Also yield articles without any such layer.

        Raises:
            StoreError: If a text is not what was stored.
        """
        from annotator.store.stream import stream

        with explained(self._path):
            yield from stream(self._conn, annotators=annotators, kinds=kinds, statuses=statuses, bare=bare)


def layer_record(layer: Layer, kind: Kind) -> LayerRecord:
    """Return a layer as it leaves the database."""
    return LayerRecord(layer.annotator, kind, layer.status, layer.schema, layer.attributes, layer.note, layer.spans)
