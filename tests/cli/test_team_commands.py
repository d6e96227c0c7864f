"""`annotator annotators` and `annotator assign`: what they print, what they refuse, and what they change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import clock, load, reading_of, record, rows, schema

from annotator.cli import run
from annotator.core.edits import Add
from annotator.core.spans import Span
from annotator.project import Project


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = tmp_path / "settings.toml"
    settings.write_text('annotator = "me"\n', encoding="utf-8")
    monkeypatch.setenv("ANNOTATOR_SETTINGS", str(settings))
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        for n in range(1, 7):
            meta = {"source": "wire" if n % 2 else "paper", "date": f"2025-0{n}-01"}
            layer = reading_of("ana", Span("s1", 0, 2, "actor")) if n == 1 else None
            load(project, record(f"k{n}", f"Report {n} about Taiz.", meta=meta, layer=layer))
        for name in ("bo", "cy"):
            project.add_annotator(name)
        project.add_annotator("bot", "model")
        return project.path


Called = tuple[int, str, str]


def call(db: Path, *arguments: str, capsys: pytest.CaptureFixture[str]) -> Called:
    """Run a command and return its status and what it printed."""
    status = run(["--db", str(db), *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def data(db: Path, *arguments: str, capsys: pytest.CaptureFixture[str]) -> Any:
    status, out, _ = call(db, *arguments, "--json", capsys=capsys)
    assert status == 0
    return json.loads(out)


def test_the_list(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data(db, "annotators", capsys=capsys)
    assert found[0] == {
        "name": "ana", "kind": "human", "role": "annotator", "retired": "", "layers": 1, "assigned": 0,
    }  # fmt: skip
    assert [one["name"] for one in found] == ["ana", "bo", "bot", "cy"]
    status, out, _ = call(db, "annotators", capsys=capsys)
    assert status == 0 and out.splitlines()[3].split() == ["bot", "model", "0", "0"]


def test_adding_renaming_retiring_and_roles(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "dee: added, annotator" in call(db, "annotators", "add", "dee", capsys=capsys)[1]
    assert "m2: added, model" in call(db, "annotators", "add", "m2", "--kind", "model", capsys=capsys)[1]
    said = call(db, "annotators", "rename", "ana", "anna", capsys=capsys)[1]
    assert "ana: now anna" in said and "should set annotator = 'anna'" in said
    assert "only leads settle" in call(db, "annotators", "role", "bo", "lead", capsys=capsys)[1]
    assert "cy: retired" in call(db, "annotators", "retire", "cy", "--annotator", "bo", capsys=capsys)[1]
    found = {one["name"]: one for one in data(db, "annotators", capsys=capsys)}
    assert found["cy"]["retired"] and found["bo"]["role"] == "lead" and found["anna"]["layers"] == 1
    assert "cy: back" in call(db, "annotators", "retire", "cy", "--back", "--annotator", "bo", capsys=capsys)[1]
    status, _, err = call(db, "annotators", "retire", "bo", "--annotator", "bo", capsys=capsys)
    assert status == 3 and "'bo' is the only lead" in err and "--yes" in err
    said = call(db, "annotators", "retire", "bo", "--annotator", "bo", "--yes", capsys=capsys)[1]
    assert "there is no lead now" in said
    assert "only leads settle" in call(db, "annotators", "retire", "bo", "--back", capsys=capsys)[1]
    assert (
        "everybody may settle"
        in call(db, "annotators", "role", "bo", "annotator", "--annotator", "bo", "--yes", capsys=capsys)[1]
    )


LEADS_ONLY: list[tuple[str, ...]] = [
    ("annotators", "add", "dee"),
    ("annotators", "role", "me", "lead"),
    ("assign",),
    ("assign", "--dry-run"),
    ("assign", "--clear"),
    ("adjudicate", "--strategy", "all", "--readers", "ana,bo"),
    ("adjudicate", "--readers", "ana,bo"),
]


@pytest.mark.parametrize("arguments", LEADS_ONLY, ids=" ".join)
def test_one_line_for_who_is_no_lead(db: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with Project.open(db) as project:
        session = project.session(1, "bo")
        session.do([Add(Span("s1", 0, 2, "location"))])
        session.close()
    call(db, "annotators", "role", "bo", "lead", capsys=capsys)
    status, out, err = call(db, *arguments, capsys=capsys)
    assert (status, out) == (3, "")
    assert err.count("\n") == 1 and "only a lead may" in err and "give --annotator bo" in err


def test_looking_needs_no_lead(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(db, "annotators", "role", "bo", "lead", capsys=capsys)
    for arguments in (("annotators",), ("assign", "--list"), ("status",)):
        assert call(db, *arguments, capsys=capsys)[0] == 0


def test_who_has_retired_cannot_open_the_screens(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(db, "annotators", "retire", "bo", capsys=capsys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("annotator.cli.tag.in_browser", lambda: True)
        status, _, err = call(db, "tag", "--annotator", "bo", capsys=capsys)
    assert status == 3 and "'bo' has retired" in err and "retire bo --back" in err


def test_a_link_to_a_name_that_was_changed_begins_nobody_anew(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(db, "annotators", "rename", "bo", "bob", capsys=capsys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("annotator.cli.tag.in_browser", lambda: True)
        status, _, err = call(db, "tag", "--queue", "--known", "--annotator", "bo", capsys=capsys)
    assert status == 3 and "'bo' was given another name" in err
    assert ("bo",) not in rows(db, "SELECT name FROM annotator")


def test_a_gold_layer_is_tagged_by_leads_alone(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(db, "annotators", "add", "gold", "--kind", "gold", capsys=capsys)
    call(db, "annotators", "role", "bo", "lead", capsys=capsys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("annotator.cli.tag.in_browser", lambda: True)
        status, _, err = call(db, "tag", "--annotator", "gold", capsys=capsys)
    assert status == 3 and "only a lead may change a gold layer" in err


def test_a_dry_run_says_what_then_is_done(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tried = data(db, "assign", "--overlap", "2", "--dry-run", capsys=capsys)
    assert rows(db, "SELECT count(*) FROM assignment") == [(0,)]
    done = data(db, "assign", "--overlap", "2", capsys=capsys)
    assert {**tried, "dry_run": False} == done
    assert [one["before"] + one["new"] for one in done["annotators"]] == [4, 4, 4]
    again = call(db, "assign", "--overlap", "2", capsys=capsys)[1]
    assert [line.split()[2] for line in again.splitlines()[1:4]] == ["0", "0", "0"]
    listed = data(db, "assign", "--list", capsys=capsys)
    assert len(listed["places"]) == 12 and {"article": "k1", "annotator": "ana", "kind": "named"} in listed["places"]
    assert listed["annotators"][0] == {
        "annotator": "ana", "named": 4, "calibration": 0, "claimed": 0, "todo": 3, "open": 1, "flagged": 0, "done": 0,
    }  # fmt: skip


FILTERS: list[tuple[tuple[str, ...], int]] = [
    ((), 6),
    (("--source", "wire"), 3),
    (("--meta", "source=paper", "--date", "2025-03.."), 2),
    (("--date", "2025-02..2025-04"), 3),
    (("--text", "report 5"), 1),
    (("--label", "actor"), 1),
    (("--by", "ana", "--status", "open"), 1),
    (("--by", "ana", "--status", "todo"), 5),
]


@pytest.mark.parametrize(("options", "number"), FILTERS, ids=str)
def test_filters(db: Path, options: tuple[str, ...], number: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert data(db, "assign", "--dry-run", *options, capsys=capsys)["articles"] == number


def test_a_filter_that_lets_nothing_through_is_told(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(db, "assign", "--source", "wrie", capsys=capsys)
    assert status == 0 and "no article passes the filter" in out


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("--status", "open"), "--status goes with --by"),
    (("--label", "locaton"), "no label 'locaton' here (did you mean 'location'? labels: actor,"),
    (("--meta", "x"), "is not NAME=VALUE"),
    (("--date", "soon"), "is no span of days"),
    (("--lapse", "soon"), "is no time span"),
    (("--lapse", "0h"), "is no time span"),
    (("--overlap", "4"), "an overlap of 4 takes as many annotators; there are 3"),
    (("--annotators", "zoe"), "no annotator 'zoe'"),
    (("--annotators", "bot"), "is a model layer and gets no articles"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=str)
def test_what_cannot_be_done_is_one_line(
    db: Path, options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = call(db, "assign", *options, capsys=capsys)
    assert status in (2, 3) and out == "" and message in err and err.count("\n") == 1
    assert rows(db, "SELECT count(*) FROM assignment") == [(0,)]


def test_open_to_all(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "6 would be open to all" in call(db, "assign", "--open", "--dry-run", capsys=capsys)[1]
    said = call(db, "assign", "--open", "--overlap", "2", "--lapse", "30m", capsys=capsys)[1]
    assert "6 articles; 6 now open to all with 2 places each" in said
    assert rows(db, "SELECT DISTINCT places, seconds FROM quota") == [(2, 1800.0)]
    assert data(db, "assign", "--list", capsys=capsys)["open_to_all"] == {
        "articles": 6,
        "places": 12,
        "taken": 1,
        "beyond": 0,
    }
    assert "6 articles open to all: 1 of 12 places taken" in call(db, "assign", "--list", capsys=capsys)[1]
    assert "6 articles no longer open to all" in call(db, "assign", "--clear", capsys=capsys)[1]


def test_no_more_places_are_taken_than_there_are(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(db, "assign", "--overlap", "1", "--calibration", "3", "--seed", "7", capsys=capsys)[0] == 0
    held = [taken for (taken,) in rows(db, "SELECT count(*) FROM assignment GROUP BY article")]
    assert sorted(held) == [1, 1, 1, 3, 3, 3]
    call(db, "assign", "--open", "--overlap", "2", capsys=capsys)
    listed = data(db, "assign", "--list", capsys=capsys)["open_to_all"]
    # not the three that everybody reads; the others have one place left each
    assert listed == {"articles": 3, "places": 6, "taken": 3, "beyond": 0}
    assert "3 articles open to all: 3 of 6 places taken" in call(db, "assign", "--list", capsys=capsys)[1]


def test_readings_beyond_the_places_and_who_only_settles_are_told(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(db, "assign", "--overlap", "2", capsys=capsys)
    call(db, "concordance", "Taiz", "--set", "location", "--for", "ana", "--author", "lee", "--yes", capsys=capsys)
    said = call(db, "assign", "--open", "--overlap", "1", capsys=capsys)[1]
    assert "not given to lee, who only settle or fix" not in said  # nobody is named
    assert "6 of 6 places taken, and 6 readings beyond them" in call(db, "assign", "--list", capsys=capsys)[1]
    assert "not given to lee" in call(db, "assign", "--overlap", "3", capsys=capsys)[1]
    assert data(db, "assign", "--overlap", "3", capsys=capsys)["left_out"] == ["lee"]


def test_nothing_to_list(db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "everybody reads what they like" in call(db, "assign", "--list", capsys=capsys)[1]
    with Project.create(tmp_path / "b.db", schema(), clock=clock) as project:
        empty = project.path
    assert "nobody yet" in call(empty, "annotators", capsys=capsys)[1]
