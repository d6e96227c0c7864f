"""spaCy's tokenizers, for the formats that it reads.

Invariant: an article is cut into tokens that make up its very text, or not at all; and what is remembered of their
words does not grow with the corpus.  spaCy is imported when a tokenizer is made.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from annotator.core.record import LayerRecord, Record
from annotator.errors import UsageError
from annotator.formats.alignment import divided
from annotator.formats.base import Loss, Misaligned

if TYPE_CHECKING:
    from spacy.language import Language

SPANS_KEY: Final = "sc"  # the key that spaCy's span categoriser reads
MODULE_HINT: Final = 'pip install "conflict-annotator[spacy]"'
_CODE: Final = re.compile("[a-z]{2,3}")  # of a language; anything else could be some other module of spaCy's
_KEPT: Final = 12_000  # strings of a vocabulary that stay, some 350 bytes each: the first ones, so the frequent ones
_RARE: Final = 5_000  # strings beyond those before they are let go
_RENEWED: Final = 35_000  # words that a vocabulary may ever have met: one that was let go leaves gaps of 64 bytes


class Tokenizers:
    """One blank pipeline a language, made when it is first needed."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._made: dict[str, Language | None] = {}
        self._rare: dict[str, tuple[ExitStack, int]] = {}  # what lets rare words go, and the strings before them
        if lang and self._blank(lang) is None:
            raise UsageError(
                f"spaCy has no tokenizer for the language {lang!r} here",
                hint='give a code such as "en" or "ar", or "xx" for any language; some need a package of their own',
            )

    def of(self, record: Record, annotator: str) -> tuple[Language, list[Loss]]:
        """Return the pipeline for an article, and a loss where its own language has none."""
        wanted = self._lang or str(record.meta.get("language") or record.meta.get("lang") or "en")
        language = self._blank(wanted)
        if language is not None:
            return language, []
        fallback = self._blank("xx")
        assert fallback is not None
        why = f'spaCy has no tokenizer for {wanted!r} here; the one for any language, "xx", was used'
        return fallback, [Loss(record.key, annotator, "", "language unknown", why)]

    def _blank(self, name: str) -> Language | None:
        code = name.strip().lower().replace("_", "-").split("-")[0]
        if not _CODE.fullmatch(code):
            return None
        if code not in self._made:
            import spacy

            try:
                self._made[code] = spacy.blank(code)
            except (ImportError, AttributeError, ValueError, OSError):  # no such code, or a package of it is missing
                self._made[code] = None
        return self._made[code]

    def forget(self) -> None:
        """Let go of rare words where there are many.

        To be called now and then, where no number of a string is needed any more.  spaCy keeps every word that it ever
        meets, and making a word anew costs more than cutting an article, so the frequent ones stay.
        """
        for code, language in [*self._made.items()]:
            if language is None:
                continue
            rare, kept = self._rare.get(code, (ExitStack(), 0))
            known = len(language.vocab.strings)
            if len(language.vocab) > _RENEWED:
                rare.close()
                self._rare.pop(code, None)
                del self._made[code]
            elif hasattr(language, "memory_zone") and known > (kept + _RARE if kept else _KEPT):  # since spaCy 3.8
                rare.close()
                self._rare[code] = rare, len(language.vocab.strings)
                rare.enter_context(language.memory_zone())


def cut(text: str, language: Language) -> Any:
    """Return the tokens of a text, or None if the tokenizer does not keep it.

    Returns:
        An integer array, a row for each token: its number among spaCy's strings, whether a blank follows, where it
        begins and where it ends in code points.
    """
    from spacy import attrs
    from spacy.tokenizer import Tokenizer  # type: ignore[import-not-found]  # it is compiled

    doc = language.tokenizer(text)
    array = doc.to_array([attrs.ORTH, attrs.SPACY, attrs.IDX, attrs.LENGTH]).reshape(len(doc), 4)
    array[:, 3] += array[:, 2]
    if type(language.tokenizer) is not Tokenizer:
        return array if doc.text == text else None
    # spaCy's own tokenizer cuts the text into pieces and loses none, so a glance at the end is enough.
    length = int(array[-1, 3] + array[-1, 1]) if len(array) else 0
    return array if length == len(text) else None


def fitted(array: Any, layer: LayerRecord, text: str, language: Language, misaligned: Misaligned) -> Any:
    """Return the tokens of `cut`, divided where a span begins or ends within one if "split" asks for that."""
    if misaligned != "split" or not len(array):
        return array
    starts, ends = array[:, 2].tolist(), array[:, 3].tolist()
    first, last = divided(layer.spans, starts, ends)
    if len(first) == len(starts):
        return array
    import numpy

    spaced = dict(zip(ends, array[:, 1].tolist(), strict=True))
    add = language.vocab.strings.add
    rows = [(add(text[start:end]), spaced.get(end, 0), start, end) for start, end in zip(first, last, strict=True)]
    return numpy.array(rows, dtype=array.dtype)


def text_changed(record: Record, layer: LayerRecord) -> Loss:
    """Return the loss of an article whose text a tokenizer does not keep."""
    why = "the tokenizer does not keep the text; the article was left out"
    return Loss(record.key, layer.annotator, "", "text changed", why, gone=True)
