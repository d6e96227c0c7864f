"""`annotator backup`: a copy of the database as it is now."""

from __future__ import annotations

from pathlib import Path

import click

from annotator.cli.common import echo_json, progress, stoppable
from annotator.cli.options import FilePath
from annotator.cli.options import private as private_option
from annotator.cli.tables import clean, count


@click.command("backup", short_help="Copy the database while others work on it.")
@click.argument("file", type=FilePath(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@private_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(db: Path, file: Path, force: bool, private: bool, as_json: bool) -> None:
    """Copy the database to FILE as it is at this moment, and look the copy through.

    FILE is there whole or not at all, and at least as private as the database. To go back to it, put it in the place of
    the database while nobody has that open.
    """
    from annotator.store.backup import back_up
    from annotator.store.files import refuse_no_database

    refuse_no_database(db)
    with stoppable(), progress(None, "pages copied") as line:

        def tell(done: int, of: int) -> bool:
            line.total = of
            line.update(done - line.done)
            return True

        made = back_up(db, file, force=force, private=private, tell=tell)
    if as_json:
        echo_json({"database": str(db), "backup": str(made.path), "bytes": made.size})
    else:
        click.echo(clean(f"{made.path}: {count(made.size, 'byte')}, looked through"))
