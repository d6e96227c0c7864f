"""CSV and TSV: one article a row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import texts

from annotator.core.record import Bad, Record
from annotator.core.text import unify_newlines
from annotator.formats.base import Incoming
from annotator.formats.sources import Source
from annotator.formats.table import CSV, TSV

SOURCE = Source("t.csv", "t", ".csv", 0, Path("t.csv"))
SHARED = Path(__file__).parents[3] / "shared" / "data" / "formats" / "doccano"


def items(data: bytes, *, tabs: bool = False) -> list[Incoming | Bad]:
    read = (TSV if tabs else CSV).read
    assert read is not None
    return list(read(io.BufferedReader(io.BytesIO(data)), SOURCE))


def records(data: bytes, *, tabs: bool = False) -> list[Record]:
    found = []
    for item in items(data, tabs=tabs):
        assert isinstance(item, Incoming), item
        found.append(item.record)
    return found


def test_columns_are_found_by_name_and_the_rest_is_meta() -> None:
    found = records(b'ID,Headline,Body,date,Source\n7,Head,"One, two\r\nthree",2024-01-02,\n')
    assert found == [Record("t.csv:2", "7", "Head", "One, two\nthree", {"date": "2024-01-02", "Source": ""})]


def test_without_id_and_title_they_come_from_line_and_text() -> None:
    first, second = records(b'text\n"First\nstory"\nSecond\n')
    assert (first.key, first.title, first.where) == ("t:2", "First", "t.csv:2")
    assert (second.key, second.where) == ("t:4", "t.csv:4")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_told_from_the_header(separator: str) -> None:
    (record,) = records(f"id{separator}content\n1{separator}x, y; z\n".replace(", ", " ").replace("; ", " ").encode())
    assert record.text == "x y z"


def test_tsv_is_separated_by_tabs() -> None:
    (record,) = records(b"text\tid\na, b\t1\n", tabs=True)
    assert (record.text, record.key) == ("a, b", "1")


@given(st.lists(texts(max_size=12), min_size=1, max_size=4))
def test_any_text_that_csv_can_carry_comes_back(some: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["text"], *([text.replace("\x00", "")] for text in some)])
    found = records(file.getvalue().encode())
    assert [r.text for r in found] == [unify_newlines(t.replace("\x00", "")) for t in some if t.replace("\x00", "")]


def test_a_cell_may_be_longer_than_the_modules_own_limit() -> None:
    before = csv.field_size_limit()
    (record,) = records(b"text\n" + b"x" * 300_000)
    assert len(record.text) == 300_000
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        (b"", "t.csv", "is empty: there is no header"),
        (b"id,words\n1,x\n", "t.csv:1", "no column holds the text; the header has id, words"),
        (b"text,Text\na,b\n", "t.csv:1", "the header names the column 'text' twice"),
        (b"text,id\na\n", "t.csv:2", "the row has 1 cell, the header 2"),
        (b"text,id\na,b,c\n", "t.csv:2", "the row has 3 cells, the header 2"),
        (b'text\n"a" b\n', "t.csv:2", "broken row: ',' expected after '\"'"),
        (b'text\n"a\n', "t.csv:2", "broken row: unexpected end of data"),
        (b"text\na\x00b\n", "t.csv", "is binary, not text: it holds NUL bytes"),
    ],
)
def test_each_mistake_is_one_line(data: bytes, where: str, message: str) -> None:
    bad = [item for item in items(data) if isinstance(item, Bad)]
    assert [(b.where, b.message) for b in bad] == [(where, message)]
    assert bad[0].hint


def test_rows_after_a_broken_one_are_read() -> None:
    found = items(b'text,id\n"a" b,1\nc,2\n')
    assert isinstance(found[0], Bad)
    assert isinstance(found[1], Incoming)
    assert found[1].record.key == "2"


def test_a_byte_that_does_not_fit_after_the_sample_is_told() -> None:
    found = items(b"text\n" + (b"abcdefg " * 100 + b"\n") * 2_000 + b"\xff\n")
    assert isinstance(found[-1], Bad)
    assert "is not utf-8" in found[-1].message


def test_excels_encoding_is_guessed_and_named() -> None:
    text = "Des tirs ont tué trois réfugiés près de Goma, a déclaré l’armée. " * 5
    (item,) = items(f"id;text\n1;{text}\n".encode("cp1252"))
    assert isinstance(item, Incoming)
    assert item.record.text == text
    assert "guessed" in item.notes[0]


def test_each_sniffs_its_own() -> None:
    assert CSV.sniff is not None and TSV.sniff is not None
    assert CSV.sniff(b"id,text\n") > 1 and TSV.sniff(b"id,text\n") == 0
    assert TSV.sniff(b"id\ttext\n") > 1 and CSV.sniff(b"id\ttext\n") == 0
    assert CSV.sniff(b"Headline, and text\n") == 0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the test data beside the checkout is absent")
def test_a_table_of_doccano_in_utf16() -> None:
    found = records((SHARED / "example.utf16.csv").read_bytes())
    assert [(r.text, r.meta) for r in found][:2] == [("AAA", {"label": "Positive"}), ("BBB", {"label": "Positive"})]
