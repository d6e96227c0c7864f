"""Loading: what is good is stored, what is bad is told, and nothing is half-stored."""

from __future__ import annotations

import gzip
import io
import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from annotator import team
from annotator.core.record import Record
from annotator.core.schema import Schema
from annotator.errors import StoppedError, StoreError, UsageError
from annotator.formats.base import Loss
from annotator.intake import LoadReport, as_data, load, size_of
from annotator.project import Project
from annotator.store.backup import back_up
from annotator.store.bulk import Loader, Outcome

SCHEMA = Schema.validated({"name": "small", "version": "1", "labels": {"actor": {}, "place": {}}})
TEXT = "Rebels shelled Aleppo."
SPAN = {"id": "s1", "start": 0, "end": 6, "label": "actor", "text": "Rebels"}
TIME = "2024-01-01T00:00:00.000+00:00"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "db", SCHEMA, clock=lambda: TIME) as made:
        yield made


def line(key: str, text: str = TEXT, *spans: dict[str, Any], annotator: str = "Ana", **more: Any) -> str:
    return json.dumps({"id": key, "text": text, "annotator": annotator, "spans": list(spans or [SPAN]), **more}) + "\n"


def stored(project: Project) -> list[Record]:
    return list(project.store.stream(bare=True))


def keys(project: Project) -> list[str]:
    return [record.key for record in stored(project)]


def faults(report: LoadReport) -> list[str]:
    return [f"{bad.where}: {bad.message}" for bad in report.faults]


def loaded(project: Project, path: Path | str, data: str | bytes | None = None, **options: Any) -> LoadReport:
    if data is not None:
        Path(path).write_bytes(data if isinstance(data, bytes) else data.encode())
    return load(project, [str(path)], **options)


def test_what_was_loaded_is_counted(project: Project, tmp_path: Path) -> None:
    data = (
        line("a")
        + line("a", annotator="Ben")
        + line("b", "Other.", {**SPAN, "text": None, "end": 5})
        + '{"text":"x"}\n'
    )
    report = loaded(project, tmp_path / "n.jsonl", data)
    assert (report.files, report.records, report.articles, report.known) == (1, 4, 3, 1)
    assert (report.layers, report.same, report.spans, report.bad, report.stored) == (3, 0, 3, 0, True)
    again = loaded(project, tmp_path / "n.jsonl")
    assert (again.articles, again.known, again.layers, again.same, again.bad) == (0, 4, 0, 3, 0)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ('{"id":"c","text":\n', "3: broken JSON: the line is cut off"),
        (line("c", "Syria", {**SPAN, "end": 7}), "3: span 0–7 ends past the text, which has 5 code points"),
        (line("c", "Syria", {**SPAN, "start": -1}), "3: span -1–6 has a negative offset"),
        (line("c", "Rebels", {**SPAN, "label": "nobody"}), "3: span 0–6: label 'nobody' is not in the schema small@1"),
        (line("c", "Rebel.", SPAN), "3: span 0–6: the text there is 'Rebel.', not 'Rebels'"),
        (line("c", " ", SPAN), "3: the text is empty"),
        (line("c", "Rebels", SPAN, {**SPAN, "id": "s2", "end": 99}), "3: span 0–99 ends past the text, which has 6 code points"),
        (line("a", "Another text."), "3: span 0–6: the text there is 'Anothe', not 'Rebels'"),
        (line("a", "Rebels."), "3: id 'a' already belongs to another text"),
        (line("a", TEXT, {**SPAN, "note": "n"}), "3: annotator 'Ana' already has another layer of article 'a'"),
    ],
)  # fmt: skip
def test_a_bad_record_is_told_and_left_out_whole(project: Project, tmp_path: Path, bad: str, message: str) -> None:
    path = tmp_path / "n.jsonl"
    report = loaded(project, path, line("a") + line("b", "Rebels fled.") + bad + line("d", "Rebels won."))
    assert faults(report) == [f"{path}:{message}"]
    assert report.faults[0].hint
    assert (report.bad, report.articles) == (1, 3)
    assert keys(project) == ["a", "b", "d"]
    assert [len(r.layer.spans) for r in stored(project) if r.layer] == [1, 1, 1]


