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
        """Whether a page needs no more than a step in an index, wherever it is."""
        return not (self.searches or self.label or self.days or self.status == "todo" or self.meta)


@dataclass(slots=True)
class Source:
    """What to read numbers of articles from: a table, its column with them, and conditions on both.

    Args:
        table: The table, perhaps with the index to use.
        column: The column.
        where: The conditions.
        values: Their values.
        also: Another source whose numbers belong among these.
    """

    table: str
    column: str
    where: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    also: Source | None = None

    def need(self, condition: str, *values: Any) -> None:
        """Add a condition; `{id}` in it is the column."""
        self.where.append(condition.format(id=self.column))
        self.values += values
        if self.also is not None:
            self.also.need(condition, *values)

    def sql(self, *more: str, descending: bool = False) -> str:
        """Return the query for the numbers in order, each once.

        Args:
            more: More conditions; `{id}` in them is the column, and their values follow those in `values`.
            descending: Whether the highest comes first.
        """
        order = "DESC" if descending else "ASC"
        if self.also is None:
            return f"{self._select(more)} ORDER BY {self.column} {order}"
        # Both halves are read from indexes in this order, and SQLite merges them as it goes.
        return f"{self._select(more)} UNION {self.also._select(more)} ORDER BY id {order}"

    def bound(self, *more: Any) -> list[Any]:
        """Return the values of `sql`, given those of its additional conditions."""
        return [*self.values, *more, *(self.also.bound(*more) if self.also is not None else ())]

    def _select(self, more: tuple[str, ...]) -> str:
        conditions = " AND ".join([*self.where, *(one.format(id=self.column) for one in more)]) or "1"
        once = "DISTINCT " if self.table == "label_use" else ""
        return f"SELECT {once}{self.column} AS id FROM {self.table} WHERE {conditions}"


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
    few = chosen.days is not None and _few_days(conn, chosen.days)
    spaced = chosen.searches and not is_unspaced(chosen.words)
    status = chosen.status if chosen.status != "todo" else None
    if spaced:
        source = Source("article_fts", "article_fts.rowid", ["article_fts MATCH ?"], [query_of(chosen.words)])
    elif few:
        source = Source("day INDEXED BY day_by_date", "day.article")
        source.need(*_between(chosen.days))
    elif chosen.label:
        source = Source("label_use", "label_use.article", ["label = ?"], [chosen.label])
    elif status:
        source = Source("layer INDEXED BY layer_by_annotator", "layer.article")
        source.need("annotator = ? AND status = ?", who, status)
    elif chosen.mine:
        free = Source("quota INDEXED BY quota_free", "quota.article", ["taken < places"])
        source = Source("assignment", "assignment.article", ["annotator = ?"], [own], also=free)
    elif chosen.by and not chosen.status:
        source = Source("layer INDEXED BY layer_of_annotator", "layer.article", ["annotator = ?"], [who])
    else:
        source = Source("day NOT INDEXED", "day.article")
    _add_conditions(source, who, own, chosen)
    return source


def _add_conditions(source: Source, who: int, own: int, chosen: QueueFilter) -> None:
    """Add what of a filter the source does not hold by itself."""
    table = source.table.split()[0]
    layers = "SELECT 1 FROM layer y WHERE y.article = {id} AND y.annotator = ?"
    if chosen.status == "todo":
        source.need(f"NOT EXISTS ({layers})", who)
    elif chosen.status and table != "layer":
        source.need(f"EXISTS ({layers} AND y.status = ?)", who, chosen.status)
    elif chosen.by and table != "layer" and not chosen.status:
        source.need(f"EXISTS ({layers})", who)
    if chosen.label and table == "label_use":
        if chosen.by:
            source.need("annotator = ?", who)
    elif chosen.label:
        theirs = " AND u.annotator = ?" if chosen.by else ""
        values = [chosen.label, *([who] if chosen.by else [])]
        source.need(f"EXISTS (SELECT 1 FROM label_use u WHERE u.label = ? AND u.article = {{id}}{theirs})", *values)
    if chosen.days and source.table == "day NOT INDEXED":
        source.need(*_between(chosen.days))
    elif chosen.days and table != "day":
        condition, *bounds = _between(chosen.days)
        source.need(f"EXISTS (SELECT 1 FROM day WHERE day.article = {{id}} AND {condition})", *bounds)
    _add_rare_conditions(source, own, chosen)


def _add_rare_conditions(source: Source, own: int, chosen: QueueFilter) -> None:
    """Add conditions that are the same for every source but that of one's own places."""
    if chosen.mine and not source.table.startswith("assignment"):
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
