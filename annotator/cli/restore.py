"""`annotator restore`: layers as they were, beside those that there are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import click

from annotator.cli.common import echo_json, next_command
from annotator.cli.tables import clean, count, table
from annotator.cli.when import article_number, known, known_batch, number, read_moment, storable
from annotator.core.counting import named
from annotator.errors import UsageError

SHOWN: Final = 8  # sorts of what the schema does not know that are named; --json has them all


@click.command("restore", short_help="Bring layers as they were into a layer of another name.")
@click.option("--at", "at", metavar="TIME", help="As they were then: 2026-01-02T10:00, 2h (ago), yesterday, …")
@click.option("--before", callback=number, metavar="N", help="As they were before batch N of the journal.")
@click.option("--annotator", "name", metavar="NAME", required=True, help="Whose layers.")
@click.option("--article", "key", metavar="KEY", help="Only this article.")
@click.option("--to", metavar="NEWNAME", help="The name of the new layers; NAME@TIME if left out.")
@click.option("--author", help="Who restores; your name in the settings, or your login name, if left out.")
@click.option("--dry-run", is_flag=True, help="Only say what would be restored.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    db: Path,
    at: str | None,
    before: int | None,
    name: str,
    key: str | None,
    to: str | None,
    author: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put the layers of an annotator, as they were at a time or before a batch, into layers of another name.

    Nothing that is there is changed.  A date alone is the beginning of that day; a time without a zone is in this
    machine's.
    """
    from annotator.config import load_settings, person_name
    from annotator.project import Project
    from annotator.timeline import restore

    if (at is None) == (before is None):
        raise UsageError(
            "say when, either with --at TIME or with --before N", hint=f"`{next_command('history')}` tells both"
        )
    name, to = storable(name), storable(to)
    with Project.open(db, read_only=dry_run) as project:
        article = article_number(project, key) if key else None
        known(project, name)
        if before is not None:
            known_batch(project, before)
        time = read_moment(at) if at is not None else ""
        schema = project.schema.ref
        target = to or f"{name}@{f'before-{before}' if before else _short(time)}"
        found = restore(
            project,
            annotator=name,
            to=target,
            time=time,
            before=before,
            article=article,
            author=storable(author) or person_name(load_settings()),
            dry_run=dry_run,
        )
    if as_json:
        layers = [
            {"article": one.key, "spans": one.spans, "spans_now": one.spans_now}
            | {"batches_since": one.batches_since, "new": one.new, "unknown": list(one.unknown)}
            for one in found
        ]
        echo_json({"annotator": name, "to": target, "time": time or None, "dry_run": dry_run, "layers": layers})
        return
    if not found:
        click.echo(clean(f"{name} had no layers then; nothing to restore"))
        return
    rows = [[one.key, one.spans, one.spans_now, one.batches_since] for one in found]
    click.echo(table(["article", "spans then", "spans now", "batches since"], rows))
    unknown = Counter(what for one in found for what in one.unknown)
    if unknown:
        listed = ", ".join(f"{what} × {times:,}" for what, times in unknown.most_common(SHOWN))
        more = ", …" if len(unknown) > SHOWN else ""
        click.echo(clean(f"\nnot known to {schema}, kept as it was: {listed}{more}"))
    new = sum(one.new for one in found)
    if dry_run:
        click.echo(clean(f"\n{count(len(found), 'layer')} would be restored as {target}"))
        return
    there = len(found) - new
    told = f", {there:,} {named(there, 'was', 'were')} there already" if there else ""
    click.echo(clean(f"\n{count(new, 'layer')} restored as {target}{told}; see both in the tag screen with L"))


def _short(time: str) -> str:
    """Return a time as part of a name: UTC, as exact as it has to be."""
    text = time.partition("+")[0].removesuffix(".000")
    return f"{text.removesuffix(':00')}Z"
