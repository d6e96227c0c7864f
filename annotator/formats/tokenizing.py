"""Tokens of a text for formats of one token a line, by spaCy or by a plain rule.

Invariant: tokens are in order, do not overlap, and hold no blank or control character; every other character of the
text is in exactly one.

The plain rule: letters, digits and "_" run together; a mark, a joiner or what follows one belongs to the character
before; anything else is a token of its own, so that a span seldom begins or ends within a token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from annotator.core.record import Record
from annotator.errors import InputError
from annotator.formats.base import Loss
from annotator.formats.spacy_tokens import Tokenizers, cut

if TYPE_CHECKING:
    from spacy.language import Language

SOLID: Final = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]+")
"""Characters that belong to tokens: neither blanks nor controls."""

WAYS: Final = ("auto", "spacy", "plain")
_JOINER: Final = "\u200d"

Extent = tuple[int, int]


class Tokenizer:
    """Cuts texts into tokens.

    Args:
        way: "spacy", "plain", or "auto" for spaCy where it is installed.
        lang: Language for spaCy; "" takes each article's own, else "en".

    Raises:
        UsageError: If spaCy has no tokenizer for the language.
        InputError: If spaCy was asked for and is not installed.
    """

    def __init__(self, way: str, lang: str) -> None:
        self._spacy: Tokenizers | None = None
        self._last: tuple[str, str, list[Extent]] | None = None  # language, text and tokens: layers come side by side
        if way != "plain":
            try:
                import spacy  # noqa: F401 - whether it is there
            except ImportError as error:
                if way == "spacy":
                    hint = 'pip install "conflict-annotator[spacy]", or --option tokenizer=plain'
                    raise InputError("spaCy is not installed", hint=hint) from error
            else:
                self._spacy = Tokenizers(lang)

    def tokens(self, record: Record) -> tuple[Sequence[Extent], Sequence[Loss]]:
        """Return where the tokens of an article begin and end, and what is to be told of the language.

        Layers of one article, one after the other, are given the very same tokens.
        """
        language: Language | None = None
        losses: Sequence[Loss] = ()
        if self._spacy is not None:
            language, losses = self._spacy.of(record, record.layer.annotator if record.layer is not None else "")
        code = (language.lang or "") if language is not None else ""
        if self._last is None or self._last[:2] != (code, record.text):
            self._last = (code, record.text, self._cut(record.text, language))
        return self._last[2], losses

    def _cut(self, text: str, language: Language | None) -> list[Extent]:
        array = cut(text, language) if language is not None else None
        if array is None:
            return plain_tokens(text)
        found: list[Extent] = []
        for start, end in array[:, 2:].tolist():
            if (words := text[start:end]).isalnum():
                found.append((start, end))
            else:
                found += [(start + part.start(), start + part.end()) for part in SOLID.finditer(words)]
        if self._spacy is not None:
            self._spacy.forget()
        return found


def plain_tokens(text: str) -> list[Extent]:
    """Return where the tokens begin and end by the plain rule."""
    return [extent for chunk in SOLID.finditer(text) for extent in _chunk(chunk[0], chunk.start())]


def _chunk(words: str, at: int) -> Iterator[Extent]:
    if words.isalnum():
        yield at, at + len(words)
        return
    start = 0
    for here in range(1, len(words) + 1):
        if here == len(words) or not _joined(words, here):
            yield at + start, at + here
            start = here


def _joined(words: str, here: int) -> bool:
    """Say whether the character here belongs to the token of the one before."""
    before, c = words[here - 1], words[here]
    if c == _JOINER or before == _JOINER or unicodedata.category(c) in ("Mn", "Mc", "Me", "Cf"):
        return True
    return _wordlike(c) and _wordlike(before)


def _wordlike(c: str) -> bool:
    return c.isalnum() or c == "_" or unicodedata.category(c)[0] == "M"
