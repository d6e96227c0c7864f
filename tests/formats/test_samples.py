"""Every sample of other tools beside the checkout: what the command makes of it when nobody names its format.

The figures were counted in the raw files with other means (lines of `.ann` files that begin with T, B- tags, `spans` in
JSON), not by this program.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from formats_support import SHARED, shared

from annotator.cli import run
from annotator.errors import BAD_INPUT, OK
from annotator.formats.gate import Gate
from annotator.formats.mapping import Mapper
from annotator.intake import LoadReport, Reading
from annotator.selftest import selftest


@dataclass(frozen=True)
class Sample:
    """A file or folder, and what is in it.

    Args:
        format: By whose reader it is read.
        articles: How many different texts.
        layers: How many layers; a layer that stands there twice counts once.
        spans: How many spans of each label in them.
        bad: Lines and what is said of each that cannot be taken.
        losses: What has no place here, by kind.
        extra: What the command is told besides, because its messages ask for it.
    """

    format: str
    articles: int
    layers: int
    spans: dict[str, int] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    losses: dict[str, int] = field(default_factory=dict)
    extra: tuple[str, ...] = ()


ANA = ("--annotator", "ana")
SAMPLES = {
    # One tweet stands there twice, another three times, "Kishan" being a person in it twice and then a location.
    "formats/conll/emerging.dev.conll": Sample(
        "conll",
        1006,
        1006,
        {"person": 469, "product": 114, "creative-work": 105, "location": 73, "group": 39, "corporation": 34},
        {"emerging.dev.conll:15421": "another layer"},
        extra=ANA,
    ),
    "formats/doccano/example.conll": Sample("conll", 2, 2, {"LOC": 1, "PER": 1}, extra=ANA),
    "formats/doccano/labeling.trailing.conll": Sample("conll", 1, 1, {"LOC": 1, "PER": 1}, extra=ANA),
    "formats/doccano/labeling.invalid.conll": Sample(
        "conll", 2, 2, {"LOC": 2, "PER": 1}, {"labeling.invalid.conll:1": "'SOCCERO' is no tag"}, extra=ANA
    ),
    "formats/doccano/example.jsonl": Sample(
        "doccano", 2, 1, {"LOC": 1}, {"example.jsonl:3": "no field 'text'"}, extra=ANA
    ),
    "formats/doccano/example_overlapping.jsonl": Sample("doccano", 1, 1, {"LOC": 2}, extra=ANA),
    "formats/doccano/relations.jsonl": Sample(
        "doccano",
        1,
        1,
        {"ORG": 1, "DATE": 1, "PERSON": 2},
        losses={"attribute not in the schema": 2},
        extra=ANA,
    ),
    "formats/doccano/example.utf16.csv": Sample("csv", 3, 0),
    "formats/labelstudio/csv_test.json": Sample("labelstudio", 2, 4, losses={"region that is no text": 5}),
    "formats/labelstudio/csv_test2.json": Sample("labelstudio", 1, 1, losses={"attribute not in the schema": 1}),
    "formats/labelstudio/csv_test2_result.csv": Sample("labelstudio-min", 1, 1),
    "formats/labelstudio/csv_test_history.json": Sample("labelstudio", 1, 1, losses={"attribute not in the schema": 1}),
    "formats/labelstudio/data.json": Sample("labelstudio", 0, 0, bad={"data.json:2": "has no text"}),
    "formats/labelstudio/data_repeater.json": Sample("labelstudio", 0, 0, bad={"data_repeater.json:2": "has no text"}),
    "formats/prodigy/annotated_news_headlines-ORG-PERSON-LOCATION-ner.jsonl": Sample(
        "prodigy",
        373,
        373,
        {"ORG": 136, "LOCATION": 121, "PERSON": 38, "PRODUCT": 8},
        losses={"answer ignore": 1},
        extra=ANA,
    ),
    "formats/brat/bio-tutorial": Sample(
        "brat",
        8,
        8,
        {
            "Protein": 69,
            "Binding": 14,
            "Complex": 8,
            "Simple_chemical": 3,
            "Gene_expression": 3,
            "Positive_regulation": 2,
            "Negative_regulation": 1,
            "Organism": 1,
        },
        losses={"said of a relation": 1},
    ),
    "formats/brat/news-tutorial": Sample(
        "brat",
        13,
        13,
        {
            "Organization": 56,
            "Person": 27,
            "Merge-org": 14,
            "GPE": 12,
            "Report": 8,
            "Money": 1,
            "Transfer-money": 1,
        },
        losses={"equivalence": 2, "said of a relation": 1},
    ),
    # 278 lines begin with T; three triggers have a second event, which is a span of its own.
    "formats/brat/epi": Sample(
        "brat",
        14,
        14,
        {
            "Protein": 218,
            "Entity": 19,
            "Glycosylation": 12,
            "DNA_methylation": 9,
            "Ubiquitination": 9,
            "Hydroxylation": 4,
            "Methylation": 4,
            "Catalysis": 3,
            "Deacetylation": 2,
            "Demethylation": 1,
        },
        losses={"further event on a trigger": 3},
    ),
    "iaa/bratiaa": Sample("brat", 7, 28, {"ORG": 534, "PER": 505, "LOC": 315, "MISC": 213}),
    "iaa/medtator_iaa.spans.jsonl": Sample(
        "jsonl",
        5,
        10,
        {
            "MEDICATION": 28,
            "OTHER_AE": 26,
            "PYREXIA": 15,
            "PAIN": 7,
            "VAX": 5,
            "HEADACHE": 5,
            "DIZZINESS": 4,
            "FATIGUE": 3,
        },
        losses={"field of a span": 93},
    ),
}
NO_ARTICLES = {
    "formats/labelstudio/label_config.xml": "no GATE document",
    "formats/labelstudio/label_config_repeater.json": "in no known format",
    "formats/prodigy/patterns_countries-GPE.jsonl": "no field 'text'",
    "iaa/pygamma/3by100.csv": "no column holds the text",
    "iaa/pygamma/AlexPaulSuzan.csv": "no column holds the text",
    "iaa/pygamma/expected.json": "in no known format",
}
"""Files in which there is no text to load, and what is said of them."""


def own(label: str) -> str:
    """Return the label of the bundled schema that a sample's label is mapped to."""
    return "location" if label.lower() in ("loc", "location", "gpe") else "actor"


