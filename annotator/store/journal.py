"""Reading the journal: who did what when, page by page, and what that comes to.

Invariant: pages go on from a batch's number, so each costs the same; what looks through the whole journal is a stream,
and what looks for trouble reads no more than the latest batches.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from annotator.core.drops import Drop, Tick, drop
from annotator.core.edits import Edit
from annotator.core.history import EntryKind
from annotator.core.layer import Kind
from annotator.errors import StoreError
from annotator.store.connection import explained, reading
from annotator.store.rows import edits_value

LATEST: Final = 20_000  # batches among which drops are looked for; a tenth of a second at most

_COLUMNS: Final = (
    "j.id, j.time, w.name, r.id, r.key, o.name, j.kind, j.of, j.edits, j.inverse FROM journal j "
    "JOIN layer l ON l.id = j.layer JOIN annotator o ON o.id = l.annotator "
    "JOIN annotator w ON w.id = j.annotator JOIN article r ON r.id = l.article"
)

_TWIN: Final = (
    "EXISTS (SELECT 1 FROM layer m JOIN journal k ON k.layer = m.id WHERE m.article = l.article AND m.id < l.id "
    "AND k.revision = j.revision AND k.time = j.time AND k.annotator = j.annotator AND k.edits = j.edits)"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A batch as the journal has it.

    Args:
        id: Its number.
        time: When, in UTC.
        author: Who did it.
        article: The article's number.
        key: The article's key.
        annotator: Whose layer it is in.
        kind: What it was.
        of: The batch that it undoes, does again or takes back.
        edits: What was done.
        inverse: What undoes it.
    """

    id: int
    time: str
    author: str
    article: int
    key: str
    annotator: str
    kind: EntryKind
    of: int | None
    edits: tuple[Edit, ...]
    inverse: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A layer that has lost most of its spans, and when the batch that took the most was written."""

    key: str
    annotator: str
    drop: Drop
    time: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a batch did, in numbers.

    Args:
        author: The number of who did it.
        article: The number of the article.
        time: When, in UTC.
        added: Spans put in, less those that an undo took.
        removed: Spans taken out, less those that an undo put back.
        corrected: Spans given another label or other edges, less those given back.
        detailed: Spans given other attributes or another note, less those given back.
    """

    author: int
    article: int
    time: str
    added: int
    removed: int
    corrected: int
    detailed: int


