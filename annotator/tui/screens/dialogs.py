"""Small screens on top of the others: help, a note, a list to pick from.

Invariant: Escape leaves each of them and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static, TextArea

from annotator.tui.commands import groups
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.keymap import Keymap, key_label
from annotator.tui.list_prompt import LIST_KEYS
from annotator.tui.look import keys_of, palette_of, queue_keys_of
from annotator.tui.screens.box import Box, passed_on
from annotator.tui.widgets.bar import Run
from annotator.tui.widgets.hints import Hints
from annotator.tui.widgets.rows import RowList

BOX = """
{name} {{ align: center middle; background: #000000 45%; }}
{name}:ansi {{ background: transparent; }}
{name} > Vertical, {name} > VerticalScroll {{
  background: $background; border: round $accent; border-title-color: $accent; border-title-background: $background;
  padding: 0 1;
}}
"""

OTHER_HELP = (
    ("Span panel", LIST_KEYS),
    (
        "Mouse",
        (
            ("drag", "select; then click a label to tag"),
            ("click", "select a span; again: the next outer one"),
            ("wheel", "scroll"),
        ),
    ),
    ("New here?", (("a shell", "annotator tutor: eight small exercises, checked as you type"),)),
)


SETTLE_HELP = (
    (
        "Readers",
        (
            ("1–9", "take that reader's side: nothing, if that is what they have; while editing, start from it"),
            ("0", "neither: nothing is marked"),
            ("click", "go to the case there"),
        ),
    ),
)
PICK_KEYS: Final = ("escape", "enter", "up", "down", "pageup", "pagedown")


class HelpScreen(Box[None]):
    """The keys, and the guideline of a label."""

    CSS = BOX.format(name="HelpScreen") + "HelpScreen > VerticalScroll { width: 90%; max-width: 100; height: 90%; }"
    ALLOW_SELECT = False

    def __init__(
        self,
        labels: Sequence[tuple[str, str, str]],
        guideline: tuple[str, str] | None,
        *,
        first: str = "",
        keys: Keymap | None = None,
        only: Sequence[tuple[str, Sequence[tuple[str, str]]]] = (),
    ) -> None:
        """Keep what to show.

        Args:
            labels: Key, name and description of each label.
            guideline: A label's name and its Markdown, or None.
            first: The heading to begin with, of those beyond the commands of the tag screen.
            keys: The keys of the settle screen; those of the tag screen, and the other screens' help, if left out.
            only: Headings with what stands under them, to be shown in place of all keys.
        """
        super().__init__()
        self._only = only
        self._own_keys = keys
        self._heading = first
        self._labels = labels
        self._guideline = guideline

    def compose(self) -> ComposeResult:
        """Build the page."""
        with VerticalScroll() as box:
            box.border_title = "Keys · Esc closes"
            if self._guideline is not None:
                box.border_title = Text(f"{short(self._guideline[0], 30)} · k shows the keys · Esc closes")
                from rich.markdown import Markdown

                yield Static(Markdown(visible_lines(self._guideline[1]), hyperlinks=False))
            yield Static(self._keys(), id="keys")

    def _keys(self) -> Group:
        palette, settles = palette_of(self), self._own_keys is not None
        if self._only:
            styles = (palette.strong, palette.plain)
            shown = [(Text(title, palette.heading), _grid(facts, styles)) for title, facts in self._only]
            return Group(*(part for pair in shown for part in pair))
        labels = [
            (
                " ".join(filter(None, (key, str(number) if number < 10 and not settles else ""))),
                visible(name),
                visible(description),
            )
            for number, (key, name, description) in enumerate(self._labels, 1)
        ]
        parts: list[RenderableType] = []
        for title, facts in SETTLE_HELP if settles else ():
            parts += [Text(title, palette.heading), _grid(facts, (palette.strong, palette.plain))]
        parts.append(Text("Labels, while editing" if settles else "Labels", palette.heading))
        parts.append(_grid(labels, (palette.strong, palette.plain, palette.faint)))
        for group, commands in groups((self._own_keys or keys_of(self)).commands):
            rows = [("  ".join(map(key_label, command.keys)), command.help) for command in commands]
            parts += [Text(group, palette.heading), _grid(rows, (palette.strong, palette.plain))]
        queue = [("  ".join(map(key_label, command.keys)), command.help) for command in queue_keys_of(self).commands]
        for heading, lines in () if settles else (("Queue", queue), *OTHER_HELP):
            part: list[RenderableType] = [Text(heading, palette.heading), _grid(lines, (palette.strong, palette.plain))]
            parts = [*part, *parts] if heading == self._heading else [*parts, *part]
        return Group(*parts)

    def on_key(self, event: events.Key) -> None:
        """Close, or scroll."""
        box = self.query_one(VerticalScroll)
        scrolls = {
            "down": box.scroll_down,
            "up": box.scroll_up,
            "pagedown": box.scroll_page_down,
            "pageup": box.scroll_page_up,
            "space": box.scroll_page_down,
            "home": box.scroll_home,
            "end": box.scroll_end,
        }
        event.stop()
        event.prevent_default()
        if event.key in scrolls:
            scrolls[event.key](animate=False)
        elif event.key == "k" and self._guideline is not None:
            box.scroll_to_widget(self.query_one("#keys"), top=True, animate=False)
        else:
            self.dismiss(None)


def _grid(rows: Sequence[Sequence[str]], styles: Sequence[Style]) -> Table:
    """Return rows as a table whose last column wraps under itself."""
    grid = Table.grid(padding=(0, 1, 0, 0), expand=False)
    for number, style in enumerate(styles):
        last = number == len(styles) - 1
        grid.add_column(style=style, no_wrap=not last, min_width=14 if number == 0 else 0)
    for row in rows:
        grid.add_row(*(Text(f"  {cell}" if number == 0 else cell) for number, cell in enumerate(row)))
    return grid


class NoteArea(TextArea):
    """A text area in which Enter ends and Ctrl+J (or Shift+Enter, where terminals tell it) breaks the line."""

    async def on_event(self, event: events.Event) -> None:
        """Pass on a key that came in one burst with the one that left the box."""
        if not passed_on(event, self):
            await super().on_event(event)

    async def _on_key(self, event: events.Key) -> None:
        # What leaves the box does so at once: a message would come after the other keys of a burst.
        box = self.screen
        if event.key in ("enter", "ctrl+s", "f2", "escape") and isinstance(box, NoteScreen):
            event.stop()
            event.prevent_default()
            box.end(keep=event.key != "escape")
        elif event.key in ("ctrl+j", "shift+enter"):
            event.stop()
            event.prevent_default()
            self.insert("\n")
        else:
            await super()._on_key(event)


class NoteScreen(Box[str | None]):
    """Asks for a note; gives None if it was cancelled."""

    CSS = (
        BOX.format(name="NoteScreen")
        + "NoteScreen > Vertical { width: 80%; max-width: 84; height: 12; max-height: 90%; }"
        + "NoteScreen NoteArea { border: none; height: 1fr; }"
    )
    ALLOW_SELECT = False

    def __init__(self, title: str, note: str) -> None:
        super().__init__()
        self._title = title
        self._note = note

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical() as box:
            box.border_title = Text(short(self._title, 60))
            yield NoteArea(self._note, soft_wrap=True, tab_behavior="focus")
            yield Hints("Enter keeps it · Ctrl+J new line · Esc leaves it as it was")

    def on_mount(self) -> None:
        """Begin at the end of what is there."""
        area = self.query_one(NoteArea)
        area.focus()
        area.move_cursor(area.document.end)

    def end(self, *, keep: bool) -> None:
        """Leave, with what was typed or without."""
        self.dismiss(self.query_one(NoteArea).text.strip() if keep else None)


class PickInput(Input):
    """An input whose arrows move in the list beneath, and in which Enter and Escape end."""

    async def on_event(self, event: events.Event) -> None:
        """Pass on a key that came in one burst with the one that left the box."""
        if not passed_on(event, self):
            await super().on_event(event)

    async def _on_key(self, event: events.Key) -> None:
        box = self.screen
        if event.key in PICK_KEYS and isinstance(box, PickScreen):
            event.stop()
            event.prevent_default()
            box.press(event.key)
        else:
            await super()._on_key(event)


class PickScreen(Box[int | None]):
    """A list to choose from, narrowed by typing; gives the number of the chosen item, or None."""

    CSS = (
        BOX.format(name="PickScreen")
        + "PickScreen > Vertical { width: 90%; max-width: 90; height: 70%; min-height: 8; }"
        + "PickScreen Input { border: none; height: 1; } PickScreen RowList { height: 1fr; }"
    )
    ALLOW_SELECT = False

    def __init__(self, title: str, items: Sequence[tuple[str, str]], *, keys: Sequence[str] = ()) -> None:
        """Keep the items.

        Args:
            title: What is chosen.
            items: What is shown on the left and on the right of each row.
            keys: What else finds an item before all others when it is typed alone, "" for nothing.
        """
        super().__init__()
        self._title = title
        self._keys = keys
        self._items = items
        self._shown = list(range(len(items)))
        self._typed = ""

    def compose(self) -> ComposeResult:
        """Build the box."""
        with Vertical() as box:
            box.border_title = Text(self._title)
            yield PickInput(placeholder="type to narrow")
            yield RowList(self._row)
            yield Hints("↑↓ moves · Enter chooses · Esc leaves")

    def on_mount(self) -> None:
        """Show all."""
        self.query_one(Input).focus()
        self.query_one(RowList).show(len(self._shown))

    def _row(self, number: int, width: int) -> list[Run]:
        left, right = self._items[self._shown[number]]
        right = visible(right)
        key = f"{self._keys[self._shown[number]]:1} " if self._keys else ""
        room = max(1, width - len(right) - len(key) - 3)
        palette = palette_of(self)
        return [
            (f" {key}", palette.strong),
            (f"{short(left, room):<{room}} ", palette.plain),
            (right, palette.faint),
        ]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep the rows in which every word occurs."""
        self._narrow(event.value)

    def _narrow(self, typed: str) -> None:
        if typed == self._typed:
            return
        self._typed = typed
        words = typed.casefold().split()
        self._shown = [
            number
            for number, item in enumerate(self._items)
            if all(word in " ".join(item).casefold() for word in words)
        ]
        if typed and typed in self._keys:
            first = self._keys.index(typed)
            self._shown = [first, *(number for number in self._shown if number != first)]
        rows, palette = self.query_one(RowList), palette_of(self)
        rows.empty = [("  nothing here has ", palette.plain), (short(typed, 40), palette.strong)]
        rows.show(len(self._shown))

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Give back what was chosen."""
        message.stop()
        if message.rows.current < len(self._shown):  # typing may have narrowed the list since the click
            self.dismiss(self._shown[message.rows.current])

    def press(self, key: str) -> None:
        """Leave with the current row or without one, or move in the list."""
        self._narrow(self.query_one(PickInput).value)  # keys come faster than the news of what was typed
        if key == "escape":
            self.dismiss(None)
        elif key != "enter":
            self.query_one(RowList).press(key)
        elif self._shown:
            self.dismiss(self._shown[self.query_one(RowList).current])


def visible_lines(text: str) -> str:
    """Return text of several lines with every control character replaced but the line breaks."""
    return "\n".join(visible(line) for line in text.split("\n"))
