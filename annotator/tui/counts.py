"""Counts as a person types them, and their field: "at least 12", "6-8", "dozens of families", "min 10 best 12 max 15".

Invariant: what is read from words fits the attribute's kind but for its units; nothing is returned where the words
hold a figure that cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.cells import cell_len

from annotator.core.attributes import COUNT_NUMBERS, COUNT_WORDS, LARGEST, describe, plurals, problem_with
from annotator.core.quantity import read_quantity
from annotator.core.schema import Count
from annotator.tui.entry import EditLine, Part, fit
from annotator.tui.fields import CLEARS, UNSET, TextField

_PART: Final = re.compile(rf"\b({'|'.join((*COUNT_NUMBERS, *COUNT_WORDS))})\b[\s:=]*")
_ORDER: Final = (*COUNT_NUMBERS, *COUNT_WORDS)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,'’]\d+)*|[-–—−]")
_BETWEEN: Final = re.compile(r"\s*(?:[-–—−]|\b(?:to|and)\b)\s*")
_LONGEST: Final = 24  # words: each is tried

_FILLER: Final = re.compile(
    "an?|the|of|and|from|as|one|its|their|his|her|total|other|another|further|exactly|people|persons?|individuals|"
    "civilians|men|women|children|adults|family|families|households?|人",
    re.IGNORECASE,
)
"""Words that may stand beside a figure without changing it."""


class CountField(TextField):
    """How many, read off what is typed; the span's own words are the suggestion.

    Args:
        name: The attribute's name.
        attribute: What the schema says about it.
        given: Its value when the form was opened, or UNSET.
        words: The words of the span.
    """

    keys = "12, 6-8, at least 30, dozens, min 6 max 8"
    takes_hash = False

    def __init__(self, name: str, attribute: Count, given: Any, *, words: str) -> None:
        self._units = attribute.units
        super().__init__(name, attribute, given)
        found = read_quantity(words) if given is UNSET else None
        self.suggested = found is not None and not problem_with(found, attribute)
        self._found = found
        if found is not None and self.suggested:
            self.line = EditLine(count_words(found, units=self._units))

    @property
    def value(self) -> Any:
        """What it would be kept as: the suggestion while nothing else was typed."""
        return self._found if self.suggested else super().value

    @property
    def problem(self) -> str:
        """What is wrong with the value itself, or ""."""
        if not self.touched or self.suggested:
            return super().problem
        if isinstance(self.value, str):
            return "holds no count: try 12, 6-8, at least 30 or dozens"
        return super().problem or unread(self.line.text, units=self._units)

    def _shown(self, value: Any) -> str:
        return count_words(value, units=self._units) if isinstance(value, Mapping) else describe(value)

    def _made(self) -> Any:
        words = self.line.text.strip()
        if not words:
            return UNSET
        return read_count(words, units=self._units) or words

    def press(self, key: str, character: str | None) -> bool:
        """Edit; typing replaces a suggestion, deleting takes it away, moving takes it over to be edited."""
        if self.suggested:
            typed = bool(character and character.isprintable())
            if not typed and key not in ("left", "right", "home", "end", "ctrl+u", "ctrl+w", *CLEARS):
                return False
            self.suggested, self.touched = False, True
            if typed or key in CLEARS:
                self.line = EditLine()
        return super().press(key, character)

    def paste(self, words: str) -> None:
        """Put words in at the cursor, in place of a suggestion."""
        if self.suggested:
            self.suggested = False
            self.line = EditLine()
        super().paste(words)

    def lines(self, width: int, *, current: bool) -> list[list[Part]]:
        """Return the line and what was read off it."""
        value = self.value
        derived = "" if not isinstance(value, Mapping) else parts_of(value)
        if self.suggested:
            derived += "   from the words"
        room = max(8, min(cell_len(self.line.text) + 1, width - min(len(derived), width // 2) - 3))
        if self.suggested:
            shown: list[Part] = [(fit(self.line.text, room), "suggested")]
        else:
            shown = self._line(room, current=current)
        used = sum(cell_len(text) for text, _ in shown)
        if derived and used + 6 < width:
            shown.append(("   " + fit(derived, width - used - 3), "dim"))
        return [shown]


def read_count(words: str, *, units: Sequence[str] = ()) -> dict[str, Any] | None:
    """Return the count that somebody typed, or None if it cannot be read.

    Args:
        words: Words as in an article, or the names of a count's parts, each with its value, or both.
        units: What the schema counts; a unit that the words name is recognised by its singular and plural.

    Returns:
        Any of min, best, max, qualifier, term and unit.  Words without a figure that no rule knows become the term.
    """
    first, *rest = _PART.split(words)
    value = read_quantity(first) or {}
    unit = value.get("unit")
    if unit not in units:
        unit = next((each for each in units if _names(each, first)), unit)
    if unit:
        value["unit"] = unit
    if not value.keys() - {"unit"} and first.strip():
        if any(c.isdecimal() for c in first):
            return None
        value["term"] = " ".join(first.split())
    for name, words_of_part in zip(rest[::2], rest[1::2], strict=True):
        part = words_of_part.strip(" ,;")
        number = (read_quantity(part) or {}).get("best") if name in COUNT_NUMBERS else part
        if number is None or number == "":
            return None
        value[name] = number
    return {name: value[name] for name in _ORDER if name in value} or None


def unread(words: str, *, units: Sequence[str] = ()) -> str:
    """Say what of the words that somebody typed plays no part in the count read from them, or return "".

    What articles say may hold anything; what is typed as a count must not lose a word, as it may be a slip.
    """
    if len(words.split()) > _LONGEST:
        return f"has more than {_LONGEST} words"
    first, *rest = _PART.split(words)
    if first.strip() and not (read_quantity(first) or {}).keys() - {"unit"}:
        said = " ".join(first.split())
        return f"“{said}” is no count: try 12, 6-8, at least 30, dozens, or term {said}"
    numbers = [part for name, part in zip(rest[::2], rest[1::2], strict=True) if name in COUNT_NUMBERS]
    for part in (first, *numbers):
        idle = _idle(part, units)
        if idle:
            return _reversed(part) or f"“{idle}” is not understood"
    return ""


def _idle(words: str, units: Sequence[str]) -> str:
    """Return those words without which the same count is read, but for fillers."""
    whole = read_count(words, units=units)
    found = [match for match in _WORD.finditer(words) if not _FILLER.fullmatch(match[0])]
    return " ".join(
        match[0]
        for match in found
        if read_count(words[: match.start()] + " " + words[match.end() :], units=units) == whole
    )


def _reversed(words: str) -> str:
    """Say that a range ends below its beginning, if it does."""
    for joint in _BETWEEN.finditer(words):
        low, high = (read_quantity(part) or {} for part in (words[: joint.start()], words[joint.end() :]))
        if low.get("best", 0) > high.get("best", LARGEST):
            return f"min {low['best']} is more than max {high['best']}"
    return ""


def count_words(value: Mapping[str, Any], *, units: Sequence[str] = ()) -> str:
    """Return words that `read_count` reads as this count: plain ones if there are any."""
    for words in _plain(value):
        if read_count(words, units=units) == value and not unread(words, units=units):
            return words
    return " ".join(f"{name} {value[name]}" for name in _ORDER if name in value)


def parts_of(value: Mapping[str, Any]) -> str:
    """Return the parts of a count by name, for the form."""
    shown = (f"{name} {value[name]:,}" if isinstance(value[name], int) else f"{name} {value[name]}" for name in value)
    return " · ".join(shown)


def _plain(value: Mapping[str, Any]) -> Iterator[str]:
    qualifier, term, unit = (str(value.get(name, "")) for name in COUNT_WORDS)
    given = [value[name] for name in COUNT_NUMBERS if isinstance(value.get(name), int)]
    numbers = [f"{number + off}" for number in given[:1] for off in (0, -1, 1)] if len(given) == 1 else []
    if len(given) == 2:
        numbers.append(f"{given[0]}-{given[1]}")
    for number in ("", *numbers):
        for named in (f"of {plural}" if term else plural for plural in (*plurals(unit), unit)):
            yield " ".join(filter(None, (qualifier, number, term, named if unit else "")))


def _names(unit: str, words: str) -> bool:
    """Say whether words name a unit."""
    known = "|".join(map(re.escape, (unit, *plurals(unit))))
    return re.search(rf"(?<!\w)(?:{known})(?!\w)", words, re.IGNORECASE) is not None
