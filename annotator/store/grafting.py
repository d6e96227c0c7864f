"""Layers of another file onto those of this one.

Invariant: a layer that is taken in has the very journal entries of the other file behind those that both have, and the
spans that replaying them gives; what is here is never changed in any other way.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from annotator.core.layer import Kind, Layer, sorted_spans
from annotator.core.replay import content, replayed
from annotator.core.spans import Span
from annotator.errors import AnnotatorError, StoreError
from annotator.store.layers import annotator_id, author_id
from annotator.store.lineage import Line, Readable, Stem
from annotator.store.rows import SPAN_COLUMNS, attributes_text, edits_value, json_object, span_row, span_value

_SPAN: Final = "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_LINE: Final = (
    "INSERT INTO journal (time, layer, annotator, schema, revision, kind, of, edits, inverse) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def spans_of(conn: Readable, layer: int) -> tuple[Span, ...]:
    """Return the spans of a layer, sorted."""
    rows = conn.execute(f"SELECT {SPAN_COLUMNS} FROM span WHERE layer = ?", (layer,))
    return sorted_spans(map(span_value, rows))


def says(conn: Readable, one: Stem) -> Layer:
    """Return the layer as its tables have it, without a name."""
    return Layer(0, "", "", one.status, spans_of(conn, one.number), json_object(one.attributes), one.note, one.revision)


def checked(conn: Readable, one: Stem, *, where: str) -> Layer:
    """Return the layer, which must be what its journal gives.

    Args:
        conn: The file that it is in.
        one: The layer.
        where: The file and the layer, for the message.

    Raises:
        StoreError: If it is not.
    """
    fault = StoreError(f"{where} is not what its journal gives", hint="that file is damaged; take a backup of it")
    length = conn.execute("SELECT length FROM article WHERE id = ?", (one.article,)).fetchone()[0]
    try:
        layer = says(conn, one)
        made = replayed(Layer(0, "", ""), (edits_value(line.edits) for line in one.lines))
    except (AnnotatorError, KeyError, TypeError, ValueError) as error:  # JSON, but not that of a batch
        raise fault from error
    in_order = all(line.of is None or 0 <= line.of < place for place, line in enumerate(one.lines))
    within = all(span.end <= length for span in layer.spans)
    if not (one.lines and in_order and within and content(made) == content(layer)):
        raise fault
    return layer


@dataclass(frozen=True, slots=True)
class Target:
    """Where a layer is taken in.

    Args:
        article: The article's number here.
        annotator: The name that it gets.
        kind: The annotator's kind.
        here: What is there already; None for nothing.
        back: Moves to other schemas, the last one first, that are there behind `here` and are taken back first.
    """

    article: int
    annotator: str
    kind: Kind
    here: Stem | None = None
    back: tuple[Line, ...] = ()


def graft(conn: sqlite3.Connection, target: Target, there: Stem, layer: Layer, *, kinds: dict[str, Kind]) -> int:
    """Write what a layer elsewhere has more than the one here, in the caller's transaction.

    Args:
        conn: Where to write.
        target: Where to; what is here must be the beginning of what is there.
        there: What is there.
        layer: The same, as a checked layer.
        kinds: The kinds of annotators there, for authors that are not known here.

    Returns:
        How many entries were written.

    Raises:
        StoreError: If an entry was made under a schema that is not here, or an annotator is of another kind here.
    """
    owner = annotator_id(conn, target.annotator, target.kind)
    schemas = {digest: id for id, digest in conn.execute("SELECT id, digest FROM schema")}
    known = target.here.lines if target.here else ()
    missing = there.lines[len(known) :]
    if unknown := {there.schema, *(line.schema for line in missing)} - schemas.keys():
        count = len(unknown)
        raise StoreError(
            f"its journal was written under {count} schema{'s'[: count > 1]} that this database has not had",
            hint="merge into the file that it was split from",
        )
    more = len(missing) + len(target.back)
    number = _head(conn, target, owner, there, layer, schemas[there.schema], more)
    _put_spans(conn, number, target, layer)
    _put_back(conn, number, target, there, schemas, kinds)
    _put_lines(conn, number, target, there, schemas, kinds)
    return len(missing)


def _head(
    conn: sqlite3.Connection, target: Target, owner: int, there: Stem, layer: Layer, schema: int, more: int
) -> int:
    """Insert or update the layer's own row and return its number."""
    values = (schema, there.status, len(layer.spans), there.updated, attributes_text(layer.attributes), there.note)
    if target.here is None:
        cursor = conn.execute(
            "INSERT INTO layer (schema, status, spans, updated, attributes, note, revision, article, annotator) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, there.revision, target.article, owner),
        )
        return int(cursor.lastrowid or 0)
    conn.execute(
        "UPDATE layer SET schema = ?, status = ?, spans = ?, updated = ?, attributes = ?, note = ?, "
        "revision = revision + ? WHERE id = ?",
        (*values, more, target.here.number),
    )
    return target.here.number


