"""What no format may do: read further than it has to, or keep something of every article.

Files without an end are read here, so that a reader which wants all of one never comes back; and what Python has
allocated is counted after a hundred articles and again after some hundred more, twice.
"""

from __future__ import annotations

import gc
import io
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice, pairwise
from pathlib import Path
from typing import Any

import pytest
from format_cases import written

from annotator import plugins
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import AnnotatorError
from annotator.formats import docbin_write, hf_write, web
from annotator.formats.base import Format, Incoming, WriteOptions
from annotator.formats.sources import Source

FIRST, MORE = 100, 300  # articles before and between the two counts
EACH = 40  # bytes that an article may leave behind; a digest in a set takes twice as many
FARTHEST = 4 << 20  # bytes that a reader may be ahead
WHOLE = ("docbin", "hf-spans", "hf-tokens", "cas-zip")
"""Files whose table of contents is at their end, or that are packed as a whole; see the tests of their own."""


class Endless(io.RawIOBase):
    """Bytes that never end."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._rest = b""
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while len(self._rest) < len(buffer):
            self._rest += b"".join(islice(self._parts, 100))
        buffer[:] = self._rest[: len(buffer)]
        self._rest = self._rest[len(buffer) :]
        self.taken += len(buffer)
        assert self.taken < 16 * FARTHEST, "the reader wants the whole file"
        return len(buffer)


def article(number: int) -> Record:
    text = "Rebels shelled Taiz.\nThirty families fled."
    spans = (Span("s1", 0, 6, "actor"), Span("s2", 15, 19, "location"))
    return Record("", f"article-{number:05}", f"Report {number}", text, {"n": "1"}, LayerRecord("Ana", spans=spans))


def formats(wanted: Callable[[Format], bool]) -> list[Any]:
    found = []
    for name in plugins.names("formats"):
        try:
            one: Format = plugins.load("formats", name)
        except AnnotatorError:
            continue
        if wanted(one):
            found.append(pytest.param(one, id=name))
    return found


def write_all(format: Format, where: Path, numbers: Iterable[int]) -> Iterator[None]:
    """Write an article for each number, each before a value is yielded."""
    options = WriteOptions()
    try:
        if format.write_folder is not None:
            where.mkdir()
            writer = format.write_folder(where, options)
        else:
            assert format.write is not None
            writer = format.write(where.open("wb", buffering=0), options)
    except AnnotatorError as error:
        pytest.skip(error.message)
    for number in numbers:
        writer.write(article(number))
        yield


def left_behind(steps: Iterator[object]) -> float:
    """Return how many bytes of Python's each of `MORE` steps leaves behind, after `FIRST` that fill what is filled once.

    The lesser of two times, for now and then a table of Python's own grows.
    """
    next(steps)  # what this imports is not counted
    tracemalloc.start()
    try:
        counts = []
        for steps_now in (FIRST - 1, MORE, MORE):
            assert sum(1 for _ in islice(steps, steps_now)) == steps_now
            gc.collect()
            counts.append(tracemalloc.get_traced_memory()[0])
        return min(after - before for before, after in pairwise(counts)) / MORE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("format", formats(lambda one: bool(one.write or one.write_folder)))
def test_a_writer_keeps_next_to_nothing_of_an_article(
    format: Format, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docbin_write, "SHARD", 50)
    monkeypatch.setattr(hf_write, "_ROWS", 50)
    assert left_behind(write_all(format, tmp_path / "out", count())) < EACH


@pytest.mark.parametrize("format", formats(lambda one: bool(one.read and one.write and one.name not in WHOLE)))
def test_a_reader_comes_back_before_the_end_and_keeps_next_to_nothing(format: Format) -> None:
    try:
        one, two, three = (written(format, [article(number) for number in range(most)])[0] for most in (1, 2, 3))
    except AnnotatorError as error:
        pytest.skip(error.message)
    length = len(three) - len(two)
    assert length == len(two) - len(one)
    piece = three[len(one) : len(one) + length]  # from the second article to the third
    assert article(1).key.encode() in piece
    source = Source("x", "x", format.suffixes[0], 0, Path("x"))

    def file() -> Iterator[bytes]:
        yield three[: len(one)]
        for number in count(1):
            yield piece.replace(article(1).key.encode(), article(number).key.encode())

    raw = Endless(file())
    assert format.read is not None
    items = format.read(io.BufferedReader(raw), source)
    for item in islice(items, 20):
        assert isinstance(item, Incoming), item
        assert item.record.layer is not None
        assert [span.label for span in item.record.layer.spans] == ["actor", "location"]
    assert raw.taken <= FARTHEST
    assert left_behind(items) < EACH


def test_an_archive_of_pages_is_read_as_it_comes_and_addresses_are_kept_in_little() -> None:
    pytest.importorskip("warcio")

    def file() -> Iterator[bytes]:
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>x"
        for number in count():
            address = f"https://example.org/a/rather/long/address/of/an/article/{number}"
            head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {address}\r\nContent-Length: {len(body)}\r\n"
            yield head.encode() + b"Content-Type: application/http;msgtype=response\r\n\r\n" + body + b"\r\n\r\n"

    raw = Endless(file())
    pages = web._archived(io.BufferedReader(raw), Source("x.warc", "x", ".warc", 0, None))
    first = next(pages)
    assert isinstance(first, web._Page)
    assert first.key.endswith("/0")
    assert raw.taken <= FARTHEST
    assert left_behind(pages) < EACH
