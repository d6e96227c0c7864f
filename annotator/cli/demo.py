"""`annotator demo`: a project from the bundled corpus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from annotator.cli.common import next_command
from annotator.cli.options import FilePath

if TYPE_CHECKING:
    from annotator.project import Project


@click.command("demo", short_help="Make a project from the bundled articles and open it.")
@click.argument("folder", type=FilePath(path_type=Path, file_okay=False), default=Path("annotator-demo"))
def command(folder: Path) -> None:
    """Make a project from the bundled corpus in FOLDER (annotator-demo if left out) and open it.

    The corpus has articles with the layers of two annotators and a settled gold layer.  A project that is there
    already is opened as it is.  Without a terminal, its status and agreement are printed instead.
    """
    from annotator.project import Project

    db = folder / "annotator.db"
    if not db.exists():
        make(db)
    with Project.open(db, read_only=True) as project:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            report(project)
            return
    from annotator.cli.tag import open_queue

    open_queue(db)


def make(db: Path) -> None:
    """Make the demonstration project.

    Raises:
        AnnotatorError: If the folder cannot be written.
    """
    from annotator.config import load_settings
    from annotator.errors import InputError, StoreError
    from annotator.intake import load
    from annotator.project import Project
    from annotator.resources import corpus_dir
    from annotator.schemas import load_schema

    try:
        db.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{db.parent}: {error.strerror}", hint="name another folder") from error
    corpus = corpus_dir() / "conflict-news.jsonl"
    project = Project.create(db, load_schema("conflict-events"), private=load_settings().private)
    try:
        with project:
            report = load(project, [str(corpus)], strict=True)
        if report.bad or not report.articles:
            why = report.faults[0].message if report.faults else "no articles in it"
            raise InputError(f"the bundled corpus {corpus} cannot be loaded: {why}", hint="install the package again")
    except BaseException:  # half a demonstration would be opened as it is the next time
        for name in (db.name, f"{db.name}-wal", f"{db.name}-shm"):
            db.with_name(name).unlink(missing_ok=True)
        raise


def report(project: Project) -> None:
    """Print status and agreement."""
    from annotator.agreeing import LEAD, measured, study_of
    from annotator.cli.agree import as_text
    from annotator.cli.status import as_text as status_text
    from annotator.cli.status import status_of

    click.echo(status_text(status_of(project), db=project.path))
    study = study_of(project.store, project.schema)
    click.echo(f"\nAgreement: {as_text(measured(study, names=[LEAD], by=('pair', 'label')))}")
    click.echo(f"\nall measures: {next_command('agree --measure all', db=project.path)}")
    click.echo(f"open it in a terminal with: {next_command('', db=project.path)}")
