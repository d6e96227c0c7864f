"""The shape of the file, and how an older file gets it.

Invariant: `PRAGMA user_version` is the number of migrations that were applied.  A migration that was released is never
changed; a new column is a new function at the end and a line in `rows.py`.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.errors import StoreError
from annotator.store.connection import APPLICATION_ID, explained, reading, writing

if TYPE_CHECKING:
    from sqlite_utils import Database

VERSION = 1

_TRIES = 50  # each waits for the lock; more than a few takes programs that do nothing but open new files

_TABLES = """
CREATE TABLE schema (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
  created TEXT NOT NULL, UNIQUE (name, version));
CREATE TABLE annotator (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL CHECK (kind IN ('human', 'model', 'gold')));
CREATE TABLE article (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL UNIQUE, length INTEGER NOT NULL,
  loaded TEXT NOT NULL, title TEXT NOT NULL, meta TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE layer (
  id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES article (id),
  annotator INTEGER NOT NULL REFERENCES annotator (id), schema INTEGER NOT NULL REFERENCES schema (id),
  status TEXT NOT NULL CHECK (status IN ('open', 'done', 'flagged')), revision INTEGER NOT NULL,
  spans INTEGER NOT NULL, updated TEXT NOT NULL, attributes TEXT NOT NULL, note TEXT NOT NULL,
  UNIQUE (article, annotator));
CREATE INDEX layer_by_annotator ON layer (annotator, status, article);
CREATE TABLE span (
  layer INTEGER NOT NULL REFERENCES layer (id), id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  label TEXT NOT NULL, attributes TEXT NOT NULL, note TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (layer, id), CHECK (0 <= start AND start < "end")) WITHOUT ROWID;
CREATE TABLE journal (
  id INTEGER PRIMARY KEY, time TEXT NOT NULL, layer INTEGER NOT NULL REFERENCES layer (id),
  annotator INTEGER NOT NULL REFERENCES annotator (id), schema INTEGER NOT NULL REFERENCES schema (id),
  revision INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('do', 'undo', 'redo', 'load')),
  of INTEGER REFERENCES journal (id), edits TEXT NOT NULL, inverse TEXT NOT NULL);
CREATE INDEX journal_by_layer ON journal (layer, id);
"""


@cache
def _migrations() -> Any:
    """Return the migrations; sqlite_utils is imported only where a file really needs one (it may cost 150 ms)."""
    from sqlite_utils import Migrations

    migrations = Migrations("annotator")

    @migrations()
    def m001_first(db: Database) -> None:
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                db.execute(statement)
        # Text never changes and articles are only added, so the index is filled by `search.catch_up`, not by triggers
        # that would make every load pay for it.
        words = "unicode61 remove_diacritics 2"
        db.table("article").enable_fts(["title", "text"], tokenize=words, create_triggers=False)

    return migrations


def version_of(conn: sqlite3.Connection) -> int:
    """Return how many migrations the file has seen."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def bring_up(conn: sqlite3.Connection, path: Path) -> None:
    """Bring a new or older file to the newest shape; nothing happens to a file that has it.

    Raises:
        StoreError: If the file is another program's, or from a newer version of this tool.
    """
    with explained(path):
        if is_current(conn, path):
            return
        _use_log(conn)
        with writing(conn):
            # Somebody else may have done it while this process waited for the lock.
            if is_current(conn, path):
                return
            from sqlite_utils import Database

            _migrations().apply(Database(conn))
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version = {VERSION}")


def _use_log(conn: sqlite3.Connection) -> None:
    """Turn write-ahead logging on, which is then a property of the file.

    SQLite does not wait for its turn to do this as it does for a transaction, so the waiting is done with one.
    """
    for left in reversed(range(_TRIES)):
        try:
            conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not (left and str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY")):
                raise
        with writing(conn):
            pass  # whoever was at it has finished


def is_current(conn: sqlite3.Connection, path: Path) -> bool:
    """Say whether the file has the newest shape.

    Raises:
        StoreError: If the file is another program's, or from a newer version of this tool.
    """
    with reading(conn):  # else the version could be that of a file which another process has just made ours
        application = int(conn.execute("PRAGMA application_id").fetchone()[0])
        version = version_of(conn)
        used = bool(version) or conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
    if application != APPLICATION_ID and used:
        raise StoreError(f"{path} is a SQLite database of another program", hint="give another file with --db")
    if version > VERSION:
        raise StoreError(
            f"{path} was made by a newer version of this tool (file version {version}, known {VERSION})",
            hint="upgrade with `pip install -U conflict-annotator`",
        )
    if used and not version:
        raise StoreError(f"{path} is damaged: its version is missing", hint="restore a backup; keep this file too")
    return version == VERSION
