"""Corpora that other tools have measured."""

from __future__ import annotations

import json
import statistics

import pytest
from studies import QUICK, SHARED, vectors

from annotator.agreement import alpha, exact_f1
from annotator.agreement.study import Study, Unit

IAA = SHARED / "iaa"
pytestmark = pytest.mark.skipif(not IAA.is_dir(), reason=f"{IAA} is not there")


def brat_units(text: str) -> list[Unit]:
    """Return the text-bound annotations of a brat file."""
    rows = (line.split("\t")[1].split() for line in text.splitlines() if line.startswith("T"))
    return [(int(start), int(end), label) for label, start, end in rows]


def test_bratiaa_example() -> None:
    expected = vectors("peers")["bratiaa_example"]
    marked = {
        who.name: {file.stem: brat_units(file.read_text(encoding="utf-8")) for file in who.glob("*.ann")}
        for who in (IAA / "bratiaa").iterdir()
        if who.is_dir()
    }
    found = exact_f1.MEASURE.values(Study.of_readings(marked), bootstrap=QUICK, by=("pair",))
    pairs = {f"{one.pair[0]}-{one.pair[1]}": one.value for one in found if one.pair and one.value is not None}
    assert pairs == pytest.approx(expected["pairs"])
    mean, deviation = expected["instance_f1_mean_sd"]
    assert round(found[0].value or 0, 3) == 0.890
    assert found[0].value == pytest.approx(mean)
    assert statistics.pstdev(pairs.values()) == pytest.approx(deviation)
    assert found[0].n == 7


def test_medtator() -> None:
    marked: dict[str, dict[str, list[Unit]]] = {}
    lengths = {}
    for line in (IAA / "medtator_iaa.spans.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        units = [(span["start"], span["end"], span["label"]) for span in row["spans"]]
        marked.setdefault(row["annotator"], {})[row["doc_id"]] = units
        lengths[row["doc_id"]] = len(row["text"])
    study = Study.of_readings(marked, lengths=lengths)
    (value,) = exact_f1.MEASURE.values(study, bootstrap=QUICK, by=())
    assert round(value.value or 0, 3) == 0.430
    assert value.n == 5
    nominal = alpha.MEASURE.values(study, bootstrap=QUICK, by=())[1]
    assert nominal.name == "krippendorff-alpha-characters"
    assert round(nominal.value or 0, 3) == 0.408
