"""Time at work: pauses, and what people read of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.core.stopwatch import Stopwatch, duration

IDLE = 60.0


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


STEPS = [
    ("nothing yet", [("wait", 100)], 0),
    ("keys", [("key", 0), ("wait", 10), ("key", 0), ("wait", 20), ("key", 0)], 30),
    ("a pause that is not idle", [("key", 0), ("wait", 59)], 59),
    ("of a longer pause only its beginning", [("key", 0), ("wait", 3600), ("key", 0), ("wait", 5)], 65),
    ("kept in the middle of a pause", [("key", 0), ("wait", 40), ("take", 0), ("wait", 40), ("take", 0)], 60),
    ("kept and gone on", [("key", 0), ("wait", 40), ("take", 0), ("wait", 10), ("key", 0), ("wait", 1)], 51),
    ("stopped", [("key", 0), ("wait", 10), ("stop", 0), ("wait", 10)], 10),
    ("stopped and begun anew", [("key", 0), ("wait", 10), ("stop", 0), ("wait", 9), ("key", 0), ("wait", 1)], 11),
]


@pytest.mark.parametrize(("steps", "seconds"), [case[1:] for case in STEPS], ids=[case[0] for case in STEPS])
def test_pauses(steps: list[tuple[str, float]], seconds: float) -> None:
    hands = Hands()
    watch = Stopwatch(hands, idle=IDLE)
    counted = 0.0
    for what, value in steps:
        hands.now += value
        match what:
            case "key":
                watch.act()
            case "take":
                counted += watch.take()
            case "stop":
                counted += watch.stop()
    assert counted + watch.take() == pytest.approx(seconds)


@given(st.lists(st.tuples(st.floats(0, 500), st.booleans()), max_size=30))
def test_however_often_it_is_read_it_counts_the_same(steps: list[tuple[float, bool]]) -> None:
    hands = Hands()
    often, once = Stopwatch(hands, idle=IDLE), Stopwatch(hands, idle=IDLE)
    counted, expected, last = 0.0, 0.0, None
    for wait, key in steps:
        hands.now += wait
        counted += often.take()
        if key:
            expected += min(hands.now - last, IDLE) if last is not None else 0.0
            last = hands.now
            often.act()
            once.act()
    expected += min(hands.now - last, IDLE) if last is not None else 0.0
    assert counted + often.take() == pytest.approx(expected)
    assert once.take() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.7, "1 min"),
        (90, "2 min"),
        (3590, "1 h 00 min"),
        (3900, "1 h 05 min"),
        (4e6, "1,111 h 07 min"),
    ],
    ids=str,
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
