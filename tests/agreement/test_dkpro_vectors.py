"""Published studies through the measures, as dkpro-statistics has collected them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
from studies import coding, one_article, values, vectors

from annotator.agreement import alpha, alpha_u_1995, fleiss, kappa, observed, reliability
from annotator.agreement.measure import Measure
from annotator.agreement.study import Study
from annotator.agreement.value import Value

DATA: Final = vectors("dkpro")
METRICS: Final = {
    "OrdinalDistanceFunction": "ordinal",
    "IntervalDistanceFunction": "interval",
    "RatioDistanceFunction": "ratio",
}
MEASURES: Final[dict[str, Measure]] = {
    "PercentageAgreement": observed.MEASURE,
    "CohenKappaAgreement": kappa.COHEN,
    "ScottPiAgreement": kappa.SCOTT,
    "BennettSAgreement": kappa.BENNETT,
    "FleissKappaAgreement": fleiss.MEASURE,
    "KrippendorffAlphaAgreement": alpha.MEASURE,
    "KrippendorffAlphaUnitizingAgreement": alpha_u_1995.MEASURE,
}


def study_of(name: str) -> Study:
    data = DATA["studies"][name]
    if data["kind"] == "coding":
        return coding(data["items"])
    readings: dict[str, list[Any]] = {f"r{rater}": [] for rater in range(data["raters"])}
    for unit in data["units"]:
        start = unit["offset"] - data["begin"]
        readings[f"r{unit['rater']}"].append((start, start + unit["length"], unit["category"]))
    return one_article(readings, data["length"])


def value_of(case: dict[str, Any]) -> Value:
    measure = MEASURES[case["measure"]]
    if case["function"] == "calculateObservedAgreement":
        measure = observed.MEASURE
    label = str(case["args"][0]) if "args" in case else None
    found = values(measure, study_of(case["study"]), by=("label",)).values()
    (value,) = (one for one in found if one.label == label and not one.name.endswith("-tokens"))
    return value


def disagreement_of(case: dict[str, Any]) -> float:
    study = study_of(case["study"])
    kinds = alpha_u_1995.disagreements(study, tuple(range(len(study.annotators))))
    of_labels = kinds[int("Expected" in case["function"]), 0]
    return float(of_labels[study.labels.index(case["args"][0])] if "args" in case else of_labels.sum())


def weighted_alpha_of(case: dict[str, Any]) -> float | None:
    items = [item[1:] for item in DATA["studies"][case["study"]]["items"] for _ in range(item[0])]
    used = sorted({value for item in items for value in item if value is not None})
    if case["distance"] in METRICS:
        return reliability.alpha(items, metric=METRICS[case["distance"]], values=used)
    if case["study"] == "S003":  # "0 if equal, 0.5 if either is Chck, else 1"
        table = [[0 if a == b else 0.5 if "Chck" in (a, b) else 1 for b in used] for a in used]
        return reliability.alpha(items, metric=np.array(table), values=used)
    own = DATA["distances"][f"WeightedAgreement {case['test']}"]
    return reliability.alpha(items, metric=np.array(own["weights"]) / own["divide_by"], values=own["order"])


def ids(case: dict[str, Any]) -> str:
    source = case["source"].rpartition("/")[2].removesuffix("Test.java")
    parts = (source, case["study"], case["measure"], case["function"].removeprefix("calculate"), *case.get("args", ()))
    return "-".join(map(str, parts))


@pytest.mark.parametrize("case", DATA["assertions"], ids=ids)
def test_the_figure_is_that_of_the_paper(case: dict[str, Any]) -> None:
    if case["measure"].endswith("UnitizingAgreement") and case["function"].endswith("Disagreement"):
        found: float | None = disagreement_of(case)
    elif case.get("distance") not in (None, "NominalDistanceFunction"):
        found = weighted_alpha_of(case)
    else:
        found = value_of(case).value
    assert found == pytest.approx(case["expected"], abs=case.get("tolerance") or 1e-9)


@pytest.mark.parametrize("case", DATA["undefined"], ids=ids)
def test_what_dkpro_gives_a_number_for_though_chance_cannot_disagree_is_undefined(case: dict[str, Any]) -> None:
    value = value_of(case)
    assert value.value is None
    assert value.undefined


def test_every_figure_is_checked_or_says_why_not() -> None:
    assert len(DATA["assertions"]) > 150
    assert all(entry["reason"] and entry["studies"] for entry in DATA["left_out"])
    assert {case["measure"] for case in DATA["assertions"]} == MEASURES.keys()
