"""brat standoff: a text, and beside it an `.ann` file in the folder of its annotator.

Invariant: a span is read only if its words stand in the text at its offsets; every line that cannot be read or placed
comes back as a `Loss` with its number.  The text is kept to the code point, whatever the offsets counted.

| line | becomes |
|---|---|
| T | a span; further pieces by `ReadOptions.fragments`; pieces with nothing but line breaks between them are one |
| E | its arguments are link attributes of the trigger, whose source becomes "brat E1:T3"; a further event on the same
|   | trigger is a span of its own at the same place |
| R, * | a link attribute of the first argument; a * line of another name than `EQUAL` is told |
| A, M | an attribute: true where it has no value |
| N | an attribute "database:id", and "…_text" with the words after it |
| # | a note on the span, with its type in front unless that is AnnotatorNotes |
"""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from io import BufferedReader
from itertools import islice, takewhile
from pathlib import Path
from typing import Final

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import FRAGMENT_LINK, Format, Incoming, Loss, ReadOptions
from annotator.formats.brat_conf import annotation_conf
from annotator.formats.brat_lines import BREAKS, Draft, Drafts, Lines, TextBound
from annotator.formats.brat_write import BratWriter
from annotator.formats.decoding import decode
from annotator.formats.quick_spans import Made, spans_of
from annotator.formats.recoding import in_utf8
from annotator.formats.safe_names import plain
from annotator.formats.sources import ABREAST, Source, split_name
from annotator.formats.units import Offsets, likely

