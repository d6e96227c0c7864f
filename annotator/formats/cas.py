"""UIMA CAS: XMI, JSON, and zip files of either, as INCEpTION exports them.

Invariant: one CAS is one article with one annotator's layer; nothing of an archive is ever unpacked to the disk, and
no member is read beyond the limit of one CAS, nor all of them beyond what their archive's own size allows.  A CAS is
known in memory one at a time.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from io import BufferedReader
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast
from zipfile import BadZipFile

from annotator.core.record import Bad, Record
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions, WriteOptions
from annotator.formats.cas_json import json_cas, read_json
from annotator.formats.cas_layers import record_of
from annotator.formats.cas_model import Cas, Types
from annotator.formats.cas_types import TYPE_SYSTEM, TYPE_SYSTEMS, types_beside
from annotator.formats.cas_write import CasMaker
from annotator.formats.cas_xmi import LIMIT, read_types, read_xmi, type_system, xmi
from annotator.formats.digests import Digests
from annotator.formats.safe_names import FileNames, plain
from annotator.formats.sources import Source, split_name
from annotator.formats.swelling import Swelling, SwollenError
from annotator.formats.webanno import DOCUMENT
from annotator.formats.zipping import Member, ZipReader, ZipWriter

_HINT: Final = "export the document again as UIMA CAS"
_FOLDERS: Final = frozenset({"annotation", "curation", "annotations"})
_NOBODY: Final = "INITIAL_CAS"
_MEMBERS: Final = 1_000_000
_READERS: Final = {".xmi": read_xmi, ".json": read_json}
_ZIP_ERRORS: Final = (BadZipFile, zlib.error, OSError, ValueError)
_TYPES_KEPT: Final = 8  # type systems of an archive that has one in many folders


def read(
    stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /, *, suffix: str
) -> Iterator[Incoming | Bad]:
    """Yield the article of a file; see `Reader`.

    Args:
        stream: The file.
        source: Where it is from; a type system is looked for beside it and in the folders above.
        suffix: Which of the two forms it is in.
    """
    try:
        types = types_beside(source.path) if suffix == ".xmi" and source.path is not None else Types()
        key, annotator = _named_by(source)
        yield record_of(_READERS[suffix](cast(BinaryIO, stream), types), source.name, key, annotator)
    except InputError as error:
        yield Bad(source.name, error.message, error.hint)


def _named(path: PurePosixPath) -> tuple[str, str]:
    """Return the article and the annotator that a path names, as INCEpTION lays them out: annotation/DOCUMENT/USER."""
    parts = [plain(part) for part in path.parts]
    if len(parts) >= 3 and parts[-3] in _FOLDERS:
        return parts[-2], "" if parts[-1] == _NOBODY else parts[-1]
    return str(path), ""


def _named_by(source: Source) -> tuple[str, str]:
    """Return the article and the annotator of a file, also where a folder below INCEpTION's own was named.

    Only INCEpTION's own names tell that, or a folder that has a name as of a file: `annotations` is what many call any.
    """
    folder = source.path.absolute().parent if source.path is not None else None
    if source.path is not None and folder is not None and folder.parent.name in _FOLDERS and _is_document(folder):
        name = split_name(source.path.name)[0]
        return _named(PurePosixPath(_shown(folder.as_posix()), _shown(name)))
    return _named(PurePosixPath(source.key))


def _is_document(folder: Path) -> bool:
    return folder.parent.name in ("annotation", "curation") or folder.name.lower().endswith(DOCUMENT)


def read_zip(
    stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /
) -> Iterator[Incoming | Bad]:
    """Yield the articles of an archive, also of archives in it; see `Reader`."""
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(stream, file, 1 << 20)  # its table of contents is at its end
        size = file.tell()
        try:
            yield from _Archive(size).members(ZipReader(file), source.name, PurePosixPath(), Types(), nested=True)
        except SwollenError as error:
            yield Bad(source.name, str(error), error.hint)
        except _ZIP_ERRORS as error:
            yield Bad(source.name, f"is no zip file that can be read: {str(error)[:200]}", "export it again")


class _Archive:
    """Reads the members of an archive and of those in it.

    Args:
        packed: The bytes of the outer one.
    """

    def __init__(self, packed: int) -> None:
        self._packed = packed
        self._swelling = Swelling()

    def members(
        self, archive: ZipReader, name: str, inside: PurePosixPath, types: Types, *, nested: bool
    ) -> Iterator[Incoming | Bad]:
        """Yield the articles of an archive."""
        if archive.count > _MEMBERS:
            yield Bad(name, f"holds more than {_MEMBERS:,} files", "divide it")
            return
        schemes = _schemes(archive)
        made: dict[str, Types] = {}
        for one in islice(archive.members(), _MEMBERS):
            path = PurePosixPath(one.name)
            suffix, where = path.suffix.lower(), f"{name}!{_shown(one.name)}"
            if suffix not in (".xmi", ".json", ".zip") or path.name in ("exportedproject.json", ".json"):
                continue
            try:
                if suffix == ".zip":
                    if nested:
                        inner = ZipReader(io.BytesIO(self._content(archive, one)))
                        yield from self.members(inner, where, path.with_suffix(""), types, nested=False)
                    continue
                closest = next((str(folder) for folder in path.parents if str(folder) in schemes), "")
                if closest and closest not in made:
                    if len(made) == _TYPES_KEPT:
                        made.clear()
                    made[closest] = read_types(io.BytesIO(self._content(archive, schemes[closest])))
                found = _READERS[suffix](io.BytesIO(self._content(archive, one)), made.get(closest, types))
                key, annotator = _named(_shown_path(path, inside))
                yield record_of(found, where, key, annotator)
            except SwollenError:
                raise
            except InputError as error:
                yield Bad(where, error.message, error.hint)
            except _ZIP_ERRORS as error:
                yield Bad(where, f"cannot be unzipped: {str(error)[:200]}", _HINT)

    def _content(self, archive: ZipReader, member: Member) -> bytes:
        """Return a member's bytes, as long as they are not more than a CAS may have, whatever the archive says."""
        data = archive.content(member, LIMIT)
        self._swelling.take(len(data), packed=self._packed)
        if len(data) > LIMIT:
            raise InputError(f"is longer than {LIMIT >> 20} MB", hint="a CAS holds one article")
        return data


