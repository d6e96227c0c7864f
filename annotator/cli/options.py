"""Options that commands which read or write files share.

Invariant: an option means the same wherever it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from annotator.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])


class FilePath(click.Path):
    """A path that is not empty: `Path("")` would be the folder here."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path as asked for."""
        if value == "":
            self.fail("the path is empty", param, ctx)
        return super().convert(value, param, ctx)


def encoding(command: Command) -> Command:
    """Add how the files that are read are encoded."""
    return click.option(
        "--encoding",
        metavar="NAME",
        default="",
        help="How text and tables are encoded, such as cp1252; found out and told if left out.",
    )(command)


def reading(command: Command) -> Command:
    """Add what a person can ask of readers."""
    for option in (
        click.option(
            "--map",
            "names",
            metavar="A=B,…|FILE",
            multiple=True,
            help="What labels of the files are called here; a TOML file renames attributes, too (repeatable).",
        ),
        click.option("--drop-unmapped", "drop", is_flag=True, help="Leave out what the schema does not have, counted."),
        click.option(
            "--fragments",
            type=click.Choice(["link", "cover"]),
            default="link",
            show_default=True,
            help="A span in pieces: a span a piece, linked, or one that covers them.",
        ),
        encoding,
    ):
        command = option(command)
    return command


def private(command: Command) -> Command:
    """Add that only the owner may read what the command makes; the setting `private` asks for it every time."""
    return click.option(
        "--private",
        is_flag=True,
        callback=lambda ctx, parameter, given: given or always_private(),
        help="Let only you read what is made; the setting `private` does so every time.",
    )(command)


def always_private() -> bool:
    """Say whether the settings ask for private files every time."""
    from annotator.config import load_settings

    return load_settings().private


def values(given: Sequence[str]) -> dict[str, str]:
    """Return the values of `--option NAME=VALUE` by name.

    Raises:
        UsageError: If one is not of that form.
    """
    found = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not (name and equals):
            raise UsageError(f"--option {item[:60]!r} is not NAME=VALUE", hint="for example --option scheme=bioes")
        found[name] = value
    return found
