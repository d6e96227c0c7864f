"""Zip archives as `zipfile` writes and reads them, without a list of their members."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from zipfile import BadZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.formats import zipping
from annotator.formats.zipping import ZipReader, ZipWriter

NAMES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\\"), min_size=1, max_size=9).filter(
        lambda name: not name.endswith("/")
    ),
    unique=True,
    max_size=5,
)


def written(members: Iterable[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    writer = ZipWriter(file)
    for name, data in members:
        writer.add(name, data)
    writer.close()
    return file.getvalue()


def by_zipfile(members: Iterable[tuple[str, bytes]]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members:
            member = zipfile.ZipInfo(name)
            member.create_system, member.external_attr = 3, 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, data, compresslevel=1)
    return file.getvalue()


def contents(data: bytes, limit: int = 10**6) -> list[tuple[str, bytes]]:
    reader = ZipReader(io.BytesIO(data))
    return [(member.name, reader.content(member, limit)) for member in reader.members()]


@given(names=NAMES, data=st.binary(max_size=200))
def test_the_bytes_are_those_of_zipfile_and_come_back(names: list[str], data: bytes) -> None:
    members = [(name, data * number) for number, name in enumerate(names)]
    found = written(members)
    assert found == by_zipfile(members)
    assert contents(found) == members
    assert contents(b"in front of it" + found) == members


@pytest.mark.parametrize("limits", ["many", "far"])
def test_the_form_for_large_archives_is_read_by_zipfile_and_here(monkeypatch: pytest.MonkeyPatch, limits: str) -> None:
    monkeypatch.setattr(zipping, *(("_MANY", 2) if limits == "many" else ("_FAR", 50)))
    members = [(f"{number}.xmi", b"text" * number) for number in range(5)]
    found = written(members)
    assert b"PK\6\6" in found
    with zipfile.ZipFile(io.BytesIO(found)) as archive:
        assert [(name, archive.read(name)) for name in archive.namelist()] == members
        assert archive.testzip() is None
    assert ZipReader(io.BytesIO(found)).count == 5
    assert contents(found) == members


def test_what_zipfile_writes_in_the_form_for_large_archives_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [(f"{number}.xmi", b"text" * number) for number in range(5)]
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    assert contents(by_zipfile(members)) == members


def test_folders_comments_and_stored_members() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("folder/", b"")
        archive.writestr("folder/a", b"stored")
        archive.comment = b"PK\5\6 is not here"[1:]
    assert contents(file.getvalue()) == [("folder/a", b"stored")]


def test_no_more_is_unpacked_than_was_asked_for() -> None:
    (found,) = contents(written([("bomb", bytes(10**8))]), limit=1000)
    assert len(found[1]) == 1001


def _damaged(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-22], "no table of contents"),
        (lambda data: _damaged(data, b"PK\1\2", b"PK\1\0"), "table of contents is damaged"),
        (lambda data: _damaged(data, b"PK\3\4", b"PK\3\0"), "no member where it should be"),
        (lambda data: data[:-10] + struct.pack("<2LH", 10**6, 0, 0), "not where it says"),
        (lambda data: _damaged(data, struct.pack("<HHH", 0, 8, 0), struct.pack("<HHH", 1, 8, 0)), "encrypted"),
        (lambda data: _damaged(data, struct.pack("<HHH", 0, 8, 0), struct.pack("<HHH", 0, 12, 0)), "method 12"),
        (lambda data: _damaged(data, struct.pack("<L", zlib.crc32(b"words")), bytes(4)), "checksum"),
    ],
    ids=["cut", "table", "member", "place", "encrypted", "method", "checksum"],
)
def test_what_is_wrong_is_said(change: object, message: str) -> None:
    assert callable(change)
    with pytest.raises(BadZipFile, match=message):
        contents(change(written([("a", b"words")])))


@given(
    changes=st.lists(
        st.tuples(st.integers(0, 10**6), st.one_of(st.integers(0, 2**64 - 1), st.just(2**64 - 1))),
        min_size=1,
        max_size=3,
    ),
    large=st.booleans(),
)
def test_damage_is_always_told_and_never_anything_else(changes: list[tuple[int, int]], large: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if large:
            patch.setattr(zipping, "_FAR", 20)
        data = bytearray(written([("a", b"words"), ("b", b"more words"), ("c", bytes(999))]))
    for at, number in changes:
        at %= len(data) - 7
        data[at : at + 8] = number.to_bytes(8, "little")
    with suppress(BadZipFile, zlib.error, ValueError):
        reader = ZipReader(io.BytesIO(data))
        for member in reader.members():
            with suppress(BadZipFile, zlib.error):
                assert len(reader.content(member, 100)) <= 101


def test_memory_hardly_grows_with_the_members() -> None:
    class Endless(io.RawIOBase):
        def write(self, data: object, /) -> int:
            return 0

    writer = ZipWriter(Endless())  # type: ignore[arg-type]  # it takes bytes
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(4000):
            writer.add(f"annotation/article-{number}/somebody.xmi", b"%d" % number)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 4000 * 50
