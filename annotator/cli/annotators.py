"""`annotator annotators`: who is in the team, and what each may do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.common import echo_json, next_command
from annotator.cli.tables import clean, count, table

if TYPE_CHECKING:
    from annotator.project import Project

KINDS = ("human", "model", "gold")
ROLES = ("annotator", "lead")


@click.group("annotators", invoke_without_command=True, short_help="List, add, rename and retire annotators.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the annotators: kind, role, layers, and articles assigned.

    Roles guard against mistakes; whoever can write the database can do anything.  Where nobody is a lead, everybody may
    do everything.  Once somebody is, only leads settle, assign, change the schema, and change annotators.
    """
    if context.invoked_subcommand is not None:
        return
    from annotator.project import Project

    with Project.open(context.obj, read_only=True) as project:
        people = project.store.people()
    if as_json:
        fields = ("name", "kind", "role", "retired", "layers", "assigned")
        echo_json([{field: getattr(one, field) for field in fields} for one in people])
    elif people:
        head = ["annotator", "kind", "role", "retired", "layers", "assigned"]
        rows = [
            [one.name, one.kind, one.role if one.kind == "human" else "", one.retired[:10], one.layers, one.assigned]
            for one in people
        ]
        click.echo(table(head, rows))
    else:
        click.echo(f"nobody yet: {next_command('annotators add NAME')}")


@command.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), default="human", show_default=True, help="Who or what it is.")
@click.option("--role", type=click.Choice(ROLES), default="annotator", show_default=True, help="What a person may do.")
@click.option("--annotator", "by", help="Who you are; the name in your settings, or your login name, if left out.")
@click.pass_obj
def add(db: Path, name: str, kind: str, role: str, by: str | None) -> None:
    """Add an annotator."""
    from annotator import team

    with _opened(db) as project:
        team.add(project, name, by=_me(by), kind=kind, role=role)  # type: ignore[arg-type]
    click.echo(clean(f"{name}: added, {role if kind == 'human' else kind}"))


@command.command("rename")
@click.argument("old")
@click.argument("new")
@click.option("--annotator", "by", help="Who you are.")
@click.pass_obj
def rename(db: Path, old: str, new: str, by: str | None) -> None:
    """Give an annotator another name; layers, journal and decisions keep theirs."""
    from annotator import team

    with _opened(db) as project:
        changed = team.rename(project, old, new, by=_me(by))
    told = (
        f"; {count(changed, 'gold layer')} that mention {'it' if changed == 1 else 'them'} changed" if changed else ""
    )
    click.echo(clean(f"{old}: now {new}{told}"))
    click.echo(clean(f"whose settings say {old!r}, or log in so, should set annotator = {new!r}"))


@command.command("retire")
@click.argument("name")
@click.option("--back", is_flag=True, help="Take back into the team.")
@click.option("--annotator", "by", help="Who you are.")
@click.option("--yes", is_flag=True, help="Also if there is no lead any more then, and everybody may do everything.")
@click.pass_obj
def retire(db: Path, name: str, back: bool, by: str | None, yes: bool) -> None:
    """Retire an annotator: layers stay, nothing new is assigned or tagged."""
    from annotator import team

    with _opened(db) as project:
        before = _led(project)
        free = team.retire(project, name, by=_me(by), back=back, unled=yes)
        after = _led(project)
    if back:
        click.echo(clean(f"{name}: back"))
        _tell_leads(before, after)
        return
    click.echo(clean(f"{name}: retired; {count(free, 'article')} not begun given up"))
    _tell_leads(before, after)
    if free:
        click.echo(f"next: {next_command('assign')}, to give them to others")


@command.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--annotator", "by", help="Who you are.")
@click.option("--yes", is_flag=True, help="Also if there is no lead any more then, and everybody may do everything.")
@click.pass_obj
def role(db: Path, name: str, role: str, by: str | None, yes: bool) -> None:
    """Say what an annotator may do."""
    from annotator import team

    with _opened(db) as project:
        before = _led(project)
        team.set_role(project, name, role, by=_me(by), unled=yes)  # type: ignore[arg-type]
        after = _led(project)
    click.echo(clean(f"{name}: {role}"))
    _tell_leads(before, after)


def _led(project: Project) -> bool:
    """Say whether there is a lead."""
    return any(one.role == "lead" and one.active for one in project.store.people())


def _tell_leads(before: bool, after: bool) -> None:
    """Say what it means if there were no leads before, or are none after."""
    if before != after:
        only = "from now on only leads settle, assign and change the schema"
        click.echo(only if after else "there is no lead now: everybody may settle, assign and change the schema")


def _opened(db: Path) -> Project:
    from annotator.project import Project

    return Project.open(db)


def _me(name: str | None) -> str:
    from annotator.config import load_settings, person_name

    return name or person_name(load_settings())
