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

from annotator.errors import AnnotatorError
from annotator.session import Delta
from annotator.settlement import Settlement
from annotator.tui import settle_lines
from annotator.tui.commands import label_keys
from annotator.tui.reader_lanes import Group, extent_of
from annotator.tui.settle_desk import SettleDesk
from annotator.tui.settle_view import SettleView
from annotator.tui.still import still
from annotator.tui.widgets.bar import Bar

if TYPE_CHECKING:
    from annotator.tui.settle_app import SettleApp

SIDE_BY_SIDE: Final = 60  # columns from which two texts have room beside each other
LOOK_EVERY: Final = 1.0  # seconds after which it is looked whether others have saved something
LONGEST_WAIT: Final = 3.0  # seconds that leaving an article waits for the disk


class SettlePanes(Screen[None], inherit_bindings=False):
    """The panes over one article after the other; what keys and the mouse do is `SettleScreen`'s.

    Args:
        article: The number of the article to begin with.
    """

    ALLOW_SELECT = False
    BLANK = True
    CSS = """
    SettlePanes Horizontal { height: 1fr; }
    SettlePanes #left, SettlePanes #right { width: 1fr; }
    SettlePanes #right { border-left: vkey $border; }
    SettlePanes SettleView { height: 1fr; }
    """

    def __init__(self, article: int) -> None:
        super().__init__()
        self._first = article
        self._desk: SettleDesk | None = None
        self._labels: dict[str, str] = {}
        self._changes = 0  # of the file, as it was when it was looked at last
        self._asking = False  # whose cases to take
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
    def owner(self) -> SettleApp:
        """The app, by its own type."""
        return cast("SettleApp", self.app)

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
        self._labels = label_keys(self.owner.project.schema)
        for view in (self.left, self.right):
            view.wrap = self.owner.settings.wrap
        try:
            self.open(self._first)
        except AnnotatorError as error:
            self.owner.fail(error)
        self.set_interval(LOOK_EVERY, self._look_around)

    def _look_around(self) -> None:
        """Say if somebody has changed one of the layers that are compared, or the gold layer in another window."""
        if self._desk is None or not self.query("#status"):
            return
        store, work = self.owner.project.store, self._desk.work
        with suppress(AnnotatorError):  # what cannot be read now is told when it is needed
            changes = store.changes()
            if changes == self._changes:
                return
            self._changes = changes
            keys = self.owner.keys
            if work.session.changed_elsewhere():
                said = f"the gold layer was changed in another window: {keys.label('gold.save')} reads it again"
            elif any(store.revision(work.article.id, name) != layer.revision for name, layer in work.layers.items()):
                said = f"annotators have changed something: {keys.label('gold.read-again')} reads again"
            else:
                return
            self._desk.message = said
            self._show_status()

    def open(self, article: int) -> None:
        """Leave the open article and open another; what all agree on is taken over at once.

        Raises:
            AnnotatorError: If the open one cannot be saved or the other not be read.
        """
        blind = self._desk.blind if self._desk else self.owner.blind
        if self._desk is not None:
            self._desk.work.session.flush(LONGEST_WAIT)
            self._desk.work.session.on_saved = None
        with still():
            work = Settlement.open(self.owner.project, article, by=self.owner.annotator, readers=self.owner.readers)
            self._desk = SettleDesk(work, self.left.text_layout)
            self._desk.blind = blind
            if work.session.head.status == "open":
                self._desk.merge_agreed()
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
            self._show_status()

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

    def act(self, action: Callable[[], None]) -> None:
        """Do something with the desk, say what came of it, and paint."""
        self.desk.message = ""
        self.desk.pointer.rows = self.left.text_layout
        try:
            action()
        except AnnotatorError as error:
            self.desk.message = str(error)
        if self.is_attached:
            self._paint()

    def _paint(self) -> None:
        """Paint what the desk says."""
        desk, palette, width = self.desk, self.owner.look.palette, self.size.width
        self._select()
        head = settle_lines.head(
            desk, self.owner.project.path.stem, palette=palette, place=self.owner.place(desk), width=width
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
                own = extent_of(case.readings[number].spans)
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
        self.query_one("#title", Bar).show(settle_lines.case_title(desk, palette=palette, width=width))
        here = desk.case is not None
        for number in range(self._rows):
            runs = settle_lines.reading(desk, number, look=look, width=width) if here else []
            self.query_one(f"#reading-{number}", Bar).show(runs)
        self.query_one("#gold", Bar).show(settle_lines.gold(desk, look=look, width=width) if here else [])
        self.query_one("#hints", Bar).show(settle_lines.hints(desk, self.owner.keys, palette=palette, width=width))

    def _show_status(self) -> None:
        desk, palette = self.desk, self.owner.look.palette
        said = settle_lines.status(desk, self.owner.keys, palette=palette, asking=self._asking, width=self.size.width)
        self.query_one("#status", Bar).show(*said)
