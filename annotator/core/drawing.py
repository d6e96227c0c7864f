"""Who reads what: articles given to annotators, so many to each article, and as many to each annotator as to any other.

Invariant: nobody is given an article twice or one they have already; the same input and seed give the same answer.  The
loads are as even as they can be made by what is given here, whatever people have had before.  There may be millions of
articles, so what is kept of each is a few numbers in flat arrays.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Final

_NOBODY: Final[frozenset[str]] = frozenset()
_FREE: Final = -1


class Holders(Mapping[int, frozenset[str]]):
    """Who has each article, in a dozen bytes an article, since there are few different sets of people.

    Args:
        pairs: Articles' numbers, in order, each with one of those who have it.
    """

    def __init__(self, pairs: Iterable[tuple[int, str]]) -> None:
        self._articles = array("q")
        self._which = array("i")
        self._sets: list[frozenset[str]] = []
        known: dict[frozenset[str], int] = {}
        joined: dict[tuple[int, str], int] = {}  # which set another name makes of a set
        for article, name in pairs:
            last = bool(self._articles) and self._articles[-1] == article
            before = self._which[-1] if last else _FREE
            after = joined.get((before, name))
            if after is None:
                people = frozenset((name,)) | (self._sets[before] if last else _NOBODY)
                after = joined[before, name] = known.setdefault(people, len(known))
                self._sets += [people][: len(known) - len(self._sets)]
            if last:
                self._which[-1] = after
            else:
                self._articles.append(article)
                self._which.append(after)

    def __getitem__(self, article: int) -> frozenset[str]:
        """Return who has an article."""
        at = bisect_left(self._articles, article)
        if at == len(self._articles) or self._articles[at] != article:
            raise KeyError(article)
        return self._sets[self._which[at]]

    def __iter__(self) -> Iterator[int]:
        """Yield the articles that somebody has, in order."""
        return iter(self._articles)

    def __len__(self) -> int:
        """Return how many articles somebody has."""
        return len(self._articles)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was drawn.

    Args:
        articles: The numbers of the articles.
        annotators: Among whom was drawn.
        slots: For each article as many numbers of annotators as it could get, -1 where it gets none.
        lacking: How many places of an article nobody is left for; only articles with any.
    """

    articles: Sequence[int]
    annotators: tuple[str, ...]
    slots: array[int]
    lacking: Mapping[int, int]

    def places(self) -> Iterator[tuple[int, str]]:
        """Yield each article with each annotator that it is given to anew, in the order of articles and annotators."""
        width = len(self.slots) // len(self.articles) if self.articles else 0
        for at, article in enumerate(self.articles):
            for who in sorted(self.slots[at * width : (at + 1) * width]):
                if who != _FREE:
                    yield article, self.annotators[who]

    def loads(self) -> Counter[str]:
        """Return how many articles each annotator is given anew."""
        return Counter({self.annotators[who]: n for who, n in Counter(self.slots).items() if who != _FREE})


