"""Who reads what: articles given to annotators, so many to each article, and as many to each annotator as to any other.

Invariant: nobody is given an article twice or one they have already; the same input and seed give the same answer.  The
loads are as even as they can be made by what is given here, whatever people have had before.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

_NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was drawn.

    Args:
        given: The annotators that each article is given to anew; only articles that get any.
        lacking: How many places of an article nobody is left for; only articles with any.
    """

    given: Mapping[int, tuple[str, ...]]
    lacking: Mapping[int, int]


def draw(
    articles: Sequence[int],
    annotators: Sequence[str],
    *,
    overlap: int,
    held: Mapping[int, Collection[str]],
    seed: int | None = None,
) -> Drawing:
    """Give each article to as many annotators as it lacks.

    The loads that are made even are numbers of these articles, those included that an annotator has already.  Among
    equal loads those go together who were together least, so that every pair has something to compare.

    Args:
        articles: Their numbers, each once.
        annotators: Among whom to draw, each once.
        overlap: How many annotators an article is to have in the end.
        held: Who has an article already, be it somebody among whom nothing is drawn; they count.
        seed: Draws by it; None gives in the order of articles and annotators.

    Returns:
        What each article gets anew, and where people are lacking.
    """
    table = _Table(articles, annotators, held)
    random = None if seed is None else Random(seed)
    order = list(articles)
    if random is not None:
        random.shuffle(order)
    # Those with least choice first: what is free for everybody evens out what they bring about.
    order.sort(key=lambda article: -len(table.held.get(article, _NOBODY)))
    lacking = {}
    for article in order:
        missing = overlap - len(table.held.get(article, _NOBODY))
        for _ in range(missing):
            name = table.next_for(article, random)
            if name is None:
                break
            table.give(article, name)
        short = missing - len(table.given.get(article, ()))
        if short > 0:
            lacking[article] = short
    table.even_out()
    place = {name: number for number, name in enumerate(annotators)}
    given = {a: tuple(sorted(table.given[a], key=place.__getitem__)) for a in articles if table.given.get(a)}
    return Drawing(given, lacking)


class _Table:
    """What is given so far, and what each has then."""

    def __init__(self, articles: Sequence[int], annotators: Sequence[str], held: Mapping[int, Collection[str]]) -> None:
        self.annotators = tuple(annotators)
        self.held = {article: frozenset(held[article]) for article in articles if held.get(article)}
        self.given: dict[int, list[str]] = {}
        self.new: dict[str, dict[int, None]] = {name: {} for name in annotators}  # a set that keeps its order
        self.load = dict.fromkeys(annotators, 0)
        self._together: Counter[tuple[str, str]] = Counter()
        for names in self.held.values():
            for name in names & self.load.keys():
                self.load[name] += 1

    def has(self, article: int, name: str) -> bool:
        return name in self.held.get(article, _NOBODY) or name in self.given.get(article, ())

    def next_for(self, article: int, random: Random | None) -> str | None:
        """Return who gets an article next: of those with the least load, who was least with the others it has."""
        free = [name for name in self.annotators if not self.has(article, name)]
        if not free:
            return None
        least = min(self.load[name] for name in free)
        free = [name for name in free if self.load[name] == least]
        others = (*self.held.get(article, _NOBODY), *self.given.get(article, ()))
        if others and len(free) > 1:
            met = {name: sum(self._together[_pair(name, other)] for other in others) for name in free}
            fewest = min(met.values())
            free = [name for name in free if met[name] == fewest]
        return free[0] if random is None or len(free) == 1 else random.choice(free)

    def give(self, article: int, name: str) -> None:
        for other in (*self.held.get(article, _NOBODY), *self.given.get(article, ())):
            self._together[_pair(name, other)] += 1
        self.given.setdefault(article, []).append(name)
        self.new[name][article] = None
        self.load[name] += 1

    def even_out(self) -> None:
        """Pass articles on until no load can be brought nearer to another, over however many hands.

        Loads from which no such path leads are the evenest there are: Harvey et al., "Semi-matchings for bipartite
        graphs and load balancing", 2003, theorem 3.1, with each place of an article as a task of its own.
        """
        stuck: set[str] = set()
        while True:
            heavy = max((n for n in self.annotators if n not in stuck), key=self.load.__getitem__, default=None)
            if heavy is None or self.load[heavy] - min(self.load.values()) < 2:
                return
            path = self._path(heavy)
            if not path:
                stuck.add(heavy)
                continue
            for giver, article, taker in path:
                self.given[article].remove(giver)
                self.given[article].append(taker)
                del self.new[giver][article]
                self.new[taker][article] = None
            self.load[heavy] -= 1
            self.load[path[-1][2]] += 1
            stuck.clear()

    def _path(self, heavy: str) -> list[tuple[str, int, str]]:
        """Return steps (giver, article, taker) that take one article from an annotator to one with two fewer."""
        came: dict[str, tuple[str, int]] = {}
        waiting = deque([heavy])
        while waiting:
            giver = waiting.popleft()
            left = [name for name in self.annotators if name != heavy and name not in came]
            for article in self.new[giver]:
                if not left:
                    break
                for taker in [name for name in left if not self.has(article, name)]:
                    came[taker] = (giver, article)
                    left.remove(taker)
                    waiting.append(taker)
                    if self.load[taker] <= self.load[heavy] - 2:
                        return _steps(came, taker, heavy)
        return []


def _steps(came: Mapping[str, tuple[str, int]], taker: str, heavy: str) -> list[tuple[str, int, str]]:
    steps: list[tuple[str, int, str]] = []
    while taker != heavy:
        giver, article = came[taker]
        steps.insert(0, (giver, article, taker))
        taker = giver
    return steps


def _pair(first: str, second: str) -> tuple[str, str]:
    return (first, second) if first < second else (second, first)


def shared_set(articles: Sequence[int], number: int, *, already: Collection[int], seed: int | None) -> list[int]:
    """Return the articles that everybody is to read.

    Args:
        articles: Their numbers, to choose from.
        number: How many, as far as there are.
        already: Those that are in the set from before; they stay in it.
        seed: Draws the others by it; None takes the first ones.
    """
    kept = [article for article in articles if article in already]
    others = [article for article in articles if article not in already]
    if seed is not None:
        Random(seed).shuffle(others)
    return sorted(kept + others[: max(0, number - len(kept))])
