"""Exact, span-only and overlap F1."""

from __future__ import annotations

import pytest
from studies import QUICK, figure, two, values

from annotator.agreement import exact_f1, overlap_f1, span_f1
from annotator.agreement.measure import Measure
from annotator.agreement.study import Study

FIRST = [(0, 4, "a"), (5, 9, "a"), (10, 12, "b")]
SECOND = [(0, 4, "a"), (5, 9, "b")]


def test_exact_f1_counted_by_hand() -> None:
    # ana has 3 units, ben has 2, one is shared: F1 = 2·1 / (3 + 2)
    found = values(exact_f1.MEASURE, two((FIRST, SECOND)), by=("label",))
    assert found["exact-f1"].value == pytest.approx(0.4)
    assert found["exact-f1 a"].value == pytest.approx(2 / 3)
    assert found["exact-f1 b"].value == 0.0


@pytest.mark.parametrize("measure", [exact_f1.MEASURE, overlap_f1.MEASURE], ids=lambda one: one.name)
def test_a_label_that_neither_uses_has_no_figure_and_does_not_lift_the_mean_over_pairs(measure: Measure) -> None:
    readings = {
        "ana": {"x": [(0, 4, "a"), (5, 9, "b")], "y": []},
        "ben": {"x": [(0, 4, "a"), (5, 8, "b")], "y": []},
        "cem": {"x": [(0, 4, "a")], "y": []},
        "dan": {"x": [(0, 4, "a")], "y": []},
    }
    study = Study.of_readings(readings, lengths={"x": 20, "y": 20}, tokens={"x": [], "y": []})
    given = {(v.name, v.label, v.pair): v for v in measure.values(study, bootstrap=QUICK, by=("label", "pair"))}
    name = next(name for name, label, _ in given if label)
    one = given[name, "b", ("cem", "dan")]
    assert (one.value, one.low, one.undefined) == (None, None, "neither uses this label")
    pairs = [
        v.value for (n, label, pair), v in given.items() if (n, label) == (name, "b") and pair and v.value is not None
    ]
    assert len(pairs) == 5
    assert given[name, "b", None].value == pytest.approx(sum(pairs) / 5)
    assert {given[name, "a", pair].value for pair in (None, ("cem", "dan"))} == {1.0}


def test_span_f1_counted_by_hand() -> None:
    assert figure(span_f1.MEASURE, two((FIRST, SECOND)), "span-f1") == pytest.approx(2 * 2 / 5)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([(0, 4, "a"), (0, 4, "b")], [(0, 4, "c")], 2 / 3),  # one of two labels on one stretch finds its partner
        ([(0, 4, "a"), (0, 4, "b")], [(0, 4, "b"), (0, 4, "c")], 1.0),
        ([(0, 4, "a")], [(0, 5, "a")], 0.0),
    ],
    ids=["one-of-two", "two-of-two", "other-extent"],
)
def test_span_f1_is_one_to_one(
    first: list[tuple[int, int, str]], second: list[tuple[int, int, str]], expected: float
) -> None:
    assert figure(span_f1.MEASURE, two((first, second)), "span-f1") == pytest.approx(expected)


def test_overlap_f1_counted_by_hand() -> None:
    # (0, 4, a) is the same; (5, 9) against (6, 10) shares 3 of 4 + 4 characters; labels differ in the third pair
    study = two(([(0, 4, "a"), (5, 9, "a"), (20, 30, "b")], [(0, 4, "a"), (6, 10, "a"), (25, 30, "c")]))
    found = values(overlap_f1.MEASURE, study)
    assert found["overlap-f1"].value == pytest.approx(2 * (1 + 0.5) / 6)
    assert found["overlap-f1-unlabelled"].value == pytest.approx(2 * (1 + 0.5 + 0.5) / 6)
    assert found["overlap-f1-characters"].value == pytest.approx(2 * (4 + 3) / (18 + 13))
    assert found["overlap-f1-characters-unlabelled"].value == pytest.approx(2 * (4 + 3 + 5) / (18 + 13))


def test_touching_spans_do_not_overlap() -> None:
    found = values(overlap_f1.MEASURE, two(([(0, 4, "a")], [(4, 8, "a")])))
    assert {value.value for value in found.values()} == {0.0}


def test_it_is_micro_averaged_over_articles() -> None:
    same = [(i, i + 1, "a") for i in range(9)]
    study = two((same, same), ([(0, 2, "a")], [(1, 2, "a")]))
    assert figure(exact_f1.MEASURE, study, "exact-f1") == pytest.approx(18 / 20)


@pytest.mark.parametrize("measure", [exact_f1.MEASURE, span_f1.MEASURE, overlap_f1.MEASURE], ids=lambda one: one.name)
def test_both_empty_agree(measure: Measure) -> None:
    assert {value.value for value in values(measure, two(([], []))).values()} == {1.0}


@pytest.mark.parametrize("measure", [exact_f1.MEASURE, span_f1.MEASURE, overlap_f1.MEASURE], ids=lambda one: one.name)
def test_one_empty_disagrees(measure: Measure) -> None:
    assert {value.value for value in values(measure, two(([(0, 1, "a")], []))).values()} == {0.0}
