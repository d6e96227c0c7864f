"""The rows of CSV and TSV files, whatever they mean.

Invariant: a row has as many cells as the header names columns, or it is a `Bad` with the line on which it begins; the
header is checked once, and a file whose header is wrong is one `Bad`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final, NamedTuple

from annotator.core.counting import count
from annotator.core.record import Bad
from annotator.errors import InputError
from annotator.formats.decoding import Encoding, encoding_of, lines_of
from annotator.formats.sources import Source

FIELD_LIMIT: Final = 64 << 20  # characters; the module's own limit of 128 KB is less than a long article
SEPARATORS: Final = (",", ";", "\t", "|")
_SHOWN: Final = 200  # code points of a header that a message quotes


class Row(NamedTuple):
    """One row that is not the header.

    Args:
        line: The line on which it begins, from 1.
        where: File and line, for messages.
        names: The columns' names, as the header has them.
        cells: As many cells.
        notes: What a person should know about how the file was read.
    """

    line: int
    where: str
    names: tuple[str, ...]
    cells: list[str]
    notes: tuple[str, ...]


def rows(
    stream: io.BufferedReader, source: Source, *, separator: str | None, check: Callable[[Sequence[str]], None]
) -> Generator[Row | Bad, None, None]:
    """Yield every row that is not blank; to be closed if it is left early, because the file is not its own.

    Args:
        stream: The file's bytes, at the beginning.
        source: Its name, for messages.
        separator: What stands between cells; None to tell it from the header.
        check: Raises `InputError` if these column names, in lower case, are not those of such a table.
    """
    before = csv.field_size_limit()
    csv.field_size_limit(FIELD_LIMIT)
    try:
        head = stream.peek(1 << 20)
        encoding = encoding_of(head, whole=False)
        lines = io.TextIOWrapper(stream, encoding.name, newline="")
        try:
            found = separator or separator_of(head, check) or ","
            yield from _rows(lines, source, encoding, found, check)
        finally:
            lines.detach()
    except InputError as error:
        yield Bad(source.name, error.message, error.hint)
    finally:
        csv.field_size_limit(before)


def separator_of(head: bytes, check: Callable[[Sequence[str]], None]) -> str | None:
    """Return the separator by which a file's first line passes the check, or None if by none it does.

    Raises:
        InputError: If the bytes are not text.
    """
    text = head.decode(encoding_of(head, whole=False).name, errors="replace").lstrip()
    header = text.splitlines()[0] if text else ""
    for separator in SEPARATORS:
        if separator in header:
            try:
                check([name.strip().casefold() for name in next(csv.reader([header], delimiter=separator), [])])
            except (csv.Error, InputError):
                continue
            return separator
    return None


def _rows(
    lines: io.TextIOWrapper,
    source: Source,
    encoding: Encoding,
    separator: str,
    check: Callable[[Sequence[str]], None],
) -> Iterator[Row | Bad]:
    found = csv.reader(lines_of(lines), delimiter=separator, strict=True)
    names: tuple[str, ...] | None = None
    while True:
        number = found.line_num + 1
        where = f"{source.name}:{number}"
        try:
            cells = next(found)
            if names is None and any(cells):
                names = _names(cells)
                check([name.casefold() for name in names])
            elif names is not None and any(cells):
                yield _row(number, where, names, cells, encoding.notes)
        except StopIteration:
            if names is None:
                yield Bad(source.name, "is empty: there is no header", "name a column text or body")
            return
        except csv.Error as error:
            yield Bad(where, f"broken row: {error}", "a cell with quotes, separators or line ends must be quoted")
        except UnicodeDecodeError as error:
            message = f"is not {encoding.name} after line {number - 1}: {error.reason}"
            yield Bad(source.name, message, "save it as UTF-8")
            return
        except InputError as error:  # of the header
            yield Bad(where, error.message, error.hint)
            return


def _row(number: int, where: str, names: tuple[str, ...], cells: list[str], notes: tuple[str, ...]) -> Row | Bad:
    if len(cells) != len(names):
        message = f"the row has {count(len(cells), 'cell')}, the header {len(names)}"
        return Bad(where, message, "a cell with separators or line ends must be quoted")
    return Row(number, where, names, cells, notes)


def _names(header: list[str]) -> tuple[str, ...]:
    names = tuple(name.strip() or f"column {at}" for at, name in enumerate(header, 1))
    folded = [name.casefold() for name in names]
    double = next((name for name in folded if folded.count(name) > 1), None)
    if double is not None:
        what = f"the header names the column {shown(double)!r} twice"
        raise InputError(what, hint="give each column a name of its own")
    return names


def shown(words: str) -> str:
    """Return what a message quotes of a header."""
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
