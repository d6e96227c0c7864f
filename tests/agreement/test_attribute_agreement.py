"""Agreement on attributes of spans that both have marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from studies import QUICK

from annotator.agreement.attributes import MEASURE
from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.reliability import alpha
from annotator.agreement.study import Study
from annotator.agreement.value import Value
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span

Given = list[tuple[int, int, str, Mapping[str, Any]]]
TEXT = "." * 400


def study_of(*readings: Given, **more: Any) -> Study:
    """Return a study of one article, each reading that of an annotator; ids are "s0", "s1" and so on."""
    records = []
    for number, marked in enumerate(readings):
        spans = tuple(Span(f"s{at}", *span) for at, span in enumerate(marked))
        records.append(Record("", "x", "", TEXT, {}, LayerRecord(f"r{number}", spans=spans)))
    return Study.of(records, **more)


def found(study: Study) -> dict[str, Value]:
    values = MEASURE.values(study, bootstrap=QUICK, by=("label",))
    return {f"{value.label} {value.name}": value for value in values}


def places(values: list[Any], name: str, label: str = "c") -> Given:
    return [(at * 10, at * 10 + 5, label, {} if value is None else {name: value}) for at, value in enumerate(values)]


def test_a_choice_is_nominal_alpha() -> None:
    one, two = ["x", "x", "y", "y", None], ["x", "y", "y", "y", None]
    value = found(study_of(places(one, "kind"), places(two, "kind")))["c attribute-alpha:kind"]
    pairs = list(zip(one[:4], two[:4], strict=True))
    assert value.value == pytest.approx(alpha(pairs, metric="nominal", values=["x", "y"]))
    assert value.n == 1


def test_a_value_that_only_one_has_set_is_a_disagreement() -> None:
    one, two = ["x", "y", "x"], ["x", "y", None]
    value = found(study_of(places(one, "kind"), places(two, "kind")))["c attribute-alpha:kind"]
    pairs = [("x", "x"), ("y", "y"), ("x", "unset")]
    assert value.value == pytest.approx(alpha(pairs, metric="nominal", values=["x", "y", "unset"]))


def test_a_flag_that_is_not_set_is_false() -> None:
    one, two = [True, True, False], [True, None, None]
    value = found(study_of(places(one, "sure"), places(two, "sure")))["c attribute-alpha:sure"]
    # the third span counts, since one of the two has said something: false, which is what the other means too
    pairs = [(True, True), (True, False), (False, False)]
    assert value.value == pytest.approx(alpha(pairs, metric="nominal", values=[True, False]))


def test_the_order_of_several_choices_does_not_matter() -> None:
    one, two = [["x", "y"], ["x"]], [["y", "x"], ["x"]]
    assert found(study_of(places(one, "who"), places(two, "who")))["c attribute-alpha:who"].value == 1.0


def test_a_count_is_interval_alpha_of_the_best_value() -> None:
    one = [{"best": 3}, {"min": 10, "max": 20}, {"min": 100}, {"term": "dozens"}]
    two = [{"best": 5}, {"best": 15}, {"best": 130}, {"best": 12}]
    values = found(study_of(places(one, "count"), places(two, "count")))
    pairs = [(3, 5), (15, 15), (100, 130)]
    expected = alpha(pairs, metric="interval", values=[3, 5, 15, 100, 130])
    assert values["c attribute-alpha:count"].value == pytest.approx(expected)


def test_ranges_overlap_by_shared_over_joint_length() -> None:
    one = [{"best": 3}, {"min": 10, "max": 19}, {"min": 1, "best": 2}, {"term": "dozens"}]
    two = [{"best": 3}, {"min": 15, "max": 24}, {"best": 7}, {"best": 12}]
    values = found(study_of(places(one, "count"), places(two, "count")))
    assert values["c attribute-overlap:count"].value == pytest.approx((1 + 5 / 15 + 0) / 3)


def test_large_counts_that_differ_little_keep_their_digits() -> None:
    one = [{"best": 10**15 + at} for at in (0, 2, 4, 6)]
    two = [{"best": 10**15 + at} for at in (0, 2, 4, 7)]
    value = found(study_of(places(one, "count"), places(two, "count")))["c attribute-alpha:count"].value
    pairs = [(0, 0), (2, 2), (4, 4), (6, 7)]
    assert value == pytest.approx(alpha(pairs, metric="interval", values=[0, 2, 4, 6, 7]), rel=1e-6)


def test_links_agree_where_both_ends_are_partners() -> None:
    target: Given = [(100, 110, "a", {}), (120, 130, "a", {})]
    one = [*target, (0, 5, "c", {"by": "s0"}), (10, 15, "c", {"by": ["s0", "s1"]}), (20, 25, "c", {"by": "gone"})]
    two = [*target, (0, 5, "c", {"by": "s0"}), (11, 15, "c", {"by": ["s1"]}), (20, 25, "c", {"by": "gone"})]
    study = study_of(one, two)
    kinds = {("c", "by"): "link"}
    study = Study(
        study.annotators,
        study.articles,
        study.labels,
        study.lengths,
        study.seen,
        study.units,
        study.ids,
        study.attributes,
        kinds,
    )
    # 4 links and 3; s0 of the first, s1 of the second agree; a link to nothing agrees with none
    assert found(study)["c attribute-f1:by"].value == pytest.approx(2 * 2 / 7)


def test_only_partners_of_one_label_are_compared() -> None:
    one = [(0, 5, "c", {"kind": "x"}), (10, 15, "c", {"kind": "x"}), (30, 35, "c", {"kind": "y"})]
    two = [(2, 6, "c", {"kind": "x"}), (10, 15, "d", {"kind": "y"}), (30, 35, "c", {"kind": "y"})]
    values = found(study_of(one, two))
    assert values["c attribute-alpha:kind"].value == 1.0
    assert values["d attribute-alpha:kind"].value is None
    assert "no span that both marked" in values["d attribute-alpha:kind"].undefined


@pytest.mark.parametrize(
    ("name", "one", "two", "why"),
    [
        ("attribute-alpha:kind", {"kind": "x"}, {"kind": "x"}, "the same value"),
        ("attribute-alpha:n", {"n": {"best": 2}}, {"n": {"best": 2}}, "numbers are the same"),
        ("attribute-alpha:n", {"n": {"best": 2}}, {"n": {"term": "dozens"}}, "number from both"),
        ("attribute-overlap:n", {"n": {"best": 2}}, {}, "number from both"),
    ],
)
def test_undefined(name: str, one: dict[str, Any], two: dict[str, Any], why: str) -> None:
    value = found(study_of([(0, 5, "c", one)], [(0, 5, "c", two)]))[f"c {name}"]
    assert value.value is None
    assert why in value.undefined


def test_links_that_nobody_has_set_are_undefined() -> None:
    study = study_of([(0, 5, "c", {"by": "s0"})], [(50, 55, "c", {"by": "s0"})])
    study = Study(
        study.annotators, study.articles, study.labels, study.lengths, study.seen, study.units, study.ids, study.attributes,
        {("c", "by"): "link"},
    )  # fmt: skip
    value = found(study)["c attribute-f1:by"]
    assert value.value is None and "has a link" in value.undefined


def test_it_has_intervals_over_articles_and_a_mean_over_pairs() -> None:
    records = []
    for article in range(12):
        for who, kind in (("ana", "x"), ("ben", "x" if article % 3 else "y"), ("cem", "y" if article % 2 else "x")):
            spans = (Span("s1", 0, 5, "c", {"kind": kind}), Span("s2", 10, 15, "c", {"kind": "y"}))
            records.append(Record("", f"n{article}", "", TEXT, {}, LayerRecord(who, spans=spans)))
    values = MEASURE.values(Study.of(records), bootstrap=Bootstrap(seed=1, samples=200))
    mean, *pairs = values
    assert [value.pair for value in pairs] == [("ana", "ben"), ("ana", "cem"), ("ben", "cem")]
    assert mean.value == pytest.approx(sum(value.value or 0 for value in pairs) / 3)
    assert mean.low is not None and mean.high is not None and mean.value is not None
    assert mean.low < mean.value < mean.high
    assert mean.n == 12


def test_pairs_that_use_different_numbers_of_values() -> None:
    kinds = ["x", "y", "z"], ["x", "y", "y"], ["x", "x", "x"], None  # the last has marked one span and set nothing
    names, records = ("ana", "ben", "cem", "zed"), []
    for who, mine in zip(names, kinds, strict=True):
        for article in range(3 if mine else 1):
            spans = (Span("s1", 0, 5, "c", {"kind": mine[article]} if mine else {}),)
            records.append(Record("", f"n{article}", "", TEXT, {}, LayerRecord(who, spans=spans)))
    values = MEASURE.values(Study.of(records), bootstrap=Bootstrap(seed=1, samples=50), by=("pair", "label", "article"))
    of = {value.pair: value.value for value in values}
    read = [kind for kind in kinds if kind]
    for one, two in ((0, 1), (0, 2), (1, 2)):
        pairs = list(zip(read[one], read[two], strict=True))
        expected = alpha(pairs, metric="nominal", values=["x", "y", "z"])
        assert of[names[one], names[two]] == pytest.approx(expected)
    assert of["ana", "zed"] == 0  # one span, its value set by one of the two: what chance would do as well
    defined = [value for pair, value in of.items() if pair is not None and value is not None]
    assert of[None] == pytest.approx(sum(defined) / len(defined))
