"""The label schema: which labels there are and what each may carry.

Invariant: forms, checks, storage and exports derive from these models alone; no label or attribute is named anywhere
else in the code.  A schema value is complete: every field that the file left out has its default filled in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

NAME_PATTERN: Final = r"^[^\s\x00-\x1f\x7f-\x9f](?:[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"
"""One line without control characters, not beginning or ending with a blank."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NAME_PATTERN)]
Title = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Colour = Annotated[str, StringConstraints(pattern=r"^(#[0-9a-fA-F]{6})?$")]

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


class _Model(BaseModel):
    # Strict: `required = "no"` must be refused, not read as a text that means false.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Attribute(_Model):
    title: Title = Field("", description="What the form shows; the attribute's name if left out.")
    description: str = Field("", description="One line of help in the form.")
    required: bool = Field(False, description="A layer cannot be done while this is missing on one of its spans.")


class Flag(_Attribute):
    """Yes or no."""

    kind: Literal["flag"]


class Choice(_Attribute):
    """One of several options."""

    kind: Literal["choice"]
    options: list[Name] = Field(min_length=1, description="In the order in which the form shows them.")


class Choices(_Attribute):
    """Any number of several options."""

    kind: Literal["choices"]
    options: list[Name] = Field(min_length=1, description="In the order in which the form shows them.")


class Text(_Attribute):
    """Free words."""

    kind: Literal["text"]
    pattern: str = Field("", description="A regular expression that the whole value must match.")
    format: Literal["", "date"] = Field("", description='"date": a day of the calendar as YYYY-MM-DD.')


class Number(_Attribute):
    """One number, such as a latitude."""

    kind: Literal["number"]
    min: float | None = Field(None, description="Smallest value allowed.")
    max: float | None = Field(None, description="Largest value allowed.")


class Count(_Attribute):
    """How many: min, best and max with a qualifier, or a vague term."""

    kind: Literal["count"]
    units: list[Name] = Field(default_factory=list, description="What may be counted; the first is the default.")


class Link(_Attribute):
    """Another span of the same article, or several."""

    kind: Literal["link"]
    labels: list[Name] = Field(default_factory=list, description="Labels that the target may have; any if left out.")
    many: bool = Field(False, description="Whether there may be more than one target.")


Attribute = Annotated[Flag | Choice | Choices | Text | Number | Count | Link, Field(discriminator="kind")]


class Label(_Model):
    """One kind of span."""

    title: Title = Field("", description="What the screen shows; the label's name if left out.")
    key: str = Field("", max_length=1, description="The key that tags; a free letter of the name if left out.")
    color: Colour = Field("", description="Background for white text; taken from a palette if left out.")
    description: str = Field("", description="One line: what the label is for.")
    guideline: str = Field("", description="Markdown; the section of that name in the schema's guideline if left out.")
    attributes: dict[Name, Attribute] = Field(default_factory=dict, description="What a span may carry, by name.")
    overlaps: list[Name] | None = Field(None, description="Labels that may cross this one; any if left out.")
    nests_in: list[Name] | None = Field(None, description="Labels that this one may lie within; any if left out.")


class Rule(_Model):
    """A rule across the attributes of one label's spans."""

    label: Name = Field(description="The label that the rule is about.")
    when: dict[Name, Any] = Field(
        default_factory=dict, description="Attribute values under which it holds; a list means any of them."
    )
    require: list[Name] = Field(default_factory=list, description="Attributes that must then be set.")
    forbid: list[Name] = Field(default_factory=list, description="Attributes that must then not be set.")
    severity: Literal["error", "warning"] = Field("warning", description="An error keeps a layer from being done.")
    message: str = Field("", description="What the annotator reads.")


class Schema(_Model):
    """A versioned set of labels."""

    name: Name
    version: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[\w.+-]+$")] = Field(
        description="Any string without blanks; raise it whenever the meaning of a label changes."
    )
    title: Title = Field("", description="What lists and the screen show.")
    description: str = Field("", description="What the schema is for.")
    guideline: str = Field("", description="In a file: the Markdown file beside it, with a `## label` section each.")
    labels: dict[Name, Label] = Field(min_length=1, description="In the order of the label bar.")
    attributes: dict[Name, Attribute] = Field(default_factory=dict, description="Attributes of the whole article.")
    rules: list[Rule] = Field(default_factory=list, description="Rules across the attributes of a span.")

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        """Take a version written as a number, and leave out the line that tells editors where the JSON Schema is."""
        if not isinstance(data, dict):
            return data
        data = {name: value for name, value in data.items() if name != "$schema"}
        version = data.get("version")
        if isinstance(version, int | float) and not isinstance(version, bool):
            data["version"] = str(version)
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        faults = [*_faults(self)]
        if faults:
            raise SchemaFaults(faults)
        object.__setattr__(self, "labels", _with_defaults(self.labels))
        return self

    @property
    def ref(self) -> str:
        """The name under which layers refer to this schema: "name@version"."""
        return f"{self.name}@{self.version}"

    def to_json(self) -> str:
        """Return the whole schema as canonical JSON: the form that is stored and digested."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=False, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of `to_json()`, as 64 hexadecimal digits."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def label_for_key(self, key: str) -> str | None:
        """Return the label that this letter, or this digit by position, stands for."""
        if key.isdecimal() and 0 < int(key) <= min(9, len(self.labels)):
            return list(self.labels)[int(key) - 1]
        return next((name for name, label in self.labels.items() if key and label.key == key), None)


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
        full[name] = label.model_copy(update={"title": label.title or name, "key": key, "color": color.lower()})
    return full


def _faults(schema: Schema) -> Iterator[Fault]:
    """Yield every reference to what does not exist, every key used twice, every rule that cannot work."""
    keys: dict[str, str] = {}
    for name, label in schema.labels.items():
        where = ("labels", name)
        if label.key:
            yield from _key_faults((*where, "key"), label.key, keys.get(label.key))
            keys.setdefault(label.key, name)
        for field, others in (("overlaps", label.overlaps), ("nests_in", label.nests_in)):
            yield from _label_faults((*where, field), others or [], schema)
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
    for field, names in (("when", [*rule.when]), ("require", rule.require), ("forbid", rule.forbid)):
        for name in names:
            if name not in attributes:
                yield Fault((*where, field), f"label {rule.label!r} has no attribute {name!r}", known)
    for name, wanted in rule.when.items():
        for value in wanted if isinstance(wanted, list) else [wanted]:
            if name in attributes and (message := _never(value, attributes[name])):
                yield Fault((*where, "when"), f"{name}: {message}", "the rule would never hold")
    if not rule.require and not rule.forbid:
        yield Fault(where, "the rule neither requires nor forbids anything", "add require = [...] or forbid = [...]")
    for name in {*rule.require} & {*rule.forbid}:
        yield Fault((*where, "forbid"), f"{name!r} is also required")


def _never(value: Any, attribute: Attribute) -> str:
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


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a schema file, for editors that complete TOML."""
    schema = Schema.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A label schema of conflict-annotator"
    properties = schema["properties"]
    properties["$schema"] = {"type": "string", "description": "For editors; not read."}
    version = properties["version"]
    properties["version"] = {
        "description": version["description"],
        "anyOf": [{"type": "string", "pattern": version["pattern"]}, {"type": "number"}],
    }
    return schema
