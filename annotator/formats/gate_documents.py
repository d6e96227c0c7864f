"""Documents of GATE: its XML with nodes in the text, and the JSON of gatenlp and GATE's bdoc plugin.

Invariant: the places of annotations follow from the nodes as they stand in the text, or from offsets in the unit that
the file names, never rounded; XML with a document type, and so with entities of its own, is refused unread.

Each annotation set is a layer of its own, whose annotator is the set's name, as GATE keeps annotators apart; the set
"Original markups" holds the tags of a web page and is left out unless it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Any, Final
from xml.parsers import expat

import msgspec

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions
from annotator.formats.sources import Source
from annotator.formats.units import Offsets

SIZE_LIMIT: Final = 256 << 20  # bytes of a document with its annotations
MARKUP: Final = "Original markups"
DEFAULT: Final = "default"
"""What `--option sets` calls the set without a name."""

_BLOCK: Final = 1 << 20
_NUMBERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "Integer": int, "Long": int, "Short": int, "Double": float, "Float": float, "Boolean": lambda word: word == "true",
}  # fmt: skip


@dataclass(slots=True)
class _Annotation:
    """An annotation; `where` tells it in a message, start and end are None where they are no places of the text."""

    where: str
    id: str
    type: str
    start: int | None
    end: int | None
    features: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Document:
    text: str = ""
    name: str = ""
    features: dict[str, Any] = field(default_factory=dict)
    sets: dict[str, list[_Annotation]] = field(default_factory=dict)


class _Broken(Exception):
    """What is wrong with a document, and what to do."""

    def __init__(self, where: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.where, self.message, self.hint = where, message, hint


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the one article of a GATE document, once for each annotation set; see `Reader`."""
    head = stream.peek(512).lstrip(b"\xef\xbb\xbf \t\r\n")
    try:
        document = _from_json(stream) if head.startswith(b"{") else _from_xml(stream)
    except _Broken as broken:
        where = f"{source.name}:{broken.where}" if broken.where else source.name
        yield Bad(where, broken.message, broken.hint)
        return
    yield from _layers(document, source, _wanted(options.values.get("sets", "")))


def _wanted(names: str) -> frozenset[str] | None:
    """Return the names of the sets that were asked for, None for all but the markup."""
    parts = [name.strip() for name in names.split(",") if name.strip()]
    return frozenset("" if name == DEFAULT else name for name in parts) or None


def _layers(document: _Document, source: Source, wanted: frozenset[str] | None) -> Iterator[Incoming]:
    text, key = document.text, source.key
    title = document.name or title_of(text)
    chosen = [name for name in document.sets if (name != MARKUP if wanted is None else name in wanted)]
    left = {name: len(found) for name, found in document.sets.items() if name not in chosen and found}
    why = "the set {!r} with {} annotations; --option sets=… takes it"
    losses = [Loss(key, "", "", "annotation set left out", why.format(name or DEFAULT, n)) for name, n in left.items()]
    names: list[str | None] = [*chosen] or [None]
    for name in names:
        layer = None
        if name is not None:
            spans = tuple(_spans(document.sets[name], key, name, losses))
            layer = LayerRecord(name, spans=spans)
        record = Record(source.name, key, title, text, document.features, layer)
        surfaces = [span.surface(text) for span in layer.spans] if layer is not None else []
        yield Incoming(record, surfaces, losses=tuple(losses), loose=True)
        losses = []


def _spans(found: Sequence[_Annotation], key: str, name: str, losses: list[Loss]) -> Iterator[Span]:
    for one in found:
        if one.start is None or one.end is None or one.start >= one.end:
            what = "span outside the text" if one.start is None or one.end is None else "empty annotation"
            losses.append(Loss(key, name, one.id, what, f"{one.where}: {one.type}; left out", gone=True))
            continue
        # An empty value says no more than that nothing was set.
        features = {feature: value for feature, value in one.features.items() if value not in ("", None, [])}
        yield Span(one.id, one.start, one.end, one.type, features)


class _JsonAnnotation(msgspec.Struct):
    type: str
    start: int
    end: int
    id: int
    features: dict[str, Any] = {}


class _JsonSet(msgspec.Struct):
    annotations: list[_JsonAnnotation]


class _JsonDocument(msgspec.Struct):
    text: str
    annotation_sets: dict[str, _JsonSet] = {}
    features: dict[str, Any] = {}
    offset_type: str = "p"
    name: str | None = None


