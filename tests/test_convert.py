"""From file to file without a database, and a file against itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotator.cli import run
from annotator.errors import BAD_INPUT, OK, PROBLEMS, USAGE, InputError, UsageError
from annotator.formats.atomic import OutputFolder
from annotator.selftest import Difference, selftest

TWO = (
    '{"id":"a","text":"Rebels shelled Aleppo.","annotator":"Ana","spans":[{"start":0,"end":6,"label":"Org"}]}\n'
    '{"id":"b","text":"Nothing here.","title":"B"}\n'
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in.jsonl").write_text(TWO)
    return tmp_path


def test_any_label_goes_through_without_a_schema(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "in.jsonl", "out.jsonl"]) == OK
    assert "out.jsonl: 2 articles, 1 layer, 1 span" in capsys.readouterr().out
    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [(line["id"], [span["label"] for span in line.get("spans", [])]) for line in lines] == [
        ("a", ["Org"]),
        ("b", []),
    ]
    assert sorted(path.name for path in here.iterdir()) == ["in.jsonl", "out.jsonl"]


def test_with_a_schema_labels_are_checked_and_can_be_renamed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "in.jsonl", "out.jsonl", "--schema", "conflict-events"]) == BAD_INPUT
    out, err = capsys.readouterr()
    assert "out.jsonl: 1 article" in out and "'Org' is not in the schema" in err and "Org=LABEL" in err
    assert run(["convert", "in.jsonl", "-", "--schema", "conflict-events", "--map", "Org=actor"]) == OK
    assert '"label":"actor"' in capsys.readouterr().out
    assert run(["convert", "in.jsonl", "o.jsonl", "--drop-unmapped"]) == USAGE


def test_a_strict_conversion_writes_nothing_if_anything_is_bad(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.jsonl").write_text(TWO + "{\n")
    assert run(["convert", "in.jsonl", "out.jsonl", "--strict"]) == BAD_INPUT
    assert "in.jsonl:3" in capsys.readouterr().err
    assert sorted(path.name for path in here.iterdir()) == ["in.jsonl"]


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        (["absent.jsonl"], "absent.jsonl: no such file or folder"),
        (["in.jsonl", "absent.jsonl"], "absent.jsonl: no such file or folder"),
        (["*.xyz"], "*.xyz: no file matches"),
        (["bad.jsonl"], "bad.jsonl: is one JSON document"),
    ],
    ids=["missing", "one missing", "no match", "all bad"],
)
@pytest.mark.parametrize("out", ["out.csv", "out.csv.gz"])
def test_what_is_there_stays_where_nothing_could_be_read(
    here: Path, inputs: list[str], why: str, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.jsonl").write_text("{\n")
    Path(out).write_text("mine")
    assert run(["convert", *inputs, out]) == BAD_INPUT
    printed, err = capsys.readouterr()
    assert printed == f"{out}: nothing was written\n" and err.startswith(why)
    assert Path(out).read_text() == "mine"
    assert sorted(path.name for path in here.iterdir()) == ["bad.jsonl", "in.jsonl", out]
    assert run(["convert", *inputs, out, "--json"]) == BAD_INPUT
    assert json.loads(capsys.readouterr().out)["written"]["files"] == []


def test_an_empty_file_becomes_an_empty_file() -> None:
    Path("empty.jsonl").touch()
    assert run(["convert", "empty.jsonl", "out.jsonl"]) == OK
    assert Path("out.jsonl").read_bytes() == b""


def test_a_pipe_takes_either_the_result_or_the_report() -> None:
    assert run(["convert", "in.jsonl", "-", "--json"]) == USAGE
    assert run(["convert", "in.jsonl", "out.jsonl", "--losses", "out.jsonl"]) == USAGE


def test_a_file_that_survives_is_equal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["selftest", "in.jsonl"]) == OK
    assert capsys.readouterr().out.splitlines()[-1] == "equal"
    Path("in.jsonl").write_text(TWO + "{\n")
    capsys.readouterr()
    assert run(["selftest", "in.jsonl"]) == BAD_INPUT
    assert capsys.readouterr().out.splitlines()[-1] == "equal, but for 1 bad one"
    Path("in.jsonl").write_text("{\n")
    assert run(["selftest", "in.jsonl", "--format", "jsonl"]) == BAD_INPUT
    assert capsys.readouterr().out.splitlines()[-1] == "nothing to compare: no record is good"
    assert run(["selftest", "nothing.jsonl"]) == USAGE
    Path("x.txt").write_text("words")
    assert run(["selftest", "x.txt"]) == USAGE


def test_what_a_format_cannot_carry_is_a_difference(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("spacy")
    assert run(["convert", "in.jsonl", "out.spacy"]) == OK
    assert selftest("out.spacy").differences == []
    assert run(["selftest", "out.spacy"]) == OK


def test_a_file_is_written_in_the_shape_that_it_came_in(capsys: pytest.CaptureFixture[str]) -> None:
    entities = [{"id": n, "start_offset": 7 * n, "end_offset": 7 * n + 6, "label": "x"} for n in (0, 1)]
    relations = [{"id": 0, "from_id": 0, "to_id": 1, "type": "hits"}]
    line = {"id": 1, "text": "Rebels shelled Aleppo.", "entities": entities, "relations": relations}
    Path("relations.jsonl").write_text(json.dumps(line) + "\n")
    assert run(["selftest", "relations.jsonl"]) == OK
    assert "cannot carry" not in capsys.readouterr().out
    assert run(["selftest", "relations.jsonl", "--option", "layout=triples"]) == PROBLEMS
    assert "the format cannot carry: link: 1" in capsys.readouterr().out


def test_differences_name_the_article_and_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    from annotator.formats import jsonl

    whole = jsonl.as_native
    monkeypatch.setattr(
        jsonl, "as_native", lambda record: {**whole(record), "title": "other", "spans": [], "annotator": "Ana"}
    )
    found = selftest("in.jsonl")
    assert Difference("a", "Ana", "title", "Rebels shelled Aleppo.", "other") in found.differences
    assert Difference("a", "Ana", "span", "0–6 Org {}", "") in found.differences
    assert Difference("b", "", "records", "1", "0") in found.differences
    assert run(["selftest", "in.jsonl"]) == PROBLEMS


def test_a_folder_is_there_whole_or_not_at_all(here: Path) -> None:
    for fails in (True, False):
        try:
            with OutputFolder(here / "deep" / "out") as output:
                (output.folder / "a").write_text("a")
                if fails:
                    raise InputError("no")
                output.finish()
                output.publish()
        except InputError:
            assert not (here / "deep").exists()
    assert [path.name for path in (here / "deep").iterdir()] == ["out"]
    assert (here / "deep" / "out" / "a").read_text() == "a"
    with pytest.raises(UsageError, match="not empty"):
        OutputFolder(here / "deep" / "out")
    with pytest.raises(UsageError, match="is a file"):
        OutputFolder(here / "in.jsonl")


def test_the_folders_of_annotators_are_one_article_with_all_its_layers(tmp_path: Path) -> None:
    for who in ("ana", "ben", "cleo"):
        (tmp_path / "team" / who).mkdir(parents=True)
        for name in ("a", "b"):
            (tmp_path / "team" / who / f"{name}.txt").write_text(f"Rebels shelled Taiz, {name}.")
            (tmp_path / "team" / who / f"{name}.ann").write_text("T1\tactor 0 6\tRebels\n")
    (tmp_path / "team" / "annotation.conf").write_text("[entities]\nactor\n")
    assert run(["convert", str(tmp_path / "team"), "tasks.json", "--to", "labelstudio"]) == OK
    tasks = json.loads(Path("tasks.json").read_bytes())
    assert [[one["annotator"]["name"] for one in task["annotations"]] for task in tasks] == [["ana", "ben", "cleo"]] * 2


SCORED = (
    '{"id":"a","text":"Rebels shelled.","annotator":"Ana","spans":[{"start":0,"end":6,"label":"actor","score":0.9}]}\n'
)


def test_what_native_lines_hold_besides_is_lost_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.jsonl").write_text(SCORED)
    assert run(["convert", "in.jsonl", "out.jsonl", "--losses", "lost.jsonl"]) == OK
    assert "lost: field of a span: 1" in capsys.readouterr().out
    assert json.loads(Path("lost.jsonl").read_text())["why"].startswith("'score' = 0.9 is not part")
    assert run(["convert", "in.jsonl", "new.jsonl", "--strict"]) == BAD_INPUT
    assert not Path("new.jsonl").exists()
    assert run(["selftest", "in.jsonl"]) == OK
    assert "lost in reading: field of a span: 1" in capsys.readouterr().out
    assert run(["new"]) == OK
    assert run(["load", "in.jsonl", "--strict"]) == BAD_INPUT
    assert "nothing was stored, because of --strict" in capsys.readouterr().out
    assert run(["load", "in.jsonl"]) == OK
    assert "lost: field of a span: 1" in capsys.readouterr().out


def test_notes_of_reading_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.jsonl").write_text('{"text":"a","src":1}\n')
    assert run(["convert", "in.jsonl", "out.jsonl"]) == OK
    assert "note: in.jsonl:1: field 'src' is not part of the format and was kept in meta" in capsys.readouterr().out


def test_labels_of_nobody_are_refused_until_somebody_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.conll").write_text("Rebels B-actor\nshelled O\n")
    assert run(["convert", "in.conll", "out.jsonl"]) == BAD_INPUT
    assert "labels without an annotator (say whose they are with --annotator NAME)" in capsys.readouterr().err
    assert not Path("out.jsonl").exists()
    assert run(["convert", "in.conll", "out.jsonl", "--annotator", "ana"]) == OK
    assert json.loads(Path("out.jsonl").read_text())["annotator"] == "ana"
    assert run(["selftest", "in.conll"]) == OK  # where nothing is made that would be somebody's


def test_articles_that_a_format_has_no_place_for_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", "in.jsonl", "out", "--to", "brat"]) == OK
    said = "left out: 1 article that nobody has read, for which the format 'brat' has no place"
    assert said in capsys.readouterr().out
    assert run(["new"]) == OK
    assert run(["load", "in.jsonl", "--map", "Org=actor"]) == OK
    capsys.readouterr()
    assert run(["export", "read", "--format", "brat"]) == OK
    assert said in capsys.readouterr().out
    assert run(["export", "again", "--format", "brat", "--json"]) == OK
    assert json.loads(capsys.readouterr().out)["unread"] == 1
    for some in (["--layer", "Ana"], ["--status", "open"]):  # only these were asked for
        assert run(["export", some[1], "--format", "brat", *some]) == OK
        assert "left out" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (
            ["convert", "in.conll", "o.conll", "--option", "articles=documents"],
            "it is for reading; in convert give --read",
        ),
        (["convert", "in.conll", "o.conll", "--from", "conll", "--read-option", "keep=first"], "it is for writing"),
        (["export", "o.conll", "--option", "column=2"], "it is for reading"),
        (["load", "in.conll", "--format", "conll", "--option", "keep=first"], "it is for writing"),
    ],
)
def test_an_option_of_the_other_direction_is_refused(
    line: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("in.conll").write_text("# annotator = ana\nRebels B-actor\nshelled O\n")
    assert run(["new"]) == OK
    assert run(line) == USAGE
    assert hint in capsys.readouterr().err and not Path("o.conll").exists()
    assert run(["convert", "in.conll", "o.conll", "--option", "keep=first", "--annotator", "a"]) == OK
    assert run(["selftest", "in.conll", "--option", "keep=first", "--option", "articles=documents"]) == OK


@pytest.mark.parametrize(
    "line",
    [
        ["load", ""],
        ["load", "in.jsonl", ""],
        ["convert", "", "out.jsonl"],
        ["convert", "in.jsonl", ""],
        ["convert", "in.jsonl", "", "--to", "jsonl"],
        ["convert", "in.jsonl", "out.jsonl", "--losses", ""],
        ["selftest", ""],
        ["export", ""],
        ["export", "", "--format", "jsonl"],
        ["export", "", "--split", "80/10/10"],
        ["backup", ""],
        ["merge", ""],
        ["split", "", "--annotator", "ana", "--all"],
    ],
    ids=" ".join,
)
def test_an_empty_path_is_not_the_folder_here(here: Path, line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new"]) == OK
    capsys.readouterr()
    assert run(line) == USAGE
    assert "empty" in capsys.readouterr().err
    assert not [path.name for path in here.iterdir() if not path.name.startswith(("in.jsonl", "annotator.db"))]


def test_what_spacy_writes_a_line_is_known_by_its_content(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("spacy")
    assert run(["convert", "in.jsonl", "docs.jsonl", "--to", "spacy-docs"]) == OK
    assert run(["selftest", "docs.jsonl"]) == OK
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "spacy-docs: 1 record with 1 span read, written and read again", "equal",
    ]  # fmt: skip
    assert run(["convert", "docs.jsonl", "back.jsonl"]) == OK
    assert [json.loads(line)["annotator"] for line in Path("back.jsonl").read_text().splitlines()] == ["Ana"]


@pytest.mark.parametrize("target", ["csv", "labelstudio", "brat"])
def test_an_id_of_another_text_is_refused_and_no_words_change(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    other = '{"id":"a","text":"Taiz burns.","annotator":"Ana","spans":[{"start":0,"end":4,"label":"Loc"}]}\n'
    again = TWO.splitlines(True)[0].replace("Ana", "Ben")
    Path("in.jsonl").write_text(TWO + other + again)
    assert run(["convert", "in.jsonl", "out", "--to", target]) == BAD_INPUT
    assert "in.jsonl:3: id 'a' already belongs to another text" in capsys.readouterr().err
    assert run(["convert", "out", "back.jsonl", "--from", target]) == OK
    lines = [json.loads(line) for line in Path("back.jsonl").read_text().splitlines()]
    found = {
        (line["annotator"], line["text"], *(one["text"] for one in line["spans"])) for line in lines if "spans" in line
    }
    assert found == {("Ana", "Rebels shelled Aleppo.", "Rebels"), ("Ben", "Rebels shelled Aleppo.", "Rebels")}


@pytest.mark.parametrize("source", ["labelstudio", "doccano", "prodigy", "hf-spans-jsonl", "labelstudio-min"])
def test_values_on_one_line_have_an_id_each(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    texts = ["Taiz hit.", "", "Aden hit."]
    rows = [{"data": {"text": text}} if source == "labelstudio" else {"text": text} for text in texts]
    Path("tasks.json").write_text(json.dumps(rows))
    assert run(["convert", "tasks.json", "out.jsonl", "--from", source]) == BAD_INPUT
    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [(line["id"], line["text"]) for line in lines] == [("tasks:1", "Taiz hit."), ("tasks:1.3", "Aden hit.")]
    assert "tasks.json:1 (value 2): " in capsys.readouterr().err


def test_a_refused_layer_of_a_task_says_whose_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    def by(name: str, words: str) -> dict[str, object]:
        value = {"start": 0, "end": 4, "text": words, "labels": ["Loc"]}
        region = {"id": "r", "from_name": "l", "to_name": "t", "type": "labels", "value": value}
        return {"completed_by": {"email": name}, "result": [region]}

    task = {"id": 7, "data": {"text": "Taiz hit."}, "annotations": [by("ana@x.org", "Taiz"), by("ben@x.org", "Aden")]}
    Path("tasks.json").write_text(json.dumps([task]))
    assert run(["convert", "tasks.json", "out.jsonl"]) == BAD_INPUT
    assert "tasks.json:1, by ben@x.org: span 0–4: the text there is 'Taiz', not 'Aden'" in capsys.readouterr().err


def test_an_option_of_the_format_read_is_called_what_it_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    Path("tasks.json").write_text('[{"data": {"image": "/a.png"}}]')
    assert run(["convert", "tasks.json", "out.jsonl", "--from", "labelstudio"]) == BAD_INPUT
    assert "name the text with --read-option text=FIELD" in capsys.readouterr().err
    Path("empty.jsonl").write_text('{"text": "Taiz hit.", "label": []}\n')
    assert run(["convert", "empty.jsonl", "out.jsonl", "--from", "doccano", "--annotator", "ana"]) == OK
    assert "with --read-option empty=read" in capsys.readouterr().out
    given = ["--annotator", "ana", "--read-option", "empty=read"]
    assert run(["convert", "empty.jsonl", "out.jsonl", "--from", "doccano", *given]) == OK
    assert '"annotator":"ana"' in Path("out.jsonl").read_text()
    assert "note:" not in capsys.readouterr().out


@pytest.mark.parametrize("target", ["conll", "doccano"])
def test_unread_articles_beside_read_ones_are_told_where_they_look_alike(
    target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["convert", "in.jsonl", "out", "--to", target]) == OK
    assert (
        "note: 1 article that nobody has read is in it, like those in which nothing was found"
        in capsys.readouterr().out
    )
    Path("in.jsonl").write_text(TWO.splitlines(True)[0])
    assert run(["convert", "in.jsonl", "out", "--to", target]) == OK
    assert "nobody has read" not in capsys.readouterr().out


def test_an_id_of_another_text_is_refused_however_short_the_texts_are(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.csv").write_text("id,text\na,x\nb,x\nb,Other text\n")  # texts of one letter are one and the same object
    assert run(["convert", "in.csv", "out.jsonl"]) == BAD_INPUT
    assert "in.csv:4: id 'b' already belongs to another text" in capsys.readouterr().err
