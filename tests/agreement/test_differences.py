"""Where two annotators differ: the same numbers as the measures have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from studies import QUICK

from annotator.agreement import exact_f1
from annotator.agreement.differences import (
    NOBODY,
    SAME,
    by_article,
    confusion,
    differences,
    exact_scores,
    with_label,
)
from annotator.agreement.disagreement import KINDS, MEASURE
from annotator.agreement.study import Study, Unit

UNIT = st.tuples(st.integers(0, 12), st.integers(1, 5), st.sampled_from("xyz")).map(lambda u: (u[0], u[0] + u[1], u[2]))
READING = st.dictionaries(st.sampled_from(["k1", "k2", "k3"]), st.lists(UNIT, max_size=6), min_size=1)

READINGS: dict[str, dict[str, list[Unit]]] = {
    "ana": {"k1": [(0, 5, "x"), (10, 14, "x"), (20, 25, "y"), (30, 34, "x")], "k2": []},
    "ben": {"k1": [(0, 5, "x"), (10, 14, "y"), (20, 26, "y"), (50, 52, "x")], "k2": [(1, 2, "y")], "k3": [(0, 1, "x")]},
}


def test_each_unit_is_in_one_place_and_has_its_kind() -> None:
    study = Study.of_readings(READINGS)
    found = differences(study, 0, 1)
    units = study.units

    def extent(at: int) -> tuple[int, int] | None:
        return None if at == NOBODY else (int(units.start[at]), int(units.end[at]))

    told = [
        (study.articles[article], [*KINDS, "same"][kind], extent(a), extent(b))
        for article, a, b, kind in zip(
            found.article.tolist(), found.first.tolist(), found.second.tolist(), found.kind.tolist(), strict=True
        )
    ]
    assert told == [
        ("k1", "same", (0, 5), (0, 5)),
        ("k1", "label", (10, 14), (10, 14)),
        ("k1", "boundary", (20, 25), (20, 26)),
        ("k1", "missing", (30, 34), None),
        ("k1", "missing", None, (50, 52)),
        ("k2", "missing", None, (1, 2)),
    ]
    assert by_article(study, found).tolist() == [[1, 1, 0, 2, 1], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]]
    assert len(with_label(study, found, study.labels.index("y")).kind) == 3
    assert with_label(study, found, None) is found


def test_confusion_has_rows_of_the_one_and_columns_of_the_other() -> None:
    study = Study.of_readings(READINGS)
    assert confusion(study, [(0, 1)], directed=True).tolist() == [[1, 1, 1], [0, 1, 0], [1, 1, 0]]
    both = confusion(study, [(0, 1)], directed=False)
    assert (both == both.T).all()
    assert both.sum() == 6


@given(READING, READING)
def test_they_add_up_to_what_the_measures_say(ana: dict[str, list[Unit]], ben: dict[str, list[Unit]]) -> None:
    study = Study.of_readings({"ana": ana, "ben": ben}, lengths=dict.fromkeys(["k1", "k2", "k3"], 20))
    if not study.pairs():
        return
    counts = by_article(study, differences(study, 0, 1)).sum(axis=0)
    values = {v.name: v.value for v in MEASURE.values(study, bootstrap=QUICK, by=())}
    for at, kind in enumerate(KINDS):
        expected = counts[at] / counts[:SAME].sum() if counts[:SAME].sum() else None
        assert values[f"disagreement-{kind}"] == (expected if expected is None else pytest.approx(expected))
    assert confusion(study, [(0, 1)], directed=True).sum() == counts.sum()
    found = exact_f1.MEASURE.values(study, bootstrap=QUICK, by=("article",))
    by_key = {v.article: v.value for v in found if v.article}
    scores = exact_scores(study, 0, 1)
    assert {study.articles[at] for at in np.flatnonzero(~np.isnan(scores)).tolist()} == set(by_key)
    assert [by_key[key] for key in sorted(by_key)] == pytest.approx(scores[~np.isnan(scores)].tolist())
