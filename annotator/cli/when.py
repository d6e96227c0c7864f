"""What the commands about the past share: times on the command line, and articles by key.

Invariant: a zone that was assumed is named on stderr, so that stdout stays data alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import click

from annotator.cli.common import next_command
from annotator.errors import InputError

if TYPE_CHECKING:
    from annotator.project import Project

T = TypeVar("T", str, str | None)
LAST: Final = 2**63 - 1  # the greatest number that a row can have


def number(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Return an option's value as a number that a row can have, from 1 on; a callback of options.

    Raises:
        click.BadParameter: If it is none.
    """
    if value is None:
        return None
    try:
        found = int(value)
    except ValueError:  # no number, or thousands of digits
        found = 0
    if not 1 <= found <= LAST:
        raise click.BadParameter(f"{value[:60]!r} is no number from 1 on", ctx, param)
    return found


def storable(name: T) -> T:
    """Return a name that a file can keep; None stays None.

    Raises:
        InputError: If it has broken characters, which a shell may make of bytes that are no UTF-8.
    """
    if name is not None and any("\ud800" <= one <= "\udfff" for one in name):
        raise InputError("the name has broken characters", hint="write it in UTF-8")
    return name


def read_moment(words: str) -> str:
    """Return a time as the journal keeps it, and say which zone was assumed if one was.

    Called after everything else was read that may be wrong, so that a mistake is one line.

    Raises:
        UsageError: If the words are no time.
    """
    from datetime import UTC, datetime

    from annotator.core.times import moment

    found = moment(words, now=datetime.now(UTC))
    if found.zone:
        click.echo(f"{words} is taken in the zone {found.zone}: {found.text}", err=True)
    return found.text


def known(project: Project, annotator: str) -> str:
    """Return the name of an annotator that there is.

    Raises:
        InputError: If there is none of this name.
    """
    if project.store.journal.kind_of(annotator) is None:
        meant = _meant(annotator, [name for name, _ in project.store.annotators()])
        hint = f"{meant}`{next_command('annotators')}` lists them"
        raise InputError(f"no annotator {annotator!r} in {project.path}", hint=hint)
    return annotator


def known_label(project: Project, label: str) -> str:
    """Return a label that the schema or some layer has.

    Raises:
        InputError: If there is none of this name.
    """
    labels = list(dict.fromkeys([*project.schema.labels, *(name for _, name, _ in project.store.label_counts())]))
    if label not in labels:
        raise InputError(f"no label {label!r} here", hint=f"{_meant(label, labels)}labels: {', '.join(labels)}")
    return label


def _meant(given: str, known: list[str]) -> str:
    """Return a question whether the nearest name was meant, "" if none is near."""
    from difflib import get_close_matches

    near = get_close_matches(given, known, n=1)
    return f"did you mean {near[0]!r}? " if near else ""


def known_batch(project: Project, number: int) -> int:
    """Return the number of a batch that there is.

    Raises:
        InputError: If there is none of this number.
    """
    if project.store.journal.batch(number) is None:
        hint = f"`{next_command('history')}` lists them"
        raise InputError(f"no batch {number} in the journal of {project.path}", hint=hint)
    return number


def article_number(project: Project, key: str) -> int:
    """Return the number of the article with this key.

    Raises:
        InputError: If there is none.
    """
    article = project.store.article_by_key(storable(key))
    if article is None:
        raise InputError(f"no article {key!r} in {project.path}", hint="the queue lists them")
    return article.id
