"""`new`, `status`, `check`, `tag` without a terminal, and `demo`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.cli import group, run
from annotator.core.edits import Add
from annotator.core.spans import Span
from annotator.project import Project
from annotator.store.visits import Visit


def call(db: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(group, ["--db", str(db), *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return (result.return_value if isinstance(result.return_value, int) else result.exit_code), result.output


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "c.db"
    call(path, "new")
    (tmp_path / "a.txt").write_text("Shells hit Taiz.\nTen died.", encoding="utf-8")
    call(path, "load", str(tmp_path / "a.txt"))
    return path


def tag(db: Path, *spans: Span) -> None:
    with Project.open(db) as project:
        project.add_annotator("ana")
        project.session(1, "ana").do([Add(span) for span in spans])


def test_people_without_a_layer_or_place_are_shown(db: Path) -> None:
    for name in ("bo", "cy"):
        assert call(db, "annotators", "add", name)[0] == 0
    call(db, "annotators", "retire", "cy")
    text = call(db, "status")[1]
    assert "Nobody has tagged" in text
    assert next(line for line in text.splitlines() if line.startswith("bo")).split()[:4] == ["bo", "human", "1", "0"]
    assert not any(line.startswith("cy") for line in text.splitlines())
    assert [one["annotator"] for one in json.loads(call(db, "status", "--json")[1])["annotators"]] == ["bo"]


def test_status_before_and_after_tagging(db: Path) -> None:
    assert "Nobody has tagged" in call(db, "status")[1]
    tag(db, Span("s1", 11, 15, "location"), Span("s2", 17, 20, "casualty"))
    text = call(db, "status")[1]
    assert "1 article · schema conflict-events@1" in text
    row = next(line for line in text.splitlines() if line.startswith("ana")).split()
    assert row == ["ana", "human", "0", "1", "0", "0", "2", "0", "1", "1", "0", "0", "s", "0", "s"]
    data = json.loads(call(db, "status", "--json")[1])
    assert data["articles"] == 1
    assert data["annotators"][0]["labels"] == {"actor": 0, "location": 1, "casualty": 1, "displacement": 0}
    assert data["annotators"][0]["open"] == 1


def test_status_shows_everybody_who_is_not_retired(db: Path) -> None:
    tag(db, Span("s1", 11, 15, "location"))
    call(db, "concordance", "Taiz", "--set", "actor", "--for", "ana", "--author", "lee", "--yes")
    with Project.open(db) as project:
        assert ("lee", "human") in project.store.annotators()  # as the author of what is in the journal
        project.add_annotator("bo")
        project.add_annotator("cy")
    names = [one["annotator"] for one in json.loads(call(db, "status", "--json")[1])["annotators"]]
    assert names == ["ana", "bo", "cy"]  # lee has read nothing, and is not to
    call(db, "restore", "--annotator", "ana", "--before", "2", "--to", "was")
    (was,) = (one for one in json.loads(call(db, "status", "--json")[1])["annotators"] if one["annotator"] == "was")
    assert (was["open"], was["todo"]) == (1, 0)
    for name in ("bo", "lee"):
        call(db, "annotators", "retire", name)
    assert "lee" not in call(db, "status")[1]
    with Project.open(db) as project:  # bo has opened an article, and cy is given one
        project.keep_visit(1, "bo", Visit(0, 1, 0, 3.0)).result()
    call(db, "assign", "--annotators", "cy,ana", "--overlap", "2")
    listed = json.loads(call(db, "status", "--json")[1])["annotators"]
    assert [(one["annotator"], one["todo"]) for one in listed] == [("ana", 0), ("bo", 1), ("cy", 1), ("was", 0)]


def test_check_finds_nothing(db: Path) -> None:
    tag(db, Span("s1", 11, 15, "location"))
    status, text = call(db, "check")
    assert status == 0
    assert text == "1 layer: 0 errors, 0 warnings\n"


def test_check_lists_errors_and_leaves_with_1(db: Path) -> None:
    tag(db, Span("s1", 11, 15, "town"), Span("s2", 11, 14, "location"))
    status, text = call(db, "check")
    assert status == 1
    assert "a · ana · s1 at 11: error: label 'town' is not in the schema" in text
    assert "a · ana · s2 at 11: warning: cuts a word in two" in text
    data = json.loads(call(db, "check", "--json")[1])
    assert (data["errors"], data["warnings"], data["layers"]) == (1, 1, 1)
    assert {problem["code"] for problem in data["problems"]} == {"label-unknown", "span-cuts-word"}


def test_warnings_count_only_when_asked(db: Path) -> None:
    tag(db, Span("s1", 11, 14, "location"))
    assert call(db, "check")[0] == 0
    assert call(db, "check", "--strict")[0] == 1


def test_check_of_an_annotator_who_is_not_there(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--db", str(db), "check", "--annotator", "zoe"]) == 3
    assert "no annotator 'zoe'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["tag"], 2, "needs a terminal"),
        (["tag", "--article", "nowhere"], 3, "no article 'nowhere'"),
        ([], 2, "needs a terminal"),
    ],
)
def test_the_screens_without_a_terminal(
    db: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, words: str
) -> None:
    assert run(["--db", str(db), *arguments]) == status
    assert words in capsys.readouterr().err


def test_tag_without_articles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(tmp_path / "e.db", "new")
    assert run(["--db", str(tmp_path / "e.db"), "tag"]) == 3
    assert "no articles yet" in capsys.readouterr().err


def test_new_with_another_schema(tmp_path: Path) -> None:
    text = call(tmp_path / "p.db", "new", "--schema", "persons-places")[1]
    assert "persons-places@1 (person, organisation, place)" in text
    with Project.open(tmp_path / "p.db") as project:
        assert list(project.schema.labels) == ["person", "organisation", "place"]


def test_demo_prints_status_and_agreement_and_keeps_what_is_there(tmp_path: Path) -> None:
    text = call(tmp_path / "unused.db", "demo", str(tmp_path / "d"))[1]
    assert "2 annotators (annotator-1, annotator-2) · 26 of 26 articles read by two and more" in text
    assert re.search(r"^exact-f1 +0\.\d{3} +█", text, re.MULTILINE)
    assert "exact-f1 by label" in text
    assert "gold" in text
    with Project.open(tmp_path / "d" / "annotator.db") as project:
        count = project.store.count()
        project.session(1, "me").do([Add(Span("s1", 0, 6, "actor"))])
    assert count >= 24
    again = call(tmp_path / "unused.db", "demo", str(tmp_path / "d"))[1]
    assert "me " in again


def test_demo_with_a_broken_corpus_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "conflict-news.jsonl").write_text("{broken\n", encoding="utf-8")
    monkeypatch.setattr("annotator.resources.corpus_dir", lambda: tmp_path / "corpus")
    assert run(["demo", str(tmp_path / "d")]) == 3
    assert "cannot be loaded" in capsys.readouterr().err
    assert list((tmp_path / "d").iterdir()) == []


def test_demo_that_is_stopped_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("annotator.intake.load", stopped)
    assert run(["demo", str(tmp_path / "d")]) == 130
    assert list((tmp_path / "d").iterdir()) == []