def data(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_recognised_and_loads_whole(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, sample = shared(name), SAMPLES[name]
    monkeypatch.chdir(tmp_path)
    maps = [f"--map={','.join(f'{label}={own(label)}' for label in sample.spans)}"] if sample.spans else []
    assert run(["new"]) == OK
    capsys.readouterr()
    status = run(["load", str(path), *sample.extra, *maps, "--drop-unmapped", "--json"])
    report = data(capsys)
    assert (report["articles"], report["layers"]) == (sample.articles, sample.layers)
    assert report["spans"] == sum(sample.spans.values())
    assert {Path(fault["where"]).name for fault in report["faults"]} == set(sample.bad)
    for fault in report["faults"]:
        assert sample.bad[Path(fault["where"]).name] in fault["message"]
    found = {what: n for what, n in report["losses"].items() if what != "attribute not in the schema"}
    assert found == {what: n for what, n in sample.losses.items() if what != "attribute not in the schema"}
    if sample.losses.get("attribute not in the schema"):
        assert report["losses"]["attribute not in the schema"] == sample.losses["attribute not in the schema"]
    assert status == (BAD_INPUT if sample.bad else OK)
    if sample.articles:
        assert_slices(tmp_path, sample, capsys)


def assert_slices(folder: Path, sample: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    """Every span that was stored has the words of its place; the texts are as many as they should be."""
    assert run(["export", "out.jsonl"]) == OK
    capsys.readouterr()
    lines = [json.loads(line) for line in (folder / "out.jsonl").read_bytes().splitlines()]
    spans = [(line["text"][s["start"] : s["end"]], s["text"]) for line in lines for s in line.get("spans", ())]
    assert len({line["text"] for line in lines}) == sample.articles
    assert len(spans) == sum(sample.spans.values())
    assert all(cut == words and cut for cut, words in spans)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_has_the_labels_that_its_raw_file_has(name: str) -> None:
    report = LoadReport()
    reading = Reading([str(shared(name))], report)
    records = [*reading.admitted(Mapper(None), Gate(None, annotator="ana" if SAMPLES[name].extra else None))]
    assert reading.format == SAMPLES[name].format
    layers = {(r.text, r.layer.annotator, r.layer.spans): r.layer for r in records if r.layer is not None}
    labels = Counter(span.label for layer in layers.values() for span in layer.spans)
    if name.startswith("formats/conll"):
        labels -= Counter({"location": 1})  # of the layer that a database refuses, and nothing else does
    assert labels == SAMPLES[name].spans


@pytest.mark.parametrize("name", [name for name in SAMPLES if "data" not in Path(name).stem])
def test_a_sample_survives_its_own_format(name: str) -> None:
    found = selftest(str(shared(name)))
    assert (found.differences, dict(found.losses)) == ([], {})
    assert found.records >= SAMPLES[name].articles > 0


@pytest.mark.parametrize("name", NO_ARTICLES)
def test_a_file_without_articles_is_refused_in_words(name: str) -> None:
    report = LoadReport()
    assert not [*Reading([str(shared(name))], report).admitted(Mapper(None), Gate(None))]
    assert report.bad and all(NO_ARTICLES[name] in fault.message for fault in report.faults)


def test_no_sample_is_left_out() -> None:
    if not SHARED.exists():
        pytest.skip("the samples are not beside the checkout")
    known = {SHARED / name for name in (*SAMPLES, *NO_ARTICLES)}
    files = [path for top in ("formats", "iaa") for path in (SHARED / top).rglob("*") if path.is_file()]
    left = [
        path for path in files if "LICENSE" not in path.name and not known & {path, path.parent, path.parent.parent}
    ]
    assert left == []
