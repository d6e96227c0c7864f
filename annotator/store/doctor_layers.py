"""Articles against their digests, and layers against their journals.

Invariant: a layer is put right only where its journal is whole, that is, has an entry for every revision, each of which
fits onto the one before; and what a repair replaces is moved out first.
"""

from __future__ import annotations

import hashlib
import sqlite3
from array import array
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Final

from annotator.core.counting import count, named
from annotator.core.edits import Add, Change, Remove, apply_head
from annotator.core.layer import Layer
from annotator.core.spans import Span
from annotator.errors import AnnotatorError
from annotator.store.doctor_finding import Finding
from annotator.store.doctor_quick import whole_layers
from annotator.store.doctor_rows import Aside, move_out
from annotator.store.rows import SPAN_COLUMNS, attributes_text, edits_value, json_object, span_row, span_value

_CHUNK: Final = 500
_BEYOND: Final = 1 << 62  # stands for a revision that cannot be read: no journal can be said to reach it


class _Spans(dict[str, Span]):
    """The spans of a layer by id, as `apply_head` asks for them and as a batch leaves them."""

    def take_in(self, edits: tuple[Any, ...]) -> None:
        for edit in edits:
            if isinstance(edit, Remove | Change):
                self.pop(edit.ref.id, None)
            if isinstance(edit, Add | Change):
                self[edit.span.id] = edit.span


@dataclass(frozen=True, slots=True)
class Replay:
    """What the journal says about a layer.

    Args:
        head: The layer without its spans; the revision is that of the last entry.
        spans: By id.
        torn: Why the journal is not whole, "" if it is.
    """

    head: Layer
    spans: dict[str, Span]
    torn: str


def replay(conn: sqlite3.Connection, layer: int) -> Replay:
    """Read the journal of a layer from its first entry on, in the order of the entries, whatever their times say."""
    head, spans = Layer(0, "", ""), _Spans()
    rows = conn.execute("SELECT id, revision, edits FROM journal WHERE layer = ? ORDER BY id", (layer,))
    for number, revision, text in rows:
        if revision != head.revision + 1:
            torn = f"revision {head.revision + 1} is missing before entry {number}"
            return Replay(head, spans, torn)
        try:
            edits = edits_value(text)
            head = replace(apply_head(head, edits, spans=spans)[0], revision=revision)
        except AnnotatorError as error:
            return Replay(head, spans, f"entry {number} does not fit: {error.message}")
        except (TypeError, KeyError, ValueError):
            return Replay(head, spans, f"entry {number} cannot be read")
        spans.take_in(edits)
    return Replay(head, spans, "")


def numbers(conn: sqlite3.Connection, table: str) -> Iterator[int]:
    """Yield the numbers of the rows of a table, rising; rows may be changed meanwhile."""
    last = -(1 << 62)
    while found := conn.execute(
        f'SELECT id FROM "{table}" WHERE id > ? ORDER BY id LIMIT ?', (last, _CHUNK)
    ).fetchall():
        yield from (id for (id,) in found)
        last = found[-1][0]


def article_findings(conn: sqlite3.Connection, tell: Callable[[int], None]) -> Iterator[Finding]:
    """Yield what is wrong with the articles' texts and metadata."""
    for done, id in enumerate(numbers(conn, "article"), 1):
        tell(done)
        try:
            row = conn.execute(
                "SELECT key, digest, length, meta, CAST(text AS BLOB) FROM article WHERE id = ?", (id,)
            ).fetchone()
        except sqlite3.DatabaseError as error:
            yield Finding("unreadable", f"article number {id}", str(error))
            continue
        key, digest, length, meta, text = row
        where = f"article {key}"
        if hashlib.sha256(text).hexdigest() != digest:
            yield Finding("text-digest", where, "the text is not what was stored")
        elif len(text.decode("utf-8")) != length:
            what = f"the length kept is {length}, the text has {count(len(text.decode('utf-8')), 'code point')}"
            yield Finding("text-length", where, what, "set the length")
        try:
            json_object(meta)
        except (AnnotatorError, ValueError):
            yield Finding("value", where, "the metadata cannot be read")


