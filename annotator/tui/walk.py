"""Going from article to article through what a filter of the queue lets through.  Knows nothing of Textual.

Invariant: an article that was opened on the way stays on it, even if work on it took it out of the filter; so going
back leads to what one has just left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from annotator.store.queries import Store
from annotator.store.queue import QueueFilter

Extent = tuple[int, int]
PATIENCE: Final = 0.015
MINE: Final = QueueFilter(mine=True)
"""The filter of what is assigned to one, by name or as open to all."""


class Walk:
    """The way through a filtered queue.

    Args:
        annotator: Whose queue.
        chosen: The filter.
    """

    def __init__(self, annotator: str, chosen: QueueFilter) -> None:
        self.chosen = chosen
        self.patience = PATIENCE
        """Seconds to wait for the place of an article on the way; none any more where that once took longer."""
        self._annotator = annotator
        self._opened: frozenset[int] = frozenset()

    def enter(self, article: int) -> None:
        """Take note that an article is open."""
        self._opened |= {article}

    def onward(
        self, article: int, step: Literal[-1, 1], *, to_do: bool = False
    ) -> Callable[[Store], tuple[int, Extent | None] | None]:
        """Return the question for the next article and what to select there; nothing where it was open before.

        Args:
            article: The one that is open.
            step: 1 for the next, -1 for the previous one.
            to_do: Leave out what is done or flagged, unless that is what the filter asks for.
        """
        kept, chosen, annotator = self._opened, self.chosen, self._annotator
        to_do = to_do and (bool(chosen.by) or chosen.status not in ("done", "flagged"))

        def ask(store: Store) -> tuple[int, Extent | None] | None:
            found = store.queue_beyond(annotator, chosen, article, step=step, kept=kept, to_do=to_do)
            if found is None:
                return None
            number, hit = found
            return number, (hit.start, hit.end) if hit and number not in kept else None

        return ask

    def place(self, article: int) -> Callable[[Store], tuple[int, int]]:
        """Return the question for the place of an article on the way, and how long that is."""
        kept, chosen, annotator = self._opened, self.chosen, self._annotator
        return lambda store: store.queue_place(annotator, chosen, article, kept=kept)
