"""The main job end to end in a real terminal: load, tag, be killed, find everything again, undo, check, export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support import ROOT, clock, load, record, schema

from annotator.cli import run
from annotator.project import Project

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)
from pty_run import Terminal

pytestmark = pytest.mark.slow
SEEDS = ROOT.parent / "shared" / "data" / "seeds"
RIGHT = "\x1b[C"
SAVED, NOT_SAVED = "● saved", "NOT SAVED"

FIRST = "Gunmen killed two near Taiz.\n\nDozens of families fled to Al-Fashir on Sunday.\n"
SECOND = "Київ: обстріл.\n难民 👩‍👩‍👧‍👦 e\u0301\n"


@pytest.fixture(autouse=True)
def utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")


def annotator(db: Path, *arguments: object, status: int = 0) -> str:
    """Run a command without a terminal and return what it prints."""
    command = [sys.executable, "-m", "annotator", "--db", str(db), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=db.parent, env=environment, text=True, encoding="utf-8", capture_output=True, timeout=60
    )
    assert done.returncode == status, done.stderr
    return done.stdout


def tagging(db: Path) -> Terminal:
    return Terminal("--db", db, "tag", "--annotator", "ana", size=(100, 30))


def press_and_be_saved(app: Terminal, keys: str) -> None:
    """Type, and come back the moment the screen says that what the last key did is saved."""
    app.quiet(0.1)
    if keys[:-1]:
        app.send(keys[:-1])  # apart, because a frame of theirs says "saved", too
        app.quiet(0.3)
    since = len(app.output)
    app.send(keys[-1])
    app.until(SAVED, since=since)


def spans(db: Path) -> list[tuple[str, str]]:
    """Return label and words of ana's spans, opened anew."""
    with Project.open(db, read_only=True) as project:
        return [
            (span.label, span.surface(record.text))
            for record in project.store.stream(annotators=["ana"])
            for span in (record.layer.spans if record.layer else ())
        ]


def tag_four_and_be_killed(db: Path, *steps: str) -> None:
    """Tag with one step's keys after the other, and kill the program straight after the last one's saved mark."""
    with tagging(db) as app:
        app.ready(SAVED)
        for keys in steps:
            press_and_be_saved(app, keys)
        app.process.kill()
        assert app.ends() == -9
        assert NOT_SAVED.encode() not in app.output


def undo_again_and_quit(db: Path) -> None:
    """Open anew, undo the last tag and redo it, and leave by the queue."""
    before = spans(db)
    with tagging(db) as app:
        app.ready(SAVED)
        press_and_be_saved(app, "u")
        assert len(spans(db)) == 3
        press_and_be_saved(app, "U")
        assert spans(db) == before
        app.send("q")
        app.until("Enter opens")
        app.quiet(0.15)
        app.send("q")
        assert app.ends() == 0
        assert app.restored


def exports_agree(db: Path, expected: list[tuple[str, str]]) -> None:
    """Export to JSONL and DocBin and compare every span with the slice of its article."""
    lines = db.with_name("out.jsonl")
    annotator(db, "export", lines, "--format", "jsonl", "--layer", "ana")
    found = []
    for line in map(json.loads, lines.read_text(encoding="utf-8").splitlines()):
        for span in line["spans"]:
            assert span["text"] == line["text"][span["start"] : span["end"]]
            found.append((span["label"], span["text"]))
    assert found == expected

    spacy = pytest.importorskip("spacy", reason="the spacy extra is not installed")
    from spacy.tokens import DocBin

    path = db.with_name("out.spacy")
    # In this process, which needs spaCy anyway; the import of another would take longer than all else here.
    assert run(["--db", str(db), "export", str(path), "--format", "docbin", "--layer", "ana"]) == 0
    docs = list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))
    texts = {json.loads(line)["text"] for line in lines.read_text(encoding="utf-8").splitlines()}
    assert {doc.text for doc in docs} == texts
    assert sorted((span.label_, span.text) for doc in docs for span in doc.spans["sc"]) == sorted(expected)


def test_what_was_saved_when_it_was_killed_is_there_again(tmp_path: Path) -> None:
    db = tmp_path / "news.db"
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "1.txt").write_text(FIRST, encoding="utf-8", newline="")
    (folder / "2.txt").write_text(SECOND, encoding="utf-8", newline="")
    annotator(db, "new")
    annotator(db, "load", folder)

    shift_right = "\x1b[1;2C"
    tag_four_and_be_killed(db, "a", RIGHT + RIGHT + "c", RIGHT + RIGHT + "l", "n" + shift_right + shift_right + "d")
    expected = [("actor", "Gunmen"), ("casualty", "two"), ("location", "Taiz"), ("displacement", "Dozens of families")]
    assert spans(db) == expected
    undo_again_and_quit(db)
    annotator(db, "check")
    exports_agree(db, expected)


def test_the_two_seed_articles(tmp_path: Path) -> None:
    seeds = sorted(SEEDS.glob("*.txt"))
    if len(seeds) != 2:
        pytest.skip(f"the two articles are not in {SEEDS}")
    db = tmp_path / "news.db"
    annotator(db, "new")
    annotator(db, "load", *seeds)
    tag_four_and_be_killed(db, "na", "nl", "nc", "nnd")  # past "Aug", to the day
    tagged = spans(db)
    assert [label for label, _ in tagged] == ["actor", "location", "casualty", "displacement"]
    text = seeds[0].read_text(encoding="utf-8")
    places = [text.index(words) for _, words in tagged]
    assert places == sorted(places)
    undo_again_and_quit(db)
    annotator(db, "check")
    exports_agree(db, tagged)


def test_nothing_runs_on_after_the_project_is_closed(tmp_path: Path) -> None:
    def writers() -> set[str]:
        return {f"{thread.name} {thread.ident}" for thread in threading.enumerate() if "annotator" in thread.name}

    before = writers()
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(project, record("one"))
        session = project.session(1, "ana")
        assert len(writers() - before) == 1
        session.close()
    assert writers() == before
