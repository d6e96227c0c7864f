"""doccano's JSON Lines: one article a line, with label triples, or with entities and relations.

Invariant: a line is read whole or is one `Bad`.  doccano gives no words with its offsets, so offsets that count
something else than code points cannot be found out: the option `offsets` says so, and each is converted exactly.

What doccano does not know at the top of a line it keeps as metadata and exports again; whose a layer is, its status and
the article's attributes travel there.  Of a span there is a place for start, end and label only, and for links in the
layout `entities`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BufferedReader
from operator import lt
from typing import Any, BinaryIO, Final

import msgspec

from annotator.core.attributes import targets
from annotator.core.counting import count
from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions, WriteOptions
from annotator.formats.json_items import first_item, misfit, objects
from annotator.formats.linking import links_of
from annotator.formats.losing import Losses, shortened
from annotator.formats.quick_spans import Made, spans_of
from annotator.formats.sources import Source
from annotator.formats.units import Offsets, Unit


class _Entity(msgspec.Struct):
    start_offset: int
    end_offset: int
    label: str | int
    id: int | str | None = None
    user: int | str | None = None


class _Relation(msgspec.Struct):
    from_id: int | str
    to_id: int | str
    type: str


class _Line(msgspec.Struct):
    text: str | None = None
    data: str | None = None
    id: int | str | None = None
    title: str | None = None
    meta: dict[str, Any] | None = None
    label: Any = None
    labels: Any = None
    entities: Any = None
    relations: list[_Relation] | None = None
    cats: Any = None
    annotations: list[_Entity] | None = None
    comments: list[str] | None = msgspec.field(name="Comments", default=None)
    annotator: str = ""
    kind: str = "human"
    status: str = ""
    schema: str = ""
    attributes: dict[str, Any] = {}


_KNOWN: Final = frozenset(field.encode_name for field in msgspec.structs.fields(_Line))
_HINT: Final = "a label is [start, end, name], an entity has start_offset, end_offset and label"
_TRIPLE: Final = [int, int, str]
_LAYOUTS: Final = ("triples", "entities")
_EMPTY: Final = ("unread", "read")
_UNREAD: Final = "has no labels: taken as read by nobody; with --option empty=read its annotator found nothing in it"
_UNITS: Final = ("codepoints", "graphemes", "utf16")


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield what each line holds, one record a user; see `Reader`."""
    unit: Any = options.values.get("offsets", _UNITS[0])
    found_nothing = options.values.get("empty") == _EMPTY[1]
    yield from objects(
        stream,
        source,
        lambda value, where, number: _Reading(value, where, source, number, unit, found_nothing).records(),
        hint="each line holds one article, {…}",
    )


