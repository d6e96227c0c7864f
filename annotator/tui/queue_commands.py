"""Every action of the queue: its id, its keys, its help, and what it does.

Invariant: as in `commands`, help, palette, key handling and the README's list come from this table, and settings may
give other keys.
"""

from __future__ import annotations

from typing import Final, Literal, Protocol

from annotator.tui.commands import Command
from annotator.tui.pointer import Direction


class QueueHost(Protocol):
    """What actions need of the queue."""

    def open_article(self) -> None:
        """Open the article in hand."""

    def move(self, key: str) -> None:
        """Move in the list as the key of this name does in all lists."""

    def go_to_do(self) -> None:
        """Go to the next article that is not done."""

    def open_agreement(self) -> None:
        """Show how far annotators agree."""

    def open_settling(self) -> None:
        """Settle what annotators disagree on in the article in hand."""

    def open_concordance(self) -> None:
        """Show which strings are labelled inconsistently."""

    def begin_input(self, what: Literal["words", "days"]) -> None:
        """Ask for what to filter by."""

    def cycle_status(self, direction: Direction) -> None:
        """Filter by the next or previous status."""

    def pick_annotator(self) -> None:
        """Ask whose layers to go by."""

    def pick_label(self) -> None:
        """Ask which label the articles must have."""

    def mine_or_all(self) -> None:
        """Show what is assigned to one alone, or all articles again."""

    def show_all(self) -> None:
        """Filter by nothing."""

    def open_help(self) -> None:
        """Show the keys."""

    def open_palette(self) -> None:
        """Show all actions to search in."""

    def leave(self) -> None:
        """Out."""


QUEUE_COMMANDS: Final[tuple[Command, ...]] = (
    Command("queue.open", ("enter", "space"), "open the article", lambda host: host.open_article()),
    Command("queue.down", ("down",), "row below", lambda host: host.move("down")),
    Command("queue.up", ("up",), "row above", lambda host: host.move("up")),
    Command("queue.page-down", ("pagedown",), "page down", lambda host: host.move("pagedown")),
    Command("queue.page-up", ("pageup",), "page up", lambda host: host.move("pageup")),
    Command("queue.first", ("home",), "the first article", lambda host: host.move("home")),
    Command("queue.last", ("end",), "the last article", lambda host: host.move("end")),
    Command("queue.next-to-do", ("n",), "the next article to do", lambda host: host.go_to_do()),
    Command("queue.agreement", ("a",), "how far annotators agree, and where not", lambda host: host.open_agreement()),
    Command(
        "queue.settle",
        ("s",),
        "settle what annotators disagree on, in this article and on",
        lambda host: host.open_settling(),
    ),
    Command(
        "queue.concordance",
        ("c",),
        "which strings are labelled inconsistently",
        lambda host: host.open_concordance(),
    ),
    Command(
        "filter.words",
        ("/",),
        "search titles and texts; the last word may go on",
        lambda host: host.begin_input("words"),
    ),
    Command("filter.status", ("f",), "by status: to do, open, flagged, done", lambda host: host.cycle_status(1)),
    Command("filter.status-back", ("F",), "by status, backwards", lambda host: host.cycle_status(-1)),
    Command("filter.annotator", ("b",), "by annotator", lambda host: host.pick_annotator()),
    Command("filter.label", ("l",), "by label", lambda host: host.pick_label()),
    Command("filter.date", ("d",), "by date", lambda host: host.begin_input("days")),
    Command("filter.mine", ("m",), "what is assigned to you, or all", lambda host: host.mine_or_all()),
    Command("filter.none", ("escape",), "all articles again", lambda host: host.show_all()),
    Command("screen.help", ("?", "f1"), "keys", lambda host: host.open_help()),
    Command("screen.palette", (":", "ctrl+p"), "search all actions", lambda host: host.open_palette()),
    Command("screen.leave", ("q",), "quit; everything is saved", lambda host: host.leave()),
)
