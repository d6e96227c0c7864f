"""Which of the stored schemas is in force.

Invariant: schemas are only added, since layers and journal name them; the one in force is named in `total`, by its
number, or else is the one added last.  It changes only in the transaction that moves the layers.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from annotator.core.schema import Schema
from annotator.errors import InputError, SchemaMovedError, StoreError

_IN_FORCE: Final = "schema"
_BEFORE: Final = "schema before "  # and the number of the schema that was moved to
_NUMBER: Final = (
    f"(SELECT coalesce((SELECT number FROM total WHERE name = '{_IN_FORCE}'), (SELECT max(id) FROM schema)))"
)
IN_FORCE: Final = f"SELECT name || '@' || version, digest FROM schema WHERE id = {_NUMBER}"
"""The query for "name@version" and digest of the schema in force."""
COPIED: Final = (
    ("schema", "SELECT id, name, version, digest, body, created FROM schema ORDER BY id"),
    ("total", f"SELECT name, number FROM total WHERE name = '{_IN_FORCE}' OR name LIKE '{_BEFORE}%'"),
)
"""The tables that schemas are in, and the queries for all that a new file takes over of another."""


def in_force(conn: sqlite3.Connection) -> int:
    """Return the number of the schema in force.

    Raises:
        StoreError: If there is no schema.
    """
    row = conn.execute(f"SELECT {_NUMBER}").fetchone()
    if row[0] is None:
        raise StoreError("the database holds no schema", hint="delete it and run `annotator new`")
    return int(row[0])


def stored(conn: sqlite3.Connection, ref: str | None = None) -> tuple[str, str] | None:
    """Return body and digest of the schema of this "name@version", else of that in force; None if there is none."""
    if ref is None:
        row = conn.execute(f"SELECT body, digest FROM schema WHERE id = {_NUMBER}").fetchone()
    else:
        row = conn.execute("SELECT body, digest FROM schema WHERE name || '@' || version = ?", (ref,)).fetchone()
    return None if row is None else (row[0], row[1])


def ref_of(conn: sqlite3.Connection, number: int) -> str:
    """Return the "name@version" of a schema."""
    row = conn.execute("SELECT name || '@' || version FROM schema WHERE id = ?", (number,)).fetchone()
    return str(row[0])


def ref_in_force(conn: sqlite3.Connection) -> str:
    """Return the "name@version" of the schema in force."""
    return ref_of(conn, in_force(conn))


def refuse_moved(conn: sqlite3.Connection, under: str) -> None:
    """Refuse what was made under another schema than the one in force; `under` may be "" for what fits any.

    Raises:
        SchemaMovedError: If it is so.
    """
    if under and (now := ref_in_force(conn)) != under:
        raise SchemaMovedError(
            f"the database has moved from schema {under} to {now}",
            hint="reload: what is not saved is put on top of what the move made",
        )


def add(conn: sqlite3.Connection, schema: Schema, *, time: str) -> int:
    """Store a schema, if it is not there yet, and return its number.

    Raises:
        InputError: If there is another one with its name and version.
    """
    row = conn.execute(
        "SELECT id, digest FROM schema WHERE name = ? AND version = ?", (schema.name, schema.version)
    ).fetchone()
    if row is None:
        cursor = conn.execute(
            "INSERT INTO schema (name, version, digest, body, created) VALUES (?, ?, ?, ?, ?)",
            (schema.name, schema.version, schema.digest, schema.to_json(), time),
        )
        return int(cursor.lastrowid or 0)
    if row[1] != schema.digest:
        raise InputError(
            f"the database knows another schema as {schema.ref}",
            hint="raise its version whenever a schema changes; see `annotator schema diff`",
        )
    return int(row[0])


def force(conn: sqlite3.Connection, schema: Schema, *, time: str) -> None:
    """Store a schema, put it in force, and remember which one was before it.

    Raises:
        InputError: If there is another one with its name and version.
    """
    before = in_force(conn)  # first, because it may be the one that was added last
    number = add(conn, schema, time=time)
    _keep(conn, f"{_BEFORE}{number}", before)
    _keep(conn, _IN_FORCE, number)


def before(conn: sqlite3.Connection) -> int | None:
    """Return the number of the schema that the database moved from to the one in force; None if it did not move."""
    row = conn.execute("SELECT number FROM total WHERE name = ?", (f"{_BEFORE}{in_force(conn)}",)).fetchone()
    return None if row is None else int(row[0])


def force_before(conn: sqlite3.Connection) -> None:
    """Put the schema that was before the one in force in force again, and forget that it was not."""
    number, now = before(conn), in_force(conn)
    if number is not None:
        _keep(conn, _IN_FORCE, number)
        conn.execute("DELETE FROM total WHERE name = ?", (f"{_BEFORE}{now}",))


def _keep(conn: sqlite3.Connection, name: str, number: int) -> None:
    conn.execute(
        "INSERT INTO total VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET number = excluded.number", (name, number)
    )
