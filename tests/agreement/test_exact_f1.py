"""Exact F1 and its interval."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.agreement.f1 import exact_f1
from annotator.agreement.study import Reading, Study
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span

units = st.frozensets(
    st.tuples(st.integers(0, 20), st.integers(21, 40), st.sampled_from(["a", "b"])).map(lambda unit: unit), max_size=6
)


def study(*articles: tuple[Reading, Reading]) -> Study:
    return Study(
        {
            "ana": {f"n{i}": first for i, (first, _) in enumerate(articles)},
            "ben": {f"n{i}": second for i, (_, second) in enumerate(articles)},
        }
    )


def test_hand_counted() -> None:
    # ana has 3 units, ben has 2, one is shared: F1 = 2·1 / (3 + 2)
    first = frozenset({(0, 4, "a"), (5, 9, "a"), (10, 12, "b")})
    second = frozenset({(0, 4, "a"), (5, 9, "b")})
    values = {value.label: value for value in exact_f1(study((first, second)))}
    assert values[None].value == pytest.approx(0.4)
    assert values["a"].value == pytest.approx(2 / 3)
    assert values["b"].value == 0.0
    assert values[None].n == 1
    assert values[None].pair == ("ana", "ben")


def test_it_is_micro_averaged() -> None:
    same = frozenset((i, i + 1, "a") for i in range(9))
    values = exact_f1(study((same, same), (frozenset({(0, 2, "a")}), frozenset({(1, 2, "a")}))))
    assert values[0].value == pytest.approx(18 / 20)


def test_both_empty_agree() -> None:
    (value,) = exact_f1(study((frozenset(), frozenset())))
    assert (value.value, value.low, value.high) == (1.0, 1.0, 1.0)


def test_only_shared_articles_count() -> None:
    data = Study({"ana": {"x": frozenset({(0, 1, "a")}), "y": frozenset()}, "ben": {"y": frozenset()}, "cem": {}})
    values = exact_f1(data)
    assert {value.pair for value in values} == {("ana", "ben")}
    assert values[0].n == 1


def test_the_seed_fixes_the_interval() -> None:
    draw = random.Random(3)
    articles = [
        (
            frozenset((i, i + 1, "a") for i in draw.sample(range(30), 8)),
            frozenset((i, i + 1, "a") for i in draw.sample(range(30), 8)),
        )
        for _ in range(40)
    ]
    data = study(*articles)
    assert exact_f1(data, seed=7) == exact_f1(data, seed=7)
    assert exact_f1(data, seed=7)[0].low != exact_f1(data, seed=8)[0].low
    value = exact_f1(data)[0]
    assert value.low is not None and value.high is not None and value.value is not None
    assert 0 < value.low < value.value < value.high < 1


@given(st.lists(st.tuples(units, units), min_size=1, max_size=5))
def test_it_is_symmetric_and_does_not_hang_on_the_order_of_articles(articles: list[tuple[Reading, Reading]]) -> None:
    forward = exact_f1(study(*articles), samples=10)
    swapped = exact_f1(study(*[(b, a) for a, b in articles]), samples=10)
    reverse = exact_f1(study(*reversed(articles)), samples=10)
    assert [v.value for v in forward] == [v.value for v in swapped] == [v.value for v in reverse]
    assert all(v.value is not None and 0 <= v.value <= 1 for v in forward)


@given(st.lists(units, min_size=1, max_size=5))
def test_identical_readings_agree_fully(readings: list[Reading]) -> None:
    assert all(v.value == v.low == v.high == 1.0 for v in exact_f1(study(*[(r, r) for r in readings]), samples=10))


def test_a_study_of_records() -> None:
    def record(who: str, *spans: Span) -> Record:
        return Record("", "n1", "", "Shells hit Taiz.", {}, LayerRecord(who, spans=spans))

    span = Span("s1", 11, 15, "location")
    data = Study.of([record("ben", span), record("ana"), Record("", "n2", "", "Bare.")])
    assert data.annotators == ("ana", "ben")
    assert data.readings["ana"]["n1"] == frozenset()
    assert data.labels() == ["location"]
    assert data.pairs() == [("ana", "ben")]


def test_the_interval_does_not_hang_on_how_many_draws_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = frozenset({(0, 1, "x")}), frozenset({(0, 1, "x"), (1, 2, "x")})
    data = study((one, two), (one, one), (two, frozenset()), (two, two))
    whole = exact_f1(data, seed=7)
    monkeypatch.setattr("annotator.agreement.f1._CELLS", 9)
    assert exact_f1(data, seed=7) == whole
