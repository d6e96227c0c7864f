"""What is to do next: the articles that an annotator has not begun or not finished.

Invariant: however many articles have been done on the way, finding the next one takes a few steps in indexes: what has
been begun is passed over by the runs of `ahead`, and what has become of places is in `assigned`.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from annotator.store.queue_source import Source, annotator_number, first

LEAPS: Final = 8  # over what was done, before everything is looked at instead: done and undone may take turns

_SETTLED: Final = (
    "EXISTS (SELECT 1 FROM layer y WHERE y.article = {id} AND y.annotator = ? AND y.status IN ('done', 'flagged'))"
)
_OPEN: Final = (
    "SELECT article FROM layer WHERE annotator = ? AND status = 'open' AND article > ? ORDER BY article LIMIT 1"
)
_ASSIGNED: Final = (
    "SELECT article FROM assigned WHERE annotator = ? AND status = ? AND article > ? ORDER BY article LIMIT 1"
)
_FREE: Final = (
    "SELECT article FROM quota INDEXED BY quota_free WHERE taken < places AND article > ? ORDER BY article LIMIT 1"
)
_FREE_AND_OPEN: Final = (
    "SELECT l.article FROM layer l JOIN annotator a ON a.id = l.annotator JOIN quota q ON q.article = l.article "
    "WHERE l.annotator = ? AND l.status = 'open' AND l.article > ? AND a.kind <> 'human' AND q.taken < q.places "
    "ORDER BY l.article LIMIT 1"
)
_RUN: Final = "SELECT first FROM ahead WHERE annotator = ? AND last >= ? ORDER BY last LIMIT 1"


def has_places(conn: sqlite3.Connection, annotator: str) -> bool:
    """Say whether an annotator's queue begins with what is assigned: by name, or open to all."""
    who = annotator_number(conn, annotator)
    sql = "SELECT EXISTS (SELECT 1 FROM assignment WHERE annotator = ?) OR EXISTS (SELECT 1 FROM quota)"
    return bool(conn.execute(sql, (who,)).fetchone()[0])


def next_to_do(conn: sqlite3.Connection, annotator: str, *, after: int) -> int | None:
    """Return the first article after this number that the annotator has not begun, or has not finished; or None.

    Of an annotator to whom something is assigned only that counts, however far it is.

    Args:
        conn: Where to read.
        annotator: Whose queue.
        after: The number to go on from.
    """
    who = annotator_number(conn, annotator)
    if not has_places(conn, annotator):
        return _unsettled(conn, who, after)
    return _least(
        _number(conn, _ASSIGNED, who, "todo", after),
        _number(conn, _ASSIGNED, who, "open", after),
        _free(conn, who, after),
        _number(conn, _FREE_AND_OPEN, who, after),  # a human being who has begun one has a place there
    )


def first_undone(conn: sqlite3.Connection, source: Source, who: int, article: int) -> int | None:
    """Return the first article of a source after a number that an annotator has not done or flagged, or None.

    Args:
        conn: Where to read.
        source: The articles.
        who: The annotator's number.
        article: The number to go on from.
    """
    for _ in range(LEAPS):
        found = first(conn, source, ">", article)
        if found is None or not is_settled(conn, who, found):
            return found
        onward = _unsettled(conn, who, found)
        if onward is None:
            return None
        article = onward - 1
    source.need(f"NOT {_SETTLED}", who)
    return first(conn, source, ">", article)


def is_settled(conn: sqlite3.Connection, who: int, article: int) -> bool:
    """Say whether an annotator has done or flagged an article."""
    return bool(conn.execute(f"SELECT {_SETTLED.format(id='?')}", (article, who)).fetchone()[0])


def _unsettled(conn: sqlite3.Connection, who: int, after: int) -> int | None:
    """Return the first article after a number that an annotator has not begun or not finished."""
    ahead = Source("day", "day.article", ahead=who if who >= 0 else None)  # who is not known yet has begun nothing
    return _least(_number(conn, _OPEN, who, after), first(conn, ahead, ">", after))


def _free(conn: sqlite3.Connection, who: int, after: int) -> int | None:
    """Return the first article after a number that has free places and that an annotator has not begun."""
    while (found := _number(conn, _FREE, after)) is not None:
        run = _number(conn, _RUN, who, found) if who >= 0 else found
        if run is None or run <= found:
            return found
        after = run - 1
    return None


def _number(conn: sqlite3.Connection, sql: str, *values: Any) -> int | None:
    row = conn.execute(sql, values).fetchone()
    return None if row is None else int(row[0])


def _least(*found: int | None) -> int | None:
    return min((one for one in found if one is not None), default=None)
