"""Texts of CoNLL files: where tokens are in a text that is given, and the text that is made of them where none is.

Invariant: every token stands in the text at its place, in order, with nothing but blanks and controls between them.

The rule: a blank between tokens, but none before closing punctuation and clitics, none after opening brackets and
currency signs, straight quotes open and close in turn; a line break between sentences.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from annotator.formats.tokenizing import SOLID

_CLOSING: Final = re.compile(r"[.,;:!?%)\]}»”’…]+|n't|N'T|['’](?:s|S|d|D|m|M|re|RE|ve|VE|ll|LL)")
_OPENING: Final = re.compile(r"[(\[{«“‘$£€]+")


@dataclass(slots=True)
class Sentence:
    """The lines of a sentence's tokens, their words and their tags, in parallel."""

    lines: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Part:
    """Sentences with one text, given or made."""

    line: int
    text: str | None = None
    sentences: list[Sentence] = field(default_factory=list)
    counted: int = 0  # sentences whose tokens have been taken off `room`
    room: int = -1  # characters of the given text that are in no token yet, -1 before they are counted

    def full(self) -> bool:
        """Say whether a given text has no room for a further sentence; a text that is made always has."""
        if self.text is None:
            return False
        if not self.counted:
            self.room = sum(len(chunk[0]) for chunk in SOLID.finditer(self.text))
        self.room -= sum(len(words) for sentence in self.sentences[self.counted :] for words in sentence.words)
        self.counted = len(self.sentences)
        return self.room <= 0


Found = tuple[str, list[tuple[int, int]], tuple[int, str] | None]
"""A text, where the tokens are in it, and the line and reason if they do not fit it."""


def aligned(part: Part) -> Found:
    """Return the given text, where its tokens are, and at which line a token is not where it should be."""
    text, places, at = part.text or "", [], 0
    chunks = SOLID.finditer(text)
    end = 0  # of the chunk that the next token begins in
    for sentence in part.sentences:
        for line, words in zip(sentence.lines, sentence.words, strict=True):
            while at >= end and (chunk := next(chunks, None)) is not None:
                at, end = max(at, chunk.start()), chunk.end()
            if at >= end or not text.startswith(words, at):
                why = f"the token {words[:40]!r} is not next in the text of line {part.line}"
                return text, [], (line, why)
            places.append((at, at + len(words)))
            at += len(words)
    if SOLID.search(text, at):
        return text, [], (part.line, f"the text goes on after its last token: {text[at : at + 40]!r}")
    return text, places, None


def _closing(words: str) -> bool:
    return not words.isalnum() and _CLOSING.fullmatch(words) is not None


def _opening(words: str) -> bool:
    return not words.isalnum() and _OPENING.fullmatch(words) is not None


def detokenised(part: Part) -> Found:
    """Return the text that the rule makes from tokens, and where they are."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    at = 0
    for number, sentence in enumerate(part.sentences):
        before, quoted = "", False
        for words in sentence.words:
            closes = words == '"' and quoted
            blank = " "
            if not before:
                blank = "\n" if number else ""
            elif closes or before == "\0" or _closing(words) or _opening(before):
                blank = ""
            pieces += [blank, words]
            at += len(blank)
            places.append((at, at + len(words)))
            at += len(words)
            opens = words == '"' and not quoted
            quoted = opens or (quoted and not closes)
            before = "\0" if opens else words
    return "".join(pieces), places, None
