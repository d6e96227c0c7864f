"""A plain tokenizer, for formats that hold tokens and have none of their own.

Invariant: tokens depend on the text alone, never on its labels; they do not overlap, and hold every character that is
not a blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"
    "\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Scripts that are written without blanks (Thai, Lao, Khmer, Burmese, Chinese, kana): each letter is a token."""


def tokens(text: str) -> tuple[list[int], list[int]]:
    """Return where the tokens of a text begin and where they end, in code points.

    A token is a number with its separators (3,000), a run of letters, digits and their marks, a letter of a script
    without blanks with its marks, or any other visible character.
    """
    starts: list[int] = []
    ends: list[int] = []
    for found in _pattern().finditer(text):
        starts.append(found.start())
        ends.append(found.end())
    return starts, ends


@cache
def _pattern() -> re.Pattern[str]:
    marks = _ranges((*range(0x300, 0x20000), *range(0xE0100, 0xE01F0)))  # Unicode has marks nowhere else
    letter = rf"[^\W{_UNSPACED}]"
    number = r"(?<!\w)\d+(?:[.,٫٬]\d+)+(?!\w)"
    return re.compile(rf"{number}|[{_UNSPACED}][{marks}]*|{letter}(?:{letter}|[{marks}])*|\S")


def _ranges(codes: Iterable[int]) -> str:
    """Return the combining marks among these code points as the inside of a character class; `\\w` leaves them out."""
    found: list[list[int]] = []
    for code in codes:
        if unicodedata.category(chr(code))[0] == "M":
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in found)
