"""The README is true: its keys, commands and formats are those of the program, and its tour works as it is written.

`UPDATE_README=1 pytest tests/test_readme.py` writes the table of keys anew.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from annotator.cli import COMMANDS as CLI_COMMANDS
from annotator.tui.commands import COMMANDS, Command, groups
from annotator.tui.keymap import key_label
from annotator.tui.queue_commands import QUEUE_COMMANDS
from annotator.tui.settle_commands import SETTLE_COMMANDS

README = Path(__file__).parents[1] / "README.md"
TABLES = {"keys": COMMANDS, "queue keys": QUEUE_COMMANDS, "settle keys": SETTLE_COMMANDS}
LISTS = {"actions": COMMANDS, "queue actions": QUEUE_COMMANDS, "settle actions": SETTLE_COMMANDS}


def keys_table(commands: Sequence[Command]) -> str:
    """Return the table of keys as the README has it."""
    lines = ["| | key | does |", "|---|---|---|"]
    for group, members in groups(commands):
        for number, command in enumerate(members):
            keys = " ".join(f"`{key_label(key)}`" if key != "`" else "`` ` ``" for key in command.keys)
            lines.append(f"| {group if number == 0 else ''} | {keys} | {command.help} |")
    return "\n".join(lines) + "\n"


def told(name: str, wanted: str) -> str:
    """Return what the README has between two marks, after bringing it up to date where that was asked for."""
    text = README.read_text(encoding="utf-8")
    between = re.compile(rf"(<!-- {name} -->\n)(.*?)(<!-- /{name} -->)", re.DOTALL)
    if os.environ.get("UPDATE_README"):
        README.write_text(between.sub(lambda m: m[1] + wanted + m[3], text), encoding="utf-8")
        text = README.read_text(encoding="utf-8")
    found = between.search(text)
    assert found is not None
    return found[2]


@pytest.mark.parametrize("name", TABLES)
def test_the_keys_are_those_of_the_program(name: str) -> None:
    wanted = keys_table(TABLES[name])
    assert told(name, wanted) == wanted


@pytest.mark.parametrize("name", LISTS)
def test_the_actions_are_those_of_the_program(name: str) -> None:
    ids = ", ".join(f"`{command.id}`" for _, commands in groups(LISTS[name]) for command in commands)
    listed = textwrap.fill(ids, 120, break_on_hyphens=False) + "\n"
    assert told(name, listed) == listed


def test_the_settings_are_those_of_the_program(tmp_path: Path) -> None:
    from annotator.config import Settings, load_settings
    from annotator.tui.keymap import keymap

    text = README.read_text(encoding="utf-8")
    block = re.search(r"```toml\n(annotator = .*?)```", text, re.DOTALL)
    assert block is not None
    (tmp_path / "s.toml").write_text(block[1], encoding="utf-8")
    settings = load_settings(tmp_path / "s.toml")
    assert settings.chosen == {field.name for field in fields(Settings)} - {"chosen"}
    assert keymap(settings).by_key["ctrl+g"].id == "select.grow"


def test_every_command_and_format_is_named() -> None:
    text = README.read_text(encoding="utf-8")
    commands = text.split("## Commands")[1].split("## Formats")[0]
    formats = text.split("## Formats")[1].split("## The schema")[0]
    for name in CLI_COMMANDS:
        assert f"`{name}" in commands, name
    for entry in entry_points(group="annotator.formats"):
        assert f"`{entry.name}`" in formats, entry.name


def test_no_command_or_option_is_invented() -> None:
    import click

    from annotator.cli import group

    text = README.read_text(encoding="utf-8")
    known = {"--db", "--version", "--help"}
    for name in CLI_COMMANDS:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        parts = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
        known |= {option for part in parts for each in part.params for option in (*each.opts, *each.secondary_opts)}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))
    assert named <= known, named - known


def shell_blocks() -> list[str]:
    """Return the lines of the tour's shell blocks."""
    tour = README.read_text(encoding="utf-8").split("## A five-minute tour")[1].split("\n## ")[0]
    return [line for block in re.findall(r"```sh\n(.*?)```", tour, re.DOTALL) for line in block.splitlines() if line]


@pytest.mark.skipif(sys.platform == "win32", reason="the tour is written for a POSIX shell")
def test_the_tour_works_in_an_empty_folder(tmp_path: Path) -> None:
    lines = shell_blocks()
    assert len(lines) >= 7
    python = shlex.quote(sys.executable)
    script = f'annotator() {{ {python} -m annotator "$@"; }}\n'
    for line in lines:
        # Without a terminal the screen refuses with status 2, and says so; everything else must work as it stands.
        script += f"{line} || [ $? = 2 ]\n" if line == "annotator tag" else f"{line} || exit 9\n"
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "needs a terminal" in done.stderr
    assert (tmp_path / "corpus.jsonl").is_file()
    assert (tmp_path / "corpus.spacy").is_file()


def test_the_smallest_schema_is_one(tmp_path: Path) -> None:
    from annotator.schemas import load_schema

    text = README.read_text(encoding="utf-8")
    block = re.search(r"```toml\n(name.*?)```", text, re.DOTALL)
    assert block is not None
    (tmp_path / "s.toml").write_text(block[1], encoding="utf-8")
    assert list(load_schema(str(tmp_path / "s.toml")).labels) == ["place"]
