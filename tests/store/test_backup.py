"""Backups: of one moment, whole or not there, and on a schedule that nobody waits for."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support import clock, dump, load, record, rows

from annotator.errors import InputError, StoreError, UsageError
from annotator.project import Project
from annotator.store import backup as backups
from annotator.store import migrations, schedule
from annotator.store.backup import Stopped, back_up, free_name
from annotator.store.migrations import VERSION
from annotator.store.schedule import Plan, backups_of, is_due, keep_one

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def filled(project: Project) -> Project:
    load(project, *(record(f"k{n}", f"{n} " + "x" * 3000) for n in range(60)))
    return project


def others(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir() if not file.name.startswith(path.name))


def test_a_backup_is_of_one_moment_while_others_write(
    filled: Project, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "PAGES", 8)
    before = [*dump(path)]
    steps = 0

    def write(done: int, of: int) -> bool:
        nonlocal steps
        steps += 1
        load(filled, record(f"meanwhile-{steps}"))
        return True

    made = back_up(path, path.with_name("b.db"), tell=write)
    assert steps > 3
    assert [*dump(made.path)] == before
    assert made.size == made.path.stat().st_size
    assert len(rows(path, "SELECT 1 FROM article")) == 60 + steps
    assert others(path) == ["b.db"]


def test_what_is_there_is_not_replaced_unasked(filled: Project, path: Path) -> None:
    target = path.with_name("b.db")
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        back_up(path, target)
    assert target.read_text(encoding="utf-8") == "mine"
    back_up(path, target, force=True)
    assert [*dump(target)] == [*dump(path)]
    for refused, says in (
        (path, "is the database itself"),
        (path.parent, "is a folder"),
        *((path.with_name(f"{path.name}{end}"), "written last") for end in ("-wal", "-shm", "-journal")),
    ):
        with pytest.raises(UsageError, match=says):
            back_up(path, refused, force=True)
    with Project.open(target) as other:
        other.add_annotator("eve")
        with pytest.raises(UsageError, match="in use"):
            back_up(path, target, force=True)
    assert rows(target, "SELECT name FROM annotator") == [("eve",)]


def test_a_backup_that_fails_or_is_stopped_leaves_nothing(filled: Project, path: Path) -> None:
    with pytest.raises(Stopped):
        back_up(path, path.with_name("b.db"), tell=lambda done, of: False)
    with pytest.raises(InputError, match="could not be written"):
        back_up(path, path.parent / "nowhere" / "b.db")
    assert others(path) == []


def test_what_killed_backups_have_left_is_removed_by_a_later_one(filled: Project, path: Path) -> None:
    names = [f".annotator-{n:08x}.tmp" for n in range(5)]
    left, late, export, folder, other = (path.with_name(name) for name in [*names[:4], ".annotator-mine.tmp"])
    for file in (left, late, other):
        file.write_bytes(b"SQLite format 3\0 and more")
    left.with_name(f"{left.name}-journal").touch()
    export.write_text("of an export", encoding="utf-8")
    folder.mkdir()
    now = path.stat().st_mtime
    for file in (left, export, folder, other):
        os.utime(file, (now, now - backups.LEFT - 60))
    back_up(path, path.with_name("b.db"))
    assert others(path) == [late.name, export.name, folder.name, other.name, "b.db"]


def test_the_database_of_another_program_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE moz_places (id INTEGER PRIMARY KEY)")
    with pytest.raises(StoreError, match="is a SQLite database of another program"):
        back_up(path, tmp_path / "b.db")
    assert others(path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_who_may_read_a_backup(filled: Project, path: Path) -> None:
    path.chmod(0o640)
    assert stat.S_IMODE(back_up(path, path.with_name("b.db")).path.stat().st_mode) == 0o640
    assert stat.S_IMODE(back_up(path, path.with_name("c.db"), private=True).path.stat().st_mode) == 0o600


def test_a_damaged_database_is_not_passed_off_as_a_backup(filled: Project, path: Path) -> None:
    filled.close()
    noise = bytearray(path.read_bytes())
    noise[4096 * 20 : 4096 * 21] = os.urandom(4096)
    path.write_bytes(noise)
    with pytest.raises(StoreError, match="is damaged"):
        back_up(path, path.with_name("b.db"))
    assert others(path) == []
    assert back_up(path, path.with_name("b.db"), whole=False).path.read_bytes()[4096:] == noise[4096:]


def test_names_that_are_free(tmp_path: Path) -> None:
    path = tmp_path / "a.v1-backup.db"
    assert free_name(path) == path
    path.touch()
    free_name(path).touch()
    assert free_name(path).name == "a.v1-backup-3.db"


def older(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript((DATA / "v1.sql").read_text(encoding="utf-8"))
    return path


def test_an_older_file_is_copied_before_it_is_brought_up_and_that_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = older(tmp_path / "old.db")
    before = [*dump(old)]
    for _ in range(2):
        Project.open(old).close()
    assert [*dump(tmp_path / "old.v1-backup.db")] == before
    assert others(old) == ["old.v1-backup.db"]
    assert [r.getMessage() for r in caplog.records] == [
        f"annotator: brought up to version {VERSION}; as it was: {tmp_path / 'old.v1-backup.db'}"
    ]


def test_an_older_file_stays_as_it_is_if_it_cannot_be_copied_or_brought_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = older(tmp_path / "old.db")
    before = [*dump(old)]

    def fail(path: Path, target: Path) -> None:
        raise InputError(f"{target} could not be written: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "back_up", fail)
        with pytest.raises(InputError, match="No space left"):
            Project.open(old)
    assert [*dump(old)] == before
    monkeypatch.setattr(migrations, "_QUEUE", (*migrations._QUEUE, "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(StoreError):
        Project.open(old)
    assert [*dump(old)] == before


# On a schedule -------------------------------------------------------------------------------------------------------


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(every=24, folder=str(tmp_path / "kept" / "here"), keep=3)


def test_a_backup_is_made_when_the_last_is_old_and_old_ones_go(filled: Project, path: Path, plan: Plan) -> None:
    made = [keep_one(path, plan, now=NOW + 20 * n * HOUR) for n in range(9)]
    assert [one is not None for one in made] == [True, False] * 4 + [True]
    assert [file for _, file in backups_of(path, plan)] == [one for one in made if one][-3:]
    assert [*dump(backups_of(path, plan)[-1][1])] == [*dump(path)]


def test_a_clock_that_was_ahead_does_not_end_backups(filled: Project, path: Path, plan: Plan) -> None:
    assert keep_one(path, plan, now=NOW + 1000 * HOUR)
    assert keep_one(path, plan, now=NOW)
    assert not keep_one(path, plan, now=NOW + HOUR)


def test_only_its_own_files_are_deleted(filled: Project, path: Path, plan: Plan) -> None:
    folder = plan.folder_of(path)
    folder.mkdir(parents=True)
    names = [
        "a-20200101T000000Z.db",
        "a-20200101T000000Z.txt",
        "aa-20200101T000000Z.db",
        "a-20209999T000000Z.db",
        "a-mine.db",
    ]
    for name in names:
        (folder / name).touch()
    for day in range(6):
        keep_one(path, plan, now=NOW + 24 * day * HOUR)
    assert {*names} < {file.name for file in folder.iterdir()}
    assert len([*folder.iterdir()]) == len(names) + 3


def test_databases_of_one_name_do_not_take_each_others_backups(filled: Project, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / path.name
    other.parent.mkdir()
    back_up(path, other)
    plan = Plan(every=24, folder=str(tmp_path / "kept"), keep=1)
    first = keep_one(path, plan, now=NOW)
    assert keep_one(other, plan, now=NOW + HOUR)
    assert keep_one(other, plan, now=NOW + 48 * HOUR)
    assert [file for _, file in backups_of(path, plan)] == [first]
    assert len([*Path(plan.folder).iterdir()]) == 2
    beside = Plan(every=24)
    assert keep_one(path, beside, now=NOW)
    assert is_due(path.with_suffix(".sqlite"), beside, now=NOW)


def test_without_a_schedule_there_is_none(path: Path) -> None:
    assert not is_due(path, Plan(every=0), now=NOW)
    assert keep_one(path, Plan(every=0), now=NOW) is None
    assert Plan(every=1).folder_of(path) == path.parent / "backups"
    assert backups_of(path, Plan(every=1)) == []


def test_in_the_background_what_was_made_or_went_wrong_is_told(filled: Project, path: Path, plan: Plan) -> None:
    told: list[str] = []
    for folder in (plan.folder, plan.folder, str(path), "x" * 300):  # the third is a file, the last cannot be
        filled.keep_backups(Plan(24, folder), told=told.append).join()
    assert len(told) == 3
    assert told[2].startswith("no backup: ")
    assert told[0].startswith("backup made: ")
    assert told[1].startswith("no backup: ")
    assert clock()[:10].replace("-", "") in told[0]


def test_leaving_ends_a_backup_in_the_making(
    filled: Project, path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "PAGES", 1)
    told: list[str] = []
    keep = schedule.keep_one

    def slow(path: Path, plan: Plan, *, now: datetime, tell: object) -> Path | None:
        keeper_is_asked.wait(5)
        return keep(path, plan, now=now, tell=tell)  # type: ignore[arg-type]

    keeper_is_asked = threading.Event()
    monkeypatch.setattr(schedule, "keep_one", slow)
    keeper = filled.keep_backups(plan, told=told.append)
    keeper._stopped.set()
    keeper_is_asked.set()
    filled.close()
    assert told == []
    assert [*plan.folder_of(path).iterdir()] == []
