"""What models propose for one article, less what the annotator has already or does not want to see.

Invariant: `index` holds exactly the proposals whose extent and label no own span has and that were not dismissed; two
models that propose the same are one suggestion that names both.  Ids are those of this index alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from annotator.core.attributes import targets
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.schema import Attribute, Link, Schema
from annotator.core.spans import Ref, Span

Mark = tuple[int, int, str]
"""What makes two spans the same to an annotator: start, end, label."""


class Suggestions:
    """The proposals of models for one article.

    Args:
        layers: The models' layers, in the order in which they are named.
        own: The annotator's spans.
        dismissed: Marks of proposals that were dismissed before.
    """

    def __init__(
        self, layers: Iterable[Layer] = (), own: Iterable[Span] = (), *, dismissed: Iterable[Mark] = ()
    ) -> None:
        self.dismissed = set(dismissed)
        self._all: dict[Mark, Span] = {}
        self._targets: dict[str, Mapping[str, Span]] = {}  # by suggestion, where the ids of its links point
        for layer in layers:
            self._take(layer)
        self._labels = tuple(dict.fromkeys(label for _, _, label in self._all))
        hidden = {mark_of(span) for span in own} | self.dismissed
        self.index = SpanIndex(span for mark, span in self._all.items() if mark not in hidden)

    def _take(self, layer: Layer) -> None:
        by_id = {span.id: span for span in layer.spans}
        for span in layer.spans:
            mark = mark_of(span)
            known = self._all.get(mark)
            if known is None:
                made = replace(span, id=f"suggestion {len(self._all) + 1}", source=layer.annotator)
                self._all[mark] = made
                self._targets[made.id] = by_id
            elif layer.annotator not in known.source.split(", "):
                self._all[mark] = replace(known, source=f"{known.source}, {layer.annotator}")

    def __len__(self) -> int:
        return len(self.index)

    def update(self, put: Iterable[Span], taken: Iterable[Ref], own: SpanIndex) -> None:
        """Follow a change of the annotator's spans.

        Args:
            put: Spans that were put in.
            taken: Where spans were taken from.
            own: The annotator's spans after the change.
        """
        if not self._all:
            return
        extents = {(span.start, span.end) for span in put} | {(ref.start, ref.end) for ref in taken}
        for start, end in extents:
            there = {span.label for span in own.overlapping(start, start + 1) if (span.start, span.end) == (start, end)}
            for span in self._at(start, end):
                wanted = span.label not in there and mark_of(span) not in self.dismissed
                if wanted and span.id not in self.index:
                    self.index.add(span)
                elif not wanted and span.id in self.index:
                    self.index.remove(span.ref)

    def _at(self, start: int, end: int) -> list[Span]:
        """Return all proposals with these edges, shown or not."""
        return [self._all[start, end, label] for label in self._labels if (start, end, label) in self._all]

    def dismiss(self, span: Span) -> None:
        """Show a suggestion no more."""
        self.dismissed.add(mark_of(span))
        if span.id in self.index:
            self.index.remove(span.ref)

    def accepted(self, chosen: Iterable[Span], ids: Iterable[str], *, own: SpanIndex, schema: Schema) -> list[Span]:
        """Return the spans that accepting suggestions adds.

        Args:
            chosen: The suggestions.
            ids: An id for each.
            own: The annotator's spans; a link is kept only where it points to one of them, or to another chosen one.
            schema: Says which attributes are links.
        """
        pairs = [*zip(chosen, ids, strict=True)]
        new = {mark_of(span): id for span, id in pairs}

        def id_of(target: Span | None) -> str | None:
            if target is None:
                return None
            mine = same_in(own, target)
            return mine.id if mine is not None else new.get(mark_of(target))

        def value_of(span: Span, value: Any, attribute: Attribute | None) -> Any:
            if not isinstance(attribute, Link):
                return value
            theirs = self._targets[span.id]
            found = [id for target in targets(value) if (id := id_of(theirs.get(target))) is not None]
            return (found if attribute.many else found[0]) if found else None

        made = []
        for span, id in pairs:
            label = schema.labels.get(span.label)
            known = label.attributes if label else {}
            values = {name: value_of(span, value, known.get(name)) for name, value in span.attributes.items()}
            kept = {name: value for name, value in values.items() if value is not None}
            made.append(replace(span, id=id, attributes=kept))
        return made


def mark_of(span: Span) -> Mark:
    """Return what makes a span the same as another to an annotator."""
    return (span.start, span.end, span.label)


def same_in(index: SpanIndex, span: Span) -> Span | None:
    """Return the span of an index with the edges and the label of another, or None."""
    around = index.overlapping(span.start, span.start + 1)
    return next((other for other in around if mark_of(other) == mark_of(span)), None)
