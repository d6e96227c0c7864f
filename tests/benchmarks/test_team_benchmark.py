"""`benchmarks/team.py` sees what it is there to see: the members' work, and each way in which a file can be wrong."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from annotator.project import Project
from benchmarks import team as benchmark
from benchmarks.team_work import Report, export

SIZE = benchmark.Size(6, 5, 0.0)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Report]]:
    """Return a database in which every member has worked, one after the other, and what they report."""
    path = tmp_path_factory.mktemp("team") / "a.db"
    settled = benchmark.make(path, SIZE)
    reports = {}
    with Project.open(path) as project:
        for name in ("person-1", "person-2"):  # who has no process of their own takes the other places
            benchmark.team.add(project, name, by="lead")
        work = benchmark.members(benchmark.Size(8, 5, 0.0), settled)
        reports = {name: each(project) for name, each in work.items()}
    reports["reader"] = export(path, path.with_suffix(".jsonl"))
    return path, reports


def test_whole_work_is_found_whole(worked: tuple[Path, dict[str, Report]]) -> None:
    path, reports = worked
    assert set(benchmark.compare(path, SIZE, reports).values()) == {0}
    assert len(reports["person-0"].saves) == 5 and len(reports["settler-3"].saves) == 5
    assert reports["lead"].others and not reports["reader"].errors


FAULTS = {
    "tags lost": "DELETE FROM span WHERE layer = (SELECT l.id FROM layer l JOIN annotator a ON a.id = l.annotator WHERE a.name = 'person-0') AND id = 's2'",
    "batches lost or doubled": "DELETE FROM journal WHERE id = (SELECT max(id) FROM journal WHERE kind = 'do')",
    "layers that the journal does not give": "UPDATE span SET label = 'location' WHERE id = 's2' AND label = 'actor'",
    "assigned articles with other than their annotators": "DELETE FROM assignment WHERE kind = 'named' AND article = (SELECT id FROM article WHERE key = 'named 2')",
    "articles open to all with other than their places taken": "UPDATE quota SET places = 4",
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_found(
    worked: tuple[Path, dict[str, Report]], tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, reports = worked
    broken = tmp_path / "broken.db"
    with closing(sqlite3.connect(path)) as conn, closing(sqlite3.connect(broken)) as copy:
        conn.backup(copy)
        copy.execute(FAULTS[what])
        copy.commit()
    found = benchmark.compare(broken, SIZE, reports)
    assert found[what] > 0
    assert not benchmark.table(found, reports)
    assert any(what in line and "not kept" in line for line in capsys.readouterr().out.splitlines())


def test_slow_saves_break_the_promise(capsys: pytest.CaptureFixture[str]) -> None:
    slow = {"ana": Report(saves=[1.0] * 90 + [500.0] * 10), "lead": Report(), "reader": Report()}
    assert not benchmark.table({"errors": 0}, slow)
    assert "500.0 ms   100 ms  ← not kept" in capsys.readouterr().out
    assert benchmark.table({"errors": 0}, slow | {"ana": Report(saves=[1.0] * 100)})
    assert benchmark.percentile([], 0.99) == 0.0
