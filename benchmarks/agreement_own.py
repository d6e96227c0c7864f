"""The measures of this project, timed alone in a process of their own.

    python -m benchmarks.agreement_own MEASURE STUDY compared|alone RESULT

Invariant: the clock runs from a study without anything computed on it to the values; the seconds to build the study
from plain units, which all measures share, are given apart.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from annotator.agreement import alpha, exact_f1, gamma, kappa, nervaluate, u_alpha
from annotator.agreement.bootstrap import Bootstrap
from annotator.agreement.gamma_disorder import Chance
from annotator.agreement.measure import By, Figure, evaluate
from annotator.agreement.study import Study, Unit
from benchmarks.agreement_peers import Data, timed

POINTS: Final = Bootstrap(samples=0)
LAZY: Final = ("scipy.optimize", "scipy.sparse.csgraph")  # imported by measures that need them; no part of their time
Values = Callable[[Study], Any]


def _readings(data: Data) -> dict[str, dict[str, list[Unit]]]:
    keys = [f"{number:06}" for number in range(len(data.articles))]
    return {f"ana-{who}": {key: data.units(int(key), who) for key in keys} for who in range(data.annotators)}


def study_of(data: Data, readings: dict[str, dict[str, list[Unit]]]) -> Study:
    """Return the study of plain units."""
    which = {f"{number:06}": article[0] for number, article in enumerate(data.articles)}
    lengths = {key: len(data.texts[text]) for key, text in which.items()}
    tokens = {key: data.tokens[text] for key, text in which.items()}
    return Study.of_readings(readings, lengths=lengths, tokens=tokens)


def _overall(figure: Figure) -> Values:
    def values(study: Study) -> float | None:
        return next(evaluate(figure, study, bootstrap=POINTS, by=())).value

    return values


def _articles(figure: Figure) -> Values:
    """Return the figure of each article, that over all of them left out."""
    by: tuple[By, ...] = ("article",)

    def values(study: Study) -> list[float | None]:
        return [value.value for value in list(evaluate(figure, study, bootstrap=POINTS, by=by))[1:]]

    return values


def _schemes(study: Study) -> dict[str, float | None]:
    values = nervaluate.MEASURE.values(study, bootstrap=POINTS, by=())
    return {value.name.removeprefix("nervaluate-"): value.value for value in values}


def _list_order(study: Study) -> dict[str, list[int]]:
    """Return nervaluate's own counts, over all pairs."""
    pairs = study.pairs()
    counts = nervaluate.counts
    return {
        scheme: np.sum([counts(study, a, b, scheme, list_order=True) for a, b in pairs], axis=0).tolist()
        for scheme in nervaluate.SCHEMES
    }


def _gamma(study: Study) -> float | None:
    return gamma.MEASURE.values(study, bootstrap=POINTS, by=())[0].value


def _disorders(study: Study) -> list[list[float]]:
    """Return the observed and expected disorder of each article, sampled as pygamma-agreement samples."""
    measure = gamma.Gamma(chance=Chance(way="statistical", precision=None))
    table = measure.table(study, tuple(range(len(study.annotators))), seed=1)[:, 0]
    return [[row[0] / row[2], row[1] / row[2]] for row in table.tolist()]


MEASURES: Final[dict[str, tuple[Values, Values]]] = {
    # What is timed, and what is compared with the peers' figures.
    "cohen-kappa": (_overall(kappa.COHEN.figures[0]),) * 2,
    "krippendorff-alpha": (_overall(alpha.MEASURE.figures[0]),) * 2,
    "exact-f1": (_overall(exact_f1.MEASURE.figures[0]),) * 2,
    "nervaluate": (_schemes, _list_order),
    "u-alpha": (_articles(u_alpha.MEASURE.figures[0]),) * 2,
    "gamma": (_gamma, _disorders),
}


def main(arguments: list[str]) -> None:
    """Build a study, time a measure on it, and write seconds, peak memory in MiB and its figures."""
    name, path, what, result = arguments
    for module in LAZY:
        importlib.import_module(module)
    data = Data(Path(path))
    readings = _readings(data)
    began = time.perf_counter()
    study = study_of(data, readings)
    built = time.perf_counter() - began
    run, compared = MEASURES[name]
    seconds, value = timed(lambda: run(replace(study, _known={})))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    same = value if compared is run or what == "alone" else compared(study)
    found = {"seconds": seconds, "mebibytes": peak, "value": same, "figure": value, "built": built}
    Path(result).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
