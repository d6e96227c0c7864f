"""Finding words in the article: the search of `/` and the identical strings of `R`.

Invariant: a match is a stretch of the text itself, in its own code points; letter case is folded character by
character, so that no match is longer or shorter than what was looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from annotator.core.occurrences import within_word
from annotator.tui.tokens import Extent


def pattern_of(words: str) -> re.Pattern[str] | None:
    """Return a pattern that finds these words; None if there are none.

    Lower-case letters also find capitals; with a capital among them the case must be the same.  A blank finds any run
    of blanks and line breaks.
    """
    parts = words.split()
    if not parts:
        return None
    flags = 0 if any(character.isupper() for character in words) else re.IGNORECASE
    return re.compile(r"\s+".join(map(re.escape, parts)), flags)


def next_match(text: str, pattern: re.Pattern[str], offset: int) -> Extent | None:
    """Return the first match at an offset or after it, going on at the beginning; None if there is none."""
    found = pattern.search(text, offset) or pattern.search(text)
    return found.span() if found else None


def previous_match(text: str, pattern: re.Pattern[str], offset: int) -> Extent | None:
    """Return the last match that begins before an offset, going on at the end; None if there is none."""
    before = after = None
    for found in pattern.finditer(text):
        if found.start() < offset:
            before = found.span()
        else:
            after = found.span()
    return before or after


def identical(text: str, start: int, end: int) -> Iterator[Extent]:
    """Yield every stretch with the same words as this one, itself included, that does not lie within a longer word.

    The words must be the same to the letter; only the blanks between them may differ.
    """
    words = text[start:end].split()
    if not words:
        return
    for found in re.finditer(r"\s+".join(map(re.escape, words)), text):
        if not within_word(text, found.start()) and not within_word(text, found.end()):
            yield found.span()
