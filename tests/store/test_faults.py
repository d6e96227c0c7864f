"""What the world does to a file: each fault is told in one line, and what was saved before it is still there."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support import ROOT, TEXT, command, content, load, record, replayed, rows, schema

from annotator.cli import run
from annotator.core.edits import Add
from annotator.core.spans import Span
from annotator.errors import BAD_INPUT, DATABASE, PROBLEMS, StoreError
from annotator.project import Project
from annotator.store import connection
from annotator.store.doctor import examine

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps open files, and has no such limits")


def tag(project: Project, *spans: Span) -> None:
    session = project.session(1, "ana")
    session.do([Add(span) for span in spans])
    session.flush()


def spans(path: Path) -> list[str]:
    return [id for (id,) in rows(path, "SELECT id FROM span ORDER BY id")]


@pytest.fixture
def tagged(project: Project) -> Project:
    """An open database with one span that was saved."""
    load(project, record("k1", TEXT))
    tag(project, Span("s1", 0, 3, "actor"))
    return project


FULL = """
    import resource, sys
    from pathlib import Path
    from annotator.core.edits import Add, SetNote
    from annotator.core.spans import Span
    from annotator.errors import StoreError
    from annotator.project import Project

    path = Path(sys.argv[1])
    with Project.open(path) as project:
        session = project.session(1, "ana")
        session.do([Add(Span("s2", 4, 9, "actor"))])
        session.flush()
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = path.with_name(path.name + "-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 9000, resource.RLIM_INFINITY))
        session.do([SetNote("x" * 100_000)])
        try:
            session.flush()
        except StoreError as error:
            print(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        session.retry()
        session.flush()
"""


@posix
def test_a_disk_that_is_full_and_has_room_again(tagged: Project, path: Path) -> None:
    tagged.close()
    done = subprocess.run(command(FULL, path), cwd=ROOT, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert any(words in done.stdout for words in ("the disk is full", "input/output error")), done.stdout
    assert spans(path) == ["s1", "s2"]
    assert rows(path, "SELECT length(note) FROM layer") == [(100_000,)]
    assert [*examine(path)] == []


@posix
def test_a_disk_that_is_full_ends_a_load_with_status_4(
    tagged: Project, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tagged.close()
    configured = connection._configured

    def small(uri: str, *, read_only: bool) -> sqlite3.Connection:
        conn = configured(uri, read_only=read_only)
        conn.execute(f"PRAGMA max_page_count = {path.stat().st_size // 4096 + 2}")
        return conn

    monkeypatch.setattr(connection, "_configured", small)
    (tmp_path / "long.txt").write_text("words " * 20_000, encoding="utf-8")
    assert run(["--db", str(path), "load", str(tmp_path / "long.txt")]) == DATABASE
    said = capsys.readouterr().err
    assert "the disk is full" in said
    assert len(said.splitlines()) == 1
    assert spans(path) == ["s1"]
    assert [*examine(path)] == []


def test_a_file_that_can_only_be_read(
    tagged: Project, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tagged.close()
    configured = connection._configured

    def refuse(uri: str, *, read_only: bool) -> sqlite3.Connection:
        # The rights of a file do not keep root from writing, so SQLite is told to open it for reading.
        return configured(uri.replace("mode=rw", "mode=ro"), read_only=read_only)

    monkeypatch.setattr(connection, "_configured", refuse)
    with Project.open(path) as project, pytest.raises(StoreError, match="is read-only"):
        tag(project, Span("s2", 4, 9, "actor"))
    (tmp_path / "t.txt").write_text("words", encoding="utf-8")
    assert run(["--db", str(path), "load", str(tmp_path / "t.txt")]) == DATABASE
    assert "is read-only" in capsys.readouterr().err
    assert run(["--db", str(path), "doctor"]) == 0
    assert spans(path) == ["s1"]


def delete(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    other = path.with_name("other.db")
    Project.create(other, schema()).close()
    other.replace(path)


@posix
@pytest.mark.parametrize(("fault", "says"), [(delete, "was deleted"), (replace, "was replaced")])
def test_a_file_that_is_deleted_or_replaced_under_the_program(
    tagged: Project, path: Path, fault: Callable[[Path], None], says: str
) -> None:
    session = tagged.session(1, "ana")
    session.do([Add(Span("s2", 4, 9, "actor"))])
    session.flush()
    fault(path)
    for id in ("s3", "s4"):
        session.do([Add(Span(id, 20, 25, "actor"))])
        with pytest.raises(StoreError, match=says) as caught:
            session.flush()
        assert "everything that was saved is in a.rescued.db" in str(caught.value)
        assert "\n" not in str(caught.value)
    assert session.state == "failed"
    rescued = path.with_name("a.rescued.db")
    assert spans(rescued) == ["s1", "s2"]
    assert [*examine(rescued)] == []
    assert not path.with_name("a.rescued-2.db").exists()


@posix
def test_a_file_that_is_deleted_during_a_load(tagged: Project, path: Path) -> None:
    with pytest.raises(StoreError, match="was deleted"), tagged.loader() as loader:
        loader.add(record("k2"))
        delete(path)
    assert loader.committed == 0
    assert rows(path.with_name("a.rescued.db"), "SELECT key FROM article") == [("k1",), ("k2",)]


def test_a_file_that_is_locked_for_longer_than_anybody_waits(
    tagged: Project, path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tagged.close()
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
    (tmp_path / "t.txt").write_text("words", encoding="utf-8")
    with closing(sqlite3.connect(path, isolation_level=None)) as other, Project.open(path) as project:
        other.execute("BEGIN IMMEDIATE")
        session = project.session(1, "ana")
        session.do([Add(Span("s2", 4, 9, "actor"))])
        with pytest.raises(StoreError, match="is locked by another program"):
            session.flush()
        assert run(["--db", str(path), "load", str(tmp_path / "t.txt")]) == DATABASE
        assert "is locked by another program" in capsys.readouterr().err
        assert run(["--db", str(path), "doctor"]) == 0  # reading waits for nobody
        other.execute("ROLLBACK")
        session.retry()
        session.flush()
    assert spans(path) == ["s1", "s2"]


def test_a_clock_that_jumps_back(project: Project, path: Path) -> None:
    load(project, record("k1", TEXT))
    times = iter([f"20{year}-01-01T00:00:00.000+00:00" for year in (30, 29, 28, 27, 26, 25)])
    project.clock = lambda: next(times)
    session = project.session(1, "ana")
    for n in range(4):
        session.do([Add(Span(f"s{n}", 4 * n, 4 * n + 3, "actor"))])
        session.flush()
    project.close()
    years = [time[:4] for (time,) in rows(path, "SELECT time FROM journal WHERE kind = 'do' ORDER BY id")]
    assert years == ["2030", "2029", "2028", "2027"]
    assert [*examine(path)] == []
    with Project.open(path) as again:
        session = again.session(1, "ana")
        assert content(replayed(again, session.layer)) == content(session.layer)
        session.undo()  # what was done last, not what the times say
        session.flush()
        assert [span.id for span in session.layer.spans] == ["s0", "s1", "s2"]


@pytest.mark.parametrize("cut", [100, 4_500, 20_000], ids=lambda cut: f"{cut} bytes")
def test_a_log_that_was_cut_off(tagged: Project, path: Path, tmp_path: Path, cut: int) -> None:
    for n in range(2, 12):
        tag(tagged, Span(f"s{n:02}", 3 * n, 3 * n + 2, "actor"))
    whole = spans(path)
    copy = tmp_path / "copy" / "a.db"
    copy.parent.mkdir()
    shutil.copyfile(path, copy)
    log = path.with_name("a.db-wal").read_bytes()
    assert len(log) > cut + 4_096
    copy.with_name("a.db-wal").write_bytes(log[:-cut])
    assert [*examine(copy)] == []
    left = spans(copy)
    assert left == whole[: len(left)]  # nothing but the end is gone, whole batches of it
    with Project.open(copy) as project:
        tag(project, Span("after", 70, 75, "actor"))
    assert "after" in spans(copy)


def test_a_page_that_was_overwritten_with_noise(
    project: Project, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    load(project, *(record(f"k{n}", f"{n} " + "word " * 900) for n in range(30)))
    for article in range(1, 20):
        session = project.session(article, "ana")
        session.do([Add(Span(f"s{n}", 5 * n, 5 * n + 4, "actor")) for n in range(40)])
        session.close()
    project.close()
    good, draw = path.read_bytes(), random.Random(3)
    pages = len(good) // 4096
    unread = 0
    for page in draw.sample(range(1, pages), 12):
        path.write_bytes(good[: 4096 * page] + draw.randbytes(4096) + good[4096 * (page + 1) :])
        before = path.read_bytes()
        status = run(["--db", str(path), "doctor"])
        out, err = capsys.readouterr()
        assert status in (PROBLEMS, DATABASE), f"page {page}"
        assert all(line.isprintable() for line in out.splitlines())
        assert len(err.splitlines()) == (status == DATABASE)
        status = run(["--db", str(path), "doctor", "--repair"])
        out, err = capsys.readouterr()
        assert status in (0, PROBLEMS, DATABASE), out + err
        if status == DATABASE:
            assert path.read_bytes() == before  # nothing is written into a file whose pages are damaged
        for arguments in (["status"], ["export", str(tmp_path / "o.jsonl")], ["check"]):
            status = run(["--db", str(path), *arguments])
            err = capsys.readouterr().err
            assert status in (0, 1, DATABASE), (page, arguments, err)
            if status == DATABASE:
                unread += 1
                assert "restore a backup" in err
                assert len(err.splitlines()) == 1
        (tmp_path / "o.jsonl").unlink(missing_ok=True)
    assert unread


def test_a_file_that_is_cut_short(tagged: Project, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tagged.close()
    os.truncate(path, path.stat().st_size // 4096 // 2 * 4096)
    assert run(["--db", str(path), "doctor"]) in (PROBLEMS, DATABASE)
    out, err = capsys.readouterr()
    assert out or "is damaged" in err


FULL_BACKUP = """
    import resource, signal, sys
    from annotator.cli import run

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
    sys.exit(run(["--db", sys.argv[1], "backup", sys.argv[2]]))
"""


@posix
def test_a_disk_that_is_too_full_for_a_backup(tagged: Project, path: Path) -> None:
    target = path.with_name("b.db")
    command_line = command(FULL_BACKUP, path, target)
    done = subprocess.run(command_line, cwd=ROOT, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == BAD_INPUT, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert f"{target} could not be written: " in done.stderr
    assert sorted(file.name for file in path.parent.iterdir()) == ["a.db", "a.db-shm", "a.db-wal"]
    assert spans(path) == ["s1"]
