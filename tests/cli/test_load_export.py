"""`load` and `export` as commands: what is printed where, and the exit status."""

from __future__ import annotations

import json
import os
import re
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
    assert lines == [f"bad.jsonl:2: the text is empty ({hint}) … and 29 more like it"]
    assert "bad: 30 of 31, not stored" in out
    assert run(["load", "--json", "bad.jsonl"]) == BAD_INPUT
    assert len(json.loads(capsys.readouterr().out)["faults"]) == 30


def test_load_lists_the_first_twenty_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    span = '{"text":"Rebels","annotator":"Ana","spans":[{"start":%d,"end":99,"label":"actor"}]}\n'
    Path("bad.jsonl").write_text('{"text":""}\n' * 3 + "".join(span % n for n in range(30)) + '{"text":""}\n')
    assert run(["load", "bad.jsonl"]) == BAD_INPUT
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("bad.jsonl:1:") and lines[0].endswith(" … and 3 more like it")
    assert lines[1].startswith("bad.jsonl:4:") and not lines[1].endswith("like it")
    assert len(lines) == 21 and lines[-1] == "… and 11 more; --json lists them"


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
    assert "annotator --db other.db new" in capsys.readouterr().err
    assert not Path("other.db").exists()


def test_export_and_load_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "n.jsonl"]) == OK
    capsys.readouterr()
    assert run(["export", "o.jsonl"]) == OK
    assert capsys.readouterr().out.splitlines() == ["o.jsonl: 1 article, 1 layer, 2 spans", "lost: nothing"]
    assert run(["load", "o.jsonl"]) == OK
    assert "0 new with 0 spans, 1 already there" in capsys.readouterr().out


def test_export_to_a_pipe_keeps_it_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "n.jsonl"]) == OK
    capsys.readouterr()
    assert run(["export", "-", "--format", "jsonl"]) == OK
    out, err = capsys.readouterr()
    assert json.loads(out)["id"] == "a"
    assert "1 article" in err
    assert run(["export", "-", "--format", "jsonl", "--json"]) == USAGE


def test_export_lists_losses_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("spacy")
    assert run(["load", "n.jsonl"]) == OK
    capsys.readouterr()
    assert run(["export", "o.spacy"]) == OK
    assert "each is listed with --losses FILE" in capsys.readouterr().out
    assert run(["export", "o.spacy", "--losses", "l.jsonl"]) == OK
    assert "lost: misaligned: 1" in capsys.readouterr().out
    rows = Path("l.jsonl").read_text().splitlines()
    assert list(json.loads(rows[0])) == ["article", "annotator", "span", "what", "why", "gone"]
    assert [(json.loads(row)["span"], json.loads(row)["what"]) for row in rows] == [
        ("s2", "misaligned"),
        ("s2", "not in doc.ents"),
    ]
    assert run(["export", "o.spacy", "--losses", "-"]) == OK
    assert rows[0] in capsys.readouterr().out
    assert run(["export", "o.spacy", "--losses", "-", "--json"]) == OK
    assert [loss["span"] for loss in json.loads(capsys.readouterr().out)["lost"]] == ["s2", "s2"]


def test_a_strict_export_loses_nothing_and_lists_what_it_would_lose(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("spacy")
    assert run(["load", "n.jsonl"]) == OK
    Path("o.spacy").write_bytes(b"before")
    assert run(["export", "o.spacy", "--strict", "--losses", "l.jsonl"]) == BAD_INPUT
    assert "would lose: misaligned (1), not in doc.ents (1); nothing was written" in capsys.readouterr().err
    assert Path("o.spacy").read_bytes() == b"before" and len(Path("l.jsonl").read_text().splitlines()) == 2
    assert run(["export", "o.jsonl", "--strict"]) == OK
    assert not [path for path in here.iterdir() if path.name.startswith(".annotator")]


def test_an_option_that_the_format_does_not_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["load", "n.jsonl", "--option", "x=1"]) == USAGE
    assert "no option 'x'" in capsys.readouterr().err
    assert run(["export", "o.jsonl", "--option", "x=1"]) == USAGE
    assert run(["export", "o.jsonl", "--option", "x"]) == USAGE
    assert not Path("o.jsonl").exists()


