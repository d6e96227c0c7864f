"""A round of settling: whose layers are compared, who decides, which articles there are, and where examples go.

Invariant: the articles of a round, and their order, stay as they were when it began.  Knows nothing of Textual.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from annotator.errors import InputError
from annotator.fresh import append_to, is_private
from annotator.project import Project
from annotator.settlement import Settlement, gold_name, open_cases
from annotator.tui.desk import short
from annotator.tui.pointer import Direction

EXAMPLES: Final = Path("examples.md")
LOOKED_AT: Final = 30  # articles that one key compares at most: up to 30 ms each on a busy machine


class SettleRound:
    """What the settle screen goes through, article by article.

    Args:
        project: The open database.
        by: Who decides.
        readers: Whose layers are compared.
        examples: The file that examples are appended to.
        private: Whether only its owner may read it if it is made; it is at least as private as the database.
        blind: Whether names are hidden at first.
    """

    def __init__(
        self,
        project: Project,
        *,
        by: str,
        readers: Sequence[str],
        examples: Path = EXAMPLES,
        private: bool = False,
        blind: bool = False,
    ) -> None:
        self.project = project
        self.by = by
        self.readers = tuple(readers)
        self.blind = blind
        self._examples = examples
        self._private = private
        self._shared = project.store.shared(self.readers)

    def open(self, article: int | None = None) -> Settlement:
        """Open an article: the first whose gold layer is not done if None, and the very first if there is none.

        Raises:
            InputError: If no two of the readers have it.
            StoreError: If it cannot be read, or the file cannot be written.
        """
        if article is None:
            article = self.next_to_settle(0) or (self._shared[0] if self._shared else None)
        if article is None or article not in self._shared:
            which = "no article" if article is None else f"{short(self.project.store.article(article).key, 30)} not"
            raise InputError(f"{which} read by two of {short(', '.join(self.readers), 60)}", hint="load another layer")
        return Settlement.open(self.project, article, by=self.by, readers=self.readers)

    def place(self, article: int) -> tuple[int, int]:
        """Return which of the articles one is, counted from 1, and how many there are."""
        return bisect_right(self._shared, article), len(self._shared)

    def neighbour(self, article: int, direction: Direction) -> int | None:
        """Return the number of the next or previous article, or None at the end."""
        at = bisect_right(self._shared, article) if direction > 0 else bisect_left(self._shared, article) - 1
        return self._shared[at] if 0 <= at < len(self._shared) else None

    def next_to_settle(self, article: int) -> int | None:
        """Return the next other article whose gold layer is not done, from one on and round to the beginning."""
        gold = gold_name(self.project)
        after = bisect_right(self._shared, article)
        for one in (*self._shared[after:], *self._shared[:after]):
            statuses = {name: status for name, _, status in self.project.store.readings(one)}
            if one != article and statuses.get(gold) != "done":
                return one
        return None

    def done_but_open(self, article: int) -> tuple[int, bool]:
        """Count the other articles whose gold layer is marked done although readers differ on what nobody decided.

        Returns:
            How many there are among the first `LOOKED_AT` others, and whether those were all.
        """
        others = [one for one in self._shared if one != article]
        found = sum(open_cases(self.project, one, readers=self.readers) > 0 for one in others[:LOOKED_AT])
        return found, len(others) <= LOOKED_AT

    def append_example(self, said: str) -> str:
        """Append an example to the file, and return what to say."""
        try:
            append_to(self._examples, said.encode(), private=self._private or is_private(self.project.path))
        except OSError as error:
            return f"not written: {short(str(self._examples), 30)}: {error.strerror}"
        return f"appended to {short(str(self._examples), 50)}"
