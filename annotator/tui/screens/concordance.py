"""The concordance screen: every place where a string stands, how everybody read it, and fixes in one go.

Invariant: what a key would change is shown first, and nothing is changed until Enter; `u` takes a whole change back.
Places are read on the reader thread; each layer is changed through its session.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from time import monotonic
from typing import Final, TypeVar

from textual import events

from annotator.concordance import Choice, concordance_of
from annotator.core.concordance import Concordance, Occurrence
from annotator.core.counting import count
from annotator.core.fixes import REASONS, Fix
from annotator.core.occurrences import Wanted
from annotator.errors import AnnotatorError
from annotator.fixing import Outcome, Plan, apply_plan, plan_of, undo_sweep
from annotator.store.reader import Superseded
from annotator.tui import concordance_lines as lines
from annotator.tui import listing_help
from annotator.tui.commands import label_keys
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.screens.listing import Listing
from annotator.tui.screens.tick import Place, TickScreen
from annotator.tui.widgets.bar import Bar, Run

T = TypeVar("T")
FRAME: Final = 0.1  # seconds between two pictures of how far a change is


class AskingList(Listing):
    """A list whose rows are read on the reader thread, and read anew after one was away."""

    CSS = "AskingList RowList { height: 1fr; scrollbar-size-vertical: 0; }"

    def __init__(self) -> None:
        super().__init__()
        self.said = ""
        """What is shown in place of what is told of the row in hand."""
        self.away = False
        """Whether a screen is above this one in which something may be changed."""

    def hear(self, future: Future[T], then: Callable[[T], None]) -> None:
        """Do something with an answer when it is there."""
        self.run_worker(self._answered(future, then), group="answers", exclusive=True)

    async def _answered(self, future: Future[T], then: Callable[[T], None]) -> None:
        try:
            answer = await asyncio.wrap_future(future)
        except Superseded:
            self.said = "stopped: leave and come back"
        except AnnotatorError as error:
            self.said = str(error)
        else:
            self.said = ""
            if not self.gone:
                then(answer)
        self._show_again()

    def on_screen_resume(self) -> None:
        """Read anew what may have been changed above this screen."""
        if self.away:
            self.away = False
            self.again()

    def again(self) -> None:
        """Read the rows anew."""


class ConcordanceScreen(AskingList):
    """Where a string stands, and how everybody read it, inconsistent places first.

    Args:
        wanted: The string.
        choice: Which places, and whose readings.
    """

    CSS = "ConcordanceScreen RowList { height: 1fr; scrollbar-size-vertical: 0; }"
    TOLD = listing_help.CONCORDANCE
    LOWER = 3

    def __init__(self, wanted: Wanted, choice: Choice) -> None:
        super().__init__()
        self._wanted = wanted
        self._choice = choice
        self._found: Concordance | None = None
        self._shown: list[Occurrence] = []
        self._ticked: set[tuple[int, int, int]] = set()
        self._target = ""
        self._uneven = choice.uneven
        self._sweeps: list[int] = []
        self._working = False
        self._stopped = False  # whether what is being done is to end after the article at hand
        self._told = ""  # what the last key did, until the next one

    @property
    def _labels(self) -> dict[str, str]:
        return label_keys(self.owner.project.schema)

    @property
    def hints(self) -> str:  # type: ignore[override]
        """The keys, as many as there is room for."""
        letters = " ".join(key for key in self._labels if not key.isdigit())
        return lines.hints(letters, self.size.width)

    # What is shown -----------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Ask for the places."""
        self.KEYS = ("*", "x", "L", "f", "u", "I", "W", "/", *self._labels)
        self._ask()
        self.show()

    def _ask(self) -> None:
        self.said = "looking …"
        wanted, choice = self._wanted, replace(self._choice, uneven=False)
        self.hear(self.owner.project.reader.ask(lambda store: concordance_of(store, wanted, choice)), self._begin)

    def again(self) -> None:
        """Read the places anew."""
        self._ask()

    def _begin(self, found: Concordance) -> None:
        self._found = found
        if self._target not in found.annotators:
            own = self.owner.annotator
            self._target = own if own in found.annotators else ""
        self._ticked &= {one.place for one in found.occurrences}
        self._list()

    def _list(self) -> None:
        """Make the list anew, and keep to the place in hand."""
        found = self._found
        assert found is not None
        here = self._shown[self.rows.current].place if self._shown else None
        usual = found.tally.usual
        self._shown = [one for one in found.occurrences if not self._uneven or one.split or one.odd(usual)]
        at = next((number for number, one in enumerate(self._shown) if one.place == here), self.rows.current)
        none = "  every place is read alike; f shows all" if found.occurrences else "  it does not stand anywhere"
        self.rows.empty = [(none, self.owner.look.palette.faint)]
        self.rows.refresh()
        self.rows.show(len(self._shown), at)

    def line(self, number: int, width: int) -> Sequence[Run]:
        """Return the runs of a place."""
        assert self._found is not None
        one = self._shown[number]
        at = lines.columns(self._found, width=width)
        ticked = one.place in self._ticked
        return lines.place(one, at, usual=self._found.tally.usual, ticked=ticked, look=self.owner.look)

    def show(self) -> None:
        """Paint the bars."""
        super().show()
        look, width, found = self.owner.look, self.size.width, self._found
        palette = look.palette
        self.head(f"“{short(self._wanted.string, max(8, width // 2 - 8))}”{self._manner()}", self._place())
        if found is None:
            self.lower([(f" {short(self.said, max(1, width - 2))}", palette.on_bar_bright)], [], [])
            return
        at = lines.columns(found, width=width)
        self.query_one("#columns", Bar).show(lines.heads(at, self._target, palette=palette))
        spread = lines.spread(found.tally.keys, look=look, width=width - 4)
        said = self.said or self._told
        if said:
            self.lower([(" ", palette.on_bar), *spread], [(f" {short(said, width - 2)}", palette.on_bar_bright)], [])
        elif not self._shown:
            self.lower([(" ", palette.on_bar), *spread], [], [])
        else:
            one = self._shown[self.rows.current]
            about = lines.about(one, found, at, look=look, width=width)
            self.lower([(" ", palette.on_bar), *spread], self._where(one, found), about)

    def _manner(self) -> str:
        parts = ["any case"] * self._wanted.ignore_case + ["parts of words"] * (not self._wanted.word)
        parts += ["inconsistent only"] * self._uneven
        return "  " + " · ".join(parts) if parts else ""

    def _place(self) -> str:
        found = self._found
        if found is None:
            return ""
        ticks = f"{len(self._ticked):,} ticked · " if self._ticked else ""
        return ticks + lines.counts(found.tally)

    def _where(self, one: Occurrence, found: Concordance) -> list[Run]:
        palette = self.owner.look.palette
        place = f" {self.rows.current + 1:,}/{len(self._shown):,}  "
        more = f"  ({found.left_out:,} more are not shown)" if found.left_out else ""
        whose = f"keys change {short(self._target, 20)}" if self._target else "L chooses whose layers keys change"
        where = short(one.name, max(8, self.size.width - len(place) - len(whose) - len(more) - 24))
        return [
            (place, palette.on_bar_dim),
            (f"{where}  ", palette.on_bar_bright),
            (f"{one.start:,}–{one.end:,}  ", palette.on_bar_dim),
            (f"{lines.WRITES} {whose}", palette.on_bar_accent),
            (more, palette.on_bar_dim),
        ]

    # What keys do ------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Wait while something is being changed, which Escape stops; else see `Listing`."""
        if self._working and self.app.screen is self:
            event.stop()
            event.prevent_default()
            self._stopped = self._stopped or event.key == "escape"
            return
        self._told = ""
        super().on_key(event)

    def open(self) -> None:
        """Open the article at the place in hand."""
        if self._shown and not self._working:
            one = self._shown[self.rows.current]
            from annotator.tui.screens.tag import TagScreen

            self.away = True
            self.app.push_screen(TagScreen(one.article, at=(one.start, one.end)))

    def command(self, name: str) -> None:
        """Tick, filter, look otherwise, change or undo."""
        if name == "/":
            from annotator.tui.screens.forms import ask_string

            ask_string(self, self._choice)
        elif name in ("I", "W"):
            wanted = self._wanted
            self._wanted = (
                replace(wanted, ignore_case=not wanted.ignore_case)
                if name == "I"
                else replace(wanted, word=not wanted.word)
            )
            self._ask()
        elif self._found is not None:
            self._act(name)
        self.show()

    def _act(self, name: str) -> None:
        assert self._found is not None
        if name == "space" and self._shown:
            self._ticked ^= {self._shown[self.rows.current].place}
            self.rows.refresh()
            self.rows.move(1)
        elif name == "*":
            every = {one.place for one in self._shown}
            self._ticked = set() if every <= self._ticked else every
            self.rows.refresh()
        elif name == "f":
            self._uneven = not self._uneven
            self._list()
        elif name == "L":
            names = self._found.annotators
            at = names.index(self._target) if self._target in names else -1
            self._target = names[(at + 1) % len(names)] if names else ""
        elif name == "u":
            self._undo()
        elif name == "x":
            self._offer(Fix(None))
        elif name in self._labels:
            self._offer(Fix(self._labels[name], overlapping=True))

    def _offer(self, fix: Fix) -> None:
        """Show what a fix would do to the ticked places, or to all, and do it if that is kept."""
        if not self._target:
            self._told = "L chooses whose layers are changed"
            return
        ticked = [one for one in self._shown if one.place in self._ticked]
        plan = plan_of(ticked or self._shown, fix, annotator=self._target)
        left = ", ".join(f"{number:,} {REASONS[verdict]}" for verdict, number in plan.left.most_common())
        if not plan.places:
            self._told = f"nothing to change: {left}" if left else "nothing to change"
            return
        look, places = self.owner.look, plan.places

        def place(number: int) -> Place:
            one = places[number]
            was = lines.filled(lines.chips(one.readings[self._target], look, width=12, named=True), 13, look.palette)
            new = [(f" {short(fix.label, 10)} ", look.chip(fix.label))] if fix.label else [("·", look.palette.faint)]
            return Place(one.before, one.found, one.after, [*was, ("→ ", look.palette.faint), *new])

        # What is within or across other spans is often meant to be so: it has to be ticked, here or in the list.
        plain = [n for n, one in enumerate(places) if ticked or one.readings[self._target].kind != "other"]
        title = f"{fix.told()} for {self._target}: “{self._wanted.string}”" + (f"; left: {left}" if left else "")

        def apply(chosen: list[int] | None) -> None:
            if chosen:
                kept = replace(plan, places=tuple(places[number] for number in chosen))
                self.call_later(self._apply, kept)

        self.app.push_screen(TickScreen(title, place, len(places), ticked=plain), apply)

    def _apply(self, plan: Plan) -> None:
        author = self.owner.annotator
        what = f"“{self._wanted.string}”: {plan.fix.told()}, {plan.annotator}"

        def told(outcome: Outcome) -> str:
            return f"{_places(outcome)} changed; u takes it back{_left(outcome)}"

        self._drive(apply_plan(self.owner.project, plan, author=author, what=what), "changing", told)

    def _undo(self) -> None:
        sweep = self.owner.project.store.last_sweep(self.owner.annotator)
        if sweep is None or sweep.id not in self._sweeps:
            self._told = "nothing was changed here; for earlier changes: annotator concordance --undo"
            return

        def told(outcome: Outcome) -> str:
            return f"undone: {visible(sweep.what)}{_left(outcome)}"

        self._drive(undo_sweep(self.owner.project, sweep, author=self.owner.annotator), "undoing", told)

    def _drive(self, steps: Iterator[Outcome], verb: str, told: Callable[[Outcome], str]) -> None:
        """Do something article by article, painting how far it is, then read the places anew."""
        self._working, self._stopped = True, False
        self.run_worker(self._driven(steps, verb, told), group="changes", exclusive=True)

    async def _driven(self, steps: Iterator[Outcome], verb: str, told: Callable[[Outcome], str]) -> None:
        painted, done, said = monotonic(), 0, ""
        try:
            for outcome in steps:
                done += 1
                self._sweeps.append(outcome.sweep)
                said = told(outcome)
                if self._stopped and done < outcome.total:
                    said = f"stopped after {done:,} of {count(outcome.total, 'article')}; u takes back what was changed"
                    break
                if monotonic() - painted > FRAME:
                    painted = monotonic()
                    self._told = f"{verb} … {done:,} of {count(outcome.total, 'article')} · Esc stops"
                    self._show_again()
                    await asyncio.sleep(0)
        except AnnotatorError as error:
            said = str(error)
        finally:
            self._working = False
        self._ticked.clear()
        self._told = said
        self.again()
        self._show_again()


def _places(outcome: Outcome) -> str:
    return f"{count(outcome.places, 'place')} in {count(outcome.articles, 'article')}"


def _left(outcome: Outcome) -> str:
    """Return what was left as it is, and what was opened again, in few words."""
    said = f"; {len(outcome.skipped):,} left: {outcome.skipped[0][1]}" if outcome.skipped else ""
    return said + (f"; {len(outcome.reopened):,} open again for an error" if outcome.reopened else "")
