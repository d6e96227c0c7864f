"""What the tests of moving to another schema share: two schemas, and a migration with an entry of each sort."""

from __future__ import annotations

from copy import deepcopy

from support import schema

from annotator.core.migration import AttributeMove, LabelMove, Migration, Split
from annotator.core.schema import Schema

OLD = schema()


def renamed_schema() -> Schema:
    """Return a schema with other names and options, a split actor, and a list where there was one option."""
    data = deepcopy(OLD.plain())
    data["version"] = "2"
    labels = data["labels"]
    labels["place"] = labels.pop("location")
    labels["harm"] = labels.pop("casualty")
    labels["place"]["title"] = labels["harm"]["title"] = ""
    labels["harm"]["attributes"]["by"]["labels"] = ["actor", "soldier"]
    labels["soldier"] = {**deepcopy(labels["actor"]), "title": "", "key": "", "color": ""}
    kinds = {"kind": "choices", "options": ["troops", "insurgents"], "title": "", "description": "", "required": False}
    labels["actor"]["attributes"]["kinds"] = kinds
    del labels["actor"]["attributes"]["type"]
    data["attributes"].pop("about")
    data["rules"] = []
    return Schema.from_plain(data)


NEW = renamed_schema()
MIGRATION = Migration(
    labels={
        "location": LabelMove(to="place"),
        "casualty": LabelMove(to="harm", attributes={"links": AttributeMove(retire="remove")}),
        "actor": LabelMove(
            split=(Split(when={"armed": True}, to="soldier", set={"role": ["perpetrator"]}),),
            attributes={
                "type": AttributeMove(to="kinds", options={"army": "troops", "rebels": "insurgents"}),
                "name": AttributeMove(retire="note"),
            },
        ),
        "displacement": LabelMove(retire="remove"),
    },
    attributes={"about": AttributeMove(retire="remove")},
)
