"""The figures of comparisons with other tools; the tools themselves are not run here."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.measure import Run
from benchmarks.peers.common import labels_of, peer, table


@pytest.mark.parametrize(("seconds", "kept"), [(30.0, True), (29.8, False)])
def test_a_promise_is_judged_by_the_clock(seconds: float, kept: bool) -> None:
    printed: list[str] = []
    theirs = peer({"load": seconds, "load_work": 7.0, "load_mebibytes": 300.0}, "load")
    assert table([("load", Run(2.0, 50.0, 0, 1.0), theirs)], printed.append) is kept
    figures = ["load", "2.00", "1.00", "50", f"{seconds:.2f}", "7.00", "300", f"{seconds / 2:.1f}", "7.0"]
    assert printed[1].split()[:9] == figures


def test_one_row_that_is_too_slow_breaks_the_promise_of_all() -> None:
    ours, slow, fast = Run(1.0, 1.0, 0, 1.0), Run(2.0, 1.0, 0, 50.0), Run(50.0, 1.0, 0, 50.0)
    assert not table([("in", ours, slow), ("out", ours, fast)], str)


def test_labels_are_counted_wherever_they_stand() -> None:
    span = {"start": 0, "end": 3, "label": "x"}
    assert labels_of([{"text": "abc", "spans": [span, span]}, {"text": "abc"}]) == Counter({("abc", 0, 3, "x"): 2})
