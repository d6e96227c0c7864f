"""The part of the queue that is in memory: a stretch of rows that grows at both ends and lets go of what is far away.

Invariant: the rows are neighbours in the queue, in its order; at most `MOST` of them are kept.  Knows nothing of
Textual.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from annotator.store.queries import Store
from annotator.store.queue import QueueFilter, QueueRow

PAGE: Final = 100  # rows that are read at once: more than a screen holds
MOST: Final = 1_000
LAST: Final = 2**62  # beyond every article


@dataclass(slots=True)
class Stretch:
    """Rows that were read together.

    Args:
        rows: Them.
        current: Which of them was asked for.
        from_start: Whether the queue has none before them.
        to_end: Whether it has none after them.
    """

    rows: list[QueueRow]
    current: int = 0
    from_start: bool = False
    to_end: bool = False


Question = Callable[[Store], Stretch]


def first_page(annotator: str, chosen: QueueFilter) -> Question:
    """Return the question for the beginning of a queue."""

    def ask(store: Store) -> Stretch:
        rows = store.queue_page(annotator, chosen, limit=PAGE)
        return Stretch(rows, 0, True, len(rows) < PAGE)

    return ask


def last_page(annotator: str, chosen: QueueFilter) -> Question:
    """Return the question for the end of a queue."""

    def ask(store: Store) -> Stretch:
        rows = store.queue_page(annotator, chosen, before=LAST, limit=PAGE)
        return Stretch(rows, max(0, len(rows) - 1), len(rows) < PAGE, True)

    return ask


def around(annotator: str, chosen: QueueFilter, article: int) -> Question:
    """Return the question for the rows around an article; if it is not among them, the next that is, is current."""

    def ask(store: Store) -> Stretch:
        after = store.queue_page(annotator, chosen, after=article - 1, limit=PAGE)
        before = store.queue_page(annotator, chosen, before=article, limit=PAGE)
        here = len(before) if after else len(before) - 1
        return Stretch(before + after, max(0, here), len(before) < PAGE, len(after) < PAGE)

    return ask


@dataclass(slots=True)
class Window:
    """The rows in memory."""

    rows: list[QueueRow] = field(default_factory=list)
    from_start: bool = True
    to_end: bool = True

    def show(self, stretch: Stretch) -> None:
        """Hold other rows."""
        self.rows, self.from_start, self.to_end = stretch.rows, stretch.from_start, stretch.to_end

    def more_after(self, annotator: str, chosen: QueueFilter) -> Question:
        """Return the question for the rows after these."""
        last = self.rows[-1].article

        def ask(store: Store) -> Stretch:
            rows = store.queue_page(annotator, chosen, after=last, limit=PAGE)
            return Stretch(rows, to_end=len(rows) < PAGE)

        return ask

    def more_before(self, annotator: str, chosen: QueueFilter) -> Question:
        """Return the question for the rows before these."""
        first = self.rows[0].article

        def ask(store: Store) -> Stretch:
            rows = store.queue_page(annotator, chosen, before=first, limit=PAGE)
            return Stretch(rows, from_start=len(rows) < PAGE)

        return ask

    def add_after(self, stretch: Stretch) -> int:
        """Add rows at the end, and return by how many rows those at hand have moved (back, so 0 or less)."""
        self.rows = self.rows + stretch.rows
        self.to_end = stretch.to_end
        gone = max(0, len(self.rows) - MOST)
        if gone:
            self.rows = self.rows[gone:]
            self.from_start = False
        return -gone

    def add_before(self, stretch: Stretch) -> int:
        """Add rows at the beginning, and return by how many rows those at hand have moved."""
        self.rows = stretch.rows + self.rows
        self.from_start = stretch.from_start
        if len(self.rows) > MOST:
            self.rows = self.rows[:MOST]
            self.to_end = False
        return len(stretch.rows)

    def again(self, annotator: str, chosen: QueueFilter) -> Question:
        """Return the question for the rows that are in memory, as they are now; one more tells whether more follow."""
        first = 0 if self.from_start or not self.rows else self.rows[0].article - 1
        number = max(PAGE, len(self.rows))

        def ask(store: Store) -> Stretch:
            rows = store.queue_page(annotator, chosen, after=first, limit=number + 1)
            return Stretch(rows[:number], to_end=len(rows) <= number)

        return ask

    def renew(self, stretch: Stretch, current: int) -> tuple[int, list[int]]:
        """Hold what these rows have become.

        Args:
            stretch: The answer to `again`.
            current: The number of the row in hand.

        Returns:
            Which row is in hand now, and the articles whose rows look other than before.
        """
        article = self.rows[current].article if current < len(self.rows) else 0
        before = {row.article: row for row in self.rows}
        self.rows, self.to_end = stretch.rows, stretch.to_end
        here = bisect_left(self.rows, article, key=lambda each: each.article)
        changed = [row.article for row in self.rows if before.get(row.article) != row]
        return min(here, max(0, len(self.rows) - 1)), changed

    def row_of(self, article: int) -> int | None:
        """Return the number of the row of an article, or None if it is not at hand."""
        row = bisect_left(self.rows, article, key=lambda each: each.article)
        return row if row < len(self.rows) and self.rows[row].article == article else None
