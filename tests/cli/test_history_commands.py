"""`history`, `undo`, `restore`, `merge`, `split`, and the alarm of `status`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

import pytest
from click.testing import CliRunner
from support import copied

from annotator.cli import group, run
from annotator.core.edits import Add, Edit, Remove, SetNote
from annotator.core.spans import Span
from annotator.errors import StoreError
from annotator.project import Project
from annotator.store.visits import Visit

SPANS = [Span(f"s{number}", number, number + 1, "actor") for number in range(1, 13)]


def call(db: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(group, ["--db", str(db), *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return (result.return_value if isinstance(result.return_value, int) else result.exit_code), result.stdout


@pytest.fixture(autouse=True)
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be three hours east of Greenwich."""
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of the process cannot be set here")
    monkeypatch.setenv("TZ", "EAT-3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database of two articles."""
    folder = tmp_path_factory.mktemp("history")
    path = folder / "c.db"
    call(path, "new")
    (folder / "a.txt").write_text("Shells hit Taiz.\nTen died.", encoding="utf-8")
    (folder / "b.txt").write_text("Two fled.", encoding="utf-8")
    call(path, "load", str(folder / "a.txt"), str(folder / "b.txt"))
    call(path, "annotators", "add", "ana")
    return path


@pytest.fixture
def db(loaded: Path, tmp_path: Path) -> Path:
    return copied(loaded, tmp_path / "c.db")


def tag(db: Path, *steps: list[Edit], article: int = 1, at: str = "2026-01-02T22:30:00.000+00:00") -> None:
    with Project.open(db, clock=lambda: at) as project:
        session = project.session(article, "ana")
        for edits in steps:
            session.do(edits)
        session.close()


def test_history_is_the_newest_first_in_words(db: Path) -> None:
    assert call(db, "history") == (0, "Nothing of that kind is in the journal.\n")
    tag(db, [Add(Span("s1", 11, 15, "location"))], [Add(span) for span in SPANS[1:6]])
    assert call(db, "history")[1].splitlines() == [
        "     2  2026-01-03 01:30:00  ana  a  do: + actor 2–3 'e'; + actor 3–4 'l'; + actor 4–5 'l'; and 2 more",
        "     1  2026-01-03 01:30:00  ana  a  do: + location 11–15 'Taiz'",
    ]
    assert call(db, "history", "--limit", "1")[1].endswith("older: --before 2\n")
    data = json.loads(call(db, "history", "--json", "--limit", "1")[1])
    assert data["next"] == 2
    (batch,) = data["batches"]
    assert batch["time"] == "2026-01-02T22:30:00.000+00:00"
    assert (batch["by"], batch["article"], batch["kind"], batch["count"]) == ("ana", "a", "do", 5)
    assert call(db, "history", "--article", "b")[1].startswith("Nothing")
    assert call(db, "history", "--since", "2026-01-03T01:31")[1].startswith("Nothing")
    assert len(call(db, "history", "--since", "2026-01-03T01:30", "--annotator", "ana")[1].splitlines()) == 2


def test_a_zone_that_was_assumed_is_said(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--db", str(db), "history", "--since", "2026-01-03T01:30"]) == 0
    assert "is taken in the zone EAT (UTC+03:00): 2026-01-02T22:30:00.000+00:00" in capsys.readouterr().err


def test_a_title_with_escapes_reaches_no_terminal(db: Path) -> None:
    tag(db, [SetNote("\x1b[31mred\n")])
    line = call(db, "history")[1]
    assert "\x1b" not in line
    assert len(line.splitlines()) == 1


def test_history_of_more_than_a_page(db: Path) -> None:
    tag(db, *[[SetNote(str(number))] for number in range(250)])
    assert len(json.loads(call(db, "history", "--json", "--limit", "240")[1])["batches"]) == 240


def test_statistics(db: Path) -> None:
    assert call(db, "history", "--stats")[1] == "Nobody has worked on that yet.\n"
    tag(db, [Add(span) for span in SPANS[:8]], [Remove(SPANS[0].ref), Remove(SPANS[1].ref)])
    tag(db, [Add(SPANS[0])], article=2, at="2026-01-05T10:00:00.000+00:00")
    with Project.open(db) as project:
        project.keep_visit(1, "ana", Visit(0, 1, 0, 240.0))
    head, row, *_ = call(db, "history", "--stats")[1].splitlines()
    assert head.split()[:4] == ["annotator", "articles", "spans", "corrections"]
    assert row.split() == ["ana", "2", "9", "0.22", "4", "min", "4", "min", "30.0", "s", "120", "2", "···········█·▁"]
    days = call(db, "history", "--stats", "--by", "day")[1].splitlines()
    assert days[1:] == ["2026-01-05      1  █████", f"2026-01-03      8  {'█' * 40}"]
    articles = call(db, "history", "--stats", "--by", "article")[1].splitlines()
    assert [line.split()[:3] for line in articles[1:3]] == [["a", "ana", "8"], ["b", "ana", "1"]]
    data = json.loads(call(db, "history", "--stats", "--json")[1])
    assert data["annotators"][0]["days"] == {"2026-01-03": 8, "2026-01-05": 1}
    assert data["annotators"][0]["spans_per_hour"] == 120.0
    assert data["articles"][0]["seconds_per_span"] == 30.0
    assert "left out with --since" in call(db, "history", "--stats", "--since", "2026-01-01Z"[:10])[1]


def test_undo_and_restore(db: Path) -> None:
    tag(db, [Add(SPANS[0])], [Add(SPANS[1])])
    dry = call(db, "undo", "--batch", "1", "--dry-run")[1]
    assert dry == "batch 1 of ana in a would be taken back: − actor 1–2 'h'\n"
    done = json.loads(call(db, "undo", "--batch", "1", "--annotator", "lead", "--json")[1])
    assert done["batch"] == 3 and done["edits"] == ["− actor 1–2 'h'"]
    assert "lead in ana  a  takes back 1: − actor 1–2 'h'" in call(db, "history", "--limit", "1")[1]
    assert (
        "1 layer would be restored as ana@before-3"
        in call(db, "restore", "--annotator", "ana", "--before", "3", "--dry-run")[1]
    )
    assert (
        "1 layer restored as ana@2026-01-02T22:30Z"
        in call(db, "restore", "--annotator", "ana", "--at", "2026-01-03T01:30")[1]
    )
    assert (
        "0 layers restored as old" not in call(db, "restore", "--annotator", "ana", "--before", "2", "--to", "old")[1]
    )
    assert call(db, "restore", "--annotator", "ana", "--at", "2026-01-01Z"[:10])[1].startswith("ana had no layers then")
    data = json.loads(call(db, "restore", "--annotator", "ana", "--before", "2", "--to", "old", "--json")[1])
    restored = {"article": "a", "spans": 1, "spans_now": 1, "batches_since": 2, "new": False, "unknown": []}
    assert data["layers"] == [restored]


def test_the_alarm_of_status(db: Path) -> None:
    tag(db, [Add(span) for span in SPANS])
    assert "ALARM" not in call(db, "status")[1]
    tag(db, [Remove(span.ref) for span in SPANS[1:]])
    text = call(db, "status")[1]
    assert "ALARM: ana had 12 spans in a, now 1; batch 2 took 11" in text
    own = f"annotator --db {quote(str(db))}"
    assert f"{own} undo --batch 2, or {own} restore --before 2 --annotator ana --article a" in text
    (alarm,) = json.loads(call(db, "status", "--json")[1])["alarms"]
    assert (alarm["peak"], alarm["now"], alarm["batch"], alarm["lost"], alarm["before"]) == (12, 1, 2, 11, 2)
    call(db, "undo", "--batch", "2")
    assert "ALARM" not in call(db, "status")[1]


def test_split_and_merge(db: Path, tmp_path: Path) -> None:
    tag(db, [Add(SPANS[0])])
    away = tmp_path / "away.db"
    assert "2 articles, 1 layer for ana" in call(db, "split", str(away), "--annotator", "ana", "--all")[1]
    tag(away, [Add(SPANS[1])], at="2026-01-04T10:00:00.000+00:00")
    assert call(db, "merge", str(away), "--dry-run") == (
        0,
        f"{away}: 2 articles: 1 layer brought forward, 1 batch would be taken in\n",
    )
    assert call(db, "merge", str(away))[0] == 0
    assert call(db, "merge", str(away))[1] == f"{away}: 2 articles: 1 layer the same\n"
    tag(away, [Add(SPANS[2])], at="2026-01-05T10:00:00.000+00:00")
    tag(db, [Add(SPANS[3])], at="2026-01-06T10:00:00.000+00:00")
    status, text = call(db, "merge", str(away))
    assert status == 1
    assert f"settle them: annotator --db {quote(str(db))} adjudicate --readers 'ana,ana~2'" in text
    status, text = call(db, "merge", str(away), "--json")
    assert status == 0
    (file,) = json.loads(text)["files"]
    assert file["layers"] == {"new": 0, "forward": 0, "same": 0, "behind": 0, "conflict": 1, "withheld": 0}
    assert file["conflicts"][0]["name"] == "ana~2" and file["batches"] == 0


def test_a_merge_tells_what_it_took_in_before_a_file_that_it_cannot_read(db: Path, tmp_path: Path) -> None:
    tag(db, [Add(SPANS[0])])
    away = tmp_path / "away.db"
    call(db, "split", str(away), "--annotator", "ana", "--all")
    tag(away, [Add(SPANS[1])], at="2026-01-04T10:00:00.000+00:00")
    result = CliRunner().invoke(group, ["--db", str(db), "merge", str(away), str(tmp_path / "none.db")])
    assert isinstance(result.exception, StoreError)
    assert result.stdout == f"{away}: 2 articles: 1 layer brought forward, 1 batch taken in\n"


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["--article", "b"], ["b"]),
        (["--articles", "keys.txt"], ["a", "b"]),
        (["--words", "shells"], ["a"]),
        (["--status", "todo"], ["b"]),
        (["--label", "actor"], ["a"]),
        (["--all", "--with", "ana"], ["a", "b"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0].startswith("-") else "",
)
def test_what_a_split_takes(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], keys: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys.txt").write_text("b\r\n\n a \n", encoding="utf-8-sig")
    tag(db, [Add(SPANS[0])])
    data = json.loads(call(db, "split", "out.db", "--annotator", "ana", *arguments, "--json")[1])
    assert data["articles"] == len(keys)
    with Project.open(tmp_path / "out.db", read_only=True) as project:
        assert sorted(row.key for row in project.store.queue_page("ana")) == keys


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["history", "--since", "soon"], 2, "no time that can be read"),
        (["history", "--since", "2026-02-30"], 2, "is no time"),
        (["history", "--article", "zzz"], 3, "no article 'zzz'"),
        (["history", "--by", "day"], 2, "--by goes with --stats"),
        (["history", "--stats", "--before", "3"], 2, "--before does not go with --stats"),
        (["history", "--limit", "0"], 2, "limit"),
        (["undo"], 2, "--batch"),
        (["undo", "--batch", "7"], 3, "no batch 7"),
        (["undo", "--batch", "99999999999999999999"], 2, "no number from 1 on"),
        (["undo", "--batch", "9" * 5000], 2, "no number from 1 on"),
        (["restore", "--annotator", "ana", "--before", "1.5"], 2, "no number from 1 on"),
        (["restore", "--annotator", "ana"], 2, "say when"),
        (["restore", "--annotator", "ana", "--at", "2h", "--before", "2"], 2, "say when"),
        (["restore", "--annotator", "nobody", "--at", "2h"], 3, "no annotator 'nobody'"),
        (["history", "--annotator", "\udcff"], 3, "broken characters"),
        (["restore", "--annotator", "\udcff", "--at", "2h"], 3, "broken characters"),
        (["split", "out.db", "--annotator", "\udcff", "--all"], 3, "broken characters"),
        (["merge"], 2, "OTHER.db"),
        (["merge", "none.db"], 4, "no such database"),
        (["merge", "c.db"], 2, "is the database itself"),
        (["split", "out.db", "--annotator", "ana"], 2, "which articles?"),
        (["split", "out.db", "--annotator", "ana", "--all", "--words", "x"], 2, "one of these"),
        (["split", "out.db", "--annotator", "ana", "--words", "nowhere"], 3, "no article is left"),
        (["split", "out.db", "--annotator", "ana", "--date", "March"], 2, "is no day"),
        (["split", "out.db", "--annotator", "ana", "--articles", "none.txt"], 3, "none.txt"),
        (["split", "out.db", "--annotator", "ana", "--articles", "c.db"], 3, "no text in UTF-8"),
        (["split", "c.db", "--annotator", "ana", "--all"], 4, "is there already"),
    ],
    ids=lambda value: " ".join(value)[:40].encode("ascii", "replace").decode() if isinstance(value, list) else None,
)
def test_what_is_refused(
    db: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    words: str,
) -> None:
    monkeypatch.chdir(db.parent)
    assert run(["--db", str(db), *arguments]) == status
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (db.parent / "out.db").exists()