class Journal:
    """The journal of a file, over one connection of one thread; see `Store.journal`."""

    def __init__(self, conn: sqlite3.Connection, path: Path) -> None:
        self._conn = conn
        self._path = path

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with explained(self._path):
            return self._conn.execute(sql, values).fetchall()

    def page(
        self,
        *,
        before: int | None = None,
        article: int | None = None,
        annotator: str = "",
        since: str = "",
        limit: int = 100,
    ) -> list[Written]:
        """Return batches, the newest first.

        Args:
            before: Only those with lower numbers.
            article: Only those of this article.
            annotator: Only those that this one did, or that are in this one's layers.
            since: Only those that are not older, in UTC as the journal has it.
            limit: How many at most.
        """
        where, values = ["1"], []
        for condition, value in (
            ("j.id < ?", before),
            ("l.article = ?", article),
            ("j.time >= ?", since or None),
        ):
            if value is not None:
                where.append(condition)
                values.append(value)
        if annotator:
            where.append("? IN (w.name, o.name)")
            values.append(annotator)
        sql = f"SELECT {_COLUMNS} WHERE {' AND '.join(where)} ORDER BY j.id DESC LIMIT ?"
        return [_written(row) for row in self._rows(sql, (*values, limit))]

    def batch(self, id: int) -> Written | None:
        """Return the batch with this number, or None."""
        rows = self._rows(f"SELECT {_COLUMNS} WHERE j.id = ?", (id,))
        return _written(rows[0]) if rows else None

    def later(self, batch: Written) -> list[Written]:
        """Return the batches in the same layer after this one, in order."""
        sql = f"SELECT {_COLUMNS} WHERE l.article = ? AND o.name = ? AND j.id > ? ORDER BY j.id"
        return [_written(row) for row in self._rows(sql, (batch.article, batch.annotator, batch.id))]

    def layers(self, annotator: str, *, article: int | None = None) -> Iterator[int]:
        """Yield the numbers of the articles that an annotator has a layer of, in order, a page at a time."""
        one = "" if article is None else " AND l.article = ?"
        last = 0
        while rows := self._rows(
            "SELECT l.article FROM layer l JOIN annotator a ON a.id = l.annotator "
            f"WHERE a.name = ? AND l.article > ?{one} ORDER BY l.article LIMIT 1000",
            (annotator, last, *([] if article is None else [article])),
        ):
            yield from (row[0] for row in rows)
            last = rows[-1][0]

    def until(
        self, article: int, annotator: str, *, time: str = "", before: int | None = None
    ) -> tuple[list[tuple[Edit, ...]], int]:
        """Return a layer's batches up to a point, and how many come after.

        Args:
            article: The article's number.
            annotator: Whose layer.
            time: Up to the last batch that is not later than this, in UTC.  The order of the journal counts and not the
                clock's, which may have jumped back in between.
            before: Instead, up to the last batch with a lower number.
        """
        rows = self._rows(
            "SELECT j.id, j.time, j.edits FROM journal j JOIN layer l ON l.id = j.layer "
            "JOIN annotator a ON a.id = l.annotator WHERE l.article = ? AND a.name = ? ORDER BY j.id",
            (article, annotator),
        )
        wanted = [row[0] < before if before is not None else row[1] <= time for row in rows]
        upto = max((number for number, good in enumerate(wanted, 1) if good), default=0)
        return [edits_value(edits) for _, _, edits in rows[:upto]], len(rows) - upto

    def kind_of(self, annotator: str) -> Kind | None:
        """Return what kind an annotator is, or None if there is no such annotator."""
        rows = self._rows("SELECT kind FROM annotator WHERE name = ?", (annotator,))
        return rows[0][0] if rows else None

    def drops(self, *, damaged: list[int] | None = None) -> list[Trouble]:
        """Return the layers that have lost most of their spans in the latest batches, the worst first; see `drops`.

        Args:
            damaged: Where the numbers of batches that cannot be read are added; of their layers nothing is said.
        """
        with explained(self._path), reading(self._conn):
            ticks: dict[int, list[Tick]] = {}
            odd: set[int] = set()
            rows = self._conn.execute(
                "SELECT id, layer, kind, of, CAST(edits AS BLOB) FROM journal "
                "WHERE id > (SELECT coalesce(max(id), 0) FROM journal) - ? AND kind <> 'load' ORDER BY id",
                (LATEST,),
            )
            for id, layer, kind, of, edits in rows:
                try:
                    ticks.setdefault(layer, []).append(Tick(id, kind, of, _delta(edits)))
                except StoreError:
                    if damaged is None:
                        raise
                    damaged.append(id)
                    odd.add(layer)
            found = [
                trouble
                for layer, batches in ticks.items()
                if layer not in odd and any(tick.delta < 0 for tick in batches)
                for trouble in self._trouble(layer, batches)
            ]
        return sorted(found, key=lambda one: (one.drop.now - one.drop.peak, one.drop.batch))

    def _trouble(self, layer: int, ticks: list[Tick]) -> Iterator[Trouble]:
        key, annotator, spans = self._conn.execute(
            "SELECT r.key, a.name, l.spans FROM layer l JOIN article r ON r.id = l.article "
            "JOIN annotator a ON a.id = l.annotator WHERE l.id = ?",
            (layer,),
        ).fetchone()
        found = drop(ticks, spans)
        if found is not None:
            time = self._conn.execute("SELECT time FROM journal WHERE id = ?", (found.batch,)).fetchone()[0]
            yield Trouble(key, annotator, found, time)

    def work(self, *, article: int | None = None, annotator: str = "", since: str = "") -> Iterator[Work]:
        """Yield what every batch but the loads did; read as a stream.

        What a merge has put beside a layer has the beginning in common with it, which is counted once.
        """
        where, values = ["j.kind <> 'load'", f"(o.name NOT GLOB '*~[0-9]*' OR NOT {_TWIN})"], []
        if article is not None:
            where.append("l.article = ?")
            values.append(str(article))
        if annotator:
            where.append("j.annotator = (SELECT id FROM annotator WHERE name = ?)")
            values.append(annotator)
        if since:
            where.append("j.time >= ?")
            values.append(since)
        sql = (
            "SELECT j.annotator, l.article, j.time, j.kind, j.edits, j.inverse FROM journal j "
            f"JOIN layer l ON l.id = j.layer JOIN annotator o ON o.id = l.annotator WHERE {' AND '.join(where)}"
        )
        with explained(self._path):
            for author, place, time, kind, edits, inverse in self._conn.execute(sql, values):
                yield Work(author, place, time, *_numbers(kind, edits, inverse))

    def seconds(self) -> Iterator[tuple[int, int, float]]:
        """Yield (annotator's number, article's number, seconds at work) of every article somebody was in."""
        with explained(self._path):
            yield from self._conn.execute("SELECT annotator, article, seconds FROM visit WHERE seconds > 0")

    def names(self) -> dict[int, str]:
        """Return the names of the annotators by their numbers."""
        return dict(self._rows("SELECT id, name FROM annotator"))

    def keys(self, articles: Sequence[int]) -> dict[int, str]:
        """Return the keys of some articles by their numbers."""
        found: dict[int, str] = {}
        for at in range(0, len(articles), 500):
            part = articles[at : at + 500]
            marks = ", ".join("?" * len(part))
            found.update(self._rows(f"SELECT id, key FROM article WHERE id IN ({marks})", part))
        return found


