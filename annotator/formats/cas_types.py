"""The type system that lies beside an XMI file or in a folder above it.

Invariant: what is remembered from one file to the next is a few type systems by their bytes, and of a few folders, as
they were at a time that their clock tells from any later one, which type system is there.
"""

from __future__ import annotations

import io
import os
import time
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from annotator.errors import InputError
from annotator.formats.cas_model import Types
from annotator.formats.cas_xmi import read_types

TYPE_SYSTEM: Final = "TypeSystem.xml"
"""What it is called in what is written."""
TYPE_SYSTEMS: Final = frozenset({"typesystem.xml", "full-typesystem.xml"})
"""What it may be called, in lower case."""

_USUAL: Final = (TYPE_SYSTEM, "full-typesystem.xml", "typesystem.xml")
_LEVELS: Final = 4  # folders above a file in which its type system may be
_LOOKED_AT: Final = 1000  # names in a folder, which may hold as many as there are articles
_SHORT: Final = 1 << 20  # bytes of a type system that is remembered; INCEpTION's have some 100,000
_SECOND: Final = 10**9
_TICK: Final = _SECOND // 10  # nanoseconds, more than the steps of any clock of folders that tells parts of seconds


def types_beside(path: Path) -> Types:
    """Return the type system of an XMI file; an empty one if there is none.

    Args:
        path: The file.

    Raises:
        InputError: If there is one that cannot be read.
        OSError: If it cannot be opened.
    """
    for folder in path.absolute().parents[:_LEVELS]:
        name = _type_system_in(folder)
        if name is not None:
            try:
                with (folder / name).open("rb") as file:
                    data = file.read(_SHORT + 1)
                    if len(data) <= _SHORT:
                        return _remembered(data)
                    file.seek(0)
                    return read_types(file)
            except InputError as error:
                raise InputError(f"its type system {name} {error.message}", hint=error.hint) from error
    return Types()


@lru_cache(maxsize=2)
def _remembered(data: bytes) -> Types:
    """Return a type system: thousands of files share one, and reading it took a quarter of their time (measured)."""
    return read_types(io.BytesIO(data))


def _type_system_in(folder: Path) -> str | None:
    """Return the name of the type system in a folder; None if there is none."""
    try:
        changed = folder.stat().st_mtime_ns
    except OSError:
        return None
    # What comes into the folder from now on must give it another time than the one that it has.
    if changed % _SECOND and changed + _TICK < time.time_ns():
        return _known_in(folder, changed)
    return _looked_up(folder)


@lru_cache(maxsize=2 * _LEVELS)
def _known_in(folder: Path, _changed: int) -> str | None:
    """Return the same as `_looked_up`, which in a full folder takes half as long as reading a file (measured)."""
    return _looked_up(folder)


def _looked_up(folder: Path) -> str | None:
    """Return the name of the type system, the first by name among the names that are looked at, the usual ones before.

    It is asked for every file, so that a folder of 100,000 articles must not be gone through.
    """
    usual = next((name for name in _USUAL if (folder / name).is_file()), None)
    if usual is not None:
        return usual
    try:
        with os.scandir(folder) as places:
            names = [place.name for place in islice(places, _LOOKED_AT) if place.name.lower() in TYPE_SYSTEMS]
    except OSError:
        return None
    return min(names, default=None)
