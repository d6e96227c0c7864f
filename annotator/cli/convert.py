"""`annotator convert`: from file to file, without a database."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Literal

import click

from annotator.cli.common import echo_json, progress, seldom_collected, stoppable
from annotator.cli.export import summary as written
from annotator.cli.load import faults, noted, unmapped
from annotator.cli.losses import STDOUT, Losses
from annotator.cli.options import FilePath, reading, values
from annotator.cli.options import private as private_option
from annotator.cli.tables import clean
from annotator.errors import BAD_INPUT, OK, UsageError

_OPTION: Final = re.compile(r"--option (?=[a-z]+=)")


@click.command("convert", short_help="Turn files into another format.")
@click.argument("paths", metavar="IN...", nargs=-1, required=True)
@click.argument("out", metavar="OUT")
@click.option("--from", "source", metavar="NAME", help="The files' format; found from name and content if left out.")
@click.option("--to", "target", metavar="NAME", help="The format to write; told from the name of OUT if left out.")
@click.option("--schema", metavar="NAME|FILE", help="What labels and attributes must fit; anything will do without.")
@click.option("--annotator", metavar="NAME", help="Whose the labels are, whatever the files say.")
@click.option("--kind", type=click.Choice(["human", "model", "gold"]), help="The kind of that annotator.")
@reading
@click.option("--read-option", "asked", metavar="NAME=VALUE", multiple=True, help="An option of the format read.")
@click.option("--option", "given", metavar="NAME=VALUE", multiple=True, help="An option of the format written.")
@click.option(
    "--misaligned",
    type=click.Choice(["expand", "contract", "skip", "split"]),
    default="expand",
    show_default=True,
    help="What to do with spans that do not fit tokens; split divides the tokens.",
)
@click.option("--lang", metavar="CODE", default="", help="The tokenizer's language; else meta.language, else en.")
@click.option(
    "--losses", metavar="FILE", type=FilePath(), help="List what cannot be carried, a line of JSON each (- is stdout)."
)
@click.option("--strict", is_flag=True, help="Write nothing if anything is bad or would be lost.")
@private_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context, /, paths: tuple[str, ...], out: str, losses: str | None, as_json: bool, **given: Any
) -> None:
    """Read IN and write OUT, record by record; no database is needed.

    IN are files, folders, patterns or standard input (-); OUT is a file, a folder for formats that fill one, or
    standard output (-).  A file that is there is replaced once all is written.  Labels are not checked unless a schema
    is named.
    """
    from annotator.convert import convert
    from annotator.intake import as_data as as_read
    from annotator.intake import size_of
    from annotator.sink import as_data as as_written

    if out == STDOUT and (as_json or losses == STDOUT):
        raise UsageError("standard output cannot take both the result and a report", hint="name a file for one of them")
    settings = _settings(**given)
    with stoppable(), seldom_collected(), ExitStack() as stack:
        listed = stack.enter_context(Losses(losses, in_json=as_json, private=settings.private))
        stack.push(listed.publish_on_refusal)
        bar = stack.enter_context(progress(size_of(paths, format=settings.source) or None, "converting, bytes:"))
        read, wrote = convert(
            paths,
            out,
            settings,
            stdin=sys.stdin.buffer,
            stdout=sys.stdout.buffer,
            progress=bar.update,
            on_loss=listed.add,
            also=[Path(losses)] if losses is not None and losses != STDOUT else [],
        )
        listed.publish()
    if as_json:
        more = {} if listed.kept is None else {"lost": [asdict(loss) for loss in listed.kept]}
        echo_json({"read": as_read(read), "written": as_written(wrote), **more})
    else:
        wrote.losses.update(read.losses)
        lines = written(wrote, listed=losses is not None) if wrote.files else [clean(f"{out}: nothing was written")]
        for line in [*lines, *map(_for_reading, noted(read))]:
            click.echo(line, err=out == STDOUT or losses == STDOUT)
    labels = list(settings.schema.labels) if settings.schema is not None else []
    for line in [*map(_for_reading, faults(read)), *unmapped(read, labels, drop=settings.drop)]:
        click.echo(line, err=True)
    ctx.exit(BAD_INPUT if read.bad else OK)


def _for_reading(line: str) -> str:
    """Return what is told of reading with the name that this command has for an option of the format read."""
    return _OPTION.sub("--read-option ", line)


def _settings(
    *,
    source: str | None,
    target: str | None,
    schema: str | None,
    annotator: str | None,
    kind: Literal["human", "model", "gold"] | None,
    names: tuple[str, ...],
    drop: bool,
    fragments: Literal["link", "cover"],
    encoding: str,
    asked: tuple[str, ...],
    given: tuple[str, ...],
    misaligned: Literal["expand", "contract", "skip", "split"],
    lang: str,
    strict: bool,
    private: bool,
) -> Any:
    from annotator.convert import Settings
    from annotator.formats.base import ReadOptions, WriteOptions
    from annotator.formats.mapping import Names
    from annotator.schemas import load_schema

    if drop and schema is None:
        raise UsageError("--drop-unmapped without a schema", hint="name it with --schema")
    return Settings(
        source=source,
        target=target,
        schema=load_schema(schema) if schema is not None else None,
        names=Names.parse(names),
        drop=drop,
        annotator=annotator,
        kind=kind,
        reading=ReadOptions(fragments, values(asked), encoding),
        writing=WriteOptions(lang=lang, misaligned=misaligned, values=values(given)),
        strict=strict,
        private=private,
    )
