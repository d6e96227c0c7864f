"""Where a move key goes: tokens, names and numbers, clauses and sentences.

Invariant: every function looks at a bounded stretch around its offset, never at the whole text; extents are half-open
code-point offsets, never empty, and begin and end between grapheme clusters.  What a token is, `tokens` says; what a
sentence is, `sentences`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from annotator.tui.sentences import (
    FUNCTION_WORD,
    REACH,
    clause_at,
    next_sentence,
    previous_sentence,
    sentence_at,
    starts_sentence,
)
from annotator.tui.tokens import (
    Extent,
    nearest_token,
    next_token,
    previous_token,
    token_at,
    tokens,
    trimmed_end,
)

__all__ = [
    "Extent",
    "clause_at",
    "grow",
    "name_run",
    "nearest_token",
    "next_entity",
    "next_sentence",
    "next_token",
    "previous_entity",
    "previous_sentence",
    "previous_token",
    "sentence_at",
    "shrink",
    "token_at",
    "tokens",
]

_NUMBER_WORDS: Final = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|dozens?|"
    r"scores)\b",
    re.IGNORECASE,
)


def next_entity(text: str, offset: int, *, run: bool = False) -> Extent | None:
    """Return the first capitalised word or number that starts at an offset or after it, or None.

    A word counts if any of its letters is a capital; a number is anything with a digit, or a word such as "twelve".
    Capitalised function words ("The", "In") that begin a sentence are passed over.

    Args:
        text: The article.
        offset: Where to look from.
        run: Whether to go on over the capitalised words that follow directly ("Bir Basha").
    """
    stop = min(len(text), offset + REACH)
    at = max(0, offset)
    while (candidate := _candidate(text, at, stop)) is not None:
        token = token_at(text, candidate)
        if token is None or token[0] < offset or not _is_entity(text, token):
            at = token[1] if token else candidate + 1
            continue
        return name_run(text, token) if run else token
    return None


def previous_entity(text: str, offset: int, *, run: bool = False) -> Extent | None:
    """Return the last capitalised word or number that ends at an offset or before it, or None.

    Args:
        text: The article.
        offset: Where to look from.
        run: Whether to go back over the capitalised words directly before it.
    """
    floor = max(0, offset - REACH)
    at = min(offset, len(text))
    while (candidate := _candidate_before(text, floor, at)) is not None:
        token = token_at(text, candidate)
        if token is None or token[1] > offset or not _is_entity(text, token):
            at = min(candidate, token[0]) if token else candidate
            continue
        return name_run(text, token) if run else token
    return None


def name_run(text: str, token: Extent) -> Extent:
    """Return a capitalised token with the capitalised tokens directly before and after it; others as they are."""
    start, end = token
    if not _is_capitalised(text, token):
        return token
    for _ in range(20):
        after = next_token(text, end)
        if not after or text[end : after[0]] != " " or not _is_capitalised(text, after):
            break
        end = after[1]
    for _ in range(20):
        before = previous_token(text, start)
        if not before or text[before[1] : start] != " " or not _is_capitalised(text, before):
            break
        if not _is_entity(text, before):
            break
        start = before[0]
    return start, end


def grow(text: str, start: int, end: int) -> Extent:
    """Return the next larger unit around an extent: whole tokens, name, clause, sentence, paragraph.

    Args:
        text: The article.
        start: First code point.
        end: One past the last code point.

    Returns:
        An extent that holds the given one; the same if the paragraph is reached.
    """
    for unit in _units(text, start, end):
        if unit[0] <= start and end <= unit[1] and unit != (start, end):
            return unit
    return start, end


def shrink(text: str, start: int, end: int) -> Extent:
    """Return the next smaller unit at the start of an extent: sentence, clause, then one token less at a time.

    Args:
        text: The article.
        start: First code point.
        end: One past the last code point.

    Returns:
        An extent within the given one; the same if it is a single token or less.
    """
    for unit in (sentence_at(text, start), clause_at(text, start)):
        if unit and unit[0] >= start and unit[1] < end:
            return unit
    first = token_at(text, start)
    last = previous_token(text, end)
    if first is None or last is None or last[0] <= start:
        return start, end
    before = previous_token(text, last[0])
    return (start, before[1]) if before and before[1] > start else (start, end)


def _units(text: str, start: int, end: int) -> Iterator[Extent]:
    """Yield what `grow` tries, from small to large."""
    first, last = nearest_token(text, start), nearest_token(text, max(start, end - 1))
    if first and last:
        yield min(first[0], start), max(last[1], end)
        if first == last:
            yield name_run(text, first)
    clause, clause_end = clause_at(text, start), clause_at(text, max(start, end - 1))
    if clause and clause_end:
        yield clause[0], clause_end[1]
    sentence, sentence_end = sentence_at(text, start), sentence_at(text, max(start, end - 1))
    if sentence and sentence_end:
        yield sentence[0], sentence_end[1]
    low = max(0, start - REACH)
    before = max(text.rfind("\n", low, start), text.rfind("\r", low, start))
    ends = [at for at in (text.find("\n", end, end + REACH), text.find("\r", end, end + REACH)) if at >= 0]
    stop = min(ends, default=min(len(text), end + REACH))
    yield (before + 1 if before >= 0 else low), trimmed_end(text, start, stop)


def _candidate(text: str, start: int, stop: int) -> int | None:
    """Return the first offset where a capital, a digit or a number word stands."""
    window = text[start:stop]
    sign = next((at for at, c in enumerate(window) if _is_sign(c)), None)
    word = _NUMBER_WORDS.search(window, 0, len(window) if sign is None else sign)
    found = word.start() if word else sign
    return None if found is None else start + found


def _candidate_before(text: str, floor: int, end: int) -> int | None:
    """Return the last offset before an end where a capital, a digit or a number word stands."""
    size = 200
    while end > floor:
        low = max(floor, end - size)
        sign = next((at for at in range(end - 1, low - 1, -1) if _is_sign(text[at])), -1)
        word = max((match.start() for match in _NUMBER_WORDS.finditer(text, low, end)), default=-1)
        if sign >= 0 or word >= 0:
            return max(sign, word)
        if low == floor:
            return None
        size *= 4
    return None


def _is_sign(character: str) -> bool:
    return character.isupper() or character.istitle() or character.isdecimal()


def _is_capitalised(text: str, token: Extent) -> bool:
    return any(c.isupper() or c.istitle() for c in text[token[0] : token[1]])


def _is_entity(text: str, token: Extent) -> bool:
    word = text[token[0] : token[1]]
    if any(c.isdecimal() for c in word) or _NUMBER_WORDS.fullmatch(word):
        return True
    if not _is_capitalised(text, token):
        return False
    return not FUNCTION_WORD.fullmatch(word) or not starts_sentence(text, token[0])
