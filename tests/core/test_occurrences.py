"""Occurrences of a string: the same as a naive search finds, offsets exact whatever letter case does to lengths."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotator.core.occurrences import Mark, Marks, Reading, Wanted, form_of
from annotator.errors import UsageError

LETTERS = st.text(alphabet="abAB çß1İıſK漢é\u0301_-\n 🙂", max_size=40)
STRINGS = st.text(alphabet="abABçßİıſK漢é\u0301_-🙂", min_size=1, max_size=3)


def naive(text: str, string: str) -> list[tuple[int, int]]:
    """Return where a string without blanks stands, found by asking at every offset."""
    found, at = [], 0
    while at + len(string) <= len(text):
        if text[at : at + len(string)] == string:
            found.append((at, at + len(string)))
            at += len(string)
        else:
            at += 1
    return found


@given(LETTERS, STRINGS)
@example("aaa", "aa")
def test_every_occurrence_is_found_and_no_other(text: str, string: str) -> None:
    assert list(Wanted(string, word=False).occurrences(text)) == naive(text, string)


@given(LETTERS, STRINGS)
@example("İ Istanbul", "i")
def test_letter_case_never_moves_an_offset(text: str, string: str) -> None:
    wanted = Wanted(string, ignore_case=True, word=False)
    found = list(wanted.occurrences(text))
    assert all(end - start == len(string) for start, end in found)
    exact = naive(text, string)
    assert all(any(s < b and a < e for s, e in found) for a, b in exact)  # it finds no less than without it
    assert not found or wanted.may_occur(text)


@pytest.mark.parametrize(
    ("text", "string", "found"),
    [
        ("İSTANBUL and istanbul", "istanbul", ["İSTANBUL", "istanbul"]),
        ("İİ taiz", "TAIZ", ["taiz"]),  # "İ".lower() is two code points
        ("Straße STRASSE STRAẞE", "straße", ["Straße", "STRAẞE"]),  # letter for letter: SS is not ß
        ("ﬁre FIRE ﬁ", "fire", ["FIRE"]),
        ("КИЇВ Київ", "київ", ["КИЇВ", "Київ"]),
        ("20 \u212a and 20 k", "20 K", ["20 \u212a", "20 k"]),
        ("Diyarbakir, Diyarbakır", "diyarbakır", ["Diyarbakir", "Diyarbakır"]),
        ("from Diyarbakir", "diyarbakır", ["Diyarbakir"]),  # the same where all of the text is ASCII
        ("IDLIB idlib", "İdlib", ["IDLIB", "idlib"]),
        ("Seoul 20 K", "ſeoul 20 \u212a", ["Seoul 20 K"]),
        ("El Fasher", "Él Fasher", []),
    ],
    ids=[
        *("dotted-i", "after-dotted-i", "sharp-s", "ligature", "cyrillic", "kelvin"),
        *("dotless-i", "dotless-i-in-ascii", "dotted-i-in-ascii", "long-s-and-kelvin-in-ascii", "accent-in-ascii"),
    ],
)
def test_other_letter_case(text: str, string: str, found: list[str]) -> None:
    places = Wanted(string, ignore_case=True).occurrences(text)
    assert [text[start:end] for start, end in places] == found


@pytest.mark.parametrize(
    ("text", "string", "count"),
    [
        ("Taiz Taizi taTaiz Taiz's (Taiz) Taiz-born", "Taiz", 4),
        ("42 420 4.2 x42", "42", 1),
        ("--", "-", 2),
        ("北京市 and 北京", "北京", 2),  # a script without blanks: a word may end anywhere
        ("Jose\u0301 Jose", "Jose", 1),  # the accent belongs to the letter before it
        ("El\nFasher, El  Fasher, ElFasher", "El Fasher", 2),
        ("a.b axb", "a.b", 1),
        ("ola la la", "la la", 1),  # one within a word hides none that it overlaps
    ],
    ids=["word", "number", "sign", "chinese", "accent", "line-break", "no-pattern", "overlap"],
)
def test_whole_words(text: str, string: str, count: int) -> None:
    assert len(list(Wanted(string).occurrences(text))) == count


def test_nothing_to_look_for() -> None:
    with pytest.raises(UsageError, match="nothing to look for"):
        Wanted(" \n ")
    assert form_of(" El\n Fasher ") == "El Fasher"


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6), st.sampled_from("xyz")), max_size=12),
    st.integers(0, 12),
    st.integers(1, 6),
)
def test_a_reading_is_what_a_look_at_every_span_says(
    spans: list[tuple[int, int, str]], start: int, length: int
) -> None:
    marks = [Mark(low, low + size, label) for low, size, label in spans]
    end = start + length
    reading = Marks(marks).reading(start, end)
    assert reading.labels == tuple(sorted(m.label for m in marks if (m.start, m.end) == (start, end)))
    across = [m for m in marks if m.start < end and start < m.end and (m.start, m.end) != (start, end)]
    assert list(reading.across) == sorted(across)
    assert reading.kind == ("label" if reading.labels else "other" if across else "unmarked")


def test_what_readings_are_compared_by() -> None:
    assert Reading(("a", "b")).key == ("label", "a", "b")
    assert Reading((), (Mark(0, 9, "b"), Mark(2, 5, "b"))).key == ("other", "b")
    assert Reading().key == ("unmarked",)
