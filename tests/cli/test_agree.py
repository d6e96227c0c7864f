"""`annotator agree`: tables, JSON, the page, and what is refused."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import clock, load, reading_of, record, schema

from annotator.agreeing import DEFAULT, THREADS
from annotator.cli import group, run
from annotator.core.spans import Span
from annotator.project import Project

A, B, C = Span("s1", 4, 12, "actor"), Span("s2", 30, 39, "location"), Span("s3", 18, 24, "casualty")


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "p.db"
    with Project.create(path, schema(), clock=clock) as project:
        for key, ana, ben, cai in (("k1", (A, B), (A, C), (A,)), ("k2", (), (), (A,)), ("k3", (A, B), (A, B), ())):
            load(
                project,
                record(key, layer=reading_of("ana", *ana, status="done")),
                record(key, layer=reading_of("ben\x1b[31m", *ben, status="done")),
                record(key, layer=reading_of("cai", *cai)),
            )
        load(project, record("k1", layer=reading_of("net", A, B, kind="model")))
    return path


def call(db: Path, *arguments: str) -> str:
    result = CliRunner().invoke(group, ["--db", str(db), "agree", *arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout


def test_the_table_has_bars_and_intervals(db: Path) -> None:
    text = call(db, "--annotators", "ana,cai")
    first = text.splitlines()[0]
    assert first == "2 annotators (ana, cai) · 3 of 3 articles read by two and more · 6 spans"
    row = next(line for line in text.splitlines() if line.startswith("exact-f1 "))
    assert row.split()[1] == "0.333"
    assert "▓" in row
    assert "▒" in row
    assert "–" in row
    assert "exact-f1 by label" in text
    assert "by pair" not in text
    assert {line.split("  ")[0] for line in text.splitlines() if line.startswith("location")} == {"location"}


@pytest.mark.parametrize(("columns", "bar"), [(200, 24), (90, 22), (80, 12), (40, 6)])
def test_bars_are_as_wide_as_a_terminal_has_room(
    db: Path, monkeypatch: pytest.MonkeyPatch, columns: int, bar: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = call(db, "--annotators", "ana,cai", "--measure", "overlap-f1-characters-unlabelled").splitlines()
    row = next(line for line in lines if line.startswith("overlap-f1-characters-unlabelled "))
    assert sum(row.count(part) for part in "█▓▒·") == bar
    assert len(row) <= max(columns, 32 + 36 + bar)


def test_three_annotators_have_pairs_and_names_do_not_drive_the_terminal(db: Path) -> None:
    text = call(db)
    assert "exact-f1 by pair" in text
    assert "ana × cai" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("by", "heads"),
    [
        (["label"], ["exact-f1 by label"]),
        (["pair", "label"], ["exact-f1 by label", "exact-f1 by pair", "exact-f1 by pair and label"]),
        (["article"], ["exact-f1 by article, the worst first"]),
    ],
    ids=str,
)
def test_by(db: Path, by: list[str], heads: list[str]) -> None:
    text = call(db, "--measure", "exact-f1", *(word for one in by for word in ("--by", one)))
    assert [line for line in text.splitlines() if " by " in line and "read by" not in line] == heads


def test_articles_come_the_worst_first(db: Path) -> None:
    text = call(db, "--measure", "exact-f1", "--by", "article", "--annotators", "ana,cai")
    lines = text.splitlines()
    rows = lines[lines.index("exact-f1 by article, the worst first") + 3 :]
    assert [row.split()[0] for row in rows] == ["k2", "k3", "k1"]


def test_json_is_as_it_is_documented(db: Path) -> None:
    data = json.loads(call(db, "--json", "--seed", "7", "--samples", "50", "--status", "done"))
    assert set(data) == {"study", "measures"}
    assert data["study"]["seed"] == 7
    assert data["study"]["samples"] == 50
    assert data["study"]["statuses"] == ["done"]
    assert [one["annotator"] for one in data["study"]["annotators"]] == ["ana", "ben\x1b[31m"]
    assert {one["name"] for one in data["measures"]} >= {"exact-f1", "krippendorff-alpha-tokens"}
    assert any(one["low"] is not None for one in data["measures"])
    assert json.loads(call(db, "--json", "--seed", "7", "--samples", "50", "--status", "done")) == data


def test_two_layers_of_any_kind(db: Path) -> None:
    data = json.loads(call(db, "--layer-a", "ana", "--layer-b", "model:net", "--measure", "exact-f1", "--json"))
    assert data["measures"][0]["value"] == 1.0
    assert data["measures"][0]["n"] == 1


def test_two_layers_are_headed_in_the_order_asked_for(db: Path) -> None:
    text = call(db, "--layer-a", "model:net", "--layer-b", "ana", "--samples", "20")
    assert text.splitlines()[0].startswith("2 annotators (net, ana) · 1 of 3 articles")
    assert "net is the reference" in text.splitlines()[0]
    data = json.loads(call(db, "--layer-a", "model:net", "--layer-b", "ana", "--by", "pair", "--json"))
    assert data["study"]["reference"] == "net"
    assert {tuple(one["pair"]) for one in data["measures"] if one["pair"]} == {("net", "ana")}
    assert call(db, "--annotators", "cai,ana").startswith("2 annotators (cai, ana)")


def test_an_evaluation_has_precision_and_recall_with_intervals_by_label(db: Path, tmp_path: Path) -> None:
    page = tmp_path / "e.html"
    asked = ("--layer-a", "ana", "--layer-b", "cai", "--html", str(page))
    text = call(db, *asked)
    rows = {line.split()[0]: line for line in reversed(text.splitlines()) if line}
    assert rows["precision-exact"].split()[1] == "0.500"
    assert rows["recall-exact"].split()[1] == "0.250"
    assert "▒" in rows["precision-exact"]
    assert "disagreement-missed" in rows and "disagreement-spurious" in rows
    assert "disagreement-missing" not in rows
    assert "precision-exact by label" in text and "recall-exact by label" in text
    found = {(one["name"], one["label"]): one for one in json.loads(call(db, *asked, "--json"))["measures"]}
    none = found["precision-exact", "location"]
    assert none["value"] is None
    assert "compared with the reference has no such span" in none["undefined"]
    assert found["recall-exact", "location"]["value"] == 0.0
    written = page.read_text(encoding="utf-8")
    assert "<bdi>ana</bdi> is the reference" in written
    assert written.count('<th class="n">Precision</th>') == 1
    assert "only the other layer has it" in written


def test_without_a_reference_there_is_no_precision(db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--db", str(db), "agree", "--measure", "precision"]) == 2
    assert "precision is against a reference (say which of two layers it is: --layer-a" in capsys.readouterr().err
    assert "precision" not in call(db, "--measure", "all", "--samples", "0")
    assert "disagreement-missing" in call(db)


def test_what_is_undefined_is_told_below_the_table_and_no_row_is_long(db: Path) -> None:
    text = call(db, "--measure", "all", "--samples", "10", "--status", "done")
    table, _, rest = text.partition("\n\n")[2].partition("\n\n")
    assert "undefined (1)" in table
    assert "undefined:" not in text
    assert max(map(len, table.splitlines())) <= 110
    reasons = rest.split("\n\n")[0]
    assert reasons.startswith("(1) ")
    assert max(map(len, reasons.splitlines())) <= 79


def test_a_sample_tells_what_it_was_drawn_from(db: Path) -> None:
    head = call(db, "--sample", "2", "--samples", "0").splitlines()[0]
    assert "2 drawn (seed 0) of 3 articles read by two and more" in head
    assert json.loads(call(db, "--sample", "2", "--samples", "0", "--json"))["study"]["sample_of"] == 3


def test_what_an_empty_open_layer_and_a_thin_pair_do_is_told(db: Path, tmp_path: Path) -> None:
    with Project.open(db) as project:
        for number in range(4, 10):
            for who in ("ana", "cai"):
                load(project, record(f"k{number}", layer=reading_of(who, A)))
        load(project, record("k4", layer=reading_of("zoe")))
    page = tmp_path / "a.html"
    result = CliRunner().invoke(group, ["--db", str(db), "agree", "--html", str(page)], standalone_mode=False)
    blank, few = result.stderr.splitlines()
    assert blank.startswith("annotator: note: 2 open layers without a span count as read with nothing to mark (cai 1,")
    assert "zoe 1" in blank and "--status done leaves out" in blank
    assert few.startswith("annotator: note: 2 pairs share few articles (ana × zoe 1, cai × zoe 1; others up to 9)")
    assert "weigh as much in the mean over pairs" in few
    assert "the mean over the 5 pairs, each" in result.stdout.replace("\n", " ")
    written = page.read_text(encoding="utf-8")
    assert written.count('<p class="note">') == 2
    assert "the mean over the 5 pairs, each counting alike" in written
    data = json.loads(call(db, "--json", "--samples", "0"))
    assert len(data["study"]["notes"]) == 2
    assert {"pair": ["ana", "zoe"], "articles": 1} in data["study"]["pairs"]
    clean = CliRunner().invoke(group, ["--db", str(db), "agree", "--status", "done"], standalone_mode=False)
    assert clean.stderr == ""


def test_every_measure_runs(db: Path) -> None:
    text = call(db, "--measure", "all", "--samples", "10")
    for name in DEFAULT:
        assert name in text
    assert "u-alpha-binary" in text
    listed = call(db, "--list-measures")
    assert "krippendorff-alpha  yes" in listed


def test_a_page_is_written_and_told(db: Path, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    text = call(db, "--html", str(tmp_path / "a.html"))
    assert text.splitlines()[-1].endswith("a.html: the same with plots, and the articles with most differences")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert page.count('class="reading"') == 2 * 3
    assert "\x1b" not in page


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--annotators", "ana"], 2, "two names"),
        (["--layer-a", "ana"], 2, "--layer-b"),
        (["--annotators", "ana,cai", "--layer-a", "ana", "--layer-b", "cai"], 2, "use one of them"),
        (["--measure", "kapa"], 2, "there is no measure 'kapa' (known: alpha-u-1995"),
        (["--annotators", "ana,zoe"], 2, "known: ana (human)"),
        (["--status", "flagged"], 3, "status flagged"),
        (["--samples", "-1"], 2, "--samples"),
        (["--screen", "--json"], 2, "--screen"),
        (["--screen"], 2, "needs a terminal"),
        (["--screen", "--annotators", "ana,zoe"], 2, "there is no layer 'zoe'"),
        (["--html", "{db}"], 2, "is the database itself"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_refused(
    db: Path, arguments: list[str], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = db.read_bytes()
    assert run(["--db", str(db), "agree", *(one.replace("{db}", str(db)) for one in arguments)]) == status
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
    assert db.read_bytes() == before


def test_numpy_starts_no_threads_of_its_own_unless_told(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    call(db, "--measure", "exact-f1", "--samples", "0")
    assert [os.environ[name] for name in THREADS] == ["1", "3", "1", "1"]


@pytest.mark.parametrize("by", ["pair", "label", "article"])
def test_somebody_who_has_read_little_and_set_no_attribute(tmp_path: Path, by: str) -> None:
    path = tmp_path / "d.db"
    kinds = {"ana": ("army", "rebels"), "ben": ("rebels", "army"), "zed": (None,)}
    with Project.create(path, schema(), clock=clock) as project:
        for who, given in kinds.items():
            for at, kind in enumerate(given):
                span = replace(A, attributes={"type": kind}) if kind else B
                load(project, record(f"k{at}", layer=reading_of(who, span)))
    page = tmp_path / "page.html"
    values = json.loads(call(path, "--measure", "all", "--by", by, "--json", "--html", str(page), "--samples", "20"))
    assert "attribute-alpha:type" in json.dumps(values)
    assert "zed" in page.read_text(encoding="utf-8")
