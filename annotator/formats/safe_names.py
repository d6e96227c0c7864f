"""Names that every file system and every parser takes, and back again.

Invariant: `plain(safe(name)) == name`; a safe name holds no separator, blank or control character, is neither "." nor
"..", ends in no dot and is not reserved by any system, so no name from data ever leads out of a folder.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from annotator.formats.digests import Digests, digest

_ESCAPE: Final = re.compile("_u([0-9A-F]{4,6})_")
_BEGINS_ESCAPE: Final = re.compile("_(?=u[0-9A-F]{4})")  # whatever follows, for it may be written as an escape
_PLAIN: Final = re.compile("[A-Za-z0-9_-]*")
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)")
_LONGEST: Final = 200  # bytes of a file name without its ending; the systems allow 255


def safe(name: str, *, also: str = "") -> str:
    """Return a name of letters, digits, "-" and "_", in which anything else is "_uXXXX_".

    Args:
        name: Any name.
        also: What else may stay.
    """
    if _PLAIN.fullmatch(name) and "_u" not in name:  # as labels are
        return name
    name = _BEGINS_ESCAPE.sub("_u005F_", name)
    return "".join(c if c in "-_" or c in also or _stable(c) else _escaped(c) for c in name)


def plain(name: str) -> str:
    """Return the name that a safe name stands for; any other name stays as it is."""
    return _ESCAPE.sub(_character, name) if "_u" in name else name


def _stable(c: str) -> bool:
    """Say whether a character is a letter or digit that no file system writes in another way."""
    return c.isalnum() and (c.isascii() or unicodedata.normalize("NFKD", c) == c)


def _escaped(c: str) -> str:
    return f"_u{ord(c):04X}_"


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code < 0xD800 or 0xDFFF < code <= 0x10FFFF else found[0]


class FileNames:
    """Gives each name a file name of its own, the same whenever it is asked for it.

    Only digests are kept, at most 64 bytes a name, so that memory hardly grows with a corpus.
    """

    def __init__(self) -> None:
        self._owners = Digests()

    def of(self, name: str) -> str:
        """Return the file name, without ending, for a name.

        `plain` leads back to the name unless it is too long, or differs from an earlier one in case only.
        """
        wanted = safe(name, also=".")
        if wanted.startswith(".") or _RESERVED.match(wanted):
            wanted = _escaped(wanted[0]) + wanted[1:]
        if wanted.endswith("."):  # which Windows drops
            wanted = wanted[:-1] + _escaped(".")
        owner = digest(name)
        if len(wanted.encode()) > _LONGEST or not wanted:
            wanted = f"{wanted.encode()[: _LONGEST - 17].decode('utf-8', 'ignore')}-{owner:016x}"
        free, number = wanted, 1
        while self._owners.setdefault(free.casefold(), owner) != owner:
            number += 1
            free = f"{wanted}-{number}"
        return free
