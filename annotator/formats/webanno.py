"""WebAnno TSV 3, as INCEpTION exports it: a file for each document and annotator.

Invariant: every token of the file stands in the text at its offsets, which count UTF-16 units and are converted
exactly, or the file is refused by line; whatever a layer holds is a span, a link or a loss.

Key and annotator come from the path: `DOCUMENT.txt/ANNOTATOR.tsv`, as in INCEpTION's folders `annotation` and
`curation`; any other file is an article of its own name, whose annotator the file does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import PurePosixPath
from typing import Final

from annotator.core.layer import Kind
from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.text import title_of
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions
from annotator.formats.safe_names import plain
from annotator.formats.sources import Source
from annotator.formats.units import Offsets
from annotator.formats.webanno_cells import NONE, Header, unescape_text
from annotator.formats.webanno_layers import Row, Spans
from annotator.formats.webanno_write import CURATOR, INITIAL, LAYER, WebAnnoWriter

SIZE_LIMIT: Final = 256 << 20  # bytes of a document with its annotations
_FORMAT: Final = re.compile(r"#FORMAT=WebAnno TSV 3\.[0-9]+\s*")
_LINE: Final = re.compile(
    r"^(?:([0-9]+-[0-9]+(?:\.[0-9]+)?)\t([0-9]{1,12})-([0-9]{1,12})\t([^\t\n]*)(.*)|(.*))$", re.MULTILINE
)
"""A token's number, its offsets, words and cells, or else the whole line; matches every line once."""
_LAYER: Final = re.compile(r"#T_(SP|RL|CH)=(.+)")
_BEYOND: Final = re.compile("[\U00010000-\U0010ffff]")  # characters of two UTF-16 units
DOCUMENT: Final = (".txt", ".html", ".htm", ".xml", ".xmi", ".pdf", ".tsv", ".conll", ".json", ".jsonl")
_FOLDERS: Final = ("annotation", "curation", "annotation_ser", "curation_ser")


class _Broken(Exception):
    """What is wrong, and at which line."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


_Line = tuple[str, str, str, str, str, str]
"""What `_LINE` finds: a token's number, where it begins and ends, its words, its cells; or another line."""


@dataclass(slots=True)
class _Sentence:
    texts: list[str]
    line: int = 0  # of the first token, 0 as long as there is none
    begin: int = 0  # where that begins


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the one article of a WebAnno TSV file with its layer; see `Reader`."""
    data = stream.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        yield Bad(source.name, f"is larger than {SIZE_LIMIT >> 20} MB", "split it into one file for each document")
        return
    try:
        content = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        yield Bad(source.name, f"is not UTF-8: byte {error.start} does not fit", "WebAnno TSV is always UTF-8")
        return
    if not _FORMAT.fullmatch(content.partition("\n")[0]):
        yield Bad(source.name, "is no WebAnno TSV 3: it does not begin with its #FORMAT", "export it as TSV 3.3")
        return
    try:
        lines = _lines(content)
        header, sentences, rows = _parsed(lines)
        text, unit = _text(sentences, lines)
    except _Broken as broken:
        yield Bad(f"{source.name}:{broken.line}", broken.message, "export it from INCEpTION again")
        return
    yield _incoming(source, options, header, rows, text, unit)


def _incoming(
    source: Source, options: ReadOptions, header: Header, rows: Sequence[Row], text: str, unit: Offsets
) -> Incoming:
    key, annotator, kind = _owner(source)
    wanted = {name.strip() for name in options.values.get("layers", "").split(",") if name.strip()}
    found = Spans(header, rows, unit, wanted)
    spans = tuple(found.spans())
    losses = tuple(Loss(key, annotator, id, what, why, gone) for id, what, why, gone in found.lost)
    record = Record(source.name, key, title_of(text), text, {}, LayerRecord(annotator, kind, spans=spans))
    notes = ("the offsets count code points, as its tokens show",) if not unit.name and max(text) > "\uffff" else ()
    return Incoming(record, [span.surface(text) for span in spans], notes, losses, loose=True)


def _owner(source: Source) -> tuple[str, str, Kind]:
    """Return the article's key, the annotator and the kind that a path tells."""
    path = PurePosixPath(source.key)
    folder = source.path.absolute().parent if source.path is not None else None
    if folder is None or not (folder.name.lower().endswith(DOCUMENT) or folder.parent.name in _FOLDERS):
        return source.key, "", "human"
    above = [part for part in path.parts[:-2] if part not in _FOLDERS]
    name = folder.name[: -len(folder.suffix)] if folder.suffix.lower() in DOCUMENT else folder.name
    who = plain(path.name)
    key = "/".join([*above, plain(name)])
    return key, "" if who == INITIAL else who, "gold" if who == CURATOR else "human"


def _lines(content: str) -> list[_Line]:
    """Return all lines in their parts, found at once: a match for each line took twice as long."""
    return _LINE.findall(content.replace("\r\n", "\n").removesuffix("\r"))