class _Reading:
    """One line on its way to records."""

    def __init__(
        self, data: dict[str, Any], where: str, source: Source, number: str, unit: Unit, found_nothing: bool
    ) -> None:
        self._data = data
        self._line = msgspec.convert(data, _Line)
        text = self._line.data if self._line.text is None else self._line.text
        if text is None:
            raise InputError("no field 'text'", hint="the field 'text' is required")
        self._text = text
        self._where = where
        self._key = str(self._line.id) if self._line.id not in (None, "") else source.key_of(number, text)
        self._offsets = Offsets(text, unit)
        self._unit = unit
        self._found_nothing = found_nothing
        self._losses = Losses(self._key, self._line.annotator)

    def records(self) -> list[Incoming]:
        """Return the article with each of its layers, or alone."""
        spans = self._triples()
        if spans is not None:
            return [self._incoming(self._line.annotator, spans, {})]
        entities, categories = self._labels()
        users = list(dict.fromkeys(entity.user for entity in entities)) or [None]
        found = []
        for user in users:
            name = self._line.annotator if user is None else str(user)
            own = [entity for entity in entities if entity.user == user]
            found.append(self._incoming(name, self._related(self._spans(own)), categories))
        return found

    def _triples(self) -> tuple[Span, ...] | None:
        """Return the spans of a line whose labels are triples of code points and nothing else; else None.

        That is what doccano writes for nearly every project, and a third of the time of label by label (measured).
        """
        line = self._line
        others = (line.labels, line.entities, line.relations, line.cats, line.annotations)
        if self._unit != _UNITS[0] or not line.label or any(other is not None for other in others):
            return None
        try:
            triples = msgspec.convert(line.label, list[tuple[int, int, str]])
        except msgspec.ValidationError:
            return None
        starts, ends, labels = zip(*triples, strict=True)
        if min(starts) < 0 or max(ends) > len(self._text) or not all(map(lt, starts, ends)):
            return None
        ids = [f"s{number}" for number in range(1, len(triples) + 1)]
        return spans_of([*map(Made, ids, starts, ends, labels)])

    def _incoming(self, annotator: str, spans: tuple[Span, ...], categories: dict[str, Any]) -> Incoming:
        line = self._line
        note = "\n".join(line.comments or ())
        attributes = {**categories, **line.attributes}
        layer: LayerRecord | None = None
        notes: tuple[str, ...] = ()
        empty = [] in (line.label, line.labels, line.entities)
        if spans or attributes or note or annotator or line.status or (empty and self._found_nothing):
            about = (line.kind, line.status or "open", line.schema)
            layer = LayerRecord(annotator, *about, attributes, note, spans)  # type: ignore[arg-type]  # checked by the gate
        elif empty:
            notes = (_UNREAD,)
        title = title_of(self._text) if line.title is None else line.title
        record = Record(self._where, self._key, title, self._text, self._meta(), layer)
        losses, self._losses.found = tuple(self._losses.found), []
        return Incoming(record, notes=notes, losses=losses, loose=True)

    def _labels(self) -> tuple[list[_Entity], dict[str, Any]]:
        """Return the labelled stretches and, as attributes, the labels of the whole."""
        entities = list(self._line.annotations or ())
        categories: dict[str, Any] = {}
        for name in ("label", "labels", "entities", "cats"):
            value = self._data.get(name)
            value = value if isinstance(value, list) or value is None else [value]
            for number, label in enumerate(value or (), 1):
                if isinstance(label, str | int) and not isinstance(label, bool) and name != "entities":
                    categories.setdefault(name, []).append(label)
                else:
                    entities.append(_entity(label, f"{name} {number}"))
        return entities, categories

    def _spans(self, entities: list[_Entity]) -> list[Span]:
        spans = []
        for number, entity in enumerate(entities, 1):
            place = self._offsets.span(entity.start_offset, entity.end_offset)
            if place is None:
                ends = f"{entity.start_offset}–{entity.end_offset}"
                length = f"the text has {count(len(self._text), 'code point')}"
                hint = "say what the offsets count with --option offsets=graphemes or utf16"
                raise InputError(f"span {ends} does not fit the text as {self._unit}; {length}", hint=hint)
            id = f"s{number}" if entity.id is None else str(entity.id)
            spans.append(Span(id, *place, str(entity.label)))
        return spans

    def _related(self, spans: list[Span]) -> tuple[Span, ...]:
        by_id = {span.id: at for at, span in enumerate(spans)}
        for relation in self._line.relations or ():
            at, to = by_id.get(str(relation.from_id)), str(relation.to_id)
            if at is None or to not in by_id:
                why = f"{relation.type} from {relation.from_id} to {to} does not join two spans of the layer"
                self._losses.whole("relation", why)
                continue
            old = spans[at].attributes.get(relation.type)
            value = to if old is None else [*targets(old), to]
            spans[at] = replace(spans[at], attributes={**spans[at].attributes, relation.type: value})
        return tuple(spans)

    def _meta(self) -> dict[str, Any]:
        meta = {name: value for name, value in self._data.items() if name not in _KNOWN}
        own = self._line.meta or {}
        for name in meta.keys() & own.keys():
            if meta[name] != own[name]:
                self._losses.whole("field twice", f"{name} = {shortened(meta[name])} was left out: meta has another")
        if self._line.text is not None and self._line.data is not None:
            meta["data"] = self._line.data
        return meta | own


def _entity(label: Any, where: str) -> _Entity:
    if type(label) is list and len(label) == 3 and [*map(type, label)] == _TRIPLE:
        return _Entity(*label)  # what nearly all are, in a quarter of the time
    try:
        if isinstance(label, list) and len(label) >= 3:
            label = dict(zip(("start_offset", "end_offset", "label"), label[:3], strict=True))
        return msgspec.convert(label, _Entity)
    except msgspec.ValidationError as error:
        bad = misfit(error, where)
        raise InputError(f"{where}: {bad.message}", hint=_HINT) from error


