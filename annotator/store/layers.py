"""Writing layers: a batch of edits and its journal entry, in the caller's transaction.

Invariant: a batch is written only onto the revision that it was made for, so two windows of one annotator on one
article never overwrite each other; the span table afterwards is what replaying the journal gives.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from annotator.core.edits import Add, Change, Edit, Remove
from annotator.core.history import Entry, EntryKind
from annotator.core.layer import Kind, Layer
from annotator.errors import ConflictError, StoreError
from annotator.store.assignment import claim
from annotator.store.names import HELPER, mark, refuse_former
from annotator.store.people import refuse_gold, refuse_renamed, refuse_retired
from annotator.store.rows import attributes_text, edits_text, span_row
from annotator.store.schemas import refuse_moved


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of edits ready to be written.

    Args:
        layer: The layer after the edits; its revision is the one that the batch makes.
        edits: What was done.
        inverse: What undoes it.
        author: Annotator who did it (the layer's own, or whoever settles a gold layer).
        kind: What the journal calls it.
        of: The journal entry that this one undoes or redoes.
        time: When, as ISO 8601 with offset.
        spans: How many spans the layer has, if `layer` comes without them.
        sweep: The change over several articles that it is a part of, by number; 0 for none.  See `sweeps`.
        under: The schema that whoever made the edits had before them, as "name@version"; "" if that does not matter.
        known: Whether the layer's annotator was in the file when the layer was opened, and has to be there still.
    """

    layer: Layer
    edits: Sequence[Edit]
    inverse: Sequence[Edit]
    author: str
    kind: EntryKind
    of: int | None
    time: str
    spans: int | None = None
    sweep: int = 0
    under: str = ""
    known: bool = False


def annotator_id(conn: sqlite3.Connection, name: str, kind: Kind | None = None) -> int:
    """Return the annotator's number, adding the annotator (as human unless told) if the name is new.

    Raises:
        StoreError: If the name is known with another kind than the one asked for.
        InputError: If somebody had the name before, and has another one now.
    """
    row = conn.execute("SELECT id, kind FROM annotator WHERE name = ?", (name,)).fetchone()
    if row is None:
        refuse_former(conn, name)
        cursor = conn.execute("INSERT INTO annotator (name, kind) VALUES (?, ?)", (name, kind or "human"))
        return int(cursor.lastrowid or 0)
    if kind is not None and row[1] != kind:
        raise StoreError(f"annotator {name!r} is {row[1]} here, not {kind}", hint="use another name, or the same kind")
    return int(row[0])


def author_id(conn: sqlite3.Connection, name: str) -> int:
    """Return the number of somebody who changes others' layers, who becomes no annotator by that if the name is new."""
    row = conn.execute("SELECT id FROM annotator WHERE name = ?", (name,)).fetchone()
    if row is not None:
        return int(row[0])
    number = annotator_id(conn, name)
    mark(conn, number, HELPER)
    return number


def schema_id(conn: sqlite3.Connection, ref: str) -> int:
    """Return the number of the schema with this "name@version".

    Raises:
        StoreError: If the database does not hold it.
    """
    row = conn.execute("SELECT id FROM schema WHERE name || '@' || version = ?", (ref,)).fetchone()
    if row is None:
        raise StoreError(f"the database has no schema {ref!r}")
    return int(row[0])


def write_batch(conn: sqlite3.Connection, batch: Batch) -> int:
    """Write a batch and its journal entry, and return the entry's number.

    Raises:
        ConflictError: If the layer is not at the revision before the batch's, or another schema came into force.
        TakenError: If it would be a layer of an article all whose places are others'.
        RoleError: If the annotator was given another name, the author has retired, or is no lead where there are leads
            and the layer is gold.
    """
    layer = batch.layer
    refuse_moved(conn, batch.under)
    if batch.known:
        refuse_renamed(conn, layer.annotator)
    refuse_retired(conn, batch.author)
    refuse_gold(conn, layer.annotator, author=batch.author)
    schema = schema_id(conn, layer.schema)
    number = _write_head(conn, batch, schema)
    _write_spans(conn, number, batch.edits)
    author = author_id(conn, batch.author)  # whose own layer it is is there by now
    cursor = conn.execute(
        "INSERT INTO journal (time, layer, annotator, schema, revision, kind, of, edits, inverse) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            batch.time,
            number,
            author,
            schema,
            layer.revision,
            batch.kind,
            batch.of,
            edits_text(batch.edits),
            edits_text(batch.inverse),
        ),
    )
    entry = int(cursor.lastrowid or 0)
    if batch.sweep:
        conn.execute("INSERT INTO sweep_entry (entry, sweep) VALUES (?, ?)", (entry, batch.sweep))
    return entry


def _write_head(conn: sqlite3.Connection, batch: Batch, schema: int) -> int:
    """Insert or update the layer's own row and return its number."""
    layer = batch.layer
    spans = len(layer.spans) if batch.spans is None else batch.spans
    annotator = annotator_id(conn, layer.annotator)
    values = (schema, layer.status, spans, attributes_text(layer.attributes), layer.note, batch.time)
    where = (layer.article, annotator)
    if layer.revision == 1:
        claim(conn, annotator, layer.article, time=batch.time)
        cursor = conn.execute(
            "INSERT OR IGNORE INTO layer (schema, status, spans, attributes, note, updated, revision, article, "
            "annotator) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
            (*values, *where),
        )
    else:
        cursor = conn.execute(
            "UPDATE layer SET schema = ?, status = ?, spans = ?, attributes = ?, note = ?, updated = ?, "
            "revision = revision + 1 WHERE article = ? AND annotator = ? AND revision = ?",
            (*values, *where, layer.revision - 1),
        )
    if cursor.rowcount != 1:
        raise ConflictError(
            f"the layer of {layer.annotator!r} was changed elsewhere since it was opened here",
            hint="reload it: your own unsaved edits are put on top where they still fit",
        )
    row = conn.execute("SELECT id FROM layer WHERE article = ? AND annotator = ?", where).fetchone()
    return int(row[0])


def _write_spans(conn: sqlite3.Connection, layer: int, edits: Sequence[Edit]) -> None:
    for edit in edits:
        match edit:
            case Add(span):
                values = (layer, *span_row(span))
                count = conn.execute("INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values).rowcount
            case Remove(ref):
                count = conn.execute("DELETE FROM span WHERE layer = ? AND id = ?", (layer, ref.id)).rowcount
            case Change(ref, span):
                count = conn.execute(
                    'UPDATE span SET start = ?, "end" = ?, label = ?, attributes = ?, note = ?, source = ? '
                    "WHERE layer = ? AND id = ?",
                    (*span_row(span)[1:], layer, ref.id),
                ).rowcount
            case _:
                count = 1
        if count != 1:
            raise ConflictError("a span of this layer is not where it was", hint="reload the article")


def history_of(conn: sqlite3.Connection, *, article: int, annotator: str) -> list[Entry]:
    """Return the journal entries of one layer, as far as undo needs them, in order."""
    rows = conn.execute(
        "SELECT j.id, j.kind, j.of, j.schema FROM journal j JOIN layer l ON l.id = j.layer "
        "JOIN annotator a ON a.id = l.annotator WHERE l.article = ? AND a.name = ? ORDER BY j.id",
        (article, annotator),
    )
    return [Entry(*row) for row in rows]
