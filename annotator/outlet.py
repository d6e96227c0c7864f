"""Exporting: from the store to files.

Invariant: a file is there whole or as it was before; the same database and options give the same bytes.  The store
compares every text with its digest on the way out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from annotator.core.layer import GOLD, Status
from annotator.core.record import Record
from annotator.core.text import digest_of
from annotator.errors import UsageError
from annotator.formats.base import Loss, WriteOptions
from annotator.sink import PARTS, STDOUT, ExportReport, FileCount, Sink, as_data, check_apart, paths_for, writable
from annotator.store.people import second_names

if TYPE_CHECKING:
    from annotator.project import Project

__all__ = ["STDOUT", "ExportReport", "FileCount", "Split", "as_data", "export"]

_SHARE: Final = re.compile("[0-9]{1,9}")


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

    def empty(self, files: Sequence[FileCount]) -> list[FileCount]:
        """Return the parts that have a share, but no article while others have some."""
        if not any(file.articles for file in files):
            return []
        return [file for file, share in zip(files, self.shares, strict=True) if share and not file.articles]


def export(
    project: Project,
    out: str,
    *,
    format: str | None = None,
    layers: Sequence[str] = (),
    statuses: Sequence[Status] = (),
    first: bool = False,
    split: Split | None = None,
    options: WriteOptions | None = None,
    strict: bool = False,
    on_loss: Callable[[Loss], None] | None = None,
    progress: Callable[[int], None] | None = None,
    stdout: BinaryIO | None = None,
    also: Sequence[Path] = (),
    private: bool = False,
) -> ExportReport:
    """Write layers to a file, or with `split` to train, dev and test files in a folder.

    Args:
        project: Where from.
        out: A file, a folder with `split` or in a format that fills one, or "-" for `stdout`.  A file that is there is
            replaced, a folder must be empty or not there.
        format: A format's name; None to tell it from the name of `out`; the parts of a split are native lines if that
            does not tell.
        layers: Names of annotators, "gold" for all gold layers; none or "all" for every layer, and for the articles
            without any where the format has a place for them and `statuses` is empty.
        statuses: Only layers with one of these statuses; none for all.
        first: Of the layers that an article has only that which `layers` names first, so that each is there once.
        split: How to divide the articles.
        options: What the writer is to do; the schema is put in.
        strict: Refuse to lose anything.
        on_loss: Told each thing that the format cannot carry.
        progress: Told 1 for each article.
        stdout: What "-" writes to.
        also: Other files that the caller is about to write.
        private: Whether only their owner may read what is written.

    Returns:
        What was written, by file.

    Raises:
        UsageError: If the call makes no sense: `first` of layers that are not named, an unknown format or annotator, a
            pipe for a format that has none, a file that is the database or would be written twice.
        InputError: If a file cannot be written, or something would be lost under `strict`.
        StoreError: If the database cannot be read, or a text is not what was stored; nothing is written then.
    """
    if first and (not layers or "all" in layers):
        raise UsageError("the first of which layers?", hint="name them: --layer gold --layer ana --first")
    chosen = writable(format, out, split=split is not None)
    named = _named(project, layers)
    annotators = _all_of(named)
    bare = annotators is None and not statuses and not chosen.layers_only
    paths = paths_for(out, chosen, split=split is not None)
    check_apart(project.path, [*(path for path in paths if path is not None), *also])
    options = replace(options or WriteOptions(), schema=project.schema)
    with Sink(chosen, paths, options=options, stdout=stdout, on_loss=on_loss, private=private) as sink:
        last = None
        records = project.store.stream(annotators=annotators, statuses=statuses or None, bare=bare)
        for record in _first(records, named) if first and named is not None else records:
            sink.write(record, part=split.part(digest_of(record.text)) if split is not None else 0)
            if progress is not None and record.key != last:
                progress(1)
            last = record.key
        if chosen.layers_only and annotators is None and not statuses:
            sink.report.unread = project.store.unread()
        return sink.finish(strict=strict)


def _first(records: Iterable[Record], named: Sequence[Set[str]]) -> Iterator[Record]:
    """Yield of the records of each article, which come one after the other, the one whose layer is named first.

    Args:
        records: Of layers that are named.
        named: The annotators that each name stands for.
    """

    def rank(record: Record) -> tuple[int, bool]:
        name = record.layer.annotator if record.layer is not None else ""
        return next((at for at, names in enumerate(named) if name in names), len(named)), name != GOLD

    for _, same in groupby(records, key=lambda record: record.key):
        yield min(same, key=rank)


def statuses_there(project: Project, layers: Sequence[str]) -> dict[Status, int]:
    """Return how many of the layers that `export` would take have each status.

    Args:
        project: Where from.
        layers: As for `export`.
    """
    names = _all_of(_named(project, layers))
    found: dict[Status, int] = {}
    for name, _, status, number, _ in project.store.progress():
        if names is None or name in names:
            found[status] = found.get(status, 0) + number
    return found


def _all_of(named: Sequence[Set[str]] | None) -> list[str] | None:
    """Return the annotators that any of the names stands for, None for all that there are."""
    return None if named is None else sorted(set().union(*named))


def _named(project: Project, layers: Sequence[str]) -> list[set[str]] | None:
    """Return the annotators that each name stands for, None if all were asked for."""
    if not layers or "all" in layers:
        return None
    known = project.store.annotators()
    with project.store.snapshot() as conn:
        second = second_names(conn)  # of gold that was restored or has come with a merge: no more gold than there was
    gold = {name for name, kind in known if kind == "gold"} - second
    wanted: list[set[str]] = []
    for layer in layers:
        names = {name for name, _ in known if name == layer} | (gold if layer == "gold" else set())
        if not names:
            hint = f"known: {', '.join(name for name, _ in known) or 'none yet'}; or gold, or all"
            raise UsageError(f"there is no layer {layer!r}", hint=hint)
        wanted.append(names)
    return wanted
