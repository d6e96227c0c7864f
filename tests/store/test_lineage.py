"""Layers of two files that were both moved to another schema: a move is nobody's work, and no conflict."""

from __future__ import annotations

from pathlib import Path

import pytest
from schema_moves import MIGRATION, NEW
from support import content, copied, load, reading_of, record, replayed, schema
from test_timeline import Clock

from annotator import upgrading
from annotator.core.edits import Add, Edit, SetNote
from annotator.core.spans import Span
from annotator.merging import merge, split
from annotator.project import Project
from annotator.store.merge_report import MergeReport

ONE, TWO, THREE = Span("s1", 4, 12, "location"), Span("s2", 31, 41, "location"), Span("s3", 50, 55, "location")
PLACED = Span("s4", 60, 63, "place")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home.db"
    with Project.create(path, schema(), clock=Clock()) as project:
        load(project, record("a", layer=reading_of("ana", ONE)))
        load(project, record("b", layer=reading_of("ben", ONE)))
    return path


def work(path: Path, *edits: Edit, minutes: int, annotator: str = "ana") -> None:
    clock = Clock()
    clock.minutes = minutes
    with Project.open(path, clock=clock) as project:
        session = project.session(1, annotator)
        session.do(list(edits))
        session.close()


def move(path: Path, minutes: int, by: str = "lea", *, back: bool = False) -> None:
    clock = Clock()
    clock.minutes = minutes
    with Project.open(path, clock=clock) as project:
        if back:
            upgrading.back(project, author=by, write=True)
        else:
            upgrading.upgrade(project, NEW, MIGRATION, author=by, write=True)


def taken(home: Path, other: Path) -> MergeReport:
    with Project.open(home, clock=Clock()) as project:
        report = merge(project, other)
        layer = project.store.layer(1, "ana")
        assert layer is not None and layer.schema == project.schema.ref
        assert content(replayed(project, layer)) == content(layer)
        assert layer.revision == len(list(project.store.replay(1, "ana")))
        assert {name for name, _ in project.store.annotators()} <= {"ana", "ben", "lea", "carl"}
        return report


def ids(path: Path) -> list[str]:
    with Project.open(path, read_only=True) as project:
        layer = project.store.layer(1, "ana")
        assert layer is not None
        return [span.id for span in layer.spans]


def test_both_moved_and_nothing_else(home: Path, tmp_path: Path) -> None:
    other = copied(home, tmp_path / "o.db")
    move(home, 100)
    move(other, 200, "carl")
    assert taken(home, other).layers == {"same": 2}


def test_what_came_before_or_after_the_move_there_is_brought_forward(home: Path, tmp_path: Path) -> None:
    other = copied(home, tmp_path / "o.db")
    move(home, 100)
    work(other, Add(TWO), minutes=150)
    move(other, 200, "carl")
    work(other, Add(PLACED), minutes=210)
    with Project.open(home, read_only=True) as project:
        assert merge(project, other, dry_run=True).layers == {"forward": 1, "same": 1}
    report = taken(home, other)
    assert report.layers == {"forward": 1, "same": 1} and report.conflicts == []
    assert ids(home) == ["s1", "s2", "s4"]
    assert taken(home, other).layers == {"same": 2}
    work(other, SetNote("more"), minutes=300)
    assert taken(home, other).layers == {"forward": 1, "same": 1}
    assert taken(other, home).layers == {"same": 2}


def test_an_older_copy_that_was_moved_is_behind(home: Path, tmp_path: Path) -> None:
    older = copied(home, tmp_path / "o.db")
    work(home, Add(TWO), minutes=100)
    work(home, Add(THREE), minutes=110)
    move(home, 200)
    move(older, 300)
    assert taken(home, older).layers == {"behind": 1, "same": 1}
    assert ids(home) == ["s1", "s2", "s3"]


def test_a_move_that_was_taken_back_and_made_again_counts_once(home: Path, tmp_path: Path) -> None:
    other = copied(home, tmp_path / "o.db")
    move(home, 100)
    move(home, 110, back=True)
    move(home, 120)
    move(other, 200)
    work(other, Add(PLACED), minutes=210)
    assert taken(home, other).layers == {"forward": 1, "behind": 1}
    assert ids(home) == ["s1", "s4"]


def test_what_is_beside_already_is_not_put_beside_again(home: Path, tmp_path: Path) -> None:
    first = copied(home, tmp_path / "1.db")
    work(home, Add(TWO), minutes=100)
    work(first, Add(THREE), minutes=110)
    second = copied(first, tmp_path / "2.db")
    for path, minutes in ((home, 200), (first, 210), (second, 220)):
        move(path, minutes)
    with Project.open(home, clock=Clock()) as project:
        for path, batches in ((first, True), (second, False), (first, False)):
            found = merge(project, path).conflicts
            assert [(one.name, bool(one.batches)) for one in found] == [("ana~2", batches)]
        assert "ana~3" not in dict(project.store.annotators())


def test_a_split_that_was_taken_before_the_move_comes_back(home: Path, tmp_path: Path) -> None:
    with Project.open(home, clock=Clock()) as project:
        split(project, tmp_path / "ana.db", annotator="ana", articles=[1])
    work(tmp_path / "ana.db", Add(TWO), minutes=100)
    move(home, 150)
    move(tmp_path / "ana.db", 200, "carl")
    assert taken(home, tmp_path / "ana.db").conflicts == []
    assert ids(home) == ["s1", "s2"]
