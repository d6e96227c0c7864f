"""`annotator merge`: take in what was done in other files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from annotator.cli.common import echo_json, next_command, progress, stoppable
from annotator.cli.options import FilePath
from annotator.cli.tables import clean, count, table
from annotator.errors import PROBLEMS

if TYPE_CHECKING:
    from annotator.merging import MergeReport
    from annotator.store.merge_report import Outcome

OUTCOMES: Final[Mapping[Outcome, str]] = {
    "new": "new",
    "forward": "brought forward",
    "same": "the same",
    "behind": "further on here",
    "conflict": "in conflict",
    "withheld": "left out",
}
SHOWN: Final = 20  # conflicts of a file that are printed; --json has them all


@click.command("merge", short_help="Take in what was done in other files.")
@click.argument("others", metavar="OTHER.db...", nargs=-1, required=True, type=FilePath(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--annotator", "by", help="Who you are; the name in your settings, or your login name, if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(db: Path, others: tuple[Path, ...], dry_run: bool, by: str | None, as_json: bool) -> None:
    """Take in what was done in other files, which are only read.

    A layer that goes on from the one here is appended to it.  Where both went on, the other's is put beside it under a
    second name (ann~2), to be compared and settled; the exit status is 1 if there is such a one that is new.  Merging
    the same file again changes nothing.  Where there are leads, gold that others changed comes in only with a lead.
    """
    from annotator.config import load_settings, person_name
    from annotator.merging import merge
    from annotator.project import Project

    me = by or person_name(load_settings())
    reports: list[MergeReport] = []
    try:
        with stoppable(), Project.open(db, read_only=dry_run) as project, progress(None, "merging articles:") as bar:
            for other in others:
                reports.append(merge(project, other, by=me, dry_run=dry_run, tell=bar.update))
    except BaseException:
        if reports:  # those files are taken in, whatever is wrong with the next
            _show(reports, dry_run=dry_run, as_json=as_json)
        raise
    _show(reports, dry_run=dry_run, as_json=as_json)
    if any(any(conflict.batches for conflict in report.conflicts) or report.layers["withheld"] for report in reports):
        raise click.exceptions.Exit(PROBLEMS)


def _show(reports: list[MergeReport], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        echo_json({"dry_run": dry_run, "files": [_as_json(report) for report in reports]})
        return
    for report in reports:
        click.echo("\n".join(_lines(report, dry_run=dry_run)))


def _lines(report: MergeReport, *, dry_run: bool) -> list[str]:
    """Return what became of a file, for people."""
    parts = [count(report.articles, "new article")] if report.articles else []
    for outcome, words in OUTCOMES.items():
        if number := report.layers[outcome]:
            parts.append(f"{count(number, 'layer')} {words}")
    if report.batches:
        parts.append(f"{count(report.batches, 'batch', 'batches')} {'would be ' * dry_run}taken in")
    lines = [f"{report.path}: {count(report.articles + report.known, 'article')}: {', '.join(parts) or 'nothing'}"]
    if report.differing:
        lines.append(f"note: {count(report.differing, 'article')} with other metadata there; what is here was kept")
    lines += [f"note: {old!r} there is {new!r} here" for old, new in report.called.items()]
    lines += _strange(report)
    lines += [f"note: another text has the key {old!r} here; it is {new!r}" for old, new in report.renamed.items()]
    if report.conflicts:
        rows = [[one.key, one.annotator, one.common, one.here, one.there, one.name] for one in report.conflicts[:SHOWN]]
        lines += [
            "",
            table(["article", "annotator", "in common", "more here", "more there", "theirs is here as"], rows),
        ]
        if len(report.conflicts) > SHOWN:
            lines.append(f"and {len(report.conflicts) - SHOWN:,} more; --json lists them all")
        one = report.conflicts[0]
        lines.append(f"settle them: {next_command('adjudicate --readers ' + quote(f'{one.annotator},{one.name}'))}")
    return [line if "\n" in line else clean(line) for line in lines]


def _strange(report: MergeReport) -> list[str]:
    """Return what is to be said of gold that was changed by people who are no leads here."""
    lines = []
    for taken in (True, False):
        layers = [one for one in report.strange if one.taken is taken]
        if not layers:
            continue
        who = ", ".join(sorted({author for one in layers for author in one.authors}))
        said = f"{count(len(layers), 'gold layer')} changed by {who}, no lead here"
        keys = ", ".join(one.key for one in layers[:5]) + (", …" if len(layers) > 5 else "")
        done = "taken in, since a lead merges" if taken else "left out; a lead can take them in: --annotator LEAD"
        lines.append(f"note: {said}: {done} ({keys})")
    return lines


def _as_json(report: MergeReport) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "file": str(report.path),
        "articles": {"new": report.articles, "known": report.known, "differing": report.differing},
        "renamed": report.renamed,
        "layers": {name: report.layers[name] for name in OUTCOMES},
        "batches": report.batches,
        "visits": report.visits,
        "conflicts": [asdict(conflict) for conflict in report.conflicts],
        "gold": [asdict(one) for one in report.strange],
        "called": report.called,
    }
