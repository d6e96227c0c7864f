"""Who reads what: quotas, loads, seeds, and what people have already."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.core.drawing import Drawing, Holders, draw, shared_set

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


def given_in(drawing: Drawing) -> dict[int, tuple[str, ...]]:
    """Return whom each article is given to, of those that are given to anybody."""
    found: dict[int, tuple[str, ...]] = {}
    for article, name in drawing.places():
        found[article] = (*found.get(article, ()), name)
    return found


def loads(names: list[str], held: dict[int, set[str]], drawing: Drawing) -> dict[str, int]:
    """Return how many articles each has in the end."""
    given_ = [name for _, name in drawing.places()]
    return {name: given_.count(name) + sum(name in each for each in held.values()) for name in names}


@settings(max_examples=300)
@given(case=cases())
def test_every_article_has_its_quota_and_nobody_an_article_twice(
    case: tuple[list[int], list[str], int, dict[int, set[str]], int | None],
) -> None:
    articles, names, overlap, held, seed = case
    drawing = draw(articles, names, overlap=overlap, held=held, seed=seed)
    new_places = given_in(drawing)
    assert drawing.loads() == Counter(name for _, name in drawing.places())
    for article in articles:
        before, new = held.get(article, set()), new_places.get(article, ())
        assert len(set(new)) == len(new) and not before & set(new) and set(new) <= set(names)
        free = len(set(names) - before)
        assert len(new) == min(max(0, overlap - len(before)), free)
        assert drawing.lacking.get(article, 0) == max(0, overlap - len(before)) - len(new)
    assert set(new_places) | set(drawing.lacking) <= set(articles)
    assert draw(articles, names, overlap=overlap, held=held, seed=seed) == drawing


@settings(max_examples=200)
@given(case=cases())
def test_doing_it_again_gives_nothing(
    case: tuple[list[int], list[str], int, dict[int, set[str]], int | None],
) -> None:
    articles, names, overlap, held, seed = case
    drawing = draw(articles, names, overlap=overlap, held=held, seed=seed)
    after = {article: held.get(article, set()) | set(given_in(drawing).get(article, ())) for article in articles}
    assert not [*draw(articles, names, overlap=overlap, held=after, seed=seed).places()]


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
    assert unevenness([given_in(drawing).get(article, ()) for article in had]) == best


def test_in_turn_and_every_pair_together() -> None:
    drawing = draw([1, 2, 3], ["ana", "bo"], overlap=1, held={})
    assert given_in(drawing) == {1: ("ana",), 2: ("bo",), 3: ("ana",)}
    drawing = draw(range(1, 13), PEOPLE[:4], overlap=2, held={})
    pairs = list(given_in(drawing).values())
    assert {pair: pairs.count(pair) for pair in pairs} == dict.fromkeys(combinations(PEOPLE[:4], 2), 2)


def test_the_seed_draws() -> None:
    drawn = [given_in(draw(range(1, 31), PEOPLE, overlap=2, held={}, seed=seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0] != given_in(draw(range(1, 31), PEOPLE, overlap=2, held={}))


def _situations() -> Iterator[tuple[list[int], list[str], int, dict[int, set[str]], int | None]]:
    """Yield articles, annotators, overlaps, what people have and seeds, by a generator of their own."""
    for number in range(400):
        random = Random(number)
        size, people = random.choice([0, 1, 2, 5, 13, 40, 150]), random.choice([1, 2, 3, 4, 6, 9])
        names = [f"n{who}" for who in range(people)]
        articles = sorted(random.sample(range(1, 4 * size + 2), size))
        everybody, density = [*names, "old", "gone"], random.choice([0, 0.1, 0.5, 0.9])
        zeal = {name: random.random() for name in everybody}
        held = {
            article: {name for name in everybody if random.random() < density * zeal[name]}
            for article in articles
            if random.random() < 0.7
        }
        seed = random.choice([None, 0, 1, 7, 99])
        yield articles, names, random.choice([1, 2, 3, 5]), held, seed


def test_a_seed_gives_what_it_always_gave() -> None:
    # What is drawn is told to others by its seed, so another version has to draw the same.  The digest is that of the
    # first version, which kept dictionaries and lists of names.
    found = hashlib.sha256()
    for articles, names, overlap, held, seed in _situations():
        drawing = draw(articles, names, overlap=overlap, held=held, seed=seed)
        found.update(repr((list(given_in(drawing).items()), list(drawing.lacking.items()))).encode())
    assert found.hexdigest()[:16] == "3c8d739f4ec64c6f"


@pytest.mark.parametrize("held", [(), range(0, 20_000, 2)], ids=["nothing held", "half held"])
def test_an_article_takes_some_bytes_only(held: Sequence[int]) -> None:
    number = 20_000
    had = Holders((article, PEOPLE[article % 3]) for article in held)
    tracemalloc.start()
    try:
        drawing = draw(range(number), PEOPLE, overlap=2, held=had, seed=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert drawing.loads().total() == 2 * number - len(held)
    assert peak < 80 * number  # dictionaries and lists took 440


@given(st.dictionaries(st.integers(1, 30), st.sets(st.sampled_from(PEOPLE), min_size=1), max_size=20))
def test_holders_are_who_was_named(people: dict[int, set[str]]) -> None:
    holders = Holders((article, name) for article in sorted(people) for name in sorted(people[article]))
    assert dict(holders) == people and len(holders) == len(people) and list(holders) == sorted(people)
    assert all(holders.get(article) is None for article in range(32) if article not in people)


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
