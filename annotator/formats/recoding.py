"""Files in an encoding that a person names, as the UTF-8 that every reader takes.

Invariant: a file is in that encoding from its first byte to its last, or is refused with the line and the byte that do
not fit; nothing is guessed, replaced or normalised.
"""

from __future__ import annotations

import codecs
import io
from difflib import get_close_matches
from typing import Final

from annotator.errors import InputError, UsageError
from annotator.formats.base import Format

_BLOCK: Final = 1 << 16  # bytes
_OF_NO_FILE: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
_MARKS: Final = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
DECLARED: Final = "of which the encoding is set or declared"
_HINT: Final = "name another with --encoding; without it the likeliest is taken and named"


class MisfitError(OSError):
    """A byte of a file does not fit the encoding that a person has named.

    Args:
        encoding: Its name.
        line: The line of the byte, from 1.
        offset: Where it stands in the file, from 0.
        byte: It.
    """

    hint: str = _HINT

    def __init__(self, encoding: str, line: int, offset: int, byte: int) -> None:
        super().__init__(f"is not {encoding}: byte 0x{byte:02x} at {offset:,} does not fit")
        self.line = line


class MarkMissingError(MisfitError):
    """A file does not say which byte of a unit comes first, nor does the encoding's name.

    Args:
        encoding: Its name.
    """

    def __init__(self, encoding: str) -> None:
        OSError.__init__(self, f"is not {encoding}: it does not begin with a byte order mark")
        self.hint = f"name {encoding}-le or {encoding}-be, which have none"
        self.line = 1


def known_encoding(name: str) -> str:
    """Return the usual name of an encoding.

    Raises:
        UsageError: If no files are encoded so.
    """
    try:
        info = codecs.lookup(name)
        "a".encode(name)  # refused by those that turn bytes into bytes
    except (LookupError, ValueError):
        info = None
    if info is None or info.incrementaldecoder is None or info.name in _OF_NO_FILE:
        raise UsageError(f"there is no encoding {name[:40]!r}", hint=_near(name))
    return info.name


def encoding_for(name: str, format: Format | None) -> str:
    """Return the usual name of the encoding that a person asks for, "" if for none.

    Args:
        name: As they say it.
        format: The one that they name for the files, if they do.

    Raises:
        UsageError: If no files are encoded so, or none of that format.
    """
    if name and format is not None and not format.any_encoding:
        raise UsageError(f"--encoding is not for {format.name}, {DECLARED}", hint="leave it out")
    return known_encoding(name) if name else ""


def _near(name: str) -> str:
    from encodings.aliases import aliases

    wanted = name[:40].lower().replace("-", "_").replace(" ", "_")
    near = get_close_matches(wanted, sorted({*aliases, *aliases.values()}), n=1)
    return f"did you mean {near[0]}?" if near else "such as cp1252, cp1256, latin-1, shift_jis or utf-16"


def recoded(stream: io.BufferedReader, encoding: str) -> io.BufferedReader:
    """Return a stream in UTF-8 of what another holds in some encoding.

    Reading from it raises a `MisfitError` once all before the byte that does not fit was read.
    """
    return io.BufferedReader(_Recoded(stream, encoding), 1 << 20)


def in_utf8(data: bytes, encoding: str, *, name: str) -> bytes:
    """Return the bytes of a file in UTF-8; as they are if no encoding is named.

    Raises:
        InputError: If they do not fit; names the file.
    """
    if not encoding:
        return data
    try:
        return recoded(io.BufferedReader(io.BytesIO(data)), encoding).read()
    except MisfitError as error:
        raise InputError(f"{name}:{error.line} {error}", hint=error.hint) from error


class _Recoded(io.RawIOBase):
    """Reads text in one encoding and gives it in UTF-8."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = b""
        self._taken = 0  # bytes
        self._lines = 1
        self._wrong: MisfitError | None = None
        self._ended = False

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fill the buffer unless the file ends first, or a byte does not fit."""
        view, done = memoryview(buffer), 0
        while done < len(view):
            if not self._ready and not self._fill():
                break
            part = self._ready[: len(view) - done]
            view[done : done + len(part)] = part
            self._ready = self._ready[len(part) :]
            done += len(part)
        if not done and self._wrong is not None:
            raise self._wrong
        return done

    def _fill(self) -> bool:
        """Decode a block, and say whether there was any left."""
        while not self._ready and not self._ended:
            block = self._stream.read(_BLOCK)
            if not self._taken and block and not block.startswith(_MARKS.get(self._encoding, (b"",))):
                self._wrong = MarkMissingError(self._encoding)
                return False
            before = self._decoder.getstate()
            try:
                text = self._decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                kept = len(error.object) - len(block)  # bytes of a character that began in the block before
                offset = self._taken - kept + error.start
                self._decoder.setstate(before)
                text = self._decoder.decode(block[: max(0, error.start - kept)])
                line = self._lines + text.count("\n")
                self._wrong = MisfitError(self._encoding, line, offset, error.object[error.start])
                self._ended = True
            self._taken += len(block)
            self._lines += text.count("\n")
            self._ended = self._ended or not block
            self._ready = text.encode("utf-8", "surrogatepass")
        return bool(self._ready)
