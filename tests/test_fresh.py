"""Private files: for their owner alone from the first moment, even where the umask lets everybody in."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

import pytest
from support import clock, load, record

from annotator import merging
from annotator.cli import run
from annotator.errors import InputError
from annotator.formats.atomic import Output
from annotator.fresh import append_to, is_private, make_file, make_folder
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.store.backup import back_up
from annotator.store.doctor_repair import repair
from annotator.store.schedule import Plan, keep_one
from annotator.tui.settle_round import SettleRound

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


@pytest.fixture(autouse=True)
def _nothing_is_masked() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): oct(S_IMODE(path.stat().st_mode)) for path in sorted(folder.rglob("*"))}


def test_a_private_file_or_folder_is_so_when_it_is_made(tmp_path: Path) -> None:
    with make_file(tmp_path / "a", private=True), make_file(tmp_path / "b"):
        assert modes(tmp_path) == {"a": "0o600", "b": "0o666"}
    make_folder(tmp_path / "c", private=True)
    assert modes(tmp_path)["c"] == "0o700"
    assert (is_private(tmp_path / "a"), is_private(tmp_path / "b")) == (True, False)
    with pytest.raises(FileExistsError):
        make_file(tmp_path / "a", private=True)


def test_what_sqlite_puts_beside_a_private_database_is_private(tmp_path: Path) -> None:
    with Project.create(tmp_path / "a.db", load_schema("conflict-events"), clock=clock, private=True) as project:
        load(project, record("one", "Gunmen killed two."))
        project.add_annotator("Ana")
        during = modes(tmp_path)
    assert set(during) == {"a.db", "a.db-wal", "a.db-shm"}
    assert set(during.values()) == {"0o600"}


def test_an_export_is_private_as_it_is_written_and_whatever_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old")
    with Output(path, private=True) as output:
        assert sorted(modes(tmp_path).values()) == ["0o600", "0o666"]
        output.finish()
        output.publish()
    assert modes(tmp_path) == {"out.jsonl": "0o600"}


def test_commands_make_private_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    Path("in/a.txt").write_text("Gunmen killed two.")
    made = tmp_path / "made"
    made.mkdir()
    assert run(["--db", "made/a.db", "new", "--private"]) == 0
    assert run(["--db", "made/a.db", "load", "in"]) == 0
    for out in ("a.jsonl", "b.jsonl.gz", "c.csv"):
        losses = ["--losses", f"made/{out}.losses"]
        assert run(["--db", "made/a.db", "export", f"made/{out}", "--private", *losses]) == 0
    assert run(["--db", "made/a.db", "export", "made/brat", "--format", "brat", "--private"]) == 0
    assert run(["convert", "in", "made/d.jsonl", "--private"]) == 0
    assert run(["--db", "made/a.db", "backup", "made/e.db"]) == 0
    assert run(["--db", "made/a.db", "annotators", "add", "Ana"]) == 0
    assert run(["--db", "made/a.db", "split", "made/b.db", "--annotator", "Ana", "--all"]) == 0
    found = modes(made)
    assert len(found) >= 11
    assert {mode for name, mode in found.items() if not Path("made", name).is_dir()} == {"0o600"}
    assert {mode for name, mode in found.items() if Path("made", name).is_dir()} == {"0o700"}
    assert run(["--db", "made/open.db", "new"]) == 0
    assert modes(made)["open.db"] == "0o666"


def test_a_setting_asks_for_it_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text("private = true\n")
    monkeypatch.setenv("ANNOTATOR_SETTINGS", str(tmp_path / "settings.toml"))
    assert run(["--db", str(tmp_path / "a.db"), "new"]) == 0
    assert is_private(tmp_path / "a.db")
    (tmp_path / "a.db").chmod(0o666)
    assert run(["--db", str(tmp_path / "a.db"), "backup", str(tmp_path / "b.db")]) == 0
    assert is_private(tmp_path / "b.db")


def test_what_is_appended_to_is_private_if_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("1")
    for name in ("old", "new"):
        append_to(tmp_path / name, b"2", private=True)
        append_to(tmp_path / name, b"3", private=True)
    assert modes(tmp_path) == {"new": "0o600", "old": "0o666"}
    assert [(tmp_path / name).read_text() for name in ("old", "new")] == ["123", "23"]


@pytest.mark.parametrize(
    ("of_database", "asked", "copy"), [(True, False, 0o600), (False, True, 0o600), (False, False, 0o666)]
)
def test_a_backup_is_private_from_its_first_moment(tmp_path: Path, of_database: bool, asked: bool, copy: int) -> None:
    path, target = tmp_path / "a.db", tmp_path / "kept" / "copy.db"
    target.parent.mkdir()
    with Project.create(path, load_schema("conflict-events"), clock=clock, private=of_database) as project:
        load(project, record("one", "Gunmen killed two."))
    during: set[str] = set()

    def look(done: int, of: int) -> bool:
        during.update(modes(target.parent).values())
        return True

    back_up(path, target, private=asked, tell=look)
    assert during == {"0o600"}
    assert modes(target.parent) == {"copy.db": oct(copy)}


def test_backups_on_a_schedule_are_as_private_as_the_database(tmp_path: Path) -> None:
    path, now = tmp_path / "a.db", datetime(2026, 3, 4, tzinfo=UTC)
    Project.create(path, load_schema("conflict-events"), clock=clock, private=True).close()
    assert keep_one(path, Plan(every=1), now=now)
    assert modes(tmp_path / "backups") == {"a-20260304T000000Z.db": "0o600"}
    assert is_private(tmp_path / "backups")
    path.chmod(0o666)
    assert keep_one(path, Plan(every=1), now=now + timedelta(hours=2))
    assert keep_one(path, Plan(every=1, private=True), now=now + timedelta(hours=4))
    assert [*modes(tmp_path / "backups").values()] == ["0o600", "0o666", "0o600"]


def test_what_a_repair_leaves_beside_a_private_database_is_private(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Project.create(path, load_schema("conflict-events"), clock=clock, private=True) as project:
        load(project, record("one", "Gunmen killed two."))
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("INSERT INTO place VALUES (7, 7)")
        conn.execute("INSERT INTO span VALUES (7, 's', 0, 1, 'actor', '{}', '', '')")
    done = repair(path, time=clock())
    assert done.aside is not None and done.moved == 2
    assert set(modes(tmp_path).values()) == {"0o600"}
    assert len(modes(tmp_path)) >= 3


def test_examples_of_a_private_database_are_private(tmp_path: Path) -> None:
    with Project.create(tmp_path / "a.db", load_schema("conflict-events"), clock=clock, private=True) as project:
        round = SettleRound(project, by="Ana", readers=(), examples=tmp_path / "examples.md")
        assert round.append_example("one\n").startswith("appended to")
        assert round.append_example("two\n").startswith("appended to")
    assert (tmp_path / "examples.md").read_text() == "one\ntwo\n"
    assert is_private(tmp_path / "examples.md")


def test_a_part_of_an_open_database_is_open(tmp_path: Path) -> None:
    with Project.create(tmp_path / "a.db", load_schema("conflict-events"), clock=clock) as project:
        load(project, record("one", "Gunmen killed two."))
        project.add_annotator("Ana")
        merging.split(project, tmp_path / "b.db", annotator="Ana", articles=[1])
    assert not is_private(tmp_path / "b.db")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="could not be written"):
        Output(tmp_path / "file" / "out", private=True)
