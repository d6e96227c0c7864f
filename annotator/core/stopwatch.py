"""The time that somebody is at work, from the moments at which something was done.

Invariant: time counts only while the last key or mouse event is less than `idle` seconds ago; of a longer pause the
first `idle` seconds count, for nobody can say when in it the person left.
"""

from __future__ import annotations

from collections.abc import Callable


class Stopwatch:
    """Counts seconds at work; it stands until the first `act`.

    Args:
        clock: A monotonic clock, in seconds.
        idle: After how many seconds without a key or mouse event a person counts as away.
    """

    def __init__(self, clock: Callable[[], float], *, idle: float) -> None:
        self._clock = clock
        self._idle = idle
        self._acted: float | None = None
        self._counted_to = 0.0
        self._seconds = 0.0

    def act(self) -> None:
        """Take note of a key or a mouse event."""
        now = self._clock()
        self._count(now)
        self._acted = self._counted_to = now

    def take(self) -> float:
        """Return the seconds at work since the last call."""
        self._count(self._clock())
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    def stop(self) -> float:
        """Return the seconds at work since the last call, and stand until the next `act`."""
        seconds = self.take()
        self._acted = None
        return seconds

    def _count(self, now: float) -> None:
        if self._acted is not None:
            until = min(now, self._acted + self._idle)
            self._seconds += max(0.0, until - self._counted_to)
            self._counted_to = max(self._counted_to, until)


def duration(seconds: float) -> str:
    """Return a time for people: `45 s`, `12 min`, `3 h 05 min`."""
    if seconds < 60:
        return f"{round(seconds)} s" if round(seconds) < 60 else "1 min"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60:02} min"
