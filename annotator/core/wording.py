"""Batches of edits in words, for people who read the journal.

Invariant: every edit gives exactly one phrase; nothing is looked up but what the batch and its inverse say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus
from annotator.core.spans import Span

WIDTH: Final = 40  # code points of a text, note or value that are shown


def in_words(edits: Sequence[Edit], inverse: Sequence[Edit], *, text: str) -> list[str]:
    """Return what each edit of a batch did, as in `+ actor 12–18 'Houthi'`.

    Args:
        edits: The batch.
        inverse: What undoes it, in the order in which to apply it; tells what was there before.
        text: The article's.
    """
    paired = len(inverse) == len(edits)
    before: list[Edit | None] = [*reversed(inverse)] if paired else [None] * len(edits)
    return [_phrase(edit, was, text) for edit, was in zip(edits, before, strict=True)]


def _phrase(edit: Edit, was: Edit | None, text: str) -> str:
    match edit:
        case Add(span):
            return f"+ {_span(span, text)}"
        case Remove(ref):
            if isinstance(was, Add):
                return f"− {_span(was.span, text)}"
            return f"− {ref.id} {ref.start}–{ref.end}"
        case Change(_, span):
            return f"~ {_change(was.span if isinstance(was, Change) else None, span, text)}"
        case SetStatus(status):
            return f"status {status}"
        case SetNote(note):
            return f"note {_short(note)}" if note else "note taken away"
        case SetAttribute(name, value):
            return f"{name} = {_value(value)}" if value is not None else f"{name} taken away"


def _span(span: Span, text: str) -> str:
    return f"{span.label} {span.start}–{span.end} {_short(span.surface(text))}"


def _change(before: Span | None, after: Span, text: str) -> str:
    """Return what became of a span: another label, other edges, other attributes, another note."""
    if before is None:
        return _span(after, text)
    label = before.label if before.label == after.label else f"{before.label} → {after.label}"
    moved = (before.start, before.end) != (after.start, after.end)
    edges = f"{before.start}–{before.end} → {after.start}–{after.end}" if moved else f"{after.start}–{after.end}"
    parts = [label, edges, _short(after.surface(text))]
    names = sorted({*before.attributes, *after.attributes})
    parts += [
        f"{name} = {_value(after.attributes[name])}" if name in after.attributes else f"{name} taken away"
        for name in names
        if before.attributes.get(name) != after.attributes.get(name)
    ]
    if before.note != after.note:
        parts.append(f"note {_short(after.note)}" if after.note else "note taken away")
    if before.source != after.source:
        parts.append(f"source {_short(after.source)}")
    return " ".join(parts)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _short(value)
    if isinstance(value, dict):
        return _cut(", ".join(f"{name} {inner}" for name, inner in value.items()))
    if isinstance(value, list | tuple):
        return _cut(", ".join(map(str, value)))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _short(words: str) -> str:
    return f"'{_cut(words)}'"


def _cut(words: str) -> str:
    return words if len(words) <= WIDTH else f"{words[: WIDTH - 1]}…"
