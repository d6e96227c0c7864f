"""What a filter of the queue means in SQL: where its articles' numbers are read from, and under which conditions.

Invariant: whatever the filter, numbers come in their order and from a table or index that has them so, or from few
enough to be sorted; what narrows most is read, the rest are conditions on it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from annotator.core.dates import Days
from annotator.core.words import is_unspaced, terms
from annotator.store.search import query_of

QueueStatus = Literal["todo", "open", "done", "flagged"]
Side = Literal["", "<", ">"]

NUMBERS: Final = 2**62  # no article has as high a number
FEW: Final = 5_000  # days' articles that are sorted rather than looked for among all; a millisecond or two


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which articles of the queue to show; everything that is given must hold.

    Args:
        status: The status of the annotator's layer; "todo" where there is none.
        by: Another annotator whose layers, statuses and labels are meant; the queue's own if "".
        label: A label that a layer of the article has a span of; anybody's layer unless `by` is given.
        words: Words that title or text has, all of them, the last as a beginning.
        days: First and last day of the article, both included.
        mine: Only what the queue's annotator has a place at, or can take one of those open to all.
        meta: Names and values that the article's metadata has.
    """

    status: QueueStatus | None = None
    by: str = ""
    label: str = ""
    words: str = ""
    days: Days | None = None
    mine: bool = False
    meta: tuple[tuple[str, str], ...] = ()

    @property
    def searches(self) -> bool:
        """Whether there are words to look for."""
        return bool(terms(self.words)) or is_unspaced(self.words)

    @property
    def instant(self) -> bool:
        """Whether a page needs no more than steps in an index, wherever it is."""
        return not (self.searches or self.label or self.days or self.meta or (self.mine and self.by))


@dataclass(slots=True)
class Source:
    """What to read numbers of articles from: a table, its column with them, and conditions on both.

    Args:
        table: The table, perhaps with the index to use.
        column: The column.
        where: The conditions.
        values: Their values.
        holds: Which parts of the filter the table and the conditions at its making hold by themselves.
        ahead: The number of the annotator in whose runs of articles not begun these are looked for; None for all.
        reach: The lowest and the highest number that the conditions can let through; None where that is not known.
        also: Another source whose numbers belong among these.
    """

    table: str
    column: str
    where: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    holds: frozenset[str] = frozenset()
    ahead: int | None = None
    reach: tuple[int, int] | None = None
    also: Source | None = None

    def need(self, condition: str, *values: Any) -> None:
        """Add a condition; `{id}` in it is the column."""
        self.where.append(condition.format(id=self.column))
        self.values += values
        if self.also is not None:
            self.also.need(condition, *values)

    def select(self, side: Side = "", number: int = 0, *, limit: int | None = None) -> tuple[str, list[Any]]:
        """Return the query for the numbers, each once, and its values.

        Args:
            side: "<" for those below a number, the highest first; ">" for those above it, the lowest first; all if "".
            number: The number.
            limit: How many at most.
        """
        sql, values = self._half(side, number, limit)
        if self.also is None:
            return sql, values
        other, others = self.also._half(side, number, limit)
        # No more than the page of either half can be in the page of both, so neither is read any further.
        both = f"SELECT id FROM (SELECT * FROM ({sql}) UNION SELECT * FROM ({other})) ORDER BY id {_order(side)}"
        return (both, [*values, *others]) if limit is None else (f"{both} LIMIT ?", [*values, *others, limit])

    def _half(self, side: Side, number: int, limit: int | None) -> tuple[str, list[Any]]:
        once = "DISTINCT " if self.table == "label_use" else ""
        table, order, where, values = self.table, [self.column], [*self.where], [*self.values]
        if self.ahead is not None:
            # Each run from its beginning or the number on, since SQLite makes use of one such bound only.
            table, order = f"ahead CROSS JOIN {table}", ["ahead.last", *order]
            bounds, their = _within_runs(self.column, side, number, self.ahead)
        else:
            bounds, their = _bounds(self.column, side, number, self.reach)
        where, values = [*bounds, *where], [*their, *values]
        sql = f"SELECT {once}{self.column} AS id FROM {table} WHERE {' AND '.join(where) or '1'}"
        sql += f" ORDER BY {', '.join(f'{one} {_order(side)}' for one in order)}"
        return (sql, values) if limit is None else (f"{sql} LIMIT ?", [*values, limit])