def _parsed(lines: Sequence[_Line]) -> tuple[Header, list[_Sentence], list[Row]]:
    """Return the layers, the sentences, and the tokens with anything in the cells of layers; most have nothing."""
    header = Header()
    sentences: list[_Sentence] = []
    rows: list[Row] = []
    nothing = "\t"
    waiting = True  # for the first token of a sentence
    for number, (id, begin, end, words, rest, other) in enumerate(lines, 1):
        if id:
            if waiting:
                if not sentences:
                    raise _no_token(number, f"{id}\t{begin}-{end}\t{words}{rest}")
                sentences[-1].line, sentences[-1].begin, waiting = number, int(begin), False
            if rest != nothing:
                rows += _row(header, number, lines[number - 1])
        elif other.startswith("#Text="):
            if not waiting or not sentences:
                sentences.append(_Sentence([]))
                waiting = True
            sentences[-1].texts.append(unescape_text(other.removeprefix("#Text=")))
        elif match := _LAYER.fullmatch(other):
            if any(sentence.line for sentence in sentences):
                raise _Broken(number, "names a layer below the first token, which has no columns for it")
            header.add(match[1], match[2].split("|"))
            nothing = "\t" + f"{NONE}\t" * header.width
        elif other and other[0] != "#":
            raise _no_token(number, other)
    return header, [sentence for sentence in sentences if sentence.line], rows


def _row(header: Header, number: int, line: _Line) -> Iterator[Row]:
    """Yield a token if there is anything in the cells of its layers."""
    id, begin, end, words, rest, _ = line
    cells = rest.split("\t")[1:]
    if len(cells) < header.width:
        raise _Broken(number, f"has {len(cells)} of {header.width} columns")
    if cells[: header.width] != [NONE] * header.width:
        yield Row(number, id, int(begin), int(end), words, cells)


def _no_token(number: int, line: str) -> _Broken:
    return _Broken(number, f"is no token with its offsets in a sentence: {line[:60]!r}")


def _text(sentences: Sequence[_Sentence], lines: Sequence[_Line]) -> tuple[str, Offsets]:
    """Return the text and the unit of its offsets: UTF-16 units, or code points where only they fit.

    What stands between two sentences is not in the file: as in INCEpTION it is a line break, nothing if there is no
    room for one, and blanks where there is more.
    """
    first: _Broken | None = None
    for wide in (True, False):
        try:
            text = _joined(sentences, wide=wide)
            unit = Offsets(text, "utf16" if wide else "codepoints")
            _check(lines, text, unit)
        except _Broken as broken:
            first = first or broken
        else:
            return text, unit
    assert first is not None
    raise first


def _check(lines: Iterable[_Line], text: str, unit: Offsets) -> None:
    """Refuse a token that is not in the text where it says."""
    # No words hold a lone surrogate, so what is equal in units is equal in code points; `Offsets` takes three times as
    # long.
    units = _BEYOND.sub("\ud800\ud800", text) if unit.differs else text
    length = len(units)
    for number, (id, first, last, words, _, _) in enumerate(lines, 1):
        if not id:
            continue
        begin, end = int(first), int(last)
        if begin >= end or (units[begin:end] == words and end <= length):
            continue
        extent = unit.extent(begin, end)
        there = text[extent[0] : extent[1]] if extent is not None else None
        if there is None or there not in (words, unescape_text(words)):
            raise _Broken(number, f"the text at {begin}–{end} is {(there or '')[:40]!r}, not {words[:40]!r}")


def _joined(sentences: Sequence[_Sentence], *, wide: bool) -> str:
    parts: list[str] = []
    length = 0
    for sentence in sentences:
        line, begin = sentence.line, sentence.begin
        if length == begin + 1 and parts:
            parts[-1] = parts[-1][:-1]
        elif length > begin:
            raise _Broken(line, f"the sentence begins at {begin}, but the one before ends at {length - 1}")
        elif begin - length > SIZE_LIMIT:
            raise _Broken(line, f"the sentence begins at {begin}, far from the one before")
        parts.append(" " * (begin - length))
        words = "\n".join(sentence.texts) + "\n"
        parts.append(words)
        length = begin + (len(words.encode("utf-16-le")) // 2 if wide else len(words))
    return "".join(parts).removesuffix("\n")


def _sniff(head: bytes) -> int:
    return 95 if head.removeprefix(b"\xef\xbb\xbf").startswith(b"#FORMAT=WebAnno TSV") else 0


FORMAT: Final = Format(
    "webanno",
    "WebAnno TSV 3.3 of INCEpTION: a folder for each article, a file for each annotator",
    (".tsv",),
    read=read,
    write_folder=WebAnnoWriter,
    sniff=_sniff,
    layers_only=True,
    options=(
        Option(
            "layers",
            "reading: which layers, by name; all but parts of speech, lemmas and syntax if left out",
            side="read",
        ),
        Option("layer", f"writing: the layer of the spans; {LAYER} if left out", side="write"),
        Option("tokenizer", "writing: spaCy's, or a plain rule", ("auto", "spacy", "plain"), side="write"),
    ),
    single=False,
)
