"""Continua as chance makes them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from annotator.agreement.gamma_chance import Way, sampled
from annotator.agreement.gamma_continua import Continua

SHORT = [[(0.0, 4.0, 0), (10.0, 14.0, 1)], [(2.0, 6.0, 2)], [(20.0, 24.0, 1), (30.0, 34.0, 1), (50.0, 54.0, 0)]]
LONG = [[(100.0, 104.0, 0)], [(300.0, 304.0, 1), (400.0, 404.0, 2)], [(7.0, 11.0, 2)]]
BOTH = Continua.of([SHORT, LONG], [60, 500])
STREAMS = np.array([7, 8])


def cells(continua: Continua) -> list[list[tuple[float, float, int]]]:
    columns = list(zip(continua.start.tolist(), continua.end.tolist(), continua.category.tolist(), strict=True))
    return [columns[low:high] for low, high in pairwise(continua.first.tolist())]


def test_a_shuffled_annotator_is_one_of_the_continuum_moved_around_it() -> None:
    samples = 40
    found = cells(sampled(BOTH, samples, way="shuffled", seed=(0,), streams=STREAMS))
    assert len(found) == 2 * samples * 3
    moved_by = set()
    for at, cell in enumerate(found):
        length, readings = ((60, SHORT), (500, LONG))[at // (samples * 3)]

        def around(reading: list[tuple[float, float, int]], shift: float, length: int = length) -> list[float]:
            return [(start + shift) % length for start, _, _ in reading]

        shifts = [
            shift
            for reading in readings
            if [unit[2] for unit in reading] == [unit[2] for unit in cell]
            for shift in {(cell[0][0] - reading[0][0]) % length}
            if around(reading, shift) == [start for start, _, _ in cell]
        ]
        assert shifts
        assert all(0 <= start < length and end - start == 4 for start, end, _ in cell)
        moved_by |= {round(shift / length, 1) for shift in shifts}
    assert moved_by == {number / 10 for number in range(11)}


@pytest.mark.parametrize("annotators", [2, 3, 5])
def test_annotators_are_moved_by_distances_half_a_unit_apart(annotators: int) -> None:
    long = Continua.of([[[(0.0, 10.0, 0)]] * annotators], [100])
    found = sampled(long, 200, way="shuffled", seed=(3,), streams=np.array([0]))
    starts = np.sort(found.start.reshape(200, annotators), axis=1)
    gaps = np.diff(np.concatenate([starts, starts[:, :1] + 100], axis=1), axis=1)
    assert gaps.min() >= 4  # 5, and both are rounded down
    assert starts.min() == 0 and starts.max() == 99
    assert abs(starts.mean() - 49.5) < 4


def test_units_that_fill_the_continuum_are_moved_nevertheless() -> None:
    full = Continua.of([[[(0.0, 100.0, 0)]] * 3], [100])
    found = sampled(full, 50, way="shuffled", seed=(3,), streams=np.array([0]))
    assert len(found.start) == 150
    assert len(set(found.start.tolist())) > 30


def test_statistical_samples_have_the_means_of_the_continuum() -> None:
    rng = np.random.default_rng(2)
    gaps, lengths = rng.integers(5, 40, (2, 60)), rng.integers(3, 20, (2, 60))
    readings = []
    for row in range(2):
        starts = np.cumsum(gaps[row] + lengths[row]) - lengths[row]
        readings.append(
            [
                (float(s), float(s + n), int(k % 3 == 0))
                for k, (s, n) in enumerate(zip(starts, lengths[row], strict=True))
            ]
        )
    found = sampled(Continua.of([readings], [4000]), 300, way="statistical", seed=(1,), streams=np.array([1]))
    assert np.diff(found.first).mean() == pytest.approx(60, abs=1)
    assert (found.end - found.start).mean() == pytest.approx(lengths.mean(), rel=0.02)
    assert found.category.mean() == pytest.approx(1 / 3, abs=0.01)
    later = np.setdiff1d(np.arange(1, len(found.start)), found.first)
    assert (found.start[later] - found.end[later - 1]).mean() == pytest.approx(gaps.mean(), rel=0.03)
    assert found.start[found.first[:-1]].mean() == pytest.approx(gaps.mean(), abs=3)


@pytest.mark.parametrize("way", ["shuffled", "statistical"])
def test_samples_hang_on_seed_and_stream_only(way: Way) -> None:
    together = cells(sampled(BOTH, 5, way=way, seed=(4, 1), streams=STREAMS))
    alone = cells(sampled(BOTH.part(1, 2), 5, way=way, seed=(4, 1), streams=STREAMS[1:]))
    other = cells(sampled(BOTH.part(1, 2), 5, way=way, seed=(4, 2), streams=STREAMS[1:]))
    assert together[15:] == alone != other
