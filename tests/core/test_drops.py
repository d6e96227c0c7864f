"""Layers that lose most of their spans are noticed; what was taken back does not count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.core.drops import LEAST, Drop, Tick, drop


def ticks(*steps: int | tuple[str, int, int]) -> list[Tick]:
    """Return batches numbered from 1: a change in spans, or (kind, of, change)."""
    made = []
    for number, step in enumerate(steps, 1):
        kind, of, delta = step if isinstance(step, tuple) else ("do", None, step)
        made.append(Tick(number, kind, of, delta))  # type: ignore[arg-type]
    return made


def total(steps: list[Tick]) -> int:
    return sum(tick.delta for tick in steps)


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (ticks(20, -10), Drop(20, 10, 2, 10, 2, 1)),
        (ticks(20, -9), None),  # fewer than ten
        (ticks(30, -14), None),  # less than half
        (ticks(18, -10), Drop(18, 8, 2, 10, 2, 1)),
        (ticks(20, *[-1] * 12), Drop(20, 8, 3, 1, 2, 12)),
        (ticks(20, -12, 1, -2), Drop(20, 7, 2, 12, 2, 2)),
        (ticks(20, -12, 15), None),  # it has most of them again
        (ticks(20, -12, ("undo", 2, 12)), None),
        (ticks(20, ("undo", 1, -20)), None),  # a bulk tag taken back
        (ticks(20, ("undo", 1, -20), ("redo", 1, 20), -15), Drop(20, 5, 4, 15, 4, 1)),
        (ticks(5, 20, ("do", 2, -20)), None),  # taken back by number
        (ticks(20, -12, ("do", 2, 12), ("undo", 3, -12)), Drop(20, 8, 2, 12, 2, 1)),
        ([], None),
    ],
    ids=str,
)  # fmt: skip
def test_drops(steps: list[Tick], found: Drop | None) -> None:
    worst = drop(steps, total(steps))
    if found is not None and worst is not None and found.lost == 1:
        assert (worst.peak, worst.now, worst.first, worst.batches) == (found.peak, found.now, 2, 12)
    else:
        assert worst == found


def test_what_was_there_before_the_batches_looked_at_counts() -> None:
    assert drop([Tick(9, "do", None, -60)], 40) == Drop(100, 40, 9, 60, 9, 1)


def test_the_undo_of_an_older_batch_is_no_drop() -> None:
    assert drop([Tick(9, "undo", 3, -60)], 40) is None


@given(st.lists(st.integers(-15, 15), max_size=30), st.integers(0, 20))
def test_a_drop_is_half_of_the_peak_and_ten(deltas: list[int], start: int) -> None:
    counts, steps = [start], []
    for number, delta in enumerate(deltas, 1):
        delta = max(delta, -counts[-1])
        counts.append(counts[-1] + delta)
        steps.append(Tick(number, "do", None, delta))
    peak, now = max(counts), counts[-1]
    found = drop(steps, now)
    assert (found is not None) == (peak - now >= LEAST and 2 * now <= peak)
    if found is not None:
        assert (found.peak, found.now) == (peak, now)
        assert counts[found.first - 1] == peak
        assert -steps[found.batch - 1].delta == found.lost == max(-tick.delta for tick in steps[found.first - 1 :])
