"""Apart and together: files of others taken in, and a file of some articles for somebody to take away.

Invariant: one other file is one transaction, so a merge that is ended at any moment has taken in whole files only; what
is split off has the journal of its layers, so that taking it in again goes on from what is here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from annotator.errors import InputError, StoreError, UsageError
from annotator.fresh import is_private, move_to_free
from annotator.project import Project
from annotator.store.connection import Connection
from annotator.store.files import refuse_no_database
from annotator.store.handing import hand_places
from annotator.store.merge_report import Conflict, MergeReport
from annotator.store.merging import Selection, take_in
from annotator.store.people import leads
from annotator.store.queue import QueueFilter
from annotator.team import rename_in_gold

__all__ = ["Conflict", "MergeReport", "filtered", "merge", "named", "split"]

_PAGE = 1000


def merge(
    project: Project,
    path: Path,
    *,
    by: str = "",
    dry_run: bool = False,
    tell: Callable[[int], None] = lambda articles: None,
) -> MergeReport:
    """Take in what was done in another file.

    Args:
        project: Where to; opened for writing unless it is a dry run.
        path: The other file, which is not changed.
        by: Who merges; "" for nobody in particular.  Where there are leads, changes of gold by others come in only if
            this is one.
        dry_run: Write nothing, and say what would be written.
        tell: Told how many more articles were looked at.

    Raises:
        UsageError: If the other file is this one.
        StoreError: If it is no database of this tool, is damaged, or has another schema; nothing is taken in then.
    """
    refuse_no_database(path, other=True)
    if path.samefile(project.path):
        raise UsageError(f"{path} is the database itself", hint="name the files of the others")
    if dry_run:
        return project.store.preview(path, tell, by=by)
    time = project.clock()

    def job(conn: Connection) -> MergeReport:
        report = take_in(conn, path, by=by, tell=tell)
        named = leads(conn)
        if by and (not named or by in named):  # else such decisions are open again, for a lead to look at
            for there, here in report.called.items():  # decisions that came in call them as they are called there
                rename_in_gold(conn, project.path, there, here, author=by, time=time)
        return report

    return project.writer.submit(job).result()


def split(
    project: Project,
    out: Path,
    *,
    annotator: str,
    articles: Sequence[int],
    also: Collection[str] = (),
    tell: Callable[[int], None] = lambda articles: None,
) -> MergeReport:
    """Make a database of some articles for one annotator.

    It has the annotator's layers of them with their journal, those of the models, whose spans are suggestions, and the
    places at these articles.  It is as private as the one here.

    Args:
        project: Where from.
        out: The new file; it is there when it is whole.
        annotator: For whom.
        articles: Numbers of articles.
        also: Annotators whose layers go with it.
        tell: Told how many more articles were copied.

    Raises:
        InputError: If there is no such annotator.
        StoreError: If there is such a file, or it cannot be written; nothing is left behind then.
    """
    _refuse_taken(out)
    kinds = dict(project.store.annotators())
    for name in (annotator, *sorted(also)):
        project.store.admit(name, new=False)
    names = {annotator, *also, *(name for name, kind in kinds.items() if kind == "model")}
    part = out.with_name(f".{out.name}.part")  # what a split that was killed has left is of no use
    _remove(part)
    try:
        with Project.create(part, project.schema, clock=project.clock, private=is_private(project.path)) as made:
            chosen = Selection(sorted(articles), names)
            report = made.writer.submit(
                lambda conn: take_in(conn, project.path, chosen=chosen, new=True, tell=tell)
            ).result()
            made.add_annotator(annotator, kinds[annotator])
            _hand_places(project, made, chosen)
        try:
            move_to_free(part, out)
        except FileExistsError as error:  # made by somebody since the name was looked at
            raise _taken(out) from error
        except OSError as error:
            raise StoreError(f"{out} cannot be made: {error.strerror}", hint="name another file") from error
    except BaseException:
        _remove(part)
        raise
    return report


def _hand_places(project: Project, made: Project, chosen: Selection) -> None:
    time = project.clock()
    made.writer.submit(
        lambda conn: hand_places(
            conn, project.path, articles=chosen.articles or (), names=chosen.annotators or (), time=time
        )
    ).result()


def _refuse_taken(out: Path) -> None:
    if out.exists() or out.is_symlink():
        raise _taken(out)
    log = out.with_name(f"{out.name}-wal")
    if log.exists():  # it would be read as part of the new file
        raise StoreError(f"{log} of another database is there", hint=f"give another name than {out}, or delete it")


def _taken(out: Path) -> StoreError:
    return StoreError(f"{out} is there already", hint="give another name, or delete it first")


def _remove(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def named(project: Project, keys: Sequence[str]) -> list[int]:
    """Return the numbers of the articles with these keys.

    Raises:
        InputError: If there is no article with one of them.
    """
    found = project.store.numbers(keys)
    if missing := [key for key in keys if key not in found]:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise InputError(f"no article {missing[0]!r}{more} in {project.path}", hint="the queue lists them")
    return sorted(set(found.values()))


def filtered(project: Project, annotator: str, chosen: QueueFilter) -> Iterator[int]:
    """Yield the numbers of the articles that a filter of the annotator's queue lets through, in order."""
    if chosen.searches and project.store.unindexed():
        project.index_texts()
    last = 0
    while page := project.store.queue_page(annotator, chosen, after=last, limit=_PAGE):
        yield from (row.article for row in page)
        last = page[-1].article
