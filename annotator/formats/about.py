"""What a document says about itself in formats that have a place for data of others, so that reading back is exact.

Invariant: `user_data` holds everything of a record but its text, as plain data; what is read is not trusted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.formats.quick_spans import Made


class SpanData(Made, gc=False):
    """What a document says about one of its spans."""

    @property
    def span(self) -> Span:
        """The span that it is about."""
        return Span(self.id, self.start, self.end, self.label, self.attributes, self.note, self.source)


class Data(msgspec.Struct):
    """What a document says about itself; see `user_data`."""

    key: str | int = ""
    title: str | None = None
    annotator: str = ""
    kind: str = "human"
    status: str = "open"
    schema: str = ""
    meta: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    note: str = ""
    spans: list[SpanData] = []

    def record(self, where: str, key: str, text: str, spans: Sequence[Span]) -> Record:
        """Return the record of a document.

        Args:
            where: Its place, for messages.
            key: What it is called if it does not say.
            text: Its text.
            spans: Its spans.
        """
        layer = None
        if spans or self.annotator:
            words = (self.kind, self.status, self.schema, self.attributes, self.note)
            layer = LayerRecord(self.annotator, *words, tuple(spans))  # type: ignore[arg-type]  # checked by the gate
        title = title_of(text) if self.title is None else self.title
        return Record(where, str(self.key) or key, title, text, self.meta, layer)


def read_data(values: Mapping[str, Any]) -> Data:
    """Return what a document says about itself.

    Raises:
        msgspec.DecodeError, TypeError, ValueError, RecursionError: If it is not what `user_data` gives.
    """
    # Through JSON, because MessagePack knows more than the store keeps: bytes, tuples, keys that are numbers.
    plain = {name: values[name] for name in Data.__struct_fields__ if name in values}
    return msgspec.json.decode(msgspec.json.encode(plain), type=Data)


def user_data(record: Record, layer: LayerRecord, kept: Sequence[Span]) -> dict[str, Any]:
    """Return what a document says about itself besides its text: the article, the layer, and the spans that it has."""
    return {
        "key": record.key,
        "title": record.title,
        "annotator": layer.annotator,
        "kind": layer.kind,
        "status": layer.status,
        "schema": layer.schema,
        "meta": dict(record.meta),
        "attributes": dict(layer.attributes),
        "note": layer.note,
        "spans": [
            {
                "id": span.id,
                "start": span.start,
                "end": span.end,
                "label": span.label,
                "attributes": dict(span.attributes),
                "note": span.note,
                "source": span.source,
            }
            for span in kept
        ],
    }