def mend_lengths(conn: sqlite3.Connection) -> Iterator[str]:
    """Set the lengths of texts that are as they were stored, in the caller's transaction, and yield what was done."""
    for id in numbers(conn, "article"):
        key, digest, length, text = conn.execute(
            "SELECT key, digest, length, CAST(text AS BLOB) FROM article WHERE id = ?", (id,)
        ).fetchone()
        if hashlib.sha256(text).hexdigest() == digest and len(text.decode("utf-8")) != length:
            conn.execute("UPDATE article SET length = ? WHERE id = ?", (len(text.decode("utf-8")), id))
            yield f"set the length of article {key}"


@dataclass(frozen=True, slots=True)
class _Stored:
    """A layer as its rows have it."""

    id: int
    where: str
    head: Layer
    counted: int
    length: int | None
    spans: dict[str, Span]
    damaged: str


def _stored(conn: sqlite3.Connection, id: int) -> _Stored:
    row = conn.execute(
        "SELECT t.key, a.name, t.length, l.status, l.revision, l.spans, l.attributes, l.note, l.article, l.annotator "
        "FROM layer l LEFT JOIN article t ON t.id = l.article LEFT JOIN annotator a ON a.id = l.annotator "
        "WHERE l.id = ?",
        (id,),
    ).fetchone()
    key, name, length, status, revision, counted, attributes, note, article, annotator = row
    damaged, values, spans = "", {}, {}
    try:
        values = json_object(attributes)
        for found in conn.execute(f"SELECT {SPAN_COLUMNS} FROM span WHERE layer = ?", (id,)):
            spans[found[0]] = span = span_value(found)
            if not (isinstance(span.start, int) and isinstance(span.end, int) and isinstance(span.id, str)):
                raise TypeError(span)
            span.id.encode()
    except (AnnotatorError, TypeError, ValueError):  # noise that is no UTF-8, or of another type than the column's
        damaged = "holds a value that cannot be read"
        spans = {}
    where = f"{key or f'article number {article}'} · {name or f'annotator number {annotator}'}"
    if not isinstance(length, int):
        length = None  # the article's own finding
    if not isinstance(revision, int):
        damaged, revision = damaged or "its revision is no number", _BEYOND
    head = Layer(0, "", "", status, (), values, note, revision)
    return _Stored(id, where, head, counted, length, spans, damaged)


class _Known:
    """Numbers that rise, asked for by numbers that rise."""

    def __init__(self, numbers: Iterator[int]) -> None:
        self._numbers = numbers
        self._next = next(numbers, None)

    def __contains__(self, number: int) -> bool:
        while self._next is not None and self._next < number:
            self._next = next(self._numbers, None)
        return self._next == number


def layer_findings(conn: sqlite3.Connection, tell: Callable[[int], None]) -> Iterator[Finding]:
    """Yield what is wrong with the layers: offsets, counts, and what their journals say otherwise."""
    whole = _Known(whole_layers(conn))
    for done, id in enumerate(numbers(conn, "layer"), 1):
        tell(done)
        if id in whole:
            continue
        try:
            yield from _faults(conn, _stored(conn, id))
        except sqlite3.DatabaseError as error:
            yield Finding("unreadable", f"layer number {id}", str(error))


