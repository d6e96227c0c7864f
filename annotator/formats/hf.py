"""Hugging Face: rows of articles with spans, or with tokens and tags, in Parquet or JSON Lines.

Invariant: what `annotator` wrote comes back equal; rows of others are read by the names that are common for their
columns, and every column that has no place of its own is kept in `meta`.  A number stands for a label only where the
file, or the person, says which.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from io import BufferedReader
from itertools import pairwise
from typing import Any, Final

from annotator.core.record import Bad
from annotator.formats.base import Format, Incoming, Option, ReadOptions
from annotator.formats.hf_rows import SPANS, TAGS, TOKENS, Names, incoming
from annotator.formats.hf_write import PARQUET_HINT, JsonRows, ParquetRows, card, names_in
from annotator.formats.json_items import first_item, items
from annotator.formats.sources import Source

_BATCH: Final = 200  # rows in memory at a time


def read_lines(
    stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /
) -> Iterator[Incoming | Bad]:
    """Yield the rows of JSON Lines, or of a JSON array; see `Reader`."""
    names = _given(options)
    for item in items(stream, source):
        if isinstance(item, Bad):
            yield item
        else:
            yield incoming(item.value, names, source, item.number, item.place)


def read_parquet(
    stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /
) -> Iterator[Incoming | Bad]:
    """Yield the rows of a Parquet file; see `Reader`.  The number of a row is its line."""
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError:
        yield Bad(source.name, "reading Parquet takes pyarrow, which is not installed", PARQUET_HINT)
        return
    number, given = 0, _given(options)
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(stream, file, 1 << 20)  # its table of contents is at its end
        try:
            opened = parquet.ParquetFile(file)
            tags, labels = names_in(opened.schema_arrow.metadata or {}, TAGS, SPANS)
            names = Names(given.tags or tags, given.labels or labels)
            for batch in _batches(opened):
                columns = [_values(column) for column in batch.columns]
                for row in zip(*columns, strict=True):
                    number += 1
                    yield incoming(dict(zip(batch.schema.names, row, strict=True)), names, source, number)
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError, RecursionError) as error:
            where = f"{source.name}:{number + 1}" if number else source.name
            what = "is damaged from this row on" if number else "is not a Parquet file"
            yield Bad(where, f"{what}: {str(error)[:200]}", "write it again with `datasets` or pyarrow")


def _batches(opened: Any) -> Iterator[Any]:
    """Yield the rows of a Parquet file in batches.

    A row group at a time and by one thread takes a fifth less memory, which stays the same to the end (measured).
    """
    needed = _needed(opened.schema_arrow.names)
    for group in range(opened.num_row_groups):
        yield from opened.iter_batches(batch_size=_BATCH, row_groups=[group], columns=needed, use_threads=False)


def _given(options: ReadOptions) -> Names:
    """Return what a person says that the numbers of tags or labels stand for."""
    names = tuple(name.strip() for name in options.values.get("names", "").split(",") if name.strip())
    return Names(names, names)


def _needed(columns: list[str]) -> list[str]:
    """Return the columns to read: not the tokens and tags that `annotator` made from the spans in the same row."""
    made = {"token_starts", *TOKENS, *TAGS} if {"text", "spans", "token_starts"} <= set(columns) else set()
    return [name for name in columns if name not in made]


def _values(array: Any) -> list[Any]:
    """Return the values of an Arrow array, several times as fast as its own `to_pylist` (measured)."""
    from pyarrow import types

    kind = array.type
    if types.is_list(kind) or types.is_large_list(kind):
        bounds = array.offsets.to_pylist()
        inner = _values(array.values.slice(bounds[0], bounds[-1] - bounds[0]))
        lists = [inner[start - bounds[0] : end - bounds[0]] for start, end in pairwise(bounds)]
        there = array.is_valid().to_pylist() if array.null_count else [True] * len(lists)
        return [found if valid else None for found, valid in zip(lists, there, strict=True)]
    if types.is_struct(kind) and not array.null_count:
        names = [field.name for field in kind]
        return [dict(zip(names, row, strict=True)) for row in zip(*map(_values, array.flatten()), strict=True)]
    if types.is_string(kind) or types.is_large_string(kind) or (types.is_integer(kind) and not array.null_count):
        found: list[Any] = array.to_numpy(zero_copy_only=False).tolist()
        return found
    values: list[Any] = array.to_pylist()
    return values


def _sniff_parquet(head: bytes) -> int:
    return 80 if head.startswith(b"PAR1") else 0


def _sniff_lines(head: bytes, *, tagged: bool) -> int:
    row = first_item(head)
    if not isinstance(row, dict):
        return 0
    words = next((row[name] for name in TOKENS if name in row), None)
    tags = next((row[name] for name in TAGS if name in row), None)
    if isinstance(words, list) and isinstance(tags, list) and all(isinstance(word, str) for word in words):
        return 95 if tagged and len(words) == len(tags) else 0
    spans = row.get("spans")
    if tagged or not isinstance(row.get("text"), str) or not isinstance(spans, list):
        return 0
    # In native lines attributes are an object; here they are a text, for a column of `datasets` has one type.
    return 95 if isinstance(row.get("meta"), str) and isinstance(row.get("attributes"), str | None) else 0


_NAMES: Final = Option("names", "what the numbers of tags or labels stand for: O,B-PER,I-PER,…", side="read")
_IDS: Final = Option("tags", "how tags are written", ("names", "ids"), side="write")

SPANS_PARQUET: Final = Format(
    "hf-spans",
    "Hugging Face rows of articles with spans, as Parquet",
    (".parquet",),
    read=read_parquet,
    write=partial(ParquetRows, tagged=False),
    sniff=_sniff_parquet,
    options=(_NAMES,),
    single=False,
)
SPANS_LINES: Final = Format(
    "hf-spans-jsonl",
    "Hugging Face rows of articles with spans, as JSON Lines",
    (".jsonl", ".ndjson", ".json"),
    read=read_lines,
    write=partial(JsonRows, tagged=False),
    sniff=partial(_sniff_lines, tagged=False),
    stdout=True,
    config=partial(card, tagged=False),
    options=(_NAMES,),
    single=False,
)
TOKENS_PARQUET: Final = Format(
    "hf-tokens",
    "Hugging Face rows of tokens and BIO tags, as Parquet",
    (".parquet",),
    read=read_parquet,
    write=partial(ParquetRows, tagged=True),
    sniff=lambda head: max(0, _sniff_parquet(head) - 1),  # the same reader: it looks at the columns
    layers_only=True,
    options=(_NAMES,),
)
TOKENS_LINES: Final = Format(
    "hf-tokens-jsonl",
    "Hugging Face rows of tokens and BIO tags, as JSON Lines",
    (".jsonl", ".ndjson", ".json"),
    read=read_lines,
    write=partial(JsonRows, tagged=True),
    sniff=partial(_sniff_lines, tagged=True),
    stdout=True,
    layers_only=True,
    config=partial(card, tagged=True),
    options=(_NAMES, _IDS),
)
