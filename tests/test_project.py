"""Making, opening and closing a database; every mistake is one line with the exit status of the database."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support import clock, load, record, rows, schema

from annotator import project as module
from annotator.core.edits import SetNote
from annotator.errors import DATABASE, StoreError
from annotator.project import Project, utc_now
from annotator.store.migrations import bring_up


def refused(path: Path, says: str, *, create: bool = False) -> StoreError:
    with pytest.raises(StoreError) as caught:
        Project.create(path, schema()).close() if create else Project.open(path).close()
    error = caught.value
    assert says in error.message
    assert error.exit_code == DATABASE == 4
    assert error.hint
    assert "\n" not in str(error)
    return error


def test_what_is_no_database_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    (tmp_path / "garbage.db").write_bytes(b"\x00garbage" * 999)
    (tmp_path / "short.db").write_bytes(b"x")
    with closing(sqlite3.connect(tmp_path / "other.db")) as conn:
        conn.execute("CREATE TABLE t (x)")
    with closing(sqlite3.connect(tmp_path / "bare.db")) as conn:
        conn.execute("VACUUM")  # a SQLite file with a header and nothing in it
        conn.execute("PRAGMA journal_mode = WAL")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    refused(tmp_path / "no.db", "no such database")
    refused(tmp_path / "short.db" / "no.db", "no such database")
    refused(tmp_path, "is a folder, not a database")
    refused(tmp_path / "empty.db", "is empty, not a database")
    refused(tmp_path / "bare.db", "is empty, not a database")
    refused(tmp_path / "garbage.db", "is not a database of this tool")
    refused(tmp_path / "short.db", "is not a database of this tool")
    refused(tmp_path / "other.db", "is a SQLite database of another program")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders, and another limit of names")
def test_odd_paths_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "is no ordinary file")
    refused(tmp_path / ("x" * 300), "cannot be opened: File name too long")
    (tmp_path / "link").symlink_to("link")
    refused(tmp_path / "link", "cannot be opened")


def test_what_cannot_be_made(tmp_path: Path) -> None:
    words = tmp_path / "notes.txt"
    words.write_text("keep me")
    refused(words, "notes.txt is there already", create=True)
    refused(tmp_path, "is there already", create=True)
    refused(tmp_path / "no" / "a.db", "no: no such folder", create=True)
    if sys.platform != "win32":
        refused(words / "a.db", "cannot be made: Not a directory", create=True)
        refused(tmp_path / ("x" * 300), "cannot be made: File name too long", create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert words.read_text() == "keep me"


def test_a_database_is_never_made_over_another(tmp_path: Path) -> None:
    with Project.create(tmp_path / "a.db", schema()) as project:
        load(project, record("k1"))
    refused(tmp_path / "a.db", "is there already", create=True)
    with Project.open(tmp_path / "a.db") as project:
        assert project.store.count() == 1


@pytest.mark.parametrize("where", ["connect", "bring_up", "clock"])
def test_what_fails_halfway_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def broken(*args: object) -> str:
        if where == "bring_up":
            bring_up(*args)  # type: ignore[arg-type]
        raise StoreError("the disk is full", hint="-")

    if where != "clock":
        monkeypatch.setattr(module, where, broken)
    with pytest.raises(StoreError, match="the disk is full"):
        Project.create(tmp_path / "a.db", schema(), clock=broken if where == "clock" else clock)
    assert not [*tmp_path.iterdir()]
    monkeypatch.undo()
    Project.create(tmp_path / "a.db", schema()).close()


def test_a_new_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Project.create(path, schema(), clock=clock) as project:
        assert (project.path, project.schema, project.read_only) == (path, schema(), False)
        assert project.store.count() == 0
        assert project.store.annotators() == []
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]  # no log is left beside it
    with Project.open(path) as project:
        assert project.schema == schema()
        assert project.schema.digest == schema().digest


def test_closing_writes_what_is_queued_and_may_be_done_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Project.create(path, schema()) as project:
        load(project, record("k1"))
        session = project.session(1, "ana")
        for number in range(20):
            session.do([SetNote(str(number))])
    project.close()
    assert rows(path, "SELECT note, revision FROM layer") == [("19", 20)]
    assert rows(path, "SELECT count(*) FROM journal") == [(20,)]
    session.close()
    session.do([SetNote("late")])
    with pytest.raises(StoreError, match="was closed"):
        session.close()
    assert session.state == "failed"


def test_read_only_reads_and_does_not_write(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Project.create(path, schema()) as project:
        load(project, record("k1"))
    with Project.open(path, read_only=True) as project:
        assert project.store.count() == 1
        for write in (lambda: project.session(1, "ana"), lambda: project.add_annotator("ana"), project.loader):
            with pytest.raises(StoreError, match="was opened read-only"):
                write()


def test_annotators_are_added_once(tmp_path: Path) -> None:
    with Project.create(tmp_path / "a.db", schema()) as project:
        project.add_annotator("ana")
        project.add_annotator("ana")
        project.writer.submit(
            lambda conn: conn.execute("INSERT INTO annotator (id, name, kind) VALUES (9, 'gold', 'gold')")
        ).result()
        with pytest.raises(StoreError, match="annotator 'gold' is gold here, not human"):
            project.add_annotator("gold")
        assert project.store.annotators() == [("ana", "human"), ("gold", "gold")]


def test_a_session_of_an_article_that_is_not_there(tmp_path: Path) -> None:
    with Project.create(tmp_path / "a.db", schema()) as project, pytest.raises(StoreError, match="no article number 7"):
        project.session(7, "ana")


def test_the_clock() -> None:
    now = utc_now()
    assert len(now) == len("2026-01-02T03:04:05.678+00:00")
    assert now.endswith("+00:00")