def _faults(conn: sqlite3.Connection, stored: _Stored) -> Iterator[Finding]:
    for span in stored.spans.values():
        if stored.length is not None and span.end > stored.length:
            what = (
                f"span {span.id} at {span.start}–{span.end} ends after the text of {count(stored.length, 'code point')}"
            )
            yield Finding("offset", stored.where, what)
    said = replay(conn, stored.id)
    if not said.torn and said.head.revision < stored.head.revision:
        last, here = said.head.revision, stored.head.revision
        what = f"the layer has {here}" if here != _BEYOND else "and which the layer has cannot be read"
        said = replace(said, torn=f"it ends at revision {last}, {what}")
    if said.torn:
        yield Finding("journal", stored.where, f"the journal is not whole: {said.torn}")
        if stored.damaged:
            yield Finding("value", stored.where, stored.damaged)
        if stored.counted != len(stored.spans) and not stored.damaged:
            what = f"{stored.counted} {named(stored.counted, 'span')} counted, {len(stored.spans):,} there"
            yield Finding("count", stored.where, what, "count them anew")
        return
    other = differences(stored, said)
    if other:
        yield Finding("replay", stored.where, f"not what the journal says: {other}", "set it from the journal")


def differences(stored: _Stored, said: Replay) -> str:
    """Return in words how a layer's rows differ from what its journal says, "" if they do not."""
    found = [stored.damaged] if stored.damaged else []
    lost = sum(id not in stored.spans for id in said.spans)
    more = sum(id not in said.spans for id in stored.spans)
    other = sum(id in said.spans and said.spans[id] != span for id, span in stored.spans.items())
    counts = ", ".join(f"{n} {word}" for n, word in ((lost, "missing"), (more, "too many"), (other, "changed")) if n)
    found += [f"spans: {counts}"] if counts else []
    one, two = stored.head, said.head
    if one.revision != two.revision:
        found.append(f"revision {one.revision} instead of {two.revision}")
    found += [name for name in ("status", "note") if getattr(one, name) != getattr(two, name)]
    if dict(one.attributes) != dict(two.attributes):
        found.append("attributes")
    if stored.counted != len(said.spans):
        found.append(f"{stored.counted} {named(stored.counted, 'span')} counted instead of {len(said.spans)}")
    return ", ".join(found)


def mend_layers(conn: sqlite3.Connection, aside: Aside) -> Iterator[str]:
    """Set layers from their journals where these are whole, in the caller's transaction, and yield what was done."""
    for id in _odd(conn):
        stored, said = _stored(conn, id), replay(conn, id)
        if said.torn or said.head.revision < stored.head.revision:
            # The rows are all there is: they stay, and only what they add up to is counted.
            if not stored.damaged and stored.counted != len(stored.spans):
                conn.execute("UPDATE layer SET spans = ? WHERE id = ?", (len(stored.spans), id))
                yield f"counted the spans of {stored.where}"
            continue
        other = differences(stored, said)
        if other:
            _set(conn, aside, stored, said, why=f"the journal of {stored.where} says otherwise: {other}")
            yield f"set {stored.where} from the journal: {other}"


def _odd(conn: sqlite3.Connection) -> array[int]:
    """Return the layers that may not be what their journals say: a list, since they are written while it is read."""
    with closing(whole_layers(conn)) as found:
        whole = _Known(found)
        return array("q", (id for id in numbers(conn, "layer") if id not in whole))


def _set(conn: sqlite3.Connection, aside: Aside, stored: _Stored, said: Replay, *, why: str) -> None:
    id = stored.id
    cursor = conn.execute("SELECT * FROM layer WHERE id = ?", (id,))
    names = [column[0] for column in cursor.description]
    aside.put("layer", dict(zip(names, cursor.fetchone(), strict=True)), why=why)
    if stored.damaged:
        move_out(conn, aside, "span", "layer = ?", (id,), why=why)
        kept: dict[str, Span] = {}
    else:
        kept = {name: span for name, span in stored.spans.items() if said.spans.get(name) == span}
        for name in stored.spans.keys() - kept.keys():
            move_out(conn, aside, "span", "layer = ? AND id = ?", (id, name), why=why)
    rows = [(id, *span_row(span)) for name, span in said.spans.items() if name not in kept]
    conn.executemany("INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    head = said.head
    conn.execute(
        "UPDATE layer SET status = ?, revision = ?, spans = ?, attributes = ?, note = ? WHERE id = ?",
        (head.status, head.revision, len(said.spans), attributes_text(head.attributes), head.note, id),
    )
