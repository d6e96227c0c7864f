"""The shape of the file: from nothing, from older releases, and by several programs at once."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, clock, command, content, load, reading_of, record, replayed, rows, schema

from annotator.core.edits import Add, Change, Remove, SetAttribute, SetNote, SetStatus
from annotator.core.spans import Span
from annotator.errors import StoreError
from annotator.project import Project
from annotator.store import connection, migrations
from annotator.store.connection import APPLICATION_ID, connect
from annotator.store.migrations import VERSION, bring_up, is_current, version_of

DATA = Path(__file__).parent / "data"


def test_from_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    with closing(connect(path)) as conn:
        assert not is_current(conn, path)
        bring_up(conn, path)
        assert is_current(conn, path)
        assert version_of(conn) == VERSION
        shape = rows(path, "SELECT type, name, sql FROM sqlite_master ORDER BY name")
        assert {"article", "article_fts", "annotator", "schema", "layer", "span", "journal"} <= {r[1] for r in shape}
        bring_up(conn, path)
        assert rows(path, "SELECT type, name, sql FROM sqlite_master ORDER BY name") == shape
        assert not conn.in_transaction


def test_another_programs_file(tmp_path: Path) -> None:
    for number, sql in enumerate(
        ["CREATE TABLE t (x)", "PRAGMA user_version = 3", "PRAGMA application_id = 7; CREATE TABLE t (x)"]
    ):
        path = tmp_path / f"{number}.db"
        with closing(sqlite3.connect(path)) as other:
            other.executescript(sql)
        before = path.read_bytes()
        with closing(connect(path)) as conn, pytest.raises(StoreError, match="is a SQLite database of another program"):
            bring_up(conn, path)
        assert path.read_bytes() == before


def test_a_newer_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=f"file version 99, known {VERSION}"):
        Project.open(path)


@pytest.fixture
def two_migrations(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A release after this one, with one more migration."""
    known = migrations._migrations.__wrapped__()
    monkeypatch.setattr(migrations, "VERSION", VERSION + 1)
    monkeypatch.setattr(migrations, "_migrations", lambda: known)
    return known


@pytest.mark.parametrize("read_only", [False, True])
def test_an_older_file_is_brought_up(project: Project, path: Path, two_migrations: Any, read_only: bool) -> None:
    load(project, record("k1"))
    project.close()

    @two_migrations()
    def m999_more(db: Any) -> None:
        db.execute("ALTER TABLE article ADD COLUMN mood TEXT NOT NULL DEFAULT 'grim'")

    with Project.open(path, read_only=read_only) as newer:
        assert newer.store.count() == 1
    assert rows(path, "SELECT mood FROM article") == [("grim",)]
    assert rows(path, "PRAGMA user_version") == [(VERSION + 1,)]


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path, two_migrations: Any) -> None:
    @two_migrations()
    def m999_more(db: Any) -> None:
        db.execute("ALTER TABLE article ADD COLUMN mood TEXT")
        db.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(StoreError, match="no such table: nowhere"):
        Project.open(path)
    assert rows(path, "PRAGMA user_version") == [(VERSION,)]
    assert "mood" not in [row[1] for row in rows(path, "PRAGMA table_info(article)")]


def test_a_file_that_another_process_brought_up_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.db"
    path.touch()
    seen = []

    def current(conn: sqlite3.Connection, where: Path) -> bool:
        seen.append(conn.in_transaction)
        if len(seen) == 1:
            with closing(connect(path)) as other:
                monkeypatch.undo()
                bring_up(other, path)
                monkeypatch.setattr(migrations, "is_current", current)
            return False
        return is_current(conn, where)

    monkeypatch.setattr(migrations, "is_current", current)
    with closing(connect(path)) as conn:
        bring_up(conn, path)
    assert seen == [False, True]
    assert rows(path, "SELECT count(*) FROM _sqlite_migrations") == [(VERSION,)]


