"""What other packages take for the measures: run by their own Python, writes JSON.

    PYTHON -P benchmarks/agreement_peers.py PEER STUDY FOLDER RESULT

Invariant: what a package needs as its input is made before the clock starts, and imports and compilation are over;
nothing of this project is imported, since the packages live in an environment of their own.  `-P` keeps
`benchmarks/queue.py` from being taken for Python's `queue`.  A package without figures for more than two annotators
gives the mean over the pairs.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

AGAIN = 1.0  # a run below so many seconds is repeated


class Data:
    """A study as `agreement_data.write` writes it."""

    def __init__(self, path: Path) -> None:
        with path.open(encoding="utf-8") as file:
            head = json.loads(next(file))
            self.texts, self.tokens = head["texts"], head["tokens"]
            self.articles = [json.loads(line) for line in file]
        self.annotators = len(self.articles[0][1])
        self.labels = sorted({span[2] for _, readings in self.articles for one in readings for span in one})
        self.known = {label: code for code, label in enumerate(["", *self.labels])}
        self.pairs = list(combinations(range(self.annotators), 2))

    def units(self, number: int, who: int) -> list[tuple[int, int, str]]:
        """Return the spans of a reading in code points."""
        which, spans = self.articles[number]
        tokens = self.tokens[which]
        return [(tokens[first][0], tokens[last - 1][1], label) for first, last, label in spans[who]]

    def tags(self, number: int, who: int) -> list[str]:
        """Return a reading as BIO tags."""
        which, spans = self.articles[number]
        tags = ["O"] * len(self.tokens[which])
        for first, last, label in spans[who]:
            tags[first:last] = [f"B-{label}"] + [f"I-{label}"] * (last - first - 1)
        return tags

    def codes(self, who: int) -> list[int]:
        """Return the label of each token of all articles as a number, 0 for none."""
        numbers = range(len(self.articles))
        return [self.known[tag[2:]] for number in numbers for tag in self.tags(number, who)]


def mean(values: Iterator[float]) -> float:
    """Return the mean of some values."""
    found = list(values)
    return float(sum(found) / len(found))


def scikit_learn(data: Data, folder: Path) -> Callable[[], Any]:
    """Cohen's κ of arrays of whole numbers."""
    import numpy as np

    metrics = importlib.import_module("sklearn.metrics")
    arrays = [np.array(data.codes(who)) for who in range(data.annotators)]
    return lambda: mean(float(metrics.cohen_kappa_score(arrays[a], arrays[b])) for a, b in data.pairs)


def krippendorff(data: Data, folder: Path) -> Callable[[], Any]:
    """Nominal α of a matrix of annotators and tokens."""
    import numpy as np

    package = importlib.import_module("krippendorff")
    matrix = np.array([data.codes(who) for who in range(data.annotators)])
    return lambda: float(package.alpha(reliability_data=matrix, level_of_measurement="nominal"))


def nltk(data: Data, folder: Path) -> Callable[[], Any]:
    """Nominal α of triples of annotator, token and label."""
    agreement = importlib.import_module("nltk.metrics.agreement")
    triples = [(who, item, code) for who in range(data.annotators) for item, code in enumerate(data.codes(who))]
    return lambda: float(agreement.AnnotationTask(data=triples).alpha())


def seqeval(data: Data, folder: Path) -> Callable[[], Any]:
    """Exact F1 of BIO tags."""
    metrics = importlib.import_module("seqeval.metrics")
    numbers = range(len(data.articles))
    tags = [[data.tags(number, who) for number in numbers] for who in range(data.annotators)]
    return lambda: mean(float(metrics.f1_score(tags[a], tags[b])) for a, b in data.pairs)


def bratiaa(data: Data, folder: Path) -> Callable[[], Any]:
    """Exact F1 of brat's files, which are its only input; reading them is part of its time."""
    package = importlib.import_module("bratiaa")
    sections = ["[entities]", *data.labels, "[relations]", "[events]", "[attributes]"]
    (folder / "annotation.conf").write_text("\n".join(sections) + "\n", encoding="utf-8")
    for who in range(data.annotators):
        (folder / f"ana-{who}").mkdir()
        for number, (which, _) in enumerate(data.articles):
            text = data.texts[which]
            name = folder / f"ana-{who}" / f"{number:06}"
            lines = [
                f"T{at}\t{label} {start} {end}\t{text[start:end]}\n"
                for at, (start, end, label) in enumerate(data.units(number, who), start=1)
            ]
            name.with_suffix(".ann").write_text("".join(lines), encoding="utf-8")
            name.with_suffix(".txt").write_text(text, encoding="utf-8")
    return lambda: float(package.compute_f1_agreement(str(folder)).mean_sd_total()[0])


