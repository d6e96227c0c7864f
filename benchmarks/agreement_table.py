"""What was measured of agreement beside the peers, judged and printed.

Invariant: a promise is judged by the ratio at the largest size that both ran, and only if both gave the same figures at
every size that both ran.  A promise on which neither could be compared is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

EXACT: Final = 1e-9
SINGLE: Final = 1e-6  # pygamma-agreement computes with single precision
SAMPLED: Final = 0.02  # what both sample chance to, at 95 %
SCHEME: Final = 0.001  # of F1: another matching of the same spans


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one process measured.

    Args:
        seconds: Of the measure alone.
        mebibytes: Peak resident memory of the process, its data included.
        value: Its figures.
        figure: Those of the values timed, where they are others than what is compared.
        built: Seconds to build the study, of this project's measures.
    """

    seconds: float
    mebibytes: float
    value: Any
    figure: Any = None
    built: float = 0.0


@dataclass(frozen=True, slots=True)
class Promise:
    """How a measure is to compare with a peer.

    Args:
        measure: One of `agreement_own.MEASURES`.
        peer: One of `agreement_peers.PEERS`.
        ratio: How many times faster it is, at least.
        differs: Says how two outcomes differ, "" where they do not.
        annotators: The numbers of annotators it was promised for.
    """

    measure: str
    peer: str
    ratio: float
    differs: Callable[[Outcome, Outcome], str]
    annotators: tuple[int, ...] = (2, 3)


@dataclass(frozen=True, slots=True)
class Row:
    """One measure and peer on one study; `theirs` says why there is nothing if the peer was left out."""

    promise: Promise
    articles: int
    annotators: int
    ours: Outcome
    theirs: Outcome | str

    @property
    def ratio(self) -> float | None:
        """How many times faster the measure is, None if the peer was left out."""
        return None if isinstance(self.theirs, str) else self.theirs.seconds / self.ours.seconds

    @property
    def whole_ratio(self) -> float | None:
        """The same with the building of the study, which all measures share, put to this one alone."""
        return None if isinstance(self.theirs, str) else self.theirs.seconds / (self.ours.seconds + self.ours.built)

    @property
    def difference(self) -> str:
        """How the figures differ, "" where they do not or there are none."""
        return "" if isinstance(self.theirs, str) else self.promise.differs(self.ours, self.theirs)


def one_figure(ours: Outcome, theirs: Outcome) -> str:
    """Compare a figure, or one for each article."""
    return _apart(_listed(ours.value), _listed(theirs.value), EXACT)


def _listed(value: Any) -> list[float]:
    return list(value) if isinstance(value, list) else [value]


def _apart(ours: Sequence[float], theirs: Sequence[float], most: float) -> str:
    if len(ours) != len(theirs):
        return f"{len(ours)} figures and {len(theirs)}"
    far = max(abs(one - other) for one, other in zip(ours, theirs, strict=True))
    return "" if far <= most else f"figures are {far:.2g} apart"


def schemes(ours: Outcome, theirs: Outcome) -> str:
    """Compare nervaluate's counts with those in its own order, which are equal, and the figures timed with its F1.

    Those differ by what the optimal matching is about: nervaluate takes partners in list order, touching ones too.
    """
    if ours.value != theirs.value:
        return "counts in list order are not the same"
    named = [(ours.figure[scheme], _f1(scheme, counts)) for scheme, counts in theirs.value.items()]
    return _apart([one for one, _ in named], [other for _, other in named], SCHEME)


def _f1(scheme: str, counts: Sequence[int]) -> float:
    correct, incorrect, partial, missed, spurious = counts
    points = correct + (0.5 * partial if scheme == "partial" else 0.0)
    return 2 * points / (2 * (correct + incorrect + partial) + missed + spurious)


def disorders(ours: Outcome, theirs: Outcome) -> str:
    """Compare γ's disorders: observed of each article, expected in the mean, since both sample it."""
    (our_observed, our_expected), (their_observed, their_expected) = (
        tuple(zip(*one.value, strict=True)) for one in (ours, theirs)
    )
    apart = _apart(our_observed, their_observed, SINGLE)
    if apart:
        return f"observed {apart}"
    expected = abs(sum(our_expected) / sum(their_expected) - 1)
    return "" if expected <= SAMPLED else f"expected disorders are {expected:.1%} apart"


PROMISES: Final = (
    Promise("gamma", "pygamma-agreement", 50.0, disorders, annotators=(2,)),
    Promise("krippendorff-alpha", "nltk", 50.0, one_figure),
    Promise("krippendorff-alpha", "krippendorff", 10.0, one_figure),
    Promise("exact-f1", "bratiaa", 50.0, one_figure),
    Promise("exact-f1", "seqeval", 50.0, one_figure),
    Promise("u-alpha", "krippendorff-unitized-alpha", 30.0, one_figure),
    Promise("cohen-kappa", "scikit-learn", 1.0, one_figure),
    Promise("nervaluate", "nervaluate", 1.0, schemes),
)


def verdicts(rows: Sequence[Row]) -> list[tuple[bool, str]]:
    """Return for each promise and number of annotators that was measured whether it is kept, and a line about it."""
    found = []
    for promise in dict.fromkeys(row.promise for row in rows):
        for annotators in promise.annotators:
            mine = [row for row in rows if row.promise is promise and row.annotators == annotators]
            if mine:
                found.append(_verdict(promise, annotators, mine))
    return found


def _verdict(promise: Promise, annotators: int, rows: Sequence[Row]) -> tuple[bool, str]:
    about = f"{promise.measure} and {promise.peer}, {annotators} annotators"
    both = [row for row in rows if row.ratio is not None]
    if not both:
        return False, f"{about}: never compared"
    wrong = next((row for row in both if row.difference), None)
    if wrong is not None:
        return False, f"{about}: {wrong.difference} at {wrong.articles:,} articles"
    largest = max(both, key=lambda row: row.articles)
    ratio = largest.ratio or 0.0
    line = f"{about}: {ratio:,.1f} times faster at {largest.articles:,} articles (at least {promise.ratio:g})"
    return ratio >= promise.ratio, line


def report(rows: Sequence[Row], say: Callable[[str], object] = print) -> bool:
    """Print what each promise comes to, and say whether all are kept."""
    judged = verdicts(rows)
    for kept, line in judged:
        say(f"{line}{'' if kept else '  ← not kept'}")
    return all(kept for kept, _ in judged)


def head() -> str:
    """Return the line above the table."""
    columns = ("articles × ann.", "s", "MiB", "peer s", "MiB", "times", "(study)")
    return f"{'measure':18} {'peer':27} {columns[0]:>15} " + " ".join(f"{one:>9}" for one in columns[1:])


def line(row: Row) -> str:
    """Return a line of the table."""
    size = f"{row.articles:,} × {row.annotators}"
    ours: list[str] = [f"{row.ours.seconds:.4f}", f"{row.ours.mebibytes:.0f}"]
    theirs = ["", "", "", ""]
    note = row.difference
    if isinstance(row.theirs, str):
        note = row.theirs
    else:
        ratios = [f"{ratio or 0.0:,.1f}" for ratio in (row.ratio, row.whole_ratio)]
        theirs = [f"{row.theirs.seconds:.3f}", f"{row.theirs.mebibytes:.0f}", *ratios]
    figures = " ".join(f"{one:>9}" for one in chain(ours, theirs))
    return f"{row.promise.measure:18} {row.promise.peer:27} {size:>15} {figures}  {note}".rstrip()
