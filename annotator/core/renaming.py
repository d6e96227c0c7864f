"""Other ids for new spans, where somebody else has taken theirs.

Invariant: a renamed batch does to the renamed spans what the batch did to the old ones, links between them included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute
from annotator.core.schema import Attribute, Link, Schema
from annotator.core.spans import Ref, Span


def renamed(edits: Iterable[Edit], names: Mapping[str, str], schema: Schema) -> tuple[Edit, ...]:
    """Return a batch with other span ids.

    Args:
        edits: The batch.
        names: The new id of each span that gets one, by its old id.
        schema: Says which attributes are links.
    """

    def ref(old: Ref) -> Ref:
        return old._replace(id=names.get(old.id, old.id))

    def span(old: Span) -> Span:
        label = schema.labels.get(old.label)
        known = label.attributes if label else {}
        values = {name: _linked(value, known.get(name), names) for name, value in old.attributes.items()}
        return replace(old, id=names.get(old.id, old.id), attributes=values)

    def one(edit: Edit) -> Edit:
        match edit:
            case Add(new):
                return Add(span(new))
            case Remove(place):
                return Remove(ref(place))
            case Change(place, new):
                return Change(ref(place), span(new))
            case SetAttribute(name, value):
                return SetAttribute(name, _linked(value, schema.attributes.get(name), names))
            case _:
                return edit

    return tuple(map(one, edits)) if names else tuple(edits)


def _linked(value: Any, attribute: Attribute | None, names: Mapping[str, str]) -> Any:
    """Return the value of an attribute with the links in it renamed."""
    if not isinstance(attribute, Link):
        return value
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [names.get(item, item) if isinstance(item, str) else item for item in value]
    return value
