from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import spans, texts

from annotator.core.spans import Ref, Span, check_extent, next_number, span_key
from annotator.errors import InputError


def test_order_is_start_then_longest_then_id() -> None:
    order = [Span("b", 0, 9, "x"), Span("a", 0, 5, "x"), Span("c", 0, 5, "x"), Span("a0", 1, 9, "x")]
    assert sorted([order[2], order[0], order[3], order[1]], key=span_key) == order


@given(spans())
def test_span_ref_and_function_give_the_same_key(span: Span) -> None:
    assert span.key == span.ref.key == span_key(span)
    assert span.ref == Ref(span.start, span.end, span.id)


@pytest.mark.parametrize(
    ("start", "end", "shared"),
    [(0, 5, False), (0, 6, True), (5, 10, True), (6, 7, True), (9, 20, True), (10, 20, False), (0, 20, True)],
)
def test_touching_spans_do_not_overlap(start: int, end: int, shared: bool) -> None:
    assert Span("s1", 5, 10, "x").overlaps(start, end) is shared


@given(spans(), spans())
def test_overlap_is_sharing_a_code_point(one: Span, two: Span) -> None:
    shared = set(range(one.start, one.end)) & set(range(two.start, two.end))
    assert one.overlaps(two.start, two.end) is bool(shared)
    assert one.overlaps(two.start, two.end) is two.overlaps(one.start, one.end)
    inside = set(range(two.start, two.end)) <= set(range(one.start, one.end))
    assert one.contains(two) is inside


@given(texts(), st.data())
def test_surface_is_the_slice(text: str, data: st.DataObject) -> None:
    span = data.draw(spans(length=len(text)))
    assert text[: span.start] + span.surface(text) + text[span.end :] == text


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (-1, 3, "negative"),
        (0, -1, "negative"),
        (3, 3, "empty or reversed"),
        (4, 3, "empty or reversed"),
        (0, 11, "past the text, which has 10"),
        (10, 11, "past the text"),
    ],
)
def test_extents_that_are_no_stretch_are_refused(start: int, end: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        check_extent(start, end, length=10)
    assert caught.value.hint


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 10), (9, 10)])
def test_extents_that_fit_are_let_through(start: int, end: int) -> None:
    check_extent(start, end, length=10)


@pytest.mark.parametrize(
    ("ids", "number"),
    [
        ([], 1),
        (["s1"], 2),
        (["s9", "s10", "s2"], 11),
        (["s007"], 8),
        (["x5", "s", "", "sx", "s-3", "s1.5", "S9"], 1),
        (["s٣", "s３", "s²"], 1),
        (["s" + "9" * 5000, "s4"], 5),
    ],
)
def test_next_number_is_free(ids: list[str], number: int) -> None:
    assert next_number(Span(id, 0, 1, "x") for id in ids) == number


def test_spans_are_hashable_although_attributes_are_a_dict() -> None:
    one, two = (Span("s1", 0, 1, "x", {"count": {"min": n}}) for n in (1, 2))
    assert hash(one) == hash(two)
    assert one != two
