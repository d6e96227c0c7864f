"""Where there are leads: gold comes in through no back door, and nobody is added by a slip of the finger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import load, reading_of, record, schema
from test_timeline import Clock

from annotator import team
from annotator.cli import run
from annotator.core.edits import Add
from annotator.core.layer import Layer
from annotator.core.spans import Span
from annotator.project import Project

ONE, TWO = Span("s1", 4, 12, "actor"), Span("s2", 31, 41, "location")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two people, of whom lea is a lead, two articles, and gold of the first one; who is at the terminal is ben."""
    settings = tmp_path / "settings.toml"
    settings.write_text('annotator = "ben"\n', encoding="utf-8")
    monkeypatch.setenv("ANNOTATOR_SETTINGS", str(settings))
    monkeypatch.setattr("annotator.cli.tag.in_browser", lambda: True)
    monkeypatch.chdir(tmp_path)
    with Project.create(tmp_path / "a.db", schema(), clock=Clock()) as project:
        load(project, record("a", layer=reading_of("ben", ONE)), record("b"))
        team.add(project, "lea", by="lea")
        tag("a.db", "gold", "lea", ONE, project=project)
        team.set_role(project, "lea", "lead", by="lea")
    return tmp_path


def tag(path: str, annotator: str, author: str, span: Span, *, project: Project | None = None) -> None:
    clock = Clock()
    clock.minutes = span.start * 10
    opened = project or Project.open(Path(path), clock=clock)
    if annotator == "gold":
        opened.add_annotator("gold", "gold")
    session = opened.session(1, annotator, author=author)
    session.do([Add(span)])
    session.close()
    if project is None:
        opened.close()


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(["--db", "a.db", *arguments])
    return status, *capsys.readouterr()


def gold() -> Layer:
    with Project.open(Path("a.db"), read_only=True) as project:
        layer = project.store.layer(1, "gold")
        assert layer is not None
        return layer


def people() -> list[str]:
    with Project.open(Path("a.db"), read_only=True) as project:
        return [name for name, _ in project.store.annotators()]


def split_and_strip(capsys: pytest.CaptureFixture[str]) -> None:
    """Split off a file with the gold layer for ben, and make ben a lead in it."""
    assert call(capsys, "split", "ben.db", "--annotator", "ben", "--all", "--with", "gold")[0] == 0
    with Project.open(Path("ben.db")) as away:
        assert [(one.name, one.role) for one in away.store.people()] == [
            ("ben", "annotator"), ("gold", "annotator"), ("lea", "lead"),
        ]  # fmt: skip
        team.set_role(away, "ben", "lead", by="lea")


def test_gold_that_somebody_else_settled_elsewhere_is_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split_and_strip(capsys)
    tag("ben.db", "gold", "ben", TWO)
    tag("ben.db", "ben", "ben", TWO)
    for dry in (("--dry-run",), ()):
        status, out, _ = call(capsys, "merge", "ben.db", *dry)
        assert status == 1
        assert "1 layer brought forward" in out and "1 layer left out" in out
        assert "1 gold layer changed by ben, no lead here: left out; a lead can take them in" in out
    assert gold().spans == (ONE,)
    status, out, _ = call(capsys, "merge", "ben.db", "--annotator", "lea", "--json")
    assert status == 0 and gold().spans == (ONE, TWO)
    assert json.loads(out)["files"][0]["gold"] == [{"key": "a", "annotator": "gold", "authors": ["ben"], "taken": True}]


def test_gold_that_parted_or_is_new_is_left_out_just_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split_and_strip(capsys)
    tag("ben.db", "gold", "ben", TWO)
    tag("a.db", "gold", "lea", Span("s3", 50, 53, "actor"))
    assert call(capsys, "merge", "ben.db")[0] == 1
    assert "gold~2" not in people()
    assert call(capsys, "merge", "ben.db", "--annotator", "lea")[0] == 1  # a conflict, which is told
    assert "gold~2" in people()


def test_gold_of_a_lead_comes_in_whoever_merges(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split_and_strip(capsys)
    tag("ben.db", "gold", "lea", TWO)
    assert call(capsys, "merge", "ben.db")[0] == 0
    assert gold().spans == (ONE, TWO)


def test_nobody_else_loads_or_restores_gold(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = {"id": "c", "text": "Another text about Taiz.", "spans": [{"start": 19, "end": 23, "label": "location"}]}
    Path("g.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    load_gold = ("load", "g.jsonl", "--annotator", "tut", "--kind", "gold")
    restore = ("restore", "--annotator", "gold", "--at", "2026-02-01", "--to", "was")
    for arguments in (load_gold, restore):
        status, _, err = call(capsys, *arguments)
        assert status == 3 and "only a lead may" in err and "give --author lea" in err
        assert people() == ["ben", "gold", "lea"]
    for arguments in (load_gold, restore):
        assert call(capsys, *arguments, "--author", "lea")[0] == 0
    assert people() == ["ben", "gold", "lea", "tut", "was"]


@pytest.mark.parametrize(
    "arguments",
    [
        "undo --batch 1 --annotator bne",
        "tag --annotator bne",
        "serve --annotator bne",
        "adjudicate --annotator bne",
        "split b.db --annotator bne --all",
    ],
)
def test_a_slip_of_the_finger_adds_nobody(folder: Path, capsys: pytest.CaptureFixture[str], arguments: str) -> None:
    status, out, err = call(capsys, *arguments.split())
    assert (status, out, err.count("\n")) == (3, "", 1)
    assert "no annotator 'bne' here" in err and "did you mean 'ben'?" in err
    assert "a lead adds people with `annotator --db a.db annotators add bne`" in err
    assert people() == ["ben", "gold", "lea"] and not Path("b.db").exists()


def test_without_leads_a_new_name_may_tag_but_gets_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Project.open(Path("a.db")) as project:
        team.set_role(project, "lea", "annotator", by="lea", unled=True)
        project.store.admit("carol")
    status, _, err = call(capsys, "split", "b.db", "--annotator", "carol", "--all")
    assert status == 3 and "no annotator 'carol' here" in err and not Path("b.db").exists()
    status, _, err = call(capsys, "tag", "--annotator", "a,b")
    assert status == 3 and "separates names" in err


def test_a_name_to_look_for_is_put_right(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = call(capsys, "history", "--annotator", "bern")
    assert status == 3 and "no annotator 'bern'" in err and "did you mean 'ben'?" in err
