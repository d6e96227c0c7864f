"""Native JSON Lines: one article and layer a line, everything there is, to the code point.

Invariant: what is written is read back equal: no text is normalised, no offset converted, no field left out; and the
same records always give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BufferedReader
from operator import attrgetter
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.formats.base import Format, Incoming, Loss, ReadOptions, WriteOptions
from annotator.formats.json_items import ITEM_LIMIT, broken, first_item, lines, misfit
from annotator.formats.losing import Losses, shortened
from annotator.formats.sources import Source


class _SpanLine(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    start: int
    end: int
    label: str
    id: str = ""
    text: str | None = None
    attributes: dict[str, Any] = {}
    note: str = ""
    source: str = ""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    id: str | int | None = None
    title: str | None = None
    meta: dict[str, Any] | None = None
    annotator: str | None = None
    kind: str | None = None
    status: str | None = None
    schema: str | None = None
    attributes: dict[str, Any] | None = None
    note: str | None = None
    spans: list[_SpanLine] | None = None


_FIELDS: Final = frozenset(_Line.__struct_fields__)
_SPAN_FIELDS: Final = frozenset(_SpanLine.__struct_fields__)
_SURFACE: Final = "surface"
"""What other tools call the words of a span."""
_id: Final = attrgetter("id")
_OWN: Final = frozenset({"annotator", "kind", "schema"})
_JSON: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*[\[{\"\]])")
_MARKS: Final = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x00\x00\xfe\xff", "UTF-32"))


def read(stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield what each line holds; see `Reader`.

    Only `text` is required.  Fields that the format does not know are kept in `meta`; those of spans are left out, each
    a `Loss`.
    """
    decode = msgspec.json.Decoder(_Line).decode
    whole = _not_lines(stream.peek(4096), source)
    if whole is not None:
        yield whole
        return
    for number, line in enumerate(lines(stream), 1):
        if line is None:
            yield Bad(f"{source.name}:{number}", f"is longer than {ITEM_LIMIT >> 20} MB", "give each article a line")
        elif not line.isspace():
            try:
                yield _incoming(decode(line), source, number)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                yield _second_look(line, error, source, number)


