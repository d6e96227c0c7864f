"""What the rows of a WebAnno TSV file say: spans over units, slots, relations and chains.

Invariant: an annotation is one whatever number of rows it is in: its number in brackets tells, or else its row and its
place in the stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple

from annotator.core.spans import Span
from annotator.formats.brat_lines import decoded
from annotator.formats.safe_names import plain
from annotator.formats.units import Offsets
from annotator.formats.webanno_cells import Header, Layer, chain_link, number_of, numbered, reference, split

NOTE: Final = "note"
TRUTH: Final = {"true": True, "false": False}
_LABELS: Final = ("value", "label")
_LINGUISTIC: Final = ("lexmorph", "segmentation", "syntax", "transform")
_DKPRO: Final = "de.tudarmstadt.ukp.dkpro.core.api."

_Key = tuple[str, str, int]


class Row(NamedTuple):
    """A token or a part of one: its number, offsets as they stand there, words and cells."""

    line: int
    id: str
    begin: int
    end: int
    words: str
    cells: Sequence[str]


@dataclass(slots=True)
class _Draft:
    id: str
    type: str
    label: str
    begin: int
    end: int
    attributes: dict[str, Any] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    note: str = ""
    chained: str = ""  # what links it to the next element of its chain


class Spans:
    """Collects the spans of a file.

    Args:
        header: The layers.
        rows: All rows with anything in the cells of layers.
        unit: What the offsets count.
        wanted: Names of layers, long or short; none for all but those of linguistics.

    Attributes:
        lost: Id of the span, kind of loss, reason, and whether the span is gone.
    """

    def __init__(self, header: Header, rows: Sequence[Row], unit: Offsets, wanted: Set[str]) -> None:
        self._unit = unit
        self._drafts: dict[_Key, _Draft] = {}
        self._at: dict[str, list[_Draft]] = {}  # by unit, for what has no number
        self._before: tuple[list[str], list[_Draft]] = ([], [])
        self.lost: list[tuple[str, str, str, bool]] = []
        layers = [layer for layer in header.layers if self._chosen(layer, rows, wanted)]
        for layer in layers:
            columns = (*layer.features, *layer.slots)
            self._before = ([], [])
            for row in rows:
                if layer.kind == "SP":
                    self._row(layer, row, columns)
                elif layer.kind == "CH":
                    self._chain_row(layer, row)
        for layer in layers:
            for row in rows:
                if layer.kind == "SP" and layer.slots:
                    self._slots(layer, row)
                elif layer.kind == "RL":
                    self._relations(layer, row)
        self._chains()

    def _chosen(self, layer: Layer, rows: Sequence[Row], wanted: Set[str]) -> bool:
        linguistic = layer.type.startswith(_DKPRO) and layer.type[len(_DKPRO) :].split(".")[0] in _LINGUISTIC
        if wanted & {layer.type, layer.name} or (not wanted and not linguistic):
            return True
        count = sum(row.cells[layer.first] != "_" for row in rows)
        if count:
            why = f"{layer.type} with {count} cells; --option layers=… takes it"
            self.lost.append(("", "layer left out", why, False))
        return False

    def spans(self) -> Iterator[Span]:
        """Yield the spans; those without extent are listed."""
        places = {draft.id: self._unit.extent(draft.begin, draft.end) for draft in self._drafts.values()}
        for draft in self._drafts.values():
            extent = places[draft.id]
            if extent is None:
                why = f"{draft.label} at {draft.begin}–{draft.end} has no extent; left out"
                self.lost.append((draft.id, "empty annotation", why, True))
                continue
            values = dict(draft.attributes)
            for name, targets in draft.links.items():
                here = [id for id in targets if places[id] is not None]
                if len(here) < len(targets):
                    self.lost.append((draft.id, "link left out", f"{name!r} pointed to an empty annotation", False))
                if here:
                    values[name] = here[0] if len(here) == 1 else here
            yield Span(draft.id, *extent, draft.label, values, draft.note)

    def _draft(self, key: _Key, layer: Layer, row: Row) -> tuple[_Draft, bool]:
        """Return an annotation, and whether it is new; a known one is extended to this row."""
        draft = self._drafts.get(key)
        new = draft is None
        if draft is None:
            draft = _Draft(f"s{len(self._drafts) + 1}", layer.type, layer.name, row.begin, row.end)
            self._drafts[key] = draft
        self._extend(draft, row)
        return draft, new

    def _extend(self, draft: _Draft, row: Row) -> None:
        if row.begin < draft.begin:
            draft.begin = row.begin
        if row.end > draft.end:
            draft.end = row.end
        self._at.setdefault(row.id, []).append(draft)

    def _row(self, layer: Layer, row: Row, columns: Sequence[tuple[str, int]]) -> None:
        cells = [row.cells[column] for _, column in columns]
        known, drafts = self._before
        if cells == known:  # the same numbers, so the same annotations: two rows of three
            for draft in drafts:
                self._extend(draft, row)
            return
        numbers, drafts = [], []
        stacks = [(name, split(cell, "|")) for (name, _), cell in zip(columns, cells, strict=True)]
        for place in range(max([len(stack) for _, stack in stacks], default=0)):
            found = [(name, stack[place]) for name, stack in stacks if place < len(stack)]
            number = next((number for _, words in found if (number := number_of(words))), 0)
            draft, new = self._draft(_key(layer, row, number, place), layer, row)
            for name, words in found[: len(layer.features)] if new else ():
                value = numbered(words).value
                if value is not None and name:
                    self._feature(draft, name, value)
            numbers.append(number)
            drafts.append(draft)
        self._before = (cells, drafts) if all(numbers) else ([], [])

    def _feature(self, draft: _Draft, name: str, value: str) -> None:
        if name in _LABELS:
            draft.label = value
        elif name == NOTE:
            note = decoded(value) if value.startswith('"') else value
            draft.note = note if isinstance(note, str) else value
        else:
            draft.attributes[plain(name)] = TRUTH[value] if value in TRUTH else decoded(value) if value else value

    def _slots(self, layer: Layer, row: Row) -> None:
        for name, column in layer.slots:
            roles, targets = split(row.cells[column], "|"), split(row.cells[column + 1], "|")
            for place, (role_stack, target_stack) in enumerate(zip(roles, targets, strict=False)):
                number = numbered(role_stack).number
                source = self._drafts.get(_key(layer, row, number, place))
                pairs = zip(split(role_stack, ";"), split(target_stack, ";"), strict=False)
                for role, target in pairs if source is not None and source.begin == row.begin else ():
                    pointed = reference(target)
                    found = self._find("", pointed.unit, pointed.first) if pointed is not None else None
                    if role != "_":
                        self._link(source, numbered(role).value or name, found, row, target)

    def _relations(self, layer: Layer, row: Row) -> None:
        column = layer.first + layer.width - 1
        stacks = [(name, split(row.cells[at], "|")) for name, at in layer.features]
        for place, words in enumerate(split(row.cells[column], "|")):
            pointed = reference(words)
            values = [numbered(stack[place]).value for _, stack in stacks if place < len(stack)]
            named = [value for value in values if value]
            source = self._find(layer.base, pointed.unit, pointed.first) if pointed is not None else None
            target = self._find(layer.base, row.id, pointed.second) if pointed is not None else None
            self._link(source, named[0] if named else layer.name, target, row, words)
            if len(named) > 1 and source is not None:
                why = f"line {row.line}: {', '.join(named[1:])} of a relation {named[0]} was left out"
                self.lost.append((source.id, "features of a relation", why, False))

    def _find(self, type: str, unit: str, number: int) -> _Draft | None:
        if number:
            return self._drafts.get(("", "", number))
        return next((draft for draft in self._at.get(unit, ()) if type in ("", draft.type)), None)

    def _link(self, source: _Draft | None, name: str, target: _Draft | None, row: Row, words: str) -> None:
        if source is None or target is None:
            why = f"line {row.line}: {name} {words}: one of its ends was not read"
            self.lost.append((source.id if source is not None else "", "link left out", why, False))
            return
        targets = source.links.setdefault(plain(name), [])
        if target.id not in targets:
            targets.append(target.id)

    def _chain_row(self, layer: Layer, row: Row) -> None:
        cells = dict(layer.features)
        relations = split(row.cells[cells.get("referenceRelation", layer.first)], "|")
        types = split(row.cells[cells.get("referenceType", layer.first)], "|")
        for place, words in enumerate(relations):
            found = chain_link(words)
            if found is None:
                self.lost.append(("", "link left out", f"line {row.line}: {words} is no link of a chain", False))
                continue
            relation, chain, link = found
            draft, new = self._draft((layer.type, f"{chain:09}", link), layer, row)
            if new:
                draft.chained = relation or layer.name
                kind = numbered(types[place]).value if place < len(types) else None
                if kind:
                    draft.attributes["referenceType"] = kind

    def _chains(self) -> None:
        """Link each element of a chain to the next."""
        elements = sorted((key, draft) for key, draft in self._drafts.items() if draft.chained)
        for (key, draft), (after, next_draft) in pairwise(elements):
            if after[:2] == key[:2]:
                draft.links.setdefault(plain(draft.chained), []).append(next_draft.id)


def _key(layer: Layer, row: Row, number: int, place: int) -> _Key:
    return ("", "", number) if number else (layer.type, row.id, place)
