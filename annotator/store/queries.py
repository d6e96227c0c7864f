"""Reading: rows of the file as values.

Invariant: nothing here loads a whole table; lists are paged by key, exports are streams.  The digest of a text is
compared whenever the text is read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.core.edits import Edit
from annotator.core.history import Entry
from annotator.core.layer import Kind, Layer, Status, sorted_spans
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.core.text import Article, digest_of
from annotator.errors import StoreError
from annotator.store import people as roster
from annotator.store import schemas
from annotator.store.connection import explained, reading
from annotator.store.layers import history_of
from annotator.store.lists import Lists
from annotator.store.queue import QueueFilter, QueueRow, QueueStatus
from annotator.store.rows import SPAN_COLUMNS, edits_value, json_object, json_value, span_value

if TYPE_CHECKING:
    from annotator.store import concordance, sweeps
    from annotator.store.journal import Journal
    from annotator.store.merge_report import MergeReport

__all__ = ["QueueFilter", "QueueRow", "QueueStatus", "Store", "layer_record"]


class Store(Lists):
    """Everything that can be read, over one connection of one thread."""

    @property
    def journal(self) -> Journal:
        """The journal as people look at it."""
        from annotator.store.journal import Journal

        return Journal(self._conn, self._path)

    def schema(self) -> Schema:
        """Return the schema in force: the one moved to last."""
        with explained(self._path):
            row = schemas.stored(self._conn)
        if row is None:
            raise StoreError(f"{self._path} holds no schema", hint="delete it and run `annotator new`")
        return self._read_schema(row)

    def schema_ref(self) -> str:
        """Return the "name@version" of the schema in force; reads no more than that."""
        with explained(self._path):
            return schemas.ref_in_force(self._conn)

    def schema_by_ref(self, ref: str) -> Schema | None:
        """Return the stored schema of this "name@version", in force or not, or None if there is none."""
        with explained(self._path):
            row = schemas.stored(self._conn, ref)
        return None if row is None else self._read_schema(row)

    def schema_refs(self) -> list[str]:
        """Return the "name@version" of every stored schema, the oldest first."""
        return [ref for (ref,) in self._rows("SELECT name || '@' || version FROM schema ORDER BY id")]

    def _read_schema(self, row: tuple[str, str]) -> Schema:
        try:
            return _schema(*row)
        except ValueError as error:
            what = f"{self._path} holds a schema that cannot be read: {str(error).splitlines()[0]}"
            raise StoreError(what, hint="restore a backup") from error

    def annotators(self) -> list[tuple[str, Kind]]:
        """Return the names and kinds of all annotators, by name."""
        return [(name, kind) for name, kind in self._rows("SELECT name, kind FROM annotator ORDER BY name")]

    def gold(self) -> str | None:
        """Return the name of the gold annotator, the first that there was, or None; others are restored or taken in."""
        rows = self._rows("SELECT name FROM annotator WHERE kind = 'gold' ORDER BY id LIMIT 1")
        return str(rows[0][0]) if rows else None

    def people(self) -> list[roster.Person]:
        """Return all annotators, with roles and how much they have to do, by name."""
        with explained(self._path):
            return roster.people(self._conn)

    def refuse_retired(self, name: str) -> None:
        """Refuse work under the name of somebody who has left; see `people.refuse_retired`."""
        with explained(self._path):
            roster.refuse_retired(self._conn, name)

    def admit(self, name: str, *, new: bool = True) -> None:
        """Refuse a name that is nobody's, unless it may be a new one's; see `people.admit`."""
        with explained(self._path):
            roster.admit(self._conn, name, new=new)

    def refuse_gold(self, annotator: str, *, author: str, option: str = "--annotator") -> None:
        """Refuse a change of a gold layer by somebody who may not settle; see `people.refuse_gold`."""
        with explained(self._path):
            roster.refuse_gold(self._conn, annotator, author=author, option=option)

    def require_lead(self, name: str, what: str) -> None:
        """Refuse what only a lead may do; see `people.require_lead`."""
        with explained(self._path):
            roster.require_lead(self._conn, name, what)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """Read one moment of the file with functions of this package that take a connection."""
        with explained(self._path), reading(self._conn):
            yield self._conn

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

    def numbers(self, keys: Sequence[str]) -> dict[str, int]:
        """Return the numbers of the articles with these keys, by key; those that there are."""
        found: dict[str, int] = {}
        for at in range(0, len(keys), 500):
            part = keys[at : at + 500]
            found.update(self._rows(f"SELECT key, id FROM article WHERE key IN ({', '.join('?' * len(part))})", part))
        return found

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

    def preview(self, path: Path, tell: Callable[[int], None], *, by: str | None = None) -> MergeReport:
        """Return what taking in another file would do; see `merging.take_in`."""
        from annotator.store.merging import take_in

        with explained(self._path), reading(self._conn):
            return take_in(self._conn, path, dry_run=True, by=by, tell=tell)

    def stream(
        self,
        *,
        annotators: Sequence[str] | None = None,
        kinds: Sequence[Kind] | None = None,
        statuses: Sequence[Status] | None = None,
        bare: bool = False,
        articles: Sequence[int] | None = None,
    ) -> Iterator[Record]:
        """Yield one record per article and layer, by article number, then annotator, in bounded memory.

        Args:
            annotators: Only their layers.
            kinds: Only layers of annotators of these kinds.
            statuses: Only layers with these statuses.
            bare: Also yield articles without any such layer.
            articles: Only the articles with these numbers, which are in order.

        Raises:
            StoreError: If a text is not what was stored.
        """
        from annotator.store.stream import stream

        with explained(self._path):
            yield from stream(
                self._conn, annotators=annotators, kinds=kinds, statuses=statuses, bare=bare, articles=articles
            )

    def texts_and_marks(
        self,
        parts: Sequence[str],
        annotators: Sequence[str],
        *,
        only: Callable[[str], bool] = lambda text: True,
    ) -> Iterator[tuple[list[concordance.Text], concordance.Read]]:
        """Yield the articles whose texts hold all these strings and what annotators marked in them, chunk by chunk.

        Args:
            parts: Strings, to the code point; none for all articles.
            annotators: Whose spans.
            only: Says of a text whether it is wanted.

        Raises:
            StoreError: If a text is not what was stored.
        """
        from annotator.store import concordance

        with explained(self._path), reading(self._conn):
            for texts in concordance.chunks(self._conn, parts):
                wanted = [text for text in texts if only(text[2])]
                if wanted:
                    yield wanted, concordance.marks_of(self._conn, [text[0] for text in wanted], annotators)

    def last_sweep(self, author: str) -> sweeps.Sweep | None:
        """Return the last change over several articles that an annotator made and that was not undone, or None."""
        from annotator.store import sweeps

        with explained(self._path):
            return sweeps.last_of(self._conn, author)

    def spans_in_all(self, kinds: Sequence[Kind]) -> int:
        """Return how many spans annotators of some kinds have altogether."""
        from annotator.store import concordance

        with explained(self._path):
            return concordance.spans_in_all(self._conn, kinds)


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
