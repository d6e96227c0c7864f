"""Offsets that count something else than code points, turned into code points at a format's edge and back.

Invariant: an offset is converted exactly or not at all: one that falls within a character, before the text or past its
end has no code point, and nothing is rounded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, Literal, get_args

Unit = Literal["codepoints", "utf16", "graphemes", "lf"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)

_LINE_ENDS: Final = re.compile(r"\r\n|.", re.DOTALL)


class Offsets:
    """The offsets of one text in a unit.

    Args:
        text: The text.
        unit: What its offsets count: code points, UTF-16 units as JavaScript does, grapheme clusters, or code points
            of the text with LF in place of CRLF, as browsers lay it out.
    """

    def __init__(self, text: str, unit: Unit) -> None:
        self._length = len(text)
        self._starts = _starts(text, unit)  # None where the unit and code points are the same

    @property
    def differs(self) -> bool:
        """Whether an offset in the unit may be another one in code points."""
        return self._starts is not None

    def point(self, offset: int) -> int | None:
        """Return the code point at an offset in the unit, None where there is none; O(log n)."""
        if self._starts is None:
            return offset if 0 <= offset <= self._length else None
        offsets, points = self._starts
        at = bisect_left(offsets, offset)
        return points[at] if at < len(offsets) and offsets[at] == offset else None

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return a stretch in code points, None where an end has none."""
        first, last = self.point(start), self.point(end)
        return None if first is None or last is None else (first, last)


def _starts(text: str, unit: Unit) -> tuple[Sequence[int], Sequence[int]] | None:
    """Return the offsets in the unit and the code points that they stand for, or None if they are all equal."""
    if unit == "codepoints" or (text.isascii() and "\r" not in text):
        return None
    if unit == "utf16":
        if max(text, default="") <= "\uffff":
            return None
        return [0, *accumulate(1 + (character > "\uffff") for character in text)], range(len(text) + 1)
    pieces = _graphemes(text) if unit == "graphemes" else (match[0] for match in _LINE_ENDS.finditer(text))
    points = [0, *accumulate(map(len, pieces))]
    return None if len(points) == len(text) + 1 else (range(len(points)), points)


def _graphemes(text: str) -> Iterator[str]:
    from wcwidth import iter_graphemes

    return iter_graphemes(text)
