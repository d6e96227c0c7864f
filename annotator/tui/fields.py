"""The fields of the attribute form, one kind of attribute each.  Knows nothing of Textual.

Invariant: a field that was not touched gives back exactly what it was given, whatever that is; one that was touched
gives back a value that `problem_with` accepts, or says what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len

from annotator.core.attributes import describe, problem_with
from annotator.core.schema import Attribute, Choice, Choices, Count, Flag, Number, Text
from annotator.tui.entry import EditLine, Part, Typed, fit

UNSET: Final[Any] = object()
"""Stands for an attribute that is not set; None may be a value, in what another program wrote."""

PARTS: Final = 3
"""Parts of an option in `option_lines`: its number, its words, a blank."""

CLEARS: Final = ("delete", "backspace")


class Field:
    """One attribute in the form.

    Args:
        name: The attribute's name.
        attribute: What the schema says about it; None if the schema does not know it.
        given: Its value when the form was opened, or UNSET.
    """

    keys = ""
    """What the keys do here, for the help line."""

    takes_hash = False
    """Whether `#` is a character like others here."""

    indent = 1
    """Cells before the value, so that it stands below the options, which have their numbers before them."""

    def __init__(self, name: str, attribute: Attribute | None, given: Any) -> None:
        self.name = name
        self.attribute = attribute
        self.given = given
        self.touched = False

    @property
    def title(self) -> str:
        """What the form calls it."""
        return (self.attribute.title if self.attribute else "") or self.name

    @property
    def value(self) -> Any:
        """What it would be kept as, or UNSET."""
        return self._made() if self.touched else self.given

    def _made(self) -> Any:
        raise NotImplementedError

    @property
    def problem(self) -> str:
        """What is wrong with the value itself, or ""."""
        value = self.value
        if value is UNSET or self.attribute is None:
            return ""
        return problem_with(value, self.attribute)

    def press(self, key: str, character: str | None) -> bool:
        """Act on a key and say whether it meant something here."""
        raise NotImplementedError

    def paste(self, words: str) -> None:
        """Take words that were pasted; most kinds take none."""

    def leave(self) -> None:
        """Another field is current now."""

    def click(self, line: int, cell: int, width: int) -> None:
        """Act on a click at a cell of one of the rows that `lines` gives; most kinds do nothing."""

    def lines(self, width: int, *, current: bool) -> list[list[Part]]:
        """Return the value's rows, at least one.

        Args:
            width: How many cells a row has.
            current: Whether keys go here.
        """
        raise NotImplementedError

    def _misfit(self, width: int) -> list[list[Part]]:
        """Return the row of a value that does not fit the kind; it stays until another is chosen."""
        return [[(fit(describe(self.given), width), "bad")]]


class OneOf(Field):
    """A choice, or a flag as the choice between yes and no."""

    keys = "←→ letter or number chooses · Del clears"
    indent = 0

    def __init__(self, name: str, attribute: Choice | Flag, given: Any) -> None:
        super().__init__(name, attribute, given)
        options: Mapping[str, Any] = {"yes": True, "no": False}
        if isinstance(attribute, Choice):
            options = {option: option for option in attribute.options}
        else:
            self.keys = "Space yes or no · Del clears"
        self._words = list(options)
        self._values = list(options.values())
        self._typed = Typed(self._words)
        fits = given is not UNSET and not self.problem
        self._chosen: int | None = self._values.index(given) if fits else None

    def _made(self) -> Any:
        return UNSET if self._chosen is None else self._values[self._chosen]

    def leave(self) -> None:
        """Begin typing anew when it is current again."""
        self._typed.reset()

    def press(self, key: str, character: str | None) -> bool:
        """Choose, or clear."""
        if key in CLEARS:
            self._take(None)
        elif character and character.isprintable() and (key != "space" or self._typed.continues(character)):
            found = self._typed.find(character, self._chosen)
            if found is None:
                return False
            self._chosen, self.touched = found, True
        elif key in ("right", "space"):
            self._take(0 if self._chosen is None else (self._chosen + 1) % len(self._words))
        elif key == "left":
            self._take(((self._chosen or 0) - 1) % len(self._words))
        else:
            return False
        return True

    def click(self, line: int, cell: int, width: int) -> None:
        """Choose the option that was clicked."""
        found = None if self.problem else option_at(self._words, line, cell, width)
        if found is not None:
            self._take(found)

    def _take(self, chosen: int | None) -> None:
        self._typed.reset()
        self._chosen, self.touched = chosen, True

    def lines(self, width: int, *, current: bool) -> list[list[Part]]:
        """Return all options, with the chosen one marked."""
        if self.problem:
            return self._misfit(width)
        chosen = () if self._chosen is None else (self._chosen,)
        return option_lines(self._words, chosen, None, width, numbered=current)


class SomeOf(Field):
    """Any number of options."""

    keys = "←→ moves · Space letter or number ticks · Del clears"
    indent = 0

    def __init__(self, name: str, attribute: Choices, given: Any) -> None:
        super().__init__(name, attribute, given)
        kept = given if isinstance(given, list) and all(isinstance(item, str) for item in given) else []
        # What the schema does not offer stays to be seen, and can be unticked.
        self._words = [*attribute.options, *dict.fromkeys(item for item in kept if item not in attribute.options)]
        self._ticked = {self._words.index(item) for item in kept}
        self._at = min(self._ticked, default=0)
        self._typed = Typed(self._words)

    def _made(self) -> Any:
        return [self._words[number] for number in sorted(self._ticked)] or UNSET

    def leave(self) -> None:
        """Begin typing anew when it is current again."""
        self._typed.reset()

    def press(self, key: str, character: str | None) -> bool:
        """Move, tick, or clear."""
        if key in CLEARS:
            self._typed.reset()
            self._ticked.clear()
            self.touched = True
        elif key in ("left", "right"):
            self._typed.reset()
            self._at = (self._at + (1 if key == "right" else -1)) % len(self._words)
        elif key == "space":
            self._typed.reset()
            self._tick()
        elif character and character.isprintable():
            goes_on = self._typed.continues(character)
            found = self._typed.find(character, self._at if goes_on else None)
            if found is None:
                return False
            stays = goes_on and found == self._at
            self._at = found
            if not stays:
                self._tick()
        else:
            return False
        return True

    def click(self, line: int, cell: int, width: int) -> None:
        """Tick the option that was clicked, or take its tick away."""
        found = None if self.problem and not self._ticked else option_at(self._words, line, cell, width)
        if found is not None:
            self._typed.reset()
            self._at = found
            self._tick()

    def _tick(self) -> None:
        self._ticked ^= {self._at}
        self.touched = True

    def lines(self, width: int, *, current: bool) -> list[list[Part]]:
        """Return all options, with those ticked marked."""
        if self.problem and not self._ticked:
            return self._misfit(width)
        at = self._at if current else None
        return option_lines(self._words, self._ticked, at, width, numbered=current)


class TextField(Field):
    """Free words."""

    keys = "type · ←→ moves · Ctrl+U clears"
    takes_hash = True

    def __init__(self, name: str, attribute: Text | Number | Count, given: Any) -> None:
        super().__init__(name, attribute, given)
        self.line = EditLine("" if given is UNSET else self._shown(given))

    def _shown(self, value: Any) -> str:
        """Return a value as it is edited."""
        return describe(value)

    def _made(self) -> Any:
        return self.line.text.strip() or UNSET

    def press(self, key: str, character: str | None) -> bool:
        """Edit."""
        before = self.line.text
        used = self.line.press(key, character)
        self.touched |= self.line.text != before
        return used

    def paste(self, words: str) -> None:
        """Put words in at the cursor."""
        self.line.insert(words)
        self.touched = True

    def lines(self, width: int, *, current: bool) -> list[list[Part]]:
        """Return the line."""
        return [self._line(width, current=current)]

    def _line(self, width: int, *, current: bool) -> list[Part]:
        if current:
            return self.line.parts(width)
        return [(fit(self.line.text, width), "bad" if self.problem else "plain")]


class NumberField(TextField):
    """One number; a comma may stand for the decimal point."""

    takes_hash = False

    def _made(self) -> Any:
        words = self.line.text.strip().replace("−", "-")
        if words.count(",") == 1 and "." not in words:
            words = words.replace(",", ".")
        for kind in (int, float):
            try:
                return kind(words)
            except ValueError:
                continue
        return words or UNSET


class Unknown(Field):
    """An attribute that the schema does not know: shown, kept, and deleted only by a key that says so."""

    keys = "Del removes it, again brings it back"

    def __init__(self, name: str, given: Any) -> None:
        super().__init__(name, None, given)

    def _made(self) -> Any:
        return UNSET

    @property
    def problem(self) -> str:
        """That it is there at all."""
        return "" if self.touched else "is not in the schema"

    def press(self, key: str, character: str | None) -> bool:
        """Remove, or bring back."""
        if key in CLEARS:
            self.touched = not self.touched
        return key in CLEARS

    def lines(self, width: int, *, current: bool) -> list[list[Part]]:
        """Return the value, or that it is to go."""
        return [[("removed", "dim")]] if self.touched else self._misfit(width)


def option_at(words: Sequence[str], line: int, cell: int, width: int) -> int | None:
    """Return the number of the option that is shown at a cell of a row of `option_lines`, or None between them."""
    rows = option_lines(words, (), None, width, numbered=True)
    if not 0 <= line < len(rows) or cell < 0:
        return None
    number = sum(len(row) // PARTS for row in rows[:line])
    for at in range(0, len(rows[line]), PARTS):
        cell -= sum(cell_len(text) for text, _ in rows[line][at : at + PARTS])
        if cell < 0:
            return number + at // PARTS
    return None


def option_lines(
    words: Sequence[str], chosen: Sequence[int] | set[int], at: int | None, width: int, *, numbered: bool
) -> list[list[Part]]:
    """Return options wrapped into rows, with the same places whether the field is current or not.

    Args:
        words: The options.
        chosen: Numbers of those chosen.
        at: The one that the next key is about, if it matters.
        width: How many cells a row has.
        numbered: Whether to show the numbers that choose them.
    """
    rows: list[list[Part]] = [[]]
    room = width
    for number, word in enumerate(words):
        shown = fit(word, max(1, width - 2))
        cells = cell_len(shown) + 2
        if rows[-1] and room < cells - 1:
            rows.append([])
            room = width
        room -= cells
        role = ("chosen-at" if number == at else "chosen") if number in chosen else "at" if number == at else "plain"
        digit = str(number + 1) if numbered and number < 9 else " "
        rows[-1] += [(digit, "dim"), (shown, role), (" ", "plain")]  # type: ignore[list-item]
    return rows
