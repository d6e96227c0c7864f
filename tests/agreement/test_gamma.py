"""γ, γ_cat and γ_k of studies: known values, identity, chance, order, and what is undefined."""

from __future__ import annotations

import random
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import QUICK, one_article, readings, two, values, vectors

from annotator import plugins
from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.gamma import MEASURE, Gamma
from annotator.agreement.gamma_continua import Dissimilarity
from annotator.agreement.gamma_disorder import Chance
from annotator.agreement.study import Study, Unit

GAMMA: Final = vectors("gamma")
LABELS: Final = "abc"


def marked(draw: random.Random, number: int, length: int) -> list[Unit]:
    starts = (draw.randrange(length - 12) for _ in range(number))
    return [(start, start + draw.randint(2, 12), draw.choice(LABELS)) for start in starts]


def independent(articles: int, *, annotators: int = 2, units: int = 12, length: int = 400, seed: int = 1) -> Study:
    draw = random.Random(seed)
    keys = [f"n{number:02}" for number in range(articles)]
    names = [f"r{number}" for number in range(annotators)]
    found = {name: {key: marked(draw, units, length) for key in keys} for name in names}
    return Study.of_readings(found, lengths=dict.fromkeys(keys, length))


def test_it_is_registered() -> None:
    assert plugins.load("measures", "gamma") is MEASURE
    assert MEASURE.name == "gamma"


def name(known: dict[str, Any]) -> str:
    return "-".join(str(known[key]) for key in ("units", "annotators", "alpha", "way", "samples"))


@pytest.mark.parametrize("known", GAMMA["studies"], ids=name)
def test_mathet_2015_is_within_the_sampled_interval_of_pygamma_agreement(known: dict[str, Any]) -> None:
    units = GAMMA["units"][known["units"]]
    units = {who: units[who] for who in known["annotators"] or units}
    study = one_article(units, max(unit[1] for reading in units.values() for unit in reading))
    samples = min(known["samples"], 500)
    measure = Gamma(
        Dissimilarity(alpha=known["alpha"], beta=known["beta"], empty=known["empty"]),
        Chance(way=known["way"], samples=samples, precision=None),
    )
    value = values(measure, study)["gamma"]
    assert value.value is not None and value.low is not None and value.high is not None
    # Theirs is sampled too, so the difference varies more than ours alone.
    room = (1 + samples / known["samples"]) ** 0.5 * max(value.value - value.low, value.high - value.value)
    assert value.value == pytest.approx(known["gamma"], abs=room)
    assert 1 - known["disorder"] / known["expected"] == pytest.approx(known["gamma"], abs=1e-5)


