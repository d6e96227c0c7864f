"""`annotator check`: what is wrong with the labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.common import echo_json
from annotator.cli.tables import clean, count
from annotator.errors import OK, PROBLEMS

if TYPE_CHECKING:
    from annotator.core.checks import Problem
    from annotator.project import Project


@click.command("check", short_help="List the problems in the labels.")
@click.option("--annotator", "annotators", multiple=True, help="Only this annotator's layers (repeatable).")
@click.option("--strict", is_flag=True, help="Count warnings as problems, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, annotators: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Check every layer against the schema and its text.

    Exit status 1 says that there are errors (with --strict: errors or warnings), 0 that there are none.
    """
    from annotator.project import Project

    db: Path = ctx.obj
    counts = {"layers": 0, "error": 0, "warning": 0}
    listed = []
    with Project.open(db, read_only=True) as project:
        for problems in problems_of(project, annotators or None):
            counts["layers"] += 1
            for problem in problems:
                counts[problem.severity] += 1
                if as_json:
                    listed.append(asdict(problem))
                else:
                    click.echo(line_of(problem))
    if as_json:
        echo_json(
            {"layers": counts["layers"], "errors": counts["error"], "warnings": counts["warning"], "problems": listed}
        )
    else:
        errors, warnings = count(counts["error"], "error"), count(counts["warning"], "warning")
        click.echo(f"{count(counts['layers'], 'layer')}: {errors}, {warnings}")
    ctx.exit(PROBLEMS if counts["error"] or (strict and counts["warning"]) else OK)


def problems_of(project: Project, annotators: tuple[str, ...] | None) -> Iterator[list[Problem]]:
    """Yield the problems of each layer, layer by layer.

    Raises:
        InputError: If one of the annotators is not in the database.
    """
    from annotator.core.checks import check_layer
    from annotator.core.layer import Layer
    from annotator.errors import InputError

    known = [name for name, _ in project.store.annotators()]
    for name in annotators or ():
        if name not in known:
            raise InputError(f"no annotator {name!r} in this database", hint=f"known: {', '.join(known) or 'none'}")
    for record in project.store.stream(annotators=annotators):
        layer = record.layer
        assert layer is not None
        value = Layer(0, layer.annotator, layer.schema, layer.status, layer.spans, layer.attributes, layer.note)
        yield check_layer(value, text=record.text, schema=project.schema, key=record.key)


def line_of(problem: Problem) -> str:
    """Return a problem on one line."""
    where = f"{problem.article} · {problem.layer}"
    if problem.span:
        where += f" · {problem.span} at {problem.start}"
    hint = f" ({problem.hint})" if problem.hint else ""
    return clean(f"{where}: {problem.severity}: {problem.message}{hint}")
