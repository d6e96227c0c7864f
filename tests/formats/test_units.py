"""Offsets in other units: exactly the code point, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import texts
from wcwidth import iter_graphemes

from annotator.formats.units import UNITS, Offsets, Unit, likely

TEXT = "a👩‍👩‍👧e\u0301\r\n🇺🇦!"


@pytest.mark.parametrize(
    ("unit", "offset", "point"),
    [
        ("codepoints", 3, 3), ("codepoints", 13, 13), ("codepoints", 14, None), ("codepoints", -1, None),
        ("utf16", 1, 1), ("utf16", 2, None), ("utf16", 3, 2), ("utf16", 9, 6), ("utf16", 99, None),
        ("graphemes", 2, 6), ("graphemes", 3, 8), ("graphemes", 4, 10), ("graphemes", 6, 13), ("graphemes", 7, None),
        ("lf", 8, 8), ("lf", 9, 10), ("lf", 12, 13), ("lf", 13, None),
    ],
)  # fmt: skip
def test_offsets_of_a_text_with_everything(unit: Unit, offset: int, point: int | None) -> None:
    assert Offsets(TEXT, unit).point(offset) == point


@given(texts())
def test_utf16_is_what_the_codec_says(text: str) -> None:
    offsets = Offsets(text, "utf16")
    said = [len(text[:point].encode("utf-16-le")) // 2 for point in range(len(text) + 1)]
    assert [offsets.point(offset) for offset in said] == list(range(len(text) + 1))
    assert [offsets.offset(point) for point in range(len(text) + 1)] == said
    within = [offsets.point(offset) for offset in range(said[-1]) if offset not in said]
    assert within == [None] * (said[-1] + 1 - len(said))


@given(text=texts())
def test_crlf_as_one_finds_what_universal_newlines_find(text: str) -> None:
    offsets, unified = Offsets(text, "lf"), text.replace("\r\n", "\n")
    for at in range(len(unified)):
        extent = offsets.extent(at, at + 1)
        assert extent is not None
        assert text[slice(*extent)].replace("\r\n", "\n") == unified[at]
        assert (offsets.offset(extent[0]), offsets.offset(extent[1])) == (at, at + 1)


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (0, 0), (2, 1), (0, 4), (1, 2)])
def test_what_is_no_stretch_of_the_text(start: int, end: int) -> None:
    assert Offsets("a👩", "utf16").extent(start, end) is None


def test_only_what_makes_a_difference_is_tried() -> None:
    assert [unit.name for unit in likely("a")] == [""]
    assert len(list(likely("a\r\n👩", marked=True))) == 4


def test_a_byte_order_mark_may_count_as_one() -> None:
    marked = Offsets("ab", "marked")
    assert [marked.point(offset) for offset in range(5)] == [None, 0, 1, 2, None]
    assert [marked.offset(point) for point in range(3)] == [1, 2, 3]


@given(texts())
def test_graphemes_are_counted_whole(text: str) -> None:
    clusters = list(iter_graphemes(text))
    offsets = Offsets(text, "graphemes")
    for number in range(len(clusters) + 1):
        assert offsets.point(number) == len("".join(clusters[:number]))
    assert offsets.point(len(clusters) + 1) is None


@pytest.mark.parametrize("unit", [unit for unit in UNITS if unit != "marked"])
def test_plain_text_is_the_same_in_all_units(unit: Unit) -> None:
    assert Offsets("plain", unit).span(1, 5) == (1, 5)
    assert Offsets("plain", unit).span(1, 6) is None