SIZE_LIMIT: Final = 64 << 20  # bytes; far beyond any article and its labels
_BLOCK: Final = 1 << 20
_BLANKS: Final = re.compile(r"\s+")


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield the one article of an `.ann` file with its layer; see `Reader`."""
    if source.path is None:
        yield Bad(source.name, "the text of a brat file lies beside it", "name the file or its folder")
        return
    beside = text_beside(source.path)
    if beside is None:
        name = split_name(source.path.name)[0]
        yield Bad(source.name, f"there is no text beside it: {name}.txt", "put the text where brat had it")
        return
    data = b"".join(takewhile(bool, (stream.read(_BLOCK) for _ in range(SIZE_LIMIT // _BLOCK + 1))))
    if len(data) > SIZE_LIMIT or beside.stat().st_size > SIZE_LIMIT:
        yield Bad(source.name, f"is larger than {SIZE_LIMIT >> 20} MB", "split it into one file for each article")
        return
    try:
        raw = beside.read_bytes()
        words = in_utf8(raw, options.encoding, name=str(beside))
        text, notes = _decoded(words)
        lines, more = _decoded(data)
    except InputError as error:
        yield Bad(source.name, error.message, error.hint)
        return
    marked = words.startswith(BOM_UTF8)
    yield _Article(source, source.path, text, raw, options, marked=marked).incoming(Lines(lines), (*notes, *more))


def text_beside(ann: Path) -> Path | None:
    """Return the text that an `.ann` file is about, or None if it is not there."""
    text = ann.with_name(split_name(ann.name)[0] + ".txt")
    return text if text.is_file() else None


def claims(path: Path) -> bool:
    """Say whether a file is the text of an `.ann` file beside it."""
    return bool(owners(path))


def owners(path: Path) -> tuple[Path, ...]:
    """Return the `.ann` file of which a file is the text; none if it is not there."""
    stem, suffix = split_name(path.name)
    beside = (path.with_name(stem + end) for end in (".ann", ".ann.gz") if suffix == ".txt")
    return tuple(islice((one for one in beside if one.is_file()), 1))


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    # brat's files are UTF-8, whatever characters are in them; only what is not goes through guessing.
    try:
        return data.removeprefix(BOM_UTF8).decode("utf-8"), ()
    except UnicodeDecodeError:
        text, encoding = decode(data)
        return text, encoding.notes


class _Article:
    """One article on its way from its two files; `raw` are the bytes of the text."""

    def __init__(
        self, source: Source, path: Path, text: str, raw: bytes, options: ReadOptions, *, marked: bool
    ) -> None:
        self._source = source
        self._raw = raw
        self._text = text
        self._marked = marked
        self._options = options
        self._folder = path.absolute().parent
        self._stem = split_name(path.name)[0]
        self._annotator = plain(self._folder.name)
        self._key = self._key_of()
        self._losses: list[Loss] = []

    def _key_of(self) -> str:
        """Return the file's name, under the folders above its annotator's if those were named.

        The annotator's folder is a part of it where another folder holds another text of this name: then the folders
        are parts of a corpus.
        """
        above = self._source.key.split("/")[:-2]
        own = [plain(self._folder.name)] if self._differs() else []
        return "/".join([*above, *own, plain(self._stem)])

    def _differs(self) -> bool:
        name = f"{self._stem}.txt"
        try:
            with os.scandir(self._folder.parent) as entries:
                folders = list(islice((entry.name for entry in entries if entry.is_dir()), ABREAST + 1))
            if len(folders) > ABREAST:
                return True  # they are folders of articles
            others = (self._folder.parent / folder / name for folder in folders if folder != self._folder.name)
            return any(other.is_file() and other.read_bytes() != self._raw for other in others)
        except OSError:
            return False

    def incoming(self, lines: Lines, notes: tuple[str, ...]) -> Incoming | Bad:
        """Return the article with what its lines say."""
        unit = self._unit(lines)
        if unit is None:
            n = len(lines.bounds)
            return Bad(self._source.name, f"none of its {n} spans fits the text beside it", "is it of another text?")
        if unit.name:
            notes = (*notes, f"the offsets count {unit.name}, as the words of the spans show; they were converted")
        for number, why, gone in lines.faults:
            self._lost("", "broken line", f"line {number}: {why}", gone=gone)
        for number, why in lines.joined:
            self._lost("", "equivalence", f"line {number}: {why}")
        drafts = Drafts()
        for bound in lines.bounds.values():
            pieces = self._simple(bound, unit) or self._placed(bound, unit)
            if pieces:
                drafts.add(Draft(bound.id, plain(bound.label), pieces))
        left_out = [loss.why for loss in self._losses if loss.gone]
        if left_out and not any(True for _ in drafts.all):
            why = f"none of its {len(left_out):,} spans can be read; {left_out[0]}"
            return Bad(self._source.name, why, "mend its lines")
        drafts.fill(lines)
        for id, what, why in drafts.lost:
            self._lost(id, what, why)
        spans = spans_of([made for draft in drafts.all for made in self._made(draft, drafts)])
        layer = LayerRecord(self._annotator, note="\n".join(drafts.notes), spans=spans)
        text = self._text
        record = Record(self._source.name, self._key, title_of(text), text, {}, layer)
        return Incoming(record, [span.surface(text) for span in spans], notes, tuple(self._losses), loose=True)

    def _unit(self, lines: Lines) -> Offsets | None:
        """Return the unit in which most of the spans fit the text, None if not one does in any."""
        shown = [bound for bound in lines.bounds.values() if bound.words is not None]
        units = likely(self._text, marked=self._marked)
        if not shown:
            return next(units)
        best, most = None, 0
        for unit in units:
            fitting = sum(self._fits(bound, unit) for bound in shown)
            if fitting > most:
                best, most = unit, fitting
            if most == len(shown):
                break
        return best

    def _simple(self, bound: TextBound, unit: Offsets) -> list[tuple[int, int]]:
        """Return the piece of a span of one with just the words of the text, as nearly all are; none for others."""
        if len(bound.pieces) > 1:
            return []
        piece = unit.extent(*bound.pieces[0])
        return [piece] if piece is not None and self._text[piece[0] : piece[1]] == bound.words else []

    def _fits(self, bound: TextBound, unit: Offsets) -> bool:
        if self._simple(bound, unit):  # a third of the time of a file (measured)
            return True
        pieces = [unit.extent(start, end) for start, end in bound.pieces]
        if bound.words is None or not all(pieces):
            return bound.words is None
        words = [self._text[piece[0] : piece[1]] for piece in pieces if piece]
        # brat 1.2 and older did not put a blank between the pieces.
        return any(_BLANKS.sub(" ", sep.join(words)) == _BLANKS.sub(" ", bound.words) for sep in (" ", ""))

    def _placed(self, bound: TextBound, unit: Offsets) -> list[tuple[int, int]]:
        """Return the pieces of a span, none if it does not fit the text."""
        pieces = [piece for start, end in bound.pieces if (piece := unit.extent(start, end))]
        where = f"line {bound.line}: {bound.label} {';'.join(f'{start}–{end}' for start, end in bound.pieces)}"
        if len(pieces) < len(bound.pieces):
            self._lost(bound.id, "span outside the text", f"{where} is no stretch of the text; left out", gone=True)
            return []
        if not self._fits(bound, unit):
            there = " ".join(self._text[start:end] for start, end in pieces)
            why = f"{where}: the text there is {there[:60]!r}, not {(bound.words or '')[:60]!r}; left out"
            self._lost(bound.id, "words differ from the text", why, gone=True)
            return []
        whole = pieces[:1]
        for start, end in pieces[1:]:
            before, last = whole[-1]
            if start > last and not self._text[last:start].strip(BREAKS):
                whole[-1] = (before, end)
            else:
                whole.append((start, end))
        if len(whole) > 1:
            done = "covered" if self._options.fragments == "cover" else f"linked by {FRAGMENT_LINK!r}"
            self._lost(bound.id, "discontinuous span", f"{where}: {len(whole)} pieces, {done}")
        return whole

    def _made(self, draft: Draft, drafts: Drafts) -> Iterator[Made]:
        pieces = draft.pieces
        if self._options.fragments == "cover":
            pieces = [(min(start for start, _ in pieces), max(end for _, end in pieces))]
        id = draft.id
        yield Made(id, *pieces[0], draft.label, draft.values(), "\n".join(draft.notes), draft.source)
        for start, end in pieces[1:]:
            before, id = id, drafts.new_id(draft.id)
            yield Made(id, start, end, draft.label, {FRAGMENT_LINK: before})

    def _lost(self, id: str, what: str, why: str, *, gone: bool = False) -> None:
        self._losses.append(Loss(self._key, self._annotator, id, what, why, gone))


def _config(schema: Schema) -> tuple[str, str]:
    return "annotation.conf", annotation_conf(schema)


FORMAT: Final = Format(
    "brat",
    "brat standoff: .ann and .txt, a folder for each annotator",
    (".ann",),
    read=read,
    write_folder=BratWriter,
    layers_only=True,
    claims=claims,
    owners=owners,
    config=_config,
    single=False,
    any_encoding=True,
)
