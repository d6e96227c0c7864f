"""The parts of `benchmarks/agreement.py` that measure nothing: its data and how a table is judged."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import agreement_data
from benchmarks.agreement import left_out
from benchmarks.agreement_own import MEASURES, _readings, study_of
from benchmarks.agreement_peers import PEERS, Data
from benchmarks.agreement_table import PROMISES, Outcome, Row, head, line, one_figure, report, schemes, verdicts

ALPHA = next(promise for promise in PROMISES if promise.peer == "krippendorff")
COUNTS = {"strict": [8, 1, 0, 1, 1], "partial": [8, 0, 1, 1, 1]}


def row(articles: int, *, ours: float = 1.0, theirs: float | str = 20.0, value: float = 0.5) -> Row:
    """Return a row of α beside krippendorff, whose own figure is .5."""
    peer = theirs if isinstance(theirs, str) else Outcome(theirs, 10.0, 0.5)
    return Row(ALPHA, articles, 2, Outcome(ours, 10.0, value), peer)


@pytest.mark.parametrize("flat", [True, False])
def test_readings_hang_on_the_seed_and_not_on_how_many_there_are(flat: bool) -> None:
    source = agreement_data.sources()[3]
    two, three = (agreement_data.readings(source, 7, number, seed=1, flat=flat) for number in (2, 3))
    assert three[:2] == two
    assert two[0] != two[1]
    assert agreement_data.readings(source, 7, 2, seed=2, flat=flat) != two
    overlaps = [a for one in three for a, b in pairwise(one) if b[0] < a[1]]
    assert not (flat and overlaps)
    assert all(20 < len(one) < 40 for one in three)


def test_a_study_is_written_alike_for_a_seed_and_the_smaller_one_is_part_of_the_larger(tmp_path: Path) -> None:
    for name, articles, seed in (("a", 30, 1), ("b", 30, 1), ("c", 5, 1), ("d", 30, 2)):
        agreement_data.write(tmp_path / name, articles, 2, seed=seed)
    a, b, c, d = ((tmp_path / name).read_text("utf-8") for name in "abcd")
    assert a == b
    assert a.startswith(c)
    assert a != d


def test_native_lines_have_the_surface_of_each_span_and_links_within_the_reading(tmp_path: Path) -> None:
    agreement_data.write_native(tmp_path / "native.jsonl", 30, 2)
    records = [json.loads(one) for one in (tmp_path / "native.jsonl").read_text("utf-8").splitlines()]
    assert len(records) == 60
    linked = 0
    for record in records:
        ids = [span["id"] for span in record["spans"]]
        assert len(set(ids)) == len(ids)
        for span in record["spans"]:
            assert record["text"][span["start"] : span["end"]] == span["text"]
            links = [one for value in span["attributes"].values() if isinstance(value, list) for one in value]
            linked += len(links)
            assert set(links) <= set(ids)
    assert linked


def test_every_promise_names_a_measure_and_a_peer() -> None:
    assert {promise.measure for promise in PROMISES} == set(MEASURES)
    assert {promise.peer for promise in PROMISES} == set(PEERS)


def test_what_is_timed_and_what_is_compared_are_of_the_same_study(tmp_path: Path) -> None:
    agreement_data.write(tmp_path / "study", 12, 2)
    data = Data(tmp_path / "study")
    study = study_of(data, _readings(data))
    assert len(study.units) == sum(len(one) for _, spans in data.articles for one in spans)
    timed, compared = MEASURES["nervaluate"]
    ours = Outcome(1.0, 1.0, compared(study), figure=timed(study))
    assert not schemes(ours, replace(ours, figure=None))
    per_article = MEASURES["u-alpha"][0](study)
    assert len(per_article) == 12


def test_the_ratio_at_the_largest_size_that_both_ran_is_judged() -> None:
    rows = [row(100, theirs=5.0), row(1_000, theirs=20.0), row(10_000, theirs="left out")]
    ((kept, said),) = verdicts(rows)
    assert kept
    assert "20.0 times faster at 1,000 articles" in said
    ((kept, said),) = verdicts([row(100, theirs=20.0), row(1_000, theirs=9.9)])
    assert not kept
    assert "9.9 times" in said


def test_other_figures_at_any_size_break_a_promise() -> None:
    lines: list[str] = []
    assert not report([row(100, value=0.6), row(1_000)], say=lines.append)
    assert "0.1 apart at 100 articles" in lines[0]
    assert "not kept" in lines[0]


def test_a_promise_that_could_not_be_compared_is_not_kept() -> None:
    assert verdicts([row(100, theirs="left out")])[0][0] is False


@pytest.mark.parametrize(
    ("ours", "theirs", "same"), [(0.5, 0.5, True), ([0.1, 0.2], [0.1, 0.3], False), ([0.1], [0.1, 0.2], False)]
)
def test_figures_are_compared_article_by_article(ours: object, theirs: object, same: bool) -> None:
    assert (one_figure(Outcome(1, 1, ours), Outcome(1, 1, theirs)) == "") is same


def test_schemes_need_equal_counts_and_close_figures() -> None:
    right = {"strict": 16 / 20, "partial": 17 / 20}
    ours = Outcome(1, 1, COUNTS, figure=right)
    assert schemes(ours, Outcome(1, 1, COUNTS)) == ""
    assert schemes(ours, Outcome(1, 1, COUNTS | {"strict": [7, 2, 0, 1, 1]}))
    assert schemes(replace(ours, figure=right | {"partial": 0.8}), Outcome(1, 1, COUNTS))


def test_a_peer_that_would_take_too_long_is_left_out() -> None:
    assert left_out(None, 100.0) == ""
    assert left_out(row(100, theirs=1.0), 100.0) == ""
    assert "100 s" in left_out(row(100, theirs=50.0), 100.0)
    assert left_out(row(100, theirs="left out"), 100.0)


def test_lines_of_the_table_stand_below_their_heads() -> None:
    end = head().index("(study)") + len("(study)")
    assert len(line(row(100))) == end
    assert line(row(100, theirs="left out: more than 100 s")).endswith("left out: more than 100 s")
