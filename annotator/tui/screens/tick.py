"""A list of places with ticks: look at them, take some out, then do it to the rest in one step.

Invariant: nothing is done until Enter; Escape leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from annotator.tui.desk import short
from annotator.tui.entry import before, tail
from annotator.tui.look import palette_of
from annotator.tui.screens.box import Box
from annotator.tui.screens.dialogs import BOX
from annotator.tui.tokens import Extent
from annotator.tui.widgets.bar import Run
from annotator.tui.widgets.hints import Hints
from annotator.tui.widgets.rows import RowList

AROUND = 36  # code points of context on each side of a place


class TickScreen(Box[list[int] | None]):
    """Places to tick; gives the numbers of the ticked ones, or None if it was left.

    Args:
        title: What will be done.
        text: The article.
        places: Where, in text order; all are ticked at first.
    """

    CSS = (
        BOX.format(name="TickScreen")
        + "TickScreen > Vertical { width: 92%; max-width: 110; height: 70%; } TickScreen RowList { height: 1fr; }"
    )
    ALLOW_SELECT = False

    def __init__(self, title: str, text: str, places: Sequence[Extent]) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._places = places
        self._ticked = set(range(len(places)))

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical() as box:
            box.border_title = Text(short(self._title, 70))
            yield RowList(self._row)
            yield Hints("Space ticks · a all or none · Enter does it · Esc leaves")

    def on_mount(self) -> None:
        """Show all."""
        self.query_one(RowList).show(len(self._places))

    def _row(self, number: int, width: int) -> list[Run]:
        palette = palette_of(self)
        start, end = self._places[number]
        around = min(AROUND, max(8, (width - 20) // 2))
        lead = tail(before(self._text, start, reach=AROUND), around)
        after = short(self._text[end : end + AROUND], around)
        mark = ("✓", palette.good_mark) if number in self._ticked else ("·", palette.faint)
        gap_before = " " if start and self._text[start - 1].isspace() else ""
        gap_after = " " if end < len(self._text) and self._text[end].isspace() else ""
        return [
            (" ", palette.plain),
            mark,
            (" " * (1 + around - cell_len(lead)) + lead + gap_before, palette.faint),
            (short(self._text[start:end], 60), palette.found),
            (f"{gap_after}{after}", palette.faint),
        ]

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
            self._ticked = set() if len(self._ticked) == len(self._places) else set(range(len(self._places)))
            rows.refresh()
        else:
            rows.press(event.key)
