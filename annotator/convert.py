"""From file to file, without a database.

Invariant: what goes in is checked as for a load, but for labels, which may be any unless there is a schema; records go
through one by one, and what is kept of each is a digest, so that an id names one text.  What was there before stays if
an input is missing or nothing in any of them could be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from annotator.core.counting import count, named
from annotator.core.layer import Kind
from annotator.core.record import Bad, Record
from annotator.core.schema import Schema
from annotator.errors import InputError
from annotator.formats.base import Loss, ReadOptions, WriteOptions
from annotator.formats.digests import Digests, digest
from annotator.formats.gate import Gate
from annotator.formats.mapping import Mapper, Names
from annotator.formats.naming import missing
from annotator.intake import LoadReport, Reading
from annotator.sink import ExportReport, Sink, check_apart, paths_for, writable


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person can ask of a conversion.

    Args:
        source: The format of what is read; None to tell it from names and contents.
        target: The format to write; None to tell it from the name.
        schema: What labels and attributes must fit; None for anything.
        names: What labels and attributes are called in the result.
        drop: Leave out what the schema does not have.
        annotator: Whose every layer is to be, whatever the file says.
        kind: Of which kind, whatever the file says.
        reading: What the readers are to do.
        writing: What the writer is to do.
        strict: Write nothing if a record is bad or anything would be lost.
        private: Let only the owner read what is written.
    """

    source: str | None = None
    target: str | None = None
    schema: Schema | None = None
    names: Names | None = None
    drop: bool = False
    annotator: str | None = None
    kind: Kind | None = None
    reading: ReadOptions | None = None
    writing: WriteOptions | None = None
    strict: bool = False
    private: bool = False


class _NothingReadError(Exception):
    """Nothing that was read is good, so nothing is to be written."""


def convert(
    paths: Sequence[str],
    out: str,
    settings: Settings,
    *,
    stdin: BinaryIO | None = None,
    stdout: BinaryIO | None = None,
    progress: Callable[[int], None] | None = None,
    on_loss: Callable[[Loss], None] | None = None,
    also: Sequence[Path] = (),
) -> tuple[LoadReport, ExportReport]:
    """Read files and write what they hold in another format.

    Layers of one article become one piece of the result where they come one after the other.

    Args:
        paths: Files, folders, glob patterns, "-" for `stdin`.
        out: A file, a folder in a format that fills one, or "-" for `stdout`.
        settings: How.
        stdin: What "-" reads.
        stdout: What "-" writes to.
        progress: Told how many more bytes were read, as they are.
        on_loss: Told each thing that could not be read or written.
        also: Other files that the caller is about to write.

    Returns:
        What was read, with what is wrong with it, and what was written: no file if an input is missing, or if there
        were records and every one is bad.

    Raises:
        UsageError: If the call makes no sense.
        InputError: If the result cannot be written, or under `strict` if anything is bad or lost.
    """
    report = LoadReport()
    reading = Reading(paths, report, format=settings.source, options=settings.reading, stdin=stdin, progress=progress)
    mapper = Mapper(settings.schema, settings.names, drop=settings.drop)
    report.unmapped, report.unknown = mapper.unmapped, mapper.unknown
    gate = Gate(settings.schema, annotator=settings.annotator, kind=settings.kind, named=True)
    target = writable(settings.target, out)
    places = paths_for(out, target, split=False)
    check_apart(None, [*(path for path in places if path is not None), *also])
    writing = replace(settings.writing or WriteOptions(), schema=settings.schema)
    for bad in missing(paths):
        report.records += 1
        report.fault(bad)
    if report.bad:
        _refuse_if_strict(settings, report)
        return report, ExportReport(target.name, [], single=target.single)
    try:
        with Sink(target, places, options=writing, stdout=stdout, on_loss=on_loss, private=settings.private) as sink:
            for record in _of_one_text(reading.admitted(mapper, gate, on_loss), report):
                if record.layer is not None or not target.layers_only:
                    sink.write(record)
                else:
                    sink.report.unread += 1
            _refuse_if_strict(settings, report)
            if report.bad and report.bad == report.records and places != [None]:
                raise _NothingReadError
            return report, sink.finish(strict=settings.strict)
    except _NothingReadError:
        return report, ExportReport(target.name, [], single=target.single)


def _of_one_text(records: Iterable[Record], report: LoadReport) -> Iterator[Record]:
    """Yield the records whose id is no other text's, for a writer may put all of one id under the first one's text."""
    texts, last = Digests(), ("", "")
    for record in records:
        # The layers of an article come one after the other; texts are compared because that is faster than a digest.
        if (record.key, record.text) != last and texts.setdefault(record.key, own := digest(record.text)) != own:
            hint = "an id names one text; give the other another id"
            report.fault(Bad(record.where, f"id {record.key!r} already belongs to another text", hint))
            continue
        last = (record.key, record.text)
        yield record


def _refuse_if_strict(settings: Settings, report: LoadReport) -> None:
    """Raise an `InputError` if strictness was asked for and anything that was read is bad or has no place here."""
    if settings.strict and report.bad:
        first, are = report.faults[0], named(report.bad, "is", "are")
        raise InputError(
            f"{report.bad:,} of {count(report.records, 'record')} {are} bad, the first {first.where}: {first.message}; "
            "nothing was written",
            hint="leave out --strict to write the good ones",
        )
    if settings.strict and report.losses:
        lost = ", ".join(f"{what} ({times:,})" for what, times in sorted(report.losses.items()))
        raise InputError(f"reading would lose: {lost}; nothing was written", hint="list them with --losses FILE")
