"""Label Studio's JSON-MIN and CSV: there and back, regions, people, and what other projects export."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from interchange import FORMATS, SCHEMA, admitted, fitting_records, good, items, plain, written

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span, span_key
from annotator.formats.base import Incoming
from annotator.formats.labelstudio_min import FORMAT, LAYOUTS

GOLDEN = Path(__file__).parents[1] / "golden"
SAMPLES = FORMATS / "labelstudio"
SPANS = (Span("s1", 0, 7, "actor", {"type": "army"}), Span("s2", 8, 12, "location", note="n"))
RECORDS = [
    Record("", "a/1", "Title", "The 👩‍👩‍👧 Taiz\r\n", {"n": 1}, LayerRecord("ana", "gold", "done", SCHEMA.ref, {"type": "news"}, "x", SPANS)),
    Record("", "a/2", "Bare", "Bare"),
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_bytes_are_those_of_the_golden_file(layout: str) -> None:
    data, losses = written(FORMAT, RECORDS, layout=layout)
    assert data == (GOLDEN / f"labelstudio-min.{layout}").read_bytes()
    assert [loss.what for loss in losses] == ["attribute", "note"]
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(data) == 95


def bare(record: Record) -> Record:
    """Return a record with spans of no more than their place and label, by place."""
    layer = record.layer
    if layer is None:
        return plain(record)
    places = (Span("", span.start, span.end, span.label) for span in layer.spans)
    spans = sorted(places, key=lambda span: (*span_key(span), span.label))
    return replace(plain(record), layer=replace(layer, spans=tuple(spans), attributes=dict(layer.attributes)))


@settings(max_examples=40)
@given(fitting_records())
@pytest.mark.parametrize("layout", ["json", "csv"])
def test_what_is_written_comes_back_equal_but_for_the_losses(layout: str, records: list[Record]) -> None:
    data, losses = written(FORMAT, records, layout=layout)
    gone = {loss.article for loss in losses if loss.gone}
    kept = [record for record in records if record.key not in gone]
    assert [bare(record) for record in admitted(good(FORMAT, data))] == [bare(record) for record in kept]
    spans = [span for record in kept if record.layer for span in record.layer.spans]
    lost = Counter(loss.what for loss in losses if not loss.gone)
    assert lost == +Counter(
        attribute=sum(len(span.attributes) for span in spans),
        note=sum(bool(span.note) for span in spans),
        source=sum(bool(span.source) for span in spans),
    )
    if layout == "json":
        assert not gone


def test_regions_of_all_controls_and_other_fields() -> None:
    place = {"start": 3, "end": 7, "text": "Taiz"}
    annotation = {
        "id": 5,
        "body": "In Taiz, 12 died.",
        "url": "u",
        "label": [{**place, "labels": ["loc"]}, {"start": 9, "end": 11, "text": "12", "labels": ["cas"]}],
        "kind": [{**place, "choices": ["town"]}],
        "mood": "grim",
        "annotator": 3,
        "annotation_id": 8,
        "lead_time": 1.5,
    }
    first, second = good(FORMAT, json.dumps([annotation, annotation]).encode())
    record = first.record
    assert (record.key, record.text, record.meta) == (
        "5",
        "In Taiz, 12 died.",
        {"url": "u", "mood": "grim", "lead_time": 1.5},
    )
    assert record.layer == LayerRecord("3", status="done", spans=(Span("3-7", 3, 7, "loc", {"kind": "town"}), Span("9-11", 9, 11, "cas")))  # fmt: skip
    assert second.record.layer is not None
    assert second.record.layer.annotator == "3-2"


def test_an_issue_of_label_studio_is_read_right() -> None:
    """Offsets behind an emoji in the table of issue 1347 of Label Studio count UTF-16 units."""
    region = '"[{""start"": 13, ""end"": 23, ""text"": ""annotation"", ""labels"": [""Annotation""]}]"'
    head = "text\tid\tlabel\tannotator\tannotation_id\tcreated_at\tupdated_at\tlead_time\n"
    data = f"{head}💩This is an annotation.\t1\t{region}\ta.a@a.net\t2\t2021\t2021\t8.416\n".encode()
    (found,) = good(FORMAT, data, "x.tsv")
    assert found.record.layer is not None
    (span,) = found.record.layer.spans
    assert (span.start, span.surface(found.record.text), found.record.layer.annotator) == (
        12,
        "annotation",
        "a.a@a.net",
    )


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        (b"[\n5]", "x.json:2", "is not a JSON object"),
        (b'[{"annotation_id": 1, "annotator": 1, "image": "/x.png"}]', "x.json:1", "the task has no text: its data has image"),
        (b"id,words\n1,x\n", "x.json:1", "the table is none of Label Studio's"),
        (b"id,text,annotator,annotation_id\n1,x,a\n", "x.json:2", "the row has 3 cells, the header 4"),
    ],
)  # fmt: skip
def test_what_is_broken_is_named_by_line(data: bytes, where: str, message: str) -> None:
    (bad,) = items(FORMAT, data)
    assert isinstance(bad, Bad)
    assert (bad.where, bad.message) == (where, message)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
def test_the_sample_table_loads() -> None:
    data = (SAMPLES / "csv_test2_result.csv").read_bytes()
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(data) == 95
    (found,) = items(FORMAT, data)
    assert isinstance(found, Incoming)
    assert found.record.text == "TAN BAI"
    assert found.record.meta["writers"][0]["name"] == "JIN XING CHEN"
    assert found.record.layer == LayerRecord("test@heartex.com", status="done")


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("actor", ["actor"]),
        (["actor", "location"], ["actor", "location"]),
        (True, []),
        ("", []),
        (None, []),
        ({"a": 1}, []),
    ],
    ids=str,
)
def test_labels_that_are_no_list(labels: object, found: list[str]) -> None:
    region = {"start": 3, "end": 7, "text": "Taiz", "labels": labels}
    annotation = {"id": 5, "text": "In Taiz, 12 died.", "label": [region], "annotator": 3}
    (item,) = good(FORMAT, json.dumps([annotation]).encode())
    layer = item.record.layer
    assert [span.label for span in (layer.spans if layer else ())] == found
    assert [loss.what for loss in item.losses if loss.gone] == ([] if found else ["region without a label"])
