"""Decisions of the gold layer when all layers of an article move to another schema.

Invariant: a decision that held on readings before the move holds on what became of those readings; one that did not,
does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from annotator.adjudication.cases import parted, readings_digest, repeated
from annotator.adjudication.decision import decisions
from annotator.core.edits import Edit, SetAttribute
from annotator.core.spans import Span

_ALIKE: Final = 20  # cases of one article with the very same readings that are told apart

Readings = Mapping[str, Mapping[str, Span]]
"""The spans of each annotator by id."""


def moved_decisions(attributes: Mapping[str, Any], before: Readings, after: Readings) -> list[Edit]:
    """Return the edits that have decisions name the readings as they are after a move.

    Args:
        attributes: The article-level attributes of the gold layer.
        before: The layers of the article before the move.
        after: The same after it; a span that went is in no layer.
    """
    gone: list[Edit] = []
    put: list[Edit] = []
    for decision in decisions(attributes).values():
        old, new = _members(decision.of, before), _members(decision.of, after)
        if not old or not new:
            continue
        digest = readings_digest(old)
        times = next((n for n in range(1, _ALIKE + 1) if repeated(digest, n) == decision.digest), None)
        moved = repeated(readings_digest(new), times) if times else decision.digest
        if moved != decision.digest:
            gone.append(SetAttribute(decision.name, None))
            put.append(replace(decision, digest=moved).edit())
    return [*gone, *put]


def _members(names: tuple[str, ...], layers: Readings) -> dict[str, list[Span]]:
    """Return the spans that have these names, by annotator."""
    found: dict[str, list[Span]] = {}
    for name in names:
        annotator, id = parted(name) or ("", "")
        span = layers.get(annotator, {}).get(id)
        if span is not None:
            found.setdefault(annotator, []).append(span)
    return found
