"""A list of places with ticks: look at them, take some out, then do it to the rest in one step.

Invariant: nothing is done until Enter; Escape leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from annotator.tui.concordance_lines import kwic
from annotator.tui.desk import short
from annotator.tui.look import palette_of
from annotator.tui.screens.box import Box
from annotator.tui.screens.dialogs import BOX
from annotator.tui.tokens import Extent
from annotator.tui.widgets.bar import Run
from annotator.tui.widgets.hints import Hints
from annotator.tui.widgets.rows import RowList

AROUND = 60  # code points of context on each side of a place
SIDE = 40  # cells of it, at most


@dataclass(frozen=True, slots=True)
class Place:
    """A place to tick.

    Args:
        before: What stands before it.
        found: Its words.
        after: What stands after it.
        right: What is told of it at the right edge; as wide for each.
    """

    before: str
    found: str
    after: str
    right: Sequence[Run] = ()


def place_in(text: str, extent: Extent) -> Place:
    """Return a place of an article."""
    start, end = extent
    return Place(text[max(0, start - AROUND) : start], text[start:end], text[end : end + AROUND])


class TickScreen(Box[list[int] | None]):
    """Places to tick; gives the numbers of the ticked ones, or None if it was left.

    Args:
        title: What will be done.
        place: Returns a place by its number.
        count: How many there are.
        ticked: The numbers of those that are ticked at first; all if None.
    """

    CSS = (
        BOX.format(name="TickScreen")
        + "TickScreen > Vertical { width: 92%; max-width: 110; height: 70%; } TickScreen RowList { height: 1fr; }"
    )
    ALLOW_SELECT = False

    def __init__(
        self, title: str, place: Callable[[int], Place], count: int, *, ticked: Collection[int] | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._place = place
        self._count = count
        self._ticked = set(range(count) if ticked is None else ticked)

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical() as box:
            box.border_title = Text(short(self._title, 90))
            yield RowList(self._row)
            yield Hints("Space ticks · a all or none · Enter does it · Esc leaves")

    def on_mount(self) -> None:
        """Show all."""
        self.query_one(RowList).show(self._count)

    def _row(self, number: int, width: int) -> list[Run]:
        palette = palette_of(self)
        one = self._place(number)
        room = max(10, width - 4 - sum(cell_len(text) for text, _ in one.right))
        mark = ("✓", palette.good_mark) if number in self._ticked else ("·", palette.faint)
        lead = min(SIDE, max(4, (room - min(cell_len(one.found), room // 2)) // 2))
        words = kwic(one.before, one.found, one.after, lead=lead, room=room, palette=palette)
        return [(" ", palette.plain), mark, (" ", palette.plain), *words, (" ", palette.plain), *one.right]

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Tick or untick the row that was clicked."""
        message.stop()
        self._toggle(message.rows.current)

    def _toggle(self, number: int) -> None:
        self._ticked ^= {number}
        self.query_one(RowList).refresh()

    def on_key(self, event: events.Key) -> None:
        """Move, tick, do it or leave."""
        event.stop()
        event.prevent_default()
        rows = self.query_one(RowList)
        if event.key == "escape":
            self.dismiss(None)
        elif event.key == "enter":
            self.dismiss(sorted(self._ticked))
        elif event.key == "space":
            self._toggle(rows.current)
            rows.move(1)
        elif event.character == "a":
            self._ticked = set() if len(self._ticked) == self._count else set(range(self._count))
            rows.refresh()
        else:
            rows.press(event.key)
