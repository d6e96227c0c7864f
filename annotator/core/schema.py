"""The label schema: which labels there are and what each may carry.

Invariant: forms, checks, storage and exports derive from these values alone; no label or attribute is named anywhere
else in the code.  A schema value is complete: every field that the file left out has its default filled in.  What each
field may hold, and what it is for, is said in `schema_models`, which checks whatever comes from outside.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple, Self

NAME_PATTERN: Final = r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"
"""One line without control characters, not beginning or ending with a blank."""

COMMAND_KEYS: Final = frozenset("efmnqstuvxy")
"""Lower-case letters that the tag screen uses for its own actions, so no label may have them."""

PALETTE: Final = ("#1d4f91", "#2f6b3a", "#9a4a00", "#7b2d6b", "#00606b", "#7a3030", "#4b4b8f", "#5c5a12", "#3d5a6b")
"""Backgrounds for white text (contrast at least 6:1), told apart under the colour-blindness simulations."""


Where = tuple[str | int, ...]
"""The path of a field from the top of the file, such as ("labels", "actor", "key")."""


class Fault(NamedTuple):
    """Something wrong in a schema that fits the models: which field, what, and what to do."""

    field: Where
    message: str
    hint: str = ""


class SchemaFaults(ValueError):
    """All the faults of a schema; its text is the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(f"{'.'.join(map(str, first.field))}: {first.message}")
        self.faults = tuple(faults)


Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class _Attribute:
    title: str = ""
    description: str = ""
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Flag(_Attribute):
    """Yes or no."""

    kind: Literal["flag"] = "flag"


@dataclass(frozen=True, kw_only=True)
class Choice(_Attribute):
    """One of several options."""

    kind: Literal["choice"] = "choice"
    options: list[str]


@dataclass(frozen=True, kw_only=True)
class Choices(_Attribute):
    """Any number of several options."""

    kind: Literal["choices"] = "choices"
    options: list[str]


@dataclass(frozen=True, kw_only=True)
class Text(_Attribute):
    """Free words."""

    kind: Literal["text"] = "text"
    pattern: str = ""
    format: Literal["", "date"] = ""


@dataclass(frozen=True, kw_only=True)
class Number(_Attribute):
    """One number, such as a latitude."""

    kind: Literal["number"] = "number"
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, kw_only=True)
class Count(_Attribute):
    """How many: min, best and max with a qualifier, or a vague term."""

    kind: Literal["count"] = "count"
    units: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Link(_Attribute):
    """Another span of the same article, or several."""

    kind: Literal["link"] = "link"
    labels: list[str] = field(default_factory=list)
    many: bool = False


Attribute = Flag | Choice | Choices | Text | Number | Count | Link
_KINDS: Final[dict[str, type[Attribute]]] = {
    kind.kind: kind for kind in (Flag, Choice, Choices, Text, Number, Count, Link)
}


