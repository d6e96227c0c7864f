"""`annotator schema import`: a schema from what another tool is told of its labels."""

from __future__ import annotations

from pathlib import Path

import click

from annotator.cli.tables import clean
from annotator.errors import InputError


@click.command("import", short_help="Make a schema of brat's annotation.conf.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="What the schema is called; the name of the file's folder if left out.")
def import_(file: Path, name: str | None) -> None:
    """Print the schema that brat's annotation.conf describes, as a schema file.

    Types become labels, relations and the arguments of events links, attributes flags or choices.  What has no place in
    a schema is told on standard error, by line.  `schema config brat` is the way back.
    """
    import tomllib

    from annotator.formats.brat_schema import schema_from, schema_toml
    from annotator.schema_faults import faults_of
    from annotator.schemas import text_of

    text = text_of(file, hint="brat's annotation.conf lies in the folder of the collection")
    try:
        data, notes = schema_from(text, name=name or file.absolute().parent.name or "brat")
    except InputError as error:
        raise InputError(f"{file}: {error.message}", hint=error.hint) from error
    made = schema_toml(data)
    for fault in faults_of(tomllib.loads(made)):
        where = ".".join(map(str, fault.field))
        raise InputError(f"{file}: no schema comes of it: {where}: {fault.message}", hint=fault.hint)
    click.echo(made, nl=False)
    for line, words in notes:
        click.echo(clean(f"note: {file}:{line}: {words}"), err=True)
