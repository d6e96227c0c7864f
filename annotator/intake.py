"""Loading: from files to the store, past every check.

Invariant: a record is stored whole or not at all, and only if all of it fits its own text and the schema; every record
that is not stored is counted, with its file, line and reason.  Memory does not grow with the number of records.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from annotator import plugins
from annotator.blanks import Blanks
from annotator.core.counting import count, named
from annotator.core.layer import Kind
from annotator.core.record import Bad, Record
from annotator.errors import InputError, StoppedError, StoreError, UsageError
from annotator.formats.base import Format, Incoming, Loss, ReadOptions, check_options
from annotator.formats.gate import Gate
from annotator.formats.losing import under_name
from annotator.formats.mapping import Mapper, Names
from annotator.formats.naming import Named
from annotator.formats.recoding import DECLARED, MisfitError, encoding_for, recoded
from annotator.formats.recognising import recognised
from annotator.formats.sources import Ignored, Source, beside, find, total_size
from annotator.formats.swelling import SwollenError
from annotator.store.files import begins_ours

if TYPE_CHECKING:
    from annotator.project import Project
    from annotator.store.bulk import Loader, Outcome

_BESIDE: Final = "read as a part of the {} file beside it"
KEPT: Final = 10_000
"""How many faults a report lists; the rest is only counted, so that a bad file of any size fits in memory."""


@dataclass(slots=True)
class Note:
    """Something worth knowing that happened so many times, first at this place."""

    message: str
    times: int
    first: str


@dataclass(slots=True)
class LoadReport:
    """What a load did.

    Attributes:
        files: How many files were opened.
        records: How many records they held, bad ones included.
        articles: How many articles are new.
        known: How many records had a text that was there already.
        layers: How many layers are new.
        same: How many layers were there already, equal.
        spans: How many spans came with the new layers.
        bad: How many records or files were not stored.
        faults: Why, for the first `KEPT` of them.
        notes: What else a person should know, by message.
        losses: How often what kind of thing in the files has no place here.
        unmapped: How many spans had each label that the schema does not have.
        unknown: How often each attribute that the schema does not have was there, as "label.attribute".
        stored: False if `strict` took everything back.
        refused: Whose layers were refused, one or more of them.
    """

    files: int = 0
    records: int = 0
    articles: int = 0
    known: int = 0
    layers: int = 0
    same: int = 0
    spans: int = 0
    bad: int = 0
    faults: list[Bad] = field(default_factory=list)
    notes: dict[str, Note] = field(default_factory=dict)
    losses: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    stored: bool = True
    refused: set[str] = field(default_factory=set)

    def fault(self, bad: Bad) -> None:
        """Count a record that is not stored."""
        self.bad += 1
        if len(self.faults) < KEPT:
            self.faults.append(bad)

    def note(self, message: str, where: str) -> None:
        """Count something worth knowing."""
        if message in self.notes:
            self.notes[message].times += 1
        elif len(self.notes) < KEPT:
            self.notes[message] = Note(message, 1, where)

    def count(self, record: Record, outcome: Outcome) -> None:
        """Count a record that the store took."""
        if outcome.article == "new":
            self.articles += 1
        else:
            self.known += 1
        if outcome.layer == "same":
            self.same += 1
        elif outcome.layer == "new" and record.layer is not None:
            self.layers += 1
            self.spans += len(record.layer.spans)

    def take_back(self) -> None:
        """Note that nothing was stored after all."""
        self.stored = False
        self.articles = self.layers = self.spans = 0


def load(
    project: Project,
    paths: Sequence[str],
    *,
    format: str | None = None,
    annotator: str | None = None,
    kind: Kind | None = None,
    author: str | None = None,
    names: Names | None = None,
    drop: bool = False,
    options: ReadOptions | None = None,
    strict: bool = False,
    stdin: BinaryIO | None = None,
    progress: Callable[[int], None] | None = None,
    on_loss: Callable[[Loss], None] | None = None,
) -> LoadReport:
    """Load articles, and layers where the files have them.

    Args:
        project: Where to.
        paths: Files, folders, glob patterns, "-" for `stdin`.
        format: A format's name; None to tell each file's format from its name, else from its content.
        annotator: Whose every loaded layer is to be, whatever the file says.
        kind: The kind of that annotator, whatever the file says.
        author: Who loads; where there are leads, gold layers of others are refused.  None for nobody in particular.
        names: What the files' labels and attributes are called here.
        drop: Leave out labels and attributes that the schema does not have, instead of refusing their records.
        options: What the readers are to do.
        strict: Store nothing unless everything is good and has its place.
        stdin: What "-" reads.
        progress: Told how many more bytes were read, as they are.
        on_loss: Told each thing in the files that has no place here.

    Returns:
        What was stored and what was not; `bad` is 0 if all was good.

    Raises:
        UsageError: If there is no such format or it cannot be read.
        StoreError: If the database cannot be written; what was committed before stays.
        StoppedError: If it was interrupted; what was committed before stays, too.
    """
    mapper = Mapper(project.schema, names, drop=drop)
    report = LoadReport(unmapped=mapper.unmapped, unknown=mapper.unknown)
    reading = Reading(paths, report, format=format, options=options, stdin=stdin, progress=progress)
    gate = Gate(project.schema, annotator=annotator, kind=kind)
    loader = project.loader(strict=strict, author=author)
    try:
        with loader:
            blanks = Blanks([name for name, _ in project.store.annotators()])
            _fill(loader, reading.admitted(mapper, gate, on_loss), report, blanks)
            if strict and (report.bad or report.losses):
                loader.abort()
                report.take_back()
    except StoreError as error:
        raise StoreError(f"{error.message}; {_kept(loader)}", hint=error.hint) from error
    except KeyboardInterrupt:
        again = "the same command goes on from there" if loader.committed else ""
        raise StoppedError(f"stopped; {_kept(loader)}", hint=again) from None
    return report


def _fill(loader: Loader, records: Iterable[Record], report: LoadReport, blanks: Blanks) -> None:
    for record in records:
        now = blanks.hold(record)
        try:
            outcome = loader.add(now)
        except InputError as error:
            report.fault(Bad(record.where, error.message, error.hint))
            blanks.refused(record)
            if now.layer is not None:
                report.refused.add(now.layer.annotator)
            continue
        report.count(now, outcome)
        _add_late(loader, blanks.stored(now), report)
    for name, held in blanks.rest():
        if name in report.refused:
            what = f"the layers of {name!r} with something in them were refused, and the empty ones are left out"
            report.note(what, held[0].where)
        else:
            _add_late(loader, held, report)


def _add_late(loader: Loader, records: Iterable[Record], report: LoadReport) -> None:
    """Add layers that were held back; their articles are stored and counted."""
    for record in records:
        try:
            outcome = loader.add(record)
        except InputError as error:
            report.fault(Bad(record.where, error.message, error.hint))
            continue
        report.layers += outcome.layer == "new"
        report.same += outcome.layer == "same"


def _kept(loader: Loader) -> str:
    return (
        f"{count(loader.committed, 'record')} {named(loader.committed, 'was', 'were')} stored before"
        if loader.committed
        else "nothing was stored"
    )


def size_of(paths: Sequence[str], *, format: str | None = None) -> int:
    """Return how many bytes `load` of these paths will read, 0 if nobody can know."""
    return total_size(paths, suffixes=_suffixes(_formats(format, LoadReport())))


def _formats(name: str | None, report: LoadReport) -> list[Format]:
    """Return the formats that a file may be in: the one asked for, or all that can be read."""
    if name is not None:
        chosen: Format = plugins.load("formats", name)
        if chosen.read is None:
            raise UsageError(f"the format {name!r} can be written but not read", hint="choose another with --format")
        return [chosen]
    return [
        one
        for one in plugins.usable("formats", told=lambda name, error: report.note(str(error), name))
        if one.read is not None
    ]


def _suffixes(formats: Sequence[Format]) -> frozenset[str]:
    return frozenset(suffix for format in formats for suffix in format.suffixes)


class Reading:
    """The records of some files, one at a time.

    Args:
        paths: Files, folders, glob patterns, "-" for `stdin`.
        report: Where files, records, faults and notes are counted.
        format: A format's name; None to tell each file's format from its name and content.
        options: What the readers are to do.
        stdin: What "-" reads.
        progress: Told how many more bytes were read, as they are.
        writes: Whether the same options go to the writer, so that those for writing are none of a mistake.

    Raises:
        UsageError: If a path is empty, there is no such format, it cannot be read, or it lacks the option or encoding.
    """

    def __init__(
        self,
        paths: Sequence[str],
        report: LoadReport,
        *,
        format: str | None = None,
        options: ReadOptions | None = None,
        stdin: BinaryIO | None = None,
        progress: Callable[[int], None] | None = None,
        writes: bool = False,
    ) -> None:
        if "" in paths:
            raise UsageError("a path is empty", hint="name a file or folder; . is the folder here")
        self._paths = paths
        self._report = report
        self._formats = _formats(format, report)
        self.format: str | None = format  # of the file that was read last
        self.shape: dict[str, str] = {}  # with which options the files that were read would be written as they came
        self._forced = format is not None
        self._options = options or ReadOptions()
        self._stdin = stdin
        self._progress = progress
        check_options(self._options.values, self._formats, side="both" if writes else "read")
        self._encoding = encoding_for(self._options.encoding, self._formats[0] if format is not None else None)

    def admitted(self, mapper: Mapper, gate: Gate, on_loss: Callable[[Loss], None] | None = None) -> Iterator[Record]:
        """Yield every record that the gate lets through; what is wrong with the others is in the report.

        Args:
            mapper: Gives labels and attributes their names.
            gate: Checks.
            on_loss: Told each thing in the files that has no place here.
        """
        report = self._report
        for item in self._items():
            report.records += 1
            if isinstance(item, Bad):
                report.fault(item)
                continue
            try:
                item = mapper.admit(item)
                record, notes = gate.admit(item)
            except InputError as error:
                report.fault(Bad(item.record.where, error.message, error.hint))
                if item.record.layer is not None:
                    report.refused.add(gate.owner(item.record.layer))
                continue
            for note in notes:
                report.note(note, record.where)
            for loss in item.losses:
                report.losses[loss.what] += 1
                if on_loss is not None:
                    on_loss(under_name(loss, item.record.layer, record.layer))
            yield record

    def _items(self) -> Iterator[Incoming | Bad]:
        """Yield what all files hold, one record at a time; a file that cannot be read is one `Bad`."""
        report = self._report
        for found in find(self._paths, suffixes=_suffixes(self._formats)):
            if isinstance(found, Bad):
                yield found
            elif isinstance(found, Ignored):
                owner = self._owner(Path(found.name))
                report.note(_BESIDE.format(owner.name) if owner else f"not loaded: {found.why}", found.name)
            else:
                for source in self._whole(found):
                    report.files += 1
                    before = report.records
                    yield from self._records(source)
                    if report.records == before:
                        report.note("holds no article", source.name)

    @cached_property
    def _named(self) -> Named:
        return Named(self._paths)

    def _whole(self, found: Source) -> list[Source]:
        """Return what to read for a file: itself, nothing if it is a part of what is read, or what it is a part of."""
        owner = self._owner(found.path)
        if owner is None or found.path is None:
            return [found]
        owners = owner.owners(found.path) if owner.owners is not None else ()
        if owners and not any(path in self._named for path in owners):
            self._report.note(f"read with the {owner.name} file beside it", found.name)
            return [beside(found, path) for path in owners]
        self._report.note(_BESIDE.format(owner.name), found.name)
        return []

    def _owner(self, path: Path | None) -> Format | None:
        """Return the format of whose own files this one is a part."""
        return next((one for one in self._formats if path and one.claims is not None and one.claims(path)), None)

    def _records(self, source: Source) -> Iterator[Incoming | Bad]:
        try:
            with source.open(stdin=self._stdin, progress=self._progress) as opened:
                stream = recoded(opened, self._encoding) if self._encoding else opened
                head = stream.peek(1)
                if begins_ours(head):
                    hint = f"`annotator merge {quote(source.name)}` takes in what was done there"
                    yield Bad(source.name, "is a database of this tool, and no file to load", hint)
                    return
                format = self._formats[0] if self._forced else recognised(source, head, self._formats)
                if format is None or format.read is None:
                    hint = "name its format with --format, in convert with --from"
                    yield Bad(source.name, "is in no known format", hint)
                    return
                if self._encoding:
                    if not format.any_encoding:
                        yield Bad(source.name, f"is {format.name}, {DECLARED}", "load it by itself, without --encoding")
                        return
                    self._report.note(f"read as {self._encoding}, as --encoding says", source.name)
                self.format = format.name
                self.shape |= format.shape(head) if format.shape is not None else {}
                with closing(format.read(stream, source, self._options)) as items:  # type: ignore[type-var]  # generators
                    yield from items
        except EOFError:
            yield Bad(source.name, "is cut off: the gzip data ends too early", "copy or download it again")
        except MisfitError as error:
            yield Bad(f"{source.name}:{error.line}", str(error), error.hint)
        except SwollenError as error:
            yield Bad(source.name, str(error), error.hint)
        except (OSError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            yield Bad(source.name, f"cannot be read: {reason}", "check the file and its rights")


def as_data(report: LoadReport) -> Mapping[str, Any]:
    """Return a report as JSON values."""
    counts = ("files", "records", "articles", "known", "layers", "same", "spans", "bad", "stored")
    return {
        **{name: getattr(report, name) for name in counts},
        "faults": [{"where": bad.where, "message": bad.message, "hint": bad.hint} for bad in report.faults],
        "losses": dict(sorted(report.losses.items())),
        "unmapped": dict(report.unmapped.most_common()),
        "unknown_attributes": dict(report.unknown.most_common()),
        "notes": [{"message": n.message, "times": n.times, "first": n.first} for n in report.notes.values()],
    }
