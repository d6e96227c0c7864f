"""What the tag screen asks and shows in dialogs: notes, problems, help, actions.

Invariant: a dialog that is left with Escape changes nothing; what one answers goes through `TagScreen.act`
once the dialog is gone.  (Textual calls back before it takes the dialog away, and an action may open or close screens.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from annotator.tui.desk import short
from annotator.tui.keymap import key_label
from annotator.tui.palettes import THEMES
from annotator.tui.screens.dialogs import HelpScreen, NoteScreen, PickScreen
from annotator.tui.screens.tick import TickScreen

if TYPE_CHECKING:
    from annotator.tui.screens.tag import TagScreen


def note(screen: TagScreen, *, whole: bool) -> None:
    """Ask for the note on the span here, else (or if `whole`) on the article."""
    desk = screen.desk
    span = None if whole else desk.span_here()
    before = span.note if span else desk.session.head.note
    title = f"Note on {span.label} “{short(span.surface(desk.text))}”" if span else "Note on the article"

    def keep(answer: str | None) -> None:
        if answer is not None:
            screen.call_later(screen.act, lambda: desk.set_note(answer, span=span))

    screen.app.push_screen(NoteScreen(title, before), keep)


def problems(screen: TagScreen) -> None:
    """Show what is wrong; choosing a line goes to its span."""
    desk = screen.desk
    found = desk.session.problems
    if not found:
        desk.message = "no problems"
        return
    items = []
    for problem in found:
        span = desk.session.index.get(problem.span)
        words = f" “{short(span.surface(desk.text), 24)}”" if span else ""
        items.append((f"{problem.severity}:{words} {problem.message}", problem.hint))

    def jump(choice: int | None) -> None:
        span = desk.session.index.get(found[choice].span) if choice is not None else None
        if span is not None:
            screen.call_later(screen.act, lambda: desk.pick(span))

    screen.app.push_screen(PickScreen("Problems", items), jump)


def help_page(screen: TagScreen) -> None:
    """Show the keys, and the guideline of the label here."""
    schema = screen.schema
    span = screen.desk.span_here()
    label = schema.labels.get(span.label) if span else None
    guideline = (span.label, label.guideline) if span and label and label.guideline else None
    labels = [(label.key, name, label.description) for name, label in schema.labels.items()]
    screen.app.push_screen(HelpScreen(labels, guideline))


def palette(screen: TagScreen) -> None:
    """Show all actions to search in; choosing one does it."""
    commands = screen.owner.keys.commands
    items = [(f"{c.group}: {c.help}", "  ".join(map(key_label, c.keys))) for c in commands]
    themes = list(THEMES) if screen.owner.look.palette.colour else []  # whoever wants no colour gets none
    items += [(f"Theme: {THEMES[name]}", "") for name in themes]
    items.append(("Learn: the tutorial, eight small exercises", "annotator tutor"))

    def learn() -> None:
        screen.desk.message = "new here? leave, and run: annotator tutor"

    def run(choice: int | None) -> None:
        if choice is not None:
            doing: list[Callable[[], None]] = [*(partial(command.run, screen) for command in commands)]
            doing += [*(partial(screen.change_theme, name) for name in themes), learn]
            screen.call_later(screen.act, doing[choice])

    screen.app.push_screen(PickScreen("Actions", items), run)


def tag_all(screen: TagScreen) -> None:
    """Show every place with the same words as here, and tag those that stay ticked, in one step."""
    desk = screen.desk
    label, places = desk.places_like_here()
    if label is None or not places:
        return
    words = short(desk.text[places[0][0] : places[0][1]], 40)

    def apply(chosen: list[int] | None) -> None:
        if chosen:
            screen.call_later(screen.act, lambda: desk.tag_places(label, [places[number] for number in chosen]))

    screen.app.push_screen(TickScreen(f"Tag as {label}: “{words}”, {len(places)} more", desk.text, places), apply)
