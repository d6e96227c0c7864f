"""The desk at which an article is settled: the cases, and what the keys do to them.  Knows nothing of Textual.

Invariant: every decision is a batch of edits on the gold layer; after each action `message` says what happened, or is
empty.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from annotator.adjudication.cases import Case
from annotator.adjudication.decision import Decision
from annotator.adjudication.example import example
from annotator.adjudication.strategy import ALL
from annotator.core.counting import count
from annotator.core.edits import Change, Delta, Edit, SetStatus
from annotator.core.spans import Span
from annotator.errors import AnnotatorError
from annotator.settlement import Settlement
from annotator.tui.case_list import CaseList
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.pointer import Direction, Pointer, Rows

EDITED: Final = "settled: edited"


class SettleDesk(CaseList):
    """What the settle screen works on.

    Args:
        work: The open article.
        rows: The layout of its text.
    """

    def __init__(self, work: Settlement, rows: Rows) -> None:
        super().__init__(work)
        self.pointer = Pointer(work.session.article.text, rows)
        self.on_delta: Callable[[Delta], None] = lambda delta: None
        self._begun: dict[str, Span] = {}  # the gold spans of the case in hand when its editing began
        self._decided: Decision | None = None  # and what was decided on it then

    def cancel(self) -> bool:
        """End editing, else show all differences again; say whether there was either to do."""
        if self.editing:
            self.end_edit(advance=False)
            return True
        filtered = self.kind != "differ" or bool(self.label)
        self.show_differences()
        return filtered

    # Deciding -----------------------------------------------------------------------------------------------------

    def _do(self, edits: Iterable[Edit], *, said: str = "") -> bool:
        try:
            delta = self.work.do(edits)
        except AnnotatorError as error:
            self.message = str(error)
            return False
        self.message = said
        self.on_delta(delta)
        return True

    def agree(self, *, later: bool) -> None:
        """Take over what all agree on, now or with the first decision."""
        self.agreed_later = True
        if later:
            self._list()
        else:
            self.agree_now()

    def agree_now(self) -> None:
        """Take over what all agree on if that is due; not where a person has decided between other readings."""
        if self.agreed_later:
            self.agreed_later = False
            self.merge_agreed()

    def _advance(self) -> None:
        """Go on to the next open case, if there is one; the list may be shorter by the one just settled."""
        before = self.at
        self.editing = ""
        self._list()
        left = [number for number in self.listed if number in self.work.ledger.open]
        if left:
            self.at = left[bisect_right(left, before) % len(left)]
        elif not self.work.ledger.open:
            self.message = "all is settled; Space marks the article done and goes on"

    def take(self, number: int) -> None:
        """Settle the case in hand by what one reader has, counted from 0."""
        if number >= len(self.readers):
            self.message = f"there are {len(self.readers)} readers"
        else:
            self._take((self.readers[number],))

    def _take(self, names: Sequence[str]) -> None:
        case = self.case
        if case is None:
            self.message = "no case in hand"
            return
        self.agree_now()
        taken = tuple(r.annotator for r in case.readings if r.annotator in names and r.spans)
        editing = self.editing
        if self._do(self.work.settler.settle(self.at, taken)):
            if editing:
                self._begin_edit()
            else:
                self._advance()

    def both(self) -> None:
        """Settle the case in hand by what all readers have."""
        self._take(self.readers)

    def neither(self) -> None:
        """Settle the case in hand by marking nothing."""
        self._take(())

    def keep(self) -> None:
        """Settle the case in hand by what the gold layer has now."""
        self.agree_now()
        if self.case is None:
            self.message = "no case in hand"
        elif self._do(self.work.settler.keep(self.at)):
            self._advance()

    def take_all(self, number: int) -> None:
        """Settle every open case of the list by what one reader has, counted from 0."""
        if number >= len(self.readers):
            self.message = f"there are {len(self.readers)} readers"
            return
        self.agree_now()
        left = [one for one in self.listed if one in self.work.ledger.open]
        if not left:
            self.message = self._all_settled()
        elif self._do(self.work.settler.take_all(self.readers[number], left)):
            self._advance()
            self.message = f"took {len(left)} of {visible(self.name(number))}; u takes that back"

    def merge_agreed(self) -> None:
        """Take over what all agree on; not where it was decided before between other readings."""
        before = len(self.work.ledger.open)
        try:
            merged = self.work.merge(ALL)
        except AnnotatorError as error:
            self.message = str(error)
            return
        self.on_delta(merged.delta)
        self._list()
        done, kept = len(merged.done), sum(self.work.cases[number].kind == "agree" for number in merged.before)
        if done or before:
            self.message = f"{done} on which all agree taken over" if done else "nothing more on which all agree"
        if kept:
            self.message += f"; {kept} left: decided before between other readings"

    def note(self, why: str, *, on: Case) -> None:
        """Give a case a reason, unless its readings have changed while it was written."""
        number = next((number for number, one in enumerate(self.work.cases) if one.digest == on.digest), None)
        if number is None:
            self.message = "not noted: somebody has changed what it is about"
            return
        self.agree_now()
        self.at = number
        if self._do(self.work.settler.note(number, why), said="noted"):
            self._list()

    def undo(self) -> None:
        """Undo the last batch."""
        self._replay(self.work.session.undo, "nothing to undo", "undone")

    def redo(self) -> None:
        """Redo what was undone last."""
        self._replay(self.work.session.redo, "nothing to redo", "redone")

    def _replay(self, step: Callable[[], Delta | None], none: str, done: str) -> None:
        before = set(self.work.ledger.open)
        attributes = self.work.session.head.attributes
        try:
            delta = self.work.step(step)
        except AnnotatorError as error:
            self.message = str(error)
            return
        if delta is None:
            self.message = none
            return
        self.editing = ""
        self.on_delta(delta)
        after = self.work.session.head.attributes
        changed = sorted(before ^ self.work.ledger.open) or self._touched(attributes, after)
        self.message = f"{done}: {count(len(changed), 'case')}" if changed else done
        if changed:
            self.at = changed[0]
        self._list()

    def _touched(self, before: Any, after: Any) -> list[int]:
        """Return the cases whose records differ."""
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        return [n for n, case in enumerate(self.work.cases) if any(name.endswith(case.digest) for name in names)]

    # Editing what is taken ------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """Edit what the gold layer has for the case in hand; if that is nothing, what the first reader has here."""
        case = self.case
        if case is None:
            self.message = "no case in hand"
            return
        self.agree_now()
        if self.is_open and self.gold():
            if not self._do(self.work.settler.keep(self.at)):
                return
        elif not self.gold():
            first = next(reading for reading in case.readings if reading.spans)
            if not self._do(self.work.settler.settle(self.at, (first.annotator,))):
                return
        self._begin_edit()

    def _begin_edit(self) -> None:
        gold = self.gold()
        self.editing = gold[0].id if gold else ""
        self._begun = {span.id: span for span in gold}
        self._decided = self.work.ledger.decision(self.at)

    def edited(self) -> Span | None:
        """Return the gold span being edited, or None."""
        return self.work.session.index.get(self.editing) if self.editing else None

    def next_edited(self, direction: Direction) -> None:
        """Edit the next of several spans of the case."""
        ids = [span.id for span in self.gold()]
        if self.editing in ids:
            self.editing = ids[(ids.index(self.editing) + direction) % len(ids)]

    def move_edge(self, side: Literal["left", "right"], direction: Direction) -> None:
        """Move an edge of the span being edited by a token."""
        span = self.edited()
        if span is None:
            self.message = "e edits what is taken"
            return
        start, end = self.pointer.edge((span.start, span.end), side, direction)
        if (start, end) == (span.start, span.end):
            self.message = "no further"
        else:
            self._change(replace(span, start=start, end=end))

    def relabel(self, label: str) -> None:
        """Give the span being edited another label; attributes that the other label does not know go."""
        span = self.edited()
        if span is not None:
            known = self.work.session.schema.labels[label].attributes
            kept = {name: value for name, value in span.attributes.items() if name in known}
            self._change(replace(span, label=label, attributes=kept))

    def set_attributes(self, attributes: dict[str, Any]) -> None:
        """Give the span being edited other attributes."""
        span = self.edited()
        if span is not None and span.attributes != attributes:
            self._change(replace(span, attributes=attributes))

    def _change(self, after: Span) -> None:
        before = self.work.session.index.get(after.id)
        assert before is not None
        was = self._begun.get(after.id)
        back = was is not None and _same(after, was)
        after = was if was is not None and back else replace(after, source=EDITED)
        # Back to where editing began in every span of the case, nothing was edited: what was decided then stands.
        others = [span for span in self.gold() if span.id != after.id]
        as_begun = back and all(span.id in self._begun and _same(span, self._begun[span.id]) for span in others)
        taken = self.work.ledger.decision(self.at)
        record: Sequence[Edit] = ()
        if as_begun and taken and self._decided:
            record = [self._decided.edit()]
        elif taken and not taken.edited:
            record = self.work.settler.keep(self.at, edited=True)[-1:]
        self._do([Change(before.ref, after), *record])

    def end_edit(self, *, advance: bool = True) -> None:
        """End editing and go on."""
        self.editing = ""
        if advance:
            self._advance()

    # The article ----------------------------------------------------------------------------------------------------

    def done(self) -> bool:
        """Mark the gold layer done, if nothing is open; say whether the next article may come.

        One that came done from elsewhere, and on which nobody has decided anything here, stays as it is.
        """
        self.agree_now()
        done, left = self.work.session.head.status == "done", len(self.work.ledger.open)
        if left and (self.work.ledger.decided or not done):
            self.message = f"{left} still open; Tab goes to the next"
            return False
        return done or self._do([SetStatus("done")])

    def example(self) -> str:
        """Return the case in hand as an example for the guideline, or "" if it is not settled."""
        case = self.case
        if case is None or self.is_open:
            self.message = "an example is made of what is settled"
            return ""
        key = self.work.session.article.key
        decision = self.work.ledger.decision(self.at)
        return example(case, text=self.text, key=key, gold=self.gold(), decision=decision)

    def read_again(self, *, changed: Sequence[str] = ()) -> None:
        """Read the layers anew; what still holds stays settled, and the case in hand stays so if there is one like it.

        Args:
            changed: Who has changed a layer, to be told.
        """
        before, case = len(self.work.ledger.open), self.case
        self.work.refresh()
        self.editing = ""
        if case is not None:
            self.at = self._like(case)
        self._list()
        found = len(self.work.ledger.open)
        names = ", ".join(short(self._called(name), 20) for name in changed)
        self.message = (
            f"{names} changed meanwhile: read again" if names else "read again"
        ) + f"; {found} open{f', {found - before:+d}' if found != before else ''}"

    def _called(self, annotator: str) -> str:
        return self.name(self.readers.index(annotator)) if annotator in self.readers else annotator

    def _like(self, case: Case) -> int:
        """Return the number of the case that an older one is now: the same, else that with its spans, else by place."""
        for number, one in enumerate(self.work.cases):
            if one.digest == case.digest:
                return number
        numbers = [number for number in map(self.work.ledger.case_of, case.members) if number is not None]
        after = (number for number, one in enumerate(self.work.cases) if one.start >= case.start)
        return min(numbers) if numbers else next(after, max(0, len(self.work.cases) - 1))


def _same(one: Span, other: Span) -> bool:
    """Say whether two spans mark the same in the same way, whatever they come from."""
    return (one.start, one.end, one.label, one.attributes) == (other.start, other.end, other.label, other.attributes)
