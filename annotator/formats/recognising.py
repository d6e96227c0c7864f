"""Which format a file is in, by its name and its beginning.

Invariant: a file is never given to a format of another ending where some format has its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from annotator.formats.base import Format
from annotator.formats.sources import Source

NATIVE: Final = "jsonl"


def recognised(source: Source, head: bytes, formats: Sequence[Format]) -> Format | None:
    """Return the format that a file's name tells; where several share the ending, the one surest of its beginning.

    Args:
        source: The file.
        head: Its beginning, unzipped.
        formats: Those that it may be in.
    """
    named = [format for format in formats if source.suffix in format.suffixes]
    if len(named) == 1:
        return named[0]
    sure = [(format.sniff(head), format) for format in named or formats if format.sniff is not None]
    best: tuple[int, Format | None] = max(sure, key=lambda item: item[0], default=(0, None))
    if best[0] > 0:
        return best[1]
    if not named:
        return None
    # Nobody knows it: the format whose ending it is tells what is wrong, if there is one such.
    own = [format for format in named if format.suffixes[0] == source.suffix]
    native = [format for format in named if format.name == NATIVE]
    return next((found[0] for found in (native, own) if len(found) == 1), None)
