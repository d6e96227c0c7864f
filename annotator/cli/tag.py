"""`annotator tag`: the tag screen; and the queue, which bare `annotator` opens."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.common import next_command
from annotator.errors import InputError, UsageError

if TYPE_CHECKING:
    from annotator.agreeing import Choice
    from annotator.concordance import Look


@click.command("tag", short_help="Open the tag screen.")
@click.option("--annotator", "name", help="Who tags; your name in the settings, or your login name, if left out.")
@click.option("--article", "key", help="Open this article; the first that is not done if left out.")
@click.option("--queue", is_flag=True, help="Begin with the queue of articles.")
@click.option("--known", is_flag=True, hidden=True, help="Begin nobody anew: the name has to be there.")
@click.pass_obj
def command(db: Path, name: str | None, key: str | None, queue: bool, known: bool) -> None:
    """Open the tag screen on an article.

    Everything is saved as you type; `?` lists the keys, `q` leaves.
    """
    run(db, name=name, key=key, queue=queue, known=known)


def open_queue(db: Path) -> None:
    """Open the queue screen."""
    run(db, name=None, key=None, queue=True)


def run(
    db: Path,
    *,
    name: str | None,
    key: str | None,
    queue: bool,
    agreement: Choice | None = None,
    concordance: Look | None = None,
    known: bool = False,
) -> None:
    """Open the screens on a database.

    Args:
        db: The database.
        name: Who works.
        key: The article to open.
        queue: Whether to begin with the queue.
        agreement: Whose agreement to show; leaving that leaves the program.
        concordance: What string to show, with how everybody read it; leaving that leaves the program.
        known: Whether the name has to be there already.

    Raises:
        RoleError: If it has to be and is not, or the annotator has retired.
        UsageError: If there is no terminal.
        InputError: If there is no such article, or no article at all.
        StoreError: If the database cannot be opened for writing.
    """
    gc.disable()  # nothing that is made until the first screen is there is garbage; the app turns it on again
    from annotator.config import load_settings, person_name
    from annotator.project import Project

    with Project.open(db) as project:
        settings = load_settings()
        person = name or person_name(settings)
        article = project.store.article_by_key(key) if key else None
        if key and article is None:
            raise InputError(
                f"no article {key!r} in {db}",
                hint=f"`{next_command('status --json')}` counts them; the queue lists them",
            )
        if not project.store.count():
            raise InputError(f"{db} has no articles yet", hint=next_command("load FILES"))
        if not (in_browser() or (sys.stdin.isatty() and sys.stdout.isatty())):
            raise UsageError(
                "the screen needs a terminal", hint=f"`{next_command('status')}` and `export` work without one"
            )
        if known:
            from annotator.store.people import refuse_renamed

            with project.store.snapshot() as conn:
                refuse_renamed(conn, person)
        project.store.admit(person)
        project.store.refuse_retired(person)
        if (person, "gold") in project.store.annotators():
            project.store.require_lead(person, "change a gold layer")
        project.add_annotator(person)
        from annotator.tui.app import AnnotatorApp, run_until_left

        app = AnnotatorApp(
            project,
            annotator=person,
            settings=settings,
            article=article.id if article else None,
            queue=queue,
            agreement=agreement,
            concordance=concordance,
        )
        status = run_until_left(app)
    if status:
        raise click.exceptions.Exit(status)


def in_browser() -> bool:
    """Say whether a browser shows the screens (textual-serve sets this), so that there need be no terminal."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")
