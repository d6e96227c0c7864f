"""Files that are made, for everybody whom the system's settings let in or for their owner alone.

Invariant: a private file or folder is so from its first moment, whatever the umask; nothing is made where something is,
at most appended where that is asked for.  What replaces a file that is there asks `refuse_database` first.  On Windows,
which has no such modes, a file has the rights that its folder gives.
"""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_IMODE
from typing import BinaryIO, Final

from annotator.errors import UsageError

SQLITE: Final = b"SQLite format 3\0"
"""How every SQLite database begins."""
_BESIDE: Final = ("-wal", "-shm", "-journal")
_OTHERS: Final = 0o077
_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700


def make_file(path: Path, *, private: bool = False) -> BinaryIO:
    """Make a file and return it, open for writing.

    Args:
        path: Where.
        private: Whether only its owner may read and write it.

    Raises:
        FileExistsError: If something is there.
        OSError: If it cannot be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, _PRIVATE_FILE if private else 0o666), "wb")


def append_to(path: Path, data: bytes, *, private: bool = False) -> None:
    """Append to a file, which is made if it is not there; one that is there keeps the rights that it has.

    Args:
        path: Where.
        data: What.
        private: Whether only its owner may read and write it if it is made.

    Raises:
        OSError: If it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, _PRIVATE_FILE if private else 0o666), "ab") as file:
        file.write(data)


def is_sqlite(path: Path) -> bool:
    """Say whether a path is that of an ordinary file which begins as SQLite's databases do."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError:
        return False


def refuse_database(path: Path) -> None:
    """Refuse to write something else over a database, or over what SQLite keeps beside one.

    Raises:
        UsageError: If it is one; nothing that this tool writes in such a way is.
    """
    real = path.resolve()
    end = next((end for end in _BESIDE if real.name.endswith(end)), "")
    if is_sqlite(real):
        raise UsageError(f"{path} is a database", hint="name another file")
    if end and is_sqlite(real.with_name(real.name.removesuffix(end))):
        raise UsageError(f"{path} is where a database keeps what is written last", hint="name another file")


def move_to_free(source: Path, target: Path) -> None:
    """Give a file another name in the same folder, one that nothing has at that moment.

    Raises:
        FileExistsError: If something has it.
        OSError: If it cannot be done.
    """
    if os.name != "posix":
        source.rename(target)  # refuses there; elsewhere it would replace what has the name
        return
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without second names: the name is taken first, by an empty file
        make_file(target, private=True).close()
        source.replace(target)
    else:
        source.unlink()
    sync_folder(target.parent)


def make_folder(path: Path, *, private: bool = False) -> None:
    """Make a folder; see `make_file`."""
    path.mkdir(mode=_PRIVATE_FOLDER if private else 0o777)


def make_folders(path: Path, *, private: bool = False) -> None:
    """Make a folder and those above it, where they are not there yet; see `make_file`.

    Raises:
        OSError: If one cannot be made, or is something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=_PRIVATE_FOLDER if private else 0o777, exist_ok=True)


def close_to_others(path: Path) -> None:
    """Take from all but the owner what they may do with a file or folder."""
    path.chmod(_PRIVATE_FOLDER if path.is_dir() else _PRIVATE_FILE)


def is_private(path: Path) -> bool:
    """Say whether a file that is there is for its owner alone; never so on Windows."""
    return os.name == "posix" and not S_IMODE(path.stat().st_mode) & _OTHERS


def sync_folder(folder: Path) -> None:
    """Force the folder's list of names to the disk, where the system can (not on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
