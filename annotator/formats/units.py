"""Offsets that count something else than code points, turned into code points at a format's edge and back.

Invariant: an offset is converted exactly or not at all: one that falls within a character, before the text or past its
end has no code point, and nothing is rounded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, Literal, get_args

Unit = Literal["codepoints", "utf16", "graphemes", "lf", "marked"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)

_NAMES: Final[Mapping[Unit, str]] = {
    "codepoints": "",
    "utf16": "UTF-16 units",
    "graphemes": "grapheme clusters",
    "lf": "characters with CRLF as one",
    "marked": "the byte order mark as a character",
}
_WIDE: Final = re.compile("[\U00010000-\U0010ffff]")
_LINE_ENDS: Final = re.compile(r"\r\n|.", re.DOTALL)


class Offsets:
    """The offsets of one text in a unit.

    Args:
        text: The text, without a mark of the byte order.
        unit: What its offsets count: code points; UTF-16 units as Java, JavaScript and .NET do, where characters beyond
            U+FFFF are two; grapheme clusters; code points of the text with LF in place of CRLF, as browsers and
            universal newlines have it; or code points with one more for the mark of the byte order.

    Attributes:
        name: What messages call the unit; "" for code points.
        differs: Whether an offset in the unit may be another one in code points.
    """

    def __init__(self, text: str, unit: Unit) -> None:
        self.name = _NAMES[unit]
        self._length = len(text)
        self._shift = int(unit == "marked")
        wide = [found.start() for found in _WIDE.finditer(text)] if unit == "utf16" and not text.isascii() else []
        self._wide: Sequence[int] = wide
        self._wide16: Sequence[int] = [at + number for number, at in enumerate(wide)]
        self._points = _points(text, unit)  # None where they follow from the others
        self.differs = self._points is not None or bool(wide or self._shift)

    def point(self, offset: int) -> int | None:
        """Return the code point at an offset in the unit, None where there is none; O(log n)."""
        if self._points is not None:
            return self._points[offset] if 0 <= offset < len(self._points) else None
        before = bisect_left(self._wide16, offset)
        if before and self._wide16[before - 1] == offset - 1:
            return None
        point = offset - before - self._shift
        return point if 0 <= point <= self._length else None

    def offset(self, point: int) -> int:
        """Return the offset in the unit of a code point that has one; O(log n)."""
        if self._points is not None:
            return bisect_left(self._points, point)
        return point + bisect_left(self._wide, point) + self._shift

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return a stretch in code points, None where an end has none."""
        if not self.differs:
            return (start, end) if 0 <= start <= self._length and 0 <= end <= self._length else None
        first, last = self.point(start), self.point(end)
        return None if first is None or last is None else (first, last)

    def extent(self, start: int, end: int) -> tuple[int, int] | None:
        """Return a stretch in code points, None where an end has none or nothing lies between them."""
        found = self.span(start, end)
        return found if found is not None and found[0] < found[1] else None


def _points(text: str, unit: Unit) -> Sequence[int] | None:
    """Return the code point at each offset, or None if they need no list."""
    if unit not in ("graphemes", "lf") or ("\r\n" not in text and (unit == "lf" or text.isascii())):
        return None
    pieces = _graphemes(text) if unit == "graphemes" else (match[0] for match in _LINE_ENDS.finditer(text))
    points = [0, *accumulate(map(len, pieces))]
    return None if len(points) == len(text) + 1 else points


def _graphemes(text: str) -> Iterator[str]:
    from wcwidth import iter_graphemes

    return iter_graphemes(text)


def likely(text: str, *, marked: bool = False) -> Iterator[Offsets]:
    """Yield what offsets into a text may count, the likeliest first; only what makes a difference for this text.

    Args:
        text: The text, without a mark of the byte order.
        marked: Whether its file has one, which some tools take for a character.
    """
    yield Offsets(text, "codepoints")
    units: tuple[Unit, ...] = ("lf", "utf16")
    for unit in units:
        offsets = Offsets(text, unit)
        if offsets.differs:
            yield offsets
    if marked:
        yield Offsets(text, "marked")
