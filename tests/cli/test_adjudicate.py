"""`annotator adjudicate`: what it prints, what a strategy settles, and one article settled in a real terminal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from settling import KINDS, change, disputed, gold
from support import rows

from annotator.cli import run
from annotator.project import Project


@pytest.fixture
def db(tmp_path: Path) -> Path:
    with disputed(tmp_path) as project:
        return project.path


def told(db: Path, *arguments: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run(["--db", str(db), "adjudicate", "--json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_cases_as_json(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = db.read_bytes()
    first, second = told(db, capsys=capsys)["articles"]
    assert db.read_bytes() == before  # it was only looked at
    assert (first["article"], first["readers"], first["open"]) == ("k1", ["ana", "bilal"], 9)
    assert [case["kind"] for case in first["cases"]] == KINDS
    assert first["cases"][1]["readings"]["bilal"][0]["label"] == "location"
    assert second["exact_f1"] == pytest.approx(1 / 3)


def test_a_strategy_settles_what_it_is_clear_about(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = told(db, "--strategy", "all", "--annotator", "lead", "--article", "k1", capsys=capsys)
    assert (found["strategy"], found["articles"][0]["settled_now"], found["articles"][0]["open"]) == ("all", 1, 8)
    assert run(["--db", str(db), "adjudicate", "--strategy", "prefer:bilal", "--annotator", "lead"]) == 0
    assert "11 cases settled by prefer:bilal, 0 left" in capsys.readouterr().out
    with Project.open(db) as project:
        assert gold(project)[:3] == ["actor:Army men", "location:Taiz today", "actor:ten people"]
    again = told(db, capsys=capsys)["articles"][0]
    assert {case["settled"] for case in again["cases"]} == {True}
    assert again["cases"][1]["take"] == ["bilal"] and again["cases"][1]["by"] == "lead"
    authors = rows(
        db, "SELECT DISTINCT a.name FROM journal j JOIN annotator a ON a.id = j.annotator WHERE j.kind = 'do'"
    )
    assert authors == [("lead",)]


def test_gold_with_its_decisions_survives_export_and_import(
    db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(db, "--strategy", "prefer:ana", "--annotator", "lead", capsys=capsys)
    out, copy = tmp_path / "all.jsonl", tmp_path / "copy.db"
    assert run(["--db", str(db), "export", str(out), "--format", "jsonl", "--layer", "all"]) == 0
    with Project.open(db) as project:
        schema = project.schema
    Project.create(copy, schema).close()
    assert run(["--db", str(copy), "load", "--strict", str(out)]) == 0
    capsys.readouterr()
    before, after = (told(one, capsys=capsys)["articles"] for one in (db, copy))
    assert before == after and before[0]["open"] == 0
    assert run(["--db", str(copy), "check"]) == run(["--db", str(db), "check"])


def test_attributes_of_the_article_that_all_have_are_taken_over(tmp_path: Path) -> None:
    from annotator.adjudication.strategy import strategy
    from annotator.core.edits import SetAttribute
    from annotator.core.schema import Link
    from annotator.settlement import Settlement

    with disputed(tmp_path) as project:
        found = [name for name, one in project.schema.attributes.items() if not isinstance(one, Link)]
        name = found[0]
        for who, value in (("ana", "x"), ("bilal", "x")):
            session = project.session(1, who)
            session.do([SetAttribute(name, value)])
            session.close()
        work = Settlement.open(project, 1, by="lead", readers=["ana", "bilal"])
        work.merge(strategy("all"))
        assert work.session.head.attributes[name] == "x"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--strategy", "most"], 3, "no strategy 'most'"),
        (["--strategy", "prefer:zoe"], 3, "no layers of 'zoe'"),
        (["--article", "k9", "--json"], 3, "no article 'k9'"),
        (["--readers", "ana", "--json"], 3, "1 annotator"),
        (["--readers", "ana,zoe", "--json"], 3, "no annotator 'zoe'"),
        ([], 2, "needs a terminal"),
    ],
)
def test_mistakes(db: Path, arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--db", str(db), "adjudicate", *arguments]) == status
    assert said in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")
def test_eight_differences_in_a_real_terminal(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each key is waited for in the file: what it decides is there, and nothing else."""
    from pty_run import Terminal

    assert {*KINDS} == {"agree", "boundary", "label", "attribute", "missing", "split"}
    # By difference: Ana's edges; Bilal's label; both attributes; none; Bilal's; the span, not its parts; edges; Ana's.
    keys = ["1", "2", "b", "0", "2", "1", "1", "1"]
    assert len(keys) == len(KINDS) - 1 and all(len(presses) <= 2 for presses in keys)
    chosen = [
        "actor:Army men", "location:Taiz", "actor:ten people", "casualty:two boys", "casualty:two boys",
        "location:camp", "actor:rebels fled", "location:city", "actor:now",
    ]  # fmt: skip
    with Terminal("--db", db, "adjudicate", "--annotator", "lead", "--article", "k1", size=(100, 30)) as terminal:
        terminal.ready("8 differ")
        for number, presses in enumerate(keys, 1):
            terminal.send(presses)
            terminal.until(lambda number=number: len(decided(db)) == number)  # type: ignore[misc]
        assert sorted(stored(db)) == sorted(chosen)
        assert [decision["take"] for decision in decided(db)] == [
            ["ana"], ["bilal"], ["ana", "bilal"], [], ["bilal"], ["ana"], ["ana"], ["ana"],
        ]  # fmt: skip
        terminal.send("u" * 9)  # eight decisions, and what all agree on
        terminal.until(lambda: stored(db) == [])
        assert decided(db) == []
        terminal.send("U" * 9)
        terminal.until(lambda: len(decided(db)) == 8)
        assert sorted(stored(db)) == sorted(chosen)
        with Project.open(db) as project:
            change(project)  # Bilal's reading of the first difference, while it is settled on the screen
        terminal.until("bilal changed meanwhile: read again; 1 open")
        cases = told(db, "--article", "k1", capsys=capsys)["articles"][0]["cases"]
        assert [number for number, case in enumerate(cases) if not case["settled"]] == [1]
        assert sorted(stored(db)) == sorted(chosen)
        terminal.send("\t2")
        changed = sorted({*chosen, "location:aiz today"} - {"location:Taiz"})
        terminal.until(lambda: sorted(set(stored(db))) == changed)
        terminal.send("q")
        assert terminal.ends() == 0 and terminal.restored
    cases = told(db, "--article", "k1", capsys=capsys)["articles"][0]["cases"]
    assert all(case["settled"] for case in cases)


def stored(db: Path) -> list[str]:
    with Project.open(db, read_only=True) as project:
        return gold(project)


def decided(db: Path) -> list[dict[str, Any]]:
    """Return the decisions in the file, in the order in which they were made."""
    with Project.open(db, read_only=True) as project:
        layer = project.store.layer(1, "gold")
        return [value for name, value in (layer.attributes if layer else {}).items() if name.startswith("settled:")]
