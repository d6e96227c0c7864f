"""A UIMA CAS as plain values, whatever file it was in.

Invariant: a structure has its primitive values and its references apart, so nobody has to guess which number is an id;
offsets are as in the file, UTF-16 units, until `Offsets` turns them into code points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from annotator.errors import InputError

INITIAL_VIEW: Final = "_InitialView"
ARRAYS: Final = ("uima.cas.FSArray", "uima.cas.FSList")
NUMBERS: Final = frozenset({"uima.cas.Integer", "uima.cas.Long", "uima.cas.Short", "uima.cas.Byte"})
FLOATS: Final = frozenset({"uima.cas.Float", "uima.cas.Double"})
STRINGS: Final = frozenset({"uima.cas.String", "uima.cas.StringArray", "uima.cas.StringList"})
_ALWAYS_REFERENCES: Final = frozenset({"Governor", "Dependent", "target", "sofa"})


@dataclass(slots=True)
class Structure:
    """One feature structure.

    Args:
        id: Its number in the file.
        type: The full name of its type.
        values: Primitive features by name.
        refs: The numbers of other structures by the name of the feature that refers to them.
    """

    id: int
    type: str
    values: dict[str, Any] = field(default_factory=dict)
    refs: dict[str, list[int]] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """The last part of its type's name."""
        return self.type.rpartition(".")[2]


@dataclass(slots=True)
class Sofa:
    """One text; `members` are the structures in its index, None where the file has no index of it."""

    id: int
    name: str
    text: str | None
    members: set[int] | None = None


@dataclass(slots=True)
class Cas:
    """What a file holds."""

    sofas: list[Sofa] = field(default_factory=list)
    structures: dict[int, Structure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Types:
    """A type system: the supertype of each type, and the range of each of its own features."""

    supers: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def range_of(self, type: str, feature: str) -> str | None:
        """Return the range of a feature, its own or inherited; None if nobody says."""
        seen: set[str] = set()
        while type and type not in seen:
            seen.add(type)
            found = self.ranges.get(type, {}).get(feature)
            if found is not None:
                return found
            type = self.supers.get(type, "")
        return None

    def is_reference(self, type: str, feature: str) -> bool:
        """Say whether a feature names other structures; a few do by convention, where there is no type system."""
        found = self.range_of(type, feature)
        if found is None:
            return feature in _ALWAYS_REFERENCES
        if found in NUMBERS | FLOATS | STRINGS or found == "uima.cas.Boolean":
            return False
        primitive = found.startswith("uima.cas.") and found not in ARRAYS and found.endswith(("Array", "List"))
        subtype_of_string = self.supers.get(found) == "uima.cas.String"
        return not (primitive or subtype_of_string)

    def reader(self, type: str, feature: str) -> Callable[[str], Any]:
        """Return what makes a primitive value of the text that XML gives for a feature."""
        found = self.range_of(type, feature)
        if found in NUMBERS or feature in ("begin", "end"):
            return whole
        if found in FLOATS:
            return _fraction
        return _is_true if found == "uima.cas.Boolean" else str


def _fraction(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if number - number == 0 else text  # JSON has neither NaN nor infinity


def _is_true(text: str) -> bool:
    return text == "true"


@lru_cache(maxsize=4096)  # ids and offsets of one CAS are those of the next: a fifth of the time of reading (measured)
def whole(text: str) -> int:
    """Return a whole number.

    Raises:
        InputError: If it is none, or longer than any id or offset.
    """
    if len(text) > 18 or not (text.isdecimal() or text.removeprefix("-").isdecimal()):
        raise InputError(f"{text[:40]!r} is not a whole number", hint="export the file again")
    return int(text)
