"""The notation in which the corpus is written: words instead of offsets.

Invariant: a surface names exactly one place of the text, or the reading fails and says why; nothing here knows what a
line does to a layer, see `layers`.

The notation is described in `corpus/README.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from annotator.core.attributes import problem_with
from annotator.core.schema import Attribute, Choices, Count, Flag, Number
from annotator.errors import InputError

GOLD: Final = "gold"
ANNOTATORS: Final = ("annotator-1", "annotator-2")
META: Final = ("source", "date", "language", "country")
COUNT_NUMBERS: Final = ("min", "best", "max")

Extent = tuple[int, int]


class Fault(ValueError):
    """What is wrong with a line; the reader adds where."""


class Line(NamedTuple):
    """One line that is neither blank nor a comment, and its number, counted from 1."""

    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Source:
    """One article's `.spans` file, split into what it says about the article and the lines of each layer."""

    where: str
    meta: Mapping[str, str] = field(hash=False)
    sections: Mapping[str, tuple[Line, ...]] = field(hash=False)


def parse(words: str, *, where: str) -> Source:
    """Split a `.spans` file into its header and sections.

    Args:
        words: The whole file.
        where: The file's name for messages.

    Raises:
        InputError: If a header line, a section or a section's name is not what the notation allows.
    """
    meta: dict[str, str] = {}
    sections: dict[str, list[Line]] = {}
    current = ""
    for line in _lines(words):
        try:
            if line.words.startswith("["):
                current = _section(line.words, sections)
            elif current:
                sections[current].append(line)
            else:
                key, value = _meta(line.words, meta)
                meta[key] = value
        except Fault as fault:
            raise InputError(f"{where}:{line.number}: {fault}", hint="see corpus/README.md") from fault
    missing = [f"meta {key}" for key in META if key not in meta]
    missing += [f"[{name}]" for name in (GOLD, *ANNOTATORS) if not sections.get(name)]
    if missing:
        raise InputError(f"{where}:1: nothing is given for {', '.join(missing)}", hint="see corpus/README.md")
    return Source(where, meta, {name: tuple(lines) for name, lines in sections.items()})


def places(text: str, surface: str) -> list[Extent]:
    """Return every place of a surface; `left[[words]]right` stands for the words in that surrounding alone."""
    left, found, rest = surface.partition("[[")
    words, closed, right = rest.partition("]]")
    if not found:
        left, words, right = "", surface, ""
    elif not closed:
        raise Fault(f"{surface!r} has [[ without ]]")
    if not words:
        raise Fault("the surface is empty")
    whole = re.escape(left + words + right)
    return [(m.start() + len(left), m.start() + len(left) + len(words)) for m in re.finditer(whole, text)]


def place(text: str, surface: str) -> Extent:
    """Return the one place that a surface, with `##N` if it needs one, stands for."""
    words, number = numbered(surface)
    found = places(text, words)
    if not found:
        raise Fault(f"the text has no {words!r}")
    if number is None and len(found) > 1:
        raise Fault(f"the text has {words!r} {len(found)} times; add ##N")
    if number is not None and not 1 <= number <= len(found):
        raise Fault(f"the text has {words!r} {len(found)} times, so there is no ##{number}")
    return found[(number or 1) - 1]


def _lines(words: str) -> Iterator[Line]:
    for number, line in enumerate(words.split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            yield Line(number, line.strip())


def _section(words: str, sections: dict[str, list[Line]]) -> str:
    name = words.removeprefix("[").removesuffix("]")
    if not words.endswith("]") or name not in (GOLD, *ANNOTATORS):
        raise Fault(f"{words!r} is not a section; they are [{GOLD}], [{'], ['.join(ANNOTATORS)}]")
    if name in sections:
        raise Fault(f"there is a second [{name}]")
    sections[name] = []
    return name


def _meta(words: str, meta: Mapping[str, str]) -> tuple[str, str]:
    found = re.fullmatch(r"meta\s+([a-z_]+)\s*=\s*(\S.*)", words)
    if not found:
        raise Fault(f"{words!r} is not meta KEY = VALUE")
    if found[1] in meta:
        raise Fault(f"there is a second meta {found[1]}")
    if found[1] == "date" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", found[2]):
        raise Fault(f"date {found[2]!r} is not YYYY-MM-DD")
    return found[1], found[2]


def parts(words: str) -> list[str]:
    """Split a line at its bars."""
    return [part.strip() for part in words.split(" | ")]


def numbered(surface: str) -> tuple[str, int | None]:
    """Split the `##N` off a surface."""
    found = re.fullmatch(r"(.*\S)\s*##(\d+)", surface)
    return (found[1], int(found[2])) if found else (surface, None)


def pairs(values: str) -> Iterator[tuple[str, str]]:
    """Split `attribute=value; …` into names and the words of the values."""
    for pair in filter(None, (part.strip() for part in values.split(";"))):
        name, equals, value = pair.partition("=")
        if not equals:
            raise Fault(f"{pair!r} is not attribute=value")
        yield name.strip(), value.strip()


def with_value(
    values: Mapping[str, Any], name: str, words: str, kinds: Mapping[str, Attribute], owner: str
) -> dict[str, Any]:
    """Return the values with one of them set, or removed where there are no words for it."""
    top, _, part = name.partition(".")
    kind = kinds.get(top)
    if kind is None or bool(part) != isinstance(kind, Count):
        if isinstance(kind, Count) and not words:
            return {key: value for key, value in values.items() if key != top}
        raise Fault(f"{owner} has no attribute {name!r}")
    value = _count(values.get(top, {}), part, words) if part else _value(words, kind)
    rest = {key: old for key, old in values.items() if key != top}
    if not words and not value:
        return rest
    if problem := problem_with(value, kind):
        raise Fault(f"{top} {problem}")
    return {**values, top: value}


def _count(old: Mapping[str, Any], part: str, words: str) -> dict[str, Any]:
    rest = {key: value for key, value in old.items() if key != part}
    if not words:
        return rest
    order = ("min", "best", "max", "qualifier", "term", "unit")
    number = part in COUNT_NUMBERS and words.replace(",", "").isdecimal()
    full = {**rest, part: int(words.replace(",", "")) if number else words}
    return dict(sorted(full.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))


def _value(words: str, kind: Attribute) -> Any:
    """Return the JSON value that the words stand for under this kind; `problem_with` judges it."""
    match kind:
        case Flag():
            return {"true": True, "false": False}.get(words, words)
        case Number():
            return float(words) if re.fullmatch(r"-?\d+(\.\d+)?", words) else words
        case Choices():
            return [word.strip() for word in words.split(",") if word.strip()]
        case _:
            return words
