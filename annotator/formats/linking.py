"""Which attributes of a span are links, for formats that have relations.

Invariant: an attribute is a link if the schema says so, or if it joins the pieces of a discontinuous span; where nobody
knows the schema no other is, for a text may well look like an id.
"""

from __future__ import annotations

from annotator.core.schema import Link, Schema
from annotator.core.spans import Span
from annotator.formats.base import FRAGMENT_LINK


def links_of(span: Span, schema: Schema | None) -> list[str]:
    """Return the names of a span's attributes that are links: as the schema says, and that of fragments always."""
    label = schema.labels.get(span.label) if schema is not None else None
    known = label.attributes if label is not None else {}
    return [name for name in span.attributes if name == FRAGMENT_LINK or isinstance(known.get(name), Link)]
