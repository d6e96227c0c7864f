"""Exporting: from the store to files.

Invariant: a file is there whole or as it was before; the same database and options give the same bytes.  The store
compares every text with its digest on the way out.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from annotator import plugins
from annotator.core.layer import Status
from annotator.core.record import Record
from annotator.core.text import digest_of
from annotator.errors import InputError, UsageError
from annotator.formats.atomic import Output
from annotator.formats.base import Format, Loss, WriteOptions

if TYPE_CHECKING:
    from annotator.project import Project

STDOUT: Final = "-"
PARTS: Final = ("train", "dev", "test")
_SHARE: Final = re.compile("[0-9]{1,9}")


@dataclass(slots=True)
class FileCount:
    """What went into one file.

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
    """What an export wrote, and how often what kind of thing was lost on the way."""

    format: str
    files: list[FileCount]
    losses: Counter[str] = field(default_factory=Counter)

    @property
    def repeated(self) -> int:
        """How many layers are readings of an article that is in the same file already."""
        return sum(max(0, file.layers - file.articles) for file in self.files)


@dataclass(frozen=True, slots=True)
class Split:
    """Shares of the articles for training, development and test, decided by each article's own text.

    Args:
        shares: Three weights; they need not sum to 100.
        seed: Another seed gives another split.
    """

    shares: tuple[int, ...]
    seed: int = 0

    @classmethod
    def parse(cls, text: str, *, seed: int = 0) -> Split:
        """Return the split that "80/10/10" names.

        Raises:
            UsageError: If it is not three whole numbers, at least one of them above 0.
        """
        parts = [part.strip() for part in text.split("/")]
        if len(parts) != len(PARTS) or not all(_SHARE.fullmatch(part) for part in parts):
            raise UsageError(f"split {text[:40]!r} is not TRAIN/DEV/TEST", hint="for example 80/10/10, or 80/20/0")
        shares = tuple(map(int, parts))
        if not sum(shares):
            raise UsageError(f"split {text!r} leaves nothing", hint="for example 80/10/10")
        return cls(shares, seed)

    def part(self, digest: str) -> int:
        """Return the number of an article's part: it depends on nothing but digest, seed and shares."""
        drawn = int.from_bytes(hashlib.sha256(f"{self.seed}:{digest}".encode()).digest()[:8])
        bound = 0
        for number, share in enumerate(self.shares):
            bound += share
            if drawn * sum(self.shares) < bound << 64:
                return number
        raise AssertionError("the shares cover every draw")


def export(
    project: Project,
    out: str,
    *,
    format: str | None = None,
    layers: Sequence[str] = (),
    statuses: Sequence[Status] = (),
    split: Split | None = None,
    options: WriteOptions | None = None,
    on_loss: Callable[[Loss], None] | None = None,
    progress: Callable[[int], None] | None = None,
    stdout: BinaryIO | None = None,
    also: Sequence[Path] = (),
) -> ExportReport:
    """Write layers to a file, or with `split` to train, dev and test files in a folder.

    Args:
        project: Where from.
        out: A file, a folder with `split`, or "-" for `stdout`.  A file that is there is replaced.
        format: A format's name; None to tell it from the name of `out`.
        layers: Names of annotators, "gold" for all gold layers; none or "all" for every layer, and for the articles
            without any where the format has a place for them and `statuses` is empty.
        statuses: Only layers with one of these statuses; none for all.
        split: How to divide the articles.
        options: What the writer is to do.
        on_loss: Told each thing that the format cannot carry.
        progress: Told 1 for each article.
        stdout: What "-" writes to.
        also: Other files that the caller is about to write.

    Returns:
        What was written, by file.

    Raises:
        UsageError: If the call makes no sense: an unknown format or annotator, a pipe for a format that has none, a
            file that is the database or would be written twice.
        InputError: If a file cannot be written.
        StoreError: If the database cannot be read, or a text is not what was stored; nothing is written then.
    """
    chosen = _format(format, out)
    annotators = _annotators(project, layers)
    bare = annotators is None and not statuses and not chosen.layers_only
    paths = _paths(out, chosen, split)
    _check_apart(project.path, [*(path for path in paths if path is not None), *also])
    report = ExportReport(chosen.name, [FileCount(str(path) if path else STDOUT) for path in paths])
    assert chosen.write is not None
    with ExitStack() as stack:
        outputs = [stack.enter_context(Output(path, stdout=stdout)) for path in paths]
        writers = [chosen.write(output.file, options or WriteOptions()) for output in outputs]
        last = None
        for record in project.store.stream(annotators=annotators, statuses=statuses or None, bare=bare):
            number = split.part(digest_of(record.text)) if split is not None else 0
            with outputs[number].told():
                losses = writers[number].write(record)
            for loss in losses:
                report.losses[loss.what] += 1
                if on_loss is not None:
                    on_loss(loss)
            report.files[number].count(record, losses)
            if progress is not None and record.key != last:
                progress(1)
            last = record.key
        for writer, output in zip(writers, outputs, strict=True):
            with output.told():
                writer.close()
        for output in outputs:
            output.finish()
        for output in outputs:
            output.publish()
    return report


def _format(name: str | None, out: str) -> Format:
    """Return the format to write: the one asked for, or the one that the file's ending tells."""
    if name is None and out == "-":
        name = "jsonl"  # the only one that is text to be read on, and what carries everything
    if name is not None:
        chosen: Format = plugins.load("formats", name)
        if chosen.write is None:
            raise UsageError(f"the format {name!r} can be read but not written", hint="for example --format jsonl")
        return chosen
    ending = out.lower().removesuffix(".gz")
    for one in plugins.usable("formats"):
        if one.write is not None and ending.endswith(one.suffixes):
            return cast(Format, one)
    writable = ", ".join(one.name for one in plugins.usable("formats") if one.write is not None)
    raise UsageError(f"the format of {out!r} cannot be told from its name", hint=f"name it with --format: {writable}")


def _annotators(project: Project, layers: Sequence[str]) -> list[str] | None:
    """Return the names of the annotators whose layers were asked for, None for all."""
    if not layers or "all" in layers:
        return None
    known = project.store.annotators()
    wanted: set[str] = set()
    for layer in layers:
        names = {name for name, kind in known if name == layer or (layer == "gold" and kind == "gold")}
        if not names:
            hint = f"known: {', '.join(name for name, _ in known) or 'none yet'}; or gold, or all"
            raise UsageError(f"there is no layer {layer!r}", hint=hint)
        wanted |= names
    return sorted(wanted)


def _paths(out: str, format: Format, split: Split | None) -> list[Path | None]:
    if out == STDOUT:
        if split is not None or not format.stdout:
            what = "a split" if split is not None else f"the format {format.name!r}"
            raise UsageError(f"{what} cannot go to standard output", hint="name a file or folder")
        return [None]
    path = Path(out)
    if split is not None:
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file; a split needs a folder", hint="name a folder")
        return [path / f"{part}{format.suffixes[0]}" for part in PARTS]
    if path.is_dir():
        hint = f"name a file such as {path / ('export' + format.suffixes[0])}, or divide it with --split 80/10/10"
        raise UsageError(f"{path} is a folder", hint=hint)
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder", hint="make the folder first")
    return [path]


def _check_apart(database: Path, paths: Sequence[Path]) -> None:
    """Refuse to write over the database, under whatever name, or to write one file twice."""
    real = database.resolve()
    own = [real.with_name(real.name + end) for end in ("", "-wal", "-shm")]
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
    }
