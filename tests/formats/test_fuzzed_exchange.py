"""Exchange formats on input that fits nothing: a reader yields good and bad records, and never raises.

What it yields may still be wrong; then the mapper passes it on and the gate refuses it with an `InputError`.
"""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interchange import SCHEMA, items, written

from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.errors import AnnotatorError
from annotator.formats.base import Format, Incoming
from annotator.formats.doccano import FORMAT as DOCCANO
from annotator.formats.gate import Gate
from annotator.formats.labelstudio import FORMAT as LABELSTUDIO
from annotator.formats.labelstudio_min import FORMAT as LABELSTUDIO_MIN
from annotator.formats.mapping import Mapper
from annotator.formats.prodigy import FORMAT as PRODIGY
from annotator.formats.table import CSV

NAMES = (
    "text", "data", "id", "title", "meta", "spans", "start", "end", "label", "labels", "tokens", "token_start", "answer",
    "relations", "head_span", "child_span", "head_id", "child_id", "options", "accept", "status", "kind", "note",
    "attributes", "source", "_annotator_id", "_session_id", "_view_id", "_input_hash", "entities", "start_offset",
    "end_offset", "from_id", "to_id", "type", "cats", "annotations", "user", "Comments", "annotator", "predictions",
    "drafts", "completed_by", "was_cancelled", "ground_truth", "model_version", "result", "value", "from_name", "origin",
    "score", "direction", "globalOffsets", "choices", "textarea", "taxonomy", "email", "annotation_id", "annotator_layer",
)  # fmt: skip
WORDS = (
    "",
    "a b",
    "text 👩",
    "labels",
    "choices",
    "relation",
    "textarea",
    "taxonomy",
    "accept",
    "0",
    "done",
    "\ud800",
    "{",
    '{"min": 1}',
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 9),
    st.sampled_from([2**70, -(10**30), 0.5, 1e300]),
    st.sampled_from(WORDS),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
        st.tuples(inner, inner, inner),
    ),
    max_leaves=25,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=7)


def swallow(format: Format, data: bytes) -> None:
    """Read bytes as a load does."""
    for item in items(format, data):
        if isinstance(item, Incoming):
            for schema in (None, SCHEMA):
                with suppress(AnnotatorError):
                    Gate(schema).admit(Mapper(schema, drop=schema is not None).admit(item))


@settings(max_examples=150)
@given(OBJECTS, st.booleans())
@pytest.mark.parametrize("format", [PRODIGY, DOCCANO, LABELSTUDIO, LABELSTUDIO_MIN], ids=lambda format: format.name)
def test_no_object_makes_a_reader_raise(format: Format, value: dict[str, Any], array: bool) -> None:
    value = {"text": "some text 👩", **value}
    if format is LABELSTUDIO and not isinstance(value.get("data"), dict):
        value["data"] = {"text": "some text 👩"}
    line = json.dumps(value).encode()
    assert format.sniff is not None
    assert 0 <= format.sniff(line) <= 100
    swallow(format, b"[" + line + b"]" if array else line)


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.sampled_from([*WORDS[:-4], "3", "7", '{"type": 1}', '"']), min_size=4, max_size=7), max_size=4)
)
def test_no_table_makes_the_reader_raise(rows: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["id", "article", "start", "end", "label", "attributes", "meta"], *rows])
    swallow(CSV, file.getvalue().encode())


BARE = Schema.validated({"name": "b", "version": "1", "labels": {"x": {}}})


@pytest.mark.parametrize("format", [PRODIGY, LABELSTUDIO], ids=lambda format: format.name)
def test_links_are_relations_without_a_schema_too(format: Format) -> None:
    one, two = Span("s1", 0, 1, "x"), Span("s2", 2, 3, "x", {"by": "s1", "near": ["s1", "s2"], "name": "s9"})
    record = Record("", "k", "a b", "a b", {}, LayerRecord("ana", status="done", spans=(one, two)))
    data, losses = written(format, [record], schema=None)
    assert not losses
    assert data.count(b'"by"') == 1 and b'"name":"s1"' not in data
    (found,) = items(format, data)
    assert isinstance(found, Incoming)
    assert found.record.layer is not None
    assert found.record.layer.spans == (one, two)
