"""Intervals: seeded, and the same whatever is held in memory."""

from __future__ import annotations

import random

import numpy as np
import pytest
from studies import two

from annotator.agreement import bootstrap
from annotator.agreement.bootstrap import Bootstrap, interval
from annotator.agreement.exact_f1 import MEASURE
from annotator.agreement.study import Study, Unit


def study(articles: int = 40) -> Study:
    draw = random.Random(3)

    def reading() -> list[Unit]:
        return [(at, at + 1, "a") for at in draw.sample(range(30), 8)]

    return two(*((reading(), reading()) for _ in range(articles)))


def test_the_seed_fixes_the_interval() -> None:
    one, again, other = (MEASURE.values(study(), bootstrap=Bootstrap(seed=seed))[0] for seed in (7, 7, 8))
    assert one == again
    assert one.low != other.low
    assert one.low is not None and one.high is not None and one.value is not None
    assert 0 < one.low < one.value < one.high < 1


def test_it_is_the_percentile_interval_of_resampled_articles() -> None:
    counts = np.random.default_rng(1).integers(0, 9, size=(60, 3)).astype(float)
    sums = Bootstrap(seed=1, samples=4000).sums(counts)
    assert sums.shape == (4000, 3)
    assert sums.mean(axis=0) == pytest.approx(counts.sum(axis=0), rel=0.01)
    assert sums.var(axis=0) == pytest.approx(counts.var(axis=0) * 60, rel=0.1)  # of 60 draws, each with this variance
    assert Bootstrap(samples=50).sums(np.ones((60, 1))).tolist() == [[60.0]] * 50


def test_the_interval_does_not_hang_on_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Bootstrap(seed=2, samples=100)
    whole = [MEASURE.values(study(), bootstrap=kept) for _ in range(2)]
    monkeypatch.setattr(bootstrap, "_KEPT", 0)
    monkeypatch.setattr(bootstrap, "_ROWS", 7)
    assert [MEASURE.values(study(), bootstrap=Bootstrap(seed=2, samples=100))] * 2 == whole


def test_one_article_or_no_samples_give_no_interval() -> None:
    for found in (MEASURE.values(study(1)), MEASURE.values(study(), bootstrap=Bootstrap(samples=0))):
        assert found[0].value is not None
        assert (found[0].low, found[0].high) == (None, None)


def test_an_interval_of_mostly_undefined_samples_is_none() -> None:
    assert interval(np.array([0.5] * 80 + [np.nan] * 20)) == (None, None)
    assert interval(np.array([0.5] * 95 + [np.nan] * 5)) == (0.5, 0.5)
    assert interval(np.zeros(0)) == (None, None)
