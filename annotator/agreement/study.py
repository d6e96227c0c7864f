"""The data of an agreement study: who marked what in which article.

Invariant: a unit is a half-open stretch of code points with a label; an annotator has a reading of an article or has
not seen it, and an empty reading ("nothing to mark here") is not the same as none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from annotator.core.record import Record

Unit = tuple[int, int, str]
Reading = frozenset[Unit]


@dataclass(frozen=True, slots=True)
class Study:
    """Readings by annotator and article.

    Args:
        readings: For each annotator, in order of name, the units of each article that the annotator has read.
    """

    readings: Mapping[str, Mapping[str, Reading]] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, records: Iterable[Record]) -> Study:
        """Build a study from records; those without a layer are passed over."""
        readings: dict[str, dict[str, Reading]] = {}
        for record in records:
            if record.layer is not None:
                units = frozenset((span.start, span.end, span.label) for span in record.layer.spans)
                readings.setdefault(record.layer.annotator, {})[record.key] = units
        return cls({name: readings[name] for name in sorted(readings)})

    @property
    def annotators(self) -> tuple[str, ...]:
        """The annotators, by name."""
        return tuple(self.readings)

    def pairs(self) -> list[tuple[str, str]]:
        """Return every pair of annotators that share at least one article."""
        return [(a, b) for a, b in combinations(self.annotators, 2) if self.shared(a, b)]

    def shared(self, first: str, second: str) -> list[str]:
        """Return the articles that both have read, sorted."""
        return sorted(self.readings[first].keys() & self.readings[second].keys())

    def labels(self) -> list[str]:
        """Return every label that occurs, sorted."""
        return sorted({unit[2] for articles in self.readings.values() for units in articles.values() for unit in units})


@dataclass(frozen=True, slots=True)
class Value:
    """One figure of a measure.

    Args:
        name: The measure.
        value: The figure, or None where it is undefined.
        low: Lower end of its 95 % bootstrap interval over articles.
        high: Upper end of it.
        n: How many articles it rests on.
        pair: The two annotators, or None for the mean over all pairs.
        label: The label it is about, or None for all of them together.
        undefined: Why there is no value.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    pair: tuple[str, str] | None = None
    label: str | None = None
    undefined: str = ""