def _order(side: Side) -> str:
    return "DESC" if side == "<" else "ASC"


def _bounds(column: str, side: Side, number: int, reach: tuple[int, int] | None) -> tuple[list[str], list[int]]:
    """Return the conditions that a column is on one side of a number and within reach; at most one each way."""
    low = number + 1 if side == ">" else None
    high = number - 1 if side == "<" else None
    if reach is not None:
        low = reach[0] if low is None else max(low, reach[0])
        high = reach[1] if high is None else min(high, reach[1])
    bounds = [(f"{column} >= ?", low), (f"{column} <= ?", high)]
    return [sql for sql, bound in bounds if bound is not None], [bound for _, bound in bounds if bound is not None]


def _within_runs(column: str, side: Side, number: int, who: int) -> tuple[list[str], list[int]]:
    """Return the condition that a column has a number in an annotator's runs, on one side of a number."""
    if side == ">":
        bounds = f"ahead.last > ? AND {column} BETWEEN max(ahead.first, ?) AND ahead.last"
        return ["ahead.annotator = ?", bounds], [who, number, number + 1]
    if side == "<":  # up to the run that holds the number, or is the first behind it
        upto = "ahead.last <= (SELECT min(r.last) FROM ahead r WHERE r.annotator = ? AND r.last >= ?)"
        bounds = f"{upto} AND {column} BETWEEN ahead.first AND min(ahead.last, ?)"
        return ["ahead.annotator = ?", bounds], [who, who, number, number - 1]
    return ["ahead.annotator = ?", f"{column} BETWEEN ahead.first AND ahead.last"], [who]


