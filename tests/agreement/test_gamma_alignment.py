"""The alignment of γ against every alignment that there is, on small continua, and against pygamma-agreement's."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from studies import vectors

from annotator.agreement.gamma_alignment import best_alignment
from annotator.agreement.gamma_continua import Continua, Dissimilarity, near
from annotator.agreement.gamma_packing import pack

Unit = tuple[float, float, int]
GAMMA = vectors("gamma")

units = st.tuples(st.integers(0, 18), st.integers(1, 9), st.integers(0, 2)).map(lambda u: (u[0], u[0] + u[1], u[2]))
matrices = st.sampled_from([None, np.array([[0, 0.2, 1], [0.2, 0, 0.6], [1, 0.6, 0]])])
dissimilarities = st.builds(
    Dissimilarity,
    alpha=st.sampled_from([0.0, 0.4, 1.0, 3.0]),
    beta=st.sampled_from([0.0, 1.0, 2.5]),
    empty=st.sampled_from([0.5, 1.0]),
    categories=matrices,
)


def continua(annotators: int, most: int) -> st.SearchStrategy[list[list[Unit]]]:
    return st.lists(st.lists(units, max_size=most), min_size=annotators, max_size=annotators)


def unlike(one: Unit, other: Unit, d: Dissimilarity) -> float:
    apart = (abs(one[0] - other[0]) + abs(one[1] - other[1])) / (one[1] - one[0] + other[1] - other[0])
    category = float(one[2] != other[2]) if d.categories is None else float(d.categories[one[2], other[2]])
    return (d.alpha * apart**2 + d.beta * category) * d.empty


def least(readings: list[list[Unit]], d: Dissimilarity) -> float:
    """Return the least sum of disorders over all ways to divide the units into unitary alignments."""
    n = len(readings)
    everything = [(who, unit) for who, reading in enumerate(readings) for unit in reading]

    def cost(members: tuple[int, ...]) -> float:
        some = [everything[one] for one in members]
        real = sum(unlike(a, b, d) for (_, a), (_, b) in combinations(some, 2))
        pairs, inside = n * (n - 1) // 2, len(some) * (len(some) - 1) // 2
        return (real + (pairs - inside) * d.empty) / pairs

    @cache
    def rest(left: frozenset[int]) -> float:
        if not left:
            return 0.0
        first = min(left)
        others = [
            [None, *(one for one in left if everything[one][0] == who)] for who in range(everything[first][0] + 1, n)
        ]
        found = []
        for choice in product(*others):
            members = (first, *(one for one in choice if one is not None))
            found.append(cost(members) + rest(left - set(members)))
        return min(found)

    return rest(frozenset(range(len(everything))))


def name(known: dict[str, Any]) -> str:
    return "-".join(str(known[key]) for key in ("units", "annotators", "alpha", "way", "samples"))


@pytest.mark.parametrize(("annotators", "most"), [(2, 5), (3, 3), (4, 2)])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_alignment_has_less_disorder(annotators: int, most: int, data: st.DataObject) -> None:
    batch = data.draw(st.lists(continua(annotators, most), min_size=1, max_size=3))
    d = data.draw(dissimilarities)
    found = best_alignment(Continua.of(batch, [30] * len(batch)), d)
    assert found.total == pytest.approx([least(readings, d) for readings in batch], abs=1e-9)


@pytest.mark.parametrize("annotators", [2, 3, 4])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_an_alignment_has_each_unit_once_and_costs_what_it_says(annotators: int, data: st.DataObject) -> None:
    readings = data.draw(continua(annotators, 8 if annotators < 4 else 4))
    batch, d = Continua.of([readings], [30]), Dissimilarity()
    found = best_alignment(batch, d)
    used = found.members[found.members >= 0]
    assert len(np.unique(used)) == len(used)
    for members in found.members:
        who = batch.annotator[members[members >= 0]]
        assert (np.diff(who) > 0).all()
    u, v, weight = found.pairs()
    pairs = annotators * (annotators - 1) / 2
    missing = pairs * len(found.members) - len(u)
    alone = len(batch.start) - len(used)
    assert found.total[0] == pytest.approx((d.between(batch, u, v).sum() + missing) / pairs + alone)
    sizes = (found.members >= 0).sum(axis=1)
    assert weight.sum() == pytest.approx((sizes / 2).sum())


@pytest.mark.parametrize("annotators", [2, 3, 4])
@settings(max_examples=20, deadline=None)
@given(data=st.data(), draw=st.randoms(use_true_random=False))
def test_the_order_of_units_and_annotators_does_not_matter(annotators: int, data: st.DataObject, draw: Any) -> None:
    readings = data.draw(continua(annotators, 4))
    other = [draw.sample(reading, len(reading)) for reading in draw.sample(readings, annotators)]
    one, two = (best_alignment(Continua.of([some], [30]), Dissimilarity()).total for some in (readings, other))
    assert one == pytest.approx(two, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(batch=st.lists(continua(3, 5), min_size=1, max_size=3), limit=st.sampled_from([0.3, 2.0, 5.0]))
def test_pairs_that_are_near_are_found_without_looking_at_all(batch: list[list[list[Unit]]], limit: float) -> None:
    some = Continua.of(batch, [30] * len(batch))
    first, second, apart = near(some, Dissimilarity(), limit)
    u, v = np.triu_indices(len(some.start), 1)
    real = (some.continuum[u] == some.continuum[v]) & (some.annotator[u] != some.annotator[v])
    u, v = u[real], v[real]
    d = Dissimilarity().between(some, u, v)
    assert sorted(zip(first, second, apart, strict=True)) == sorted(
        zip(u[d < limit], v[d < limit], d[d < limit], strict=True)
    )


@pytest.mark.parametrize("known", GAMMA["studies"], ids=name)
def test_mathet_2015_disorders_of_pygamma_agreement(known: dict[str, Any]) -> None:
    marked = GAMMA["units"][known["units"]]
    labels = sorted({label for reading in marked.values() for _, _, label in reading})
    readings = [
        [(a, b, labels.index(c)) for a, b, c in marked[who]]
        for who in sorted(known["annotators"] or marked, reverse=True)
    ]
    continuum = Continua.of([readings], [2000])
    found = best_alignment(continuum, Dissimilarity(alpha=known["alpha"], beta=known["beta"], empty=known["empty"]))
    mean = len(continuum.start) / continuum.annotators
    # The figures come from sums in single precision.
    assert found.total[0] / mean == pytest.approx(known["disorder"], rel=2e-6)


@pytest.mark.parametrize("gains", [(1.0, 1.0, 1.0), (1.0, 1.2, 1.1)])
def test_a_ring_that_a_linear_program_would_take_in_halves(gains: tuple[float, ...]) -> None:
    ring = np.array([[0, 1, -1], [1, 2, -1], [0, 2, -1]])
    assert gains[pack(ring, np.array(gains), 3)[0]] == max(gains)
    assert len(pack(ring, np.array(gains), 3)) == 1
    assert pack(np.concatenate([ring, [[3, 4, 5]]]), np.array([*gains, 0.1]), 6).tolist()[-1] == 3


def test_many_units_of_two_annotators_that_all_overlap_are_still_aligned_best() -> None:
    """More than one assignment problem holds, in one component: the same as one table of all against all."""
    rng = np.random.default_rng(1)
    start = rng.integers(0, 60, (2, 50)).astype(float)
    readings = [[(s, s + 40.0, int(c)) for s, c in zip(row, rng.integers(0, 3, 50), strict=True)] for row in start]
    d = Dissimilarity()
    table = np.array([[min(unlike(a, b, d) - 2, 0) for b in readings[1]] for a in readings[0]])
    expected = table[linear_sum_assignment(table)].sum() + 100
    assert best_alignment(Continua.of([readings], [100]), d).total[0] == pytest.approx(expected, abs=1e-9)
