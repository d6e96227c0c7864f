"""Label Studio's JSON, out: tasks that it imports.

Invariant: all layers of an article are one task; what is written comes back equal.  Choices, texts and numbers of a
span are results of its region, as the labelling interface that `annotator schema config labelstudio` prints has
controls for them; links are relations; layers of models are predictions.  Whose an annotation is stands in a field
`annotator` of it, which Label Studio passes over: it refuses the addresses of people whom it does not know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

import msgspec

from annotator.core.attributes import COUNT_NUMBERS, COUNT_WORDS, targets
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Attribute, Choice, Choices, Flag, Schema
from annotator.core.spans import Span
from annotator.formats.base import Loss, WriteOptions
from annotator.formats.labelstudio_regions import WHOLE
from annotator.formats.linking import LIST_OF_ONE, attributes_of, links_of, lone
from annotator.formats.losing import Losses, called, shortened

USERS: Final = ("none", "emails")
LABEL: Final = "label"
TEXT: Final = "text"


class LabelStudioWriter:
    """Writes one task for each article; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._schema = options.schema
        self._emails = options.values.get("users", USERS[0]) == "emails"
        self._encode = msgspec.json.Encoder().encode
        self._records: list[Record] = []
        self._first = True

    def write(self, record: Record) -> Sequence[Loss]:
        """Take one record; the task is written when the next article comes."""
        if self._records and self._records[-1].key != record.key:
            self._flush()
        self._records.append(record)
        return () if record.layer is None else _lost(record, record.layer, self._schema)

    def close(self) -> None:
        """Write the last task and the end of the array."""
        if self._records:
            self._flush()
        self._file.write(b"[]\n" if self._first else b"\n]\n")

    def _flush(self) -> None:
        record = self._records[0]
        data: dict[str, Any] = {TEXT: record.text, "id": record.key, "title": record.title}
        if record.meta:
            data["meta"] = dict(record.meta)
        layers = [one.layer for one in self._records if one.layer is not None]
        task: dict[str, Any] = {"data": data}
        task["annotations"] = [self._annotation(record.text, layer) for layer in layers if layer.kind != "model"]
        task["predictions"] = [self._prediction(record.text, layer) for layer in layers if layer.kind == "model"]
        self._file.write((b"[\n" if self._first else b",\n") + self._encode(task))
        self._first = False
        self._records.clear()

    def _annotation(self, text: str, layer: LayerRecord) -> dict[str, Any]:
        found: dict[str, Any] = {"ground_truth": layer.kind == "gold", "was_cancelled": False}
        if self._emails and "@" in layer.annotator:
            found["completed_by"] = {"email": layer.annotator}
        return found | self._said(text, layer)

    def _prediction(self, text: str, layer: LayerRecord) -> dict[str, Any]:
        return {"model_version": layer.annotator} | self._said(text, layer)

    def _said(self, text: str, layer: LayerRecord) -> dict[str, Any]:
        about = {"name": layer.annotator, "kind": layer.kind, "status": layer.status}
        more = {"schema": layer.schema, "note": layer.note}
        own = about | {name: value for name, value in more.items() if value}
        return {"annotator": own, "result": [*results_of(text, layer, self._schema)]}


class _Place(msgspec.Struct, gc=False):
    start: int
    end: int
    text: str
    labels: tuple[str]


class _Plain(msgspec.Struct, gc=False):
    """The region of a span that has nothing but a label, as most have: a third of the time of the dicts (measured)."""

    id: str
    to_name: str
    origin: str
    from_name: str
    type: str
    value: _Place