def _put_spans(conn: sqlite3.Connection, number: int, target: Target, layer: Layer) -> None:
    """Bring the spans to those of the layer; those that are the same are not touched."""
    old = {span.id: span for span in spans_of(conn, number)} if target.here else {}
    new = {span.id: span for span in layer.spans}
    gone = [(number, id) for id, span in old.items() if new.get(id) != span]
    conn.executemany("DELETE FROM span WHERE layer = ? AND id = ?", gone)
    conn.executemany(_SPAN, [(number, *span_row(span)) for id, span in new.items() if old.get(id) != span])


def _put_back(
    conn: sqlite3.Connection,
    number: int,
    target: Target,
    there: Stem,
    schemas: dict[str, int],
    kinds: dict[str, Kind],
) -> None:
    """Append what takes moves back, in the name of whoever wrote what comes next: it was written before such a move."""
    here = target.here
    if here is None:
        return
    then = there.lines[len(here.lines)] if target.back else None
    before = [*(line.schema for line in target.back[1:]), here.lines[-1].schema]
    for revision, (move, schema) in enumerate(zip(target.back, before, strict=False), here.revision + 1):
        assert then is not None
        author = _author(conn, then.author, kinds)
        conn.execute(
            _LINE,
            (then.time, number, author, schemas[schema], revision, "undo", move.id, move.inverse, move.edits),
        )


def _put_lines(
    conn: sqlite3.Connection,
    number: int,
    target: Target,
    there: Stem,
    schemas: dict[str, int],
    kinds: dict[str, Kind],
) -> None:
    """Append the entries that are missing here."""
    here = target.here
    ids = [line.id for line in here.lines] if here else []
    revision = here.revision + len(target.back) if here else there.revision - len(there.lines)
    authors: dict[str, int] = {}
    for line in there.lines[len(ids) :]:
        if line.author not in authors:
            authors[line.author] = _author(conn, line.author, kinds)
        revision += 1
        of = None if line.of is None else ids[line.of]
        cursor = conn.execute(
            _LINE,
            (
                *(line.time, number, authors[line.author], schemas[line.schema], revision, line.kind, of),
                *(line.edits, line.inverse),
            ),
        )
        ids.append(int(cursor.lastrowid or 0))


def _author(conn: sqlite3.Connection, name: str, kinds: dict[str, Kind]) -> int:
    row = conn.execute("SELECT id FROM annotator WHERE name = ?", (name,)).fetchone()
    if row or kinds.get(name, "human") == "human":
        return int(row[0]) if row else author_id(conn, name)
    return annotator_id(conn, name, kinds.get(name))


def same_content(ours: Readable, here: Stem, layer: Layer) -> bool:
    """Say whether the layer here says the same as another, whatever their journals."""
    return content(says(ours, here)) == content(layer)
