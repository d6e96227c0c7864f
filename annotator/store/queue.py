"""The queue: pages of articles through filters, by number.

Invariant: every filter gives articles in the order of their numbers, and a page goes on from the number where the one
before ended, so it costs the same wherever it is.  What walks through many articles reads narrow tables and indexes,
never rows that hold texts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Final

from annotator.core.words import Extent, hits
from annotator.store.queue_source import QueueFilter, QueueStatus, annotator_number, first, source_of
from annotator.store.to_do import first_undone, is_settled

__all__ = ["Hit", "QueueFilter", "QueueRow", "QueueStatus"]

HEAD: Final = 20_000  # code points of a text in which a hit is looked for before the whole is read
OPENING: Final = 120  # code points of a text that stand for a missing title
AROUND: Final = 60  # code points of text kept on each side of a hit

_ANY_FREE: Final = "SELECT 1 FROM quota INDEXED BY quota_free WHERE taken < places LIMIT 1"


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a search first finds something in a text.

    Args:
        start: Where it begins, in code points.
        end: Where it ends.
        before: The text before it, some of it.
        found: It.
        after: The text after it, some of it.
    """

    start: int
    end: int
    before: str
    found: str
    after: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of a queue: the article and how far the annotator is with it.

    Args:
        article: Its number.
        key: Its name.
        title: Its title.
        length: Of its text, in code points.
        status: The annotator's.
        spans: How many the annotator has.
        date: Its day, else the day of its load.
        noted: Whether the annotator has a note on it or on a span of it.
        hit: Where a search first finds something in the text.
        opening: The first words of the text, where there is no title and the text is short enough to be read for it.
    """

    article: int
    key: str
    title: str
    length: int
    status: QueueStatus
    spans: int
    date: str
    noted: bool
    hit: Hit | None = None
    opening: str = ""


def page(
    conn: sqlite3.Connection,
    annotator: str,
    chosen: QueueFilter,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 100,
) -> list[QueueRow]:
    """Return articles of an annotator's queue, by number.

    Args:
        conn: Where to read.
        annotator: Whose queue.
        chosen: Which articles.
        after: Only those with higher numbers, the first of them.
        before: Only those with lower numbers than this, the last of them; None leaves it to `after`.
        limit: How many at most.
    """
    who = annotator_number(conn, chosen.by or annotator)
    source = source_of(conn, annotator, chosen)
    ids, values = source.select(*((">", after) if before is None else ("<", before)), limit=limit)
    rows = conn.execute(
        "SELECT a.id, a.key, a.title, a.length, coalesce(l.status, 'todo'), coalesce(l.spans, 0), d.date, "
        "coalesce(l.note <> '' OR EXISTS (SELECT 1 FROM span WHERE layer = l.id AND note <> ''), 0), "
        f"CASE WHEN a.title = '' AND a.length <= {HEAD} THEN substr(a.text, 1, {OPENING}) ELSE '' END "
        f"FROM ({ids}) m CROSS JOIN article a ON a.id = m.id CROSS JOIN day d ON d.article = m.id "
        "LEFT JOIN layer l ON l.article = a.id AND l.annotator = ? ORDER BY a.id",
        (*values, who),
    ).fetchall()
    words = chosen.words if chosen.searches else ""
    return [
        QueueRow(
            *(id, key, title, length, status, spans, date),
            noted=bool(noted),
            hit=first_hit(conn, id, words) if words else None,
            opening=opening,
        )
        for id, key, title, length, status, spans, date, noted, opening in rows
    ]


def count(conn: sqlite3.Connection, annotator: str, chosen: QueueFilter) -> int:
    """Return how many articles a filter lets through; may take as long as looking at each of them."""
    if chosen == QueueFilter():
        return total(conn)
    if chosen == QueueFilter(status=chosen.status, by=chosen.by):
        who = annotator_number(conn, chosen.by or annotator)
        counts = dict(conn.execute("SELECT status, layers FROM tally WHERE annotator = ?", (who,)).fetchall())
        if chosen.status == "todo":
            return total(conn) - sum(counts.values())
        return int(counts.get(chosen.status, 0)) if chosen.status else sum(counts.values())
    ids, values = source_of(conn, annotator, chosen).select()
    return int(conn.execute(f"SELECT count(*) FROM ({ids})", values).fetchone()[0])


def numbers(conn: sqlite3.Connection, chosen: QueueFilter) -> Iterator[int]:
    """Yield the numbers of all articles that a filter lets through, in order."""
    return (int(number) for (number,) in conn.execute(*source_of(conn, "", chosen).select()))


def beyond(
    conn: sqlite3.Connection,
    annotator: str,
    chosen: QueueFilter,
    article: int,
    *,
    step: int,
    kept: Collection[int] = (),
    to_do: bool = False,
) -> tuple[int, Hit | None] | None:
    """Return the next article of a filter and where its words first stand in it; None at the end.

    Args:
        conn: Where to read.
        annotator: Whose queue.
        chosen: Which articles.
        article: The number to go on from.
        step: 1 for higher numbers, -1 for lower ones.
        kept: Numbers that count as let through, whatever the filter says by now.
        to_do: Leave out what the annotator has done or flagged; only with step 1.
    """
    who = annotator_number(conn, annotator)
    if to_do and chosen.by == annotator and chosen.status is None:
        chosen = replace(chosen, status="open")  # of one's own readings no others are to do
    source = source_of(conn, annotator, chosen)
    if to_do:
        found = first_undone(conn, source, who, article)
    else:
        found = first(conn, source, ">" if step > 0 else "<", article)
    others = [] if found is None else [found]
    for other in sorted((each for each in kept if (each - article) * step > 0), key=lambda each: each * step):
        if not to_do or not is_settled(conn, who, other):
            others.append(other)
            break
    if not others:
        return None
    nearest = min(others, key=lambda each: each * step)
    return nearest, first_hit(conn, nearest, chosen.words) if chosen.searches else None


def place(
    conn: sqlite3.Connection, annotator: str, chosen: QueueFilter, article: int, *, kept: Collection[int] = ()
) -> tuple[int, int]:
    """Return how many articles of a filter come up to this one, and how many there are; may take long, as `count`."""
    if chosen == QueueFilter(mine=True) and not conn.execute(_ANY_FREE).fetchone():
        return _place_among_mine(conn, annotator_number(conn, annotator), article, kept)
    let_through, values = source_of(conn, annotator, chosen).select()
    ids = f"SELECT id FROM ({let_through}) UNION SELECT value FROM json_each(?)"
    sql = f"SELECT coalesce(sum(id <= ?), 0), count(*) FROM ({ids})"
    upto, all_of_them = conn.execute(sql, (article, *values, json.dumps(sorted(kept)))).fetchone()
    return int(upto), int(all_of_them)


def _place_among_mine(conn: sqlite3.Connection, who: int, article: int, kept: Collection[int]) -> tuple[int, int]:
    """Return the same among an annotator's places, counted in the index alone."""
    known = "SELECT 1 FROM assignment WHERE annotator = ? AND article = ?"
    more = [one for one in {*kept} if not conn.execute(known, (who, one)).fetchone()]
    upto, whole = (
        int(conn.execute(f"SELECT count(*) FROM assignment WHERE annotator = ? {up}", values).fetchone()[0])
        for up, values in (("AND article <= ?", (who, article)), ("", (who,)))
    )
    return upto + sum(one <= article for one in more), whole + len(more)


