"""`annotator selftest`: does a file survive being read, written and read again?"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from annotator.cli.common import echo_json
from annotator.cli.options import encoding as encoding_option
from annotator.cli.options import values
from annotator.cli.tables import clean, count
from annotator.errors import BAD_INPUT, OK, PROBLEMS

if TYPE_CHECKING:
    from annotator.selftest import SelfTest

SHOWN = 20  # differences and bad records that are printed; --json has them all


@click.command("selftest", short_help="Read, write and read again a file of yours.")
@click.argument("path", metavar="FILE")
@click.option("--format", "format", metavar="NAME", help="Its format; found from name and content if left out.")
@click.option("--option", "given", metavar="NAME=VALUE", multiple=True, help="An option of the format (repeatable).")
@encoding_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context, path: str, format: str | None, encoding: str, given: tuple[str, ...], as_json: bool
) -> None:
    """Read FILE, write it in the same format, read that again, and list every difference.

    The exit status is 1 if there is one, 3 if FILE holds bad records.
    """
    from annotator.formats.base import ReadOptions
    from annotator.selftest import selftest

    found = selftest(path, format=format, reading=ReadOptions(values=values(given), encoding=encoding))
    if as_json:
        echo_json({**asdict(found), "differences": [one._asdict() for one in found.differences]})
    else:
        for line in _lines(found):
            click.echo(clean(line))
    ctx.exit(BAD_INPUT if found.bad else PROBLEMS if found.differences else OK)


def _lines(found: SelfTest) -> list[str]:
    held = f"{count(found.records, 'record')} with {count(found.spans, 'span')}"
    lines = [f"{found.format}: {held} read, written and read again"]
    lines += [f"bad: {bad}" for bad in found.bad[:SHOWN]]
    if len(found.bad) > SHOWN:
        lines.append(f"… and {count(len(found.bad) - SHOWN, 'other bad one')}; --json lists them")
    lines += [f"lost in reading: {what}: {times:,}" for what, times in sorted(found.unread.items())]
    lines += [f"the format cannot carry: {what}: {times:,}" for what, times in sorted(found.losses.items())]
    for one in found.differences[:SHOWN]:
        who = f" · {one.annotator}" if one.annotator else ""
        lines.append(f"differs: {one.article}{who}: {one.what}: {one.before!r} became {one.after!r}")
    if len(found.differences) > SHOWN:
        lines.append(f"… and {count(len(found.differences) - SHOWN, 'other difference')}; --json lists them")
    if found.differences:
        return [*lines, count(len(found.differences), "difference")]
    if not found.records:
        return [*lines, "nothing to compare: no record is good" if found.bad else "nothing to compare"]
    return [*lines, f"equal, but for {count(len(found.bad), 'bad one')}" if found.bad else "equal"]
