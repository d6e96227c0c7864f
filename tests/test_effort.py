"""What work comes to: each batch counted once, what was undone not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest
from support import load, reading_of, record, schema

from annotator.core.edits import Add, Change, Remove, SetStatus
from annotator.core.spans import Span
from annotator.effort import Effort, efforts
from annotator.merging import merge, split
from annotator.project import Project
from annotator.store.visits import Visit

ONE, TWO, THREE = Span("s1", 4, 12, "actor"), Span("s2", 31, 41, "location"), Span("s3", 4, 7, "actor")


class Days:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = "2026-01-02T22:30:00.000+00:00"

    def __call__(self) -> str:
        return self.now


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    clock = Days()
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(project, record("a"), record("b", layer=reading_of("ana", ONE, TWO)))
        session = project.session(1, "ana")
        session.do([Add(ONE), Add(TWO), Add(THREE)])
        session.do([Change(ONE.ref, Span("s1", 4, 12, "actor", {"type": "army"}))])
        session.do([Change(TWO.ref, Span("s2", 31, 33, "location"))])
        session.do([Remove(THREE.ref)])
        session.do([Add(Span("s4", 0, 3, "actor"))])
        session.undo()
        session.do([SetStatus("done")])
        session.close()
        clock.now = "2026-01-04T09:00:00.000+00:00"
        session = project.session(2, "ana", author="lead")
        session.do([Change(ONE.ref, Span("s1", 4, 12, "location"))])
        session.do([Add(Span("s5", 0, 3, "actor"))])
        session.close()
        project.keep_visit(1, "ana", Visit(0, 1, 0, 90.0))
        project.keep_visit(2, "ana", Visit(0, 1, 0, 30.0))
        project.flush()
        yield project


def of(people: list[Effort], name: str) -> Effort:
    return next(person for person in people if person.annotator == name)


def test_what_everybody_did(project: Project) -> None:
    found = efforts(project, zone=UTC)
    ana, lead = of(found.people, "ana"), of(found.people, "lead")
    assert (ana.tally.added, ana.tally.removed, ana.tally.corrected, ana.tally.detailed) == (3, 1, 1, 1)
    assert ana.tally.corrections == pytest.approx(2 / 3)
    assert (ana.articles, ana.median, ana.tally.seconds, ana.tally.timed) == (2, 60.0, 120.0, 3)
    assert ana.tally.hourly == 90.0
    assert ana.days == {"2026-01-02": 3}
    assert (lead.tally.added, lead.tally.corrected, lead.median, lead.tally.hourly) == (1, 1, None, None)
    assert lead.days == {"2026-01-04": 1}
    assert [(key, who, tally.seconds) for key, who, tally in found.articles] == [
        ("a", "ana", 90.0), ("b", "ana", 30.0), ("b", "lead", 0.0),
    ]  # fmt: skip


def test_a_day_is_that_of_the_zone(project: Project) -> None:
    assert of(efforts(project, zone=timezone(timedelta(hours=3))).people, "ana").days == {"2026-01-03": 3}


def test_parts_of_the_journal(project: Project) -> None:
    assert [person.annotator for person in efforts(project, annotator="lead").people] == ["lead"]
    assert [key for key, _, _ in efforts(project, article=1).articles] == ["a"]
    late = efforts(project, since="2026-01-03T00:00:00.000+00:00")
    assert [person.annotator for person in late.people] == ["lead"]
    assert not late.timed
    assert len(efforts(project, most=1).articles) == 1


def test_what_a_merge_puts_beside_counts_once(project: Project, tmp_path: Path) -> None:
    split(project, tmp_path / "b.db", annotator="ana", articles=[1, 2])
    for path, at in (
        (project.path, "2026-01-05T09:00:00.000+00:00"),
        (tmp_path / "b.db", "2026-01-06T09:00:00.000+00:00"),
    ):
        clock = Days()
        clock.now = at
        with Project.open(path, clock=clock) as each:
            session = each.session(1, "ana")
            session.do([Add(Span(f"n{at[9]}", 50, 53, "actor"))])
            session.close()
    assert len(merge(project, tmp_path / "b.db").conflicts) == 1
    assert of(efforts(project, zone=UTC).people, "ana").days == {
        "2026-01-02": 3, "2026-01-05": 1, "2026-01-06": 1,
    }  # fmt: skip
