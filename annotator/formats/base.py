"""What a format is: the contract between files and records.

Invariant: a reader never raises for what is wrong in one record: it yields a `Bad` and goes on where it can.  A writer
never leaves anything out silently: whatever the format cannot carry comes back as a `Loss`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from typing import BinaryIO, Final, Literal, Protocol, get_args

from annotator.core.record import Bad, Record
from annotator.formats.sources import Source

Misaligned = Literal["expand", "contract", "skip"]
MISALIGNED: Final[tuple[Misaligned, ...]] = get_args(Misaligned)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record as a reader found it.

    Args:
        record: The record, not yet checked.
        surfaces: The words that the file gives for each span of the layer, in the same order, or None where it gives
            none; empty if the format has no such thing.
        notes: What a person should know about how it was read, such as a guessed encoding.
    """

    record: Record
    surfaces: Sequence[str | None] = ()
    notes: tuple[str, ...] = ()


class Reader(Protocol):
    """Turns one open file into records, one at a time."""

    def __call__(self, stream: BufferedReader, source: Source, /) -> Iterator[Incoming | Bad]:
        """Yield what the file holds, in order.

        Args:
            stream: The file's bytes, already unzipped, at the beginning.
            source: Its name for messages, and the key for articles that bring none.
        """
        ...


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
class WriteOptions:
    """What a person can ask of a writer.

    Args:
        lang: Language of the tokenizer; "" takes each article's `meta.language`, else "en".
        misaligned: What to do with a span that begins or ends within a token.
    """

    lang: str = ""
    misaligned: Misaligned = "expand"


class Writer(Protocol):
    """Writes records to one open file."""

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one record and return what of it the format could not carry."""
        ...

    def close(self) -> None:
        """Write what is left; the file itself is closed by whoever opened it."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """One file format, as its entry point names it.

    Args:
        name: What people call it on the command line.
        title: One line for lists.
        suffixes: Lower-case file name endings by which it is known; the first is the one for new files.
        read: Its reader, or None.
        write: Makes its writer for an open file, or None.
        sniff: How sure it is, from 0 to 100, that a file with this beginning is one of its own.
        stdout: Whether it makes sense in a pipe.
        layers_only: Whether articles without a layer have no place in it.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Reader | None = None
    write: Callable[[BinaryIO, WriteOptions], Writer] | None = None
    sniff: Callable[[bytes], int] | None = None
    stdout: bool = False
    layers_only: bool = False