@pytest.mark.parametrize("annotators", [2, 3, 4])
def test_identical_readings_give_1(annotators: int) -> None:
    draw = random.Random(3)
    articles = {f"n{number}": marked(draw, 6, 90) for number in range(3)}
    study = Study.of_readings(
        {f"r{number}": articles for number in range(annotators)}, lengths=dict.fromkeys(articles, 90)
    )
    found = MEASURE.values(study, bootstrap=Bootstrap(samples=50), by=("label", "pair", "article"))
    assert {value.name for value in found} == {"gamma", "gamma-cat", "gamma-k"}
    for value in found:
        assert (value.value, value.low, value.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(("annotators", "articles"), [(2, 60), (3, 12)])
def test_mathet_2015_independent_readings_give_about_0(annotators: int, articles: int) -> None:
    found = values(MEASURE, independent(articles, annotators=annotators), by=("label",))
    assert found["gamma"].value == pytest.approx(0, abs=0.03)
    for name in ("gamma-cat", *(f"gamma-k {label}" for label in LABELS)):
        assert found[name].value == pytest.approx(0, abs=0.15)


def test_a_little_noise_costs_a_little_and_more_costs_more() -> None:
    draw, found = random.Random(5), []
    truth = [marked(draw, 12, 400) for _ in range(10)]
    for moved in (0, 1, 3, 9, 27):
        other = [[(max(0, a + draw.randint(-moved, moved)), b + moved, c) for a, b, c in reading] for reading in truth]
        found.append(values(MEASURE, two(*zip(truth, other, strict=True), length=420))["gamma"].value)
    assert found[0] == 1
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.5


def test_gamma_cat_hears_of_labels_only() -> None:
    one: list[Unit] = [(10, 20, "a"), (30, 40, "b"), (50, 60, "c"), (70, 80, "a")]
    moved: list[Unit] = [(start + 1, end + 1, label) for start, end, label in one]
    other: list[Unit] = [(start, end, "b") for start, end, _ in one]
    found = [values(MEASURE, two((one, there), length=100)) for there in (moved, other, [*moved, (90, 95, "c")])]
    assert found[0]["gamma-cat"].value == 1
    assert found[0]["gamma"].value is not None and found[0]["gamma"].value < 1
    assert found[1]["gamma-cat"].value is not None and found[1]["gamma-cat"].value < 0
    assert found[2]["gamma-cat"].value == 1


def test_labels_that_are_near_each_other_cost_less() -> None:
    study = two(([(10, 20, "a"), (30, 40, "b")], [(10, 20, "b"), (30, 40, "b")]), length=100)
    near = Gamma(Dissimilarity(categories=np.array([[0.0, 0.1], [0.1, 0.0]])))
    tables = [measure.table(study, (0, 1), seed=0)[0, 0] for measure in (MEASURE, near)]
    # Observed disorder times the mean number of units is that of the one pair that differs.
    assert [round(float(table[0]), 12) for table in tables] == [1.0, 0.1]


@pytest.mark.parametrize("annotators", [2, 3])
@settings(max_examples=8, deadline=None)
@given(data=st.data(), draw=st.randoms(use_true_random=False))
def test_the_order_of_units_annotators_and_articles_does_not_matter(
    annotators: int, data: Any, draw: random.Random
) -> None:
    names = [f"r{number}" for number in range(annotators)]
    table = {name: {key: data.draw(readings) for key in "xyz"} for name in names}
    other = {
        name: {key: draw.sample(table[name][key], len(table[name][key])) for key in draw.sample("xyz", 3)}
        for name in draw.sample(names, annotators)
    }
    one, two_ = (
        MEASURE.values(
            Study.of_readings(some, lengths=dict.fromkeys("xyz", 30)), bootstrap=QUICK, by=("label", "article")
        )
        for some in (table, other)
    )
    assert one == two_


def test_one_seed_gives_one_value_and_another_another_within_the_interval() -> None:
    study = independent(1)
    one, same, other = (MEASURE.values(study, bootstrap=Bootstrap(seed=seed), by=())[0] for seed in (1, 1, 2))
    again = MEASURE.values(independent(1), bootstrap=Bootstrap(seed=1), by=())[0]
    assert one == same == again
    assert one.value != other.value
    assert one.low is not None and one.high is not None and other.value is not None
    assert one.low - 0.03 < other.value < one.high + 0.03


def test_an_article_has_the_same_value_whatever_it_stands_with() -> None:
    exactly = Gamma(chance=Chance(precision=None))
    draw = random.Random(4)
    two_ = {name: {key: marked(draw, 9, 200) for key in ("n0", "n1", "n2")} for name in ("ana", "ben")}
    one = {name: {"n1": articles["n1"]} for name, articles in two_.items()}
    several, alone = (
        exactly.values(
            Study.of_readings(some, lengths=dict.fromkeys(["n0", "n1", "n2"], 200)), bootstrap=QUICK, by=("article",)
        )
        for some in (two_, one)
    )
    known = [value for value in alone if value.article == "n1"]
    assert len(known) == 2
    assert [value for value in several if value.article == "n1"] == known


def test_precision_is_reached_with_more_samples() -> None:
    study = independent(1, units=5)
    for precision in (0.05, 0.01):
        measure = Gamma(chance=Chance(precision=precision))
        _, expected, _, _, half = measure.table(study, (0, 1), seed=0)[0, 0]
        assert half / expected == pytest.approx(precision, rel=0.4)


def test_over_articles_it_is_the_weighted_mean_of_disorders() -> None:
    study = independent(7)
    observed, expected = MEASURE.table(study, (0, 1), seed=0)[:, 0, :2].sum(axis=0)
    found = MEASURE.values(study, bootstrap=Bootstrap(samples=200), by=("pair", "article"))
    value = found[0]
    assert value.value == pytest.approx(1 - observed / expected)
    assert value.n == 7
    assert value.low is not None and value.high is not None and value.value is not None
    assert value.low < value.value < value.high
    per_article = [one for one in found if one.article is not None and one.name == "gamma"]
    assert len(per_article) == 7
    for one in per_article:
        assert one.low is not None and one.value is not None and one.high is not None
        assert one.low < one.value < one.high


def test_an_article_that_one_of_three_has_not_read_counts_for_two() -> None:
    draw = random.Random(2)
    one, other = marked(draw, 8, 100), marked(draw, 8, 100)
    study = Study.of_readings({"a": {"x": one}, "b": {"x": other}, "c": {"y": one}}, lengths={"x": 100, "y": 100})
    pair = Study.of_readings({"a": {"x": one}, "b": {"x": other}}, lengths={"x": 100})
    found, known = values(MEASURE, study)["gamma"], values(MEASURE, pair)["gamma"]
    assert (found.value, found.n) == (known.value, 1)


SAME: Final[list[Unit]] = [(3, 9, "a"), (20, 31, "a")]


@pytest.mark.parametrize(
    ("name", "articles", "why"),
    [
        ("gamma", [([], [])], "nobody has marked a unit"),
        ("gamma-cat", [([], [])], "no two units are aligned"),
        ("gamma", [([(3, 9, "a")], [])], "one unit only"),
        ("gamma", [([], []), ([], [(3, 9, "a")])], "one unit only"),
        ("gamma-cat", [([(0, 3, "a")], [(50, 55, "b")])], "no two units are aligned"),
        ("gamma-cat", [(SAME, SAME)], "by chance too"),
        ("gamma-k a", [(SAME, SAME)], "by chance too"),
        ("gamma-k b", [([(0, 3, "a"), (50, 55, "b")], [(0, 3, "a")])], "no unit of this label"),
    ],
    ids=range(8),
)
def test_an_undefined_value_says_why(name: str, articles: list[tuple[list[Unit], list[Unit]]], why: str) -> None:
    value = values(MEASURE, two(*articles), by=("label",))[name]
    assert (value.value, value.low, value.high) == (None, None, None)
    assert why in value.undefined


def test_one_annotator_has_no_value() -> None:
    value = values(MEASURE, one_article({"ana": SAME}, 60))["gamma"]
    assert (value.value, value.undefined) == (None, "there are fewer than two annotators")


def test_articles_without_units_change_nothing() -> None:
    draw = random.Random(8)
    pair = (marked(draw, 6, 60), marked(draw, 6, 60))
    found = [values(MEASURE, two(*articles))["gamma"] for articles in ([pair], [pair, ([], [])])]
    assert found[0].value == found[1].value
    assert [one.n for one in found] == [1, 2]
