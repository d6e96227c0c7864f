"""Who reads what: quotas, loads, seeds, and what people have already."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.core.drawing import Drawing, draw, shared_set

PEOPLE = ("ana", "bo", "cy", "dee", "eve")


@st.composite
def cases(draw_: st.DrawFn) -> tuple[list[int], list[str], int, dict[int, set[str]], int | None]:
    """Return articles, annotators, an overlap, who has what, also people who get nothing, and a seed."""
    articles = draw_(st.lists(st.integers(1, 50), unique=True, max_size=12))
    names = draw_(st.lists(st.sampled_from(PEOPLE), unique=True, min_size=1))
    overlap = draw_(st.integers(1, 4))
    owners = st.sets(st.sampled_from([*PEOPLE, "gone"]), max_size=3)
    held = {article: draw_(owners) for article in articles if draw_(st.booleans())}
    return articles, names, overlap, held, draw_(st.none() | st.integers(0, 3))


def loads(names: list[str], held: dict[int, set[str]], drawing: Drawing) -> dict[str, int]:
    """Return how many articles each has in the end."""
    given_ = [name for each in drawing.given.values() for name in each]
    return {name: given_.count(name) + sum(name in each for each in held.values()) for name in names}


@settings(max_examples=300)
@given(case=cases())
def test_every_article_has_its_quota_and_nobody_an_article_twice(
    case: tuple[list[int], list[str], int, dict[int, set[str]], int | None],
) -> None:
    articles, names, overlap, held, seed = case
    drawing = draw(articles, names, overlap=overlap, held=held, seed=seed)
    for article in articles:
        before, new = held.get(article, set()), drawing.given.get(article, ())
        assert len(set(new)) == len(new) and not before & set(new) and set(new) <= set(names)
        free = len(set(names) - before)
        assert len(new) == min(max(0, overlap - len(before)), free)
        assert drawing.lacking.get(article, 0) == max(0, overlap - len(before)) - len(new)
    assert set(drawing.given) | set(drawing.lacking) <= set(articles)
    assert draw(articles, names, overlap=overlap, held=held, seed=seed) == drawing


@settings(max_examples=200)
@given(case=cases())
def test_doing_it_again_gives_nothing(
    case: tuple[list[int], list[str], int, dict[int, set[str]], int | None],
) -> None:
    articles, names, overlap, held, seed = case
    drawing = draw(articles, names, overlap=overlap, held=held, seed=seed)
    after = {article: held.get(article, set()) | set(drawing.given.get(article, ())) for article in articles}
    assert draw(articles, names, overlap=overlap, held=after, seed=seed).given == {}


@settings(max_examples=150)
@given(
    number=st.integers(0, 40), names=st.integers(1, 5), overlap=st.integers(1, 5), seed=st.none() | st.integers(0, 9)
)
def test_loads_differ_by_one_at_most_where_nobody_has_anything(
    number: int, names: int, overlap: int, seed: int | None
) -> None:
    people = list(PEOPLE[:names])
    drawing = draw(range(1, number + 1), people, overlap=overlap, held={}, seed=seed)
    found = loads(people, {}, drawing).values()
    assert max(found) - min(found) <= 1


@settings(max_examples=150, deadline=None)
@given(
    held=st.lists(st.sets(st.sampled_from(PEOPLE[:3]), max_size=2), min_size=1, max_size=5),
    overlap=st.integers(1, 2),
    seed=st.none() | st.integers(0, 3),
)
def test_loads_are_the_evenest_that_what_people_have_allows(
    held: list[set[str]], overlap: int, seed: int | None
) -> None:
    names, had = list(PEOPLE[:3]), dict(enumerate(held, 1))
    drawing = draw(list(had), names, overlap=overlap, held=had, seed=seed)

    def unevenness(new: list[tuple[str, ...]]) -> int:
        flat = [name for each in new for name in each] + [name for each in held for name in each]
        return sum(flat.count(name) ** 2 for name in names)

    ways = [
        list(combinations([n for n in names if n not in owners], min(max(0, overlap - len(owners)), 3 - len(owners))))
        for owners in held
    ]
    best = min(unevenness(list(way)) for way in product(*ways))
    assert unevenness([drawing.given.get(article, ()) for article in had]) == best


def test_in_turn_and_every_pair_together() -> None:
    assert dict(draw([1, 2, 3], ["ana", "bo"], overlap=1, held={}).given) == {1: ("ana",), 2: ("bo",), 3: ("ana",)}
    drawing = draw(range(1, 13), PEOPLE[:4], overlap=2, held={})
    pairs = list(drawing.given.values())
    assert {pair: pairs.count(pair) for pair in pairs} == dict.fromkeys(combinations(PEOPLE[:4], 2), 2)


def test_the_seed_draws() -> None:
    drawn = [draw(range(1, 31), PEOPLE, overlap=2, held={}, seed=seed).given for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0] != draw(range(1, 31), PEOPLE, overlap=2, held={}).given


def test_articles_are_passed_on_over_several_hands() -> None:
    # Ana can be relieved only by Bo, who has then to give something to Cy.
    held = {n: {"cy"} for n in (1, 2)} | {n: {"ana"} for n in (3, 4)} | {5: {"ana"}, 6: {"ana"}}
    drawing = draw(range(1, 7), ["ana", "bo", "cy"], overlap=2, held=held)
    found = loads(["ana", "bo", "cy"], held, drawing)
    assert sorted(found.values()) == [4, 4, 4]


@pytest.mark.parametrize(
    ("number", "already", "seed", "expected"),
    [
        (2, {3}, None, [1, 3]),
        (0, {3}, None, [3]),
        (9, set(), 1, [1, 2, 3, 4]),
        (1, {2, 4}, 5, [2, 4]),
        (2, {9}, None, [1, 2]),
    ],
    ids=str,
)
def test_the_shared_set(number: int, already: set[int], seed: int | None, expected: list[int]) -> None:
    assert shared_set([1, 2, 3, 4], number, already=already, seed=seed) == expected


def test_the_shared_set_is_drawn() -> None:
    found = {tuple(shared_set(range(20), 5, already=(), seed=seed)) for seed in range(5)}
    assert len(found) == 5
    assert all(len(each) == 5 and each == tuple(sorted(each)) for each in found)
