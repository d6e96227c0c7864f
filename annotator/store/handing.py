"""Places that go with articles which are handed out in a file of their own.

Invariant: in the new file each of its articles has the places and the quota that it has where it comes from, and the
same people are leads; so the queue there shows what is assigned, and nobody takes a place that is another's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from annotator.store.connection import connect, explained, reading
from annotator.store.layers import annotator_id

_CHUNK: Final = 500  # articles at a time
_HERE: Final = "(SELECT id FROM article WHERE digest = ?)"


def hand_places(
    conn: sqlite3.Connection, source: Path, *, articles: Sequence[int], names: Collection[str], time: str
) -> int:
    """Copy the places at some articles, the quotas of these, and the people who have them or lead the team.

    Args:
        conn: The new file, which has the articles; in the caller's transaction.
        source: The file that they come from.
        articles: Their numbers there.
        names: Who gets the new file.  Others' claims do not lapse in it, since what they do is not seen there.
        time: Now; claims that have lapsed are left out.

    Returns:
        How many places were copied.

    Raises:
        StoreError: If the source cannot be read.
    """
    copied = 0
    with closing(connect(source, read_only=True)) as there, explained(source), reading(there):
        marks = ", ".join("?" * len(names))
        _people(conn, there, f"a.kind = 'human' AND (a.role = 'lead' OR a.name IN ({marks}))", sorted(names))
        for at in range(0, len(articles), _CHUNK):
            copied += _copy(conn, there, articles[at : at + _CHUNK], names=names, time=time)
    return copied


def _copy(
    conn: sqlite3.Connection,
    there: sqlite3.Connection,
    articles: Sequence[int],
    *,
    names: Collection[str],
    time: str,
) -> int:
    chosen = f"s.article IN ({', '.join('?' * len(articles))})"
    _people(conn, there, f"a.id IN (SELECT annotator FROM assignment s WHERE {chosen})", articles)
    quotas = there.execute(
        f"SELECT r.digest, s.places, s.seconds FROM quota s JOIN article r ON r.id = s.article WHERE {chosen}", articles
    )
    # Before the places: triggers count them as they come.
    conn.executemany(f"INSERT INTO quota (article, places, seconds, taken) VALUES ({_HERE}, ?, ?, 0)", quotas)
    rows = there.execute(
        "SELECT a.name, r.digest, s.kind, s.time, s.lapses FROM assignment s JOIN annotator a ON a.id = s.annotator "
        f"JOIN article r ON r.id = s.article WHERE {chosen} AND (s.lapses = '' OR s.lapses > ?)",
        (*articles, time),
    )
    return conn.executemany(
        f"INSERT INTO assignment VALUES ((SELECT id FROM annotator WHERE name = ?), {_HERE}, ?, ?, ?)",
        ((name, digest, kind, when, lapses if name in names else "") for name, digest, kind, when, lapses in rows),
    ).rowcount


def _people(conn: sqlite3.Connection, there: sqlite3.Connection, which: str, values: Sequence[object]) -> None:
    """Add those people who are not there yet, with their roles."""
    sql = f"SELECT a.name, a.kind, a.role, a.retired FROM annotator a WHERE {which}"
    for name, kind, role, retired in there.execute(sql, values):
        number = annotator_id(conn, name, kind)
        conn.execute("UPDATE annotator SET role = ?, retired = ? WHERE id = ?", (role, retired, number))
