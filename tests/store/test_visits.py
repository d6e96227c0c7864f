"""Places and time spent, as the file keeps them."""

from __future__ import annotations

import pytest
from support import load, record, rows

from annotator.project import Project
from annotator.store.visits import TimeSpent, Visit


def test_a_visit_replaces_the_place_and_adds_to_the_time(project: Project) -> None:
    load(project, record("k1"), record("k2"))
    project.add_annotator("ana")
    assert project.store.visit(1, "ana") is None
    project.keep_visit(1, "ana", Visit(3, 8, 0, 5.5))
    project.keep_visit(1, "ana", Visit(10, 12, 9, 1.25))
    project.keep_visit(2, "ana", Visit(0, 0, 0, 1.0))
    project.keep_visit(1, "bob", Visit(1, 2, 0, 100.0))
    project.flush()
    assert project.store.visit(1, "ana") == Visit(10, 12, 9, 6.75)
    assert project.store.time_spent() == {"ana": TimeSpent(7.75, 2, 3.875), "bob": TimeSpent(100.0, 1, 100.0)}
    assert rows(project.path, "SELECT count(*) FROM journal") == [(0,)]
    assert project.store.layer(1, "ana") is None


def test_the_place_in_the_queue_is_one_for_each_annotator(project: Project) -> None:
    load(project, record("k1"), record("k2"))
    assert project.store.place("ana") is None
    for article, name in ((1, "ana"), (2, "bob"), (2, "ana")):
        project.keep_place(article, name)
    project.flush()
    assert [project.store.place(name) for name in ("ana", "bob", "eve")] == [2, 2, None]


@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_an_article_that_is_not_there_is_not_visited(project: Project, seconds: float) -> None:
    project.keep_visit(7, "ana", Visit(0, 1, 0, seconds))
    project.flush()
    assert project.store.visit(7, "ana") is None  # refused; nobody is told, for nothing is lost