def total(conn: sqlite3.Connection) -> int:
    """Return how many articles there are, as it is kept beside them."""
    return int(conn.execute("SELECT number FROM total WHERE name = 'articles'").fetchone()[0])


def position(conn: sqlite3.Connection, article: int) -> int:
    """Return how many articles come up to and including this one."""
    last = int(conn.execute("SELECT coalesce(max(article), 0) FROM day").fetchone()[0])
    if last == total(conn):  # articles are numbered from 1 and only added, so there is no gap
        return min(article, last)
    return int(conn.execute("SELECT count(*) FROM day WHERE article <= ?", (article,)).fetchone()[0])


def first_hit(conn: sqlite3.Connection, article: int, words: str) -> Hit | None:
    """Return where the words of a search first stand in the text of an article, or None."""
    # Of a text with a NUL in it `substr` gives what stands before that.
    head = f"CASE WHEN length > {HEAD} THEN substr(text, 1, {HEAD}) ELSE text END, length > {HEAD}"
    for columns in (head, "text, 0"):
        text, more = conn.execute(f"SELECT {columns} FROM article WHERE id = ?", (article,)).fetchone()
        for start, end in _first(hits(text, words)):
            if more and end + AROUND > len(text):
                break  # it may go on, and what follows it is to be shown
            before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
            return Hit(start, end, before, text[start:end], after)
        if not more:
            break
    return None


def _first(found: Iterator[Extent]) -> list[Extent]:
    return [extent for extent in [next(found, None)] if extent is not None]
