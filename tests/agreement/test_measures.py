"""What holds for every measure: order, identity, chance, and what is undefined."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import QUICK, readings, two, values

from annotator import plugins
from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.measure import Measure
from annotator.agreement.study import Study, Unit
from annotator.agreement.value import Value

OWN: Final = [name for name in plugins.names("measures") if name != "gamma"]
LENGTH: Final = 30
TOKENS: Final = [(start, min(start + 4, LENGTH)) for start in range(0, LENGTH, 5)]
DIRECTED: Final = ("precision", "recall")
CHANCE: Final = [
    "cohen-kappa",
    "scott-pi",
    "bennett-s",
    "fleiss-kappa",
    "krippendorff-alpha",
    "alpha-u-1995",
    "u-alpha",
]


def measure(name: str) -> Measure:
    found: Measure = plugins.load("measures", name)
    return found


def study_of(marked: Mapping[str, Mapping[str, list[Unit]]]) -> Study:
    keys = {key for articles in marked.values() for key in articles}
    return Study.of_readings(marked, lengths=dict.fromkeys(keys, LENGTH), tokens=dict.fromkeys(keys, TOKENS))


annotators = st.dictionaries(
    st.sampled_from(["ana", "ben", "cem"]), st.dictionaries(st.sampled_from("xyz"), readings, min_size=1), min_size=2
)


def rounded(found: list[Value]) -> list[Value]:
    return [replace(one, value=None if one.value is None else round(one.value, 9)) for one in found]


def test_every_registered_measure_bears_its_name() -> None:
    assert len(OWN) == 16
    for name in OWN:
        assert measure(name).name == name
        assert measure(name).title


@pytest.mark.parametrize("name", OWN)
@settings(max_examples=8)
@given(marked=annotators, draw=st.randoms(use_true_random=False))
def test_the_order_of_spans_annotators_and_articles_does_not_matter(
    name: str, marked: dict[str, dict[str, list[Unit]]], draw: random.Random
) -> None:
    def shuffled(table: dict[str, object]) -> list[str]:
        return draw.sample(list(table), len(table))

    other = {
        who: {key: draw.sample(marked[who][key], len(marked[who][key])) for key in shuffled({**marked[who]})}
        for who in shuffled({**marked})
    }
    by = ("label", "pair", "article")
    assert measure(name).values(study_of(other), bootstrap=QUICK, by=by) == measure(name).values(
        study_of(marked), bootstrap=QUICK, by=by
    )


@pytest.mark.parametrize("name", OWN)
@settings(max_examples=8)
@given(marked=annotators)
def test_who_is_called_what_does_not_matter(name: str, marked: dict[str, dict[str, list[Unit]]]) -> None:
    turned = {who: marked[name_] for who, name_ in zip(sorted(marked), sorted(marked, reverse=True), strict=True)}
    by = () if name == "disagreement" else ("label",)  # by label it goes by the first of the pair, as it says
    forward, backward = (measure(name).values(study_of(one), bootstrap=QUICK, by=by) for one in (marked, turned))
    assert rounded(forward) == rounded(backward)


@pytest.mark.parametrize("name", OWN)
@settings(max_examples=8)
@given(marked=st.dictionaries(st.sampled_from("xyz"), readings, min_size=1), people=st.integers(2, 3))
def test_identical_layers_give_1(name: str, marked: dict[str, list[Unit]], people: int) -> None:
    study = study_of({f"r{number}": marked for number in range(people)})
    for value in measure(name).values(study, bootstrap=Bootstrap(samples=5), by=("label", "pair", "article")):
        if value.value is None:
            assert value.undefined
        elif name != "attributes":
            assert value.value == pytest.approx(1.0)


@pytest.mark.parametrize("name", CHANCE)
def test_independent_random_layers_give_about_0(name: str) -> None:
    draw = random.Random(5)

    def reading() -> list[Unit]:
        starts = range(0, LENGTH, 5)
        return [(at, at + 5, draw.choice("ab")) for at in starts if draw.random() < 0.6]

    marked = {who: {f"n{number}": reading() for number in range(400)} for who in ("ana", "ben", "cem")}
    for key, value in values(measure(name), study_of(marked), by=("label",)).items():
        # S takes all categories to be equally likely, which these are not quite, and the unitizing α's expect units to
        # lie anywhere, while these have places.
        width = 0.35 if name in ("bennett-s", "alpha-u-1995") else 0.06
        assert value.value is not None, key
        assert abs(value.value) < width, (key, value.value)


@settings(max_examples=8)
@given(marked=annotators)
@pytest.mark.parametrize("name", OWN)
def test_a_value_is_a_number_or_says_why_not(name: str, marked: dict[str, dict[str, list[Unit]]]) -> None:
    study = study_of(marked)
    for value in measure(name).values(study, bootstrap=Bootstrap(samples=20), by=("label", "pair", "article")):
        assert (value.value is None) == bool(value.undefined)
        assert value.value is None or value.value <= 1 + 1e-9
        assert (value.low is None) == (value.high is None)
        assert value.low is None or value.high is None or value.low <= value.high
        assert value.low is None or (value.n > 1 and value.article is None)


EMPTY: Final[list[Unit]] = []
ALL: Final[list[Unit]] = [(0, LENGTH, "a")]


@pytest.mark.parametrize("name", ["exact-f1", "disagreement", *CHANCE])
@pytest.mark.parametrize(
    ("marked", "why"),
    [
        ({}, "fewer than two annotators"),
        ({"ana": {"x": ALL}}, "fewer than two annotators"),
        ({"ana": {"x": ALL}, "ben": {"y": ALL}}, "no article was read by"),
    ],
    ids=["nobody", "one-annotator", "nothing-shared"],
)
def test_nothing_to_compare(name: str, marked: dict[str, dict[str, list[Unit]]], why: str) -> None:
    for value in values(measure(name), study_of(marked)).values():
        assert value.value is None
        assert why in value.undefined
        assert value.n == 0


@pytest.mark.parametrize(
    ("name", "first", "second", "figure", "why"),
    [
        ("disagreement", ALL, ALL, "disagreement-label", "do not disagree"),
        ("cohen-kappa", EMPTY, EMPTY, "cohen-kappa-characters", "same one set of labels"),
        ("scott-pi", ALL, ALL, "scott-pi-characters", "same one set of labels"),
        ("bennett-s", EMPTY, EMPTY, "bennett-s-characters", "one category"),
        ("fleiss-kappa", EMPTY, EMPTY, "fleiss-kappa-characters", "same one set of labels"),
        ("krippendorff-alpha", ALL, ALL, "krippendorff-alpha-tokens", "same one set of labels"),
        ("alpha-u-1995", EMPTY, EMPTY, "alpha-u-1995", "nobody has marked"),
        ("u-alpha", ALL, ALL, "u-alpha", "one category"),
        ("u-alpha", EMPTY, EMPTY, "u-alpha-binary", "one category"),
        ("u-alpha", [(0, 3, "a")], [(5, 9, "a")], "cu-alpha", "marked by two"),
        ("u-alpha", [(0, 3, "a")], [(0, 3, "a")], "cu-alpha", "one set of labels only"),
        ("u-alpha", [(0, 3, "a")], [(0, 3, "a")], "ku-alpha a", "always has this label"),
    ],
)
def test_undefined(name: str, first: list[Unit], second: list[Unit], figure: str, why: str) -> None:
    value = values(measure(name), study_of({"ana": {"x": first}, "ben": {"x": second}}), by=("label",))[figure]
    assert value.value is None
    assert why in value.undefined


@pytest.mark.parametrize("name", ["observed-agreement", *CHANCE[:5]])
def test_without_tokens_the_figures_on_tokens_say_so(name: str) -> None:
    found = values(measure(name), two(([(0, 3, "a")], [(0, 2, "a")])))
    assert found[f"{name}-tokens"].undefined == "no token boundaries were given"
    assert found[f"{name}-characters"].value is not None


def test_articles_without_text_have_nothing_to_compare() -> None:
    study = Study.of_readings({"ana": {"x": []}, "ben": {"x": []}}, tokens={"x": []})
    for name in ("observed-agreement", *CHANCE[:5]):
        assert all("no positions" in value.undefined for value in values(measure(name), study).values())


@pytest.mark.parametrize("name", ["krippendorff-alpha", "cohen-kappa", "u-alpha", "exact-f1", "alpha-u-1995"])
def test_figures_by_article_are_those_of_the_article_alone(name: str) -> None:
    marked = {
        "ana": {"x": [(0, 3, "a"), (2, 9, "b")], "y": [(0, 5, "a")], "z": []},
        "ben": {"x": [(0, 4, "a"), (3, 9, "b")], "y": [(3, 9, "b")]},
    }
    found = measure(name).values(study_of(marked), bootstrap=QUICK, by=("article",))
    articles = [value for value in found if value.article is not None]
    assert {value.article for value in articles} == {"x", "y"}
    for value in articles:
        alone = {who: {key: units for key, units in one.items() if key == value.article} for who, one in marked.items()}
        assert values(measure(name), study_of(alone))[value.name].value == pytest.approx(value.value)


@pytest.mark.parametrize("name", [name for name in OWN if name not in ("attributes", "fleiss-kappa", *DIRECTED)])
def test_an_article_that_two_of_three_have_read_has_the_figure_of_the_two(name: str) -> None:
    marked = {
        "ana": {"x": [(0, 3, "a")], "y": [(0, 5, "a"), (7, 9, "b")]},
        "ben": {"x": [(1, 3, "a")], "y": [(3, 9, "b")]},
        "cem": {"x": [(0, 3, "b")]},
    }
    found = measure(name).values(study_of(marked), bootstrap=QUICK, by=("article",))
    alone = values(measure(name), study_of({who: {"y": marked[who]["y"]} for who in ("ana", "ben")}))
    of_y = {value.name: value for value in found if value.article == "y"}
    assert of_y
    for key, value in of_y.items():
        assert (value.value, value.undefined) == (pytest.approx(alone[key].value), alone[key].undefined)


def test_samples_without_an_article_of_a_pair_do_not_count_as_its_agreement() -> None:
    marked: dict[str, dict[str, list[Unit]]] = {
        "ana": {f"n{number}": [(0, 3, "a")] for number in range(6)},
        "ben": {f"n{number}": [(4, 6, "a")] for number in range(6)},
        "cem": {"n0": [(8, 9, "a")]},
    }
    mean = measure("exact-f1").values(study_of(marked), bootstrap=Bootstrap(seed=1, samples=50), by=())[0]
    assert (mean.value, mean.low, mean.high) == (0.0, 0.0, 0.0)


def test_the_mean_over_pairs_leaves_out_pairs_without_a_value() -> None:
    marked: dict[str, dict[str, list[Unit]]] = {
        "ana": {"x": ALL},
        "ben": {"x": ALL, "y": [(0, 15, "a")]},
        "cem": {"y": [(0, 15, "a")]},
    }
    value = values(measure("cohen-kappa"), study_of(marked))["cohen-kappa-characters"]
    assert value.value == pytest.approx(1.0)
    assert value.n == 2
