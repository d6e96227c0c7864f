"""UIMA CAS: XMI, JSON, and zip files of either, as INCEpTION exports them.

Invariant: one CAS is one article with one annotator's layer; nothing of an archive is ever unpacked to the disk, and
no member is read beyond the limit of one CAS, nor all of them beyond what their archive's own size allows.  A CAS is
known in memory one at a time.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from annotator.core.record import Bad, Record
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions, WriteOptions
from annotator.formats.cas_json import json_cas, read_json
from annotator.formats.cas_layers import record_of
from annotator.formats.cas_model import Cas, Types
from annotator.formats.cas_write import CasMaker
from annotator.formats.cas_xmi import LIMIT, read_types, read_xmi, type_system, xmi
from annotator.formats.safe_names import FileNames, plain
from annotator.formats.sources import Source
from annotator.formats.swelling import Swelling, SwollenError

TYPE_SYSTEM: Final = "TypeSystem.xml"
_TYPE_SYSTEMS: Final = frozenset({"typesystem.xml", "full-typesystem.xml"})
_HINT: Final = "export the document again as UIMA CAS"
_FOLDERS: Final = frozenset({"annotation", "curation", "annotations"})
_NOBODY: Final = "INITIAL_CAS"
_LEVELS: Final = 4  # folders above a file in which its type system may be
_MEMBERS: Final = 1_000_000
_READERS: Final = {".xmi": read_xmi, ".json": read_json}
_ZIP_ERRORS: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of every member, so that the same content gives the same bytes


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
        types = _beside(source.path) if suffix == ".xmi" and source.path is not None else Types()
        key, annotator = _named(PurePosixPath(source.key))
        yield record_of(_READERS[suffix](cast(BinaryIO, stream), types), source.name, key, annotator)
    except InputError as error:
        yield Bad(source.name, error.message, error.hint)


def _beside(path: Path) -> Types:
    for folder in [*path.absolute().parents][:_LEVELS]:
        found = next((one for one in sorted(folder.glob("*.xml")) if one.name.lower() in _TYPE_SYSTEMS), None)
        if found is not None:
            try:
                with found.open("rb") as file:
                    return read_types(file)
            except InputError as error:
                raise InputError(f"its type system {found.name} {error.message}", hint=error.hint) from error
    return Types()


def _named(path: PurePosixPath) -> tuple[str, str]:
    """Return the article and the annotator that a path names, as INCEpTION lays them out: annotation/DOCUMENT/USER."""
    parts = [plain(part) for part in path.parts]
    if len(parts) >= 3 and parts[-3] in _FOLDERS:
        return parts[-2], "" if parts[-1] == _NOBODY else parts[-1]
    return str(path), ""


def read_zip(
    stream: BufferedReader, source: Source, _options: ReadOptions = ReadOptions(), /
) -> Iterator[Incoming | Bad]:
    """Yield the articles of an archive, also of archives in it; see `Reader`."""
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(stream, file, 1 << 20)  # its table of contents is at its end
        size = file.tell()
        try:
            with zipfile.ZipFile(file) as archive:
                yield from _Archive(size).members(archive, source.name, PurePosixPath(), Types(), nested=True)
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
        self, archive: zipfile.ZipFile, name: str, inside: PurePosixPath, types: Types, *, nested: bool
    ) -> Iterator[Incoming | Bad]:
        """Yield the articles of an archive."""
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) > _MEMBERS:
            yield Bad(name, f"holds more than {_MEMBERS:,} files", "divide it")
            return
        schemes = {one.filename: one for one in members if PurePosixPath(one.filename).name.lower() in _TYPE_SYSTEMS}
        made: dict[str, Types] = {}
        for one in sorted(members, key=lambda member: member.filename):
            path = PurePosixPath(one.filename)
            suffix, where = path.suffix.lower(), f"{name}!{_shown(one.filename)}"
            if suffix not in (".xmi", ".json", ".zip") or path.name in ("exportedproject.json", ".json"):
                continue
            try:
                if suffix == ".zip":
                    if nested:
                        with zipfile.ZipFile(io.BytesIO(self._content(archive, one))) as inner:
                            yield from self.members(inner, where, path.with_suffix(""), types, nested=False)
                    continue
                closest = _closest(path, schemes)
                if closest and closest not in made:
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

    def _content(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
        """Return a member's bytes, as long as they are not more than a CAS may have, whatever the archive says."""
        with archive.open(member) as file:
            data = file.read(LIMIT + 1)
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


def _closest(path: PurePosixPath, schemes: dict[str, zipfile.ZipInfo]) -> str:
    """Return the type system in the same folder or the nearest above, "" if there is none."""
    for folder in path.parents:
        found = sorted(name for name in schemes if PurePosixPath(name).parent == folder)
        if found:
            return found[0]
    return ""


class _Writer:
    """What the writers share: a CAS and a path for each record, and a type system at the end."""

    def __init__(self, put: Callable[[str, bytes], None], options: WriteOptions, form: str) -> None:
        self._put = put
        self._form = form
        self._maker = CasMaker(options.schema, xml=form == "xmi")
        self._names = FileNames()
        self._taken: set[bytes] = set()

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one CAS and return what other tools will not find in it."""
        cas, losses = self._maker.cas(record)
        name = (record.layer.annotator if record.layer is not None else "") or _NOBODY
        path = self._path(f"annotation/{self._names.of(record.key)}/{self._names.of(name)}")
        self._put(path, self._bytes(cas))
        return losses

    def _path(self, wanted: str) -> str:
        """Return a path that no other record has; a second layer of the same person gets a number."""
        free, number = wanted, 1
        while (digest := hashlib.sha256(free.encode()).digest()[:8]) in self._taken:
            number += 1
            free = f"{wanted}-{number}"
        self._taken.add(digest)
        return f"{free}.{self._form}"

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
        super().__init__(self._save, options, form)

    def _save(self, name: str, data: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class CasZip(_Writer):
    """Writes an archive with a member for each record, in the folders of INCEpTION; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        super().__init__(self._save, options, options.values.get("form", "xmi"))

    def _save(self, name: str, data: bytes) -> None:
        member = zipfile.ZipInfo(name, _EPOCH)
        member.create_system, member.external_attr = 3, 0o644 << 16
        member.compress_type = zipfile.ZIP_DEFLATED
        self._archive.writestr(member, data, compresslevel=1)

    def close(self) -> None:
        """Write the type system and the table of contents."""
        super().close()
        self._archive.close()


def _is_type_system(path: Path) -> bool:
    """Say whether a file is the type system of XMI files near it."""
    return path.name.lower() in _TYPE_SYSTEMS and any(path.parent.rglob("*.xmi"))


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
    options=(Option("form", "the form of the files in the archive", ("xmi", "json")),),
    single=False,
)
