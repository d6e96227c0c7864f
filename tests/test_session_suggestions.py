"""Suggestions of a session: read from the file when needed, here or on the writer's thread, and never written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import clock, load, reading_of, record

from annotator.core.edits import Add
from annotator.core.spans import Span
from annotator.core.suggestions import mark_of
from annotator.project import Project
from annotator.session import Session

TEXT = "Gunmen killed two near Taiz on Sunday."
PROPOSED = (Span("m1", 0, 6, "actor"), Span("m2", 23, 27, "location"))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    from support import schema

    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(
            project,
            record("k", TEXT, layer=reading_of("net", *PROPOSED, kind="model")),
            record("k", TEXT, layer=reading_of("gold", Span("g1", 14, 17, "casualty"), kind="gold")),
            record("k", TEXT, layer=reading_of("ben", Span("b1", 14, 17, "casualty"))),
        )
        yield project


def marks(session: Session) -> list[tuple[int, int, str]]:
    return [mark_of(span) for span in session.suggestions.index]


def test_only_models_suggest_and_edits_are_followed(project: Project) -> None:
    session = project.session(1, "ana")
    assert session.proposed() == 2
    assert marks(session) == [(0, 6, "actor"), (23, 27, "location")]
    session.do([Add(Span("s1", 0, 6, "actor"))])
    assert marks(session) == [(23, 27, "location")]
    session.undo()
    assert marks(session) == [(0, 6, "actor"), (23, 27, "location")]
    session.flush()
    assert [(name, kind) for name, kind, _ in project.store.layers_of(1)] == [
        ("ana", "human"), ("ben", "human"), ("gold", "gold"), ("net", "model"),
    ]  # fmt: skip


def test_what_is_done_while_they_are_read_elsewhere_is_taken_into_account(project: Project) -> None:
    session = project.session(1, "ana")
    session.do([Add(Span("s1", 0, 6, "actor"))])
    future = session.fetch_suggestions()
    assert marks(session) == []  # not there yet, and not read a second time
    session.do([Add(Span("s2", 23, 27, "location"))])
    session.undo()
    session.undo()
    session.do([Add(Span("s3", 23, 27, "location"))])
    future.result()
    session.take_suggestions(future)
    assert marks(session) == [(0, 6, "actor")]


def test_they_are_read_anew_with_the_layer(project: Project) -> None:
    session, other = project.session(1, "ana"), project.session(1, "ana")
    assert len(session.suggestions) == 2
    session.suggestions.dismiss(next(iter(session.suggestions.index)))
    future = other.fetch_suggestions()
    session.do([Add(Span("s1", 23, 27, "location"))])
    session.flush()
    other.reload()
    other.take_suggestions(future)
    assert marks(other) == [(0, 6, "actor")]
    session.reload()
    assert marks(session) == []


def test_asking_twice_while_they_are_read_loses_nothing_that_was_done_between(project: Project) -> None:
    session = project.session(1, "ana")
    first = session.fetch_suggestions()
    session.do([Add(Span("s1", 0, 6, "actor"))])
    second = session.fetch_suggestions()
    session.take_suggestions(first)
    assert marks(session) == [(23, 27, "location")]
    session.do([Add(Span("s2", 23, 27, "location"))])
    session.take_suggestions(second)
    assert marks(session) == []
    session.close()
