"""Wrong arguments of the team's commands: one line, the right exit status, and hints that name the database given."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support import copied, load, record, schema

from annotator.cli import run
from annotator.core.edits import Add
from annotator.core.spans import Span
from annotator.errors import BAD_INPUT, DATABASE, USAGE
from annotator.project import Project
from annotator.schemas import load_schema


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database, and with files that are none, or not one of this schema."""
    folder = tmp_path_factory.mktemp("hints")
    with Project.create(folder / "my team.db", load_schema("conflict-events")) as project:
        load(project, record("k1"), record("k2"))
        session = project.session(1, "ana")
        session.do([Add(Span("s1", 0, 2, "actor"))])
        session.close()
    with Project.create(folder / "schema.db", schema()) as project:
        load(project, record("k1"))
    copied(folder / "my team.db", folder / "noise.db")
    with (folder / "noise.db").open("r+b") as file:
        for page in range(2, 30):
            file.seek(4096 * page)
            file.write(b"\xa5" * 4096)
    (folder / "words.txt").write_text("nothing but words in here, more than sixteen bytes")
    (folder / "empty.db").touch()
    with closing(sqlite3.connect(folder / "foreign.db")) as conn:
        conn.execute("CREATE TABLE other (a)")
    (folder / "link.db").symlink_to("my team.db")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    there = tmp_path / "here"
    shutil.copytree(made, there, symlinks=True)
    monkeypatch.chdir(there)
    return there


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = run(list(arguments))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    return status, err


GIVEN = "annotator --db 'my team.db'"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("undo --batch 999", BAD_INPUT, f"no batch 999 in the journal of my team.db (`{GIVEN} history` lists them)"),
        ("undo --batch x", USAGE, "'x' is no number from 1 on"),
        ("history --annotator nobody", BAD_INPUT, f"no annotator 'nobody' in my team.db (`{GIVEN} annotators` lists"),
        ("history --annotator nobody --since 2026-01-02", BAD_INPUT, "no annotator 'nobody'"),
        ("history --article nope --since 2026-01-02", BAD_INPUT, "no article 'nope'"),
        ("history --since rubbish", USAGE, "'rubbish' is no time"),
        ("history --since=", USAGE, "is no time"),
        ("restore --annotator ana --at 2999-01-02T00:00Z", USAGE, "2999-01-02T00:00:00.000+00:00 is still to come"),
        ("restore --annotator ana --at rubbish", USAGE, "'rubbish' is no time"),
        ("restore --annotator ana --before 999", BAD_INPUT, f"no batch 999 in the journal of my team.db (`{GIVEN} his"),
        ("restore --annotator ana --at 2026-01-02 --article nope", BAD_INPUT, "no article 'nope'"),
        ("restore --annotator nobody --at 2026-01-02", BAD_INPUT, f"(`{GIVEN} annotators` lists them)"),
        ("restore --annotator ana", USAGE, f"(`{GIVEN} history` tells both)"),
        ("merge link.db", USAGE, "link.db is the database itself"),
        ("merge words.txt", DATABASE, "words.txt is not a database of this tool (name another file)"),
        ("merge none.db", DATABASE, "none.db: no such database (check its name)"),
        ("merge empty.db", DATABASE, "empty.db is empty, not a database (a copy of a database in use lacks"),
        ("merge foreign.db", DATABASE, "foreign.db is a SQLite database of another program (name another file)"),
        ("merge schema.db", DATABASE, "schema.db has another schema: test@1, here it is conflict-events@1"),
        ("merge noise.db", DATABASE, "noise.db is damaged"),
        ("merge .", DATABASE, ". is a folder, not a database"),
        ("split out.db --annotator= --all", BAD_INPUT, "'' is no name"),
        ("split out.db --annotator ana --all --with nobody", BAD_INPUT, f"`{GIVEN} annotators add nobody`)"),
        ("split schema.db --annotator ana --all", DATABASE, "schema.db is there already"),
        ("assign --overlap 9", USAGE, f"(`{GIVEN} annotators add NAME`, or a smaller --overlap)"),
        ("assign --by nobody --status done", BAD_INPUT, f"(`{GIVEN} annotators` lists them)"),
        ("schema upgrade --back", BAD_INPUT, f"(`{GIVEN} schema upgrade NEW` moves it to another schema)"),
    ],
)
def test_one_line(folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, status: int, words: str) -> None:
    found, said = failed(capsys, "--db", "my team.db", *arguments.split())
    assert (found, words in said) == (status, True), said
    assert not (folder / "out.db").exists()


COMMANDS = (
    "status", "history", "undo --batch 1", "restore --annotator ana --before 1", "merge schema.db", "assign",
    "split out.db --annotator ana --all", "annotators", "doctor", "backup out.db",
)  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS)
def test_what_is_no_database(folder: Path, capsys: pytest.CaptureFixture[str], arguments: str) -> None:
    words = arguments.split()
    none = failed(capsys, "--db", "none.db", *words)
    assert none[0] == DATABASE
    assert "make one with `annotator --db none.db new`, or name another with --db" in none[1]
    for name in ("words.txt", "empty.db", "."):
        assert failed(capsys, "--db", name, *words)[0] == DATABASE
    if not words[0].startswith(("doctor", "backup")):
        status, said = failed(capsys, "--db", "noise.db", *words)
        assert (status, "annotator --db noise.db doctor" in said) == (DATABASE, True)
        assert failed(capsys, "--db", "foreign.db", *words)[0] == DATABASE


def test_of_the_usual_database_nothing_need_be_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANNOTATOR_DB", "my team.db")
    assert "(`annotator history` lists them)" in failed(capsys, "undo", "--batch", "999")[1]
