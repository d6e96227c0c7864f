"""Writing spaCy's JSON: `Doc.to_json` a line, or one array in the form of its former `train` command.

Invariant: every span that fits tokens is in the span group, and everything else about article, layer and spans under
the key "annotator", so reading back is exact; what does not fit comes back as a `Loss`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from annotator.core.record import LayerRecord, Record
from annotator.errors import InputError
from annotator.formats.about import user_data
from annotator.formats.alignment import Place, Placed, entities, place
from annotator.formats.base import Loss, WriteOptions
from annotator.formats.spacy_tokens import MODULE_HINT, SPANS_KEY, Tokenizers, cut, fitted, text_changed

DATA_KEY: Final = "annotator"
_OPEN, _NEXT, _END = b"[\n", b",\n", b"\n]\n"


class _Cut(NamedTuple):
    """An article cut into tokens, with its spans on them."""

    record: Record
    data: dict[str, Any]
    starts: list[int]
    ends: list[int]
    spaced: list[int]
    placed: Placed
    entities: dict[int, Place]


class _Writer:
    """What both writers do with a record."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        try:
            import spacy  # noqa: F401 - to say so now rather than at the first article
        except ImportError as error:
            raise InputError("writing spaCy's JSON takes spaCy, which is not installed", hint=MODULE_HINT) from error
        self._file = file
        self._options = options
        self._tokenizers = Tokenizers(options.lang)
        self._encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one document and return what of it does not fit tokens."""
        layer = record.layer or LayerRecord("")
        language, losses = self._tokenizers.of(record, layer.annotator)
        array = cut(record.text, language)
        self._tokenizers.forget()
        if array is None:
            return [*losses, text_changed(record, layer)]
        array = fitted(array, layer, record.text, language, self._options.misaligned)
        spaced, starts, ends = (array[:, column].tolist() for column in (1, 2, 3))
        placed = place(record, layer, starts, ends, self._options.misaligned)
        where = f'in spans["{SPANS_KEY}"] only'
        chosen, more = entities(placed, starts, ends, record, layer, what="not in ents", where=where)
        losses += [*placed.losses, *more]
        data = user_data(record, layer, placed.spans)
        self._put(_Cut(record, data, starts, ends, spaced, placed, chosen))
        return losses

    def _put(self, article: _Cut) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Do nothing: every line is written at once."""


class DocLines(_Writer):
    """Writes a line for each document, as `Doc.to_json` gives it and `Doc.from_json` takes it; see `Writer`."""

    def _put(self, article: _Cut) -> None:
        starts, ends, placed = article.starts, article.ends, article.placed
        spans = [
            {"start": starts[first], "end": ends[last - 1], "label": span.label}
            for span, (first, last) in zip(placed.spans, placed.places, strict=True)
        ]
        line = {
            "text": article.record.text,
            "ents": [
                {"start": starts[first], "end": ends[last - 1], "label": placed.spans[at].label}
                for at, (first, last) in article.entities.items()
            ],
            "tokens": [
                {"id": id, "start": start, "end": end} for id, (start, end) in enumerate(zip(starts, ends, strict=True))
            ],
            "spans": {SPANS_KEY: [{**span, "kb_id": ""} for span in spans]},
            DATA_KEY: article.data,
        }
        self._file.write(self._encode(line) + b"\n")


class TrainingArray(_Writer):
    """Writes one array of documents with a paragraph each, as `spacy convert` reads it; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        super().__init__(file, options)
        self._before = _OPEN

    def _put(self, article: _Cut) -> None:
        starts, ends, text = article.starts, article.ends, article.record.text
        tags = _tags(article)
        tokens = [
            {"id": id, "orth": text[start:end], "space": " " if spaced else "", "ner": tag}
            for id, (start, end, spaced, tag) in enumerate(zip(starts, ends, article.spaced, tags, strict=True))
        ]
        spans = zip(article.placed.spans, article.placed.places, strict=True)
        places = [[starts[first], ends[last - 1], span.label] for span, (first, last) in spans]
        paragraph = {
            "raw": text,
            "sentences": [{"tokens": tokens, "brackets": []}],
            "cats": [],
            "entities": [
                [starts[first], ends[last - 1], article.placed.spans[at].label]
                for at, (first, last) in article.entities.items()
            ],
            "links": [],
            "spans": {SPANS_KEY: [{"start": start, "end": end, "label": label} for start, end, label in places]},
        }
        whole = {"id": article.record.key, "paragraphs": [paragraph], DATA_KEY: article.data}
        self._file.write(self._before + self._encode(whole))
        self._before = _NEXT

    def close(self) -> None:
        """Write the end of the array."""
        self._file.write(_END if self._before == _NEXT else b"[]\n")


def _tags(article: _Cut) -> list[str]:
    """Return the entity tag of each token: BILUO."""
    tags = ["O"] * len(article.starts)
    for at, (first, last) in article.entities.items():
        label = article.placed.spans[at].label
        inner = last - first - 2
        tags[first:last] = [f"B-{label}", *[f"I-{label}"] * inner, f"L-{label}"] if inner >= 0 else [f"U-{label}"]
    return tags
