"""doccano's JSON Lines: triples, entities and relations, comments, metadata, and lines that are broken."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from interchange import FORMATS, admitted, fitting_records, good, items, plain, written

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.formats import doccano
from annotator.formats.base import Incoming
from annotator.formats.doccano import FORMAT
from annotator.formats.linking import links_of

GOLDEN = Path(__file__).parents[1] / "golden"
SAMPLES = FORMATS / "doccano"
TEXT = "Caf\u00e9 👩‍👩‍👧 army  cafe\u0301\r\nالنازحون end "
SPANS = (
    Span("s1", 0, 10, "actor", {"type": "army"}, note="n", source="model"),
    Span("s2", 5, 10, "actor"),
    Span("s3", 24, 32, "casualty", {"by": "s1", "near": ["s1", "s2"]}),
)
LAYER = LayerRecord("ana", "human", "done", "exchange@1", {"type": "news"}, "seen\ntwice", SPANS)
RECORDS = [
    Record("", "a/1", "Title", TEXT, {"language": "en"}, LAYER),
    Record("", "a/2", "Bare", "Bare"),
]


def line(**more: Any) -> bytes:
    return json.dumps({"text": "In Taiz, 12 died.", **more}).encode() + b"\n"


@pytest.mark.parametrize("layout", ["triples", "entities"])
def test_the_bytes_are_those_of_the_golden_file(layout: str) -> None:
    data, _ = written(FORMAT, RECORDS, layout=layout)
    assert data == (GOLDEN / f"doccano-{layout}.jsonl").read_bytes()


def without_losses(record: Record, *, links: bool) -> Record:
    """Return a record as doccano can hold it: spans numbered, with links at most."""
    layer = record.layer
    if layer is None:
        return record
    numbers = {span.id: str(at) if links else f"s{at + 1}" for at, span in enumerate(layer.spans)}
    spans = []
    for span in layer.spans:
        kept: dict[str, Any] = {}
        for name in ["continues", "by", "near"] if links else []:
            if name in span.attributes:
                value = span.attributes[name]
                kept[name] = [numbers[id] for id in value] if isinstance(value, list) else numbers[value]
        spans.append(Span(numbers[span.id], span.start, span.end, span.label, kept))
    return replace(record, layer=replace(layer, spans=tuple(spans)))


@settings(max_examples=40)
@given(fitting_records())
def test_triples_come_back_equal_but_for_the_losses(records: list[Record]) -> None:
    data, losses = written(FORMAT, records)
    assert admitted(good(FORMAT, data)) == [plain(without_losses(record, links=False)) for record in records]
    assert Counter(loss.what for loss in losses) == expected_losses(records, links=False)


@settings(max_examples=40)
@given(fitting_records())
def test_entities_keep_the_links_as_well(records: list[Record]) -> None:
    data, losses = written(FORMAT, records, layout="entities")
    assert admitted(good(FORMAT, data)) == [plain(without_losses(record, links=True)) for record in records]
    assert Counter(loss.what for loss in losses) == expected_losses(records, links=True)


def expected_losses(records: list[Record], *, links: bool) -> Counter[str]:
    from interchange import SCHEMA

    found: Counter[str] = Counter()
    for span in (span for record in records if record.layer for span in record.layer.spans):
        joined = len(links_of(span, SCHEMA))
        found["attribute"] += len(span.attributes) - joined
        found["link"] += 0 if links else joined
        found["note"] += bool(span.note)
        found["source"] += bool(span.source)
    return +found


@pytest.mark.parametrize("name", ["label", "labels", "entities"])
def test_triples_under_any_name(name: str) -> None:
    (found,) = good(FORMAT, line(id=7, **{name: [[3, 7, "loc"], [9, 11, "cas"]]}))
    assert found.record.key == "7"
    assert found.record.layer is not None
    assert found.record.layer.spans == (Span("s1", 3, 7, "loc"), Span("s2", 9, 11, "cas"))


@pytest.mark.parametrize(
    "labels",
    [
        [[3, 7, "loc"], [9, 11, "cas"], [3, 11, "loc"]],
        [[0, 17, "loc"]],
        [[3, 3, "loc"]],
        [[7, 3, "loc"]],
        [[-1, 3, "loc"]],
        [[3, 18, "loc"]],
        [[3, 7, 5]],
        [[3, 7, "loc", 1]],
        [[True, 7, "loc"]],
        [[3, 7, "loc"], "war"],
        [],
    ],
    ids=repr,
)
def test_plain_triples_are_read_as_any_labels_are(labels: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    quick = items(FORMAT, line(id=7, label=labels))
    monkeypatch.setattr(doccano._Reading, "_triples", lambda reading: None)
    assert items(FORMAT, line(id=7, label=labels)) == quick


def test_a_file_with_entities_is_written_with_entities_again() -> None:
    assert FORMAT.shape is not None
    relations = line(entities=[{"id": 1, "start_offset": 3, "end_offset": 7, "label": "loc"}], relations=[])
    assert [FORMAT.shape(head) for head in (relations, line(entities=[]), line(label=[[3, 7, "loc"]]), b"", b"[")] == [
        {"layout": "entities"}, {"layout": "entities"}, {}, {}, {},
    ]  # fmt: skip


def test_categories_comments_and_metadata() -> None:
    (found,) = good(FORMAT, line(label=["war"], Comments=["one", "two"], url="u", meta={"page": 1}))
    record = found.record
    assert record.meta == {"url": "u", "page": 1}
    assert record.layer == LayerRecord("", attributes={"label": ["war"]}, note="one\ntwo")


def test_labels_of_several_users_are_several_layers() -> None:
    annotations = [{"start_offset": 3, "end_offset": 7, "label": 2, "user": user} for user in (1, 2, 1)]
    first, second = good(FORMAT, line(annotations=annotations))
    assert (first.record.layer, second.record.layer) == (
        LayerRecord("1", spans=(Span("s1", 3, 7, "2"), Span("s2", 3, 7, "2"))),
        LayerRecord("2", spans=(Span("s1", 3, 7, "2"),)),
    )
    assert first.record.key == second.record.key


@pytest.mark.parametrize(("unit", "start"), [("codepoints", 5), ("graphemes", 1), ("utf16", 8)])
def test_offsets_in_other_units(unit: str, start: int) -> None:
    data = json.dumps({"text": "👩‍👩‍👧army", "label": [[start, start + 4, "actor"]]}).encode()
    (found,) = good(FORMAT, data, offsets=unit)
    assert found.record.layer is not None
    assert found.record.layer.spans == (Span("s1", 5, 9, "actor"),)


def test_offsets_that_fit_no_character_are_refused() -> None:
    (bad,) = items(FORMAT, '{"text": "👩x", "label": [[1, 3, "actor"]]}'.encode(), offsets="utf16")
    assert isinstance(bad, Bad)
    assert bad.message == "span 1–3 does not fit the text as utf16; the text has 2 code points"


def test_a_relation_to_nothing_is_listed() -> None:
    entities = [{"id": 5, "start_offset": 3, "end_offset": 7, "label": "loc"}]
    (found,) = good(FORMAT, line(entities=entities, relations=[{"id": 1, "from_id": 5, "to_id": 6, "type": "in"}]))
    assert [(loss.what, loss.why) for loss in found.losses] == [
        ("relation", "in from 5 to 6 does not join two spans of the layer")
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"7\n", "is not a JSON object"),
        (b'{"label": []}\n', "no field 'text'"),
        (b'{"text": 5}\n', "field 'text': expected str | null, got int"),
        (line(label=[[3, 7]]), "label 1: expected object, got array"),
        (line(label=[["3", 7, "loc"]]), "label 1: field 'start_offset': expected int, got str"),
        (line(entities=[{"start_offset": 1}]), "entities 1: no field 'end_offset'"),
        (line(label=[[3, 99, "loc"]]), "span 3–99 does not fit the text as codepoints; the text has 17 code points"),
        (b'{"text": "a"\n', "broken JSON: the line is cut off"),
    ],
)
def test_a_broken_line_is_bad_and_the_next_is_read(data: bytes, message: str) -> None:
    first, second = items(FORMAT, data + line())
    assert isinstance(first, Bad)
    assert (first.where, first.message) == ("x.jsonl:1", message)
    assert isinstance(second, Incoming)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize("name", ["example.jsonl", "example_overlapping.jsonl", "relations.jsonl"])
def test_the_samples_load_as_far_as_they_are_sound(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(data) == 95
    found = items(FORMAT, data, name)
    for number, (text, item) in enumerate(zip(data.splitlines(), found, strict=True), 1):
        raw = json.loads(text)
        if "text" not in raw:
            assert isinstance(item, Bad)
            assert (item.where, item.message) == (f"{name}:{number}", "no field 'text'")
            continue
        assert isinstance(item, Incoming)
        assert item.record.text == raw["text"]
        assert item.record.meta == raw.get("meta", {})
        spans = item.record.layer.spans if item.record.layer else ()
        labels = [tuple(label) for label in raw.get("label", ())]
        labels += [(e["start_offset"], e["end_offset"], e["label"]) for e in raw.get("entities", ())]
        assert [(span.start, span.end, span.label) for span in spans] == labels
        links = [
            (name, id)
            for s in spans
            for name, ids in s.attributes.items()
            for id in ([ids] if isinstance(ids, str) else ids)
        ]
        assert sorted(links) == sorted((r["type"], str(r["to_id"])) for r in raw.get("relations", ()))


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        (line(label=[[0, 2, "x"]]), 95), (line(label=[]), 70), (line(label=["x"]), 70), (line(Comments=[]), 90),
        (line(spans=[]), 0), (line(labels=[0, 1]), 0), (b"[1]", 0), (b"Prose", 0),
    ],
)  # fmt: skip
def test_it_knows_its_own_files(head: bytes, sure: int) -> None:
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(head) == sure


@pytest.mark.parametrize("name", ["label", "labels", "entities"])
def test_an_article_without_labels_is_unread_and_told_or_read_where_that_is_asked(name: str) -> None:
    data = line(id=7, **{name: []})
    (unread,) = good(FORMAT, data)
    assert unread.record.layer is None
    assert [note.startswith("has no labels: taken as read by nobody") for note in unread.notes] == [True]
    (empty,) = good(FORMAT, data, empty="read")
    assert empty.record.layer == LayerRecord("")
    assert empty.notes == ()
    (plain_text,) = good(FORMAT, line(id=8), empty="read")
    assert (plain_text.record.layer, plain_text.notes) == (None, ())
