"""Places go with the articles that are handed out, and do not come back doubled."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import load, record, rows, schema

from annotator import merging, team
from annotator.core.edits import Add
from annotator.core.spans import Span
from annotator.errors import RoleError, StoreError
from annotator.fresh import move_to_free
from annotator.merging import merge, split
from annotator.project import Project
from annotator.store.doctor import examine
from annotator.store.queue import QueueFilter
from annotator.team import Request

HOUR = 3600.0
PLACES = (
    "SELECT r.key, a.name, s.kind FROM assignment s JOIN annotator a ON a.id = s.annotator "
    "JOIN article r ON r.id = s.article ORDER BY 1, 2"
)
QUOTAS = "SELECT r.key, q.places, q.taken FROM quota q JOIN article r ON r.id = q.article ORDER BY 1"


class Clock:
    """A clock that is set by hand."""

    hour = 3

    def __call__(self) -> str:
        return f"2026-01-02T{self.hour:02}:04:05.000+00:00"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path, clock: Clock) -> Iterator[Project]:
    """Four articles: one that all read, one given to ana and ben, two open to two people each."""
    with Project.create(tmp_path / "home.db", schema(), clock=clock) as project:
        load(project, *(record(f"k{n}") for n in range(1, 5)))
        project.index_texts()
        for name in ("ana", "ben", "cem"):
            team.add(project, name, by="eva")
        team.add(project, "eva", by="eva", role="lead")
        one = Request(names=("ana", "ben"), calibration=1, chosen=QueueFilter(words="k1"))
        team.assign(project, one, by="eva")
        team.assign(project, Request(overlap=2, names=("ana", "ben"), chosen=QueueFilter(words="k2")), by="eva")
        for key in ("k3", "k4"):
            team.assign(project, Request(overlap=2, open_for=HOUR, chosen=QueueFilter(words=key)), by="eva")
        yield project


def write(project: Project, article: int, name: str, span: str = "s1", start: int = 0) -> None:
    session = project.session(article, name)
    session.do([Add(Span(span, start, start + 2, "actor"))])
    session.close()


def test_the_places_of_the_articles_go_with_them(home: Project, tmp_path: Path, clock: Clock) -> None:
    assert home.claim(3, "ben") == home.claim(3, "cem") == home.claim(4, "ben") == ""
    split(home, tmp_path / "out.db", annotator="ana", articles=[1, 2, 3])
    out = tmp_path / "out.db"
    assert rows(out, PLACES) == [row for row in rows(home.path, PLACES) if row[0] != "k4"]
    assert rows(out, QUOTAS) == [("k3", 2, 2)]
    assert rows(out, "SELECT name, role FROM annotator ORDER BY name") == [
        ("ana", "annotator"), ("ben", "annotator"), ("cem", "annotator"), ("eva", "lead"),
    ]  # fmt: skip
    assert [*examine(out)] == []
    clock.hour += 5  # others' claims do not lapse where nobody sees what they do
    with Project.open(out, clock=clock) as project:
        mine = project.store.queue_page("ana", QueueFilter(mine=True), limit=9)
        assert [row.key for row in mine] == ["k1", "k2"]
        assert "taken" in project.claim(3, "ana")
        with pytest.raises(RoleError):
            team.assign(project, Request(), by="ana")


def test_claims_that_have_lapsed_stay_behind_and_ones_own_lapse_there_too(
    home: Project, tmp_path: Path, clock: Clock
) -> None:
    assert home.claim(3, "ben") == ""
    clock.hour += 2
    assert home.claim(4, "ana") == ""
    split(home, tmp_path / "out.db", annotator="ana", articles=[3, 4])
    claims = rows(tmp_path / "out.db", "SELECT article, lapses <> '' FROM assignment")
    assert claims == [(2, 1)]
    with Project.open(tmp_path / "out.db", clock=clock) as project:
        assert project.claim(1, "ana") == ""


def test_what_comes_back_doubles_no_place(home: Project, tmp_path: Path) -> None:
    assert home.claim(3, "ana") == ""
    out = tmp_path / "out.db"
    split(home, out, annotator="ana", articles=[1, 2, 3])
    before = rows(home.path, PLACES)
    with Project.open(out, clock=home.clock) as project:
        for article in (1, 2, 3):
            write(project, article, "ana")
    assert merge(home, out).layers["new"] == 3
    assert rows(home.path, PLACES) == before
    assert rows(home.path, QUOTAS) == [("k3", 2, 1), ("k4", 2, 0)]
    assert rows(home.path, "SELECT count(*) FROM assignment WHERE lapses <> ''") == [(0,)]  # work makes it last
    assert merge(home, out).layers["same"] == 3
    assert rows(home.path, PLACES) == before
    assert [*examine(home.path)] == []


def test_a_second_name_takes_up_no_place(home: Project, tmp_path: Path) -> None:
    write(home, 3, "ana")
    out = tmp_path / "out.db"
    split(home, out, annotator="ana", articles=[3])
    with Project.open(out, clock=home.clock) as project:
        write(project, 1, "ana", "s2", start=5)
    write(home, 3, "ana", "s3", start=3)
    assert [one.name for one in merge(home, out).conflicts] == ["ana~2"]
    assert rows(home.path, QUOTAS)[0] == ("k3", 2, 1)
    assert home.claim(3, "ben") == ""
    assert [*examine(home.path)] == []


def test_a_file_that_is_made_meanwhile_stays(home: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.db"

    def late(source: Path, target: Path) -> None:
        target.write_bytes(b"mine")
        move_to_free(source, target)

    monkeypatch.setattr(merging, "move_to_free", late)
    with pytest.raises(StoreError, match=r"out\.db is there already"):
        split(home, out, annotator="ana", articles=[1])
    assert out.read_bytes() == b"mine"
    assert not [*tmp_path.glob(".*")]


def test_the_log_of_another_database_is_not_taken_for_its_own(home: Project, tmp_path: Path) -> None:
    (tmp_path / "out.db-wal").write_bytes(b"old")
    with pytest.raises(StoreError, match="of another database is there"):
        split(home, tmp_path / "out.db", annotator="ana", articles=[1])


@pytest.mark.skipif(os.name != "posix", reason="there a rename refuses by itself")
def test_a_name_is_taken_once_where_a_file_cannot_have_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*names: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    move_to_free(tmp_path / "a", tmp_path / "c")
    with pytest.raises(FileExistsError):
        move_to_free(tmp_path / "b", tmp_path / "c")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"b": "b", "c": "a"}
