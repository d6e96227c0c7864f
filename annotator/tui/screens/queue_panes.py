"""The queue's panes: its rows, what the bars say, and questions to the store.

Invariant: only rows near those in view are in memory; what an index does not answer at once is asked of the reader
thread, and the screen goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from annotator.errors import AnnotatorError
from annotator.store.queue import QueueFilter
from annotator.tui import queue_lines
from annotator.tui.desk import short
from annotator.tui.frames import FrameCompositor
from annotator.tui.look import palette_of
from annotator.tui.queue_window import Question, Stretch, Window, around, first_page
from annotator.tui.screens import queue_filter, queue_fresh
from annotator.tui.widgets.bar import Bar, Run
from annotator.tui.widgets.rows import RowList

if TYPE_CHECKING:
    from annotator.tui.app import AnnotatorApp

SAVED_BY_NOW: Final = 0.3  # seconds after which the file has the time that was spent on the article just left
NEAR: Final = 40  # rows from an end of those in memory at which more are read


class QueuePanes(Screen[None], inherit_bindings=False):
    """The list and the bars around it; keys and the mouse are `QueueScreen`'s.

    Args:
        article: The number of the article to begin at; where the annotator was last if None.
        said: A message to begin with.
    """

    ALLOW_SELECT = False
    AUTO_FOCUS = ""  # keys are the screen's until something is typed
    CSS = """
    QueueScreen RowList { height: 1fr; scrollbar-size-vertical: 0; }
    QueueScreen Input { border: none; height: 1; display: none; }
    """

    def __init__(self, article: int | None = None, *, said: str = "") -> None:
        super().__init__()
        self._compositor = FrameCompositor()
        self.chosen = QueueFilter()
        self.message = ""
        self._first = (article, said)
        self.window = Window()
        self._found: int | None = None
        self._asking = ""  # what the input is for
        self._looking = False
        self._unread = False  # whether there are no rows because they could not be read
        self._growing = False
        self._opening = False  # the first of what is looked for is to be opened
        self.turn = 0  # of the filter: answers to questions of earlier ones come too late
        self.here = 0  # the article in hand, the last one if there is none
        self._moved = False

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield Bar(id="head")
        yield Bar(id="filters")
        yield RowList(self._line, name_of=self._name_of)
        yield Bar(id="detail")
        yield queue_filter.FilterInput()
        yield Bar(id="keys")

    @property
    def owner(self) -> AnnotatorApp:
        """The app, by its own type."""
        return cast("AnnotatorApp", self.app)

    @property
    def rows(self) -> RowList:
        """The list."""
        return self.query_one(RowList)

    @property
    def busy(self) -> bool:
        """Whether rows are being read."""
        return self._looking or self._growing

    # What is shown -----------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin at the article that was left, else at the first that is not done."""
        with self.told():
            self.chosen = queue_fresh.beginning(self)
            self._begin()
            self.set_interval(queue_fresh.LOOK_EVERY, queue_fresh.Freshness(self).look)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say in the line below what the store could not answer inside; the rows and everything else stay."""
        try:
            yield
        except AnnotatorError as error:
            self._looking = self._growing = self._opening = False
            self.message = str(error)
            palette = self.owner.look.palette
            said = short(self.message, max(1, self.size.width - 2))
            self.query_one("#keys", Bar).show([(" ", palette.on_bar), (said, palette.on_bar_bad)])

    def _begin(self) -> None:
        article, said = self._first
        if article is not None:
            self.returned_to(article, said=said)
            return
        store, annotator = self.owner.project.store, self.owner.annotator
        self.returned_to(store.place(annotator) or store.next_to_do(annotator, after=0) or 0)

    def on_unmount(self) -> None:
        """Leave nothing to be answered, and keep the place."""
        self.owner.project.reader.interrupt()
        self._keep_place()

    def _keep_place(self) -> None:
        if self._moved and self.here:
            self.owner.visits.stay_in_queue(self.here)

    def returned_to(self, article: int, *, said: str = "") -> None:
        """Show what became of an article, and make it current."""
        self.message, self.here = said, article
        with self.told():
            self._ask(around(self.owner.annotator, self.chosen, article), self._show)
            self.count()
            self.show()
        self.set_timer(SAVED_BY_NOW, self._show_place)

    def hear(self, said: str) -> None:
        """Say what has happened in the background, unless there is something else to read."""
        if not self.message:
            self.message = said
            self.show()

    def choose(self, chosen: QueueFilter) -> None:
        """Filter the queue, from its beginning on; without a filter the article in hand stays so."""
        here = self.here
        self.chosen, self.message, self._found = chosen, "", None
        self.turn += 1
        self.owner.project.reader.interrupt()
        begin = first_page(self.owner.annotator, chosen)
        question = begin if chosen != QueueFilter() else around(self.owner.annotator, chosen, here)
        with self.told():
            if chosen.searches and self.owner.project.store.unindexed():
                self._looking = True
                self.run_worker(queue_filter.index_then(self, question, self.turn), exclusive=True, group="index")
            else:
                self.look(question)
            self.show()

    def look(self, question: Question) -> None:
        """Show the answer to a question, and count what the filter lets through."""
        with self.told():
            self._ask(question, self._show)
            self.count()

    def _ask(self, question: Question, then: Callable[[Stretch], None]) -> None:
        """Ask for rows: at once where an index has them, else the reader thread."""
        project, rows = self.owner.project, not self._growing
        if self.chosen.instant:
            try:
                then(question(project.store))
            except AnnotatorError as error:
                self.failed(error, self.turn, rows=rows)
            return
        self._looking = True
        queue_filter.hear(self, project.reader.ask(question), then, self.turn, rows=rows)

    def failed(self, error: AnnotatorError, turn: int, *, rows: bool = False) -> None:
        """Say that a question of a turn cannot be answered; where that is which rows, none of before are shown."""
        if self.is_of(turn):
            self._looking = self._growing = self._opening = False
            if rows:
                self.window.show(Stretch([], 0, True, True))
                self.rows.empty = []
                self.rows.refresh()
                self.rows.show(0, 0)
                self._unread = True
            self.message = str(error)
            self.show()

    def is_of(self, turn: int) -> bool:
        """Say whether the filter is still the one of a turn."""
        return turn == self.turn and self.is_attached

    def _show(self, stretch: Stretch) -> None:
        """Show other rows."""
        self._looking = self._growing = self._unread = False
        self.window.show(stretch)
        self.rows.empty = queue_lines.none_found(self.chosen, self.owner.look.palette)
        self.rows.refresh()
        self.rows.show(len(stretch.rows), stretch.current)
        self.show()
        if self._opening:
            self._opening = False
            self.open_row()

    def open_row(self) -> None:
        """Open the current article of the rows shown."""
        raise NotImplementedError

    def count(self) -> None:
        """Count what the filter lets through, and show it once it is known."""
        self._found = None
        plain = QueueFilter(status=self.chosen.status, by=self.chosen.by)
        if self.chosen == plain:
            self._found = self.owner.project.store.queue_count(self.owner.annotator, plain)
        else:
            annotator, chosen = self.owner.annotator, self.chosen
            future = self.owner.project.reader.ask(lambda store: store.queue_count(annotator, chosen))
            queue_filter.hear(self, future, self._counted, self.turn)

    def _counted(self, found: int) -> None:
        self._found = found
        self._show_place()

    def show(self) -> None:
        """Paint the bars."""
        with self.told():
            self._show_bars()

    def _show_bars(self) -> None:
        owner, palette, width = self.owner, self.owner.look.palette, self.size.width
        store = owner.project.store
        total = store.count()
        counts: dict[str, int] = {status: n for name, _, status, n, _ in store.progress() if name == owner.annotator}
        name = owner.project.path.stem
        head = queue_lines.head(name, owner.annotator, counts, total=total, palette=palette, width=width)
        self.query_one("#head", Bar).show(*head)
        self._show_place()
        said = self.message or queue_lines.hints(owner.queue_keys, width, mine=store.has_places(owner.annotator))
        style = palette.on_bar_bright if self.message else palette.on_bar_dim
        self.query_one("#keys", Bar).show([(" ", palette.on_bar), (said, style)])

    def _show_place(self) -> None:
        with self.told():
            self._show_row()

    def _show_row(self) -> None:
        """Paint where in the queue the row in hand is, and what is known of its article."""
        row = self.window.rows[self.rows.current] if self.window.rows else None
        self.here = row.article if row else self.here  # kept where a filter lets nothing through
        store, palette = self.owner.project.store, self.owner.look.palette
        if self._looking:
            place = "looking …"
        elif self._unread:
            place = "could not be read"
        elif self.chosen != QueueFilter():
            place = "counting …" if self._found is None else f"{self._found:,} found"
        else:
            place = f"{store.position(row.article) if row else 0:,} of {store.count():,}"
        self.query_one("#filters", Bar).show(*queue_lines.filters(self.chosen, place, palette=palette))
        if row is None:
            self.query_one("#detail", Bar).show([])
            return
        by = self.chosen.by or self.owner.annotator
        try:
            meta, note = store.about(row.article, by)
            visit = store.visit(row.article, by)
            others = store.others(row.article, by)
        except AnnotatorError as error:  # of this article: the others can be worked on
            self.query_one("#detail", Bar).show([(f" {short(str(error), self.size.width - 2)}", palette.on_bar_bad)])
            return
        seconds = visit.seconds if visit else 0.0
        told = queue_lines.detail(
            row, meta=meta, note=note, seconds=seconds, others=others, palette=palette, width=self.size.width
        )
        self.query_one("#detail", Bar).show(told)

    def _name_of(self, number: int) -> int:
        return self.window.rows[number].article

    def _line(self, number: int, width: int) -> list[Run]:
        if (number < NEAR and not self.window.from_start) or (
            number >= len(self.window.rows) - NEAR and not self.window.to_end
        ):
            self.call_later(self._grow)
        return queue_lines.row(self.window.rows[number], self.chosen, palette=palette_of(self), width=width)

    # Moving ------------------------------------------------------------------------------------------------------

    def _grow(self) -> None:
        """Read more rows where those in view or in hand come near an end of what is in memory."""
        window, rows = self.window, self.rows
        if self._growing or self._looking or not window.rows:
            return
        top, bottom = rows.scroll_offset.y, rows.scroll_offset.y + rows.size.height
        low, high = min(top, rows.current), max(bottom, rows.current)
        if high >= len(window.rows) - NEAR and not window.to_end:
            self._growing = True
            self._ask_more(window.more_after(self.owner.annotator, self.chosen), after=True)
        elif low < NEAR and not window.from_start:
            self._growing = True
            self._ask_more(window.more_before(self.owner.annotator, self.chosen), after=False)

    def _ask_more(self, question: Question, *, after: bool) -> None:
        rows = self.window.rows

        def then(stretch: Stretch) -> None:
            self._growing = self._looking = False
            if self.window.rows is not rows:  # they were read anew meanwhile, or are those of the queue's end by now
                self._show_place()
                self._grow()
                return
            by = self.window.add_after(stretch) if after else self.window.add_before(stretch)
            self.rows.shift(by, len(self.window.rows))
            self._show_place()

        self._ask(question, then)

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        """Tell of the article that is current now."""
        self._show_place()

    def on_resize(self, event: events.Resize) -> None:
        """Paint for the new width."""
        self.rows.refresh()
        if self.window.rows:
            self.show()
