"""`annotator history`: who did what when."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from annotator.cli.common import echo_json
from annotator.cli.tables import clean
from annotator.cli.when import article_number, known, number, read_moment, storable
from annotator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from annotator.project import Project
    from annotator.store.journal import Written

PHRASES: Final = 3  # edits of a batch that a line tells
EDITS: Final = 100  # that JSON tells of a batch; `count` says how many there are
NEAR: Final = 8  # articles whose texts are kept at hand
PAGE: Final = 200


@click.command("history", short_help="Show who did what when, or how much and how fast.")
@click.option("--article", "key", metavar="KEY", help="Only this article.")
@click.option(
    "--annotator", "name", metavar="NAME", help="Only what this one did, or what was done in the layers of this one."
)
@click.option("--since", metavar="TIME", help="Only what is not older: 2026-01-02T10:00, 2h, 3d, yesterday, …")
@click.option("--limit", callback=number, metavar="N", default="20", show_default=True, help="How many lines at most.")
@click.option("--before", callback=number, metavar="N", help="Go on before batch N.")
@click.option("--stats", is_flag=True, help="Numbers instead: time, speed, corrections, pace.")
@click.option(
    "--by",
    type=click.Choice(["annotator", "article", "day"]),
    help="With --stats: a line an annotator (if left out), article (the longest first), or day.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    db: Path,
    key: str | None,
    name: str | None,
    since: str | None,
    limit: int,
    before: int | None,
    stats: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """Show the journal, the newest batch first: number, time, who, article, and what was done.

    A time without a zone, and every time in the table, is in this machine's zone; JSON has UTC.  The numbers are those
    that `annotator undo --batch` and `annotator restore --before` take.
    """
    from annotator.project import Project

    if by and not stats:
        raise UsageError("--by goes with --stats", hint="add --stats")
    if stats and before:
        raise UsageError("--before does not go with --stats", hint="leave one of them out")
    name = storable(name)
    with Project.open(db, read_only=True) as project:
        article = article_number(project, key) if key else None
        name = known(project, name) if name is not None else None
        start = read_moment(since) if since is not None else ""
        if stats:
            from annotator.cli.pace import show

            show(
                project,
                article=article,
                annotator=name or "",
                since=start,
                by=by or "annotator",
                limit=limit,
                as_json=as_json,
            )
            return
        found = _batches(project, before, article, name or "", start, limit)
        text = lru_cache(NEAR)(lambda number: project.store.article(number).text)
        data = [_as_json(batch, _words(batch, text)) for batch in found] if as_json else None
        lines = [_line(batch, _words(batch, text)) for batch in found] if data is None else []
    if data is not None:
        echo_json({"batches": data, "next": data[-1]["batch"] if len(data) == limit else None})
        return
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("Nothing of that kind is in the journal.")
    elif len(lines) == limit:
        click.echo(f"older: --before {found[-1].id}")


def _batches(
    project: Project, before: int | None, article: int | None, name: str, since: str, limit: int
) -> list[Written]:
    """Return the batches, read a page at a time."""
    found: list[Written] = []
    while len(found) < limit:
        most = min(PAGE, limit - len(found))
        page = project.store.journal.page(before=before, article=article, annotator=name, since=since, limit=most)
        found += page
        if len(page) < most:
            break
        before = page[-1].id
    return found


def _words(batch: Written, text: Callable[[int], str]) -> list[str]:
    """Return what each edit of a batch did."""
    from annotator.core.wording import in_words

    return in_words(batch.edits, batch.inverse, text=text(batch.article))


def told(phrases: list[str]) -> str:
    """Return the first of some phrases, and how many there are besides."""
    more = len(phrases) - PHRASES
    return "; ".join(phrases[:PHRASES]) + (f"; and {more:,} more" if more > 0 else "")


def _line(batch: Written, words: list[str]) -> str:
    from annotator.core.times import local_time

    who = batch.author if batch.author == batch.annotator else f"{batch.author} in {batch.annotator}"
    kind = batch.kind if batch.of is None else f"{'takes back' if batch.kind == 'do' else batch.kind} {batch.of}"
    time = local_time(batch.time).strftime("%Y-%m-%d %H:%M:%S")
    return clean(f"{batch.id:>6}  {time}  {who}  {batch.key}  {kind}: {told(words)}")


def _as_json(batch: Written, words: list[str]) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "time": batch.time,
        "by": batch.author,
        "article": batch.key,
        "annotator": batch.annotator,
        "kind": batch.kind,
        "of": batch.of,
        "edits": words[:EDITS],
        "count": len(batch.edits),
    }
