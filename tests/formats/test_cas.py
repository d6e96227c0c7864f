"""UIMA CAS: round trips, golden bytes, dkpro-cassis reads and writes it, INCEpTION's layers, hostile files."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from format_cases import RECORDS, TEXT, bare, good, read, records, written
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.formats import cas
from annotator.formats.base import WriteOptions
from annotator.formats.cas import JSON, XMI, ZIP
from annotator.formats.cas_xmi import NOT_XML, read_types
from annotator.formats.sources import Source, find
from annotator.schemas import load_schema

GOLDEN = Path(__file__).parents[1] / "golden"
SPACES = 'xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore" xmlns:custom="http:///custom.ecore" xmlns:w="http:///webanno/custom.ecore" xmlns:tcas="http:///uima/tcas.ecore" xmlns:ner="http:///de/tudarmstadt/ukp/dkpro/core/api/ner/type.ecore" xmlns:seg="http:///de/tudarmstadt/ukp/dkpro/core/api/segmentation/type.ecore" xmlns:meta="http:///de/tudarmstadt/ukp/clarin/webanno/api/type.ecore"'


def as_xmi(body: str, *, text: str = "Ana 👍 Taiz", members: str = "3 4 5 6 7 8") -> bytes:
    sofa = f'<cas:Sofa xmi:id="1" sofaNum="1" sofaID="_InitialView" sofaString="{text}"/><cas:View sofa="1" members="{members}"/>'
    return f'<?xml version="1.0"?><xmi:XMI {SPACES} xmi:version="2.0"><cas:NULL xmi:id="0"/>{body}{sofa}</xmi:XMI>'.encode()


def folder_of(format: Any, some: Any, where: Path, options: WriteOptions | None = None) -> list[Any]:
    writer = format.write_folder(where, options or WriteOptions())
    losses = [loss for record in some for loss in writer.write(record)]
    writer.close()
    return losses


def back(record: Record) -> tuple[Any, ...]:
    """Return a record as it must come back: a layer of nobody without spans is no layer."""
    layer = record.layer
    return (*bare(record)[:4], layer if layer is not None and (layer.spans or layer.annotator) else None)


@pytest.mark.parametrize("form", ["xmi", "json"])
@settings(max_examples=25, deadline=None)
@given(some=st.lists(records(), max_size=4))
def test_what_is_written_is_read_back_equal(form: str, some: list[Record]) -> None:
    some = sorted(some, key=lambda record: record.key)
    options = WriteOptions(values={"form": form})
    data, losses = written(ZIP, some, options)
    assert written(ZIP, some, options)[0] == data
    found = sorted(repr(back(item.record)) for item in good(read(ZIP, data, name="x.zip")))
    assert found == sorted(repr(back(record)) for record in some)
    illegal = sum(bool(NOT_XML.search(record.text)) for record in some)
    assert [loss.what for loss in losses] == ["character not in XML"] * (illegal if form == "xmi" else 0)
    assert not any(loss.gone for loss in losses)


@pytest.mark.parametrize(("format", "suffix"), [(XMI, ".xmi"), (JSON, ".json")], ids=["xmi", "json"])
def test_a_folder_has_the_layout_of_inception_and_the_bytes_are_as_they_were(
    format: Any, suffix: str, tmp_path: Path
) -> None:
    assert folder_of(format, RECORDS, tmp_path) == []
    names = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    types = ["TypeSystem.xml"] if suffix == ".xmi" else []
    folder = "annotation/a_u002F_1"
    assert names == [*types, f"{folder}/Ana{suffix}", f"{folder}/Ben{suffix}", f"annotation/b/Ana{suffix}"]
    for name, golden in [(f"{folder}/Ana{suffix}", f"cas{suffix}"), *[(name, "cas-types.xml") for name in types]]:
        assert (tmp_path / name).read_bytes() == (GOLDEN / golden).read_bytes()
    for name, record in zip(names[len(types) :], RECORDS, strict=True):
        path = tmp_path / name
        (item,) = good(read(format, path.read_bytes(), name=name, path=path))
        assert bare(item.record) == bare(record)


def test_cassis_reads_what_is_written(tmp_path: Path) -> None:
    cassis = pytest.importorskip("cassis")
    link = Span("s2", 5, 10, "casualty", {"perpetrator": ["s1"], "note to self": 3})
    linked = Record("", "c", "", TEXT, {"language": "ar"}, LayerRecord("Ana", spans=(Span("s1", 0, 4, "actor"), link)))
    options = WriteOptions(schema=load_schema("conflict-events"))
    folder_of(XMI, [*RECORDS, linked], tmp_path / "x", options)
    folder_of(JSON, [*RECORDS, linked], tmp_path / "j", options)
    types = cassis.load_typesystem((tmp_path / "x" / "TypeSystem.xml").open("rb"))
    for number, record in enumerate([RECORDS[0], RECORDS[2], linked]):
        place = f"annotation/{['a_u002F_1', 'b', 'c'][number]}/Ana"
        xmi = cassis.load_cas_from_xmi((tmp_path / "x" / f"{place}.xmi").open("rb"), types)
        from_json = cassis.load_cas_from_json((tmp_path / "j" / f"{place}.json").open("rb"))
        assert record.layer is not None
        for found in (xmi, from_json):
            assert found.sofa_string == record.text
            spans = [(one.begin, one.end, one.label, one.id) for one in found.select("custom.Span")]
            assert spans == [(s.start, s.end, s.label, s.id) for s in record.layer.spans]
            assert [one.get_covered_text() for one in found.select("custom.Span")] == [
                s.surface(record.text) for s in record.layer.spans
            ]
    for found in (xmi, from_json):
        (relation,) = found.select("custom.Relation")
        assert (relation.label, relation.Governor.id, relation.Dependent.id) == ("perpetrator", "s2", "s1")
        assert [one.note_to_self for one in found.select("custom.Span")] == [None, "3"]


_ARRAYS = (("String", ["a", "b"]), ("Integer", [1, 2, 3]))


def test_what_cassis_writes_is_read() -> None:
    cassis = pytest.importorskip("cassis")
    types = cassis.TypeSystem()
    span = types.create_type("custom.Span", "uima.tcas.Annotation")
    relation = types.create_type("custom.Relation", "uima.tcas.Annotation")
    for name, kind in [
        ("label", "uima.cas.String"),
        ("sure", "uima.cas.Boolean"),
        ("n", "uima.cas.Integer"),
        ("f", "uima.cas.Float"),
        ("tags", "uima.cas.StringArray"),
        ("ns", "uima.cas.IntegerArray"),
    ]:
        types.create_feature(span, name, kind)
    for name, kind in [("label", "uima.cas.String"), ("Governor", "custom.Span"), ("Dependent", "custom.Span")]:
        types.create_feature(relation, name, kind)
    slot = types.create_type("webanno.custom.EventRolesLink", "uima.cas.TOP")
    types.create_feature(slot, "role", "uima.cas.String")
    types.create_feature(slot, "target", "custom.Span")
    event = types.create_type("webanno.custom.Event", "uima.tcas.Annotation")
    types.create_feature(event, "Roles", "uima.cas.FSArray", elementType=slot.name)
    cas = cassis.Cas(types)
    cas.sofa_string = "Ana 👍 saw Taiz"
    first, second = span(begin=0, end=3, label="actor", sure=True, n=7, f=0.5), span(begin=10, end=14, label="place")
    # Numbers that are also ids of structures.
    first.tags, first.ns = (types.get_type(f"uima.cas.{one}Array")(elements=e) for one, e in _ARRAYS)
    cas.add_all([first, second, relation(begin=10, end=14, label="at", Governor=first, Dependent=second)])
    roles = types.get_type("uima.cas.FSArray")(
        elements=[slot(role="who", target=first), slot(role="where", target=second)]
    )
    cas.add(event(begin=6, end=9, Roles=roles))
    expected: dict[tuple[str, int, int], dict[str, Any]] = {
        ("actor", 0, 3): {"sure": True, "n": 7, "f": 0.5, "tags": ["a", "b"], "ns": "1 2 3", "at": "place"},
        ("Event", 6, 9): {"who": "actor", "where": "place"},
        ("place", 10, 14): {},
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("annotation/d.txt/ana.xmi", cas.to_xmi())
        file.writestr("annotation/d.txt/TypeSystem.xml", types.to_xml())
    for data, format in [(cas.to_json().encode(), JSON), (archive.getvalue(), ZIP)]:
        (item,) = good(read(format, data))
        assert item.loose
        assert item.losses == ()
        assert item.record.text == cas.sofa_string
        assert item.record.layer is not None
        labels = {one.id: one.label for one in item.record.layer.spans}
        found = {
            (one.label, one.start, one.end): {
                name: labels.get(value, value) if isinstance(value, str) else value
                for name, value in one.attributes.items()
            }
            for one in item.record.layer.spans
        }
        ns: Any = {"ns": [1, 2, 3]} if format is JSON else {}  # XML has no lists of numbers
        assert found == expected | {("actor", 0, 3): expected["actor", 0, 3] | ns}
    assert (item.record.key, item.record.layer.annotator) == ("d.txt", "ana")


def test_layers_of_inception_without_a_type_system() -> None:
    body = """
      <tcas:DocumentAnnotation xmi:id="3" sofa="1" begin="0" end="11" language="es"/>
      <meta:CASMetadata xmi:id="9" sofa="1" begin="0" end="0" username="admin" sourceDocumentName="news.txt"/>
      <seg:Token xmi:id="4" sofa="1" begin="0" end="3"/>
      <ner:NamedEntity xmi:id="5" sofa="1" begin="7" end="11" value="LOC" identifier="http://q/1"/>
      <custom:Span xmi:id="6" sofa="1" begin="0" end="6"/>
      <custom:Relation xmi:id="7" sofa="1" begin="0" end="6" Governor="5" Dependent="6" label="of" why="x"/>
      <custom:Span xmi:id="8" sofa="1" begin="2" end="2" label="zero"/>
      <custom:Span xmi:id="20" sofa="1" begin="0" end="3" label="deleted"/>"""
    (item,) = good(read(XMI, as_xmi(body)))
    spans = (Span("s5", 6, 10, "LOC", {"identifier": "http://q/1", "of": "s6"}), Span("s6", 0, 5, "Span"))
    assert item.record.layer == LayerRecord("admin", spans=spans)
    assert (item.record.key, item.record.meta) == ("news.txt", {"language": "es"})
    assert [(loss.span, loss.what, loss.gone) for loss in item.losses] == [
        ("s8", "empty span", True),
        ("s5", "feature of a relation", False),
    ]
    assert item.notes == (
        "annotations of type 'de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token' are not read",
    )


def test_two_layers_of_one_person_are_two_files(tmp_path: Path) -> None:
    folder_of(XMI, [*RECORDS[1:2], *RECORDS[:1], *RECORDS[1:2]], tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.xmi")) == ["Ana.xmi", "Ben-2.xmi", "Ben.xmi"]


def test_a_type_system_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "TypeSystem.xml").write_bytes(b"<x")
    (bad,) = read(XMI, as_xmi(""), path=tmp_path / "a.xmi")
    assert isinstance(bad, Bad)
    assert bad.message == "its type system TypeSystem.xml is not XML: unclosed token on line 1"


def test_the_curator_is_gold_and_the_initial_cas_nobody() -> None:
    span = '<custom:Span xmi:id="3" sofa="1" begin="0" end="3" label="actor"/>'
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("exportedproject.json", "{}")
        file.writestr("curation/d.txt/CURATION_USER.xmi", as_xmi(span))
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as nested:
            nested.writestr("whatever.xmi", as_xmi(span))
            nested.writestr("more.zip", inner.getvalue())
        file.writestr("annotation/d.txt/ben.zip", inner.getvalue())
        file.writestr("annotation/d.txt/INITIAL_CAS.xmi", as_xmi(""))
    gold, ben, initial = good(read(ZIP, archive.getvalue(), name="p.zip"))  # in the order of the archive
    assert {item.record.key for item in (initial, ben, gold)} == {"d.txt"}
    assert initial.record.layer is None
    assert ben.record.layer is not None
    assert gold.record.layer is not None
    assert (ben.record.layer.annotator, ben.record.layer.kind) == ("ben", "human")
    assert (gold.record.layer.annotator, gold.record.layer.kind) == ("CURATION_USER", "gold")
    assert ben.record.where == "p.zip!annotation/d.txt/ben.zip!whatever.xmi"


@pytest.mark.parametrize("named", [".", "annotation", "annotation/d.txt", "annotation/d.txt/ben.json"])
def test_article_and_annotator_are_told_wherever_the_path_begins(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Record("", "d.txt", "", TEXT, {}, LayerRecord("ben", spans=(Span("s1", 0, 4, "actor"),)))
    folder_of(JSON, [record], tmp_path)
    (path,) = tmp_path.rglob("*.json")
    path.write_bytes(path.read_bytes().replace(b"annotator.Data", b"another.Data"))
    monkeypatch.chdir(tmp_path)
    (source,) = find([named], suffixes=[".json"])
    assert isinstance(source, Source)
    with source.open() as stream:
        (item,) = good(list(cas.read(stream, source, suffix=".json")))
    assert (item.record.key, item.record.layer and item.record.layer.annotator) == ("d.txt", "ben")


def test_spans_that_others_changed_are_taken_as_they_are(tmp_path: Path) -> None:
    folder_of(XMI, RECORDS[2:], tmp_path)
    (path,) = tmp_path.rglob("*.xmi")
    data = path.read_bytes().replace(b'begin="0" end="6"', b'begin="15" end="19"')
    (item,) = good(read(XMI, data, path=path))
    assert item.record.layer is not None
    assert item.record.layer.annotator == "Ana"
    assert [(span.start, span.end, span.label) for span in item.record.layer.spans] == [(15, 19, "actor")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not XML: no element found on line 1"),
        (b"<a>", "is XML, but not XMI"),
        (as_xmi("<"), "is not XML: not well-formed (invalid token) on line 1"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x/>', "has a document type definition, which is not read"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "has a document type definition, which is not read"),
        (b'<?xml version="1.0" encoding="nonsense"?><x/>', "is not XML: unknown encoding: nonsense"),
        (
            as_xmi('<custom:Span xmi:id="3" sofa="1" begin="0" end="99"/>'),
            "custom.Span 3: offset 99 is outside the text",
        ),
        (
            as_xmi('<custom:Span xmi:id="3" sofa="1" begin="-1" end="2"/>'),
            "custom.Span 3: offset -1 is outside the text",
        ),
        (
            as_xmi('<custom:Span xmi:id="3" sofa="1" begin="5" end="6"/>'),
            "custom.Span 3: offset 5 falls within a character",
        ),
        (as_xmi('<custom:Span xmi:id="3" sofa="1" begin="3" end="2"/>'), "custom.Span 3 ends before it begins"),
        (as_xmi('<custom:Span xmi:id="3" sofa="1" begin="x" end="2"/>'), "'x' is not a whole number"),
        (as_xmi(f'<custom:Span xmi:id="{"9" * 5000}" sofa="1"/>'), f"'{'9' * 40}' is not a whole number"),
        (f"<xmi:XMI {SPACES}/>".encode(), "has no text"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_is_wrong_is_one_line(data: bytes, message: str) -> None:
    (bad,) = read(XMI, data)
    assert isinstance(bad, Bad)
    assert bad.message == message


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"3", b"{}", b'{"%VIEWS": 3}', b'{"%FEATURE_STRUCTURES": [3]}', b'{"%FEATURE_STRUCTURES": {"x": {}}}',
        b'{"%FEATURE_STRUCTURES": [{"%ID": 1, "%TYPE": 3}]}', b'{"%FEATURE_STRUCTURES": [{"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaString": 3}]}',
        b'{"%FEATURE_STRUCTURES": [{"%ID": 1, "%TYPE": "x.Y", "begin": true}]}', b'{"a": ' + b"[" * 100_000, b"\xff\xfe{",
        b'{"%VIEWS": {"_InitialView": {"%MEMBERS": [[]]}}, "%FEATURE_STRUCTURES": [{"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaID": "_InitialView"}]}',
    ],
    ids=range(13),
)  # fmt: skip
def test_json_that_is_no_cas_is_one_line(data: bytes) -> None:
    (bad,) = read(JSON, data)
    assert isinstance(bad, Bad)


def test_hostile_archives_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (bad,) = read(ZIP, b"PK\x03\x04 and then nothing")
    assert isinstance(bad, Bad)
    monkeypatch.setattr("annotator.formats.cas.LIMIT", 5_000)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("../../etc/bomb.xmi", b"<" * 100_000)
        file.writestr("/abs\x1b.xmi", as_xmi(""))
        file.writestr("damaged.xmi", as_xmi(""))
    data = bytearray(archive.getvalue())
    at = data.index(b"damaged.xmi") + len("damaged.xmi")
    data[at : at + 8] = struct.pack("<Q", 2**63 - 1)
    bomb, good_one, damaged = read(ZIP, bytes(data), name="x.zip")
    assert bomb == Bad("x.zip!../../etc/bomb.xmi", "is longer than 0 MB", "a CAS holds one article")
    assert good([good_one])[0].record.key == "/abs\ufffd"
    assert isinstance(damaged, Bad)
    assert damaged.message.startswith("cannot be unzipped: ")


def test_a_type_system_says_what_values_are() -> None:
    types = read_types(io.BytesIO((GOLDEN / "cas-types.xml").read_bytes()))
    assert types.range_of("custom.Span", "label") == "uima.cas.String"
    assert types.is_reference("custom.Relation", "Governor")
    assert not types.is_reference("custom.Span", "label")


def test_each_form_is_known_by_its_beginning(tmp_path: Path) -> None:
    heads = [as_xmi(""), b'{"%TYPES": {}}', written(ZIP, RECORDS)[0], b'{"text": "a"}']
    sure = [[one.sniff(head) for one in (XMI, JSON, ZIP)] for head in heads if XMI.sniff and JSON.sniff and ZIP.sniff]  # type: ignore[misc]
    assert sure == [[95, 0, 0], [0, 98, 0], [0, 0, 60], [0, 0, 0]]
    folder_of(XMI, RECORDS, tmp_path)
    assert XMI.claims is not None
    assert XMI.claims(tmp_path / "TypeSystem.xml")
    assert not XMI.claims(tmp_path / "other.xml")
    assert not XMI.claims(tmp_path / "annotation" / "xypeSystem.xml")
    assert json.loads(heads[1])


def test_an_archive_with_a_type_system_in_every_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cas, "_TYPES_KEPT", 2)
    parsed: list[int] = []
    monkeypatch.setattr(cas, "read_types", lambda file: parsed.append(1) or read_types(file))
    archive = io.BytesIO()
    types = (GOLDEN / "cas-types.xml").read_bytes()
    with zipfile.ZipFile(archive, "w") as file:
        for name in "abcb":
            file.writestr(f"annotation/{name}.txt/ana-{len(file.namelist())}.xmi", as_xmi(""))
        for name in "abc":
            file.writestr(f"annotation/{name}.txt/TypeSystem.xml", types)
    assert len(good(read(ZIP, archive.getvalue()))) == 4
    assert len(parsed) == 4  # the second one was forgotten when a third came


@pytest.mark.parametrize(
    ("above", "folder", "expected"),
    [
        ("annotations", "batch1", [("doc1", ""), ("doc2", "")]),
        ("annotations", "news.txt", [("news.txt", "doc1"), ("news.txt", "doc2")]),
        ("annotation", "batch1", [("batch1", "doc1"), ("batch1", "doc2")]),
    ],
)
def test_only_what_is_laid_out_as_by_inception_names_article_and_annotator(
    tmp_path: Path, above: str, folder: str, expected: list[tuple[str, str]]
) -> None:
    where = tmp_path / above / folder
    where.mkdir(parents=True)
    for name in ("doc1", "doc2"):
        (where / f"{name}.json").write_bytes(b"{}")
    found = [source for source in find([str(where)], suffixes=[".json"]) if isinstance(source, Source)]
    assert [cas._named_by(source) for source in found] == expected
