"""`annotator undo`: take back one batch, however long ago."""

from __future__ import annotations

from pathlib import Path

import click

from annotator.cli.common import echo_json
from annotator.cli.history import told
from annotator.cli.tables import clean
from annotator.cli.when import number, storable


@click.command("undo", short_help="Take back one batch of the journal.")
@click.option("--batch", "batch_number", callback=number, metavar="N", required=True, help="Which; see history.")
@click.option("--annotator", "name", metavar="NAME", help="Who takes it back; you, if left out.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(db: Path, batch_number: int, name: str | None, dry_run: bool, as_json: bool) -> None:
    """Take back batch N as a new batch at the end of the journal, which can be taken back itself.

    It is refused if later batches changed what N did; the message tells which.
    """
    from annotator.config import load_settings, person_name
    from annotator.core.wording import in_words
    from annotator.project import Project
    from annotator.timeline import take_back

    with Project.open(db, read_only=dry_run) as project:
        author = storable(name) or person_name(load_settings())
        project.store.admit(author)
        done = take_back(project, batch_number, author=author, dry_run=dry_run)
        text = project.store.article(done.batch.article).text
    phrases = in_words(done.edits, done.inverse, text=text)
    batch = done.batch
    if as_json:
        where = {"article": batch.key, "annotator": batch.annotator, "batch": done.entry}
        echo_json({"taken_back": batch_number, **where, "edits": phrases, "dry_run": dry_run})
        return
    what = "would be taken back" if dry_run else f"is taken back by batch {done.entry}"
    click.echo(clean(f"batch {batch_number} of {batch.author} in {batch.key} {what}: {told(phrases)}"))
