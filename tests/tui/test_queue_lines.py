"""What the queue says in a row."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from annotator.config import Settings
from annotator.store.queue import QueueFilter, QueueRow
from annotator.tui.keymap import keymap
from annotator.tui.palettes import PALETTES
from annotator.tui.queue_commands import QUEUE_COMMANDS
from annotator.tui.queue_lines import hints, middle_cut, row


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("doc-100", "doc-100"),
        ("esp.train.doc-100", "esp.tr…doc-100"),
        ("esp.train.doc-1001", "esp.tr…oc-1001"),
        ("corpus/2024/ALPHA\x1b[2J", "corpus…PHA␛[2J"),
        ("報道の記事その一百二十三号", "報道の…十三号"),
        ("x" * 5000 + "-17", "xxxxxx…xxxx-17"),
    ],
    ids=["short", "long", "its-neighbour", "escape", "wide", "endless"],
)
def test_long_names_are_cut_where_they_still_differ(name: str, shown: str) -> None:
    assert middle_cut(name, 14).rstrip() == shown
    assert cell_len(middle_cut(name, 14)) <= 14


@pytest.mark.parametrize(
    ("title", "opening", "shown"),
    [("Floods", "", "Floods"), ("", "Two were\n\nkilled in", "“Two were killed in”"), ("", " \n", "(no title)")],
    ids=["title", "opening", "neither"],
)
def test_the_first_words_stand_for_a_missing_title(title: str, opening: str, shown: str) -> None:
    each = QueueRow(1, "k1", title, 40, "todo", 0, "2025-01-01", noted=False, opening=opening)
    said = "".join(text for text, _ in row(each, QueueFilter(), palette=PALETTES["dark"], width=80))
    assert f"  {shown} " in said
    assert cell_len(said) == 80


QUEUE = keymap(table=QUEUE_COMMANDS)


@pytest.mark.parametrize("width", [40, 60, 62, 79, 80, 100, 101, 200])
def test_the_hints_are_whole_and_say_how_to_leave(width: int) -> None:
    assert cell_len(hints(QUEUE, width)) < width
    assert " · q" in hints(QUEUE, width)


def test_the_hints_tell_of_the_keys_in_force() -> None:
    settings = Settings(keys={"filter.words": ["f3"], "screen.leave": [], "filter.label": []})
    changed = keymap(settings, table=QUEUE_COMMANDS)
    assert hints(changed, 200).startswith("Enter opens · F3 search · f status · b by · d date")
    assert hints(changed, 40) == "F3 find · f b d filter · ? keys"
