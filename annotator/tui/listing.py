"""Which spans the panel lists, and in which order.  Knows nothing of Textual.

Invariant: without a filter and in text order it is the index itself, at no cost; otherwise it holds the place of every
listed span among those looked at so far, so that a key never waits for 100,000 of them.  `work` looks at more.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Literal

from annotator.core.checks import Problem
from annotator.core.index import SpanIndex
from annotator.core.schema import Schema
from annotator.core.spans import Key, Ref, Span

Order = Literal["text", "label", "newest", "problems"]
ORDERS: Final[tuple[Order, ...]] = ("text", "label", "newest", "problems")
SHOWN_FIRST: Final = 50  # spans: a screenful
Place = tuple[int, int, int, str]
"""Where a span is listed: a number that the order gives it, then the order of the text."""


class Listing:
    """The spans of a layer as the panel lists them.

    Args:
        index: The spans; its owner changes it and then calls `changed`.
        text: The article's text.
        schema: The order of the labels.
        problems_of: Says what is wrong with a span.
    """

    def __init__(
        self,
        index: SpanIndex,
        text: str = "",
        schema: Schema | None = None,
        problems_of: Callable[[Span], Sequence[Problem]] = lambda span: (),
    ) -> None:
        self._index = index
        self._text = text
        self._labels = {name: number for number, name in enumerate(schema.labels if schema else ())}
        self._problems_of = problems_of
        self.order: Order = "text"
        self.label = ""
        """Only spans of this label are listed; "" for all."""
        self.words = ""
        """Only spans are listed in whose words or note all of these occur; "" for all."""
        self._wanted: list[str] = []
        self._places: list[Place] = []
        self._fresh: list[Place] = []  # not sorted in yet: sorting all at every step would cost more than the looking
        self._of: dict[str, Place] = {}
        self._left: Iterator[Span] | None = None

    @property
    def plain(self) -> bool:
        """Whether all spans are listed in text order."""
        return self.order == "text" and not self.filtered

    @property
    def filtered(self) -> bool:
        """Whether some spans may not be listed."""
        return bool(self.label or self.words.strip())

    @property
    def pending(self) -> bool:
        """Whether there are spans that were not looked at yet."""
        return self._left is not None

    def choose(self, *, order: Order | None = None, label: str | None = None, words: str | None = None) -> None:
        """List other spans or in another order; what is left out stays as it was.  Then `work`."""
        self.order = self.order if order is None else order
        self.label = self.label if label is None else label
        self.words = self.words if words is None else words
        self._wanted = self.words.casefold().split()
        self._places, self._fresh, self._of = [], [], {}
        # Of the snapshot: edits meanwhile are told by `changed`.
        self._left = None if self.plain else iter(self._index.snapshot())

    def work(self, count: int) -> bool:
        """Look at so many more spans, and say whether some are left."""
        if self._left is None:
            return False
        batch = list(islice(self._left, count))
        if len(batch) < count:
            self._left = None
        for span in batch:
            # One that has changed since was told of by `changed`, and one that has gone is listed no more.
            if self._index.get(span.id) is span and span.id not in self._of and self._lists(span):
                place = self._place(span)
                self._of[span.id] = place
                self._fresh.append(place)
        if self._left is None or len(self._fresh) >= max(SHOWN_FIRST, len(self._places) // 4):
            self._sort_in()
        return self._left is not None

    def _sort_in(self) -> None:
        if self._fresh:
            self._fresh.sort()
            self._places += self._fresh
            self._places.sort()  # of two sorted stretches: a merge
            self._fresh = []

    def changed(self, put: Iterable[Span], taken: Iterable[Ref], around: Iterable[Span] = ()) -> None:
        """Follow a change of the index.

        Args:
            put: Spans that were put in.
            taken: Where spans were taken from.
            around: Spans whose problems may be others now.
        """
        if self.plain:
            return
        self._sort_in()
        spans = {span.id: span for span in (*around, *put)}
        for id in {ref.id for ref in taken} | set(spans):
            place = self._of.pop(id, None)
            if place is not None:
                del self._places[bisect_left(self._places, place)]
            span = spans.get(id)
            if span is not None and self._index.get(id) is span and self._lists(span):
                self._of[id] = self._place(span)
                insort(self._places, self._of[id])

    def _lists(self, span: Span) -> bool:
        if self.label and span.label != self.label:
            return False
        if not self._wanted:
            return True
        said = f"{span.surface(self._text)}\n{span.note}".casefold()
        return all(word in said for word in self._wanted)

    def _place(self, span: Span) -> Place:
        match self.order:
            case "label":
                return (self._labels.get(span.label, len(self._labels)), *span.key)
            case "newest":
                return (-_number(span.id), *span.key)
            case "problems":
                severities = {problem.severity for problem in self._problems_of(span)}
                return (0 if "error" in severities else 1 if severities else 2, *span.key)
        return (0, *span.key)

    def __len__(self) -> int:
        return len(self._index) if self.plain else len(self._places)

    def nth(self, number: int) -> Span:
        """Return the span in a row, counted from 0.

        Raises:
            IndexError: If there are not so many.
        """
        found = None if self.plain else self._index.get(self._places[number][3])
        return self._index.nth(number) if found is None else found

    def row_of(self, span: Span) -> int | None:
        """Return the row of a span, or None if it is not listed."""
        if self.plain:
            return self._index.rank(span.key)
        place = self._of.get(span.id)
        if place is None:
            return None
        row = bisect_left(self._places, place)
        return row if row < len(self._places) and self._places[row] == place else None

    def row_near(self, key: Key) -> int:
        """Return the row at or after a place in the text; in other orders, the first."""
        if self.plain:
            return self._index.rank(key)
        return bisect_left(self._places, (0, *key)) if self.order == "text" else 0


def _number(id: str) -> int:
    """Return the number that an id was made with, or 0: ids count up, so that the newest span has the highest."""
    digits = id[1:]
    return int(digits) if id[:1] == "s" and digits.isdecimal() and digits.isascii() and len(digits) < 19 else 0
