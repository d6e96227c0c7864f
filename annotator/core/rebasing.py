"""Edits of which the layer beneath has changed: what they changed is kept, and what they did not is as it is now.

Invariant: a span that a rebased batch puts in has the label and attributes that the batch gave it, and otherwise those
that the layer has now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from annotator.core.edits import Change, Edit, Known
from annotator.core.spans import Span


def rebased(edits: Sequence[Edit], inverse: Sequence[Edit], now: Known) -> tuple[Edit, ...]:
    """Return a batch for a layer whose labels and attributes have been changed beneath it.

    Args:
        edits: The batch.
        inverse: What undoes it, from which one sees what there was before.
        now: The spans as they are now.
    """
    made: list[Edit] = []
    for edit, undo in zip(edits, reversed(inverse), strict=True):
        if isinstance(edit, Change) and isinstance(undo, Change):
            here = now.get(edit.ref.id)
            made.append(Change(edit.ref, _merged(edit.span, undo.span, here)) if here else edit)
        else:
            made.append(edit)
    return tuple(made)


def _merged(wanted: Span, before: Span, here: Span) -> Span:
    label = here.label if wanted.label == before.label else wanted.label
    note = here.note if wanted.note == before.note else wanted.note
    values = _values(wanted.attributes, before.attributes, here.attributes)
    return replace(wanted, label=label, note=note, attributes=values)


def _values(wanted: Mapping[str, Any], before: Mapping[str, Any], here: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are here with what was changed from before to wanted."""
    made = dict(here)
    for name in {**before, **wanted}:
        if wanted.get(name) == before.get(name):
            continue
        if name in wanted:
            made[name] = wanted[name]
        else:
            made.pop(name, None)
    return made
