"""The benchmark that kills the program at random moments: a round of each kind, and that it finds what is lost."""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("there is no SIGKILL here", allow_module_level=True)
from benchmarks import kill
from benchmarks.kill_work import SMALL, WORK, make_files


def test_what_was_told_saved_is_there_after_a_kill(capsys: pytest.CaptureFixture[str]) -> None:
    status = kill.main(["--quick", "--rounds", str(len(kill.WORK)), "--seed", "7"])
    said = capsys.readouterr().out
    assert status == 0, said
    cells = [line.split() for line in said.splitlines()[1:]]
    assert [row[0] for row in cells] == list(WORK)
    assert all(int(row[2]) == 1 == sum(map(int, row[3:6])) for row in cells)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_files(folder, SMALL)
    return folder


@pytest.mark.parametrize(
    ("kind", "told", "sql", "wrong"),
    [
        ("tag", ["layer 1 3 s1:0:5:actor"], "", "lost revision 3 of article 1"),
        ("load", ["article gone"], "", "lost article gone"),
        ("migrate", ["current"], "", "told of the newest version"),
        ("merge", ["merged"], "", "0 of 70 layers were taken in"),
        ("repair", ["repaired"], "", "told of a repair that is not there"),
        ("repair", [], "UPDATE total SET number = 80 WHERE name = 'articles'", ""),
        ("repair", [], "DELETE FROM journal", "repairing has lost something"),
        ("backup", ["backup"], "", "told of a backup that is not there"),
        ("schema", ["moved"], "", "0 batches of 51 layers, told of 1 moves"),
        ("schema", [], "UPDATE span SET label = 'place' WHERE label = 'location' AND layer = 12", "moved in part"),
    ],
)
def test_what_is_lost_is_found(made: Path, tmp_path: Path, kind: str, told: list[str], sql: str, wrong: str) -> None:
    lost = kill.Round(kind, made, tmp_path, seed=1, size=SMALL)
    lost.told = told
    with closing(sqlite3.connect(lost.path, isolation_level=None)) as conn:
        conn.executescript(sql)
    found = lost.wrong()
    assert any(wrong in line for line in found) if wrong else not found, found


def test_a_third_of_the_rounds_must_be_killed_in_the_middle() -> None:
    assert kill.Outcome(Counter(before=3, middle=3, after=3)).tried
    assert not kill.Outcome(Counter(before=4, middle=2, after=3)).tried
    assert kill.Outcome(Counter(after=2)).tried  # too few to say
