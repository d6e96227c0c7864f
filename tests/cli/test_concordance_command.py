"""`annotator concordance`: what it prints, what it refuses, and a change with its undo."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support import clock, load, reading_of, record, rows, schema

from annotator.cli import run
from annotator.core.spans import Span
from annotator.project import Project

TEXT = "Taiz fell.\x1b[31m They left\nTaiz for TAIZ province."
FIRST, SECOND = (0, 4), (26, 30)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        both = Span("s1", *FIRST, "location"), Span("s2", *SECOND, "location")
        load(project, record("k1", TEXT, layer=reading_of("ana", *both)))
        load(project, record("k1", TEXT, layer=reading_of("ben", Span("s1", *FIRST, "actor"))))
        load(project, record("k2", "Taiz again", layer=reading_of("ana", Span("s1", 0, 4, "location"))))
        return project.path


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    monkeypatch.setenv("USER", "lead")
    monkeypatch.setenv("LOGNAME", "lead")


def called(db: Path, *arguments: str, status: int = 0) -> None:
    assert run(["--db", str(db), "concordance", *arguments]) == status


def told(db: Path, *arguments: str, capsys: pytest.CaptureFixture[str], status: int = 0) -> dict[str, Any]:
    called(db, *arguments, "--json", status=status)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.usefixtures("terminal")
def test_a_table_for_people(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = db.read_bytes()
    called(db, "Taiz")
    out = capsys.readouterr().out
    assert db.read_bytes() == before  # it was only looked at
    head, *rest = out.splitlines()
    assert (
        head
        == "“Taiz” · 3 places in 2 articles · 2 inconsistent, at 2 they differ · 2 of 5 readings unlike the usual one"
    )
    assert rest[1].split() == ["reading", "all", "ana", "ben"]
    places = [line for line in rest if "  k" in line or line.startswith(("≠ k", "! k"))]
    assert [line.split()[:2] for line in places] == [["≠", "k1"], ["≠", "k1"], ["k2", "Taiz"]]
    assert places[0].split()[-2:] == ["location", "actor"]
    assert places[2].split()[-2:] == ["location", "–"]
    at = places[2].index("Taiz")
    assert {line[at : at + 4] for line in places} == {"Taiz"}  # one below the other
    assert "\x1b" not in out


@pytest.mark.usefixtures("terminal")
def test_a_narrow_terminal_gets_letters(
    db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    called(db, "Taiz", "--limit", "1")
    out = capsys.readouterr().out
    assert "1 ana   2 ben" in out
    assert next(line for line in out.splitlines() if line.startswith("≠ k1")).split()[-2:] == ["L", "A"]
    assert "and 2 more places" in out


def test_everything_as_json(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(db, "Taiz", capsys=capsys)
    assert found["counts"] == {
        "articles": 2,
        "occurrences": 3,
        "unread": 0,
        "split": 2,
        "inconsistent": 2,
        "minority": 2,
        "entropy": pytest.approx(1.370951),
    }
    assert found["readings"][0] == {
        "reading": "location",
        "kind": "label",
        "labels": ["location"],
        "total": 3,
        "by": {"ana": 3, "ben": 0},
    }
    places = [(one["article"], one["start"], one["text"], one["split"]) for one in found["occurrences"]]
    assert places == [("k1", 0, "Taiz", True), ("k1", 26, "Taiz", True), ("k2", 0, "Taiz", False)]
    assert found["occurrences"][1]["readings"]["ben"] == {"kind": "unmarked", "labels": [], "across": []}
    assert told(db, "TAIZ", "-i", "--no-word", capsys=capsys)["counts"]["occurrences"] == 4
    assert len(told(db, "Taiz", "--limit", "1", capsys=capsys)["occurrences"]) == 1
    assert len(told(db, "Taiz", "--inconsistent", capsys=capsys)["occurrences"]) == 2
    assert len(told(db, "Taiz", "--label", "actor", capsys=capsys)["occurrences"]) == 1
    assert told(db, "Taiz", "--annotator", "ben", capsys=capsys)["annotators"] == ["ben"]


def test_the_most_inconsistent_strings(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(db, capsys=capsys)
    assert [(one["string"], one["places"], one["split"], one["minority"]) for one in found["strings"]] == [
        ("Taiz", 3, 2, 2)
    ]
    called(db)
    assert "location 3  actor 1  unmarked 1" in capsys.readouterr().out
    called(db, "--annotator", "ana")
    assert "marked alike everywhere" in capsys.readouterr().out


@pytest.mark.usefixtures("terminal")
def test_a_change_is_shown_then_made_then_undone(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = "SELECT a.name, s.label FROM span s JOIN layer l ON l.id = s.layer JOIN annotator a ON a.id = l.annotator ORDER BY 1, 2"
    before = rows(db, labels)
    fix = ["Taiz", "--set", "location", "--for", "ben"]
    called(db, *fix)
    assert "2 places in 1 article would change; nothing was changed: --yes does it" in capsys.readouterr().out
    assert rows(db, labels) == before
    called(db, *fix, "--only-label", "casualty")
    assert "nothing to change" in capsys.readouterr().out
    assert told(db, *fix, "--only-unmarked", capsys=capsys)["left"] == {"other": 1, "unread": 1}
    found = told(db, *fix, "--yes", capsys=capsys)
    assert (found["applied"], found["changed"], len(found["journal"])) == (True, {"spans": 2, "articles": 1}, 1)
    assert ("ben", "actor") not in rows(db, labels)
    author = "SELECT a.name FROM journal j JOIN annotator a ON a.id = j.annotator ORDER BY j.id DESC LIMIT 1"
    assert rows(db, author) == [("lead",)]
    called(db, "--undo")
    assert re.search(
        r"^undone: “Taiz”: label location, ben of 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d$", capsys.readouterr().out, re.M
    )
    assert rows(db, labels) == before
    called(db, "--undo", status=3)
    assert "has no change over several articles to undo" in capsys.readouterr().err
    called(db, "Taiz", "--remove", "--only-label", "location", "--for", "ana", "--yes", "--author", "zoe")
    assert "3 places in 2 articles changed" in capsys.readouterr().out
    assert ("ana", "location") not in rows(db, labels)
    assert told(db, "--undo", "--author", "zoe", capsys=capsys)["changed"] == {"spans": 3, "articles": 2}
    assert rows(db, labels) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([" "], "nothing to look for"),
        (["Taiz", "--set", "actor"], "--set needs --for ANNOTATOR"),
        (["Taiz", "--set", "actor", "--remove", "--for", "ana"], "exclude each other"),
        (["--remove", "--for", "ana"], "--remove needs a STRING"),
        (["Taiz", "--for", "ana"], "--for needs --set LABEL or --remove"),
        (["Taiz", "--yes"], "--yes needs --set LABEL or --remove"),
        (["Taiz", "--set", "place", "--for", "ana"], "the schema has no label 'place'"),
        (["Taiz", "--set", "actor", "--for", "eve"], "there is no annotator 'eve'"),
        (["Taiz", "--set", "actor", "--for", "ana", "--only-label", "plaec"], "there is no label 'plaec'"),
        (["Taiz", "--remove", "--for", "ana", "--only-unmarked"], "--remove takes labels away where there are some"),
        (["Taiz", "--set", "actor", "--for", "ana", "--only-unmarked", "--only-label", "actor"], "exclude each other"),
        (["Taiz", "--annotator", "eve"], "there is no annotator 'eve'"),
        (["Taiz", "--label", "plaec"], "there is no label 'plaec'"),
        (["Taiz", "--undo"], "--undo stands alone"),
        (["Taiz", "--screen", "--json"], "--screen and --json exclude each other"),
        (["Taiz", "--screen", "--yes"], "--screen changes labels by keys"),
        (["Taiz", "--screen"], "the screen needs a terminal"),
        (["Taiz", "--limit", "-1"], "is not in the range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_asked(db: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = db.read_bytes()
    called(db, *arguments, status=2)
    captured = capsys.readouterr()
    assert says in captured.err and captured.err.count("\n") == 1 and not captured.out
    assert db.read_bytes() == before or "--screen" in arguments


def test_nothing_found(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    called(db, "Nowhere")
    assert capsys.readouterr().out == "“Nowhere” · 0 places in 0 articles\n"
    called(db, "Nowhere", "--set", "actor", "--for", "ana", "--yes")
    assert "nothing to change" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Taiz", "--screen", "--annotator", "unknown"], "there is no annotator 'unknown' (known: ana, ben"),
        (["--screen", "--label", "place"], "there is no label 'place'"),
    ],
)
def test_the_screen_refuses_what_is_not_there(
    db: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    called(db, *arguments, status=2)
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("terminal")
def test_the_screen_works_for_the_author(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from annotator.tui import app

    began: list[str] = []
    monkeypatch.setattr("annotator.cli.tag.in_browser", lambda: True)
    monkeypatch.setattr(app, "run_until_left", lambda one: began.append(one.annotator) or 0)
    called(db, "Taiz", "--screen", "--author", "chief")
    called(db, "Taiz", "--screen")
    assert began == ["chief", "lead"]