def results_of(text: str, layer: LayerRecord, schema: Schema | None) -> Iterator[dict[str, Any] | _Plain]:
    """Yield the results that say what a layer says: its regions, what is said of them, and relations.

    Args:
        text: The article's text.
        layer: The layer.
        schema: The schema of its labels, None where nobody knows it.
    """
    whole = schema.attributes if schema is not None else {}
    for name, value in layer.attributes.items():
        kind, content = _control(value, whole.get(name))
        yield {"from_name": f"{WHOLE}{name}", "to_name": TEXT, "type": kind, "value": content}
    rich = [span for span in layer.spans if span.attributes]
    ids = {span.id for span in layer.spans} if rich else set()
    for span in layer.spans:
        if span.attributes or span.note or span.source:
            yield from _region(text, span, ids, schema)
        else:
            start, end = span.start, span.end
            place = _Place(start, end, text[start:end], (span.label,))
            yield _Plain(span.id, TEXT, "manual", LABEL, "labels", place)
    for span in rich:
        for name in links_of(span, schema, ids):
            for to in targets(span.attributes[name]):
                if to in ids:
                    ends = {"from_id": span.id, "to_id": to}
                    yield {"type": "relation", **ends, "direction": "right", "labels": [name]}


def _region(text: str, span: Span, ids: Collection[str], schema: Schema | None) -> Iterator[dict[str, Any]]:
    place = {"start": span.start, "end": span.end, "text": span.surface(text)}
    origin = "prediction" if span.source else "manual"
    region = {"id": span.id, "to_name": TEXT, "origin": origin}
    labelled = {**region, "from_name": LABEL, "type": "labels", "value": {**place, "labels": [span.label]}}
    if span.note or span.source:
        meta = {"text": [span.note] if span.note else [], "source": span.source}
        labelled["meta"] = {name: value for name, value in meta.items() if value}
    yield labelled
    if not span.attributes:
        return
    known = attributes_of(span, schema)
    links = links_of(span, schema, ids)
    for name, value in span.attributes.items():
        if name not in links:
            kind, content = _control(value, known.get(name))
            yield {**region, "from_name": f"{span.label}.{name}", "type": kind, "value": {**place, **content}}


def _control(value: Any, attribute: Attribute | None) -> tuple[str, dict[str, Any]]:
    """Return the type of the control that holds a value, and what it holds."""
    if isinstance(value, bool):
        return "choices", {"choices": ["true" if value else "false"]}
    if isinstance(attribute, Choice | Choices | Flag) or _words(value):
        return "choices", {"choices": value if isinstance(value, list) else [value]}
    if isinstance(value, int | float):
        return "number", {"number": value}
    return "textarea", {"text": [value if isinstance(value, str) else msgspec.json.encode(value).decode()]}


def _words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _comes_back(value: Any) -> bool:
    """Say whether a value that no schema describes is read back as what it is."""
    count = isinstance(value, Mapping) and bool(value) and value.keys() <= {*COUNT_NUMBERS, *COUNT_WORDS}
    return count or isinstance(value, str | int | float) or _words(value)


def _lost(record: Record, layer: LayerRecord, schema: Schema | None) -> list[Loss]:
    """Return what of a layer comes back as something else: values of no known kind, and links to nothing."""
    losses = Losses(record.key, layer.annotator)
    rich = [span for span in layer.spans if span.attributes]
    ids = {span.id for span in layer.spans} if rich else set()
    whole = schema.attributes if schema is not None else {}
    for name, value in layer.attributes.items():
        if name not in whole and not _comes_back(value):
            losses.whole(called(name, "value as text"), f"{name} = {shortened(value)} was written as JSON in a text")
        elif lone(value, whole.get(name)):
            losses.whole(LIST_OF_ONE, f"{name} = {shortened(value)} is read back as one value without a schema")
    for span in rich:
        known, links = attributes_of(span, schema), links_of(span, schema, ids)
        for name, value in span.attributes.items():
            if lone(value, known.get(name)):
                losses.span(
                    span, LIST_OF_ONE, f"{name} = {shortened(value)} is read back as one value without a schema"
                )
            if name in links:
                for gone in [id for id in targets(value) if id not in ids]:
                    losses.span(span, "link to nothing", f"{name} pointed to {gone!r} and was left out")
            elif name not in known and not _comes_back(value):
                losses.span(span, "value as text", f"{name} = {shortened(value)} was written as JSON in a text")
    return losses.found
