"""Where records go: one file, one folder, or several beside each other, in one format.

Invariant: what was there before stays until everything is written; then each file or folder is put in its place in one
step.  What the format cannot carry is counted, never silent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

from annotator import plugins
from annotator.core.record import Record
from annotator.errors import InputError, UsageError
from annotator.formats.atomic import Output, OutputFolder
from annotator.formats.base import Format, Loss, WriteOptions, Writer, check_options

STDOUT: Final = "-"
NATIVE: Final = "jsonl"
PARTS: Final = ("train", "dev", "test")
TOLD: Final = frozenset({"schema"})
"""Kinds of losses that `strict` does not mind: a load gives every layer the name of the schema in its database."""


@dataclass(slots=True)
class FileCount:
    """What went into one file or folder.

    Attributes:
        path: Where it is; "-" for standard output.
        articles: How many different articles.
        layers: How many layers of them.
        spans: How many spans of the layers; what the format could not carry at all is not counted.
    """

    path: str
    articles: int = 0
    layers: int = 0
    spans: int = 0
    _last: str | None = field(default=None, repr=False)

    def count(self, record: Record, losses: Sequence[Loss] = ()) -> None:
        """Count a record; those of one article come one after the other."""
        if any(loss.gone and not loss.span for loss in losses):
            return
        if record.key != self._last:
            self.articles += 1
            self._last = record.key
        if record.layer is not None:
            self.layers += 1
            self.spans += len(record.layer.spans) - sum(loss.gone for loss in losses)


@dataclass(slots=True)
class ExportReport:
    """What an export wrote, and how often what kind of thing was lost on the way.

    Attributes:
        format: The format's name.
        files: What is in each file.
        losses: How often what kind of thing was lost.
        single: Whether the format has room for one layer an article.
        unread: How many articles were left out, since nobody has read them and the format has no place for such.
        bare: How many articles that nobody has read were written, as such without labels.
    """

    format: str
    files: list[FileCount]
    losses: Counter[str] = field(default_factory=Counter)
    single: bool = True
    unread: int = 0
    bare: int = 0

    @property
    def repeated(self) -> int:
        """How many layers are readings of an article that is in the same file already, and stand there on their own."""
        return sum(max(0, file.layers - file.articles) for file in self.files) if self.single else 0


class Sink:
    """Takes records and writes them; use as a context manager, then `finish`.

    Args:
        format: The format, which can be written.
        paths: Where to; None stands for `stdout`.
        options: What the writers are to do.
        stdout: What to write to where there is no path.
        on_loss: Told each thing that the format cannot carry.
        private: Whether only their owner may read what is written.

    Raises:
        UsageError: If the format has no such option.
        InputError: If a file cannot be written.
    """

    def __init__(
        self,
        format: Format,
        paths: Sequence[Path | None],
        *,
        options: WriteOptions | None = None,
        stdout: BinaryIO | None = None,
        on_loss: Callable[[Loss], None] | None = None,
        private: bool = False,
    ) -> None:
        options = options or WriteOptions()
        check_options(options.values, [format], side="write")
        self._stack = ExitStack()
        self._on_loss = on_loss
        self._private = private
        self._outputs: list[Output | OutputFolder] = []
        self._writers: list[Writer] = []
        self.report = ExportReport(
            format.name, [FileCount(str(path) if path else STDOUT) for path in paths], single=format.single
        )
        try:
            for path in paths:
                self._open(format, path, options, stdout)
        except BaseException as error:
            self._stack.__exit__(type(error), error, error.__traceback__)
            raise

    def _open(self, format: Format, path: Path | None, options: WriteOptions, stdout: BinaryIO | None) -> None:
        if path is not None and format.write_folder is not None and in_folder(format, path.name):
            folder = self._stack.enter_context(OutputFolder(path, private=self._private))
            self._outputs.append(folder)
            self._writers.append(format.write_folder(folder.folder, options))
            return
        assert format.write is not None
        output = self._stack.enter_context(Output(path, stdout=stdout, private=self._private))
        self._outputs.append(output)
        self._writers.append(format.write(output.file, options))

    def write(self, record: Record, *, part: int = 0) -> None:
        """Write a record to one of the files.

        Args:
            record: The record; those of one article one after the other.
            part: The file's place in `paths`.

        Raises:
            InputError: If it cannot be written.
        """
        with self._outputs[part].told():
            losses = self._writers[part].write(record)
        now = [loss for loss in losses if loss.article == record.key]
        self.report.files[part].count(record, now)
        self.report.bare += record.layer is None
        self._count(losses)
        self._less(part, [loss for loss in losses if loss.article != record.key])

    def _count(self, losses: Sequence[Loss]) -> None:
        for loss in losses:
            self.report.losses[loss.what] += 1
            if self._on_loss is not None:
                self._on_loss(loss)

    def _less(self, part: int, late: Sequence[Loss]) -> None:
        """Take back spans of records that were counted before their writer knew."""
        self.report.files[part].spans -= sum(loss.gone and loss.span != "" for loss in late)

    def finish(self, *, strict: bool = False) -> ExportReport:
        """Write what is left and put everything in its place.

        Args:
            strict: Refuse to lose anything but what is in `TOLD`.

        Returns:
            What was written.

        Raises:
            InputError: If it cannot be written, or something would be lost under `strict`; nothing is replaced then.
        """
        for part, (writer, output) in enumerate(zip(self._writers, self._outputs, strict=True)):
            with output.told():
                losses = writer.close()
            self._count(losses or ())
            self._less(part, losses or ())
        refused = sorted((what, times) for what, times in self.report.losses.items() if what not in TOLD)
        if strict and refused:
            named = ", ".join(f"{what} ({times:,})" for what, times in refused)
            raise InputError(
                f"the format {self.report.format!r} would lose: {named}; nothing was written",
                hint="list them with --losses FILE; leave out --strict to write all the same",
            )
        for output in self._outputs:
            output.finish()
        for output in self._outputs:
            output.publish()
        return self.report

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


def in_folder(format: Format, name: str) -> bool:
    """Say whether a format writes a folder of this name and not a file."""
    return format.write is None or not name.lower().removesuffix(".gz").endswith(format.suffixes)


def writable(name: str | None, out: str, *, split: bool = False) -> Format:
    """Return the format to write: the one asked for, or the one that the file's ending tells.

    Args:
        name: A format's name, or None.
        out: The file's, or "-".
        split: Whether it is a folder of parts, whose name need not tell anything; they are native lines then.

    Raises:
        UsageError: If there is none, it cannot be written, or several share the ending.
    """
    if not out:
        raise UsageError("the path to write to is empty", hint="name a file or folder, or - for standard output")
    if name is None and out == STDOUT:
        name = NATIVE  # the only one that is text to be read on, and what carries everything
    if name is not None:
        chosen: Format = plugins.load("formats", name)
        if chosen.write is None and chosen.write_folder is None:
            raise UsageError(f"the format {name!r} can be read but not written", hint="for example --format jsonl")
        return chosen
    known = [one for one in plugins.usable("formats") if one.write is not None or one.write_folder is not None]
    ending = out.lower().removesuffix(".gz")
    named: list[Format] = [one for one in known if one.write is not None and ending.endswith(one.suffixes)]
    native = [one for one in named if one.name == NATIVE]
    own = [one for one in named if ending.endswith(one.suffixes[0])]  # the ending of its new files
    for found in (native, named, own):
        if len(found) == 1:
            return found[0]
    if split and not named:
        return writable(NATIVE, out)
    names = ", ".join(one.name for one in named or known)
    what = "may be of several formats" if named else "cannot be told from its name"
    raise UsageError(f"the format of {out!r} {what}", hint=f"name it with --format, in convert with --to: {names}")


def paths_for(out: str, format: Format, *, split: bool) -> list[Path | None]:
    """Return the files or folders to write.

    Args:
        out: What a person named.
        format: The format.
        split: Whether there are to be three, for training, development and test.

    Raises:
        UsageError: If it cannot be written in this format.
        InputError: If the folder that it is to be in is not there.
    """
    if out == STDOUT:
        if split or not format.stdout:
            what = "a split" if split else f"the format {format.name!r}"
            raise UsageError(f"{what} cannot go to standard output", hint="name a file or folder")
        return [None]
    path = Path(out)
    if split:
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file; a split needs a folder", hint="name a folder")
        return [path / (part if format.write is None else f"{part}{format.suffixes[0]}") for part in PARTS]
    if format.write_folder is not None and in_folder(format, path.name):
        return [path]
    if path.is_dir():
        hint = f"name a file such as {path / ('export' + format.suffixes[0])}, or divide it with --split 80/10/10"
        raise UsageError(f"{path} is a folder", hint=hint)
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder", hint="make the folder first")
    return [path]


def check_apart(database: Path | None, paths: Sequence[Path]) -> None:
    """Refuse to write over the database, under whatever name, or to write one file twice.

    Raises:
        UsageError: If that would happen.
    """
    real = database.resolve() if database is not None else None
    own = [real.with_name(real.name + end) for end in ("", "-wal", "-shm")] if real is not None else []
    seen: set[Path] = set()
    for path in paths:
        if path.exists() and not path.is_file():
            continue  # a pipe or a device, into which two can write
        if path.resolve() in own or any(path.exists() and one.exists() and path.samefile(one) for one in own):
            raise UsageError(f"{path} is the database itself", hint="name another file")
        if path.resolve() in seen:
            raise UsageError(f"{path} would be written twice", hint="name another file for one of the two")
        seen.add(path.resolve())


def as_data(report: ExportReport) -> Mapping[str, Any]:
    """Return a report as JSON values."""
    return {
        "format": report.format,
        "files": [
            {"path": file.path, "articles": file.articles, "layers": file.layers, "spans": file.spans}
            for file in report.files
        ],
        "losses": dict(sorted(report.losses.items())),
        "unread": report.unread,
    }
