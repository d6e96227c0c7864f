"""Exact span F1: a unit agrees when article, start, end and label are all the same.

Between two annotators F1 takes neither as the truth: it is twice the units they share over the sum of what each has
marked, the same whichever is called the reference (Hripcsak and Rothschild 2005, "Agreement, the F-measure, and
reliability in information retrieval").  It is the usual figure for spans, since chance agreement needs a count of
true negatives, which spans do not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from annotator.agreement.study import Study, Value

if TYPE_CHECKING:
    import numpy as np

    Counts = np.ndarray[tuple[int, int], np.dtype[np.int64]]

NAME: Final = "exact-f1"
SAMPLES: Final = 1000
_CELLS: Final = 1 << 22  # draws held at a time, 32 MB


def exact_f1(study: Study, *, seed: int = 0, samples: int = SAMPLES) -> list[Value]:
    """Return exact F1, micro-averaged over articles: for each pair all labels together, then each label.

    Args:
        study: Who marked what.
        seed: Of the bootstrap; the same seed gives the same interval.
        samples: How many times the articles are drawn anew.

    Returns:
        Values from 0 to 1.  Where neither of a pair has marked anything F1 is 1, since they agree on that.
    """
    return list(_values(study, seed, samples))


def _values(study: Study, seed: int, samples: int) -> Iterator[Value]:
    labels = study.labels()
    for first, second in study.pairs():
        for label in (None, *labels):
            counts = _counts(study, first, second, label)
            low, high = _interval(counts, seed, samples)
            yield Value(NAME, _f1(*counts.sum(axis=0)), low, high, len(counts), (first, second), label)


def _counts(study: Study, first: str, second: str, label: str | None) -> Counts:
    """Return, for each shared article, the units of the one, of the other and of both; shape (articles, 3)."""
    import numpy as np

    rows = []
    for article in study.shared(first, second):
        a, b = study.readings[first][article], study.readings[second][article]
        if label is not None:
            a = frozenset(unit for unit in a if unit[2] == label)
            b = frozenset(unit for unit in b if unit[2] == label)
        rows.append((len(a), len(b), len(a & b)))
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def _f1(first: int, second: int, both: int) -> float:
    return float(2 * both / (first + second)) if first + second else 1.0


def _interval(counts: Counts, seed: int, samples: int) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of F1 over articles drawn with replacement (Efron's percentile method)."""
    import numpy as np

    articles = len(counts)
    rng, shares = np.random.default_rng(seed), np.full(articles, 1 / articles)
    at_once = max(1, _CELLS // articles)  # the same draws as all at once, in memory that does not grow
    sizes = [min(at_once, samples - done) for done in range(0, samples, at_once)]
    first, second, both = np.concatenate([rng.multinomial(articles, shares, size=size) @ counts for size in sizes]).T
    marked = first + second
    values = np.where(marked > 0, 2 * both / np.maximum(marked, 1), 1.0)
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


MEASURE: Final = exact_f1
