"""The gate: what keeps a record out, each with its own line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.formats.base import Incoming
from annotator.formats.gate import Gate

SCHEMA = Schema.validated(
    {
        "name": "small",
        "version": "2",
        "labels": {
            "actor": {"attributes": {"role": {"kind": "choice", "options": ["source", "target"]}}},
            "casualty": {"attributes": {"by": {"kind": "link"}, "sites": {"kind": "link", "many": True}}},
        },
        "attributes": {"seen": {"kind": "flag"}},
    }
)
TEXT = "👍 Rebels shelled the café, killing six."
SPANS = (
    Span("s1", 2, 8, "actor", {"role": "source"}),
    Span("s2", 28, 39, "casualty", {"by": "s1", "sites": ["s1", "s2"]}),
)
LAYER = LayerRecord("Ana", "human", "done", "small@2", {"seen": True}, "", SPANS)
RECORD = Record("n.jsonl:3", "a", "T", TEXT, {}, LAYER)


def admit(record: Record, *surfaces: str | None, annotator: str | None = None, kind: Any = None) -> Record:
    return Gate(SCHEMA, annotator=annotator, kind=kind).admit(Incoming(record, surfaces))[0]


def with_layer(**changes: Any) -> Record:
    return replace(RECORD, layer=replace(LAYER, **changes))


def with_span(at: int = 0, **changes: Any) -> Record:
    spans = list(SPANS)
    spans[at] = replace(spans[at], **changes)
    return with_layer(spans=tuple(spans))


def test_a_good_record_passes_as_it_is() -> None:
    assert admit(RECORD, "Rebels", None) is RECORD


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (replace(RECORD, text=""), "the text is empty"),
        (replace(RECORD, text=" \n\t\u2003"), "the text is empty"),
        (replace(RECORD, text=TEXT + "\ud83d"), "lone surrogate U+D83D at offset 39"),
        (replace(RECORD, meta={"a": ["\udc00"]}), "lone surrogate U+DC00"),
        (replace(RECORD, key=" "), "the id is blank"),
        (replace(RECORD, key="a\nb"), "the id 'a\\nb' holds a control character"),
        (with_span(start=-1), "span -1–8 has a negative offset"),
        (with_span(start=8), "span 8–8 is empty or reversed"),
        (with_span(end=40), "span 2–40 ends past the text, which has 39 code points"),
        (with_span(label="place"), "span 2–8: label 'place' is not in the schema small@2"),
        (with_span(id="s2"), "span id 's2' is there twice"),
        (with_span(id=""), "span 2–8 has no id"),
        (with_span(note="\ud800"), "lone surrogate U+D800"),
        (with_span(attributes={"rolle": "source"}), "span 2–8: attribute 'rolle' is not in the schema small@2"),
        (with_span(attributes={"role": "victim"}), "span 2–8: attribute 'role' 'victim' is not one of source, target"),
        (with_span(1, attributes={"by": "s9"}), "span 28–39: attribute 'by' points to 's9', which is no span here"),
        (with_span(1, attributes={"sites": ["s1", "s9"]}), "attribute 'sites' points to 's9'"),
        (with_layer(attributes={"seen": 1}), "attribute 'seen' is not true or false"),
        (with_layer(attributes={"role": "source"}), "attribute 'role' is not in the schema small@2"),
        (with_layer(status="finished"), "status 'finished' is unknown"),
        (with_layer(kind="robot"), "kind 'robot' is unknown"),
        (with_layer(annotator=""), "labels without an annotator"),
        (with_layer(annotator="  "), "the annotator is blank"),
        (with_layer(annotator="a\x1b[31m"), "holds a control character"),
    ],
)
def test_one_wrong_thing_keeps_the_whole_record_out(record: Record, message: str) -> None:
    with pytest.raises(InputError) as caught:
        admit(record)
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("start", "end", "hint"),
    [
        (22, 26, "the offsets count UTF-16 units; they must count code points"),
        (24, 29, "the offsets count bytes; they must count code points"),
        (4, 8, "offsets must be code points of this very text"),
    ],
)
def test_another_surface_is_told_with_the_unit_that_was_counted(start: int, end: int, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        admit(with_span(start=start, end=end), "café")
    assert caught.value.message == f"span {start}–{end}: the text there is {TEXT[start:end]!r}, not 'café'"
    assert caught.value.hint == hint


def test_surfaces_are_quoted_in_part_only() -> None:
    with pytest.raises(InputError) as caught:
        admit(with_span(), "x" * 500)
    assert len(caught.value.message) < 120


def test_annotator_and_kind_of_the_command_go_before_those_of_the_file() -> None:
    layer = admit(RECORD, annotator="Ben", kind="gold").layer
    assert layer is not None
    assert (layer.annotator, layer.kind, layer.spans) == ("Ben", "gold", SPANS)
    assert admit(with_layer(annotator=""), annotator="Ben").layer == replace(LAYER, annotator="Ben")


def test_a_layer_of_nobody_with_nothing_in_it_is_none() -> None:
    assert admit(with_layer(annotator="", attributes={}, spans=())).layer is None


def test_a_layer_of_another_schema_is_told() -> None:
    record, notes = Gate(SCHEMA).admit(Incoming(with_layer(schema="small@1")))
    assert record.layer == LAYER
    assert notes == ("made under schema small@1; checked against small@2 and stored under it",)


def test_the_annotator_of_the_command_is_checked_before_anything_is_read() -> None:
    with pytest.raises(InputError, match="the annotator is blank"):
        Gate(SCHEMA, annotator=" ")