def test_strict_stores_nothing_unless_all_is_good(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    many = "".join(line(f"k{n}", f"Rebels {n}") for n in range(2500))
    report = loaded(project, path, many + "{\n", strict=True)
    assert (report.stored, report.articles, report.layers, report.spans, report.bad) == (False, 0, 0, 0, 1)
    assert keys(project) == []
    assert loaded(project, path, many, strict=True).articles == 2500


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.txt", b"\x89PNG\r\n\x1a\n\x00", "is a PNG picture, not text"),
        ("x.txt", b"", "the text is empty"),
        ("x.jsonl", b"a\x00b", "is binary, not JSON Lines"),
        ("x.csv", b"a\x00b", "is binary, not text: it holds NUL bytes"),
        (
            "x.jsonl.gz",
            gzip.compress(line("a").encode() * 1000, mtime=0)[:40],
            "is cut off: the gzip data ends too early",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    project: Project, tmp_path: Path, name: str, data: bytes, message: str
) -> None:
    report = loaded(project, tmp_path / name, data)
    assert faults(report) == [f"{tmp_path / name}: {message}"]
    assert keys(project) == []


def test_a_missing_file_and_an_empty_folder_are_told_and_the_rest_is_loaded(project: Project, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text("Story")
    report = load(project, [str(tmp_path / name) for name in ("absent", "empty", "a.txt")])
    assert [bad.message for bad in report.faults] == [
        "no such file or folder",
        "the folder holds no file that can be loaded",
    ]
    assert keys(project) == ["a"]


def test_a_folder_of_everything(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "story.txt").write_bytes(b"Headline\r\n\r\nBody")
    (folder / "n.jsonl.gz").write_bytes(gzip.compress(line("j").encode(), mtime=0))
    (folder / "t.csv").write_text("text,id\nFrom a table,t1\n")
    (folder / "x.png").write_bytes(b"")
    report = load(project, [str(folder)])
    assert faults(report) == []
    assert keys(project) == ["j", "sub/story", "t1"]
    assert stored(project)[1].text == "Headline\n\nBody"
    (note,) = report.notes.values()
    assert note.first.endswith("x.png")


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (line("a").encode(), "a"),
        (gzip.compress(line("a").encode(), mtime=0), "a"),
        (b"id;text\nx;Some words\n", "x"),
        (b"id\ttext\ny\tSome words\n", "y"),
        (b"Some, text; of words\n", "stdin-fb6f76f0"),
    ],
)
def test_standard_input_is_known_by_its_content(project: Project, data: bytes, key: str) -> None:
    report = load(project, ["-"], stdin=io.BytesIO(data))
    assert faults(report) == []
    assert keys(project) == [key]


def test_a_format_that_was_named_is_taken_at_its_word(project: Project, tmp_path: Path) -> None:
    report = loaded(project, tmp_path / "a.txt", line("j"), format="jsonl")
    assert keys(project) == ["j"] and report.bad == 0
    with pytest.raises(UsageError, match="there is no format 'xml'") as caught:
        load(project, [], format="xml")
    assert "jsonl" in caught.value.hint


def test_annotator_and_kind_are_those_of_the_command(project: Project, tmp_path: Path) -> None:
    loaded(project, tmp_path / "n.jsonl", line("a"), annotator="model-1", kind="model")
    (record,) = stored(project)
    assert record.layer is not None
    assert (record.layer.annotator, record.layer.kind, record.layer.schema) == ("model-1", "model", "small@1")


def test_labels_of_nobody_are_refused(project: Project, tmp_path: Path) -> None:
    report = loaded(project, tmp_path / "n.jsonl", line("a", annotator=""))
    assert [bad.message for bad in report.faults] == ["labels without an annotator"]
    assert keys(project) == []


