"""Texts of all tables that can be read, the rules of their rows, and what undoes each entry of the journal.

Invariant: every value that other checks do not compare with something is read, and the row of what cannot be read, or
breaks a rule of its table, is named.  Texts of articles are compared with their digests, layers and spans with their
journals, and what is counted is counted anew; so these are left out here.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from annotator.errors import AnnotatorError
from annotator.store.doctor_finding import Finding
from annotator.store.doctor_quick import batch_decoder
from annotator.store.rows import edits_value

_ELSEWHERE: Final = frozenset({"span", "day", "total", "tally", "label_use", "ahead", "assigned"})
_COMPARED: Final = frozenset(
    {("article", "text"), ("article", "meta"), ("schema", "body"), ("journal", "edits"), ("journal", "inverse")}
)


def value_findings(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Yield the texts that are no UTF-8, the rows that break a rule, and the entries whose undo cannot be read."""
    tables = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "AND name NOT LIKE 'article_fts%' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY rowid"
    ).fetchall()
    for table, sql in tables:
        if table not in _ELSEWHERE:
            keys = _keys(conn, table)
            yield from _texts(conn, table, keys)
            if table != "layer":
                yield from _broken(conn, table, keys, sql)
    yield from _undos(conn)


def _keys(conn: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in conn.execute(f'PRAGMA table_info("{table}")') if row[5]] or ["rowid"]


def _broken(conn: sqlite3.Connection, table: str, keys: list[str], sql: str) -> Iterator[Finding]:
    """Yield the rows that break a rule of their table: SQLite's own check passes over rules where it may not write."""
    asked = ", ".join(f'"{key}"' for key in keys)
    for rule in _rules(sql):
        for row in conn.execute(f'SELECT {asked} FROM "{table}" WHERE NOT ({rule})'):
            number = ", ".join(str(part) for part in row)
            yield Finding("value", f"{table} number {number}", f"it breaks the rule {rule}")


def _rules(sql: str) -> Iterator[str]:
    """Yield the conditions of the CHECK constraints in the SQL of a table."""
    for found in re.finditer(r"\bCHECK \(", sql):
        depth, end = 1, found.end()
        while depth and end < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield sql[found.end() : end - 1]


def _texts(conn: sqlite3.Connection, table: str, keys: list[str]) -> Iterator[Finding]:
    columns = conn.execute(f'PRAGMA table_info("{table}")').fetchall()
    texts = [name for _, name, kind, *_ in columns if kind == "TEXT" and (table, name) not in _COMPARED]
    if not texts:
        return
    asked = ", ".join([*(f'"{key}"' for key in keys), *(f'CAST("{name}" AS BLOB)' for name in texts)])
    for row in conn.execute(f'SELECT {asked} FROM "{table}"'):
        for name, value in zip(texts, row[len(keys) :], strict=True):
            if value is None or _is_text(value):
                continue
            number = ", ".join(str(part) for part in row[: len(keys)])
            yield Finding("value", f"{table} number {number}", f"its {name} cannot be read: it is no UTF-8")


def _is_text(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _undos(conn: sqlite3.Connection) -> Iterator[Finding]:
    decode = batch_decoder()
    rows = conn.execute(
        "SELECT j.id, CAST(j.inverse AS BLOB), l.article, l.annotator FROM journal j "
        "LEFT JOIN layer l ON l.id = j.layer ORDER BY j.id"
    )
    for id, inverse, article, annotator in rows:
        try:
            decode(inverse)
        except (msgspec.DecodeError, TypeError, ValueError):
            if not _can_be_undone(inverse):
                where = f"entry {id} of the journal"
                layer = f"the layer of article number {article} by annotator number {annotator}"
                yield Finding("journal", where, f"what undoes it cannot be read ({layer})")


def _can_be_undone(inverse: bytes) -> bool:
    """Say whether a batch can be read that the quick look took for odd."""
    try:
        edits_value(inverse.decode("utf-8"))
    except (AnnotatorError, AttributeError, KeyError, TypeError, ValueError):
        return False
    return True
