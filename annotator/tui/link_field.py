"""The field of a link: the targets as their words, and the list to pick them from.  Knows nothing of Textual.

Invariant: while the list is open nothing is lost: Escape gives back the targets as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from rich.cells import cell_len

from annotator.core.attributes import targets
from annotator.core.schema import Link, Schema, letter
from annotator.core.spans import Span
from annotator.tui.entry import EditLine, Part, before, fit, tail
from annotator.tui.fields import UNSET, Field

AROUND: Final = 30
"""How many code points on either side of a target the list may show."""
LEAD: Final = 15  # cells for what is before a target, and a blank


@dataclass(frozen=True, slots=True)
class Target:
    """A span that a link may point to, as the form shows it."""

    id: str
    mark: str
    words: str
    before: str = ""
    after: str = ""


class Spans(Protocol):
    """Where targets come from."""

    def get(self, id: str) -> Target | None:
        """Return the target with this id, or None if there is no such span."""

    def near(self, labels: Sequence[str]) -> list[Target]:
        """Return the spans of these labels (of any, if none are named), the closest first."""


class LayerSpans:
    """The targets in a layer.

    Args:
        spans: All spans of the layer, in text order.
        get: Finds one by its id.
        text: The article's text.
        schema: Names the labels' letters.
        here: The span whose links they are; None for the article's own.
    """

    def __init__(
        self,
        spans: Iterable[Span],
        get: Callable[[str], Span | None],
        *,
        text: str,
        schema: Schema,
        here: Span | None,
    ) -> None:
        self._spans = spans
        self._get = get
        self._text = text
        self._schema = schema
        self._here = here

    def get(self, id: str) -> Target | None:
        """Return the target with this id, or None if there is no such span."""
        span = self._get(id)
        return self._target(span) if span is not None else None

    def near(self, labels: Sequence[str]) -> list[Target]:
        """Return the spans of these labels (of any, if none are named), the closest first."""
        here = self._here
        found = [
            span
            for span in self._spans
            if (not labels or span.label in labels) and (here is None or span.id != here.id)
        ]
        if here is not None:
            found.sort(key=lambda span: (max(0, span.start - here.end, here.start - span.end), span.key))
        return [self._target(span) for span in found]

    def _target(self, span: Span) -> Target:
        known = self._schema.labels.get(span.label)
        text = self._text
        return Target(
            span.id,
            letter(span.label, known) if known else "?",
            span.surface(text),
            before(text, span.start, reach=AROUND),
            text[span.end : span.end + AROUND],
        )


class LinkField(Field):
    """A link to a span of the layer, or to several.

    Args:
        name: The attribute's name.
        attribute: What the schema says about it.
        given: Its value when the form was opened, or UNSET.
        spans: Where targets come from.
    """

    def __init__(self, name: str, attribute: Link, given: Any, *, spans: Spans) -> None:
        super().__init__(name, attribute, given)
        self._link = attribute
        self._spans = spans
        self._ids = list(targets(given))
        self.open = False
        self._before: tuple[list[str], bool] = ([], False)
        self._typed = ""
        self._all: list[Target] = []
        self._shown: list[Target] = []
        self._at = 0

    @property
    def keys(self) -> str:  # type: ignore[override]
        """What the keys do here, for the help line."""
        if not self.open:
            return "Enter or a letter lists spans · Backspace takes the last away · Del clears"
        many = "Space ticks · " if self._link.many else ""
        return f"type to narrow · ↑↓ moves · {many}Enter picks · Esc leaves the list"

    def _made(self) -> Any:
        if not self._ids:
            return UNSET
        return list(self._ids) if self._link.many else self._ids[-1]

    def press(self, key: str, character: str | None) -> bool:
        """Open the list, act in it, or take targets away."""
        if self.open:
            return self._press_in_list(key, character)
        letter = character is not None and character.isalnum()
        if key == "enter" or letter:
            self._open(character if letter and character else "")
        elif key == "delete" or (key == "backspace" and (not self._ids or self.problem)):
            self._ids, self.touched = [], True
        elif key == "backspace":
            self._ids, self.touched = self._ids[:-1], True
        else:
            return False
        return True

    def _open(self, typed: str) -> None:
        self.open = True
        self._before = (list(self._ids), self.touched)
        self._all = self._spans.near(self._link.labels)
        self._narrow(typed)

    def _narrow(self, typed: str) -> None:
        self._typed = typed
        wanted = typed.casefold()
        self._shown = [target for target in self._all if wanted in target.words.casefold()]
        self._at = 0

    def _press_in_list(self, key: str, character: str | None) -> bool:
        if key == "escape":
            self._ids, self.touched = self._before
            self.open = False
        elif key in ("enter", "tab"):
            if self._shown and (not self._link.many or self._ids == self._before[0]):
                self._pick(keep=True)
            self.open = False
        elif key in ("down", "up", "pagedown", "pageup"):
            steps = {"down": 1, "up": -1, "pagedown": 8, "pageup": -8}[key]
            self._at = min(max(self._at + steps, 0), max(len(self._shown) - 1, 0))
        elif key == "space":
            if self._shown:
                self._pick(keep=False)
        elif key == "backspace":
            self._narrow(self._typed[:-1])
        elif character and character.isprintable():
            self._narrow(self._typed + character)
        else:
            return False
        return True

    def _pick(self, *, keep: bool) -> None:
        """Take the current row as a target, or drop it if it is one; with `keep` one that is already a target stays."""
        id = self._shown[self._at].id
        if id in self._ids and keep:
            return
        self.touched = True
        if id in self._ids:
            self._ids.remove(id)
        else:
            self._ids = [*self._ids, id] if self._link.many else [id]

    def leave(self) -> None:
        """Close the list."""
        self.open = False

    def lines(self, width: int, *, current: bool) -> list[list[Part]]:
        """Return the targets as their words, or what was typed while the list is open."""
        if self.open:
            typed = EditLine(self._typed).parts(max(2, width // 2))
            return [[*typed, (fit(self._state(), width - sum(cell_len(text) for text, _ in typed)), "dim")]]
        if self.problem:
            return self._misfit(width)
        parts: list[Part] = []
        room = width
        for id in self._ids:
            target = self._spans.get(id)
            shown = f"→ {fit(target.words, 30)}" if target else f"→ {fit(id, 12)}, which is gone"
            shown = fit(shown, max(2, room - 2))
            parts += [(shown, "plain" if target else "bad"), ("  ", "plain")]
            room -= cell_len(shown) + 2
        if not parts:
            parts.append((fit(f"– {' or '.join(self._link.labels)}" if current else "–", width), "dim"))
        return [parts]

    def _state(self) -> str:
        if not self._all:
            return f" no {' or '.join(self._link.labels) or 'span'} is tagged yet"
        return f" {len(self._shown)} of {len(self._all)}"

    def listed(self, width: int, height: int) -> list[list[Part]]:
        """Return the rows of the open list around the current one.

        Args:
            width: How many cells a row has.
            height: How many rows there are.
        """
        top = min(max(0, self._at - height // 2), max(0, len(self._shown) - height))
        return [
            self._listed_row(target, width, current=number == self._at)
            for number, target in enumerate(self._shown[top : top + height], top)
        ]

    def _listed_row(self, target: Target, width: int, *, current: bool) -> list[Part]:
        tick = "●" if target.id in self._ids else " "
        mark = fit(f"{tick} {target.mark} ", width)
        words = fit(target.words, max(0, min(max(4, width // 2), width - cell_len(mark))))
        room = width - cell_len(mark) - cell_len(words)  # for what is around them
        parts: list[Part] = [(mark, "dim")]
        if room > LEAD:
            lead = tail(target.before, LEAD - 1)
            parts.append((" " * (LEAD - 1 - cell_len(lead)) + f"{lead} ", "dim"))
            room -= LEAD
        parts.append((words, "chosen-at" if current else "plain"))
        if room > 1:
            parts.append((f" {fit(target.after, room - 1)}", "dim"))
        return parts
