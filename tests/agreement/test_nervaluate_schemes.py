"""nervaluate's schemes with an optimal matching, and as nervaluate itself counts them."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from studies import readings, two, values, vectors

from annotator.agreement.nervaluate import MEASURE, SCHEMES, Counts, counts, in_list_order
from annotator.agreement.study import Unit

PEERS: Final = vectors("peers")


def units_of(case: dict[str, list[list[object]]], side: str) -> list[Unit]:
    return [(int(str(start)), int(str(end)), str(label)) for label, start, end in case[side]]


def as_listed(found: Counts) -> list[int]:
    return [found.correct, found.incorrect, found.partial, found.missed, found.spurious]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nervaluate_readme(scheme: str) -> None:
    case = PEERS["nervaluate_README"]
    first, second = units_of(case, "true"), units_of(case, "pred")
    study = two((first, second), length=100)
    assert as_listed(counts(study, 0, 1, scheme)) == case["cor,inc,par,mis,spu"][scheme]
    assert as_listed(in_list_order(first, second, scheme=scheme)) == case["cor,inc,par,mis,spu"][scheme]
    assert values(MEASURE, study)[f"nervaluate-{scheme}"].value == pytest.approx(case["f1"][scheme])


@pytest.mark.parametrize("name", ["nervaluate_wrong_order", "nervaluate_touching"])
def test_the_order_of_units_does_not_cost_a_match(name: str) -> None:
    case = PEERS[name]
    first, second = units_of(case, "true"), units_of(case, "pred")
    for order in (second, second[::-1]):
        assert as_listed(counts(two((first, order)), 0, 1, "strict")) == case["ours_strict"]
    assert as_listed(in_list_order(first, second, scheme="strict")) == case["nervaluate_strict"]


@pytest.mark.parametrize(
    ("scheme", "reference", "prediction", "expected"),
    [
        # Recorded from nervaluate 1.2.1.
        ("type", [(0, 10, "a"), (12, 20, "a")], [(8, 19, "a")], [1, 0, 0, 1, 0]),
        (
            "partial",
            [(0, 200, "a")],
            [(200, 210, "a")],
            [0, 0, 0, 1, 1],
        ),  # touching is half a per cent of it: too little
        ("partial", [(0, 50, "a")], [(50, 60, "a")], [0, 0, 1, 0, 0]),
        ("exact", [(0, 5, "a")], [(0, 5, "b")], [1, 0, 0, 0, 0]),
    ],
    ids=["nearest", "least-overlap", "touching", "label-free"],
)
def test_in_list_order_as_recorded(
    scheme: str, reference: list[Unit], prediction: list[Unit], expected: list[int]
) -> None:
    assert as_listed(in_list_order(reference, prediction, scheme=scheme)) == expected


def test_list_order_of_a_study_is_that_of_its_articles() -> None:
    case = PEERS["nervaluate_wrong_order"]
    first, second = units_of(case, "true"), units_of(case, "pred")
    study = two((first, second), (first, second[::-1]), (first, []))
    expected = [
        sum(column) for column in zip(case["nervaluate_strict"], case["ours_strict"], [0, 0, 0, 1, 0], strict=True)
    ]
    assert as_listed(counts(study, 0, 1, "strict", list_order=True)) == expected


@given(readings, readings)
def test_every_unit_is_counted_once(first: list[Unit], second: list[Unit]) -> None:
    study = two((first, second))
    for scheme in SCHEMES:
        found = counts(study, 0, 1, scheme)
        paired = found.correct + found.incorrect + found.partial
        assert paired + found.missed == len(set(first))
        assert paired + found.spurious == len(set(second))
