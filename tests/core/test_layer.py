from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from strategies import layers, spans

from annotator.core.layer import KINDS, STATUSES, Layer, sorted_spans
from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Ref, Span, span_key


@given(layers())
def test_every_span_is_found_by_place_and_by_id(layer: Layer) -> None:
    for span in layer.spans:
        assert layer.find(span.ref) is span
        assert layer.by_id(span.id) is span


@given(layers(), spans())
def test_what_is_not_there_is_not_found(layer: Layer, span: Span) -> None:
    expected = next((other for other in layer.spans if other.ref == span.ref), None)
    assert layer.find(span.ref) is expected


def test_an_empty_layer_finds_nothing() -> None:
    layer = Layer(1, "ana", "x@1")
    assert layer.find(Ref(0, 1, "s1")) is None
    assert layer.by_id("s1") is None
    assert (layer.status, layer.revision) == ("open", 0)


@given(st.lists(spans()))
def test_sorted_spans_keeps_every_span(some: list[Span]) -> None:
    result = sorted_spans(some)
    assert [span.key for span in result] == sorted(span_key(span) for span in some)


def test_the_names_of_statuses_and_kinds() -> None:
    assert STATUSES == ("open", "done", "flagged")
    assert KINDS == ("human", "model", "gold")


def test_records_default_to_an_open_human_layer_and_hash() -> None:
    layer = LayerRecord("ana")
    record = Record("news.jsonl:3", "k", "t", "text", {"a": 1}, layer)
    assert (layer.kind, layer.status, layer.spans) == ("human", "open", ())
    assert hash(record) == hash(Record("news.jsonl:3", "k", "t", "text", {}, LayerRecord("ana")))
    assert Bad("news.jsonl:4", "not JSON").hint == ""
