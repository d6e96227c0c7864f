"""`annotator schema diff`: what is different between two schemas."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.common import echo_json, next_command
from annotator.cli.tables import clean, count
from annotator.errors import UsageError

if TYPE_CHECKING:
    from annotator.core.schema import Schema
    from annotator.core.schema_diff import Difference
    from annotator.project import Project

SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@click.command("diff", short_help="Show what is different between two schemas.")
@click.argument("sources", metavar="[OLD] NEW", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def diff(database: Path | None, sources: tuple[str, ...], as_json: bool) -> None:
    """Show labels, attributes, options and constraints that were added, removed or changed.

    OLD and NEW are built-in names, TOML files, or schemas that the database holds, as NAME@VERSION; without OLD it is
    the schema of the database.  `!` marks what may make existing annotations wrong.
    """
    from annotator.core.schema_diff import differences

    if len(sources) > 2:
        raise UsageError("diff takes one schema or two", hint=next_command("schema diff [OLD] NEW"))
    with _opened(database) as project:
        schemas = [find(project, source) for source in sources]
        old, new = schemas if len(schemas) == 2 else (_stored(project, database), schemas[0])
        spans = _spans(project, old)
    found = differences(old, new)
    if as_json:
        rows = [{**asdict(one), "spans": spans.get(one.label) if one.affects else None} for one in found]
        echo_json({"old": _named(old), "new": _named(new), "affects": any(o.affects for o in found), "changes": rows})
        return
    click.echo(clean(f"{old.ref} → {new.ref}"))
    for one in found:
        click.echo(clean(f"{'!' if one.affects else ' '} {SIGNS[one.change]} {one.words}{_counted(one, spans)}"))
    harmful = sum(one.affects for one in found)
    if not found:
        click.echo("no differences")
    elif harmful:
        click.echo(f"{count(len(found), 'difference')}; {harmful} (!) may affect existing annotations:")
        click.echo(f"{next_command('schema upgrade NEW --dry-run')} counts them")
    else:
        click.echo(f"{count(len(found), 'difference')}; existing annotations are not affected")


def find(project: Project | None, source: str) -> Schema:
    """Return a schema that a database holds as "name@version", or else a built-in one or that of a file.

    Raises:
        InputError: If there is no such schema, or it is wrong.
    """
    from annotator.errors import InputError
    from annotator.schemas import load_schema

    stored = project.store.schema_by_ref(source) if project is not None and "@" in source else None
    if stored is not None:
        return stored
    name, at, version = source.rpartition("@")
    if not at or source.endswith(".toml") or Path(source).exists():
        return load_schema(source)
    schema = load_schema(name)
    if schema.version != version:
        held = f"; the database holds {', '.join(project.store.schema_refs())}" if project is not None else ""
        raise InputError(f"there is no schema {source!r}", hint=f"{name!r} that comes along is {schema.ref}{held}")
    return schema


class _Nothing:
    """Stands for a database that is not there."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        return None


def _opened(database: Path | None) -> Project | _Nothing:
    if database is None or not database.exists():
        return _Nothing()
    from annotator.project import Project

    return Project.open(database, read_only=True)


def _stored(project: Project | None, database: Path | None) -> Schema:
    if project is None:
        raise UsageError(f"{database} is not there, so two schemas have to be named", hint="diff OLD NEW")
    return project.schema


def _spans(project: Project | None, old: Schema) -> Counter[str]:
    """Return how many spans of each label there are in the database, if it is under the old schema."""
    spans: Counter[str] = Counter()
    if project is not None and project.schema.digest == old.digest:
        for _, label, number in project.store.label_counts():
            spans[label] += number
    return spans


def _named(schema: Schema) -> dict[str, str]:
    return {"schema": schema.ref, "digest": schema.digest}


def _counted(one: Difference, spans: Counter[str]) -> str:
    return f" ({count(spans[one.label], 'span')} of {one.label})" if one.affects and spans.get(one.label) else ""
