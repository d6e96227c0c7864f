"""From a choice to edits on the gold layer.

Invariant: the edits of a case put in what was chosen and take out what stood for the case before, links included, and
touch nothing that stands for another case.  A gold span has the name of a span that it was made from as its id, so
that links find their targets whichever of the two is settled first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotator.adjudication.cases import Case, linked, member_name
from annotator.adjudication.decision import Decision
from annotator.adjudication.ledger import Ledger
from annotator.adjudication.strategy import Strategy
from annotator.core.attributes import targets
from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute
from annotator.core.links import without_links
from annotator.core.schema import Attribute, Link, Schema
from annotator.core.spans import Span

SOURCE = "settled: "


@dataclass(slots=True)
class _Draft:
    """What a batch is to do: gold spans to put in by id, ids to take out, and who takes over the links to them."""

    put: dict[str, Span] = field(default_factory=dict)
    take: set[str] = field(default_factory=set)
    heirs: dict[str, str] = field(default_factory=dict)
    records: list[SetAttribute] = field(default_factory=list)


@dataclass(slots=True)
class Settler:
    """Makes edits for choices.

    Args:
        ledger: The cases and the gold layer.
        schema: Says which attributes are links.
        by: Who decides.
        linkers: Gives the gold spans that link to an id.
    """

    ledger: Ledger
    schema: Schema
    by: str
    linkers: Callable[[str], Sequence[Span]]

    def settle(self, number: int, take: Sequence[str], *, why: str = "") -> list[Edit]:
        """Return the edits that settle a case by the readings of some annotators; by none, nothing is marked.

        Args:
            number: Of the case.
            take: The annotators; spans that several of them have alike are put in once.
            why: The reason; the one that was noted before if left out.
        """
        draft = _Draft()
        self._settle(draft, number, take, why=why)
        return self._edits(draft)

    def _settle(self, draft: _Draft, number: int, take: Sequence[str], *, why: str) -> None:
        case, before = self.ledger.cases[number], self.ledger.decision(number)
        spans = self._chosen(number, take)
        ids = tuple(span.id for span in spans)
        self._replace(draft, number, spans)
        why = why or (before.why if before else "")
        draft.records.append(Decision(case.digest, tuple(take), self.by, why, ids, case.members).edit())

    def keep(self, number: int, *, edited: bool = False) -> list[Edit]:
        """Return the edits that settle a case by what the gold layer has for it now."""
        case, before = self.ledger.cases[number], self.ledger.decision(number)
        ids = tuple(span.id for span in self.ledger.spans(number))
        take = before.take if before and before.take is not None else ()
        why = before.why if before else ""
        edited = edited or before is None or before.take is None or before.edited
        made = Decision(case.digest, take, self.by, why, ids, case.members, edited)
        return [*self._forget(number), made.edit()]

    def note(self, number: int, why: str) -> list[Edit]:
        """Return the edits that give a case a reason, settled or not."""
        case, before = self.ledger.cases[number], self.ledger.decision(number)
        if before is None and number not in self.ledger.open:  # all agree: what the gold layer has is what was decided
            first = self.keep(number)[-1]
            assert isinstance(first, SetAttribute)
            return [SetAttribute(first.name, {**first.value, "why": why})]
        if before is not None:
            if not why and before.take is None:
                return [SetAttribute(before.name, None)]
            return [replace(before, why=why, by=before.by if before.take is not None else self.by).edit()]
        return [Decision(case.digest, None, self.by, why, (), case.members).edit()] if why else []

    def merge(
        self, strategy: Strategy, numbers: Iterable[int], *, instead: Mapping[int, Sequence[Decision]] | None = None
    ) -> tuple[list[Edit], list[int]]:
        """Return the edits for the cases that a strategy settles, and the numbers of those.

        Where all agree no decision is kept: the gold layer then has what the layers have.

        Args:
            strategy: What to take.
            numbers: Of the cases that it may settle.
            instead: Older decisions that a case takes the place of, by its number.
        """
        chosen = {n: choice for n in numbers if (choice := strategy.choose(self.ledger.cases[n])) is not None}
        draft = _Draft()
        for number, take in chosen.items():
            if self.ledger.cases[number].kind == "agree":
                self._replace(draft, number, self._chosen(number, take, source="all agree"))
            else:
                self._settle(draft, number, take, why=f"strategy {strategy}")
        self._oust(draft, {number: instead[number] for number in chosen if instead and number in instead})
        return self._edits(draft), list(chosen)

    def _oust(self, draft: _Draft, instead: Mapping[int, Sequence[Decision]]) -> None:
        """Have older decisions go, with those of their gold spans that lie where something else was chosen."""
        index = self.ledger.gold.index
        for number, older in instead.items():
            case = self.ledger.cases[number]
            for one in older:
                there = [span for id in one.spans if (span := index.get(id)) is not None and id not in draft.put]
                gone = [span.id for span in there if span.start < case.end and case.start < span.end]
                heir = next((span.id for span in draft.put.values() if span.id in case.members), "")
                draft.heirs |= {id: heir for id in gone if id not in draft.take}
                draft.take |= set(gone)
        forgotten = {record.name for record in draft.records}
        for one in {one.name: one for older in instead.values() for one in older}.values():
            kept = [id for id in one.spans if id in index and id not in draft.take and id not in draft.put]
            if not kept and one.name not in forgotten:
                draft.records.append(SetAttribute(one.name, None))

    def take_all(self, annotator: str, numbers: Iterable[int]) -> list[Edit]:
        """Return the edits that settle many cases by what one annotator has."""
        draft = _Draft()
        for number in numbers:
            reading = self.ledger.cases[number].reading(annotator)
            self._settle(draft, number, (annotator,) if reading and reading.spans else (), why="")
        return self._edits(draft)

    def _chosen(self, number: int, take: Sequence[str], *, source: str = "") -> list[Span]:
        """Return the gold spans of a choice."""
        case = self.ledger.cases[number]
        found: dict[tuple[int, int, str, str], tuple[str, Span]] = {}
        for reading in case.readings:
            if reading.annotator not in take:
                continue
            for span in reading.spans:
                made = self._relinked(reading.annotator, span)
                key = (span.start, span.end, span.label, repr(sorted(made.attributes.items())))
                found.setdefault(key, (member_name(reading.annotator, span.id), made))
        said = SOURCE + (source or " + ".join(take))
        spans = []
        for at, (name, span) in enumerate(found.values()):
            id = self._free(number, case.members[0] if at == 0 else name)
            spans.append(replace(span, id=id, source=said))
        return spans

    def _free(self, number: int, id: str) -> str:
        """Return an id that no gold span of another case has."""
        own = {span.id for span in self.ledger.spans(number)}
        while id in self.ledger.gold.index and id not in own:
            id += "+"
        return id

    def _known(self, label: str) -> Mapping[str, Attribute]:
        found = self.schema.labels.get(label)
        return found.attributes if found else {}

    def _relinked(self, annotator: str, span: Span) -> Span:
        """Return a span with its links pointing to what the gold layer has, or will have, for their targets."""
        known = self._known(span.label)
        if not linked(span.attributes, known):
            return span
        values: dict[str, Any] = {}
        for name, value in span.attributes.items():
            if not isinstance(known.get(name), Link):
                values[name] = value
                continue
            ids = [id for id in (self._target(annotator, old) for old in targets(value)) if id]
            if ids:
                values[name] = list(dict.fromkeys(ids)) if isinstance(value, list) else ids[0]
        return replace(span, attributes=values)

    def _target(self, annotator: str, id: str) -> str:
        """Return the gold id that stands for a span of a layer, or "" if there will be none."""
        name = member_name(annotator, id)
        number = self.ledger.case_of(name)
        if number is None:
            return ""
        gold = [span.id for span in self.ledger.spans(number)]
        if gold:
            return name if name in gold else gold[0]
        if number not in self.ledger.open:
            return ""  # it was settled that nothing is marked there
        return self.ledger.cases[number].members[0]

    def _replace(self, draft: _Draft, number: int, spans: Sequence[Span]) -> None:
        """Have spans put in the place of those that stand for a case."""
        before = {span.id for span in self.ledger.spans(number)}
        after = {span.id: span for span in spans}
        heir = spans[0].id if spans else ""
        gone = before - after.keys()
        draft.take |= gone
        draft.put |= after
        if not spans:
            gone.add(self.ledger.cases[number].members[0])  # what others link to already, see `_target`
        draft.heirs |= dict.fromkeys(gone, heir)
        draft.records += self._forget(number)

    def _edits(self, draft: _Draft) -> list[Edit]:
        """Return a draft as edits, with the links to what goes cut or led to the heirs."""
        index = self.ledger.gold.index
        for id in draft.heirs:
            for linker in self.linkers(id):
                if linker.id not in draft.take:
                    draft.put.setdefault(linker.id, linker)
        edits: list[Edit] = [Remove(span.ref) for id in sorted(draft.take) if (span := index.get(id)) is not None]
        for id, span in draft.put.items():
            known, values = self._known(span.label), span.attributes
            for old in [old for name in linked(values, known) for old in targets(values[name])]:
                if old in draft.heirs:
                    heir = draft.heirs[old]
                    values = _renamed(values, known, old, heir) if heir else without_links(values, known, old)
            span = replace(span, attributes=values)
            there = index.get(id)
            if there is None:
                edits.append(Add(span))
            elif span != there or span.attributes != there.attributes:
                edits.append(Change(there.ref, span))
        return edits + draft.records

    def _forget(self, number: int) -> list[SetAttribute]:
        """Return the edits that take away older decisions on this case, none of whose gold spans is another's."""
        own = {span.id for span in self.ledger.spans(number)}
        index = self.ledger.gold.index
        stale = self.ledger.stale(number)
        return [SetAttribute(one.name, None) for one in stale if all(id in own or id not in index for id in one.spans)]


def _renamed(values: Mapping[str, Any], known: Mapping[str, Attribute], old: str, new: str) -> dict[str, Any]:
    """Return attributes with one link target in the place of another."""

    def one(name: str, value: Any) -> Any:
        if not isinstance(known.get(name), Link):
            return value
        if isinstance(value, list):
            return list(dict.fromkeys(new if item == old else item for item in value))
        return new if value == old else value

    return {name: one(name, value) for name, value in values.items()}


def readers(case: Case) -> tuple[str, ...]:
    """Return the annotators of a case, by name."""
    return tuple(reading.annotator for reading in case.readings)
