"""spaCy's DocBin: token-aligned documents for training.

Invariant: every span of a layer is in `doc.spans["sc"]` or comes back as a `Loss`; `doc.text` is the article's text to
the code point; the same records in the same order give the same bytes.  spaCy is imported when a file is opened.

What a document carries besides its spans is in `doc.user_data`: "key", "title", "annotator", "kind", "status",
"schema", "meta", "attributes", "note", and in "spans" one object for each span of `doc.spans["sc"]`, in the same order,
with "id", "start" and "end" (code points, before any alignment), "label", "attributes", "note", "source".
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError, UsageError
from annotator.formats.base import Format, Incoming, Loss, ReadOptions, WriteOptions
from annotator.formats.sources import Source

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

SPANS_KEY: Final = "sc"  # the key that spaCy's span categoriser reads
_MODULE_HINT: Final = 'pip install "conflict-annotator[spacy]"'
_CODE: Final = re.compile("[a-z]{2,3}")  # of a language; anything else could be some other module of spaCy's
_PACKED: Final = 2**63  # MessagePack's whole numbers end here


class DocBinWriter:
    """Collects documents and writes them on `close`; see `Writer`.

    A DocBin is compressed as a whole, so it is held in memory until then, about 24 bytes a token.
    """

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        try:
            from spacy.tokens import DocBin
        except ImportError as error:
            raise InputError("writing a DocBin takes spaCy, which is not installed", hint=_MODULE_HINT) from error
        self._file = file
        self._misaligned = options.misaligned
        self._tokenizers = _Tokenizers(options.lang)
        self._bin = DocBin(attrs=["ENT_IOB", "ENT_TYPE"], store_user_data=True)

    def write(self, record: Record) -> Sequence[Loss]:
        """Add one document and return what of it does not fit tokens."""
        layer = record.layer or LayerRecord("")
        language, losses = self._tokenizers.of(record, layer.annotator)
        doc = language.tokenizer(record.text)
        if doc.text != record.text:
            why = "the tokenizer does not keep the text; the article was left out"
            return [*losses, Loss(record.key, layer.annotator, "", "text changed", why, gone=True)]
        placed = _Placed(doc, record, layer, self._misaligned)
        losses = [*losses, *placed.losses]
        doc.spans[SPANS_KEY] = placed.groups
        doc.set_ents(_entities(placed, losses, record.key, layer.annotator))
        data = _user_data(record, layer, placed.kept)
        packable = _packable(data)
        if packable != data:
            why = "whole numbers beyond 64 bits were written as text"
            losses.append(Loss(record.key, layer.annotator, "", "number too large", why))
        doc.user_data.update(packable)
        self._bin.add(doc)
        return losses

    def close(self) -> None:
        """Write the file."""
        self._file.write(self._bin.to_bytes())


class _Tokenizers:
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
        if code not in self._made:
            import spacy

            try:
                self._made[code] = spacy.blank(code)
            except (ImportError, AttributeError, ValueError, OSError):  # no such code, or a package of it is missing
                self._made[code] = None
        return self._made[code]


class _Placed:
    """A layer's spans on the tokens of a document: `kept` and `groups` run in parallel."""

    def __init__(self, doc: Doc, record: Record, layer: LayerRecord, misaligned: str) -> None:
        from spacy.tokens import Span as TokenSpan

        self.kept: list[Span] = []
        self.groups: list[Any] = []
        self.losses: list[Loss] = []
        starts = [token.idx for token in doc]
        ends = [token.idx + len(token) for token in doc]
        for span in layer.spans:
            place = _align(span, starts, ends, misaligned)
            if place is None or (starts[place[0]], ends[place[1] - 1]) != (span.start, span.end):
                done = _outcome(place, starts, ends, record.text, misaligned)
                why = f"{span.label} {span.start}–{span.end} {span.surface(record.text)!r} does not fit tokens: {done}"
                self.losses.append(Loss(record.key, layer.annotator, span.id, "misaligned", why, gone=place is None))
            if place is not None:
                self.kept.append(span)
                self.groups.append(TokenSpan(doc, *place, label=span.label, span_id=span.id))


def _align(span: Span, starts: list[int], ends: list[int], misaligned: str) -> tuple[int, int] | None:
    """Return the tokens of a span as (first, one past the last), or None if it has to be left out."""
    first = bisect_right(ends, span.start)  # the first token that ends after the span begins
    last = bisect_left(starts, span.end)  # one past the last token that begins before the span ends
    if first < last and starts[first] == span.start and ends[last - 1] == span.end:
        return first, last
    if misaligned == "skip":
        return None
    if misaligned == "contract":
        first = bisect_left(starts, span.start)
        last = bisect_right(ends, span.end)
    return (first, last) if first < last else None


def _outcome(place: tuple[int, int] | None, starts: list[int], ends: list[int], text: str, misaligned: str) -> str:
    if place is None:
        return "left out" if misaligned == "skip" else "left out, for no token lies within"
    start, end = starts[place[0]], ends[place[1] - 1]
    verb = "contracted" if misaligned == "contract" else "expanded"
    return f"{verb} to {start}–{end} {text[start:end]!r}"


