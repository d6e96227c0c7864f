"""Zip archives of any number of members, read and written one member at a time.

Invariant: no list of members is ever in memory, which with `zipfile` takes 700 bytes and more a member: the table of
contents is read from the file as it is gone through, and while it is written it is kept compressed, about 25 bytes a
member.  What is written is to the byte what `zipfile` writes.

The layout is that of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16: for each member a header and its data,
then the table with a header for each, then where the table is; beyond 65,535 members or 2 GiB in the form for large
archives.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_HEADER: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_END_LARGE: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_PLACE: Final = struct.Struct("<2HQ")  # in the extra field of a header: where the member is, if it is far away
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1
_FAR: Final = 2**31 - 1  # from where on `zipfile` uses the form for large archives
_FULL, _MANY = 0xFFFFFFFF, 0xFFFF
_PLAIN, _LARGE = 20, 45  # versions that a reader must know
_UNIX: Final = 3 << 8
_MODE: Final = 0o644 << 16
_TIME, _DATE = 0, 1 << 5 | 1  # 1980-01-01, so that the same content gives the same bytes
_COMMENT: Final = 0xFFFF  # the longest that may follow the end
_BLOCK: Final = 1 << 18  # bytes read at once


class ZipWriter:
    """Writes an archive; `add` its members, then `close`.

    Args:
        file: Where to, at its beginning; it is not closed.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = self._count = self._length = 0
        self._packing = zlib.compressobj(1)
        self._table: list[bytes] = []  # compressed

    def add(self, name: str, data: bytes) -> None:
        """Write a member.

        Args:
            name: Its path in the archive, another one for each.
            data: What it holds, less than 2 GiB.
        """
        words = name.encode()
        packing = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packing.compress(data) + packing.flush()
        far = self._at > _FAR
        extra = _PLACE.pack(1, _PLACE.size - 4, self._at) if far else b""
        flags = 0 if words.isascii() else _UTF8
        about = (flags, ZIP_DEFLATED, _TIME, _DATE, zlib.crc32(data), len(packed), len(data), len(words))
        version = _LARGE if far else _PLAIN
        header = (b"PK\1\2", version | _UNIX, version, *about, len(extra), 0, 0, 0, _MODE, _FULL if far else self._at)
        local = _LOCAL.pack(b"PK\3\4", _PLAIN, *about, 0) + words
        self._file.write(local + packed)
        self._at += len(local) + len(packed)
        self._count += 1
        entry = _HEADER.pack(*header) + words + extra
        self._length += len(entry)
        self._keep(self._packing.compress(entry))

    def _keep(self, packed: bytes) -> None:
        if packed:
            self._table.append(packed)

    def close(self) -> None:
        """Write the table of contents."""
        self._keep(self._packing.flush())
        unpacking = zlib.decompressobj()
        for packed in self._table:
            self._file.write(unpacking.decompress(packed))
        self._table.clear()
        count, length, at = self._count, self._length, self._at
        if count > _MANY or at > _FAR or length > _FAR:
            end = (b"PK\6\6", _END_LARGE.size - 12, _LARGE, _LARGE, 0, 0, count, count, length, at)
            self._file.write(_END_LARGE.pack(*end) + _LOCATOR.pack(b"PK\6\7", 0, at + length, 1))
            count, length, at = min(count, _MANY), min(length, _FULL), min(at, _FULL)
        self._file.write(_END.pack(b"PK\5\6", 0, 0, count, count, length, at, 0))


class Member(NamedTuple):
    """A member as the table of contents has it; sizes in bytes.

    Args:
        name: Its path, as it stands there.
        flags: Of the layout.
        method: How it is packed.
        crc: The checksum of what it holds.
        packed: Its size in the archive.
        at: Where its own header begins.
    """

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    at: int


