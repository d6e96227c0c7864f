"""What the formats of spaCy share: its tokenizers, and what a document says about itself besides its spans.

Invariant: an article is cut into tokens that make up its very text, or not at all; what a document says about itself
is plain data, and is not trusted when it is read.  spaCy is imported when a tokenizer is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import UsageError
from annotator.formats.base import Loss

if TYPE_CHECKING:
    from spacy.language import Language

SPANS_KEY: Final = "sc"  # the key that spaCy's span categoriser reads
MODULE_HINT: Final = 'pip install "conflict-annotator[spacy]"'
_CODE: Final = re.compile("[a-z]{2,3}")  # of a language; anything else could be some other module of spaCy's
_FORGET: Final = 500_000  # strings that a vocabulary may know before it is made anew, so that memory stays flat


class SpanData(msgspec.Struct):
    """What a document says about one of its spans."""

    id: str
    start: int
    end: int
    label: str
    attributes: dict[str, Any] = {}
    note: str = ""
    source: str = ""

    @property
    def span(self) -> Span:
        """The span that it is about."""
        return Span(self.id, self.start, self.end, self.label, self.attributes, self.note, self.source)


class Data(msgspec.Struct):
    """What a document says about itself; see `user_data`."""

    key: str | int = ""
    title: str | None = None
    annotator: str = ""
    kind: str = "human"
    status: str = "open"
    schema: str = ""
    meta: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    note: str = ""
    spans: list[SpanData] = []

    def record(self, where: str, key: str, text: str, spans: Sequence[Span]) -> Record:
        """Return the record of a document.

        Args:
            where: Its place, for messages.
            key: What it is called if it does not say.
            text: Its text.
            spans: Its spans.
        """
        layer = None
        if spans or self.annotator:
            words = (self.kind, self.status, self.schema, self.attributes, self.note)
            layer = LayerRecord(self.annotator, *words, tuple(spans))  # type: ignore[arg-type]  # checked by the gate
        title = title_of(text) if self.title is None else self.title
        return Record(where, str(self.key) or key, title, text, self.meta, layer)


def read_data(values: Mapping[str, Any]) -> Data:
    """Return what a document says about itself.

    Raises:
        msgspec.DecodeError, TypeError, ValueError, RecursionError: If it is not what `user_data` gives.
    """
    # Through JSON, because MessagePack knows more than the store keeps: bytes, tuples, keys that are numbers.
    plain = {name: values[name] for name in Data.__struct_fields__ if name in values}
    return msgspec.json.decode(msgspec.json.encode(plain), type=Data)


def user_data(record: Record, layer: LayerRecord, kept: Sequence[Span]) -> dict[str, Any]:
    """Return what a document says about itself besides its text: the article, the layer, and the spans that it has."""
    return {
        "key": record.key,
        "title": record.title,
        "annotator": layer.annotator,
        "kind": layer.kind,
        "status": layer.status,
        "schema": layer.schema,
        "meta": dict(record.meta),
        "attributes": dict(layer.attributes),
        "note": layer.note,
        "spans": [
            {
                "id": span.id,
                "start": span.start,
                "end": span.end,
                "label": span.label,
                "attributes": dict(span.attributes),
                "note": span.note,
                "source": span.source,
            }
            for span in kept
        ],
    }


class Tokenizers:
    """One blank pipeline a language, made when it is first needed."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._made: dict[str, Language | None] = {}
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
        made = self._made.get(code)
        if code not in self._made or (made is not None and len(made.vocab.strings) > _FORGET):
            import spacy

            try:
                self._made[code] = spacy.blank(code)
            except (ImportError, AttributeError, ValueError, OSError):  # no such code, or a package of it is missing
                self._made[code] = None
        return self._made[code]


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


def text_changed(record: Record, layer: LayerRecord) -> Loss:
    """Return the loss of an article whose text a tokenizer does not keep."""
    why = "the tokenizer does not keep the text; the article was left out"
    return Loss(record.key, layer.annotator, "", "text changed", why, gone=True)
