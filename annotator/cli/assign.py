"""`annotator assign`: who reads what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.cli.common import echo_json, next_command
from annotator.cli.tables import clean, count, table
from annotator.cli.when import known, known_label, storable
from annotator.errors import UsageError

if TYPE_CHECKING:
    from annotator.project import Project
    from annotator.store.queue import QueueFilter
    from annotator.team import Assigned

STATUSES = ("todo", "open", "flagged", "done")
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST = 3650 * 86400.0  # seconds


def _seconds(context: click.Context, parameter: click.Parameter, value: str) -> float:
    """Return the seconds of a time span."""
    number, unit = value[:-1], value[-1:]
    if unit not in UNITS or not number.isdecimal() or not 0 < int(number) * UNITS[unit] <= LONGEST:
        raise click.BadParameter(f"{value[:40]!r} is no time span; write 90m, 2h or 1d", context, parameter)
    return int(number) * UNITS[unit]


@click.command("assign", short_help="Say who reads what.")
@click.option("--overlap", type=click.IntRange(1), default=1, show_default=True, help="Annotators an article.")
@click.option("--annotators", "names", metavar="A,B,…", help="Among whom; if left out all but those who only settle.")
@click.option("--seed", type=int, help="Draw by this number; without it articles are given in turn.")
@click.option("--calibration", type=click.IntRange(0), default=0, help="So many articles for everybody, besides.")
@click.option(
    "--open", "opened", is_flag=True, help="Name nobody: whoever opens an article from the queue has a place."
)
@click.option(
    "--lapse", callback=_seconds, default="2h", show_default=True, help="When a place without work is free again."
)
@click.option("--by", metavar="NAME", help="Only articles that NAME has a layer of.")
@click.option("--status", type=click.Choice(STATUSES), help="Only with this status of --by.")
@click.option("--label", help="Only articles with a span of this label.")
@click.option("--meta", metavar="NAME=VALUE", multiple=True, help="Only with this in the metadata (repeatable).")
@click.option("--source", help="The same as --meta source=…")
@click.option("--date", "days", metavar="DAYS", help="Only of these days: 2025-03, 2025, or from..to.")
@click.option("--text", "words", metavar="WORDS", help="Only articles that have these words.")
@click.option("--clear", is_flag=True, help="Take back what nobody has begun.")
@click.option("--list", "listing", is_flag=True, help="Show who has what to do, and change nothing.")
@click.option("--dry-run", is_flag=True, help="Show what would be, and change nothing.")
@click.option("--annotator", "me", help="Who you are; the name in your settings, or your login name, if left out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; with --list every place.")
@click.pass_obj
def command(db: Path, /, **given: Any) -> None:
    """Give articles to annotators, so many to each article, and to everybody as many.

    Who has a layer of an article, or has been given it, counts: running it again gives only what is lacking.  The
    queue then begins with what is assigned to you.
    """
    from annotator.config import load_settings, person_name
    from annotator.project import Project

    with Project.open(db, read_only=given["listing"]) as project:
        if given["listing"]:
            _list(project, as_json=given["as_json"])
            return
        if given["by"]:
            known(project, storable(given["by"]))
        me = given["me"] or person_name(load_settings())
        chosen = _filter(given)
        if chosen.label:
            known_label(project, chosen.label)
        if chosen.searches:
            project.index_texts()
        names = tuple(one.strip() for one in (given["names"] or "").split(",") if one.strip())
        if given["clear"]:
            _clear(project, chosen, names, me, dry_run=given["dry_run"], as_json=given["as_json"])
        else:
            _assign(project, chosen, names, me, given)


def _filter(given: dict[str, Any]) -> QueueFilter:
    """Return the filter that the options ask for.

    Raises:
        UsageError: If one of them cannot be read.
    """
    from annotator.core.dates import days
    from annotator.store.queue import QueueFilter

    span = days(given["days"]) if given["days"] else None
    if given["days"] and span is None:
        raise UsageError(
            f"--date {given['days']!r} is no span of days", hint="write 2025-03-04, 2025-03 or 2025-01..2025-03"
        )
    if given["status"] and not given["by"]:
        raise UsageError("--status goes with --by", hint="say whose status: --by NAME --status done")
    meta = [("source", given["source"])] if given["source"] else []
    for item in given["meta"]:
        name, equals, value = item.partition("=")
        if not (name and equals):
            raise UsageError(f"--meta {item[:60]!r} is not NAME=VALUE", hint="for example --meta language=en")
        meta.append((name, value))
    return QueueFilter(
        status=given["status"],
        by=given["by"] or "",
        label=given["label"] or "",
        words=given["words"] or "",
        days=span,
        meta=tuple(meta),
    )


def _assign(project: Project, chosen: QueueFilter, names: tuple[str, ...], me: str, given: dict[str, Any]) -> None:
    from annotator.team import Request, assign

    request = Request(
        overlap=given["overlap"],
        names=names,
        chosen=chosen,
        calibration=given["calibration"],
        seed=given["seed"],
        open_for=given["lapse"] if given["opened"] else None,
    )
    done = assign(project, request, by=me, dry_run=given["dry_run"])
    if given["as_json"]:
        echo_json(_as_data(done, dry_run=given["dry_run"]))
    else:
        click.echo(_as_text(done, request.overlap, opened=given["opened"], dry_run=given["dry_run"]))


def _as_data(done: Assigned, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "articles": done.articles,
        "calibration": done.calibration,
        "opened": done.opened,
        "lacking": done.lacking,
        "left_out": list(done.left_out),
        "annotators": [
            {"annotator": name, "before": done.before.get(name, 0), "new": done.new.get(name, 0)} for name in done.names
        ],
    }


def _as_text(done: Assigned, overlap: int, *, opened: bool, dry_run: bool) -> str:
    """Return what was done for people."""
    lines = []
    if done.names and (done.new or not opened):
        rows = [[n, b := done.before.get(n, 0), new := done.new.get(n, 0), b + new] for n in done.names]
        lines += [table(["annotator", "had", "new", "now"], rows), ""]
    told = count(done.articles, "article") if done.articles else "no article passes the filter"
    if done.calibration:
        told += f", {done.calibration:,} of them for everybody"
    if opened:
        places = "one place" if overlap == 1 else f"{overlap} places"
        told += f"; {done.opened:,} {'would be' if dry_run else 'now'} open to all with {places} each"
    lines.append(told)
    if done.left_out:
        who = clean(", ".join(done.left_out))
        lines.append(
            f"not given to {who}, who only settle or fix; to give them some: {next_command('annotators add NAME')}"
        )
    if done.lacking:
        lines.append(f"{count(done.lacking, 'place')} for which nobody is left: {next_command('annotators add NAME')}")
    if dry_run:
        lines.append("nothing was changed (--dry-run)")
    return "\n".join(lines)


def _clear(
    project: Project, chosen: QueueFilter, names: tuple[str, ...], me: str, *, dry_run: bool, as_json: bool
) -> None:
    from annotator.team import clear

    places, articles = clear(project, chosen, names, by=me, dry_run=dry_run)
    if as_json:
        echo_json({"dry_run": dry_run, "places": places, "closed": articles})
        return
    told = f"{count(places, 'place')} {'would be ' if dry_run else ''}taken back"
    click.echo(told + (f", {count(articles, 'article')} no longer open to all" if articles else ""))


def _list(project: Project, *, as_json: bool) -> None:
    from dataclasses import asdict

    from annotator.store import assignment

    with project.store.snapshot() as conn:
        shares = assignment.shares(conn)
        articles, places, taken, beyond = assignment.quotas(conn)
        everyone = (
            [{"article": key, "annotator": who, "kind": kind} for key, who, kind in assignment.places(conn)]
            if as_json
            else []
        )
    if as_json:
        quota = {"articles": articles, "places": places, "taken": taken, "beyond": beyond}
        echo_json({"annotators": [asdict(share) for share in shares], "open_to_all": quota, "places": everyone})
        return
    if not shares and not articles:
        click.echo(f"nothing is assigned: everybody reads what they like ({next_command('assign --help')})")
        return
    fields = ("named", "calibration", "claimed", "todo", "open", "flagged", "done")
    head = ["annotator", "by name", "for everybody", "claimed", "to do", "open", "flagged", "done"]
    rows = [[share.annotator, *(getattr(share, one) for one in fields)] for share in shares]
    click.echo(table(head, rows) if rows else "nobody has a place yet")
    if articles:
        more = f", and {count(beyond, 'reading')} beyond them, from before" if beyond else ""
        click.echo(f"\n{count(articles, 'article')} open to all: {taken:,} of {places:,} places taken{more}")
