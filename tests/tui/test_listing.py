"""What the span panel lists: orders, filters, and that following edits gives what a new listing gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import schema

from annotator.core.checks import Problem
from annotator.core.index import SpanIndex
from annotator.core.spans import Span
from annotator.tui.listing import ORDERS, Listing, Order

TEXT = "Gunmen killed two near Taiz on Sunday, and families fled."
SPANS = (
    Span("s3", 0, 17, "casualty"),
    Span("s1", 0, 6, "actor", note="who?"),
    Span("s12", 23, 27, "location"),
    Span("odd", 43, 51, "displacement"),
)


def problems_of(span: Span) -> list[Problem]:
    severities = {"displacement": "error", "location": "warning"}
    return [Problem("x", severities[span.label], "wrong")] if span.label in severities else []  # type: ignore[arg-type]


def listing_of(index: SpanIndex) -> Listing:
    return Listing(index, TEXT, schema(), problems_of)


def ids(listing: Listing) -> list[str]:
    return [listing.nth(row).id for row in range(len(listing))]


@pytest.mark.parametrize(
    ("order", "label", "words", "expected"),
    [
        ("text", "", "", ["s3", "s1", "s12", "odd"]),
        ("label", "", "", ["s1", "s12", "s3", "odd"]),
        ("newest", "", "", ["s12", "s3", "s1", "odd"]),
        ("problems", "", "", ["odd", "s12", "s3", "s1"]),
        ("text", "actor", "", ["s1"]),
        ("text", "", "GUNMEN", ["s3", "s1"]),
        ("newest", "", "gunmen two", ["s3"]),
        ("text", "", "who", ["s1"]),  # in a note
        ("label", "actor", "taiz", []),
        ("text", "", "  ", ["s3", "s1", "s12", "odd"]),
    ],
)
def test_orders_and_filters(order: Order, label: str, words: str, expected: list[str]) -> None:
    listing = listing_of(SpanIndex(SPANS))
    listing.choose(order=order, label=label, words=words)
    while listing.work(1):
        pass
    assert ids(listing) == expected
    for row, id in enumerate(expected):
        assert listing.row_of(next(span for span in SPANS if span.id == id)) == row
    missing = [span for span in SPANS if span.id not in expected]
    assert all(listing.row_of(span) is None for span in missing)


def test_what_was_chosen_before_stays_and_the_row_near_a_place_is_found() -> None:
    listing = listing_of(SpanIndex(SPANS))
    listing.choose(words="n")
    listing.choose(order="label")
    listing.work(10)
    assert (listing.order, listing.words, listing.filtered, listing.plain) == ("label", "n", True, False)
    assert listing.row_near((20, 0, "")) == 0
    listing.choose(order="text", words="")
    assert listing.plain and not listing.pending
    assert listing.row_near((20, 0, "")) == 2


def test_what_was_looked_at_is_listed_before_the_rest_is() -> None:
    index = SpanIndex(Span(f"s{n}", n, n + 1, "actor") for n in range(50))
    index.add(Span("later", 51, 52, "location"))
    listing = Listing(index, "x" * 60, schema(), problems_of)
    listing.choose(order="label")
    assert listing.work(50)
    assert (len(listing), listing.pending) == (50, True)
    assert not listing.work(50)
    assert (len(listing), listing.nth(50).id) == (51, "later")


CHANGES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 50), st.sampled_from(["actor", "location", "casualty"])), max_size=12
)


@given(st.sampled_from(ORDERS), st.sampled_from(["", "actor"]), st.sampled_from(["", "a", "t"]), CHANGES, st.data())
def test_following_edits_gives_what_a_new_listing_gives(
    order: Order, label: str, words: str, changes: list[tuple[int, int, str]], data: st.DataObject
) -> None:
    index = SpanIndex(SPANS)
    listing = listing_of(index)
    listing.choose(order=order, label=label, words=words)
    for number, start, name in changes:
        if data.draw(st.booleans()):
            listing.work(1)
        old = index.get(f"s{number}")
        put, taken = [], []
        if old is not None:
            taken.append(index.remove(old.ref).ref)
        if old is None or data.draw(st.booleans()):
            put.append(Span(f"s{number}", start, start + 6, name))
            index.add(put[0])
        listing.changed(put, taken, index.overlapping(start, start + 6))
    while listing.work(3):
        pass
    fresh = listing_of(index)
    fresh.choose(order=order, label=label, words=words)
    fresh.work(1_000)
    assert ids(listing) == ids(fresh)
