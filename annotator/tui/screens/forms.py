"""The strings that are read most unevenly, and a box that asks for any other.

Invariant: it only reads, on the reader thread; `q` leaves meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Input

from annotator.concordance import Choice, Look, uneven_forms
from annotator.core.concordance import Form
from annotator.core.counting import count
from annotator.core.occurrences import Wanted
from annotator.tui import concordance_lines as lines
from annotator.tui import listing_help
from annotator.tui.desk import short
from annotator.tui.screens.box import Box, passed_on
from annotator.tui.screens.concordance import AskingList, ConcordanceScreen
from annotator.tui.screens.dialogs import BOX
from annotator.tui.widgets.bar import Bar, Run
from annotator.tui.widgets.hints import Hints

MOST: Final = 500


class StringInput(Input):
    """An input in which Enter and Escape end."""

    async def on_event(self, event: events.Event) -> None:
        """Pass on a key that came in one burst with the one that left the box."""
        if not passed_on(event, self):
            await super().on_event(event)

    async def _on_key(self, event: events.Key) -> None:
        box = self.screen
        if event.key in ("enter", "escape") and isinstance(box, StringScreen):
            event.stop()
            event.prevent_default()
            box.dismiss(self.value.strip() or None if event.key == "enter" else None)
        else:
            await super()._on_key(event)


class StringScreen(Box[str | None]):
    """Asks for a string; gives None if there is none."""

    CSS = (
        BOX.format(name="StringScreen")
        + "StringScreen > Vertical { width: 80%; max-width: 70; height: auto; }"
        + "StringScreen Input { border: none; height: 1; }"
    )
    ALLOW_SELECT = False

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical() as box:
            box.border_title = Text("How is this read everywhere?")
            yield StringInput(placeholder="a word or more")
            yield Hints("Enter looks · Esc leaves")

    def on_mount(self) -> None:
        """Type into the input."""
        self.query_one(Input).focus()


def ask_string(screen: Screen[None], choice: Choice) -> None:
    """Ask for a string, and show its concordance above a screen."""

    def show(answer: str | None) -> None:
        if answer:
            screen.call_later(screen.app.push_screen, ConcordanceScreen(Wanted(answer), choice))

    screen.app.push_screen(StringScreen(), show)


class FormsScreen(AskingList):
    """The strings that are read most unevenly.

    Args:
        look: Whose readings, and of which label.
    """

    CSS = "FormsScreen RowList { height: 1fr; scrollbar-size-vertical: 0; }"
    KEYS = ("/",)
    TOLD = listing_help.STRINGS
    LOWER = 1
    hints = "↑↓ string · Enter its places · / another string · ? keys · q back"

    def __init__(self, look: Look | None = None) -> None:
        super().__init__()
        self._choice = look.choice if look else Choice()
        self._forms: list[Form] | None = None

    def on_mount(self) -> None:
        """Ask for the strings."""
        self._ask()
        self.show()

    def _ask(self) -> None:
        choice = self._choice
        self.said = "reading all labels …"
        self.hear(
            self.owner.project.reader.ask(
                lambda store: uneven_forms(store, annotators=choice.annotators, label=choice.label, limit=MOST)
            ),
            self._begin,
        )

    def _begin(self, forms: list[Form]) -> None:
        before = self._forms[self.rows.current].string if self._forms else ""
        self._forms = forms
        place = next((number for number, one in enumerate(forms) if one.string == before), self.rows.current)
        self.rows.empty = [("  everything that is marked is marked alike everywhere", self.owner.look.palette.faint)]
        self.rows.refresh()
        self.rows.show(len(forms), place)

    def line(self, number: int, width: int) -> Sequence[Run]:
        """Return the runs of a string."""
        assert self._forms is not None
        return lines.form(self._forms[number], look=self.owner.look, width=width)

    def show(self) -> None:
        """Paint the bars."""
        super().show()
        palette, width, forms = self.owner.look.palette, self.size.width, self._forms
        name = short(self.owner.project.path.stem, 20)
        self.head(f"inconsistent strings  {name}", count(len(forms), "string") if forms else "")
        self.query_one("#columns", Bar).show(lines.form_heads(palette=palette, width=width))
        if self.said or not forms:
            self.lower([(f" {short(self.said, max(1, width - 2))}", palette.on_bar_bright)])
            return
        one = forms[self.rows.current]
        places = f"{count(one.places, 'place')} that somebody marked"
        told = f" {places}; at {one.split:,} of them annotators differ"
        self.lower([(short(told, width - 1), palette.on_bar)])

    def command(self, name: str) -> None:
        """Ask for a string."""
        if name == "/":
            ask_string(self, self._choice)

    def again(self) -> None:
        """Read anew what may have changed meanwhile."""
        self._ask()

    def open(self) -> None:
        """Show the places of the string in hand."""
        if self._forms:
            self.away = True
            string = self._forms[self.rows.current].string
            self.app.push_screen(ConcordanceScreen(Wanted(string), self._choice))
