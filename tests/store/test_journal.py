"""The journal as people look at it: pages, filters, and drops."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import load, reading_of, record

from annotator.core.edits import Add, Edit, Remove, SetNote
from annotator.core.spans import Span
from annotator.errors import StoreError
from annotator.project import Project
from annotator.store import journal


def written(project: Project, *steps: list[Edit], article: int = 1, annotator: str = "ana", author: str = "") -> None:
    session = project.session(article, annotator, author=author)
    for edits in steps:
        session.do(edits)
    session.close()


@pytest.fixture
def busy(project: Project) -> Project:
    """A database with six batches: a load, three by ana, one by ben, one by lead in ana's layer."""
    load(project, record("a"), record("b", layer=reading_of("ben", Span("s1", 0, 3, "actor"))))
    written(project, *[[SetNote(str(number))] for number in range(3)])
    written(project, [SetNote("b")], annotator="ben", article=2)
    written(project, [SetNote("l")], author="lead")
    return project


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"limit": 2}, [6, 5]),
        ({"before": 5, "limit": 2}, [4, 3]),
        ({"annotator": "ana"}, [6, 4, 3, 2]),
        ({"annotator": "lead"}, [6]),
        ({"annotator": "nobody"}, []),
        ({"article": 2}, [5, 1]),
        ({"since": "2026-01-02T03:04:05.678+00:00", "before": 3}, [2, 1]),
        ({"since": "2026-01-02T03:04:05.679+00:00"}, []),
    ],
    ids=str,
)
def test_pages(busy: Project, chosen: dict[str, object], ids: list[int]) -> None:
    assert [batch.id for batch in busy.store.journal.page(**chosen)] == ids  # type: ignore[arg-type]


def test_a_batch_has_who_and_where(busy: Project) -> None:
    batch = busy.store.journal.batch(6)
    assert batch is not None
    assert (batch.author, batch.annotator, batch.key, batch.kind, batch.of) == ("lead", "ana", "a", "do", None)
    assert batch.edits == (SetNote("l"),) and batch.inverse == (SetNote("2"),)
    assert [one.id for one in busy.store.journal.later(busy.store.journal.batch(2))] == [3, 4, 6]  # type: ignore[arg-type]
    assert busy.store.journal.batch(99) is None


def test_drops_name_the_layer_and_the_batch(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    spans = [Span(f"s{number}", number, number + 1, "actor") for number in range(30)]
    load(project, record("a"), record("b", layer=reading_of("ben", *spans)))
    written(project, [Add(span) for span in spans])
    assert project.store.journal.drops() == []
    written(project, [Remove(span.ref) for span in spans[:20]])
    written(project, [Remove(span.ref) for span in spans[:25]], article=2, annotator="ben", author="lead")
    found = project.store.journal.drops()
    assert [(one.key, one.annotator, one.drop.peak, one.drop.now, one.drop.batch) for one in found] == [
        ("b", "ben", 30, 5, 4), ("a", "ana", 30, 10, 3),
    ]  # fmt: skip
    session = project.session(1, "ana")
    session.undo()
    session.close()
    assert [one.annotator for one in project.store.journal.drops()] == ["ben"]
    monkeypatch.setattr(journal, "LATEST", 1)  # the one that took them is not among the latest any more
    assert project.store.journal.drops() == []


def test_a_damaged_batch_is_told(busy: Project, path: Path) -> None:
    busy.writer.submit(lambda conn: conn.execute("UPDATE journal SET edits = '[{}]' WHERE id = 4")).result()
    with pytest.raises(StoreError, match="damaged batch"):
        list(busy.store.journal.work())
    with pytest.raises(StoreError, match="damaged batch"):
        busy.store.journal.drops()


def test_numbers_of_articles_by_key(busy: Project) -> None:
    assert busy.store.numbers(["b", "x", "a"]) == {"a": 1, "b": 2}
    assert busy.store.journal.keys([2, 1]) == {1: "a", 2: "b"}
    assert list(busy.store.journal.layers("ben")) == [2]
