"""The day of an article, from its metadata, and spans of days as people write them.

Invariant: a day is `YYYY-MM-DD`, so that days compare as text; what can be read in two ways, such as 03/04/2025, is not
read at all.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

NAMES: Final = (
    "date",
    "published",
    "published_at",
    "publication_date",
    "pub_date",
    "pubdate",
    "datetime",
    "event_date",
)
"""Names under which articles' metadata has their day, the surest first."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS: Final = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?![\d])", re.ASCII)
_PACKED: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(?:[a-z]{3,9},?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})\b")
_MONTH_FIRST: Final = re.compile(r"(?:[a-z]{3,9},\s+)?([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")

Days = tuple[str, str]
"""The first and the last day of a span of days, both included; "" where it is open."""


def day_of(meta: Mapping[str, Any]) -> str:
    """Return the day that an article's metadata gives, or "" if it gives none that can be read.

    Args:
        meta: The metadata; the names in `NAMES` are tried in their order, whatever their case.
    """
    if not meta:
        return ""
    values = {str(name).casefold(): value for name, value in meta.items()}
    found = (day(values[name]) for name in NAMES if isinstance(values.get(name), str))
    return next(filter(None, found), "")


def day(words: str) -> str:
    """Return the day at the beginning of a text as `YYYY-MM-DD`, or "" if there is none.

    ISO 8601 with or without a time, `2025/3/4`, `20250304`, `4 March 2025`, `March 4, 2025` and RFC 5322 are read; of a
    month or a year it is the first day.
    """
    words = words.strip().casefold()
    if found := _PACKED.match(words):
        return _iso(*found.groups())
    if found := _NUMBERS.match(words):
        return _iso(found[1], found[2] or "1", found[3] or "1")
    if found := _DAY_FIRST.match(words):
        return _iso(found[3], _month(found[2]), found[1])
    if found := _MONTH_FIRST.match(words):
        return _iso(found[3], _month(found[1]), found[2])
    return ""


def days(words: str) -> Days | None:
    """Return the span of days that a person writes, or None if it cannot be read.

    `2025-03-04`, `2025-03` and `2025` are a day, a month and a year; `A..B` is from the first day of A to the last of
    B, and either may be left out.
    """
    first, dots, last = (part.strip() for part in words.partition(".."))
    if not dots:
        last = first
    from_day, to_day = _bound(first, last=False), _bound(last, last=True)
    if from_day is None or to_day is None or not (from_day or to_day) or (from_day and to_day and from_day > to_day):
        return None
    return from_day, to_day


def _bound(words: str, *, last: bool) -> str | None:
    """Return the first or last day of what is written; "" if nothing is, None if it cannot be read."""
    if not words:
        return ""
    found = _NUMBERS.fullmatch(words)
    if found is None:
        return day(words) or None
    year, month, date_ = found.groups()
    if not last:
        return _iso(year, month or "1", date_ or "1") or None
    number = int(month or 12)
    if not (1 <= number <= 12 and int(year)):
        return None
    return _iso(year, str(number), date_ or str(monthrange(int(year), number)[1])) or None


def _month(name: str) -> str:
    return str(_MONTHS.index(name[:3]) + 1) if name[:3] in _MONTHS else "0"


def _iso(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
