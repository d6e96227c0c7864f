"""Rows and cells: properties over awkward text, and a few rows spelled out."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from support import steps
from wcwidth import iter_graphemes

from annotator.tui.glyphs import COMPLEX, glyph, visible
from annotator.tui.layout import Layout

ATOMS = [
    "a", "b", "word", " ", "  ", "al-Qaida", "\xa0", "—", "Ελλάς", "Киев",
    "\t", "\n", "\r", "\r\n", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x00", "\x1b", "\x7f",
    "中", "日本語", "。", "「", "Ａ", "ｶ", "\u3000", "한", "\u1112\u1161\u11ab", "\u1161",
    "👨\u200d👩\u200d👧", "🇺🇸", "🇾", "👍🏽", "❤\ufe0f", "1\ufe0f\u20e3", "❤", "\ufe0f", "\u200d",
    "e\u0301", "\u0301", "n\u0303\u0323", "क्ष", "नि", "क्\u200dष", "प्", "ที่", "กำ", "ไทย",
    "قُتلوا", "مدني", "\u200f", "\u202e", "\u2066", "\u0600",
    "\u200b", "\ufeff", "\xad", "\ud800", "\U000e0061",
]  # fmt: skip
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]")
TEXTS = st.lists(st.sampled_from(ATOMS), max_size=30).map("".join)
WIDTHS = st.integers(1, 24)
ODD = "\ufe0f\u200d中\r\n\r\n\t\ta\u200d b"


@given(TEXTS, WIDTHS)
@example("", 10)
@example(ODD, 3)
def test_rows_joined_are_the_text_and_every_offset_has_one_row(text: str, width: int) -> None:
    layout = Layout(text, width)
    starts = [layout.row_start(row) for row in range(layout.rows)]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    joined = "".join(text[layout.row_start(row) : layout.next_start(row)] for row in range(layout.rows))
    assert joined == text
    for row in range(layout.rows):
        start, end, after = layout.row_start(row), layout.row_end(row), layout.next_start(row)
        assert text[end:after] in ("", "\n", "\r", "\r\n")
        assert not {"\n", "\r"} & set(text[start:end])
        assert {layout.row_of(offset) for offset in range(start, max(after, start + 1))} == {row}
    hard = len(re.findall(r"\r\n|\n|\r", text))
    assert sum(not layout.is_wrapped(row) for row in range(layout.rows)) == hard + 1
    assert layout.row_of(len(text)) == layout.rows - 1


@given(TEXTS, WIDTHS)
@example(ODD, 3)
def test_offset_and_cell_map_both_ways(text: str, width: int) -> None:
    layout = Layout(text, width)
    for row in range(layout.rows):
        stops = list(layout.stops(row))
        assert (stops[0], stops[-1]) == (layout.row_start(row), layout.row_end(row))
        owner: dict[int, int] = {}
        cell = 0
        for offset, painted, size in layout.pieces(row):
            assert size >= 1
            assert layout.cell_of(offset) == (row, cell)
            owner.update(dict.fromkeys(range(cell, cell + size), offset))
            cell += size
            assert painted
        assert cell <= width or len(stops) == 2
        assert {c: layout.offset_at(row, c) for c in range(cell)} == owner
        past = layout.offset_at(row, cell + 5)
        assert layout.row_of(past) == row
        assert past == (stops[-2] if layout.is_wrapped(row) else stops[-1])
        for first, last in pairwise(stops):
            assert all(layout.cell_of(offset) == layout.cell_of(first) for offset in range(first, last))


@given(TEXTS, WIDTHS)
@example("\ud800\ufe0f", 1)
@example("a\u200db", 10)
def test_glyphs_are_as_wide_together_as_apart_and_safe_to_print(text: str, width: int) -> None:
    layout = Layout(text, width)
    for row in range(layout.rows):
        line = layout.line(row)
        painted = line.painted(0, len(line.glyphs))
        assert cell_len(painted) == line.width
        assert not UNSAFE.search(painted)
        painted.encode("utf-8")


@given(TEXTS, WIDTHS)
def test_stops_are_those_of_the_whole_paragraph(text: str, width: int) -> None:
    layout = Layout(text, width)
    expected, at = {0}, 0
    for paragraph in re.split(r"(\r\n|\n|\r)", text):
        for grapheme in [paragraph] if paragraph[:1] in ("\r", "\n") else iter_graphemes(paragraph):
            at += len(grapheme)
            expected.add(at)
    assert {stop for row in range(layout.rows) for stop in [*layout.stops(row), layout.next_start(row)]} == expected
    forward = [0]
    while forward[-1] < len(text):
        forward.append(layout.next_grapheme(forward[-1]))
    assert forward == sorted(expected)
    backward = [len(text)]
    while backward[-1] > 0:
        backward.append(layout.previous_grapheme(backward[-1]))
    assert backward[::-1] == forward
    for before, after in pairwise(forward):
        assert all(layout.next_grapheme(o) == after for o in range(before, after))
        assert all(layout.previous_grapheme(o) == before for o in range(before + 1, after + 1))


@given(st.text(alphabet="ab c.", max_size=80), WIDTHS)
def test_both_ways_of_wrapping_agree_on_plain_text(text: str, width: int) -> None:
    plain = Layout(text, width)
    counted = Layout(text + "\n中", width)  # the last row alone is counted; the rest must not move
    assert [counted.row_start(r) for r in range(plain.rows)] == [plain.row_start(r) for r in range(plain.rows)]
    slow = Layout(text.replace("a", "e\u0301"), width)
    assert [slow.line(r).painted(0, 99).replace("e\u0301", "a") for r in range(slow.rows)] == [
        plain.line(r).painted(0, 99) for r in range(plain.rows)
    ]


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("", 10, [""]),
        ("one two three", 8, ["one two ", "three"]),
        ("one two three", 7, ["one ", "two ", "three"]),
        ("unbreakable", 4, ["unbr", "eaka", "ble"]),
        ("a\nb\r\nc\rd\n", 10, ["a", "b", "c", "d", ""]),
        ("a\u2028b\x0bc\x0cd\x85e", 20, ["a·b␋c␌d·e"]),
        ("a\tb\tc", 20, ["a   b   c"]),
        ("abcd\te", 20, ["abcd    e"]),
        ("\x00\x1b[31m", 20, ["␀␛[31m"]),
        ("中文新闻报道。好", 8, ["中文新闻", "报道。好"]),
        ("新闻报道。好", 8, ["新闻报", "道。好"]),
        ("说「你好」", 4, ["说", "「你", "好」"]),
        ("ab 中文新闻", 8, ["ab 中文", "新闻"]),
        ("x 👨\u200d👩\u200d👧 y", 5, ["x 👨\u200d👩\u200d👧 ", "y"]),
        ("a\u202eb\u2066c", 9, ["a·b·c"]),
    ],
)
def test_rows(text: str, width: int, rows: list[str]) -> None:
    layout = Layout(text, width)
    assert [layout.line(row).painted(0, 999) for row in range(layout.rows)] == rows


def test_simple_characters_are_a_cluster_a_cell_and_a_glyph_each() -> None:
    simple = [chr(code) for code in range(0x20, 0x3000) if COMPLEX.search(chr(code)) is None]
    assert len(simple) > 1500
    assert list(iter_graphemes("".join(simple))) == simple
    assert all(glyph(character) == (character, 1) for character in simple)


def test_visible_makes_one_safe_line() -> None:
    assert visible("plain – Ünïcode") == "plain – Ünïcode"
    assert visible("a\x1b[2Jb\r\nc\td\u202e") == "a␛[2Jb c d·"


def test_five_megabytes_are_laid_out_in_a_few_steps_a_row() -> None:
    text = ("Houthi forces shelled a crowded market in the al-Dhabab district of Taiz on Friday. " * 6 + "\n\n") * 9_900
    assert len(text) > 5_000_000
    made: list[Layout] = []
    taken = steps(lambda: made.append(Layout(text, 78)))
    layout = made[0]
    assert taken <= 10 * layout.rows  # each character by itself would take 63 a row
    assert layout.offset_at(layout.row_of(2_500_000), 40) in range(2_500_000 - 100, 2_500_000 + 100)