def _not_lines(head: bytes, source: Source) -> Bad | None:
    """Return what to say where the whole file is something else, so that it is said once and not for every line."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Bad(source.name, f"is {name}; JSON Lines must be UTF-8", "save it as UTF-8")
    if b"\x00" in head:
        return Bad(source.name, "is binary, not JSON Lines", "give a file with one JSON object on each line")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"[") or re.match(rb"\{[ \t\r]*\n", start):
        hint = "put each object on a line of its own, e.g. with `jq -c`"
        return Bad(source.name, "is one JSON document, not JSON Lines", hint)
    return None


def _incoming(line: _Line, source: Source, number: int) -> Incoming:
    key = source.key_of(number, line.text) if line.id is None or line.id == "" else str(line.id)
    title = title_of(line.text) if line.title is None else line.title
    spans = line.spans
    layer = None
    if line.annotator or spans is not None or line.attributes or line.note:
        layer = LayerRecord(
            line.annotator or "",
            line.kind or "human",  # type: ignore[arg-type]  # checked by `intake`, as all records are
            line.status or "open",  # type: ignore[arg-type]
            line.schema or "",
            line.attributes or {},
            line.note or "",
            _spans(spans or []),
        )
    record = Record(f"{source.name}:{number}", key, title, line.text, line.meta or {}, layer)
    return Incoming(record, [span.text for span in spans or ()])


def _spans(found: list[_SpanLine]) -> tuple[Span, ...]:
    # `convert` fills the frozen dataclasses in C, three times as fast as calling `Span` (measured).
    spans = msgspec.convert(found, tuple[Span, ...], from_attributes=True)
    if all(map(_id, spans)):
        return spans
    taken = {span.id for span in spans}
    free = (id for n in range(1, 2 * len(spans) + 1) if (id := f"s{n}") not in taken)
    return tuple(span if span.id else replace(span, id=next(free)) for span in spans)


def _second_look(line: bytes, error: Exception, source: Source, number: int) -> Incoming | Bad:
    """Read a line that is not quite native once more, slowly, or say what is wrong with it."""
    where = f"{source.name}:{number}"
    if not isinstance(error, msgspec.ValidationError):
        return broken(line, error, where)
    try:
        data = msgspec.json.decode(line)
        if not isinstance(data, dict):
            return Bad(where, "is not a JSON object", "each line holds one object, {…}")
        unknown = _move_unknown(data)
        found = _incoming(msgspec.convert(data, _Line), source, number)
        return replace(found, notes=unknown.notes, losses=_lost(found.record, unknown))
    except RecursionError as again:
        return _second_look(line, again, source, number)
    except (msgspec.DecodeError, UnicodeDecodeError) as again:
        return misfit(again, where)


class _Unknown(NamedTuple):
    """What became of fields that the format does not know: notes, and what was left out, of the article and of spans.

    The fields of spans come with the place of the span among those of its line.
    """

    notes: tuple[str, ...]
    own: Mapping[str, Any]
    spans: Sequence[tuple[int, str, Any]]


def _lost(record: Record, unknown: _Unknown) -> tuple[Loss, ...]:
    """Return what was left out of a record."""
    layer = record.layer
    losses = Losses(record.key, layer.annotator if layer is not None else "")
    for name, value in unknown.own.items():
        why = f"{shortened(name)} = {shortened(value)} is not part of the format, and meta has another one"
        losses.whole("field of the article", why)
    for place, name, value in unknown.spans:
        if layer is not None:
            why = f"{shortened(name)} = {shortened(value)} is not part of the format and was left out"
            losses.span(layer.spans[place], "field of a span", why)
    return tuple(losses.found)


def _move_unknown(data: dict[str, Any]) -> _Unknown:
    """Move fields that the format does not know into `meta`, take them out of spans, and return what became of them."""
    unknown = [name for name in data if name not in _FIELDS]
    kept = {name: data.pop(name) for name in unknown}
    meta = data.get("meta")
    twice: set[str] = set()
    if kept and (meta is None or isinstance(meta, dict)):
        twice = {name for name in kept if meta and name in meta and meta[name] != kept[name]}
        data["meta"] = {**kept, **(meta or {})}
    left_out: list[tuple[int, str, Any]] = []
    cased: list[str] = []
    spans = data.get("spans")
    for place, span in enumerate(spans if isinstance(spans, list) else ()):
        if isinstance(span, dict):
            if _SURFACE in span and span.get("text") is None and isinstance(span[_SURFACE], str):
                span["text"] = _compared(span.pop(_SURFACE), span, data, cased)
            strange = [name for name in span if name not in _SPAN_FIELDS]
            gone = [(place, name, span.pop(name)) for name in strange]
            left_out += [one for one in gone if one[2] is not None]
    notes = (
        *(f"field {name!r} is not part of the format and was kept in meta" for name in unknown if name not in twice),
        *(f"the words of a span have other capitals than the text: {words}" for words in cased),
    )
    return _Unknown(notes, {name: kept[name] for name in sorted(twice)}, left_out)


def _compared(surface: str, span: Mapping[str, Any], data: Mapping[str, Any], cased: list[str]) -> str:
    """Return the words that another tool gives for a span, so that they are compared like our own.

    Tools that look words up keep them as their list has them, in other capitals than the text; that is told, and the
    text's own words are taken.
    """
    text, start, end = data.get("text"), span.get("start"), span.get("end")
    if isinstance(text, str) and isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
        there = text[start:end]
        if there != surface and there.casefold() == surface.casefold():
            cased.append(f"{surface!r} for {there!r} at {start}–{end}")
            return there
    return surface


class JsonlWriter:
    """Writes native JSON Lines; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one line; nothing is ever lost."""
        self._file.write(self._encode(as_native(record)) + b"\n")
        return ()

    def close(self) -> None:
        """Do nothing: every line is written at once."""


def as_native(record: Record) -> dict[str, Any]:
    """Return a record as the object of its line, fields in the order of the format."""
    line: dict[str, Any] = {"id": record.key, "text": record.text, "title": record.title, "meta": _plain(record.meta)}
    layer = record.layer
    if layer is None:
        return line
    text = record.text
    line |= {
        "annotator": layer.annotator,
        "kind": layer.kind,
        "status": layer.status,
        "schema": layer.schema,
        "attributes": _plain(layer.attributes),
        "note": layer.note,
        "spans": [
            {
                "id": span.id,
                "start": span.start,
                "end": span.end,
                "label": span.label,
                "text": text[span.start : span.end],
                "attributes": span.attributes if type(span.attributes) is dict else dict(span.attributes),
                "note": span.note,
                "source": span.source,
            }
            for span in layer.spans
        ],
    }
    return line


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return values if isinstance(values, dict) else dict(values)


def _sniff(head: bytes) -> int:
    if not _JSON.match(head):  # an article may begin with "[Reuters]"
        return 0
    item = first_item(head)
    return 90 if isinstance(item, dict) and not _OWN.isdisjoint(item) and "text" in item else 60


FORMAT: Final = Format(
    "jsonl",
    "native JSON Lines, one article and layer a line; carries everything",
    (".jsonl", ".ndjson"),
    read=read,
    write=JsonlWriter,
    sniff=_sniff,
    stdout=True,
    single=False,
)
