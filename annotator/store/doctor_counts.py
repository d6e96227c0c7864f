"""What is kept twice for speed: counts, uses of labels, days, and the full-text index.

Invariant: all of it follows from other rows, so putting it right is making it anew and loses nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from annotator.core.counting import count, named
from annotator.store.doctor_finding import Finding
from annotator.store.doctor_layers import numbers
from annotator.store.migrations import PLACES, RUNS_AHEAD, day_in

_COUNTED: Final = {
    "total": ("SELECT 'articles', count(*) FROM article", "SELECT name, number FROM total WHERE name = 'articles'"),
    "tally": (
        "SELECT annotator, status, count(*), sum(spans) FROM layer GROUP BY annotator, status",
        "SELECT annotator, status, layers, spans FROM tally WHERE layers <> 0 OR spans <> 0",
    ),
    "quota": (
        "SELECT q.article, q.places, q.seconds, (SELECT count(*) FROM assignment a WHERE a.article = q.article) "
        "FROM quota q",
        "SELECT article, places, seconds, taken FROM quota",
    ),
    "label_use": (
        "SELECT s.label, l.article, l.annotator, count(*) FROM span s JOIN layer l ON l.id = s.layer "
        "GROUP BY s.label, l.article, l.annotator",
        "SELECT label, article, annotator, spans FROM label_use",
    ),
    "ahead": (RUNS_AHEAD, "SELECT annotator, last, first FROM ahead"),
    "assigned": (PLACES, "SELECT annotator, status, article FROM assigned"),
}
"""By table: what its rows should be, and what they are."""


def _wrong(conn: sqlite3.Connection, table: str) -> int:
    """Return how many rows of a table of counts are wrong or missing; SQLite sorts on the disk where there are many."""
    right, here = _COUNTED[table]
    query = f"SELECT count(*) FROM (SELECT * FROM ({right}) EXCEPT SELECT * FROM ({here}))"
    other = f"SELECT count(*) FROM (SELECT * FROM ({here}) EXCEPT SELECT * FROM ({right}))"
    return max(int(conn.execute(each).fetchone()[0]) for each in (query, other))


def count_findings(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Yield the counts that are not what they count."""
    for table in _COUNTED:
        wrong = _wrong(conn, table)
        if wrong:
            yield Finding("count", f"counts in {table}", f"{wrong} are not what is there", "count anew")
    wrong = sum(1 for _ in _wrong_days(conn)) + _lost_days(conn)
    if wrong:
        yield Finding("count", "counts in day", f"{wrong} are not what is there", "set them anew")


def _wrong_days(conn: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Yield the number and day of articles whose day is not the one kept."""
    for id in numbers(conn, "article"):
        loaded, meta, date = conn.execute(
            "SELECT a.loaded, a.meta, d.date FROM article a LEFT JOIN day d ON d.article = a.id WHERE a.id = ?", (id,)
        ).fetchone()
        right = day_in(meta) or loaded[:10]
        if date != right:
            yield id, right


def _lost_days(conn: sqlite3.Connection) -> int:
    query = "SELECT count(*) FROM day WHERE article NOT IN (SELECT id FROM article)"
    return int(conn.execute(query).fetchone()[0])


def mend_counts(conn: sqlite3.Connection) -> Iterator[str]:
    """Make the counts that are wrong anew, in the caller's transaction, and yield what was done."""
    for table, (right, _) in _COUNTED.items():
        if not _wrong(conn, table):
            continue
        if table == "quota":  # only one of its columns is a count
            conn.execute("UPDATE quota SET taken = (SELECT count(*) FROM assignment a WHERE a.article = quota.article)")
        else:
            counted = " WHERE name = 'articles'" if table == "total" else ""  # which schema is in force is not counted
            conn.execute(f"DELETE FROM {table}{counted}")
            conn.execute(f"INSERT INTO {table} {right}")
        yield f"counted {table} anew"
    lost = conn.execute("DELETE FROM day WHERE article NOT IN (SELECT id FROM article)").rowcount
    days = 0
    for id, date in _wrong_days(conn):
        conn.execute("INSERT OR REPLACE INTO day VALUES (?, ?)", (id, date))
        days += 1
    if days or lost:
        yield f"set {count(days + lost, 'day')} anew"


def _out_of_step(conn: sqlite3.Connection) -> tuple[int, int]:
    """Return how many articles the full-text index has passed over, and how many it has that are not there."""
    last = conn.execute("SELECT coalesce(max(id), 0) FROM article_fts_docsize").fetchone()[0]
    gaps = "SELECT count(*) FROM article WHERE id <= ? AND id NOT IN (SELECT id FROM article_fts_docsize)"
    more = "SELECT count(*) FROM article_fts_docsize WHERE id NOT IN (SELECT id FROM article)"
    return int(conn.execute(gaps, (last,)).fetchone()[0]), int(conn.execute(more).fetchone()[0])


def index_findings(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Yield whether the full-text index is out of step; that it is not yet filled to the end is as it should be."""
    gaps, more = _out_of_step(conn)
    if gaps or more:
        what = f"{count(gaps, 'article')} passed over, {more} that {named(more, 'is', 'are')} not there any more"
        yield Finding("words", "full-text index", what, "make it anew")


def mend_index(conn: sqlite3.Connection, *, anyway: bool) -> Iterator[str]:
    """Make the full-text index anew if it is out of step, or anyway, in the caller's transaction."""
    if anyway or any(_out_of_step(conn)):
        conn.execute("INSERT INTO article_fts (article_fts) VALUES ('rebuild')")
        yield "made the full-text index anew"