def _shown_path(path: PurePosixPath, inside: PurePosixPath) -> PurePosixPath:
    """Return what names the article: the path of the archive within the archive, if it is one, else its own."""
    return PurePosixPath(_shown(str(inside if inside.parts else path.with_suffix(""))))


def _shown(path: str) -> str:
    """Return a member's name without what no file system gave it."""
    return re.sub("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", path)


def _schemes(archive: ZipReader) -> dict[str, Member]:
    """Return the type systems of an archive by their folders; of several in one the first by name."""
    found: dict[str, Member] = {}
    for one in islice(archive.members(), _MEMBERS):
        path = PurePosixPath(one.name)
        if path.name.lower() in TYPE_SYSTEMS:
            known = found.setdefault(str(path.parent), one)
            found[str(path.parent)] = min(known, one)
    return found


class _Writer:
    """What the writers share: a CAS and a path for each record, and a type system at the end."""

    def __init__(self, options: WriteOptions, form: str) -> None:
        self._form = form
        self._maker = CasMaker(options.schema, xml=form == "xmi")
        self._names = FileNames()

    def _put(self, name: str, data: bytes) -> None:
        raise NotImplementedError

    def _is_free(self, path: str) -> bool:
        raise NotImplementedError

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one CAS and return what other tools will not find in it."""
        cas, losses = self._maker.cas(record)
        name = (record.layer.annotator if record.layer is not None else "") or _NOBODY
        path = self._path(f"annotation/{self._names.of(record.key)}/{self._names.of(name)}")
        self._put(path, self._bytes(cas))
        return losses

    def _path(self, wanted: str) -> str:
        """Return a path that no other record has; a second layer of the same person gets a number."""
        free, number = f"{wanted}.{self._form}", 1
        while not self._is_free(free):
            number += 1
            free = f"{wanted}-{number}.{self._form}"
        return free

    def _bytes(self, cas: Cas) -> bytes:
        return xmi(cas) if self._form == "xmi" else json_cas(cas, self._maker.types())

    def close(self) -> None:
        """Write the type system, which is known when all are written."""
        if self._form == "xmi":
            self._put(TYPE_SYSTEM, type_system(self._maker.types()))


class CasFolder(_Writer):
    """Writes a file for each record, in the folders of INCEpTION; see `Writer`."""

    def __init__(self, folder: Path, options: WriteOptions, *, form: str) -> None:
        self._folder = folder
        self._latest: Path | None = None
        super().__init__(options, form)

    def _put(self, name: str, data: bytes) -> None:
        path = self._folder / name
        if path.parent != self._latest:  # the layers of an article come one after the other
            self._latest = path.parent
            self._latest.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def _is_free(self, path: str) -> bool:
        return not (self._folder / path).exists()


class CasZip(_Writer):
    """Writes an archive with a member for each record, in the folders of INCEpTION; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._archive = ZipWriter(file)
        self._taken = Digests()
        super().__init__(options, options.values.get("form", "xmi"))

    def _put(self, name: str, data: bytes) -> None:
        self._archive.add(name, data)

    def _is_free(self, path: str) -> bool:
        number = len(self._taken)
        return self._taken.setdefault(path, number) == number

    def close(self) -> None:
        """Write the type system and the table of contents."""
        super().close()
        self._archive.close()


def _is_type_system(path: Path) -> bool:
    """Say whether a file is the type system of XMI files near it."""
    return path.name.lower() in TYPE_SYSTEMS and _holds_xmi(path.parent)


def _holds_xmi(folder: Path) -> bool:
    """Say whether there is an XMI file in a folder or below, without a list of what there is."""
    try:
        with os.scandir(folder) as places:
            return any(
                _holds_xmi(Path(place.path)) if place.is_dir(follow_symlinks=False) else place.name.endswith(".xmi")
                for place in places
            )
    except OSError:
        return False  # told when it is read


def _sniff_json(head: bytes) -> int:
    start = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return 98 if start.startswith(b"{") and re.search(rb'"%(?:TYPES|FEATURE_STRUCTURES|VIEWS)"', head) else 0


XMI: Final = Format(
    "cas-xmi",
    "UIMA CAS as XMI, one article and layer a file (INCEpTION)",
    (".xmi",),
    read=partial(read, suffix=".xmi"),
    write_folder=partial(CasFolder, form="xmi"),
    sniff=lambda head: 95 if b"http://www.omg.org/XMI" in head[:4096] else 0,
    claims=_is_type_system,
    single=False,
)
JSON: Final = Format(
    "cas-json",
    "UIMA CAS as JSON, one article and layer a file (INCEpTION)",
    (".json",),
    read=partial(read, suffix=".json"),
    write_folder=partial(CasFolder, form="json"),
    sniff=_sniff_json,
    single=False,
)
ZIP: Final = Format(
    "cas-zip",
    "zip of UIMA CAS files, as INCEpTION exports a project",
    (".zip",),
    read=read_zip,
    write=CasZip,
    sniff=lambda head: 60 if head.startswith(b"PK\x03\x04") else 0,
    options=(Option("form", "the form of the files in the archive", ("xmi", "json"), side="write"),),
    single=False,
)
