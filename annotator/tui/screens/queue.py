"""The queue: the articles of one annotator, with how far each is.

Invariant: only the pages that were scrolled to are read; the list opens as fast on a million articles as on ten.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from rich.cells import set_cell_size
from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from annotator.errors import AnnotatorError
from annotator.store.queries import QueueRow, QueueStatus
from annotator.tui.commands import key_name
from annotator.tui.desk import short
from annotator.tui.look import palette_of
from annotator.tui.screens.dialogs import HelpScreen
from annotator.tui.screens.tag import TagScreen
from annotator.tui.widgets.bar import Bar, Run
from annotator.tui.widgets.rows import RowList

if TYPE_CHECKING:
    from annotator.tui.app import AnnotatorApp

PAGE: Final = 200
LONG_PAGE: Final = 5_000  # where the way to the current article is long
FILTERS: Final[tuple[QueueStatus | None, ...]] = (None, "todo", "open", "flagged", "done")
KEYS: Final = ("q", "f", "/", "?", "f1", "space", "escape")
MARKS: Final = {"todo": "·", "open": "◐", "flagged": "⚑", "done": "✓"}


class QueueScreen(Screen[None], inherit_bindings=False):
    """Lists the articles and opens the one chosen."""

    ALLOW_SELECT = False
    AUTO_FOCUS = ""  # keys are the screen's until a search is typed
    CSS = """
    QueueScreen RowList { height: 1fr; }
    QueueScreen Input { border: none; height: 1; display: none; }
    """

    def __init__(self, article: int | None = None, *, said: str = "") -> None:
        super().__init__()
        self._first = (article, said)
        self._rows: list[QueueRow] = []
        self._complete = False
        self._filter = 0
        self._words = ""
        self._message = ""

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield Bar(id="head")
        yield RowList(self._line)
        yield Input(placeholder="words that the article must have; word* for beginnings")
        yield Bar(id="keys")

    @property
    def owner(self) -> AnnotatorApp:
        """The app, by its own type."""
        return cast("AnnotatorApp", self.app)

    def on_mount(self) -> None:
        """Begin at the article that was left, else at the first that is not done."""
        article, said = self._first
        self.returned_to(self.owner.next_to_do(0) or 0 if article is None else article, said=said)

    def read(self, *, until: int = 0) -> None:
        """Read the first page of what the filter and the search let through, and on until an article."""
        self._rows, self._complete = [], False
        self._more()
        while not self._complete and self._rows[-1].article < until:
            self._more(LONG_PAGE)

    def _more(self, limit: int = PAGE) -> None:
        after = self._rows[-1].article if self._rows else 0
        page = self.owner.project.store.queue_page(
            self.owner.annotator, after=after, status=FILTERS[self._filter], words=self._words, limit=limit
        )
        self._rows += page
        self._complete = len(page) < limit

    def returned_to(self, article: int, *, said: str = "") -> None:
        """Show what became of an article, and make it current."""
        self._message = said
        self.read(until=article)
        here = next((i for i, row in enumerate(self._rows) if row.article >= article), len(self._rows) - 1)
        self.query_one(RowList).show(len(self._rows), here)
        self.show()

    def show(self) -> None:
        """Paint the bars."""
        palette = self.owner.look.palette
        store = self.owner.project.store
        count = store.count()
        states = {status: n for name, _, status, n, _ in store.progress() if name == self.owner.annotator}
        done = states.get("done", 0)
        left: list[Run] = [
            ("▌", palette.on_bar_bright),
            (f"{short(self.owner.project.path.stem, 20)}  ", palette.on_bar_bright),
            (f"{count:,} articles  ", palette.on_bar),
            (f"✓ {done:,}  ", palette.on_bar_good),
            (f"◐ {states.get('open', 0):,}  ", palette.on_bar),
            (f"⚑ {states.get('flagged', 0):,}  ", palette.on_bar_bad if states.get("flagged") else palette.on_bar_dim),
        ]
        bar = round(12 * done / count) if count else 0
        right: list[Run] = [
            (f"{short(self.owner.annotator, 20)}  ", palette.on_bar_accent),
            ("▰" * bar, palette.on_bar_good),
            ("▱" * (12 - bar), palette.on_bar_dim),
            (f" {100 * done // count if count else 0} % ", palette.on_bar_dim),
        ]
        self.query_one("#head", Bar).show(left, right)
        shown = FILTERS[self._filter] or "all"
        keys: list[Run] = [(f" {shown.upper()} ", palette.chip), (" ", palette.on_bar)]
        if self._words:
            keys.append((f"“{short(self._words, 24)}” ", palette.on_bar_accent))
        keys.append((self._message or "Enter opens · f filter · / search · ? help · q quits", palette.on_bar_dim))
        self.query_one("#keys", Bar).show(keys)

    def _line(self, number: int, width: int) -> list[Run]:
        if number >= len(self._rows) - 1 and not self._complete:
            self.call_later(self._grow)
        row = self._rows[number]
        palette = palette_of(self)
        styles = {"open": palette.current_mark, "flagged": palette.bad_mark, "done": palette.good_mark}
        facts = f"{row.length:>7,} chars  {row.spans:>4} spans "
        if width < 60:
            facts = f"{row.spans:>4} "
        key_width = 24 if width >= 100 else 14
        room = max(4, width - key_width - len(facts) - 6)
        return [
            (f" {MARKS[row.status]} ", styles.get(row.status, palette.faint)),
            (f"{_fit(row.key, key_width)}  ", palette.faint),
            (f"{_fit(row.title or '(no title)', room)} ", palette.plain),
            (facts, palette.faint),
        ]

    def _grow(self) -> None:
        if not self._complete:
            self._more()
            rows = self.query_one(RowList)
            rows.show(len(self._rows), rows.current)

    def on_key(self, event: events.Key) -> None:
        """Move, open, filter, search, leave."""
        if self.owner.typed_ahead(event, self):
            return
        if self.query_one(Input).has_focus:
            if event.key == "escape":
                event.stop()
                self._search("")
            return
        event.stop()
        event.prevent_default()
        if self._message:
            self._message = ""
            self.show()
        rows = self.query_one(RowList)
        if rows.press(event.key):
            return
        match key_name(event.key, event.character, KEYS):
            case "q":
                self.app.exit()
            case "f":
                self._filter = (self._filter + 1) % len(FILTERS)
                self._again()
            case "/":
                self._ask_words()
            case "?" | "f1":
                schema = self.owner.project.schema
                labels = [(label.key, name, label.description) for name, label in schema.labels.items()]
                self.app.push_screen(HelpScreen(labels, None))
            case "space":
                rows.press("enter")
            case "escape" if self._words:
                self._search("")

    def _ask_words(self) -> None:
        box = self.query_one(Input)
        box.value = self._words
        box.display = True
        box.focus()

    def _again(self) -> None:
        self.read()
        self.query_one(RowList).show(len(self._rows))
        self.show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search for what was typed."""
        self._search(event.value)

    def _search(self, words: str) -> None:
        self.query_one(Input).display = False
        self.set_focus(None)
        self._words = words.strip()
        if not self._words:
            self._again()
            return
        self._message = "searching …"
        self.show()
        self.run_worker(self._find(), exclusive=True)

    async def _find(self) -> None:
        """Index what was loaded since the last search, which may take a while, and show what is found."""
        try:
            await asyncio.to_thread(self.owner.project.index_texts)
            self._message = ""
            self._again()
        except AnnotatorError as error:
            self._message = str(error)
        else:
            if not self._rows:
                self._message = "nothing found; Esc shows all again"
        self.show()

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Open the article."""
        if message.rows.current < len(self._rows) and self.app.screen is self:  # a second Enter opens nothing more
            self.app.push_screen(TagScreen(self._rows[message.rows.current].article))

    def on_resize(self, event: events.Resize) -> None:
        """Paint for the new width."""
        self.query_one(RowList).refresh()


def _fit(text: str, width: int) -> str:
    """Return text padded or cut to a width in cells."""
    return set_cell_size(short(text, width), width)
