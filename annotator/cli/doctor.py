"""`annotator doctor`: whether the database holds together, and putting right what can be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from annotator.cli.common import echo_json, progress
from annotator.cli.options import FilePath
from annotator.cli.tables import clean, count
from annotator.errors import OK, PROBLEMS, StoreError, UsageError

if TYPE_CHECKING:
    from annotator.formats.atomic import Output
    from annotator.store.doctor_finding import Finding, Tell
    from annotator.store.doctor_repair import Repair

    Put = Callable[[Finding], None]


SHOWN: Final = 100  # findings of each code that are held and told one by one; the others are counted


@dataclass(slots=True)
class Found:
    """What was found: the first findings of each code, how many there are, and whether a repair helps."""

    first: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    mendable: int = 0

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if it is one of the first."""
        self.counts[finding.code] += 1
        self.mendable += bool(finding.repair)
        if self.counts[finding.code] <= SHOWN:
            self.first.append(finding)

    @property
    def total(self) -> int:
        """How many there are."""
        return self.counts.total()


@click.command("doctor", short_help="Check that the database holds together; repair it.")
@click.option("--repair", "mend", is_flag=True, help="Put right what can be, after a backup beside the file.")
@click.option("--dry-run", is_flag=True, help="With --repair: show what it would do, and do nothing.")
@click.option(
    "--list",
    "listed",
    metavar="FILE",
    type=FilePath(dir_okay=False, path_type=Path),
    help="Write all that is found to FILE, a JSON object a line.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, mend: bool, dry_run: bool, listed: Path | None, as_json: bool) -> None:
    """Look the whole database through: pages, rows, texts, offsets, journals, counts.

    Of what is found more than a hundred times the first hundred are shown; --list has them all, as they were before a
    repair.  Exit status 0 says that all is well, 1 that something is wrong (with --repair: still), 4 that it cannot be
    read.
    """
    from annotator.project import utc_now
    from annotator.store.files import refuse_no_database

    db: Path = ctx.obj
    if dry_run and not mend:
        raise UsageError("--dry-run goes with --repair", hint="without --repair nothing is changed anyway")
    refuse_no_database(db)
    with _list(listed, db) as put:
        found = _examined(db, quiet=as_json, would=dry_run, put=put)
    done = None
    if mend and not dry_run and found.mendable:
        from annotator.store.doctor_repair import repair

        done = repair(db, time=utc_now())
        if not as_json:
            _tell_repair(done)
        found = _examined(db, quiet=as_json, would=False)
    if as_json:
        echo_json(_as_json(db, found, done))
    else:
        _tell_end(db, found, mend=mend)
    ctx.exit(PROBLEMS if found.total else OK)


def _examined(db: Path, *, quiet: bool, would: bool, put: Put | None = None) -> Found:
    """Return what is wrong, printed unless quiet."""
    from annotator.store.doctor import examine

    found = Found()
    with _shown() as tell:
        try:
            for finding in examine(db, tell=tell):
                found.add(finding)
                if put is not None:
                    put(finding)
        except StoreError as error:
            if "doctor" in error.hint:  # which is this
                error.hint = "nothing more can be told of it: restore a backup, and keep this file"
            raise
    if not quiet:
        for finding in found.first:
            click.echo(line_of(finding, would=would))
        for code, number in found.counts.items():
            if number > SHOWN:
                click.echo(f"{code}: {number - SHOWN:,} more; --list FILE has them all")
    return found


@contextmanager
def _list(path: Path | None, db: Path) -> Iterator[Put | None]:
    """Give what writes a finding to the file that was asked for, which is in its place when all are in it."""
    if path is None:
        yield None
        return
    from annotator.cli.options import always_private
    from annotator.formats.atomic import Output
    from annotator.fresh import is_private

    with Output(path, private=is_private(db) or always_private()) as output:
        yield lambda finding: _write(output, finding)
        output.finish()
        output.publish()


def _write(output: Output, finding: Finding) -> None:
    with output.told():
        output.file.write(json.dumps(asdict(finding), ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")


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


def _tell_end(db: Path, found: Found, *, mend: bool) -> None:
    from annotator.store.doctor import log_of

    log = log_of(db)
    torn = ", ends within a write that was cut off" if log.torn else ""
    what = f"{count(found.total, 'problem')}{' left' if mend else ''}" if found.total else "all is well"
    hint = ""
    if found.mendable < found.total:
        hint = "; what is kept as it is may be whole in a backup"
    click.echo(clean(f"{db}: {what}{hint}" + (f" (log of {log.size:,} bytes{torn})" if log.size else "")))


def _as_json(db: Path, found: Found, done: Repair | None) -> dict[str, Any]:
    from annotator.store.doctor import log_of

    repaired = None
    if done is not None:
        aside = str(done.aside) if done.aside else None
        repaired = {"backup": str(done.backup), "done": list(done.done), "moved_out": aside, "rows": done.moved}
    return {
        "database": str(db),
        "findings": [asdict(finding) for finding in found.first],
        "counts": dict(found.counts),
        "log": asdict(log_of(db)),
        "repair": repaired,
    }
