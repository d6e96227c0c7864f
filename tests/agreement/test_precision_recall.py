"""Precision and recall against a reference: a case by hand, and what ties them to F1."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import QUICK, readings

from annotator.agreement import disagreement, exact_f1, overlap_f1, span_f1
from annotator.agreement.differences import by_article, differences, kind_names
from annotator.agreement.disagreement import kinds_of
from annotator.agreement.measure import Additive
from annotator.agreement.precision_recall import PRECISION, RECALL
from annotator.agreement.study import Study, Unit
from annotator.agreement.value import Value

F1 = {"exact": exact_f1.MEASURE, "span": span_f1.MEASURE, "overlap": overlap_f1.MEASURE}
articles = st.dictionaries(st.sampled_from("xyz"), readings, min_size=1)
Marked = dict[str, list[Unit]]


def against(reference: Marked, other: Marked) -> Study:
    """Return a study whose reference comes last by name, so that the order asked for is what counts."""
    return Study.of_readings({"truth": reference, "model": other}, order=("truth", "model"), directed=True)


def figures(measure: Additive, study: Study) -> dict[tuple[str, str | None], Value]:
    found = measure.values(study, bootstrap=QUICK, by=("label",))
    return {(value.name.removeprefix(f"{measure.name}-"), value.label): value for value in found}


def test_by_hand() -> None:
    """Of four units one is the same, one has another label, one only overlaps, one is nowhere; one is missed."""
    truth: Marked = {"x": [(0, 3, "a"), (5, 8, "a"), (10, 14, "b"), (20, 22, "b"), (25, 26, "a")]}
    model: Marked = {"x": [(0, 3, "a"), (5, 8, "b"), (10, 12, "b"), (30, 33, "b")]}
    study = against(truth, model)
    assert study.annotators == ("truth", "model")
    precision, recall = figures(PRECISION, study), figures(RECALL, study)
    told = {scheme: (precision[scheme, None].value, recall[scheme, None].value) for scheme in F1}
    assert told == {"exact": (1 / 4, 1 / 5), "span": (2 / 4, 2 / 5), "overlap": (1.5 / 4, 1.5 / 5)}
    assert (precision["exact", "a"].value, recall["exact", "a"].value) == (1.0, pytest.approx(1 / 3))
    kinds = {
        value.name.removeprefix("disagreement-"): value.value for value in disagreement.MEASURE.values(study, by=())
    }
    assert kinds == {"label": 0.2, "boundary": 0.2, "both": 0.0, "missed": 0.4, "spurious": 0.2}
    found = differences(study, 0, 1)
    assert kind_names(study, found) == ["alike", "label", "boundary", "missed", "missed", "spurious"]
    assert by_article(study, found).tolist() == [[1, 1, 0, 2, 1, 1]]
    assert kinds_of(study)[3:] == ("missed", "spurious")


@settings(max_examples=40, deadline=None)
@given(reference=articles, other=articles)
def test_f1_is_their_harmonic_mean(reference: Marked, other: Marked) -> None:
    study = against(reference, other)
    precision, recall = figures(PRECISION, study), figures(RECALL, study)
    for scheme, measure in F1.items():
        for value in measure.values(study, bootstrap=QUICK, by=("label",)):
            if value.pair is not None or value.name != measure.name:
                continue
            p, r = precision[scheme, value.label].value, recall[scheme, value.label].value
            if p is None or r is None:  # where one side has nothing, F1 is 0, or 1 or undefined where neither has
                assert value.value in (None, 0.0, 1.0)
            else:
                assert value.value == pytest.approx(2 * p * r / (p + r) if p + r else 0.0)


@settings(max_examples=40, deadline=None)
@given(reference=articles, other=articles)
def test_with_the_layers_changed_over_each_is_the_other(reference: Marked, other: Marked) -> None:
    forward, backward = against(reference, other), against(other, reference)
    for one, two in ((PRECISION, RECALL), (RECALL, PRECISION)):
        there, back = figures(one, forward), figures(two, backward)
        assert {key: value.value for key, value in there.items()} == {
            key: pytest.approx(value.value) if value.value is not None else None for key, value in back.items()
        }


@settings(max_examples=20, deadline=None)
@given(reference=articles, other=articles)
def test_a_value_is_a_share_or_says_why_not(reference: Marked, other: Marked) -> None:
    study = against(reference, other)
    for measure, whose in ((PRECISION, "the layer that is compared"), (RECALL, "the reference has")):
        for value in figures(measure, study).values():
            assert (value.value is None) == bool(value.undefined)
            assert value.value is None or 0 <= value.value <= 1
            assert not value.undefined or value.undefined.startswith((whose, "no article was read by"))


def test_without_a_reference_there_is_nothing_to_say() -> None:
    study = Study.of_readings({"ana": {"x": [(0, 3, "a")]}, "ben": {"x": [(0, 3, "a")]}})
    assert PRECISION.values(study) == RECALL.values(study) == []
    assert PRECISION.directed and not exact_f1.MEASURE.directed
