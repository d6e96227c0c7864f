"""What a format is: the contract between files and records.

Invariant: a reader never raises for what is wrong in one record: it yields a `Bad` and goes on where it can.  A writer
never leaves anything out silently: whatever the format cannot carry comes back as a `Loss`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final, Literal, Protocol, get_args

from annotator.core.record import Bad, Record
from annotator.core.schema import Schema
from annotator.errors import UsageError
from annotator.formats.sources import Source

Misaligned = Literal["expand", "contract", "skip", "split"]
MISALIGNED: Final[tuple[Misaligned, ...]] = get_args(Misaligned)
Fragments = Literal["link", "cover"]
FRAGMENTS: Final[tuple[Fragments, ...]] = get_args(Fragments)
FRAGMENT_LINK: Final = "continues"
"""The link attribute from a piece of a discontinuous span to the piece before it."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a format could not carry as it is.

    Args:
        article: The article's key.
        annotator: Whose layer.
        span: The span's id, "" for the article as a whole.
        what: The kind of loss, the same for all of its kind, for counting.
        why: What it was and what was done about it.
        gone: Whether the span, or the article with all of them, is not in the file at all.
    """

    article: str
    annotator: str
    span: str
    what: str
    why: str
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record as a reader found it.

    Args:
        record: The record, not yet checked.
        surfaces: The words that the file gives for each span of the layer, in the same order, or None where it gives
            none; empty if the format has no such thing.
        notes: What a person should know about how it was read, such as a guessed encoding.
        losses: What the file holds and the record cannot.
        loose: Whether attribute values are not of the schema's kinds yet: one option of a `choice` in a list, a number
            in a string.  `Mapper` settles them.
    """

    record: Record
    surfaces: Sequence[str | None] = ()
    notes: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    loose: bool = False


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person can ask of a reader.

    Args:
        fragments: What becomes of a span in several pieces: one span a piece, each but the first with a `FRAGMENT_LINK`
            to the one before it, or one span that covers them all.
        values: The format's own options by name; only those that its `Format.options` lists.
        encoding: How the files are encoded, where they do not say so themselves; "" to find it out.
    """

    fragments: Fragments = "link"
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    encoding: str = ""


class Reader(Protocol):
    """Turns one open file into records, one at a time."""

    def __call__(
        self, stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /
    ) -> Iterator[Incoming | Bad]:
        """Yield what the file holds, in order.

        Args:
            stream: The file's bytes, already unzipped, at the beginning.
            source: Its name for messages, and the key for articles that bring none.
            options: What a person asked for.
        """
        ...


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """What a person can ask of a writer.

    Args:
        lang: Language of the tokenizer; "" takes each article's `meta.language`, else "en".
        misaligned: What to do with a span that begins or ends within a token; "split" divides the token instead.
        schema: The schema of the layers, for formats that describe their labels; None where nobody knows it.
        values: The format's own options by name; only those that its `Format.options` lists.
    """

    lang: str = ""
    misaligned: Misaligned = "expand"
    schema: Schema | None = None
    values: Mapping[str, str] = field(default_factory=dict, hash=False)


class Writer(Protocol):
    """Writes records to one open file or into one folder; the records of an article come one after the other."""

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one record and return what the format could not carry.

        That an article as a whole is left out is said at once; about spans it may be said later, by another `write` or
        by `close`, where the records of one article become one piece of the file.
        """
        ...

    def close(self) -> Sequence[Loss] | None:
        """Write what is left, and return what of that the format could not carry.

        The file itself is closed by whoever opened it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Option:
    """Something that one format lets a person choose, as `--option NAME=VALUE`.

    Args:
        name: Its name.
        help: One line.
        choices: The values that it may have, the first is the default; any if empty.
        side: Whether it is for reading, for writing, or for both.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    side: Literal["read", "write", "both"] = "both"


@dataclass(frozen=True, slots=True)
class Format:
    """One file format, as its entry point names it.

    Args:
        name: What people call it on the command line.
        title: One line for lists.
        suffixes: Lower-case file name endings by which it is known; the first is the one for new files.
        read: Its reader, or None.
        write: Makes its writer for an open file, or None.
        write_folder: Makes its writer for an empty folder, or None.  A format with both writes a folder where the name
            that a person gives does not end in one of the suffixes.
        sniff: How sure it is, from 0 to 100, that a file with this beginning is one of its own.
        stdout: Whether it makes sense in a pipe.
        layers_only: Whether articles without a layer have no place in it.
        claims: Says of a file that another format would read whether it is a part of one of this format's own, as the
            text beside a standoff file is; such a file is passed over.
        owners: Returns the files of this format of which a file that it claims is a part; they are read where it was
            named and none of them was.
        config: Makes the file in which another tool is told of a schema's labels; its name comes first.
        options: What else a person can choose.
        shape: Says with which of its options a file with this beginning is written in the shape that it came in.
        single: Whether it has room for one layer an article, so that further ones become articles of their own.
        any_encoding: Whether its files are text that does not say how it is encoded, so that a person may.  Its reader
            gets what is named in `ReadOptions.encoding` as UTF-8, and reads what lies beside with `recoding.in_utf8`.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Reader | None = None
    write: Callable[[BinaryIO, WriteOptions], Writer] | None = None
    sniff: Callable[[bytes], int] | None = None
    stdout: bool = False
    write_folder: Callable[[Path, WriteOptions], Writer] | None = None
    layers_only: bool = False
    claims: Callable[[Path], bool] | None = None
    owners: Callable[[Path], tuple[Path, ...]] | None = None
    config: Callable[[Schema], tuple[str, str]] | None = None
    options: tuple[Option, ...] = ()
    shape: Callable[[bytes], Mapping[str, str]] | None = None
    single: bool = True
    any_encoding: bool = False


def check_options(
    values: Mapping[str, str], formats: Sequence[Format], *, side: Literal["read", "write", "both"] = "both"
) -> None:
    """Refuse an option that none of these formats has, or a value that it does not take.

    Args:
        values: By name.
        formats: The formats.
        side: What the options are for; those for the other side count as none.

    Raises:
        UsageError: If there is one; the hint lists those that there are.
    """
    other: set[str] = set()
    known: dict[str, list[Option]] = {}
    for format in formats:
        for option in format.options:
            if "both" in (side, option.side) or option.side == side:
                known.setdefault(option.name, []).append(option)
            else:
                other.add(option.name)
    for name, value in values.items():
        if name not in known:
            verb = {"read": " in reading", "write": " in writing"}.get(side, "")
            hint = f"options{verb}: {', '.join(sorted(known))}" if known else f"it has none{verb}"
            if name in other:
                swapped = "in convert give --option" if side == "read" else "in convert give --read-option"
                hint = f"it is for {'writing' if side == 'read' else 'reading'}; {swapped}"
            raise UsageError(f"there is no option {name!r} for this format{verb}", hint=hint)
        if all(option.choices and value not in option.choices for option in known[name]):
            raise UsageError(f"option {name}={value}: unknown", hint=f"one of {', '.join(known[name][0].choices)}")
