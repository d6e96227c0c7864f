"""`annotator export`: labels for training, evaluation and exchange."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from annotator.cli.common import echo_json, next_command, progress, seldom_collected, stoppable
from annotator.cli.losses import Losses
from annotator.cli.options import FilePath, values
from annotator.cli.options import private as private_option
from annotator.cli.tables import clean, count
from annotator.core.counting import named
from annotator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from annotator.core.layer import Status
    from annotator.outlet import ExportReport, Split
    from annotator.project import Project


@click.command("export", short_help="Write labels to files.")
@click.argument("out", metavar="OUT")
@click.option("--format", "format", metavar="NAME", help="jsonl, docbin, …; told from the name of OUT if left out.")
@click.option("--layer", "layers", metavar="NAME", multiple=True, help="An annotator, gold, or all (repeatable; all).")
@click.option(
    "--status", "statuses", type=click.Choice(["open", "done", "flagged"]), multiple=True, help="Only such layers."
)
@click.option("--first", is_flag=True, help="Of an article's layers only the one that --layer names first.")
@click.option("--split", metavar="TRAIN/DEV/TEST", help="Divide by article, e.g. 80/10/10; OUT is a folder then.")
@click.option("--seed", type=int, default=0, show_default=True, help="Another number gives another split.")
@click.option(
    "--misaligned",
    type=click.Choice(["expand", "contract", "skip", "split"]),
    default="expand",
    show_default=True,
    help="What to do with spans that do not fit tokens; split divides the tokens.",
)
@click.option("--lang", metavar="CODE", default="", help="The tokenizer's language; else meta.language, else en.")
@click.option("--option", "given", metavar="NAME=VALUE", multiple=True, help="An option of the format (repeatable).")
@click.option(
    "--losses",
    metavar="FILE",
    type=FilePath(),
    help="List what the format cannot carry, a line of JSON each (- is stdout).",
)
@click.option("--strict", is_flag=True, help="Refuse to lose anything: write nothing then.")
@private_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    db: Path,
    out: str,
    format: str | None,
    layers: tuple[str, ...],
    statuses: tuple[Status, ...],
    first: bool,
    split: str | None,
    seed: int,
    misaligned: Literal["expand", "contract", "skip", "split"],
    lang: str,
    given: tuple[str, ...],
    losses: str | None,
    strict: bool,
    private: bool,
    as_json: bool,
) -> None:
    """Write to OUT, a file (.gz too), a folder with --split, or standard output (-).

    A file that is there is replaced, in one step when all of the new one is written; a folder that a format fills must
    be new or empty.  The files of a split are jsonl unless --format or the name of OUT says otherwise.  The split
    follows from each article's text alone, so an article never moves as the corpus grows.
    """
    from annotator.formats.base import WriteOptions
    from annotator.outlet import STDOUT, Split, export
    from annotator.project import Project

    if out == STDOUT and (as_json or losses == STDOUT):
        raise UsageError("standard output cannot take both the export and a report", hint="name a file for one of them")
    parts = Split.parse(split, seed=seed) if split is not None else None
    with stoppable(), seldom_collected(), Project.open(db, read_only=True) as project, ExitStack() as stack:
        listed = stack.enter_context(Losses(losses, in_json=as_json, private=private))
        bar = stack.enter_context(progress(project.store.count(), "exporting articles:"))
        stack.push(listed.publish_on_refusal)
        report = export(
            project,
            out,
            format=format,
            layers=layers,
            statuses=statuses,
            first=first,
            split=parts,
            options=WriteOptions(lang=lang, misaligned=misaligned, values=values(given)),
            strict=strict,
            on_loss=listed.add,
            progress=bar.update,
            stdout=sys.stdout.buffer,
            also=[Path(losses)] if losses not in (None, STDOUT) else [],
            private=private,
        )
        listed.publish()
        if statuses and not any(file.layers for file in report.files):
            _warn_of_nothing(project, layers, statuses)
    if parts is not None:
        _warn_of_empty(parts, report)
    if as_json:
        echo_json(_as_json(report, listed))
        return
    for line in summary(report, listed=losses is not None):
        click.echo(line, err=out == STDOUT)


def _warn_of_nothing(project: Project, layers: Sequence[str], statuses: Sequence[Status]) -> None:
    """Tell on stderr that no layer has a status that was asked for, and which statuses there are."""
    from annotator.outlet import statuses_there

    there = statuses_there(project, layers)
    known = ", ".join(f"{number:,} {status}" for status, number in there.items())
    told = f"note: nothing was exported: no layer has status {' or '.join(statuses)} (there are: {known or 'none'})"
    if "gold" in layers and "done" in statuses and there:
        told += f"; {next_command('adjudicate --done')} marks gold that is completely settled"
    click.echo(clean(f"annotator: {told}"), err=True)


def _warn_of_empty(split: Split, report: ExportReport) -> None:
    """Tell on stderr of parts into which no article fell, as happens where there are few."""
    empty = split.empty(report.files)
    if empty:
        named = ", ".join(file.path for file in empty)
        few = count(sum(file.articles for file in report.files), "article")
        shares = "/".join(map(str, split.shares))
        told = f"note: no article in {named}: {few} divided {shares} by chance; another --seed divides differently"
        click.echo(clean(told), err=True)


def summary(report: ExportReport, *, listed: bool) -> list[str]:
    """Return what was written, file by file, and what was lost, kind by kind."""
    lines = [
        f"{f.path}: {count(f.articles, 'article')}, {count(f.layers, 'layer')}, {count(f.spans, 'span')}"
        for f in report.files
    ]
    if report.repeated:
        are = named(report.repeated, "is a further reading", "are further readings")
        lines.append(f"note: {count(report.repeated, 'layer')} {are} of an article; choose one with --layer")
    if report.bare and report.single and any(file.layers for file in report.files):
        are = named(report.bare, "is", "are")
        bare = (
            f"{count(report.bare, 'article')} that nobody has read {are} in it, like those in which nothing was found"
        )
        lines.append(f"note: {bare}; name the layers with --layer to leave such out")
    if report.unread:
        left = f"{count(report.unread, 'article')} that nobody has read"
        lines.append(f"left out: {left}, for which the format {report.format!r} has no place")
    lines += [f"lost: {what}: {times:,}" for what, times in sorted(report.losses.items())]
    if not report.losses:
        lines.append("lost: nothing")
    elif not listed:
        lines.append("each is listed with --losses FILE")
    return [clean(line) for line in lines]


def _as_json(report: ExportReport, listed: Losses) -> dict[str, Any]:
    from dataclasses import asdict

    from annotator.outlet import as_data

    data = dict(as_data(report))
    if listed.kept is not None:
        data["lost"] = [asdict(loss) for loss in listed.kept]
    return data
