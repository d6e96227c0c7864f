"""From a layer under one schema to the same layer under another, as a batch of edits.

Invariant: nothing goes that the migration does not name.  What the new schema does not know stays in the layer and is
listed; two values that come to have one name are both kept.  Applying the edits and then their inverse gives the layer
back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from annotator.core.attributes import SETTLED, describe, problem_with
from annotator.core.checks import holds
from annotator.core.edits import Change, Edit, Remove, SetAttribute, SetNote
from annotator.core.layer import Layer
from annotator.core.links import links_to, without_links
from annotator.core.migration import AttributeMove, LabelMove, Migration
from annotator.core.schema import Attribute, Choice, Choices, Link, Schema, Text
from annotator.core.schema_diff import choices_of
from annotator.core.spans import Span

_NO_MOVE: Final = AttributeMove()
_WHOLE: Final = "article"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one span, or of the attributes of the article (both None then)."""

    before: Span | None
    after: Span | None
    did: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that the new schema does not know and that stays: what, and on which span (None: the article)."""

    what: str
    span: Span | None


@dataclass(slots=True)
class LayerMove:
    """What becomes of a layer.

    Attributes:
        edits: What is to be done.
        steps: What that does, span by span.
        unknown: What stays that the new schema does not know.
        used: The entries of the migration that had something to do.
        twice: Steps by which a span comes to have the label of another one at the very same place.
    """

    edits: list[Edit] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    twice: list[Step] = field(default_factory=list)


class Mover:
    """Brings layers from one schema to another.

    Args:
        migration: What becomes of what; has no faults for these schemas.
        old: The schema that the layers are under.
        new: The schema that they are to be under.
    """

    def __init__(self, migration: Migration, old: Schema, new: Schema) -> None:
        self.migration = migration
        self.old = old
        self.new = new

    def layer(self, layer: Layer) -> LayerMove:
        """Return what becomes of a layer, its status left aside."""
        made = LayerMove()
        labels = self.migration.labels
        gone = {span.id for span in layer.spans if span.label in labels and labels[span.label].retire == "remove"}
        for span in layer.spans:
            self._span(span, gone, made)
        made.twice = _twice(layer, made.steps)
        known = self.old.attributes
        values = {name: value for name, value in layer.attributes.items() if not name.startswith(SETTLED)}
        before, did = values, []
        for id in sorted(gone):
            if links_to(values, known, id):
                values = without_links(values, known, id)
                did.append(f"{_WHOLE}: link to a span that goes taken away")
        part = _Values(_WHOLE, self.new.attributes, made.used, did)
        part.take(values, self.migration.attributes)
        self._unknown(part, None, self.migration.attributes, made)
        made.edits += [SetAttribute(name, None) for name in before if name not in part.values]
        made.edits += [SetAttribute(name, v) for name, v in part.values.items() if before.get(name, part) != v]
        note = "\n".join(part.notes)
        if note:
            made.edits.append(SetNote(f"{layer.note}\n{note}" if layer.note else note))
        if part.did:
            made.steps.append(Step(None, None, tuple(part.did)))
        return made

    def _span(self, span: Span, gone: set[str], made: LayerMove) -> None:
        move = self.migration.labels.get(span.label)
        if move is None and not span.attributes and span.label in self.new.labels:
            return  # most spans of a large corpus, so this is worth a line
        if move is not None:
            made.used.add(f"labels.{span.label}")
        if span.id in gone:
            made.edits.append(Remove(span.ref))
            made.steps.append(Step(span, None, (f"label {span.label} removed",)))
            return
        after, did = self._moved(span, move or LabelMove(), gone, made)
        if after != span:
            made.edits.append(Change(span.ref, after))
        if did:
            made.steps.append(Step(span, after, tuple(did)))

    def _moved(self, span: Span, move: LabelMove, gone: set[str], made: LayerMove) -> tuple[Span, list[str]]:
        did: list[str] = []
        values: Mapping[str, Any] = span.attributes
        label = self.old.labels.get(span.label)
        for id in sorted(gone) if label and values else ():
            if links_to(values, label.attributes, id):  # type: ignore[union-attr]
                values = without_links(values, label.attributes, id)  # type: ignore[union-attr]
                did.append(f"{span.label}: link to a span that goes taken away")
        to, given = self._target(span, move)
        if to != span.label:
            did.append(f"label {span.label} → {to}")
        known = self.new.labels[to].attributes if to in self.new.labels else {}
        part = _Values(span.label, known, made.used, did)
        part.take(values, move.attributes)
        part.give(given)
        note = "\n".join([*([span.note] if span.note else []), *part.notes])
        after = Span(span.id, span.start, span.end, to, part.values, note, span.source)
        if to not in self.new.labels:
            if not move.retire:
                made.unknown.append(Unknown(f"label {to}", after))
        else:
            self._unknown(part, after, move.attributes, made)
        return after, part.did

    def _target(self, span: Span, move: LabelMove) -> tuple[str, Mapping[str, Any]]:
        """Return the label that a span gets, and the attributes that come with it."""
        for one in move.split:
            if all(holds(span.attributes.get(name), wanted) for name, wanted in one.when.items()):
                return one.to, one.set
        return move.to or span.label, move.set

    def _unknown(self, part: _Values, span: Span | None, moves: Mapping[str, AttributeMove], made: LayerMove) -> None:
        owner = span.label if span else _WHOLE
        for name, value in part.values.items():
            if moves.get(name, _NO_MOVE).retire == "keep":
                continue
            attribute = part.known.get(name)
            if attribute is None:
                made.unknown.append(Unknown(f"attribute {owner}.{name}", span))
            elif problem_with(value, attribute):
                listed = f": {describe(value)[:60]}" if choices_of(attribute) is not None else ""
                made.unknown.append(Unknown(f"value of {owner}.{name}{listed}", span))


def _twice(layer: Layer, steps: list[Step]) -> list[Step]:
    """Return the steps whose spans come to lie where another of the same label lies, each place once."""
    moved = [step for step in steps if step.before and step.after and step.before.label != step.after.label]
    if not moved:
        return []  # most layers, most of the time
    after = {step.before.id: step.after for step in steps if step.before is not None}
    spans = [after.get(span.id, span) for span in layer.spans]
    places = Counter((span.start, span.end, span.label) for span in spans if span is not None)
    found: dict[tuple[int, int, str], Step] = {}
    for step in moved:
        assert step.after is not None
        place = step.after.start, step.after.end, step.after.label
        if places[place] > 1:
            found[place] = step
    return list(found.values())


class _Values:
    """The attributes of one span, or of the article, being moved.

    Args:
        owner: The old label, or "article", for what is said.
        known: What the new schema says about attributes there.
        used: Where the entries of the migration that had something to do are added.
        did: Where it is said what was done.
    """

    def __init__(self, owner: str, known: Mapping[str, Attribute], used: set[str], did: list[str]) -> None:
        self.values: dict[str, Any] = {}
        self.notes: list[str] = []
        self.known = known
        self.did = did
        self._owner = owner
        self._used = used

    def take(self, values: Mapping[str, Any], moves: Mapping[str, AttributeMove]) -> None:
        """Move these values."""
        moved: list[Mapping[str, Any]] = []
        # What keeps its name comes first, so that nothing that is renamed takes its place.
        for name in sorted(values, key=lambda name: moves.get(name, _NO_MOVE).to not in ("", name)):
            value, move = values[name], moves.get(name)
            if move is None:
                self._put(name, name, value)
                continue
            prefix = "attributes" if self._owner == _WHOLE else f"labels.{self._owner}.attributes"
            self._used.add(f"{prefix}.{name}")
            if move.retire in ("remove", "note"):
                self.did.append(f"attribute {self._owner}.{name} {'removed' if move.retire == 'remove' else '→ note'}")
                self.notes += [f"{name}: {describe(value)}"] if move.retire == "note" else []
                continue
            rest, given = self._renamed(name, value, move)
            moved += given
            if rest is not None:
                self._put(name, move.to or name, rest)
        for given_ in moved:
            for name, value in given_.items():
                self._put(name, name, value, note=True)

    def give(self, values: Mapping[str, Any]) -> None:
        """Set what is not set."""
        for name, value in values.items():
            if name not in self.values:
                self.values[name] = value
                self.did.append(f"{self._owner}: {name} set to {describe(value)}")

    def _renamed(self, name: str, value: Any, move: AttributeMove) -> tuple[Any, list[Mapping[str, Any]]]:
        """Return a value with its options renamed (None if nothing is left), and what comes in place of others."""
        if isinstance(value, dict):  # a count has a unit
            unit = value.get("unit")
            if isinstance(unit, str) and unit in move.options:
                to = move.options[unit]
                self._say(name, unit, to)
                rest = {key: part for key, part in value.items() if key != "unit"}
                return ({**rest, "unit": to} if to else rest or None), []
            return value, []
        several = isinstance(value, list)
        left: list[Any] = []
        given = []
        for item in value if several else [value]:
            key = ("true" if item else "false") if isinstance(item, bool) else item
            if isinstance(key, str) and key in move.move:
                given.append(move.move[key])
                self.did.append(f"{self._owner}.{name}: {key} moved to {', '.join(move.move[key])}")
                continue
            if not (isinstance(key, str) and key in move.options):
                left.append(item)
                continue
            to = move.options[key]
            self._say(name, key, to)
            if to and to not in left:
                left.append(to)
        if several:
            return (left or (None if value else value)), given
        return (left[0] if left else None), given

    def _say(self, name: str, old: str, new: str) -> None:
        self.did.append(f"{self._owner}.{name}: {old} {f'→ {new}' if new else 'removed'}")

    def _put(self, name: str, to: str, value: Any, *, note: bool = False) -> None:
        """Set a value; where another is in its place, it stays under its old name, or else goes into the note."""
        fitted = _fitted(value, self.known.get(to))
        if type(fitted) is not type(value):
            self.did.append(f"{self._owner}.{to}: written as {self.known[to].kind}")
        value = fitted
        if to != name:
            self.did.append(f"attribute {self._owner}.{name} → {to}")
        here = self.values.get(to)
        if to not in self.values or here == value:
            self.values[to] = value
        elif isinstance(here, list) and isinstance(value, list):
            self.values[to] = [*here, *(item for item in value if item not in here)]
        elif name not in self.values and not note:
            self.values[name] = value
            self.did.append(f"{self._owner}: {to} has another value, {name} stays beside it")
        else:
            self.notes.append(f"{name}: {describe(value)}")
            self.did.append(f"{self._owner}: {to} has another value, {name} goes into the note")


def _fitted(value: Any, attribute: Attribute | None) -> Any:
    """Return a value in the shape of an attribute where that loses nothing: one of a list, a list of one, words."""
    match attribute:
        case Choices() if isinstance(value, str):
            return [value]
        case Link(many=True) if isinstance(value, str):
            return [value]
        case Choice() | Link(many=False) if isinstance(value, list) and len(value) == 1:
            return value[0]
        case Text() if isinstance(value, int | float):
            return describe(value)
        case _:
            return value


def unused(migration: Migration, used: set[str]) -> list[str]:
    """Return the entries of a migration that had nothing to do, in its order."""
    named = []
    for label, move in migration.labels.items():
        named += [f"labels.{label}", *(f"labels.{label}.attributes.{name}" for name in move.attributes)]
    named += [f"attributes.{name}" for name in migration.attributes]
    return [name for name in named if name not in used]
