"""Finding and opening what a person asked to load: files, folders, globs, standard input, gzip.

Invariant: sources come in the same order on every machine (by name, folder by folder, but for
folders of annotators, which are read abreast), nothing is read before `open`,
and a path that leads nowhere is a `Bad`, never silence.
"""

from __future__ import annotations

import glob
import gzip
import hashlib
import heapq
import io
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from operator import itemgetter
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Final, Protocol, cast

from annotator.core.record import Bad
from annotator.formats.listing import sorted_names
from annotator.formats.swelling import Swelling

STDIN: Final = "-"
_BUFFER: Final = 1 << 20  # bytes; also the most that `peek` can show
_LINKED: Final = "it is a link to a folder, or no ordinary file"
_STANDOFF: Final = ".ann"
"""The ending of files that lie in a folder for each annotator, under the same names in all of them."""
ABREAST: Final = 200
"""Folders of annotators beside each other; so many people never read one text, more are folders of articles."""
_GZIP: Final = b"\x1f\x8b"
_PIPE: Final = "pipe"
"""Begins the keys of what comes through a pipe other than standard input, as from `<(COMMAND)` of a shell."""


class _Readable(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read.

    Args:
        name: As messages show it.
        key: What its article, or the beginning of its articles' keys, is called: the path from the folder that was
            named, without suffix.
        suffix: Lower-case ending without ".gz"; "" if there is none.
        size: Bytes on the disk, compressed as they lie there; 0 if unknown.
        path: Where it is; None for standard input.
        pipe: Whether it is a pipe that has a path.
    """

    name: str
    key: str
    suffix: str
    size: int
    path: Path | None
    pipe: bool = False

    @property
    def passing(self) -> bool:
        """Whether the name does not tell what comes through this time."""
        return self.pipe or self.path is None

    def key_of(self, number: int | str, text: str) -> str:
        """Return what an article that brings no key of its own is called.

        Args:
            number: Its line, row or place in the file, unlike those of all others.
            text: Its text, which tells what came through a pipe one time from what comes the next.
        """
        if not self.passing:
            return f"{self.key}:{number}"
        return f"{self.key}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"

    @contextmanager
    def open(
        self, *, stdin: BinaryIO | None = None, progress: Callable[[int], None] | None = None
    ) -> Iterator[io.BufferedReader]:
        """Open for reading, unzipping on the way where the content is gzip.

        Args:
            stdin: What to read where the source is standard input.
            progress: Told the number of bytes taken from the disk, as they are taken.

        What is read raises an `OSError` if the file cannot be read, or holds out of all proportion more than its size.

        Raises:
            OSError: If the file cannot be opened.
        """
        if self.path is None:
            # Not in a `with`: standard input is not ours to close.
            yield _unzipped(_Counted(cast("_Readable", stdin or io.BytesIO()), progress))
            return
        with self.path.open("rb", buffering=0) as file:
            yield _unzipped(_Counted(file, progress))


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file of a folder that is passed over, and why."""

    name: str
    why: str = "its ending is not that of a known format"


class _Counted(io.RawIOBase):
    """Reads full buffers, even from a slow pipe, so that the first is enough to know a format by; counts bytes."""

    def __init__(self, file: _Readable, progress: Callable[[int], None] | None) -> None:
        self._file = file
        self._progress = progress
        self.taken = 0  # bytes

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill the buffer unless the file ends first."""
        view, done = memoryview(buffer), 0
        while done < len(view) and (part := self._file.readinto(view[done:])):
            done += part
        self.taken += done
        if self._progress is not None and done:
            self._progress(done)
        return done


class _Unzipped(io.RawIOBase):
    """Reads what gzip holds, as long as that is in proportion to what it is held in."""

    def __init__(self, stream: io.BufferedReader, packed: _Counted) -> None:
        self._file = gzip.GzipFile(fileobj=stream, mode="rb")
        self._packed = packed
        self._swelling = Swelling()

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill a part of the buffer."""
        done = self._file.readinto(buffer)
        self._swelling.take(done, packed=self._packed.taken)
        return done


def _unzipped(raw: _Counted) -> io.BufferedReader:
    stream: io.BufferedReader = io.BufferedReader(raw, _BUFFER)
    if stream.peek(2)[:2] != _GZIP:
        return stream
    return io.BufferedReader(_Unzipped(stream, raw), _BUFFER)


def find(paths: Iterable[str], *, suffixes: Collection[str]) -> Iterator[Source | Ignored | Bad]:
    """Yield every file that these paths stand for.

    Args:
        paths: Files, folders, glob patterns, or "-" for standard input.
        suffixes: Lower-case endings of the files that are taken from folders.
    """
    for given in paths:
        try:
            yield from _found(given, suffixes)
        except OSError as error:  # a name that is too long, a folder above it that may not be entered
            yield _unreachable(given, error)


def _found(given: str, suffixes: Collection[str]) -> Iterator[Source | Ignored | Bad]:
    path = Path(given)
    if given == STDIN:
        yield Source("<stdin>", "stdin", "", 0, None)
    elif path.is_dir():
        yield from _folder(path, suffixes)
    elif path.exists():
        yield _source(path, path.name)
    elif glob.has_magic(given):
        yield from _matching(given, suffixes)
    elif path.is_symlink():
        yield Bad(_shown(given), "is a link to a file that is not there", "check where it points")
    else:
        yield Bad(_shown(given), "no such file or folder", "check the path")


def _unreachable(path: str | Path, error: OSError) -> Bad:
    return Bad(_shown(str(path)), f"cannot be read: {error.strerror or error}", "check the path and its rights")


def total_size(paths: Sequence[str], *, suffixes: Collection[str]) -> int:
    """Return how many bytes `find` with these arguments will lead to, 0 if nobody can know."""
    if STDIN in paths:
        return 0
    return sum(item.size for item in find(paths, suffixes=suffixes) if isinstance(item, Source))


def beside(source: Source, path: Path) -> Source:
    """Return another file in the folder of one that was found, as if it had been found there itself."""
    above = source.key.rpartition("/")[0]
    return _source(path, f"{above}/{path.name}" if above else path.name)


def split_name(name: str) -> tuple[str, str]:
    """Return a file name's stem and its lower-case suffix, both without ".gz"."""
    if name.lower().endswith(".gz"):
        name = name[:-3]
    stem, suffix = os.path.splitext(name)
    return stem, suffix.lower()


def _source(path: Path, relative: str) -> Source:
    stem, suffix = split_name(relative)
    about = path.stat()
    if not S_ISREG(about.st_mode):
        return Source(_shown(str(path)), _PIPE, suffix, 0, path, pipe=True)
    return Source(_shown(str(path)), _shown(stem), suffix, about.st_size, path)


def _shown(path: str) -> str:
    """Return a path with what is not UTF-8 in it replaced, so that it can be printed and stored."""
    return os.fsencode(path).decode("utf-8", "replace")


def _matching(pattern: str, suffixes: Collection[str]) -> Iterator[Source | Ignored | Bad]:
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        yield Bad(_shown(pattern), "no file matches", "check the pattern")
    for name in found:
        path = Path(name)
        if not path.is_dir():
            yield from _file(path, path.relative_to(_root(pattern)).as_posix())
        elif "**" not in pattern:  # "**" has already given what is in the folder
            yield from _folder(path, suffixes)


def _root(pattern: str) -> Path:
    """Return the folder that a pattern names before its first wildcard."""
    parts = Path(pattern).parts[:-1]
    return Path(*takewhile(lambda part: not glob.has_magic(part), parts))


def _file(path: Path, relative: str) -> Iterator[Source | Ignored | Bad]:
    """Yield what a name that was found stands for; it may be gone by now, or a link to nothing."""
    try:
        yield _source(path, relative)
    except FileNotFoundError:
        yield Bad(_shown(str(path)), "is a link to a file that is not there", "check where it points")
    except OSError as error:
        yield _unreachable(path, error)


def _folder(folder: Path, suffixes: Collection[str]) -> Iterator[Source | Ignored | Bad]:
    empty = True
    for item in _walk(folder, folder, suffixes):
        empty = empty and isinstance(item, Ignored)
        yield item
    if empty:
        known = ", ".join(sorted(suffixes))
        yield Bad(
            _shown(str(folder)), "the folder holds no file that can be loaded", f"known endings: {known}, also .gz"
        )


def _walk(folder: Path, top: Path, suffixes: Collection[str]) -> Iterator[Source | Ignored | Bad]:
    try:
        beside = _annotators_in(folder) if _STANDOFF in suffixes else []
        names = sorted_names(folder)
        first = [*islice(names, 1)]
    except OSError as error:
        yield Bad(_shown(str(folder)), f"the folder cannot be read: {error.strerror}", "check its rights")
        return
    for name, is_folder in chain(first, names):
        path = folder / name
        if beside and path == beside[0]:
            yield from _abreast(beside, top, suffixes)
        elif is_folder and not (beside and path in beside):
            yield from _walk(path, top, suffixes)
        elif is_folder:
            continue  # it came with the first of them
        elif not _wanted(name, suffixes):
            yield Ignored(_shown(str(path)), _LINKED) if path.is_dir() else Ignored(_shown(str(path)))
        elif path.is_file() or not path.exists():
            yield from _file(path, path.relative_to(top).as_posix())
        else:
            yield Ignored(_shown(str(path)), _LINKED)


def _annotators_in(folder: Path) -> list[Path]:
    """Return the folders in a folder that may be those of annotators who read the same articles."""
    holding = (folder / name for name, is_folder in sorted_names(folder) if is_folder)
    found = [*islice((one for one in holding if _holds_standoff(one)), ABREAST + 1)]
    return found if len(found) <= ABREAST else []


def _holds_standoff(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith(_STANDOFF) for entry in entries)
    except OSError:
        return False  # told when it is read


def _abreast(folders: Sequence[Path], top: Path, suffixes: Collection[str]) -> Iterator[Source | Ignored | Bad]:
    """Yield what is in several folders by the names in them, so that all layers of an article come together."""

    def named(folder: Path) -> Iterator[tuple[str, Source | Ignored | Bad]]:
        start = len(_shown(str(folder)))
        for item in _walk(folder, top, suffixes):
            yield (item.where if isinstance(item, Bad) else item.name)[start:], item

    yield from (item for _, item in heapq.merge(*map(named, folders), key=itemgetter(0)))


def _wanted(name: str, suffixes: Collection[str]) -> bool:
    suffix = split_name(name)[1]
    return suffix in suffixes or (not suffix and name.lower().endswith(".gz"))
