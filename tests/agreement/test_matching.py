"""The optimal one-to-one matching, against trying every matching there is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studies import two, units

from annotator.agreement.matching import matching
from annotator.agreement.study import Unit

Pair = tuple[Unit, Unit]


def matched(first: Sequence[Unit], second: Sequence[Unit], *, labelled: bool = False) -> list[Pair]:
    study = two((first, second), length=10_000)
    if len(study.annotators) < 2:
        return []
    found, columns = matching(study, 0, 1, labelled=labelled), study.units
    names = [
        (int(columns.start[unit]), int(columns.end[unit]), study.labels[columns.label[unit]])
        for side in (found.first, found.second)
        for unit in side
    ]
    half = len(names) // 2
    return list(zip(names[:half], names[half:], strict=True))


def score(pairs: Sequence[Pair]) -> tuple[int, int, int, int]:
    """Return shared characters, same extents, same labels, and how many pairs; only of those that overlap."""
    shared = [min(a[1], b[1]) - max(a[0], b[0]) for a, b in pairs]
    real = [pair for pair, one in zip(pairs, shared, strict=True) if one > 0]
    extents, labels = (sum(a[:2] == b[:2] for a, b in real), sum(a[2] == b[2] for a, b in real))
    return sum(one for one in shared if one > 0), extents, labels, len(real)


def best(first: Sequence[Unit], second: Sequence[Unit]) -> tuple[int, int, int, int]:
    """Return the best score that a matching of what is not the same can have."""
    a, b = sorted(set(first) - set(second)), sorted(set(second) - set(first))
    if len(a) > len(b):
        a, b = b, a
    return max(score(list(zip(a, order, strict=False))) for order in permutations(b))


small = st.lists(units, max_size=5)


@settings(max_examples=60)
@given(small, small)
def test_it_is_the_best_of_all_matchings(first: list[Unit], second: list[Unit]) -> None:
    pairs = matched(first, second)
    assert sorted(a for a, b in pairs if a == b) == sorted(set(first) & set(second))
    assert score([(a, b) for a, b in pairs if a != b]) == best(first, second)
    assert len({a for a, _ in pairs}) == len({b for _, b in pairs}) == len(pairs)


@settings(max_examples=60)
@given(small, small)
def test_with_the_label_it_is_the_matching_of_each_label(first: list[Unit], second: list[Unit]) -> None:
    pairs = matched(first, second, labelled=True)
    for label in "abc":
        mine = [[unit for unit in side if unit[2] == label] for side in (first, second)]
        assert [pair for pair in pairs if pair[0][2] == label] == matched(mine[0], mine[1])


@given(small, small, st.randoms(use_true_random=False))
def test_the_order_of_units_does_not_matter(first: list[Unit], second: list[Unit], draw: object) -> None:
    shuffled = [sorted(side, key=lambda _: draw.random()) for side in (first, second)]  # type: ignore[attr-defined]
    assert matched(first, second) == matched(*shuffled)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Greedy from the left would give the long one to the first and leave the second alone.
        (
            [(0, 10, "a"), (8, 12, "a")],
            [(4, 12, "a"), (0, 5, "a")],
            [((0, 10, "a"), (0, 5, "a")), ((8, 12, "a"), (4, 12, "a"))],
        ),
        # The same goes first, though another would share more in all.
        ([(0, 10, "a"), (0, 4, "a")], [(0, 4, "a")], [((0, 4, "a"), (0, 4, "a"))]),
        # Among equals the same extent, then the same label.
        ([(0, 4, "a")], [(0, 6, "a"), (0, 4, "b")], [((0, 4, "a"), (0, 4, "b"))]),
        ([(0, 4, "a")], [(0, 6, "b"), (0, 5, "a")], [((0, 4, "a"), (0, 5, "a"))]),
        ([(0, 4, "a")], [(4, 8, "a")], []),
    ],
    ids=["crossing", "same-first", "extent", "label", "touching"],
)
def test_by_hand(first: list[Unit], second: list[Unit], expected: list[Pair]) -> None:
    assert sorted(matched(first, second)) == sorted(expected)


def test_units_of_other_articles_are_never_partners() -> None:
    study = two(([(0, 60, "a")], []), ([], [(0, 60, "a")]))
    assert len(matching(study, 0, 1, labelled=False).first) == 0


def test_a_component_too_large_for_ties_is_still_matched_by_shared_characters() -> None:
    chain = [(start, start + 10**9, "a") for start in range(0, 10**7, 10**6)]
    other = [(start + 1, end + 1, label) for start, end, label in chain]
    study = two((chain, other), length=2 * 10**9)
    found = matching(study, 0, 1, labelled=False)
    assert int(found.shared.sum()) == 10 * (10**9 - 1)
