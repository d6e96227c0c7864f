"""Opening the file, and what a person reads when SQLite refuses."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support import in_another_process, load, record, rows, schema

from annotator.core.edits import SetNote
from annotator.errors import DATABASE, ConflictError, StoreError
from annotator.project import Project
from annotator.store import connection
from annotator.store.connection import connect, explain, explained, reading, writing


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SQLITE_NOTADB", "not a database of this tool"),
        ("SQLITE_CORRUPT_INDEX", "is damaged"),
        ("SQLITE_FULL", "the disk is full"),
        ("SQLITE_READONLY_DIRECTORY", "is read-only"),
        ("SQLITE_CANTOPEN_ISDIR", "cannot be opened"),
        ("SQLITE_BUSY_SNAPSHOT", "locked by another program"),
        ("SQLITE_LOCKED", "locked by another part of this program"),
        ("SQLITE_IOERR_WRITE", "input/output error"),
        ("SQLITE_PERM", "may not be opened by this user"),
    ],
)
def test_each_error_of_sqlite_has_words_of_its_own(name: str, says: str) -> None:
    error = sqlite3.OperationalError("in SQLite's words")
    error.sqlite_errorname = name
    told = explain(error, Path("a.db"))
    assert type(told) is StoreError
    assert says in told.message
    assert told.message.startswith("a.db ")
    assert told.hint
    assert told.exit_code == DATABASE


def test_an_error_without_words_of_its_own_keeps_those_of_sqlite() -> None:
    told = explain(sqlite3.OperationalError("no such table: x"), Path("a.db"))
    assert told.message == "a.db: no such table: x"
    assert told.hint


def fail(path: Path, conn: sqlite3.Connection, sql: str) -> StoreError:
    with pytest.raises(StoreError) as caught, explained(path):
        conn.execute(sql)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    return caught.value


def test_a_broken_constraint_is_a_conflict(path: Path) -> None:
    with closing(connect(path)) as conn:
        assert type(fail(path, conn, "INSERT INTO annotator (name, kind) VALUES ('ana', 'robot')")) is ConflictError
        assert (
            type(fail(path, conn, "INSERT INTO layer VALUES (1, 7, 7, 7, 'open', 1, 0, '', '{}', '')")) is ConflictError
        )


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing but words, and more of them than one header has\n" * 40)
    for read_only in (False, True):
        with pytest.raises(StoreError, match=r"notes\.txt is not a database of this tool"):
            connect(path, read_only=read_only)


def test_a_missing_file_is_not_made(tmp_path: Path) -> None:
    for read_only in (False, True):
        with pytest.raises(StoreError, match="cannot be opened"):
            connect(tmp_path / "no.db", read_only=read_only)
    assert not [*tmp_path.iterdir()]


def test_a_damaged_file(project: Project, path: Path) -> None:
    load(project, *(record(f"k{n}", "x" * 3000 + str(n)) for n in range(120)))
    project.close()
    data = bytearray(path.read_bytes())
    for page in range(len(data) // 8192, len(data) // 4096):  # what describes the tables lies before
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(data)
    with closing(connect(path)) as conn:
        assert "is damaged" in fail(path, conn, "SELECT count(text) FROM article NOT INDEXED").message


@pytest.mark.parametrize("name", ["per%20cent?mode=memory.db", "hash#and&.db", "naïve 难民 .db", "'quoted\".db"])
def test_names_that_mean_something_in_a_uri(tmp_path: Path, name: str) -> None:
    if sys.platform == "win32" and set(name) & set('?"'):
        pytest.skip("Windows has no such names")
    path = tmp_path / name
    Project.create(path, schema()).close()
    assert [p.name for p in tmp_path.iterdir()] == [name]
    Project.open(path, read_only=True).close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are not UTF-8")
def test_a_name_that_is_not_utf_8_and_a_path_with_two_slashes(tmp_path: Path) -> None:
    for path in (tmp_path / os.fsdecode(b"caf\xe9.db"), Path(f"/{tmp_path}/b.db")):
        Project.create(path, schema()).close()
        assert path.stat().st_size
        Project.open(path, read_only=True).close()


def test_the_settings_of_a_connection(path: Path) -> None:
    with closing(connect(path)) as conn:
        pragmas = {name: conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "synchronous")}
        assert pragmas == {"foreign_keys": 1, "synchronous": 2}
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert conn.execute("PRAGMA busy_timeout").fetchone() == (30_000,)


def test_read_only_refuses_writes(path: Path) -> None:
    with closing(connect(path, read_only=True)) as conn:
        assert conn.execute("SELECT count(*) FROM article").fetchone() == (0,)
        assert (
            "is read-only"
            in fail(path, conn, "INSERT INTO annotator (id, name, kind) VALUES (1, 'ana', 'human')").message
        )


def block_shared_memory(path: Path) -> None:
    """Keep SQLite from making its -shm file: folder rights do not stop root, a link that leads nowhere stops anybody."""
    if sys.platform == "win32":
        pytest.skip("links take rights on Windows")
    path.with_name(f"{path.name}-shm").symlink_to(path.parent / "nowhere" / "else")


def test_read_only_where_nothing_can_be_written_beside_the_file(path: Path) -> None:
    block_shared_memory(path)
    with pytest.raises(StoreError):
        connect(path)
    with closing(connect(path, read_only=True)) as conn:
        assert conn.execute("SELECT count(*) FROM article").fetchone() == (0,)
        assert (
            "is read-only"
            in fail(path, conn, "INSERT INTO annotator (id, name, kind) VALUES (1, 'ana', 'human')").message
        )


def test_a_log_that_cannot_be_read_is_not_passed_over(project: Project, path: Path, tmp_path: Path) -> None:
    load(project, record("k1"))
    assert path.with_name("a.db-wal").stat().st_size
    copy = tmp_path / "copy" / "a.db"
    copy.parent.mkdir()
    shutil.copyfile(path, copy)
    shutil.copyfile(path.with_name("a.db-wal"), copy.with_name("a.db-wal"))
    block_shared_memory(copy)
    with pytest.raises(StoreError, match="cannot be opened"):
        connect(copy, read_only=True)
    copy.with_name("a.db-shm").unlink()
    with closing(connect(copy, read_only=True)) as conn:
        assert conn.execute("SELECT count(*) FROM article").fetchone() == (1,)


def test_a_file_that_somebody_holds_is_not_read_as_it_lies(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("PRAGMA journal_mode = DELETE")
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked by another program"):
            connect(path, read_only=True)


def test_waiting_for_a_writer_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0)
    with closing(connect(path)) as one, closing(connect(path)) as two, writing(one):
        assert "is locked by another program" in fail(path, two, "BEGIN IMMEDIATE").message


def test_reading_sees_one_moment_and_nests(path: Path) -> None:
    with closing(connect(path)) as reader, closing(connect(path)) as writer:
        with reading(reader):
            assert reader.execute("SELECT count(*) FROM annotator").fetchone() == (0,)
            with writing(writer):
                writer.execute("INSERT INTO annotator (id, name, kind) VALUES (1, 'ana', 'human')")
            with reading(reader):
                assert reader.execute("SELECT count(*) FROM annotator").fetchone() == (0,)
            assert reader.in_transaction
        assert not reader.in_transaction
        assert reader.execute("SELECT count(*) FROM annotator").fetchone() == (1,)


def test_a_transaction_is_whole_or_nothing(path: Path) -> None:
    with closing(connect(path)) as conn:
        with pytest.raises(KeyError), writing(conn):
            conn.execute("INSERT INTO annotator (id, name, kind) VALUES (1, 'ana', 'human')")
            raise KeyError
        with pytest.raises(KeyError), writing(conn):
            conn.rollback()  # as SQLite itself does for some errors
            raise KeyError
        with pytest.raises(sqlite3.IntegrityError), writing(conn):  # one that only COMMIT finds out
            conn.execute("PRAGMA defer_foreign_keys = ON")
            conn.execute("INSERT INTO layer VALUES (1, 7, 7, 7, 'open', 1, 0, '', '{}', '')")
        assert not conn.in_transaction
    assert rows(path, "SELECT (SELECT count(*) FROM annotator), (SELECT count(*) FROM layer)") == [(0, 0)]


def test_a_full_disk(path: Path) -> None:
    with closing(connect(path)) as conn:
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="the disk is full"), explained(path), writing(conn):
            conn.execute("INSERT INTO annotator (id, name, kind) VALUES (1, ?, 'human')", ("x" * 100_000,))
        assert not conn.in_transaction
    assert rows(path, "SELECT count(*) FROM annotator") == [(0,)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of files")
def test_a_file_that_may_not_grow(project: Project, path: Path) -> None:
    load(project, record("k1"))
    project.session(1, "ana").do([SetNote("before")])
    project.close()
    code = """
        import resource, sys
        from pathlib import Path
        from annotator.core.edits import SetNote
        from annotator.errors import StoreError
        from annotator.project import Project
        project = Project.open(Path(sys.argv[1]))
        session = project.session(1, "ana")
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        session.do([SetNote("x" * 300_000)])
        try:
            session.flush()
        except StoreError as error:
            print(session.state, error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if sys.argv[2] == "retry":
            session.retry()
            session.flush()
            print(session.state)
        project.close()
    """
    for last, note in (("", "before"), ("retry", "x" * 300_000)):
        lines = in_another_process(code, path, last).stdout.splitlines()
        assert lines[0].startswith(f"failed {path} could not be ")
        assert lines[1:] == (["saved"] if last else [])
        assert rows(path, "SELECT note FROM layer") == [(note,)]
        assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_file_that_may_only_be_read_is_told_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block_shared_memory(path)
    with pytest.raises(StoreError, match="cannot be opened"):
        connect(path)
    monkeypatch.setattr(connection.os, "access", lambda where, mode: mode == os.R_OK)
    with pytest.raises(StoreError, match=r"a\.db is read-only"):
        connect(path)


def test_a_snapshot_that_sqlite_ended_itself(path: Path) -> None:
    with closing(connect(path)) as conn:
        with reading(conn):
            conn.rollback()
        assert not conn.in_transaction
