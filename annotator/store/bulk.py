"""Bulk loading: records into articles and layers, a thousand at a time.

Invariant: a record is stored whole or not at all; what a load stored is in the journal like everything else.  Without
`strict` each thousand records is committed; with it nothing is until `close`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from annotator.core.layer import sorted_spans
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.text import digest_of
from annotator.errors import InputError, RoleError
from annotator.store.assignment import give_up_second
from annotator.store.batch import ArticleRow, Batch, LayerRow
from annotator.store.connection import connect, explained
from annotator.store.identity import Identity
from annotator.store.layers import annotator_id, schema_id
from annotator.store.names import RESTORED, mark
from annotator.store.people import require_lead
from annotator.store.rows import SPAN_COLUMNS, json_value, span_value
from annotator.store.schemas import refuse_moved

_COMMIT_EVERY: Final = 1000


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
        author: Who loads; where there are leads, gold layers of others are refused.  None for nobody in particular.
        restored: Whether new names are second names, under which what was there once is looked at.

    Attributes:
        committed: How many of the records that changed something are safely in the file.

    Raises:
        StoreError: If the file cannot be opened or written.
    """

    def __init__(
        self,
        path: Path,
        schema: Schema,
        *,
        clock: Callable[[], str],
        strict: bool = False,
        author: str | None = None,
        restored: bool = False,
    ) -> None:
        self._path = path
        self._conn = connect(path)
        self._same = Identity(path, self._conn)
        self._clock = clock
        self._ref = schema.ref
        self._strict = strict
        self._author = author
        self._restored = restored
        self._pending = 0
        self._batch: Batch | None = None  # of the transaction
        self._last = ("", "")  # the text of the record before, and its digest
        self.committed = 0
        self._annotators: dict[tuple[str, str], int] = {}
        self._second: dict[str, list[int]] = {}  # articles of layers of the transaction under what may be second names
        try:
            with explained(path):
                # A statement of many rows keeps a copy of each page that it changes, until it is through: on the disk,
                # several times what is stored (measured), unless told otherwise.
                self._conn.execute("PRAGMA temp_store = MEMORY")
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
            ConflictError: If another schema came into force since the loader was made.
            StoreError: If the file cannot be written, which may be seen some records later; what was committed before
                stays, and nothing of what was added since (`committed` tells).
        """
        # The layers of an article come one after the other, so its text is mostly that of the record before.
        digest = self._last[1] if record.text == self._last[0] else digest_of(record.text)
        if digest != self._last[1]:
            self._last = (record.text, digest)
        with explained(self._path):
            try:
                if self._batch is None:
                    self._batch = self._begin()
                outcome = self._store(self._batch, record, digest)
            except InputError:
                raise  # `_store` refuses before it writes
            except UnicodeEncodeError as error:
                raise InputError(f"cannot be stored: {error}", hint="mend or leave out the record") from error
            except BaseException:
                self.abort()
                raise
            self._pending += "new" in (outcome.article, outcome.layer)
            if self._pending >= _COMMIT_EVERY and not self._strict:
                self._commit()
            return outcome

    def _begin(self) -> Batch:
        self._conn.execute("BEGIN IMMEDIATE")
        try:
            refuse_moved(self._conn, self._ref)
            return Batch(self._conn, time=self._clock(), schema=self._schema)
        except BaseException:
            self._conn.rollback()
            raise

    def _store(self, batch: Batch, record: Record, digest: str) -> Outcome:
        layer = record.layer
        prepared = LayerRow(layer) if layer is not None else None
        article = batch.article_of(digest)
        row: ArticleRow | None = None
        if article is None:
            if batch.has_key(record.key):
                raise InputError(
                    f"id {record.key!r} already belongs to another text",
                    hint="a stored text never changes; load it under another id",
                )
            row = ArticleRow(record, digest)
        # Before anything is written, because it may refuse.
        annotator = self._annotator(layer) if layer is not None else 0
        if article is not None and layer is not None and self._has(batch, article, annotator, record.key, layer):
            return Outcome("known", "same")
        number = article if row is None else batch.add_article(row)
        if prepared is not None and number is not None:
            batch.add_layer(number, annotator, prepared)
            if layer is not None and (self._restored or "~" in layer.annotator or "@" in layer.annotator):
                self._second.setdefault(layer.annotator, []).append(number)
        return Outcome("new" if row is not None else "known", "none" if layer is None else "new")

    def abort(self) -> None:
        """Take back everything since the last commit; everything at all with `strict`."""
        if self._conn.in_transaction:
            self._conn.rollback()
        self._annotators.clear()  # some of them may have been added since
        self._second.clear()
        self._batch = None
        self._pending = 0

    def close(self) -> None:
        """Commit what is left."""
        with explained(self._path):
            self._commit()

    def _commit(self) -> None:
        if self._batch is None:
            return
        try:
            self._batch.finish()
            for name, articles in self._second.items():
                give_up_second(self._conn, name, articles)
            self._conn.execute("COMMIT")
            self._same.check()
        except BaseException:
            self.abort()
            raise
        self._second.clear()
        self._batch = None
        self.committed += self._pending
        self._pending = 0

    def _has(self, batch: Batch, article: int, annotator: int, key: str, layer: LayerRecord) -> bool:
        """Say whether the annotator has this very layer of an article already.

        Raises:
            InputError: If it is another one.
        """
        row = batch.layer_of(article, annotator)
        if row is None:
            return False
        number, status, note, attributes = row
        rows = self._conn.execute(f"SELECT {SPAN_COLUMNS} FROM span WHERE layer = ?", (number,))
        same_spans = sorted_spans(map(span_value, rows)) == sorted_spans(layer.spans)
        same_head = (status, note, json_value(attributes)) == (layer.status, layer.note, dict(layer.attributes))
        if same_spans and same_head:
            return True
        (stored,) = self._conn.execute("SELECT key FROM article WHERE id = ?", (article,)).fetchone()
        same = "" if stored == key else f", which has the same text as {key!r}"
        raise InputError(
            f"annotator {layer.annotator!r} already has another layer of article {stored!r}{same}",
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
            self._refuse_gold(layer)
            self._annotators[who] = annotator_id(self._conn, layer.annotator, layer.kind)
            if self._restored:  # who was there before has neither read nor is to read anything
                mark(self._conn, self._annotators[who], RESTORED)
        return self._annotators[who]

    def _refuse_gold(self, layer: LayerRecord) -> None:
        """Refuse a gold layer of somebody who may not settle."""
        if layer.kind != "gold" or self._author is None:
            return
        try:
            require_lead(self._conn, self._author, "bring gold layers", option="--author")
        except RoleError as error:  # a fault of the record: what else there is may be loaded
            raise InputError(error.message, hint=error.hint) from error