@dataclass(frozen=True, kw_only=True)
class Label:
    """One kind of span."""

    title: str = ""
    key: str = ""
    color: str = ""
    description: str = ""
    guideline: str = ""
    attributes: dict[str, Attribute] = field(default_factory=dict)
    overlaps: list[str] | None = None
    nests_in: list[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule across the attributes of one label's spans."""

    label: str
    when: dict[str, Any] = field(default_factory=dict)
    require: list[str] = field(default_factory=list)
    forbid: list[str] = field(default_factory=list)
    severity: Severity = "warning"
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Schema:
    """A versioned set of labels.

    Raises:
        SchemaFaults: If the schema contradicts itself.
    """

    name: str
    version: str
    title: str = ""
    description: str = ""
    guideline: str = ""
    labels: dict[str, Label]
    attributes: dict[str, Attribute] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        faults = [*_faults(self)]
        if faults:
            raise SchemaFaults(faults)
        object.__setattr__(self, "labels", _with_defaults(self.labels))

    @classmethod
    def validated(cls, data: Any) -> Schema:
        """Return the schema that untrusted data describes.

        Raises:
            ValueError: If it is none: pydantic's error, which lists all that is wrong.
        """
        from annotator.core import schema_models

        return schema_models.Schema.model_validate(data).value

    @classmethod
    def validated_json(cls, text: str) -> Schema:
        """Return the schema that untrusted JSON describes; see `validated`."""
        from annotator.core import schema_models

        return schema_models.Schema.model_validate_json(text).value

    @classmethod
    def from_plain(cls, data: dict[str, Any]) -> Self:
        """Return the schema of a dictionary that `plain` made, or whose fields were checked."""
        labels = {
            name: Label(**{**label, "attributes": _attributes(label["attributes"])})
            for name, label in data["labels"].items()
        }
        rules = [Rule(**rule) for rule in data["rules"]]
        return cls(**{**data, "labels": labels, "attributes": _attributes(data["attributes"]), "rules": rules})

    def plain(self) -> dict[str, Any]:
        """Return the schema as dictionaries and lists, in the order in which it is stored."""
        return asdict(self)

    @property
    def ref(self) -> str:
        """The name under which layers refer to this schema: "name@version"."""
        return f"{self.name}@{self.version}"

    def to_json(self) -> str:
        """Return the whole schema as canonical JSON: the form that is stored and digested."""
        return json.dumps(self.plain(), ensure_ascii=False, sort_keys=False, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of `to_json()`, as 64 hexadecimal digits."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def label_for_key(self, key: str) -> str | None:
        """Return the label that this letter, or this digit by position, stands for."""
        if key.isdecimal() and 0 < int(key) <= min(9, len(self.labels)):
            return list(self.labels)[int(key) - 1]
        return next((name for name, label in self.labels.items() if key and label.key == key), None)


def _attributes(data: dict[str, dict[str, Any]]) -> dict[str, Attribute]:
    return {name: _KINDS[attribute["kind"]](**attribute) for name, attribute in data.items()}


def letter(name: str, label: Label) -> str:
    """Return the capital that stands for a label wherever colour alone would not do."""
    return (label.key or name[:1]).upper()[:1]


def _with_defaults(labels: dict[str, Label]) -> dict[str, Label]:
    """Fill in title, key and colour; keys never collide with each other or with the screen's own."""
    taken = {label.key for label in labels.values() if label.key}
    colours = {label.color.lower() for label in labels.values()}
    free = [colour for colour in PALETTE if colour not in colours] or list(PALETTE)
    full = {}
    for name, label in labels.items():
        key, color = label.key, label.color
        if not key:
            letters = [c for c in name.lower() + "abcdghijklopqrwz" if c.isascii() and c.isalpha()]
            key = next((c for c in letters if c not in taken and c not in COMMAND_KEYS), "")
            taken.add(key)
        if not color:
            color = free[0]
            free = [*free[1:], free[0]]
        full[name] = replace(label, title=label.title or name, key=key, color=color.lower())
    return full


def _faults(schema: Schema) -> Iterator[Fault]:
    """Yield every reference to what does not exist, every key used twice, every rule that cannot work."""
    keys: dict[str, str] = {}
    for name, label in schema.labels.items():
        where = ("labels", name)
        if label.key:
            yield from _key_faults((*where, "key"), label.key, keys.get(label.key))
            keys.setdefault(label.key, name)
        for named, others in (("overlaps", label.overlaps), ("nests_in", label.nests_in)):
            yield from _label_faults((*where, named), others or [], schema)
        for attribute_name, attribute in label.attributes.items():
            yield from _attribute_faults((*where, "attributes", attribute_name), attribute, schema)
    for attribute_name, attribute in schema.attributes.items():
        yield from _attribute_faults(("attributes", attribute_name), attribute, schema)
    for number, rule in enumerate(schema.rules):
        yield from _rule_faults(("rules", number), rule, schema)


def _key_faults(where: Where, key: str, owner: str | None) -> Iterator[Fault]:
    if not (key.isalpha() and key.islower()):
        yield Fault(where, f"{key!r} is not a lower-case letter", "digits work by position without being named")
    elif key in COMMAND_KEYS:
        yield Fault(where, f"{key!r} is an action of the tag screen", "choose another letter")
    elif owner is not None:
        yield Fault(where, f"{key!r} is already the key of {owner!r}", "choose another letter")


def _label_faults(where: Where, names: Sequence[str], schema: Schema) -> Iterator[Fault]:
    for name in names:
        if name not in schema.labels:
            yield Fault(where, f"there is no label {name!r}", f"labels: {', '.join(schema.labels)}")


def _attribute_faults(where: Where, attribute: Attribute, schema: Schema) -> Iterator[Fault]:
    match attribute:
        case Link():
            yield from _label_faults((*where, "labels"), attribute.labels, schema)
        case Choice() | Choices():
            yield from _twice((*where, "options"), attribute.options)
        case Count():
            yield from _twice((*where, "units"), attribute.units)
        case Number(min=float(low), max=float(high)) if low > high:
            yield Fault((*where, "min"), f"{low:g} is more than max {high:g}", "no number would fit")
        case Text() if attribute.pattern:
            try:
                re.compile(attribute.pattern)
            except (re.error, OverflowError, RecursionError) as error:
                yield Fault((*where, "pattern"), f"not a regular expression: {error}")


def _twice(where: Where, names: Sequence[str]) -> Iterator[Fault]:
    for name in {name for name in names if names.count(name) > 1}:
        yield Fault(where, f"{name!r} is named twice", "leave one out")


def _rule_faults(where: Where, rule: Rule, schema: Schema) -> Iterator[Fault]:
    if rule.label not in schema.labels:
        yield from _label_faults((*where, "label"), [rule.label], schema)
        return
    attributes = schema.labels[rule.label].attributes
    known = f"attributes: {', '.join(attributes) or 'none'}"
    for named, names in (("when", [*rule.when]), ("require", rule.require), ("forbid", rule.forbid)):
        for name in names:
            if name not in attributes:
                yield Fault((*where, named), f"label {rule.label!r} has no attribute {name!r}", known)
    for name, wanted in rule.when.items():
        for value in wanted if isinstance(wanted, list) else [wanted]:
            if name in attributes and (message := never(value, attributes[name])):
                yield Fault((*where, "when"), f"{name}: {message}", "the rule would never hold")
    if not rule.require and not rule.forbid:
        yield Fault(where, "the rule neither requires nor forbids anything", "add require = [...] or forbid = [...]")
    for name in {*rule.require} & {*rule.forbid}:
        yield Fault((*where, "forbid"), f"{name!r} is also required")


def never(value: Any, attribute: Attribute) -> str:
    """Say why an attribute can never have the value that a rule waits for, or return ""."""
    match attribute:
        case Flag():
            return "" if isinstance(value, bool) else f"{value!r} is not true or false"
        case Choice() | Choices():
            return "" if value in attribute.options else f"{value!r} is not one of {', '.join(attribute.options)}"
        case Text():
            return "" if isinstance(value, str) else f"{value!r} is not a text"
        case Number():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return "" if number and abs(value) < float("inf") else f"{value!r} is not a number"
        case Count() | Link():
            return f"a rule cannot look into a {attribute.kind}"
