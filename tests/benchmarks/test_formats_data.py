"""The articles of the benchmark of formats are what it says, and the bare script does what it is held to."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.cli import run
from benchmarks import formats_data
from benchmarks.formats_data import MAKERS, records

ROOT = Path(formats_data.__file__).parents[1]
HAS_ORJSON = importlib.util.find_spec("orjson") is not None


def test_articles_are_different_as_long_as_promised_and_the_same_each_time() -> None:
    found = list(records(40, annotators=3))
    assert found == list(records(40, annotators=3))
    assert found != list(records(40, annotators=3, seed=2))
    assert len({record["text"] for record in found}) == 40
    assert [record["annotator"] for record in found] == ["ana", "ben", "cleo"] * 40
    mean = sum(len(record["text"]) for record in found) / len(found)
    assert 3000 < mean < 4000
    assert all(len(record["spans"]) == formats_data.SPANS for record in found)


@pytest.mark.parametrize("attributes", [False, True])
def test_spans_are_stretches_of_the_text(attributes: bool) -> None:
    for record in records(10, annotators=2, attributes=attributes):
        assert all(record["text"][span["start"] : span["end"]] == span["text"] != "" for span in record["spans"])
        assert any(span.get("attributes") for span in record["spans"]) == attributes
        assert len({span["id"] for span in record["spans"]}) == len(record["spans"])


@pytest.mark.parametrize("format", sorted(MAKERS))
def test_files_that_the_product_only_reads(format: str, tmp_path: Path) -> None:
    out = tmp_path / f"out.{format}"
    MAKERS[format](out, records(3, annotators=1))
    written = [out] if out.is_file() else sorted(out.iterdir())
    text = "".join(path.read_text("utf-8") for path in written)
    assert [text.count(f"Report {number}") >= 1 for number in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(("format", "whole"), [("gate", True), ("slate", False)])
def test_labels_of_files_that_the_product_only_reads(format: str, whole: bool, tmp_path: Path) -> None:
    given = list(records(3, annotators=1))
    MAKERS[format](tmp_path / "out", given)
    out = tmp_path / "back.jsonl"
    assert run(["convert", str(tmp_path / "out"), str(out), "--from", format]) == 0
    found = {record["text"]: record for record in map(json.loads, out.open())}
    for record in given:
        back = found[record["text"]]
        assert back["annotator"] == "ana"
        spans, others = record["spans"], sorted(back["spans"], key=lambda span: int(re.sub(r"\D", "", span["id"])))
        assert [span["label"] for span in others] == [span["label"] for span in spans]
        for span, other in zip(spans, others, strict=True):
            assert other["start"] <= span["start"] < span["end"] <= other["end"]
            assert not whole or (other["start"], other["end"]) == (span["start"], span["end"])


@pytest.mark.skipif(not HAS_ORJSON, reason="the bare script needs orjson")
def test_the_bare_script_gives_back_what_it_stored(tmp_path: Path) -> None:
    given, out = tmp_path / "given.jsonl", tmp_path / "out.jsonl"
    MAKERS["jsonl"](given, records(3, annotators=2, attributes=True))
    bare = [sys.executable, str(ROOT / "benchmarks" / "bare.py")]
    subprocess.run([*bare, "load", str(given), str(tmp_path / "bare.db")], check=True)
    subprocess.run([*bare, "export", str(tmp_path / "bare.db"), str(out)], check=True)
    assert [json.loads(line) for line in out.open()] == [json.loads(line) for line in given.open()]
    wrong = given.read_text("utf-8").replace('"start": ', '"start": 1', 1)
    given.write_text(wrong, "utf-8")
    done = subprocess.run([*bare, "load", str(given), str(tmp_path / "other.db")], capture_output=True, check=False)
    assert done.returncode == 1
