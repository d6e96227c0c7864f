"""Bytes to text, once, before any offset exists.

Invariant: bytes that are not text are refused, and an encoding that had to be guessed is named, so that a person can
see it; nothing is replaced or normalised.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import Final, NamedTuple

from annotator.errors import InputError

# UTF-32 stands first, because its little-endian mark begins with that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC: Final = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
)
_CONTROLS: Final = frozenset(map(chr, (*range(9), *range(14, 27), *range(28, 32))))
_MACINTOSH: Final = ("mac_cyrillic", "mac_greek", "mac_iceland", "mac_latin2", "mac_roman", "mac_turkish")
_SAMPLE: Final = 1 << 20  # bytes that are enough to tell an encoding by
LINE_LIMIT: Final = 128 << 20  # code points


class Encoding(NamedTuple):
    """An encoding, and whether it follows from the bytes or was guessed."""

    name: str
    guessed: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about it."""
        return (
            (f"read as {self.name}, which was guessed; if that is wrong, name it with --encoding",)
            if self.guessed
            else ()
        )


def encoding_of(data: bytes, *, whole: bool = True) -> Encoding:
    """Say how these bytes are encoded: by their mark, else UTF-8 if they are that, else by likelihood.

    Args:
        data: The whole file, or its beginning.
        whole: Whether it is the whole file; a beginning may end within a character.

    Raises:
        InputError: If they are not text.
    """
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise InputError(f"is {what}, not text", hint="save or export it as plain text first")
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Encoding(name, False)
    if b"\x00" in data:
        raise InputError("is binary, not text: it holds NUL bytes", hint="save or export it as plain text first")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError:
        return Encoding(_guess(data[:_SAMPLE]), True)
    return Encoding("utf-8", False)


def decode(data: bytes) -> tuple[str, Encoding]:
    """Return the text of a whole file, and how it was encoded.

    Raises:
        InputError: If the bytes are not text.
    """
    encoding = encoding_of(data)
    try:
        text = data.decode(encoding.name)
    except UnicodeDecodeError as error:
        raise InputError(
            f"is not {encoding.name}, as which it begins: byte {error.start} does not fit", hint="save it as UTF-8"
        ) from error
    if "\x00" in text or _mostly_controls(text):
        raise InputError("is binary, not text", hint="save or export it as plain text first")
    return text, encoding


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    # A short Cyrillic text fits mac_cyrillic as well as cp1251, and hardly a file of the old Macintosh is left.
    matches = from_bytes(sample, cp_exclusion=list(_MACINTOSH)) or from_bytes(sample)
    best = matches.best()
    if best is None or _mostly_controls(str(best)):
        raise InputError("is not text in any known encoding", hint="save it as UTF-8")
    # French fits cp1250 and cp1252 equally well, and the first of equals need not be the commonest.
    equal = {match.encoding for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence)}
    return "cp1252" if "cp1252" in equal else best.encoding


def _mostly_controls(text: str) -> bool:
    """Say whether the beginning holds more control characters than any text would (one in fifty)."""
    head = text[:4096]
    return sum(c in _CONTROLS for c in head) * 50 > len(head)


def lines_of(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield lines with their ends, none longer than memory should have to hold.

    Raises:
        InputError: If one is longer.
    """
    while line := text.readline(LINE_LIMIT):
        if len(line) >= LINE_LIMIT and line[-1] not in "\r\n":
            raise InputError(f"has a line of more than {LINE_LIMIT:,} characters", hint="is it another kind of file?")
        yield line
