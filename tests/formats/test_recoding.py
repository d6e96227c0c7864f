"""Files in an encoding that a person names: read whole as that, or refused with line and byte."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import InputError, UsageError
from annotator.formats.base import ReadOptions
from annotator.formats.gate import Gate
from annotator.formats.mapping import Mapper
from annotator.formats.recoding import MisfitError, in_utf8, known_encoding, recoded
from annotator.intake import LoadReport, Reading

BLOCK = 1 << 16


def stream_of(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))


@pytest.mark.parametrize(
    ("given_", "name"),
    [("latin1", "iso8859-1"), ("windows-1252", "cp1252"), ("UTF8", "utf-8"), ("Shift_JIS", "shift_jis")],
)
def test_an_encoding_has_one_name(given_: str, name: str) -> None:
    assert known_encoding(given_) == name


@pytest.mark.parametrize("name", ["", "no-such", "rot13", "base64", "idna", "unicode_escape", "undefined", "a\0b", "ä"])
def test_what_no_file_is_encoded_in_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="there is no encoding"):
        known_encoding(name)


def test_the_nearest_name_is_told() -> None:
    with pytest.raises(UsageError) as caught:
        known_encoding("cp12522")
    assert "cp1252" in caught.value.hint


@given(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.sampled_from(["utf-8", "utf-16", "utf-16-be", "utf-32", "utf-7", "gb18030"]),
)
def test_a_text_comes_through(text: str, encoding: str) -> None:
    # gb18030 and UTF-7 have a form for every character, too.
    assert recoded(stream_of(text.encode(encoding)), encoding).read().decode("utf-8") == text


@pytest.mark.parametrize("encoding", ["cp932", "utf-16-le", "utf-8", "iso2022_jp"])
@pytest.mark.parametrize("shift", [0, 1])
def test_characters_across_blocks_come_through(encoding: str, shift: int) -> None:
    text = "a" * shift + "日本\n" * BLOCK
    assert recoded(stream_of(text.encode(encoding)), encoding).read().decode("utf-8") == text


@pytest.mark.parametrize(
    ("data", "encoding", "line", "offset", "before"),
    [
        (b"ab\n\x81c", "cp1252", 2, 3, b"ab\n"),
        (b"\x81", "cp1252", 1, 0, b""),
        ("a\n\n日".encode("utf-16-le")[:-1], "utf-16-le", 3, 6, b"a\n\n"),
        (b"x\n" * BLOCK + b"\xff", "utf-8", BLOCK + 1, 2 * BLOCK, b"x\n" * BLOCK),
        (b"a" * (BLOCK - 1) + b"\xe6\x97" + b"\n", "utf-8", 1, BLOCK - 1, b"a" * (BLOCK - 1)),
        (b"a" * (BLOCK - 1) + b"\x93\xfa\x81\x01", "cp932", 1, BLOCK + 1, b"a" * (BLOCK - 1) + "日".encode()),
    ],
    ids=["second line", "first byte", "cut off", "a later block", "across blocks", "after one across blocks"],
)
def test_a_byte_that_does_not_fit_is_told_by_line_and_place(
    data: bytes, encoding: str, line: int, offset: int, before: bytes
) -> None:
    stream = recoded(stream_of(data), encoding)
    read = b""
    with pytest.raises(MisfitError) as caught:
        while part := stream.read1():
            read += part
    assert read == before  # what is good before it was read
    assert caught.value.line == line
    assert str(caught.value) == f"is not {encoding}: byte 0x{data[offset]:02x} at {offset:,} does not fit"
    with pytest.raises(InputError, match=f"^b.txt:{line} is not {encoding}: byte"):
        in_utf8(data, encoding, name="b.txt")


def test_without_an_encoding_bytes_are_as_they_are() -> None:
    assert in_utf8(b"\xff\x00", "", name="b.txt") == b"\xff\x00"


def test_the_place_of_a_wrong_byte_is_in_the_message_of_a_load(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"text\nna\xefve\ncaf\xe9\n\x81\n")
    report = LoadReport()
    reading = Reading([str(tmp_path / "t.csv")], report, options=ReadOptions(encoding="windows-1252"))
    texts = [record.text for record in reading.admitted(Mapper(None), Gate(None))]
    assert texts == ["naïve", "café"]
    assert [(bad.where, bad.message) for bad in report.faults] == [
        (f"{tmp_path / 't.csv'}:4", "is not cp1252: byte 0x81 at 16 does not fit")
    ]


def test_where_the_encoding_is_set_none_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text":"x"}\n')
    (tmp_path / "b.txt").write_bytes(b"na\xefve")
    report = LoadReport()
    reading = Reading([str(tmp_path)], report, options=ReadOptions(encoding="cp1252"))
    assert [record.text for record in reading.admitted(Mapper(None), Gate(None))] == ["naïve"]
    [bad] = report.faults
    assert bad.where.endswith("a.jsonl") and bad.message == "is jsonl, of which the encoding is set or declared"
    [note] = report.notes.values()
    assert (note.message, note.first) == ("read as cp1252, as --encoding says", str(tmp_path / "b.txt"))
    with pytest.raises(UsageError, match="--encoding is not for jsonl"):
        Reading(["-"], LoadReport(), format="jsonl", options=ReadOptions(encoding="cp1252"))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"a.ann": b"T1\tactor 0 5\tna\xefve\n", "a.txt": b"na\xefve\n"}, ""),
        ({"a.txt.annotations": b"(0, 0) - actor\n", "a.txt": b"na\xefve\n"}, ""),
        ({"a.conll": b"na\xefve B-actor\n"}, ""),
        ({"a.csv": "text\nnaïve\n".encode("utf-16")}, "utf-16"),
        ({"a.ann": b"T1\tactor 0 5\tna\xefve\n", "a.txt": b"na\x81ve\n"}, "a.txt:1 is not cp1252"),
    ],
    ids=["brat", "slate", "conll", "utf-16", "brat's text"],
)
def test_what_lies_beside_is_in_the_same_encoding(tmp_path: Path, names: dict[str, bytes], told: str) -> None:
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    report = LoadReport()
    options = ReadOptions(encoding=told if told.startswith("utf") else "cp1252")
    texts = [
        record.text.strip()
        for record in Reading([str(tmp_path)], report, options=options).admitted(Mapper(None), Gate(None))
    ]
    if "is not" in told:
        assert not texts and told in report.faults[0].message
    else:
        assert texts == ["naïve"] and not report.faults


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_what_says_in_no_way_which_byte_comes_first_is_told(encoding: str) -> None:
    data = "Rebels fled".encode(f"{encoding}-be")
    with pytest.raises(InputError, match="does not begin with a byte order mark") as error:
        in_utf8(data, encoding, name="a.txt")
    assert f"{encoding}-be" in error.value.hint
    assert in_utf8(data, f"{encoding}-be", name="a.txt") == b"Rebels fled"
