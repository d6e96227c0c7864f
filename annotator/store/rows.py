"""Rows and values: how a span, a layer, an edit and a schema lie in the file.

Invariant: decoding what was encoded gives an equal value; JSON columns hold what `json_text` writes and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypedDict

import msgspec

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus
from annotator.core.layer import sorted_spans
from annotator.core.spans import Ref, Span
from annotator.errors import EditError, StoreError

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder()
_start = itemgetter(2)  # of a `LeanSpanRow`
_more = itemgetter(5)

SpanRow = tuple[str, int, int, str, str, str, str]
LeanSpanRow = tuple[int, str, int, int, str, str | None]
"""A row of `LEAN_COLUMNS`: a layer's number, a span's id, start, end and label, and the rest as JSON, None if empty."""
SPAN_COLUMNS = 'id, start, "end", label, attributes, note, source'
# Most spans have nothing but a label; what three empty columns take shows at a million of them (a fifth, measured).
LEAN_COLUMNS = (
    'layer, id, start, "end", label, '
    "CASE WHEN attributes = '{}' AND note = '' AND source = '' THEN NULL ELSE json_array(attributes, note, source) END"
)


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


def json_object(text: str) -> dict[str, Any]:
    """Return the JSON object that `json_text` wrote.

    Raises:
        StoreError: If the text is anything else.
    """
    value = json_value(text)
    if not isinstance(value, dict):
        raise StoreError("the database holds a damaged value: no JSON object", hint="restore a backup")
    return value


def attributes_text(attributes: Mapping[str, Any]) -> str:
    """Return attributes as JSON; the common empty case without the encoder."""
    return json_text(dict(attributes)) if attributes else "{}"


def span_row(span: Span) -> SpanRow:
    """Return a span in the order of `SPAN_COLUMNS`."""
    return span_rows((span,))[0]


def span_rows(spans: Iterable[Span]) -> list[SpanRow]:
    """Return many spans in the order of `SPAN_COLUMNS`; written out, because a call for each takes twice as long."""
    return [
        (s.id, s.start, s.end, s.label, attributes_text(s.attributes) if s.attributes else "{}", s.note, s.source)
        for s in spans
    ]


def span_value(row: SpanRow) -> Span:
    """Return the span in a row of `SPAN_COLUMNS`."""
    id, start, end, label, attributes, note, source = row
    return Span(id, start, end, label, {} if attributes == "{}" else json_value(attributes), note, source)


class _LeanSpan(msgspec.Struct, array_like=True, gc=False):
    """What a `LeanSpanRow` is filled into, and a `Span` from: the last three are not in the row."""

    layer: int
    id: str
    start: int
    end: int
    label: str
    more: str | None
    attributes: Any = msgspec.field(default_factory=dict)
    note: str = ""
    source: str = ""


_decode_more = msgspec.json.Decoder(tuple[str, str, str]).decode


def span_values(rows: Iterable[LeanSpanRow]) -> tuple[Span, ...]:
    """Return the spans in these rows, sorted as a layer keeps them; half the time of one by one.

    Raises:
        StoreError: If a row holds what `span_row` never writes.
    """
    try:
        # msgspec fills both in C, where calling `Span` would cost more than all the rest (measured).
        ordered = sorted(rows, key=_start)
        found = msgspec.convert(ordered, list[_LeanSpan])
        if any(map(_more, ordered)):
            for row in found:
                if row.more is not None:
                    attributes, row.note, row.source = _decode_more(row.more)
                    row.attributes = json_value(attributes)
        return sorted_spans(msgspec.convert(found, tuple[Span, ...], from_attributes=True))
    except (msgspec.ValidationError, TypeError) as error:
        raise StoreError(f"the database holds a damaged span: {error}", hint="restore a backup") from error


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


def _edit_values(data: dict[str, Any]) -> Iterator[Edit]:
    match data["op"]:
        case "add":
            yield Add(Span(**data["span"]))
        case "add-all":
            yield from (Add(span_value(row)) for row in data["rows"])
        case "remove":
            yield Remove(Ref(*data["at"]))
        case "remove-all":
            yield from (Remove(Ref(*at)) for at in data["at"])
        case "change":
            yield Change(Ref(*data["at"]), Span(**data["span"]))
        case "status":
            yield SetStatus(data["value"])
        case "note":
            yield SetNote(data["value"])
        case "attribute":
            yield SetAttribute(data["name"], data["value"])
        case other:
            raise StoreError(f"the journal holds an unknown edit {other!r}", hint="open it with a newer version")


def edits_text(edits: Iterable[Edit]) -> str:
    """Return a batch of edits as the journal keeps it."""
    return json_text([_edit_json(edit) for edit in edits])


def added_text(rows: Sequence[SpanRow], then: Iterable[Edit]) -> str:
    """Return an `Add` of the span in each row, and the edits after them, as the journal keeps them.

    One edit a span would take as long to encode as all else that a load does (measured), and twice the room.
    """
    return json_text([{"op": "add-all", "rows": rows}, *map(_edit_json, then)])


def removed_text(first: Iterable[Edit], refs: Sequence[tuple[int, int, str]]) -> str:
    """Return edits, and after them a `Remove` of the span at each of these places, as the journal keeps them."""
    return json_text([*map(_edit_json, first), {"op": "remove-all", "at": refs}])


def edits_value(text: str) -> tuple[Edit, ...]:
    """Return the batch of edits that `edits_text`, `added_text` or `removed_text` wrote."""
    return tuple(edit for data in json_value(text) for edit in _edit_values(data))


def refuse_unsavable(edits: tuple[Edit, ...]) -> None:
    """Refuse values that the file would not give back as they are.

    Raises:
        EditError: If there is NaN, half of a UTF-16 pair or the like in the batch.
    """
    try:
        same = edits_value(edits_text(edits)) == edits
    except (UnicodeEncodeError, TypeError, OverflowError):
        same = False
    if not same:
        raise EditError("holds what cannot be saved", hint="take out broken characters, and numbers that are none")
