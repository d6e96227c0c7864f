"""Label Studio's JSON: everything there and back, units told by the words, people, regions, and tasks that are broken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from interchange import FORMATS, SCHEMA, admitted, fitting_records, good, items, plain, written

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.formats import labelstudio
from annotator.formats.base import Incoming
from annotator.formats.gate import Gate
from annotator.formats.labelstudio import FORMAT
from annotator.formats.markup import text_of

GOLDEN = Path(__file__).parents[1] / "golden"
SAMPLES = FORMATS / "labelstudio"
TEXT = "Caf\u00e9 👩‍👩‍👧 army  cafe\u0301\r\nالنازحون end "
SPANS = (
    Span("s1", 0, 10, "actor", {"type": "army", "role": ["target"], "armed": False}, note="n", source="model"),
    Span("s2", 5, 10, "actor", {"continues": "s1"}),
    Span("s3", 24, 32, "casualty", {"by": "s1", "near": ["s1", "s2"], "count": {"min": 31}}),
)
LAYER = LayerRecord("ana", "human", "done", "exchange@1", {"type": "news"}, "seen", SPANS)
RECORDS = [
    Record("", "a/1", "Title", TEXT, {"language": "en"}, LAYER),
    Record("", "a/1", "Title", TEXT, {"language": "en"}, LayerRecord("net", "model", "open", spans=SPANS[:1])),
    Record("", "a/2", "Bare", "Bare"),
]


def region(start: Any, end: Any, label: str = "actor", id: str = "r", **more: Any) -> dict[str, Any]:
    text = {"text": more.pop("text")} if "text" in more else {}
    value = {"start": start, "end": end, **text, "labels": [label]}
    return {"id": id, "type": "labels", "from_name": "label", "to_name": "text", "value": value, **more}


def task(*results: dict[str, Any], text: str = "In Taiz, 12 died.", **more: Any) -> bytes:
    annotations = {"annotations": [{"completed_by": 1, "result": results}]} if results else {}
    return json.dumps([{"id": 7, "data": {"text": text}, **annotations, **more}]).encode()


def layer_of(data: bytes) -> LayerRecord:
    (found,) = good(FORMAT, data)
    assert found.record.layer is not None
    return found.record.layer


def in_order(records: Sequence[Record]) -> list[Record]:
    """Return records by article and name: predictions stand after annotations in a task."""
    return sorted(map(plain, records), key=lambda record: (record.key, record.layer.annotator if record.layer else ""))


def test_the_bytes_are_those_of_the_golden_file() -> None:
    data, losses = written(FORMAT, RECORDS)
    assert data == (GOLDEN / "labelstudio.json").read_bytes()
    assert not losses
    assert written(FORMAT, [])[0] == b"[]\n"


@settings(max_examples=60)
@given(fitting_records())
def test_what_is_written_comes_back_equal(records: list[Record]) -> None:
    data, losses = written(FORMAT, records)
    assert not losses
    json.loads(data)
    assert in_order(admitted(good(FORMAT, data))) == in_order(records)


def test_without_a_schema_values_keep_what_they_say() -> None:
    attributes = {"type": "army", "role": ["a", "b"], "n": 3.5, "count": {"best": 4}, "odd": {"x": [1]}}
    layer = LayerRecord("ana", status="done", spans=(Span("s1", 0, 4, "actor", attributes),))
    data, losses = written(FORMAT, [Record("", "k", "Bare", "Bare", {}, layer)], schema=None)
    assert [loss.what for loss in losses] == ["value as text"]
    back = layer_of(data)
    assert back.spans[0].attributes == {**attributes, "odd": '{"x":[1]}'}


def test_a_link_to_nothing_is_listed() -> None:
    layer = LayerRecord("ana", spans=(Span("s1", 0, 4, "casualty", {"near": ["s1", "s9"]}),))
    data, losses = written(FORMAT, [Record("", "k", "Bare", "Bare", {}, layer)])
    assert [loss.what for loss in losses] == ["link to nothing"]
    assert layer_of(data).spans[0].attributes == {"near": "s1"}


EMOJI = "👩‍👩‍👧 army 💩 army\r\nend"


@pytest.mark.parametrize(
    ("start", "end", "words", "place"),
    [
        (6, 10, "army", (6, 10)),  # code points
        (9, 13, "army", (6, 10)),  # UTF-16
        (17, 21, "army", (13, 17)),
        (13, 17, "army", (13, 17)),
        (18, 21, "end", (19, 22)),  # CRLF as one
        (11, 22, "💩 army\\nend", (11, 22)),
        (11, 22, "💩 army\\n\\nend", (11, 22)),
    ],
)
def test_the_words_say_what_the_offsets_count(start: int, end: int, words: str, place: tuple[int, int]) -> None:
    (span,) = layer_of(task(region(start, end, text=words), text=EMOJI)).spans
    assert (span.start, span.end) == place


def test_without_words_the_unit_is_that_of_the_other_regions() -> None:
    first, second = layer_of(task(region(9, 13, text="army"), region(17, 21, id="q"), text=EMOJI)).spans
    assert (first.start, second.start) == (6, 13)
    assert layer_of(task(region(17, 21), text=EMOJI)).spans[0].start == 17


def test_words_that_stand_nowhere_are_refused_by_the_gate() -> None:
    (found,) = good(FORMAT, task(region(3, 7, text="Aden")))
    with pytest.raises(InputError, match="the text there is 'Taiz', not 'Aden'"):
        Gate(None).admit(found)


def test_people_predictions_drafts_and_ground_truth() -> None:
    ana = {"completed_by": {"id": 1, "email": "ana@x.org"}}
    annotations: list[dict[str, Any]] = [
        {**ana, "result": []},
        {**ana, "result": [], "lead_time": 3.5},
        {"completed_by": 4, "result": [], "was_cancelled": True},
        {**ana, "result": [region(3, 7)], "ground_truth": True},
    ]
    more = {
        "predictions": [{"model_version": "net", "score": 0.5, "result": []}],
        "drafts": [{"user": "ben@x.org", "result": []}],
    }
    found = good(FORMAT, task(annotations=annotations, **more))
    layers = [item.record.layer for item in found]
    assert [(layer.annotator, layer.kind, layer.status) for layer in layers if layer] == [
        ("ana@x.org", "human", "done"),
        ("ana@x.org-2", "human", "done"),
        ("4", "human", "flagged"),
        ("gold", "gold", "done"),
        ("net", "model", "done"),
        ("ben@x.org-draft", "human", "open"),
    ]
    assert [loss.what for item in found for loss in item.losses] == ["cancelled", "ground truth"]
    more_of = found[0].record.meta["labelstudio"]
    assert more_of == {"id": 7, "annotations": [{}, {"lead_time": 3.5}, {}, {}], "predictions": [{"score": 0.5}]}
    assert {item.record.key for item in found} == {"7"}


def test_what_is_said_of_a_region_and_of_the_article() -> None:
    place = {"start": 3, "end": 7, "text": "Taiz"}
    results = [
        region(3, 7, id="a", score=0.5, origin="prediction", meta={"text": ["a note"]}),
        region(9, 11, "casualty", id="b"),
        {"id": "a", "type": "choices", "from_name": "kind", "value": {**place, "choices": ["town"]}},
        {"id": "a", "type": "textarea", "from_name": "actor.name", "value": {**place, "text": ["one", "two"]}},
        {"id": "a", "type": "rating", "from_name": "stars", "value": {**place, "rating": 4}},
        {"id": "b", "type": "taxonomy", "from_name": "tax", "value": {"taxonomy": [["A", "B"], ["C"]]}},
        {"id": "c", "type": "choices", "from_name": "mood", "value": {"choices": ["grim"]}},
        {"type": "relation", "from_id": "b", "to_id": "a", "direction": "right"},
        {"type": "relation", "from_id": "b", "to_id": "a", "direction": "bi", "labels": ["in"]},
        {"type": "relation", "from_id": "b", "to_id": "z", "direction": "right"},
        {"id": "d", "type": "rectanglelabels", "value": {"x": 1, "rectanglelabels": ["Car"]}},
        {"id": "e", "type": "labels", "value": {"start": 1.5, "end": 2.5, "labels": ["Speech"]}},
        {"id": "f", "type": "labels", "value": {"start": 0, "end": 2, "labels": []}},
        {
            "id": "g",
            "type": "paragraphlabels",
            "value": {"start": "0", "end": "1", "startOffset": 1, "paragraphlabels": ["x"]},
        },
    ]
    (found,) = good(FORMAT, task(*results))
    layer = found.record.layer
    assert layer is not None
    assert layer.attributes == {"mood": "grim"}
    first, second = layer.spans
    assert first == Span(
        "a",
        3,
        7,
        "actor",
        {"score": 0.5, "kind": "town", "name": ["one", "two"], "stars": 4, "in": "b"},
        "a note",
        "prediction",
    )
    assert second.attributes == {"tax": ["A / B", "C"], "related": "a", "in": "a"}
    assert [(loss.what, loss.gone) for loss in found.losses] == [
        ("region without offsets", True),
        ("region without a label", True),
        ("region that is no text", True),
        ("region that is no text", True),
        ("relation", False),
    ]


def test_a_region_with_two_labels_is_two_spans() -> None:
    both = region(3, 7)
    both["value"]["labels"] = ["actor", "location"]
    assert [(s.id, s.label) for s in layer_of(task(both)).spans] == [("r", "actor"), ("r-2", "location")]


ODD = [
    [region(3, 7, text="Taiz")],
    [region(3, 7, text="Taiz"), region(9, 11, text="12", id="q", origin="manual")],
    [region(3, 7, text="Taiz"), region(9, 11, text="12")],
    [region(3, 7, text="Taiz"), region(9, 11, text="12", id="")],
    [region(3, 7, text="taiz")],
    [region(3, 7)],
    [region(7, 3, text="")],
    [region(-4, 3, text="")],
    [region(3, 7, text="Taiz", origin="prediction")],
    [region(3, 7, text="Taiz", score=0.5)],
    [region(3, 7, text="Taiz", id=5)],
]


@pytest.mark.parametrize("results", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("text", ["In Taiz, 12 died.", "In Taiz, 12 died. 🐪"])
def test_plain_regions_are_read_as_any_results_are(
    results: list[dict[str, Any]], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> list[tuple[Any, ...]]:
        return [(found.record, found.losses) for found in good(FORMAT, task(*results, text=text))]

    quick = read()
    monkeypatch.setattr(labelstudio._Reading, "_plain", lambda reading, field: None)
    assert read() == quick


def test_fields_of_a_region_that_have_no_place_are_listed() -> None:
    (found,) = good(FORMAT, task(region(3, 7, text="Taiz", parentID="p", hidden=False, locked=True)))
    assert [(loss.span, loss.what, loss.why) for loss in found.losses] == [
        ("r", "field of a region", "locked = True has no place"),
        ("r", "field of a region", "parentID = 'p' has no place"),
    ]


def test_hypertext_counts_in_the_text_of_the_document() -> None:
    html = "<html><head><title>T</title></head><body><p>Caf&eacute; <b>army</b></p><p>end</p></body></html>"
    value = {"start": "/p[1]/b[1]/text()[1]", "startOffset": 0, "end": "/p[1]/b[1]/text()[1]", "endOffset": 4}
    offsets = {"globalOffsets": {"start": 5, "end": 9}, "text": "army", "hypertextlabels": ["actor"]}
    result = {"id": "r", "type": "hypertextlabels", "value": {**value, **offsets}}
    lost = {"id": "q", "type": "hypertextlabels", "value": {**value, "hypertextlabels": ["actor"]}}
    (found,) = good(FORMAT, task(result, lost, text=html))
    assert found.record.text == text_of(html) == "Café armyend"
    assert found.record.meta["html"] == html
    assert found.record.layer is not None
    assert [(s.start, s.end) for s in found.record.layer.spans] == [(5, 9)]
    assert [loss.what for loss in found.losses] == ["region without offsets"]


def test_the_text_is_found_or_named() -> None:
    data = json.dumps(
        {"id": 1, "data": {"image": "http://x/y.jpg", "body_of": "Two words", "other": "Three words here"}}
    ).encode()
    assert good(FORMAT, data)[0].record.text == "Two words"
    (found,) = good(FORMAT, data, text="other")
    assert (found.record.text, found.record.meta["body_of"]) == ("Three words here", "Two words")
    (bad,) = items(FORMAT, data, text="nothing")
    assert isinstance(bad, Bad)
    assert bad.message == "the task's data has no text 'nothing'"


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (b"5", "is not a JSON object"),
        (b"{}", "no field 'data'"),
        (b'{"data": {"image": "/data/1.png"}}', "the task has no text: its data has image"),
        (b'{"data": {"text": "a b"}, "annotations": [{"result": [{"value": 5}]}]}', "field 'annotations[0].result[0].value': expected object, got int"),
        (b'{"data": {"text": }}', "broken JSON: Expecting value"),
    ],
)  # fmt: skip
def test_a_broken_task_is_bad_by_line_and_the_next_is_read(broken: bytes, message: str) -> None:
    first, second = items(FORMAT, b"[\n" + broken + b",\n" + task()[1:-1] + b"]")
    assert isinstance(first, Bad)
    assert (first.where, first.message) == ("x.json:2", message)
    assert isinstance(second, Incoming)
    assert second.record.where == "x.json:3"


def test_emails_are_written_where_they_are_wanted() -> None:
    record = replace(RECORDS[0], layer=replace(LAYER, annotator="ana@x.org"))
    (made,) = json.loads(written(FORMAT, [record], users="emails")[0])
    assert made["annotations"][0]["completed_by"] == {"email": "ana@x.org"}
    assert "completed_by" not in json.loads(written(FORMAT, [record])[0])[0]["annotations"][0]


def controls(schema: Schema) -> dict[str, ElementTree.Element]:
    assert FORMAT.config is not None
    name, xml = FORMAT.config(schema)
    assert name == "label_config.xml"
    return {tag.attrib["name"]: tag for tag in ElementTree.fromstring(xml).iter() if "name" in tag.attrib}


def test_the_interface_has_a_control_for_every_result() -> None:
    known = controls(SCHEMA)
    assert [label.attrib["value"] for label in known["label"]] == list(SCHEMA.labels)
    types = {"choices": "Choices", "number": "Number", "textarea": "TextArea", "labels": "Labels"}
    every = {"type": "rebels", "name": "x", "armed": True, "role": ["target"]}
    spans = (
        SPANS[0],
        Span("s4", 0, 1, "actor", every),
        Span("s5", 0, 1, "location", {"lat": 1.5, "type": "x"}),
        SPANS[2],
    )
    whole = {"type": "news", "topics": ["war"], "source": "s", "score": 1, "relevant": True}
    (made,) = json.loads(written(FORMAT, [replace(RECORDS[0], layer=replace(LAYER, spans=spans, attributes=whole))])[0])
    results = made["annotations"][0]["result"]
    assert len(results) == 5 + 4 + 5 + 3 + 2 + 2
    for result in results:
        if result["type"] == "relation":
            continue
        control = known[result["from_name"]]
        assert control.tag == types[result["type"]]
        assert control.attrib["toName"] == result["to_name"] == "text"
        options = {option.attrib["value"] for option in control}
        assert set(result["value"].get(result["type"], ())) <= options if options else True


def test_names_are_escaped_in_the_interface() -> None:
    name = "a\"<&>'b"
    label = {"attributes": {"x<y": {"kind": "choice", "options": ['"', "<&"]}}}
    known = controls(Schema.validated({"name": "s", "version": "1", "labels": {name: label}}))
    assert known["label"][0].attrib["value"] == name
    assert [option.attrib["value"] for option in known[f"{name}.x<y"]] == ['"', "<&"]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared samples are not here")
@pytest.mark.parametrize("name", ["csv_test", "csv_test2", "csv_test_history", "data", "data_repeater"])
def test_the_samples_load_or_say_why_not(name: str) -> None:
    data = (SAMPLES / f"{name}.json").read_bytes()
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(data) == 95
    raw = json.loads(data)
    found = items(FORMAT, data)
    if name in ("data", "data_repeater"):  # pictures
        assert [isinstance(item, Bad) and item.message.startswith("the task has no text") for item in found] == [True]
        return
    layers = [one for each in raw for one in (*each["annotations"], *each["predictions"])]
    assert len(found) == len(layers)
    regions = sum(result["type"] == "rectanglelabels" for one in layers for result in one["result"])
    assert sum(loss.gone for item in found if isinstance(item, Incoming) for loss in item.losses) == regions
    said = [item.record.layer.attributes for item in found if isinstance(item, Incoming) and item.record.layer]
    assert [v for one in said for v in one.values()] == [
        result["value"]["choices"][0] for one in layers for result in one["result"] if result["type"] == "choices"
    ]


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        (task(), 80), (task(region(0, 2)), 95), (b'[{"data": {"text": "' + b"x" * 99, 0),
        (b'[{"annotations": [{"x": 1}], "data": {"text": "' + b"x" * 99, 90), (b'{"text": "a"}', 0), (b"[]", 0),
    ],
)  # fmt: skip
def test_it_knows_its_own_files(head: bytes, sure: int) -> None:
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(head) == sure
