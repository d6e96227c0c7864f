"""The attribute form on the tag screen: along the bottom, with the article still in view above it.

Invariant: it gives back attributes only if they are to be kept, and then all of them, so that one edit takes them in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from annotator.core.attributes import SETTLED
from annotator.core.checks import Checker
from annotator.core.schema import letter
from annotator.core.spans import Span
from annotator.tui.entry import Part, Role, fit, wrapped
from annotator.tui.form import Form
from annotator.tui.link_field import LayerSpans
from annotator.tui.look import palette_of
from annotator.tui.screens.box import Box
from annotator.tui.style import Palette
from annotator.tui.widgets.bar import Run

if TYPE_CHECKING:
    from annotator.tui.screens.tag import TagScreen

HEAD: Final = 2  # rows besides the fields and the keys: the head, and what the field is


class FormBody(Widget):
    """Rows of runs, painted by the line."""

    ALLOW_SELECT = False

    class Pressed(Message):
        """A row was clicked.

        Args:
            row: Its number from the top.
            cell: Where in it, from the left.
        """

        def __init__(self, row: int, cell: int) -> None:
            super().__init__()
            self.row = row
            self.cell = cell

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[list[Run]] = []

    def show(self, rows: list[list[Run]]) -> None:
        """Show other rows."""
        if rows != self._rows:
            self._rows = rows
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint a row; the last run's style fills it."""
        runs = self._rows[y] if y < len(self._rows) else []
        plain = palette_of(self).plain
        fill = plain + Style(bgcolor=runs[-1][1].bgcolor, reverse=runs[-1][1].reverse) if runs else plain
        return Strip([Segment(text, style) for text, style in runs]).adjust_cell_length(self.size.width, fill)

    def on_click(self, event: events.Click) -> None:
        """Tell which row was hit."""
        self.post_message(self.Pressed(event.y, event.x))