def nervaluate(data: Data, folder: Path) -> Callable[[], Any]:
    """The counts of the four schemes: correct, incorrect, partial, missed, spurious, over all pairs."""
    package = importlib.import_module("nervaluate")
    numbers = range(len(data.articles))
    keys = ("start", "end", "label")
    spans = [
        [[dict(zip(keys, u, strict=True)) for u in data.units(n, who)] for n in numbers]
        for who in range(data.annotators)
    ]
    schemes = {"strict": "strict", "exact": "exact", "partial": "partial", "type": "ent_type"}
    fields = ("correct", "incorrect", "partial", "missed", "spurious")

    def run() -> dict[str, list[int]]:
        total = {scheme: [0] * len(fields) for scheme in schemes}
        for a, b in data.pairs:
            found = package.Evaluator(spans[a], spans[b], tags=data.labels, loader="dict").evaluate()["overall"]
            for scheme, theirs in schemes.items():
                counts = [getattr(found[theirs], field) for field in fields]
                total[scheme] = [x + y for x, y in zip(total[scheme], counts, strict=True)]
        return total

    return run


def unitized_alpha(data: Data, folder: Path) -> Callable[[], Any]:
    """uα of each article: over one line of all articles its time would grow with their square."""
    package = importlib.import_module("krippendorff_unitized_alpha.krippendorffs_unitized_alpha")

    def partition(number: int, who: int) -> list[Any]:
        at, parts = 0, []
        for start, end, label in data.units(number, who):
            parts += [(package.EMPTY_TAG, at, start)] if at < start else []
            parts.append((label, start, end))
            at = end
        rest = len(data.texts[data.articles[number][0]])
        parts += [(package.EMPTY_TAG, at, rest)] if at < rest else []
        return [package.Segment(*part) for part in parts]

    everybody = range(data.annotators)
    inputs = [{str(who): partition(number, who) for who in everybody} for number in range(len(data.articles))]
    return lambda: [float(package.KrippendorffUnitizedAlpha(one).result) for one in inputs]


def pygamma(data: Data, folder: Path) -> Callable[[], Any]:
    """γ of each article: observed and expected disorder, of 30 samples."""
    import numpy as np

    package = importlib.import_module("pygamma_agreement")
    segment = importlib.import_module("pyannote.core").Segment
    continua = []
    for number in range(len(data.articles)):
        continuum = package.Continuum()
        for who in range(data.annotators):
            for start, end, label in data.units(number, who):
                continuum.add(f"ana-{who}", segment(start, end), label)
        continua.append(continuum)
    unlike = package.CombinedCategoricalDissimilarity(alpha=1, beta=1, delta_empty=1)
    continua[0].compute_gamma(unlike, n_samples=1)  # numba compiles

    def run() -> list[list[float]]:
        np.random.seed(1)
        found = [continuum.compute_gamma(unlike, n_samples=30) for continuum in continua]
        return [[float(one.observed_disorder), float(one.expected_disorder)] for one in found]

    return run


PEERS: dict[str, Callable[[Data, Path], Callable[[], Any]]] = {
    "scikit-learn": scikit_learn,
    "krippendorff": krippendorff,
    "nltk": nltk,
    "seqeval": seqeval,
    "bratiaa": bratiaa,
    "nervaluate": nervaluate,
    "krippendorff-unitized-alpha": unitized_alpha,
    "pygamma-agreement": pygamma,
}


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return the least seconds of a few runs, one if that is long, and the result."""
    began = time.perf_counter()
    value = run()
    least = time.perf_counter() - began
    for _ in range(4 if least < AGAIN / 5 else 2 if least < AGAIN else 0):
        began = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - began)
    return least, value


def main(arguments: list[str]) -> None:
    """Prepare a peer's input, time it, and write seconds, peak memory in MiB and its figures."""
    peer, study, folder, result = arguments  # what a package prints is not to be taken for the result
    seconds, value = timed(PEERS[peer](Data(Path(study)), Path(folder)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"seconds": seconds, "mebibytes": peak, "value": value}
    Path(result).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # to give back gigabytes one object at a time takes minutes
