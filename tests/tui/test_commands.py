"""The table of commands: keys, help, other keyboard layouts; and `short`, which every bar uses."""

from __future__ import annotations

from collections import Counter

import pytest
from support import schema

from annotator.core.schema import COMMAND_KEYS
from annotator.tui.commands import ALIASES, COMMANDS, groups, key_name, label_keys
from annotator.tui.desk import short
from annotator.tui.keymap import key_label, keymap


def test_no_two_commands_share_a_key_or_an_id() -> None:
    keys = Counter(key for command in COMMANDS for key in command.keys)
    assert [key for key, count in keys.items() if count > 1] == []
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert not [command.id for command in COMMANDS if not command.keys]


def test_the_letters_of_commands_are_kept_from_labels() -> None:
    letters = {key for command in COMMANDS for key in command.keys if len(key) == 1 and key.isalpha() and key.islower()}
    assert letters <= COMMAND_KEYS
    assert not {key for command in COMMANDS for key in command.keys if key.isdecimal()}


def test_help_shows_every_command_once_under_a_heading() -> None:
    shown = [command for _, commands in groups() for command in commands]
    assert sorted(command.id for command in shown) == sorted(command.id for command in COMMANDS)
    assert all(command.help and len(command.help) <= 60 for command in COMMANDS)
    assert [name for name, _ in groups()] == ["Move", "Select", "Tag", "Article", "Screen"]


def test_help_writes_every_long_key_name_short() -> None:
    long = {key for command in COMMANDS for key in command.keys if len(key) > 1}
    assert not [key for key in long if key_label(key) == key]
    assert key_label("shift+right") == "⇧→"
    assert key_label("a") == "a"


def test_aliases_stand_for_keys_that_mean_something_and_never_hide_one() -> None:
    assert not set(ALIASES) & set(keymap().by_key)
    assert {"ф": "a", "і": "s", "ы": "s", "Г": "U", "ش": "a", "ї": "]"}.items() <= ALIASES.items()
    assert key_name("ф", "ф", {"a"}) == "a"
    assert key_name("ф", "ф", {"a"}, {"ф"}) == "ф"  # unless it is a label's own key
    assert key_name("question_mark", "?", {"?"}) == "?"
    assert key_name("space", " ", {"space"}) == "space"
    assert key_name("tab", "\t", {"tab"}) == "tab"


def test_labels_have_their_letter_and_their_number() -> None:
    keys = label_keys(schema())
    assert keys == {
        "a": "actor", "l": "location", "c": "casualty", "d": "displacement",
        "1": "actor", "2": "location", "3": "casualty", "4": "displacement",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "width", "expected"),
    [
        ("a  b\nc", 9, "a b c"),
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("难民营难民营", 6, "难民…"),
        ("x" * 1000, 6, "xxxxx…"),
        ("\x1b[31m", 40, "␛[31m"),
        ("", 5, ""),
    ],
)
def test_short(words: str, width: int, expected: str) -> None:
    assert short(words, width) == expected
