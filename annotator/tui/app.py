"""The app: the screens over one project and one annotator.

Invariant: nothing that is saved depends on the app ending in good order.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.theme import Theme as RichTheme
from textual import events
from textual.binding import Binding, BindingType
from textual.filter import NoColor

from annotator.config import Settings, in_force, settings_path
from annotator.errors import AnnotatorError, StoreError
from annotator.project import Project
from annotator.tui.commands import label_keys
from annotator.tui.keeping import keep_backups
from annotator.tui.keymap import keymap, settle_keys
from annotator.tui.look import textual_theme
from annotator.tui.paint import Theme
from annotator.tui.palettes import PALETTES
from annotator.tui.queue_commands import QUEUE_COMMANDS
from annotator.tui.safety import ControlFilter, accept_odd_keys, guard_pastes
from annotator.tui.screens.tag import TagScreen
from annotator.tui.still import collect_from_here
from annotator.tui.terminal import departing
from annotator.tui.terminal_app import TerminalApp
from annotator.tui.visits import Visits
from annotator.tui.walk import MINE, Walk

if TYPE_CHECKING:
    from textual.timer import Timer

    from annotator.agreeing import Choice
    from annotator.concordance import Look


LAST: Final = 2**62  # beyond every article
A_MOMENT: Final = 0.3  # seconds that leaving waits for the file before it says so


class AnnotatorApp(TerminalApp):
    """The terminal application.

    Args:
        project: The open database.
        annotator: Who works.
        settings: The person's settings.
        article: The article to begin with; the first that is not done if None.
        queue: Whether to begin with the queue instead.
        agreement: Whose agreement to show instead; None not to.
        concordance: The same of a concordance.
        clock: A monotonic clock, in seconds, for the time spent.
    """

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    TITLE = "annotator"
    RESUMES: ClassVar[bool] = True  # whether an article opens where it was left
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+z", "suspend_process", show=False, priority=True)]
    CSS = """
    Screen { background: $background; color: $foreground; scrollbar-size-vertical: 1; }
    Input, TextArea { background: $background; color: $foreground; background-tint: $background 0%; }
    Input > .input--placeholder { color: $text-muted; }
    TextArea .text-area--cursor-line { background: $background; }
    """

    def __init__(
        self,
        project: Project,
        *,
        annotator: str,
        settings: Settings,
        article: int | None = None,
        queue: bool = False,
        agreement: Choice | None = None,
        concordance: Look | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        settings = in_force(settings, colour="NO_COLOR" not in os.environ)
        palette = PALETTES[settings.theme]
        super().__init__(ansi_color=palette.native)
        self.project = project
        self.annotator = annotator
        self.settings = settings
        self.visits = Visits(project, annotator, clock=clock, idle=settings.idle)
        self.look = Theme(project.schema, palette)
        self.keys = keymap(settings, labels=label_keys(project.schema))
        self.queue_keys = keymap(settings, table=QUEUE_COMMANDS)
        self.register_theme(textual_theme(palette))
        self.theme = f"annotator-{palette.name}"
        self.console.push_theme(RichTheme(dict(palette.markdown)))
        if not palette.colour:
            self._filters.append(NoColor())
        self._article = article
        self._queue = queue
        self._agreement = agreement
        self._concordance = concordance
        self._saving = False  # whether leaving waits for the file
        self._waiting: Timer | None = None
        self.lost = 0  # batches of edits that were given up
        self.why_lost = ""
        self.tasks: asyncio.AbstractEventLoop | None = None
        self._filters.append(ControlFilter())

    def on_load(self) -> None:
        """Know where signals have to tell us to leave."""
        self.tasks = asyncio.get_running_loop()
        self.tasks.set_exception_handler(self._lost_error)

    def _lost_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """End by an error that nobody waited for; asyncio would print it, with the text that it is about."""
        error = context.get("exception")
        if isinstance(error, Exception):
            self._handle_exception(error)

    def on_mount(self) -> None:
        """Open the first screen."""
        self.call_after_refresh(collect_from_here)
        self.call_after_refresh(keep_backups, self)
        self.open_first_screen()

    def open_first_screen(self) -> None:
        """Open the article to begin with, or the queue, which costs a tenth of a second, where it is asked for."""
        first = None
        if not self._queue:
            first = self._article or self.last_place() or self.project.store.neighbour(0, step=1)
        if first is not None:
            screen = TagScreen(first, walk=None if self._article else self.walk_of_mine())
            screen.seen_from = inf
            self.push_screen(screen)
            return
        from annotator.tui.screens.queue import QueueScreen

        self.push_screen(QueueScreen())
        if self._agreement is not None:
            self.open_agreement(self._agreement, last=True)
        if self._concordance is not None:
            self.open_concordance(self._concordance, last=True)

    def open_agreement(
        self, choice: Choice | None = None, *, back: TagScreen | None = None, last: bool = False
    ) -> None:
        """Show how far annotators agree, above the queue.

        Args:
            choice: Whose layers are compared.
            back: The screen to go on with after that; the queue if left out.
            last: Whether to leave the program after that instead.
        """
        from annotator.tui.screens.agreement import AgreementScreen

        screen = AgreementScreen(choice)
        screen.back, screen.last = back, last
        self.push_screen(screen)

    def open_concordance(self, look: Look | None = None, *, back: TagScreen | None = None, last: bool = False) -> None:
        """Show where a string stands and how everybody read it, or which strings are read unevenly, above the queue.

        Args:
            look: For what; for the strings that are read unevenly if left out.
            back: As in `open_agreement`.
            last: As in `open_agreement`.
        """
        from annotator.tui.screens.concordance import ConcordanceScreen
        from annotator.tui.screens.forms import FormsScreen

        wanted = look.wanted if look is not None else None
        screen = FormsScreen(look) if look is None or wanted is None else ConcordanceScreen(wanted, look.choice)
        screen.back, screen.last = back, last
        self.push_screen(screen)

    def open_settling(self, article: int, readers: Sequence[str] = (), *, at: tuple[int, int] | None = None) -> str:
        """Settle an article above the screen in front, and the others of the round after it.

        Args:
            article: The article's number.
            readers: Whose layers are compared; those of all people if left out.
            at: Where the difference to begin with is.

        Returns:
            Why it cannot be, as without two readers or where the file cannot be written; "" if it was opened.
        """
        from annotator.settlement import readers_of
        from annotator.tui.screens.settle import SettleScreen
        from annotator.tui.settle_round import SettleRound

        try:
            self.project.store.require_lead(self.annotator, "settle")
            names, private = readers_of(self.project, readers), self.settings.private
            work = SettleRound(self.project, by=self.annotator, readers=names, private=private)
            screen = SettleScreen(work, work.open(article), keys=settle_keys(self.settings, self.project.schema), at=at)
        except AnnotatorError as error:
            return str(error)
        self.push_screen(screen)
        return ""

    def leave_settling(self, article: int) -> None:
        """Go back to what is beneath the settle screen, or out if nothing is."""
        from annotator.tui.screens.queue import QueueScreen

        if len(self.screen_stack) <= 2:  # the first is Textual's own, and blank
            self.exit()
            return
        self.pop_screen()
        if isinstance(self.screen, QueueScreen):
            self.screen.returned_to(article)

    def open_difference(self, article: int, extent: tuple[int, int], readers: Sequence[str]) -> str:
        """Go from a difference between annotators to where it can be settled.

        Where gold is one of them there is nothing to settle it into: the article is opened with the words selected.

        Args:
            article: The article's number.
            extent: Where the difference begins and ends.
            readers: Whose layers were compared.

        Returns:
            Why it cannot be; "" if it was opened.
        """
        kinds = dict(self.project.store.annotators())
        if any(kinds.get(name) == "gold" for name in readers):
            self.push_screen(TagScreen(article, at=extent))
            return ""
        return self.open_settling(article, readers, at=extent)

    def change_theme(self, name: str) -> str:
        """Have the colours of another theme until the end, and return how to keep them; screens paint themselves anew.

        Args:
            name: A theme as the settings name it; not the one without colour.
        """
        palette = PALETTES[name]
        self.look = Theme(self.project.schema, palette)
        self.console.pop_theme()
        self.console.push_theme(RichTheme(dict(palette.markdown)))
        self.register_theme(textual_theme(palette))
        self.ansi_color = palette.native
        self.theme = f"annotator-{palette.name}"
        return f'to keep these colours: theme = "{name}" in {settings_path().name}'

    def follow_schema(self) -> bool:
        """Have the labels and keys of another schema, if the database has moved to one; say whether it is so.

        Raises:
            AnnotatorError: If it cannot be read, or the person's keys do not go with its labels.
        """
        self.project.follow_schema()
        if self.look.schema.ref == self.project.schema.ref:
            return False
        self.keys = keymap(self.settings, labels=label_keys(self.project.schema))
        self.look = Theme(self.project.schema, self.look.palette)
        return True

    def leave(self, status: int) -> None:
        """End with an exit status; may be called by a signal's handler at any time.

        Raises:
            SystemExit: If there is nothing to end yet.
        """
        if self.tasks is None:
            raise SystemExit(status)
        with suppress(RuntimeError):  # it has ended meanwhile
            self.tasks.call_soon_threadsafe(partial(self.exit, return_code=status))

    async def action_quit(self) -> None:
        """Leave by Ctrl+Q."""
        self.quit()

    def quit(self) -> None:
        """Leave when all is saved, which is at once as a rule; asked again meanwhile, leave without what is not."""
        failed, reason = self.project.unsaved()
        if self._saving:
            self.lost = failed + self.project.abandon()
            self.why_lost = reason.message if reason else "another program held the file"
            self.exit()
        elif not self._leave_when_saved(A_MOMENT):
            from annotator.tui.screens.saving import SavingScreen

            self._saving = True
            failed, reason = self.project.unsaved()
            self.push_screen(SavingScreen(reason.message if reason else ""), self._stay)
            self._waiting = self.set_interval(A_MOMENT, partial(self._leave_when_saved, A_MOMENT / 6))

    def _leave_when_saved(self, patience: float) -> bool:
        saved = self.project.flush(patience) and not self.project.unsaved()[0]
        if saved:
            self.exit()
        return saved

    def _stay(self, _: None) -> None:
        self._saving = False
        if self._waiting is not None:
            self._waiting.stop()

    async def on_event(self, event: events.Event) -> None:
        """Take note that somebody is there."""
        if isinstance(event, events.InputEvent):
            self.visits.act()
        await super().on_event(event)

    def last_place(self) -> int:
        """Return the article that the annotator was at last; if it is done by now, the next that is not; 0 for none."""
        store = self.project.store
        last = store.place(self.annotator)
        if last is None:
            return store.next_to_do(self.annotator, after=0) or 0
        begun = store.next_to_do(self.annotator, after=last - 1)
        return begun or store.next_to_do(self.annotator, after=0) or last

    def walk_of_mine(self) -> Walk | None:
        """Return the way through what is assigned to the annotator; None where nothing is."""
        return Walk(self.annotator, MINE) if self.project.store.has_places(self.annotator) else None

    def next_to_do(self, article: int, *, claim: bool = False) -> int | None:
        """Return the next other article that the annotator has not done, from one on and round to the beginning.

        Args:
            article: The number of the one to go on from.
            claim: Whether to take a place at it, where places are taken as people come; one where others were quicker
                is passed over.

        Raises:
            StoreError: If the file cannot be written.
        """
        store, project = self.project.store, self.project
        if claim:
            project.release_lapsed()
        for start, end in ((article, LAST), (0, article)):
            found = store.next_to_do(self.annotator, after=start)
            while found is not None and found < end:
                if not (claim and project.claim(found, self.annotator)):
                    return found
                found = store.next_to_do(self.annotator, after=found)
        return None

    def leave_article(self, article: int, *, said: str = "") -> None:
        """Go back to the queue, with this article current and a message if there is something to say."""
        from annotator.tui.screens.queue import QueueScreen

        self.visits.leave()
        if any(isinstance(screen, QueueScreen) for screen in self.screen_stack):
            self.pop_screen()
            if isinstance(self.screen, QueueScreen):
                self.screen.returned_to(article, said=said)
        else:
            self.switch_screen(QueueScreen(article, said=said))


def run_until_left(app: AnnotatorApp) -> int:
    """Run an app until the person leaves, a signal ends it or an error does.

    Whichever it is, the terminal is as it was before and what was queued to be saved is saved.

    Returns:
        The exit status: 0, or 128 + the signal's number.

    Raises:
        Exception: The error that ended the app.
    """
    accept_odd_keys()
    guard_pastes()
    with departing(app.leave, app.project.flush) as departure:
        app.run()
        if app._exception is not None:
            raise app._exception
    if app.lost:
        raise StoreError(f"left without saving {app.lost} edit{'s' * (app.lost != 1)}", hint=app.why_lost)
    return departure.status or app.return_code or 0
