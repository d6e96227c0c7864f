"""The key counts of `benchmarks/keys.py`, on cases that one can count by hand."""

from __future__ import annotations

import pytest

from annotator.core.spans import Span
from annotator.schemas import load_schema
from benchmarks.keys import Slate, Ways

TEXT = "the shelling of Bir Basha killed twelve people on Monday, medics said"
LINE = [(at, at + len(word)) for word in TEXT.split() for at in [TEXT.index(word)]]


def span(words: str) -> Span:
    start = TEXT.index(words)
    return Span(words, start, start + len(words), "location")


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("the", 0),
        ("shelling", 1),
        ("shelling of", 2),  # right, extend
        ("Bir", 2),  # 3 right: a number and the key
        ("Bir Basha", 3),
        ("said", 1),  # to the end of the text
    ],
)
def test_slate_needs_so_many_keys_to_reach_a_span(words: str, keys: int) -> None:
    assert Slate([LINE]).tag(span(words)) == keys


def test_slate_goes_on_from_the_span_before_with_its_length() -> None:
    slate = Slate([LINE])
    assert slate.tag(span("Bir Basha")) == 3
    assert slate.tag(span("killed")) == 2  # to the right, and its left edge once more
    assert slate.tag(span("Monday")) == 2  # a number, and to the right


@pytest.mark.parametrize(
    ("words", "cost"),
    [("the", 1), ("shelling", 2), ("Bir Basha", 2), ("shelling of", 3), ("twelve people", 4)],
)
def test_ours_are_counted_with_the_label(words: str, cost: int) -> None:
    assert Ways(TEXT, load_schema("conflict-events"), hints=False).tag(span(words)).cost == cost


def test_a_span_is_reached_from_where_the_last_one_left_the_cursor() -> None:
    ways = Ways(TEXT, load_schema("conflict-events"), hints=False)
    assert [ways.tag(span(words)).cost for words in ("Bir Basha", "killed", "twelve")] == [2, 2, 2]
