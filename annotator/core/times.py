"""Moments as people write them, and as the journal keeps them.

Invariant: a moment is always in UTC to the millisecond, in the form in which the journal keeps times, so moments
compare as text; words that can be read in two ways are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from annotator.errors import UsageError

_AGO: Final = re.compile(r"(\d{1,6})\s*([a-z]+)(?:\s+ago)?", re.ASCII)
_UNITS: Final = {
    "seconds": ("s", "sec", "second", "seconds"),
    "minutes": ("m", "min", "minute", "minutes"),
    "hours": ("h", "hour", "hours"),
    "days": ("d", "day", "days"),
    "weeks": ("w", "week", "weeks"),
}
_SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800}
_ISO: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,6})?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?", re.I
)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
HINT: Final = "for example 2026-01-02, 2026-01-02T10:00, 2026-01-02T10:00Z, 13:05, 2h, 3d, yesterday"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, and what was assumed to find it.

    Args:
        text: In UTC, as the journal keeps times.
        zone: The name of the zone that was assumed because none was given; "" if nothing was assumed.
    """

    text: str
    zone: str = ""


def moment(words: str, *, now: datetime, zone: tzinfo | None = None) -> Moment:
    """Read a moment.

    Args:
        words: ISO 8601 (`2026-01-02` is the beginning of that day, `2026-01-02T10:00`, `2026-01-02T10:00:05+01:00`),
            how long ago (`90s`, `30m`, `2h`, `3d`, `1w`, also spelled out), `now`, `today` or `yesterday` (their
            beginning), or a time of today (`13:05`).
        now: The time, with its zone.
        zone: Assumed where the words have none; the machine's own, with its summer time, if None.

    Raises:
        UsageError: If the words cannot be read.
    """
    plain = words.strip().casefold()
    try:
        if plain == "now":
            return Moment(journal_time(now))
        if plain in ("today", "yesterday"):
            today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            return _local(today - timedelta(days=plain == "yesterday"), zone)
        if found := _CLOCK.fullmatch(plain):
            hour, minute, second = (int(part or 0) for part in found.groups())
            today = now.astimezone(zone).replace(hour=hour, minute=minute, second=second, microsecond=0, tzinfo=None)
            return _local(today, zone)
        if found := _AGO.fullmatch(plain):
            unit = next((unit for unit, names in _UNITS.items() if found[2] in names), None)
            if unit is not None:
                return Moment(journal_time(now - timedelta(seconds=int(found[1]) * _SECONDS[unit])))
        elif _ISO.fullmatch(words.strip()):
            read = datetime.fromisoformat(re.sub(r"\s(?=[zZ+-])", "", words.strip()).replace(",", ".").upper())
            return Moment(journal_time(read)) if read.tzinfo else _local(read, zone)
    except (ValueError, OverflowError, OSError) as error:  # no such day, or a year that no calendar has
        raise UsageError(f"{words[:60]!r} is no time: {error}", hint=HINT) from error
    raise UsageError(f"{words[:60]!r} is no time that can be read", hint=HINT)


def journal_time(time: datetime) -> str:
    """Return a time that has a zone as the journal keeps it: UTC, to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds")


def local_time(text: str, *, zone: tzinfo | None = None) -> datetime:
    """Return a time of the journal in a zone; the machine's own if None.

    A time that cannot be read, as a damaged file may have, is the beginning of time.
    """
    try:
        return datetime.fromisoformat(text).astimezone(zone)
    except (ValueError, OverflowError):
        return datetime(1, 1, 2, tzinfo=UTC)


def _local(time: datetime, zone: tzinfo | None) -> Moment:
    placed = time.astimezone() if zone is None else time.replace(tzinfo=zone)
    return Moment(journal_time(placed), f"{placed.tzname() or 'local'} (UTC{placed.isoformat()[-6:]})")
