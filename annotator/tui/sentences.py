"""Sentences and clauses, found by what stands around an offset.

Invariant: every function looks at most `REACH` code points (and one token) away; starts and ends are code-point
offsets at visible characters.

A sentence ends with a line break, or with . ! ? or their like in other scripts and the quotes that close after it; not
where a lower-case letter follows, nor (after a full stop) a digit, a title, an initial or a dotted abbreviation,
unless a function word such as "The" follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from annotator.tui.tokens import (
    VISIBLE,
    Extent,
    last_visible,
    nearest_token,
    next_token,
    previous_token,
    token_at,
    trimmed_end,
)

REACH: Final = 20_000
"""How far a search for a sentence, name or number looks, in code points; beyond it, it stops where it is."""

FUNCTION_WORD: Final = re.compile(
    r"a|about|after|all|although|among|an|and|another|any|around|as|at|because|before|both|but|by|despite|during|"
    r"each|earlier|even|every|following|for|from|further|had|has|have|he|her|here|his|how|however|i|if|in|instead|"
    r"into|it|its|later|less|local|many|meanwhile|more|most|much|near|no|nor|not|now|of|officials|on|one|only|or|"
    r"other|our|out|over|people|several|she|since|so|some|still|such|than|that|the|their|them|then|there|these|"
    r"they|this|those|though|through|to|under|until|up|was|we|were|what|when|where|which|while|who|why|with|"
    r"within|witnesses|you|your|yesterday",
    re.IGNORECASE,
)
"""Words that are capitalised only because a sentence starts with them."""

_TERMINATOR: Final = re.compile(r"[.!?؟।…‽]+[\"'”’»›)\]}]*(?=\s|\Z)|[。！？｡]+[\"'”’」』】》〉）]*|(?:\r\n|\n|\r)")
_CLAUSE_EDGE: Final = re.compile(r"[,;:،؛，、；：](?=\s|\Z)|[，、；：]|\s[-–—]+\s|—|[()\[\]{}“”«»„「」『』（）]|\"")
_ABBREVIATION: Final = re.compile(
    r"(?:\b\w|\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Col|Lt|Maj|Capt|Sgt|Cpl|Pvt|Brig|Adm|Cmdr|Gov|Sen|Rep|Rev|Hon|St|Mt|Ft|Jr|Sr|No"
    r"|Nos|vs|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|approx|est|etc|cf|al))\.\Z"
)


def next_sentence(text: str, offset: int) -> int | None:
    """Return where the first sentence after an offset starts, or None if there is none."""
    stop = min(len(text), offset + REACH)
    low = max(0, last_visible(text, offset) - 8)  # the terminator may stand before the offset, its blanks after it
    found = next((start for start in _sentence_starts(text, low, stop) if start > offset), None)
    if found is None and stop < len(text):
        token = next_token(text, stop)
        return token[0] if token else None
    return found


def previous_sentence(text: str, offset: int) -> int | None:
    """Return where the sentence before an offset starts (the one it is in, unless it is its start), or None."""
    size = 500
    while True:
        low = max(0, offset - size)
        starts = [start for start in _sentence_starts(text, low, offset) if start < offset]
        if low == 0 and (first := VISIBLE.search(text, 0, offset)):
            starts.append(first.start() if not starts else starts[-1])
        if starts:
            return max(starts)
        if low == 0:
            return None
        if size > REACH:
            token = nearest_token(text, low)
            return token[0] if token else None
        size *= 4


def sentence_at(text: str, offset: int) -> Extent | None:
    """Return the sentence that an offset is in, without the blanks around it."""
    if offset < 0 or not text:
        return None
    start = previous_sentence(text, offset + 1)
    if start is None:
        return None
    after = next_sentence(text, max(start, offset))
    end = trimmed_end(text, start, after if after is not None else len(text))
    return (start, end) if end > start else None


def clause_at(text: str, offset: int) -> Extent | None:
    """Return the stretch between commas, semicolons, colons, dashes, brackets, quotes or the sentence's ends."""
    sentence = sentence_at(text, offset)
    if sentence is None:
        return None
    start, end = sentence
    low, high = max(start, offset - REACH), min(end, offset + REACH)
    for edge in _CLAUSE_EDGE.finditer(text, low, high):
        if edge.end() <= offset:
            start = edge.end()
        elif edge.start() > offset:
            end = edge.start()
            break
    first = VISIBLE.search(text, start, end)
    if first is None:
        return None
    start, end = first.start(), trimmed_end(text, start, end)
    last = previous_token(text, end)
    if last and last[0] > start and text[last[0]] in ".!?…؟。！？।":
        end = trimmed_end(text, start, last[0])
    return start, end


def starts_sentence(text: str, offset: int) -> bool:
    """Say whether nothing but opening quotes stands between an offset and the end of the sentence before."""
    while offset > 0 and text[offset - 1] in "\"'“‘«„([—":
        offset -= 1
    return previous_sentence(text, offset + 1) == offset


def _sentence_starts(text: str, low: int, high: int) -> Iterator[int]:
    """Yield where sentences start whose predecessor ends between two offsets."""
    for match in _TERMINATOR.finditer(text, low, high):
        if low and text[match.start()] in ".!?" and match.start() == low and text[low - 1] in ".!?":
            continue
        follows = VISIBLE.search(text, match.end())
        if follows is None:
            return
        if match.group() in ("\n", "\r", "\r\n") or _ends_sentence(text, match, follows.start()):
            yield follows.start()


def _ends_sentence(text: str, match: re.Match[str], follows: int) -> bool:
    """Say whether a terminator with blanks (or, in scripts without them, anything) after it ends a sentence."""
    if match.group()[0] in "。！？｡":
        return True
    if match.end() == len(text) or not text[match.end()].isspace():
        return False  # the end of the window, not of the text
    if text[follows].islower():
        return False
    if match.group()[0] != "." or match.group()[:2] == "..":
        return True
    if text[follows].isdigit():
        return False
    dot = match.start() + 1
    if not _ABBREVIATION.search(text[max(0, dot - 12) : dot]):
        return True
    token = token_at(text, follows)
    return token is not None and FUNCTION_WORD.fullmatch(text, *token) is not None
