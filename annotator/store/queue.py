"""The queue: pages of articles through filters, by number.

Invariant: every filter gives articles in the order of their numbers, and a page goes on from the number where the one
before ended, so it costs the same wherever it is.  What walks through many articles reads narrow tables and indexes,
never rows that hold texts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from annotator.core.dates import Days
from annotator.core.words import Extent, hits, is_unspaced, terms
from annotator.store.search import query_of

QueueStatus = Literal["todo", "open", "done", "flagged"]

FEW: Final = 5_000  # days' articles that are sorted rather than looked for among all; a millisecond or two
HEAD: Final = 20_000  # code points of a text in which a hit is looked for before the whole is read
OPENING: Final = 120  # code points of a text that stand for a missing title
AROUND: Final = 60  # code points of text kept on each side of a hit


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which articles of the queue to show; everything that is given must hold.

    Args:
        status: The status of the annotator's layer; "todo" where there is none.
        by: Another annotator whose layers, statuses and labels are meant; the queue's own if "".
        label: A label that a layer of the article has a span of; anybody's layer unless `by` is given.
        words: Words that title or text has, all of them, the last as a beginning.
        days: First and last day of the article, both included.
    """

    status: QueueStatus | None = None
    by: str = ""
    label: str = ""
    words: str = ""
    days: Days | None = None

    @property
    def searches(self) -> bool:
        """Whether there are words to look for."""
        return bool(terms(self.words)) or is_unspaced(self.words)

    @property
    def instant(self) -> bool:
        """Whether a page needs no more than a step in an index, wherever it is."""
        return not (self.searches or self.label or self.days or self.status == "todo")


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


@dataclass(slots=True)
class _Source:
    """What to read numbers of articles from: a table, its column with them, and conditions on both."""

    table: str
    column: str
    where: list[str]
    values: list[Any]

    def need(self, condition: str, *values: Any) -> None:
        """Add a condition; `{id}` in it is the column."""
        self.where.append(condition.format(id=self.column))
        self.values += values

    def sql(self, *more: str, descending: bool = False) -> str:
        """Return the query; a number that the table has several times comes once."""
        conditions = " AND ".join([*self.where, *more]) or "1"
        order = "DESC" if descending else "ASC"
        once = "DISTINCT " if self.table == "label_use" else ""
        return f"SELECT {once}{self.column} AS id FROM {self.table} WHERE {conditions} ORDER BY {self.column} {order}"


