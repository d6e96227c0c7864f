"""What the paths that a person gives name: what is not there, and what comes with them.

Invariant: nothing is opened and no folder is read but by a pattern, so asking costs next to nothing.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from annotator.core.record import Bad
from annotator.formats.digests import Digests
from annotator.formats.sources import STDIN, find


def missing(paths: Iterable[str]) -> Iterator[Bad]:
    """Yield those of the named files, folders and patterns that are not there, without reading a folder.

    Args:
        paths: As for `find`.
    """
    for given in paths:
        try:
            there = (
                given == STDIN
                or Path(given).exists()
                or (glob.has_magic(given) and any(glob.iglob(given, recursive=True)))
            )
        except OSError:
            there = False
        if not there:  # then what `find` yields is why
            yield from (item for item in find([given], suffixes=()) if isinstance(item, Bad))


class Named:
    """What a person's paths name, to ask whether a file comes with them; no folder is read but by patterns.

    Args:
        paths: As for `find`.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._files = Digests()  # of a pattern there may be many
        self._folders: set[Path] = set()
        for given in paths:
            if given != STDIN:
                with suppress(OSError):  # what cannot be reached is told when it is read
                    self._take(given)

    def _take(self, given: str) -> None:
        there = Path(given).exists()
        for name in [given] if there else glob.iglob(given, recursive=True):
            path = _whole(Path(name))
            if not path.is_dir():
                self._files.setdefault(str(path), 1)
            elif there or "**" not in given:  # "**" gives what is in the folder, too
                self._folders.add(path)

    def __contains__(self, path: Path) -> bool:
        """Say whether a file was named, or lies in a folder that was and is not hidden there."""
        whole = _whole(path)
        return str(whole) in self._files or any(
            not any(part.startswith(".") for part in whole.parts[len(folder.parts) :])
            for folder in self._folders.intersection(whole.parents)
        )


def _whole(path: Path) -> Path:
    """Return a path without links above it; a file that is itself a link keeps its name, beside which others lie."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name
