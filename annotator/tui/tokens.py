"""Tokens: the steps in which the cursor moves and selections grow.

Invariant: every function looks at a bounded stretch around its offset, never at the whole text; tokens are half-open
code-point extents, never empty, never overlapping, and begin and end between grapheme clusters.

A *token* is a run of letters, digits and their marks.  Inside it belong: an apostrophe or hyphen between letters or
digits (Jam'iya, al-Qaida, 6-8), a decimal or thousands separator or en dash between digits (3,000, 10–12), and the
full stops of a dotted abbreviation (U.S., a.m.).  A possessive or contracted 's is a token of its own, so that the
name before it can be tagged alone.  Every other visible character is a token by itself, and so is every cluster of a
script that is written without blanks (Chinese, Japanese kana, Thai, Lao, Khmer, Burmese).  A combining mark after a
blank is drawn on the blank and belongs to it, to no token.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

from wcwidth import iter_graphemes

Extent = tuple[int, int]

VISIBLE: Final = re.compile(r"\S")

_RUN: Final = 512
_FIRST_MARK: Final = "\u0300"
_MARKS: Final = 64  # at most so many are looked for on one blank
_CUT: Final = re.compile("[\\s\u0e01-\u0e2e\u0e40-\u0e44\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uf900-\ufaff]")
"""A blank, or a letter before which a token always ends: both bound the stretch that must be looked at."""
_APOSTROPHES: Final = frozenset("'’")
_INNER: Final = frozenset("'’-‐‑\u200c\u200d\u00ad_")
_IN_NUMBER: Final = frozenset(".,٫٬–")


def tokens(text: str, start: int, end: int) -> Iterator[Extent]:
    """Yield the tokens that start in a stretch, in order; the last may end beyond it."""
    found = next_token(text, start)
    while found and found[0] < end:
        yield found
        found = next_token(text, found[1])


def token_at(text: str, offset: int) -> Extent | None:
    """Return the token that holds the code point at an offset, or None on a blank or past the end."""
    if not 0 <= offset < len(text) or text[offset].isspace():
        return None
    starts = _run_stops(text, offset)
    if offset < starts[0]:
        return None
    number = bisect_right(starts, offset)
    return starts[number - 1], starts[number]


def next_token(text: str, offset: int) -> Extent | None:
    """Return the first token that starts at an offset or after it, or None."""
    at = max(0, offset)
    while match := VISIBLE.search(text, at):
        token = token_at(text, match.start())
        if token is not None and token[0] >= offset:
            return token
        at = token[1] if token else match.end()
    return None


def previous_token(text: str, offset: int) -> Extent | None:
    """Return the last token that ends at an offset or before it, or None."""
    at = min(offset, len(text))
    while (last := last_visible(text, at)) >= 0:
        token = token_at(text, last)
        if token is not None and token[1] <= offset:
            return token
        at = token[0] if token else last
    return None


def nearest_token(text: str, offset: int) -> Extent | None:
    """Return the token at an offset, else the one after it, else the one before it; None if the text is blank."""
    return token_at(text, offset) or next_token(text, offset) or previous_token(text, offset)


def last_visible(text: str, end: int) -> int:
    """Return the offset of the last non-blank before an end, or -1."""
    size = 64
    while end > 0:
        window = text[max(0, end - size) : end]
        kept = len(window.rstrip())
        if kept:
            return end - len(window) + kept - 1
        end -= len(window)
        size *= 4
    return -1


def trimmed_end(text: str, start: int, end: int) -> int:
    """Return an extent's end without the blanks before it; at least its start."""
    return max(start, last_visible(text, end) + 1)


def _run_stops(text: str, offset: int) -> list[int]:
    """Return where the tokens start in the run of non-blanks around an offset, and where the run ends.

    A block of `_RUN` code points in which nothing ends a run is a run of its own, so that no run is longer than three.
    """
    block = offset - offset % _RUN
    low = _last_cut(text, block, offset + 1)
    cut_before = low is not None
    if low is None:
        low = _last_cut(text, max(0, block - _RUN), block)
    after = _CUT.search(text, offset + 1, block + _RUN)
    top = block + _RUN
    if after is None and cut_before:
        after = _CUT.search(text, top, top + _RUN)
        top += _RUN
    high = after.start() if after else min(len(text), top)
    low = _past_marks(text, block if low is None else low)
    return _token_stops(text[low:high], low)