def test_progress_adds_up_to_the_size(project: Project, tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    counted: list[int] = []
    loaded(project, path, line("a") * 3, progress=counted.append)
    assert sum(counted) == path.stat().st_size == size_of([str(path)])


def test_memory_does_not_grow_with_the_number_of_bad_records(project: Project) -> None:
    bad = b'{"text": "x", "spans": [{"start": 0, "end": 9, "label": "actor"}], "annotator": "a"}\n'

    def peak(times: int) -> int:
        tracemalloc.start()
        report = load(project, ["-"], stdin=io.BytesIO(bad * times))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert report.bad == times and len(report.faults) == min(times, 10_000)
        return top

    peak(10)
    assert peak(16_000) - peak(11_000) < 10_000 * len(bad) * 1.2


def test_an_error_of_the_store_says_how_much_is_safe(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        committed = 1000

        def __enter__(self) -> Failing:
            return self

        def __exit__(self, *failure: object) -> None:
            return None

        def add(self, record: Record) -> None:
            raise StoreError("db could not be written: the disk is full", hint="free some space")

    monkeypatch.setattr(project, "loader", lambda **more: Failing())
    with pytest.raises(StoreError) as caught:
        loaded(project, tmp_path / "n.jsonl", line("a"))
    assert caught.value.message == "db could not be written: the disk is full; 1,000 records were stored before"


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (2500, "stopped; 2,000 records were stored before (the same command goes on from there)"),
        (500, "stopped; nothing was stored"),
    ],
)
def test_ctrl_c_says_how_much_is_stored_and_the_next_load_goes_on(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: int, said: str
) -> None:
    lines = "".join(line(f"k{n}", f"{TEXT} {n}") for n in range(3000))
    add, added = Loader.add, 0

    def add_some(self: Loader, record: Record) -> Outcome:
        nonlocal added
        added += 1
        if added == records:
            raise KeyboardInterrupt
        return add(self, record)

    with monkeypatch.context() as patch:
        patch.setattr(Loader, "add", add_some)
        with pytest.raises(StoppedError) as stopped:
            loaded(project, tmp_path / "n.jsonl", lines)
    assert (str(stopped.value), stopped.value.exit_code) == (said, 130)
    assert project.store.count() == records // 1000 * 1000
    loaded(project, tmp_path / "n.jsonl", lines)
    assert project.store.count() == 3000


def test_the_report_is_json(project: Project, tmp_path: Path) -> None:
    data = as_data(loaded(project, tmp_path / "n.jsonl", line("a", extra=1) + "{\n"))
    assert json.loads(json.dumps(data)) == data
    assert data["bad"] == len(data["faults"]) == 1
    assert data["notes"][0]["times"] == 1


def test_a_file_without_articles_is_told(project: Project, tmp_path: Path) -> None:
    report = loaded(project, tmp_path / "e.jsonl", "\n")
    assert (report.bad, list(report.notes)) == (0, ["holds no article"])


def test_an_ending_of_several_formats_does_not_make_a_file_one_of_them(project: Project, tmp_path: Path) -> None:
    report = loaded(project, tmp_path / "settings.json", '{"colour": "blue"}')
    assert faults(report) == [f"{tmp_path / 'settings.json'}: is in no known format"]
    broken = loaded(project, tmp_path / "x.jsonl", "words\n")  # the native format tells what is wrong with it
    assert faults(broken)[0].startswith(f"{tmp_path / 'x.jsonl'}:1: ")


@pytest.mark.parametrize(
    ("paths", "files"),
    [
        (["ana/X.txt"], 1),
        (["ana/*.txt"], 1),
        (["ana/X.txt", "bo"], 2),
        (["ana/X.txt", "ana/X.ann"], 1),
        (["ana/X.txt", "ana/*.ann"], 1),
        (["ana/X.txt", "ana"], 1),
        (["ana/X.txt", "./ana/../ana"], 1),
        (["ana/X.txt", "**/*"], 2),
    ],
    ids=str,
)
def test_a_text_brings_the_standoff_file_beside_it_unless_that_was_named(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], files: int
) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    for who in ("ana", "bo"):
        Path(who).mkdir()
        Path(who, "X.txt").write_text("Rebels shelled Aleppo.")
        Path(who, "X.ann").write_text("T1\tactor 0 6\tRebels\n")
    report = load(project, paths)
    assert (report.files, report.articles, report.layers, report.spans) == (files, 1, files, files)
    assert not report.bad and ("ana", "human") in project.store.annotators()


def test_a_text_that_is_named_as_text_is_no_part_of_anything(project: Project, tmp_path: Path) -> None:
    (tmp_path / "X.txt").write_text("Rebels shelled Aleppo.")
    (tmp_path / "X.ann").write_text("T1\tactor 0 6\tRebels\n")
    report = load(project, [str(tmp_path / "X.txt")], format="text")
    assert (report.articles, report.layers, report.bad) == (1, 0, 0)


@pytest.mark.parametrize("garbage", [b"T1\tactor 0 6\tNobody\n", b"\x1f\x8bnot gzip"], ids=["words", "gzip"])
def test_what_is_wrong_with_the_standoff_file_is_told_of_that(project: Project, tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "X.txt").write_text("Rebels shelled Aleppo.")
    (tmp_path / "X.ann").write_bytes(garbage)
    report = load(project, [str(tmp_path / "X.txt")])
    assert [fault.where for fault in report.faults] == [str(tmp_path / "X.ann")]


