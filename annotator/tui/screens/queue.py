"""The queue: the articles of one annotator, with how far each is.

Invariant: a key is answered in the frame after it; panes and questions are `queue_panes`'s.
"""

from __future__ import annotations

from typing import Literal

from textual import events
from textual.widgets import Input

from annotator.store.queue import QueueFilter
from annotator.tui.commands import Command, key_name
from annotator.tui.keymap import key_label
from annotator.tui.palettes import THEMES
from annotator.tui.pointer import Direction
from annotator.tui.queue_window import around, first_page, last_page
from annotator.tui.screens import queue_filter, queue_fresh
from annotator.tui.screens.dialogs import HelpScreen, PickScreen
from annotator.tui.screens.queue_panes import QueuePanes
from annotator.tui.screens.tag import TagScreen
from annotator.tui.walk import MINE, Walk
from annotator.tui.widgets.rows import RowList


class QueueScreen(QueuePanes, inherit_bindings=False):
    """Lists the articles and opens the one chosen."""

    def on_key(self, event: events.Key) -> None:
        """Move, open, filter, search, leave."""
        if self.owner.typed_ahead(event, self):
            return
        if self._asking:
            queue_filter.hand_over(event, self.query_one(Input))
            return
        event.stop()
        event.prevent_default()
        self._opening = False
        if self.message:
            self.message = ""
            self.show()
        keys = self.owner.queue_keys.by_key
        command = keys.get(key_name(event.key, event.character, keys))
        if command is not None:
            self._run(command)  # at once: a message would come after the other keys of a burst, which are the article's

    def _run(self, command: Command) -> None:
        with self.told():
            command.run(self)

    # What commands ask of the screen (see queue_commands.QueueHost).

    def move(self, key: str) -> None:
        """Move in the list as the key of this name does; Home and End are those of the whole queue."""
        window = self.window
        self._moved = True
        if key == "home" and not window.from_start:
            self._ask(first_page(self.owner.annotator, self.chosen), self._show)
        elif key == "end" and not window.to_end:
            self._ask(last_page(self.owner.annotator, self.chosen), self._show)
        else:
            self._grow()
            if self.rows.press(key):
                self._show_place()  # at once: by a message it would be another frame

    def go_to_do(self) -> None:
        """Go to the next article that is not done, whatever the filter."""
        annotator, here = self.owner.annotator, self.here
        self._go_to(self.owner.project.store.other_to_do(annotator, here))

    def _go_to(self, found: int | None) -> None:
        if found is None:
            self._opening = False
            self.message = "nothing else is to do"
        elif self.chosen not in (QueueFilter(), MINE):
            self.here = found
            self.choose(queue_fresh.beginning(self))
            self.look(around(self.owner.annotator, self.chosen, found))
        else:
            self._ask(around(self.owner.annotator, self.chosen, found), self._show)
        self.show()

    def open_agreement(self) -> None:
        """Show how far annotators agree."""
        self.owner.open_agreement()

    def open_settling(self) -> None:
        """Settle what annotators disagree on in the article in hand, and in those after it."""
        if self.window.rows:
            self.message = self.owner.open_settling(self.here)
            self.show()

    def open_concordance(self) -> None:
        """Show which strings are labelled inconsistently."""
        self.owner.open_concordance()

    def cycle_status(self, direction: Direction) -> None:
        """Filter by the next or previous status."""
        self.choose(queue_filter.next_status(self.chosen, direction))

    def pick_annotator(self) -> None:
        """Ask whose layers to go by."""
        queue_filter.pick_annotator(self)

    def pick_label(self) -> None:
        """Ask which label the articles must have."""
        queue_filter.pick_label(self)

    def mine_or_all(self) -> None:
        """Show what is assigned to the annotator alone, or all articles again."""
        queue_fresh.mine_or_all(self)

    def show_all(self) -> None:
        """Filter by nothing."""
        if self.chosen != QueueFilter() or self._looking:
            self.choose(QueueFilter())

    def open_help(self) -> None:
        """Show the keys."""
        schema = self.owner.project.schema
        labels = [(label.key, name, label.description) for name, label in schema.labels.items()]
        self.app.push_screen(HelpScreen(labels, None, first="Queue"))

    def open_palette(self) -> None:
        """Show all actions to search in; choosing one does it."""
        commands = self.owner.queue_keys.commands
        themes = list(THEMES) if self.owner.look.palette.colour else []  # whoever wants no colour gets none
        items = [(f"{c.group}: {c.help}", "  ".join(map(key_label, c.keys))) for c in commands]
        items += [(f"Theme: {THEMES[name]}", "") for name in themes]

        def run(choice: int | None) -> None:
            if choice is not None and choice < len(commands):
                self.call_later(self._run, commands[choice])
            elif choice is not None:
                self.call_later(self.change_theme, themes[choice - len(commands)])

        self.app.push_screen(PickScreen("Actions", items), run)

    def change_theme(self, name: str) -> None:
        """Paint in the colours of another theme."""
        self.message = self.owner.change_theme(name)
        self.rows.refresh()
        self.show()

    def leave(self) -> None:
        """Out."""
        self.owner.quit()

    # Typing ------------------------------------------------------------------------------------------------------

    def begin_input(self, what: Literal["words", "days"]) -> None:
        """Ask for what to filter by."""
        self._asking = what
        box = self.query_one(Input)
        box.placeholder, box.value, self.message = queue_filter.prompt(what, self.chosen)
        box.display = True
        box.focus()
        self.show()

    def _end_input(self) -> None:
        self._asking = self.message = ""
        self.query_one(Input).display = False
        self.set_focus(None)
        self.show()

    @property
    def asking(self) -> bool:
        """Whether keys go to the input."""
        return bool(self._asking)

    def answer(self, typed: str | None) -> None:
        """Filter by what was typed; nothing changes if that is None."""
        if typed is None:
            self._end_input()
            return
        changed = queue_filter.read(self._asking, typed, self.chosen)
        if changed is None:
            self.message = queue_filter.UNREADABLE
            self.show()
            return
        self._end_input()
        self.choose(changed)

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Open the article that was clicked."""
        self.open_row()

    def open_article(self) -> None:
        """Open the current article; while others are looked for, the first of these as soon as they are there."""
        if self._looking and not self._growing:
            self._opening = True
        else:
            self.open_row()

    def open_row(self) -> None:
        """Open the current article of the rows shown, where a search found something in it if there is one."""
        if self.rows.current < len(self.window.rows) and self.app.screen is self:  # a second click opens no more
            row = self.window.rows[self.rows.current]
            at = (row.hit.start, row.hit.end) if row.hit else None
            walk = Walk(self.owner.annotator, self.chosen) if self.chosen != QueueFilter() else None
            self.app.push_screen(TagScreen(row.article, at=at, walk=walk))
