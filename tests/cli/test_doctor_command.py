"""`doctor` and `backup` as commands: lines, JSON, exit statuses; and backups as the screens tell of them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from piloting import newsroom, running, until
from support import dump

from annotator.cli import run
from annotator.cli.doctor import SHOWN
from annotator.config import Settings
from annotator.errors import BAD_INPUT, DATABASE, OK, PROBLEMS, USAGE
from annotator.project import Project


@pytest.fixture
def db(tmp_path: Path) -> Path:
    with newsroom(tmp_path) as project:
        return project.path


def spoil(db: Path, *statements: str) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)


def test_all_is_well(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--db", str(db), "doctor"]) == OK
    out, err = capsys.readouterr()
    assert out == f"{db}: all is well\n"
    assert err == ""
    assert run(["--db", str(db), "doctor", "--json"]) == OK
    assert json.loads(capsys.readouterr().out) == {
        "database": str(db),
        "findings": [],
        "counts": {},
        "log": {"size": 0, "torn": False},
        "repair": None,
    }


def test_a_finding_a_line_then_a_dry_run_then_the_repair(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(db, "UPDATE total SET number = 9", "UPDATE article SET meta = '[' WHERE key = 'k1'")
    damaged = [*dump(db)]
    assert run(["--db", str(db), "doctor"]) == PROBLEMS
    assert capsys.readouterr().out.splitlines() == [
        "value: article k1: the metadata cannot be read (kept as it is)",
        "count: counts in total: 1 are not what is there (--repair: count anew)",
        f"{db}: 2 problems; what is kept as it is may be whole in a backup",
    ]
    assert run(["--db", str(db), "doctor", "--repair", "--dry-run"]) == PROBLEMS
    assert "(would count anew)" in capsys.readouterr().out
    assert [*dump(db)] == damaged
    assert [file.name for file in db.parent.glob("*.db")] == ["news.db"]
    assert run(["--db", str(db), "doctor", "--repair", "--json"]) == PROBLEMS
    data = json.loads(capsys.readouterr().out)
    assert [finding["code"] for finding in data["findings"]] == ["value"]
    assert data["repair"]["done"] == ["counted total anew"]
    assert data["repair"]["moved_out"] is None
    assert [*dump(Path(data["repair"]["backup"]))] == damaged


def test_many_findings_are_counted_and_listed(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.executemany("INSERT INTO visit VALUES (1, ?, 1, 0, 0, 0, '')", [(n,) for n in range(100, 230)])
        conn.execute("UPDATE total SET number = 9 WHERE name = 'articles'")
    listed = db.with_name("found.jsonl")
    assert run(["--db", str(db), "doctor", "--list", str(listed)]) == PROBLEMS
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == SHOWN + 3
    assert lines[-2] == "dangling: 30 more; --list FILE has them all"
    assert lines[-1].startswith(f"{db}: 131 problems")
    found = [json.loads(line) for line in listed.read_text("utf-8").splitlines()]
    assert [one["code"] for one in found] == ["dangling"] * 130 + ["count"]
    assert run(["--db", str(db), "doctor", "--json"]) == PROBLEMS
    data = json.loads(capsys.readouterr().out)
    assert len(data["findings"]) == SHOWN + 1
    assert data["counts"] == {"dangling": 130, "count": 1}
    assert run(["--db", str(db), "doctor", "--repair"]) == OK
    out = capsys.readouterr().out.splitlines()
    assert "repaired: 30 more like that" in out
    assert any(line.startswith("130 rows moved out") for line in out)


def test_counting_anew_leaves_which_schema_is_in_force(db: Path) -> None:
    spoil(db, "UPDATE total SET number = 9", "INSERT INTO total VALUES ('schema', 1)")
    assert run(["--db", str(db), "doctor", "--repair"]) == OK
    with sqlite3.connect(db) as conn:
        assert conn.execute("SELECT number FROM total WHERE name = 'schema'").fetchall() == [(1,)]


def test_a_repair_says_what_it_did_and_where_things_are(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(db, "UPDATE layer SET status = 'open'")
    assert run(["--db", str(db), "doctor", "--repair"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "replay: k3 · ana: not what the journal says: status (--repair: set it from the journal)"
    assert lines[1].startswith(f"backup: {db.parent}/news.before-repair-")
    assert lines[2] == "repaired: set k3 · ana from the journal: status"
    assert lines[3].startswith(f"1 row moved out: {db.parent}/news.moved-out-")
    assert lines[4] == f"{db}: all is well"
    assert run(["--db", str(db), "doctor", "--repair"]) == OK
    assert len([*db.parent.glob("*.before-repair-*")]) == 1  # nothing was to be done, so nothing was copied


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["doctor", "--dry-run"], USAGE, "--dry-run goes with --repair"),
        (["backup", "news.db"], USAGE, "is the database itself"),
        (["backup", "nowhere/b.db"], BAD_INPUT, "could not be written"),
        (["--db", "none.db", "doctor"], DATABASE, "no such database"),
        (["--db", "none.db", "backup", "b.db"], DATABASE, "no such database"),
        (["--db", "words.txt", "doctor"], DATABASE, "is not a database of this tool"),
    ],
)
def test_what_cannot_be(
    db: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    words: str,
) -> None:
    monkeypatch.chdir(db.parent)
    monkeypatch.setenv("ANNOTATOR_DB", "news.db")
    Path("words.txt").write_text("nothing but words in here", encoding="utf-8")
    assert run(arguments) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert len(err.splitlines()) == 1


def test_a_newer_file_is_refused_kindly(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoil(db, "PRAGMA user_version = 99")
    for arguments in (["doctor"], ["doctor", "--repair"], ["status"]):
        assert run(["--db", str(db), *arguments]) == DATABASE
        assert "pip install -U" in capsys.readouterr().err
    assert run(["--db", str(db), "backup", str(db.with_name("b.db"))]) == OK  # of any version


def test_backup_as_a_command(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = db.with_name("b.db")
    assert run(["--db", str(db), "backup", str(target)]) == OK
    assert capsys.readouterr().out == f"{target}: {target.stat().st_size:,} bytes, looked through\n"
    assert run(["--db", str(db), "backup", str(target)]) == USAGE
    assert "--force" in capsys.readouterr().err
    assert run(["--db", str(db), "backup", "--force", "--private", "--json", str(target)]) == OK
    assert json.loads(capsys.readouterr().out)["bytes"] == target.stat().st_size
    assert [*dump(target)] == [*dump(db)]


def test_status_tells_of_the_schedule(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "s.toml"
    monkeypatch.setenv("ANNOTATOR_SETTINGS", str(settings))
    settings.write_text("", encoding="utf-8")
    assert run(["--db", str(db), "status", "--json"]) == OK
    assert json.loads(capsys.readouterr().out)["backup"] is None
    settings.write_text("backup_every = 12", encoding="utf-8")
    assert run(["--db", str(db), "status"]) == OK
    assert "last backup not yet" in capsys.readouterr().out
    file = db.parent / "backups" / "news-20260102T030405Z.db"
    file.parent.mkdir()
    file.touch()
    assert run(["--db", str(db), "status", "--json"]) == OK
    assert json.loads(capsys.readouterr().out)["backup"] == {
        "last": "2026-01-02T03:04:05+00:00",
        "file": str(file),
        "folder": str(file.parent),
        "every": 12.0,
    }


@pytest.mark.parametrize("queue", [True, False])
async def test_the_screen_tells_of_a_backup_that_was_made(db: Path, queue: bool) -> None:
    settings = Settings(backup_every=24)
    with Project.open(db) as project:
        async with running(project, settings=settings, queue=queue, article=None if queue else 1) as (app, pilot):

            def said() -> str:
                screen = app.screen
                return str(screen.message if queue else screen.desk.message)  # type: ignore[attr-defined]

            await until(pilot, lambda: said().startswith("backup made: "), what="the backup is told")
    assert len([*(db.parent / "backups").iterdir()]) == 1


@pytest.mark.parametrize("end", ["", "-wal"])
@pytest.mark.parametrize(
    "words",
    [
        ["doctor", "--list", "OUT"],
        ["load", "x.txt", "--losses", "OUT"],
        ["export", "OUT", "--format", "jsonl"],
        ["export", "x.jsonl", "--losses", "OUT"],
        ["convert", "x.txt", "OUT", "--to", "jsonl"],
        ["agree", "--annotators", "ana,ben", "--html", "OUT"],
    ],
    ids=lambda words: f"{words[0]} {words[-2]}",
)
def test_nothing_is_written_over_a_database(
    db: Path, words: list[str], end: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(db.parent)
    Path("x.txt").write_text("A text.", encoding="utf-8")
    before, out = [*dump(db)], f"{db.name}{end}"
    assert run(["--db", db.name, *(out if word == "OUT" else word for word in words)]) == USAGE
    assert "database" in capsys.readouterr().err
    assert [*dump(db)] == before and not Path(f"{db.name}-wal").exists()
