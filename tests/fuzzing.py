"""Fuzzing: real samples changed by bytes and by structure, read as a load reads them; nothing but `AnnotatorError` may come.

The tests run a few examples of each target, `make fuzz` as many as fit in FUZZ_SECONDS (600) seconds each:

    make fuzz                          every target
    make fuzz ARGS="brat settings"     these
    FUZZ_SECONDS=60 make fuzz          a minute each

What is found is printed as the shortest input that shows it, and becomes a test.
"""

from __future__ import annotations

import faulthandler
import gzip
import io
import os
import re
import sys
import tempfile
import time
import tomllib
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec
from fuzzing_seeds import COMPANION, files_seeds, reader_seeds
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from interchange import SCHEMA

from annotator import plugins
from annotator.errors import AnnotatorError
from annotator.formats.base import Format, ReadOptions
from annotator.formats.gate import Gate
from annotator.formats.mapping import Mapper, Names
from annotator.intake import LoadReport, Reading

EXAMPLES_A_ROUND = 500
HANGS = 120.0  # seconds that no input of this size may take
_TOKEN = re.compile(rb"[A-Za-z_]+|-?[0-9]+(?:\.[0-9]+)?|[\x80-\xff]+|\s+|.", re.DOTALL)
_ODD = (
    b"", b"-1", b"0", b"9" * 25, b"9" * 5000, b"1e999", b"NaN", b"null", b"true", b"[]", b"{}", b'""', b'"a"', b"\x00", b"\xff",
    b"\xed\xa0\x80", b"\\ud800", b"\xe2\x80\xa8", b"\xf0\x9f\x91\xa9", b"&#0;", b"&lt;", b"<", b">", b"\r", b"\n", b"\t", b",",
    b"[" * 200, b'{"a":' * 200, b"\xef\xbb\xbf", b"\xff\xfe", b"../../x", b"'", b"=", b"#", b"T1", b"B-", b"[[", b'"""', b"2024-13-45",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Something that reads what others have written.

    Args:
        seeds: Returns samples that it can read.
        suffix: The ending of their files.
        swallow: Reads a file and returns whether there was anything in it; may raise `AnnotatorError`.
    """

    seeds: Callable[[], Sequence[bytes]]
    suffix: str
    swallow: Callable[[Path], bool]


def by_bytes(draw: st.DrawFn, data: bytes, other: bytes) -> bytes:
    """Change a few bytes, or leave out, double, or take over a stretch."""
    start = draw(st.integers(0, len(data)))
    end = min(len(data), start + draw(st.sampled_from([0, 1, 2, 4, 20, 500])))
    match draw(st.integers(0, 4)):
        case 0:
            return data[:start] + draw(st.binary(max_size=4)) + data[end:]
        case 1:
            return data[:start] + data[end:]
        case 2:
            return data[:end] + data[start:]
        case 3:
            return data[:start]
        case _:
            return data[:start] + other[draw(st.integers(0, len(other))) :]


def by_parts(draw: st.DrawFn, data: bytes, other: bytes, *, parts: Callable[[bytes], list[bytes]]) -> bytes:
    """Change tokens or lines: put in another place, double, leave out, or put an odd one in their place."""
    pieces = parts(data)
    if not pieces:
        return draw(st.sampled_from(_ODD))
    at, to = (draw(st.integers(0, len(pieces) - 1)) for _ in range(2))
    match draw(st.integers(0, 4)):
        case 0:
            pieces[at] = draw(st.sampled_from(_ODD))
        case 1:
            pieces[at], pieces[to] = pieces[to], pieces[at]
        case 2:
            pieces.insert(to, pieces[at])
        case 3:
            del pieces[at]
        case _:
            pieces[at] = pieces[to]
    return b"".join(pieces)


def by_values(draw: st.DrawFn, data: bytes, other: bytes) -> bytes:
    """Change one value of a line of JSON, or of the whole."""
    lines = data.splitlines(keepends=True)
    at = draw(st.integers(0, max(0, len(lines) - 1)))
    for whole, put in ((data, lambda new: new), *([(lines[at], lambda new: b"".join([*lines[:at], new + b"\n", *lines[at + 1 :]]))] if lines else [])):  # fmt: skip
        try:
            value = msgspec.json.decode(whole)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            continue
        places = list(_places(value))
        if places:
            holder, name = draw(st.sampled_from(places))
            _change(draw, holder, name)
        return put(msgspec.json.encode(value))
    return by_bytes(draw, data, other)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    names = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for name in names:
        yield value, name
        yield from _places(value[name])


def _change(draw: st.DrawFn, holder: Any, name: Any) -> None:
    old = holder[name]
    match draw(st.integers(0, 4)):
        case 0:
            holder[name] = draw(
                st.sampled_from(
                    [None, True, -1, 0, 7, 2**53, 10**30, 0.5, "", "a", "0", "\x00", "\u2028", [], {}, [None], [[]]]
                )
            )
        case 1:
            holder[name] = [old]
        case 2:
            holder[name] = {"value": old}
        case 3:
            holder[name] = str(old) if not isinstance(old, str) else len(old)
        case _:
            del holder[name]


def in_zip(draw: st.DrawFn, data: bytes, other: bytes) -> bytes:
    """Change a member of an archive, or its name; what is none is changed by bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(one.filename, archive.read(one)) for one in archive.infolist()]
    except Exception:  # noqa: BLE001 - it was changed before
        return by_bytes(draw, data, other)
    at = draw(st.integers(0, max(0, len(members) - 1)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, (name, content) in enumerate(members):
            if number == at:
                content = draw(st.sampled_from(OPERATIONS[:-1]))(draw, content, b"")
                name = draw(st.sampled_from([name, "../" + name, name.upper(), "a/b.zip", "TypeSystem.xml"]))
            with warnings.catch_warnings(action="ignore"):  # a name may come twice
                archive.writestr(name, content)
    return file.getvalue()


OPERATIONS: list[Callable[[st.DrawFn, bytes, bytes], bytes]] = [
    by_bytes,
    partial(by_parts, parts=lambda data: _TOKEN.findall(data)),
    partial(by_parts, parts=lambda data: data.splitlines(keepends=True)),
    by_values,
    in_zip,
]


@st.composite
def mutants(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Return a sample that was changed one to four times; archives mostly inside."""
    data, other = draw(st.sampled_from(seeds)), draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        zipped = data.startswith(b"PK\x03\x04") and draw(st.integers(0, 3))
        data = (in_zip if zipped else draw(st.sampled_from(OPERATIONS[:-1])))(draw, data, other)
    return data if draw(st.integers(0, 15)) else gzip.compress(data, 1)[: draw(st.integers(1, 10_000))]


def _read(path: Path, *, format: str | None, encoding: str = "") -> bool:
    """Read a file as a load does, and look at what would be stored."""
    records = 0
    for schema in (None, SCHEMA):
        reading = Reading([str(path)], LoadReport(), format=format, options=ReadOptions(encoding=encoding))
        for record in reading.admitted(Mapper(schema, drop=schema is not None), Gate(schema)):
            records += 1
            text = record.text.encode()  # else it could not be stored
            assert text.decode() == record.text
            assert msgspec.json.encode([record.meta, record.key, record.title, record.layer])
            for span in record.layer.spans if record.layer is not None else ():
                assert 0 <= span.start < span.end <= len(record.text)
    return records > 0


def _schema(path: Path) -> bool:
    from annotator.core.schema import Schema
    from annotator.schemas import load_schema, schema_problems

    problems = schema_problems(path)
    try:
        schema = load_schema(str(path))
    except AnnotatorError:
        assert problems
        raise
    assert not problems
    assert Schema.validated(msgspec.json.decode(schema.to_json())) == schema
    return True


def _settings(path: Path) -> bool:
    from annotator.config import load_settings
    from annotator.tui.keymap import keymap

    keymap(load_settings(path))
    return True


def _mapping(path: Path) -> bool:
    Names.parse([str(path)]).check(SCHEMA)
    return True


def _people(path: Path) -> bool:
    from annotator.serving.people import People, names_in

    People(names_in(path))
    return True


def _annotation_conf(path: Path) -> bool:
    """Make a schema of brat's configuration, as `annotator schema import` does: what is printed is one, or told of."""
    from annotator.core.schema import Schema
    from annotator.formats.brat_schema import schema_from, schema_toml
    from annotator.schema_faults import faults_of
    from annotator.schemas import text_of

    data, _ = schema_from(text_of(path, hint=""), name="brat")
    made = tomllib.loads(schema_toml(data))
    assert (made["name"], made["labels"].keys()) == ("brat", data["labels"].keys())
    if not faults_of(made):
        Schema.validated(made)
    return True


def _formats() -> dict[str, Target]:
    known: dict[str, Format] = {name: plugins.load("formats", name) for name in plugins.names("formats")}
    return {
        name: Target(partial(reader_seeds, name), format.suffixes[0], partial(_read, format=name))
        for name, format in sorted(known.items())
        if format.read is not None
    }


@cache
def targets() -> Mapping[str, Target]:
    """Return everything that reads what others wrote: each registered reader, and each file that a person writes."""
    return {
        **_formats(),
        "any-format": Target(partial(reader_seeds, None), ".data", partial(_read, format=None)),
        "schema": Target(partial(files_seeds, "schema"), ".toml", _schema),
        "settings": Target(partial(files_seeds, "settings"), ".toml", _settings),
        "mapping": Target(partial(files_seeds, "mapping"), ".toml", _mapping),
        "annotation-conf": Target(partial(files_seeds, "annotation-conf"), ".conf", _annotation_conf),
        "encoding": Target(partial(files_seeds, "encoding"), ".csv", partial(_read, format="csv", encoding="utf-16")),
        "people": Target(partial(files_seeds, "people"), ".txt", _people),
    }


@contextmanager
def swallowing(target: Target) -> Iterator[Callable[[bytes], bool]]:
    """Give a function that has a target read some bytes, and lets through only what is a fault of the program."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{target.suffix}"
        for name, content in COMPANION.items():
            (Path(folder) / name).write_bytes(content)

        def swallow(data: bytes) -> bool:
            path.write_bytes(data)
            try:
                return target.swallow(path)
            except AnnotatorError:
                return False

        yield swallow


def fuzz(target: Target, *, examples: int, derandomize: bool = False) -> None:
    """Have a target read changed samples.

    Args:
        target: The target.
        examples: How many.
        derandomize: Whether they are the same each time.

    Raises:
        Exception: Whatever the target raises that it must not; hypothesis has made the input as short as it could.
    """
    with swallowing(target) as swallow:

        @settings(
            max_examples=examples,
            deadline=None,
            derandomize=derandomize,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        )
        @given(data=mutants(target.seeds()))
        def check(data: bytes) -> None:
            swallow(data)

        check()


def main(names: Sequence[str]) -> int:
    """Fuzz targets for a time each and return 1 if anything was found."""
    seconds, found = float(os.environ.get("FUZZ_SECONDS", "600")), 0
    if unknown := set(names) - targets().keys():
        print(f"no such target: {', '.join(sorted(unknown))}; known: {', '.join(targets())}")
        return 2
    for name in names or targets():
        end, examples = time.monotonic() + seconds, 0
        try:
            while time.monotonic() < end:
                faulthandler.dump_traceback_later(HANGS + seconds, exit=True)
                fuzz(targets()[name], examples=EXAMPLES_A_ROUND)
                examples += EXAMPLES_A_ROUND
        except Exception:  # noqa: BLE001 - the next target is fuzzed all the same
            found += 1
            print(f"{name}: found after {examples:,} examples or more")
            traceback.print_exc(limit=-6, file=sys.stdout)
        else:
            print(f"{name}: {examples:,} examples, nothing found")
        sys.stdout.flush()
    faulthandler.cancel_dump_traceback_later()
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
