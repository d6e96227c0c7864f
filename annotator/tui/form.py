"""The attribute form: fields made from the schema, the keys between them, and what they give back.  Without Textual.

Invariant: nothing is kept while a field that was touched does not fit, and what no key touched is given back as it
was; a suggestion counts as set unless it was deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from rich.cells import cell_len

from annotator.core.checks import Problem
from annotator.core.schema import Attribute, Choice, Choices, Count, Flag, Link, Number, Text
from annotator.tui.commands import ALIASES
from annotator.tui.counts import CountField
from annotator.tui.entry import Part, fit, wrapped
from annotator.tui.fields import UNSET, Field, NumberField, OneOf, SomeOf, TextField, Unknown
from annotator.tui.link_field import LinkField, Spans

Outcome = Literal["", "keep", "cancel"]

LIST_ROWS: Final = 4
"""Rows that a form with a link has room for below its row at least."""


class Form:
    """What the attribute form works on.

    Args:
        attributes: What the label, or the article, may carry.
        values: What it carries.
        words: The words of the span, from which counts are suggested; "" for the article.
        spans: Where the targets of links come from.
        judge: Says what is wrong with a set of values, by the rules of the schema too.
    """

    def __init__(
        self,
        attributes: Mapping[str, Attribute],
        values: Mapping[str, Any],
        *,
        words: str,
        spans: Spans,
        judge: Callable[[Mapping[str, Any]], Sequence[Problem]],
    ) -> None:
        self._given = values
        self._judge = judge
        self.fields: list[Field] = [
            make_field(name, attribute, values.get(name, UNSET), words=words, spans=spans)
            for name, attribute in attributes.items()
        ]
        self.fields += [Unknown(name, value) for name, value in values.items() if name not in attributes]
        self.at = 0
        self.complaint = ""
        self._warned = False
        self._top = 0
        self._problems: dict[str, str] = {}
        self._look()

    @property
    def current(self) -> Field:
        """The field that keys go to."""
        return self.fields[self.at]

    def values(self) -> dict[str, Any]:
        """Return all attributes as they would be kept: those given in their order, then the new ones."""
        made = {field.name: field.value for field in self.fields}
        ordered = {name: made[name] for name in self._given} | made
        return {name: value for name, value in ordered.items() if value is not UNSET}

    def problem_of(self, field: Field) -> str:
        """Return what is wrong with a field, by itself or together with others, or ""."""
        return self._problems.get(field.name, "")

    @property
    def picking(self) -> LinkField | None:
        """The link whose list is open, if there is one."""
        field = self.current
        return field if isinstance(field, LinkField) and field.open else None

    def press(self, key: str, character: str | None) -> Outcome:
        """Act on a key.

        Args:
            key: The terminal's name for it.
            character: What it types, if anything.

        Returns:
            Whether the form is to be kept, or left as it was; "" while it goes on.
        """
        warned, self._warned = self._warned, False
        self.complaint = ""
        outcome = self._press(key, character) if not (warned and key == "escape") else "cancel"
        self._look()
        return outcome

    def _press(self, key: str, character: str | None) -> Outcome:
        field = self.current
        if self.picking is not None or (key == "enter" and isinstance(field, LinkField)):
            field.press(key, character)
        elif key == "escape":
            return self._leave()
        elif key == "enter" or (character == "#" and not field.takes_hash):
            return self._keep()
        elif key in ("tab", "down"):
            self.go((self.at + 1) % len(self.fields))
        elif key in ("shift+tab", "up"):
            self.go((self.at - 1) % len(self.fields))
        elif key in ("pageup", "pagedown"):
            self.go(0 if key == "pageup" else len(self.fields) - 1)
        elif not field.press(key, character) and character is not None and character in ALIASES:
            field.press(key, ALIASES[character])
        return ""

    def _leave(self) -> Outcome:
        """Leave, unless something was changed here: then ask for a second Escape, since one may be meant for a list."""
        if not any(field.touched for field in self.fields):
            return "cancel"
        self._warned = True
        self.complaint = "Esc again drops what you set here; Enter keeps it"
        return ""

    def _keep(self) -> Outcome:
        """Keep, unless what was touched does not fit: then go there."""
        for number, field in enumerate(self.fields):
            if field.touched and field.problem:
                self.go(number)
                self.complaint = f"{field.title} {field.problem}"
                return ""
        return "keep"

    def go(self, number: int) -> None:
        """Make another field current."""
        if number != self.at and 0 <= number < len(self.fields):
            self.current.leave()
            self.at = number

    def click(self, row: int, cell: int, *, width: int, height: int) -> None:
        """Go to the field at a place of what `rows` gives, and choose the option there if there is one.

        Args:
            row: Counted from the first row.
            cell: Counted from the left edge.
            width: As for `rows`.
            height: As for `rows`.
        """
        if self.picking is not None or not 0 <= row < len(self.rows(width, height)):
            return
        name_width = self._name_width(width)
        room = _value_width(width, name_width)
        at = [number for number in range(len(self.fields)) for _ in self._field_rows(number, name_width, room)]
        number = at[self._top + row]
        self.go(number)
        field = self.fields[number]
        line = self._top + row - at.index(number)
        field.click(line, cell - name_width - 2 - field.indent, room - field.indent)
        self._look()

    def paste(self, words: str) -> None:
        """Put pasted words into the current field."""
        self.current.paste(words)
        self._look()

    def _look(self) -> None:
        found = {field.name: field.problem for field in self.fields}
        for problem in self._judge(self.values()):
            # The longest name, lest "lat lon is required" be said of "lat".
            name = max((name for name in found if _said_of(name, problem)), key=len, default="")
            if name and not found[name]:
                found[name] = _said_of(name, problem)
        self._problems = {name: problem for name, problem in found.items() if problem}

    def height(self, width: int) -> int:
        """Return how many rows the fields take at a width, and a list of targets under a link."""
        room = _value_width(width, self._name_width(width))
        rows = sum(len(field.lines(room - field.indent, current=False)) for field in self.fields)
        return max(rows, LIST_ROWS + 1) if any(isinstance(field, LinkField) for field in self.fields) else rows

    def help(self) -> tuple[str, str, bool]:
        """Return the two help lines for the current field, and whether the first tells of a problem."""
        field = self.current
        problem = self.complaint or self.problem_of(field)
        if problem and not self.complaint:
            problem = f"{field.title} {problem}" if field.problem else problem
        described = field.attribute.description if field.attribute else ""
        return problem or described or field.title, _keys_of(field), bool(problem)

    def key_rows(self, width: int) -> int:
        """Return how many rows what the keys do takes at a width, whichever field is current."""
        return max(len(wrapped(_keys_of(field), width)) for field in self.fields)

    def rows(self, width: int, height: int) -> list[tuple[list[Part], int]]:
        """Return what is in view, the current field always, with the number of the field of each row.

        Args:
            width: How many cells a row has.
            height: How many rows there are, at least one.
        """
        picking = self.picking
        name_width = self._name_width(width)
        if picking is not None:
            room = _value_width(width, name_width)
            head = self._field_rows(self.at, name_width, room)
            listed = picking.listed(width - 2, height - 1)
            return [*head, *(([("  ", "plain"), *row], self.at) for row in listed)][:height]
        room = _value_width(width, name_width)
        every = [row for number in range(len(self.fields)) for row in self._field_rows(number, name_width, room)]
        first = next(n for n, row in enumerate(every) if row[1] == self.at)
        last = max(n for n, row in enumerate(every) if row[1] == self.at)
        self._top = min(max(self._top, last + 1 - height), first, max(0, len(every) - height))
        return every[self._top : self._top + height]

    def _name_width(self, width: int) -> int:
        return min(max(cell_len(fit(field.title, 24)) for field in self.fields), max(4, width // 3))

    def _field_rows(self, number: int, name_width: int, room: int) -> list[tuple[list[Part], int]]:
        """Return the rows of a field: its name, its value, and a mark where something is wrong."""
        field = self.fields[number]
        current = number == self.at
        rows = []
        problem = self.problem_of(field)
        lines = field.lines(room - field.indent, current=current)
        for line, parts in enumerate(lines):
            title = fit(field.title, name_width) if line == 0 else ""
            blanks = " " * (name_width - cell_len(title) + 1)
            mark = "▌" if current else " "
            shown: list[Part] = [(mark, "name-at"), (title + blanks, "name-at" if current else "name")]
            shown += [(" " * field.indent, "plain"), *parts]
            if problem and line == len(lines) - 1:
                used = field.indent + sum(cell_len(text) for text, _ in parts)
                left = room - used
                shown.append((f" ✗ {fit(problem, left - 1)}" if left >= 12 else " ✗", "bad"))
            rows.append((shown, number))
        return rows


def make_field(name: str, attribute: Attribute, given: Any, *, words: str, spans: Spans) -> Field:
    """Return the field of an attribute's kind.

    Args:
        name: The attribute's name.
        attribute: What the schema says about it.
        given: Its value, or UNSET.
        words: The words of the span, from which a count is suggested.
        spans: Where the targets of a link come from.
    """
    match attribute:
        case Flag() | Choice():
            return OneOf(name, attribute, given)
        case Choices():
            return SomeOf(name, attribute, given)
        case Number():
            return NumberField(name, attribute, given)
        case Text():
            return TextField(name, attribute, given)
        case Count():
            return CountField(name, attribute, given, words=words)
        case Link():
            return LinkField(name, attribute, given, spans=spans)


def _keys_of(field: Field) -> str:
    """Return what the keys do while a field is current."""
    if isinstance(field, LinkField) and field.open:
        return field.keys
    enter = "# keeps" if isinstance(field, LinkField) else "Enter keeps"
    return f"{field.keys} · ↑↓ field · {enter} · Esc leaves"


def _value_width(width: int, name_width: int) -> int:
    """Return how wide the values are: two cells stay free for the mark of a problem."""
    return max(8, width - name_width - 4)


def _said_of(name: str, problem: Problem) -> str:
    """Return what a problem says of an attribute, or "" if it is about something else."""
    message = problem.message
    if problem.code == "rule":
        about = f" {message}".endswith((f" {name} is missing", f" {name} must not be set"))
        return message if about else ""
    if problem.code.startswith(("attribute-", "link-")) and message.startswith(f"{name} "):
        return message.removeprefix(f"{name} ")
    return ""
