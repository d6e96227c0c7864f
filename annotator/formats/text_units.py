"""Offsets of other tools: what they may count instead of code points, converted exactly.

Invariant: an offset that falls within a character, or outside the text, has no code point and is never rounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

_ASTRAL: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that offsets count.

    Args:
        name: What messages call it; "" for code points.
        before: How many units stand before each code point, and before the end; None if units are code points.
        length: Of the text, in code points.
    """

    name: str
    before: Sequence[int] | None
    length: int

    def offset(self, units: int) -> int | None:
        """Return the code-point offset, or None if there is none."""
        if self.before is None:
            return units if 0 <= units <= self.length else None
        at = bisect_right(self.before, units) - 1
        return at if at >= 0 and self.before[at] == units else None

    def extent(self, start: int, end: int) -> tuple[int, int] | None:
        """Return a stretch of the text as code-point offsets, or None if it is none or empty."""
        first, last = self.offset(start), self.offset(end)
        return (first, last) if first is not None and last is not None and first < last else None


def utf16(text: str) -> Unit:
    """Return the unit of Java, JavaScript and .NET: characters beyond U+FFFF count twice."""
    if not text or max(text) <= "\uffff":
        return Unit("UTF-16 units", None, len(text))
    widths = (2 if ord(c) > _ASTRAL else 1 for c in text)
    return Unit("UTF-16 units", list(accumulate(widths, initial=0)), len(text))


def utf16_offsets(text: str) -> Sequence[int]:
    """Return how many UTF-16 units stand before each code point of a text, and before its end."""
    before = utf16(text).before
    return range(len(text) + 1) if before is None else before


def crlf_as_one(text: str) -> Unit:
    """Return the unit of tools that read text with universal newlines: CR LF counts as one."""
    # The LF has the offset of what follows it, and `Unit.offset` takes the last of equals: never between the two.
    widths = [0 if c == "\n" and at and text[at - 1] == "\r" else 1 for at, c in enumerate(text)]
    before = list(accumulate(widths, initial=0))
    return Unit("characters with CRLF as one", before, len(text))


def units_of(text: str, *, marked: bool = False) -> Iterator[Unit]:
    """Yield what offsets into a text may count, the likeliest first; only what makes a difference for this text.

    Args:
        text: The text, without a mark of the byte order.
        marked: Whether its file has one, which some tools take for a character.
    """
    length = len(text)
    yield Unit("", None, length)
    if "\r\n" in text:
        yield crlf_as_one(text)
    if text and max(text) > "\uffff":
        yield utf16(text)
    if marked:
        yield Unit("the byte order mark as a character", range(1, length + 2), length)
