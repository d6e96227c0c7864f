"""What a schema must look like that comes from outside: the models that a file is checked against.

Invariant: what these models let through is a `core.schema.Schema`, whose faults as a whole they tell, too.  They have
the same fields as the values there, with what is allowed and what each is for; a stored schema was checked by them
once and is read without them, because they take longer to build than a screen takes to paint.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints, model_validator

from annotator.core import schema
from annotator.core.schema import NAME_PATTERN

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NAME_PATTERN)]
Title = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Colour = Annotated[str, StringConstraints(pattern=r"^(#[0-9a-fA-F]{6})?$")]


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
    _value: schema.Schema = PrivateAttr()

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
        self._value = schema.Schema.from_plain(self.model_dump())
        return self

    @property
    def value(self) -> schema.Schema:
        """The schema that was read."""
        return self._value


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a schema file, for editors that complete TOML."""
    made = Schema.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "A label schema of conflict-annotator"
    properties = made["properties"]
    properties["$schema"] = {"type": "string", "description": "For editors; not read."}
    version = properties["version"]
    properties["version"] = {
        "description": version["description"],
        "anyOf": [{"type": "string", "pattern": version["pattern"]}, {"type": "number"}],
    }
    return made
