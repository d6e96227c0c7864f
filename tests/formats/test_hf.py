"""Hugging Face rows: round trips, golden bytes, rows of others, bad rows, and `datasets` itself."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from format_cases import RECORDS, bare, good, read, records, written
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import InputError, UsageError
from annotator.formats.base import WriteOptions
from annotator.formats.hf import SPANS_LINES, SPANS_PARQUET, TOKENS_LINES, TOKENS_PARQUET
from annotator.schemas import load_schema

pytest.importorskip("pyarrow")

GOLDEN = Path(__file__).parents[1] / "golden"
ALL = [SPANS_LINES, SPANS_PARQUET, TOKENS_LINES, TOKENS_PARQUET]
by_format = pytest.mark.parametrize("format", ALL, ids=lambda one: one.name)


@by_format
@settings(max_examples=25, deadline=None)
@given(some=st.lists(records(), max_size=4))
def test_what_is_written_is_read_back_equal(format: Any, some: list[Record]) -> None:
    data, losses = written(format, some)
    assert not any(loss.gone for loss in losses)
    assert {loss.what for loss in losses} <= {"misaligned", "not in ner_tags"}
    assert [bare(item.record) for item in good(read(format, data))] == [bare(record) for record in some]
    assert written(format, some)[0] == data


@pytest.mark.parametrize("format", [SPANS_LINES, TOKENS_LINES], ids=lambda one: one.name)
def test_the_bytes_of_lines_are_as_they_were(format: Any) -> None:
    assert written(format, RECORDS)[0] == (GOLDEN / f"{format.name}.jsonl").read_bytes()


def test_overlaps_are_in_the_spans_only_and_told() -> None:
    data, losses = written(TOKENS_LINES, RECORDS[:1])
    row = json.loads(data)
    tags = {word: tag for word, tag in zip(row["tokens"], row["ner_tags"], strict=True) if tag != "O"}
    assert tags["Café"] == "B-actor"
    assert tags["النازحون"] == "B-displacement"
    assert set(tags.values()) == {"B-actor", "I-actor", "B-displacement"}
    assert [(loss.span, loss.what, loss.gone) for loss in losses] == [
        ("s2", "not in ner_tags", False),
    ]
    assert [
        row["text"][at : at + len(word)] for at, word in zip(row["token_starts"], row["tokens"], strict=True)
    ] == row["tokens"]


def test_datasets_reads_parquet_with_the_names_of_labels(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    schema = load_schema("persons-places")
    names = list(schema.labels)
    record = Record("", "a", "", "Ana is in Taiz", {}, LayerRecord("Ben", spans=(Span("s1", 10, 14, names[1]),)))
    (tmp_path / "x.parquet").write_bytes(written(TOKENS_PARQUET, [record], WriteOptions(schema=schema))[0])
    files = str(tmp_path / "x.parquet")
    found = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    tags, span = found.features["ner_tags"].feature, found.features["spans"].feature
    assert tags.names == ["O", *(f"{prefix}-{name}" for name in names for prefix in "BI")]
    assert span["label"].names == names
    (row,) = found
    assert [tags.int2str(tag) for tag in row["ner_tags"]] == ["O", "O", "O", f"B-{names[1]}"]
    (one,) = row["spans"]
    assert (span["label"].int2str(one["label"]), one["text"]) == (names[1], "Taiz")


@pytest.mark.parametrize("format", [SPANS_LINES, TOKENS_LINES], ids=lambda one: one.name)
def test_datasets_reads_lines_beside_the_card_of_the_schema(format: Any, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    schema = load_schema("persons-places")
    names = list(schema.labels)
    record = Record("", "a", "", "Ana is in Taiz", {}, LayerRecord("Ben", spans=(Span("s1", 10, 14, names[1]),)))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.jsonl").write_bytes(written(format, [record], WriteOptions(schema=schema))[0])
    name, text = format.config(schema)
    (folder / name).write_text(text, encoding="utf-8")
    found = datasets.load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    assert found.features["spans"].feature["label"].names == names
    assert found[0]["spans"][0]["label"] == 1
    if "ner_tags" in found.features:
        assert found[0]["ner_tags"] == [0, 0, 0, 3]


def test_parquet_of_others_is_read_with_the_names_in_it() -> None:
    import pyarrow
    import pyarrow.parquet as parquet

    table = pyarrow.table({
        "id": [7, 8], "words": [["Ana", "saw", "New", "York"], ["x"]], "tags": [[1, 0, 3, 4], [-100]],
        "day": pyarrow.array([0, 1], type=pyarrow.date32()),
    })  # fmt: skip
    names = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    described = {"info": {"features": {"tags": {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "List"}}}}
    file = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({"huggingface": json.dumps(described)}), file)
    first, second = good(read(TOKENS_PARQUET, file.getvalue()))
    assert (first.record.key, first.record.text, first.record.meta) == ("7", "Ana saw New York", {"day": "1970-01-01"})
    assert first.record.layer == LayerRecord("", spans=(Span("s1", 0, 3, "PER"), Span("s2", 8, 16, "LOC")))
    assert first.notes == ("there is no text: tokens were joined with blanks",)
    assert second.record.layer is None


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-X I-X O B-Y", [(0, 2, "X"), (3, 4, "Y")]),
        ("I-X I-X B-X I-Y", [(0, 2, "X"), (2, 3, "X"), (3, 4, "Y")]),
        ("B-X E-X S-X S-Y", [(0, 2, "X"), (2, 3, "X"), (3, 4, "Y")]),
        ("B-X L-X U-X O", [(0, 2, "X"), (2, 3, "X")]),
        ("X X O no-dash", [(0, 2, "X"), (3, 4, "no-dash")]),
        ("O O O O", []),
    ],
)
def test_all_schemes_of_tags_are_read(tags: str, spans: list[tuple[int, int, str]]) -> None:
    row = {"tokens": ["a", "b", "c", "d"], "ner_tags": tags.split()}
    (item,) = good(read(TOKENS_LINES, json.dumps(row).encode()))
    assert item.record.layer is not None
    found = [(span.start // 2, (span.end + 1) // 2, span.label) for span in item.record.layer.spans]
    assert found == spans


def test_spans_as_a_list_for_each_field_are_read() -> None:
    row = {"text": "Ana Ben", "spans": {"start": [0, 4], "end": [3, 7], "label": ["P", "Q"]}}
    (item,) = good(read(SPANS_LINES, json.dumps(row).encode()))
    assert item.record.layer == LayerRecord("", spans=(Span("s1", 0, 3, "P"), Span("s2", 4, 7, "Q")))


def test_a_tag_on_a_part_of_a_span_is_told() -> None:
    record = Record("", "a", "", "Rebels shelled", {}, LayerRecord("Ana", spans=(Span("s1", 0, 3, "actor"),)))
    _, (loss,) = written(TOKENS_LINES, [record])
    why = "actor 0–3 'Reb' does not fit tokens: expanded to 0–6 'Rebels'; whole in \"spans\""
    assert (loss.what, loss.gone, loss.why) == ("misaligned", False, why)


def test_tokens_are_divided_where_that_is_asked_for() -> None:
    record = Record("", "a", "", "Rebels shelled", {}, LayerRecord("Ana", spans=(Span("s1", 0, 3, "actor"),)))
    file = io.BytesIO()
    writer = TOKENS_LINES.write(file, WriteOptions(misaligned="split"))
    assert list(writer.write(record)) == []
    row = json.loads(file.getvalue())
    assert [*zip(row["tokens"], row["ner_tags"], strict=True)] == [("Reb", "B-actor"), ("els", "O"), ("shelled", "O")]


def test_what_a_span_has_besides_becomes_attributes() -> None:
    row = {
        "text": "Ana",
        "entities": [{"start": 0, "end": 3, "label": "PER", "score": 0.5}],
        "kind": "news",
        "topic": [1],
    }
    (item,) = good(read(SPANS_LINES, json.dumps(row).encode()))
    assert item.loose
    assert item.record.meta == {"kind": "news", "topic": [1]}
    assert item.record.layer == LayerRecord("", spans=(Span("s1", 0, 3, "PER", {"score": 0.5}),))


def test_numbers_without_names_are_refused_unless_the_person_gives_them() -> None:
    data = b'{"tokens": ["a"], "ner_tags": [1]}\n{"text": "a", "spans": [{"start": 0, "end": 1, "label": 9}]}'
    items = read(TOKENS_LINES, data, values={"names": "O, B-PER"})
    (first, second) = items
    assert good([first])[0].record.layer == LayerRecord("", spans=(Span("s1", 0, 1, "PER"),))
    assert second == Bad(
        "x:2", "label 9 has no name: the file names 2 labels", second.hint if isinstance(second, Bad) else ""
    )
    assert [item.message for item in read(TOKENS_LINES, data) if isinstance(item, Bad)] == [
        "label 1 has no name: the file names no labels",
        "label 9 has no name: the file names no labels",
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"spans": []}', "no field 'text'"),
        ('{"text": 3}', "field 'text': expected str | null, got int"),
        ('{"tokens": ["a", "b"], "ner_tags": ["O"]}', "1 tag for 2 tokens"),
        ('{"text": "x", "tokens": ["a"], "ner_tags": ["B-X"]}', "token 0 'a' is not in the text there"),
        ('{"text": "x", "meta": "{"}', "holds what is not JSON: Input data was truncated"),
        ('{"text": "x", "spans": [{"start": 0}]}', "spans[0] has no field 'end'"),
        ('{"text": "x", "spans": [3]}', "field 'spans[0]': expected object, got int"),
        ('{"text": "x", "spans": {"start": [0], "end": 3}}', "field 'spans': expected array | null, got object"),
        ("[]", "is not a JSON object"),
        ('{"text": "x"', "broken JSON: the line is cut off"),
        pytest.param('{"text": "x", "spans": ' + "[" * 500_000, "is nested too deeply", id="deep"),
    ],
)
def test_a_bad_row_is_told_by_its_line_and_the_next_is_read(row: str, message: str) -> None:
    bad, after = (
        read(SPANS_LINES, f'{row}\n{{"text": "good"}}\n'.encode())
        if row != "[]"
        else read(SPANS_LINES, b'3\n{"text": "good"}')
    )
    assert isinstance(bad, Bad)
    assert bad.where == "x:1"
    assert bad.message == message
    good([after])


@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"PAR1" + b"\x00" * 40 + b"PAR1", b"not Parquet"], ids=["empty", "magic", "zeros", "text"]
)
def test_what_is_not_parquet_is_told(data: bytes) -> None:
    (bad,) = read(SPANS_PARQUET, data)
    assert isinstance(bad, Bad)
    assert bad.message.startswith("is not a Parquet file: ")


def test_each_kind_of_line_is_known_by_its_fields() -> None:
    native = b'{"id": "a", "text": "x", "title": "", "meta": {}, "annotator": "a", "spans": []}\n'
    for head, spans, tokens in [
        (native, 0, 0),
        (written(SPANS_LINES, RECORDS)[0], 95, 0),
        (written(TOKENS_LINES, RECORDS)[0], 0, 95),
    ]:
        assert SPANS_LINES.sniff is not None
        assert TOKENS_LINES.sniff is not None
        assert (SPANS_LINES.sniff(head), TOKENS_LINES.sniff(head)) == (spans, tokens)


def test_numbers_for_tags_take_a_schema() -> None:
    with pytest.raises(UsageError, match="takes a schema"):
        written(TOKENS_LINES, [], WriteOptions(values={"tags": "ids"}))
    options = WriteOptions(schema=load_schema("conflict-events"), values={"tags": "ids"})
    assert json.loads(written(TOKENS_LINES, RECORDS[2:], options)[0])["ner_tags"][:2] == [1, 0]


def test_without_pyarrow_both_ways_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match="not installed") as caught:
        written(SPANS_PARQUET, [])
    (bad,) = read(SPANS_PARQUET, b"")
    assert isinstance(bad, Bad)
    assert bad.hint == caught.value.hint == 'pip install "conflict-annotator[parquet]"'


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_rows_of_several_groups_come_in_order(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr("annotator.formats.hf_write._ROWS", 2)
    monkeypatch.setattr("annotator.formats.hf_write._CHUNK", chunk)
    some = [Record("", f"a{number}", "", f"Rebels {number}", {}, LayerRecord("Ana")) for number in range(5)]
    data, _ = written(SPANS_PARQUET, some)
    parquet = pytest.importorskip("pyarrow.parquet")
    assert parquet.ParquetFile(io.BytesIO(data)).num_row_groups == 3
    found = good(read(SPANS_PARQUET, data))
    assert [bare(item.record) for item in found] == [bare(one) for one in some]
    assert [item.record.where for item in found] == [f"x:{number}" for number in range(1, 6)]


def test_the_end_of_a_file_holds_no_articles() -> None:
    # What it says of each row group stays in memory until the file is closed, as a reader's does.
    parquet = pytest.importorskip("pyarrow.parquet")
    data, _ = written(SPANS_PARQUET, [Record("", "a1", "", "Rebels " * 500, {}, LayerRecord("Ana"))])
    group = parquet.ParquetFile(io.BytesIO(data)).metadata.row_group(0)
    described = {group.column(at).path_in_schema: group.column(at).statistics for at in range(group.num_columns)}
    assert described["text"] is None
    assert described["id"].min == "a1"
