"""`benchmarks/scale.py` builds what loading would have given, and sees what grows."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from annotator.project import Project
from annotator.store.doctor import examine
from benchmarks import scale
from benchmarks.measure import Run
from benchmarks.scale_data import ANNOTATOR, ASSIGNED, LEFT, OPEN, make_database

ARTICLES = 400


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scale") / "a.db"
    make_database(made, articles=ARTICLES)
    return made


def test_what_is_built_is_whole_and_as_large_as_promised(path: Path) -> None:
    assert [*examine(path)] == []
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("SELECT count(*) FROM span").fetchone() == (30 * ARTICLES,)
    with Project.open(path, read_only=True) as project:
        assert project.store.next_to_do(ANNOTATOR, after=1) == ARTICLES - LEFT - OPEN + 1
        assert project.store.next_to_do(ASSIGNED, after=1) == ARTICLES - 2 * LEFT + 2
        assert project.store.has_places(ASSIGNED) and not project.store.has_places(ANNOTATOR)


def test_every_question_is_answered(path: Path) -> None:
    found: scale.Times = defaultdict(list)
    scale.ask(path, ARTICLES, found)
    assert {*scale.FILTERS, *scale.OF_MINE, "open the file", "next to do, assigned"} <= {*found}
    assert all(found.values())


@pytest.mark.parametrize(
    ("name", "values", "kept"),
    [
        ("next to do", (1.0, 2.0, 49.0), True),
        ("next to do", (1.0, 2.0, 51.0), False),
        (scale.PAINTS[0], (400.0, 410.0, 449.0), True),
        (scale.PAINTS[0], (400.0, 410.0, 451.0), False),
        (scale.FREQUENT, (1.0, 20.0, 230.0), True),
        (scale.FREQUENT, (1.0, 20.0, 250.0), False),
    ],
)
def test_what_is_promised_of_questions_and_keys(
    name: str, values: tuple[float, ...], kept: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {size: defaultdict(list, {name: [value]}) for size, value in zip(scale.SIZES, values, strict=True)}
    assert scale.table(found) is kept
    assert ("not kept" in capsys.readouterr().out) is not kept


@pytest.mark.parametrize(
    ("name", "work", "memory", "kept"),
    [
        ("export", (1.0, 20.0, 230.0), (40.0, 50.0, 69.0), True),
        ("export", (1.0, 20.0, 230.0), (40.0, 50.0, 71.0), False),
        ("status", (1.0, 20.0, 230.0), (40.0, 50.0, 400.0), True),
        ("status", (1.0, 20.0, 250.0), (40.0, 50.0, 50.0), False),
    ],
)
def test_what_is_promised_of_commands(
    name: str, work: tuple[float, ...], memory: tuple[float, ...], kept: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [{name: Run(9.0, most, 0, used)} for used, most in zip(work, memory, strict=True)]
    assert scale.command_table(dict(zip(scale.SIZES, runs, strict=True))) is kept
    assert ("not kept" in capsys.readouterr().out) is not kept
