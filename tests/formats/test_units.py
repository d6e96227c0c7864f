"""Offsets in other units: exactly the code point, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import texts
from wcwidth import iter_graphemes

from annotator.formats.units import UNITS, Offsets, Unit

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
    for point in range(len(text) + 1):
        assert offsets.point(len(text[:point].encode("utf-16-le")) // 2) == point


@given(texts())
def test_graphemes_are_counted_whole(text: str) -> None:
    clusters = list(iter_graphemes(text))
    offsets = Offsets(text, "graphemes")
    for number in range(len(clusters) + 1):
        assert offsets.point(number) == len("".join(clusters[:number]))
    assert offsets.point(len(clusters) + 1) is None


@pytest.mark.parametrize("unit", UNITS)
def test_plain_text_is_the_same_in_all_units(unit: Unit) -> None:
    assert Offsets("plain", unit).span(1, 5) == (1, 5)
    assert Offsets("plain", unit).span(1, 6) is None
