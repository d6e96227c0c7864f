"""The figures of comparisons with other tools; the tools themselves are not run here."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.measure import Run
from benchmarks.peers.common import labels_of, peer, table


@pytest.mark.parametrize(("work", "kept"), [(15.0, True), (14.9, False)])
def test_a_promise_is_judged_by_the_work_and_not_by_the_clock(work: float, kept: bool) -> None:
    printed: list[str] = []
    theirs = peer({"load": 2.0, "load_work": work, "load_mebibytes": 300.0}, "load")
    assert table([("load", Run(2.0, 50.0, 0, 1.0), theirs)], printed.append) is kept
    assert printed[1].split()[:9] == ["load", "2.00", "1.00", "50", "2.00", f"{work:.2f}", "300", "1.0", f"{work:.1f}"]


def test_one_row_that_is_too_slow_breaks_the_promise_of_all() -> None:
    ours, slow, fast = Run(1.0, 1.0, 0, 1.0), Run(1.0, 1.0, 0, 2.0), Run(1.0, 1.0, 0, 50.0)
    assert not table([("in", ours, slow), ("out", ours, fast)], str)


def test_labels_are_counted_wherever_they_stand() -> None:
    span = {"start": 0, "end": 3, "label": "x"}
    assert labels_of([{"text": "abc", "spans": [span, span]}, {"text": "abc"}]) == Counter({("abc", 0, 3, "x"): 2})
