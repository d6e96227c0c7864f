"""One row of a Hugging Face data set as a record.

Invariant: a row of `annotator` gives the record that it was made from; a row of others is read by the names that are
common for its columns, and every column that has no place of its own is kept in `meta`.  A number stands for a label
only where the file, or the person, says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from annotator.core.counting import count
from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.alignment import OUTSIDE, chunks, places_of
from annotator.formats.base import Incoming
from annotator.formats.json_items import misfit
from annotator.formats.sources import Source

TEXT: Final = ("text", "sentence", "document")
TOKENS: Final = ("tokens", "words")
TAGS: Final = ("ner_tags", "tags", "ner", "labels")
SPANS: Final = ("spans", "entities")
_NAMES_HINT: Final = "say what the numbers stand for with --option names=O,B-PER,I-PER,…"


class Names(NamedTuple):
    """What numbers stand for: tags of tokens and labels of spans."""

    tags: Sequence[str] = ()
    labels: Sequence[str] = ()


class _SpanRow(msgspec.Struct, gc=False):
    start: int
    end: int
    label: str | int
    id: str | int | None = None
    text: str | None = None
    attributes: str | dict[str, Any] | None = None
    note: str | None = None
    source: str | None = None


class _Row(msgspec.Struct):
    text: str | None = None
    id: str | int | None = None
    title: str | None = None
    meta: str | dict[str, Any] | None = None
    annotator: str | None = None
    kind: str | None = None
    status: str | None = None
    schema: str | None = None
    attributes: str | dict[str, Any] | None = None
    note: str | None = None
    tokens: list[str] | None = None
    token_starts: list[int] | None = None
    ner_tags: list[str | int] | None = None
    spans: list[_SpanRow] | None = None


_FIELDS: Final = frozenset(_Row.__struct_fields__)
_OF_LAYER: Final = frozenset({"annotator", "kind", "status", "schema", "attributes", "note"})
_SPAN_FIELDS: Final = frozenset(_SpanRow.__struct_fields__)


def incoming(value: Any, names: Names, source: Source, number: int | str, place: str = "") -> Incoming | Bad:
    """Return a row as a record.

    Args:
        value: The row.
        names: What numbers stand for.
        source: Where it is from.
        number: Its line, or its place among the rows.
        place: The same for messages, if that is another.
    """
    where = f"{source.name}:{place or number}"
    if not isinstance(value, dict):
        return Bad(where, "is not a JSON object", "each row is one object, {…}")
    try:
        fields, rest, extras = _fields(value)
        row = msgspec.convert(fields, _Row)
        text, notes = _text(row)
        layer = _layer(row, extras, names, text)
        # Through JSON, because Arrow knows more than the store keeps: dates, decimals, bytes.
        meta = {**(msgspec.json.decode(msgspec.json.encode(rest)) if rest else {}), **_object(row.meta)}
    except msgspec.ValidationError as error:
        return misfit(error, where)
    except InputError as error:
        return Bad(where, error.message, error.hint)
    except (msgspec.MsgspecError, UnicodeEncodeError, TypeError, RecursionError) as error:
        return Bad(where, f"holds what is not JSON: {str(error)[:200]}", "take that column out")
    key = source.key_of(number, text) if row.id is None or row.id == "" else str(row.id)
    title = title_of(text) if row.title is None else row.title
    surfaces = [span.text for span in row.spans or ()]
    return Incoming(Record(where, key, title, text, meta, layer), surfaces, notes, loose=any(extras))


def _fields(value: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """Return the fields that have a place under their own names, the others, and the others of each span."""
    fields = dict(value)
    for name, others in (("text", TEXT), ("tokens", TOKENS), ("ner_tags", TAGS), ("spans", SPANS)):
        found = next((other for other in others if fields.get(other) is not None), None)
        if found is not None and found != name and (name != "ner_tags" or fields.get("tokens") is not None):
            fields[name] = fields.pop(found)
    if "spans" in value and value["spans"] is None and "token_starts" in value:
        fields["ner_tags"] = None  # an article of `annotator` that nobody has read
    known = _FIELDS if "annotator" in value else _FIELDS - _OF_LAYER
    rest = {name: fields.pop(name) for name in list(fields) if name not in known}
    if isinstance(fields.get("meta"), str) and not fields["meta"].lstrip().startswith("{"):
        rest["meta"] = fields.pop("meta")
    spans = fields.get("spans")
    if isinstance(spans, dict) and _even(spans.values()):
        # A list for each field, as `datasets` gave it before version 4.
        fields["spans"] = spans = [dict(zip(spans, row, strict=True)) for row in zip(*spans.values(), strict=True)]
    return fields, rest, [_extra(span) for span in spans] if isinstance(spans, list) else []


def _even(columns: Iterable[Any]) -> bool:
    """Say whether these are lists of one length."""
    lengths = {len(column) if isinstance(column, list) else -1 for column in columns}
    return len(lengths) == 1 and lengths != {-1}


def _extra(span: Any) -> dict[str, Any]:
    """Return what a span has besides the fields that have a place."""
    if not isinstance(span, dict) or _SPAN_FIELDS.issuperset(span):
        return {}
    return {name: span[name] for name in span if name not in _SPAN_FIELDS}


def _object(value: str | dict[str, Any] | None) -> dict[str, Any]:
    if isinstance(value, str):
        return msgspec.json.decode(value, type=dict[str, Any]) if value and value != "{}" else {}
    return value or {}


def _text(row: _Row) -> tuple[str, tuple[str, ...]]:
    if row.text is not None:
        return row.text, ()
    if row.tokens is None:
        raise InputError("no field 'text'", hint="a row needs a text, or tokens")
    return " ".join(row.tokens), ("there is no text: tokens were joined with blanks",)


def _layer(row: _Row, extras: list[dict[str, Any]], names: Names, text: str) -> LayerRecord | None:
    tags = row.ner_tags
    unread = tags is not None and all(isinstance(tag, int) and tag < 0 for tag in tags)  # as in test data
    if row.spans is not None:
        spans = tuple(_spans(row.spans, extras, names.labels))
    elif tags is not None and not unread:
        spans = tuple(_tagged(row, tags, names.tags, text))
    elif not row.annotator:
        return None
    else:
        spans = ()
    return LayerRecord(
        row.annotator or "",
        row.kind or "human",  # type: ignore[arg-type]  # checked by the gate
        row.status or "open",  # type: ignore[arg-type]
        row.schema or "",
        _object(row.attributes),
        row.note or "",
        spans,
    )


def _spans(rows: list[_SpanRow], extras: list[dict[str, Any]], names: Sequence[str]) -> Iterator[Span]:
    taken = {str(row.id) for row in rows if row.id not in (None, "")}
    free = (id for n in range(1, 2 * len(rows) + 2) if (id := f"s{n}") not in taken)
    for row, extra in zip(rows, extras, strict=True):
        id = next(free) if row.id in (None, "") else str(row.id)
        attributes = _object(row.attributes)
        attributes = {**extra, **attributes} if extra else attributes
        label = row.label if isinstance(row.label, str) else _named(row.label, names)
        yield Span(id, row.start, row.end, label, attributes, row.note or "", row.source or "")


def _named(number: int, names: Sequence[str]) -> str:
    if not 0 <= number < len(names):
        what = "names no labels" if not names else f"names {count(len(names), 'label')}"
        raise InputError(f"label {str(number)[:20]} has no name: the file {what}", hint=_NAMES_HINT)
    return names[number]


def _tagged(row: _Row, tags: Sequence[str | int], names: Sequence[str], text: str) -> Iterator[Span]:
    words = row.tokens
    if words is None or len(words) != len(tags):
        found = "no tokens" if words is None else count(len(words), "token")
        raise InputError(f"{count(len(tags), 'tag')} for {found}", hint="every token has one tag")
    starts = places_of(words, text, row.token_starts or ())
    named = [tag if isinstance(tag, str) else OUTSIDE if tag < 0 else _named(tag, names) for tag in tags]
    for number, (first, last, label) in enumerate(chunks(named), 1):
        yield Span(f"s{number}", starts[first], starts[last - 1] + len(words[last - 1]), label)
