"""Writing a file or a folder so that it is there whole or not at all.

Invariant: the name never stands for a part of the content: all of it is written beside, forced to the disk, and then
put in place in one step.  What fails leaves nothing behind.
"""

from __future__ import annotations

import gzip
import os
import secrets
import shutil
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self, cast

from annotator.errors import InputError, UsageError
from annotator.fresh import close_to_others, make_file, make_folder, refuse_database, sync_folder

_SYNCING: Final = 16  # threads, which wait nearly all the time
_WAITING: Final = 1000  # names


class Output:
    """A file to be; write to `file`, then `finish`, then `publish`.

    Args:
        path: Where; gzip if it ends in ".gz", its folder is made if it is missing.  None for `stdout`.
        stdout: What to write to if there is no path.
        private: Whether only its owner may read it, whoever could read what was there before.

    Raises:
        UsageError: If it is a database.
        InputError: If it cannot be written.
    """

    def __init__(self, path: Path | None, *, stdout: BinaryIO | None = None, private: bool = False) -> None:
        self._private = private
        self._name = str(path) if path is not None else "standard output"
        self._path = path.resolve() if path is not None else None
        self._beside: Path | None = None
        self._made: list[Path] = []  # the folders that were not there before, inner ones first
        self._zip: gzip.GzipFile | None = None
        if path is None or self._path is None:
            assert stdout is not None
            self._raw = stdout
        else:
            refuse_database(path)
            with self.told():
                self._raw = self._open(path, self._path)
        if self._name.lower().endswith(".gz"):
            # No time and no name in the header, so that the same content gives the same bytes.
            self._zip = gzip.GzipFile(filename="", mode="wb", fileobj=self._raw, mtime=0)
        self.file = cast(BinaryIO, self._zip or self._raw)

    def _open(self, given: Path, path: Path) -> BinaryIO:
        # As it was given, because what /dev/fd/63 points to is a pipe, and a pipe's name cannot be opened.
        if given.exists() and not given.is_file():
            return given.open("wb")  # a device or a pipe, which nothing can be put in the place of
        if not path.parent.exists():
            self._made = [folder for folder in path.parents if not folder.exists()]
            path.parent.mkdir(parents=True)
        # Not after the file, since a name may be as long as the disk allows already.
        self._beside = path.with_name(f".annotator-{secrets.token_hex(4)}.tmp")
        return make_file(self._beside, private=self._private)

    def told(self) -> AbstractContextManager[None]:
        """Turn an error of the system inside into one line that names the file.

        Raises:
            InputError: In the place of an `OSError`; a closed pipe stays what it is.
        """
        return _told(self._name)

    def finish(self) -> None:
        """Force everything that was written to the disk."""
        with self.told():
            if self._zip is not None:
                self._zip.close()
            self._raw.flush()
            if self._beside is not None:
                os.fsync(self._raw.fileno())
            if self._path is not None:
                self._raw.close()

    def publish(self) -> None:
        """Put the file in its place."""
        if self._beside is None or self._path is None:
            return
        with self.told():
            if self._path.exists() and not self._private:
                shutil.copymode(self._path, self._beside)
            self._beside.replace(self._path)
            self._beside, self._made = None, []
            sync_folder(self._path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, ValueError):  # what is closed unfinished is thrown away; why it failed has been told
            if self._zip is not None and error is not None:
                self._zip.close()  # else it would try again, and complain, when Python clears it away
        if self._path is not None:
            with suppress(OSError):
                self._raw.close()
        with suppress(OSError):  # a folder that is in use, or that this may no longer be taken out of, stays
            if self._beside is not None:
                self._beside.unlink(missing_ok=True)
            for folder in self._made:
                folder.rmdir()


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{name} could not be written: {reason}", hint="nothing was replaced") from error


class OutputFolder:
    """A folder to be; fill `folder`, then `finish`, then `publish`.

    Args:
        path: Where; it must not be there, or be empty.  The folder above it is made if it is missing.
        private: Whether only its owner may look into it.

    Raises:
        UsageError: If there is something already.
        InputError: If it cannot be written.
    """

    def __init__(self, path: Path, *, private: bool = False) -> None:
        self._private = private
        self._name = str(path)
        self._path = path.resolve()
        if self._path.exists() and not (self._path.is_dir() and not any(self._path.iterdir())):
            what = "is not empty" if self._path.is_dir() else "is a file"
            raise UsageError(f"{path} {what}; this format fills a folder", hint="name a new folder")
        self._made: list[Path] = []
        self._published = False
        with self.told():
            self._made = [above for above in self._path.parents if not above.exists()]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self.folder = self._path.with_name(f".annotator-{secrets.token_hex(4)}.tmp")
            make_folder(self.folder, private=private)

    def told(self) -> AbstractContextManager[None]:
        """Turn an error of the system inside into one line that names the folder; see `Output.told`."""
        return _told(self._name)

    def finish(self) -> None:
        """Force everything that was written to the disk."""
        with self.told():
            _sync_all(self.folder, private=self._private)

    def publish(self) -> None:
        """Put the folder in its place."""
        with self.told():
            if self._path.exists():
                self._path.rmdir()  # empty, as was seen; if it is no more, this fails and nothing is replaced
            self.folder.rename(self._path)
            self._published = True
            sync_folder(self._path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._published:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            for above in self._made:
                above.rmdir()


def _sync_all(folder: Path, *, private: bool) -> None:
    """Force all that is in a folder to the disk, many files at once: one after the other took ten times as long.

    What waits is written together then (measured on ext4, whose journal takes them in one go).  Only so many names at a
    time, because a list of 100,000 would be in memory.
    """
    from concurrent.futures import ThreadPoolExecutor

    # Closed before anything is removed: Windows keeps a folder that somebody reads.
    with closing(_places(folder, private=private)) as places, ThreadPoolExecutor(_SYNCING) as pool:
        while some := [*islice(places, _WAITING)]:
            for _ in pool.map(_sync, some):
                pass  # what failed is raised here


def _places(folder: Path, *, private: bool) -> Generator[Path, None, None]:
    """Yield all files and folders in a folder, and at last itself.

    What is private is made so by itself, else it would be open to all once it is taken out of the folder.
    """
    with os.scandir(folder) as places:
        for place in places:
            if private:
                close_to_others(Path(place.path))
            if place.is_dir(follow_symlinks=False):
                yield from _places(Path(place.path), private=private)
            else:
                yield Path(place.path)
    yield folder


def _sync(place: Path) -> None:
    if place.is_dir():
        sync_folder(place)
        return
    with place.open("rb+", buffering=0) as file:
        os.fsync(file.fileno())
