"""The layers of an article, from the lines of its `.spans` file.

Invariant: offsets exist only as the outcome of finding the words, so a text may be corrected without counting anything
again; an annotator's layer is the gold layer and a list of deviations from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from source_format import (
    ANNOTATORS,
    GOLD,
    Extent,
    Fault,
    Line,
    Source,
    numbered,
    pairs,
    parts,
    place,
    places,
    with_value,
)

from annotator.core.schema import Link, Schema
from annotator.core.spans import Span
from annotator.errors import InputError


@dataclass(frozen=True, slots=True)
class Draft:
    """A span before it has its id; `links` hold the numbers of other drafts, `was` the extent in the gold layer."""

    number: int
    label: str
    start: int
    end: int
    was: Extent
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    links: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One finished layer: spans in the order of their keys, with ids s1, s2, …"""

    annotator: str
    spans: tuple[Span, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    note: str = ""


def readings(source: Source, text: str, schema: Schema) -> tuple[Reading, ...]:
    """Return the layers of an article: the annotators' in their order, then gold.

    Raises:
        InputError: If a line cannot be carried out on this text under this schema.
    """
    gold = Desk(text, schema)
    _carry_out(source, GOLD, gold)
    layers = []
    for name in ANNOTATORS:
        desk = gold.copy()
        _carry_out(source, name, desk)
        layers.append(desk.reading(name))
    return (*layers, gold.reading(GOLD))


class Desk:
    """One layer in the making: gold from its spans, an annotator's from a copy of gold and the deviations."""

    def __init__(self, text: str, schema: Schema) -> None:
        self.text = text
        self.schema = schema
        self.drafts: dict[int, Draft] = {}
        self.attributes: dict[str, Any] = {}
        self.note = ""
        self._pending: dict[tuple[int, str], tuple[Line, str]] = {}
        self._next = 1

    def copy(self) -> Desk:
        """Return another desk with the same spans and article attributes, but not the note."""
        desk = Desk(self.text, self.schema)
        desk.drafts, desk.attributes, desk._next = dict(self.drafts), dict(self.attributes), self._next
        return desk

    def add(self, line: Line, label: str, surface: str, values: str = "") -> None:
        """Put a new span on the text."""
        self._known(label)
        start, end = place(self.text, surface)
        self._free(label, start, end)
        draft = Draft(self._next, label, start, end, (start, end))
        self.drafts[draft.number] = draft
        self._next += 1
        if values:
            self._assign(line, draft, values)

    def drop(self, label: str, surface: str) -> None:
        """Take a span away."""
        del self.drafts[self._find(label, surface).number]

    def edge(self, label: str, surface: str, new: str) -> None:
        """Give a span other edges; the new extent must share a code point with the old one."""
        draft = self._find(label, surface)
        words, number = numbered(new)
        found = [place(self.text, new)] if number is not None else places(self.text, words)
        found = [(start, end) for start, end in found if start < draft.end and draft.start < end]
        if len(found) != 1:
            raise Fault(f"{words!r} {'does not overlap' if not found else 'overlaps in several ways'} {surface!r}")
        start, end = found[0]
        self._free(label, start, end)
        self.drafts[draft.number] = replace(draft, start=start, end=end)

    def label(self, old: str, new: str, surface: str) -> None:
        """Give a span another label; its attributes go."""
        self._known(new)
        draft = self._find(old, surface)
        self._free(new, draft.start, draft.end)
        self.drafts[draft.number] = replace(draft, label=new, attributes={}, links={})

    def set(self, line: Line, label: str, surface: str, values: str) -> None:
        """Set or, where the value is empty, remove attributes of a span."""
        self._assign(line, self._find(label, surface), values)

    def remark(self, label: str, surface: str, words: str) -> None:
        """Note words on a span."""
        draft = self._find(label, surface)
        self.drafts[draft.number] = replace(draft, note=words)

    def article(self, values: str) -> None:
        """Set or remove attributes of the article."""
        for name, value in pairs(values):
            self.attributes = with_value(self.attributes, name, value, self.schema.attributes, "article")

    def link(self) -> Iterator[tuple[Line, Fault]]:
        """Resolve the links that were put off until every span was there; yield what is wrong with them."""
        for (number, name), (line, value) in self._pending.items():
            if (draft := self.drafts.get(number)) is None:
                continue
            try:
                found = tuple(self._target(draft, name, words) for words in re.split(r"\s*,\s*(?=@)", value))
            except Fault as fault:
                yield line, fault
                continue
            self.drafts[number] = replace(draft, links={**draft.links, name: found})
        self._pending = {}

    def reading(self, annotator: str) -> Reading:
        """Return the finished layer; links whose target is gone, or has an unfit label, are left out."""
        ordered = sorted(self.drafts.values(), key=lambda d: (d.start, -d.end, list(self.schema.labels).index(d.label)))
        ids = {draft.number: f"s{at}" for at, draft in enumerate(ordered, 1)}
        spans = []
        for draft in ordered:
            kinds = self.schema.labels[draft.label].attributes
            values = {**draft.attributes, **self._links(draft, ids)}
            values = {name: values[name] for name in kinds if name in values}
            spans.append(Span(ids[draft.number], draft.start, draft.end, draft.label, values, draft.note))
        spans.sort(key=lambda span: span.key)
        return Reading(annotator, tuple(spans), self.attributes, self.note)

    def _links(self, draft: Draft, ids: Mapping[int, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, numbers in draft.links.items():
            kind = self.schema.labels[draft.label].attributes[name]
            assert isinstance(kind, Link)
            fit = [n for n in numbers if n in ids and (not kind.labels or self.drafts[n].label in kind.labels)]
            if fit:
                found[name] = [ids[n] for n in fit] if kind.many else ids[fit[0]]
        return found

    def _target(self, draft: Draft, name: str, words: str) -> int:
        label, colon, surface = words.removeprefix("@").partition(":")
        if not words.startswith("@") or not colon:
            raise Fault(f"{name}: {words!r} is not @LABEL:SURFACE")
        kind = self.schema.labels[draft.label].attributes[name]
        assert isinstance(kind, Link)
        if kind.labels and label not in kind.labels:
            raise Fault(f"{name} cannot point to a span with the label {label!r}")
        return self._find(label, surface).number

    def _assign(self, line: Line, draft: Draft, values: str) -> None:
        kinds = self.schema.labels[draft.label].attributes
        for name, value in pairs(values):
            if isinstance(kinds.get(name), Link):
                self._pending.pop((draft.number, name), None)
                draft = replace(draft, links={key: v for key, v in draft.links.items() if key != name})
                if value:
                    self._pending[draft.number, name] = (line, value)
            else:
                draft = replace(draft, attributes=with_value(draft.attributes, name, value, kinds, draft.label))
        self.drafts[draft.number] = draft

    def _find(self, label: str, surface: str) -> Draft:
        """Find a span by its words as they are now or were in gold; only places that are spans count."""
        self._known(label)
        words, number = numbered(surface)
        among = [place(self.text, surface)] if number is not None else places(self.text, words)
        here = [d for d in self.drafts.values() if d.label == label]
        found = [d for d in here if (d.start, d.end) in among] or [d for d in here if d.was in among]
        if len(found) != 1:
            raise Fault(f"{len(found) or 'no'} {label} spans have the words {words!r}" + "; add ##N" * bool(found))
        return found[0]

    def _known(self, label: str) -> None:
        if label not in self.schema.labels:
            raise Fault(f"{label!r} is not a label of {self.schema.ref}")

    def _free(self, label: str, start: int, end: int) -> None:
        if any((d.label, d.start, d.end) == (label, start, end) for d in self.drafts.values()):
            raise Fault(f"{self.text[start:end]!r} has the label {label} already")


def _carry_out(source: Source, section: str, desk: Desk) -> None:
    """Do what each line says; whoever mends the file gets every fault of the section at once, a line each."""
    faults: list[tuple[Line, Fault]] = []
    for line in source.sections[section]:
        try:
            _gold(desk, line) if section == GOLD else _deviation(desk, line)
        except Fault as fault:
            faults.append((line, fault))
    faults += desk.link()
    if faults:
        message = "\n".join(f"{source.where}:{line.number}: {fault}" for line, fault in faults)
        raise InputError(message, hint="see corpus/README.md") from faults[0][1]


def _gold(desk: Desk, line: Line) -> None:
    head, *rest = parts(line.words)
    if _common(desk, head, rest):
        return
    if len(rest) not in (1, 2):
        raise Fault("a line is LABEL | SURFACE | attribute=value; …")
    desk.add(line, head, *rest)


def _deviation(desk: Desk, line: Line) -> None:
    head, *rest = parts(line.words)
    if _common(desk, head, rest):
        return
    verb, _, label = head.partition(" ")
    match verb, rest:
        case "drop", [surface]:
            desk.drop(label, surface)
        case "edge", [surfaces] if " -> " in surfaces:
            old, _, new = surfaces.partition(" -> ")
            desk.edge(label, old.strip(), new.strip())
        case "label", [surface] if ">" in label:
            old, _, new = label.partition(">")
            desk.label(old.strip(), new.strip(), surface)
        case "add", [surface]:
            desk.add(line, label, surface)
        case "add", [surface, values]:
            desk.add(line, label, surface, values)
        case "set", [surface, values]:
            desk.set(line, label, surface, values)
        case _:
            raise Fault(f"{line.words!r} is not a deviation: drop, edge, label, add, set, note or article")


def _common(desk: Desk, head: str, rest: list[str]) -> bool:
    """Carry out a line that every section may have."""
    match head.split(" "), rest:
        case ["article"], [values]:
            desk.article(values)
        case ["article-note"], [words]:
            desk.note = words
        case ["note", label], [surface, words]:
            desk.remark(label, surface, words)
        case _:
            return False
    return True
