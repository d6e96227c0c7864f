"""The label schema: which labels there are and what each may carry.

Invariant: forms, checks, storage and exports derive from these models alone; no label or attribute is named anywhere
else in the code.  A schema value is complete: every field that the file left out has its default filled in.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]

COMMAND_KEYS: Final = frozenset("efmnqstuvxy")
"""Lower-case letters that the tag screen uses for its own actions, so no label may have them."""

PALETTE: Final = ("#1d4f91", "#2f6b3a", "#9a4a00", "#7b2d6b", "#00606b", "#7a3030", "#4b4b8f", "#5c5a12", "#3d5a6b")
"""Backgrounds for white text (contrast at least 6:1), told apart under the colour-blindness simulations."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Attribute(_Model):
    title: str = Field("", description="What the form shows; the attribute's name if left out.")
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

    title: str = Field("", description="What the screen shows; the label's name if left out.")
    key: str = Field("", max_length=1, description="The key that tags; a free letter of the name if left out.")
    color: Colour | Literal[""] = Field("", description="Background for white text; taken from a palette if left out.")
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
    title: str = ""
    description: str = ""
    guideline: str = Field("", description="In a file: the Markdown file beside it, with a `## label` section each.")
    labels: dict[Name, Label] = Field(min_length=1, description="In the order of the label bar.")
    attributes: dict[Name, Attribute] = Field(default_factory=dict, description="Attributes of the whole article.")
    rules: list[Rule] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _version_as_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("version"), int | float):
            return {**data, "version": str(data["version"])}
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _check_names(self)
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
        if key.isdigit() and 0 < int(key) <= min(9, len(self.labels)):
            return list(self.labels)[int(key) - 1]
        return next((name for name, label in self.labels.items() if label.key == key), None)


def letter(name: str, label: Label) -> str:
    """Return the capital that stands for a label wherever colour alone would not do."""
    return (label.key or name[:1]).upper()


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


def _check_names(schema: Schema) -> None:
    """Refuse references to labels and attributes that do not exist, and keys used twice."""
    labels = schema.labels
    keys: dict[str, str] = {}
    for name, label in labels.items():
        if label.key:
            if label.key in COMMAND_KEYS:
                raise ValueError(f"labels.{name}.key: {label.key!r} is an action of the tag screen; choose another letter")
            if not (label.key.isalpha() and label.key.islower()):
                raise ValueError(f"labels.{name}.key: {label.key!r} is not a lower-case letter")
            if label.key in keys:
                raise ValueError(f"labels.{name}.key: {label.key!r} is already the key of {keys[label.key]!r}")
            keys[label.key] = name
        for field in ("overlaps", "nests_in"):
            for other in getattr(label, field) or ():
                if other not in labels:
                    raise ValueError(f"labels.{name}.{field}: there is no label {other!r}")
        _check_links(f"labels.{name}.attributes", label.attributes, labels)
    _check_links("attributes", schema.attributes, labels)
    for number, rule in enumerate(schema.rules):
        if rule.label not in labels:
            raise ValueError(f"rules.{number}.label: there is no label {rule.label!r}")
        for name in (*rule.when, *rule.require, *rule.forbid):
            if name not in labels[rule.label].attributes:
                raise ValueError(f"rules.{number}: label {rule.label!r} has no attribute {name!r}")


def _check_links(where: str, attributes: dict[str, Any], labels: dict[str, Label]) -> None:
    for name, attribute in attributes.items():
        if isinstance(attribute, Link):
            for label in attribute.labels:
                if label not in labels:
                    raise ValueError(f"{where}.{name}.labels: there is no label {label!r}")
        if isinstance(attribute, Choice | Choices) and len(set(attribute.options)) < len(attribute.options):
            raise ValueError(f"{where}.{name}.options: an option is named twice")
        if isinstance(attribute, Text) and attribute.pattern:
            _check_pattern(f"{where}.{name}.pattern", attribute.pattern)


def _check_pattern(where: str, pattern: str) -> None:
    import re

    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{where}: not a regular expression: {error}") from error


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