class DoccanoWriter:
    """Writes one line for each record; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._schema = options.schema
        self._entities = options.values.get("layout", _LAYOUTS[0]) == "entities"
        self._encode = msgspec.json.Encoder().encode

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one line."""
        line: dict[str, Any] = {"id": record.key, "text": record.text}
        layer = record.layer or LayerRecord("")
        losses = Losses(record.key, layer.annotator)
        ids = {span.id for span in layer.spans}
        if self._entities:
            numbers = {span.id: number for number, span in enumerate(layer.spans)}
            line["entities"] = [
                {"id": numbers[span.id], "start_offset": span.start, "end_offset": span.end, "label": span.label}
                for span in layer.spans
            ]
            line["relations"] = self._relations(layer, numbers, losses)
        else:
            line["label"] = [[span.start, span.end, span.label] for span in layer.spans]
        for span in layer.spans:
            if span.attributes or span.note or span.source:
                self._lost(span, ids, losses)
        if record.layer is not None:
            line["Comments"] = [layer.note] if layer.note else []
            about = {"annotator": layer.annotator, "kind": layer.kind, "status": layer.status}
            line |= about | {"schema": layer.schema, "attributes": dict(layer.attributes)}
        if record.title != title_of(record.text):
            line["title"] = record.title
        if record.meta:
            line["meta"] = dict(record.meta)
        self._file.write(self._encode(line) + b"\n")
        return losses.found

    def _relations(self, layer: LayerRecord, numbers: Mapping[str, int], losses: Losses) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for span in layer.spans:
            for name in links_of(span, self._schema, numbers):
                for id in targets(span.attributes[name]):
                    if id not in numbers:
                        losses.span(span, "link to nothing", f"{name} pointed to {id!r} and was left out")
                        continue
                    ends = {"from_id": numbers[span.id], "to_id": numbers[id]}
                    found.append({"id": len(found), **ends, "type": name})
        return found

    def _lost(self, span: Span, ids: Collection[str], losses: Losses) -> None:
        links = links_of(span, self._schema, ids)
        losses.values(span, {name: value for name, value in span.attributes.items() if name not in links})
        for name in links:
            if not self._entities:
                losses.span(span, "link", f"{name} was left out; --option layout=entities has a place for it")
        if span.note:
            losses.span(span, "note", f"the note {shortened(span.note)} was left out")
        if span.source:
            losses.span(span, "source", f"the source {shortened(span.source)} was left out")

    def close(self) -> None:
        """Do nothing: every line is written at once."""


def _sniff(head: bytes) -> int:
    item = first_item(head)
    if not isinstance(item, dict) or not ("text" in item or "data" in item):
        return 0
    entities = item.get("entities") or item.get("annotations")
    if isinstance(entities, list) and entities and isinstance(entities[0], dict) and "start_offset" in entities[0]:
        return 95
    label = item.get("label", item.get("labels"))
    if isinstance(label, list) and isinstance(item.get("text", item.get("data")), str):
        triple = bool(label) and isinstance(label[0], list) and len(label[0]) == 3 and isinstance(label[0][2], str)
        return 95 if triple or "Comments" in item else 70 if not label or isinstance(label[0], str) else 0
    return 90 if "Comments" in item else 0


def _shape(head: bytes) -> Mapping[str, str]:
    """Return the layout of entities for a file that has them as objects, as doccano writes them for relations."""
    item = first_item(head)
    entities = item.get("entities") if isinstance(item, dict) else None
    objects = isinstance(entities, list) and all(isinstance(entity, dict) for entity in entities)
    return {"layout": "entities"} if objects else {}


FORMAT: Final = Format(
    "doccano",
    "doccano's JSON Lines: label triples, or entities and relations",
    (".jsonl", ".json"),
    read=read,
    write=DoccanoWriter,
    sniff=_sniff,
    stdout=True,
    shape=_shape,
    options=(
        Option("offsets", "what the offsets of a file that is read count", _UNITS, side="read"),
        Option(
            "empty",
            "whether an article without labels is one in which its annotator found nothing",
            _EMPTY,
            side="read",
        ),
        Option(
            "layout", "what is written: label triples, or entities with relations for the links", _LAYOUTS, side="write"
        ),
    ),
)
