"""What a migration file must look like: the models that it is checked against.

Invariant: they have the same fields as the values in `migration`, with what each is for; what these models let through
is a `migration.Migration`, which may still not fit the schemas.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from annotator.core import migration
from annotator.core.schema_models import Name

NewName = Annotated[str, StringConstraints(max_length=80)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True)


class AttributeMove(_Model):
    """What becomes of the values of an attribute."""

    to: NewName = Field("", description="Its new name; several attributes with one new name are merged.")
    options: dict[str, NewName] = Field(
        default_factory=dict,
        description='New names of options or units; several with one new name are merged, "" takes the value away.',
    )
    move: dict[str, dict[Name, Any]] = Field(
        default_factory=dict, description="Values of other attributes that a span gets in place of this option."
    )
    retire: Literal["", "keep", "remove", "note"] = Field(
        "", description='"keep": unknown to the new schema, but kept; "remove"; "note": moved into the note.'
    )

    def value(self) -> migration.AttributeMove:
        """Return what was read."""
        return migration.AttributeMove(to=self.to, options=self.options, move=self.move, retire=self.retire)


class Split(_Model):
    """Which spans of a label get another one; the first that holds counts."""

    when: dict[Name, Any] = Field(
        min_length=1, description="Attribute values, in old names; a list means any of them, all must hold."
    )
    to: Name = Field(description="The label that such spans get.")
    set: dict[Name, Any] = Field(default_factory=dict, description="Attributes that such spans get if they lack them.")


class LabelMove(_Model):
    """What becomes of the spans of a label."""

    to: NewName = Field("", description="Its new name; several labels with one new name are merged.")
    set: dict[Name, Any] = Field(
        default_factory=dict, description="Attributes that its spans get if they lack them, in new names."
    )
    split: list[Split] = Field(default_factory=list, description="Which spans get another label than the rest.")
    attributes: dict[Name, AttributeMove] = Field(
        default_factory=dict, description="What becomes of its attributes, by their old names."
    )
    retire: Literal["", "keep", "remove"] = Field(
        "", description='"keep": unknown to the new schema, but kept; "remove": the spans are taken out.'
    )

    def value(self) -> migration.LabelMove:
        """Return what was read."""
        return migration.LabelMove(
            to=self.to,
            set=self.set,
            split=tuple(migration.Split(when=one.when, to=one.to, set=one.set) for one in self.split),
            attributes={name: one.value() for name, one in self.attributes.items()},
            retire=self.retire,
        )


class Migration(_Model):
    """What becomes of annotations when a schema changes."""

    from_: str = Field("", alias="from", description='The old schema as "name@version"; refused for any other.')
    to: str = Field("", description='The new schema as "name@version"; refused for any other.')
    labels: dict[Name, LabelMove] = Field(default_factory=dict, description="By their names in the old schema.")
    attributes: dict[Name, AttributeMove] = Field(
        default_factory=dict, description="Those of the whole article, by their names in the old schema."
    )

    def value(self) -> migration.Migration:
        """Return what was read."""
        return migration.Migration(
            from_=self.from_,
            to=self.to,
            labels={name: one.value() for name, one in self.labels.items()},
            attributes={name: one.value() for name, one in self.attributes.items()},
        )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a migration file, for editors that complete TOML."""
    made = Migration.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = "A migration of conflict-annotator"
    made["properties"]["$schema"] = {"type": "string", "description": "For editors; not read."}
    return made
