"""A list of rows painted by the line: as fast with a million rows as with ten.

Invariant: only rows in view are ever asked for; the row that is current is always in view after a move.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Self

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from annotator.tui.look import palette_of
from annotator.tui.widgets.bar import Run
from annotator.tui.widgets.plain import PlainLines
from annotator.tui.widgets.scrolling import resize_in_place, scroll_in_place

Paint = Callable[[int, int], Sequence[Run]]
KEPT = 500  # painted rows


class RowList(ScrollView, PlainLines):
    """A list of one-line rows with one of them current.

    Args:
        paint: Given a row's number and the width in cells, returns its runs.
        name_of: Given a row's number, returns what it keeps when rows before it come and go; see `forget`.
        id: The widget's id.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = "RowList { overflow-x: hidden; scrollbar-size-vertical: 1; }"
    can_focus = False

    class Moved(Message):
        """Another row is current."""

        def __init__(self, rows: RowList) -> None:
            super().__init__()
            self.rows = rows

    class Chosen(Message):
        """The current row was chosen, by Enter or by a click on it."""

        def __init__(self, rows: RowList) -> None:
            super().__init__()
            self.rows = rows

    def __init__(
        self, paint: Paint, *, name_of: Callable[[int], Hashable] | None = None, id: str | None = None
    ) -> None:
        self._painted: dict[tuple[Hashable, bool, int], Strip] = {}
        self._name_of = name_of
        super().__init__(id=id)
        self._paint = paint
        self.count = 0
        self.current = 0
        self._marked = True
        self.empty: Sequence[Run] = ()
        """What is painted where there are no rows, on the second line."""

    def shift(self, by: int, count: int) -> None:
        """Take note that rows came or went before and after those in view, which stay where they are on the screen.

        Args:
            by: By how much the numbers of those in view have grown.
            count: How many rows there are now.
        """
        self.count = count
        self.current = min(max(self.current + by, 0), max(count - 1, 0))
        top = self.scroll_offset.y + by
        self._resize_content()
        scroll_in_place(self, max(0, min(top, count - self.size.height)))
        self.refresh(self.size.region)

    def show(self, count: int, current: int = 0, *, marked: bool = True, since: int = 0) -> None:
        """Show this many rows, with one of them current.

        Args:
            count: How many rows there are.
            current: The number of the row to keep in view.
            marked: Whether that row is painted as the one in hand.
            since: The first row that may look other than before, apart from which one is in hand.
        """
        before = (self.current, self._marked)
        self._marked = marked
        self.current = min(max(current, 0), max(count - 1, 0))
        if since < max(count, self.count) or count != self.count:
            self.count = count
            self._resize_content()
            self._refresh_from(since)
        if before != (self.current, marked):
            self._refresh_row(before[0])
            self._refresh_row(self.current)
        self._reveal()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Have rows painted again; without a region, as if none had been painted before."""
        if not regions:
            self._painted.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def forget(self, names: Iterable[Hashable]) -> None:
        """Take note that the rows of these names look other than before, wherever they are now."""
        gone = set(names)
        self._painted = {key: strip for key, strip in self._painted.items() if key[0] not in gone}

    def move(self, steps: int) -> None:
        """Make a row so many further on (or back) current."""
        self.go(self.current + steps)

    def go(self, row: int) -> None:
        """Make a row current."""
        row = min(max(row, 0), max(self.count - 1, 0))
        if row == self.current:
            return
        self._refresh_row(self.current)
        self.current = row
        self._refresh_row(row)
        self._reveal()
        self.post_message(self.Moved(self))

    def press(self, key: str) -> bool:
        """Act on a key and say whether it was one for lists."""
        page = max(1, self.size.height - 1)
        moves = {"down": 1, "up": -1, "pagedown": page, "pageup": -page, "home": -self.count, "end": self.count}
        if key in moves:
            self.move(moves[key])
        elif key == "enter" and self.count:
            self.post_message(self.Chosen(self))
        else:
            return False
        return True

    def _reveal(self) -> None:
        """Scroll as little as needed to have the current row in view."""
        height = self.size.height
        if height:
            top = min(max(self.scroll_offset.y, self.current - height + 1), self.current)
            scroll_in_place(self, min(top, max(0, self.count - height)))

    def _resize_content(self) -> None:
        resize_in_place(self, Size(max(self.size.width - 1, 1), self.count))

    def _refresh_from(self, row: int) -> None:
        """Have a row and all after it painted again; those of known names as they were."""
        if self._name_of is None:
            self._painted.clear()
        first = max(0, row - self.scroll_offset.y)
        if first < self.size.height:
            self.refresh(Region(0, first, self.size.width, self.size.height - first))

    def _refresh_row(self, row: int) -> None:
        self.refresh(Region(0, row - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Paint a line of the view."""
        row = y + self.scroll_offset.y
        width = self.size.width
        if row >= self.count:
            blank = palette_of(self).plain
            if not self.count and y == 1 and self.empty:
                return Strip([Segment(text, style) for text, style in self.empty]).adjust_cell_length(width, blank)
            return Strip.blank(width, blank)
        here = self._marked and row == self.current
        key = (row if self._name_of is None else self._name_of(row), here, width)
        known = self._painted.get(key)
        if known is None:
            if len(self._painted) >= KEPT:
                self._painted.clear()
            known = self._painted[key] = self._paint_row(row, here, width)
        return known

    def _paint_row(self, row: int, here: bool, width: int) -> Strip:
        palette = palette_of(self)
        segments = [Segment(text, palette.lit(style) if here else style) for text, style in self._paint(row, width)]
        return Strip(segments).adjust_cell_length(width, palette.lit(palette.plain) if here else palette.plain)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the current row in view."""
        self._resize_content()
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Make the row under the mouse current; a click on the current one chooses it."""
        row = event.y + self.scroll_offset.y
        if row >= self.count:
            return
        if row == self.current:
            self.post_message(self.Chosen(self))
        else:
            self.go(row)
