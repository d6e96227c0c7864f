"""How the queue is filtered: what is picked and typed, and questions that the reader thread answers.

Invariant: an answer is shown only if the filter is still the one that it was asked for; nothing here holds the
screen's own thread for longer than a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from textual import events
from textual.widgets import Input

from annotator.core.dates import days
from annotator.errors import AnnotatorError
from annotator.store.queue import QueueFilter, QueueStatus
from annotator.store.reader import Superseded
from annotator.tui.desk import short
from annotator.tui.queue_window import Question
from annotator.tui.screens.dialogs import PickScreen

if TYPE_CHECKING:
    from annotator.tui.screens.queue import QueueScreen
    from annotator.tui.screens.queue_panes import QueuePanes

T = TypeVar("T")

QUICK: Final = 0.015  # seconds that the screen waits for an answer, so that most filters are one frame

STATUSES: Final[tuple[QueueStatus | None, ...]] = (None, "todo", "open", "flagged", "done")
UNREADABLE: Final = "no such days: write 2025-03-04, 2025-03, 2025, or from..to as 2025-01..2025-03"
PROMPTS: Final = {
    "words": ("words that title or text has; the last may go on", "Enter searches all texts · Esc leaves"),
    "days": ("2025-03-04, 2025-03, 2025, or from..to", "Enter filters by the articles' dates · Esc leaves"),
}


class FilterInput(Input):
    """The queue's input; what ends it does so at once, since a message would come after the other keys of a burst."""

    async def _on_key(self, event: events.Key) -> None:
        queue = cast("QueueScreen", self.screen)
        if not queue.asking:
            queue.on_key(event)
        elif event.key in ("enter", "escape"):
            event.stop()
            event.prevent_default()
            queue.answer(self.value if event.key == "enter" else None)
        else:
            await super()._on_key(event)


def hand_over(event: events.Key, box: Input) -> None:
    """Give the input a key that came to the screen in one burst with the one that opened the input.

    Other keys that the input has a use for come through it first, and are the app's to look up.
    """
    if event.is_printable or event.key in ("enter", "escape"):
        event.stop()
        event.prevent_default()
        box._forward_event(event.copy())


def next_status(chosen: QueueFilter, step: int) -> QueueFilter:
    """Return the filter with the next (1) or previous (-1) status."""
    return replace(chosen, status=STATUSES[(STATUSES.index(chosen.status) + step) % len(STATUSES)])


def prompt(what: str, chosen: QueueFilter) -> tuple[str, str, str]:
    """Return what an empty input says, what it begins with, and what its keys do."""
    empty, keys = PROMPTS[what]
    if what == "words":
        return empty, chosen.words, keys
    first, last = chosen.days or ("", "")
    return empty, (first if first == last else f"{first}..{last}"), keys


def read(what: str, typed: str, chosen: QueueFilter) -> QueueFilter | None:
    """Return the filter with what was typed, which may be nothing; None if it cannot be read."""
    typed = typed.strip()
    if what == "words":
        found = replace(chosen, words=typed)
        return found if found.searches else replace(chosen, words="")
    span = days(typed) if typed else None
    return None if typed and span is None else replace(chosen, days=span)


def pick_annotator(screen: QueuePanes) -> None:
    """Ask whose layers to go by."""
    people = screen.owner.project.store.annotators()
    items = [("everybody", "your own layers count"), *((name, str(kind)) for name, kind in people)]

    def chosen(number: int | None) -> None:
        if number is not None:
            screen.choose(replace(screen.chosen, by=people[number - 1][0] if number else ""))

    screen.app.push_screen(PickScreen("Articles that an annotator has a layer of", items), chosen)


def pick_label(screen: QueuePanes) -> None:
    """Ask which label the articles must have."""
    labels = screen.owner.project.schema.labels
    items = [("any", ""), *((name, short(label.description, 52)) for name, label in labels.items())]
    names = ["", *labels]
    keys = ["", *(label.key for label in labels.values())]

    def chosen(number: int | None) -> None:
        if number is not None:
            screen.choose(replace(screen.chosen, label=names[number]))

    screen.app.push_screen(PickScreen("Articles that have a label", items, keys=keys), chosen)


def hear(screen: QueuePanes, future: Future[T], then: Callable[[T], None], turn: int, *, rows: bool = False) -> None:
    """Show the reader's answer: in this very frame if it comes at once, else when it comes.

    Args:
        screen: Where.
        future: The answer to come.
        then: What shows it.
        turn: Of which filter it is.
        rows: Whether it is the rows themselves, so that without it there are none to show.
    """
    try:
        then(future.result(QUICK))
    except TimeoutError:
        screen.run_worker(_answered(screen, future, then, turn, rows=rows), group="answers")
    except AnnotatorError as error:
        screen.failed(error, turn, rows=rows)


async def _answered(screen: QueuePanes, future: Future[T], then: Callable[[T], None], turn: int, *, rows: bool) -> None:
    """Wait for the reader's answer and show it, unless the filter has changed meanwhile."""
    try:
        answer = await asyncio.wrap_future(future)
    except Superseded:
        return
    except AnnotatorError as error:
        screen.failed(error, turn, rows=rows)
        return
    if screen.is_of(turn):
        then(answer)


def index_then(screen: QueuePanes, question: Question, turn: int) -> Coroutine[Any, Any, None]:
    """Index what was loaded since the last search, which may take a while, then ask the question."""
    loop = asyncio.get_running_loop()

    def tell(done: int, of: int) -> bool:
        said = f"indexing the texts for the first search: {done:,} of {of:,} · Esc stops"
        wanted = screen.is_of(turn)
        if wanted:
            with suppress(RuntimeError):  # the app has ended meanwhile
                loop.call_soon_threadsafe(_say, screen, said, turn)
        return wanted

    async def run() -> None:
        _say(screen, "searching …", turn)
        try:
            await asyncio.to_thread(screen.owner.project.index_texts, tell)
            said = ""
        except AnnotatorError as error:
            said = str(error)  # and what is indexed is searched
        if screen.is_of(turn):
            _say(screen, said, turn)
            screen.look(question)

    return run()


def _say(screen: QueuePanes, said: str, turn: int) -> None:
    if screen.is_of(turn):
        screen.message = said
        screen.show()