def _entities(placed: _Placed, losses: list[Loss], key: str, annotator: str) -> list[Any]:
    """Return the longest spans that do not overlap, of two equally long ones the earlier; note the rest as losses."""
    order = sorted(range(len(placed.groups)), key=lambda at: (-len(placed.groups[at]), placed.groups[at].start))
    taken: set[int] = set()
    chosen: list[int] = []
    left: list[int] = []
    for at in order:
        tokens = range(placed.groups[at].start, placed.groups[at].end)
        # A span not longer than those chosen before it overlaps one of them only with its first or last token.
        if tokens[0] in taken or tokens[-1] in taken:
            left.append(at)
        else:
            taken.update(tokens)
            chosen.append(at)
    for at in sorted(left):
        span = placed.kept[at]
        why = (
            f'{span.label} {span.start}–{span.end} overlaps a longer or earlier span: in doc.spans["{SPANS_KEY}"] only'
        )
        losses.append(Loss(key, annotator, span.id, "not in doc.ents", why))
    return [placed.groups[at] for at in sorted(chosen)]


def _user_data(record: Record, layer: LayerRecord, kept: Sequence[Span]) -> dict[str, Any]:
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


def _packable(value: Any) -> Any:
    """Return a value with the whole numbers that MessagePack has no room for as text."""
    if isinstance(value, Mapping):
        return {name: _packable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_packable(part) for part in value]
    return str(value) if isinstance(value, int) and not -_PACKED <= value < _PACKED else value


def read(stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the documents of a DocBin; see `Reader`.

    Spans come from `doc.spans["sc"]`, else from `doc.ents`; what `annotator` wrote comes back with its own offsets.
    """
    try:
        import spacy
        from spacy.tokens import DocBin
    except ImportError:
        yield Bad(source.name, "reading a DocBin takes spaCy, which is not installed", _MODULE_HINT)
        return
    data, number = stream.read(), 0
    try:
        docs = DocBin(store_user_data=True).from_bytes(data)
        for number, doc in enumerate(docs.get_docs(spacy.blank("xx").vocab), 1):
            yield _incoming(doc, source, number)
    except Exception:  # noqa: BLE001 - what a damaged file makes spaCy raise is not written down anywhere
        if number:
            yield Bad(f"{source.name}:{number + 1}", "is damaged from this document on", "write the file again")
        else:
            yield Bad(source.name, "is not a spaCy DocBin", "write it with DocBin.to_disk")


class _SpanData(msgspec.Struct):
    """What `DocBinWriter` says about a span in `doc.user_data`."""

    id: str
    start: int
    end: int
    label: str
    attributes: dict[str, Any] = {}
    note: str = ""
    source: str = ""


class _Data(msgspec.Struct):
    """What `DocBinWriter` says about a document in `doc.user_data`."""

    key: str | int = ""
    title: str | None = None
    annotator: str = ""
    kind: str = "human"
    status: str = "open"
    schema: str = ""
    meta: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    note: str = ""
    spans: list[_SpanData] = []


def _incoming(doc: Doc, source: Source, number: int) -> Incoming | Bad:
    where = f"{source.name}:{number}"
    try:
        # Through JSON, because MessagePack knows more than the store keeps: bytes, tuples, keys that are numbers.
        plain = {name: doc.user_data[name] for name in _Data.__struct_fields__ if name in doc.user_data}
        data = msgspec.json.decode(msgspec.json.encode(plain), type=_Data)
    except (msgspec.DecodeError, TypeError, ValueError, RecursionError) as error:
        hint = "make it what `annotator export` writes, or take it out"
        return Bad(where, f"doc.user_data: {error}".replace("`", ""), hint)
    known = {about.id: about for about in data.spans}
    spans = []
    for at, found in enumerate(doc.spans.get(SPANS_KEY) or doc.ents, 1):
        span = Span(found.id_ or f"s{at}", found.start_char, found.end_char, found.label_)
        about = known.get(found.id_)
        if about is not None and about.label == span.label and span.overlaps(about.start, about.end):
            span = Span(about.id, about.start, about.end, about.label, about.attributes, about.note, about.source)
        spans.append(span)
    layer = None
    if spans or data.annotator:
        words = (data.kind, data.status, data.schema, data.attributes, data.note)
        layer = LayerRecord(data.annotator, *words, tuple(spans))  # type: ignore[arg-type]  # checked by the gate
    key = str(data.key) or source.key_of(number, doc.text)
    title = title_of(doc.text) if data.title is None else data.title
    return Incoming(Record(where, key, title, doc.text, data.meta, layer))


FORMAT: Final = Format(
    "docbin",
    "spaCy DocBin, for training; spans on whole tokens",
    (".spacy",),
    read=read,
    write=DocBinWriter,
    layers_only=True,
)
