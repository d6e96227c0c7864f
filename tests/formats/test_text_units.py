"""Units of other tools: converted exactly, never rounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from strategies import texts

from annotator.formats.text_units import crlf_as_one, units_of, utf16, utf16_offsets


@given(text=texts(min_size=0))
def test_utf_16_is_what_the_codec_says(text: str) -> None:
    unit = utf16(text)
    offsets = [len(text[:at].encode("utf-16-le")) // 2 for at in range(len(text) + 1)]
    assert list(utf16_offsets(text)) == offsets
    assert [unit.offset(units) for units in offsets] == list(range(len(text) + 1))
    assert [unit.offset(units) for units in range(offsets[-1]) if units not in offsets] == [None] * (
        offsets[-1] + 1 - len(offsets)
    )


@given(text=texts())
def test_crlf_as_one_finds_what_universal_newlines_find(text: str) -> None:
    unit, unified = crlf_as_one(text), text.replace("\r\n", "\n")
    for at in range(len(unified)):
        extent = unit.extent(at, at + 1)
        assert extent is not None
        assert text[slice(*extent)].replace("\r\n", "\n") == unified[at]


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (0, 0), (2, 1), (0, 4), (1, 2)])
def test_what_is_no_stretch_of_the_text(start: int, end: int) -> None:
    assert utf16("a👩").extent(start, end) is None


def test_only_what_makes_a_difference_is_tried() -> None:
    assert [unit.name for unit in units_of("a")] == [""]
    assert len(list(units_of("a\r\n👩", marked=True))) == 4
