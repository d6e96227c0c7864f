"""The tag screen: one article, its spans, and the keys that change them.

Invariant: a key is answered in the frame after it, and does one thing; panes and saving are `tag_panes`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from textual import events

from annotator.errors import AnnotatorError, ConflictError, TakenError
from annotator.store.reader import Superseded
from annotator.tui import lines
from annotator.tui.article import ArticleView
from annotator.tui.commands import key_name
from annotator.tui.desk import short
from annotator.tui.keymap import key_label
from annotator.tui.lanes import Density
from annotator.tui.list_prompt import ListPrompt
from annotator.tui.pointer import Direction
from annotator.tui.prompts import HintPrompt, RetagPrompt, SearchPrompt
from annotator.tui.queue_lines import filter_names
from annotator.tui.screens.tag_layers import TagLayers
from annotator.tui.screens.tag_panes import LONGEST_WAIT, PANEL_FROM
from annotator.tui.walk import MINE
from annotator.tui.widgets.bar import Bar
from annotator.tui.widgets.panel import SpanPanel

if TYPE_CHECKING:
    from annotator.tui.walk import Walk

BESIDE_TITLE: Final = 65  # columns of a status bar that what is said around a title may need
DENSITIES: Final[tuple[Density, ...]] = ("overlaps", "all", "off")
UNSEEN: Final = "keys typed before the article was shown are left out"


class TagScreen(TagLayers):
    """One annotator at work on one article after the other."""

    def on_key(self, event: events.Key) -> None:
        """Run the command or tag with the label that the key stands for."""
        if self.owner.typed_ahead(event, self):
            return
        event.stop()
        event.prevent_default()
        if self._desk is None:
            self._early.append(event)
            return
        if event.time < self.seen_from:
            self.desk.message = UNSEEN
            self._show_status()
            return
        words = self._prompt is not None and self._prompt.raw
        known = [{event.character or event.key}] if words else [self.owner.keys.by_key, self._labels]
        name = key_name(event.key, event.character, *known)
        self._clicked = None
        self.act(lambda: self._answer(name))

    def on_paste(self, event: events.Paste) -> None:
        """Give what was pasted to what waits for words; nothing else takes it."""
        event.stop()
        if self._prompt is not None:
            self.act(partial(self._prompt.paste, event.text))

    def _open_first(self) -> None:
        super()._open_first()
        if self._desk is not None:
            held, self._early = self._early, []
            for event in held:
                self.on_key(event)

    def _end_prompt(self) -> None:
        if self._prompt is not None:
            self._prompt = None
            self.view.hints = {}
            self._leave_list()

    def _answer(self, name: str) -> None:
        if self._prompt is not None:
            if not self._prompt.press(name):
                self._prompt = None
        elif name in self.owner.keys.by_key:
            self.owner.keys.by_key[name].run(self)
        elif name in self._labels:
            self.desk.tag(self._labels[name])
        else:
            helps = self.owner.keys.label("screen.help")
            told = f"; {helps} lists the keys" if helps else ""
            self.desk.message = f"{short(key_label(name), 12)} does nothing here{told}"

    def on_article_view_selected(self, message: ArticleView.Selected) -> None:
        """Take over what the mouse selected."""
        if self._desk is not None:
            self._end_prompt()
            self.act(lambda: self.desk.go(self.desk.pointer.select(message.start, message.end)))

    def on_article_view_clicked(self, message: ArticleView.Clicked) -> None:
        """Select the innermost span that was clicked, the next outer one at the next click, or the token."""
        if self._desk is None:
            return
        again, self._clicked = self._clicked == message.offset, message.offset
        self.act(lambda: self.desk.point_at(message.offset, again=again))

    def on_span_panel_picked(self, message: SpanPanel.Picked) -> None:
        """Go to the span that was clicked in the panel."""
        self._end_prompt()
        self.act(lambda: self.desk.pick(message.span))

    def on_bar_pressed(self, message: Bar.Pressed) -> None:
        """Tag (or retag, if that was asked) with the label chip that was clicked."""
        if message.bar.id != "labels" or message.run < 0 or self._desk is None:
            return
        label = lines.label_of_run(self.schema, message.run)
        if label is not None:
            asked = isinstance(self._prompt, RetagPrompt)
            self._end_prompt()
            self.act(lambda: self.desk.retag(label) if asked else self.desk.tag(label))

    # What commands ask of the screen (see commands.Host).

    def page_rows(self) -> int:
        """Return how many rows of text are in view."""
        return self.view.page_rows

    def next_article(self, direction: Direction) -> None:
        """Go to the next or previous article, of the filter that it was opened from if there is one."""
        here, back = self._position[0], self._back
        if direction < 0 and back is not None:
            self.open(back)
        elif self._walk is not None:
            found = self._onward(self._walk, direction)
            if found is not None:
                self.open(found[0], at=found[1])
        elif (number := self.owner.project.store.neighbour(here, step=direction)) is not None:
            self.open(number)
        else:
            self.desk.message = "this is the last article" if direction > 0 else "this is the first article"

    def _onward(self, walk: Walk, step: Direction, *, to_do: bool = False) -> tuple[int, tuple[int, int] | None] | None:
        """Return the next article of the filter and what to select there; None, and a message, if there is none."""
        reader = self.owner.project.reader
        reader.interrupt()  # the place of the article that is being left may still be counted
        try:
            found = reader.ask(walk.onward(self._position[0], step, to_do=to_do)).result(LONGEST_WAIT)
        except (TimeoutError, Superseded):
            reader.interrupt()
            self.desk.message = "looking for the next one took too long; try again"
            return None
        if found is None:
            if not self._position[1]:
                self._place(self._position[0])
            room = max(8, self.size.width - BESIDE_TITLE - 16)
            names = short(" · ".join(filter_names(walk.chosen)), room)
            if to_do:
                self.desk.message = f"nothing to do after this in {names}{self._reopens()}"
            else:
                self.desk.message = f"this is the {'last' if step > 0 else 'first'} in {names}"
        return found

    def next_to_do(self) -> None:
        """Go to the next article that is not done: on through the filter; or through all, or one's own, and round."""
        here = self._position[0]
        at = None
        if self._walk is not None and self._walk.chosen != MINE:
            onward = self._onward(self._walk, 1, to_do=True)
            if onward is None:
                return
            found, at = onward
        else:
            number = self.owner.next_to_do(here, claim=True)
            if number is None:
                what = "all that is assigned to you is" if self._walk is not None else "all articles are"
                self.desk.message = f"{what} done or flagged{self._reopens()}"
                return
            found = number
        said = self._left_behind()
        self.open(found, at=at)
        self._back = here
        self.desk.message = said

    def _reopens(self) -> str:
        key = self.owner.keys.label("article.reopen")
        return f"; {key} reopens this" if key and self.session.head.status == "done" else ""

    def _left_behind(self) -> str:
        """Return what became of the open article, and which keys take that back from the next one."""
        keys, article = self.owner.keys, self.session.article
        left = short(article.title or article.key, max(8, min(30, self.size.width - BESIDE_TITLE)))
        back, reopen = keys.label("article.previous"), keys.label("article.reopen")
        if self.session.head.status == "flagged":
            return f"“{left}” is still flagged" + (f"; {back} goes back" if back else "")
        return f"“{left}” is done" + (f"; {back} then {reopen} reopens it" if back and reopen else "")

    def open_note(self, *, whole: bool = False) -> None:
        """Ask for a note on the span here, else (or if `whole`) on the article."""
        from annotator.tui.screens import asks

        asks.note(self, whole=whole)

    def open_form(self, *, whole: bool = False) -> None:
        """Show the attributes of the span here, or (if `whole`) of the article."""
        from annotator.tui.screens.form import open_form

        open_form(self, whole=whole)

    def open_problems(self) -> None:
        """Show the problems; choosing one goes to its span."""
        from annotator.tui.screens import asks

        asks.problems(self)

    def open_help(self) -> None:
        """Show the keys and the guideline."""
        from annotator.tui.screens import asks

        asks.help_page(self)

    def open_palette(self) -> None:
        """Show all actions to search in."""
        from annotator.tui.screens import asks

        asks.palette(self)

    def change_theme(self, name: str) -> None:
        """Paint in the colours of another theme; the article is opened anew, for what is painted of it has the old."""
        at = self.desk.place.extent
        said = self.owner.change_theme(name)
        self.open(self._position[0], at=at)
        self.desk.message = said

    def ask_label(self) -> None:
        """Wait for a label key."""
        if self.desk.span_here() is None:
            self.desk.message = "no span here to retag"
        else:
            self._prompt = RetagPrompt(self.desk, self._labels)

    def find(self) -> None:
        """Look for words as they are typed."""

        def keep(words: str) -> None:
            self._searched = words

        self._prompt = SearchPrompt(self.desk, last=self._searched, keep=keep)

    def jump(self, *, extend: bool = False) -> None:
        """Paint letters over the words in view and go where they lead, or select up to there."""

        def paint(hints: Mapping[int, str]) -> None:
            self.view.hints = hints

        self._prompt = HintPrompt(self.desk, extent=self.view.visible_extent(), paint=paint, extend=extend)

    def tag_all(self) -> None:
        """Tag every place with the same words, after a look at them."""
        from annotator.tui.screens import asks

        asks.tag_all(self)

    def cycle_density(self) -> None:
        """Show more or fewer label lanes."""
        density = DENSITIES[(DENSITIES.index(self.view.density) + 1) % len(DENSITIES)]
        self.view.density = density
        self.desk.message = f"label lanes: {density}"

    def toggle_panel(self) -> None:
        """Show or hide the span panel."""
        panel = self.query_one(SpanPanel)
        if not panel.display and self.size.width < PANEL_FROM:
            self.desk.message = f"the panel needs {PANEL_FROM} columns"
            return
        self._panel_wanted = not panel.display
        self._fit_panel(self.size)
        self.call_after_refresh(self._after_resize)

    def open_list(self) -> None:
        """Have keys go to the span panel, which shows meanwhile however narrow the terminal is."""

        self._listing = True
        self._fit_panel(self.size)
        self._prompt = ListPrompt(self.desk, self.query_one(SpanPanel), self._labels, leave=self._leave_list)
        self.call_after_refresh(self._after_resize)

    def _leave_list(self) -> None:
        if self._listing:
            self._listing = False
            self._fit_panel(self.size)
            self.call_after_refresh(self._after_resize)

    def save_again(self) -> None:
        """Save what could not be saved; after a conflict, reload and put it on top."""
        if self.desk.outdated or isinstance(self.session.failure, ConflictError):
            self._reload()
        elif self.session.state == "saved":
            self.desk.message = "everything is saved"
        elif self.session.state == "failed":
            self.session.retry()

    def _reload(self) -> None:
        unsaved = self.session.state != "saved"
        lost = self.session.reload()
        moved = self._follow_schema()
        self.desk.outdated = False
        self._show_layer()
        self.desk.pointer.rows = self.view.text_layout
        fitted = "your unsaved edits are on top" if not lost else f"{lost} of your unsaved edits no longer fit"
        self.desk.message = f"reloaded; {fitted}" if unsaved else "reloaded"
        if moved:
            self.desk.key_of = self.owner.keys.label
            unknown = sum(span.label not in self.schema.labels for span in self.session.index)
            said = [f"the schema is {moved} now"]
            if unknown:
                said.append(f"it lacks the label of {unknown} span{'s' if unknown > 1 else ''}")
            said += [fitted] if unsaved else []
            self.desk.message = "; ".join(said)

    def open_agreement(self) -> None:
        """Leave for the agreement of annotators, which leads back here; stays if the article cannot be saved.

        Not above this screen: from a difference one may come to the same article, which is open once only.
        """
        back = self._again()
        if self._left():
            self.owner.open_agreement(back=back)

    def open_concordance(self) -> None:
        """Leave for all places with the words that are selected here, which leads back here."""
        from annotator.concordance import Look
        from annotator.core.occurrences import Wanted

        words, back = self.desk.words_here(), self._again()
        if not words:
            self.desk.message = "no words here"
        elif self._left():
            self.owner.open_concordance(Look(Wanted(words)), back=back)

    def _again(self) -> TagScreen:
        """Return a screen for the same article, with the same selected."""
        return TagScreen(self._position[0], at=self.desk.place.extent, walk=self._walk)

    def leave(self) -> None:
        """Back to the queue; stays if the article cannot be saved."""
        self._left()

    def _left(self) -> bool:
        try:
            self.session.flush(LONGEST_WAIT)
        except AnnotatorError as error:
            # Taken, it can never be saved; in conflict, it is for the annotator to say which of two windows is right.
            if isinstance(error, TakenError | ConflictError):
                told, self._given_up = self._given_up is error, error
                if told:
                    self.owner.project.give_up(self.session)
                    self.owner.leave_article(self._position[0])
                    return True
                leave = self.owner.keys.label("screen.leave") or key_label("ctrl+q")
                again = self.owner.keys.label("article.save") if isinstance(error, ConflictError) else ""
                tries = f"{again} reads it anew, " if again else ""
                self.desk.message = f"{tries}{leave} again leaves without saving: {error.message}"
                return False
            again = self.owner.keys.label("article.save")
            tries = f"{again} tries again, " if again else ""
            self.desk.message = f"{tries}{key_label('ctrl+q')} leaves without saving: {error}"
            return False
        self.owner.leave_article(self._position[0])
        return True
