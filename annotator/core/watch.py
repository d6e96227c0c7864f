"""The problems of a layer, kept up to date while it is edited.

Invariant: after every update `problems` equals what `check_layer` finds from nothing, but only the spans whose answer
can have changed were checked again: those edited, those that link to them, and those whose overlap with them matters.
The first check of all spans is put off until it is asked for, and can be done a few spans at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from annotator.core.attributes import targets
from annotator.core.checks import Checker, Problem, Severity, problem_order
from annotator.core.edits import Edit, SetAttribute, touched
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.schema import Link, Schema
from annotator.core.spans import Span, span_key
from annotator.core.text import Article


class ProblemWatch:
    """Checks a layer once, when first asked or in parts, then only what each batch of edits touches.

    Args:
        article: What the layer is about.
        layer: The layer as it is now.
        schema: What to check against.
        index: The layer's spans; `update` is what changes it from now on.
    """

    def __init__(self, article: Article, layer: Layer, schema: Schema, index: SpanIndex) -> None:
        self._index = index
        self._schema = schema
        self._checker = Checker(article.text, schema, index, article.key, layer.annotator)
        self._restricted = any(
            label.overlaps is not None or label.nests_in is not None for label in schema.labels.values()
        )
        self._link_names = {
            name: [key for key, attribute in label.attributes.items() if isinstance(attribute, Link)]
            for name, label in schema.labels.items()
        }
        # Links of the whole article hang on spans too.
        self._whole_links = any(isinstance(attribute, Link) for attribute in schema.attributes.values())
        self._linkers: defaultdict[str, set[str]] = defaultdict(set)
        self._found: dict[str, list[Problem]] = {}
        self._severities: Counter[Severity] = Counter()  # of `_found`
        for span in layer.spans:
            if span.attributes:
                self._link(span)
        self._unchecked: Iterator[Span] | None = iter(layer.spans)
        self._whole = self._checker.whole(layer)
        self._sorted: list[Problem] | None = None

    @property
    def problems(self) -> list[Problem]:
        """Everything that is wrong, in the order of the text."""
        self.check_on(None)
        if self._sorted is None:
            everything = [*self._whole, *(problem for found in self._found.values() for problem in found)]
            self._sorted = sorted(everything, key=problem_order)
        return self._sorted

    @property
    def errors(self) -> bool:
        """Whether anything keeps the layer from being done."""
        self.check_on(None)
        return self.counts["error"] > 0

    @property
    def counts(self) -> Counter[Severity]:
        """How many problems of each severity have been found so far."""
        return self._severities + Counter(problem.severity for problem in self._whole)

    def check_on(self, count: int | None) -> bool:
        """Check more of the spans that were there at first.

        Args:
            count: How many at most; None for all that are left.

        Returns:
            Whether some are left.
        """
        if self._unchecked is None:
            return False
        batch = list(islice(self._unchecked, count))
        # One that was edited meanwhile has been checked since, and what is in the index is not what was there at first.
        self._check(span for span in batch if self._index.get(span.id) is span)
        self._sorted = None
        if count is None or len(batch) < count:
            self._unchecked = None
        return self._unchecked is not None

    def of(self, span: Span) -> list[Problem]:
        """Return what is wrong with one span of the layer."""
        if self._unchecked is not None:
            self._check([span])
        return self._found.get(span.id, [])

    def linked(self, id: str) -> bool:
        """Say whether a span links to this id, be there a span of that id or not."""
        return bool(self._linkers.get(id))

    def linkers(self, id: str) -> list[Span]:
        """Return the spans that link to this id, in text order."""
        found = (self._index.get(linker) for linker in self._linkers.get(id, ()))
        return sorted((span for span in found if span is not None), key=span_key)

    def update(self, edits: Iterable[Edit], after: Layer) -> None:
        """Take a batch of edits into the index and check what it touches.

        Args:
            edits: A batch that was applied.
            after: The layer it gave.
        """
        batch = tuple(edits)
        put, taken = touched(batch)
        gone = [span for ref in taken if (span := self._index.get(ref.id)) is not None]
        self._replace(batch)
        again = {span.id for span in put}
        for span in (*gone, *put):
            again |= self._linkers.get(span.id, set())
            again |= {other.id for other in self._neighbours(span)}
        for span in gone:
            self._keep(span.id, [])
        self._check(span for id in again if (span := self._index.get(id)) is not None)
        if self._whole_links or any(isinstance(edit, SetAttribute) for edit in batch):
            self._whole = self._checker.whole(after)
        self._sorted = None

    def _replace(self, batch: tuple[Edit, ...]) -> None:
        for edit in batch:
            put, taken = touched((edit,))
            for ref in taken:
                old = self._index.get(ref.id)
                if old is not None:
                    self._unlink(old)
                    self._index.remove(old.ref)
            for span in put:
                self._link(span)
                self._index.add(span)

    def _neighbours(self, span: Span) -> Iterable[Span]:
        """Return the spans whose own problems may hang on this one."""
        if self._restricted:
            return self._index.overlapping(span.start, span.end)
        around = self._index.overlapping(span.start, span.start + 1)
        return [other for other in around if (other.start, other.end) == (span.start, span.end)]

    def _check(self, spans: Iterable[Span]) -> None:
        for span in spans:
            self._keep(span.id, self._checker.span(span))

    def _keep(self, id: str, found: list[Problem]) -> None:
        before = self._found.pop(id, None)
        if before:
            self._severities.subtract(problem.severity for problem in before)
        if found:
            self._found[id] = found
            self._severities.update(problem.severity for problem in found)

    def _targets(self, span: Span) -> Iterable[str]:
        if span.attributes:
            for name in self._link_names.get(span.label, ()):
                yield from targets(span.attributes.get(name))

    def _link(self, span: Span) -> None:
        for id in self._targets(span):
            self._linkers[id].add(span.id)

    def _unlink(self, span: Span) -> None:
        for id in self._targets(span):
            self._linkers[id].discard(span.id)
