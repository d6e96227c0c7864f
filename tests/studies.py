"""Studies for the tests of agreement: of coding tables, of random spans, and of files with figures."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.measure import By, Measure
from annotator.agreement.study import Study, Unit
from annotator.agreement.value import Value

VECTORS = Path(__file__).parent / "vectors"
SHARED = Path(__file__).parents[2] / "shared" / "data"
QUICK = Bootstrap(samples=0)
Reading = Sequence[Unit]


def vectors(name: str) -> Any:
    """Return what a file of tests/vectors holds."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def coding(items: Iterable[Sequence[Any]]) -> Study:
    """Return a study in which each item is an article that is labelled from end to end.

    Args:
        items: How often an item occurs (the length of its article), then the value of each annotator; None where an
            annotator has none, "" for no label.
    """
    readings: dict[str, dict[str, list[Unit]]] = {}
    lengths = {}
    for number, (times, *values) in enumerate(items):
        for annotator, value in enumerate(values):
            if times and value is not None:
                key = f"i{number:05}"
                lengths[key] = times
                units = [] if value == "" else [(0, times, str(value))]
                readings.setdefault(f"r{annotator}", {})[key] = units
    return Study.of_readings(readings, lengths=lengths)


def one_article(readings: Mapping[str, Iterable[Sequence[Any]]], length: int) -> Study:
    """Return a study of one article, "x", with the units of each annotator as (start, end, label)."""
    units = {name: {"x": [(a, b, c) for a, b, c in marked]} for name, marked in readings.items()}
    return Study.of_readings(units, lengths={"x": length})


def two(*articles: tuple[Iterable[Unit], Iterable[Unit]], length: int = 60) -> Study:
    """Return a study of two annotators, ana and ben; each article is a reading of each."""
    keys = [f"n{number}" for number in range(len(articles))]
    sides = ([side[which] for side in articles] for which in (0, 1))
    readings = {name: dict(zip(keys, side, strict=True)) for name, side in zip(("ana", "ben"), sides, strict=True)}
    return Study.of_readings(readings, lengths=dict.fromkeys(keys, length))


def values(measure: Measure, study: Study, by: Collection[By] = ()) -> dict[str, Value]:
    """Return the values of a measure over everything, or by label, by name or "name label"."""
    found = measure.values(study, bootstrap=QUICK, by=by)
    return {f"{value.name} {value.label}" if value.label else value.name: value for value in found if not value.pair}


def figure(measure: Measure, study: Study, name: str) -> float | None:
    """Return one figure over everything, or by label ("name label")."""
    return values(measure, study, by=("label",) if " " in name else ())[name].value


units = st.tuples(st.integers(0, 18), st.integers(1, 12), st.sampled_from("abc")).map(
    lambda u: (u[0], u[0] + u[1], u[2])
)
"""A unit of an article of 30 code points; units may overlap and nest."""
readings = st.lists(units, max_size=6)
