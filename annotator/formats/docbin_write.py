"""Writing spaCy's DocBin, one file or a folder of them.

Invariant: every span of a layer is in `doc.spans["sc"]` or comes back as a `Loss`; `doc.text` is the article's text to
the code point; the same records in the same order give the same bytes.  spaCy is imported when a file is opened.

The bytes are laid out here and not by `DocBin.add`, which looks at every token as a Python object and takes twice as
long as tokenising does.  The layout is that of spaCy 3 (`spacy/tokens/_serialize.py`, `span_group.pyx`): a zlib stream
of MessagePack with, for all documents in a row, the attributes of tokens as 64-bit numbers, whether a blank follows
each token, and for each document its span groups and its user data as MessagePack of their own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.formats.about import user_data
from annotator.formats.alignment import Place, Placed, entities, place
from annotator.formats.base import Loss, WriteOptions
from annotator.formats.spacy_tokens import MODULE_HINT, SPANS_KEY, Tokenizers, cut, fitted, text_changed

if TYPE_CHECKING:
    from spacy.language import Language

SHARD: Final = 1_000
"""Documents in each file of a folder; about 12 MB in memory while they are collected."""

_PACKED: Final = 2**63  # MessagePack's whole numbers end here
_INSIDE, _OUTSIDE, _BEGIN = 1, 2, 3  # of an entity, as spaCy numbers ENT_IOB
_SPAN: Final = struct.Struct(
    ">QQQllll"
).pack  # id, knowledge base id, label, first and last token, first and last code point
_LEVEL: Final = 1  # of zlib: 1 takes a quarter of the time of 6 for a fifth more bytes (measured)


class DocBinWriter:
    """Collects documents and writes them on `close`; see `Writer`.

    A DocBin is compressed as a whole, so it is held in memory until then, about 24 bytes a token.
    """

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._documents = _Documents(options)

    def write(self, record: Record) -> Sequence[Loss]:
        """Add one document and return what of it does not fit tokens."""
        return self._documents.add(record)

    def close(self) -> None:
        """Write the file."""
        self._file.write(self._documents.take())


class DocBinFolder:
    """Writes files of `SHARD` documents each into a folder, which spaCy's corpus reader takes whole; see `Writer`."""

    def __init__(self, folder: Path, options: WriteOptions) -> None:
        self._folder = folder
        self._documents = _Documents(options)
        self._written = 0

    def write(self, record: Record) -> Sequence[Loss]:
        """Add one document, write a file if it is full, and return what does not fit tokens."""
        losses = self._documents.add(record)
        if len(self._documents) == SHARD:
            self._flush()
        return losses

    def close(self) -> None:
        """Write the last file; the only one if there are no documents."""
        if len(self._documents) or not self._written:
            self._flush()

    def _flush(self) -> None:
        self._written += 1
        (self._folder / f"part-{self._written:05}.spacy").write_bytes(self._documents.take())


