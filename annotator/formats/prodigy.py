"""Prodigy's JSON Lines: one task a line, as `db-out` writes and `db-in` reads them.

Invariant: what is written comes back equal.  Tokens are made anew on writing, and every span begins and ends with one:
a word, a number or a single other character is a token, and so is each part of one that a span's edge divides; a single
blank is none but the `ws` of the token before it, unless a span begins or ends with it.

The decision of a task is the layer's status: "accept" is done, none is open, "reject" and "ignore" are flagged and say
so in the layer's note.  Relations are links of the head to the child.  Fields of Prodigy's own that are about the task
(`_input_hash`, `options`, …) are kept in the article's `meta` and stand at the top again when they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BufferedReader
from itertools import pairwise
from typing import Any, BinaryIO, Final

import msgspec

from annotator.core.attributes import targets
from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, Loss, ReadOptions, WriteOptions
from annotator.formats.json_items import first_item, items, misfit
from annotator.formats.linking import links_of
from annotator.formats.losing import Losses, shortened
from annotator.formats.sources import Source


class _SpanLine(msgspec.Struct):
    start: int
    end: int
    label: str | None = None
    id: str | int = ""
    text: str | None = None
    token_start: int | None = None
    token_end: int | None = None
    attributes: dict[str, Any] = {}
    note: str = ""
    source: str | None = ""


class _End(msgspec.Struct):
    start: int = -1
    end: int = -1
    label: str | None = None


class _Relation(msgspec.Struct):
    head_span: _End = msgspec.field(default_factory=_End)
    child_span: _End = msgspec.field(default_factory=_End)
    label: str | None = None
    head_id: str = ""
    child_id: str = ""


class _Token(msgspec.Struct):
    text: str
    start: int


class _Task(msgspec.Struct):
    text: str
    id: str | int | None = None
    title: str | None = None
    meta: dict[str, Any] | None = None
    spans: list[dict[str, Any]] | None = None
    tokens: list[_Token] | None = None
    relations: list[_Relation] | None = None
    answer: str | None = None
    accept: list[Any] | None = None
    label: str | None = None
    kind: str = "human"
    status: str | None = None
    schema: str = ""
    attributes: dict[str, Any] = {}
    note: str = ""
    annotator_id: str | None = msgspec.field(name="_annotator_id", default=None)
    session_id: str | None = msgspec.field(name="_session_id", default=None)
    view_id: str | None = msgspec.field(name="_view_id", default=None)


_KNOWN: Final = frozenset(field.encode_name for field in msgspec.structs.fields(_Task))
_SPAN_KNOWN: Final = frozenset({*_SpanLine.__struct_fields__, "type", "color"})
_OWN: Final = ("tokens", "_input_hash", "_task_hash", "_view_id", "_session_id", "_annotator_id", "answer")
_ON_TOP: Final = frozenset({"options", "config", "html", "image", "audio", "video", "path", "field_rows", "arg_spans"})
_ANSWERS: Final = {"accept": "done", "reject": "flagged", "ignore": "flagged"}
_SAID: Final = {"reject": "rejected in Prodigy", "ignore": "ignored in Prodigy"}
_MARKS: Final = "\u0300-\u036f\u064b-\u0652"  # combining marks, which are no letters to `re`
_PIECES: Final = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*|.", re.DOTALL)


def read(stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield what each task holds; see `Reader`."""
    for item in items(stream, source):
        if isinstance(item, Bad):
            yield item
            continue
        where = f"{source.name}:{item.line}"
        if not isinstance(item.value, dict):
            yield Bad(where, "is not a JSON object", "each line holds one task, {…}")
            continue
        try:
            yield _Reading(item.value, where, source, item.line).incoming()
        except msgspec.ValidationError as error:
            yield misfit(error, where)
        except InputError as error:
            yield Bad(where, error.message, error.hint)


