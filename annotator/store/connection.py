"""Connections: one way to open the file, one way to write to it, one way to say what went wrong.

Invariant: every connection has foreign keys on, a busy timeout of 30 s and `synchronous=FULL`; every write runs in one
`BEGIN IMMEDIATE` transaction, because a deferred one fails under other writers as soon as it turns from reading to
writing, however long the busy timeout is.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import quote

from annotator.errors import ConflictError, StoreError

Connection = sqlite3.Connection
"""What jobs of the writer get; under this name for those who hand it on and know no SQL."""

APPLICATION_ID: Final = 0x616E6E6F  # "anno": tells our files from other SQLite files
BUSY_SECONDS: Final = 30.0
LOOKING: Final = 3  # milliseconds that SQLite looks whether it may write before it is asked anew

_EXPLAINED: Final = {
    "SQLITE_NOTADB": ("is not a database of this tool", "name another file"),
    "SQLITE_CORRUPT": ("is damaged", "restore a backup, or see what {doctor} says"),
    "SQLITE_FULL": ("could not be written: the disk is full", "free some space and try again; what was saved is kept"),
    "SQLITE_READONLY": ("is read-only", "make the file and its folder writable, or work on a copy"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check the path and the rights of the file and its folder"),
    "SQLITE_BUSY": ("is locked by another program", "wait until it has finished, then try again"),
    "SQLITE_LOCKED": ("is locked by another part of this program", "try again"),
    "SQLITE_IOERR": ("could not be read or written: input/output error", "check the disk and its free space"),
    "SQLITE_PERM": ("may not be opened by this user", "check the rights of the file and its folder"),
}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn any error of SQLite inside into a `StoreError` of one line that names the file.

    Raises:
        StoreError: In the place of every `sqlite3.Error`.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the `StoreError` that tells a person what this error of SQLite means."""
    name = getattr(error, "sqlite_errorname", None) or ""
    # Without what could not be decoded, which is noise or text; and no column that becomes JSON ever holds bytes.
    if str(error).startswith(("Could not decode to UTF-8", "JSON cannot hold BLOB")):
        name = "SQLITE_CORRUPT"
    for prefix, (what, hint) in _EXPLAINED.items():
        if name.startswith(prefix):
            return StoreError(f"{path} {what}", hint=hint.format(doctor=doctor(path)))
    if isinstance(error, sqlite3.IntegrityError):
        return ConflictError(f"{path}: {error}", hint="somebody else changed the same thing; reload and try again")
    return StoreError(f"{path}: {error}", hint=f"run {doctor(path)}; keep a copy of the file")


def doctor(path: Path) -> str:
    """Return the command line that looks a file through, which may not be the one that a command was given."""
    return f"`annotator --db {shlex.quote(str(path))} doctor`"


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection with the settings that the store relies on; a file that is missing is never made here.

    Args:
        path: The database file.
        read_only: Refuse writes; also works where the file or its folder cannot be written.

    Raises:
        StoreError: If the file cannot be opened or is not a SQLite database.
    """
    with explained(path):
        if not read_only:
            return _writable(path)
        try:
            return _configured(f"{_uri(path)}?mode=ro", read_only=True)
        except sqlite3.OperationalError as error:
            if not str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
                raise  # somebody else is at it; reading it as it lies would read what is half written
            # A file in WAL mode needs its -shm file even for reading; where neither it nor its folder can be written
            # and no log is waiting, nobody else can be writing, and the file can be read as it lies.
            log = path.with_name(path.name + "-wal")
            if not path.is_file() or (log.exists() and log.stat().st_size):
                raise
            return immutable(path)


def immutable(path: Path) -> sqlite3.Connection:
    """Open a file that nobody else writes, as it lies: no file beside it is read or made."""
    return _configured(f"{_uri(path)}?mode=ro&immutable=1", read_only=True)


def _writable(path: Path) -> sqlite3.Connection:
    """Open a connection that may write; where the file can only be read, say so instead of "cannot be opened"."""
    try:
        return _configured(f"{_uri(path)}?mode=rw", read_only=False)
    except sqlite3.OperationalError as error:
        cannot_open = str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_CANTOPEN")
        if (
            cannot_open
            and os.access(path, os.R_OK)
            and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
        ):
            what, hint = _EXPLAINED["SQLITE_READONLY"]
            raise StoreError(f"{path} {what}", hint=hint) from error
        raise


def _uri(path: Path) -> str:
    """Return the path as SQLite takes it: bytes that are no UTF-8 kept, two slashes at the front not read as a host."""
    name = quote(os.fsencode(path))
    return f"file://{name}" if name.startswith("//") else f"file:{name}"


def _configured(uri: str, *, read_only: bool) -> sqlite3.Connection:
    conn = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA cache_size = -16000")
        conn.execute("PRAGMA schema_version").fetchone()  # the first read: fails here if this is no database
        if read_only:
            conn.execute("PRAGMA query_only = ON")
    except BaseException:
        conn.close()
        raise
    return conn


@contextmanager
def reading(conn: sqlite3.Connection) -> Iterator[None]:
    """Read one snapshot: what all statements inside see is the file at one moment.

    Inside another transaction of this connection nothing is begun or ended; that one is the snapshot.
    """
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN")
    try:
        yield
    finally:
        if conn.in_transaction:
            conn.rollback()  # there is nothing to keep, and unlike COMMIT it cannot fail


@contextmanager
def writing(conn: sqlite3.Connection) -> Iterator[None]:
    """Run one write transaction; all of it is in the file afterwards, or none."""
    _begin(conn)
    try:
        yield
    except BaseException:
        if conn.in_transaction:
            conn.rollback()
        raise
    try:
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.rollback()
        raise


def _begin(conn: sqlite3.Connection) -> None:
    """Begin to write, as soon as nobody else does.

    SQLite waits ever longer between two looks whether it is its turn, up to a tenth of a second; among many who write,
    who has waited long is then overtaken again and again.  So it is asked anew all the time.
    """
    until = monotonic() + BUSY_SECONDS
    conn.execute(f"PRAGMA busy_timeout = {LOOKING}")
    try:
        while True:
            try:
                conn.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                busy = str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY")
                if not busy or monotonic() >= until:
                    raise
    finally:
        conn.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
