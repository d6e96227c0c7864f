"""`annotator schema upgrade`: move the database to another schema, or back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.common import echo_json, next_command, progress, stoppable
from annotator.cli.options import FilePath
from annotator.cli.schema_diff import find
from annotator.cli.tables import clean, count
from annotator.errors import UsageError

if TYPE_CHECKING:
    from annotator.project import Project
    from annotator.upgrading import Example, Report, Tally

LONGEST = 40  # characters of the words of an example


@click.command("upgrade", short_help="Move the database to another schema, or back.")
@click.argument("source", metavar="[NEW]", required=False)
@click.option(
    "--migration",
    "file",
    type=FilePath(dir_okay=False, path_type=Path),
    help="A TOML file that says what becomes of labels, attributes and options.",
)
@click.option("--back", "backwards", is_flag=True, help="Take the last move back, where nothing was changed since.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done, with counts and examples.")
@click.option("--annotator", "name", help="Who you are; the name in your settings, or your login name, if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def upgrade(
    db: Path, source: str | None, file: Path | None, backwards: bool, dry_run: bool, name: str | None, as_json: bool
) -> None:
    """Move all layers to the schema NEW: a built-in name, a TOML file, or NAME@VERSION that the database holds.

    Each layer gets one batch in its journal.  What NEW does not know, and the migration does not name, stays in the
    layers and is listed.  With --back the last move is taken back; layers that were changed since stay as they are.
    """
    from annotator.config import load_settings, person_name
    from annotator.project import Project

    if backwards and (source or file):
        raise UsageError("--back takes no schema and no migration", hint=next_command("schema upgrade --back"))
    if not backwards and source is None:
        raise UsageError("which schema to move to?", hint=f"{next_command('schema upgrade NEW')}, or --back")
    with Project.open(db, read_only=dry_run) as project:
        author = name or person_name(load_settings())
        with stoppable():
            report = _done(project, source, file, author=author, write=not dry_run)
    if as_json:
        echo_json({"dry_run": dry_run, "back": backwards, **asdict(report)})
    else:
        _print(report, dry_run=dry_run, backwards=backwards)


def _done(project: Project, source: str | None, file: Path | None, *, author: str, write: bool) -> Report:
    from annotator import upgrading
    from annotator.core.migration import NOTHING
    from annotator.migration_files import load_migration

    with progress(project.store.count(), "articles") as line:

        def tell(done: int, of: int) -> None:
            line.total = of
            line.update(done - line.done)

        if source is None:
            return upgrading.back(project, author=author, write=write, tell=tell)
        new = find(project, source)
        migration = load_migration(file, project.schema, new) if file else NOTHING
        return upgrading.upgrade(project, new, migration, author=author, write=write, tell=tell)


def _print(report: Report, *, dry_run: bool, backwards: bool) -> None:
    click.echo(clean(f"{report.old} → {report.new}{', dry run: nothing is changed' if dry_run else ''}"))
    for what, tally in sorted(report.did.items()):
        _tell("", what, tally)
    for what, tally in sorted(report.unknown.items()):
        _tell("? ", f"{what}: not in {report.new}, kept", tally)
    for label, tally in sorted(report.twice.items()):
        _tell("! ", f"two spans of {label} at one place{'' if backwards else ', where two labels become one'}", tally)
    if report.reopened.count:
        _tell("! ", f"done, but with errors under {report.new}: opened again", report.reopened)
    for what, tally in sorted(report.left.items()):
        _tell("! ", f"left as it is, {what}", tally)
    for name in report.unused:
        click.echo(clean(f"! {name} in the migration file: nothing to do"))
    verb = "would move" if dry_run else "moved"
    changed = f"{count(report.spans, 'span')} in {count(report.changed, 'layer')}"
    click.echo(
        f"{count(report.layers, 'layer')} {verb} {'back ' if backwards else ''}to {clean(report.new)}; {changed}"
    )
    unknown = sum(tally.count for tally in report.unknown.values())
    if unknown:
        click.echo(f"{unknown:,} not known to the new schema: kept as they are; `{next_command('check')}` lists them")
    twice = sum(tally.count for tally in report.twice.values())
    if twice:
        would = "would have" if dry_run else "have"
        listed = "" if dry_run else f"; `{next_command('check')}` lists them, nothing was joined"
        click.echo(f"{count(twice, 'place')} {would} the same label twice{listed}")
    if not dry_run and not backwards:
        click.echo(f"{next_command('schema upgrade --back')} takes it back")


def _tell(sign: str, what: str, tally: Tally) -> None:
    click.echo(clean(f"{sign}{what}  × {tally.count:,}"))
    for example in tally.examples:
        click.echo(clean(f"    {_line(example)}"))


def _line(example: Example) -> str:
    where = f"{example.article} · {example.annotator}"
    if example.end:
        words = example.words if len(example.words) <= LONGEST else f"{example.words[: LONGEST - 1]}…"
        where += f" · {example.start}–{example.end} “{words}”"
    if example.before == example.after:
        return f"{where}{f': {example.before}' if example.before else ''}"
    if example.before or example.end:
        return f"{where}: {example.before or 'nothing'} → {example.after or 'taken out'}"
    return f"{where}: {example.after}"
