"""Other ids for new spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import layers_and_batches
from support import schema

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus, apply
from annotator.core.layer import Layer
from annotator.core.renaming import renamed
from annotator.core.spans import Ref, Span

KNOWN = schema()
NAMES = {"s1": "s8", "s2": "s9"}

CASES: list[tuple[Edit, Edit]] = [
    (Add(Span("s1", 0, 3, "actor")), Add(Span("s8", 0, 3, "actor"))),
    (Remove(Ref(0, 3, "s2")), Remove(Ref(0, 3, "s9"))),
    (Remove(Ref(0, 3, "s3")), Remove(Ref(0, 3, "s3"))),
    (Change(Ref(0, 3, "s1"), Span("s1", 0, 4, "actor")), Change(Ref(0, 3, "s8"), Span("s8", 0, 4, "actor"))),
    (
        Add(Span("s3", 0, 3, "casualty", {"by": "s1", "links": ["s3", "s2", 7], "count": {"term": "s1"}})),
        Add(Span("s3", 0, 3, "casualty", {"by": "s8", "links": ["s3", "s9", 7], "count": {"term": "s1"}})),
    ),
    (Add(Span("s3", 0, 3, "actor", {"name": "s1"})), Add(Span("s3", 0, 3, "actor", {"name": "s1"}))),
    (Add(Span("s3", 0, 3, "casualty", {"by": 7})), Add(Span("s3", 0, 3, "casualty", {"by": 7}))),
    (Add(Span("s3", 0, 3, "weather", {"by": "s1"})), Add(Span("s3", 0, 3, "weather", {"by": "s1"}))),
    (SetAttribute("about", "s1"), SetAttribute("about", "s8")),
    (SetAttribute("about", None), SetAttribute("about", None)),
    (SetAttribute("type", "s1"), SetAttribute("type", "s1")),
    (SetNote("s1"), SetNote("s1")),
    (SetStatus("done"), SetStatus("done")),
]


@pytest.mark.parametrize(("edit", "expected"), CASES)
def test_ids_and_links_are_renamed_and_nothing_else(edit: Edit, expected: Edit) -> None:
    assert renamed([edit], NAMES, KNOWN) == (expected,)
    assert renamed([edit], {}, KNOWN) == (edit,)


@given(layers_and_batches())
def test_a_renamed_batch_does_the_same_to_the_renamed_layer(case: tuple[Layer, list[Edit]]) -> None:
    layer, batch = case
    names = {span.id: f"other-{span.id}" for span in layer.spans} | {"n1": "other-n1"}
    empty = Layer(layer.article, layer.annotator, layer.schema)
    made = renamed([*map(Add, layer.spans), *batch], names, KNOWN)
    plain = apply(empty, [*map(Add, layer.spans), *batch])[0]
    other = apply(empty, made)[0]
    key = {names.get(span.id, span.id): (span.start, span.end, span.label, span.note) for span in plain.spans}
    assert {span.id: (span.start, span.end, span.label, span.note) for span in other.spans} == key
