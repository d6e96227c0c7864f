"""Label schemas as files: the built-in ones and people's own.

Invariant: a schema that leaves this module is whole and self-contained: its guideline is inlined, the general part in
`Schema.guideline` and each `## label` section in its label.  Every mistake in a file is told with its line and field.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Final, NamedTuple

from annotator.core.schema import Fault, Schema
from annotator.core.schema_models import json_schema
from annotator.errors import InputError
from annotator.resources import schemas_dir
from annotator.schema_faults import faults_of
from annotator.toml_lines import line_of

SIZE_LIMIT: Final = 4 * 1024 * 1024  # bytes; a schema is written by people, so anything larger is another kind of file

_HEADING = re.compile(r"##[ \t]+(.+?)[ \t#]*")
_FENCE = re.compile(r" {0,3}(```|~~~)")


class SchemaProblem(NamedTuple):
    """One mistake in a schema file; line 0 is the file as a whole, the field is dotted and may be ""."""

    line: int
    field: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class BuiltinSchema:
    """What a list tells about a schema that comes with annotator."""

    name: str
    version: str
    title: str
    description: str
    labels: tuple[str, ...]


def load_schema(source: str) -> Schema:
    """Return the built-in schema of this name, or the one in this TOML file, with its guideline inlined.

    Args:
        source: A built-in name such as "conflict-events", or a path.

    Raises:
        InputError: If there is no such schema or it is wrong; names the first problem, its file, line and field.
    """
    path = _locate(source)
    schema, problems = _read(path)
    if schema is None:
        first, more = problems[0], len(problems) - 1
        where = f"{path}:{first.line}" if first.line else str(path)
        what = ": ".join(part for part in (where, first.field, first.message) if part)
        others = f"; and {more} more problem{'s' if more > 1 else ''}" if more else ""
        see_all = f"see all: annotator schema check {path}" if more else ""
        raise InputError(what + others, hint="; ".join(part for part in (first.hint, see_all) if part))
    return schema


def schema_problems(path: str | Path) -> list[SchemaProblem]:
    """Return everything that is wrong with a schema file, in the order of its lines; nothing is raised."""
    return _read(Path(path))[1]


def builtin_schemas() -> list[BuiltinSchema]:
    """Return the schemas that come with annotator, by name."""
    schemas = [load_schema(str(path)) for path in _builtin_files().values()]
    return [
        BuiltinSchema(schema.name, schema.version, schema.title, schema.description, tuple(schema.labels))
        for schema in schemas
    ]


def json_schema_text() -> str:
    """Return the JSON Schema of schema files as it is kept in `schemas/annotator-schema.json`."""
    return json.dumps(json_schema(), ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def _builtin_files() -> dict[str, Path]:
    return {path.stem: path for path in sorted(schemas_dir().glob("*.toml"))}


def _locate(source: str) -> Path:
    builtin = _builtin_files()
    if source in builtin:
        return builtin[source]
    path = Path(source)
    looks_like_path = path.suffix == ".toml" or len(path.parts) != 1
    if looks_like_path or path.exists():
        return path
    near = get_close_matches(source, builtin, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"built-in: {', '.join(builtin)}; or give the path of a TOML file"
    raise InputError(f"there is no schema {source!r}", hint=hint)


def _read(path: Path) -> tuple[Schema | None, list[SchemaProblem]]:
    """Read a file as far as it goes: a schema and no problems, or no schema and at least one problem."""
    try:
        text = text_of(path, hint="a schema is a TOML file; built-in ones: annotator schema list")
    except InputError as error:
        return None, [SchemaProblem(0, "", error.message.removeprefix(f"{path}: "), error.hint)]
    try:
        data = tomllib.loads(text)
        if isinstance(data.get("version"), float):  # 1.10 as written, not 1.1
            data["version"] = tomllib.loads(text, parse_float=str)["version"]
    except (ValueError, RecursionError) as error:
        return None, [syntax_problem(error, text)]
    faults = [*_inline(data, path.parent), *faults_of(data)]
    if faults:
        found = {SchemaProblem(line_of(text, f.field), _dotted(f.field), f.message, f.hint): None for f in faults}
        return None, sorted(found, key=lambda problem: problem.line)
    return Schema.validated(data), []


def text_of(path: Path, *, hint: str) -> str:
    """Read a small UTF-8 file.

    Raises:
        InputError: If it is missing, not a file, too large, binary or in another encoding.
    """
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder, not a file", hint=hint)
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: is not an ordinary file", hint=hint)
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file", hint=hint) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be read: {reason}", hint=hint) from error
    if len(raw) > SIZE_LIMIT:
        raise InputError(f"{path}: is larger than {SIZE_LIMIT // 1024 // 1024} MiB", hint=hint)
    if b"\0" in raw:
        raise InputError(f"{path}: is a binary file", hint=hint)
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}: line {line} is not UTF-8", hint="save the file again as UTF-8") from error


def syntax_problem(error: Exception, text: str) -> SchemaProblem:
    """Return what `tomllib` found wrong with a text, with its line."""
    if isinstance(error, RecursionError):
        return SchemaProblem(0, "", "is nested too deeply", "a schema needs no more than five levels")
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
    message = re.sub(r" \(at .*\)$", "", str(error))
    column = f" (column {place[2]})" if place else ""
    return SchemaProblem(line, "", f"TOML syntax{column}: {message[:1].lower()}{message[1:]}", "see https://toml.io")


def _dotted(field: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in field)


def _inline(data: dict[str, Any], folder: Path) -> list[Fault]:
    """Put the guideline's words in the place of its file's name; what is wrong in `data` itself is found later."""
    name = data.get("guideline", "")
    if not isinstance(name, str) or not name:
        return []
    try:
        text = text_of(_beside(name, folder), hint="guideline names a Markdown file beside the schema")
    except InputError as error:
        return [Fault(("guideline",), error.message, error.hint)]
    labels = data.get("labels")
    if not isinstance(labels, dict):
        return []
    general, sections = _sections(text, labels)
    data["guideline"] = general
    for label, section in sections.items():
        labels[label]["guideline"] = section
    return []


def _beside(name: str, folder: Path) -> Path:
    """Return the guideline's path, which is never outside the schema's own folder."""
    inside = PurePosixPath(name), PureWindowsPath(name)
    escapes = any(path.is_absolute() or path.drive or path.root or ".." in path.parts for path in inside)
    path = folder / name
    if escapes or "\n" in name or not path.resolve().is_relative_to(folder.resolve()):
        hint = 'give the plain name of a file in the same folder, such as guideline = "guide.md"'
        raise InputError(f"{name!r} is not a file beside the schema", hint=hint)
    return path


def _sections(text: str, labels: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Split a guideline into its general part and the sections of labels that have no guideline of their own."""
    owner: dict[str, str] = {}
    for label, fields in labels.items():
        if isinstance(fields, dict) and not fields.get("guideline"):
            owner.setdefault(label.casefold(), label)
            owner.setdefault(str(fields.get("title") or label).casefold(), label)
    general: list[str] = []
    sections: dict[str, list[str]] = {}
    into, fenced = general, False
    for line in text.split("\n"):
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.fullmatch(line)
        if heading and heading[1].casefold() in owner:
            into = sections.setdefault(owner[heading[1].casefold()], [])
            continue  # the label's name stands above its guideline wherever it is shown
        if heading:
            into = general
        into.append(line)
    return "\n".join(general).strip(), {label: "\n".join(lines).strip() for label, lines in sections.items()}
