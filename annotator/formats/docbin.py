"""spaCy's DocBin: token-aligned documents for training.

Invariant: a document that `annotator` wrote gives the record that it was made from; one of others gives its entities
or its spans, as they lie in its text, and what else it holds is told as lost.  spaCy is imported when a file is opened.

What a document carries besides its spans is in `doc.user_data`: "key", "title", "annotator", "kind", "status",
"schema", "meta", "attributes", "note", and in "spans" one object for each span of `doc.spans["sc"]`, in the same order,
with "id", "start" and "end" (code points, before any alignment), "label", "attributes", "note", "source".
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedReader
from typing import TYPE_CHECKING, Final

import msgspec

from annotator.core.record import Bad
from annotator.core.spans import Span
from annotator.formats.about import read_data
from annotator.formats.base import Format, Incoming, Loss, ReadOptions
from annotator.formats.docbin_write import DocBinFolder, DocBinWriter
from annotator.formats.sources import Source
from annotator.formats.spacy_tokens import MODULE_HINT, SPANS_KEY
from annotator.formats.swelling import Swelling, SwollenError

_BLOCK: Final = 1 << 20  # bytes

if TYPE_CHECKING:
    from spacy.tokens import Doc


def read(stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the documents of a DocBin; see `Reader`.

    Spans come from `doc.spans["sc"]`, else from `doc.ents`; what `annotator` wrote comes back with its own offsets.
    """
    try:
        import spacy
        from spacy.tokens import DocBin
    except ImportError:
        yield Bad(source.name, "reading a DocBin takes spaCy, which is not installed", MODULE_HINT)
        return
    data, number = stream.read(), 0
    try:
        _check_size(data)
        with _decoders_known():
            docs = DocBin(store_user_data=True).from_bytes(data)
            for number, doc in enumerate(docs.get_docs(spacy.blank("xx").vocab), 1):
                yield _incoming(doc, source, number)
    except SwollenError as error:
        yield Bad(source.name, str(error), error.hint)
    except Exception:  # noqa: BLE001 - what a damaged file makes spaCy raise is not written down anywhere
        if number:
            yield Bad(f"{source.name}:{number + 1}", "is damaged from this document on", "write the file again")
        else:
            yield Bad(source.name, "is not a spaCy DocBin", "write it with DocBin.to_disk")


@contextmanager
def _decoders_known() -> Iterator[None]:
    """Let srsly look once for decoders that other packages bring.

    It looks through all that is installed at every value that it decodes, three times a document: three quarters of the
    time of a load (measured).  Where there is such a package nothing is changed.
    """
    from srsly.msgpack import msgpack_decoders as decoders  # type: ignore[import-untyped]

    before = decoders.entry_points
    decoders.entry_points = before and bool(decoders.get_entry_points())
    try:
        yield
    finally:
        decoders.entry_points = before


def _check_size(data: bytes) -> None:
    """Refuse what spaCy, which unpacks a file whole, could not hold in memory.

    Raises:
        SwollenError: If it holds out of all proportion more than its size.
        zlib.error: If it is not packed as a DocBin is.
    """
    unpacking, swelling, rest = zlib.decompressobj(), Swelling(), data
    while rest and not unpacking.eof:
        swelling.take(len(unpacking.decompress(rest, _BLOCK)), packed=len(data))
        rest = unpacking.unconsumed_tail


def _incoming(doc: Doc, source: Source, number: int) -> Incoming | Bad:
    where = f"{source.name}:{number}"
    try:
        data = read_data(doc.user_data)
    except (msgspec.DecodeError, TypeError, ValueError, RecursionError) as error:
        hint = "make it what `annotator export` writes, or take it out"
        return Bad(where, f"doc.user_data: {error}".replace("`", ""), hint)
    known = {about.id: about for about in data.spans}
    spans = []
    for at, found in enumerate(doc.spans.get(SPANS_KEY) or doc.ents, 1):
        span = Span(found.id_ or f"s{at}", found.start_char, found.end_char, found.label_)
        about = known.get(found.id_)
        if about is not None and about.label == span.label and span.overlaps(about.start, about.end):
            span = about.span
        elif found.kb_id_:
            span = replace(span, attributes={"kb_id": found.kb_id_})
        spans.append(span)
    if doc.cats:
        data.meta = {"cats": dict(doc.cats), **data.meta}
    record = data.record(where, source.key_of(number, doc.text), doc.text, spans)
    left = [f"{what} ({times}×)" if times > 1 else what for what, times in _left(doc, spans, own=bool(known)).items()]
    return Incoming(
        record, losses=tuple(Loss(record.key, data.annotator, "", "has no place here", what) for what in left)
    )


def _left(doc: Doc, spans: Sequence[Span], *, own: bool) -> Counter[str]:
    """Return what a document holds besides the spans that were read.

    Args:
        doc: The document.
        spans: What was read.
        own: Whether `annotator` wrote it, whose entities are its spans, but on whole tokens and without blanks.
    """
    left = Counter(f"span group {name!r}" for name, group in doc.spans.items() if name != SPANS_KEY and len(group))
    places = {(span.start, span.end, span.label) for span in spans}
    for one in doc.ents:
        start, end, label = one.start_char, one.end_char, one.label_
        if (start, end, label) not in places and not (
            own and any(s.label == label and s.start < end and start < s.end for s in spans)
        ):
            left["entity that is not in the span group"] += 1
    left.update(f"{name} of tokens" for name in _OF_TOKENS if doc.has_annotation(name))
    left.update(f"attribute {name[1]!r}" for name in doc.user_data if isinstance(name, tuple) and len(name) > 1)
    return left


_OF_TOKENS: Final = ("TAG", "POS", "MORPH", "LEMMA", "DEP")

FORMAT: Final = Format(
    "docbin",
    "spaCy DocBin, for training; spans on whole tokens",
    (".spacy",),
    read=read,
    write=DocBinWriter,
    write_folder=DocBinFolder,
    layers_only=True,
)