class _Reading:
    """One task on its way to a record."""

    def __init__(self, data: dict[str, Any], where: str, source: Source, line: int) -> None:
        self._data = data
        self._task = msgspec.convert(data, _Task)
        self._where = where
        key = self._task.id if self._task.id not in (None, "") else source.key_of(line, self._task.text)
        self._key = str(key)
        self._annotator = self._task.annotator_id or self._task.session_id or ""
        self._losses = Losses(self._key, self._annotator)
        self._surfaces: list[str | None] = []

    def incoming(self) -> Incoming:
        """Return the record with what it could not hold."""
        task = self._task
        spans = self._related(self._spans())
        title = title_of(task.text) if task.title is None else task.title
        layer = self._layer(spans)
        record = Record(self._where, self._key, title, task.text, self._meta(spans), layer)
        return Incoming(record, self._surfaces, losses=tuple(self._losses.found), loose=True)

    def _layer(self, spans: tuple[Span, ...]) -> LayerRecord | None:
        task = self._task
        if task.answer is not None and task.answer not in _ANSWERS:
            raise InputError(f"answer {task.answer!r} is unknown", hint=f"one of {', '.join(_ANSWERS)}")
        if not (spans or task.answer or task.status or self._annotator or task.attributes or task.note):
            return None
        attributes = dict(task.attributes)
        if task.accept is not None:
            attributes["accept"] = task.accept
        if task.label is not None:
            attributes["label"] = task.label
        said = _SAID.get(task.answer or "")
        status, note = task.status, task.note
        if status is None:
            status = _ANSWERS.get(task.answer or "", "open")
            note = "\n".join(filter(None, (said, note)))
        if said:
            self._losses.whole(f"answer {task.answer}", f"{said}: the layer is flagged, and its note says so")
        return LayerRecord(self._annotator, task.kind, status, task.schema, attributes, note, spans)  # type: ignore[arg-type]  # checked by the gate

    def _meta(self, spans: tuple[Span, ...]) -> dict[str, Any]:
        meta = {name: value for name, value in self._data.items() if name not in _KNOWN}
        own = self._task.meta or {}
        for name in meta.keys() & own.keys():
            if meta[name] != own[name]:
                self._losses.whole("field twice", f"{name} = {shortened(meta[name])} was left out: meta has another")
        meta |= own
        if self._task.session_id and self._task.session_id != self._annotator:
            meta["_session_id"] = self._task.session_id
        if self._task.view_id and self._task.view_id != view_of(spans, bool(self._task.relations)):
            meta["_view_id"] = self._task.view_id
        return meta

    def _spans(self) -> list[Span]:
        lines = [(data, msgspec.convert(data, _SpanLine)) for data in self._task.spans or ()]
        taken = {str(line.id) for _, line in lines}
        free = (id for n in range(1, 2 * len(lines) + 1) if (id := f"s{n}") not in taken)
        spans = []
        for data, line in lines:
            more = {name: value for name, value in data.items() if name not in _SPAN_KNOWN}
            if more.get("input_hash", self) == self._data.get("_input_hash"):
                del more["input_hash"]
            id = str(line.id) if line.id != "" else next(free)
            if not line.label:
                why = f"{line.start}–{line.end} has no label"
                self._losses.named(id, "span without a label", why, gone=True)
                continue
            self._check_tokens(line)
            attributes = {**more, **line.attributes}
            spans.append(Span(id, line.start, line.end, line.label, attributes, line.note, line.source or ""))
            self._surfaces.append(line.text)
        return spans

    def _check_tokens(self, line: _SpanLine) -> None:
        """Refuse a span whose token begins elsewhere or has other words: its offsets count something else."""
        tokens = self._task.tokens
        if tokens is None or line.token_start is None or line.text is not None:
            return
        if not 0 <= line.token_start < len(tokens):
            where = f"span {line.start}–{line.end}"
            raise InputError(f"{where}: there is no token {line.token_start}", hint="export the tasks again")
        token = tokens[line.token_start]
        found = self._task.text[token.start : token.start + len(token.text)]
        if token.start != line.start or found != token.text:
            place = f"token {line.token_start} is {token.text!r} at {token.start}, where the text has {found!r}"
            raise InputError(f"span {line.start}–{line.end}: its {place}", hint="offsets must count code points")

    def _related(self, spans: list[Span]) -> tuple[Span, ...]:
        """Return the spans with their relations as links."""
        if not self._task.relations:
            return tuple(spans)
        places = {(span.start, span.end, span.label): span.id for span in reversed(spans)}
        ids = {span.id for span in spans}
        links: dict[str, dict[str, list[str]]] = {}
        for relation in self._task.relations:
            ends = []
            for id, end in ((relation.head_id, relation.head_span), (relation.child_id, relation.child_span)):
                ends.append(id if id in ids else places.get((end.start, end.end, end.label or "")))
            head, child = ends
            name = relation.label or "related"
            if head is None or child is None:
                places_of = f"{relation.head_span.start} to {relation.child_span.start}"
                self._losses.whole("relation", f"{name} from {places_of} does not join two labelled spans")
                continue
            links.setdefault(head, {}).setdefault(name, []).append(child)
        found = []
        for span in spans:
            own = {name: ids if len(ids) > 1 else ids[0] for name, ids in links.get(span.id, {}).items()}
            found.append(replace(span, attributes={**span.attributes, **own}) if own else span)
        return tuple(found)


def view_of(spans: Sequence[Span], related: bool) -> str:
    """Return the name of Prodigy's interface that can show these spans."""
    if related:
        return "relations"
    order = sorted(spans, key=lambda span: span.key)
    return "spans_manual" if any(after.start < one.end for one, after in pairwise(order)) else "ner_manual"


