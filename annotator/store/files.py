"""Which files can be databases.

Invariant: nothing here opens a file with SQLite, which would take a file of a few bytes for an empty database.
"""

from __future__ import annotations

from pathlib import Path
from stat import S_ISDIR, S_ISREG

from annotator.errors import StoreError
from annotator.fresh import SQLITE
from annotator.store.connection import APPLICATION_ID


def refuse_no_database(path: Path, *, other: bool = False) -> None:
    """Refuse what can be seen not to be a database without opening it.

    Args:
        path: What is said to be one.
        other: Whether it is named besides the database that a command is about.

    Raises:
        StoreError: If there is no such file, or it is something else or empty.
    """
    try:
        status = path.stat()
        ordinary = S_ISREG(status.st_mode)
        start = _start(path) if ordinary else b""
    except (FileNotFoundError, NotADirectoryError) as error:
        hint = "check its name" if other else "make one with `annotator new`, or name another with --db"
        raise StoreError(f"{path}: no such database", hint=hint) from error
    except OSError as error:
        raise StoreError(f"{path} cannot be opened: {error.strerror}", hint="name another file") from error
    if not ordinary:
        what = "a folder" if S_ISDIR(status.st_mode) else "no ordinary file"
        raise StoreError(f"{path} is {what}, not a database", hint="name a file")
    if not start:
        raise empty_file(path, other=other)
    if start != SQLITE:  # SQLite takes a file of a few bytes for an empty one and writes over it
        raise StoreError(f"{path} is not a database of this tool", hint="name another file")


def begins_ours(head: bytes) -> bool:
    """Say whether a file with this beginning is a database of this tool; SQLite's header has the mark at byte 68."""
    return head.startswith(SQLITE) and head[68:72] == APPLICATION_ID.to_bytes(4)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(SQLITE))


def empty_file(path: Path, *, other: bool = False) -> StoreError:
    """Return the error of a file that holds nothing; see `refuse_no_database`."""
    copied = f"a copy of a database in use lacks what is in its {path.name}-wal: copy with annotator's backup"
    then = "name another file" if other else "delete it and run `annotator new`"
    return StoreError(f"{path} is empty, not a database", hint=f"{copied}; else {then}")
