from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import layers, layers_and_batches

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus, apply, touched
from annotator.core.layer import Layer, sorted_spans
from annotator.core.spans import Ref, Span
from annotator.errors import EditError

LAYER = Layer(
    1, "ana", "x@1", spans=(Span("s1", 0, 5, "actor"), Span("s2", 3, 9, "location")), attributes={"type": "a"}
)

UNFIT: list[tuple[Edit, str]] = [
    (Add(Span("s3", -1, 4, "actor")), "not a stretch"),
    (Add(Span("s3", 4, 4, "actor")), "not a stretch"),
    (Add(Span("s3", 5, 4, "actor")), "not a stretch"),
    (Add(Span("s1", 0, 5, "actor")), "'s1' is already taken"),
    (Add(Span("s1", 7, 9, "actor")), "'s1' is already taken"),
    (Remove(Ref(0, 5, "s2")), "no span s2 at 0–5"),
    (Remove(Ref(50, 55, "s9")), "no span s9 at 50–55"),
    (Change(Ref(0, 6, "s1"), Span("s1", 0, 7, "actor")), "no span s1 at 0–6"),
    (Change(Ref(0, 5, "s1"), Span("s9", 0, 7, "actor")), "keeps the id: s1 became s9"),
    (Change(Ref(0, 5, "s1"), Span("s1", 7, 7, "actor")), "not a stretch"),
    (SetStatus("finished"), "unknown status 'finished'"),  # type: ignore[arg-type]
]


def snapshot(layer: Layer) -> tuple[Any, ...]:
    return layer.spans, dict(layer.attributes), layer.note, layer.status, layer.revision


@given(layers_and_batches())
def test_a_batch_and_its_inverse_give_the_layer_back(case: tuple[Layer, list[Edit]]) -> None:
    layer, batch = case
    before = snapshot(layer)
    after, inverse = apply(layer, batch)
    assert snapshot(layer) == before
    back, again = apply(after, inverse)
    assert back == layer
    assert apply(back, again)[0] == after


@given(layers_and_batches())
def test_order_and_ids_are_kept(case: tuple[Layer, list[Edit]]) -> None:
    layer, batch = case
    after, _ = apply(layer, batch)
    assert after.spans == sorted_spans(after.spans)
    ids = [span.id for span in after.spans]
    assert len(set(ids)) == len(ids)
    expected = {span.id for span in layer.spans}
    for edit in batch:
        expected |= {edit.span.id} if isinstance(edit, Add) else set()
        expected -= {edit.ref.id} if isinstance(edit, Remove) else set()
    assert set(ids) == expected


@given(layers_and_batches())
def test_a_batch_is_its_edits_one_by_one(case: tuple[Layer, list[Edit]]) -> None:
    layer, batch = case
    one_by_one = layer
    for edit in batch:
        undo = edit.inverse(one_by_one)
        changed, inverse = apply(one_by_one, [edit])
        assert inverse == (undo,)
        one_by_one = changed
    assert one_by_one == apply(layer, batch)[0]


@given(layers_and_batches(), st.data())
def test_a_batch_with_one_unfit_edit_changes_nothing(case: tuple[Layer, list[Edit]], data: st.DataObject) -> None:
    layer, batch = case
    before = snapshot(layer)
    batch.insert(data.draw(st.integers(0, len(batch))), Remove(Ref(900, 901, "s1")))
    with pytest.raises(EditError):
        apply(layer, batch)
    assert snapshot(layer) == before


@pytest.mark.parametrize(("edit", "message"), UNFIT)
def test_what_does_not_fit_is_refused_in_words(edit: Edit, message: str) -> None:
    before = snapshot(LAYER)
    with pytest.raises(EditError, match=message):
        apply(LAYER, [SetNote("before"), Add(Span("s8", 1, 2, "actor")), edit])
    assert snapshot(LAYER) == before


@pytest.mark.parametrize("edit", [Remove(Ref(9, 10, "s1")), Change(Ref(9, 10, "s1"), Span("s1", 0, 1, "actor"))])
def test_an_inverse_needs_the_span_that_it_would_bring_back(edit: Remove | Change) -> None:
    with pytest.raises(EditError, match="no span s1 at 9–10"):
        edit.inverse(LAYER)


def test_an_id_is_free_again_once_its_span_is_removed() -> None:
    batch: list[Edit] = [Add(Span("s3", 1, 2, "actor")), Remove(Ref(1, 2, "s3")), Add(Span("s3", 5, 6, "actor"))]
    after, inverse = apply(LAYER, batch)
    assert after.by_id("s3") == Span("s3", 5, 6, "actor")
    assert apply(after, inverse)[0] == LAYER


def test_a_removed_id_can_be_added_in_the_same_batch() -> None:
    after, _ = apply(LAYER, [Remove(Ref(0, 5, "s1")), Add(Span("s1", 7, 8, "actor"))])
    assert [span.id for span in after.spans] == ["s2", "s1"]


def test_the_revision_is_left_to_the_store() -> None:
    assert apply(LAYER, [SetNote("x")])[0].revision == LAYER.revision


def test_none_takes_an_attribute_away_and_none_on_nothing_is_nothing() -> None:
    without, inverse = apply(LAYER, [SetAttribute("type", None)])
    assert without.attributes == {}
    assert apply(without, inverse)[0] == LAYER
    assert apply(LAYER, [SetAttribute("role", None)])[0] == LAYER


def test_an_empty_batch_is_nothing() -> None:
    assert apply(LAYER, []) == (LAYER, ())


def test_touched_lists_what_is_put_and_what_is_taken() -> None:
    new, moved = Span("s3", 1, 2, "actor"), Span("s1", 0, 4, "actor")
    batch: list[Edit] = [
        Add(new),
        Remove(Ref(3, 9, "s2")),
        Change(Ref(0, 5, "s1"), moved),
        SetNote("x"),
        SetStatus("done"),
    ]
    assert touched(batch) == ([new, moved], [Ref(3, 9, "s2"), Ref(0, 5, "s1")])


@given(layers())
def test_edits_are_hashable(layer: Layer) -> None:
    batch: list[Edit] = [Add(span) for span in layer.spans]
    batch += [SetAttribute("a", {"min": 1}), SetNote("n"), SetStatus("done")]
    assert len(set(batch)) == len(batch)
