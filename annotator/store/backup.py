"""Backups: a copy of the database as it is at one moment, made while others go on writing.

Invariant: a backup's name never stands for a part of one.  The copy is made beside under another name, forced to the
disk, looked through, and put in its place in one step; what fails or is stopped leaves nothing behind and replaces
nothing.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from annotator.errors import InputError, StoreError, UsageError
from annotator.fresh import is_sqlite, make_file, sync_folder
from annotator.store.connection import APPLICATION_ID, connect, doctor, explained, immutable, reading

PAGES: Final = 2_048  # between two looks whether to go on: 8 MB, some milliseconds
LEFT: Final = 86_400.0  # seconds without a write after which nobody is at a copy any more
_BESIDE: Final = re.compile(r"\.annotator-[0-9a-f]{8}\.tmp")
_ENDS: Final = ("", "-journal", "-wal", "-shm")


class Stopped(Exception):
    """A backup was told to stop."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made.

    Args:
        path: Where it is.
        size: In bytes.
    """

    path: Path
    size: int


def back_up(
    path: Path,
    target: Path,
    *,
    force: bool = False,
    private: bool = False,
    whole: bool = True,
    tell: Callable[[int, int], bool] = lambda done, of: True,
) -> Backup:
    """Copy a database to a file, while other programs may read and write it.

    Args:
        path: The database.
        target: The file to be.
        force: Whether it may take the place of a file that is there.
        private: Whether only this user may read it; else who may read the database.
        whole: Whether to look the copy through, and refuse one that is damaged.
        tell: Told how many pages are copied, and of how many; False stops it.

    Raises:
        UsageError: If the target is there, is the database itself, or is a database that is in use.
        InputError: If the target cannot be written.
        StoreError: If the database cannot be read or is another program's, or the copy is damaged as the database is.
        Stopped: If `tell` said so.
    """
    _refuse_target(path, target, force=force)
    with closing(connect(path, read_only=True)) as conn:
        with explained(path):
            application = conn.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION_ID:
            raise StoreError(f"{path} is a SQLite database of another program", hint="name another file")
        return copy_of(conn, path, target, private=private, whole=whole, tell=tell)


def copy_of(
    conn: sqlite3.Connection,
    path: Path,
    target: Path,
    *,
    private: bool = False,
    whole: bool = True,
    tell: Callable[[int, int], bool] = lambda done, of: True,
) -> Backup:
    """Copy what a connection reads to a file, in the place of what may be there; see `back_up`."""
    beside = target.with_name(f".annotator-{secrets.token_hex(4)}.tmp")
    try:
        with _written(target):
            make_file(beside, private=True).close()
        _clear(beside)
        _copy(conn, path, beside, target, tell)
        if whole:
            _look_through(beside, path)
        with _written(target):
            with beside.open("rb+") as file:
                os.fsync(file.fileno())
            size = beside.stat().st_size
            if not private:
                with suppress(FileNotFoundError):  # the database was deleted, and this is all there is of it
                    shutil.copymode(path, beside)
            beside.replace(target)
            sync_folder(target.parent)
        return Backup(target, size)
    finally:
        _remove(beside)


def _remove(beside: Path) -> None:
    for end in _ENDS:
        with suppress(OSError):
            beside.with_name(f"{beside.name}{end}").unlink(missing_ok=True)


def _clear(beside: Path) -> None:
    """Remove what copies that were killed have left in the folder of a new one.

    By the new one's time, since a folder elsewhere has a clock of its own; a copy that is at work is written all along.
    Exports have such names, too, but are no databases.
    """
    with suppress(OSError):
        now = beside.stat().st_mtime
        for other in os.scandir(beside.parent):
            if _BESIDE.fullmatch(other.name) and other.is_file(follow_symlinks=False):
                with suppress(OSError):
                    if now - other.stat().st_mtime > LEFT and is_sqlite(Path(other.path)):
                        _remove(Path(other.path))


def free_name(path: Path) -> Path:
    """Return this path, or the first with a number at the end of its stem that stands for nothing yet."""
    number, found = 1, path
    while found.exists() or found.is_symlink():
        number += 1
        found = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return found


def _refuse_target(path: Path, target: Path, *, force: bool) -> None:
    with suppress(OSError):
        if target.samefile(path):
            raise UsageError(f"{target} is the database itself", hint="name another file")
    beside = [f"{path.resolve().name}{end}" for end in ("-wal", "-shm", "-journal")]
    if target.name in beside and target.parent.resolve() == path.resolve().parent:
        # SQLite would read it as what was written last, and others at work have it open.
        raise UsageError(f"{target} is where the database keeps what is written last", hint="name another file")
    if target.is_dir():
        raise UsageError(f"{target} is a folder", hint="name a file in it")
    if (target.exists() or target.is_symlink()) and not force:
        raise UsageError(f"{target} is there already", hint="name another file, or replace it with --force")
    # The log of the old file would be read as one of the new.
    log = target.with_name(f"{target.name}-wal")
    if log.exists():
        raise UsageError(f"{target} is a database in use: {log.name} belongs to it", hint="name another file")


def _copy(conn: sqlite3.Connection, path: Path, beside: Path, target: Path, tell: Callable[[int, int], bool]) -> None:
    def step(status: int, left: int, of: int) -> None:
        if not tell(of - left, of):
            raise Stopped

    with closing(sqlite3.connect(beside, isolation_level=None)) as copy:
        try:
            # Inside one transaction the copy is of one moment; without it every write of others would begin it anew.
            with explained(path), reading(conn):
                conn.execute("SELECT 1 FROM sqlite_master").fetchone()
                conn.backup(copy, pages=PAGES, progress=step)
        except StoreError as error:
            if "disk is full" in error.message or "input/output error" in error.message:
                reason = "the disk is full" if "disk is full" in error.message else "input/output error"
                raise InputError(f"{target} could not be written: {reason}", hint="nothing was replaced") from error
            raise


def _look_through(beside: Path, path: Path) -> None:
    with explained(path), closing(immutable(beside)) as copy:
        said = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if said != "ok":
        what = f"{path} is damaged, and its copy would be: {' '.join(said.split())}"
        raise StoreError(what, hint=f"run {doctor(path)}; nothing was replaced")


@contextmanager
def _written(target: Path) -> Iterator[None]:
    """Tell an error of the system inside in one line that names the file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{target} could not be written: {reason}", hint="nothing was replaced") from error
