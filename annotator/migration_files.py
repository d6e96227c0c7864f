"""Migration files: what becomes of annotations when a schema changes, read from TOML.

Invariant: a migration that leaves this module fits the two schemas that it was read for; every mistake in a file is
told with its line and field.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from annotator.core.migration import Migration, faults
from annotator.core.migration_models import Migration as Model
from annotator.core.migration_models import json_schema
from annotator.core.schema import Fault, Schema, Where
from annotator.errors import InputError
from annotator.schemas import SchemaProblem, syntax_problem, text_of
from annotator.toml_lines import line_of


def load_migration(path: Path, old: Schema, new: Schema) -> Migration:
    """Return the migration in a file.

    Args:
        path: The TOML file.
        old: The schema that annotations are under.
        new: The schema that they are to be under.

    Raises:
        InputError: If the file is wrong or is not for these schemas; names the first problem, its file, line and field.
    """
    found = _read(path, old, new)
    if isinstance(found, Migration):
        return found
    first, more = found[0], len(found) - 1
    where = f"{path}:{first.line}" if first.line else str(path)
    what = ": ".join(part for part in (where, first.field, first.message) if part)
    raise InputError(f"{what}{f'; and {more} more' if more else ''}", hint=first.hint)


def migration_json_schema_text() -> str:
    """Return the JSON Schema of migration files as it is kept in `schemas/annotator-migration.json`."""
    return json.dumps(json_schema(), ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def _read(path: Path, old: Schema, new: Schema) -> Migration | list[SchemaProblem]:
    from pydantic import ValidationError

    text = text_of(path, hint="a migration is a TOML file; see docs/schema-changes.md")
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return [syntax_problem(error, text)]
    data.pop("$schema", None)
    try:
        made = Model.model_validate(data).value()
    except ValidationError as error:
        wrong = [
            Fault(_path(one["loc"]), one["msg"][:1].lower() + one["msg"][1:], _hint(one["type"]))
            for one in error.errors(include_url=False)
        ]
    else:
        wrong = faults(made, old, new)
        if not wrong:
            return made
    problems = [SchemaProblem(line_of(text, one.field), _dotted(one.field), one.message, one.hint) for one in wrong]
    return sorted(problems, key=lambda problem: problem.line)


def _path(loc: Where) -> Where:
    """Return pydantic's location without what stands in no file."""
    return tuple(part for part in loc if part != "[key]")


def _hint(kind: str) -> str:
    return "docs/schema-changes.md lists the fields" if kind == "extra_forbidden" else ""


def _dotted(field: Where) -> str:
    return ".".join(map(str, field))
