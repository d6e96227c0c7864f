"""Plain text: one file, one article.

Invariant: the text is decoded once, CRLF becomes LF before any offset exists, and nothing else about it changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BufferedReader
from itertools import takewhile
from typing import Final

from annotator.core.record import Bad, Record
from annotator.core.text import title_of, unify_newlines
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, ReadOptions
from annotator.formats.decoding import decode
from annotator.formats.sources import Source

SIZE_LIMIT: Final = 64 << 20  # bytes; far beyond any article, so a larger file is something else

_BLOCK: Final = 1 << 20


def read(stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the one article of a text file; see `Reader`."""
    data = b"".join(takewhile(bool, (stream.read(_BLOCK) for _ in range(SIZE_LIMIT // _BLOCK + 1))))
    if len(data) > SIZE_LIMIT:
        hint = "split it into one file for each article"
        yield Bad(source.name, f"is larger than {SIZE_LIMIT >> 20} MB, too much for one article", hint)
        return
    try:
        text, encoding = decode(data)
    except InputError as error:
        yield Bad(source.name, error.message, error.hint)
        return
    text = unify_newlines(text)
    key = source.key if not source.passing else f"{source.key}-{hashlib.sha256(data).hexdigest()[:8]}"
    yield Incoming(Record(source.name, key, title_of(text), text), notes=encoding.notes)


def _sniff(head: bytes) -> int:
    """Anything may be text, but any other format that knows a file knows it better."""
    return 1


FORMAT: Final = Format(
    "text", "plain text, one article a file", (".txt", ".text"), read=read, sniff=_sniff, any_encoding=True
)
