"""What work comes to: how much, how fast, how often put right, day by day.

Invariant: everything is counted from the journal and the times at work, each batch once; what an undo took back does
not count, and loads are nobody's work.  Speed is that of articles whose time is known.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import tzinfo
from heapq import nlargest
from statistics import median

from annotator.core.times import local_time
from annotator.project import Project


@dataclass(slots=True)
class Tally:
    """What somebody did, in one article or altogether.

    Attributes:
        added: Spans put in.
        removed: Spans taken out.
        corrected: Spans given another label or other edges.
        detailed: Spans given other attributes or another note.
        seconds: At work in the tag screen, pauses left out.
        timed: Spans put into articles whose time is known.
    """

    added: int = 0
    removed: int = 0
    corrected: int = 0
    detailed: int = 0
    seconds: float = 0.0
    timed: int = 0

    def add(self, other: Tally) -> None:
        """Add the numbers of another."""
        self.added += other.added
        self.removed += other.removed
        self.corrected += other.corrected
        self.detailed += other.detailed
        self.seconds += other.seconds
        self.timed += other.timed

    @property
    def corrections(self) -> float | None:
        """How many times a span was taken out or put right, for each that was put in; None without any."""
        return (self.removed + self.corrected) / self.added if self.added > 0 else None

    @property
    def hourly(self) -> float | None:
        """Spans put in an hour at work; None where no time is known."""
        return 3600 * self.timed / self.seconds if self.seconds > 0 else None


@dataclass(slots=True)
class Effort:
    """What one annotator did.

    Attributes:
        annotator: The name.
        articles: How many articles were worked on.
        median: Seconds of the article in the middle, by time; None where no time is known.
        tally: The sums.
        days: Spans put in by day, `YYYY-MM-DD`; of days with any batch.
    """

    annotator: str
    articles: int = 0
    median: float | None = None
    tally: Tally = field(default_factory=Tally)
    days: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Efforts:
    """What everybody did.

    Args:
        people: By name.
        articles: (article's key, annotator, numbers), the longest first, so many as were asked for.
        timed: Whether times at work are in it; they have no dates, so a part of the journal has none.
    """

    people: list[Effort]
    articles: list[tuple[str, str, Tally]]
    timed: bool


def efforts(
    project: Project,
    *,
    article: int | None = None,
    annotator: str = "",
    since: str = "",
    zone: tzinfo | None = None,
    most: int = 20,
) -> Efforts:
    """Count what everybody did.

    Args:
        project: The database.
        article: Only in this article, by number.
        annotator: Only what this one did.
        since: Only what is not older, in UTC as the journal has it; without times at work then.
        zone: Whose days; the machine's own if None.
        most: How many articles to tell at most.

    Raises:
        StoreError: If the file cannot be read.
    """
    journal = project.store.journal
    names = journal.names()
    each: defaultdict[tuple[int, int], Tally] = defaultdict(Tally)
    days: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for work in journal.work(article=article, annotator=annotator, since=since):
        tally = Tally(work.added, work.removed, work.corrected, work.detailed)
        each[work.author, work.article].add(tally)
        days[work.author][local_time(work.time, zone=zone).date().isoformat()] += work.added
    if not since:
        for who, place, seconds in journal.seconds():
            if article in (None, place) and annotator in ("", names[who]):
                tally = each[who, place]
                tally.seconds, tally.timed = seconds, tally.added
    people: dict[int, Effort] = {}
    times: defaultdict[int, list[float]] = defaultdict(list)
    for (who, _), tally in each.items():
        person = people.setdefault(who, Effort(names[who], days=days[who]))
        person.articles += 1
        person.tally.add(tally)
        if tally.seconds:
            times[who].append(tally.seconds)
    for who, seconds_each in times.items():
        people[who].median = median(seconds_each)
    longest = nlargest(most, each.items(), key=lambda item: (item[1].seconds, item[1].added, item[0]))
    keys = journal.keys([place for (_, place), _ in longest])
    listed = [(keys[place], names[who], tally) for (who, place), tally in longest]
    return Efforts(sorted(people.values(), key=lambda person: person.annotator), listed, not since)
