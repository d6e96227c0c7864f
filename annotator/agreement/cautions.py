"""What a reader of the figures has to know of the study before trusting them.

Invariant: a caution names whom it is about, how many, and what leaves them out; a study without anything odd has none.
"""

from __future__ import annotations

from typing import Final

from annotator.agreement.study import Study

FEW: Final = 5
"""A pair shares few articles where another one shares more than so many times as many."""
_NAMED: Final = 3


def cautions(study: Study) -> tuple[str, ...]:
    """Return what to know before trusting the figures, a sentence each."""
    return tuple(filter(None, (_blank(study), _few(study))))


def shared_counts(study: Study) -> dict[tuple[str, str], int]:
    """Return how many articles each pair of annotators has read, by their names; pairs without any are left out."""
    names, seen = study.annotators, study.seen
    return {(names[a], names[b]): int((seen[a] & seen[b]).sum()) for a, b in study.pairs()}


def _blank(study: Study) -> str:
    """Tell of open layers without a span that count as readings."""
    if study.blank is None:
        return ""
    counting = (study.blank & (study.seen.sum(axis=0) > 1)).sum(axis=1).tolist()
    whose = {name: number for name, number in zip(study.annotators, counting, strict=True) if number}
    if not whose:
        return ""
    total = sum(whose.values())
    said = "open layer without a span counts" if total == 1 else "open layers without a span count"
    listed = _listed([f"{name} {number:,}" for name, number in whose.items()])
    return f"{total:,} {said} as read with nothing to mark ({listed}): --status done leaves out what is not done"


def _few(study: Study) -> str:
    """Tell of pairs that share few articles beside others, for they weigh as much as those in a mean over pairs."""
    counts = shared_counts(study)
    most = max(counts.values(), default=0)
    few = {pair: number for pair, number in sorted(counts.items(), key=lambda item: item[1]) if number * FEW < most}
    if not few:
        return ""
    listed = _listed([f"{' × '.join(pair)} {number:,}" for pair, number in few.items()])
    said = "a pair shares" if len(few) == 1 else f"{len(few):,} pairs share"
    weigh = "weighs" if len(few) == 1 else "weigh"
    return (
        f"{said} few articles ({listed}; others up to {most:,}) and {weigh} as much in the mean over pairs: "
        "--annotators A,B compares only those named"
    )


def _listed(parts: list[str]) -> str:
    more = len(parts) - _NAMED
    return ", ".join(parts[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
