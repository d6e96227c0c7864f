"""Rows that belong to something that is not there.

Invariant: no transaction that deletes rows ends before they are in the file of what was moved out, and that file is on
the disk.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from annotator.core.counting import count
from annotator.fresh import make_file

_IMPLIED: Final = (("place", "article", "article", "id"),)  # references that the tables do not declare
_COUNTS: Final = frozenset({"day", "total", "tally", "label_use", "ahead", "assigned"})  # counted anew as a whole


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows of a table that belong to a row that is not there.

    Args:
        table: Theirs.
        column: The one that names the missing row.
        parent: The missing row's table.
        value: What names it.
        rows: How many they are.
    """

    table: str
    column: str
    parent: str
    value: Any
    rows: int

    @property
    def cure(self) -> str:
        """What a repair does, "" for nothing."""
        # A schema cannot be made up, and moving an entry out would tear the journal.
        if self.parent == "annotator" and isinstance(self.value, int):
            return f"add an annotator {stand_in(self.value)!r} for them"
        kept = self.parent in ("schema", "annotator") or self.table == self.parent
        return "" if kept else "move them out into a file beside"


class Aside:
    """The file of what was moved out: one JSON object a line, with the table, the row and why; made when needed.

    Args:
        path: Where; must not be there.
        private: Whether only its owner may read it.
    """

    def __init__(self, path: Path, *, private: bool = False) -> None:
        self.path = path
        self._private = private
        self.rows = 0
        self._file: BinaryIO | None = None

    def put(self, table: str, row: dict[str, Any], *, why: str) -> None:
        """Write a row."""
        if self._file is None:
            self._file = make_file(self.path, private=self._private)
        line = json.dumps({"table": table, "why": why, "row": row}, default=_hex)
        self._file.write(line.encode() + b"\n")
        self.rows += 1

    def keep(self) -> None:
        """Force what was written to the disk; once, before the transaction ends, for each time takes milliseconds."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self, *, keep: bool) -> None:
        """Close the file; where nothing was moved out in the end it goes away."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if not keep:
                self.path.unlink(missing_ok=True)


def _hex(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def stand_in(number: Any) -> str:
    """Return the name of an annotator whose own is lost."""
    return f"unknown-{number}"


def dangling(conn: sqlite3.Connection) -> Iterator[Gap]:
    """Yield the rows that belong to something that is not there, by table and by what they lack."""
    for table, column, parent, key in [*_references(conn)]:
        if table in _COUNTS:
            continue
        rows = conn.execute(
            f'SELECT c."{column}", count(*) FROM "{table}" c WHERE c."{column}" IS NOT NULL AND NOT EXISTS '
            f'(SELECT 1 FROM "{parent}" p WHERE p."{key}" = c."{column}") GROUP BY 1 ORDER BY 1'
        )
        for value, number in rows:
            yield Gap(table, column, parent, value, number)


def _references(conn: sqlite3.Connection) -> Iterator[tuple[str, str, str, str]]:
    """Yield table, column, and the table and column that it refers to."""
    tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid")]
    for table in tables:
        for row in conn.execute(f'PRAGMA foreign_key_list("{table}")').fetchall():
            yield table, row[3], row[2], row[4] or "id"
    yield from (reference for reference in _IMPLIED if reference[0] in tables)


def mend_dangling(conn: sqlite3.Connection, aside: Aside) -> Iterator[str]:
    """Put right what can be, in the caller's transaction with foreign keys off, and yield what was done."""
    while gaps := [gap for gap in dangling(conn) if gap.cure]:  # moving a layer out leaves its spans behind
        for gap in gaps:
            if gap.parent == "annotator":
                if conn.execute("SELECT 1 FROM annotator WHERE id = ?", (gap.value,)).fetchone():
                    continue  # added for the rows of another table
                name = _free(conn, stand_in(gap.value))
                conn.execute("INSERT INTO annotator (id, name, kind) VALUES (?, ?, 'human')", (gap.value, name))
                yield f"added annotator {name!r}: rows of {gap.table} belong to it"
                continue
            why = f"{gap.parent} {gap.value} is not there"
            # Noise that is no UTF-8 can be asked for as bytes only.
            column, value = f'"{gap.column}"', gap.value
            if isinstance(value, str):
                column, value = f"CAST({column} AS BLOB)", value.encode("utf-8", "surrogateescape")
            moved = move_out(conn, aside, gap.table, f"{column} = ?", (value,), why=why)
            yield f"moved {count(moved, 'row')} of {gap.table} out: {why}"


def _free(conn: sqlite3.Connection, name: str) -> str:
    while conn.execute("SELECT 1 FROM annotator WHERE name = ?", (name,)).fetchone():
        name += "+"
    return name


def move_out(conn: sqlite3.Connection, aside: Aside, table: str, where: str, values: Sequence[Any], *, why: str) -> int:
    """Move rows of a table to the file beside, in the caller's transaction, and return how many."""
    cursor = conn.execute(f'SELECT * FROM "{table}" WHERE {where}', values)
    names = [column[0] for column in cursor.description]
    for row in cursor:
        aside.put(table, dict(zip(names, row, strict=True)), why=why)
    return conn.execute(f'DELETE FROM "{table}" WHERE {where}', values).rowcount
