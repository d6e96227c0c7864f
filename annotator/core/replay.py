"""Replaying a journal: from batches of edits to the layer that they make.

Invariant: after every batch the replay holds exactly what applying all batches so far to an empty layer gives; a batch
costs what it touches, however long the layer is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from annotator.core.edits import Edit, apply_head, touched
from annotator.core.layer import Layer, sorted_spans
from annotator.core.spans import Span


class Replay:
    """A layer that grows batch by batch.

    Args:
        start: What it begins with; an empty layer for a journal from its beginning.
    """

    def __init__(self, start: Layer) -> None:
        self._head = replace(start, spans=())
        self._spans: dict[str, Span] = {span.id: span for span in start.spans}

    def append(self, edits: Sequence[Edit]) -> None:
        """Apply a batch.

        Raises:
            EditError: If it does not fit, so that the journal is not that of this layer.
        """
        head, _ = apply_head(self._head, edits, spans=self._spans)
        for edit in edits:  # a batch may put in what it then takes away
            put, taken = touched((edit,))
            for ref in taken:
                del self._spans[ref.id]
            for span in put:
                self._spans[span.id] = span
        self._head = replace(head, revision=head.revision + 1)

    @property
    def layer(self) -> Layer:
        """The layer so far; its revision says how many batches made it."""
        return replace(self._head, spans=sorted_spans(self._spans.values()))


def replayed(start: Layer, batches: Iterable[Sequence[Edit]]) -> Layer:
    """Return the layer that these batches make of another.

    Raises:
        EditError: If one does not fit.
    """
    made = Replay(start)
    for edits in batches:
        made.append(edits)
    return made.layer


def content(layer: Layer) -> tuple[object, ...]:
    """Return what a layer says: spans, article-level attributes, note and status, without names and numbers."""
    return layer.spans, dict(layer.attributes), layer.note, layer.status
