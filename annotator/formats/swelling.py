"""How much a compressed file may hold: enough for any corpus, and not what a file made to fill the memory holds.

Invariant: up to `FREE` bytes anything goes; beyond, what comes out is at most `RATIO` times what went in.  News texts
in JSON shrink to a tenth, tables of rows that are much alike to a fiftieth, one of zeros to a thousandth.
"""

from __future__ import annotations

from typing import Final

FREE: Final = 256 << 20  # bytes
RATIO: Final = 200


class SwollenError(OSError):
    """What a compressed file holds is out of all proportion to its size."""

    hint = "unpack it yourself if you trust it, and load what is in it"

    def __str__(self) -> str:
        return f"holds more than {RATIO} times its own size, which no corpus does"


class Swelling:
    """Counts what comes out of a compressed file, or of all the members of an archive."""

    def __init__(self) -> None:
        self.out = 0

    def take(self, out: int, *, packed: int) -> None:
        """Count more bytes that came out.

        Args:
            out: How many more.
            packed: How many bytes went in by now, all in all.

        Raises:
            SwollenError: If that is too much.
        """
        self.out += out
        if self.out > FREE and self.out > RATIO * packed:
            raise SwollenError
