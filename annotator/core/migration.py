"""What becomes of annotations when a schema changes: the values of a migration file, and whether it fits.

Invariant: a migration names everything by its name in the old schema, and says of each name at most once what becomes
of it.  `faults` is empty only if whatever the migration makes fits the new schema.  What its fields mean is said in
`migration_models`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from annotator.core.attributes import problem_with
from annotator.core.schema import Attribute, Fault, Schema, Where, never
from annotator.core.schema_diff import choices_of

Retire = Literal["", "keep", "remove"]
RetireValue = Literal["", "keep", "remove", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeMove:
    """What becomes of the values of an attribute."""

    to: str = ""
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    move: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    retire: RetireValue = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Which spans of a label get another one."""

    when: Mapping[str, Any] = field(hash=False)
    to: str
    set: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMove:
    """What becomes of the spans of a label."""

    to: str = ""
    set: Mapping[str, Any] = field(default_factory=dict, hash=False)
    split: tuple[Split, ...] = ()
    attributes: Mapping[str, AttributeMove] = field(default_factory=dict, hash=False)
    retire: Retire = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What becomes of annotations; without any entry all stay as they are."""

    from_: str = ""
    to: str = ""
    labels: Mapping[str, LabelMove] = field(default_factory=dict, hash=False)
    attributes: Mapping[str, AttributeMove] = field(default_factory=dict, hash=False)


NOTHING = Migration()


def faults(migration: Migration, old: Schema, new: Schema) -> list[Fault]:
    """Return why a migration cannot bring annotations from one schema to another, fault by fault."""
    found = []
    for given, wanted, where in ((migration.from_, old.ref, "from"), (migration.to, new.ref, "to")):
        if given and given != wanted:
            found.append(Fault((where,), f"the file is for {given}, not {wanted}", "take the file for these schemas"))
    for name, move in migration.labels.items():
        if name in old.labels:  # else nothing is known of it
            found += _split_faults(("labels", name), move, old.labels[name].attributes)
        found += _label_faults(("labels", name), name, move, new)
    for name, part in migration.attributes.items():
        found += _attribute_faults(("attributes", name), name, part, [new.attributes])
    return found


def _label_faults(where: Where, name: str, move: LabelMove, new: Schema) -> Iterator[Fault]:
    if move.retire and (move.to or move.set or move.split or move.attributes):
        yield Fault((*where, "retire"), "a label that is retired does not become another", "leave out the rest")
        return
    targets = []
    for at, given, label in (
        (where, move.set, move.to or name),
        *(((*where, "split", n), one.set, one.to) for n, one in enumerate(move.split)),
    ):
        known = new.labels.get(label)
        if known is None:
            if label != name:
                yield Fault((*at, "to"), f"{new.ref} has no label {label!r}", f"labels: {', '.join(new.labels)}")
            continue
        targets.append(known.attributes)
        yield from _set_faults((*at, "set"), given, known.attributes)
    for key, part in move.attributes.items():
        yield from _attribute_faults((*where, "attributes", key), key, part, targets)


def _split_faults(where: Where, move: LabelMove, known: Mapping[str, Attribute]) -> Iterator[Fault]:
    """Yield what a split waits for in vain."""
    for number, one in enumerate(move.split):
        for name, wanted in one.when.items():
            at = (*where, "split", number, "when")
            if name not in known:
                yield Fault(at, f"there is no attribute {name!r}", f"attributes: {', '.join(known) or 'none'}")
                continue
            for value in wanted if isinstance(wanted, list) else [wanted]:
                if message := never(value, known[name]):
                    yield Fault(at, f"{name}: {message}", "no span would be split off")


def _set_faults(where: Where, values: Mapping[str, Any], known: Mapping[str, Attribute]) -> Iterator[Fault]:
    for name, value in values.items():
        if name not in known:
            yield Fault((*where, name), f"there is no attribute {name!r}", f"attributes: {', '.join(known) or 'none'}")
        elif known[name].kind == "link":
            yield Fault((*where, name), "a link cannot be set by a file", "spans are linked one by one")
        elif wrong := problem_with(value, known[name]):
            yield Fault((*where, name), f"{name} {wrong}", "the new schema says which values fit")


def _attribute_faults(
    where: Where, name: str, move: AttributeMove, targets: list[Mapping[str, Attribute]] | list[dict[str, Attribute]]
) -> Iterator[Fault]:
    """Yield what is wrong with an attribute's move; it has to fit one of the labels that its spans may get."""
    if move.retire and (move.to or move.options or move.move):
        yield Fault((*where, "retire"), "an attribute that is retired does not become another", "leave out the rest")
        return
    target = move.to or name
    found = [known[target] for known in targets if target in known]
    if move.to and not found:
        names = ", ".join(dict.fromkeys(one for known in targets for one in known)) or "none"
        yield Fault((*where, "to"), f"there is no attribute {move.to!r}", f"attributes: {names}")
    for option, to in move.options.items():
        lists = [listed for one in found if (listed := choices_of(one)) is not None]
        if to and lists and not any(to in listed for listed in lists):
            yield Fault((*where, "options", option), f"{target} has no option {to!r}", f"one of {', '.join(lists[0])}")
    for option, values in move.move.items():
        tried = [[*_set_faults((*where, "move", option), values, known)] for known in targets]
        if option in move.options:
            yield Fault((*where, "move", option), "is among the options, too", "say once what becomes of it")
        if tried and all(tried):
            yield from tried[0]
