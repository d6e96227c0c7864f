"""A concordance: every occurrence of a string with how each person read it, and how far the readings differ.

Invariant: the order depends only on the readings and on where the occurrences are; the counts are of all occurrences,
also where only some of them are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import log2

from annotator.core.occurrences import Reading

Key = tuple[str, ...]
"""What readings are compared by: `Reading.key`."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One place where a string stands.

    Args:
        article: The article's number.
        name: The article's key.
        start: First code point.
        end: One past the last.
        found: The words there.
        before: What stands before them.
        after: What stands after them.
        readings: How each annotator who has a layer of the article read them, by name.
    """

    article: int
    name: str
    start: int
    end: int
    found: str
    before: str
    after: str
    readings: Mapping[str, Reading] = field(hash=False)

    @property
    def place(self) -> tuple[int, int, int]:
        """Article, start and end, by which it is found again."""
        return (self.article, self.start, self.end)

    @property
    def split(self) -> bool:
        """Whether two annotators read it differently."""
        return len({reading.key for reading in self.readings.values()}) > 1

    def odd(self, usual: Key | None) -> float:
        """Return which share of its readings is unusual; see `is_unusual`; 0 without readings."""
        if not self.readings:
            return 0.0
        return sum(is_unusual(reading.key, usual) for reading in self.readings.values()) / len(self.readings)


@dataclass(slots=True)
class Tally:
    """How often a string was read in which way.

    Args:
        articles: How many articles have it.
        occurrences: How many places there are.
        unread: At how many of them nobody has a layer of the article.
        split: At how many of them annotators differ.
        alike: How often all who read a place have which reading.
        by: How often each reading occurs, by annotator.
    """

    articles: int = 0
    occurrences: int = 0
    unread: int = 0
    split: int = 0
    alike: Counter[Key] = field(default_factory=Counter)
    by: dict[str, Counter[Key]] = field(default_factory=dict)

    def add(self, readings: Mapping[str, Reading]) -> None:
        """Count a place."""
        self.occurrences += 1
        for name, reading in readings.items():
            self.by.setdefault(name, Counter())[reading.key] += 1
        keys = {reading.key for reading in readings.values()}
        if not keys:
            self.unread += 1
        elif len(keys) > 1:
            self.split += 1
        else:
            self.alike.update(keys)

    @property
    def keys(self) -> Counter[Key]:
        """How often each reading occurs, over all places and annotators."""
        return sum(self.by.values(), Counter())

    @property
    def inconsistent(self) -> int:
        """At how many places annotators differ, or all have something else than is usual."""
        usual = self.usual
        return self.split + sum(count for key, count in self.alike.items() if is_unusual(key, usual))

    @property
    def usual(self) -> Key | None:
        """The most common reading; see `usual_of`."""
        return usual_of(self.keys)

    @property
    def minority(self) -> int:
        """How many readings are unusual; see `is_unusual`."""
        usual = self.usual
        return sum(count for key, count in self.keys.items() if is_unusual(key, usual))

    @property
    def entropy(self) -> float:
        """The entropy of the readings in bits: 0 if all are the same, 1 if two are as common as each other."""
        return entropy_of(self.keys)


def usual_of(keys: Mapping[Key, int]) -> Key | None:
    """Return the most common reading, a label or none at all; of several a label, then the first by name.

    Spans with other edges are left out: that a string is part of a longer name says nothing of where it stands alone.
    """
    alone = (key for key in keys if key[0] != "other")
    return min(alone, key=lambda key: (-keys[key], key[0] != "label", key), default=None)


def is_unusual(key: Key, usual: Key | None) -> bool:
    """Say whether a reading is another than the usual one; that of spans with other edges never is."""
    return key[0] != "other" and key != usual


def entropy_of(keys: Mapping[Key, int]) -> float:
    """Return the entropy of readings in bits (Shannon 1948): −Σ p log₂ p over how often each occurs."""
    total = sum(keys.values())
    return sum(-count / total * log2(count / total) for count in keys.values() if count)


@dataclass(frozen=True, slots=True)
class Concordance:
    """A string's occurrences, inconsistent ones first.

    Args:
        annotators: Whose readings are shown, in the order of the columns.
        tally: The counts.
        occurrences: The places, in the order of `in_order`.
        left_out: How many places are counted and not kept.
    """

    annotators: tuple[str, ...]
    tally: Tally
    occurrences: tuple[Occurrence, ...]
    left_out: int = 0


def rank(one: Occurrence, usual: Key | None) -> tuple[bool, float, tuple[int, int, int]]:
    """Return what occurrences are sorted by.

    First those that annotators read differently, then those that all of them read alike but otherwise than is usual;
    among these, first those with the highest share of unusual readings; then the order of articles and texts.
    """
    return (not one.split, -one.odd(usual), one.place)


def in_order(found: Iterable[Occurrence], usual: Key | None) -> list[Occurrence]:
    """Return occurrences as `rank` sorts them."""
    return sorted(found, key=lambda one: rank(one, usual))


@dataclass(frozen=True, slots=True)
class Form:
    """A string that somebody marked, and how it was read where somebody did.

    Args:
        string: Its words, one blank between them.
        keys: How often each reading occurs at the places that somebody marked with exactly these words.
        places: At how many places.
        split: At how many of them annotators differ.
    """

    string: str
    keys: Mapping[Key, int] = field(hash=False)
    places: int
    split: int

    @property
    def usual(self) -> Key | None:
        """The most common reading."""
        return usual_of(self.keys)

    @property
    def minority(self) -> int:
        """How many readings are not the usual one, what there is to mend if that is right.

        Spans with other edges count here: at each place somebody has a span with exactly these.
        """
        return sum(self.keys.values()) - self.keys.get(self.usual or (), 0)

    @property
    def share(self) -> float:
        """Which share of the readings is not the usual one."""
        total = sum(self.keys.values())
        return self.minority / total if total else 0.0

    @property
    def entropy(self) -> float:
        """The entropy of the readings in bits."""
        return entropy_of(self.keys)

    @property
    def rank(self) -> tuple[int, float, str]:
        """What forms are sorted by: most readings unlike the usual one, then the higher entropy, then the words."""
        return (-self.minority, -self.entropy, self.string)


def told(keys: Mapping[Key, int]) -> Iterator[tuple[Key, int]]:
    """Yield readings from the most common to the least."""
    yield from sorted(keys.items(), key=lambda item: (-item[1], item[0][0] != "label", item[0]))


def label_of(key: Sequence[str]) -> str:
    """Return a reading in words: its labels, "unmarked", or the labels of spans with other edges in brackets."""
    if key[0] == "unmarked":
        return "unmarked"
    names = "+".join(key[1:])
    return names if key[0] == "label" else f"({names})"