def _written(row: tuple[Any, ...]) -> Written:
    return Written(*row[:8], edits_value(row[8]), edits_value(row[9]))  # type: ignore[call-arg]


class _Place(msgspec.Struct, gc=False):
    start: int
    end: int
    label: str


class _Op(msgspec.Struct, gc=False):
    """An edit without what only its content needs, which need not be made to count edits."""

    op: str
    span: _Place | None = None
    rows: list[msgspec.Raw] = []
    at: list[msgspec.Raw] = []


_ops = msgspec.json.Decoder(list[_Op]).decode


def _decoded(text: str | bytes) -> list[_Op]:
    try:
        return _ops(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StoreError(f"the journal holds a damaged batch: {error}", hint="restore a backup") from error


def _delta(edits: str | bytes) -> int:
    """Return how many more spans a layer has after a batch."""
    added, removed, _ = _sums(_decoded(edits))
    return added - removed


def _sums(ops: list[_Op]) -> tuple[int, int, int]:
    """Return how many spans a batch adds, removes and changes."""
    added = removed = changed = 0
    for op in ops:
        match op.op:
            case "add":
                added += 1
            case "add-all":
                added += len(op.rows)
            case "remove":
                removed += 1
            case "remove-all":
                removed += len(op.at)
            case "change":
                changed += 1
    return added, removed, changed


def _numbers(kind: EntryKind, edits: str, inverse: str) -> tuple[int, int, int, int]:
    """Return (added, removed, corrected, detailed); an undo counts against what it undoes."""
    ops = _decoded(edits)
    added, removed, changed = _sums(ops)
    corrected = 0
    if changed:
        before = [op.span for op in reversed(_decoded(inverse)) if op.op == "change"]
        after = [op.span for op in ops if op.op == "change"]
        corrected = sum(one != other for one, other in zip(before, after, strict=False))
    if kind == "undo":
        return -removed, -added, -corrected, corrected - changed
    return added, removed, corrected, changed - corrected
