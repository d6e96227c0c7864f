"""The writer thread: order, errors, and that "saved" is never said too early."""

from __future__ import annotations

import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import in_another_process, rows

from annotator.errors import ConflictError, StoreError
from annotator.store.writer import Writer

NAMES = "SELECT name FROM annotator ORDER BY id"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    writer = Writer(path)
    yield writer
    writer.close()


def adding(name: str, kind: str = "human"):  # type: ignore[no-untyped-def]
    def job(conn: sqlite3.Connection) -> str:
        conn.execute("INSERT INTO annotator (name, kind) VALUES (?, ?)", (name, kind))
        return name

    return job


def test_jobs_are_done_in_order(writer: Writer, path: Path) -> None:
    futures = [writer.submit(adding(f"a{number}")) for number in range(20)]
    assert futures[-1].result() == "a19"
    assert all(future.done() for future in futures)
    assert rows(path, NAMES) == [(f"a{number}",) for number in range(20)]


def test_a_job_is_on_the_disk_when_its_future_is_done(writer: Writer, path: Path) -> None:
    for number in range(5):
        writer.submit(adding(f"a{number}")).result()
        assert len(rows(path, NAMES)) == number + 1


def test_a_job_that_fails_leaves_no_trace_and_the_next_one_works(writer: Writer, path: Path) -> None:
    def half(conn: sqlite3.Connection) -> None:
        adding("half")(conn)
        raise KeyError("the job's own")

    def broken(conn: sqlite3.Connection) -> None:
        adding("broken")(conn)
        conn.execute("INSERT INTO nowhere VALUES (1)")

    failing = [writer.submit(job) for job in (half, broken, adding("x", "robot"))]
    assert writer.submit(adding("good")).result() == "good"
    own, sql, constraint = (future.exception() for future in failing)
    assert isinstance(own, KeyError)
    assert isinstance(sql, StoreError)
    assert sql.message == f"{path}: no such table: nowhere"
    assert isinstance(constraint, ConflictError)
    assert rows(path, NAMES) == [("good",)]


def test_a_job_that_was_taken_back_is_not_done_and_ends_nothing(writer: Writer, path: Path) -> None:
    go = threading.Event()
    writer.submit(lambda conn: go.wait(30))
    taken_back = writer.submit(adding("taken back"))
    assert taken_back.cancel()
    go.set()
    writer.submit(adding("next")).result()
    assert rows(path, NAMES) == [("next",)]


def test_drain_waits_for_what_was_submitted(writer: Writer, path: Path) -> None:
    go = threading.Event()
    told: list[str] = []
    writer.submit(lambda conn: go.wait(30))
    writer.submit(adding("a")).add_done_callback(lambda future: told.append(future.result()))
    assert writer.drain(timeout=0) is False
    go.set()
    assert writer.drain() is True
    assert told == ["a"]
    assert rows(path, NAMES) == [("a",)]


def test_after_closing_nothing_hangs_and_nothing_is_lost_silently(path: Path) -> None:
    writer = Writer(path)
    last = writer.submit(adding("last"))
    writer.close()
    assert last.result(timeout=0) == "last"
    writer.close()
    assert writer.drain() is True
    with pytest.raises(StoreError, match="was closed"):
        writer.submit(adding("late")).result(timeout=0)
    assert rows(path, NAMES) == [("last",)]


def test_a_file_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Writer(tmp_path / "gone.db")
    assert not [*tmp_path.iterdir()]


ADD_TWENTY = """
    import os, signal, sys
    from pathlib import Path
    from annotator.store.writer import Writer
    writer = Writer(Path(sys.argv[1]))
    def job(number):
        sql = "INSERT INTO annotator (name, kind) VALUES (?, 'human')"
        return lambda conn: conn.execute(sql, (f"a{number:02}",)).rowcount
    futures = [writer.submit(job(number)) for number in range(20)]
"""


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise RuntimeError('nobody catches this')"])
def test_a_program_that_ends_without_closing_writes_what_it_was_given(path: Path, end: str) -> None:
    in_another_process(f"{ADD_TWENTY}\n    {end}", path, check=False)
    assert rows(path, NAMES) == [(f"a{number:02}",) for number in range(20)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_program_that_is_killed_has_kept_what_was_saved(path: Path) -> None:
    code = f"{ADD_TWENTY}\n    futures[7].result()\n    os.kill(os.getpid(), signal.SIGKILL)"
    ended = in_another_process(code, path, check=False)
    assert ended.returncode == -signal.SIGKILL
    found = rows(path, NAMES)
    assert len(found) >= 8
    assert found == [(f"a{number:02}",) for number in range(len(found))]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_what_is_abandoned_is_waited_for_by_nobody(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer = Writer(path)
    writer.submit(adding("a"))
    writer.submit(adding("minor"), minor=True)
    writer.submit(adding("b"))
    assert writer.abandon() == 2
    assert writer.drain(0)
    late = writer.submit(adding("late")).exception()
    assert isinstance(late, StoreError)
    writer.close()  # at once, though the file is still held
    assert other.execute("SELECT count(*) FROM annotator").fetchone() == (0,)
    other.execute("ROLLBACK")
    other.close()
    writer._thread.join(10)  # what was being written may come to the file, nothing behind it
    assert rows(path, NAMES) in ([], [("a",)])
