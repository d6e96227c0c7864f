"""Layers that are what their journals say, told quickly.

Invariant: a layer is told only if the full comparison in `doctor_layers` would find nothing wrong with it; whatever is
odd in any way is not told, and has to be compared there.  Rows are read in the order in which they lie, as one stream
each of layers, spans and journal, so memory holds one layer at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any, Final

import msgspec

from annotator.core.layer import STATUSES
from annotator.errors import StoreError
from annotator.store.rows import SPAN_COLUMNS, json_object, json_value

_Row = tuple[str, int, int, str, str, str, str]
_At = tuple[int, int, str]
_Kept = tuple[int, int, str, dict[str, Any], str, str]
"""Start, end, label, attributes, note and source of a span."""

_LAYERS: Final = (
    "SELECT l.id, t.length, l.status, l.revision, l.spans, l.attributes, l.note "
    "FROM layer l LEFT JOIN article t ON t.id = l.article ORDER BY l.id"
)
_SPANS: Final = f"SELECT layer, {SPAN_COLUMNS} FROM span ORDER BY layer, id"
_ENTRIES: Final = "SELECT layer, revision, edits FROM journal ORDER BY layer, id"


class _Span(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    id: str
    start: int
    end: int
    label: str
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    note: str = ""
    source: str = ""


class _Add(msgspec.Struct, tag_field="op", tag="add", forbid_unknown_fields=True):
    span: _Span


class _AddAll(msgspec.Struct, tag_field="op", tag="add-all", forbid_unknown_fields=True):
    rows: list[_Row]


class _Remove(msgspec.Struct, tag_field="op", tag="remove", forbid_unknown_fields=True):
    at: _At


class _RemoveAll(msgspec.Struct, tag_field="op", tag="remove-all", forbid_unknown_fields=True):
    at: list[_At]


class _Change(msgspec.Struct, tag_field="op", tag="change", forbid_unknown_fields=True):
    at: _At
    span: _Span


class _Status(msgspec.Struct, tag_field="op", tag="status", forbid_unknown_fields=True):
    value: str


class _Note(msgspec.Struct, tag_field="op", tag="note", forbid_unknown_fields=True):
    value: str


class _Attribute(msgspec.Struct, tag_field="op", tag="attribute", forbid_unknown_fields=True):
    name: str
    value: Any


_Edit = _Add | _AddAll | _Remove | _RemoveAll | _Change | _Status | _Note | _Attribute


class _OddError(Exception):
    """Something is not as it should be, or not as this module knows it."""


class _State:
    """A layer as its journal makes it, in plain rows."""

    def __init__(self) -> None:
        self.spans: dict[str, _Kept] = {}
        self.status = "open"
        self.note = ""
        self.attributes: dict[str, Any] = {}

    def take_in(self, edit: _Edit) -> None:
        match edit:
            case _AddAll(rows):
                for row in rows:
                    self._put(row[0], _kept(row))
            case _Add(span):
                self._add(span)
            case _Remove(at):
                self._take(at)
            case _RemoveAll(at):
                for one in at:
                    self._take(one)
            case _Change(at, span):
                if at[2] != span.id:
                    raise _OddError
                self._take(at)
                self._add(span)
            case _Status(value):
                if value not in STATUSES:
                    raise _OddError
                self.status = value
            case _Note(value):
                self.note = value
            case _Attribute(name, None):
                self.attributes.pop(name, None)
            case _Attribute(name, value):
                self.attributes[name] = value

    def _add(self, span: _Span) -> None:
        self._put(span.id, (span.start, span.end, span.label, span.attributes, span.note, span.source))

    def _put(self, id: str, kept: _Kept) -> None:
        if id in self.spans or not 0 <= kept[0] < kept[1]:
            raise _OddError
        self.spans[id] = kept

    def _take(self, at: _At) -> None:
        kept = self.spans.pop(at[2], None)
        if kept is None or kept[:2] != at[:2]:
            raise _OddError


class _Stream:
    """The rows of a query by layer, of which each begins with the layer's number, in rising order."""

    def __init__(self, rows: Iterator[Any]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, layer: int) -> list[Any]:
        """Return the rows of a layer; those of layers before it are passed over."""
        found, row = [], self._next
        while row is not None and row[0] < layer:
            row = next(self._rows, None)
        while row is not None and row[0] == layer:
            found.append(row)
            row = next(self._rows, None)
        self._next = row
        return found


def batch_decoder() -> Callable[[str | bytes], list[Any]]:
    """Return what reads a batch of the journal as plain values; it raises ValueError for what it does not know."""
    return msgspec.json.Decoder(list[_Edit]).decode


def whole_layers(conn: sqlite3.Connection) -> Generator[int]:
    """Yield the numbers of layers that are what their journals say, rising; none any more once a row cannot be read.

    Nothing may be written before it is closed.
    """
    decode = batch_decoder()
    as_it_was = conn.text_factory
    conn.text_factory = str  # decodes in C; what is no UTF-8 is an error here, and looked at closely by others
    try:
        # SQLite errors, and TypeError where noise stands in the place of a number.
        with suppress(sqlite3.Error, TypeError, OverflowError, UnicodeError):
            layers = conn.execute(_LAYERS)
            spans, entries = _Stream(conn.execute(_SPANS)), _Stream(conn.execute(_ENTRIES))
            for layer in layers:
                found, journal = spans.of(layer[0]), entries.of(layer[0])
                try:
                    _compare(layer, found, [(revision, decode(edits)) for _, revision, edits in journal])
                except (_OddError, StoreError, msgspec.DecodeError, ValueError):
                    continue
                conn.text_factory = as_it_was
                yield layer[0]
                conn.text_factory = str
    finally:
        conn.text_factory = as_it_was


def _compare(layer: Any, spans: list[Any], journal: list[tuple[int, list[_Edit]]]) -> None:
    """Compare a layer's rows with its journal.

    Raises:
        _OddError, StoreError: If they differ, or there is something that may not be.
    """
    _, length, status, revision, counted, attributes, note = layer
    if [at for at, _ in journal] != [*range(1, revision + 1)] or counted != len(spans):
        raise _OddError
    if length is not None and any(row[3] > length for row in spans):
        raise _OddError
    state = _State()
    for _, edits in journal:
        for edit in edits:
            state.take_in(edit)
    same = (state.status, state.note, state.attributes) == (status, note, json_object(attributes))
    if not same or state.spans != {row[1]: _kept(row[1:]) for row in spans}:
        raise _OddError


def _kept(row: _Row) -> _Kept:
    _, start, end, label, attributes, note, source = row
    return start, end, label, {} if attributes == "{}" else json_value(attributes), note, source
