"""Edits: the only way a layer changes.

Invariant: for every edit and every layer that it fits, applying the edit and then its inverse gives the layer back.
A batch is applied whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from annotator.core.layer import STATUSES, Layer, Status, sorted_spans
from annotator.core.spans import Ref, Span
from annotator.errors import EditError


class Known(Protocol):
    """The spans of a layer, as somebody keeps them who can find one by its id; `SpanIndex` does."""

    def get(self, id: str) -> Span | None:
        """Return the span with this id."""


class _Draft:
    """A layer opened for writing; spans that are put in and taken out are kept beside those that it had."""

    def __init__(self, layer: Layer, known: Known) -> None:
        self.attributes = dict(layer.attributes)
        self.note = layer.note
        self.status: Status = layer.status
        self._known = known
        self._put: dict[str, Span] = {}
        self._taken: set[str] = set()

    def seal(self, layer: Layer) -> Layer:
        """Return the layer with everything but the spans changed."""
        return replace(layer, attributes=self.attributes, note=self.note, status=self.status)

    def spans(self, before: Iterable[Span]) -> tuple[Span, ...]:
        """Return the spans as they are now, given those that there were."""
        return sorted_spans([*(span for span in before if span.id not in self._taken), *self._put.values()])

    @property
    def moved(self) -> bool:
        """Whether there are other spans than before."""
        return bool(self._put or self._taken)

    def _find(self, id: str) -> Span | None:
        return self._put.get(id) or (None if id in self._taken else self._known.get(id))

    def take(self, ref: Ref) -> Span:
        """Remove and return the span at this place."""
        span = self._find(ref.id)
        if span is None or span.key != ref.key:
            raise EditError(f"no span {ref.id} at {ref.start}–{ref.end}", hint="reload the article")
        if self._put.pop(ref.id, None) is None:
            self._taken.add(ref.id)
        return span

    def put(self, span: Span) -> None:
        """Insert a span; links and changes find a span by its id, so it must be the only one with it."""
        if self._find(span.id) is not None:
            raise EditError(
                f"the id {span.id!r} is already taken in this layer", hint="every span needs an id of its own"
            )
        if span.start < 0 or span.start >= span.end:
            raise EditError(f"span {span.start}–{span.end} is not a stretch of text")
        self._put[span.id] = span


@dataclass(frozen=True, slots=True)
class Delta:
    """What a batch did to the spans: those it put in, and the places it took spans from."""

    put: tuple[Span, ...] = ()
    taken: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Add:
    """Add a span."""

    span: Span

    def _apply(self, draft: _Draft) -> Edit:
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
        return Add(draft.take(self.ref))

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


def apply(layer: Layer, edits: Iterable[Edit]) -> tuple[Layer, tuple[Edit, ...]]:
    """Apply a batch.

    Args:
        layer: What the batch starts from; its revision is left as it is.
        edits: In order; each sees what the ones before it did.

    Returns:
        The new layer, and the batch that undoes this one (in the order in which to apply it).

    Raises:
        EditError: If one edit does not fit; the layer that was passed in is untouched.
    """
    draft = _Draft(layer, {span.id: span for span in layer.spans})
    inverse = [edit._apply(draft) for edit in edits]
    after = draft.seal(layer)
    return (replace(after, spans=draft.spans(layer.spans)) if draft.moved else after), tuple(reversed(inverse))


def apply_head(head: Layer, edits: Iterable[Edit], *, spans: Known) -> tuple[Layer, tuple[Edit, ...]]:
    """Apply a batch to a layer whose spans are kept elsewhere; costs what the batch costs, however long the layer is.

    Args:
        head: The layer without its spans.
        edits: In order; each sees what the ones before it did.
        spans: The layer's spans; they are not changed.

    Returns:
        The new head, and the batch that undoes this one.

    Raises:
        EditError: If one edit does not fit.
    """
    draft = _Draft(head, spans)
    inverse = [edit._apply(draft) for edit in edits]
    return draft.seal(head), tuple(reversed(inverse))


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