AT_ONCE = """
    import sys
    from pathlib import Path
    from annotator.errors import StoreError
    from annotator.project import Project
    from annotator.store.connection import connect
    from annotator.store.migrations import bring_up
    sys.path.insert(0, "tests")
    from support import schema
    import sqlite_utils
    print("ready", flush=True)
    sys.stdin.readline()
    done = ""
    for number in range(8):
        path = Path(sys.argv[1], f"{number}.db")
        if sys.argv[2] == "create":
            try:
                Project.create(path, schema()).close()
                done += "x"
            except StoreError as error:
                assert "is there already" in error.message, error
                done += "-"
        else:
            path.touch()
            bring_up(connect(path), path)
            done += "x"
    print(done)
"""


def at_once(folder: Path, what: str) -> list[str]:
    """Run two processes at once and return what each made (x) and what it found made (-)."""
    pipe = subprocess.PIPE
    both = [
        subprocess.Popen(command(AT_ONCE, folder, what), cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    return [out.strip() for out, _ in answers]


def test_two_processes_bring_up_the_same_files(tmp_path: Path) -> None:
    assert at_once(tmp_path, "bring up") == ["x" * 8] * 2
    for number in range(8):
        path = tmp_path / f"{number}.db"
        assert rows(path, "PRAGMA user_version") == [(VERSION,)]
        assert rows(path, "SELECT count(*) FROM _sqlite_migrations") == [(VERSION,)]


def test_of_two_processes_that_make_the_same_file_one_is_told_so(tmp_path: Path) -> None:
    one, two = at_once(tmp_path, "create")
    assert [{a, b} for a, b in zip(one, two, strict=True)] == [{"x", "-"}] * 8
    for number in range(8):
        with Project.open(tmp_path / f"{number}.db") as project:
            assert project.schema == schema()


def fill(project: Project) -> None:
    """Store what the saved files of releases hold; `data/make.py` calls it, so it never changes."""
    spans = (Span("s1", 0, 12, "actor", {"type": "army"}, "sic", "patterns"), Span("x-2", 30, 39, "location"))
    layer = reading_of("gold", *spans, kind="gold", status="flagged", attributes={"type": "news"}, note="Ωμέγα 'q'\n2")
    load(project, record("k1", meta={"source": "wire", "n": [1, 2.5, None]}, layer=layer), record("k2"))
    session = project.session(2, "ana")
    session.do([Add(Span("s1", 0, 6, "actor")), Add(Span("s2", 3, 9, "casualty", {"links": ["s1"]}))])
    session.do([Change(Span("s1", 0, 6, "actor").ref, Span("s1", 0, 4, "location", note="n")), SetNote("a note")])
    session.do([Remove(Span("s1", 0, 4, "location").ref), SetAttribute("type", "report")])
    session.undo()
    session.undo()
    session.redo()
    session.do([SetStatus("flagged")])
    session.close()


def values(project: Project) -> list[Any]:
    """Return everything that a database says."""
    store = project.store
    found: list[Any] = [project.schema.ref, [*project.schema.labels], store.annotators(), [*store.stream(bare=True)]]
    for article, annotator in ((1, "gold"), (2, "ana")):
        layer = store.layer(article, annotator)
        assert layer is not None
        found += [layer, [*store.replay(article, annotator)], store.history(article, annotator)]
        assert content(replayed(project, layer)) == content(layer)
    return found


def released() -> list[Path]:
    return sorted(DATA.glob("*.sql"))


def test_there_is_a_saved_file_of_every_version() -> None:
    assert [path.stem for path in released()] == [f"v{version}" for version in range(1, VERSION + 1)]


@pytest.mark.parametrize("saved", released(), ids=lambda path: path.stem)
def test_a_file_of_an_older_release_says_what_it_said(saved: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as conn:
        conn.executescript(saved.read_text(encoding="utf-8"))
        assert conn.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert conn.execute("PRAGMA user_version").fetchone() == (int(saved.stem[1:]),)
    with Project.create(tmp_path / "new.db", schema(), clock=clock) as new:
        fill(new)
        expected = values(new)
    with Project.open(old, clock=clock) as project:
        assert values(project) == expected
        session = project.session(2, "ana")
        assert session.redoable is False
        assert session.undo() is not None  # status
        assert session.undo() is not None
        assert session.undo() is not None
        assert session.undo() is None
        assert session.layer.spans == ()
        session.close()
    assert rows(old, "PRAGMA integrity_check") == [("ok",)]
    assert rows(old, "PRAGMA foreign_key_check") == []


def shape(path: Path) -> list[Any]:
    return rows(
        path, "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'article_fts_%' ORDER BY name"
    )


@pytest.mark.parametrize("saved", released(), ids=lambda path: path.stem)
def test_an_older_file_has_the_newest_shape_afterwards_and_its_counts(saved: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as conn:
        conn.executescript(saved.read_text(encoding="utf-8"))
        meta = '{"published": "3 May 2024"}'
        if saved.stem == "v1":
            conn.execute("UPDATE article SET meta = ? WHERE id = 2", (meta,))
            conn.commit()
    with Project.open(old, clock=clock) as project, Project.create(tmp_path / "new.db", schema(), clock=clock) as new:
        fill(new)
        assert shape(old) == shape(new.path)
        for table in ("total", "tally WHERE layers > 0", "label_use", "ahead", "assigned", "visit", "place"):
            assert rows(old, f"SELECT * FROM {table}") == rows(new.path, f"SELECT * FROM {table}"), table
        days = [row.date for row in project.store.queue_page("ana")]
        assert days == ["2026-01-02", "2024-05-03" if saved.stem == "v1" else "2026-01-02"]


def test_an_older_file_with_damaged_metadata_can_be_brought_up(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as conn:
        conn.executescript((DATA / "v1.sql").read_text(encoding="utf-8"))
        conn.execute("UPDATE article SET meta = '{' WHERE id = 2")
        conn.execute("UPDATE article SET meta = '[1]' WHERE id = 1")
        conn.commit()
    with Project.open(old, clock=clock) as project:
        assert [row.date for row in project.store.queue_page("ana")] == ["2026-01-02"] * 2


@pytest.mark.parametrize("gives_way", [True, False])
def test_waiting_to_turn_the_log_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gives_way: bool) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("PRAGMA application_id = 0")
        reader.execute("VACUUM")
        monkeypatch.setattr(connection, "BUSY_SECONDS", 0)
        with closing(connect(path)) as conn:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            waited: list[sqlite3.Connection] = []

            def waiting(conn: sqlite3.Connection) -> Any:
                waited.append(conn)
                if gives_way and reader.in_transaction:
                    reader.rollback()
                return connection.writing(conn)

            monkeypatch.setattr(migrations, "writing", waiting)
            if gives_way:
                bring_up(conn, path)
                assert len(waited) == 2  # once for its turn, once to write
            else:
                with pytest.raises(StoreError, match="is locked by another program"):
                    bring_up(conn, path)
                monkeypatch.setattr(migrations, "_TRIES", 1)
                with pytest.raises(StoreError, match="is locked by another program"):
                    bring_up(conn, path)
    assert rows(path, "PRAGMA journal_mode") == [("wal" if gives_way else "delete",)]
    assert rows(path, "PRAGMA user_version") == [(VERSION if gives_way else 0,)]


def test_a_log_that_cannot_be_turned_on_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("VACUUM")
    with closing(connect(path, read_only=True)) as conn, pytest.raises(StoreError, match="is read-only"):
        bring_up(conn, path)


def test_a_file_of_ours_without_its_version_is_damaged_not_empty(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with Project.create(path, schema()):
        pass
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA user_version = 0")
    with pytest.raises(StoreError, match="damaged") as caught:
        Project.open(path)
    assert "delete" not in str(caught.value)
