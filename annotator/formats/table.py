"""CSV and TSV: one article a row, or one span a row.

Invariant: a row is an article or a `Bad`; every cell of it that is neither text, id nor title is in `meta`, under the
name in the header.  CRLF within a cell becomes LF, as in plain text, because a table of articles brings no offsets.  A
table whose header names start, end and label is one of spans, see `span_table`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from annotator.core.record import Bad, Record
from annotator.core.text import title_of, unify_newlines
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, ReadOptions
from annotator.formats.cells import Row, rows, separator_of, shown
from annotator.formats.sources import Source
from annotator.formats.span_table import SpanTableWriter, is_span_table, span_records

TEXT_COLUMNS: Final = ("text", "body", "content", "article")
ID_COLUMNS: Final = ("id", "key")
TITLE_COLUMNS: Final = ("title", "headline")


def read(
    stream: io.BufferedReader,
    source: Source,
    _options: ReadOptions = ReadOptions(),
    /,
    *,
    separator: str | None = None,
) -> Iterator[Incoming | Bad]:
    """Yield what each row, or each layer of a table of spans, holds; see `Reader`.

    Args:
        stream: The file's bytes.
        source: Its name and key.
        separator: What stands between cells; None to tell it from the header.
    """
    with closing(rows(stream, source, separator=separator, check=_check)) as found:
        columns: _Columns | None = None
        for row in found:
            if isinstance(row, Bad):
                yield row
            elif is_span_table(row.names):
                yield from span_records(chain([row], found), source)
            else:
                columns = columns or _Columns.of(row.names)
                yield Incoming(_record(row, columns, source), notes=row.notes)


def _check(names: Sequence[str]) -> None:
    """Refuse a header, in lower case, that names no text."""
    if _first_of(TEXT_COLUMNS, names) is None and not is_span_table(names):
        raise InputError(
            f"no column holds the text; the header has {shown(', '.join(names))}",
            hint=f"name the column {' or '.join(TEXT_COLUMNS)}",
        )


def _first_of(wanted: tuple[str, ...], names: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What each column is for, by position."""

    text: int
    id: int | None
    title: int | None

    @classmethod
    def of(cls, names: Sequence[str]) -> _Columns:
        folded = [name.casefold() for name in names]
        text = _first_of(TEXT_COLUMNS, folded)
        assert text is not None  # the header was checked
        return cls(text, _first_of(ID_COLUMNS, folded), _first_of(TITLE_COLUMNS, folded))


def _record(row: Row, columns: _Columns, source: Source) -> Record:
    text = unify_newlines(row.cells[columns.text])
    key = row.cells[columns.id].strip() if columns.id is not None else ""
    title = " ".join(row.cells[columns.title].split()) if columns.title is not None else ""
    used = {columns.text, columns.id, columns.title}
    named = enumerate(zip(row.names, row.cells, strict=True))
    meta = {name: cell for at, (name, cell) in named if at not in used}
    return Record(row.where, key or source.key_of(row.line, text), title or title_of(text), text, meta)


def _sniff(head: bytes, *, tabs: bool) -> int:
    try:
        separator = separator_of(head, _check)
    except InputError:
        return 0
    return 50 if separator is not None and (separator == "\t") is tabs else 0


CSV: Final = Format(
    "csv",
    "a table: one article a row with a text column, or one span a row; separated by , ; | or tab",
    (".csv",),
    read=read,
    write=SpanTableWriter,
    sniff=partial(_sniff, tabs=False),
    stdout=True,
    single=False,
    any_encoding=True,
)
TSV: Final = Format(
    "tsv",
    "a table: one article a row with a text column, or one span a row; separated by tabs",
    (".tsv", ".tab"),
    read=partial(read, separator="\t"),
    write=partial(SpanTableWriter, separator="\t"),
    sniff=partial(_sniff, tabs=True),
    stdout=True,
    single=False,
    any_encoding=True,
)
