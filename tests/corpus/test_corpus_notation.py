"""The notation of the corpus: words become offsets, deviations become layers, and every fault names its line."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from annotator.core.schema import Schema
from annotator.errors import BAD_INPUT, PROBLEMS, InputError

ROOT = Path(__file__).parents[2]
TEXT = "Clash near Gao\n\nArmed men killed twelve people, including two guards, in Gao. Families left Gao for Ansongo."
HEADER = "meta source = Test\nmeta date = 2025-01-02\nmeta language = en\nmeta country = Mali\n"
GOLD = """
# who and where
actor | Armed men | type=rebels; role=perpetrator
location | Gao ##2 | kind=settlement; lat=16.27
casualty | twelve people, including two guards | outcome=killed; count.best=12; perpetrator=@actor:Armed men
casualty | two guards | outcome=killed; count.best=2; location=@location:Gao ##2
displacement | Families | term=forced to flee; count.unit=family; from=@location:Families left [[Gao]]; to=@location:Ansongo
location | left [[Gao]] for
location | Ansongo
"""


def read(
    script: SimpleNamespace,
    schema: Schema,
    *,
    gold: str = GOLD,
    one: str = "drop location | Ansongo",
    header: str = HEADER,
) -> dict[str, Any]:
    words = f"{header}[gold]\n{gold}\n[annotator-1]\n{one}\n[annotator-2]\ndrop actor | Armed men\n"
    source = script.source_format.parse(words, where="corpus/source/x.spans")
    return {reading.annotator: reading for reading in script.layers.readings(source, TEXT, schema)}


def surfaces(reading: Any, label: str) -> list[str]:
    return [span.surface(TEXT) for span in reading.spans if span.label == label]


def test_words_become_offsets_ids_and_values(script: SimpleNamespace, schema: Schema) -> None:
    gold = read(script, schema)["gold"]
    actor, outer, inner, gao, families, left, ansongo = gold.spans
    assert [span.id for span in gold.spans] == [f"s{n}" for n in range(1, 8)]
    assert (gao.start, gao.end) == (TEXT.index("in Gao") + 3, TEXT.index("in Gao") + 6)
    assert gao.attributes == {"kind": "settlement", "lat": 16.27}
    assert outer.attributes == {"outcome": "killed", "count": {"best": 12}, "perpetrator": [actor.id]}
    assert inner.attributes["location"] == [gao.id]
    assert families.attributes["from"] == [left.id]
    assert families.attributes["to"] == [ansongo.id]


def test_a_dropped_span_takes_the_links_to_it_away(script: SimpleNamespace, schema: Schema) -> None:
    layers = read(script, schema)
    families = next(span for span in layers["annotator-1"].spans if span.label == "displacement")
    assert "to" not in families.attributes
    assert "from" in families.attributes
    assert all("perpetrator" not in span.attributes for span in layers["annotator-2"].spans)


@pytest.mark.parametrize(
    ("deviation", "label", "expected"),
    [
        (
            "edge casualty | twelve people, including two guards -> twelve people",
            "casualty",
            ["twelve people", "two guards"],
        ),
        ("edge location | Gao ##2 -> in Gao", "location", ["in Gao", "Gao", "Ansongo"]),
        ("label displacement>actor | Families", "actor", ["Armed men", "Families"]),
        ("add location | Gao ##1 | function=event", "location", ["Gao", "Gao", "Gao", "Ansongo"]),
    ],
)
def test_deviations(script: SimpleNamespace, schema: Schema, deviation: str, label: str, expected: list[str]) -> None:
    assert surfaces(read(script, schema, one=deviation)["annotator-1"], label) == expected


def test_edge_takes_the_place_that_overlaps_the_old_extent(script: SimpleNamespace, schema: Schema) -> None:
    reading = read(script, schema, one="edge location | left [[Gao]] for -> Gao for Ansongo\ndrop location | Ansongo")
    spans = [span for span in reading["annotator-1"].spans if span.label == "location"]
    assert spans[-1].start == TEXT.index("Gao for")


def test_set_changes_adds_and_removes(script: SimpleNamespace, schema: Schema) -> None:
    one = "set casualty | two guards | count.best=; count.min=2; outcome=injured; location=\narticle | relevance=event"
    reading = read(script, schema, one=one)["annotator-1"]
    guards = next(span for span in reading.spans if span.surface(TEXT) == "two guards")
    assert guards.attributes == {"outcome": "injured", "count": {"min": 2}}
    assert reading.attributes == {"relevance": "event"}


def test_notes_stay_with_the_layer_that_has_them(script: SimpleNamespace, schema: Schema) -> None:
    layers = read(script, schema, one="note actor | Armed men | who?\narticle-note | Look again.")
    assert layers["annotator-1"].note == "Look again."
    assert [span.note for span in layers["annotator-1"].spans if span.label == "actor"] == ["who?"]
    assert layers["gold"].note == ""
    assert {span.note for span in layers["gold"].spans} == {""}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("location | Gao", "'Gao' 3 times; add ##N"),
        ("location | Gao ##4", "there is no ##4"),
        ("location | Timbuktu", "the text has no 'Timbuktu'"),
        ("location | near [[Gao", "has [[ without ]]"),
        ("place | Ansongo", "'place' is not a label"),
        ("actor", "a line is LABEL | SURFACE"),
        ("actor | people | type=army", "'army' is not one of"),
        ("actor | people | size=3", "actor has no attribute 'size'"),
        ("actor | people | type", "is not attribute=value"),
        ("casualty | people | count.best=many", "best is not a whole number"),
        ("casualty | people | count.min=3; count.max=2", "min 3 is more than max 2"),
        ("location | Ansongo | lat=95", "95.0 is more than 90"),
        ("location | Ansongo\nlocation | Ansongo", "has the label location already"),
        ("casualty | people | perpetrator=Armed men", "is not @LABEL:SURFACE"),
        ("casualty | people | perpetrator=@actor:Armed men", "no actor spans have the words"),
        ("casualty | people | perpetrator=@location:Ansongo\nlocation | Ansongo", "cannot point to a span"),
    ],
)
def test_faults_in_gold(script: SimpleNamespace, schema: Schema, line: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(script, schema, gold=line)
    assert message in caught.value.message
    assert caught.value.message.startswith("corpus/source/x.spans:")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("drop actor | Ansongo", "no actor spans have the words 'Ansongo'"),
        ("drop location | Gao", "2 location spans have the words 'Gao'; add ##N"),
        ("edge location | Ansongo -> Families", "does not overlap"),
        ("edge location | Ansongo", "is not a deviation"),
        ("label location | Ansongo", "is not a deviation"),
        ("label location>place | Ansongo", "'place' is not a label"),
        ("move location | Ansongo", "is not a deviation"),
        ("set location | Ansongo | kind=city", "'city' is not one of"),
    ],
)
def test_faults_in_deviations_name_their_line(script: SimpleNamespace, schema: Schema, line: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(script, schema, one=line)
    number = (HEADER + "[gold]\n" + GOLD + "\n[annotator-1]\n").count("\n") + 1
    assert caught.value.message.startswith(f"corpus/source/x.spans:{number}: ")
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("meta source = Test\n", "nothing is given for meta date, meta language, meta country"),
        (HEADER + "meta source = Other\n", "x.spans:5: there is a second meta source"),
        (HEADER.replace("2025-01-02", "2 January"), "x.spans:2: date '2 January' is not YYYY-MM-DD"),
        (HEADER + "title = X\n", "x.spans:5: 'title = X' is not meta KEY = VALUE"),
        (HEADER + "[silver]\n", "x.spans:5: '[silver]' is not a section"),
        (HEADER + "[gold]\n", "x.spans:6: there is a second [gold]"),
    ],
)
def test_faults_in_the_frame(script: SimpleNamespace, schema: Schema, header: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(script, schema, header=header)
    assert message in caught.value.message


def test_every_fault_of_a_section_is_reported_at_once(script: SimpleNamespace, schema: Schema) -> None:
    with pytest.raises(InputError) as caught:
        read(script, schema, gold="location | Timbuktu\nlocation | Ansongo\nlocation | Gao")
    assert len(caught.value.message.split("\n")) == 2


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"x.txt": b"Title\n\nWords."}, "x.spans:1: there is no such file"),
        ({"x.spans": b""}, "x.txt:1: there is no such text"),
        ({"x.txt": b"Title\r\n\r\nWords."}, "x.txt:1: a carriage return"),
        ({"x.txt": b"Title \xff"}, "x.txt:1: not UTF-8 at byte 6"),
        ({"x.txt": b"\n\n"}, "x.txt:1: the first line is not a title"),
    ],
)
def test_faults_in_the_files(
    script: SimpleNamespace, schema: Schema, tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(script.build.build(tmp_path, schema))
    assert f"corpus/source/{message}" in caught.value.message


def test_the_command_writes_checks_and_reports(
    script: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "corpus" / "source"
    source.mkdir(parents=True)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "conflict-events.toml").write_bytes(
        (ROOT / "schemas" / "conflict-events.toml").read_bytes()
    )
    (source / "x.txt").write_text(TEXT, encoding="utf-8")
    spans = f"{HEADER}[gold]\n{GOLD}\n[annotator-1]\ndrop location | Ansongo\n[annotator-2]\ndrop actor | Armed men\n"
    (source / "x.spans").write_text(spans, encoding="utf-8")
    monkeypatch.setattr(script.build, "__file__", str(tmp_path / "corpus" / "build.py"))
    assert script.build.main(["--check"]) == PROBLEMS
    assert script.build.main([]) == 0
    assert script.build.main(["--check"]) == 0
    assert "3 layers of 1 article" in capsys.readouterr().out
    (source / "x.spans").write_text(spans.replace("drop actor", "drop army"), encoding="utf-8")
    assert script.build.main(["--check"]) == BAD_INPUT
    assert "corpus/source/x.spans:19: 'army' is not a label" in capsys.readouterr().err
