"""`annotator doctor`: whether the database holds together, and putting right what can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.common import echo_json, progress
from annotator.cli.tables import clean, count
from annotator.errors import OK, PROBLEMS, UsageError

if TYPE_CHECKING:
    from annotator.store.doctor_finding import Finding, Tell
    from annotator.store.doctor_repair import Repair


@click.command("doctor", short_help="Check that the database holds together; repair it.")
@click.option("--repair", "mend", is_flag=True, help="Put right what can be, after a backup beside the file.")
@click.option("--dry-run", is_flag=True, help="With --repair: show what it would do, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, mend: bool, dry_run: bool, as_json: bool) -> None:
    """Look the whole database through: pages, rows, texts, offsets, journals, counts.

    Exit status 0 says that all is well, 1 that something is wrong (with --repair: still), 4 that it cannot be read.
    """
    from annotator.project import utc_now
    from annotator.store.files import refuse_no_database

    db: Path = ctx.obj
    if dry_run and not mend:
        raise UsageError("--dry-run goes with --repair", hint="without --repair nothing is changed anyway")
    refuse_no_database(db)
    findings = _examined(db, quiet=as_json, would=dry_run)
    done = None
    if mend and not dry_run and any(finding.repair for finding in findings):
        from annotator.store.doctor_repair import repair

        done = repair(db, time=utc_now())
        if not as_json:
            _tell_repair(done)
        findings = _examined(db, quiet=as_json, would=False)
    if as_json:
        echo_json(_as_json(db, findings, done))
    else:
        _tell_end(db, findings, mend=mend)
    ctx.exit(PROBLEMS if findings else OK)


def _examined(db: Path, *, quiet: bool, would: bool) -> list[Finding]:
    """Return what is wrong, printed unless quiet."""
    from annotator.store.doctor import examine

    with _shown() as tell:
        found = [*examine(db, tell=tell)]
    if not quiet:
        for finding in found:
            click.echo(line_of(finding, would=would))
    return found


@contextmanager
def _shown() -> Iterator[Tell]:
    """Show on a terminal how many articles, and then layers, were looked at."""
    with progress(None, "looked at") as line:
        yield lambda done, of: line.update()


def line_of(finding: Finding, *, would: bool = False) -> str:
    """Return a finding on one line."""
    cure = finding.repair or "kept as it is"
    if finding.repair:
        cure = f"would {cure}" if would else f"--repair: {cure}"
    return clean(f"{finding.code}: {finding.where}: {finding.what} ({cure})")


def _tell_repair(done: Repair) -> None:
    click.echo(clean(f"backup: {done.backup}"))
    for line in done.done:
        click.echo(clean(f"repaired: {line}"))
    if done.aside:
        click.echo(clean(f"{count(done.moved, 'row')} moved out: {done.aside}"))


def _tell_end(db: Path, findings: list[Finding], *, mend: bool) -> None:
    from annotator.store.doctor import log_of

    log = log_of(db)
    torn = ", ends within a write that was cut off" if log.torn else ""
    what = f"{count(len(findings), 'problem')}{' left' if mend and findings else ''}" if findings else "all is well"
    hint = ""
    if any(not finding.repair for finding in findings):
        hint = "; what is kept as it is may be whole in a backup"
    click.echo(clean(f"{db}: {what}{hint}" + (f" (log of {log.size:,} bytes{torn})" if log.size else "")))


def _as_json(db: Path, findings: list[Finding], done: Repair | None) -> dict[str, Any]:
    from annotator.store.doctor import log_of

    repaired = None
    if done is not None:
        aside = str(done.aside) if done.aside else None
        repaired = {"backup": str(done.backup), "done": list(done.done), "moved_out": aside, "rows": done.moved}
    return {
        "database": str(db),
        "findings": [asdict(finding) for finding in findings],
        "log": asdict(log_of(db)),
        "repair": repaired,
    }
