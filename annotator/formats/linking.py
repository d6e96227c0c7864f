"""Which attributes of a span are links, for formats that have relations.

Invariant: an attribute is a link if the schema says so, or if it joins the pieces of a discontinuous span; where nobody
knows the schema, if all that it says are ids of spans of its layer.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from annotator.core.schema import Link, Schema
from annotator.core.spans import Span
from annotator.formats.base import FRAGMENT_LINK


def links_of(span: Span, schema: Schema | None, ids: Collection[str] = ()) -> list[str]:
    """Return the names of a span's attributes that are links.

    Args:
        span: The span.
        schema: The schema of its label; None where nobody knows it.
        ids: The ids of the spans of its layer.
    """
    label = schema.labels.get(span.label) if schema is not None else None
    known = label.attributes if label is not None else {}
    return [
        name
        for name, value in span.attributes.items()
        if name == FRAGMENT_LINK or isinstance(known.get(name), Link) or (schema is None and _points(value, ids))
    ]


def _points(value: Any, ids: Collection[str]) -> bool:
    """Say whether a value is the id of a span, or a list of two and more."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or (found is value and len(found) == 1):
        return False
    return all(isinstance(item, str) and item in ids for item in found)
