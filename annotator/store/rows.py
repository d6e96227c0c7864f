"""Rows and values: how a span, a layer, an edit and a schema lie in the file.

Invariant: decoding what was encoded gives an equal value; JSON columns hold what `json_text` writes and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import msgspec

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus
from annotator.core.spans import Ref, Span
from annotator.errors import StoreError

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder()

SpanRow = tuple[str, int, int, str, str, str, str]
SPAN_COLUMNS = 'id, start, "end", label, attributes, note, source'


def json_text(value: Any) -> str:
    """Return a JSON value as text.

    Raises:
        ValueError, TypeError: If the value is no JSON, or holds half of a UTF-16 pair.
    """
    return _encode(value).decode()


def json_value(text: str) -> Any:
    """Return the JSON value that `json_text` wrote.

    Raises:
        StoreError: If the text is not JSON, so that something else wrote it.
    """
    try:
        return _decoder.decode(text)
    except msgspec.DecodeError as error:
        raise StoreError(f"the database holds a damaged value: {error}", hint="restore a backup") from error


def attributes_text(attributes: Mapping[str, Any]) -> str:
    """Return attributes as JSON; the common empty case without the encoder."""
    return json_text(dict(attributes)) if attributes else "{}"


def span_row(span: Span) -> SpanRow:
    """Return a span in the order of `SPAN_COLUMNS`."""
    return (
        span.id,
        span.start,
        span.end,
        span.label,
        attributes_text(span.attributes),
        span.note,
        span.source,
    )


def span_value(row: SpanRow) -> Span:
    """Return the span in a row of `SPAN_COLUMNS`."""
    id, start, end, label, attributes, note, source = row
    return Span(id, start, end, label, {} if attributes == "{}" else json_value(attributes), note, source)


class _SpanJson(TypedDict, total=False):
    id: str
    start: int
    end: int
    label: str
    attributes: dict[str, Any]
    note: str
    source: str


def _span_json(span: Span) -> _SpanJson:
    """Return a span as JSON for the journal; what is empty is left out, since there are millions of them."""
    data: _SpanJson = {"id": span.id, "start": span.start, "end": span.end, "label": span.label}
    if span.attributes:
        data["attributes"] = dict(span.attributes)
    if span.note:
        data["note"] = span.note
    if span.source:
        data["source"] = span.source
    return data


def _edit_json(edit: Edit) -> dict[str, Any]:
    match edit:
        case Add(span):
            return {"op": "add", "span": _span_json(span)}
        case Remove(ref):
            return {"op": "remove", "at": ref}
        case Change(ref, span):
            return {"op": "change", "at": ref, "span": _span_json(span)}
        case SetStatus(status):
            return {"op": "status", "value": status}
        case SetNote(note):
            return {"op": "note", "value": note}
        case SetAttribute(name, value):
            return {"op": "attribute", "name": name, "value": value}


def _edit_value(data: dict[str, Any]) -> Edit:
    match data["op"]:
        case "add":
            return Add(Span(**data["span"]))
        case "remove":
            return Remove(Ref(*data["at"]))
        case "change":
            return Change(Ref(*data["at"]), Span(**data["span"]))
        case "status":
            return SetStatus(data["value"])
        case "note":
            return SetNote(data["value"])
        case "attribute":
            return SetAttribute(data["name"], data["value"])
        case other:
            raise StoreError(f"the journal holds an unknown edit {other!r}", hint="open it with a newer version")


def edits_text(edits: Iterable[Edit]) -> str:
    """Return a batch of edits as the journal keeps it."""
    return json_text([_edit_json(edit) for edit in edits])


def edits_value(text: str) -> tuple[Edit, ...]:
    """Return the batch of edits that `edits_text` wrote."""
    return tuple(_edit_value(data) for data in json_value(text))
