"""Exporting: whole files or none, the same bytes each time, and equal when loaded again."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import CHARACTERS, LABELS, extents, json_values, texts, words

from annotator.core.layer import KINDS, STATUSES
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.core.text import digest_of
from annotator.errors import InputError, UsageError
from annotator.formats.base import Loss, WriteOptions
from annotator.intake import load
from annotator.outlet import Split, as_data, export
from annotator.project import Project
from annotator.timeline import restore

SCHEMA = Schema.validated(
    {
        "name": "small",
        "version": "1",
        "labels": {
            name: {
                "attributes": {
                    "role": {"kind": "choice", "options": ["source", "target"]},
                    "count": {"kind": "count"},
                    "sure": {"kind": "number"},
                    "of": {"kind": "link", "many": True},
                }
            }
            for name in LABELS
        },
        "attributes": {"seen": {"kind": "flag"}},
    }
)
TIME = "2024-01-01T00:00:00.000+00:00"


def new(path: Path) -> Project:
    return Project.create(path, SCHEMA, clock=lambda: TIME)


def fill(project: Project, *records: Record) -> None:
    with project.loader() as loader:
        for record in records:
            loader.add(record)


def layer(annotator: str, *spans: Span, **more: Any) -> LayerRecord:
    return LayerRecord(annotator, schema="small@1", spans=spans, **more)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with new(tmp_path / "db") as made:
        texts = {key: f"Rebels shelled Aleppo, part {key}." for key in "abc"}
        fill(
            made,
            Record(
                "", "a", "A", texts["a"], {"language": "en"}, layer("Ana", Span("s1", 0, 6, "actor"), status="done")
            ),
            Record("", "a", "A", texts["a"], {}, layer("Ben", Span("s1", 0, 3, "actor"))),
            Record("", "a", "A", texts["a"], {}, layer("boss", Span("s1", 0, 6, "actor"), kind="gold", status="done")),
            Record("", "b", "B", texts["b"], {}, layer("Ana")),
            Record("", "c", "C", texts["c"], {}),
        )
        yield made


def lines(path: Path) -> list[tuple[str, str | None]]:
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [(line["id"], line.get("annotator")) for line in found]


def test_gold_that_was_restored_is_no_more_gold(project: Project, tmp_path: Path) -> None:
    (number,) = (batch.id for batch in project.store.journal.page(annotator="boss"))
    restore(project, annotator="boss", to=f"boss@before-{number + 1}", before=number + 1)
    for layers, expected in (
        (["gold"], [("a", "boss")]),
        ([f"boss@before-{number + 1}"], [("a", f"boss@before-{number + 1}")]),
    ):
        export(project, str(tmp_path / "o.jsonl"), layers=layers)
        assert lines(tmp_path / "o.jsonl") == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [("a", "Ana"), ("a", "Ben"), ("a", "boss"), ("b", "Ana"), ("c", None)]),
        ({"layers": ["all"]}, [("a", "Ana"), ("a", "Ben"), ("a", "boss"), ("b", "Ana"), ("c", None)]),
        ({"layers": ["gold"]}, [("a", "boss")]),
        ({"layers": ["Ana"]}, [("a", "Ana"), ("b", "Ana")]),
        ({"layers": ["gold", "Ben"]}, [("a", "Ben"), ("a", "boss")]),
        ({"statuses": ["done"]}, [("a", "Ana"), ("a", "boss")]),
        ({"layers": ["gold", "Ben", "Ana"], "first": True}, [("a", "boss"), ("b", "Ana")]),
        ({"layers": ["Ben", "gold", "Ana"], "first": True}, [("a", "Ben"), ("b", "Ana")]),
        ({"layers": ["Ben", "gold", "Ana"], "first": True, "statuses": ["done"]}, [("a", "boss")]),
    ],
)
def test_layers_and_statuses_choose(project: Project, tmp_path: Path, options: Any, expected: Any) -> None:
    report = export(project, str(tmp_path / "o.jsonl"), **options)
    assert lines(tmp_path / "o.jsonl") == expected
    (count,) = report.files
    assert count.articles == len({key for key, _ in expected})
    assert count.layers == sum(name is not None for _, name in expected)
    assert as_data(report)["losses"] == {}


@pytest.mark.parametrize("layers", [[], ["all", "gold"]])
def test_the_first_of_layers_that_are_not_named_is_refused(project: Project, tmp_path: Path, layers: list[str]) -> None:
    with pytest.raises(UsageError, match="the first of which layers"):
        export(project, str(tmp_path / "o.jsonl"), layers=layers, first=True)


@st.composite
def corpora(draw: st.DrawFn) -> list[Record]:
    """Articles with different texts, each with up to two layers that fit the schema."""
    records = []
    some = draw(st.lists(texts().filter(lambda t: bool(t.strip())), min_size=1, max_size=3, unique=True))
    for number, text in enumerate(some):
        meta = {name: draw(json_values()) for name in draw(st.sets(words(), max_size=2))}
        bare = Record("", f"k{number}", draw(words()), text, meta)
        names = draw(st.sampled_from([[], ["Ana"], ["Ana", "Бен"]]))
        records += [replace(bare, layer=draw(some_layer(text, name))) for name in names] or [bare]
    return records


@st.composite
def some_layer(draw: st.DrawFn, text: str, name: str) -> LayerRecord:
    spans = []
    for number, (start, end) in enumerate(draw(st.lists(extents(length=len(text)), max_size=5))):
        attributes = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "role": st.sampled_from(["source", "target"]),
                    "count": st.fixed_dictionaries({"min": st.integers(0, 2**53 - 1)}),
                    "sure": st.floats(-1, 1),
                    "of": st.just(["s0"]),
                },
            )
        )
        spans.append(
            Span(f"s{number}", start, end, draw(st.sampled_from(LABELS)), attributes, draw(words()), draw(words()))
        )
    seen = draw(st.sampled_from([{}, {"seen": True}]))
    kind = {"Ana": "human"}.get(name) or draw(st.just(KINDS[1]))
    note = draw(st.text(CHARACTERS, max_size=9))
    return layer(name, *spans, kind=kind, status=draw(st.sampled_from(STATUSES)), attributes=seen, note=note)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora())
def test_what_is_exported_is_loaded_equal_and_exported_the_same(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    folder = tmp_path_factory.mktemp("round")
    with new(folder / "one") as one, new(folder / "two") as two:
        fill(one, *records)
        export(one, str(folder / "one.jsonl"))
        report = load(two, [str(folder / "one.jsonl")])
        assert report.faults == []
        assert list(two.store.stream(bare=True)) == list(one.store.stream(bare=True))
        export(two, str(folder / "two.jsonl"))
    assert (folder / "two.jsonl").read_bytes() == (folder / "one.jsonl").read_bytes()


def test_gzip_and_standard_output_carry_the_same_and_are_the_same_each_time(project: Project, tmp_path: Path) -> None:
    out = io.BytesIO()
    export(project, "-", format="jsonl", stdout=out)
    export(project, str(tmp_path / "o.jsonl"))
    export(project, str(tmp_path / "o.jsonl.gz"))
    first = (tmp_path / "o.jsonl.gz").read_bytes()
    export(project, str(tmp_path / "other.jsonl.gz"))
    assert gzip.decompress(first) == out.getvalue() == (tmp_path / "o.jsonl").read_bytes()
    assert (tmp_path / "other.jsonl.gz").read_bytes() == first


def test_docbin_is_the_same_each_time_and_reports_losses(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    losses: list[Loss] = []
    report = export(project, str(tmp_path / "a.spacy"), on_loss=losses.append)
    export(project, str(tmp_path / "b.spacy"))
    assert (tmp_path / "a.spacy").read_bytes() == (tmp_path / "b.spacy").read_bytes()
    assert report.losses == {"misaligned": 1}
    assert [(loss.article, loss.annotator, loss.span) for loss in losses] == [("a", "Ben", "s1")]
    assert (report.files[0].layers, report.repeated) == (4, 2)


@pytest.mark.parametrize(("text", "shares"), [("80/10/10", (80, 10, 10)), ("8/1/1", (8, 1, 1)), ("1/0/0", (1, 0, 0))])
def test_a_split_is_read(text: str, shares: tuple[int, ...]) -> None:
    assert Split.parse(text).shares == shares


@pytest.mark.parametrize("text", ["", "80", "80/20", "0/0/0", "a/b/c", "80/-10/30", "80/10/10/0", "²/1/1"])
def test_a_split_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Split.parse(text)


def test_a_split_follows_from_digest_seed_and_shares_alone() -> None:
    digests = [digest_of(str(n)) for n in range(5000)]
    split = Split((80, 10, 10))
    parts = [split.part(digest) for digest in digests]
    assert [round(parts.count(part) / 5000, 1) for part in range(3)] == [0.8, 0.1, 0.1]
    assert [Split((8, 1, 1)).part(digest) for digest in digests] == parts
    assert [Split((80, 10, 10), seed=1).part(digest) for digest in digests] != parts
    assert {Split((0, 1, 0)).part(digest) for digest in digests} == {1}
    # Figures of the first release: an article that moved would leak from training into test.
    assert parts[:12] == [1, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]


def test_no_article_moves_as_the_corpus_grows(project: Project, tmp_path: Path) -> None:
    split = Split.parse("40/30/30", seed=3)

    def written() -> dict[str, str]:
        export(project, str(tmp_path / "out"), format="jsonl", split=split)
        return {key: part for part in ("train", "dev", "test") for key, _ in lines(tmp_path / "out" / f"{part}.jsonl")}

    before = written()
    assert set(before) == {"a", "b", "c"}
    fill(project, *(Record("", f"n{n}", "", f"Another text {n}", {}) for n in range(40)))
    after = written()
    assert len(after) == 43 and set(after.values()) == {"train", "dev", "test"}
    assert {key: after[key] for key in before} == before


def broken(*_: Any) -> bytes:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("when", ["write", "fsync", "replace"])
def test_what_fails_leaves_the_old_file_and_nothing_else(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    places: dict[str, Callable[[], None]] = {
        "write": lambda: monkeypatch.setattr("annotator.formats.jsonl.JsonlWriter.write", broken),
        "fsync": lambda: monkeypatch.setattr("os.fsync", broken),
        "replace": lambda: monkeypatch.setattr(Path, "replace", broken),
    }
    out = tmp_path / "out"
    out.mkdir()
    (out / "o.jsonl").write_bytes(b"old")
    places[when]()
    with pytest.raises(InputError, match="could not be written: No space left on device"):
        export(project, str(out / "o.jsonl"))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {"o.jsonl": b"old"}
    with pytest.raises(InputError):
        export(project, str(tmp_path / "made"), format="jsonl", split=Split.parse("1/1/1"))
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("out", "options", "message"),
    [
        ("o.xyz", {}, "cannot be told from its name"),
        ("o.jsonl", {"format": "xml"}, "there is no format 'xml'"),
        ("o.txt", {"format": "text"}, "the format 'text' can be read but not written"),
        ("o.jsonl", {"layers": ["Nobody"]}, "there is no layer 'Nobody'"),
        ("folder", {"format": "jsonl"}, "is a folder"),
        ("db", {"format": "jsonl"}, "is the database itself"),
        ("db", {"format": "jsonl", "split": Split((1, 1, 1))}, "is a file; a split needs a folder"),
        ("absent/o.jsonl", {}, "no such folder"),
        ("-", {"format": "docbin"}, "the format 'docbin' cannot go to standard output"),
        ("-", {"format": "jsonl", "split": Split((1, 1, 1))}, "a split cannot go to standard output"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    project: Project, tmp_path: Path, out: str, options: Any, message: str
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises((UsageError, InputError), match=message) as caught:
        export(project, out if out == "-" else str(tmp_path / out), **options)
    assert caught.value.hint
    assert {path.name for path in tmp_path.iterdir()} <= {"db", "db-wal", "db-shm", "folder"}


def test_the_language_that_was_asked_for_is_checked_before_anything_is_written(
    project: Project, tmp_path: Path
) -> None:
    pytest.importorskip("spacy")
    with pytest.raises(UsageError):
        export(project, str(tmp_path / "o.spacy"), options=WriteOptions(lang="qq"))
    assert not (tmp_path / "o.spacy").exists()


def test_the_mode_of_a_file_that_is_replaced_is_kept(project: Project, tmp_path: Path) -> None:
    (tmp_path / "o.jsonl").write_bytes(b"")
    (tmp_path / "o.jsonl").chmod(0o640)
    export(project, str(tmp_path / "o.jsonl"))
    assert (tmp_path / "o.jsonl").stat().st_mode & 0o777 == 0o640


def test_the_database_is_never_written_over(project: Project, tmp_path: Path) -> None:
    before = project.path.read_bytes()
    (tmp_path / "hard.jsonl").hardlink_to(project.path)
    for out, split, also in (
        ("hard.jsonl", None, []),
        ("fine.jsonl", None, [project.path]),
        ("fine.jsonl", None, [tmp_path / "hard.jsonl"]),
    ):
        with pytest.raises(UsageError, match="is the database itself"):
            export(project, str(tmp_path / out), split=split, also=also)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "dev.jsonl").hardlink_to(project.path)
    with pytest.raises(UsageError, match="is the database itself"):
        export(project, str(tmp_path / "parts"), format="jsonl", split=Split((8, 1, 1)))
    assert project.path.read_bytes() == before
    assert not (tmp_path / "fine.jsonl").exists()


def test_one_file_is_not_written_twice(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="would be written twice"):
        export(project, str(tmp_path / "o.jsonl"), also=[tmp_path / "." / "o.jsonl"])


def test_a_name_as_long_as_the_disk_allows_can_be_written(project: Project, tmp_path: Path) -> None:
    name = "a" * 249 + ".jsonl"
    try:
        (tmp_path / name).write_bytes(b"")
    except OSError:
        pytest.skip("this disk takes no name of 255 characters")
    assert export(project, str(tmp_path / name)).files[0].layers == 4


def test_a_pipe_that_is_named_by_its_number_is_written_into(project: Project) -> None:
    if not Path("/dev/fd").is_dir():
        pytest.skip("this system has no /dev/fd")
    import os

    inner, outer = os.pipe()
    try:
        export(project, f"/dev/fd/{outer}", format="jsonl")
    finally:
        os.close(outer)
    with open(inner, "rb") as pipe:  # noqa: PTH123 - a number
        assert len(pipe.read().splitlines()) == 5


def test_what_was_left_out_is_not_counted(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    out = str(tmp_path / "o.spacy")
    kept = export(project, out, layers=["Ben"])
    left = export(project, out, layers=["Ben"], options=WriteOptions(misaligned="skip"))
    assert (kept.files[0].spans, left.files[0].spans) == (1, 0)
    assert kept.losses == left.losses == {"misaligned": 1}


@pytest.mark.parametrize(("note", "refused"), [("", False), ("seen twice", True)])
def test_strict_does_not_mind_the_name_of_the_schema(
    project: Project, tmp_path: Path, note: str, refused: bool
) -> None:
    text = "Rebels shelled Taiz."
    span = Span("T1", 0, 6, "actor", note=note)
    other = new(tmp_path / "other.db")
    fill(other, Record("", "a", text, text, {}, layer("ana", span)))
    if refused:
        with pytest.raises(InputError, match="would lose: note"):
            export(other, str(tmp_path / "out.conll"), format="conll", strict=True)
        return
    report = export(other, str(tmp_path / "out.conll"), format="conll", strict=True)
    assert set(report.losses) == {"schema"}
    assert (tmp_path / "out.conll").exists()


def test_folders_that_were_made_for_nothing_are_taken_away(project: Project, tmp_path: Path) -> None:
    pytest.importorskip("spacy")
    with pytest.raises(UsageError, match="no tokenizer"):
        export(
            project,
            str(tmp_path / "a" / "b"),
            format="docbin",
            split=Split((1, 1, 1)),
            options=WriteOptions(lang="qq"),
        )
    assert not (tmp_path / "a").exists()


def test_a_share_of_thousands_of_digits_is_refused() -> None:
    with pytest.raises(UsageError, match="is not TRAIN/DEV/TEST"):
        Split.parse("9" * 5000 + "/1/1")


def test_an_ending_that_several_share_is_that_of_the_format_whose_new_files_have_it(
    project: Project, tmp_path: Path
) -> None:
    for ending in ("jsonl", "csv", "tsv", "html"):
        assert export(project, str(tmp_path / f"o.{ending}")).format == ending
    with pytest.raises(UsageError, match="may be of several formats"):
        export(project, str(tmp_path / "o.json"))


def test_gold_that_was_brought_back_under_another_name_is_not_gold_first(project: Project, tmp_path: Path) -> None:
    restore(project, annotator="boss", time=TIME, to="early")
    export(project, str(tmp_path / "o.jsonl"), layers=["gold", "early"], first=True)
    assert lines(tmp_path / "o.jsonl") == [("a", "boss")]