def test_a_slate_text_brings_the_files_of_its_annotators(project: Project, tmp_path: Path) -> None:
    (tmp_path / "X.txt").write_text("Rebels shelled Aleppo.")
    for who in ("ana", "bo"):
        (tmp_path / f"X.txt.{who}.annotations").write_text("")
    (tmp_path / "X.txt.annotations1").write_text("(0, 0) - label:actor\n")
    (tmp_path / "X.txt.annotations2").write_text("(0, 0) - label:actor\n")
    report = load(project, [str(tmp_path / "X.txt")])
    assert (report.files, report.articles, report.layers, report.spans) == (2, 1, 2, 2)


def gold_folder(tmp_path: Path) -> Path:
    for who, label in (("ana", "actor"), ("gold", "place")):
        (tmp_path / "team" / who).mkdir(parents=True)
        (tmp_path / "team" / who / "a.txt").write_text(TEXT)
        (tmp_path / "team" / who / "a.ann").write_text(f"T1\t{label} 0 6\tRebels\n")
    return tmp_path / "team"


def test_a_layer_of_the_name_of_gold_is_gold_also_where_a_format_has_no_kinds(project: Project, tmp_path: Path) -> None:
    report = loaded(project, gold_folder(tmp_path))
    assert project.store.annotators() == [("ana", "human"), ("gold", "gold")]
    assert any("taken as what is settled" in message for message in report.notes)
    # the same with its kind comes as what is there already
    native = line("b", TEXT, {**SPAN, "id": "T1", "label": "place"}, annotator="gold", kind="gold")
    report = loaded(project, tmp_path / "gold.jsonl", native)
    assert (report.same, report.bad, report.notes) == (1, 0, {})


def test_gold_without_a_kind_is_for_leads_as_other_gold_is(project: Project, tmp_path: Path) -> None:
    project.add_annotator("lea")
    team.set_role(project, "lea", "lead", by="lea")
    folder = gold_folder(tmp_path)
    report = loaded(project, folder, author="ana")
    assert [fault.partition(": ")[2] for fault in faults(report)] == [
        "only a lead may bring gold layers here, and 'ana' is none"
    ]
    assert loaded(project, folder, author="lea").bad == 0


@pytest.mark.parametrize(("kind", "said"), [("human", None), ("model", None), (None, "model")])
def test_nobody_else_has_the_name_of_gold(project: Project, tmp_path: Path, kind: Any, said: str | None) -> None:
    report = loaded(project, tmp_path / "g.jsonl", line("a", annotator="gold", kind=said or "human"), kind=kind)
    assert "'gold' is the name of what is settled" in faults(report)[0] and project.store.annotators() == []


def test_a_load_of_another_database_says_how_to_take_it_in(project: Project, tmp_path: Path) -> None:
    back_up(project.path, tmp_path / "an other.db")
    (bad,) = loaded(project, tmp_path / "an other.db").faults
    assert "is a database of this tool" in bad.message and "`annotator merge '" in bad.hint
    (tmp_path / "foreign.db").write_bytes(b"SQLite format 3\0" + bytes(200))
    (bad,) = loaded(project, tmp_path / "foreign.db").faults
    assert "merge" not in bad.hint


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_what_comes_through_a_pipe_has_a_key_of_its_own_each_time(project: Project, tmp_path: Path) -> None:
    pipe = tmp_path / "63"
    os.mkfifo(pipe)
    for words in ("First.", "Second."):
        writer = Thread(target=pipe.write_text, args=(json.dumps({"text": words}) + "\n",))
        writer.start()
        assert loaded(project, pipe).bad == 0
        writer.join()
    writer = Thread(target=pipe.write_text, args=("Third, of words\n",))
    writer.start()
    assert loaded(project, pipe, format="text").bad == 0
    writer.join()
    assert all(key.startswith("pipe-") for key in keys(project)) and len(set(keys(project))) == 3


def test_losses_and_notes_of_a_named_format_are_of_what_was_loaded(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "someone"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT)
    (folder / "a.ann").write_text("T1\tactor 0 6\tRebels\nT2\tactor 0 99\tRebels\n")
    losses: list[Loss] = []
    report = loaded(project, folder, format="brat", annotator="Ana", on_loss=losses.append)
    assert [(loss.annotator, loss.what) for loss in losses] == [("Ana", "span outside the text")]
    assert list(report.notes) == ["read as a part of the brat file beside it"]
