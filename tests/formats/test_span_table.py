"""Tables of spans: everything there and back, tables of other people, and rows that are wrong."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from interchange import admitted, fitting_records, good, items, plain, written

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.formats.base import Format, Incoming
from annotator.formats.span_table import COLUMNS, is_span_table
from annotator.formats.table import CSV, TSV

GOLDEN = Path(__file__).parents[1] / "golden" / "spans.csv"
TEXT = 'Caf\u00e9 "👩‍👩‍👧" army,  cafe\u0301\r\nالنازحون\rend '
SPANS = (
    Span("s1", 0, 12, "actor", {"type": "army", "role": ["target"]}, note="n;\n", source="model"),
    Span("s3", 27, 35, "casualty", {"by": "s1", "count": {"min": 31}}),
)
LAYER = LayerRecord("ana", "human", "done", "exchange@1", {"type": "news"}, "seen", SPANS)
RECORDS = [
    Record("", "a/1", "Title", TEXT, {"language": "en"}, LAYER),
    Record("", "a/1", "Title", TEXT, {"language": "en"}, LayerRecord("ben", "gold", "flagged", "exchange@1")),
    Record("", "a/2", "Bare", "Bare"),
]


def without_nul(record: Record) -> Record:
    layer = record.layer
    if layer is not None:
        spans = tuple(
            replace(s, note=s.note.replace("\x00", ""), source=s.source.replace("\x00", "")) for s in layer.spans
        )
        layer = replace(layer, spans=spans, note=layer.note.replace("\x00", ""))
    title = record.title.replace("\x00", "")
    return plain(replace(record, title=title or title_of(record.text), layer=layer))


def test_the_bytes_are_those_of_the_golden_file() -> None:
    data, losses = written(CSV, RECORDS)
    assert data == GOLDEN.read_bytes()
    assert not losses


@pytest.mark.parametrize("format", [CSV, TSV], ids=["csv", "tsv"])
def test_the_records_of_the_golden_file_come_back(format: Format) -> None:
    assert admitted(good(format, written(format, RECORDS)[0])) == [plain(record) for record in RECORDS]


@settings(max_examples=60)
@given(fitting_records())
def test_what_is_written_comes_back_equal_but_for_nul(records: list[Record]) -> None:
    data, losses = written(CSV, records)
    gone = {loss.article for loss in losses if loss.gone}
    assert gone == {record.key for record in records if "\x00" in record.text}
    assert admitted(good(CSV, data)) == [without_nul(record) for record in records if record.key not in gone]


def test_each_span_is_a_row_with_its_words() -> None:
    rows = list(csv.DictReader(io.StringIO(written(CSV, RECORDS)[0].decode(), newline="")))
    assert [row["text"] for row in rows] == [*(span.surface(TEXT) for span in SPANS), "", ""]
    assert [row["article"] for row in rows] == [TEXT, "", "", "Bare"]


def test_an_empty_file_has_its_header() -> None:
    assert written(TSV, [])[0] == ("\t".join(COLUMNS) + "\r\n").encode()


def test_a_table_of_other_people_with_the_text_in_every_row() -> None:
    data = b'doc,Text,Start,End,Label,words,certainty\n1,"In Taiz, 12.",3,7,loc,Taiz,high\n1,"In Taiz, 12.",9,11,cas,,\n2,Other,0,5,x,,\n'
    first, second = good(CSV, data)
    assert first.surfaces == ["Taiz", None]
    assert first.record.layer is not None and second.record.layer is not None
    assert first.record.layer.spans == (
        Span("s1", 3, 7, "loc", {"doc": "1", "certainty": "high"}),
        Span("s2", 9, 11, "cas", {"doc": "1"}),
    )
    assert (first.record.key, second.record.key) == ("x:2", "x:4")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1,Text one,x,2,loc", "start is 'x', not a whole number"),
        ("1,Text one,0,,loc", "end is '', not a whole number"),
        ("1,Text one,0,2,", "the span has no label"),
        ("1,,0,2,loc", "the article has no text"),
        ("1,Text one,0,2", "the row has 4 cells, the header 5"),
        ("1,Text one,99999999999999999999,2,loc", "start is '99999999999999999999', not a whole number"),
    ],
)
def test_a_wrong_row_is_bad_by_line_and_the_next_article_is_read(row: str, message: str) -> None:
    found = items(CSV, f"id,text,start,end,label\n{row}\n2,Text two,0,4,loc\n".encode())
    assert len(found) == 2
    assert isinstance(found[0], Bad)
    assert (found[0].where, found[0].message) == ("x.csv:2", message)
    assert isinstance(found[1], Incoming)


def test_one_wrong_row_refuses_its_layer_whole() -> None:
    data = b"id,article,start,end,label\n1,Text one,0,4,loc\n1,,5,x,loc\n1,,5,8,loc\n"
    (bad,) = items(CSV, data)
    assert isinstance(bad, Bad)
    assert bad.where == "x.csv:3"


def test_values_that_are_no_objects_are_refused() -> None:
    (bad,) = items(CSV, b'id,article,start,end,label,attributes\n1,Text one,0,4,loc,"[1]"\n')
    assert isinstance(bad, Bad)
    assert bad.message == "attributes is not a JSON object"


@pytest.mark.parametrize(
    ("names", "spans"),
    [
        (["Start", "END", "label", "text"], True),
        (["start", "end", "label", "article"], True),
        (["start", "end", "label"], False),
        (["text", "label"], False),
    ],
)
def test_a_table_of_spans_is_known_by_its_header(names: list[str], spans: bool) -> None:
    assert is_span_table(names) is spans
