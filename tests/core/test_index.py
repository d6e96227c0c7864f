"""SpanIndex against a plain sorted list."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import Watched, steps

from annotator.core.index import SpanIndex
from annotator.core.spans import Ref, Span
from annotator.errors import EditError

LENGTHS = st.one_of(st.integers(1, 9), st.sampled_from([15, 16, 17, 63, 64, 65, 500]))
EXTENTS = st.tuples(st.integers(0, 90), LENGTHS, st.sampled_from(["actor", "location"]))


@st.composite
def span_lists(draw: st.DrawFn) -> list[Span]:
    extents = draw(st.lists(EXTENTS, max_size=25))
    spans = [Span(f"s{n}", start, start + length, label) for n, (start, length, label) in enumerate(extents)]
    return draw(st.permutations(spans))


def check(index: SpanIndex, spans: list[Span], start: int, end: int) -> None:
    """Compare every answer with that of a search through all spans."""
    ordered = sorted(spans, key=lambda span: span.key)
    assert list(index) == ordered
    assert len(index) == len(ordered)
    assert index.counts == Counter(span.label for span in spans)
    assert all(count > 0 for count in index.counts.values())
    assert index.overlapping(start, end) == [s for s in ordered if start < end and s.overlaps(start, end)]
    assert index.at(start) == [s for s in ordered if s.start <= start < s.end]
    assert index.after(start) == next((s for s in ordered if s.start > start), None)
    assert index.before(start) == next((s for s in reversed(ordered) if s.start < start), None)
    for key in [*(s.key for s in ordered), (start, -end, "s1")]:
        assert index.next_after(key) == next((s for s in ordered if s.key > key), None)
        assert index.previous_before(key) == next((s for s in reversed(ordered) if s.key < key), None)


@given(span_lists(), st.integers(0, 120), st.integers(0, 620))
def test_answers_are_those_of_a_full_search(spans: list[Span], start: int, end: int) -> None:
    check(SpanIndex(spans), spans, start, end)


@given(span_lists(), st.data())
def test_adding_and_removing_keeps_every_answer(spans: list[Span], data: st.DataObject) -> None:
    index = SpanIndex()
    held: list[Span] = []
    for span in spans:
        index.add(span)
        held.append(span)
        if len(held) > 2 and data.draw(st.booleans()):
            gone = held.pop(data.draw(st.integers(0, len(held) - 1)))
            assert index.remove(gone.ref) is gone
            assert index.get(gone.id) is None
            assert gone.id not in index
    check(index, held, data.draw(st.integers(0, 99)), data.draw(st.integers(0, 99)))
    for span in held:
        assert index.get(span.id) is span
        index.remove(span.ref)
    check(index, [], 0, 10)


def test_spans_that_only_touch_do_not_overlap() -> None:
    index = SpanIndex([Span("s1", 5, 10, "actor")])
    assert index.overlapping(0, 5) == index.overlapping(10, 20) == index.overlapping(7, 7) == []
    assert [s.id for s in index.overlapping(9, 10)] == ["s1"]


def test_at_gives_the_outermost_first() -> None:
    index = SpanIndex([Span("in", 4, 6, "a"), Span("out", 0, 10, "a"), Span("mid", 4, 8, "a")])
    assert [s.id for s in index.at(5)] == ["out", "mid", "in"]


def test_an_id_is_taken_once() -> None:
    index = SpanIndex([Span("s1", 5, 10, "actor")])
    with pytest.raises(EditError, match="s1 is already there"):
        index.add(Span("s1", 6, 10, "actor"))
    with pytest.raises(EditError, match="two spans have the id s1"):
        SpanIndex([Span("s1", 0, 1, "a"), Span("s1", 2, 3, "a")])


@pytest.mark.parametrize("ref", [Ref(5, 11, "s1"), Ref(5, 10, "s2")])
def test_removing_needs_the_exact_place(ref: Ref) -> None:
    index = SpanIndex([Span("s1", 5, 10, "actor")])
    with pytest.raises(EditError, match="no span"):
        index.remove(ref)
    assert len(index) == 1


def test_a_query_stays_local_with_many_spans_and_one_that_covers_all() -> None:
    def query(count: int) -> int:
        spans = [Span(f"s{n}", Watched(n * 50), n * 50 + 20, "actor") for n in range(count)]
        index = SpanIndex([*spans, Span("all", Watched(0), count * 50, "location")])

        def queries() -> None:
            for start in range(0, count * 50, count // 2):
                assert len(index.overlapping(start, start + 80)) <= 4

        return steps(queries)

    # A hundred times the spans are seven halvings more in each of three lists; a full search would be a hundred times.
    assert query(100_000) <= 2 * query(1_000)
