"""How moves change a selection: tables of keys on small texts, and properties of any sequence of moves.

A place is written as the text with the selection in ⟦ ⟧; the anchor is what it grew from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import texts
from wcwidth import iter_graphemes

from annotator.tui.layout import Layout
from annotator.tui.pointer import Place, Pointer

NEWS = "Gunmen killed at least 3,000 people.\n\nThey fled Al-Fashir. Nobody came."
FAMILY = "a👩‍👩‍👧‍👦b e\u0301n"

Move = Callable[[Pointer, Place], Place]

MOVES: dict[str, Move] = {
    "right": lambda p, at: p.step(at, 1, extend=False),
    "left": lambda p, at: p.step(at, -1, extend=False),
    "RIGHT": lambda p, at: p.step(at, 1, extend=True),
    "LEFT": lambda p, at: p.step(at, -1, extend=True),
    "down": lambda p, at: p.vertical(at, 1, extend=False),
    "up": lambda p, at: p.vertical(at, -1, extend=False),
    "DOWN": lambda p, at: p.vertical(at, 1, extend=True),
    "UP": lambda p, at: p.vertical(at, -1, extend=True),
    "pagedown": lambda p, at: p.vertical(at, 5, extend=False),
    "pageup": lambda p, at: p.vertical(at, -5, extend=False),
    "home": lambda p, at: p.row_edge(at, -1, extend=False),
    "end": lambda p, at: p.row_edge(at, 1, extend=False),
    "HOME": lambda p, at: p.row_edge(at, -1, extend=True),
    "END": lambda p, at: p.row_edge(at, 1, extend=True),
    "top": lambda p, at: p.text_edge(at, -1, extend=False),
    "bottom": lambda p, at: p.text_edge(at, 1, extend=False),
    "TOP": lambda p, at: p.text_edge(at, -1, extend=True),
    "BOTTOM": lambda p, at: p.text_edge(at, 1, extend=True),
    ")": lambda p, at: p.sentence(at, 1, extend=False),
    "(": lambda p, at: p.sentence(at, -1, extend=False),
    "))": lambda p, at: p.sentence(at, 1, extend=True),
    "((": lambda p, at: p.sentence(at, -1, extend=True),
    "n": lambda p, at: p.entity(at, 1, extend=False),
    "N": lambda p, at: p.entity(at, -1, extend=False),
    "nn": lambda p, at: p.entity(at, 1, extend=True),
    "e": lambda p, at: p.grow(at),
    "E": lambda p, at: p.shrink(at),
    "[": lambda p, at: p.with_edge(at, "left", -1),
    "]": lambda p, at: p.with_edge(at, "left", 1),
    "{": lambda p, at: p.with_edge(at, "right", -1),
    "}": lambda p, at: p.with_edge(at, "right", 1),
}


def run(text: str, moves: str, *, width: int = 40, by_character: bool = False) -> Place:
    pointer = Pointer(text, Layout(text, width), by_character=by_character)
    place = pointer.first()
    for move in moves.split():
        place = MOVES[move](pointer, place)
    return place


def words(text: str, moves: str, **more: Any) -> str:
    place = run(text, moves, **more)
    return text[place.start : place.end]


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ("", "Gunmen"),
        ("left", "Gunmen"),
        ("right", "killed"),
        ("right left", "Gunmen"),
        ("right right right right", "3,000"),
        ("bottom", "."),
        ("bottom right", "."),
        ("bottom left", "came"),
        ("end", "."),
        ("right home", "Gunmen"),
        ("right end home", "Gunmen"),
        ("bottom top", "Gunmen"),
        (")", "They"),
        (") )", "Nobody"),
        (") ) (", "They"),
        ("n", "3,000"),
        ("n n", "Al-Fashir"),
        ("n n N", "3,000"),
        # extending: over the anchor and back, on either side
        ("RIGHT", "Gunmen killed"),
        ("RIGHT RIGHT LEFT", "Gunmen killed"),
        ("RIGHT LEFT", "Gunmen"),
        ("right RIGHT LEFT LEFT", "Gunmen killed"),
        ("right LEFT", "Gunmen killed"),
        ("right LEFT RIGHT", "killed"),
        ("right LEFT RIGHT RIGHT", "killed at"),
        ("right LEFT LEFT LEFT", "Gunmen killed"),
        ("bottom RIGHT", "."),
        ("right END", "killed at least 3,000 people."),
        ("right END HOME", "Gunmen killed"),
        ("right HOME END", "killed at least 3,000 people."),
        ("right BOTTOM TOP", "Gunmen killed"),
        ("RIGHT right", "at"),
        ("right RIGHT left", "Gunmen"),
        ("right )) ))", NEWS[7 : NEWS.index("Nobody") + 6]),
        (") ) right (( ((", "They fled Al-Fashir. Nobody came"),
        ("nn nn", NEWS[: NEWS.index("Al-Fashir") + 9]),
        # edges
        ("}", "Gunmen killed"),
        ("} {", "Gunmen"),
        ("{", "Gunmen"),
        ("]", "Gunmen"),
        ("[", "Gunmen"),
        ("right [", "Gunmen killed"),
        ("right [ ]", "killed"),
        ("RIGHT RIGHT ]", "killed at"),
        ("RIGHT RIGHT ] ] ]", "at"),
        ("RIGHT RIGHT { { {", "Gunmen"),
        ("} } RIGHT", "Gunmen killed at least"),
        ("} } LEFT LEFT LEFT", "Gunmen"),
        ("right right [ LEFT", "Gunmen killed at"),
        ("right right [ RIGHT RIGHT", "at least"),
        ("right right RIGHT [ LEFT", "Gunmen killed at least"),
        # grow and shrink
        ("e", "Gunmen killed at least 3,000 people"),
        ("e e", "Gunmen killed at least 3,000 people."),
        ("e E", "Gunmen killed at least 3,000"),
        ("e DOWN", NEWS[: NEWS.index("They") + 4]),
    ],
)
def test_moves(moves: str, expected: str) -> None:
    assert words(NEWS, moves) == expected


def test_an_edge_that_passes_the_anchor_takes_it_along() -> None:
    place = run(NEWS, "RIGHT RIGHT RIGHT ] ]")
    assert place.start <= place.anchor[0] < place.anchor[1] <= place.end
    assert NEWS[place.start : place.end] == "at least"


ROWS = "one two three\n\nfour\nfive six seven eight\n   \n"  # rows 0, (1), 2, 3, (4), (5)


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ("down", "four"),
        ("right right down", "four"),
        ("right right down down", "seven"),  # the column is that of "three", kept over the short row
        ("right right down down up up", "three"),
        ("right right down home down", "five"),  # a move along the row gives the column up
        ("up", "one"),
        ("down down down", "five"),
        ("pagedown", "five"),  # past the blank rows at the end there is nothing, so the last row with words
        ("right pagedown pageup", "two"),
        ("bottom", "eight"),
        ("DOWN", "one two three\n\nfour"),
        ("DOWN DOWN UP", "one two three\n\nfour"),  # shrinks on the side that was extended
        ("DOWN UP", "one"),
        ("down down right UP", "four\nfive six"),
        ("down down right UP DOWN", "six"),
        ("down down right UP UP DOWN", "four\nfive six"),
    ],
)
def test_rows(moves: str, expected: str) -> None:
    assert words(ROWS, moves) == expected


def test_down_from_a_selection_of_several_rows_is_the_row_below_it() -> None:
    text = "a b\nc d\ne f\ng h\n"
    pointer = Pointer(text, Layout(text, 40))
    place = pointer.vertical(pointer.select(0, 7), 1, extend=False)
    assert text[place.start : place.end] == "e"


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ("", "a"),
        ("right", "👩‍👩‍👧‍👦"),
        ("right right", "b"),
        ("right RIGHT", "👩‍👩‍👧‍👦b"),
        ("right RIGHT LEFT LEFT", "a👩‍👩‍👧‍👦"),
        ("right right right right", "e\u0301"),
        ("bottom", "n"),
        ("bottom left", "e\u0301"),
        ("bottom [ [", " e\u0301n"),
        ("TOP BOTTOM", FAMILY),
    ],
)
def test_character_mode_goes_by_grapheme_cluster(moves: str, expected: str) -> None:
    assert words(FAMILY, moves, by_character=True) == expected


def test_character_mode_passes_line_breaks_but_can_select_over_them() -> None:
    assert words("a\r\n\r\nb", "right", by_character=True) == "b"
    assert words("a\r\n\r\nb", "right left", by_character=True) == "a"
    assert words("a\r\n\r\nb", "RIGHT", by_character=True) == "a\r\n"
    assert words("a\n", "right", by_character=True) == "a"


def test_character_mode_takes_the_whole_cluster_that_an_offset_lies_in() -> None:
    pointer = Pointer(FAMILY, Layout(FAMILY, 40), by_character=True)
    assert pointer.at(4).extent == (1, 8)


def test_a_text_without_words_has_a_place_that_stays() -> None:
    for text in (" ", "\n\n", " \n \r\n", "\r\n"):
        for by_character in (False, True):
            for moves in MOVES:
                place = run(text, moves, by_character=by_character)
                assert 0 <= place.start < place.end <= len(text), (text, moves)


def test_an_empty_text_has_an_empty_place_that_stays() -> None:
    for by_character in (False, True):
        for moves in MOVES:
            assert run("", moves, by_character=by_character).extent == (0, 0)


def test_a_text_of_one_token_is_always_selected() -> None:
    for moves in MOVES:
        assert words("Khartoum", moves) == "Khartoum"


def test_is_unit() -> None:
    pointer = Pointer(NEWS, Layout(NEWS, 40))
    assert pointer.is_unit((0, 6))
    assert not pointer.is_unit((0, 5))
    assert not pointer.is_unit((0, 13))
    pointer.by_character = True
    assert pointer.is_unit((0, 1))
    assert not pointer.is_unit((0, 6))


@settings(max_examples=150)
@given(texts(max_size=25), st.lists(st.sampled_from(sorted(MOVES)), max_size=25), st.integers(1, 30), st.booleans())
def test_any_moves_leave_a_stretch_of_whole_clusters(
    text: str, moves: list[str], width: int, by_character: bool
) -> None:
    pointer = Pointer(text, Layout(text, width), by_character=by_character)
    stops = {0}
    for grapheme in iter_graphemes(text):
        stops.add(max(stops) + len(grapheme))
    place = pointer.first()
    for move in moves:
        place = MOVES[move](pointer, place)
        assert 0 <= place.start < place.end <= len(text), move
        assert place.start <= place.anchor[0] <= place.anchor[1] <= place.end, move
        if by_character:
            assert {place.start, place.end} <= stops | _breaks(text), move


def _breaks(text: str) -> set[int]:
    """Return the offsets of line breaks: each row is cut into clusters by itself, so a mark after a break starts one."""
    return {at for at, c in enumerate(text) if c in "\r\n"} | {at + 1 for at, c in enumerate(text) if c in "\r\n"}


@pytest.mark.parametrize(
    ("text", "moves", "expected"),
    [
        ("\nab\r\n\n", "", "a"),
        ("\nab\r\n\n", "right", "b"),
        ("\nab\r\n\n", "right top", "a"),
        ("\nab\r\n\n", "bottom", "b"),
        ("\r\n\n", "", "\r\n"),  # nothing else is there
        ("\u0301\n", "bottom", "\u0301"),
    ],
)
def test_by_character_the_ends_of_the_text_are_no_line_breaks(text: str, moves: str, expected: str) -> None:
    assert words(text, moves, by_character=True) == expected


def test_what_is_found_is_selected_to_whole_graphemes() -> None:
    text = "กำ ก cafe\u0301"
    pointer = Pointer(text, Layout(text, 80))
    assert [pointer.select_found(*found).extent for found in ((0, 1), (3, 4), (5, 9))] == [(0, 2), (3, 4), (5, 10)]
