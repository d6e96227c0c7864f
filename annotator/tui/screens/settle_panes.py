"""The panes of the settle screen: opening articles, and painting what the desk says.

Invariant: two readers are side by side where there is room for it, else each has a lane beneath the gold layer; what is
shown is what the layers and the gold session have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from annotator.core.edits import Delta
from annotator.errors import AnnotatorError
from annotator.settlement import Settlement
from annotator.tui import settle_lines
from annotator.tui.commands import label_keys
from annotator.tui.frames import FrameCompositor
from annotator.tui.keymap import Keymap, settle_keys
from annotator.tui.reader_lanes import Group, extent_of
from annotator.tui.settle_desk import SettleDesk
from annotator.tui.settle_view import SettleView
from annotator.tui.still import still
from annotator.tui.widgets.bar import Bar

if TYPE_CHECKING:
    from annotator.tui.app import AnnotatorApp
    from annotator.tui.settle_round import SettleRound

SIDE_BY_SIDE: Final = 60  # columns from which two texts have room beside each other
LONGEST_WAIT: Final = 3.0  # seconds that leaving an article waits for the disk
LOOK_EVERY: Final = 1.0  # seconds after which we look again whether others have changed a layer


class SettlePanes(Screen[None], inherit_bindings=False):
    """The panes over one article after the other; what keys and the mouse do is `SettleScreen`'s.

    Args:
        work: The round of settling.
        first: The article to begin with.
        keys: The keys in force.
        at: Where the difference to begin with is; the first open one if None.
    """

    ALLOW_SELECT = False
    BLANK = True
    # Textual scopes these to the class of the screen itself, so no rule may name this one.
    CSS = """
    Horizontal { height: 1fr; }
    #left, #right { width: 1fr; }
    #right { border-left: vkey $border; }
    SettleView { height: 1fr; }
    """

    def __init__(
        self, work: SettleRound, first: Settlement, *, keys: Keymap, at: tuple[int, int] | None = None
    ) -> None:
        super().__init__()
        self._compositor = FrameCompositor()
        self.work = work
        self.keys = keys
        self._first = first
        self._at = at
        self._desk: SettleDesk | None = None
        self._labels = label_keys(work.project.schema)
        self._asking = False  # whose cases to take
        self._given_up: AnnotatorError | None = None  # the failure of which it was said that leaving loses decisions
        self._rows = 0  # of readers that the box beneath the text has
        self._paired: bool | None = None
        self._reached = ""  # the digest of the case that the panes have scrolled to

    def compose(self) -> ComposeResult:
        """Build the screen; the box has a line for each of nine readers, of which those that are needed show."""
        yield Bar(id="head")
        with Horizontal():
            with Vertical(id="left"):
                yield Bar(id="left-head")
                yield SettleView(id="left-view")
            with Vertical(id="right"):
                yield Bar(id="right-head")
                yield SettleView(id="right-view")
        with Vertical(id="box"):
            plain = self.owner.look.palette.plain
            yield Bar(id="rule", blank=self.owner.look.palette.faint)
            yield Bar(id="title", blank=plain)
            for number in range(9):
                yield Bar(id=f"reading-{number}", blank=plain)
            yield Bar(id="gold", blank=plain)
            yield Bar(id="hints", blank=plain)
        yield Bar(id="status")

    @property
    def owner(self) -> AnnotatorApp:
        """The app, by its own type."""
        return cast("AnnotatorApp", self.app)

    @property
    def desk(self) -> SettleDesk:
        """The desk at work."""
        assert self._desk is not None
        return self._desk

    @property
    def left(self) -> SettleView:
        """The pane on the left, which has lanes where there is only one."""
        return self.query_one("#left-view", SettleView)

    @property
    def right(self) -> SettleView:
        """The pane on the right."""
        return self.query_one("#right-view", SettleView)

    def on_mount(self) -> None:
        """Open the first article."""
        for view in (self.left, self.right):
            view.wrap = self.owner.settings.wrap
        self._open(self._first)
        if self._at is not None:
            self.desk.find(self._at)
            self._at = None
        self.set_interval(LOOK_EVERY, self._look)

    def open(self, article: int) -> None:
        """Leave the open article and open another.

        Raises:
            AnnotatorError: If the open one cannot be saved or the other not be read; the open one stays then.
        """
        self.desk.work.session.flush(LONGEST_WAIT)
        work = self.work.open(article)
        self.desk.work.session.on_saved = None
        self._open(work)

    def _open(self, work: Settlement) -> None:
        """Show an article; what all agree on is taken over, at once unless one came to look at a difference."""
        blind = self._desk.blind if self._desk else self.work.blind
        with still():
            self._desk = SettleDesk(work, self.left.text_layout)
            self._desk.blind = blind
            if work.session.head.status == "open":
                self._desk.agree(later=self._at is not None)
            if self._desk.is_open is False and work.ledger.open:
                self._desk.move_open(1)
            self._watch_saving()
            self._paired = None
            self._show_layers()
            self.call_after_refresh(self._paint)

    def _show_layers(self) -> None:
        """Have the panes show the layers as they are now."""
        desk = self.desk
        work, schema = desk.work, desk.work.session.schema
        indexes = [work.indexes[name] for name in desk.readers]
        paired = len(indexes) == 2 and self.size.width >= SIDE_BY_SIDE
        fresh = paired != self._paired
        self._paired, self._reached = paired, ""
        self.query_one("#right").display = paired
        self.left.twin, self.right.twin = (self.right, self.left) if paired else (None, None)
        if paired:
            panes: Sequence[Sequence[Group]] = [[(index, self.owner.settings.density)] for index in indexes]
            for own, view in enumerate((self.left, self.right)):
                view.show_readers(desk.text, indexes[own], schema, panes=panes, own=own, numbered=False)
        else:
            panes = [[(index, "all") for index in indexes]]
            self.left.show_readers(desk.text, work.session.index, schema, panes=panes, own=0, numbered=True)
        desk.on_delta = self._changed
        if fresh:
            self._fit()

    def _changed(self, delta: Delta) -> None:
        if not self._paired:
            self.left.spans_changed(delta.put, delta.taken)

    def _watch_saving(self) -> None:
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the app has ended meanwhile
                loop.call_soon_threadsafe(self._saved)

        self.desk.work.session.on_saved = tell

    def _saved(self) -> None:
        if self._desk is not None and self.query("#status"):  # the bars go before the screen does
            failure = self._desk.work.session.failure
            if failure is not None:
                self._desk.message = str(failure)
            self._show_status()

    def _look(self) -> None:
        """Look whether somebody has changed a layer, and show it; what one is about to say goes first."""
        if self._desk is not None and self.app.screen is self and not self._asking and not self._desk.editing:
            said = self._desk.message
            self._read_changed()
            if self._desk.message != said:
                self._paint()

    def _read_changed(self) -> bool:
        """Read anew what others have changed, tell it, and say whether anything was."""
        desk = self.desk
        try:
            changed = desk.work.changed()
            if changed:
                self._asking = False
                desk.read_again(changed=changed)
                self._follow_schema()
                self._show_layers()
        except AnnotatorError as error:
            desk.message = str(error)
            return False
        return bool(changed)

    def _follow_schema(self) -> None:
        """Have the labels and keys of another schema, if the database has moved to one."""
        self.owner.follow_schema()
        labels = label_keys(self.owner.project.schema)
        if labels != self._labels:
            self._labels, self.keys = labels, settle_keys(self.owner.settings, self.owner.project.schema)

    def on_unmount(self) -> None:
        """Listen no more to the writer."""
        if self._desk is not None:
            self._desk.work.session.on_saved = None

    def on_resize(self, event: events.Resize) -> None:
        """Give the box the lines that the terminal has room for."""
        if self._desk is not None:
            self._show_layers()
            self._fit()
            self.call_after_refresh(self._paint)

    def _fit(self) -> None:
        """Share the height out: the text keeps at least a third."""
        height = self.size.height
        readers = len(self.desk.readers)
        self._rows = max(0, min(readers, 9, height * 2 // 3 - 4))
        for number in range(9):
            self.query_one(f"#reading-{number}").display = number < self._rows
        tall = height >= 16
        for id in ("rule", "hints", "left-head", "right-head"):
            self.query_one(f"#{id}").display = tall
        self.query_one("#box").styles.height = 2 + self._rows + 2 * tall

    def act(self, action: Callable[[], None], *, decides: bool = False) -> None:
        """Do something with the desk, say what came of it, and paint.

        Args:
            action: What to do.
            decides: Whether it is about the readings as they are shown; if they have changed it is not done.
        """
        desk = self.desk
        desk.message = ""
        desk.pointer.rows = self.left.text_layout
        if not (self._read_changed() and decides):
            told, desk.message = desk.message, ""
            try:
                action()
            except AnnotatorError as error:
                desk.message = str(error)
            if self._desk is desk:
                desk.message = desk.message or told
        if self.is_attached:
            self._paint()

    def _paint(self) -> None:
        """Paint what the desk says."""
        desk, palette, width = self.desk, self.owner.look.palette, self.size.width
        self._select()
        head = settle_lines.head(
            desk,
            self.owner.project.path.stem,
            palette=palette,
            place=self.work.place(desk.work.session.article.id),
            width=width,
        )
        self.query_one("#head", Bar).show(*head)
        if self._paired:
            for number, side in enumerate(("left", "right")):
                self.query_one(f"#{side}-head", Bar).show(*settle_lines.pane(desk, number, palette=palette))
        else:
            self.query_one("#left-head", Bar).show(*settle_lines.legend(desk, palette=palette, width=width))
        self._show_case()
        self._show_status()

    def _select(self) -> None:
        """Mark the case in hand in the panes, and have them show it."""
        desk, case = self.desk, self.desk.case
        if case is None:
            return
        whole = (case.start, case.end)
        if self._paired:
            for number, view in enumerate((self.left, self.right)):
                edited = desk.edited()
                own = extent_of([edited] if edited else case.readings[number].spans)
                view.reveal(own or whole, marked=own is not None)
            if case.digest != self._reached:
                self._reached = case.digest
                self.left.reach(whole)
                self.left.align()
        else:
            own = extent_of([span]) if (span := desk.edited()) else None
            self.left.reveal(own or whole, marked=True)

    def _show_case(self) -> None:
        desk, look, width = self.desk, self.owner.look, self.size.width
        palette = look.palette
        self.query_one("#rule", Bar).show([("─" * width, palette.faint)])
        self.query_one("#title", Bar).show(settle_lines.case_title(desk, self.keys, palette=palette, width=width))
        here = desk.case is not None
        for number in range(self._rows):
            runs = settle_lines.reading(desk, number, look=look, width=width) if here else []
            self.query_one(f"#reading-{number}", Bar).show(runs)
        self.query_one("#gold", Bar).show(settle_lines.gold(desk, look=look, width=width) if here else [])
        self.query_one("#hints", Bar).show(settle_lines.hints(desk, self.keys, palette=palette, width=width))

    def _show_status(self) -> None:
        desk, palette = self.desk, self.owner.look.palette
        said = settle_lines.status(desk, self.keys, palette=palette, asking=self._asking, width=self.size.width)
        self.query_one("#status", Bar).show(*said)
