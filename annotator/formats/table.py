"""CSV and TSV: one article a row, with a header that names the text column.

Invariant: a row is an article or a `Bad`; every cell of it that is neither text, id nor title is in `meta`, under the
name in the header.  CRLF within a cell becomes LF, as in plain text, because a table brings no offsets.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from annotator.core.record import Bad, Record
from annotator.core.text import title_of, unify_newlines
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, ReadOptions
from annotator.formats.decoding import Encoding, encoding_of
from annotator.formats.sources import Source

TEXT_COLUMNS: Final = ("text", "body", "content", "article")
ID_COLUMNS: Final = ("id", "key")
TITLE_COLUMNS: Final = ("title", "headline")
FIELD_LIMIT: Final = 64 << 20  # characters; the module's own limit of 128 KB is less than a long article
_SHOWN: Final = 200  # code points of a header that a message quotes
_SEPARATORS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class _Columns:
    """What each column is for, by position."""

    names: tuple[str, ...]
    text: int
    id: int | None
    title: int | None


def read(
    stream: io.BufferedReader,
    source: Source,
    _options: ReadOptions = ReadOptions(),
    /,
    *,
    separator: str | None = None,
) -> Iterator[Incoming | Bad]:
    """Yield what each row holds; see `Reader`.

    Args:
        stream: The file's bytes.
        source: Its name and key.
        separator: What stands between cells; None to tell it from the header.
    """
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        head = stream.peek(1 << 20)
        encoding = encoding_of(head, whole=False)
        lines = io.TextIOWrapper(stream, encoding.name, newline="")
        try:
            yield from _rows(lines, source, encoding, separator or _separator(_first_line(head, encoding)) or ",")
        finally:
            lines.detach()
    except InputError as error:
        yield Bad(source.name, error.message, error.hint)
    finally:
        csv.field_size_limit(before)


def _rows(lines: io.TextIOWrapper, source: Source, encoding: Encoding, separator: str) -> Iterator[Incoming | Bad]:
    rows = csv.reader(lines, delimiter=separator, strict=True)
    columns: _Columns | None = None
    while True:
        number = rows.line_num + 1
        where = f"{source.name}:{number}"
        try:
            cells = next(rows)
            if columns is None and any(cells):
                columns = _columns(cells)
            elif columns is not None and any(cells):
                yield Incoming(_record(cells, columns, where, source, number), notes=encoding.notes)
        except StopIteration:
            if columns is None:
                yield Bad(source.name, "is empty: there is no header", f"name a column {' or '.join(TEXT_COLUMNS)}")
            return
        except csv.Error as error:
            yield Bad(where, f"broken row: {error}", "a cell with quotes, separators or line ends must be quoted")
        except UnicodeDecodeError as error:
            yield Bad(
                source.name, f"is not {encoding.name} after line {number - 1}: {error.reason}", "save it as UTF-8"
            )
            return
        except InputError as error:
            yield Bad(where, error.message, error.hint)
            if columns is None:
                return


def _columns(header: list[str]) -> _Columns:
    names = tuple(name.strip() or f"column {at}" for at, name in enumerate(header, 1))
    folded = [name.casefold() for name in names]
    double = next((name for name in folded if folded.count(name) > 1), None)
    if double is not None:
        what = f"the header names the column {_shortened(double)!r} twice"
        raise InputError(what, hint="give each column a name of its own")
    text = _first_of(TEXT_COLUMNS, folded)
    if text is None:
        raise InputError(
            f"no column holds the text; the header has {_shortened(', '.join(names))}",
            hint=f"name the column {' or '.join(TEXT_COLUMNS)}",
        )
    return _Columns(names, text, _first_of(ID_COLUMNS, folded), _first_of(TITLE_COLUMNS, folded))


def _first_of(wanted: tuple[str, ...], names: list[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _record(cells: list[str], columns: _Columns, where: str, source: Source, number: int) -> Record:
    if len(cells) != len(columns.names):
        raise InputError(
            f"the row has {len(cells)} cells, the header {len(columns.names)}",
            hint="a cell with separators or line ends must be quoted",
        )
    text = unify_newlines(cells[columns.text])
    key = cells[columns.id].strip() if columns.id is not None else ""
    title = " ".join(cells[columns.title].split()) if columns.title is not None else ""
    used = {columns.text, columns.id, columns.title}
    meta = {name: cell for at, (name, cell) in enumerate(zip(columns.names, cells, strict=True)) if at not in used}
    return Record(where, key or source.key_of(number, text), title or title_of(text), text, meta)


def _shortened(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def _first_line(head: bytes, encoding: Encoding) -> str:
    text = head.decode(encoding.name, errors="replace").lstrip()
    return text.splitlines()[0] if text else ""


def _separator(header: str) -> str | None:
    """Return the separator by which a header names a text column, or None if by none it does."""
    for separator in _SEPARATORS:
        if separator in header and _first_of(TEXT_COLUMNS, _names(header, separator)) is not None:
            return separator
    return None


def _names(header: str, separator: str) -> list[str]:
    try:
        return [name.strip().casefold() for name in next(csv.reader([header], delimiter=separator), [])]
    except csv.Error:
        return []


def _sniff(head: bytes, *, tabs: bool) -> int:
    try:
        separator = _separator(_first_line(head, encoding_of(head, whole=False)))
    except InputError:
        return 0
    return 50 if separator is not None and (separator == "\t") is tabs else 0


CSV: Final = Format(
    "csv",
    "a table with a text column, one article a row; separated by , ; | or tab",
    (".csv",),
    read=read,
    sniff=partial(_sniff, tabs=False),
)
TSV: Final = Format(
    "tsv",
    "a table with a text column, one article a row; separated by tabs",
    (".tsv", ".tab"),
    read=partial(read, separator="\t"),
    sniff=partial(_sniff, tabs=True),
)
