"""Whether the file that a connection writes is still the one that its path names.

Invariant: where it is not, nothing more is called saved, and everything that was saved is in a file that can be found:
an open file that was deleted or replaced can be read as long as it is open, so it is copied beside once.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

from annotator.errors import AnnotatorError, StoreError
from annotator.store.backup import copy_of, free_name


class Identity:
    """The file as it was when the connection was opened.

    Args:
        path: Its path.
        conn: The connection that writes it; used on its own thread only.
    """

    def __init__(self, path: Path, conn: sqlite3.Connection) -> None:
        self._path = path
        self._conn = conn
        self._was = _identity(path)
        self._saved = ""

    def check(self) -> None:
        """Make sure that the path still names the file.

        Raises:
            StoreError: If the file was deleted or replaced; says where a copy of what was saved is.
        """
        try:
            now = _identity(self._path)
        except OSError:  # such as a folder that may not be looked into any more; SQLite has the file open
            return
        if now == self._was:
            return
        if not self._saved:
            self._saved = self._rescued()
        happened = "was deleted" if now is None else "was replaced by another file"
        raise StoreError(f"{self._path} {happened} while it was open", hint=self._saved)

    def _rescued(self) -> str:
        target = free_name(self._path.with_name(f"{self._path.stem}.rescued.db"))
        with suppress(AnnotatorError, OSError):
            return f"everything that was saved is in {copy_of(self._conn, self._path, target).path.name} beside it"
        return "put the file back before this program ends, or restore a backup"


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another of the same name, or None if there is none; always equal on Windows.

    Windows keeps open files from being deleted and replaced, and has no such numbers for every kind of disk.
    """
    if sys.platform == "win32":
        return (0, 0)
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
