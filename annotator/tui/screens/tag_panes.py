"""The panes of the tag screen: opening articles, and painting what the desk says.

Invariant: what is shown is what the open session has; "saved" is shown only when the journal has it on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from textual import events
from textual._time import get_time
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen

from annotator.core.counting import count
from annotator.core.edits import Delta
from annotator.core.index import SpanIndex
from annotator.core.schema import Schema
from annotator.errors import AnnotatorError
from annotator.session import Session
from annotator.tui import lines
from annotator.tui.article import ArticleView
from annotator.tui.commands import label_keys
from annotator.tui.desk import Desk
from annotator.tui.frames import FrameCompositor
from annotator.tui.prompts import Prompt
from annotator.tui.queue_lines import filter_names
from annotator.tui.screens.tag_place import find_place
from annotator.tui.widgets.bar import Bar
from annotator.tui.widgets.panel import SpanPanel
from annotator.tui.widgets.side_by_side import Panes

if TYPE_CHECKING:
    from annotator.tui.app import AnnotatorApp
    from annotator.tui.visits import Where
    from annotator.tui.walk import Walk

PANEL_FROM: Final = 100  # columns of a terminal from which the panel does not squeeze the text
FACTS_FROM: Final = 16  # lines of a terminal from which the article can spare one
LONG: Final = 200_000  # code points of an article whose opening is felt
GLANCE: Final = 20_000  # code points of it that are shown meanwhile: more than any screen holds
GLANCE_TIME: Final = 0.03  # seconds until it is surely painted: Textual holds the first frames back for a moment
CHECKED_AT_ONCE: Final = 2_000  # spans
CHECKED_AT_A_TIME: Final = 200  # spans: about two milliseconds
CHECK_PAUSE: Final = 0.01  # seconds
AT_WORK: Final = 0.3  # seconds after a key in which the next may come, and finds nothing else being done
LOOK_EVERY: Final = 1.0  # seconds after which it is looked whether others have saved something
KEPT_EVERY: Final = 10.0  # seconds after which the place and the time spent are kept, if they are new
LEAD: Final = 300  # code points that are shown before what a search has found, some rows
LONGEST_WAIT: Final = 3.0  # seconds that leaving an article waits for the disk


class TagPanes(Screen[None], inherit_bindings=False):
    """The panes over one session after the other; what keys and the mouse do is `TagScreen`'s.

    Args:
        article: The number of the article to begin with.
        at: Start and end of what to select there; where the annotator was last if None.
        walk: The filter to keep to when going on; all articles if None.
    """

    ALLOW_SELECT = False
    BLANK = True  # the panes and bars cover it wholly
    CSS = """
    TagScreen ArticleView { width: 1fr; }
    """

    def __init__(self, article: int, *, at: tuple[int, int] | None = None, walk: Walk | None = None) -> None:
        super().__init__()
        self._compositor = FrameCompositor()
        self._first = article
        self._at = at
        self._walk = walk
        self._back: int | None = None  # the article from which one came here by having done it
        self._session: Session | None = None
        self._desk: Desk | None = None
        self._prompt: Prompt | None = None
        self._searched = ""
        self._labels: dict[str, str] = {}
        self._panel_wanted = True
        self._listing = False  # keys go to the panel now, so it shows however narrow the terminal is
        self._position = (0, 0, 0)
        self._clicked: int | None = None
        self._acted = 0.0  # when a key or the mouse was last answered, in seconds of the system's own clock
        self._where: Where | None = None  # of the visit
        self.seen_from = 0.0
        """Keys from before this time, of Textual's clock, are left out: nobody had seen what they would change."""
        self._early: list[events.Key] = []  # keys that came before the article was open
        self._given_up: AnnotatorError | None = None  # the failure of which it was said that leaving loses edits
        self._changes = 0  # of the file, as it was when it was looked at last
        self._glancing = False  # only the beginning of the first article is there yet

    def compose(self) -> ComposeResult:
        """Build the screen."""
        yield Bar(id="head")
        with Panes():
            yield ArticleView(id="article")
            yield SpanPanel(id="panel")
        yield Bar(id="facts")
        yield Bar(id="labels")
        yield Bar(id="status")

    @property
    def owner(self) -> AnnotatorApp:
        """The app, by its own type."""
        return cast("AnnotatorApp", self.app)

    @property
    def desk(self) -> Desk:
        """The desk at work."""
        assert self._desk is not None
        return self._desk

    @property
    def session(self) -> Session:
        """The open session."""
        assert self._session is not None
        return self._session

    @property
    def bars(self) -> int:
        """How many lines there are below the article."""
        return 2 + bool(self.query_one("#facts", Bar).display)

    @property
    def schema(self) -> Schema:
        """The schema in force."""
        return self.owner.project.schema

    @property
    def view(self) -> ArticleView:
        """The article view."""
        return self.query_one(ArticleView)

    def on_mount(self) -> None:
        """Open the first article, or go back if it cannot be opened."""
        self._labels = label_keys(self.schema)
        self._panel_wanted = self.owner.settings.panel
        self.view.can_focus = False  # keys are the screen's
        self.view.density = self.owner.settings.density
        self.view.wrap = self.owner.settings.wrap
        self._fit_panel(self.size)
        self.set_interval(KEPT_EVERY, self.owner.visits.keep)
        self.set_interval(LOOK_EVERY, self._look_around)
        if self.seen_from:
            self.call_after_refresh(self._now_seen)
        try:
            article = self.owner.project.store.article(self._first)
        except AnnotatorError as error:
            self.call_later(self.owner.leave_article, self._first, said=str(error))
            return
        if len(article.text) > LONG:  # show its beginning at once; wrapping and spans take longer than a glance
            self.view.show(article.text[:GLANCE], SpanIndex(), self.schema)
            self._glancing = True
        else:
            self._open_first()

    def _now_seen(self) -> None:
        self.seen_from = get_time()

    def _open_first(self) -> None:
        try:
            self.open(self._first)
        except AnnotatorError as error:
            self.call_later(self.owner.leave_article, self._first, said=str(error))
        else:
            self.show()

    def on_unmount(self) -> None:
        """Listen no more to the writer, and keep the place."""
        if self._where is not None:  # the next article may have been entered before this screen is gone
            self.owner.visits.leave(self._where)
        if self._session is not None:
            self._session.on_saved = None

    def open(self, article: int, *, at: tuple[int, int] | None = None) -> None:
        """Leave the open article and open another.

        Args:
            article: Its number.
            at: Start and end of what to select there, as for the first.

        Raises:
            AnnotatorError: If the open one cannot be saved or the other not be read; nothing has changed then.
        """
        project = self.owner.project
        if self._session is not None:
            self._session.flush(LONGEST_WAIT)
        barred = project.claim(article, self.owner.annotator)
        session = project.session(article, self.owner.annotator)
        self._follow_schema()
        session.barred = barred
        self._at, self._back = at or self._at, None
        with self.owner.tidier.still(length=len(session.article.text), spans=len(session.index)):
            self._begin(article, session)

    def _follow_schema(self) -> str:
        """Show the labels of another schema, if the database has moved to one; return its name then, else ""."""
        if not self.owner.follow_schema():
            return ""
        self._labels = label_keys(self.schema)
        return self.schema.ref

    def _begin(self, article: int, session: Session) -> None:
        """Put an article that was read in the place of the one that was open."""
        self._place(article)  # first: it reads, and where that fails the other one is still open
        if self._session is not None:
            self._session.on_saved = None
        before, self._session = self._desk, session
        self._watch_saving()
        self._show_layer()
        self._desk = Desk(session, self.view.text_layout)
        self._desk.on_delta = self._changed
        self._desk.key_of = self.owner.keys.label
        self._resume(article)
        self._desk.last_label = before.last_label if before else None
        if len(session.index):
            self._desk.message = count(len(session.index), "span")
        if session.barred:
            self._desk.message = f"only to read: {session.barred}"
        if session.check_on(CHECKED_AT_ONCE):
            self.set_timer(CHECK_PAUSE, self._check_on)

    def _place(self, article: int) -> None:
        """Find out where the article is among all, or in the filter."""
        project = self.owner.project
        self._position = (article, project.store.position(article), project.store.count())
        if self._walk is None:
            return
        self._walk.enter(article)
        self._position = (article, *find_place(self, self._walk, article, self._placed))

    def is_at(self, article: int) -> bool:
        """Say whether an article is open."""
        return self.is_attached and self._position[0] == article

    def _placed(self, article: int, place: int, count: int) -> None:
        """Show the place that has come late, if the article is still open."""
        if self._position[0] == article:
            self._position = (article, place, count)
            if self._desk is not None and self.query("#head"):
                self._show_head()

    def _resume(self, article: int) -> None:
        """Go where the annotator was in the article, or where a search has led."""
        desk, view = self.desk, self.view
        self._where = lambda: (*desk.place.extent, view.top)
        last = self.owner.visits.enter(article, self._where)
        last = last if self.owner.RESUMES else None
        at, self._at = self._at, None
        start, end = at or ((last.start, last.end) if last else (0, 0))
        if 0 <= start < end <= len(desk.text):
            select = desk.pointer.select_found if at else desk.pointer.select
            desk.place = select(start, end)
            view.top = last.top if last and not at else max(0, start - LEAD)

    def _check_on(self) -> None:
        """Check some more spans of a long layer while nobody types, and show what is wrong when all are checked."""
        if self._session is None:
            return
        if monotonic() - self._acted < AT_WORK or self._session.check_on(CHECKED_AT_A_TIME):
            self.set_timer(CHECK_PAUSE, self._check_on)
        elif self._desk is not None:
            self._show_status()

    def _look_around(self) -> None:
        """Say if another window has changed what is open here, and how many articles there are by now."""
        if self._session is None or self._desk is None or not self.query("#status"):
            return
        store = self.owner.project.store
        with suppress(AnnotatorError):  # what cannot be read now is told when it is needed
            changes = store.changes()
            if changes == self._changes:
                return
            self._changes = changes
            self._desk.outdated = self._desk.outdated or self._session.changed_elsewhere()
            article, position, count = self._position
            if self._walk is None and count != (now := store.count()):
                self._position = (article, position, now)
        self._show_head()
        self._show_status()

    def _show_layer(self) -> None:
        """Have the panes show the layer as it is now."""
        text, index = self.session.article.text, self.session.index
        self.view.show(text, index, self.schema)
        self.query_one(SpanPanel).open(text, index, self.schema, problems_of=self.session.problems_of)

    def _watch_saving(self) -> None:
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the app has ended meanwhile
                loop.call_soon_threadsafe(self._saved)

        self.session.on_saved = tell

    def _saved(self) -> None:
        if self._desk is not None and self.query("#status"):  # the bars go before the screen does
            self._show_status()

    def _changed(self, delta: Delta) -> None:
        self.view.spans_changed(delta.put, delta.taken)
        self.query_one(SpanPanel).spans_changed(delta.put, delta.taken)

    def act(self, action: Callable[[], None]) -> None:
        """Do something with the desk, say what came of it, and paint."""
        self._acted = monotonic()
        self.desk.message = ""
        self.desk.pointer.rows = self.view.text_layout
        try:
            action()
        except AnnotatorError as error:
            self.desk.message = str(error)
        if self.is_attached:
            self.show()

    def show(self) -> None:
        """Paint what the desk says."""
        desk = self.desk
        self.view.character_mode = desk.pointer.by_character
        self.view.selection = desk.place.extent
        panel = self.query_one(SpanPanel)
        panel.in_hand = self._listing
        if panel.display:
            here = desk.span_here()
            problems = self.session.problems_of(here) if here is not None else []
            panel.update(here, problems, at=desk.place.start, offered=desk.offers.in_hand())
        else:
            told = lines.facts(desk, look=self.owner.look, keys=self.owner.keys, width=self.size.width)
            self.query_one("#facts", Bar).show(told)
        self._show_head()
        counts = self.session.index.counts
        self.query_one("#labels", Bar).show(lines.labels(self.owner.look, counts, width=self.size.width))
        self._show_status()

    def _show_head(self) -> None:
        _, position, count = self._position
        self.query_one("#head", Bar).show(
            *lines.head(
                self.owner.project.path.stem,
                self.session.article,
                self.session.head,
                palette=self.owner.look.palette,
                position=position,
                count=count,
                width=self.size.width,
                through=" · ".join(filter_names(self._walk.chosen)) if self._walk else "",
            )
        )

    def _show_status(self) -> None:
        look, keys = self.owner.look, self.owner.keys
        said = lines.status(self.desk, look=look, keys=keys, prompt=self._prompt, width=self.size.width)
        self.query_one("#status", Bar).show(*said)

    def hear(self, said: str) -> None:
        """Say what has happened in the background, unless there is something else to read."""
        if not self.desk.message:
            self.desk.message = said
            self._show_status()

    def on_resize(self, event: events.Resize) -> None:
        """Make room for the text on narrow terminals."""
        self._fit_panel(event.size)
        self.call_after_refresh(self._after_resize)

    def _after_resize(self) -> None:
        if not self.query("#status"):
            return  # what is to come after a refresh may come after this screen
        if self._glancing:
            self._glancing = False
            self.set_timer(GLANCE_TIME, self._open_first)
        elif self._desk is not None:
            self._desk.pointer.rows = self.view.text_layout
            self.show()

    def _fit_panel(self, size: Size) -> None:
        shown = self._listing or (self._panel_wanted and size.width >= PANEL_FROM)
        panel = self.query_one(SpanPanel)
        if shown and not panel.display and self._desk is not None:
            panel.relist()  # what was changed while it was hidden it was not told
        panel.display = shown
        self.query_one("#facts", Bar).display = not shown and size.height >= FACTS_FROM