def _from_json(stream: BufferedReader) -> _Document:
    data = stream.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise _Broken("", f"is larger than {SIZE_LIMIT >> 20} MB", "split it into one file for each document")
    hint = "save the document as bdocjs"
    try:
        found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_JsonDocument)
    except RecursionError as error:
        raise _Broken("", "is nested too deeply", hint) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _Broken("", f"is no document of GATE in JSON: {error}".replace("`", ""), hint) from error
    if found.offset_type not in ("p", "j"):
        raise _Broken("", f"offset_type {found.offset_type!r} is unknown", '"p" for code points, "j" for UTF-16 units')
    unit = Offsets(found.text, "utf16" if found.offset_type == "j" else "codepoints")
    sets = {
        name: [
            _Annotation(
                f"annotation {one.id} at {one.start}–{one.end}", str(one.id), one.type,
                unit.point(one.start), unit.point(one.end), one.features,
            )
            for one in annotations.annotations
        ]
        for name, annotations in found.annotation_sets.items()
    }  # fmt: skip
    return _Document(found.text, found.name or "", found.features, sets)


def _from_xml(stream: BufferedReader) -> _Document:
    reading = _Xml()
    size = 0
    try:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > SIZE_LIMIT:
                raise _Broken("", f"is larger than {SIZE_LIMIT >> 20} MB", "split it into one file for each document")
            reading.parser.Parse(block, False)
        reading.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _Broken(str(error.lineno), f"is no XML: {error}", "save the document from GATE again") from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not have
        raise _Broken("", f"cannot be read as XML: {error}", "save it as UTF-8") from error
    return reading.document()


class _Xml:
    """Takes the elements of a GATE document as they come."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self._document = _Document()
        self._text: list[str] = []
        self._length = 0
        self._nodes: dict[str, int] = {}
        self._rows: list[tuple[int, str, dict[str, str], dict[str, Any]]] = []  # line, set, what it says, features
        self._features = self._document.features
        self._set = ""
        self._words: list[str] | None = None  # of a name or value
        self._name = ""
        self._classes: dict[str, str] = {}
        self._in_text = self._root = False

    def _doctype(self, *_: Any) -> None:
        hint = "GATE writes none; save the document from GATE again"
        raise _Broken(str(self.parser.CurrentLineNumber), "has a document type, which could hold anything", hint)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._root and name != "GateDocument":
            raise _Broken(
                str(self.parser.CurrentLineNumber), f"is no GATE document: <{name[:40]}>", "is it another XML?"
            )
        self._root = True
        if name == "TextWithNodes":
            self._in_text = True
        elif name == "Node" and self._in_text:
            self._nodes[attributes.get("id", "")] = self._length
        elif name == "AnnotationSet":
            self._set = attributes.get("Name", "")
            self._document.sets.setdefault(self._set, [])
        elif name == "Annotation":
            self._features = {}
            self._rows.append((self.parser.CurrentLineNumber, self._set, attributes, self._features))
        elif name in ("Name", "Value"):
            self._words, self._classes = [], attributes

    def _end(self, name: str) -> None:
        if name == "TextWithNodes":
            self._in_text = False
        elif name == "Annotation":
            self._features = {}
        elif name in ("Name", "Value") and self._words is not None:
            words = "".join(self._words)
            self._words = None
            if name == "Name":
                self._name = words
            else:
                self._features[self._name] = _value(words, self._classes)

    def _characters(self, words: str) -> None:
        if self._words is not None:
            self._words.append(words)
        elif self._in_text:
            self._text.append(words)
            self._length += len(words)

    def document(self) -> _Document:
        """Return the document; nodes may stand after the annotations that name them."""
        document = self._document
        document.text = "".join(self._text)
        for line, name, says, features in self._rows:
            start, end = self._nodes.get(says.get("StartNode", "")), self._nodes.get(says.get("EndNode", ""))
            id, type = says.get("Id", ""), says.get("Type", "")
            found = _Annotation(f"line {line}", id, type, start, end, features)
            document.sets.setdefault(name, []).append(found)  # one outside of all sets is of the one without a name
        return document


def _value(words: str, classes: Mapping[str, str]) -> Any:
    """Return the value of a feature as the kind that its Java class is; a collection as a list."""
    kind = classes.get("className", "").rsplit(".", 1)[-1]
    if "itemClassName" in classes:
        return [item for item in words.split(";") if item]
    try:
        return _NUMBERS.get(kind, str)(words)
    except ValueError:
        return words


def _sniff(head: bytes) -> int:
    if b"<GateDocument" in head[:4096]:
        return 95
    return 95 if b'"annotation_sets"' in head and b'"offset_type"' in head else 0


FORMAT: Final = Format(
    "gate",
    "GATE: XML, and bdoc JSON",
    (".bdocjs", ".xml"),
    read=read,
    sniff=_sniff,
    options=(
        Option(
            "sets", "reading: which annotation sets, by name, default for the one without; all but markup", side="read"
        ),
    ),
    single=False,
)
