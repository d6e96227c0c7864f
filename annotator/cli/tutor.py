"""`annotator tutor`: the tutorial."""

from __future__ import annotations

import sys

import click

from annotator.errors import UsageError


@click.command("tutor", short_help="Learn the tag screen in eight exercises.")
@click.option("--exercise", type=click.IntRange(1, 8), default=1, metavar="N", help="Begin at this one of the eight.")
def command(exercise: int) -> None:
    """Learn the tag screen in eight small exercises on a sample article.

    Each is checked as you type, with your own keys and colours.  It works on a temporary database that is gone
    afterwards; yours is not touched.
    """
    from annotator.cli.common import stoppable
    from annotator.cli.tag import in_browser
    from annotator.config import load_settings

    if not (in_browser() or (sys.stdin.isatty() and sys.stdout.isatty())):
        raise UsageError("the tutorial needs a terminal", hint="README.md has a tour that can be read")
    with stoppable():
        from annotator.tui.screens.tutor import closing_lines
        from annotator.tui.tutor import run_tutor

        status, course = run_tutor(load_settings(), exercise=exercise)
    if status:
        raise click.exceptions.Exit(status)
    click.echo("\n".join(closing_lines(course)))
