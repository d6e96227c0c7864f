"""Native JSON Lines: exact bytes, exact round trip, and one clear line for whatever is wrong."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import attributes, layers, texts, words

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.formats.base import Incoming, WriteOptions
from annotator.formats.jsonl import FORMAT, JsonlWriter, read
from annotator.formats.sources import Source

GOLDEN = Path(__file__).parents[1] / "golden" / "native.jsonl"
SOURCE = Source("news.jsonl", "news", ".jsonl", 0, Path("news.jsonl"))

TEXT = "Caf\u00e9 \U0001f468\u200d\U0001f469\u200d\U0001f467 cafe\u0301\r\nالنازحون\u2028end\x00  "
RECORDS = [
    Record("", "a/1", "Title", TEXT, {"language": "en", "n": 2**70, "x": [1, None, 0.5]}),
    Record(
        "",
        "a/1",
        "Title",
        TEXT,
        {},
        LayerRecord(
            "Ana",
            "gold",
            "done",
            "conflict-events@1",
            {"relevance": "event"},
            "seen\ntwice",
            (
                Span("s1", 0, 16, "actor", {"role": "both"}, note="n", source="model"),
                Span("s2", 5, 10, "location"),
                Span("é", 18, 26, "displacement", {"count": {"min": 31, "qualifier": "more than"}}),
            ),
        ),
    ),
]


def written(records: list[Record]) -> bytes:
    file = io.BytesIO()
    writer = JsonlWriter(file, WriteOptions())
    losses = [loss for record in records for loss in writer.write(record)]
    writer.close()
    assert not losses
    return file.getvalue()


def items(data: bytes) -> list[Incoming | Bad]:
    return list(read(io.BufferedReader(io.BytesIO(data)), SOURCE))


def records(data: bytes) -> list[Record]:
    found = []
    for item in items(data):
        assert isinstance(item, Incoming), item
        found.append(item.record)
    return found


def only_bad(data: bytes) -> Bad:
    (item,) = items(data)
    assert isinstance(item, Bad), item
    return item


def unplaced(record: Record) -> tuple[Any, ...]:
    return (record.key, record.title, record.text, dict(record.meta), record.layer)


def test_the_bytes_are_those_of_the_golden_file() -> None:
    assert written(RECORDS) == GOLDEN.read_bytes()


def test_the_golden_file_is_read_back_equal() -> None:
    assert [unplaced(r) for r in records(GOLDEN.read_bytes())] == [unplaced(r) for r in RECORDS]


@pytest.mark.parametrize(
    ("span", "words", "notes", "lost"),
    [
        ('"surface": "one"', "one", (), 0),
        ('"surface": "two", "text": null', "two", (), 0),
        (
            '"surface": "ONE"',
            "one",
            ("the words of a span have other capitals than the text: 'ONE' for 'one' at 0–3",),
            0,
        ),
        ('"surface": "two", "text": "one"', "one", (), 1),
        ('"surface": 1', None, (), 1),
    ],
)
def test_words_that_are_called_surface_are_compared(
    span: str, words: str | None, notes: tuple[str, ...], lost: int
) -> None:
    line = f'{{"text": "one two", "annotator": "a", "spans": [{{"start": 0, "end": 3, "label": "actor", {span}}}]}}'
    (found,) = items(line.encode())
    assert isinstance(found, Incoming)
    assert (list(found.surfaces), found.notes, len(found.losses)) == ([words], notes, lost)


def test_surfaces_come_along_in_the_order_of_spans() -> None:
    _, second = items(GOLDEN.read_bytes())
    assert isinstance(second, Incoming)
    assert list(second.surfaces) == [TEXT[0:16], TEXT[5:10], TEXT[18:26]]


@st.composite
def some_records(draw: st.DrawFn) -> Record:
    text = draw(texts())
    layer = draw(layers(length=len(text)))
    kind = draw(st.sampled_from(["human", "model", "gold"]))
    read = LayerRecord(layer.annotator, kind, layer.status, layer.schema, layer.attributes, layer.note, layer.spans)
    key = draw(words().filter(bool))
    return Record("", key, draw(words()), text, draw(attributes()), draw(st.sampled_from([None, read])))


@given(st.lists(some_records(), max_size=3))
def test_what_is_written_is_read_back_equal(some: list[Record]) -> None:
    data = written(some)
    assert [unplaced(r) for r in records(data)] == [unplaced(r) for r in some]
    assert written(records(data)) == data


def test_only_text_is_required() -> None:
    (record,) = records(b'{"text":"Headline\\nand more"}\n')
    assert record == Record("news.jsonl:1", "news:1", "Headline", "Headline\nand more")


def test_an_empty_list_of_spans_is_a_layer_and_none_is_no_layer() -> None:
    with_list, without = records(b'{"id":1,"text":"x","spans":[]}\n{"id":2,"text":"x"}')
    assert with_list.layer == LayerRecord("") and with_list.key == "1"
    assert without.layer is None


def test_fields_of_others_are_kept_in_meta_and_told() -> None:
    (item,) = items(
        b'{"text":"abc","url":"u","meta":{"a":1},"spans":[{"start":0,"end":1,"label":"x","token_start":0}]}'
    )
    assert isinstance(item, Incoming)
    assert item.record.meta == {"url": "u", "a": 1}
    assert item.notes == ("field 'url' is not part of the format and was kept in meta",)
    why = "'token_start' = 0 is not part of the format and was left out (x 0–1)"
    assert [(loss.span, loss.what, loss.why) for loss in item.losses] == [("s1", "field of a span", why)]


def test_each_field_of_each_span_that_has_no_place_is_lost() -> None:
    line = (
        b'{"id":"k","text":"abc def","annotator":"ana","spans":[{"start":0,"end":3,"label":"x","id":"p",'
        b'"score":0.9,"attrs":{"a":[1]},"confidence":null},{"start":4,"end":7,"label":"y"},'
        b'{"start":4,"end":7,"label":"z","score":1}]}'
    )
    (item,) = items(line)
    assert isinstance(item, Incoming)
    assert [(loss.article, loss.annotator, loss.span, loss.gone) for loss in item.losses] == [
        ("k", "ana", "p", False), ("k", "ana", "p", False), ("k", "ana", "s2", False),
    ]  # fmt: skip
    assert "'score' = 0.9 " in item.losses[0].why and "'attrs' = {'a': [1]} " in item.losses[1].why
    assert {loss.what for loss in item.losses} == {"field of a span"}


def test_spans_without_an_id_get_one_that_is_free() -> None:
    line = b'{"text":"abc","spans":[{"id":"s1","start":0,"end":1,"label":"x"},{"start":1,"end":2,"label":"x"}]}'
    (record,) = records(line)
    assert record.layer is not None
    assert [span.id for span in record.layer.spans] == ["s1", "s2"]


def test_a_byte_order_mark_blank_lines_and_crlf_between_lines_do_no_harm() -> None:
    found = records(b'\xef\xbb\xbf{"id":"a","text":"x"}\r\n\r\n  \n{"id":"b","text":"y"}')
    assert [(r.key, r.where) for r in found] == [("a", "news.jsonl:1"), ("b", "news.jsonl:4")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"text":"x"', "broken JSON: the line is cut off"),
        (b'{"text":"x"}}', "broken JSON: trailing characters (byte 13)"),
        (b'{"text": NaN}', "broken JSON: invalid character (byte 9)"),
        (b'{"text":"\\ud800"}', "broken JSON: lone surrogate"),
        (b'{"text":"\xff"}', "is not UTF-8: byte 0xff"),
        (b'"text"', "is not a JSON object"),
        (b'{"id":"a"}', "no field 'text'"),
        (b'{"text":5}', "field 'text': expected str, got int"),
        (b'{"text":"x","spans":[{"start":0,"label":"x"}]}', "spans[0] has no field 'end'"),
        (b'{"text":"x","spans":[{"start":0,"end":1.5,"label":"x"}]}', "field 'spans[0].end': expected int, got float"),
        (
            b'{"text":"x","spans":[{"start":true,"end":1,"label":"x"}]}',
            "field 'spans[0].start': expected int, got bool",
        ),
        (b'{"text":"x","meta":[]}', "field 'meta': expected object | null, got array"),
    ],
)
def test_a_broken_line_is_told_with_its_number_and_the_rest_is_read(line: bytes, message: str) -> None:
    before, bad, after = items(b'{"text":"a"}\n' + line + b'\n{"text":"c"}\n')
    assert isinstance(before, Incoming) and isinstance(after, Incoming)
    assert isinstance(bad, Bad)
    assert (bad.where, bad.message) == ("news.jsonl:2", message)
    assert bad.hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'[\n{"text":"a"}\n]', "is one JSON document, not JSON Lines"),
        (b'{\n  "text": "a"\n}\n', "is one JSON document, not JSON Lines"),
        ('{"text":"a"}'.encode("utf-16"), "is UTF-16; JSON Lines must be UTF-8"),
        (b"\x00\x01\x02{", "is binary, not JSON Lines"),
    ],
)
def test_a_file_that_is_something_else_is_told_once(data: bytes, message: str) -> None:
    bad = only_bad(data)
    assert (bad.where, bad.message) == ("news.jsonl", message)


def test_it_knows_its_own_by_the_first_character() -> None:
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(b'\xef\xbb\xbf {"text"') > 50
    assert FORMAT.sniff(b"Headline {") == 0
