"""Attribute values: what a span or an article may carry besides its label.

Invariant: a value is plain JSON, so it survives every journal, database and file; this module says which JSON values
fit which kind of attribute, and `problem_with` is the only place that decides it.

| kind    | value                                                                              |
|---------|------------------------------------------------------------------------------------|
| flag    | true or false                                                                      |
| choice  | one of the options                                                                 |
| choices | a list of different options                                                        |
| text    | a string that is not blank; with `format = "date"`, a day of the calendar          |
| number  | a finite number                                                                    |
| count   | an object with any of min, best, max (whole numbers), qualifier, term, unit        |
| link    | the id of a span of the same layer; a list of ids where the schema says `many`      |
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, Final

from annotator.core.schema import Attribute, Choice, Choices, Count, Flag, Link, Number, Text

COUNT_NUMBERS: Final = ("min", "best", "max")
COUNT_WORDS: Final = ("qualifier", "term", "unit")
SETTLED: Final = "settled:"
"""What the names of article-level attributes begin with that are no annotator's: the decisions on a gold layer.  They
are not held against the schema."""
LARGEST: Final = 2**53 - 1
"""Greatest whole number of a count: every reader of JSON keeps it exactly, and no toll comes near it."""

# What stands between such words and the bound that they give: "more than 30" is min 31.
_BOUNDS_BELOW: Final[Mapping[str, int]] = {
    "at least": 0, "no fewer than": 0, "no less than": 0, "more than": -1, "over": -1, "above": -1,
}  # fmt: skip
_BOUNDS_ABOVE: Final[Mapping[str, int]] = {
    "up to": 0, "at most": 0, "no more than": 0, "as many as": 0, "fewer than": 1, "less than": 1, "under": 1,
    "below": 1,
}  # fmt: skip


def problem_with(value: Any, attribute: Attribute) -> str:
    """Say in a few words what keeps this value from fitting the attribute, or return "" if nothing does.

    Link targets are not looked up here: that takes the layer, see `checks`.
    """
    match attribute:
        case Flag():
            return "" if isinstance(value, bool) else "is not true or false"
        case Choice():
            return "" if value in attribute.options else f"{value!r} is not one of {_list(attribute.options)}"
        case Choices():
            return _choices(value, attribute)
        case Text():
            return _text(value, attribute)
        case Number():
            return _number(value, attribute)
        case Count():
            return _count(value, attribute)
        case Link():
            return _link(value, attribute)


def targets(value: Any) -> Iterator[str]:
    """Yield the span ids that a link value points to; nothing if it is not one."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def describe(value: Any) -> str:
    """Return a value in a few words, for panels and messages."""
    if isinstance(value, Mapping):
        # Files bring what fits no kind; it has to be shown all the same.
        numbers = all(isinstance(value.get(name, 0), int) for name in COUNT_NUMBERS)
        known = numbers and value.keys() <= {*COUNT_NUMBERS, *COUNT_WORDS}
        return _describe_count(value) if known else str(dict(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return str(value)


def facts(attributes: Mapping[str, Any]) -> str:
    """Return attributes in a few words, each with its name."""
    return ", ".join(f"{name}: {describe(value)}" for name, value in attributes.items())


def _list(options: list[str]) -> str:
    return ", ".join(options)


def _choices(value: Any, attribute: Choices) -> str:
    if not isinstance(value, list) or not value:
        return "is not a list of options"
    wrong = [item for item in value if item not in attribute.options]
    if wrong:
        return f"{wrong[0]!r} is not one of {_list(attribute.options)}"
    return "" if len(set(value)) == len(value) else "names an option twice"


def _text(value: Any, attribute: Text) -> str:
    if not _is_text(value):
        return "is not a text"
    if attribute.format == "date" and not _is_day(value):
        return f"{value!r} is not a day of the calendar, write YYYY-MM-DD"
    if attribute.pattern and not re.fullmatch(attribute.pattern, value):
        return f"{value!r} does not match {attribute.pattern}"
    return ""


def _is_day(value: str) -> bool:
    """Say whether this is a day as YYYY-MM-DD; ISO 8601 has other forms, which would not sort beside it."""
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_text(value: Any) -> bool:
    """Say whether this is a string with something in it that a UTF-8 file can carry (no half of a UTF-16 pair)."""
    if not isinstance(value, str) or not value.strip():
        return False
    return value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value)


def _number(value: Any, attribute: Number) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "is not a number"
    if isinstance(value, float) and not math.isfinite(value):
        return "is not a finite number"
    if isinstance(value, int) and abs(value) > LARGEST:
        return f"is further from 0 than {LARGEST}"
    if attribute.min is not None and value < attribute.min:
        return f"{value} is less than {attribute.min:g}"
    if attribute.max is not None and value > attribute.max:
        return f"{value} is more than {attribute.max:g}"
    return ""


def _count(value: Any, attribute: Count) -> str:
    if not isinstance(value, Mapping) or not value:
        return "is not a count (an object with min, best, max, qualifier, term, unit)"
    for name, part in value.items():
        if name in COUNT_NUMBERS:
            if isinstance(part, bool) or not isinstance(part, int) or part < 0:
                return f"{name} is not a whole number from 0"
            if part > LARGEST:
                return f"{name} is more than {LARGEST}"
        elif name not in COUNT_WORDS:
            return f"has no field {name!r}"
        elif not _is_text(part):
            return f"{name} is not a text"
    if attribute.units and value.get("unit", attribute.units[0]) not in attribute.units:
        return f"unit {value['unit']!r} is not one of {_list(attribute.units)}"
    given = [(name, value[name]) for name in COUNT_NUMBERS if name in value]
    for (low, a), (high, b) in pairwise(given):
        if a > b:
            return f"{low} {a} is more than {high} {b}"
    return ""


def _link(value: Any, attribute: Link) -> str:
    if attribute.many:
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            return "is not a list of span ids"
        return "" if len(set(value)) == len(value) else "names a span twice"
    return "" if isinstance(value, str) and value else "is not a span id"


def _describe_count(value: Mapping[str, Any]) -> str:
    """Return a count as one would write it: the qualifier stands for the sign of a bound, and no figure comes twice."""
    low, best, high = (value.get(name) for name in COUNT_NUMBERS)
    qualifier, term, unit = (str(value.get(name) or "") for name in COUNT_WORDS)
    if low is not None and high is not None and low != high:
        number = f"{low:,}–{high:,}"
    elif best is not None:
        number = f"{best:,}"
    elif low is not None:
        shown, sign = _bound(low, qualifier, _BOUNDS_BELOW)
        number = f"{low:,}" if high == low else f"{sign}{shown:,}"
    elif high is not None:
        shown, sign = _bound(high, qualifier, _BOUNDS_ABOVE)
        number = f"{sign}{shown:,}"
    else:
        number = ""
    unit = unit if not unit or number == "1" else plurals(unit)[0]
    if not term:
        return " ".join(filter(None, (qualifier, number, unit)))
    words = " ".join(filter(None, (qualifier, term, "of" if unit and term.endswith("s") else "", unit)))
    return f"{words} ({number})" if number else words


def _bound(number: int, qualifier: str, offsets: Mapping[str, int]) -> tuple[int, str]:
    """Return the figure that stands after a qualifier, and the sign before it if the words do not say it."""
    if qualifier in offsets:
        return number + offsets[qualifier], ""
    return number, "≥ " if offsets is _BOUNDS_BELOW else "≤ "


def plurals(unit: str) -> tuple[str, ...]:
    """Return how the plural of a unit may be written, the likeliest first."""
    return (unit[:-1] + "ies",) if unit.endswith("y") else (unit + "s", unit + "es")
