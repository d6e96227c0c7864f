"""Reading: rows of the file as values.

Invariant: nothing here loads a whole table; lists are paged by key, exports are streams.  The digest of a text is
compared whenever the text is read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from annotator.core.edits import Edit
from annotator.core.history import Entry
from annotator.core.layer import Kind, Layer, Status, sorted_spans
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.core.text import Article, digest_of
from annotator.errors import StoreError
from annotator.store import people as roster
from annotator.store import queue, search, visits
from annotator.store.connection import explained, reading
from annotator.store.layers import history_of
from annotator.store.queue import Hit, QueueFilter, QueueRow, QueueStatus
from annotator.store.rows import SPAN_COLUMNS, edits_value, json_object, json_value, span_value
from annotator.store.visits import TimeSpent, Visit

__all__ = ["QueueFilter", "QueueRow", "QueueStatus", "Store", "layer_record"]

ALL = QueueFilter()


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
        rows = self._rows("SELECT body, digest FROM schema ORDER BY id DESC LIMIT 1")
        if not rows:
            raise StoreError(f"{self._path} holds no schema", hint="delete it and run `annotator new`")
        try:
            return _schema(*rows[0])
        except ValueError as error:
            what = f"{self._path} holds a schema that cannot be read: {str(error).splitlines()[0]}"
            raise StoreError(what, hint="restore a backup") from error

    def annotators(self) -> list[tuple[str, Kind]]:
        """Return the names and kinds of all annotators, by name."""
        return [(name, kind) for name, kind in self._rows("SELECT name, kind FROM annotator ORDER BY name")]

    def people(self) -> list[roster.Person]:
        """Return all annotators, with roles and how much they have to do, by name."""
        with explained(self._path):
            return roster.people(self._conn)

    def refuse_retired(self, name: str) -> None:
        """Refuse work under the name of somebody who has left; see `people.refuse_retired`."""
        with explained(self._path):
            roster.refuse_retired(self._conn, name)

    def require_lead(self, name: str, what: str) -> None:
        """Refuse what only a lead may do; see `people.require_lead`."""
        with explained(self._path):
            roster.require_lead(self._conn, name, what)

    def has_places(self, annotator: str) -> bool:
        """Say whether an annotator's queue begins with what is assigned."""
        with explained(self._path):
            return queue.has_places(self._conn, annotator)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Read one moment of the file with functions of this package that take a connection."""
        with explained(self._path), reading(self._conn):
            yield self._conn

    def articles_of(self, annotator: str) -> list[int]:
        """Return the numbers of the articles that an annotator has a layer of, in order."""
        sql = "SELECT l.article FROM layer l JOIN annotator a ON a.id = l.annotator WHERE a.name = ? ORDER BY l.article"
        return [row[0] for row in self._rows(sql, (annotator,))]

    def changes(self) -> int:
        """Return a number that is another one once anybody else has written to the file; costs microseconds."""
        return int(self._rows("PRAGMA data_version")[0][0])

    def revision(self, article: int, annotator: str) -> int:
        """Return the revision of an annotator's layer in the file; 0 if there is none yet."""
        rows = self._rows(
            "SELECT l.revision FROM layer l JOIN annotator a ON a.id = l.annotator WHERE l.article = ? AND a.name = ?",
            (article, annotator),
        )
        return int(rows[0][0]) if rows else 0

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
        return Article(id, key, title, text, digest, json_object(meta))

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
        chosen: QueueFilter = ALL,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 100,
    ) -> list[QueueRow]:
        """Return articles of an annotator's queue, by number; see `queue.page`."""
        with explained(self._path):
            return queue.page(self._conn, annotator, chosen, after=after, before=before, limit=limit)

    def queue_count(self, annotator: str, chosen: QueueFilter) -> int:
        """Return how many articles a filter lets through; may take as long as looking at each of them."""
        with explained(self._path):
            return queue.count(self._conn, annotator, chosen)

    def queue_beyond(
        self,
        annotator: str,
        chosen: QueueFilter,
        article: int,
        *,
        step: int,
        kept: Collection[int] = (),
        to_do: bool = False,
    ) -> tuple[int, Hit | None] | None:
        """Return the next (step 1) or previous (step -1) article of a filter, and its hit; see `queue.beyond`."""
        with explained(self._path):
            return queue.beyond(self._conn, annotator, chosen, article, step=step, kept=kept, to_do=to_do)

    def queue_place(
        self, annotator: str, chosen: QueueFilter, article: int, *, kept: Collection[int] = ()
    ) -> tuple[int, int]:
        """Return how many articles of a filter come up to this one, and how many there are; see `queue.place`."""
        with explained(self._path):
            return queue.place(self._conn, annotator, chosen, article, kept=kept)

    def unindexed(self) -> bool:
        """Say whether there are articles that the full-text index does not have yet."""
        with explained(self._path):
            done, of = search.pending(self._conn)
        return done < of

    def next_to_do(self, annotator: str, *, after: int, within: int | None = None) -> int | None:
        """Return the first article after a number that the annotator has yet to do, or None; see `queue.next_to_do`."""
        with explained(self._path):
            return queue.next_to_do(self._conn, annotator, after=after, within=within)

    def other_to_do(self, annotator: str, article: int) -> int | None:
        """Return the next other article to do, on from one and round to the beginning; may take long, as `count`."""
        found = self.next_to_do(annotator, after=article) or self.next_to_do(annotator, after=0)
        return None if found == article else found

    def others(self, article: int, annotator: str) -> list[tuple[str, Status]]:
        """Return the other annotators who have a layer of the article, by name, and its status."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, l.status FROM layer l JOIN annotator a ON a.id = l.annotator "
                "WHERE l.article = ? AND a.name <> ? ORDER BY a.name",
                (article, annotator),
            )
        ]

    def readings(self, article: int) -> list[tuple[str, Kind, Status]]:
        """Return who has a layer of the article, by name, of what kind they are, and the layer's status."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, a.kind, l.status FROM layer l JOIN annotator a ON a.id = l.annotator "
                "WHERE l.article = ? ORDER BY a.name",
                (article,),
            )
        ]

    def revisions(self, article: int) -> dict[str, int]:
        """Return the revision of every layer of an article, by the annotator's name."""
        return dict(
            self._rows(
                "SELECT a.name, l.revision FROM layer l JOIN annotator a ON a.id = l.annotator WHERE l.article = ?",
                (article,),
            )
        )

    def shared(self, annotators: Sequence[str]) -> list[int]:
        """Return the numbers of the articles that at least two of some annotators have a layer of, in order."""
        places = ", ".join("?" * len(annotators))
        rows = self._rows(
            "SELECT l.article FROM layer l JOIN annotator a ON a.id = l.annotator "
            f"WHERE a.name IN ({places}) GROUP BY l.article HAVING count(*) >= 2 ORDER BY l.article",
            annotators,
        )
        return [row[0] for row in rows]

    def about(self, article: int, annotator: str) -> tuple[dict[str, Any], str]:
        """Return the metadata of an article, and the annotator's note on it."""
        rows = self._rows(
            "SELECT r.meta, (SELECT l.note FROM layer l JOIN annotator a ON a.id = l.annotator "
            "WHERE l.article = r.id AND a.name = ?) FROM article r WHERE r.id = ?",
            (annotator, article),
        )
        return (json_object(rows[0][0]), rows[0][1] or "") if rows else ({}, "")

    def visit(self, article: int, annotator: str) -> Visit | None:
        """Return where the annotator was in the article, and how long altogether; None if never."""
        with explained(self._path):
            return visits.visit_of(self._conn, annotator, article)

    def place(self, annotator: str) -> int | None:
        """Return the number of the article that the annotator was at last, or None."""
        with explained(self._path):
            return visits.place_of(self._conn, annotator)

    def time_spent(self) -> dict[str, TimeSpent]:
        """Return how long each annotator was at work, by name, those who were."""
        with explained(self._path):
            return visits.time_spent(self._conn)

    def neighbour(self, article: int, *, step: int) -> int | None:
        """Return the number of the next (step 1) or previous (step -1) article, or None at the end."""
        sign, order = (">", "ASC") if step > 0 else ("<", "DESC")
        rows = self._rows(f"SELECT id FROM article WHERE id {sign} ? ORDER BY id {order} LIMIT 1", (article,))
        return rows[0][0] if rows else None

    def position(self, article: int) -> int:
        """Return how many articles come up to and including this one, for "17/240"."""
        with explained(self._path):
            return queue.position(self._conn, article)

    def count(self) -> int:
        """Return how many articles there are."""
        with explained(self._path):
            return queue.total(self._conn)

    def progress(self) -> list[tuple[str, Kind, Status, int, int]]:
        """Return (annotator, kind, status, layers, spans) for every status that an annotator has layers in."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, a.kind, t.status, t.layers, t.spans FROM tally t "
                "JOIN annotator a ON a.id = t.annotator WHERE t.layers > 0 ORDER BY a.name, t.status"
            )
        ]

    def label_counts(self) -> list[tuple[str, str, int]]:
        """Return (annotator, label, spans), by annotator and label."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, u.label, sum(u.spans) FROM label_use u JOIN annotator a ON a.id = u.annotator "
                "GROUP BY a.name, u.label ORDER BY a.name, u.label"
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


def _schema(body: str, digest: str) -> Schema:
    """Return a stored schema; one that is as it was when it was stored has been checked then.

    Raises:
        ValueError: If it is no schema.
    """
    if digest_of(body) == digest:
        with suppress(KeyError, TypeError):  # of another version of the program: told in the check's own words
            return Schema.from_plain(json.loads(body))
    return Schema.validated_json(body)


def layer_record(layer: Layer, kind: Kind) -> LayerRecord:
    """Return a layer as it leaves the database."""
    return LayerRecord(layer.annotator, kind, layer.status, layer.schema, layer.attributes, layer.note, layer.spans)
