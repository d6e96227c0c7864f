"""`annotator load`: articles, and labels where the files have them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from annotator.cli.common import echo_json, progress
from annotator.cli.tables import clean
from annotator.errors import BAD_INPUT, OK

if TYPE_CHECKING:
    from annotator.core.record import Bad
    from annotator.intake import LoadReport

LONGEST: Final = 500  # characters of a line about a fault, for a name or a label in it may be of any length
SHOWN: Final = 20  # bad records and notes that are printed; --json has them all


@click.command("load", short_help="Load articles and labels.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--format", "format", metavar="NAME", help="The files' format; found from name and content if left out.")
@click.option("--annotator", metavar="NAME", help="Whose the loaded labels are, whatever the files say.")
@click.option("--kind", type=click.Choice(["human", "model", "gold"]), help="The kind of that annotator.")
@click.option("--strict", is_flag=True, help="Store nothing unless everything is good.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    format: str | None,
    annotator: str | None,
    kind: Literal["human", "model", "gold"] | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Load files, folders, glob patterns, or standard input (-); .gz too.

    A text that is there already is not stored twice.  Records that do not fit their text or the schema are listed and
    left out, and the exit status is 3; with --strict nothing at all is stored then.
    """
    from annotator.intake import as_data, load, size_of
    from annotator.project import Project

    db: Path = ctx.obj
    with Project.open(db) as project, progress(size_of(paths, format=format) or None, "loading, bytes:") as bar:
        report = load(
            project,
            paths,
            format=format,
            annotator=annotator,
            kind=kind,
            strict=strict,
            stdin=sys.stdin.buffer,
            progress=bar.update,
        )
    if as_json:
        echo_json(as_data(report))
    else:
        for line in summary(report):
            click.echo(line)
    for line in faults(report):
        click.echo(line, err=True)
    ctx.exit(BAD_INPUT if report.bad else OK)


def summary(report: LoadReport) -> list[str]:
    """Return what a load stored, and what else is worth knowing, line by line."""
    lines = [f"articles: {report.articles:,} new; {report.known:,} records had a text that was there already"]
    if report.layers or report.same:
        lines.append(f"layers: {report.layers:,} new with {report.spans:,} spans, {report.same:,} already there")
    if not report.stored:
        lines = ["nothing was stored, because of --strict"]
    for note in list(report.notes.values())[:SHOWN]:
        times = f" ({note.times:,} times)" if note.times > 1 else ""
        lines.append(clean(f"note: {note.first}: {note.message}{times}"))
    if len(report.notes) > SHOWN:
        lines.append(f"note: … and {len(report.notes) - SHOWN:,} other notes; --json lists them")
    if report.bad:
        lines.append(f"bad: {report.bad:,} of {report.records:,}, not stored")
    return lines


def faults(report: LoadReport) -> list[str]:
    """Return what could not be stored, one line each."""
    lines = [line_of(bad) for bad in report.faults[:SHOWN]]
    if report.bad > SHOWN:
        lines.append(f"… and {report.bad - SHOWN:,} more; --json lists them")
    return lines


def line_of(bad: Bad) -> str:
    """Return one fault as FILE:LINE: WHAT (HINT)."""
    what = bad.message if len(bad.message) <= LONGEST else f"{bad.message[:LONGEST]}…"
    return clean(f"{bad.where}: {what} ({bad.hint})" if bad.hint else f"{bad.where}: {what}")
