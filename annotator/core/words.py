"""The words of a search, and where a text has them.

Invariant: a hit lies where the full-text index (SQLite's `unicode61` with `remove_diacritics 2`) finds the word:
case and diacritics do not count, words end where letters and digits do, and the last word of a search may go on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

PIECE: Final = 50_000  # code points that are looked through at a time; most hits are near the beginning
LONGEST: Final = 1_000  # code points of a hit that may begin in one piece and end in the next

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*\*?")
_MARKS: Final = "[\u0300-\u0362]*"  # what `unicode61` leaves out within a word

Extent = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Term:
    """A word to look for.

    Args:
        word: Letters and digits, perhaps with apostrophes between.
        goes_on: Whether longer words that begin with it will do.
    """

    word: str
    goes_on: bool


@cache
def _unspaced() -> re.Pattern[str]:
    """Return what stands without blanks; so large a class takes milliseconds to compile."""
    return re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def is_unspaced(words: str) -> bool:
    """Say whether words are of a script without blanks (Chinese, Japanese, Thai, …), where an index knows no words."""
    return not words.isascii() and _unspaced().search(words) is not None


def terms(words: str) -> list[Term]:
    """Return the words of a search; `word*`, and the last one anyhow, find beginnings."""
    # A letter with a loose accent is one letter to the index; here the accent would end the word.
    found = _WORD.findall(unicodedata.normalize("NFC", words))
    last = len(found) - 1
    return [Term(word.rstrip("*"), word.endswith("*") or number == last) for number, word in enumerate(found)]


def hits(text: str, words: str) -> Iterator[Extent]:
    """Yield where any of the words of a search stands in a text, in order.

    Args:
        text: Any text; of a long one no more is looked through than is asked for.
        words: As the person wrote them.
    """
    pattern = _pattern(words)
    if pattern is None:
        return
    unspaced, done = is_unspaced(words), 0
    for piece in range(0, len(text), PIECE):
        low, high = max(0, piece - 1), min(len(text), piece + PIECE + LONGEST)
        part = text[low:high]
        # A piece begins with the character before it, which tells whether a word begins there.
        for found in pattern.finditer(part if unspaced else part.translate(_folds())):
            start, end = found.start() + low, found.end() + low
            if start >= done and piece <= start < piece + PIECE:
                done = end
                yield start, end


@lru_cache(maxsize=8)
def _pattern(words: str) -> re.Pattern[str] | None:
    if is_unspaced(words):
        return re.compile(re.escape(words.strip()))
    parts = [_of_term(term) for term in terms(words)]
    return re.compile("|".join(parts)) if parts else None


def _of_term(term: Term) -> str:
    folded = term.word.translate(_folds())
    pieces = re.split(r"['’]", folded)
    words = r"[\W_]+".join("".join(re.escape(letter) + _MARKS for letter in piece) for piece in pieces)
    end = r"[^\W_]*" if term.goes_on else r"(?![^\W_])"
    return rf"(?<![^\W_]){words}{end}"


class _Folds(dict[int, str]):
    """Letters without case and diacritics, one for one, worked out when they are first met."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        base, *marks = list(unicodedata.normalize("NFD", letter))
        if not marks or not all(map(unicodedata.combining, marks)):
            base = letter
        lower = base.lower()
        self[code] = lower if len(lower) == 1 else base
        return self[code]


@cache
def _folds() -> _Folds:
    return _Folds()
