"""Input that means harm or comes from a broken program: one clear line for each, and nothing half read."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.schema import Schema
from annotator.errors import InputError
from annotator.formats import json_items, jsonl
from annotator.formats.base import Incoming, Loss
from annotator.formats.decoding import decode
from annotator.formats.gate import Gate
from annotator.formats.sources import Ignored, Source, find
from annotator.formats.table import CSV

FILE = Source("x.jsonl", "x", ".jsonl", 0, Path("x.jsonl"))
STDIN = Source("<stdin>", "stdin", "", 0, None)
SCHEMA = Schema.validated({"name": "s", "version": "1", "labels": {"x": {}}})


def lines(data: bytes, source: Source = FILE) -> list[Incoming | Bad]:
    return list(jsonl.read(io.BufferedReader(io.BytesIO(data)), source))


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize("field", [b"meta", b"unknown", b"attributes"])
def test_a_line_that_is_nested_too_deeply_is_bad_and_the_next_is_read(field: bytes) -> None:
    value = b'{"a":' + nested(5000) + b"}"
    first, second = lines(b'{"text":"a","' + field + b'":' + value + b'}\n{"text":"b"}\n')
    if isinstance(first, Bad):
        assert (first.where, first.message) == ("x.jsonl:1", "is nested too deeply")
    else:  # CPython from 3.12 on lets the decoder go deeper; then it is refused before it is stored
        with pytest.raises(InputError):
            Gate(SCHEMA).admit(first)
    assert isinstance(second, Incoming)


def test_no_value_is_stored_that_a_later_reader_could_not_walk() -> None:
    def record(depth: int) -> Incoming:
        return Incoming(Record("", "k", "", "text", {"a": json.loads(nested(depth))}))

    gate = Gate(SCHEMA)
    gate.admit(record(99))
    with pytest.raises(InputError, match="more than 100 levels deep"):
        gate.admit(record(100))
    deep = LayerRecord("Ana", attributes={"a": json.loads(nested(500))})
    with pytest.raises(InputError, match="levels deep"):
        gate.admit(Incoming(Record("", "k", "", "text", {}, deep)))


def test_a_line_that_is_too_long_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_items, "ITEM_LIMIT", 64)
    long = b'{"text":"' + b"a" * 300 + b'"}\n'
    exact = b'{"text":"' + b"a" * 52 + b'"}\n'
    assert len(exact) == 64
    found = lines(b'{"text":"b"}\n' + long + exact + b'{"text":"c"}')
    assert [item.where if isinstance(item, Bad) else item.record.text[:1] for item in found] == [
        "b",
        "x.jsonl:2",
        "a",
        "c",
    ]
    assert [type(item) for item in lines(long.rstrip())] == [Bad]


def test_a_file_of_nothing_but_a_mark_holds_nothing() -> None:
    assert lines(b"\xef\xbb\xbf") == []
    assert [type(item) for item in lines(b'\xef\xbb\xbf{"text":"a"}')] == [Incoming]


def test_a_note_or_attributes_without_spans_are_not_lost() -> None:
    (noted,) = lines(b'{"text":"a","note":"see"}')
    (attributed,) = lines(b'{"text":"a","attributes":{"q":1}}')
    assert isinstance(noted, Incoming)
    assert noted.record.layer == LayerRecord("", note="see")
    assert isinstance(attributed, Incoming)
    assert attributed.record.layer == LayerRecord("", attributes={"q": 1})


def test_an_unknown_field_never_says_it_was_kept_when_it_was_not() -> None:
    (item,) = lines(b'{"text":"a","src":1,"other":2,"meta":{"src":3}}')
    assert isinstance(item, Incoming)
    assert item.record.meta == {"src": 3, "other": 2}
    assert item.notes == ("field 'other' is not part of the format and was kept in meta",)
    why = "'src' = 1 is not part of the format, and meta has another one"
    assert item.losses == (Loss("x:1", "", "", "field of the article", why),)


def test_what_comes_from_standard_input_has_keys_of_its_own_each_time() -> None:
    def keys(data: bytes, read: Any = jsonl.read) -> list[str]:
        return [item.record.key for item in read(io.BufferedReader(io.BytesIO(data)), STDIN)]

    first, second = keys(b'{"text":"a"}\n'), keys(b'{"text":"b"}\n')
    assert first != second
    assert first == keys(b'{"text":"a"}\n')
    assert keys(b"text\na\n", CSV.read) == first


def test_an_article_that_begins_with_a_bracket_is_no_json() -> None:
    sniff = jsonl.FORMAT.sniff
    assert sniff is not None
    assert [sniff(head) > 1 for head in (b"[Reuters] Kyiv.", b"[ 1 ] Kyiv", b'[{"text"', b"\xef\xbb\xbf {", b"{")] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_huge_header_is_quoted_in_part() -> None:
    assert CSV.read is not None
    source = Source("x.csv", "x", ".csv", 0, Path("x.csv"))
    for head in (b"q" * 9000 + b",b", b"q" * 9000 + b"," + b"q" * 9000):
        (bad,) = CSV.read(io.BufferedReader(io.BytesIO(head + b"\n1,2\n")), source)
        assert isinstance(bad, Bad)
        assert len(bad.message) < 300


def test_a_short_cyrillic_text_is_not_taken_for_an_old_macintosh_one() -> None:
    text = "Киев и Харьков под обстрелом, погибли люди"
    assert decode(text.encode("cp1251"))[0] == text


def test_a_path_that_cannot_be_reached_does_not_keep_the_others_out(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("x")
    bad, good = find(["a" * 300, str(tmp_path / "good.txt")], suffixes=[".txt"])
    assert isinstance(bad, Bad)
    assert "no such file" in bad.message or "too long" in bad.message
    assert isinstance(good, Source)


def test_links_that_lead_nowhere_or_to_folders_are_told(tmp_path: Path) -> None:
    try:
        (tmp_path / "a.txt").symlink_to("nowhere")
        (tmp_path / "self").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    (tmp_path / "b.txt").write_text("x")
    for path in (tmp_path, tmp_path / "*.txt"):
        bad, good, *rest = find([str(path)], suffixes=[".txt"])
        assert isinstance(bad, Bad)
        assert bad.message == "is a link to a file that is not there"
        assert isinstance(good, Source)
        assert all(isinstance(item, Ignored) and "link to a folder" in item.why for item in rest)
    (bad,) = find([str(tmp_path / "a.txt")], suffixes=[".txt"])
    assert isinstance(bad, Bad)
    assert "link" in bad.message


def test_keys_of_a_pattern_are_relative_to_the_folder_before_it(tmp_path: Path) -> None:
    for name in ("x/a.txt", "y/a.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x")
    assert [
        item.key for item in find([str(tmp_path / "*" / "*.txt")], suffixes=[".txt"]) if isinstance(item, Source)
    ] == [
        "x/a",
        "y/a",
    ]
