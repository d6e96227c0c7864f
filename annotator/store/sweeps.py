"""Sweeps: which journal entries are one change over several articles, so that they can be undone together.

Invariant: a sweep's entries are ordinary ones, each in the journal of its layer; the sweep only names them.  An entry
and its place in a sweep are written in one transaction.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from annotator.store.layers import author_id


@dataclass(frozen=True, slots=True)
class Part:
    """A journal entry of a sweep: its number, the article's number and key, and whose layer."""

    entry: int
    article: int
    key: str
    annotator: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """One change over several articles.

    Args:
        id: Its number.
        time: When, as ISO 8601 with offset.
        author: Who made it.
        what: What it did, in a few words.
        parts: Its journal entries, in their order.
    """

    id: int
    time: str
    author: str
    what: str
    parts: tuple[Part, ...]


def begin(conn: sqlite3.Connection, *, author: str, what: str, time: str) -> int:
    """Add a sweep, in the caller's transaction, and return its number; entries name it as they are written."""
    cursor = conn.execute(
        "INSERT INTO sweep (time, annotator, what) VALUES (?, ?, ?)", (time, author_id(conn, author), what)
    )
    return int(cursor.lastrowid or 0)


def mark_undone(conn: sqlite3.Connection, sweep: int, *, time: str) -> None:
    """Take note that a sweep was undone, in the caller's transaction."""
    conn.execute("UPDATE sweep SET undone = ? WHERE id = ?", (time, sweep))


def last_of(conn: sqlite3.Connection, author: str) -> Sweep | None:
    """Return the last sweep of an annotator that changed something and was not undone, or None."""
    row = conn.execute(
        "SELECT w.id, w.time, w.what FROM sweep w JOIN annotator a ON a.id = w.annotator WHERE a.name = ? "
        "AND w.undone = '' AND EXISTS (SELECT 1 FROM sweep_entry e WHERE e.sweep = w.id) ORDER BY w.id DESC LIMIT 1",
        (author,),
    ).fetchone()
    return None if row is None else Sweep(row[0], row[1], author, row[2], _parts(conn, row[0]))


def _parts(conn: sqlite3.Connection, sweep: int) -> tuple[Part, ...]:
    rows = conn.execute(
        "SELECT e.entry, l.article, r.key, a.name FROM sweep_entry e JOIN journal j ON j.id = e.entry "
        "JOIN layer l ON l.id = j.layer JOIN annotator a ON a.id = l.annotator JOIN article r ON r.id = l.article "
        "WHERE e.sweep = ? ORDER BY e.entry",
        (sweep,),
    )
    return tuple(Part(*row) for row in rows)
