"""Questions about many articles: the queue, progress, places and times.

Invariant: what a screen asks at a key is answered from an index, a page at a time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

from annotator.core.layer import Kind, Status
from annotator.store import queue, search, to_do, visits
from annotator.store.connection import explained
from annotator.store.queue import Hit, QueueFilter, QueueRow
from annotator.store.rows import json_object
from annotator.store.visits import TimeSpent, Visit

ALL = QueueFilter()
_AT_ONCE: Final = 16  # annotators whose labels are counted in one go through the table


class Lists:
    """Reads one database; `queries.Store` is the whole of it."""

    def __init__(self, conn: sqlite3.Connection, path: Path) -> None:
        self._conn = conn
        self._path = path

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    def close(self) -> None:
        """Close the connection."""
        self._conn.close()

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with explained(self._path):
            return self._conn.execute(sql, values).fetchall()

    def queue_page(
        self,
        annotator: str,
        chosen: QueueFilter = ALL,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = 100,
    ) -> list[QueueRow]:
        """Return articles of an annotator's queue, by number; see `queue.page`."""
        with explained(self._path):
            return queue.page(self._conn, annotator, chosen, after=after, before=before, limit=limit)

    def queue_count(self, annotator: str, chosen: QueueFilter) -> int:
        """Return how many articles a filter lets through; may take as long as looking at each of them."""
        with explained(self._path):
            return queue.count(self._conn, annotator, chosen)

    def queue_beyond(
        self,
        annotator: str,
        chosen: QueueFilter,
        article: int,
        *,
        step: int,
        kept: Collection[int] = (),
        to_do: bool = False,
    ) -> tuple[int, Hit | None] | None:
        """Return the next (step 1) or previous (step -1) article of a filter, and its hit; see `queue.beyond`."""
        with explained(self._path):
            return queue.beyond(self._conn, annotator, chosen, article, step=step, kept=kept, to_do=to_do)

    def queue_place(
        self, annotator: str, chosen: QueueFilter, article: int, *, kept: Collection[int] = ()
    ) -> tuple[int, int]:
        """Return how many articles of a filter come up to this one, and how many there are; see `queue.place`."""
        with explained(self._path):
            return queue.place(self._conn, annotator, chosen, article, kept=kept)

    def unindexed(self) -> bool:
        """Say whether there are articles that the full-text index does not have yet."""
        with explained(self._path):
            done, of = search.pending(self._conn)
        return done < of

    def next_to_do(self, annotator: str, *, after: int) -> int | None:
        """Return the first article after a number that the annotator has yet to do, or None; see `to_do.next_to_do`."""
        with explained(self._path):
            return to_do.next_to_do(self._conn, annotator, after=after)

    def other_to_do(self, annotator: str, article: int) -> int | None:
        """Return the next other article to do, on from one and round to the beginning."""
        found = self.next_to_do(annotator, after=article) or self.next_to_do(annotator, after=0)
        return None if found == article else found

    def others(self, article: int, annotator: str) -> list[tuple[str, Status]]:
        """Return the other annotators who have a layer of the article, by name, and its status."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, l.status FROM layer l JOIN annotator a ON a.id = l.annotator "
                "WHERE l.article = ? AND a.name <> ? ORDER BY a.name",
                (article, annotator),
            )
        ]

    def readings(self, article: int) -> list[tuple[str, Kind, Status]]:
        """Return who has a layer of the article, by name, of what kind they are, and the layer's status."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, a.kind, l.status FROM layer l JOIN annotator a ON a.id = l.annotator "
                "WHERE l.article = ? ORDER BY a.name",
                (article,),
            )
        ]

    def revisions(self, article: int) -> dict[str, int]:
        """Return the revision of every layer of an article, by the annotator's name."""
        return dict(
            self._rows(
                "SELECT a.name, l.revision FROM layer l JOIN annotator a ON a.id = l.annotator WHERE l.article = ?",
                (article,),
            )
        )

    def shared(self, annotators: Sequence[str], statuses: Collection[Status] = ()) -> list[int]:
        """Return the numbers of the articles that at least two of some annotators have a layer of, in order.

        Args:
            annotators: Their names.
            statuses: Only layers with one of these, and those of models, whose status says nothing; all if empty.
        """
        places = ", ".join("?" * len(annotators))
        rows = self._rows(f"SELECT id, kind FROM annotator WHERE name IN ({places})", annotators)
        who = ", ".join(str(int(number)) for number, _ in rows)
        models = ", ".join(str(int(number)) for number, kind in rows if kind == "model")
        ones = f" AND (status IN ({', '.join('?' * len(statuses))}) OR annotator IN ({models}))" if statuses else ""
        # Through the index that has articles in their order, so that nothing is sorted.
        found = self._rows(
            f"SELECT article FROM layer WHERE +annotator IN ({who}){ones} GROUP BY article "
            "HAVING count(*) >= 2 ORDER BY article",
            [*statuses],
        )
        return [row[0] for row in found]

    def about(self, article: int, annotator: str) -> tuple[dict[str, Any], str]:
        """Return the metadata of an article, and the annotator's note on it."""
        rows = self._rows(
            "SELECT r.meta, (SELECT l.note FROM layer l JOIN annotator a ON a.id = l.annotator "
            "WHERE l.article = r.id AND a.name = ?) FROM article r WHERE r.id = ?",
            (annotator, article),
        )
        return (json_object(rows[0][0]), rows[0][1] or "") if rows else ({}, "")

    def visit(self, article: int, annotator: str) -> Visit | None:
        """Return where the annotator was in the article, and how long altogether; None if never."""
        with explained(self._path):
            return visits.visit_of(self._conn, annotator, article)

    def place(self, annotator: str) -> int | None:
        """Return the number of the article that the annotator was at last, or None."""
        with explained(self._path):
            return visits.place_of(self._conn, annotator)

    def time_spent(self) -> dict[str, TimeSpent]:
        """Return how long each annotator was at work, by name, those who were."""
        with explained(self._path):
            return visits.time_spent(self._conn)

    def neighbour(self, article: int, *, step: int) -> int | None:
        """Return the number of the next (step 1) or previous (step -1) article, or None at the end."""
        sign, order = (">", "ASC") if step > 0 else ("<", "DESC")
        rows = self._rows(f"SELECT id FROM article WHERE id {sign} ? ORDER BY id {order} LIMIT 1", (article,))
        return rows[0][0] if rows else None

    def position(self, article: int) -> int:
        """Return how many articles come up to and including this one, for "17/240"."""
        with explained(self._path):
            return queue.position(self._conn, article)

    def count(self) -> int:
        """Return how many articles there are."""
        with explained(self._path):
            return queue.total(self._conn)

    def unread(self) -> int:
        """Return how many articles nobody has a layer of."""
        return int(
            self._rows(
                "SELECT count(*) FROM day d WHERE NOT EXISTS (SELECT 1 FROM layer l WHERE l.article = d.article)"
            )[0][0]
        )

    def progress(self) -> list[tuple[str, Kind, Status, int, int]]:
        """Return (annotator, kind, status, layers, spans) for every status that an annotator has layers in."""
        return [
            tuple(row)
            for row in self._rows(
                "SELECT a.name, a.kind, t.status, t.layers, t.spans FROM tally t "
                "JOIN annotator a ON a.id = t.annotator WHERE t.layers > 0 ORDER BY a.name, t.status"
            )
        ]

    def label_counts(self) -> list[tuple[str, str, int]]:
        """Return (annotator, label, spans), by annotator and label."""
        found: list[tuple[str, str, int]] = []
        with explained(self._path):
            people = self._conn.execute("SELECT id, name FROM annotator").fetchall()
            for at in range(0, len(people), _AT_ONCE):
                # A sum for each, in the order of the table; grouping by annotator would sort all of its rows.
                some = people[at : at + _AT_ONCE]
                sums = ", ".join("sum(spans) FILTER (WHERE annotator = ?)" for _ in some)
                rows = self._conn.execute(
                    f"SELECT label, {sums} FROM label_use GROUP BY label", [number for number, _ in some]
                )
                for label, *counts in rows:
                    found += [(name, label, n) for (_, name), n in zip(some, counts, strict=True) if n]
        return sorted(found)

    def has_places(self, annotator: str) -> bool:
        """Say whether an annotator's queue begins with what is assigned."""
        with explained(self._path):
            return to_do.has_places(self._conn, annotator)

    def articles_of(self, annotator: str) -> list[int]:
        """Return the numbers of the articles that an annotator has a layer of, in order."""
        sql = "SELECT l.article FROM layer l JOIN annotator a ON a.id = l.annotator WHERE a.name = ? ORDER BY l.article"
        return [row[0] for row in self._rows(sql, (annotator,))]

    def assigned(self, annotator: str) -> list[int]:
        """Return the numbers of the articles that are assigned to an annotator, in order."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'assignment'"):
            return []
        rows = self._rows(
            "SELECT s.article FROM assignment s JOIN annotator a ON a.id = s.annotator WHERE a.name = ? "
            "ORDER BY s.article",
            (annotator,),
        )
        return [row[0] for row in rows]
