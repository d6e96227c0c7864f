"""Which attributes of a span are links, and which are lists, for formats that have relations and repeat what is a list.

Invariant: an attribute is a link if the schema says so, or if it joins the pieces of a discontinuous span; where nobody
knows the schema, if all that it says are ids of spans of its layer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from annotator.core.schema import Attribute, Link, Schema
from annotator.core.spans import Span
from annotator.formats.base import FRAGMENT_LINK

LIST_OF_ONE: Final = "list of one"
"""What is lost where a format says a list by saying each of its values, and nothing says that it is one."""


def links_of(span: Span, schema: Schema | None, ids: Collection[str] = ()) -> list[str]:
    """Return the names of a span's attributes that are links.

    Args:
        span: The span.
        schema: The schema of its label; None where nobody knows it.
        ids: The ids of the spans of its layer.
    """
    if not span.attributes:
        return []
    known = attributes_of(span, schema)
    return [
        name
        for name, value in span.attributes.items()
        if name == FRAGMENT_LINK or isinstance(known.get(name), Link) or (schema is None and _points(value, ids))
    ]


def attributes_of(span: Span, schema: Schema | None) -> Mapping[str, Attribute]:
    """Return the attributes that the schema gives to a span's label; none where nobody knows it."""
    label = schema.labels.get(span.label) if schema is not None else None
    return label.attributes if label is not None else {}


def lone(value: Any, attribute: Attribute | None) -> bool:
    """Say whether a value is a list of one that no schema calls a list, so that it is read back as that one."""
    return attribute is None and isinstance(value, list) and len(value) == 1


def _points(value: Any, ids: Collection[str]) -> bool:
    """Say whether a value is the id of a span, or a list of two and more."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or (found is value and len(found) == 1):
        return False
    return all(isinstance(item, str) and item in ids for item in found)
