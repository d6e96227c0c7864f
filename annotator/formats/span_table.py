"""Tables of spans: one span a row, with the words it covers.

Invariant: what is written comes back equal.  The rows of a layer stand one after the other and so do the layers of an
article; the article's text, title and meta are in its first row, and a layer without spans is one row without offsets.
A layer is read whole or, if one of its rows is wrong, refused with that row's line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, BinaryIO, Final

import msgspec

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Incoming, Loss, WriteOptions
from annotator.formats.cells import Row
from annotator.formats.losing import Losses
from annotator.formats.sources import Source

COLUMNS: Final = (
    "id", "title", "meta", "article", "annotator", "kind", "status", "schema", "layer_attributes", "layer_note",
    "span", "start", "end", "label", "text", "attributes", "note", "source",
)  # fmt: skip
"""What is written; `article` is the whole text and `text` the words of the span."""

_ARTICLE: Final = ("article", "article_text", "document")
_SURFACE: Final = ("surface", "words", "span_text")
_NUMBER: Final = re.compile("[0-9]{1,15}")
_HINT: Final = "a span has a start and an end, counted in code points from 0, and a label"


def is_span_table(names: Sequence[str]) -> bool:
    """Say whether these column names are those of a table of spans with the text that they lie in.

    Args:
        names: In any case.
    """
    folded = {name.casefold() for name in names}
    return {"start", "end", "label"} <= folded and not folded.isdisjoint({*_ARTICLE, "text"})


def span_records(rows: Iterable[Row | Bad], source: Source) -> Iterator[Incoming | Bad]:
    """Yield the layers of a table of spans.

    Args:
        rows: All its rows.
        source: Its name, and the key for articles that bring none.
    """
    article = _Article("", "", "", {})
    for key, group in groupby(_by_name(rows), key=_key):
        found = list(group)
        yield from (row for row in found if isinstance(row, Bad))
        cells = [row for row in found if isinstance(row, _Cells)]
        if not cells:
            continue
        try:
            if article.id != key[0] or not article.text or cells[0].text:
                article = _article(cells[0], key[0], source)
            yield _layer(cells, article)
        except InputError as error:
            bad = next((one for one in cells if one.wrong), cells[0])
            yield Bad(bad.where, error.message, error.hint)


class _Article(msgspec.Struct, frozen=True):
    id: str
    text: str
    title: str
    meta: dict[str, Any]
    key: str = ""


class _Columns:
    """What the columns of a table are for; found out once, since that takes longer than reading a row."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.folded = [name.casefold() for name in names]
        self.whole = next((name for name in _ARTICLE if name in self.folded), None)
        self.named = next((name for name in (("text",) if self.whole else _SURFACE) if name in self.folded), None)
        used = {*COLUMNS, self.whole, self.named}
        self.others = [(name, folded) for name, folded in zip(names, self.folded, strict=True) if folded not in used]


class _Cells:
    """One row by the names of its columns."""

    def __init__(self, row: Row, columns: _Columns) -> None:
        self.where = row.where
        self.line = row.line
        self.notes = row.notes
        self.wrong = False
        self._cells = dict(zip(columns.folded, row.cells, strict=True))
        self._others = columns.others
        self.text = self._cells[columns.whole] if columns.whole else self._cells.get("text", "")
        self.surface = self._cells[columns.named] or None if columns.named else None

    def get(self, name: str) -> str:
        """Return a cell, "" where there is no such column."""
        return self._cells.get(name, "")

    def values(self, name: str) -> dict[str, Any]:
        """Return the object that a cell holds as JSON."""
        if not self.get(name):
            return {}
        try:
            found = msgspec.json.decode(self.get(name))
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            found = error
        if not isinstance(found, dict):
            raise self.fault(f"{name} is not a JSON object", 'such as {"type": "army"}')
        return found

    def others(self) -> dict[str, str]:
        """Return the cells of columns that no table of spans has of itself."""
        return {name: cell for name, folded in self._others if (cell := self.get(folded))}

    def offset(self, name: str) -> int:
        """Return a cell that is an offset."""
        if not _NUMBER.fullmatch(self.get(name)):
            raise self.fault(f"{name} is {self.get(name)[:40]!r}, not a whole number", _HINT)
        return int(self.get(name))

    def fault(self, message: str, hint: str) -> InputError:
        """Return what to raise about this row."""
        self.wrong = True
        return InputError(message, hint=hint)