class _Documents:
    """The documents of one file, until they are taken."""

    def __init__(self, options: WriteOptions) -> None:
        try:
            from spacy import attrs
        except ImportError as error:
            raise InputError("writing a DocBin takes spaCy, which is not installed", hint=MODULE_HINT) from error
        self._misaligned = options.misaligned
        self._tokenizers = Tokenizers(options.lang)
        self._columns = [attrs.ORTH, attrs.ENT_IOB, attrs.ENT_TYPE]
        self._pack = msgspec.msgpack.Encoder().encode
        self._clear()

    def _clear(self) -> None:
        self._tokens: list[bytes] = []
        self._spaces: list[bytes] = []
        self._lengths: list[int] = []
        self._groups: list[bytes] = []
        self._user_data: list[bytes] = []
        self._vocabs: list[Any] = []  # those that know the strings of these tokens
        self._numbers: dict[str, int] = {}  # of labels and ids

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, record: Record) -> list[Loss]:
        """Add one document and return what of it does not fit tokens."""
        layer = record.layer or LayerRecord("")
        language, losses = self._tokenizers.of(record, layer.annotator)
        array = cut(record.text, language)
        if array is None:
            return [*losses, text_changed(record, layer)]
        array = fitted(array, layer, record.text, language, self._misaligned)
        first, last = array[:, 2].tolist(), array[:, 3].tolist()
        placed = place(record, layer, first, last, self._misaligned)
        where = f'in doc.spans["{SPANS_KEY}"] only'
        chosen, more = entities(placed, first, last, record, layer, what="not in doc.ents", where=where)
        losses += [*placed.losses, *more]
        packed, exact = self._user(record, layer, placed.spans)
        if not exact:
            why = "whole numbers beyond 64 bits were written as text"
            losses.append(Loss(record.key, layer.annotator, "", "number too large", why))
        if all(language.vocab is not vocab for vocab in self._vocabs):
            self._vocabs.append(language.vocab)
        self._user_data.append(packed)
        self._groups.append(self._group(placed, first, last, language))
        self._add_tokens(array, placed, chosen, language)
        return losses

    def _add_tokens(self, array: Any, placed: Placed, chosen: Mapping[int, Place], language: Language) -> None:
        import numpy

        columns = numpy.zeros((len(array), 3), dtype="uint64")
        columns[:, 0] = array[:, 0]
        columns[:, 1] = _OUTSIDE
        for at, (begin, end) in chosen.items():
            columns[begin:end, 1] = _INSIDE
            columns[begin, 1] = _BEGIN
            columns[begin:end, 2] = self._number(placed.spans[at].label, language)
        self._tokens.append(columns.tobytes())
        self._spaces.append(array[:, 1].astype(bool).tobytes())
        self._lengths.append(len(array))

    def _group(self, placed: Placed, starts: list[int], ends: list[int], language: Language) -> bytes:
        """Return the span groups of a document: one."""
        spans = [
            _SPAN(
                self._number(span.id, language),
                0,
                self._number(span.label, language),
                first,
                last,
                starts[first],
                ends[last - 1],
            )
            for span, (first, last) in zip(placed.spans, placed.places, strict=True)
        ]
        return self._pack({self._pack({"name": SPANS_KEY, "attrs": {}, "spans": spans}): [SPANS_KEY]})

    def _number(self, string: str, language: Language) -> int:
        """Return spaCy's number for a string, which is its hash unless it is the name of one of spaCy's symbols."""
        number = self._numbers.get(string)
        if number is None:
            number = self._numbers[string] = int(language.vocab.strings.add(string))
        return number

    def _user(self, record: Record, layer: LayerRecord, kept: Sequence[Span]) -> tuple[bytes, bool]:
        """Return the user data of a document, and whether all of it is as it was."""
        data = user_data(record, layer, kept)
        try:
            return self._pack(data), True
        except OverflowError:
            return self._pack(_packable(data)), False

    def take(self) -> bytes:
        """Return the file with the documents so far, and forget them."""
        import numpy

        tokens = b"".join(self._tokens)
        # A set of Python's numbers, token by token, takes as long as tokenising (measured); one sort does not.
        numbers = numpy.unique(numpy.frombuffer(tokens, dtype="uint64")[::3]).tolist()
        strings = {*self._numbers, *(self._string(number) for number in numbers)}
        whole = {
            "version": "0.1",
            "attrs": self._columns,
            "tokens": tokens,
            "spaces": b"".join(self._spaces),
            "lengths": numpy.asarray(self._lengths, dtype="int32").tobytes(),
            "strings": sorted(strings),
            "cats": [{}] * len(self),
            "flags": [{"has_unknown_spaces": False}] * len(self),
            "span_groups": self._groups,
            "user_data": self._user_data,
        }
        data = zlib.compress(self._pack(whole), _LEVEL)
        self._clear()
        self._tokenizers.forget()
        return data

    def _string(self, number: int) -> str:
        """Return the string that spaCy knows by a number."""
        return next(str(vocab.strings[number]) for vocab in self._vocabs if number in vocab.strings)


def _packable(value: Any) -> Any:
    """Return a value with the whole numbers that MessagePack has no room for as text."""
    if isinstance(value, Mapping):
        return {name: _packable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_packable(part) for part in value]
    return str(value) if isinstance(value, int) and not -_PACKED <= value < _PACKED else value
