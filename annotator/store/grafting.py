"""Layers of another file onto those of this one: the same, ahead, behind, or parted ways.

Invariant: a layer that is taken in has the very journal entries of the other file behind those that both have, and the
spans that replaying them gives; what is here is never changed in any other way.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Protocol

from annotator.core.layer import Kind, Layer, Status, sorted_spans
from annotator.core.replay import content, replayed
from annotator.core.spans import Span
from annotator.errors import AnnotatorError, StoreError
from annotator.store.layers import annotator_id
from annotator.store.rows import SPAN_COLUMNS, attributes_text, edits_value, json_object, span_row, span_value

Relation = Literal["same", "behind", "ahead", "parted"]
"""Of a layer elsewhere to the one here: it has the same entries, fewer, more, or others after those that both have."""

_SPAN: Final = "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Readable(Protocol):
    """What can be asked; a connection is."""

    def execute(self, sql: str, values: Any = ..., /) -> Any:
        """Run a query and return a cursor, or what can be asked as one."""


class Line(NamedTuple):
    """A journal entry without the numbers that differ from file to file.

    Args:
        time: When, in UTC.
        author: Who.
        kind: What the journal calls it.
        of: Which entry of the same layer it undoes or does again, counted from 0; None for none.
        edits: What was done, as the journal has it.
        inverse: What undoes it.
        schema: The digest of the schema it was made under.
        id: Its number in its own file.
    """

    time: str
    author: str
    kind: str
    of: int | None
    edits: str
    inverse: str
    schema: str
    id: int

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes it the same entry in two files; the same load is the same whenever it was done."""
        return (self.kind, self.author, self.edits, *(() if self.kind == "load" else (self.time, self.of)))


@dataclass(frozen=True, slots=True)
class Stem:
    """A layer with its journal, as one file has it.

    Args:
        number: Its number there.
        article: The article's number there.
        status: Its status.
        revision: Its revision.
        updated: When it was changed last.
        attributes: Its article-level attributes, as the file has them.
        note: Its note.
        schema: The digest of its schema.
        lines: Its journal.
    """

    number: int
    article: int
    status: Status
    revision: int
    updated: str
    attributes: str
    note: str
    schema: str
    lines: tuple[Line, ...]


def stem(conn: Readable, article: int, annotator: str) -> Stem | None:
    """Return an annotator's layer of an article with its journal, or None if there is none."""
    row = conn.execute(
        "SELECT l.id, l.article, l.status, l.revision, l.updated, l.attributes, l.note, s.digest FROM layer l "
        "JOIN annotator a ON a.id = l.annotator JOIN schema s ON s.id = l.schema WHERE l.article = ? AND a.name = ?",
        (article, annotator),
    ).fetchone()
    return None if row is None else Stem(*row[:8], _lines(conn, row[0]))  # type: ignore[call-arg]


def _lines(conn: Readable, layer: int) -> tuple[Line, ...]:
    rows = conn.execute(
        "SELECT j.id, j.time, a.name, j.kind, j.of, j.edits, j.inverse, s.digest FROM journal j "
        "JOIN annotator a ON a.id = j.annotator JOIN schema s ON s.id = j.schema WHERE j.layer = ? ORDER BY j.id",
        (layer,),
    ).fetchall()
    places: dict[int | None, int] = {row[0]: place for place, row in enumerate(rows)}
    # One that is about an entry of no layer, or of another, is damaged; -1 makes it differ from every other.
    return tuple(
        Line(time, author, kind, None if of is None else places.get(of, -1), edits, inverse, schema, id)
        for id, time, author, kind, of, edits, inverse, schema in rows
    )


def relation(here: Stem, there: Stem) -> tuple[Relation, int]:
    """Return how a layer elsewhere stands to the one here, and how many entries they have in common."""
    common = 0
    for one, other in zip(here.lines, there.lines, strict=False):
        if one.identity != other.identity:
            break
        common += 1
    if common == len(there.lines):
        return ("same" if common == len(here.lines) else "behind"), common
    return ("ahead" if common == len(here.lines) else "parted"), common


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
    """

    article: int
    annotator: str
    kind: Kind
    here: Stem | None = None


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
    number = _head(conn, target, owner, there, layer, schemas[there.schema], len(missing))
    _put_spans(conn, number, target, layer)
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


def _put_lines(
    conn: sqlite3.Connection,
    number: int,
    target: Target,
    there: Stem,
    schemas: dict[str, int],
    kinds: dict[str, Kind],
) -> None:
    """Append the entries that are missing here."""
    ids = [line.id for line in target.here.lines] if target.here else []
    revision = target.here.revision if target.here else there.revision - len(there.lines)
    authors: dict[str, int] = {}
    for line in there.lines[len(ids) :]:
        if line.author not in authors:
            row = conn.execute("SELECT id FROM annotator WHERE name = ?", (line.author,)).fetchone()
            authors[line.author] = row[0] if row else annotator_id(conn, line.author, kinds.get(line.author))
        revision += 1
        of = None if line.of is None else ids[line.of]
        cursor = conn.execute(
            "INSERT INTO journal (time, layer, annotator, schema, revision, kind, of, edits, inverse) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(line.time, number, authors[line.author], schemas[line.schema], revision, line.kind, of),
                *(line.edits, line.inverse),
            ),
        )
        ids.append(int(cursor.lastrowid or 0))


def same_content(ours: Readable, here: Stem, layer: Layer) -> bool:
    """Say whether the layer here says the same as another, whatever their journals."""
    return content(says(ours, here)) == content(layer)