def test_labels_of_others_are_refused_with_the_line_to_map_them(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.jsonl").write_text(LINE.replace('"actor"', '"Org"').replace("Aleppo", "Homs"))
    assert run(["load", "other.jsonl"]) == BAD_INPUT
    err = capsys.readouterr().err
    assert "labels that the schema does not have: Org (2)" in err and "--map 'Org=LABEL'" in err
    assert run(["load", "other.jsonl", "--map", "Org=town"]) == USAGE
    assert run(["load", "other.jsonl", "--map", "Org"]) == USAGE
    capsys.readouterr()
    assert run(["load", "other.jsonl", "--map", "Org=actor"]) == OK
    assert "1 new with 2 spans" in capsys.readouterr().out


def test_labels_that_nobody_wants_are_left_out_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.jsonl").write_text(LINE.replace('"label":"actor","text"', '"label":"Org","text"'))
    assert run(["load", "other.jsonl", "--drop-unmapped", "--losses", "l.jsonl"]) == OK
    out, err = capsys.readouterr()
    assert "lost: label not in the schema: 1" in out
    assert "--map 'Org=LABEL'" in err and "labels that the schema does not have, left out: Org (1)" in err
    assert "--drop-unmapped" not in err
    loss = json.loads(Path("l.jsonl").read_text())
    assert (loss["article"], loss["annotator"], loss["span"], loss["gone"]) == ("a", "Ana", "s1", True)


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
    assert all(len(line) < 300 for line in capsys.readouterr().err.splitlines())
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


def test_a_split_needs_no_format_and_tells_of_empty_parts(capsys: pytest.CaptureFixture[str]) -> None:
    run(["load", "n.jsonl"])
    capsys.readouterr()
    assert run(["export", "parts", "--split", "1/1/1"]) == OK
    out, err = capsys.readouterr()
    counts = {Path(line.split(":")[0]).name: int(line.split()[1]) for line in out.splitlines() if " article" in line}
    assert sorted(counts) == ["dev.jsonl", "test.jsonl", "train.jsonl"] and sum(counts.values()) == 1
    empty = ", ".join(str(Path("parts", name)) for name, number in counts.items() if not number)
    assert err.startswith(f"note: no article in {empty}: 1 article divided 1/1/1 by chance")
    assert run(["export", "parts", "--split", "1/0/0"]) == OK
    assert capsys.readouterr().err == ""
    assert run(["export", "other", "--split", "1/0/0", "--format", "csv"]) == OK
    assert sorted(path.name for path in Path("other").iterdir()) == ["dev.csv", "test.csv", "train.csv"]


def test_a_split_of_nothing_has_no_parts_to_tell_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "parts", "--split", "1/1/1"]) == OK
    assert capsys.readouterr().err == ""


def test_one_of_something_is_told_in_the_singular(capsys: pytest.CaptureFixture[str]) -> None:
    span = '{"start":0,"end":6,"label":"actor","text":"Rebels"}'
    Path("one.jsonl").write_text(f'{{"id":"a","text":"Rebels shelled Aleppo.","annotator":"Ana","spans":[{span}]}}\n')
    told = []
    for command in (
        ["load", "one.jsonl"],
        ["load", "one.jsonl"],
        ["export", "o.jsonl"],
        ["convert", "one.jsonl", "c.csv"],
        ["selftest", "one.jsonl"],
        ["split", "ana.db", "--annotator", "Ana", "--all"],
        ["merge", "ana.db"],
        ["status"],
    ):
        assert run(command) == OK
        told.append(capsys.readouterr().out)
    whole = "\n".join(told)
    for words in ("1 new with 1 span,", "1 record had", "o.jsonl: 1 article, 1 layer, 1 span", "1 record with 1 span"):
        assert words in whole
    assert not re.search(r"(?<![\d.,])1 (\w+ )?(articles|layers|spans|records|batches|places|differences)\b", whole)


def test_an_encoding_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    text = "Ð¡ÐµÐ»Ð¾ caf\xe9"
    Path("a.txt").write_bytes(text.encode("latin-1"))
    assert run(["load", "--encoding", "latin1", "a.txt"]) == OK
    assert "note: a.txt: read as iso8859-1, as --encoding says" in capsys.readouterr().out
    assert run(["convert", "--encoding", "latin1", "a.txt", "b.jsonl"]) == OK
    assert "note: a.txt: read as iso8859-1" in capsys.readouterr().out
    assert json.loads(Path("b.jsonl").read_text())["text"] == text
    Path("t.csv").write_bytes("id,text\na,café\n".encode("utf-16"))
    assert run(["selftest", "--encoding", "utf-16", "t.csv"]) == OK
    assert "equal" in capsys.readouterr().out
    assert run(["load", "--encoding", "utf8", "a.txt"]) == BAD_INPUT
    fault = "a.txt:1: is not utf-8: byte 0xe9 at 12 does not fit"
    assert capsys.readouterr().err.startswith(fault)
    assert run(["load", "--encoding", "utf9", "a.txt"]) == USAGE
    assert "there is no encoding 'utf9' (did you mean utf" in capsys.readouterr().err
