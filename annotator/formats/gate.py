"""The gate: what a record must be before it is stored.

Invariant: a record that passes fits its own text and the schema in full: offsets, surfaces, labels, attributes, link
targets, ids.  The first thing that is wrong with a record keeps all of it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import msgspec

from annotator.core.attributes import SETTLED, problem_with, targets
from annotator.core.layer import GOLD, KINDS, STATUSES, Kind
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Attribute, Link, Schema
from annotator.core.spans import Span, check_extent
from annotator.errors import InputError
from annotator.formats.base import Incoming

_DEEPEST = 100  # levels of a value; far beyond any use, and so far from what Python can walk that nothing fails later
_SHOWN = 40  # code points of a wrong surface that a message quotes


class Gate:
    """Checks records against a schema.

    Args:
        schema: The schema in force; None for none, so that any label will do.
        annotator: Whose all layers are to be, whatever the record says.
        kind: Of which kind, whatever the record says.
        named: Whether somebody must have made each layer, as always where there is a schema.

    Raises:
        InputError: If the annotator is no name.
    """

    def __init__(
        self,
        schema: Schema | None,
        *,
        annotator: str | None = None,
        kind: Kind | None = None,
        named: bool = False,
    ) -> None:
        self._schema = schema
        self._named = named or schema is not None
        self._annotator = annotator
        self._kind = kind
        self._labels = frozenset(schema.labels) if schema is not None else None
        self._encode = msgspec.json.Encoder().encode
        if annotator is not None:
            _check_name("annotator", annotator)

    def owner(self, layer: LayerRecord) -> str:
        """Return whose a layer is going to be."""
        return self._annotator or layer.annotator

    def admit(self, incoming: Incoming) -> tuple[Record, tuple[str, ...]]:
        """Return the record as it is to be stored, and what is worth knowing about it.

        Raises:
            InputError: If anything is wrong with it; says what, but not where, which the record knows.
        """
        record, notes = incoming.record, incoming.notes
        if not record.text or record.text.isspace():
            raise InputError("the text is empty", hint="an article needs at least one character that is not blank")
        _check_name("id", record.key)
        self._check_unicode(record)
        layer = record.layer
        if layer is None:
            return record, notes
        layer, more = self._attributed(layer)
        if layer is not None:
            self._check_spans(layer.spans, incoming.surfaces, record.text)
            if self._schema is not None:
                self._check_attributes(layer, self._schema)
        if layer is not record.layer:
            # Called as it is: `replace` takes ten times as long, and nearly every layer is put under the schema.
            record = Record(record.where, record.key, record.title, record.text, record.meta, layer)
        return record, (*notes, *more)

    def _check_unicode(self, record: Record) -> None:
        """Refuse what no UTF-8 file or no reader can carry; cheap, because nearly all text is well-formed."""
        layer = record.layer
        words: list[Any] = [record.title, record.meta]
        values = [record.meta]
        if layer is not None:
            words += [layer.note, layer.attributes, layer.annotator]
            values.append(layer.attributes)
            for s in layer.spans:
                if s.attributes or s.note or s.source:
                    words.append((s.id, s.note, s.source, s.attributes))
                    values.append(s.attributes)
        try:
            record.text.encode()  # a quarter of the time of JSON (measured)
            # Fewer brackets than levels are allowed cannot be too deep, and counting them is faster than walking.
            said = self._encode(words)
            if said.count(b"{") + said.count(b"[") > _DEEPEST:
                _check_depth(values)
        except RecursionError:
            _check_depth(values)
            raise
        except UnicodeEncodeError as error:
            at = f"lone surrogate U+{ord(error.object[error.start]):04X} at offset {error.start}"
            raise InputError(at, hint="half of a UTF-16 pair is not a character; export it again as UTF-8") from error

    def _attributed(self, layer: LayerRecord) -> tuple[LayerRecord | None, tuple[str, ...]]:
        """Return the layer with its annotator, kind and schema settled; None if there is nothing in it."""
        annotator = layer.annotator if self._annotator is None else self._annotator
        kind = layer.kind if self._kind is None else self._kind
        if not annotator and self._named:
            if not (layer.spans or layer.attributes or layer.note):
                return None, ()
            raise InputError("labels without an annotator", hint="say whose they are with --annotator NAME")
        if annotator:
            _check_name("annotator", annotator)
        if kind not in KINDS:
            raise InputError(f"kind {kind!r} is unknown", hint=f"one of {', '.join(KINDS)}")
        if layer.status not in STATUSES:
            raise InputError(f"status {layer.status!r} is unknown", hint=f"one of {', '.join(STATUSES)}")
        notes: tuple[str, ...] = ()
        if annotator == GOLD and kind != "gold" and self._schema is not None:
            notes = (self._taken_as_gold(kind),)
            kind = "gold"
        schema = self._schema.ref if self._schema is not None else layer.schema
        if layer.schema not in ("", schema):
            notes = (*notes, f"made under schema {layer.schema}; checked against {schema} and stored under it")
        if (annotator, kind, schema) == (layer.annotator, layer.kind, layer.schema):
            return layer, notes
        named = LayerRecord(annotator, kind, layer.status, schema, layer.attributes, layer.note, layer.spans)
        return named, notes

    def _taken_as_gold(self, kind: Kind) -> str:
        """Return what to say of a layer with the name of what is settled, from a file that has no place for kinds.

        Raises:
            InputError: If it is said to be something else.
        """
        if self._kind is not None or kind != "human":
            hint = "give another name with --annotator, or --kind gold"
            raise InputError(f"{GOLD!r} is the name of what is settled, and no {kind}'s", hint=hint)
        return f"the layer {GOLD!r} is taken as what is settled, of the kind gold"

    def _check_spans(self, spans: Sequence[Span], surfaces: Sequence[str | None], text: str) -> None:
        length, labels = len(text), self._labels
        for span, surface in zip_longest(spans, surfaces[: len(spans)]):
            start, end = span.start, span.end
            if not 0 <= start < end <= length:
                check_extent(start, end, length=length)
            if labels is not None and span.label not in labels:
                raise self._no_label(span)
            if surface is not None and text[start:end] != surface:
                raise _other_surface(span, surface, text)
        ids = {span.id for span in spans}
        if len(ids) < len(spans) or "" in ids:
            raise _double_id(spans)

    def _no_label(self, span: Span) -> InputError:
        assert self._schema is not None
        return InputError(
            f"span {span.start}–{span.end}: label {_cut(span.label)} is not in the schema {self._schema.ref}",
            hint=f"one of {', '.join(self._schema.labels)}",
        )

    def _check_attributes(self, layer: LayerRecord, schema: Schema) -> None:
        if layer.attributes:
            self._fit(layer.attributes, schema.attributes, "", layer.spans, schema)
        for span in layer.spans:
            if span.attributes:
                where = f"span {span.start}–{span.end}: "
                self._fit(span.attributes, schema.labels[span.label].attributes, where, layer.spans, schema)

    def _fit(
        self,
        values: Mapping[str, Any],
        known: Mapping[str, Attribute],
        where: str,
        spans: Sequence[Span],
        schema: Schema,
    ) -> None:
        for name, value in values.items():
            attribute = known.get(name)
            if not where and name.startswith(SETTLED):
                continue
            if attribute is None:
                hint = f"one of {', '.join(known)}" if known else "the schema has none here"
                raise InputError(f"{where}attribute {name!r} is not in the schema {schema.ref}", hint=hint)
            wrong = problem_with(value, attribute)
            if wrong:
                raise InputError(f"{where}attribute {name!r} {wrong}", hint="correct the value or the schema")
            if isinstance(attribute, Link):
                ids = {span.id for span in spans}
                gone = next((id for id in targets(value) if id not in ids), None)
                if gone is not None:
                    hint = "a link names the id of a span of the same article and layer"
                    raise InputError(f"{where}attribute {name!r} points to {gone!r}, which is no span here", hint=hint)


def _check_name(what: str, name: str) -> None:
    """Refuse names that a list could not show on one line."""
    if not name.strip():
        raise InputError(f"the {what} is blank", hint=f"give the {what} a name")
    if not name.isprintable() and any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in name):
        raise InputError(
            f"the {what} {_cut(name)} holds a control character", hint=f"give the {what} a name on one line"
        )


def _check_depth(values: Sequence[Any]) -> None:
    """Refuse values that are nested so deeply that some later reader of them would fail."""
    level = [value for value in values if value]
    for _ in range(_DEEPEST):
        if not level:
            return
        level = [
            part
            for item in level
            for part in (item.values() if isinstance(item, (dict, Mapping)) else item)  # dict first: no look-up then
            if isinstance(part, (dict, list))
        ]
    if level:
        raise InputError(f"a value is nested more than {_DEEPEST} levels deep", hint="flatten it, or leave it out")


def _double_id(spans: Sequence[Span]) -> InputError:
    seen: set[str] = set()
    for span in spans:
        if not span.id:
            return InputError(f"span {span.start}–{span.end} has no id", hint="each span needs an id of its own")
        if span.id in seen:
            break
        seen.add(span.id)
    return InputError(f"span id {span.id!r} is there twice", hint="each span needs an id of its own")


def _other_surface(span: Span, surface: str, text: str) -> InputError:
    """Say what stands at the offsets, and in which other unit they may have been counted."""
    start, end = span.start, span.end
    hint = "offsets must be code points of this very text"
    for codec, width, unit in (("utf-16-le", 2, "UTF-16 units"), ("utf-8", 1, "bytes")):
        if text.encode(codec)[start * width : end * width] == surface.encode(codec, "replace"):
            hint = f"the offsets count {unit}; they must count code points"
    return InputError(f"span {start}–{end}: the text there is {_cut(text[start:end])}, not {_cut(surface)}", hint=hint)


def _cut(words: str) -> str:
    return repr(words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…")