def annotator_number(conn: sqlite3.Connection, name: str) -> int:
    """Return an annotator's number; one that nobody has if there is no such annotator."""
    row = conn.execute("SELECT id FROM annotator WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else -1


def source_of(conn: sqlite3.Connection, annotator: str, chosen: QueueFilter) -> Source:
    """Return where the articles of a filter are read from: what narrows most first, the rest as conditions.

    Args:
        conn: Where to read.
        annotator: Whose queue.
        chosen: The filter.
    """
    own = annotator_number(conn, annotator)
    who = annotator_number(conn, chosen.by) if chosen.by else own
    source = _narrowest(conn, own, who, chosen)
    if chosen.status and "status" not in source.holds and who >= 0:
        source.reach = _reach(conn, who, chosen.status)
    elif chosen.days and source.table == "day NOT INDEXED":
        source.reach = _reach_of_days(conn, chosen.days)
    _add_conditions(source, who, own, chosen)
    return source


def _narrowest(conn: sqlite3.Connection, own: int, who: int, chosen: QueueFilter) -> Source:
    """Return the source that narrows most."""
    rare = chosen.status is not None and _rare_status(conn, who, chosen.status)
    if chosen.searches and not is_unspaced(chosen.words):
        words = query_of(chosen.words)
        return Source("article_fts", "article_fts.rowid", ["article_fts MATCH ?"], [words], frozenset({"words"}))
    if chosen.days is not None and _few_days(conn, chosen.days):
        condition, *bounds = _between(chosen.days)
        return Source("day INDEXED BY day_by_date", "day.article", [condition], bounds, frozenset({"days"}))
    if chosen.mine and own == who and _is_human(conn, own) and not rare and not chosen.label:
        return _of_mine(conn, own, chosen.status)
    if chosen.label and not rare:
        return Source("label_use", "label_use.article", ["label = ?"], [chosen.label], frozenset({"label"}))
    if chosen.status == "todo":
        ahead = who if who >= 0 else None  # who is not known yet has begun nothing
        return Source("day", "day.article", holds=frozenset({"status"}), ahead=ahead)
    if chosen.status:
        at = ["annotator = ? AND status = ?"], [who, chosen.status]
        return Source("layer INDEXED BY layer_by_annotator", "layer.article", *at, frozenset({"status", "by"}))
    if chosen.mine:
        return _of_mine(conn, own, None)
    if chosen.by:
        table = "layer INDEXED BY layer_of_annotator"
        return Source(table, "layer.article", ["annotator = ?"], [who], frozenset({"by"}))
    return Source("day NOT INDEXED", "day.article")


def _of_mine(conn: sqlite3.Connection, own: int, status: QueueStatus | None) -> Source:
    """Return the places of an annotator, those of one status or all, and those that can be taken.

    A human being who has begun an article that is open to all has a place there, so with a status other than "todo"
    there is nothing to be taken.
    """
    holds = frozenset({"status", "mine"}) if status else frozenset({"mine"})
    free = Source("quota INDEXED BY quota_free", "quota.article", ["taken < places"], [], holds)
    if status is None:
        return Source("assignment", "assignment.article", ["annotator = ?"], [own], holds, also=free)
    few = "SELECT count(*) FROM (SELECT 1 FROM quota INDEXED BY quota_free WHERE taken < places LIMIT ?)"
    if conn.execute(few, (FEW + 1,)).fetchone()[0] <= FEW:
        free.need(_NOT_BEGUN, own)
    else:
        free.ahead = own
    at = ["annotator = ? AND status = ?"], [own, status]
    return Source("assigned", "assigned.article", *at, holds, also=free if status == "todo" else None)


def _is_human(conn: sqlite3.Connection, who: int) -> bool:
    """Say whether an annotator is there and a human being."""
    return conn.execute("SELECT 1 FROM annotator WHERE id = ? AND kind = 'human'", (who,)).fetchone() is not None


def _rare_status(conn: sqlite3.Connection, who: int, status: QueueStatus) -> bool:
    """Say whether an annotator has few articles of a status."""
    counts = dict(conn.execute("SELECT status, layers FROM tally WHERE annotator = ?", (who,)).fetchall())
    if status == "todo":
        articles = conn.execute("SELECT number FROM total WHERE name = 'articles'").fetchone()[0]
        return int(articles) - sum(counts.values()) <= FEW
    return int(counts.get(status, 0)) <= FEW


def _reach(conn: sqlite3.Connection, who: int, status: QueueStatus) -> tuple[int, int]:
    """Return the lowest and highest number of an article with a status; a lowest above all if there is none."""
    if status == "todo":
        sql = "SELECT (SELECT first FROM ahead WHERE annotator = ? ORDER BY last LIMIT 1), ?"
        lowest, highest = conn.execute(sql, (who, NUMBERS)).fetchone()
    else:
        at = "FROM layer INDEXED BY layer_by_annotator WHERE annotator = ?1 AND status = ?2"
        sql = f"SELECT (SELECT min(article) {at}), (SELECT max(article) {at})"
        lowest, highest = conn.execute(sql, (who, status)).fetchone()
    return (NUMBERS, NUMBERS) if lowest is None else (int(lowest), int(highest))


def _reach_of_days(conn: sqlite3.Connection, days: Days) -> tuple[int, int]:
    """Return the lowest and highest number of an article of some days, by a step in the index for each day."""
    first, last = _between(days)[1:]
    lowest, highest = conn.execute(
        "WITH RECURSIVE each (date) AS (SELECT min(date) FROM day WHERE date BETWEEN ?1 AND ?2 UNION ALL "
        "SELECT (SELECT min(date) FROM day WHERE date > each.date AND date <= ?2) FROM each WHERE date IS NOT NULL) "
        "SELECT min((SELECT min(article) FROM day INDEXED BY day_by_date WHERE day.date = each.date)), "
        "max((SELECT max(article) FROM day INDEXED BY day_by_date WHERE day.date = each.date)) FROM each",
        (first, last),
    ).fetchone()
    return (NUMBERS, NUMBERS) if lowest is None else (int(lowest), int(highest))


_NOT_BEGUN: Final = "NOT EXISTS (SELECT 1 FROM layer y WHERE y.article = {id} AND y.annotator = ?)"


def _add_conditions(source: Source, who: int, own: int, chosen: QueueFilter) -> None:
    """Add what of a filter the source does not hold by itself."""
    layers = "SELECT 1 FROM layer y WHERE y.article = {id} AND y.annotator = ?"
    if chosen.status == "todo" and "status" not in source.holds:
        source.need(_NOT_BEGUN, who)
    elif chosen.status and "status" not in source.holds:
        source.need(f"EXISTS ({layers} AND y.status = ?)", who, chosen.status)
    elif chosen.by and not chosen.status and "by" not in source.holds:
        source.need(f"EXISTS ({layers})", who)
    if chosen.label and "label" in source.holds:
        if chosen.by:
            source.need("annotator = ?", who)
    elif chosen.label:
        theirs = " AND u.annotator = ?" if chosen.by else ""
        values = [chosen.label, *([who] if chosen.by else [])]
        source.need(f"EXISTS (SELECT 1 FROM label_use u WHERE u.label = ? AND u.article = {{id}}{theirs})", *values)
    if chosen.days and source.table == "day NOT INDEXED":
        source.need(*_between(chosen.days))
    elif chosen.days and "days" not in source.holds:
        condition, *bounds = _between(chosen.days)
        source.need(f"EXISTS (SELECT 1 FROM day d WHERE d.article = {{id}} AND d.{condition})", *bounds)
    _add_rare_conditions(source, own, chosen)


def _add_rare_conditions(source: Source, own: int, chosen: QueueFilter) -> None:
    """Add conditions that few filters have."""
    if chosen.mine and "mine" not in source.holds:
        source.need(
            "(EXISTS (SELECT 1 FROM assignment s WHERE s.annotator = ? AND s.article = {id}) OR "
            "EXISTS (SELECT 1 FROM quota q WHERE q.article = {id} AND q.taken < q.places))",
            own,
        )
    for name, value in chosen.meta:
        # What is damaged has no metadata here; whoever opens the article is told.
        source.need(
            "EXISTS (SELECT 1 FROM article r, json_each(CASE WHEN json_valid(r.meta) THEN r.meta ELSE '{{}}' END) m "
            "WHERE r.id = {id} AND m.key = ? AND CAST(m.value AS TEXT) = ?)",
            name,
            value,
        )
    if chosen.searches and is_unspaced(chosen.words):
        words = chosen.words.strip()
        found = "SELECT instr(text, ?) + instr(title, ?) FROM article WHERE article.id = {id}"
        source.need(f"({found}) > 0", words, words)


def _between(days: Days | None) -> tuple[str, ...]:
    first, last = days or ("", "")
    return ("date BETWEEN ? AND ?", first, last or "9999-12-31")


def _few_days(conn: sqlite3.Connection, days: Days) -> bool:
    condition, *values = _between(days)
    sql = f"SELECT count(*) FROM (SELECT 1 FROM day INDEXED BY day_by_date WHERE {condition} LIMIT ?)"
    return int(conn.execute(sql, (*values, FEW + 1)).fetchone()[0]) <= FEW


def first(conn: sqlite3.Connection, source: Source, side: Side, number: int) -> int | None:
    """Return the first number of a source on one side of another, or None."""
    row = conn.execute(*source.select(side, number, limit=1)).fetchone()
    return None if row is None else int(row[0])