def _annotator(conn: sqlite3.Connection, name: str) -> int:
    row = conn.execute("SELECT id FROM annotator WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else -1


def _source(conn: sqlite3.Connection, who: int, chosen: QueueFilter) -> _Source:
    """Return where the articles of a filter are read from: what narrows most first, the rest as conditions."""
    few = chosen.days is not None and _few_days(conn, chosen.days)
    spaced = chosen.searches and not is_unspaced(chosen.words)
    status = chosen.status if chosen.status != "todo" else None
    if spaced:
        source = _Source("article_fts", "article_fts.rowid", ["article_fts MATCH ?"], [query_of(chosen.words)])
    elif few:
        source = _Source("day INDEXED BY day_by_date", "day.article", [], [])
        source.need(*_between(chosen.days))
    elif chosen.label:
        source = _Source("label_use", "label_use.article", ["label = ?"], [chosen.label])
    elif status:
        source = _Source("layer INDEXED BY layer_by_annotator", "layer.article", [], [])
        source.need("annotator = ? AND status = ?", who, status)
    elif chosen.by and not chosen.status:
        source = _Source("layer INDEXED BY layer_of_annotator", "layer.article", ["annotator = ?"], [who])
    else:
        source = _Source("day NOT INDEXED", "day.article", [], [])
    _add_conditions(source, who, chosen)
    return source


def _add_conditions(source: _Source, who: int, chosen: QueueFilter) -> None:
    """Add what of a filter the source does not hold by itself."""
    table = source.table.split()[0]
    layers = "SELECT 1 FROM layer WHERE article = {id} AND annotator = ?"
    if chosen.status == "todo":
        source.need(f"NOT EXISTS ({layers})", who)
    elif chosen.status and table != "layer":
        source.need(f"EXISTS ({layers} AND status = ?)", who, chosen.status)
    elif chosen.by and table != "layer" and not chosen.status:
        source.need(f"EXISTS ({layers})", who)
    if chosen.label and table == "label_use":
        if chosen.by:
            source.need("annotator = ?", who)
    elif chosen.label:
        theirs = " AND annotator = ?" if chosen.by else ""
        values = [chosen.label, *([who] if chosen.by else [])]
        source.need(f"EXISTS (SELECT 1 FROM label_use WHERE label = ? AND article = {{id}}{theirs})", *values)
    if chosen.days and source.table == "day NOT INDEXED":
        source.need(*_between(chosen.days))
    elif chosen.days and table != "day":
        condition, *bounds = _between(chosen.days)
        source.need(f"EXISTS (SELECT 1 FROM day WHERE article = {{id}} AND {condition})", *bounds)
    if chosen.searches and is_unspaced(chosen.words):
        words = chosen.words.strip()
        found = "SELECT instr(text, ?) + instr(title, ?) FROM article WHERE id = {id}"
        source.need(f"({found}) > 0", words, words)


def _between(days: Days | None) -> tuple[str, ...]:
    first, last = days or ("", "")
    return ("date BETWEEN ? AND ?", first, last or "9999-12-31")


def _few_days(conn: sqlite3.Connection, days: Days) -> bool:
    condition, *values = _between(days)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM day INDEXED BY day_by_date WHERE {condition} LIMIT ?)"
    return int(conn.execute(sql, (*values, FEW + 1)).fetchone()[0]) <= FEW


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
    who = _annotator(conn, chosen.by or annotator)
    source = _source(conn, who, chosen)
    step = f"{source.column} > ?" if before is None else f"{source.column} < ?"
    ids = source.sql(step, descending=before is not None)
    rows = conn.execute(
        "SELECT a.id, a.key, a.title, a.length, coalesce(l.status, 'todo'), coalesce(l.spans, 0), d.date, "
        "coalesce(l.note <> '' OR EXISTS (SELECT 1 FROM span WHERE layer = l.id AND note <> ''), 0), "
        f"CASE WHEN a.title = '' AND a.length <= {HEAD} THEN substr(a.text, 1, {OPENING}) ELSE '' END "
        f"FROM ({ids} LIMIT ?) m CROSS JOIN article a ON a.id = m.id CROSS JOIN day d ON d.article = m.id "
        "LEFT JOIN layer l ON l.article = a.id AND l.annotator = ? ORDER BY a.id",
        (*source.values, after if before is None else before, limit, who),
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
    who = _annotator(conn, chosen.by or annotator)
    if chosen == QueueFilter():
        return total(conn)
    if chosen == QueueFilter(status=chosen.status, by=chosen.by):
        counts = dict(conn.execute("SELECT status, layers FROM tally WHERE annotator = ?", (who,)).fetchall())
        if chosen.status == "todo":
            return total(conn) - sum(counts.values())
        return int(counts.get(chosen.status, 0)) if chosen.status else sum(counts.values())
    source = _source(conn, who, chosen)
    return int(conn.execute(f"SELECT count(*) FROM ({source.sql()})", source.values).fetchone()[0])


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
        to_do: Leave out what the annotator has done or flagged.
    """
    source = _source(conn, _annotator(conn, chosen.by or annotator), chosen)
    settled = "EXISTS (SELECT 1 FROM layer WHERE article = {id} AND annotator = ? AND status IN ('done', 'flagged'))"
    who = _annotator(conn, annotator)
    if to_do:
        source.need(f"NOT {settled}", who)
    sql = source.sql(f"{source.column} {'>' if step > 0 else '<'} ?", descending=step < 0)
    found = [int(row[0]) for row in conn.execute(f"{sql} LIMIT 1", (*source.values, article))]
    for other in sorted((each for each in kept if (each - article) * step > 0), key=lambda each: each * step):
        if not to_do or not conn.execute(f"SELECT {settled.format(id='?')}", (other, who)).fetchone()[0]:
            found.append(other)
            break
    if not found:
        return None
    nearest = min(found, key=lambda each: each * step)
    return nearest, first_hit(conn, nearest, chosen.words) if chosen.searches else None


def place(
    conn: sqlite3.Connection, annotator: str, chosen: QueueFilter, article: int, *, kept: Collection[int] = ()
) -> tuple[int, int]:
    """Return how many articles of a filter come up to this one, and how many there are; may take long, as `count`."""
    source = _source(conn, _annotator(conn, chosen.by or annotator), chosen)
    ids = f"SELECT id FROM ({source.sql()}) UNION SELECT value FROM json_each(?)"
    sql = f"SELECT coalesce(sum(id <= ?), 0), count(*) FROM ({ids})"
    upto, all_of_them = conn.execute(sql, (article, *source.values, json.dumps(sorted(kept)))).fetchone()
    return int(upto), int(all_of_them)


def total(conn: sqlite3.Connection) -> int:
    """Return how many articles there are, as it is kept beside them."""
    return int(conn.execute("SELECT number FROM total WHERE name = 'articles'").fetchone()[0])


def position(conn: sqlite3.Connection, article: int) -> int:
    """Return how many articles come up to and including this one."""
    last = int(conn.execute("SELECT coalesce(max(article), 0) FROM day").fetchone()[0])
    if last == total(conn):  # articles are numbered from 1 and only added, so there is no gap
        return min(article, last)
    return int(conn.execute("SELECT count(*) FROM day WHERE article <= ?", (article,)).fetchone()[0])


def next_to_do(conn: sqlite3.Connection, annotator: str, *, after: int, within: int | None = None) -> int | None:
    """Return the first article after this number that the annotator has not begun, or has not finished; or None.

    Args:
        conn: Where to read.
        annotator: Whose queue.
        after: The number to go on from.
        within: How many numbers to look at, which bounds the cost; None for all: those that were begun are walked over.
    """
    who = _annotator(conn, annotator)
    layers = int(conn.execute("SELECT coalesce(sum(layers), 0) FROM tally WHERE annotator = ?", (who,)).fetchone()[0])
    begun = "SELECT article FROM layer WHERE annotator = ? AND status = 'open' AND article > ? ORDER BY article LIMIT 1"
    limit = 2**62 if within is None else after + within + 1
    found = [row[0] for row in conn.execute(begun, (who, after)) if row[0] < limit]
    if layers < total(conn):
        source = _source(conn, who, QueueFilter(status="todo"))
        sql = f"{source.sql('day.article > ?', 'day.article < ?')} LIMIT 1"
        end = found[0] if found else limit
        found = [row[0] for row in conn.execute(sql, (*source.values, after, end))] or found
    return found[0] if found else None


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
