"""JSON one value at a time: arrays, lines and documents, with line numbers, past what is broken."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_values, texts

from annotator.core.record import Bad
from annotator.formats import json_items
from annotator.formats.json_items import Item, first_item, items
from annotator.formats.sources import Source

SOURCE = Source("f.json", "f", ".json", 0, Path("f.json"))


def found(data: bytes, type: Any = Any) -> list[Item | Bad]:
    return list(items(io.BufferedReader(io.BytesIO(data)), SOURCE, type=type))


def brief(data: bytes, type: Any = Any) -> list[Any]:
    """Return values with their lines, and faults as "line: message"."""
    return [
        (item.line, item.value) if isinstance(item, Item) else f"{item.where.rpartition(':')[2]}: {item.message}"
        for item in found(data, type)
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b" \n ", []),
        (b"[]", []),
        (b" \n[ ]\n", []),
        (b'[{"a": 1}, {"b": 2}]', [(1, {"a": 1}), (1, {"b": 2})]),
        (b'\xef\xbb\xbf[\n {"a":\n 1},\n\n {"b": 2}\n]\n', [(2, {"a": 1}), (5, {"b": 2})]),
        (b'{"a": 1}\n\n{"b": 2}\r\n', [(1, {"a": 1}), (3, {"b": 2})]),
        (b'{\n "a": 1\n}\n{\n "b": 2\n}\n', [(1, {"a": 1}), (4, {"b": 2})]),
        (b'{"a": [\n1, 2]}', [(1, {"a": [1, 2]})]),
        (b'[1, "x", null, [2]]', [(1, 1), (1, "x"), (1, None), (1, [2])]),
    ],
)
def test_arrays_lines_and_documents(data: bytes, expected: list[Any]) -> None:
    assert brief(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1}\n{"b" 2}\n{"c": 3}', [(1, {"a": 1}), "2: broken JSON: expected ':' (byte 5)", (3, {"c": 3})]),
        (b'[{"a": 1},\n{"b" 2},\n{"c": 3}]', [(1, {"a": 1}), "2: broken JSON: Expecting ':' delimiter", (3, {"c": 3})]),
        (b'[{"a":\n NaN},\n{"c": 3}]', ["1: broken JSON: NaN is not JSON", (3, {"c": 3})]),
        (b'[1e999,\n{"c": 3}]', ["1: broken JSON: a number is out of range", (2, {"c": 3})]),
        (b'[{"a": 1}\n{"c": 3}]', [(1, {"a": 1}), "2: broken JSON: no comma before this value", (2, {"c": 3})]),
        (b'[{"a": "\xff"},\n{"c": 3}]', ["1: is not UTF-8: byte 0xff", (2, {"c": 3})]),
        (b'[{"a": 1},\n{"c": ', [(1, {"a": 1}), "2: broken JSON: the file is cut off within this value"]),
        (b'[{"a": 1},\n{"c": "x', [(1, {"a": 1}), "2: broken JSON: the file is cut off within this value"]),
        (b'[{"a": 1},\n', [(1, {"a": 1}), "2: broken JSON: the file is cut off: its array does not end"]),
        (b'[{"a": 1}]\n5', [(1, {"a": 1}), "2: broken JSON: more after the end of the array"]),
        (b'[{"a": 1}}', [(1, {"a": 1}), "1: broken JSON: '}' where a value should begin"]),
        (b'[{"a": 1},,2]', [(1, {"a": 1}), "1: broken JSON: ',' where a value should begin"]),
        (b'[{"a": "\\ud83d"},\n"\\ud83d\\ude00"]', ["1: broken JSON: lone surrogate", (2, "😀")]),
        (b"\xff\xfe[\x00]\x00", ["f.json: is UTF-16; JSON must be UTF-8"]),
        (b"[\x00]", ["f.json: is binary; JSON must be UTF-8"]),
        (b'["' + b"9" * 5000 + b'", ' + b"9" * 5000 + b', "x"]', [(1, "9" * 5000), "1 (value 2): broken JSON: Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits", (1, "x")]),
    ],
)  # fmt: skip
def test_what_is_broken_is_named_by_line_and_the_rest_is_read(data: bytes, expected: list[Any]) -> None:
    assert brief(data) == expected


class Typed(msgspec.Struct):
    text: str
    spans: list[int] = []


@pytest.mark.parametrize("data", [b'[{"text": "a"},\n{"text": 5},\n{}]', b'{"text": "a"}\n{"text": 5}\n{}'])
def test_values_of_another_type_are_bad_by_field(data: bytes) -> None:
    assert brief(data, Typed) == [(1, Typed("a")), "2: field 'text': expected str, got int", "3: no field 'text'"]


@pytest.mark.parametrize("wrapped", [b"[{},\n2]", b"{}\n2"])
def test_what_is_nested_too_deeply_is_one_fault(wrapped: bytes) -> None:
    deep = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    first, second = found(wrapped.replace(b"{}", deep))
    assert isinstance(first, Bad)
    assert first.message == "is nested too deeply"
    assert second == Item(2, 2)


@given(st.lists(st.dictionaries(texts(max_size=3), json_values(), max_size=3), max_size=5), st.integers(2, 40))
def test_any_values_come_back_however_the_window_falls(values: list[Any], block: int) -> None:
    before = json_items._BLOCK
    json_items._BLOCK = block  # type: ignore[misc]
    try:
        for indent, ascii in ((None, True), (None, False), (1, False)):
            data = json.dumps(values, indent=indent, ensure_ascii=ascii)
            assert [item.value for item in found(data.encode()) if isinstance(item, Item)] == values
    finally:
        json_items._BLOCK = before  # type: ignore[misc]


@pytest.mark.parametrize("block", range(2, 24))
def test_a_byte_that_is_not_utf8_spoils_one_value_wherever_it_falls(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(json_items, "_BLOCK", block)
    data = '["é😀", "'.encode() + b"\xf0\x9f" + '", "😀é",\n"'.encode() + b"\xff" + '", "é"]'.encode()
    bad = ["1 (value 2): is not UTF-8: byte 0xf0", "2: is not UTF-8: byte 0xff"]
    assert brief(data) == [(1, "é😀"), bad[0], (1, "😀é"), bad[1], (2, "é")]


def test_a_character_that_the_end_cuts_is_told() -> None:
    assert brief(b'["a", "\xc3') == [(1, "a"), "1 (value 2): broken JSON: the file is cut off within this value"]


def test_lines_are_counted_over_many_blocks() -> None:
    values = [{"text": "x" * 1000, "n": n} for n in range(3000)]
    data = json.dumps(values, indent=1).encode()
    lines = [number for number, line in enumerate(data.split(b"\n"), 1) if line == b" {"]
    assert [item.line for item in found(data) if isinstance(item, Item)] == lines


def test_a_value_beyond_the_limit_ends_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_items, "ITEM_LIMIT", 100)
    monkeypatch.setattr(json_items, "_BLOCK", 64)
    assert brief(b'[{"a": 1}, "' + b"x" * 1000 + b'"]') == [(1, {"a": 1}), "1: is longer than 0 MB"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [(b'[{"a": 1}, {"b', {"a": 1}), (b'{"a": 1}\n{"b', {"a": 1}), (b"Prose", None), (b'{"a": "x', None), (b"", None)],
)
def test_the_first_value_of_a_beginning(head: bytes, expected: Any) -> None:
    assert first_item(head) == expected
