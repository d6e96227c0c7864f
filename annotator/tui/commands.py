"""Every action of the tag screen: its id, its keys, its help, and what it does.

Invariant: help, palette, key handling and the README's list of keys all come from `COMMANDS`; no two commands share a
key, and none uses a letter that labels may have.  Settings may give other keys: see `keymap`.  An action is one line of
the table.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from annotator.core.schema import Schema
from annotator.tui.desk import Desk
from annotator.tui.pointer import Direction


class Host(Protocol):
    """What actions need of the screen around the desk."""

    @property
    def desk(self) -> Desk:
        """The desk at work."""

    def page_rows(self) -> int:
        """Return how many rows of text are in view."""

    def next_article(self, direction: Direction) -> None:
        """Go to the next or previous article."""

    def next_to_do(self) -> None:
        """Go to the next article that is not done."""

    def open_note(self, *, whole: bool = False) -> None:
        """Ask for a note on the span here, else (or if `whole`) on the article."""

    def open_form(self, *, whole: bool = False) -> None:
        """Show the attributes of the span here, or (if `whole`) of the article."""

    def open_problems(self) -> None:
        """Show the list of problems."""

    def open_help(self) -> None:
        """Show the keys and the guideline."""

    def open_palette(self) -> None:
        """Show all actions to search in."""

    def ask_label(self) -> None:
        """Wait for a label key and retag the span here."""

    def find(self) -> None:
        """Look for words as they are typed."""

    def jump(self, *, extend: bool = False) -> None:
        """Paint letters over the words in view and go where they lead."""

    def tag_all(self) -> None:
        """Tag every place with the same words, after a look at them."""

    def cycle_density(self) -> None:
        """Show fewer or more label lanes."""

    def toggle_panel(self) -> None:
        """Show or hide the span panel."""

    def accept_in_view(self) -> None:
        """Accept all suggestions in view."""

    def toggle_suggestions(self) -> None:
        """Show or hide suggestions."""

    def cycle_beside(self) -> None:
        """Look at another layer of the article, the next one, or none."""

    def open_list(self) -> None:
        """Go to the span panel, where keys sort and filter."""

    def save_again(self) -> None:
        """Try to save what could not be saved, or reload what was changed elsewhere."""

    def open_agreement(self) -> None:
        """Leave for how far annotators agree."""

    def open_concordance(self) -> None:
        """Leave for the other places with the words here."""

    def leave(self) -> None:
        """Back to the queue, or out."""


@dataclass(frozen=True, slots=True)
class Command:
    """One action.

    Args:
        id: Its stable name, for settings.
        keys: Keys as `key_name` gives them.
        help: What it does, in a few words.
        run: Does it to the screen that has the command: a `Host`, or that of another table.
    """

    id: str
    keys: tuple[str, ...]
    help: str
    run: Callable[[Any], None]

    @property
    def group(self) -> str:
        """The heading that help shows it under."""
        return self.id.split(".")[0].capitalize()


Side = Literal["left", "right"]


def _step(direction: Direction, *, extend: bool = False) -> Callable[[Host], None]:
    def run(host: Host) -> None:
        desk = host.desk
        desk.go(desk.pointer.step(desk.place, direction, extend=extend or desk.extending))

    return run


def _rows(count: int, *, extend: bool = False) -> Callable[[Host], None]:
    def run(host: Host) -> None:
        desk = host.desk
        desk.go(desk.pointer.vertical(desk.place, count, extend=extend or desk.extending))

    return run


def _page(direction: Direction) -> Callable[[Host], None]:
    def run(host: Host) -> None:
        desk = host.desk
        desk.go(desk.pointer.vertical(desk.place, direction * host.page_rows(), extend=desk.extending))

    return run


def _row_edge(direction: Direction, *, extend: bool = False) -> Callable[[Host], None]:
    def run(host: Host) -> None:
        desk = host.desk
        desk.go(desk.pointer.row_edge(desk.place, direction, extend=extend or desk.extending))

    return run


def _sentence(direction: Direction) -> Callable[[Host], None]:
    def run(host: Host) -> None:
        desk = host.desk
        desk.go(desk.pointer.sentence(desk.place, direction, extend=desk.extending))

    return run


def _name(direction: Direction) -> Callable[[Host], None]:
    def run(host: Host) -> None:
        desk = host.desk
        desk.go(desk.pointer.entity(desk.place, direction, extend=desk.extending))

    return run


def _text_edge(direction: Direction) -> Callable[[Host], None]:
    def run(host: Host) -> None:
        desk = host.desk
        desk.go(desk.pointer.text_edge(desk.place, direction, extend=desk.extending))

    return run


def _edge(side: Side, direction: Direction) -> Callable[[Host], None]:
    return lambda host: host.desk.move_edge(side, direction)


def _grow(host: Host) -> None:
    host.desk.go(host.desk.pointer.grow(host.desk.place))


def _shrink(host: Host) -> None:
    host.desk.go(host.desk.pointer.shrink(host.desk.place))


def _done(host: Host) -> None:
    # A flag says that somebody has to look again; going on must not take it away.
    if host.desk.session.head.status == "flagged" or host.desk.set_status("done"):
        host.next_to_do()


def _flag(host: Host) -> None:
    host.desk.set_status("open" if host.desk.session.head.status == "flagged" else "flagged")


def _reopen(host: Host) -> None:
    host.desk.set_status("open")


COMMANDS: Final[tuple[Command, ...]] = (
    Command("move.right", ("right",), "next token", _step(1)),
    Command("move.left", ("left",), "previous token", _step(-1)),
    Command("move.down", ("down",), "row below", _rows(1)),
    Command("move.up", ("up",), "row above", _rows(-1)),
    Command("move.page-down", ("pagedown",), "page down", _page(1)),
    Command("move.page-up", ("pageup",), "page up", _page(-1)),
    Command("move.row-start", ("home",), "start of the row", _row_edge(-1)),
    Command("move.row-end", ("end",), "end of the row", _row_edge(1)),
    Command("move.text-start", ("ctrl+home",), "start of the article", _text_edge(-1)),
    Command("move.text-end", ("ctrl+end",), "end of the article", _text_edge(1)),
    Command("move.next-sentence", (")",), "next sentence", _sentence(1)),
    Command("move.previous-sentence", ("(",), "previous sentence", _sentence(-1)),
    Command("move.next-name", ("n",), "next name or number", _name(1)),
    Command("move.previous-name", ("N",), "previous name or number", _name(-1)),
    Command("move.find", ("/",), "search as you type", lambda host: host.find()),
    Command("move.jump", ("f",), "jump to a word in view by its letters", lambda host: host.jump()),
    Command("select.jump", ("F",), "select up to a word in view, by its letters", lambda host: host.jump(extend=True)),
    Command("move.next-span", ("tab",), "next span or suggestion", lambda host: host.desk.next_span(1)),
    Command("move.previous-span", ("shift+tab",), "previous span or suggestion", lambda host: host.desk.next_span(-1)),
    Command("select.right", ("shift+right",), "one token more to the right", _step(1, extend=True)),
    Command("select.left", ("shift+left",), "one token more to the left", _step(-1, extend=True)),
    Command("select.down", ("shift+down",), "down to the next row", _rows(1, extend=True)),
    Command("select.up", ("shift+up",), "up to the row above", _rows(-1, extend=True)),
    Command("select.row-start", ("shift+home",), "to the start of the row", _row_edge(-1, extend=True)),
    Command("select.row-end", ("shift+end",), "to the end of the row", _row_edge(1, extend=True)),
    Command("select.extend", ("v",), "extend with plain moves", lambda host: host.desk.toggle_extending()),
    Command("select.grow", ("e",), "grow: token, clause, sentence", _grow),
    Command("select.shrink", ("E",), "shrink", _shrink),
    Command("select.left-edge-left", ("[",), "left edge to the left, also of a span", _edge("left", -1)),
    Command("select.left-edge-right", ("]",), "left edge to the right", _edge("left", 1)),
    Command("select.right-edge-left", ("{",), "right edge to the left", _edge("right", -1)),
    Command("select.right-edge-right", ("}",), "right edge to the right, also of a span", _edge("right", 1)),
    Command("select.characters", ("`",), "by character, not token", lambda host: host.desk.toggle_character_mode()),
    Command("select.cancel", ("escape",), "back to a single token", lambda host: host.desk.cancel()),
    Command("tag.repeat", (".",), "tag with the last label", lambda host: host.desk.repeat()),
    Command("tag.retag", ("t",), "another label for the span here", lambda host: host.ask_label()),
    Command("tag.all", ("R",), "tag all places with the same words", lambda host: host.tag_all()),
    Command("tag.delete", ("x", "delete"), "delete the span here", lambda host: host.desk.delete()),
    Command("tag.attributes", ("#", "enter"), "attributes of the span here", lambda host: host.open_form()),
    Command(
        "tag.same-attributes", (",",), "attributes of the span edited last", lambda host: host.desk.repeat_attributes()
    ),
    Command("tag.accept", ("y",), "accept the suggestion here", lambda host: host.desk.offers.accept()),
    Command("tag.accept-all", ("Y",), "accept all suggestions in view", lambda host: host.accept_in_view()),
    Command("tag.dismiss", ("X",), "dismiss the suggestion here", lambda host: host.desk.offers.dismiss()),
    Command("article.undo", ("u",), "undo", lambda host: host.desk.undo()),
    Command("article.redo", ("U",), "redo", lambda host: host.desk.redo()),
    Command("article.next", (">",), "next article", lambda host: host.next_article(1)),
    Command("article.previous", ("<",), "previous article", lambda host: host.next_article(-1)),
    Command("article.done", ("space",), "done, and on to the next", _done),
    Command("article.flag", ("!",), "flag for a second look (again: unflag)", _flag),
    Command("article.reopen", ("O",), "open again what was done", _reopen),
    Command("article.note", ("m",), "note on the span here, else the article", lambda host: host.open_note()),
    Command("article.own-note", ("M",), "note on the article", lambda host: host.open_note(whole=True)),
    Command("article.attributes", ("A",), "attributes of the article", lambda host: host.open_form(whole=True)),
    Command("article.problems", ("P",), "list problems, jump to one", lambda host: host.open_problems()),
    Command("article.save", ("ctrl+s",), "save again after a failure", lambda host: host.save_again()),
    Command("screen.density", ("V",), "label lanes: overlaps, all, off", lambda host: host.cycle_density()),
    Command("screen.panel", ("s",), "span panel", lambda host: host.toggle_panel()),
    Command("screen.list", ("S",), "go to the span panel: sort, filter", lambda host: host.open_list()),
    Command("screen.suggestions", ("H",), "hide suggestions, or show them", lambda host: host.toggle_suggestions()),
    Command("screen.beside", ("L",), "look at another's spans beside yours", lambda host: host.cycle_beside()),
    Command("screen.agreement", ("G",), "how far annotators agree, and where not", lambda host: host.open_agreement()),
    Command("screen.concordance", ("K",), "these words everywhere, as all read them", lambda h: h.open_concordance()),
    Command("screen.help", ("?", "f1"), "keys, and the guideline of the label here", lambda host: host.open_help()),
    Command("screen.palette", (":", "ctrl+p"), "search all actions", lambda host: host.open_palette()),
    Command("screen.leave", ("q",), "back to the queue", lambda host: host.leave()),
)

# Letters that sit on the same key as a Latin one: Russian and Ukrainian ЙЦУКЕН, Arabic 101.  Their users need not
# switch layouts to tag.
_LAYOUTS: Final = (
    ("qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзфывапролдячсмить"),
    ("s]}", "іїЇ"),
    ("[]{}<>.,`", "хъХЪБЮюбё"),
    ("qwertyuiopasdfghjklzxcvnm[]", "ضصثقفغعهخحشسيبلاتنمئءؤرىةجد"),
)
ALIASES: Final[Mapping[str, str]] = {
    **{there: here for latin, other in _LAYOUTS for here, there in zip(latin, other, strict=True)},
    **{there.upper(): here.upper() for here, there in zip(*_LAYOUTS[0], strict=True)},
}


def label_keys(schema: Schema) -> dict[str, str]:
    """Return the label of each key: its letter, and its number from 1."""
    keys = {label.key: name for name, label in schema.labels.items() if label.key}
    keys.update({str(number): name for number, name in zip(range(1, 10), schema.labels, strict=False)})
    return keys


def groups(commands: Sequence[Command] = COMMANDS) -> Iterator[tuple[str, list[Command]]]:
    """Yield the headings of the help and the commands under each."""
    for group in dict.fromkeys(command.group for command in commands):
        yield group, [command for command in commands if command.group == group]


def key_name(key: str, character: str | None, *known: Container[str]) -> str:
    """Return a key as commands name it: the character where there is one, else the terminal's name for the key.

    Args:
        key: The terminal's name.
        character: What it types, if it does.
        known: Names with a meaning; one in none of them is taken for the Latin letter on the same key, if any.
    """
    name = character if character and character.isprintable() and not character.isspace() else key
    return name if any(name in names for names in known) else ALIASES.get(name, name)