def _past_marks(text: str, offset: int) -> int:
    """Return the offset after the marks at an offset that are drawn on the blank before it; mostly there are none."""
    if not 0 < offset < len(text) or text[offset] < _FIRST_MARK or not text[offset - 1].isspace():
        return offset
    return offset - 1 + len(next(iter_graphemes(text[offset - 1 : offset + _MARKS])))


def _last_cut(text: str, start: int, end: int) -> int | None:
    """Return the last place in a stretch where a run starts, or None."""
    size = 32
    while True:
        low = max(start, end - size)
        cuts = [cut.end() if cut.group().isspace() else cut.start() for cut in _CUT.finditer(text, low, end)]
        if cuts:
            return cuts[-1]
        if low == start:
            return None
        size *= 4


def _token_stops(run: str, base: int) -> list[int]:
    """Return where tokens start in a string without blanks, and its end, counted from a base."""
    graphemes = list(run) if run.isascii() else list(iter_graphemes(run))
    kinds = [_kind(grapheme) for grapheme in graphemes]
    stops, at, number = [], base, 0
    while number < len(graphemes):
        stops.append(at)
        last = number + 1
        if kinds[number] in "wd" or _is_possessive(graphemes, kinds, number):
            last = _word_end(graphemes, kinds, number)
        at += sum(map(len, graphemes[number:last]))
        number = last
    stops.append(at)
    return stops


def _word_end(graphemes: list[str], kinds: list[str], number: int) -> int:
    """Return the number of the first grapheme after the word that begins at a number."""
    if dotted := _dotted_end(graphemes, kinds, number):
        return dotted
    at = number + 1
    while at < len(graphemes):
        if kinds[at] not in "wd":
            inner = at + 1 < len(graphemes) and kinds[at + 1] in "wd"
            digits = inner and kinds[at - 1] == kinds[at + 1] == "d" and graphemes[at] in _IN_NUMBER
            if not (digits or (inner and graphemes[at] in _INNER)) or _is_possessive(graphemes, kinds, at):
                break
        at += 1
    return at


def _is_possessive(graphemes: list[str], kinds: list[str], at: int) -> bool:
    """Say whether an 's that ends a word is at a number."""
    return (
        graphemes[at] in _APOSTROPHES
        and 0 < at < len(graphemes) - 1
        and kinds[at - 1] in "wd"
        and graphemes[at + 1] in ("s", "S")
        and (at + 2 == len(graphemes) or (kinds[at + 2] not in "wd" and graphemes[at + 2] not in _INNER))
    )


def _dotted_end(graphemes: list[str], kinds: list[str], number: int) -> int:
    """Return the end of a dotted abbreviation (U.S., a.m.) that begins at a number, or 0."""
    at = number
    while at + 1 < len(graphemes) and kinds[at] == "w" and graphemes[at + 1] == ".":
        at += 2
    return at if at - number >= 4 and (at == len(graphemes) or kinds[at] not in "wd") else 0


@cache
def _unspaced() -> re.Pattern[str]:
    """Return what stands without blanks; so large a class takes milliseconds to compile."""
    return re.compile(
        "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f"
        "\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
    )


@lru_cache(maxsize=4096)
def _kind(grapheme: str) -> str:
    """Return "w" for a letter or mark, "d" for a digit, "u" for a script without blanks, "p" for all else."""
    category = unicodedata.category(grapheme[0])
    if category[0] == "N":
        return "d" if grapheme[1:2] not in ("\ufe0f", "\u20e3") else "p"
    if not grapheme.isascii() and _unspaced().match(grapheme):
        return "u"
    return "w" if category[0] in "LM" or grapheme[0] == "_" else "p"
