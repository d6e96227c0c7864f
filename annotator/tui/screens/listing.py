"""What the screens that are lists share: a head, a list, lines that tell of the row in hand, and how one leaves.

Invariant: a key is answered by the screen in front, also where several come in one burst.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from annotator.tui import listing_help
from annotator.tui.commands import key_name
from annotator.tui.widgets.bar import Bar, Run
from annotator.tui.widgets.rows import RowList

if TYPE_CHECKING:
    from annotator.tui.app import AnnotatorApp
    from annotator.tui.screens.tag import TagScreen

LEAVES: Final = ("q", "escape", "backspace")
HELPS: Final = ("?", "f1")


class Listing(Screen[None], inherit_bindings=False):
    """A list with a head, a line above it, and lines below that tell of the row in hand."""

    ALLOW_SELECT = False
    AUTO_FOCUS = ""
    CSS = "Listing RowList { height: 1fr; scrollbar-size-vertical: 0; }"
    KEYS: tuple[str, ...] = ()
    LOWER = 2  # lines below the list
    TOLD: tuple[listing_help.Section, ...] = ()
    hints = ""
    last = False
    """Whether this is the screen that the program was opened for: q leaves the program from it."""
    back: TagScreen | None = None
    """The screen to go on with when this one is left, if one came from there."""

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield Bar(id="head")
        yield Bar(id="columns", plain=True)
        yield RowList(self.line)
        for number in range(self.LOWER):
            yield Bar(id=f"lower{number}")
        yield Bar(id="keys")

    @property
    def owner(self) -> AnnotatorApp:
        """The app, by its own type."""
        return cast("AnnotatorApp", self.app)

    @property
    def rows(self) -> RowList:
        """The list."""
        return self.query_one(RowList)

    def line(self, number: int, width: int) -> Sequence[Run]:
        """Return the runs of a row."""
        raise NotImplementedError

    def command(self, name: str) -> None:
        """Act on a key that does not move in the list."""

    def open(self) -> None:
        """Go down a level."""

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Go down a level, by the mouse."""
        if self.app.screen is self:
            self.open()

    @property
    def gone(self) -> bool:
        """Whether this screen was left: what is to come after a refresh or an answer may come after it."""
        return self not in self.app.screen_stack or not self.query("#keys")

    def _show_again(self) -> None:
        if not self.gone:
            self.show()

    def show(self) -> None:
        """Paint the bars."""
        palette = self.owner.look.palette
        hints = self.hints.replace("q back", "q quit") if self.last else self.hints
        self.query_one("#keys", Bar).show([(f" {hints}", palette.on_bar_dim)])

    def head(self, left: str, right: str) -> None:
        """Paint the head bar; what it is given is safe to show."""
        palette = self.owner.look.palette
        runs: list[Run] = [("▌", palette.on_bar_bright), (left, palette.on_bar_bright)]
        self.query_one("#head", Bar).show(runs, [(f"{right} ", palette.on_bar_accent)])

    def lower(self, *lines: Sequence[Run]) -> None:
        """Paint the lines below the list."""
        for number, line in enumerate(lines):
            self.query_one(f"#lower{number}", Bar).show(line)

    def on_key(self, event: events.Key) -> None:
        """Move, go down a level, leave."""
        if self.owner.typed_ahead(event, self):
            return
        event.stop()
        event.prevent_default()
        if not self.query("#keys"):  # typed in one burst with the key that opened this: it is not there yet
            self.call_later(self.on_key, event)
            return
        name = key_name(event.key, event.character, LEAVES, HELPS, self.KEYS)
        if name in LEAVES:
            self._leave(name)
        elif name in HELPS:
            self._open_help()
        elif event.key == "enter":
            self.open()  # at once: a message would come after the other keys of a burst
        elif self.rows.press(event.key):
            self.show()
        else:
            self.command(name)

    def _leave(self, name: str) -> None:
        """Go back; where there is nothing to go back to, q leaves the program, and nothing else does."""
        if self.last:
            if name == "q":
                self.owner.quit()
            return
        self.app.pop_screen()
        if self.back is not None:
            self.app.push_screen(self.back)

    def _open_help(self) -> None:
        from annotator.tui.screens.dialogs import HelpScreen

        self.app.push_screen(HelpScreen((), None, only=self.told()))

    def told(self) -> Sequence[listing_help.Section]:
        """Return what the help says."""
        return self.TOLD

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        """Tell of the row that is current now."""
        self._show_again()

    def on_resize(self, event: events.Resize) -> None:
        """Paint for the new width."""
        if not self.gone:
            self.rows.refresh()
            self.call_after_refresh(self._show_again)
