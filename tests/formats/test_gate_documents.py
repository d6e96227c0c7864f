"""GATE: XML by its nodes, JSON in either unit, sets as layers, and what no parser may be asked to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from formats_support import read_bytes

from annotator.core.record import Bad, LayerRecord
from annotator.core.spans import Span
from annotator.formats.base import Incoming, ReadOptions
from annotator.formats.gate import Gate
from annotator.formats.gate_documents import FORMAT

XML = """<?xml version='1.0' encoding='UTF-8'?>
<GateDocument version="3">
<!-- The document's features-->
<GateDocumentFeatures>
<Feature>
  <Name className="java.lang.String">gate.SourceURL</Name>
  <Value className="java.lang.String">file:/a.txt</Value>
</Feature>
</GateDocumentFeatures>
<TextWithNodes><Node id="0"/>Rebels<Node id="6"/> 👩 &amp; <Node id="12"/>men<Node id="15"/>
</TextWithNodes>
<AnnotationSet>
<Annotation Id="1" Type="actor" StartNode="0" EndNode="6">
<Feature>
  <Name className="java.lang.String">n</Name>
  <Value className="java.lang.Integer">3</Value>
</Feature>
<Feature>
  <Name className="java.lang.String">matches</Name>
  <Value className="java.util.ArrayList" itemClassName="java.lang.Integer">1;2</Value>
</Feature>
<Feature>
  <Name className="java.lang.String">gender</Name>
  <Value className="java.lang.String"></Value>
</Feature>
</Annotation>
<Annotation Id="2" Type="actor" StartNode="12" EndNode="15">
<Feature><Name className="java.lang.String">armed</Name><Value className="java.lang.Boolean">true</Value></Feature>
</Annotation>
<Annotation Id="3" Type="actor" StartNode="12" EndNode="99"></Annotation>
<Annotation Id="4" Type="actor" StartNode="6" EndNode="6"></Annotation>
</AnnotationSet>
<AnnotationSet Name="ana">
<Annotation Id="9" Type="location" StartNode="6" EndNode="15"></Annotation>
</AnnotationSet>
<AnnotationSet Name="Original markups">
<Annotation Id="10" Type="paragraph" StartNode="0" EndNode="15"></Annotation>
</AnnotationSet>
</GateDocument>
"""


def read(data: str | bytes, **values: str) -> list[Incoming | Bad]:
    raw = data if isinstance(data, bytes) else data.encode()
    return read_bytes(FORMAT, raw, name="d/x.xml", options=ReadOptions(values=values))


def bdoc(**more: Any) -> str:
    one = {"type": "actor", "start": 3, "end": 6, "id": 7, "features": {"role": ["a"]}}
    sets = {"ana": {"name": "detached-from:ana", "annotations": [one], "next_annid": 8}}
    return json.dumps(
        {"annotation_sets": sets, "text": "👩 men", "features": {"k": 1}, "offset_type": "j", "name": "Title", **more}
    )


def test_xml_gives_a_layer_for_each_set_by_the_places_of_its_nodes() -> None:
    first, second = read(XML)
    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert first.record.text == second.record.text == "Rebels 👩 & men\n"
    assert first.record.key == "d/x"
    assert first.record.meta == {"gate.SourceURL": "file:/a.txt"}
    assert first.record.layer == LayerRecord(
        "",
        spans=(Span("1", 0, 6, "actor", {"n": 3, "matches": ["1", "2"]}), Span("2", 11, 14, "actor", {"armed": True})),
    )
    assert second.record.layer == LayerRecord("ana", spans=(Span("9", 6, 14, "location"),))
    assert [(loss.what, loss.span, loss.gone) for loss in first.losses] == [
        ("annotation set left out", "", False),
        ("span outside the text", "3", True),
        ("empty annotation", "4", True),
    ]
    assert first.losses[1].why.startswith("line 30: ")
    Gate(None).admit(first)
    Gate(None).admit(second)


def test_sets_can_be_chosen() -> None:
    (item,) = read(XML, sets="Original markups")
    assert isinstance(item, Incoming)
    assert item.record.layer is not None
    assert [span.label for span in item.record.layer.spans] == ["paragraph"]
    assert len(read(XML, sets="default, ana")) == 2


@pytest.mark.parametrize(("unit", "start", "end"), [("j", 3, 6), ("p", 2, 5)])
def test_json_in_either_unit(unit: str, start: int, end: int) -> None:
    one = {"type": "actor", "start": start, "end": end, "id": 7, "features": {"role": ["a"]}}
    (item,) = read(bdoc(offset_type=unit, annotation_sets={"ana": {"annotations": [one]}}))
    assert isinstance(item, Incoming)
    assert item.record.layer == LayerRecord("ana", spans=(Span("7", 2, 5, "actor", {"role": ["a"]}),))
    assert (item.record.title, item.record.meta) == ("Title", {"k": 1})


def test_an_offset_within_a_character_is_never_rounded() -> None:
    one = {"type": "actor", "start": 1, "end": 6, "id": 7, "features": {}}
    (item,) = read(bdoc(annotation_sets={"": {"annotations": [one]}}))
    assert isinstance(item, Incoming)
    assert [(loss.what, loss.gone) for loss in item.losses] == [("span outside the text", True)]


def test_a_document_without_sets_is_an_article() -> None:
    (item,) = read(bdoc(annotation_sets={}))
    assert isinstance(item, Incoming)
    assert item.record.layer is None


HOSTILE = {
    "entities": '<!DOCTYPE a [<!ENTITY b "c">]><GateDocument>&b;</GateDocument>',
    "external": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><GateDocument/>',
    "another": "<html/>",
    "cut": XML[:400],
    "deep": "<GateDocument>" * 9999,
    "encoding": "<?xml version='1.0' encoding='nonsense'?><GateDocument/>",
    "json deep": '{"text": "x", "features": {"a": ' + "[" * 99_999,
    "json cut": bdoc()[:50],
    "json other": "{}",
    "json unit": bdoc(offset_type="b"),
    "empty": "",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_documents_are_refused(data: str) -> None:
    (bad,) = read(data)
    assert isinstance(bad, Bad)


def test_an_annotation_before_all_sets_is_of_the_one_without_a_name() -> None:
    text = '<TextWithNodes><Node id="0"/>Rebels<Node id="6"/></TextWithNodes>'
    stray = '<Annotation Id="1" Type="actor" StartNode="0" EndNode="6"></Annotation>'
    (item,) = read(f"<GateDocument>{text}{stray}</GateDocument>")
    assert isinstance(item, Incoming) and item.record.layer is not None
    assert item.record.layer.spans == (Span("1", 0, 6, "actor"),)


def test_it_knows_its_own() -> None:
    assert FORMAT.sniff is not None
    assert FORMAT.sniff(XML.encode()) == FORMAT.sniff(bdoc().encode()) == 95
    assert FORMAT.sniff(b"<html/>") == FORMAT.sniff(b'{"text": "x"}') == 0
