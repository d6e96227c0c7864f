"""Counts as a person types them: "at least 12", "6-8", "dozens of families", or "min 10 best 12 max 15".

Invariant: what is read from words fits the attribute's kind but for its units; nothing is returned where the words
hold a figure that cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from annotator.core.attributes import COUNT_NUMBERS, COUNT_WORDS
from annotator.core.quantity import read_quantity

_PART: Final = re.compile(rf"\b({'|'.join((*COUNT_NUMBERS, *COUNT_WORDS))})\b[\s:=]*")
_ORDER: Final = (*COUNT_NUMBERS, *COUNT_WORDS)


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
    if value.get("unit") not in (*units, *([] if units else [value.get("unit")])):
        named = next((unit for unit in units if _names(unit, first)), None)
        if named is not None:
            value["unit"] = named
    elif units and "unit" not in value:
        value |= {"unit": unit for unit in units[::-1] if _names(unit, first)}
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


def count_words(value: Mapping[str, Any], *, units: Sequence[str] = ()) -> str:
    """Return words that `read_count` reads as this count: plain ones if there are any."""
    for words in _plain(value):
        if read_count(words, units=units) == value:
            return words
    return " ".join(f"{name} {value[name]}" for name in _ORDER if name in value)


def parts_of(value: Mapping[str, Any]) -> str:
    """Return the parts of a count by name, for the form."""
    shown = (f"{name} {value[name]:,}" if isinstance(value[name], int) else f"{name} {value[name]}" for name in value)
    return " · ".join(shown)


def _plain(value: Mapping[str, Any]) -> Iterator[str]:
    qualifier, term, unit = (str(value.get(name, "")) for name in COUNT_WORDS)
    given = [value[name] for name in COUNT_NUMBERS if isinstance(value.get(name), int)]
    numbers = [f"{number + off:,}" for number in given[:1] for off in (0, -1, 1)] if len(given) == 1 else []
    if len(given) == 2:
        numbers.append(f"{given[0]:,}-{given[1]:,}")
    for number in ("", *numbers):
        for named in (f"of {plural}" if term else plural for plural in (*_plurals(unit), unit)):
            yield " ".join(filter(None, (qualifier, number, term, named if unit else "")))


def _plurals(unit: str) -> tuple[str, ...]:
    return (unit[:-1] + "ies",) if unit.endswith("y") else (unit + "s", unit + "es")


def _names(unit: str, words: str) -> bool:
    """Say whether words name a unit."""
    known = "|".join(map(re.escape, (unit, *_plurals(unit))))
    return re.search(rf"(?<!\w)(?:{known})(?!\w)", words, re.IGNORECASE) is not None
