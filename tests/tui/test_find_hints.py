"""Hints, search and identical strings: pure functions."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.tui.find import identical, next_match, pattern_of, previous_match
from annotator.tui.hints import ALPHABET, hints_for, narrowed

TEXT = "Taiz shelled.\nIn TAIZ, Taiz police\nsaid Taizis fled Taiz."


@given(st.integers(0, 1500))
def test_hints_are_complete_when_typed_and_each_leads_to_one_place(count: int) -> None:
    hints = hints_for(range(count))
    assert sorted(hints.values()) == list(range(count))
    codes = sorted(hints)
    assert all(not b.startswith(a) for a, b in pairwise(codes))
    assert all(set(code) <= set(ALPHABET) for code in codes)


def test_near_places_have_short_hints() -> None:
    hints = {offset: code for code, offset in hints_for(range(40)).items()}
    assert [len(hints[i]) for i in (0, 10, 39)] == [1, 1, 2]


def test_typing_narrows() -> None:
    hints = hints_for(range(200))
    code = next(code for code in hints if len(code) == 2)
    assert set(narrowed(hints, code[0])) == {c for c in hints if c[0] == code[0]}
    assert narrowed(hints, code) == {code: hints[code]}


@pytest.mark.parametrize(
    ("words", "matches"),
    [
        ("taiz", ["Taiz", "TAIZ", "Taiz", "Taiz", "Taiz"]),
        ("Taiz", ["Taiz", "Taiz", "Taiz", "Taiz"]),
        ("police said", ["police\nsaid"]),
        ("  ", []),
        ("(", []),
        ("taiz.", ["Taiz."]),
    ],
)
def test_search(words: str, matches: list[str]) -> None:
    pattern = pattern_of(words)
    found = [] if pattern is None else [match.group() for match in pattern.finditer(TEXT)]
    assert found == matches


def test_search_goes_round() -> None:
    pattern = pattern_of("Taiz")
    assert pattern is not None
    assert next_match(TEXT, pattern, 1) == (23, 27)
    assert next_match(TEXT, pattern, len(TEXT)) == (0, 4)
    assert previous_match(TEXT, pattern, 23) == (0, 4)
    assert previous_match(TEXT, pattern, 0) == (len(TEXT) - 5, len(TEXT) - 1)
    nothing = pattern_of("Aden")
    assert nothing is not None
    assert next_match(TEXT, nothing, 0) is None
    assert previous_match(TEXT, nothing, 9) is None


def test_identical_strings_are_whole_words_to_the_letter() -> None:
    assert [TEXT[a:b] for a, b in identical(TEXT, 0, 4)] == ["Taiz", "Taiz", "Taiz"]
    assert list(identical("a b\na  b ab", 0, 3)) == [(0, 3), (4, 8)]
    assert list(identical("   ", 0, 2)) == []
    assert len(list(identical("叙利亚军队在叙利亚", 0, 3))) == 2
