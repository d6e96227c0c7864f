"""Letters to jump to what is on the screen: each token in view gets one or two letters, and typing them goes there.

Invariant: no hint is the beginning of another, so every hint is complete the moment its last letter is typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, product
from typing import Final

ALPHABET: Final = "asdfghjklqwertyuiopzxcvbnm"
"""The letters of hints, the ones under resting fingers first."""


def hints_for(offsets: Sequence[int]) -> dict[str, int]:
    """Return a hint for each offset.

    Short hints go to the first offsets; when there are more offsets than letters, as few letters as needed are kept
    back to begin hints of two, and then of three.

    Args:
        offsets: Where the targets are, the nearest first.
    """
    length = 1
    while len(ALPHABET) ** length < len(offsets):
        length += 1
    if length == 1:
        return dict(zip(ALPHABET, offsets, strict=False))
    # Of the codes of one letter less, the first ones stay whole and the last ones are each split into 26.
    shorter = ["".join(letters) for letters in product(ALPHABET, repeat=length - 1)]
    missing = len(offsets) - len(shorter)
    split = -(-missing // (len(ALPHABET) - 1)) if missing > 0 else 0
    whole = shorter[: len(shorter) - split]
    longer = (code + letter for code in shorter[len(shorter) - split :] for letter in ALPHABET)
    codes = [*whole, *islice(longer, len(offsets) - len(whole))]
    return dict(zip(codes, offsets, strict=True))


def narrowed(hints: dict[str, int], typed: str) -> dict[str, int]:
    """Return the hints that begin with what was typed."""
    return {code: offset for code, offset in hints.items() if code.startswith(typed)}
