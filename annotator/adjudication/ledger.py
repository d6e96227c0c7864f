"""The ledger of an article: its cases, the gold layer, and which of the cases are settled.

Invariant: what is settled follows from the cases and the gold layer alone, so that undo, a restart and an import come
to the same answer.  A case is settled if a decision was made on its very readings, or if all agree and the gold layer
has what they have.  Every gold span stands for at most one case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from annotator.adjudication.cases import Case
from annotator.adjudication.decision import Decision, decisions
from annotator.core.index import SpanIndex
from annotator.core.spans import Ref, Span


class Gold(Protocol):
    """The gold layer, as somebody keeps it who changes it."""

    @property
    def index(self) -> SpanIndex:
        """The spans."""

    @property
    def attributes(self) -> Mapping[str, Any]:
        """The article-level attributes, decisions among them."""


@dataclass(slots=True)
class Settled:
    """A gold layer at hand: its spans and its article-level attributes."""

    index: SpanIndex
    attributes: Mapping[str, Any]


class Ledger:
    """Which cases are settled; tell `changed` whenever the gold layer has.

    Args:
        cases: In the order of the text.
        gold: The gold layer.
    """

    def __init__(self, cases: Sequence[Case], gold: Gold) -> None:
        self.cases = tuple(cases)
        self.gold = gold
        self._by_digest = {case.digest: number for number, case in enumerate(self.cases)}
        self._by_member = {name: number for number, case in enumerate(self.cases) for name in case.members}
        self._places = SpanIndex(Span(str(n), case.start, case.end, "") for n, case in enumerate(self.cases))
        self.open: set[int] = set()
        """The numbers of the cases that are not settled."""
        self._attributes: Mapping[str, Any] = {}
        self._read()
        self._judge(range(len(self.cases)))

    def _read(self) -> None:
        """Take in the decisions, and which of them owns which gold span."""
        self._attributes = self.gold.attributes
        self._decisions = decisions(self._attributes)
        self._gone = [one for digest, one in self._decisions.items() if digest not in self._by_digest]
        self._owner = {id: one for one in self._decisions.values() for id in one.spans}

    def _judge(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            if self._is_settled(number):
                self.open.discard(number)
            else:
                self.open.add(number)

    def _is_settled(self, number: int) -> bool:
        decision = self.decision(number)
        if decision is not None and decision.take is not None:
            return True
        case = self.cases[number]
        if case.kind != "agree":
            return False
        wanted = {(span.start, span.end, span.label) for span in case.readings[0].spans}
        return wanted <= {(span.start, span.end, span.label) for span in self.spans(number)}

    def changed(self, places: Iterable[Span | Ref]) -> None:
        """Take note that the gold layer has changed.

        Args:
            places: Spans that came, and where spans were that went.
        """
        before = self._attributes
        touched = {number for place in places for number in self._at(place.start, place.end)}
        if self.gold.attributes is not before:
            old = self._decisions
            self._read()
            for digest in {**old, **self._decisions}:
                one, other = old.get(digest), self._decisions.get(digest)
                if one != other:
                    number = self._by_digest.get(digest)
                    touched |= {number} if number is not None else set()
                    ids = {id for decision in (one, other) if decision for id in decision.spans}
                    found = filter(None, map(self.gold.index.get, ids))
                    touched |= {n for span in found for n in self._at(span.start, span.end)}
        self._judge(touched)

    def _at(self, start: int, end: int) -> list[int]:
        return [int(place.id) for place in self._places.overlapping(start, end)]

    def near(self, offset: int) -> list[int]:
        """Return the numbers of the cases that cover the code point at an offset, outermost first."""
        return self._at(offset, offset + 1)

    def over(self, start: int, end: int) -> list[int]:
        """Return the numbers of the cases that share a code point with a stretch."""
        return self._at(start, end)

    def decision(self, number: int) -> Decision | None:
        """Return the decision (or the note) on a case, or None."""
        return self._decisions.get(self.cases[number].digest)

    @property
    def decided(self) -> bool:
        """Whether a person has decided anything here; if not, the gold layer came from elsewhere or is new."""
        return any(one.take is not None for one in self._decisions.values())

    def stale(self, number: int) -> list[Decision]:
        """Return the decisions that were made on a case's spans before they were changed."""
        if not self._gone:
            return []
        names = set(self.cases[number].members)
        return [one for one in self._gone if names.intersection(one.of)]

    @property
    def lost(self) -> list[Decision]:
        """The decisions with gold spans that are about nothing any more: all their readings have gone."""
        return [one for one in self._gone if not any(name in self._by_member for name in one.of)]

    def spans(self, number: int) -> list[Span]:
        """Return the gold spans that stand for a case now, in key order."""
        case = self.cases[number]
        found = {
            span.id: span for span in self.gold.index.overlapping(case.start, case.end) if self._home(span) == number
        }
        decision = self.decision(number)
        for one in [*([decision] if decision else []), *self.stale(number)]:
            for id in one.spans:  # it may have been moved out of the case's extent
                span = self.gold.index.get(id)
                if span is not None and self._home(span) == number:
                    found[id] = span
        return sorted(found.values(), key=lambda span: span.key)

    def _home(self, span: Span) -> int | None:
        """Return the number of the case that a gold span stands for, or None."""
        owner = self._owner.get(span.id)
        if owner is not None:
            if owner.digest in self._by_digest:
                return self._by_digest[owner.digest]
            return next((self._by_member[name] for name in owner.of if name in self._by_member), None)
        best: tuple[int, int, int] | None = None
        home = None
        for number in self._at(span.start, span.end):
            rank = self._likeness(span, self.cases[number])
            if rank is not None and (best is None or rank > best):
                best, home = rank, number
        return home

    def _likeness(self, span: Span, case: Case) -> tuple[int, int, int] | None:
        """Return how well a gold span that no decision owns fits a case, or None if it is about something else."""
        ranks = []
        for reading in case.readings:
            for other in reading.spans:
                label, extent = other.label == span.label, (other.start, other.end) == (span.start, span.end)
                shared = min(other.end, span.end) - max(other.start, span.start)
                if shared > 0 and (label or extent):
                    ranks.append(
                        (label and extent, shared - max(other.end, span.end) + min(other.start, span.start), int(label))
                    )
        return max(((int(a), b, c) for a, b, c in ranks), default=None)

    def case_of(self, member: str) -> int | None:
        """Return the number of the case that a span of a layer is in, by its name, or None."""
        return self._by_member.get(member)