def tokens_of(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Return Prodigy's tokens for a text, so cut that each span begins and ends with one.

    Args:
        text: The text.
        spans: The spans.
    """
    begins = {span.start for span in spans}
    ends = {span.end for span in spans}
    cuts = sorted({0, len(text), *begins, *ends, *(match.start() for match in _PIECES.finditer(text))})
    tokens: list[dict[str, Any]] = []
    for start, end in pairwise(cuts):
        piece = text[start:end]
        after = bool(tokens) and tokens[-1]["end"] == start and not tokens[-1]["ws"]
        if piece == " " and after and start not in begins and end not in ends:
            tokens[-1]["ws"] = True
        else:
            tokens.append({"text": piece, "start": start, "end": end, "id": len(tokens), "ws": False})
    return tokens


class ProdigyWriter:
    """Writes one task for each record; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._schema = options.schema
        self._encode = msgspec.json.Encoder().encode

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one line; nothing is ever lost."""
        layer = record.layer or LayerRecord("")
        tokens = tokens_of(record.text, layer.spans)
        spans = _Placed(record.text, layer.spans, tokens, self._schema)
        own = {"_view_id": view_of(layer.spans, bool(spans.relations)), "_session_id": layer.annotator or None}
        on_top = {name: value for name, value in record.meta.items() if _stands_on_top(name, value, own)}
        meta = {name: value for name, value in record.meta.items() if name not in on_top}
        line: dict[str, Any] = {"text": record.text, "id": record.key, "title": record.title, "meta": meta}
        line |= {"tokens": tokens, "spans": spans.lines}
        if spans.relations:
            line["relations"] = spans.relations
        line |= own | on_top
        if record.layer is not None:
            line |= _decided(layer, line)
        self._file.write(self._encode(line) + b"\n")
        return ()

    def close(self) -> None:
        """Do nothing: every line is written at once."""


def _stands_on_top(name: str, value: Any, own: Mapping[str, str | None]) -> bool:
    """Say whether an entry of an article's meta is a field of the task itself, one that is read back into meta."""
    if name in own:
        return isinstance(value, str) and value not in ("", own[name]) and own["_session_id"] is not None
    return name in _ON_TOP or (name.startswith("_") and name != "_annotator_id")


def _decided(layer: LayerRecord, line: Mapping[str, Any]) -> dict[str, Any]:
    """Return whose a task is and what became of it.

    Args:
        layer: The layer.
        line: The other fields of the task.
    """
    found: dict[str, Any] = {"_annotator_id": layer.annotator}
    attributes = dict(layer.attributes)
    if isinstance(attributes.get("accept"), list) and "options" in line:
        found["accept"] = attributes.pop("accept")
    if isinstance(attributes.get("label"), str):
        found["label"] = attributes.pop("label")
    if layer.status == "done":
        found["answer"] = "accept"
    elif layer.status == "flagged":
        found["answer"] = "reject" if layer.note.startswith(_SAID["reject"]) else "ignore"
    extra = {"attributes": attributes, "note": layer.note, "schema": layer.schema}
    found |= {name: value for name, value in extra.items() if value}
    return found | {"kind": layer.kind, "status": layer.status}


class _Placed:
    """A layer's spans on tokens, with the links between them as relations."""

    def __init__(
        self, text: str, spans: Sequence[Span], tokens: Sequence[Mapping[str, Any]], schema: Schema | None
    ) -> None:
        first = {token["start"]: token["id"] for token in tokens}
        last = {token["end"]: token["id"] for token in tokens}
        by_id = {span.id: span for span in spans}
        self.lines: list[dict[str, Any]] = []
        self.relations: list[dict[str, Any]] = []
        placed = {span.id: (first[span.start], last[span.end]) for span in spans}

        def end(span: Span) -> dict[str, Any]:
            start, stop = placed[span.id]
            place = {"start": span.start, "end": span.end, "token_start": start, "token_end": stop}
            return {**place, "label": span.label}

        for span in spans:
            kept = dict(span.attributes)
            for name in links_of(span, schema):
                ids = [*targets(kept[name])]
                if ids and all(id in by_id for id in ids):
                    del kept[name]
                    for id in ids:
                        joined = {"head": placed[span.id][1], "child": placed[id][1], "label": name}
                        ends = {"head_span": end(span), "child_span": end(by_id[id])}
                        self.relations.append({**joined, **ends, "head_id": span.id, "child_id": id})
            line = {**end(span), "id": span.id, "text": span.surface(text)}
            extra = {"attributes": kept, "note": span.note, "source": span.source}
            self.lines.append(line | {name: value for name, value in extra.items() if value})


def _sniff(head: bytes) -> int:
    item = first_item(head)
    if not isinstance(item, dict) or "annotations" in item or "data" in item:
        return 0
    return 95 if "text" in item and any(name in item for name in _OWN) else 0


FORMAT: Final = Format(
    "prodigy",
    "Prodigy's JSON Lines: tasks with spans, tokens, relations and answers",
    (".jsonl",),
    read=read,
    write=ProdigyWriter,
    sniff=_sniff,
    stdout=True,
    single=False,
)
