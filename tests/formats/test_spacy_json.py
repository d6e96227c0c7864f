"""spaCy's JSON: round trips, golden bytes, spaCy reads it, documents of others, bad documents."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from format_cases import RECORDS, bare, good, read, records, written
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.formats.base import WriteOptions
from annotator.formats.spacy_json import DOCS, TRAINING

spacy = pytest.importorskip("spacy")
GOLDEN = Path(__file__).parents[1] / "golden"
by_format = pytest.mark.parametrize("format", [DOCS, TRAINING], ids=lambda one: one.name)


def without(record: Record, gone: set[str]) -> tuple[Any, ...]:
    """Return a record as it must come back: without spans that were left out, and with a layer only if it says so."""
    assert record.layer is not None
    spans = tuple(span for span in record.layer.spans if span.id not in gone)
    layer = record.layer
    kept = LayerRecord(layer.annotator, layer.kind, layer.status, layer.schema, layer.attributes, layer.note, spans)
    return (record.key, record.title, record.text, dict(record.meta), kept)


@by_format
@settings(max_examples=10, deadline=None)
@given(some=st.lists(records(layer=True), max_size=5))
def test_what_is_written_is_read_back_equal_minus_what_was_told(format: Any, some: list[Record]) -> None:
    file = io.BytesIO()
    writer = format.write(file, WriteOptions(lang="en"))
    expected = []
    for record in some:
        losses = writer.write(record)
        assert {loss.what for loss in losses} <= {"misaligned", "not in ents", "text changed", "blank at the edge"}
        if not any(loss.what == "text changed" for loss in losses):
            expected.append(without(record, {loss.span for loss in losses if loss.gone}))
    writer.close()
    assert [bare(item.record) for item in good(read(format, file.getvalue()))] == expected


def test_tokens_are_divided_where_that_is_asked_for() -> None:
    record = Record("", "a", "", "Rebels shelled", {}, LayerRecord("Ana", spans=(Span("s1", 0, 3, "actor"),)))
    file = io.BytesIO()
    assert list(DOCS.write(file, WriteOptions(lang="en", misaligned="split")).write(record)) == []
    doc = spacy.tokens.Doc(spacy.blank("en").vocab).from_json(json.loads(file.getvalue()), validate=True)
    assert [token.text for token in doc] == ["Reb", "els", "shelled"]
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("Reb", "actor")]


@by_format
def test_the_bytes_are_as_they_were(format: Any) -> None:
    assert written(format, RECORDS)[0] == (GOLDEN / f"{format.name}{format.suffixes[0]}").read_bytes()


def test_spacy_reads_the_lines() -> None:
    assert written(DOCS, [])[0] == b""
    for line, record in zip(written(DOCS, RECORDS)[0].splitlines(), RECORDS, strict=True):
        doc = spacy.tokens.Doc(spacy.blank("en").vocab).from_json(json.loads(line), validate=True)
        assert doc.text == record.text
        assert record.layer is not None
        assert [span.label_ for span in doc.spans["sc"]] == [span.label for span in record.layer.spans]
        assert [entity.label_ for entity in doc.ents] == [span.label for span in record.layer.spans if span.id != "s2"]


def test_spacy_converts_the_array() -> None:
    from spacy.training.converters import json_to_docs

    assert json.loads(written(TRAINING, [])[0]) == []
    found = list(json_to_docs(written(TRAINING, RECORDS)[0]))
    assert [doc.text for doc in found] == [record.text for record in RECORDS]
    assert [[(e.text, e.label_) for e in doc.ents] for doc in found] == [
        [("Café 👨‍👩‍👧 cafe\u0301", "actor"), ("النازحون", "displacement")],
        [],
        [("Rebels", "actor")],
    ]


def test_what_spacy_writes_is_read() -> None:
    from spacy.training import docs_to_json

    doc = spacy.blank("en")("Rebels shelled Taiz. Two died.")
    doc.ents = [doc.char_span(15, 19, label="GPE", kb_id="Q1"), doc.char_span(0, 6, label="ORG")]
    doc.spans["other"] = [doc.char_span(0, 14, label="event")]
    doc[0].is_sent_start = True
    for token in doc[1:]:
        token.is_sent_start = token.i == 5
    doc.cats = {"news": 1.0}
    (item,) = good(read(DOCS, json.dumps(doc.to_json()).encode()))
    spans = (Span("s1", 0, 6, "ORG"), Span("s2", 15, 19, "GPE"))
    assert (item.record.text, item.record.meta, item.record.layer) == (
        doc.text,
        {"cats": {"news": 1.0}},
        LayerRecord("", spans=spans),
    )
    assert [loss.why for loss in item.losses] == ["sentences (2×)", "span group 'other' with 1 span"]
    (item,) = good(read(DOCS, json.dumps(doc.to_json()).encode(), values={"group": "other"}))
    assert item.record.layer == LayerRecord("", spans=(Span("s1", 0, 14, "event"),))
    del doc.spans["other"]
    training = docs_to_json([doc, doc])
    for paragraph in training["paragraphs"]:
        paragraph["links"] = []
    first, second = good(read(TRAINING, json.dumps([training]).encode(), name="x.json"))
    assert (first.record.key, second.record.key) == ("x:1", "x:2")
    assert second.record.where == "x.json:1 (paragraph 2)"
    assert first.record.layer == second.record.layer == LayerRecord("", spans=spans)
    assert first.record.text == doc.text


def test_tags_of_tokens_count_where_there_are_no_entities() -> None:
    tokens = [("Ana", "B-PER"), ("Ruiz", "L-PER"), ("in", "-"), ("Taiz", "U-LOC")]
    sentence = {"tokens": [{"id": n, "orth": orth, "tag": "X", "ner": ner} for n, (orth, ner) in enumerate(tokens)]}
    paragraphs = [{"raw": "Ana  Ruiz\nin Taiz.", "sentences": [sentence]}, {"sentences": [sentence]}]
    first, second = good(read(TRAINING, json.dumps([{"id": 0, "paragraphs": paragraphs}]).encode()))
    assert first.record.layer == LayerRecord("", spans=(Span("s1", 0, 9, "PER"), Span("s2", 13, 17, "LOC")))
    assert [loss.why for loss in first.losses] == ["tag of tokens (4×)"]
    assert second.record.text == "Ana Ruiz in Taiz"
    assert second.notes == ("there is no raw text: tokens were joined",)
    assert second.record.layer == LayerRecord("", spans=(Span("s1", 0, 8, "PER"), Span("s2", 12, 16, "LOC")))


def test_spans_that_others_changed_are_taken_as_they_are() -> None:
    line = json.loads(written(DOCS, RECORDS[2:])[0])
    line["spans"]["sc"][0] |= {"start": 15, "end": 19, "kb_id": "Q7"}
    (item,) = good(read(DOCS, json.dumps(line).encode()))
    assert item.record.layer is not None
    assert item.record.layer.spans == (Span("s1", 15, 19, "actor", {"kb_id": "Q7"}),)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("3", "is not a document of spaCy"),
        ('{"a": 1}', "is not a document of spaCy"),
        ('{"paragraphs": 3}', "field 'paragraphs': expected array"),
        ('{"paragraphs": [3]}', "expected object, got int"),
        ('{"paragraphs": [{}]}', "has neither raw text nor tokens"),
        (
            '{"paragraphs": [{"raw": "x", "entities": [[0, 1]]}]}',
            "field 'entities[0]': expected array of length 3, got 2",
        ),
        (
            '{"paragraphs": [{"raw": "x", "sentences": [{"tokens": [{"orth": "y", "ner": "U-A"}]}]}]}',
            "token 0 'y' is not in the text there",
        ),
        ('{"text": 3}', "field 'text': expected str, got int"),
        ('{"text": "x", "ents": [{"start": 0}]}', "ents[0] has no field 'end'"),
        ('{"text": "x", "_": 3}', "field '_': expected object, got int"),
        ('{"text": "x", "annotator": {"spans": 3}}', "field 'spans': expected array, got int"),
        ('{"text": "x", "cats": ' + "[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_bad_document_is_told_by_its_line_and_the_next_is_read(document: str, message: str) -> None:
    bad, after = read(DOCS, f'{document}\n{{"text": "good"}}\n'.encode())
    assert isinstance(bad, Bad)
    assert (bad.where, bad.message) == ("x:1", message)
    good([after])


def test_each_form_is_known_by_its_fields() -> None:
    assert DOCS.sniff is not None
    assert TRAINING.sniff is not None
    doc = spacy.blank("en")("x y")
    heads = {
        written(DOCS, RECORDS)[0]: (95, 0),
        written(TRAINING, RECORDS)[0]: (0, 95),
        json.dumps(doc.to_json()).encode(): (80, 0),
        b'{"text": "x", "tokens": [{"text": "x", "id": 0, "start": 0, "end": 1}], "spans": []}': (0, 0),
        b'{"data": [{"paragraphs": [{"context": "x"}]}]}': (0, 0),
    }
    assert {head: (DOCS.sniff(head), TRAINING.sniff(head)) for head in heads} == heads


@by_format
def test_writing_without_spacy_says_what_to_install(format: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(InputError, match="not installed"):
        written(format, [])


def test_entities_that_are_not_in_the_span_group_are_told() -> None:
    ents = [{"start": 0, "end": 6, "label": "actor"}, {"start": 15, "end": 19, "label": "place"}]
    doc = {"text": "Rebels shelled Taiz.", "ents": ents, "tokens": [], "spans": {"sc": ents[1:]}}
    (item,) = good(read(DOCS, json.dumps(doc).encode()))
    assert [loss.why for loss in item.losses] == ["entity that is not in the span group"]
