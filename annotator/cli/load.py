"""`annotator load`: articles, and labels where the files have them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from annotator.cli.common import echo_json, progress, seldom_collected
from annotator.cli.losses import STDOUT, Losses
from annotator.cli.options import FilePath, reading, values
from annotator.cli.tables import clean, count
from annotator.errors import BAD_INPUT, OK

if TYPE_CHECKING:
    from annotator.core.record import Bad
    from annotator.intake import LoadReport

LONGEST: Final = 500  # characters of a line about a fault, for a name or a label in it may be of any length
LONGEST_NAME: Final = 80  # of a label, as in a schema
SHOWN: Final = 20  # bad records and notes that are printed; --json has them all


@click.command("load", short_help="Load articles and labels.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--format", "format", metavar="NAME", help="The files' format; found from name and content if left out.")
@click.option("--annotator", metavar="NAME", help="Whose the loaded labels are, whatever the files say.")
@click.option("--kind", type=click.Choice(["human", "model", "gold"]), help="The kind of that annotator.")
@reading
@click.option("--option", "given", metavar="NAME=VALUE", multiple=True, help="An option of the format (repeatable).")
@click.option("--strict", is_flag=True, help="Store nothing unless everything is good and has its place.")
@click.option("--author", help="Who loads; your name in the settings, or your login name, if left out.")
@click.option(
    "--losses", metavar="FILE", type=FilePath(), help="List what has no place here, a line of JSON each (- is stdout)."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    format: str | None,
    annotator: str | None,
    kind: Literal["human", "model", "gold"] | None,
    names: tuple[str, ...],
    drop: bool,
    fragments: Literal["link", "cover"],
    encoding: str,
    given: tuple[str, ...],
    strict: bool,
    author: str | None,
    losses: str | None,
    as_json: bool,
) -> None:
    """Load files, folders, glob patterns, or standard input (-); .gz too.

    A text that is there already is not stored twice.  Records that do not fit their text or the schema are listed and
    left out, and the exit status is 3; with --strict nothing at all is stored then.
    """
    from annotator.config import load_settings, person_name
    from annotator.formats.base import ReadOptions
    from annotator.formats.mapping import Names
    from annotator.intake import as_data, load, size_of
    from annotator.project import Project

    db: Path = ctx.obj
    with seldom_collected(), Project.open(db) as project, ExitStack() as stack:
        listed = stack.enter_context(Losses(losses, in_json=as_json))
        bar = stack.enter_context(progress(size_of(paths, format=format) or None, "loading, bytes:"))
        report = load(
            project,
            paths,
            format=format,
            annotator=annotator,
            kind=kind,
            author=author or person_name(load_settings()),
            names=Names.parse(names),
            drop=drop,
            options=ReadOptions(fragments, values(given), encoding),
            strict=strict,
            stdin=sys.stdin.buffer,
            progress=bar.update,
            on_loss=listed.add,
        )
        listed.publish()
        labels = list(project.schema.labels)
    if as_json:
        more = {} if listed.kept is None else {"lost": [asdict(loss) for loss in listed.kept]}
        echo_json({**as_data(report), **more})
    else:
        for line in summary(report, listed=losses is not None):
            click.echo(line, err=losses == STDOUT)
    for line in [*faults(report), *unmapped(report, labels, drop=drop)]:
        click.echo(line, err=True)
    ctx.exit(OK if report.stored and not report.bad else BAD_INPUT)


def summary(report: LoadReport, *, listed: bool = False) -> list[str]:
    """Return what a load stored, and what else is worth knowing, line by line."""
    lines = [f"articles: {report.articles:,} new; {count(report.known, 'record')} had a text that was there already"]
    if report.layers or report.same:
        lines.append(f"layers: {report.layers:,} new with {count(report.spans, 'span')}, {report.same:,} already there")
    if not report.stored:
        lines = ["nothing was stored, because of --strict"]
    lines += noted(report)
    lines += [clean(f"lost: {what}: {times:,}") for what, times in sorted(report.losses.items())]
    if report.losses and not listed:
        lines.append("each is listed with --losses FILE")
    if report.bad:
        lines.append(f"bad: {report.bad:,} of {report.records:,}, not stored")
    return lines


def noted(report: LoadReport) -> list[str]:
    """Return what else is worth knowing of what was read: a line for each message, with the first place."""
    lines = []
    for note in list(report.notes.values())[:SHOWN]:
        times = f" ({note.times:,} times)" if note.times > 1 else ""
        lines.append(clean(f"note: {note.first}: {note.message}{times}"))
    if len(report.notes) > SHOWN:
        lines.append(f"note: … and {count(len(report.notes) - SHOWN, 'other note')}; --json lists them")
    return lines


def faults(report: LoadReport) -> list[str]:
    """Return what could not be stored: a line for each reason, with the first place and how often it came again."""
    first: dict[tuple[str, str], Bad] = {}
    times: Counter[tuple[str, str]] = Counter()
    for bad in report.faults:
        first.setdefault((bad.message, bad.hint), bad)
        times[bad.message, bad.hint] += 1
    lines = []
    for reason, bad in islice(first.items(), SHOWN):
        more = f" … and {times[reason] - 1:,} more like it" if times[reason] > 1 else ""
        lines.append(f"{line_of(bad)}{more}")
    told = sum(times[reason] for reason in islice(first, SHOWN))
    if report.bad > told:
        lines.append(f"… and {report.bad - told:,} more; --json lists them")
    return lines


def unmapped(report: LoadReport, labels: Sequence[str], *, drop: bool = False) -> list[str]:
    """Return the labels and attributes that the schema does not have, with what to write to map them.

    Args:
        report: Of the load.
        labels: Those of the schema.
        drop: Whether they were left out, as asked for.
    """
    lines = []
    gone, leave = (", left out", "") if drop else ("", ", or leave them out: --drop-unmapped")
    if report.unmapped:
        named = ", ".join(f"{_cut(name)} ({times:,})" for name, times in report.unmapped.most_common())
        line = ",".join(f"{name}=LABEL" for name, _ in report.unmapped.most_common() if _cut(name) == name)
        lines.append(f"labels that the schema does not have{gone}: {named}")
        lines.append(f"map them: --map '{line}' (LABEL: {', '.join(labels)}){leave}")
    if report.unknown:
        named = ", ".join(f"{_cut(name)} ({times:,})" for name, times in report.unknown.most_common())
        lines.append(f"attributes that the schema does not have{gone}: {named}")
        lines.append(f"name them in the [attributes] of a --map file{leave}")
    return [clean(line) for line in lines]


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def line_of(bad: Bad) -> str:
    """Return one fault as FILE:LINE: WHAT (HINT)."""
    what = bad.message if len(bad.message) <= LONGEST else f"{bad.message[:LONGEST]}…"
    return clean(f"{bad.where}: {what} ({bad.hint})" if bad.hint else f"{bad.where}: {what}")
