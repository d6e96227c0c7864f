"""The tables of `annotator history --stats`.

Invariant: a figure that cannot be had is a dash, never 0.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from annotator.cli.common import echo_json
from annotator.cli.tables import table
from annotator.core.stopwatch import duration

if TYPE_CHECKING:
    from annotator.effort import Effort, Efforts, Tally
    from annotator.project import Project

LEVELS: Final = "▁▂▃▄▅▆▇█"
DAYS: Final = 14  # that the line of an annotator's pace shows, up to the last day of anybody's
WIDTH: Final = 40  # cells of the longest bar


def show(
    project: Project, *, article: int | None, annotator: str, since: str, by: str, limit: int, as_json: bool
) -> None:
    """Print what work comes to, as a table by annotator, article or day, or as JSON."""
    from annotator.effort import efforts

    found = efforts(project, article=article, annotator=annotator, since=since, most=limit)
    if as_json:
        echo_json(_as_json(found))
        return
    if not found.people:
        click.echo("Nobody has worked on that yet.")
        return
    if by == "article":
        head = ["article", "annotator", "spans", "corrections", "time", "a span", "spans/h"]
        rows = [[key, who, tally.added, _ratio(tally), *_speed(tally)] for key, who, tally in found.articles]
    elif by == "day":
        head, rows = ["day", "spans", ""], _days(found.people, limit)
    else:
        last = max(max(person.days, default="") for person in found.people)
        head = ["annotator", "articles", "spans", "corrections", "time", "an article", "a span", "spans/h", "days"]
        head.append(f"the {DAYS} days to {last}" if last else "")
        rows = [_person(person, last) for person in found.people]
    click.echo(table(head, rows))
    if by != "day":
        click.echo("\ncorrections: spans taken out, relabelled or moved, for each that was put in")
    if not found.timed:
        click.echo("times at work have no dates, so they are left out with --since")


def _person(person: Effort, last: str) -> list[object]:
    time, span, hourly = _speed(person.tally)
    article = "–" if person.median is None else duration(person.median)
    counts = [person.annotator, person.articles, person.tally.added, _ratio(person.tally)]
    return [*counts, time, article, span, hourly, len(person.days), pace(person.days, last=last)]


def _speed(tally: Tally) -> tuple[str, str, str]:
    """Return the time, the time of a span, and spans an hour."""
    time = duration(tally.seconds) if tally.seconds else "–"
    span = f"{tally.seconds / tally.timed:.1f} s" if tally.seconds and tally.timed > 0 else "–"
    return time, span, "–" if tally.hourly is None else f"{tally.hourly:,.0f}"


def _ratio(tally: Tally) -> str:
    return "–" if tally.corrections is None else f"{tally.corrections:.2f}"


def pace(days: Counter[str], *, last: str, length: int = DAYS) -> str:
    """Return spans by day as a row of small bars up to a day; a day without any is a dot."""
    if not last:
        return ""
    end = date.fromisoformat(last)
    counts = [days[(end - timedelta(days=back)).isoformat()] for back in reversed(range(length))]
    most = max(counts)
    return "".join("·" if count <= 0 else LEVELS[(count * len(LEVELS) - 1) // most] for count in counts)


def _days(people: list[Effort], limit: int) -> list[list[object]]:
    """Return a row for each of the last days with work, the latest first."""
    total: Counter[str] = Counter()
    for person in people:
        total.update(person.days)
    most = max(max(total.values(), default=0), 1)
    days = sorted(total, reverse=True)[:limit]
    return [[day, total[day], "█" * max(round(total[day] * WIDTH / most), 0)] for day in days]


def _as_json(found: Efforts) -> dict[str, Any]:
    return {
        "annotators": [
            {"annotator": person.annotator, "articles": person.articles, "median_seconds": person.median}
            | _numbers(person.tally, timed=found.timed)
            | {"days": dict(sorted(person.days.items()))}
            for person in found.people
        ],
        "articles": [
            {"article": key, "annotator": who} | _numbers(tally, timed=found.timed)
            for key, who, tally in found.articles
        ],
    }


def _numbers(tally: Tally, *, timed: bool) -> dict[str, Any]:
    return {
        "spans": tally.added,
        "removed": tally.removed,
        "corrected": tally.corrected,
        "detailed": tally.detailed,
        "corrections_per_span": tally.corrections,
        "seconds": round(tally.seconds, 1) if timed else None,
        "seconds_per_span": tally.seconds / tally.timed if tally.seconds and tally.timed > 0 else None,
        "spans_per_hour": tally.hourly,
    }
