"""The keys in force: those of the commands, changed by the settings.

Invariant: no key means two things, labels keep theirs, and every action still has its name for help and palette.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from annotator.config import Settings
from annotator.core.schema import Schema
from annotator.errors import InputError
from annotator.tui.commands import COMMANDS, Command, label_keys
from annotator.tui.queue_commands import QUEUE_COMMANDS
from annotator.tui.settle_commands import SETTLE_COMMANDS

KEY_NAMES: Final[Mapping[str, str]] = {
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "delete": "Del",
    "insert": "Ins",
    "backspace": "Backspace",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}
MODIFIERS: Final[Mapping[str, str]] = {"ctrl": "^", "alt": "M-", "shift": "⇧"}
OTHER_NAMES: Final[Mapping[str, str]] = {
    " ": "space",
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
}
SAME: Final[Mapping[str, str]] = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+[": "escape"}
KEPT: Final[Mapping[str, str]] = {"ctrl+q": "quits", "ctrl+c": "quits", "ctrl+z": "suspends"}


@dataclass(frozen=True)
class Keymap:
    """The commands with the keys that they have now."""

    commands: tuple[Command, ...] = COMMANDS

    @cached_property
    def by_key(self) -> Mapping[str, Command]:
        """The command of each key."""
        return {key: command for command in self.commands for key in command.keys}

    def label(self, id: str) -> str:
        """Return how help writes the first key of a command, or "" if it has none."""
        command = next(command for command in self.commands if command.id == id)
        return key_label(command.keys[0]) if command.keys else ""


def keymap(
    settings: Settings | None = None, *, labels: Container[str] = (), table: Sequence[Command] = COMMANDS
) -> Keymap:
    """Return the keys in force.

    Args:
        settings: Whose `keys` replace those of the commands that they name; none if left out.
        labels: Keys that tag; digits always do.
        table: The actions of a screen, whose keys are asked for.

    Raises:
        InputError: If a command or a key is unknown, a key has two meanings, or a label has it.
    """
    wanted = settings.keys if settings else {}
    known = list(dict.fromkeys(command.id for command in (*COMMANDS, *QUEUE_COMMANDS, *SETTLE_COMMANDS)))
    for id in wanted:
        if id not in known:
            raise InputError(f"[keys] {id!r} is not an action", hint=_nearest(id, known))
    commands = tuple(
        replace(command, keys=_keys(command.id, wanted[command.id], labels)) if command.id in wanted else command
        for command in table
    )
    owners: dict[str, str] = {}
    for command in commands:
        for key in command.keys:
            if key in owners:
                raise InputError(
                    f"[keys] {key!r} would mean both {owners[key]} and {command.id}",
                    hint="give one of them another key, or none: []",
                )
            owners[key] = command.id
    return Keymap(commands)


def settle_keys(settings: Settings, schema: Schema) -> Keymap:
    """Return the keys in force on the settle screen.

    Raises:
        InputError: As `keymap`.
    """
    return keymap(settings, labels=label_keys(schema), table=SETTLE_COMMANDS)


def key_label(key: str) -> str:
    """Return how help writes a key."""
    *held, base = key.split("+") if len(key) > 1 else [key]
    shown = KEY_NAMES.get(base) or (base.upper() if held else base)
    return "".join(MODIFIERS[modifier] for modifier in held if modifier in MODIFIERS) + shown


def _keys(id: str, names: Sequence[str], labels: Container[str]) -> tuple[str, ...]:
    """Return a command's keys as the screen knows them.

    Raises:
        InputError: If one cannot be pressed, or has a meaning that stays.
    """
    keys = [_key(id, name) for name in names]
    for key in keys:
        if key in KEPT:
            raise InputError(f"[keys] {id}: {key} always {KEPT[key]}", hint="choose another key")
        if key in labels or (key.isdecimal() and key.isascii()):
            raise InputError(f"[keys] {id}: {key!r} tags with a label", hint="choose another key")
    return tuple(dict.fromkeys(keys))


def _key(id: str, name: str) -> str:
    """Return one key as the screen knows it: a character, or a name with what is held down before it.

    Raises:
        InputError: If there is no such key.
    """
    if len(name) == 1 and name.isprintable() and not name.isspace():
        return name
    *held, base = (part.strip() for part in name.lower().rsplit("+", name.count("+") - name.endswith("++")))
    base = OTHER_NAMES.get(base, base)
    held = [modifier for modifier in MODIFIERS if modifier in held and held.count(modifier) == 1]
    whole = "+".join([*held, base])
    plain = OTHER_NAMES.get(name.lower(), name.lower())
    if plain in KEY_NAMES:
        return plain
    if whole in SAME:
        raise InputError(f"[keys] {id}: terminals send {name} as {SAME[whole]}", hint="choose another key")
    if len(held) != name.count("+") - name.endswith("++") or not (
        base in KEY_NAMES or (len(base) == 1 and base.isascii() and base.isalnum() and held)
    ):
        hint = f"a character, {', '.join(list(KEY_NAMES)[:9])} …, or ctrl+, alt+ and shift+ before it"
        raise InputError(f"[keys] {id}: no key is called {name!r}", hint=hint)
    return base.upper() if held == ["shift"] and base.isalpha() and len(base) == 1 else whole


def _nearest(id: str, known: Sequence[str]) -> str:
    """Return the advice for an action that does not exist."""
    found = get_close_matches(id, known, n=1, cutoff=0.0)
    return f"did you mean {found[0]!r}? The README lists all"
