"""`annotator schema`: show, check, list, compare and import label schemas, and move a database to another.

Invariant: only `upgrade` changes a database, and nothing changes a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.common import echo_json
from annotator.cli.schema_diff import diff
from annotator.cli.schema_import import import_
from annotator.cli.schema_upgrade import upgrade
from annotator.cli.tables import clean, count
from annotator.errors import BAD_INPUT, UsageError

if TYPE_CHECKING:
    from annotator.core.schema import Attribute, Schema

DEFAULT = "conflict-events"


@click.group("schema")
def command() -> None:
    """Show, check, compare and import schemas; move to another."""


command.add_command(diff)
command.add_command(import_)
command.add_command(upgrade)


@command.command("show")
@click.argument("source", metavar="[NAME|FILE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the whole schema as JSON.")
@click.pass_obj
def show(database: Path | None, source: str | None, as_json: bool) -> None:
    """Print labels, keys, colours, attributes and constraints.

    Without NAME or FILE: the schema of the database, or else conflict-events.
    """
    schema = _schema_of(database, source)
    if as_json:
        echo_json(_as_data(schema))
    else:
        click.echo(_as_table(schema))


@command.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.pass_context
def check(context: click.Context, files: tuple[str, ...]) -> None:
    """Check schema files; print one line for each problem."""
    from annotator.schemas import load_schema, schema_problems

    wrong = False
    for file in files:
        problems = schema_problems(file)
        for problem in problems:
            where = f"{file}:{problem.line}" if problem.line else file
            what = ": ".join(part for part in (where, problem.field, problem.message) if part)
            click.echo(clean(f"{what} ({problem.hint})" if problem.hint else what))
        wrong = wrong or bool(problems)
        if not problems:
            schema = load_schema(str(Path(file).absolute()))
            labels = f"{count(len(schema.labels), 'label')}: {', '.join(schema.labels)}"
            click.echo(clean(f"{file}: ok: {schema.ref}, {labels}"))
    if wrong:
        context.exit(BAD_INPUT)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_(as_json: bool) -> None:
    """List the schemas that come with annotator."""
    from dataclasses import asdict

    from annotator.schemas import builtin_schemas

    schemas = builtin_schemas()
    if as_json:
        echo_json([asdict(schema) for schema in schemas])
        return
    rows = [[f"{schema.name}@{schema.version}", schema.title, ", ".join(schema.labels)] for schema in schemas]
    click.echo(_columns([["schema", "title", "labels"], *rows]))


@command.command("json")
@click.option("--migration", is_flag=True, help="Of migration files, see upgrade.")
def json_(migration: bool) -> None:
    """Print the JSON Schema of schema files, for editors that complete TOML."""
    from annotator.migration_files import migration_json_schema_text
    from annotator.schemas import json_schema_text

    click.echo(migration_json_schema_text() if migration else json_schema_text(), nl=False)


@command.command("config")
@click.argument("format", metavar="FORMAT")
@click.argument("source", metavar="[NAME|FILE]", required=False)
@click.pass_obj
def config(database: Path | None, format: str, source: str | None) -> None:
    """Print the file in which another tool is told of a schema's labels, such as labelstudio's labelling config.

    Without NAME or FILE: the schema of the database, or else conflict-events.
    """
    from annotator import plugins
    from annotator.formats.base import Format

    chosen: Format = plugins.load("formats", format)
    if chosen.config is None:
        known = ", ".join(one.name for one in plugins.usable("formats") if one.config is not None) or "none"
        raise UsageError(f"the format {format!r} has no such file", hint=f"formats that have one: {known}")
    click.echo(chosen.config(_schema_of(database, source))[1], nl=False)


def _schema_of(database: Path | None, source: str | None) -> Schema:
    if source is None and database is not None and database.exists():
        from annotator.project import Project

        with Project.open(database, read_only=True) as project:
            return project.schema
    from annotator.schemas import load_schema

    return load_schema(source or DEFAULT)


def _as_data(schema: Schema) -> dict[str, Any]:
    return {**schema.plain(), "digest": schema.digest}


def _as_table(schema: Schema) -> str:
    from annotator.core.schema_diff import rule_words

    blocks = [f"{schema.ref}  {schema.title}".rstrip()]
    if schema.description:
        blocks[0] += f"\n{schema.description}"
    rows = [["label", "key", "colour", "description"]]
    for number, (name, label) in enumerate(schema.labels.items(), start=1):
        keys = " ".join(key for key in (label.key, str(number) if number < 10 else "") if key)
        rows.append([name, keys, label.color, label.description])
    blocks.append(_columns(rows))
    if schema.attributes:
        blocks.append("article\n" + _attributes(schema.attributes))
    for name, label in schema.labels.items():
        lines = [name, _attributes(label.attributes) if label.attributes else "  no attributes"]
        for words, others in (("may overlap", label.overlaps), ("may lie within", label.nests_in)):
            if others is not None:
                lines.append(f"  {words}: {', '.join(others) or 'nothing'}")
        lines += [f"  {rule_words(rule, owner=False)}" for rule in schema.rules if rule.label == name]
        blocks.append("\n".join(lines))
    return _plain("\n\n".join(blocks))


def _attributes(attributes: dict[str, Attribute]) -> str:
    rows = [
        [f"  {name}", attribute.kind + (" (required)" if attribute.required else ""), _allowed(attribute)]
        for name, attribute in attributes.items()
    ]
    return _columns(rows)


def _allowed(attribute: Attribute) -> str:
    """Say in a few words which values fit."""
    match attribute.kind:
        case "choice" | "choices":
            return " · ".join(attribute.options)
        case "text":
            return f"matches {attribute.pattern}" if attribute.pattern else ""
        case "number":
            low = "" if attribute.min is None else f"from {attribute.min:g}"
            high = "" if attribute.max is None else f"to {attribute.max:g}"
            return f"{low} {high}".strip()
        case "count":
            return f"of {', '.join(attribute.units)}" if attribute.units else ""
        case "link":
            return f"to {'any number of ' if attribute.many else ''}{' or '.join(attribute.labels) or 'any label'}"
        case "flag":
            return "yes or no"


def _columns(rows: list[list[str]]) -> str:
    """Align columns by terminal cells, so that names in wide scripts line up too."""
    from wcwidth import wcswidth

    cells = [[(text, max(0, wcswidth(_plain(text)))) for text in row] for row in rows]
    widths = [max(width for _, width in column) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(text + " " * (full - width) for (text, width), full in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _plain(text: str) -> str:
    """Replace control characters, which a schema of somebody else could use to drive the terminal."""
    return "".join(c if c == "\n" or c.isprintable() or (c.isspace() and ord(c) > 0xA0) else "�" for c in text)
