"""Seventy-five real documents, with thousands of overlapping spans, load and come out equal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import re3d_to_native

from annotator.intake import load
from annotator.outlet import export
from annotator.project import Project
from annotator.schemas import load_schema

SOURCE = Path(__file__).parents[2] / "shared" / "data" / "re3d" / "re3d-open.jsonl"

pytestmark = pytest.mark.skipif(not SOURCE.is_file(), reason="the re3d documents beside the checkout are absent")


def test_all_documents_round_trip(tmp_path: Path) -> None:
    native, schema, out = tmp_path / "re3d.jsonl", tmp_path / "re3d.toml", tmp_path / "out.jsonl"
    re3d_to_native.main(str(SOURCE), str(native), str(schema))
    with Project.create(tmp_path / "db", load_schema(str(schema))) as project:
        report = load(project, [str(native)])
        assert report.faults == []
        assert report.articles == report.layers == 75
        export(project, str(out))
    before = [json.loads(line) for line in native.read_bytes().splitlines()]
    after = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert len(after) == 75
    for old, new in zip(before, after, strict=True):
        spans = [{**span, "note": "", "source": ""} for span in old.pop("spans")]
        found = new.pop("spans")
        assert sorted(found, key=lambda s: int(s["id"][1:])) == spans
        assert [span["text"] for span in found] == [new["text"][span["start"] : span["end"]] for span in found]
        assert new == {**old, "schema": "re3d@1", "attributes": {}, "note": ""}
