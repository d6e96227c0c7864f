"""Occurrences of a string in a text, and how an annotator read each of them.

Invariant: an occurrence is a stretch of the text itself, in its own code points; letter case is compared character by
character, so that no occurrence is longer or shorter than what was looked for.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Final, NamedTuple

from annotator.errors import UsageError

Extent = tuple[int, int]
_ASCII_CASES: Final = str.maketrans({"ı": "i", "İ": "i", "ſ": "s", "\u212a": "k"})
"""The letters beyond ASCII that a pattern which ignores case takes for letters of it; the last is the Kelvin sign."""


class Mark(NamedTuple):
    """What a span marks: a stretch of the text, and the label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Wanted:
    """A string to look for.

    Args:
        string: The words.  A blank among them stands for any run of blanks and line breaks, so that a name that is
            broken at the end of a line is found; all else has to be the same to the code point.
        ignore_case: Whether capitals and small letters are the same; letter for letter, so "ß" is not "SS".
        word: Whether occurrences within a longer word are left out.  It concerns an end of the string only where that
            is a letter or digit of a script that has blanks between words.

    Raises:
        UsageError: If there is nothing but blanks.
    """

    string: str
    ignore_case: bool = False
    word: bool = True

    def __post_init__(self) -> None:
        if not self.parts:
            raise UsageError("there is nothing to look for", hint="give a word or more, such as Taiz")

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """What stands between the blanks: every text with an occurrence has all of it."""
        return tuple(self.string.split())

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(r"\s+".join(map(re.escape, self.parts)), re.IGNORECASE if self.ignore_case else 0)

    @cached_property
    def _lowered(self) -> tuple[str, ...]:
        return tuple(part.translate(_ASCII_CASES).lower() for part in self.parts)

    def may_occur(self, text: str) -> bool:
        """Say whether a look at the text is worth while; never False where the string occurs."""
        if not self.ignore_case:
            return all(part in text for part in self.parts)
        if not text.isascii():  # "K" is also the sign of Kelvin, "s" an "ſ"
            return True
        lowered = text.lower()  # many times faster than a pattern that ignores case
        return all(part in lowered for part in self._lowered)

    def occurrences(self, text: str) -> Iterator[Extent]:
        """Yield where the string stands in a text, in order; of two that overlap the first."""
        if not self.may_occur(text):
            return
        at = 0
        while found := self._pattern.search(text, at):
            start, end = found.span()
            if self.word and (within_word(text, start) or within_word(text, end)):
                at = start + 1  # what overlaps it may stand alone
            else:
                yield start, end
                at = end


def within_word(text: str, offset: int) -> bool:
    """Say whether an offset stands between two letters or digits of a script that has blanks between words.

    Also within a letter that is written as several code points, before an accent.
    """
    if not 0 < offset < len(text):
        return False
    before, after = text[offset - 1], text[offset]
    if after > "\u02ff" and unicodedata.category(after).startswith("M"):
        return not before.isspace()
    spaced = before < "\u0e00" and after < "\u0e00"
    return spaced and _of_word(before) and _of_word(after)


def _of_word(character: str) -> bool:
    accent = character > "\u02ff" and unicodedata.category(character).startswith("M")
    return character.isalnum() or character == "_" or accent


def form_of(words: str) -> str:
    """Return the string under which words are counted: those with other blanks between them are the same."""
    return " ".join(words.split())


@dataclass(frozen=True, slots=True)
class Reading:
    """How an annotator read a stretch of the text.

    Args:
        labels: Those of the spans with exactly this extent, sorted.
        across: Spans with other edges that share code points with it, in text order.
    """

    labels: tuple[str, ...] = ()
    across: tuple[Mark, ...] = ()

    @property
    def kind(self) -> str:
        """What it is: "label", "other" where only spans with other edges are there, "unmarked"."""
        return "label" if self.labels else "other" if self.across else "unmarked"

    @property
    def key(self) -> tuple[str, ...]:
        """What readings are compared by: the kind, then the labels, those of spans with other edges included."""
        names = self.labels or tuple(sorted({mark.label for mark in self.across}))
        return (self.kind, *names)


UNMARKED = Reading()


class Marks:
    """The spans of one annotator in one text, to be asked about many stretches.

    Args:
        marks: In any order.
    """

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._marks = sorted(marks)
        self._reach: list[int] = []
        reach = 0
        for mark in self._marks:
            reach = max(reach, mark.end)
            self._reach.append(reach)

    def reading(self, start: int, end: int) -> Reading:
        """Return how the annotator read a stretch."""
        # No mark before the first one whose reach goes past `start` can touch the stretch.
        first = bisect_right(self._reach, start)
        near = takewhile(lambda mark: mark.start < end, (self._marks[n] for n in range(first, len(self._marks))))
        touching = [mark for mark in near if mark.end > start]
        if not touching:
            return UNMARKED
        exact = tuple(sorted(mark.label for mark in touching if (mark.start, mark.end) == (start, end)))
        return Reading(exact, tuple(mark for mark in touching if (mark.start, mark.end) != (start, end)))


def around(text: str, start: int, end: int, *, reach: int) -> tuple[str, str]:
    """Return what stands before and after a stretch, so many code points of each at most."""
    return text[max(0, start - reach) : start], text[end : end + reach]
