"""Visits: where an annotator was in each article and how long, and the place in the queue.

Invariant: nothing here is an annotation, and none of it is in the journal; losing it loses nobody's work.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from statistics import median

from annotator.store.layers import annotator_id
from annotator.store.people import refuse_renamed


@dataclass(frozen=True, slots=True)
class Visit:
    """Where an annotator was in an article, and how long.

    Args:
        start: Where the selection begins, in code points.
        end: Where it ends.
        top: An offset in the row that was on top of the view.
        seconds: Time at work on the article, pauses left out.
    """

    start: int
    end: int
    top: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """How long an annotator was at work, pauses left out.

    Args:
        seconds: Altogether.
        articles: In how many articles.
        median: Seconds in the article in the middle, by time; 0 without articles.
    """

    seconds: float = 0.0
    articles: int = 0
    median: float = 0.0


def write_visit(
    conn: sqlite3.Connection, annotator: str, article: int, visit: Visit, *, time: str, known: bool = False
) -> None:
    """Keep a visit, in the caller's transaction; its seconds are added to those of earlier ones.

    Raises:
        RoleError: If the annotator is `known` to have been in the file, and is not any more.
    """
    if known:
        refuse_renamed(conn, annotator)
    conn.execute(
        'INSERT INTO visit (annotator, article, seconds, start, "end", top, time) VALUES (?, ?, ?, ?, ?, ?, ?) '
        "ON CONFLICT (annotator, article) DO UPDATE SET seconds = seconds + excluded.seconds, start = excluded.start, "
        '"end" = excluded."end", top = excluded.top, time = excluded.time',
        (annotator_id(conn, annotator), article, visit.seconds, visit.start, visit.end, visit.top, time),
    )


def visit_is_news(conn: sqlite3.Connection, annotator: str, article: int, visit: Visit, *, time: str) -> bool:
    """Say whether a visit of another file was longer or later than the one here; see `merge_visit`."""
    known = conn.execute(
        "SELECT v.seconds, v.time FROM visit v JOIN annotator a ON a.id = v.annotator "
        "WHERE a.name = ? AND v.article = ?",
        (annotator, article),
    ).fetchone()
    return known is None or known[0] < visit.seconds or known[1] < time


def merge_visit(conn: sqlite3.Connection, annotator: str, article: int, visit: Visit, *, time: str) -> None:
    """Keep a visit of another file, in the caller's transaction.

    Of two times the greater one is kept, so that what both files have is not counted twice; of two places the later.
    """
    conn.execute(
        'INSERT INTO visit (annotator, article, seconds, start, "end", top, time) VALUES (?, ?, ?, ?, ?, ?, ?) '
        "ON CONFLICT (annotator, article) DO UPDATE SET seconds = max(seconds, excluded.seconds), "
        "start = iif(excluded.time > time, excluded.start, start), "
        '"end" = iif(excluded.time > time, excluded."end", "end"), '
        "top = iif(excluded.time > time, excluded.top, top), time = max(time, excluded.time)",
        (annotator_id(conn, annotator), article, visit.seconds, visit.start, visit.end, visit.top, time),
    )


def write_place(conn: sqlite3.Connection, annotator: str, article: int, *, known: bool = False) -> None:
    """Keep the annotator's place in the queue, in the caller's transaction; see `write_visit` for what it raises."""
    if known:
        refuse_renamed(conn, annotator)
    conn.execute(
        "INSERT INTO place (annotator, article) VALUES (?, ?) "
        "ON CONFLICT (annotator) DO UPDATE SET article = excluded.article",
        (annotator_id(conn, annotator), article),
    )


def visit_of(conn: sqlite3.Connection, annotator: str, article: int) -> Visit | None:
    """Return where the annotator was in the article, and how long altogether; None if never."""
    row = conn.execute(
        'SELECT v.start, v."end", v.top, v.seconds FROM visit v JOIN annotator a ON a.id = v.annotator '
        "WHERE a.name = ? AND v.article = ?",
        (annotator, article),
    ).fetchone()
    return Visit(*row) if row else None


def place_of(conn: sqlite3.Connection, annotator: str) -> int | None:
    """Return the number of the article that the annotator was at last, or None."""
    row = conn.execute(
        "SELECT p.article FROM place p JOIN annotator a ON a.id = p.annotator WHERE a.name = ?", (annotator,)
    ).fetchone()
    return int(row[0]) if row else None


def time_spent(conn: sqlite3.Connection) -> dict[str, TimeSpent]:
    """Return how long each annotator was at work, by name, those who were."""
    found: dict[str, TimeSpent] = {}
    rows = conn.execute(
        "SELECT a.id, a.name, sum(v.seconds), count(*) FROM visit v JOIN annotator a ON a.id = v.annotator "
        "GROUP BY v.annotator"
    ).fetchall()
    for who, name, seconds, articles in rows:
        # SQLite sorts on the disk where there are many.
        middle = conn.execute(
            "SELECT seconds FROM visit WHERE annotator = ? ORDER BY seconds LIMIT ? OFFSET ?",
            (who, 2 - articles % 2, (articles - 1) // 2),
        )
        found[name] = TimeSpent(seconds, articles, median(seconds for (seconds,) in middle))
    return found