class FormScreen(Box[dict[str, Any] | None], inherit_bindings=False):
    """The form; gives the attributes if they are to be kept, else None.

    Args:
        form: What it works on.
        head: What it is about: a chip and words.
        cover: Told how many rows the form takes at the bottom, and 0 when it goes.
    """

    ALLOW_SELECT = False
    CSS = """
    FormScreen { background: #000000 0%; align: left bottom; }
    FormScreen FormBody { width: 100%; }
    """

    def __init__(self, form: Form, head: Sequence[Run], *, cover: Callable[[int], None]) -> None:
        super().__init__()
        self._form = form
        self._head = head
        self._tell_rows = cover
        self._rows = 1  # for fields

    def compose(self) -> ComposeResult:
        """Build the form."""
        yield FormBody()

    def on_mount(self) -> None:
        """Show it."""
        self._fit()

    def on_unmount(self) -> None:
        """Give the rows back."""
        self._tell_rows(0)

    def on_resize(self, event: events.Resize) -> None:
        """Take as many rows as the fields need, but leave the article most of the screen."""
        self._fit()

    def _fit(self) -> None:
        width, height = self.app.size
        frame = HEAD + self._key_rows()
        rows = min(self._form.height(width), max(1, height * 6 // 10 - frame))
        self.query_one(FormBody).styles.height = rows + frame
        self._rows = rows
        self._tell_rows(rows + frame)
        self._show()

    def _key_rows(self) -> int:
        """Return how many rows what the keys do may take: more than one only where there is height for it."""
        width, height = self.app.size
        return min(self._form.key_rows(width - 2), max(1, height // 7))

    def _show(self) -> None:
        width, palette = self.app.size.width, palette_of(self)
        shown: list[list[Run]] = [[*self._head]]
        rows = self._form.rows(width, self._rows)
        shown += [_styled(parts, palette) for parts, _ in rows]
        shown += [[("", palette.plain)]] * (self._rows - len(rows))
        said, keys, wrong = self._form.help()
        shown.append([(f" {fit(said, width - 2)}", palette.on_bar_bad if wrong else palette.on_bar_bright)])
        hints = [*wrapped(keys, width - 2)[: self._key_rows()]]
        hints += [""] * (self._key_rows() - len(hints))
        shown += [[(f" {row}", palette.on_bar_dim)] for row in hints]
        self.query_one(FormBody).show(shown)

    def on_key(self, event: events.Key) -> None:
        """Give the key to the form."""
        event.stop()
        event.prevent_default()
        outcome = self._form.press(event.key, event.character)
        if outcome == "keep":
            self.dismiss(self._form.values())
        elif outcome == "cancel":
            self.dismiss(None)
        else:
            self._show()

    def on_paste(self, event: events.Paste) -> None:
        """Put what was pasted into the field."""
        event.stop()
        self._form.paste(event.text)
        self._show()

    def on_form_body_pressed(self, message: FormBody.Pressed) -> None:
        """Go to the field that was clicked."""
        self._form.click(message.row - 1, message.cell, width=self.app.size.width, height=self._rows)
        self._show()


def _styled(parts: Sequence[Part], palette: Palette) -> list[Run]:
    """Give parts their styles; the row of the current field is a little lighter."""
    here = parts[0][0].strip() != ""
    styles: dict[Role, Style] = {
        "plain": palette.plain,
        "dim": palette.faint,
        "chosen": palette.chosen_option,
        "at": palette.found,
        "chosen-at": palette.chosen_here,
        "suggested": palette.suggested,
        "bad": palette.bad_mark,
        "name": palette.faint,
        "name-at": palette.field_here,
    }
    runs = [(text, styles[role]) for text, role in parts]
    if not here:
        return [*runs, ("", palette.plain)]
    if not palette.colour:  # a row that is reversed as a whole would hide which option is
        return [*runs, ("", palette.plain)]
    return [*((text, palette.lit(style)) for text, style in runs), ("", palette.lit(palette.plain))]


def open_form(screen: TagScreen, *, whole: bool) -> None:
    """Open the form for the span here, or for the article.

    Args:
        screen: The tag screen.
        whole: Whether it is about the article.
    """
    desk, schema = screen.desk, screen.schema
    span = None if whole else desk.span_here()
    if span is None and not whole:
        key = desk.key_of("article.attributes")
        desk.message = f"no span here{f'; {key} has the attributes of the article' if key else ''}"
        return
    label = schema.labels.get(span.label) if span else None
    known = schema.attributes if span is None else label.attributes if label else {}
    values = desk.session.head.attributes if span is None else span.attributes
    records = {name: value for name, value in values.items() if span is None and name.startswith(SETTLED)}
    values = {name: value for name, value in values.items() if name not in records}  # decisions are nobody's to fill in
    if not known and not values:
        about = f"label {span.label}" if span else "an article"
        desk.message = f"the schema gives {fit(about, 40)} no attributes"
        return
    session = desk.session
    checker = Checker(session.article.text, schema, session.index)
    form = Form(
        known,
        values,
        words=span.surface(desk.text) if span else "",
        spans=LayerSpans(session.index, session.index.get, text=desk.text, schema=schema, here=span),
        judge=lambda made: (
            checker.whole(replace(session.head, attributes=made))
            if span is None
            else checker.span(replace(span, attributes=made))
        ),
    )

    def keep(made: dict[str, Any] | None) -> None:
        if made is not None:
            screen.call_later(screen.act, lambda: desk.set_attributes({**records, **made}, span=span))

    screen.app.push_screen(FormScreen(form, _head(screen, span), cover=lambda rows: _cover(screen, rows)), keep)


def _head(screen: TagScreen, span: Span | None) -> list[Run]:
    """Return the head of the form: the label's chip and the span's words, or that it is about the article."""
    width, look = screen.size.width, screen.owner.look
    bright = look.palette.on_bar_bright
    if span is None:
        return [(" ARTICLE ", look.palette.chosen_option), (f" {fit(_title(screen), width - 12)}", bright)]
    label = screen.schema.labels.get(span.label)
    mark = fit(letter(span.label, label) if label else "?", 2)
    name = fit(label.title if label else span.label, 24)
    chip: list[Run] = [(f" {mark} ", look.key(span.label)), (f" {name} ", look.chip(span.label))]
    room = width - sum(cell_len(text) for text, _ in chip) - 5
    return [*chip, (f"  “{fit(span.surface(screen.desk.text), room)}”", bright)]


def _title(screen: TagScreen) -> str:
    article = screen.session.article
    return article.title or article.key


def _cover(screen: TagScreen, rows: int) -> None:
    """Have the article end where the form begins, so that the span stays in view."""
    if screen in screen.app.screen_stack:  # it may be left in the same burst of keys
        screen.query_one(Horizontal).styles.margin = (0, 0, max(0, rows - screen.bars), 0)
