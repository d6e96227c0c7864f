"""Empty layers of new annotators: readings where anything of theirs was stored, else left out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import clock, schema

from annotator.intake import LoadReport, load
from annotator.project import Project

SPAN = {"start": 0, "end": 2, "label": "actor"}
WRONG = {"start": 0, "end": 2, "label": "nobody"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "t.db", schema(), clock=clock) as project:
        yield project


def loaded(project: Project, folder: Path, *layers: tuple[str, list[object]]) -> LoadReport:
    """Load an article for each layer, by annotator and spans."""
    lines = [
        json.dumps({"id": f"n{n}", "text": f"Text {n}.", "annotator": name, "spans": spans})
        for n, (name, spans) in enumerate(layers)
    ]
    path = folder / "x.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return load(project, [str(path)])


def people(project: Project) -> dict[str, int]:
    return {one.name: one.layers for one in project.store.people()}


@pytest.mark.parametrize("first", [True, False])
def test_where_all_else_was_refused_nobody_is_added(project: Project, tmp_path: Path, first: bool) -> None:
    layers: list[tuple[str, list[object]]] = [("new", [WRONG]), ("new", []), ("ben", [])]
    report = loaded(project, tmp_path, *(layers if first else reversed(layers)))
    assert people(project) == {"ben": 1}
    assert (report.articles, report.layers, report.bad) == (2, 1, 1)
    assert "the empty ones are left out" in next(iter(report.notes))


def test_empty_layers_are_readings_where_anything_was_stored(project: Project, tmp_path: Path) -> None:
    report = loaded(project, tmp_path, ("new", []), ("new", [WRONG]), ("new", [SPAN]), ("new", []), ("ben", []))
    assert people(project) == {"ben": 1, "new": 3}
    assert (report.articles, report.known, report.layers, report.spans, report.bad) == (4, 0, 4, 1, 1)
    again = loaded(project, tmp_path, ("new", []), ("ben", []), ("new", [WRONG]))
    assert people(project) == {"ben": 2, "new": 3} and again.layers == 1


def test_what_is_refused_is_refused_once(project: Project, tmp_path: Path) -> None:
    loaded(project, tmp_path, ("ben", [SPAN]))
    lines = [
        {"id": "n0", "text": "Another text.", "annotator": "new", "spans": []},
        {"id": "n0", "text": "Yet another.", "annotator": "zoe", "spans": [SPAN]},
        {"id": "n1", "text": "Good.", "annotator": "zoe", "spans": []},
    ]
    path = tmp_path / "y.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    report = load(project, [str(path)])
    assert (report.bad, report.records, report.articles, report.layers) == (2, 3, 1, 0)
    assert people(project) == {"ben": 1}
    assert "the layers of 'zoe' with something in them were refused" in next(iter(report.notes))
