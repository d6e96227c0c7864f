"""SLATE (Kummerfeld 2019): a text, and beside it files of annotated items, `NAME.annotations`, by line and token.

Invariant: tokens are what blanks part on a line, as SLATE counts them, and the text is kept to the code point; an item
that is nowhere in the text comes back as a `Loss` with its line.

| item | stands for |
|---|---|
| (2, 1) | token 1 of line 2, counted from 0; with `--option scope=line` the lines from 2 to 1 |
| ((3, 5), (3, 8)) | tokens 5 to 8 of line 3, the last one included |
| (2, 1, 0), ((2, 1, 0), (2, 1, 3)) | characters of a token |
| 13 | line 13, from its first token to its last; 13 0 is a link from line 13 to line 0 |
| () | the whole text |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BufferedReader
from itertools import takewhile
from pathlib import Path
from typing import Final

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions
from annotator.formats.decoding import decode
from annotator.formats.recoding import in_utf8
from annotator.formats.sources import Source, split_name

SIZE_LIMIT: Final = 64 << 20  # bytes
LINK: Final = "link"
"""The link attribute from the first item of a line to the others."""

_BLOCK: Final = 1 << 20
_NUMBERED: Final = (".annotations", *(f".annotations{digit}" for digit in range(10)))
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_PLACE: Final = r"\(\s*(?:[0-9]{1,9}\s*,?\s*){0,3}\)"
_ITEM: Final = re.compile(rf"\(\s*{_PLACE}\s*,\s*{_PLACE}\s*\)|{_PLACE}|[0-9]{{1,9}}")
_ROW: Final = re.compile(rf"\[?\s*(?:{_ITEM.pattern})(?:[\s,]+(?:{_ITEM.pattern}))*\s*\]?")

Extent = tuple[int, int]
Place = tuple[int, ...]


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the one article of an annotation file with its layer; see `Reader`."""
    text_path = text_beside(source.path) if source.path is not None else None
    if text_path is None:
        yield Bad(source.name, "the text of a SLATE file must lie beside it", "NAME for NAME.annotations")
        return
    data = b"".join(takewhile(bool, (stream.read(_BLOCK) for _ in range(SIZE_LIMIT // _BLOCK + 1))))
    if len(data) > SIZE_LIMIT or text_path.stat().st_size > SIZE_LIMIT:
        yield Bad(source.name, f"is larger than {SIZE_LIMIT >> 20} MB", "split it into one file for each article")
        return
    try:
        text, encoding = decode(in_utf8(text_path.read_bytes(), options.encoding, name=str(text_path)))
        rows, more = decode(data)
    except InputError as error:
        yield Bad(source.name, error.message, error.hint)
        return
    assert source.path is not None
    above = source.key.split("/")[:-1]
    key = "/".join([*above, split_name(text_path.name)[0]])
    layer = _Layer(text, key, _annotator(source.path, text_path), options)
    for number, row in enumerate(rows.splitlines(), 1):
        if row.strip():
            layer.row(number, row.strip())
    record = Record(source.name, key, title_of(text), text, {}, layer.record())
    notes = (*encoding.notes, *more.notes)
    yield Incoming(record, [span.surface(text) for span in record.layer.spans] if record.layer else [], notes,
                   tuple(layer.lost), loose=True)  # fmt: skip


def text_beside(path: Path) -> Path | None:
    """Return the text of an annotation file: the longest part of its name that is a file, or None."""
    parts = path.name.removesuffix(".gz").split(".")[:-1]
    names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((beside for name in names if name and (beside := path.with_name(name)).is_file()), None)


def claims(path: Path) -> bool:
    """Say whether a file is the text of an annotation file beside it."""
    return bool(owners(path))


def owners(path: Path) -> tuple[Path, ...]:
    """Return the annotation files of which a file is the text."""
    return tuple(beside for end in _NUMBERED if (beside := path.with_name(path.name + end)).is_file())


def _annotator(path: Path, text: Path) -> str:
    """Return what the name says besides the text's: "ana" of NAME.ana.annotations, "2" of NAME.annotations2."""
    rest = path.name.removesuffix(".gz")[len(text.name) + 1 :]
    return rest.replace("annotations", "").strip(".").replace(".", "-")


class _Layer:
    """The items of a file, as spans."""

    def __init__(self, text: str, key: str, annotator: str, options: ReadOptions) -> None:
        self._text = text
        self._key = key
        self._annotator = annotator
        self._by_line = options.values.get("scope", "token") == "line"
        self._label = options.values.get("label") or "item"
        # The lines with their tokens; a text that ends with a line break has an empty line after it.
        found = [match for match in _LINE.finditer(text) if match[0] or match.start() == len(text)]
        self._lines = [[token.span() for token in re.compile(r"\S+").finditer(text, *line.span())] for line in found]
        self._spans: list[Span] = []
        self.lost: list[Loss] = []

    def record(self) -> LayerRecord:
        """Return the layer."""
        return LayerRecord(self._annotator, spans=tuple(self._spans))

    def row(self, number: int, row: str) -> None:
        """Take a line: its items, a hyphen, its labels."""
        left, _, right = row.partition("-")
        if not _ROW.fullmatch(left.strip()):
            self._lose("broken line", f"line {number}: no item, hyphen and labels: {row[:60]!r}")
            return
        extents: list[Extent] = []
        for item in _ITEM.findall(left):
            extent = self._extent(item)
            if extent is None:
                self._lose("item outside the text", f"line {number}: {item} is nowhere in the text; left out")
            else:
                extents.append(extent)
        labels = [label.removeprefix("label:") or label for label in right.split()] or [self._label]
        for label in labels:
            ids = [f"s{len(self._spans) + count}" for count in range(1, len(extents) + 1)]
            for id, extent in zip(ids, extents, strict=True):
                others = {LINK: ids[1:]} if id == ids[0] and ids[1:] else {}
                self._spans.append(Span(id, *extent, label, others))

    def _lose(self, what: str, why: str) -> None:
        self.lost.append(Loss(self._key, self._annotator, "", what, why, gone=True))

    def _extent(self, item: str) -> Extent | None:
        """Return where an item stands, or None if it stands nowhere."""
        if item[0] != "(":
            return self._between((int(item),), (int(item),))
        inner = re.findall(r"\(([^()]*)\)", item)
        places = [tuple(int(part) for part in re.findall("[0-9]+", one)) for one in inner]
        if len(places) == 1 and len(places[0]) == 2 and self._by_line:
            first, last = places[0]
            return self._between((first,), (last,))
        return self._between(places[0], places[-1])

    def _between(self, first: Place, last: Place) -> Extent | None:
        begin, end = self._place(first), self._place(last)
        return (begin[0], end[1]) if begin and end and begin[0] < end[1] else None

    def _place(self, place: Place) -> Extent | None:
        """Return where a document, a line, a token or a character begins and ends."""
        tokens = [token for line in self._lines for token in line] if not place else []
        if place and place[0] < len(self._lines):
            tokens = self._lines[place[0]]
        if len(place) > 1:
            tokens = tokens[place[1] : place[1] + 1]
        if not tokens:
            return None
        begin, end = tokens[0][0], tokens[-1][1]
        if len(place) < 3:
            return begin, end
        return (begin + place[2], begin + place[2] + 1) if begin + place[2] < end else None


FORMAT: Final = Format(
    "slate",
    "SLATE, annotations by line and token beside a text",
    _NUMBERED,
    read=read,
    claims=claims,
    owners=owners,
    options=(
        Option("scope", "reading: what (2, 1) is, a token of a line or lines", ("token", "line"), side="read"),
        Option("label", "reading: the label of items that have none; item if left out", side="read"),
    ),
    any_encoding=True,
)