def draw(
    articles: Sequence[int],
    annotators: Sequence[str],
    *,
    overlap: int,
    held: Mapping[int, AbstractSet[str]],
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
    table = _Table(articles, annotators, held, overlap)
    random = None if seed is None else Random(seed)
    lacking = {}
    for at in _order(articles, held, random):
        has = held.get(articles[at], _NOBODY)
        given: list[int] = []
        for _ in range(overlap - len(has)):
            who = table.next_for(has, given, random)
            if who is None:
                lacking[articles[at]] = overlap - len(has) - len(given)
                break
            table.give(at, who, has, given)
    table.even_out()
    return Drawing(articles, table.annotators, table.slots, lacking)


def _order(articles: Sequence[int], held: Mapping[int, AbstractSet[str]], random: Random | None) -> Iterator[int]:
    """Yield the places of articles in the order in which they are given: those with least choice first.

    What is free for everybody evens out what they bring about.
    """
    order = array("q", range(len(articles)))
    if random is not None:
        random.shuffle(order)
    if not held:
        yield from order
        return
    by: dict[int, array[int]] = {}
    for at in order:
        by.setdefault(len(held.get(articles[at], _NOBODY)), array("q")).append(at)
    for number in sorted(by, reverse=True):
        yield from by[number]


class _Table:
    """What is given so far, and what each has then; articles and annotators are known by their place in the lists."""

    def __init__(
        self, articles: Sequence[int], annotators: Sequence[str], held: Mapping[int, AbstractSet[str]], overlap: int
    ) -> None:
        self.annotators = tuple(annotators)
        self.load = [0] * len(self.annotators)
        self._articles = articles
        self._held = held
        self._width = min(overlap, len(self.annotators))
        self.slots = array("i", [_FREE]) * (len(articles) * self._width)
        self._gave = [array("q") for _ in self.annotators]  # the places of their articles, in the order of giving
        self._gone: list[set[int]] = [set() for _ in self.annotators]  # those of them that were passed on
        self._came: list[dict[int, None]] = [{} for _ in self.annotators]  # and what was passed to them, in order
        self._together: Counter[tuple[str, str]] = Counter()
        numbers = {name: who for who, name in enumerate(self.annotators)}
        for article in articles if held else ():
            for name in held.get(article, _NOBODY):
                if name in numbers:
                    self.load[numbers[name]] += 1

    def _readers(self, has: AbstractSet[str], given: Sequence[int]) -> tuple[str, ...]:
        """Return who has an article, by now."""
        return (*has, *(self.annotators[who] for who in given))

    def next_for(self, has: AbstractSet[str], given: Sequence[int], random: Random | None) -> int | None:
        """Return who gets an article next: of those with the least load, who was least with the others it has.

        Args:
            has: Who had the article before.
            given: Who was given it since.
            random: Decides between equals; None takes the first.
        """
        free = [who for who, name in enumerate(self.annotators) if who not in given and name not in has]
        if not free:
            return None
        least = min(self.load[who] for who in free)
        free = [who for who in free if self.load[who] == least]
        if len(free) > 1 and (others := self._readers(has, given)):
            met = {who: sum(self._together[_pair(self.annotators[who], other)] for other in others) for who in free}
            fewest = min(met.values())
            free = [who for who in free if met[who] == fewest]
        return free[0] if random is None or len(free) == 1 else random.choice(free)

    def give(self, at: int, who: int, has: AbstractSet[str], given: list[int]) -> None:
        """Give an article to somebody, who is then the last of `given`."""
        for other in self._readers(has, given):
            self._together[_pair(self.annotators[who], other)] += 1
        self.slots[at * self._width + len(given)] = who
        self._gave[who].append(at)
        self.load[who] += 1
        given.append(who)

    def _pass_on(self, giver: int, at: int, taker: int) -> None:
        self.slots[self.slots.index(giver, at * self._width)] = taker
        if at in self._came[giver]:
            del self._came[giver][at]
        else:
            self._gone[giver].add(at)
        self._came[taker][at] = None

    def even_out(self) -> None:
        """Pass articles on until no load can be brought nearer to another, over however many hands.

        Loads from which no such path leads are the evenest there are: Harvey et al., "Semi-matchings for bipartite
        graphs and load balancing", 2003, theorem 3.1, with each place of an article as a task of its own.
        """
        stuck: set[int] = set()
        everybody = range(len(self.annotators))
        while True:
            heavy = max((who for who in everybody if who not in stuck), key=self.load.__getitem__, default=None)
            if heavy is None or self.load[heavy] - min(self.load) < 2:
                return
            path = self._path(heavy)
            if not path:
                stuck.add(heavy)
                continue
            for step in path:
                self._pass_on(*step)
            self.load[heavy] -= 1
            self.load[path[-1][2]] += 1
            stuck.clear()

    def _path(self, heavy: int) -> list[tuple[int, int, int]]:
        """Return steps (giver, article, taker) that take one article from an annotator to one with two fewer."""
        came: dict[int, tuple[int, int]] = {}
        waiting = deque([heavy])
        while waiting:
            giver = waiting.popleft()
            left = [who for who in range(len(self.annotators)) if who != heavy and who not in came]
            gone = self._gone[giver]
            for at in chain((at for at in self._gave[giver] if at not in gone), self._came[giver]):
                if not left:
                    break
                has = self._held.get(self._articles[at], _NOBODY)
                given = self.slots[at * self._width : (at + 1) * self._width]
                for taker in [who for who in left if who not in given and self.annotators[who] not in has]:
                    came[taker] = (giver, at)
                    left.remove(taker)
                    waiting.append(taker)
                    if self.load[taker] <= self.load[heavy] - 2:
                        return _steps(came, taker, heavy)
        return []


def _steps(came: Mapping[int, tuple[int, int]], taker: int, heavy: int) -> list[tuple[int, int, int]]:
    steps: list[tuple[int, int, int]] = []
    while taker != heavy:
        giver, at = came[taker]
        steps.insert(0, (giver, at, taker))
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
    others = array("q", (article for article in articles if article not in already))
    if seed is not None:
        Random(seed).shuffle(others)
    return sorted([*kept, *others[: max(0, number - len(kept))]])
