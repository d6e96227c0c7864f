"""What a bug prints: where in the code it is, and nothing of what the code was working on.

Invariant: no message, no variable and no line of an article gets into the report, so that anybody can pass it on.
"""

from __future__ import annotations

import platform
import sys
import traceback
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePath
from typing import Final

from annotator import __version__

CRASHED: Final = 70  # EX_SOFTWARE of sysexits.h
NEAREST: Final = 12  # calls shown, nearest to the error
FOLDERS: Final = 3  # parts of a file's path shown: the rest may name a person


def report(error: BaseException) -> int:
    """Print an error that nobody foresaw, and return the exit status for it."""
    for line in lines(error):
        print(line, file=sys.stderr)
    return CRASHED


def lines(error: BaseException) -> Iterator[str]:
    """Yield the report: the calls that led to the error and to those before it, and how to report it."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield f"{'caused by ' if link is not error else ''}{_name(link)}"
        for frame in traceback.extract_tb(link.__traceback__)[-NEAREST:]:
            yield f"  {'/'.join(PurePath(frame.filename).parts[-FOLDERS:])}:{frame.lineno} in {frame.name}"
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    yield (
        f"annotator: internal error: {_name(error)}. This is a fault of the program, not yours; nothing that was"
        f" saved is lost. Please report it with the lines above, which hold nothing of your articles"
        f" (annotator {__version__}, Python {platform.python_version()}, textual {_version_of('textual')},"
        f" {platform.system()})"
    )


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
