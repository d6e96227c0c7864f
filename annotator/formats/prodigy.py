"""Prodigy's JSON Lines: one task a line, as `db-out` writes and `db-in` reads them.

Invariant: what is written comes back equal.  Tokens are made anew on writing, and every span begins and ends with one:
a word, a number or a single other character is a token, and so is each part of one that a span's edge divides; a single
blank is none but the `ws` of the token before it, unless a span begins or ends with it.

The decision of a task is the layer's status: "accept" is done, none is open, "reject" and "ignore" are flagged and say
so in the layer's note.  Relations are links of the head to the child.  Fields of Prodigy's own that are about the task
(`_input_hash`, `options`, …) are kept in the article's `meta` and stand at the top again when they are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BufferedReader
from typing import Any, Final

import msgspec

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, ReadOptions
from annotator.formats.json_items import first_item, objects
from annotator.formats.losing import Losses, shortened
from annotator.formats.prodigy_write import SAID, ProdigyWriter, view_of
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
_ANSWERS: Final = {"accept": "done", "reject": "flagged", "ignore": "flagged"}


def read(stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield what each task holds; see `Reader`."""
    yield from objects(
        stream,
        source,
        lambda value, where, number: [_Reading(value, where, source, number).incoming()],
        hint="each line holds one task, {…}",
    )


class _Reading:
    """One task on its way to a record."""

    def __init__(self, data: dict[str, Any], where: str, source: Source, number: str) -> None:
        self._data = data
        self._task = msgspec.convert(data, _Task)
        self._where = where
        key = self._task.id if self._task.id not in (None, "") else source.key_of(number, self._task.text)
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
        said = SAID.get(task.answer or "")
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


def _is_doc(item: dict[str, Any]) -> bool:
    """Say whether an object is a spaCy document, whose spans are in groups and whose tokens have no words."""
    tokens = item.get("tokens")
    first = tokens[0] if isinstance(tokens, list) and tokens else None
    bare = isinstance(first, dict) and "text" not in first
    return bare or isinstance(item.get("ents"), list) or isinstance(item.get("spans"), dict)


def _sniff(head: bytes) -> int:
    item = first_item(head)
    if not isinstance(item, dict) or "annotations" in item or "data" in item or _is_doc(item):
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
