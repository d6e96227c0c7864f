"""`annotator serve`: the screens in a browser, for people who have no terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from annotator.cli.common import next_command
from annotator.cli.options import FilePath
from annotator.errors import UsageError

_EXTRA: Final = "pip install 'conflict-annotator[serve]'"
_FLAG: Final = "--yes-others-can-reach-this"


@click.command("serve", short_help="Let people work in a browser.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="The port; 0 for a free one."
)
@click.option("--annotator", "names", metavar="NAME", multiple=True, help="Somebody to serve (repeatable).")
@click.option(
    "--people",
    "files",
    metavar="FILE",
    type=FilePath(path_type=Path),
    multiple=True,
    help="Those to serve, one name a line.",
)
@click.option("--public-url", "public", metavar="URL", default="", help="What others call it, behind a reverse proxy.")
@click.option(_FLAG, "open_to_others", is_flag=True, help="Allow a --host that is not only this machine.")
@click.pass_obj
def command(
    db: Path,
    host: str,
    port: int,
    names: tuple[str, ...],
    files: tuple[Path, ...],
    public: str,
    open_to_others: bool,
) -> None:
    """Serve the screens to a browser, with a secret link for each person.

    A link decides the annotator's name; it is shown once and holds until the server ends.  Without TLS: what goes
    over a network can be read there, so put a reverse proxy in front (see the README).
    """
    import asyncio

    try:
        from annotator.serving.server import Place, Server, is_loopback
    except ImportError as error:
        raise UsageError("serving takes textual-serve, which is not installed", hint=_EXTRA) from error
    from annotator.project import Project
    from annotator.serving.people import People, names_in

    if not is_loopback(host) and not open_to_others:
        raise UsageError(f"with --host {host} others could reach this, without TLS", hint=f"add {_FLAG} if they may")
    _check_public(public)
    people = People([*names, *(name for file in files for name in names_in(file))])
    with Project.open(db) as project:
        for guest in people.guests:
            project.store.admit(guest.name)
            project.store.refuse_retired(guest.name)
        for guest in people.guests:  # all of them, or nobody
            project.add_annotator(guest.name)
        if not project.store.count():
            raise UsageError(f"{db} has no articles yet", hint=next_command("load FILES"))
    database = db.resolve()

    def run(name: str) -> Sequence[str]:
        tag = ["tag", "--queue", "--known", f"--annotator={name}"]  # who was renamed since is not begun anew
        return [sys.executable, "-m", "annotator", "--db", os.fspath(database), *tag]

    async def serve() -> None:
        await Server(people, run, Place(host, port, public.rstrip("/"))).run(_tell)

    with suppress(KeyboardInterrupt):
        asyncio.run(serve())


def _check_public(url: str) -> None:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query):
        raise UsageError(f"--public-url {url[:80]!r} is no address of a server", hint="such as https://label.example")


def _tell(links: Sequence[tuple[str, str]]) -> None:
    """Show the links, once."""
    for name, link in links:
        click.echo(f"{name}\t{link}")
    click.echo("Each link is a secret of its person and lets them write as that person; Ctrl+C ends.", err=True)
    sys.stdout.flush()
