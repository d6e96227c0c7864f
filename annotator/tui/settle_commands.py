"""Every action of the settle screen: its id, its keys, its help, and what it does.

Invariant: as in `commands`, help, palette, key handling and the README's list come from this table, and settings may
give other keys; digits take a reader's side and stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, Protocol

from annotator.tui.commands import Command
from annotator.tui.pointer import Direction

if TYPE_CHECKING:
    from annotator.tui.settle_desk import SettleDesk


class SettleHost(Protocol):
    """What actions need of the screen around the desk."""

    @property
    def desk(self) -> SettleDesk:
        """The desk at work."""

    def scroll_rows(self, count: int, *, pages: bool = False) -> None:
        """Scroll the text by rows, or by pages."""

    def ask_note(self) -> None:
        """Ask for the reason."""

    def ask_reader(self) -> None:
        """Wait for the number of a reader, and take all of theirs."""

    def open_form(self) -> None:
        """Show the attributes of the span being edited."""

    def export_example(self) -> None:
        """Append the case to the file of examples."""

    def toggle_blind(self) -> None:
        """Hide or show names."""

    def read_again(self) -> None:
        """Read the layers anew."""

    def cancel(self) -> None:
        """End what is going on, or show all differences, or leave for the screen beneath."""

    def next_article(self, direction: Direction) -> None:
        """Go to the next or previous article."""

    def next_to_settle(self) -> None:
        """Mark the article done and go to the next that is not."""

    def save_again(self) -> None:
        """Try to save what could not be saved."""

    def open_help(self) -> None:
        """Show the keys."""

    def open_palette(self) -> None:
        """Show all actions to search in."""

    def leave(self) -> None:
        """Out."""


def _edge(side: Literal["left", "right"], direction: Direction) -> Callable[[SettleHost], None]:
    return lambda host: host.desk.move_edge(side, direction)


def _tab(direction: Direction) -> Callable[[SettleHost], None]:
    def run(host: SettleHost) -> None:
        if host.desk.editing:
            host.desk.next_edited(direction)
        else:
            host.desk.move_open(direction)

    return run


def _enter(host: SettleHost) -> None:
    if host.desk.editing:
        host.desk.end_edit()
    else:
        host.desk.keep()


def _both(host: SettleHost) -> None:
    host.desk.both()


SETTLE_COMMANDS: Final[tuple[Command, ...]] = (
    Command("settle.next", ("n", "right"), "next case of the list", lambda host: host.desk.move(1)),
    Command("settle.previous", ("p", "N", "left"), "previous case of the list", lambda host: host.desk.move(-1)),
    Command("settle.next-open", ("tab",), "next open case; while editing: next span", _tab(1)),
    Command("settle.previous-open", ("shift+tab",), "previous open case, or span", _tab(-1)),
    Command("settle.both", ("b", "+"), "take both, or all, readings", _both),
    Command("settle.keep", ("enter",), "keep what the gold layer has; ends editing", _enter),
    Command(
        "settle.all-of-one",
        ("A",),
        "then 1–9: take all open cases of the list from one reader",
        lambda host: host.ask_reader(),
    ),
    Command("settle.agreed", ("a",), "take over what all agree on", lambda host: host.desk.merge_agreed()),
    Command("settle.note", ("m",), "why: a note on the decision", lambda host: host.ask_note()),
    Command("settle.kind", ("f",), "list by kind: the next one that occurs", lambda host: host.desk.cycle_kind(1)),
    Command("settle.kind-back", ("F",), "list by kind, backwards", lambda host: host.desk.cycle_kind(-1)),
    Command("settle.label", ("l",), "list by label: the next one that occurs", lambda host: host.desk.cycle_label(1)),
    Command("settle.label-back", ("L",), "list by label, backwards", lambda host: host.desk.cycle_label(-1)),
    Command(
        "settle.cancel",
        ("escape",),
        "end editing, else list all differences, else back to where you came from",
        lambda host: host.cancel(),
    ),
    Command(
        "settle.example", ("x",), "append the decision to the guideline examples", lambda host: host.export_example()
    ),
    Command("settle.blind", ("B",), "hide or show the names", lambda host: host.toggle_blind()),
    Command(
        "edit.begin",
        ("e",),
        "edit what the gold layer has; else take the first reading and edit it",
        lambda host: host.desk.edit(),
    ),
    Command("edit.left-edge-left", ("[",), "left edge to the left", _edge("left", -1)),
    Command("edit.left-edge-right", ("]",), "left edge to the right", _edge("left", 1)),
    Command("edit.right-edge-left", ("{",), "right edge to the left", _edge("right", -1)),
    Command("edit.right-edge-right", ("}",), "right edge to the right", _edge("right", 1)),
    Command("edit.attributes", ("#",), "attributes of the span being edited", lambda host: host.open_form()),
    Command("gold.undo", ("u",), "undo, to the very start", lambda host: host.desk.undo()),
    Command("gold.redo", ("U",), "redo", lambda host: host.desk.redo()),
    Command("gold.done", ("space",), "done, and on to the next article", lambda host: host.next_to_settle()),
    Command("gold.next", (">",), "next article", lambda host: host.next_article(1)),
    Command("gold.previous", ("<",), "previous article", lambda host: host.next_article(-1)),
    Command("gold.read-again", ("r",), "read the annotators' layers again", lambda host: host.read_again()),
    Command("gold.save", ("ctrl+s",), "save again after a failure", lambda host: host.save_again()),
    Command("view.down", ("down",), "scroll down", lambda host: host.scroll_rows(1)),
    Command("view.up", ("up",), "scroll up", lambda host: host.scroll_rows(-1)),
    Command("view.page-down", ("pagedown",), "page down", lambda host: host.scroll_rows(1, pages=True)),
    Command("view.page-up", ("pageup",), "page up", lambda host: host.scroll_rows(-1, pages=True)),
    Command("screen.help", ("?", "f1"), "keys, and the guideline of the label here", lambda host: host.open_help()),
    Command("screen.palette", (":", "ctrl+p"), "search all actions", lambda host: host.open_palette()),
    Command(
        "screen.leave", ("q",), "back to where you came from, or quit; everything is saved", lambda host: host.leave()
    ),
)
