"""What the tests of formats share: reading a folder or bytes by one format, and the samples of other tools."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from annotator.core.record import Bad
from annotator.formats.base import Format, Incoming, ReadOptions
from annotator.formats.sources import Source, find

SHARED = Path(__file__).parents[2] / "shared" / "data"


def shared(name: str) -> Path:
    """Return a sample of another tool, or skip where the samples are not at hand."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the samples are not beside the checkout: {name}")
    return path


def golden(name: str, found: bytes) -> bytes:
    """Return the bytes that a test expects; `UPDATE_GOLDEN=1` takes what was found."""
    path = Path(__file__).parent / "golden" / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_bytes(found)
    return path.read_bytes()


def incoming_of(format: Format, path: Path, options: ReadOptions = ReadOptions()) -> list[Incoming | Bad]:
    """Return what a format reads from a file or a folder."""
    assert format.read is not None
    found: list[Incoming | Bad] = []
    for source in find([str(path)], suffixes=format.suffixes):
        if isinstance(source, Source):
            with source.open() as stream:
                found += format.read(stream, source, options)
    return found


def read_bytes(
    format: Format, data: bytes, *, name: str = "x", options: ReadOptions = ReadOptions()
) -> list[Incoming | Bad]:
    """Return what a format reads from bytes that are called by this name."""
    assert format.read is not None
    stem = name.rsplit(".", 1)[0]
    source = Source(name, stem, format.suffixes[0], len(data), Path(name))
    return list(format.read(io.BufferedReader(io.BytesIO(data)), source, options))
