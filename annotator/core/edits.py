"""Edits: the only way a layer changes.

Invariant: for every edit and every layer that it fits, applying the edit and then its inverse gives the layer back.
A batch is applied whole or not at all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotator.core.layer import STATUSES, Layer, Status
from annotator.core.spans import Ref, Span, span_key
from annotator.errors import EditError


class _Draft:
    """A layer opened for writing, so that a batch of n edits costs one copy and not n."""

    def __init__(self, layer: Layer, ids: Container[str] | None) -> None:
        self.spans = list(layer.spans)
        self._before = ids  # made when first asked for: it costs more than the copy above
        self._at_first = layer.spans
        self._claimed: set[str] = set()
        self._freed: set[str] = set()
        self.attributes = dict(layer.attributes)
        self.note = layer.note
        self.status: Status = layer.status

    def seal(self, layer: Layer) -> Layer:
        return replace(layer, spans=tuple(self.spans), attributes=self.attributes, note=self.note, status=self.status)

    def take(self, ref: Ref) -> Span:
        """Remove and return the span at this place."""
        at = bisect_left(self.spans, ref.key, key=span_key)
        if at == len(self.spans) or self.spans[at].key != ref.key:
            raise EditError(f"no span {ref.id} at {ref.start}–{ref.end}", hint="reload the article")
        return self.spans.pop(at)

    def free(self, id: str) -> None:
        """Note that no span has this id any more."""
        self._claimed.discard(id)
        self._freed.add(id)

    def claim(self, id: str) -> None:
        """Take an id for a new span; links and changes find a span by it, so it must be the only one."""
        if self._before is None:
            self._before = {span.id for span in self._at_first}
        if id in self._claimed or (id in self._before and id not in self._freed):
            raise EditError(f"the id {id!r} is already taken in this layer", hint="every span needs an id of its own")
        self._claimed.add(id)

    def put(self, span: Span) -> None:
        """Insert a span in its place."""
        if span.start < 0 or span.start >= span.end:
            raise EditError(f"span {span.start}–{span.end} is not a stretch of text")
        insort(self.spans, span, key=span_key)


@dataclass(frozen=True, slots=True)
class Add:
    """Add a span."""

    span: Span

    def _apply(self, draft: _Draft) -> Edit:
        draft.claim(self.span.id)
        draft.put(self.span)
        return Remove(self.span.ref)

    def inverse(self, layer: Layer) -> Edit:
        """Return the edit that undoes this one, given the layer before it."""
        return Remove(self.span.ref)


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the span at a place."""

    ref: Ref

    def _apply(self, draft: _Draft) -> Edit:
        span = draft.take(self.ref)
        draft.free(span.id)
        return Add(span)

    def inverse(self, layer: Layer) -> Edit:
        """Return the edit that undoes this one, given the layer before it."""
        return Add(_found(layer, self.ref))


@dataclass(frozen=True, slots=True)
class Change:
    """Put another span (same id) in the place of one: edges, label, attributes, note."""

    ref: Ref
    span: Span

    def _apply(self, draft: _Draft) -> Edit:
        if self.span.id != self.ref.id:
            raise EditError(f"a change keeps the id: {self.ref.id} became {self.span.id}")
        before = draft.take(self.ref)
        draft.put(self.span)
        return Change(self.span.ref, before)

    def inverse(self, layer: Layer) -> Edit:
        """Return the edit that undoes this one, given the layer before it."""
        return Change(self.span.ref, _found(layer, self.ref))


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Set the layer's status."""

    status: Status

    def _apply(self, draft: _Draft) -> Edit:
        if self.status not in STATUSES:
            raise EditError(f"unknown status {self.status!r}", hint=f"one of {', '.join(STATUSES)}")
        before = SetStatus(draft.status)
        draft.status = self.status
        return before

    def inverse(self, layer: Layer) -> Edit:
        """Return the edit that undoes this one, given the layer before it."""
        return SetStatus(layer.status)


@dataclass(frozen=True, slots=True)
class SetNote:
    """Set the note on the whole article."""

    note: str

    def _apply(self, draft: _Draft) -> Edit:
        before = SetNote(draft.note)
        draft.note = self.note
        return before

    def inverse(self, layer: Layer) -> Edit:
        """Return the edit that undoes this one, given the layer before it."""
        return SetNote(layer.note)


@dataclass(frozen=True, slots=True)
class SetAttribute:
    """Set an article-level attribute; None takes it away."""

    name: str
    value: Any = field(hash=False)

    def _apply(self, draft: _Draft) -> Edit:
        before = SetAttribute(self.name, draft.attributes.get(self.name))
        if self.value is None:
            draft.attributes.pop(self.name, None)
        else:
            draft.attributes[self.name] = self.value
        return before

    def inverse(self, layer: Layer) -> Edit:
        """Return the edit that undoes this one, given the layer before it."""
        return SetAttribute(self.name, layer.attributes.get(self.name))


Edit = Add | Remove | Change | SetStatus | SetNote | SetAttribute


def apply(layer: Layer, edits: Iterable[Edit], *, ids: Container[str] | None = None) -> tuple[Layer, tuple[Edit, ...]]:
    """Apply a batch.

    Args:
        layer: What the batch starts from; its revision is left as it is.
        edits: In order; each sees what the ones before it did.
        ids: The ids of the layer's spans, if somebody has them at hand; they are counted from the layer if not.

    Returns:
        The new layer, and the batch that undoes this one (in the order in which to apply it).

    Raises:
        EditError: If one edit does not fit; the layer that was passed in is untouched.
    """
    draft = _Draft(layer, ids)
    inverse = [edit._apply(draft) for edit in edits]
    return draft.seal(layer), tuple(reversed(inverse))


def touched(edits: Sequence[Edit]) -> tuple[list[Span], list[Ref]]:
    """Return the spans that a batch puts into a layer and the places that it takes spans from, in order."""
    put: list[Span] = []
    taken: list[Ref] = []
    for edit in edits:
        if isinstance(edit, Add | Change):
            put.append(edit.span)
        if isinstance(edit, Remove | Change):
            taken.append(edit.ref)
    return put, taken


def _found(layer: Layer, ref: Ref) -> Span:
    span = layer.find(ref)
    if span is None:
        raise EditError(f"no span {ref.id} at {ref.start}–{ref.end}", hint="reload the article")
    return span
