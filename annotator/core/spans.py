"""Spans: labelled stretches of one article.

Invariant: a span is a value; `start < end` are half-open code-point offsets, and spans of one layer are always kept
in the order of `Span.key` (start, longest first, id), so that a parent comes before what it contains.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from annotator.core.counting import count
from annotator.errors import InputError

Key = tuple[int, int, str]

# Ids from files may be anything; int() refuses thousands of digits, and no such number is ever reached by counting.
_OWN_ID = re.compile(r"s[0-9]{1,18}")


class Ref(NamedTuple):
    """Where a span is in its layer: enough to find it by bisection."""

    start: int
    end: int
    id: str

    @property
    def key(self) -> Key:
        """The sort key of the span that this points to."""
        return (self.start, -self.end, self.id)


@dataclass(frozen=True, slots=True)
class Span:
    """One labelled stretch of text.

    Args:
        id: Unique in its layer; links from other spans use it.
        start: First code point, counted from 0.
        end: One past the last code point.
        label: A label's name in the schema.
        attributes: JSON values by attribute name; only what was set.
        note: Free words of the annotator.
        source: What proposed it ("" when a person tagged it by hand).
    """

    id: str
    start: int
    end: int
    label: str
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    note: str = ""
    source: str = ""

    @property
    def key(self) -> Key:
        """The order of spans in a layer: start, longest first, id."""
        return (self.start, -self.end, self.id)

    @property
    def ref(self) -> Ref:
        """Where this span is, for `Remove` and `Change`."""
        return Ref(self.start, self.end, self.id)

    def surface(self, text: str) -> str:
        """Return the words that the span covers."""
        return text[self.start : self.end]

    def overlaps(self, start: int, end: int) -> bool:
        """Say whether at least one code point is shared; spans that only touch do not overlap."""
        return self.start < end and start < self.end

    def contains(self, other: Span) -> bool:
        """Say whether the other span lies within this one (equal extents included)."""
        return self.start <= other.start and other.end <= self.end


def span_key(span: Span) -> Key:
    """Return `span.key`; a plain function for `bisect` and `sorted`."""
    return (span.start, -span.end, span.id)


def check_extent(start: int, end: int, *, length: int) -> None:
    """Refuse offsets that are not a stretch of a text of this length.

    Raises:
        InputError: If the offsets are negative, empty, reversed or past the end.
    """
    if start < 0 or end < 0:
        raise InputError(f"span {start}–{end} has a negative offset", hint="offsets count code points from 0")
    if start >= end:
        raise InputError(f"span {start}–{end} is empty or reversed", hint="end must be greater than start")
    if end > length:
        raise InputError(
            f"span {start}–{end} ends past the text, which has {count(length, 'code point')}",
            hint="offsets must be code points of this very text, not bytes or UTF-16 units",
        )


def next_number(spans: Iterable[Span]) -> int:
    """Return the first number N for which "sN" and all after it are free as span ids."""
    used = (int(s.id[1:]) for s in spans if _OWN_ID.fullmatch(s.id))
    return max(used, default=0) + 1