def _by_name(rows: Iterable[Row | Bad]) -> Iterator[_Cells | Bad]:
    columns = _Columns(())
    for row in rows:
        if isinstance(row, Bad):
            yield row
            continue
        if row.names != columns.names:
            columns = _Columns(row.names)
        yield _Cells(row, columns)


def _key(row: _Cells | Bad) -> tuple[str, str, bool]:
    """Return what the rows of one layer share: the article's id, else its text, and the annotator."""
    if isinstance(row, Bad):
        return "", "", True
    return row.get("id") or row.text, row.get("annotator"), False


def _article(cells: _Cells, id: str, source: Source) -> _Article:
    if not cells.text:
        raise cells.fault("the article has no text", "the first row of an article has its whole text")
    title = cells.get("title") or title_of(cells.text)
    key = cells.get("id") or source.key_of(cells.line, cells.text)
    return _Article(id, cells.text, title, cells.values("meta"), key)


def _layer(rows: Sequence[_Cells], article: _Article) -> Incoming:
    first = rows[0]
    spans: list[Span] = []
    surfaces: list[str | None] = []
    for row in rows:
        if row.get("start") or row.get("end") or row.get("label"):
            if not row.get("label"):
                raise row.fault("the span has no label", _HINT)
            ends = row.offset("start"), row.offset("end")
            values = {**row.others(), **row.values("attributes")}
            id = row.get("span") or f"s{len(spans) + 1}"
            spans.append(Span(id, *ends, row.get("label"), values, row.get("note"), row.get("source")))
            surfaces.append(row.surface)
    layer = None
    if spans or first.get("annotator") or first.get("status"):
        about = (first.get("kind") or "human", first.get("status") or "open", first.get("schema"))
        whole = (first.values("layer_attributes"), first.get("layer_note"), tuple(spans))
        layer = LayerRecord(first.get("annotator"), *about, *whole)  # type: ignore[arg-type]  # checked by the gate
    record = Record(first.where, article.key, article.title, article.text, article.meta, layer)
    return Incoming(record, surfaces, first.notes, loose=True)


class SpanTableWriter:
    """Writes one row for each span; see `Writer`.

    Args:
        file: Where to.
        _options: None of them matters.
        separator: What stands between cells.
    """

    def __init__(self, file: BinaryIO, _options: WriteOptions, *, separator: str = ",") -> None:
        self._file = file
        self._line = io.StringIO()
        self._rows = csv.writer(self._line, delimiter=separator, lineterminator="\r\n")
        self._rows.writerow(COLUMNS)
        self._last: str | None = None

    def write(self, record: Record) -> Sequence[Loss]:
        """Write the rows of one layer."""
        losses = Losses(record.key, record.layer.annotator if record.layer else "")
        if "\x00" in record.text:
            losses.whole("text with NUL", "no table holds the character U+0000; the article was left out", gone=True)
            return losses.found
        row: dict[str, Any] = {"id": record.key}
        if record.key != self._last:
            row |= {"title": _clean(record.title, losses), "meta": _json(record.meta), "article": record.text}
            self._last = record.key
        layer = record.layer
        if layer is not None:
            row |= {"annotator": layer.annotator, "kind": layer.kind, "status": layer.status, "schema": layer.schema}
            row |= {"layer_attributes": _json(layer.attributes), "layer_note": _clean(layer.note, losses)}
        for span in layer.spans if layer is not None else ():
            about = {"span": span.id, "start": span.start, "end": span.end, "label": span.label}
            words = {"text": span.surface(record.text), "attributes": _json(span.attributes)}
            more = {"note": _clean(span.note, losses), "source": _clean(span.source, losses)}
            self._write(row | about | words | more)
            row = {"id": record.key, "annotator": row["annotator"], "kind": row["kind"], "status": row["status"]}
        if layer is None or not layer.spans:
            self._write(row)
        self._file.write(self._line.getvalue().encode())
        self._line.seek(0)
        self._line.truncate()
        return losses.found

    def close(self) -> None:
        """Write the header if there was no row."""
        self._file.write(self._line.getvalue().encode())

    def _write(self, row: Mapping[str, Any]) -> None:
        self._rows.writerow([row.get(name, "") for name in COLUMNS])


def _json(values: Mapping[str, Any]) -> str:
    return msgspec.json.encode(dict(values)).decode() if values else ""


def _clean(words: str, losses: Losses) -> str:
    """Return words without NUL, which no table holds."""
    if "\x00" in words:
        losses.whole("character left out", "the character U+0000 in a title, note or source was left out")
    return words.replace("\x00", "")
