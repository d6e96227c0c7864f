"""`load` and `export` as commands: what is printed where, and the exit status."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from annotator.cli import run
from annotator.cli.common import stoppable
from annotator.cli.load import LONGEST, line_of
from annotator.core.record import Bad
from annotator.errors import BAD_INPUT, DATABASE, OK, USAGE
from annotator.formats.atomic import Output

LINE = (
    '{"id":"a","text":"Rebels shelled Aleppo.","annotator":"Ana",'
    '"spans":[{"start":0,"end":6,"label":"actor","text":"Rebels"},{"start":0,"end":3,"label":"actor"}]}\n'
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run(["new"]) == OK
    Path("n.jsonl").write_text(LINE)
    capsys.readouterr()
    return tmp_path


def test_load_prints_what_it_stored(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "n.jsonl"]) == OK
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "articles: 1 new; 0 records had a text that was there already",
        "layers: 1 new with 2 spans, 0 already there",
    ]
    assert err == ""


def test_load_lists_what_is_bad_on_stderr_and_the_first_twenty_only(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.jsonl").write_text(LINE + '{"text":""}\n' * 30)
    assert run(["load", "bad.jsonl"]) == BAD_INPUT
    out, err = capsys.readouterr()
    lines = err.splitlines()
    hint = "an article needs at least one character that is not blank"
    assert lines[0] == f"bad.jsonl:2: the text is empty ({hint})"
    assert len(lines) == 21 and lines[-1] == "… and 10 more; --json lists them"
    assert "bad: 30 of 31, not stored" in out
    assert run(["load", "--json", "bad.jsonl"]) == BAD_INPUT
    assert len(json.loads(capsys.readouterr().out)["faults"]) == 30


def test_load_strict_stores_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.jsonl").write_text(LINE + "{")
    assert run(["load", "--strict", "bad.jsonl"]) == BAD_INPUT
    assert "nothing was stored, because of --strict" in capsys.readouterr().out
    assert run(["load", "--strict", "n.jsonl"]) == OK


def test_controls_in_names_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "no\x1b[31m"]) == BAD_INPUT
    assert "\x1b" not in capsys.readouterr().err


def test_load_without_a_database_says_how_to_make_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--db", "other.db", "load", "n.jsonl"]) == DATABASE
    assert "annotator new" in capsys.readouterr().err
    assert not Path("other.db").exists()


def test_export_and_load_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "n.jsonl"]) == OK
    capsys.readouterr()
    assert run(["export", "o.jsonl"]) == OK
    assert capsys.readouterr().out.splitlines() == ["o.jsonl: 1 articles, 1 layers, 2 spans", "lost: nothing"]
    assert run(["load", "o.jsonl"]) == OK
    assert "0 new with 0 spans, 1 already there" in capsys.readouterr().out


def test_export_to_a_pipe_keeps_it_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "n.jsonl"]) == OK
    capsys.readouterr()
    assert run(["export", "-", "--format", "jsonl"]) == OK
    out, err = capsys.readouterr()
    assert json.loads(out)["id"] == "a"
    assert "1 articles" in err
    assert run(["export", "-", "--format", "jsonl", "--json"]) == USAGE


def test_export_lists_losses_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("spacy")
    assert run(["load", "n.jsonl"]) == OK
    capsys.readouterr()
    assert run(["export", "o.spacy"]) == OK
    assert "each is listed with --losses FILE" in capsys.readouterr().out
    assert run(["export", "o.spacy", "--losses", "l.tsv"]) == OK
    assert "lost: misaligned: 1" in capsys.readouterr().out
    head, *rows = Path("l.tsv").read_text().splitlines()
    assert head.split("\t") == ["article", "annotator", "span", "what", "why"]
    assert [row.split("\t")[2:4] for row in rows] == [["s2", "misaligned"], ["s2", "not in doc.ents"]]
    assert run(["export", "o.spacy", "--losses", "-"]) == OK
    assert rows[0] in capsys.readouterr().out
    assert run(["export", "o.spacy", "--losses", "-", "--json"]) == OK
    assert [loss["span"] for loss in json.loads(capsys.readouterr().out)["lost"]] == ["s2", "s2"]


def test_the_list_of_losses_never_replaces_the_database_or_the_export(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["load", "n.jsonl"]) == OK
    before = Path("annotator.db").read_bytes()
    assert run(["export", "o.jsonl", "--losses", "annotator.db"]) == USAGE
    assert run(["export", "o.jsonl", "--losses", "o.jsonl"]) == USAGE
    assert "would be written twice" in capsys.readouterr().err
    assert Path("annotator.db").read_bytes() == before
    assert sorted(path.name for path in here.iterdir() if "annotator.db" not in path.name) == ["n.jsonl"]


def test_a_fault_that_quotes_something_huge_is_still_one_short_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.jsonl").write_text(LINE.replace('"label":"actor"', '"label":"%s"' % ("q" * 9999)))
    assert run(["load", "bad.jsonl"]) == BAD_INPUT
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < 300
    bad = Bad("bad.jsonl:1", "x" * 9999, "hint")
    assert line_of(bad) == f"bad.jsonl:1: {'x' * LONGEST}… (hint)"


def test_a_program_without_streams_works(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert run(["load", "n.jsonl"]) == OK
    assert run(["status"]) == OK
    assert run(["load", "none.jsonl"]) == BAD_INPUT
    for name in ("stdin", "stdout", "stderr"):
        getattr(sys, name).close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program without asking it")
def test_a_program_that_is_told_to_end_takes_its_half_written_file_away(here: Path) -> None:
    (here / "out").mkdir()
    with pytest.raises(KeyboardInterrupt), stoppable(), Output(here / "out" / "o.jsonl") as output:
        output.file.write(b"half")
        assert len(list((here / "out").iterdir())) == 1
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    assert list((here / "out").iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
