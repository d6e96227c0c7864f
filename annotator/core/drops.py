"""Sharp drops: layers that have lost most of their spans.

Invariant: what was taken back again does not count, in either direction, so the undoing of a bulk tag is no drop, and
undoing a drop ends it.  A drop is at least `LEAST` spans and at least half of the most that the layer had within the
batches looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from annotator.core.history import EntryKind

LEAST: Final = 10
SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class Tick:
    """A batch as far as the number of spans is concerned.

    Args:
        id: Its number in the journal.
        kind: What the journal calls it.
        of: The batch that it undoes, does again or takes back.
        delta: How many more spans the layer had after it.
    """

    id: int
    kind: EntryKind
    of: int | None
    delta: int


@dataclass(frozen=True, slots=True)
class Drop:
    """A layer that has lost most of its spans.

    Args:
        peak: The most spans that it had.
        now: How many it has.
        batch: The batch since then that took the most.
        lost: How many that one took.
        first: The first batch since the peak that took some.
        batches: How many batches since the peak took some.
    """

    peak: int
    now: int
    batch: int
    lost: int
    first: int
    batches: int


def drop(ticks: Sequence[Tick], now: int) -> Drop | None:
    """Return the drop that a layer's latest batches make, or None.

    Args:
        ticks: The latest batches of one layer, in order.
        now: How many spans the layer has after them.
    """
    count = peak = now
    since: list[Tick] = []  # what took spans, from the latest back to the peak
    pending: list[Tick] = []
    for tick in reversed(_in_force(ticks)):
        if tick.delta < 0:
            pending.append(tick)
        count -= tick.delta
        if count > peak:
            peak = count
            since += pending
            pending = []
    if peak - now < LEAST or now > peak * SHARE or not since:
        return None
    worst = min(since, key=lambda tick: tick.delta)
    return Drop(peak, now, worst.id, -worst.delta, since[-1].id, len(since))


def _in_force(ticks: Sequence[Tick]) -> list[Tick]:
    """Return the batches that were not taken back, without those that took back or did again."""
    made: dict[int, Tick] = {}
    undone: set[int] = set()
    owner: dict[int, int] = {}  # which batch an undo or redo is about in the end
    for tick in ticks:
        if tick.of is None:
            made[tick.id] = tick
            continue
        about = owner.get(tick.of, tick.of)
        owner[tick.id] = about
        if about in undone:
            undone.discard(about)
        else:
            undone.add(about)
    return [tick for id, tick in made.items() if id not in undone]
