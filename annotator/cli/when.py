"""What the commands about the past share: times on the command line, and articles by key.

Invariant: a zone that was assumed is named on stderr, so that stdout stays data alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from annotator.errors import InputError

if TYPE_CHECKING:
    from annotator.project import Project


def read_moment(words: str) -> str:
    """Return a time as the journal keeps it, and say which zone was assumed if one was.

    Raises:
        UsageError: If the words are no time.
    """
    from datetime import UTC, datetime

    from annotator.core.times import moment

    found = moment(words, now=datetime.now(UTC))
    if found.zone:
        click.echo(f"{words} is taken in the zone {found.zone}: {found.text}", err=True)
    return found.text


def article_number(project: Project, key: str) -> int:
    """Return the number of the article with this key.

    Raises:
        InputError: If there is none.
    """
    article = project.store.article_by_key(key)
    if article is None:
        raise InputError(f"no article {key!r} in {project.path}", hint="the queue lists them")
    return article.id
