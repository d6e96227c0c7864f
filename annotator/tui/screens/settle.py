"""The settle screen: the cases of one article, and the keys that settle them.

Invariant: a key is answered in the frame after it, and does one thing; panes and painting are `settle_panes`'s.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

from textual import events

from annotator.core.checks import Checker
from annotator.errors import AnnotatorError, ConflictError
from annotator.tui.commands import key_name
from annotator.tui.desk import short
from annotator.tui.keymap import key_label
from annotator.tui.pointer import Direction
from annotator.tui.screens.settle_panes import LONGEST_WAIT, SettlePanes
from annotator.tui.settle_view import SettleView

HARMLESS: Final = ("view.", "screen.", "settle.cancel", "settle.blind", "gold.save")
"""Actions that do the same whatever the readings are."""


class SettleScreen(SettlePanes):
    """One person who settles one article after the other."""

    def on_key(self, event: events.Key) -> None:
        """Run the command that the key stands for, or take a reader's side."""
        if self.owner.typed_ahead(event, self):
            return
        event.stop()
        event.prevent_default()
        if self._desk is None:
            return
        name = key_name(event.key, event.character, self.keys.by_key, self._labels)
        command = self.keys.by_key.get(name)
        harmless = command is not None and command.id.startswith(HARMLESS) and not self._asking
        self.act(lambda: self._answer(name), decides=not harmless)

    def _answer(self, name: str) -> None:
        desk, asking = self.desk, self._asking
        self._asking = False
        digit = int(name) if len(name) == 1 and name.isascii() and name.isdecimal() else None
        if asking:
            if digit:
                desk.take_all(digit - 1)
        elif digit is not None:
            if digit:
                desk.take(digit - 1)
            else:
                desk.neither()
        elif desk.editing and name in self._labels:
            desk.relabel(self._labels[name])
        elif name in self.keys.by_key:
            self.keys.by_key[name].run(self)
        else:
            helps = self.keys.label("screen.help")
            told = f"; {helps} lists the keys" if helps else ""
            desk.message = f"{short(key_label(name), 12)} does nothing here{told}"

    def on_settle_view_clicked(self, message: SettleView.Clicked) -> None:
        """Go to the case that was clicked."""
        if self._desk is not None:
            self.act(lambda: self.desk.point_at(message.offset))

    # What commands ask of the screen (see settle_commands.SettleHost).

    def scroll_rows(self, count: int, *, pages: bool = False) -> None:
        """Scroll the text by rows, or by pages."""
        self.left.scroll_rows(count * (max(1, self.left.size.height - 1) if pages else 1))

    def ask_note(self) -> None:
        """Ask for the reason of the decision on the case in hand."""
        from annotator.tui.screens.dialogs import NoteScreen

        desk = self.desk
        if desk.case is None:
            desk.message = "no case in hand"
            return
        case, decision = desk.case, desk.work.ledger.decision(desk.at)

        def keep(answer: str | None) -> None:
            if answer is not None:
                self.call_later(self.act, lambda: desk.note(answer, on=case))

        words = short(desk.text[case.start : case.end], 30)
        self.app.push_screen(NoteScreen(f"Why? “{words}”", decision.why if decision else ""), keep)

    def ask_reader(self) -> None:
        """Wait for the number of a reader."""
        self._asking = True

    def open_form(self) -> None:
        """Show the attributes of the span being edited."""
        from annotator.tui.form import Form
        from annotator.tui.link_field import LayerSpans
        from annotator.tui.screens.form import FormScreen

        desk, schema = self.desk, self.desk.work.session.schema
        span = desk.edited()
        if span is None:
            desk.message = "e edits what is taken; then the attributes"
            return
        index = desk.work.session.index
        known = schema.labels[span.label].attributes if span.label in schema.labels else {}
        if not known and not span.attributes:
            desk.message = "the schema gives this label no attributes"
            return
        checker = Checker(desk.text, schema, index)
        form = Form(
            known,
            span.attributes,
            words=span.surface(desk.text),
            spans=LayerSpans(index, index.get, text=desk.text, schema=schema, here=span),
            judge=lambda made: checker.span(replace(span, attributes=made)),
        )

        def keep(made: dict[str, Any] | None) -> None:
            if made is not None:
                self.call_later(partial(self.act, lambda: desk.set_attributes(made), decides=True))

        look = self.owner.look
        title = short(look.label(span.label).name, 24)
        words = short(span.surface(desk.text), max(8, self.size.width - 32))
        head = [(f" {title} ", look.chip(span.label)), (f"  “{words}”", look.palette.on_bar_bright)]
        self.app.push_screen(FormScreen(form, head, cover=lambda rows: None), keep)

    def export_example(self) -> None:
        """Append the case to the file of examples."""
        said = self.desk.example()
        if said:
            self.desk.message = self.work.append_example(said)

    def toggle_blind(self) -> None:
        """Hide or show names."""
        self.desk.blind = not self.desk.blind
        self.desk.message = "names are hidden" if self.desk.blind else "names are shown"

    def read_again(self) -> None:
        """Read the layers anew."""
        self.desk.read_again()
        self._show_layers()

    def next_article(self, direction: Direction) -> None:
        """Go to the next or previous article."""
        found = self.work.neighbour(self.desk.work.session.article.id, direction)
        if found is None:
            self.desk.message = "this is the last article" if direction > 0 else "this is the first article"
        else:
            self.open(found)

    def next_to_settle(self) -> None:
        """Mark the article done and go to the next that is not."""
        if not self.desk.done():
            return
        here = self.desk.work.session.article.id
        found = self.work.next_to_settle(here)
        if found is None:
            self.desk.message = self._nothing_left(*self.work.done_but_open(here))
        else:
            self.open(found)

    @staticmethod
    def _nothing_left(count: int, certain: bool) -> str:
        """Return what to say where the gold of every article is done; count those in which readers still differ."""
        if not count:
            return "done; no article is left to settle" if certain else "done; the gold of all articles is marked done"
        some = f"{count if certain else f'at least {count}'} other{'s have' if count > 1 else ' has'}"
        return f"done; {some} open differences, but gold marked done: < > go there"

    def save_again(self) -> None:
        """Save what could not be saved; after a conflict, reload and put it on top."""
        session = self.desk.work.session
        if session.state == "saved":
            self.desk.message = "everything is saved"
        elif isinstance(session.failure, ConflictError):
            lost = session.reload()
            self._follow_schema()
            self.desk.read_again()
            self._show_layers()
            self.desk.message = "reloaded" + (f"; {lost} of your decisions no longer fit" if lost else "")
        elif session.state == "failed":
            session.retry()

    def open_help(self) -> None:
        """Show the keys, and the guideline of the label in hand."""
        from annotator.tui.screens.dialogs import HelpScreen

        schema, case = self.desk.work.session.schema, self.desk.case
        name = case.labels[0] if case else ""
        label = schema.labels.get(name)
        guideline = (name, label.guideline) if label and label.guideline else None
        labels = [(label.key, name, label.description) for name, label in schema.labels.items()]
        self.app.push_screen(HelpScreen(labels, guideline, keys=self.keys))

    def open_palette(self) -> None:
        """Show all actions to search in; choosing one does it."""
        from annotator.tui.screens.dialogs import PickScreen

        desk, commands = self.desk, self.keys.commands
        sides = [f"Settle: take {short(desk.name(number), 30)}" for number in range(len(desk.readers))]
        items = [(said, str(number)) for number, said in enumerate(sides, 1)]
        items.append(("Settle: neither, nothing is marked", "0"))
        items += [(f"{c.group}: {c.help}", "  ".join(map(key_label, c.keys))) for c in commands]

        def run(choice: int | None) -> None:
            if choice is not None:
                keys = [*range(1, len(sides) + 1), 0]
                at = choice - len(keys)
                action = (lambda: self._answer(str(keys[choice]))) if at < 0 else (lambda: commands[at].run(self))
                self.call_later(partial(self.act, action, decides=True))

        self.app.push_screen(PickScreen("Actions", items), run)

    def leave(self) -> None:
        """Out; stays if the article cannot be saved, at first also where somebody else has changed the gold layer."""
        session = self.desk.work.session
        try:
            session.flush(LONGEST_WAIT)
        except AnnotatorError as error:
            self.desk.message, told = self._not_left(error), self._given_up is error
            self._given_up = error
            if not (told and isinstance(error, ConflictError)):
                return
            self.owner.project.give_up(session)
        self.owner.leave_settling(session.article.id)

    def _not_left(self, error: AnnotatorError) -> str:
        """Return what to say where leaving would lose what could not be saved."""
        save = self.keys.label("gold.save")
        if isinstance(error, ConflictError):
            tries = f"{save} reads it anew, " if save else ""
            leave = self.keys.label("screen.leave") or key_label("ctrl+q")
            return f"{tries}{leave} again leaves without saving: {error.message}"
        tries = f"{save} tries again, " if save else ""
        return f"{tries}{key_label('ctrl+q')} leaves without saving: {error}"

    def cancel(self) -> None:
        """End what is going on, or show all differences, or leave for the screen beneath."""
        if not self.desk.cancel() and len(self.app.screen_stack) > 2:
            self.leave()
