"""Prodigy's JSON Lines: everything there and back, tokens that fit, answers, relations, and tasks that are broken."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from interchange import FORMATS, SCHEMA, admitted, fitting_records, good, items, plain, written
from strategies import texts

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.formats.prodigy import FORMAT
from annotator.formats.prodigy_write import tokens_of

GOLDEN = Path(__file__).parents[1] / "golden" / "prodigy.jsonl"
TEXT = "Caf\u00e9 👩‍👩‍👧 army  cafe\u0301\r\nالنازحون end "
SPANS = (
    Span("s1", 0, 10, "actor", {"type": "army", "role": ["target"]}, note="n", source="model"),
    Span("s2", 5, 10, "actor", {"continues": "s1"}),
    Span("s3", 24, 32, "casualty", {"by": "s1", "near": ["s1", "s2"], "count": {"min": 31}}),
)
LAYER = LayerRecord("ana", "human", "done", "exchange@1", {"type": "news"}, "seen", SPANS)
RECORDS = [
    Record("", "a/1", "Title", TEXT, {"language": "en", "_input_hash": -5, "options": [{"id": 1}]}, LAYER),
    Record("", "a/1", "Title", TEXT, {}, replace(LAYER, annotator="ben", status="flagged", spans=SPANS[2:0:-2])),
    Record("", "a/2", "", "Bare"),
]


def task(**more: Any) -> bytes:
    return json.dumps({"text": "In Taiz, 12 died.", "_input_hash": 1, **more}).encode() + b"\n"


def test_the_bytes_are_those_of_the_golden_file() -> None:
    data, losses = written(FORMAT, RECORDS[::2])
    assert data == GOLDEN.read_bytes()
    assert not losses


@settings(max_examples=40)
@given(fitting_records())
def test_what_is_written_comes_back_equal(records: list[Record]) -> None:
    data, losses = written(FORMAT, records)
    assert not losses
    assert admitted(good(FORMAT, data)) == [plain(record) for record in records]


@settings(max_examples=40)
@given(fitting_records())
def test_tokens_cover_every_span(records: list[Record]) -> None:
    data, _ = written(FORMAT, records)
    for line, record in zip(map(json.loads, data.splitlines()), records, strict=True):
        tokens = line["tokens"]
        assert [token["id"] for token in tokens] == list(range(len(tokens)))
        made = "".join(token["text"] + (" " if token["ws"] else "") for token in tokens)
        assert made == record.text
        for span in line["spans"]:
            assert tokens[span["token_start"]]["start"] == span["start"]
            assert tokens[span["token_end"]]["end"] == span["end"]


def test_tokens_are_words_and_single_characters() -> None:
    tokens = tokens_of("Al-Fashir fell.  On 3\n", [])
    assert [t["text"] for t in tokens] == ["Al", "-", "Fashir", "fell", ".", " ", "On", "3", "\n"]
    assert [t["ws"] for t in tokens] == [False, False, True, False, True, False, True, False, False]


@given(texts())
def test_tokens_give_back_any_text(text: str) -> None:
    assert "".join(t["text"] + " " * t["ws"] for t in tokens_of(text, [])) == text


def test_spacy_takes_the_tokens() -> None:
    spacy = pytest.importorskip("spacy")
    from spacy.tokens import Doc

    tokens = tokens_of(TEXT, SPANS)
    doc = Doc(spacy.blank("xx").vocab, words=[t["text"] for t in tokens], spaces=[t["ws"] for t in tokens])
    assert doc.text == TEXT
    assert all(doc.char_span(span.start, span.end) is not None for span in SPANS)


@pytest.mark.parametrize(
    ("answer", "status", "note"),
    [("accept", "done", ""), ("reject", "flagged", "rejected in Prodigy"), ("ignore", "flagged", "ignored in Prodigy")],
)
def test_answers_become_a_status_and_come_back(answer: str, status: str, note: str) -> None:
    (found,) = good(FORMAT, task(answer=answer, _session_id="news-ana"))
    layer = found.record.layer
    assert layer is not None
    assert (layer.annotator, layer.status, layer.note) == ("news-ana", status, note)
    assert [loss.what for loss in found.losses] == ([] if answer == "accept" else [f"answer {answer}"])
    data, _ = written(FORMAT, [found.record])
    assert json.loads(data)["answer"] == answer


def test_without_answer_and_spans_there_is_no_layer() -> None:
    assert good(FORMAT, task())[0].record.layer is None


def test_relations_are_links_by_place_and_come_from_any_prodigy() -> None:
    ends = [{"start": 3, "end": 7, "label": "loc"}, {"start": 9, "end": 11, "label": "cas"}]
    relations = [
        {"head": 3, "child": 1, "head_span": ends[1], "child_span": ends[0], "label": "in"},
        {
            "head": 3,
            "child": 1,
            "head_span": ends[1],
            "child_span": {"start": 0, "end": 2, "label": None},
            "label": "x",
        },
    ]
    (found,) = good(FORMAT, task(spans=ends, relations=relations, _view_id="relations"))
    assert found.record.layer is not None
    first, second = found.record.layer.spans
    assert (first.attributes, second.attributes) == ({}, {"in": "s1"})
    assert [loss.what for loss in found.losses] == ["relation"]
    assert found.record.meta == {"_input_hash": 1}


def test_options_and_other_fields_are_kept() -> None:
    more = {
        "options": [{"id": 1, "text": "war"}],
        "accept": [1],
        "_timestamp": 5,
        "score": 0.5,
        "meta": {"source": "x"},
    }
    (found,) = good(FORMAT, task(answer="accept", **more))
    record = found.record
    assert record.meta == {"_input_hash": 1, "options": more["options"], "_timestamp": 5, "score": 0.5, "source": "x"}
    assert record.layer is not None
    assert record.layer.attributes == {"accept": [1]}
    data, _ = written(FORMAT, [record])
    assert {**json.loads(data), "accept": [1], "_timestamp": 5}.items() >= {
        "_input_hash": 1,
        "answer": "accept",
    }.items()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"5", "is not a JSON object"),
        (b'{"label": "GPE", "pattern": "x"}', "no field 'text'"),
        (task(answer="maybe"), "answer 'maybe' is unknown"),
        (task(spans=[{"start": "0", "end": 2, "label": "x"}]), "field 'start': expected int, got str"),
        (task(spans=[{"start": 3, "end": 7, "label": "x", "token_start": 9}], tokens=[]), "span 3–7: there is no token 9"),
        (
            task(spans=[{"start": 3, "end": 7, "label": "x", "token_start": 0}], tokens=[{"text": "Taiz", "start": 4}]),
            "span 3–7: its token 0 is 'Taiz' at 4, where the text has 'aiz,'",
        ),
    ],
)  # fmt: skip
def test_a_broken_task_is_bad_by_line_and_the_next_is_read(line: bytes, message: str) -> None:
    first, second = items(FORMAT, line.rstrip() + b"\n" + task())
    assert isinstance(first, Bad)
    assert (first.where, first.message) == ("x.jsonl:1", message)
    assert not isinstance(second, Bad)


def test_a_span_without_a_label_is_listed() -> None:
    (found,) = good(FORMAT, task(spans=[{"start": 0, "end": 2}, {"start": 3, "end": 7, "label": "x", "pattern": 4}]))
    assert found.record.layer is not None
    assert [(s.label, s.attributes) for s in found.record.layer.spans] == [("x", {"pattern": 4})]
    assert [(loss.what, loss.gone) for loss in found.losses] == [("span without a label", True)]


def test_it_knows_its_own_files() -> None:
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(task()) == 95
    assert FORMAT.sniff(b'{"text": "a", "id": "1", "spans": []}') == 0
    assert FORMAT.sniff(b'{"label": "GPE", "pattern": [{"lower": "x"}]}') == 0
    assert FORMAT.sniff(b"Prose.") == 0


@pytest.mark.skipif(not (FORMATS / "prodigy").exists(), reason="the shared samples are not here")
def test_the_sample_of_headlines_loads_whole() -> None:
    data = (FORMATS / "prodigy" / "annotated_news_headlines-ORG-PERSON-LOCATION-ner.jsonl").read_bytes()
    lines = [json.loads(line) for line in data.splitlines()]
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(data) == 95
    found = good(FORMAT, data, "news.jsonl")
    assert [item.record.text for item in found] == [line["text"] for line in lines]
    spans = [span for item in found for span in (item.record.layer.spans if item.record.layer else ())]
    assert Counter(s.label for s in spans) == Counter(s["label"] for line in lines for s in line.get("spans", ()))
    assert all(not span.attributes for span in spans)
    statuses = Counter(item.record.layer.status for item in found if item.record.layer)
    assert statuses == {"done": sum(line["answer"] == "accept" for line in lines), "flagged": 1}
    again = good(FORMAT, written(FORMAT, [item.record for item in found], schema=None)[0], "news.jsonl")
    assert [plain(item.record) for item in again] == [plain(item.record) for item in found]


def test_the_schema_of_these_tests_is_sound() -> None:
    assert SCHEMA.ref == "exchange@1"
