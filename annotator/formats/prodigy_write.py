"""Prodigy's JSON Lines, out: tasks with tokens that fit every span.

Invariant: what `prodigy.read` makes of a line is the record of which it was made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, BinaryIO, Final

import msgspec

from annotator.core.attributes import targets
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.formats.base import Loss, WriteOptions
from annotator.formats.linking import links_of

SAID: Final = {"reject": "rejected in Prodigy", "ignore": "ignored in Prodigy"}
"""What the note of a layer begins with whose task was decided so."""

_ON_TOP: Final = frozenset({"options", "config", "html", "image", "audio", "video", "path", "field_rows", "arg_spans"})
_MARKS: Final = "\u0300-\u036f\u064b-\u0652"  # combining marks, which are no letters to `re`
_PIECES: Final = re.compile(rf"([^\W_](?:[^\W_]|[{_MARKS}])*|.)[ ]?", re.DOTALL)


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
    edges = sorted(begins | ends)
    tokens: list[dict[str, Any]] = []
    at = 0
    for match in _PIECES.finditer(text):
        start, blank, stop = match.start(), match.end(1), match.end()
        while at < len(edges) and edges[at] <= start:
            at += 1
        if (at == len(edges) or edges[at] >= stop) and (blank == stop or stop not in ends):
            # Nearly all are like this: no edge within, and no span that ends with the blank.
            piece = {"text": match[1], "start": start, "end": blank, "id": len(tokens), "ws": blank < stop}
            tokens.append(piece)
            continue
        cuts = [start]
        while at < len(edges) and edges[at] < stop:
            cuts.append(edges[at])
            at += 1
        spaced = blank < stop and blank not in begins and stop not in ends
        if blank > cuts[-1]:
            cuts.append(blank)
        if stop > cuts[-1] and not spaced:
            cuts.append(stop)
        for one, two in pairwise(cuts):
            tokens.append({"text": text[one:two], "start": one, "end": two, "id": len(tokens), "ws": False})
        tokens[-1]["ws"] = spaced
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
        found["answer"] = "reject" if layer.note.startswith(SAID["reject"]) else "ignore"
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
            for name in links_of(span, schema, by_id):
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
