"""Batches in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import layers_and_batches

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus, apply
from annotator.core.layer import Layer
from annotator.core.spans import Span
from annotator.core.wording import WIDTH, in_words

TEXT = "Houthi forces shelled Taiz, killing at least twelve civilians."
LAYER = Layer(1, "ana", "s@1", spans=(Span("s1", 0, 6, "actor", {"type": "rebels"}), Span("s2", 22, 26, "location")))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Add(Span("s3", 0, 13, "actor")), "+ actor 0–13 'Houthi forces'"),
        (Remove(LAYER.spans[0].ref), "− actor 0–6 'Houthi'"),
        (Change(LAYER.spans[1].ref, Span("s2", 22, 26, "actor")), "~ location → actor 22–26 'Taiz'"),
        (Change(LAYER.spans[1].ref, Span("s2", 14, 26, "location")), "~ location 22–26 → 14–26 'shelled Taiz'"),
        (
            Change(LAYER.spans[0].ref, Span("s1", 0, 6, "actor", {"side": "A", "armed": True, "n": {"min": 3}})),
            "~ actor 0–6 'Houthi' armed = yes n = min 3 side = 'A' type taken away",
        ),
        (Change(LAYER.spans[1].ref, Span("s2", 22, 26, "location", {}, "sure?")), "~ location 22–26 'Taiz' note 'sure?'"),
        (SetStatus("done"), "status done"),
        (SetNote("read again"), "note 'read again'"),
        (SetNote(""), "note taken away"),
        (SetAttribute("type", ["news", "report"]), "type = news, report"),
        (SetAttribute("type", None), "type taken away"),
        (Add(Span("s3", 0, 62, "actor")), f"+ actor 0–62 '{TEXT[: WIDTH - 1]}…'"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)  # fmt: skip
def test_what_an_edit_is_called(edit: Edit, words: str) -> None:
    _, inverse = apply(LAYER, [edit])
    assert in_words([edit], inverse, text=TEXT) == [words]


def test_without_the_inverse_a_removed_span_is_told_by_its_place() -> None:
    assert in_words([Remove(LAYER.spans[0].ref)], (), text=TEXT) == ["− s1 0–6"]


@given(layers_and_batches(), st.booleans())
def test_each_edit_has_one_phrase(drawn: tuple[Layer, list[Edit]], known: bool) -> None:
    layer, batch = drawn
    _, inverse = apply(layer, batch)
    assert len(in_words(batch, inverse if known else (), text="x" * 60)) == len(batch)
