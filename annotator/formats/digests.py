"""Which of very many names were met before, in a few bytes each.

Invariant: only digests of 64 bits are kept, two numbers a name in one flat table, so a name costs 22 to 64 bytes,
whatever its length, and half as much again while the table grows; a dictionary takes 200 and more.
"""

from __future__ import annotations

import hashlib
from array import array
from typing import Final

_FIRST: Final = 1 << 10  # places of the empty table; always a power of two


def digest(words: str) -> int:
    """Return a number of 64 bits for words, other ones for other words as far as anybody will ever see; never 0."""
    found = hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()[:8]
    return int.from_bytes(found) or 1


class Digests:
    """A number for each name, kept by the name's digest."""

    def __init__(self) -> None:
        self._count = 0
        self._keys = array("Q", bytes(8 * _FIRST))  # 0 is a free place
        self._values = array("Q", bytes(8 * _FIRST))

    def __len__(self) -> int:
        """Return how many names there are."""
        return self._count

    def __contains__(self, words: str) -> bool:
        """Say whether a number is kept for a name."""
        return bool(self._keys[self._place(digest(words))])

    def setdefault(self, words: str, value: int) -> int:
        """Return the number that is kept for a name, and keep this one if there is none yet.

        Args:
            words: The name.
            value: From 0 to 2⁶⁴ - 1.
        """
        key = digest(words)
        at = self._place(key)
        if self._keys[at]:
            return self._values[at]
        self._keys[at], self._values[at] = key, value
        self._count += 1
        if 4 * self._count > 3 * len(self._keys):
            self._grow()
        return value

    def _place(self, key: int) -> int:
        """Return where a digest is, or the free place where it belongs."""
        keys, last = self._keys, len(self._keys) - 1
        at = key & last
        while keys[at] and keys[at] != key:
            at = (at + 1) & last
        return at

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._keys, self._values = (array("Q", bytes(16 * len(keys))) for _ in range(2))
        for key, value in zip(keys, values, strict=True):
            if key:
                at = self._place(key)
                self._keys[at], self._values[at] = key, value