class ZipReader:
    """Reads an archive.

    Args:
        file: All of it; what stands before its first member is passed over.

    Attributes:
        count: How many members it says that it has.

    Raises:
        BadZipFile: If there is no table of contents.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        size = file.seek(0, 2)
        file.seek(max(0, size - _END.size - _COMMENT))
        tail = file.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) - at < _END.size:
            raise BadZipFile("it has no table of contents")
        _, _, _, _, self.count, self._length, start, _ = _END.unpack_from(tail, at)
        ends = size - len(tail) + at
        large = self._large(ends)
        if large is not None:
            ends, self.count, self._length, start = large
        self._table = ends - self._length
        self._before = self._table - start  # bytes that stand in front of the archive
        if self._table < 0 or self._before < 0:
            raise BadZipFile("its table of contents is not where it says")

    def _large(self, ends: int) -> tuple[int, int, int, int] | None:
        """Return where the table ends, how many members and bytes it has and where it should begin."""
        if ends < _LOCATOR.size + _END_LARGE.size:
            return None
        self._file.seek(ends - _LOCATOR.size)
        if self._file.read(4) != b"PK\6\7":
            return None
        at = ends - _LOCATOR.size - _END_LARGE.size
        self._file.seek(at)
        mark, *_, count, length, start = _END_LARGE.unpack(self._file.read(_END_LARGE.size))
        if mark != b"PK\6\6":
            raise BadZipFile("the end of its table of contents is damaged")
        return at, count, length, start

    def members(self) -> Iterator[Member]:
        """Yield the members in the order of the table, without folders.

        Raises:
            BadZipFile: If the table is damaged from here on.
        """
        at, ends = self._table, self._table + self._length
        while at < ends:
            self._file.seek(at)  # what is done with a member moves elsewhere
            header = self._file.read(_HEADER.size)
            if len(header) < _HEADER.size or not header.startswith(b"PK\1\2"):
                raise BadZipFile("its table of contents is damaged")
            _, _, _, flags, method, _, _, crc, packed, size, *lengths, _, _, _, start = _HEADER.unpack(header)
            name, extra, comment = lengths
            words = self._file.read(name).decode("utf-8" if flags & _UTF8 else "cp437")
            packed, start = _far(self._file.read(extra), packed, size, start)
            at += _HEADER.size + name + extra + comment
            if not words.endswith("/"):
                yield Member(words, flags, method, crc, packed, start + self._before)

    def content(self, member: Member, limit: int) -> bytes:
        """Return what a member holds, but never more than `limit` bytes and one.

        Raises:
            BadZipFile: If it is damaged, encrypted, or packed in a way of its own.
            zlib.error: If what is packed is damaged.
        """
        if member.flags & _ENCRYPTED:
            raise BadZipFile("it is encrypted")
        if member.at > self._table:
            raise BadZipFile("it is said to be behind the table of contents")
        self._file.seek(member.at)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
            raise BadZipFile("there is no member where it should be")
        *_, name, extra = _LOCAL.unpack(header)
        self._file.seek(name + extra, 1)
        if member.method == ZIP_STORED:
            data = self._file.read(min(member.packed, limit + 1))
        elif member.method == ZIP_DEFLATED:
            data = self._inflated(member.packed, limit + 1)
        else:
            raise BadZipFile(f"it is packed by method {member.method}, which is not deflate")
        if len(data) <= limit and zlib.crc32(data) != member.crc:
            raise BadZipFile("its checksum is wrong")
        return data

    def _inflated(self, packed: int, most: int) -> bytes:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        found: list[bytes] = []
        length = 0
        while packed and length < most and not unpacking.eof:
            block = self._file.read(min(_BLOCK, packed))
            if not block:
                raise BadZipFile("it is cut off")
            packed -= len(block)
            while block and length < most:
                found.append(unpacking.decompress(block, most - length))
                length += len(found[-1])
                block = unpacking.unconsumed_tail
        return b"".join(found)


def _far(extra: bytes, packed: int, size: int, start: int) -> tuple[int, int]:
    """Return a member's packed size and place, which stand in the extra field where they are large."""
    if _FULL not in (packed, size, start):
        return packed, start
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            numbers = extra[at + 4 : at + 4 + length]
            large = [number for (number,) in struct.iter_unpack("<Q", numbers[: len(numbers) // 8 * 8])]
            wanted = [size, packed, start]  # in this order, and only those that have no room of their own
            found = [large.pop(0) if one == _FULL and large else one for one in wanted]
            return found[1], found[2]
        at += 4 + length
    raise BadZipFile("a size or a place in its table of contents is missing")
