"""Links from one span to another, and what becomes of them when their target goes.

Invariant: what is taken out is only the id asked for; everything else that a value holds stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotator.core.attributes import targets
from annotator.core.schema import Attribute, Link


def links_to(values: Mapping[str, Any], known: Mapping[str, Attribute], id: str) -> list[str]:
    """Return the names of the links among these attributes that point to a span.

    Args:
        values: What a span or an article carries.
        known: What the schema says about it.
        id: The span's id.
    """
    return [name for name, value in values.items() if isinstance(known.get(name), Link) and id in targets(value)]


def without_links(values: Mapping[str, Any], known: Mapping[str, Attribute], id: str) -> dict[str, Any]:
    """Return attributes without any link to a span; a link that points to nothing else goes.

    Args:
        values: What a span or an article carries.
        known: What the schema says about it.
        id: The span's id.
    """
    named = links_to(values, known, id)
    rest = {
        name: [item for item in value if item != id] if name in named and isinstance(value, list) else value
        for name, value in values.items()
    }
    return {name: value for name, value in rest.items() if name not in named or value not in (id, [])}
