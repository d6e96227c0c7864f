"""`annotator status`: how far everybody is."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from annotator.cli.common import echo_json, next_command
from annotator.cli.tables import clean, count, table
from annotator.core.counting import named
from annotator.core.stopwatch import duration

if TYPE_CHECKING:
    from annotator.project import Project
    from annotator.store.journal import Trouble

SHOWN: Final = 5  # alarms that are printed; --json has them all


@click.command("status", short_help="Show progress by annotator and label.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(db: Path, as_json: bool) -> None:
    """Show how many articles there are, how far each annotator is, and how often each label was used."""
    from annotator.project import Project

    with Project.open(db, read_only=True) as project:
        data = status_of(project) | {"backup": backup_of(db)}
    if as_json:
        echo_json(data)
    else:
        click.echo(as_text(data))


def status_of(project: Project) -> dict[str, Any]:
    """Return the status as JSON values.

    Returns:
        `{"database", "schema", "articles", "annotators": [{"annotator", "kind", "todo", "open", "flagged", "done",
        "spans", "labels": {label: spans}, "time": {"seconds", "articles", "median_seconds"}}]}`; the time is what was
        spent on articles in the tag screen, pauses left out.  Everybody is among them who has a layer or a place at an
        article, or has opened one, and all other people but those who have retired or only settle and fix.
        And `{"alarms": [{"article", "annotator", "peak", "now", "batch", "lost", "before", "time"}]}`: layers that
        have lost most of their spans, the worst first.
    """
    from annotator.store.people import second_names
    from annotator.store.visits import TimeSpent

    articles = project.store.count()
    known = project.store.people()
    people: dict[str, dict[str, Any]] = {
        one.name: {"annotator": one.name, "kind": one.kind, "todo": articles}
        | {"open": 0, "flagged": 0, "done": 0, "spans": 0, "labels": dict.fromkeys(project.schema.labels, 0)}
        for one in known
    }
    for name, _, status, layers, spans in project.store.progress():
        people[name][status] = layers
        people[name]["todo"] -= layers
        people[name]["spans"] += spans
    with project.store.snapshot() as conn:
        second = second_names(conn)
    for one in known:
        if one.helper or one.name in second:  # reads nothing, or has read it under another name
            people[one.name]["todo"] = 0
    spent = project.store.time_spent()
    for name, person in people.items():
        time = spent.get(name, TimeSpent())
        person["time"] = {
            "seconds": round(time.seconds, 1),
            "articles": time.articles,
            "median_seconds": round(time.median, 1),
        }
    for name, label, spans in project.store.label_counts():
        people[name]["labels"][label] = spans
    at_work = [
        people[one.name]
        for one in known
        if one.layers or one.assigned or one.name in spent or (one.kind == "human" and one.active and not one.helper)
    ]
    damaged: list[int] = []
    alarms = [_alarm(trouble) for trouble in project.store.journal.drops(damaged=damaged)]
    return {
        "database": str(project.path),
        "schema": project.schema.ref,
        "articles": articles,
        "annotators": at_work,
        "alarms": alarms,
        "damaged": damaged,
    }


def _alarm(trouble: Trouble) -> dict[str, Any]:
    lost = trouble.drop
    return {
        "article": trouble.key,
        "annotator": trouble.annotator,
        "peak": lost.peak,
        "now": lost.now,
        "batch": lost.batch,
        "lost": lost.lost,
        "before": lost.first,
        "time": trouble.time,
    }


def backup_of(db: Path) -> dict[str, Any] | None:
    """Return when and where the last backup of the schedule was made, as JSON values; None without a schedule.

    Returns:
        `{"last", "file", "folder", "every"}`, the first two None if there is none yet; `every` is in hours.
    """
    from annotator.config import load_settings

    settings = load_settings()
    if not settings.backup_every:
        return None
    from annotator.store.schedule import Plan, backups_of

    plan = Plan(settings.backup_every, settings.backup_folder, settings.backup_keep)
    made = backups_of(db, plan)
    last, file = (made[-1][0].isoformat(), str(made[-1][1])) if made else (None, None)
    return {"last": last, "file": file, "folder": str(plan.folder_of(db)), "every": plan.every}


def as_text(data: dict[str, Any], *, db: Path | None = None) -> str:
    """Return the status for people.

    Args:
        data: What `status_of` returns.
        db: The database, where it is not that of the command line.
    """
    first = f"{count(data['articles'], 'article')} · schema {data['schema']} · {clean(data['database'])}"
    backup = data.get("backup")
    if backup:
        first += clean(f" · last backup {backup['last'] or 'not yet, it is made when the tool is opened'}")
    idle = not any(person["open"] + person["flagged"] + person["done"] for person in data["annotators"])
    first += f"\nNobody has tagged anything yet: {clean(next_command('tag', db=db))}" if idle else ""
    if not data["annotators"]:
        return first
    labels = list(dict.fromkeys(label for person in data["annotators"] for label in person["labels"]))
    head = ["annotator", "kind", "to do", "open", "flagged", "done", "spans", *labels, "time", "an article"]
    fields = ("annotator", "kind", "todo", "open", "flagged", "done", "spans")
    rows = [
        [
            *(person[field] for field in fields),
            *(person["labels"].get(label, 0) for label in labels),
            *(duration(person["time"][name]) for name in ("seconds", "median_seconds")),
        ]
        for person in data["annotators"]
    ]
    told = [*_alarms(data["alarms"], db=db), *_damaged(data.get("damaged", []), db=db)]
    return "\n".join([first, "", table(head, rows), *told])


def _damaged(batches: list[int], *, db: Path | None) -> list[str]:
    """Return which batches of the journal cannot be read, for people."""
    if not batches:
        return []
    which = ", ".join(map(str, batches[:SHOWN])) + (", …" if len(batches) > SHOWN else "")
    look = next_command("doctor", db=db)
    return ["", clean(f"DAMAGED: what the journal has of batch {which} cannot be read; see: {look}")]


def _alarms(alarms: list[dict[str, Any]], *, db: Path | None) -> list[str]:
    """Return the layers that have lost most of their spans, and what can be done about it, for people."""
    lines = [""] if alarms else []
    for one in alarms[:SHOWN]:
        lines.append(
            clean(
                f"ALARM: {one['annotator']} had {count(one['peak'], 'span')} in {one['article']}, now {one['now']:,}; "
                f"batch {one['batch']} took {one['lost']:,}"
            )
        )
        undo = next_command(f"undo --batch {one['batch']}", db=db)
        batch = f"{undo}, or " if one["lost"] == one["peak"] - one["now"] else ""
        who = f"--annotator {quote(one['annotator'])} --article {quote(one['article'])}"
        restore = next_command(f"restore --before {one['before']} {who}", db=db)
        lines.append(clean(f"  if that was a mistake: {batch}{restore}"))
    if (more := len(alarms) - SHOWN) > 0:
        have = named(more, "that has lost most of its spans", "that have lost most of their spans")
        lines.append(f"and {count(more, 'more layer')} {have}; --json lists them")
    return lines
