"""`annotator adjudicate`: what it prints, what a strategy settles, and one article settled in a real terminal."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from settling import KINDS, WORDS, change, disputed, gold, layer_of, span_of
from support import load, record, rows

from annotator.cli import run
from annotator.core.edits import Change, SetStatus
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


def test_a_strategy_leaves_what_was_decided_between_other_readers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with disputed(tmp_path, third=True) as project:
        for name, spans in (
            ("dana", [span_of("s1", "Taiz", "actor")]),
            ("emre", [span_of("s1", "Taiz today", "actor")]),
        ):
            load(project, record("k1", WORDS, title="Taiz", layer=layer_of(name, tuple(spans))))
    arguments = ["--db", str(project.path), "adjudicate", "--annotator", "lead", "--article", "k1"]
    first = [*arguments, "--readers", "ana,bilal,chen", "--strategy"]
    assert run([*first, "majority"]) == 0
    assert run([*first, "prefer:bilal"]) == 0  # what the majority left open
    assert "0 left for a person" in capsys.readouterr().out
    settled = gold(project)
    assert "location:Taiz" in settled and "actor:Army men" in settled
    # Two of the three: their cases are others, but their spans were decided on.
    pair = [*arguments, "--readers", "bilal,chen", "--strategy", "prefer:bilal"]
    assert run(pair) == 0
    assert "0 cases settled" in (said := capsys.readouterr().out) and "decided before" in said
    assert gold(project) == settled
    # Two whose spans nobody had looked at: no member of their cases is one of the decision's, but the place is.
    others = [*arguments, "--readers", "dana,emre", "--strategy", "prefer:emre"]
    assert run(others) == 0
    assert "0 cases settled by prefer:emre, 1 left" in capsys.readouterr().out
    assert gold(project) == settled
    assert run([*others, "--again", "--json"]) == 0
    done = json.loads(capsys.readouterr().out)["articles"][0]
    assert (done["settled_now"], done["decided_before"], done["replaced"]) == (1, 0, 1)
    assert sorted(gold(project)) == sorted({*settled, "actor:Taiz today"} - {"location:Taiz"})
    assert run([*pair, "--again"]) == 0
    assert "(replaces " in capsys.readouterr().out
    assert {"location:Taiz today", "actor:rebels", "actor:fled"} <= set(gold(project))
    assert run([*pair, "--again"]) == 0
    assert "0 cases settled by prefer:bilal, 0 left" in capsys.readouterr().out


def test_what_is_completely_settled_is_told_and_marked_done_and_exported(
    db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lead = ["--db", str(db), "adjudicate", "--annotator", "lead"]
    out = tmp_path / "gold.jsonl"
    export = ["--db", str(db), "export", str(out), "--layer", "gold", "--status", "done"]
    assert run([*lead, "--strategy", "prefer:bilal", "--article", "k2"]) == 0
    said = capsys.readouterr().out
    assert "1 of 1 article completely settled, 0 of these marked done: " in said
    assert "adjudicate --done marks the others" in said
    assert run(export) == 0
    note = capsys.readouterr().err
    assert "nothing was exported: no layer has status done (there are: 1 open)" in note
    assert "adjudicate --done marks gold" in note
    assert run([*lead, "--done"]) == 0
    assert "1 article marked done; 1 with something left undecided" in capsys.readouterr().out
    assert run(export) == 0
    assert capsys.readouterr().err == ""
    (line,) = out.read_text(encoding="utf-8").splitlines()
    assert (json.loads(line)["id"], json.loads(line)["status"]) == ("k2", "done")
    assert run([*lead, "--strategy", "prefer:bilal", "--done"]) == 0
    assert "1 article marked done; 1 marked done before" in capsys.readouterr().out
    assert run([*lead, "--strategy", "prefer:bilal"]) == 0
    assert "2 of 2 articles completely settled, 2 of these marked done\n" in capsys.readouterr().out
    looked = told(db, capsys=capsys)["articles"][0]
    assert (looked["settled"], looked["gold_status"], looked["done"]) == (True, "done", None)
    assert run(["--db", str(db), "undo", "--batch", last_batch(db)]) == 0
    with Project.open(db) as project:
        layer = project.store.layer(1, "gold")
        assert layer is not None and layer.status == "open"


def last_batch(db: Path) -> str:
    ((number,),) = rows(db, "SELECT max(id) FROM journal")
    return str(number)


def test_gold_is_not_marked_done_where_a_check_fails_or_somebody_only_looked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with disputed(tmp_path) as project:
        odd = tuple(replace(span, label="nonsense") for span in layer_of("x", (span_of("s1", "Taiz", "actor"),)).spans)
        for name in ("ana", "bilal"):
            load(project, record("k3", f"{WORDS} three", layer=layer_of(name, odd)))
            load(project, record("k4", f"{WORDS} four", layer=replace(layer_of(name, ()), status="open")))
            load(project, record("k5", f"{WORDS} five", layer=layer_of(name, ())))
    found = told(project.path, "--strategy", "prefer:bilal", "--done", "--annotator", "lead", capsys=capsys)["articles"]
    assert [one["done"] for one in found] == ["marked", "marked", "wrong", "unread", "marked"]
    assert [one["settled"] for one in found] == [True, True, True, False, True]
    with Project.open(project.path) as again:
        assert again.store.layer(4, "gold") is None
        session = again.session(1, "gold", author="lead")
        session.do([SetStatus("flagged")])
        session.close()
    assert run(["--db", str(project.path), "adjudicate", "--done", "--annotator", "lead"]) == 0
    said = capsys.readouterr().out
    assert "0 articles marked done; 2 marked done before; 1 flagged for a second look; 1 in which nobody" in said
    assert "1 with an error" in said


def test_that_nothing_is_marked_is_a_decision_that_a_strategy_leaves(tmp_path: Path) -> None:
    from annotator.adjudication.strategy import strategy
    from annotator.settlement import Settlement

    with disputed(tmp_path) as project:
        for name, words in (("dana", "Taiz"), ("emre", "Taiz today")):
            load(project, record("k1", WORDS, title="Taiz", layer=layer_of(name, (span_of("s1", words, "actor"),))))
        work = Settlement.open(project, 1, by="lead", readers=["ana", "bilal"])
        work.do(work.settler.settle(1, ()))
        work.session.close()
        others = Settlement.open(project, 1, by="lead", readers=["dana", "emre"])
        left = others.merge(strategy("prefer:emre"))
        assert (left.done, left.before, len(others.session.index)) == ([], [0], 0)
        taken = others.merge(strategy("prefer:emre"), again=True)
        assert (taken.done, taken.replaced, len(others.session.index)) == ([0], 1, 1)
        assert [one["take"] for one in others.session.head.attributes.values()] == [["emre"]]
        others.session.close()


def test_what_others_agreed_on_is_left_and_what_the_same_readers_now_agree_on_is_not(tmp_path: Path) -> None:
    from annotator.adjudication.strategy import strategy
    from annotator.settlement import Settlement

    with disputed(tmp_path, third=True) as project:
        first = Settlement.open(project, 1, by="lead", readers=["ana", "chen"])
        first.merge(strategy("all"))
        first.session.close()
        settled = gold(project)
        assert "casualty:ten people" in settled  # Bilal calls them an actor
        pair = Settlement.open(project, 1, by="lead", readers=["bilal", "chen"])
        assert {pair.cases[number].kind for number in pair.merge(strategy("prefer:bilal")).before} > {"label"}
        pair.session.close()
        assert set(settled) <= set(gold(project))
        for who in ("ana", "chen"):
            session = project.session(1, who)
            span = next(span for span in session.layer.spans if span.id == "s3")
            session.do([Change(span.ref, replace(span, label="actor"))])
            session.close()
        first = Settlement.open(project, 1, by="lead", readers=["ana", "chen"])
        assert first.merge(strategy("all")).before == []
        first.session.close()
        assert "actor:ten people" in gold(project) and "casualty:ten people" not in gold(project)


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


@pytest.mark.parametrize(("format", "out"), [("conll", "gold.conll"), ("brat", "gold"), ("labelstudio", "gold.json")])
def test_losses_call_a_decision_what_it_is(
    db: Path, tmp_path: Path, format: str, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told(db, "--strategy", "prefer:ana", "--annotator", "lead", capsys=capsys)
    losses = tmp_path / "losses.jsonl"
    arguments = ["--format", format, "--layer", "gold", "--losses", str(losses)]
    assert run(["--db", str(db), "export", str(tmp_path / out), *arguments]) == 0
    said = capsys.readouterr()
    listed = [json.loads(line) for line in losses.read_text(encoding="utf-8").splitlines()]
    decisions = [one for one in listed if one["what"] == "decision of gold"]
    with Project.open(db) as project:
        layers = [project.store.layer(number, "gold") for number in (1, 2)]
    kept = [name for layer in layers if layer for name in layer.attributes]
    assert len(decisions) == len(kept) > 2
    assert all(name in one["why"] for name, one in zip(kept, decisions, strict=True))
    assert f"decision of gold: {len(kept)}" in said.out + said.err
    assert not {"attribute of the article", "value as text"} & {one["what"] for one in listed}


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
        (["--again"], 2, "--again is for --strategy"),
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
