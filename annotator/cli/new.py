"""`annotator new`: make a database for a schema."""

from __future__ import annotations

from pathlib import Path

import click

from annotator.cli.common import next_command
from annotator.cli.options import private as private_option


@click.command("new", short_help="Create the database.")
@click.option(
    "--schema", "source", default="conflict-events", show_default=True, help="A built-in schema or a TOML file."
)
@private_option
@click.pass_obj
def command(db: Path, source: str, private: bool) -> None:
    """Make a database, empty but for its schema.

    The database is --db, else $ANNOTATOR_DB, else annotator.db in this folder.
    """
    from annotator.project import Project
    from annotator.schemas import load_schema

    with Project.create(db, load_schema(source), private=private) as project:
        labels = ", ".join(project.schema.labels)
        click.echo(f"{db}: made for schema {project.schema.ref} ({labels})")
    click.echo(f"next: {next_command('load FILES')}, then {next_command('tag')}")
