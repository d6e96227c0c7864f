"""Cells and header of WebAnno TSV 3: escapes, stacks, disambiguation numbers, and which column is of which layer.

Invariant: `unescape_value(escape_value(words)) == words`, and the same for texts of one line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_RESERVED: Final = re.compile(r"->|[\\\[\]|_;*\t\n]")
_ESCAPED: Final = re.compile(r"\\(->|[\\\[\]|_;*tn])")
_IN_TEXT: Final = {"\t": "t", "\n": "n", "\x0c": "f", "\r": "r", "\b": "b", "\\": "\\"}
_OUT_OF_TEXT: Final = {letter: c for c, letter in _IN_TEXT.items()}
_CONTROL: Final = re.compile(r"[\x00-\x0a\x0c-\x1f\\]")
_TEXT_ESCAPE: Final = re.compile(r"\\([tnfrb\\\x00-\x1f])", re.DOTALL)
_NUMBERED: Final = re.compile(r"((?:\\.|[^\\])*?)\[([0-9]{1,9})\]", re.DOTALL)
_PLAINLY_NUMBERED: Final = re.compile(r"([^\\\[]*)\[([0-9]{1,9})\]")  # most are, and it takes half as long
_REFERENCE: Final = re.compile(r"([0-9]+-[0-9]+(?:\.[0-9]+)?)(?:\[([0-9]{1,9})(?:_([0-9]{1,9}))?\])?")
_CHAIN: Final = re.compile(r"(.*?)(?<!\\)->([0-9]{1,9})-([0-9]{1,9})", re.DOTALL)

NONE: Final = "_"
NULL: Final = "*"


def escape_value(words: str) -> str:
    """Return a feature's value as a cell may hold it."""
    return _RESERVED.sub(lambda found: "\\" + {"\t": "t", "\n": "n"}.get(found[0], found[0]), words)


def unescape_value(words: str) -> str:
    """Return what a cell's value means."""
    return _ESCAPED.sub(lambda found: {"t": "\t", "n": "\n"}.get(found[1], found[1]), words)


def escape_text(line: str) -> str:
    """Return a line of a sentence as a `#Text=` line holds it."""
    return _CONTROL.sub(lambda found: "\\" + _IN_TEXT.get(found[0], found[0]), line)


def unescape_text(line: str) -> str:
    """Return the line of a sentence that a `#Text=` line holds."""
    return _TEXT_ESCAPE.sub(lambda found: _OUT_OF_TEXT.get(found[1], found[1]), line)


def split(cell: str, separator: str) -> list[str]:
    """Return the parts of a cell between separators that are not escaped; none if it is empty."""
    if cell == NONE:
        return []
    if "\\" not in cell:
        return cell.split(separator)
    parts, escaped = [""], False
    for c in cell:
        if c == separator and not escaped:
            parts.append("")
        else:
            parts[-1] += c
        escaped = c == "\\" and not escaped
    return parts


class Numbered(NamedTuple):
    """A value, None where it is null, and its disambiguation number, 0 for none."""

    value: str | None
    number: int


def number_of(words: str) -> int:
    """Return the disambiguation number of a value, 0 for none."""
    found = _PLAINLY_NUMBERED.fullmatch(words) or _NUMBERED.fullmatch(words)
    return int(found[2]) if found is not None else 0


def numbered(words: str) -> Numbered:
    """Return a value without its number in brackets, and that."""
    found = _PLAINLY_NUMBERED.fullmatch(words) or _NUMBERED.fullmatch(words)
    value, number = (found[1], int(found[2])) if found is not None else (words, 0)
    return Numbered(None if value == NULL else unescape_value(value), number)


class Reference(NamedTuple):
    """The unit to which something points, and the numbers in brackets, 0 for none."""

    unit: str
    first: int
    second: int


def reference(words: str) -> Reference | None:
    """Return what a cell points to, or None if it does not."""
    found = _REFERENCE.fullmatch(words)
    return Reference(found[1], int(found[2] or 0), int(found[3] or 0)) if found is not None else None


def chain_link(words: str) -> tuple[str | None, int, int] | None:
    """Return the relation, chain and place of "coref->1-2", or None if it is no such thing."""
    found = _CHAIN.fullmatch(words)
    if found is None:
        return None
    return None if found[1] == NULL else unescape_value(found[1]), int(found[2]), int(found[3])


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the header.

    Args:
        kind: "SP" for spans, "RL" for relations, "CH" for chains.
        type: Its name in the project.
        features: Names of features with their columns, slots left out.
        slots: Names of slot features with the column of the roles; the targets are in the next one.
        base: The type that relations connect, "" if it is none.
        first: Its first column.
        width: How many columns it has.
    """

    kind: str
    type: str
    first: int
    width: int
    features: tuple[tuple[str, int], ...] = ()
    slots: tuple[tuple[str, int], ...] = ()
    base: str = ""

    @property
    def name(self) -> str:
        """The last part of the type's name."""
        return self.type.rsplit(".", 1)[-1]


@dataclass(slots=True)
class Header:
    """All layers of a file."""

    layers: list[Layer] = field(default_factory=list)
    width: int = 0

    def add(self, kind: str, parts: Sequence[str]) -> None:
        """Add the layer of one header line, split at "|"."""
        type, fields = parts[0], parts[1:] or [""]
        features, slots, base, at = [], [], "", self.width
        number = 0
        while number < len(fields):
            name, column = fields[number], at + number
            if kind == "SP" and name.startswith("ROLE_"):
                slots.append((name.split(":", 1)[-1].split("_", 1)[0], column))
                number += 1
            elif kind == "RL" and name.startswith("BT_"):
                base = name[3:]
            else:
                features.append((name, column))
            number += 1
        self.layers.append(Layer(kind, type, at, len(fields), tuple(features), tuple(slots), base))
        self.width += len(fields)
