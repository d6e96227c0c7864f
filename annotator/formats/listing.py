"""The names in a folder, in order, however many there are.

Invariant: memory holds some thousand names at a time: more are sorted in parts, put aside in a file without a name, and
merged from there.
"""

from __future__ import annotations

import heapq
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice, pairwise
from pathlib import Path
from typing import BinaryIO, Final

PART: Final = 10_000  # names that are sorted in memory, about 150 bytes each
_BLOCK: Final = 1 << 13  # bytes of a part at a time, while parts are merged

Name = tuple[str, bool]


def sorted_names(folder: Path) -> Iterator[Name]:
    """Yield (name, whether it is a folder itself) of all that is in a folder, in the order of the names.

    Names that begin with a dot are left out, and a link to a folder is none.

    Raises:
        OSError: If the folder cannot be read; before the first name, unless there are many.
    """
    with ExitStack() as stack:
        entries = stack.enter_context(os.scandir(folder))
        names = ((one.name, one.is_dir(follow_symlinks=False)) for one in entries if not one.name.startswith("."))
        part = sorted(islice(names, PART))
        if len(part) < PART:
            yield from part
            return
        file = stack.enter_context(tempfile.TemporaryFile())
        bounds = [0]
        while part:
            file.write(b"".join(_packed(name) for name in part))
            bounds.append(file.tell())
            part = sorted(islice(names, PART))
        yield from heapq.merge(*(_read(file, at, end) for at, end in pairwise(bounds)))


def _packed(name: Name) -> bytes:
    """Return a name as it is put aside; no name holds a NUL."""
    return b"%d%s\0" % (name[1], os.fsencode(name[0]))


def _read(file: BinaryIO, at: int, end: int) -> Iterator[Name]:
    """Yield the names of the part that lies between these places."""
    rest = b""
    while at < end:
        file.seek(at)  # the other parts move elsewhere
        block = file.read(min(_BLOCK, end - at))
        at += len(block)
        *whole, rest = (rest + block).split(b"\0")
        for name in whole:
            yield os.fsdecode(name[1:]), name[:1] == b"1"
