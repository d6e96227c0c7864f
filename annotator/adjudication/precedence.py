"""What was decided before between other readings: a rule that runs over other readers has to leave it alone.

Invariant: only looks.  A case whose own readings were decided is settled, see `ledger`, and is never asked about here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from annotator.adjudication.decision import Decision
from annotator.adjudication.ledger import Ledger
from annotator.core.spans import Span

AGREED = "settled: all agree"
"""The source of gold spans on which all readers agreed; no decision is kept of those."""

Extents = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was decided before at the place of one case.

    Args:
        decisions: Made between other readings, be it that nothing is to be marked.
        agreed: Gold spans on which other readers agreed, and which stand for the case.
    """

    decisions: tuple[Decision, ...] = ()
    agreed: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.decisions or self.agreed)

    @property
    def names(self) -> frozenset[str]:
        """What tells these decisions from those at other places."""
        return frozenset([*(one.name for one in self.decisions), *(span.id for span in self.agreed)])


def earlier(ledger: Ledger, number: int, *, places: Callable[[Decision], Extents]) -> Earlier:
    """Return what was decided before at the place of an open case.

    Args:
        ledger: The cases and the gold layer.
        number: Of the case.
        places: Gives the extents of the spans, of whichever layers, that a decision was made on.
    """
    case = ledger.cases[number]

    def covers(decision: Decision) -> bool:
        found = [span for id in decision.spans if (span := ledger.gold.index.get(id)) is not None]
        extents = [(span.start, span.end) for span in found] or places(decision)
        return any(start < case.end and case.start < end for start, end in extents)

    made = [one for one in ledger.stale(number) if one.take is not None]
    made += [one for one in ledger.lost if one.take is not None and covers(one)]
    owned = {id for one in made for id in one.spans}
    agreed = [span for span in ledger.spans(number) if span.source == AGREED and span.id not in owned]
    if case.kind == "agree":  # what these very readers agreed on before they changed it together is no decision
        agreed = [span for span in agreed if span.id not in case.members]
    return Earlier(tuple(made), tuple(agreed))
