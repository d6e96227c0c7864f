"""The cases of an article as a list: the one in hand, which of them are shown, and how keys move among them.

Invariant: the case in hand is one of those that the filter lets through, if there is any.  Knows nothing of Textual.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from annotator.adjudication.cases import KINDS, Case
from annotator.core.spans import Span
from annotator.settlement import Settlement
from annotator.tui.glyphs import visible
from annotator.tui.pointer import Direction

FILTERS: Final = ("differ", "open", *KINDS[1:], "agree", "all")


class CaseList:
    """The cases of an open article.

    Args:
        work: The article.
    """

    def __init__(self, work: Settlement) -> None:
        self.work = work
        self.message = ""
        self.kind = "differ"
        self.label = ""
        self.blind = False
        self.editing = ""
        """The id of the gold span being edited, or "" if none is."""
        self.agreed_later = False
        """Whether what all agree on is taken over with the first decision, so that looking changes nothing."""
        self.at = 0
        self.listed: list[int] = []
        self._list()

    # What there is ------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The article's text."""
        return self.work.session.article.text

    @property
    def case(self) -> Case | None:
        """The case in hand, or None if the filter lets none through."""
        return self.work.cases[self.at] if self.listed else None

    @property
    def readers(self) -> tuple[str, ...]:
        """The annotators who are compared, by name; a number from 1 stands for each."""
        return tuple(sorted(self.work.layers))

    def name(self, number: int) -> str:
        """Return what to call a reader, counted from 0; a number only where names are hidden."""
        return f"reader {number + 1}" if self.blind else self.readers[number]

    @property
    def is_open(self) -> bool:
        """Whether the case in hand is not settled."""
        return self.at in self.work.ledger.open

    @property
    def gold_name(self) -> str:
        """The name of the layer that decisions go to."""
        return self.work.session.head.annotator

    def gold(self) -> list[Span]:
        """Return the gold spans that stand for the case in hand."""
        return self.work.ledger.spans(self.at) if self.listed else []

    def place(self) -> int:
        """Return which of the listed cases is in hand, counted from 1; 0 if none is."""
        return bisect_right(self.listed, self.at) if self.listed else 0

    def _passes(self, number: int) -> bool:
        case, is_open = self.work.cases[number], number in self.work.ledger.open
        if self.label and self.label not in case.labels:
            return False
        match self.kind:
            case "differ":
                return case.kind != "agree" or (is_open and not self.agreed_later)
            case "open":
                return is_open and not (self.agreed_later and case.kind == "agree")
            case "all":
                return True
        return case.kind == self.kind

    def _list(self) -> None:
        """Make the list of cases anew, and keep to the case in hand or the next one."""
        self.listed = [number for number in range(len(self.work.cases)) if self._passes(number)]
        if self.listed:
            here = bisect_left(self.listed, self.at)
            self.at = self.listed[min(here, len(self.listed) - 1)]

    # Moving -------------------------------------------------------------------------------------------------------

    def move(self, direction: Direction) -> None:
        """Go to the next or previous case of the list, around its ends."""
        self.editing = ""
        if not self.listed:
            self.message = "no such case here; Esc shows all differences"
            return
        here = bisect_left(self.listed, self.at)
        self.at = self.listed[(here + direction) % len(self.listed)]

    def move_open(self, direction: Direction) -> None:
        """Go to the next or previous case that is not settled, around the ends of the text."""
        self.editing = ""
        left = [number for number in self.listed if number in self.work.ledger.open]
        if not left:
            self.message = self._all_settled()
            return
        here = bisect_right(left, self.at) if direction > 0 else bisect_left(left, self.at) - 1
        self.at = left[here % len(left)]

    def _all_settled(self) -> str:
        left = len(self.work.ledger.open)
        return f"none left in this list; {left} open in the article" if left else "all is settled"

    def point_at(self, offset: int) -> None:
        """Go to the innermost listed case at an offset."""
        found = [number for number in self.work.ledger.near(offset) if self._passes(number)]
        if found:
            self.editing = ""
            self.at = found[-1]

    def find(self, extent: tuple[int, int]) -> None:
        """Go to the case that a stretch of the text is most about: a difference, if one is, else one that all share."""

        def rank(number: int) -> tuple[bool, int, int]:
            case = self.work.cases[number]
            shared = min(case.end, extent[1]) - max(case.start, extent[0])
            return case.kind != "agree", shared, -(case.end - case.start)

        found = self.work.ledger.over(*extent)
        if found:
            best = max(found, key=rank)
            if not self._passes(best):
                self.kind, self.label = "all", ""
            self.editing = ""
            self._list()
            self.at = best

    def cycle_kind(self, step: Direction) -> None:
        """Show the cases of the next kind that occurs."""
        at = FILTERS.index(self.kind)
        for kind in [FILTERS[(at + step * number) % len(FILTERS)] for number in range(1, len(FILTERS) + 1)]:
            self.kind = kind
            self._list()
            if self.listed or kind == "differ":
                break
        self.message = f"cases: {self.told_filter()}"

    def cycle_label(self, step: Direction) -> None:
        """Show the cases of the next label that occurs."""
        labels = ["", *sorted({label for case in self.work.cases for label in case.labels})]
        at = labels.index(self.label) if self.label in labels else 0
        self.label = labels[(at + step) % len(labels)]
        self._list()
        self.message = f"cases: {self.told_filter()}"

    def told_filter(self) -> str:
        """Return what the filter lets through, in words."""
        kinds = {"differ": "all differences", "open": "open", "all": "all, agreed ones too"}
        return kinds.get(self.kind, self.kind) + (f" · {visible(self.label)}" if self.label else "")

    def show_differences(self) -> None:
        """Show all differences again."""
        self.kind, self.label = "differ", ""
        self._list()
