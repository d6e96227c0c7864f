"""What is different between two schemas, in words, and whether annotations made under the first may suffer.

Invariant: two schemas have no differences exactly if they have the same digest.  A difference that is not said to
affect annotations never makes one wrong that was right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from annotator.core.schema import Attribute, Choice, Choices, Count, Label, Link, Number, Rule, Schema, Text

Change = Literal["added", "removed", "changed"]
_PROSE: Final = ("title", "description", "guideline")
_OPTIONS: Final[Mapping[str, str]] = {"options": "option", "units": "unit"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Args:
        change: What became of it.
        what: "schema", "label", "attribute", "option", "unit", "constraint", "rule", "order" or "wording".
        where: "label", "label.attribute" or "article.attribute"; "" for the schema as a whole.
        words: The difference in words.
        affects: Whether annotations made under the old schema may be wrong under the new one.
    """

    change: Change
    what: str
    where: str
    words: str
    affects: bool = False

    @property
    def label(self) -> str:
        """The label that it is about, or ""."""
        return "" if self.where.startswith("article.") else self.where.split(".")[0]


def differences(old: Schema, new: Schema) -> list[Difference]:
    """Return what is different: the schema as a whole, labels in the order of both, rules."""
    found = [*_whole(old, new)]
    found += _attributes("article", old.attributes, new.attributes)
    for name in dict.fromkeys([*old.labels, *new.labels]):
        before, after = old.labels.get(name), new.labels.get(name)
        if after is None:
            found.append(Difference("removed", "label", name, f"label {name} removed", True))
        elif before is None:
            found.append(Difference("added", "label", name, f"label {name} added"))
        else:
            found += _label(name, before, after)
    found += _rules(old.rules, new.rules)
    if not found and old.digest != new.digest:
        found.append(Difference("changed", "order", "", "order changed"))
    return found


def tightened(old: Schema, new: Schema) -> bool:
    """Say whether annotations made under the old schema may be wrong under the new one."""
    return any(one.affects for one in differences(old, new))


def _whole(old: Schema, new: Schema) -> Iterator[Difference]:
    for field in ("name", "version"):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield Difference("changed", "schema", "", f"{field} {before} → {after}")
    yield from _prose("", old, new)
    common = [name for name in old.labels if name in new.labels]
    if common != [name for name in new.labels if name in old.labels]:
        yield Difference("changed", "order", "", f"order of labels: {', '.join(new.labels)}")


def _prose(where: str, old: Any, new: Any) -> Iterator[Difference]:
    for field in _PROSE:
        before, after = getattr(old, field, ""), getattr(new, field, "")
        if before != after:
            words = f"{where}: {field} reworded" if where else f"{field} of the schema reworded"
            yield Difference("changed", "wording", where, words)


def _label(name: str, old: Label, new: Label) -> Iterator[Difference]:
    yield from _prose(name, old, new)
    for field in ("key", "color"):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            yield Difference("changed", "wording", name, f"{name}: {field} {before or 'none'} → {after or 'none'}")
    for field, words in (("overlaps", "may overlap"), ("nests_in", "may lie within")):
        a, b = getattr(old, field), getattr(new, field)
        if a != b:
            tighter = b is not None and (a is None or not {*a} <= {*b})
            said = f"{name}: {words} {_listed(a)} → {_listed(b)}"
            yield Difference("changed", "constraint", name, said, tighter)
    yield from _attributes(name, old.attributes, new.attributes)


def _listed(names: Sequence[str] | None) -> str:
    return "anything" if names is None else ", ".join(names) or "nothing"


def _attributes(owner: str, old: Mapping[str, Attribute], new: Mapping[str, Attribute]) -> Iterator[Difference]:
    for name in dict.fromkeys([*old, *new]):
        where = f"{owner}.{name}"
        before, after = old.get(name), new.get(name)
        if after is None:
            yield Difference("removed", "attribute", where, f"attribute {where} removed", True)
        elif before is None:
            must = " and required" if after.required else ""
            words = f"attribute {where} added ({after.kind}){must}"
            yield Difference("added", "attribute", where, words, after.required)
        elif before.kind != after.kind:
            words = f"attribute {where}: {before.kind} → {after.kind}"
            yield Difference("changed", "attribute", where, words, True)
        elif before != after:
            yield from _attribute(where, before, after)
    if [one for one in old if one in new] != [one for one in new if one in old]:
        yield Difference("changed", "order", owner, f"order of the attributes of {owner}: {', '.join(new)}")


def _attribute(where: str, old: Attribute, new: Attribute) -> Iterator[Difference]:
    """Yield what is different between two attributes of one kind."""
    yield from _prose(where, old, new)
    for field in [field.name for field in fields(old) if field.name not in _PROSE]:
        before, after = getattr(old, field), getattr(new, field)
        if before == after:
            continue
        if field in _OPTIONS:
            yield from _options(where, _OPTIONS[field], before, after)
        elif field == "required":
            words = f"{where} is {'now' if after else 'no longer'} required"
            yield Difference("changed", "constraint", where, words, after)
        else:
            words = f"{where}: {field} {_said(before)} → {_said(after)}"
            yield Difference("changed", "constraint", where, words, _tighter(field, before, after, new))


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "any"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


def _tighter(field: str, before: Any, after: Any, attribute: Attribute) -> bool:
    """Say whether a field of an attribute lets through less than before."""
    match attribute:
        case Number():
            if after is None:
                return False
            return before is None or (after > before if field == "min" else after < before)
        case Text():
            return bool(after)
        case Link() if field == "labels":
            return bool(after) and (not before or not {*before} <= {*after})
        case _:  # `many` of a link: its values have another shape
            return True


def _options(where: str, what: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    for name in old:
        if name not in new:
            # Without any unit in the schema every unit is right.
            harmful = what == "option" or bool(new)
            yield Difference("removed", what, where, f"{where}: {what} {name} removed", harmful)
    for name in new:
        if name not in old:
            harmful = what == "unit" and not old
            yield Difference("added", what, where, f"{where}: {what} {name} added", harmful)
    if [one for one in old if one in new] != [one for one in new if one in old]:
        yield Difference("changed", "order", where, f"{where}: order of {what}s: {', '.join(new)}")


def _rules(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[Difference]:
    for rule in old:
        if rule not in new:
            yield Difference("removed", "rule", rule.label, f"rule removed: {rule_words(rule)}")
    for rule in new:
        if rule not in old:
            yield Difference("added", "rule", rule.label, f"rule added: {rule_words(rule)}", True)


def rule_words(rule: Rule, *, owner: bool = True) -> str:
    """Return a rule in words, with its label if `owner`."""
    when = " and ".join(f"{name} is {_alternatives(value)}" for name, value in rule.when.items())
    needs = [f"{', '.join(rule.require)} required"] if rule.require else []
    bars = [f"no {', '.join(rule.forbid)}"] if rule.forbid else []
    label = f"{rule.label}: " if owner else ""
    return f"{label}{rule.severity}: {f'when {when}: ' if when else ''}{'; '.join(needs + bars)}"


def _alternatives(value: Any) -> str:
    return " or ".join(str(item) for item in (value if isinstance(value, list) else [value]))


def choices_of(attribute: Attribute | None) -> Sequence[str] | None:
    """Return the options or units that an attribute takes; None if it is free of them."""
    match attribute:
        case Choice() | Choices():
            return attribute.options
        case Count() if attribute.units:
            return attribute.units
        case _:
            return None
