"""A batch applied to a head alone changes it, and is undone, as one applied to the whole layer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from strategies import layers_and_batches

from annotator.core.edits import Add, Change, Edit, Remove, apply, apply_head
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.spans import Span
from annotator.errors import EditError


@given(layers_and_batches())
def test_a_head_goes_through_what_its_layer_goes_through(case: tuple[Layer, list[Edit]]) -> None:
    layer, batch = case
    index = SpanIndex(layer.spans)
    head, inverse = apply_head(replace(layer, spans=()), batch, spans=index)
    after, expected = apply(layer, batch)
    assert head == replace(after, spans=())
    assert inverse == expected
    assert tuple(index) == layer.spans, "the spans are not touched"


SPAN = Span("s1", 0, 4, "actor")
MOVED = Span("s1", 5, 9, "actor")


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ([Add(SPAN)], "already taken"),
        ([Remove(SPAN.ref), Remove(SPAN.ref)], "no span s1"),
        ([Change(SPAN.ref, MOVED), Remove(SPAN.ref)], "no span s1 at 0–4"),
        ([Remove(SPAN.ref), Add(MOVED), Add(SPAN)], "already taken"),
    ],
)
def test_edits_see_what_the_ones_before_did(edits: list[Edit], words: str) -> None:
    with pytest.raises(EditError, match=words):
        apply_head(Layer(1, "ana", "x@1"), edits, spans=SpanIndex([SPAN]))


def test_a_span_may_be_taken_and_put_back_within_a_batch() -> None:
    edits: list[Edit] = [Remove(SPAN.ref), Add(MOVED), Change(MOVED.ref, SPAN)]
    _, inverse = apply_head(Layer(1, "ana", "x@1"), edits, spans=SpanIndex([SPAN]))
    assert inverse == (Change(SPAN.ref, MOVED), Remove(MOVED.ref), Add(SPAN))
