"""`annotator split`: a file of some articles for one annotator."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Literal

import click

from annotator.cli.common import echo_json, next_command, progress, stoppable
from annotator.cli.options import FilePath
from annotator.cli.tables import clean, count
from annotator.cli.when import storable
from annotator.errors import InputError, UsageError

if TYPE_CHECKING:
    from annotator.project import Project
    from annotator.store.queue import QueueFilter


@click.command("split", short_help="Make a file of some articles for one annotator.")
@click.argument("out", metavar="OUT.db", type=FilePath(path_type=Path))
@click.option("--annotator", "name", metavar="NAME", required=True, help="For whom.")
@click.option("--article", "keys", metavar="KEY", multiple=True, help="This article (repeatable).")
@click.option(
    "--articles",
    "list_file",
    metavar="FILE",
    type=FilePath(allow_dash=True),
    help="The articles whose keys are in FILE, one a line (- is stdin).",
)
@click.option("--all", "everything", is_flag=True, help="All articles.")
@click.option("--words", metavar="WORDS", default="", help="Articles with these words in title or text.")
@click.option("--date", "day", metavar="DAYS", help="Articles of a day, month or year, or of A..B.")
@click.option("--label", metavar="LABEL", default="", help="Articles in which somebody has this label.")
@click.option(
    "--status",
    type=click.Choice(["todo", "open", "done", "flagged"]),
    help="Articles that NAME has not begun, or whose layer has this status.",
)
@click.option(
    "--with", "also", metavar="NAME", multiple=True, help="The layers of this annotator go with it (repeatable)."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    db: Path,
    out: Path,
    name: str,
    keys: tuple[str, ...],
    list_file: str | None,
    everything: bool,
    words: str,
    day: str | None,
    label: str,
    status: Literal["todo", "open", "done", "flagged"] | None,
    also: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make OUT.db for one annotator: some articles, the annotator's layers of them, and those of models.

    Unless articles are named or filtered, those go that are assigned to the annotator.
    The layers of others stay behind.  `annotator merge OUT.db` later takes in what was done there.
    """
    from annotator.merging import split
    from annotator.project import Project

    name, also = storable(name), tuple(map(storable, also))
    listed = [*keys, *_listed(list_file)] if keys or list_file else None
    chosen = _filter(words, day, label, status)
    if (listed is not None) + everything + (chosen is not None) > 1:
        raise UsageError("articles are named, filtered, or all: one of these", hint="leave the others out")
    if everything:
        from annotator.store.queue import QueueFilter

        chosen = QueueFilter()
    # A search may have to bring its index up to date first.
    with stoppable(), Project.open(db, read_only=not (chosen and chosen.searches)) as project:
        project.store.admit(name, new=False)
        numbers = _numbers(project, name, listed, chosen)
        with progress(len(numbers), "splitting articles:") as bar:
            report = split(project, out, annotator=name, articles=numbers, also=also, tell=bar.update)
    layers = report.layers["new"]
    if as_json:
        echo_json({"file": str(out), "annotator": name, "articles": report.articles, "layers": layers})
        return
    click.echo(clean(f"{out}: {count(report.articles, 'article')}, {count(layers, 'layer')} for {name}"))
    click.echo(clean(f"when it comes back: {next_command(f'merge {quote(out.name)}')}"))


def _filter(
    words: str, day: str | None, label: str, status: Literal["todo", "open", "done", "flagged"] | None
) -> QueueFilter | None:
    """Return the filter that was asked for, or None.

    Raises:
        UsageError: If the days cannot be read.
    """
    from annotator.core.dates import days
    from annotator.store.queue import QueueFilter

    span = days(day) if day else None
    if day and span is None:
        raise UsageError(f"{day[:60]!r} is no day, month, year or A..B of them", hint="for example 2025-03..2025-05")
    chosen = QueueFilter(status=status, label=label, words=words, days=span)
    return None if chosen == QueueFilter() else chosen


def _numbers(project: Project, name: str, listed: list[str] | None, chosen: QueueFilter | None) -> list[int]:
    """Return the numbers of the articles that go: those that are listed, else filtered, else assigned.

    Raises:
        UsageError: If none is assigned.
        InputError: If there is no such article.
    """
    from annotator.merging import filtered, named

    if listed is not None:
        numbers = named(project, listed)
    elif chosen is not None:
        numbers = list(filtered(project, name, chosen))
    elif not (numbers := project.store.assigned(name)):
        hint = "--article KEY, --articles FILE, --all, or a filter such as --words"
        raise UsageError(f"which articles? None are assigned to {name!r}", hint=hint)
    if not numbers:
        raise InputError("no article is left by that filter", hint="nothing was written")
    return numbers


def _listed(file: str | None) -> list[str]:
    """Return the keys in a file, one a line.

    Raises:
        InputError: If it is not text in UTF-8.
    """
    import sys

    if file is None:
        return []
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no text in UTF-8", hint="keys of articles, one a line") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
