"""What is pasted stays pasted: no escape sequence in it ends the paste early or turns into keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import running, status, tag_screen, until
from support import clock, load, record, schema
from test_keys import NEWS
from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from annotator.project import Project
from annotator.tui.safety import PasteGuard, guard_pastes

PASTE = "\x1b[200~zz\x1b[31mlac\x1b[0m\x1b\x1b[201~"


def told(messages: list[Message]) -> list[str]:
    return [
        f"paste {message.text}" if isinstance(message, events.Paste) else message.key
        for message in messages
        if isinstance(message, events.Paste | events.Key)
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_escapes_in_a_paste_are_no_keys(size: int) -> None:
    guard_pastes()
    parser = XTermParser()
    data = f"a{PASTE}c{PASTE}\x1b[A"
    found = [message for at in range(0, len(data), size) for message in parser.feed(data[at : at + size])]
    assert told(found) == ["a", "paste zz[31mlac[0m", "c", "paste zz[31mlac[0m", "up"]


def test_a_paste_without_escapes_and_keys_come_as_they_were() -> None:
    guard = PasteGuard()
    for data in ("\x1b[A\x1b", "[B\x1bOP", "\x1b[200~Ansar\nAllah\x1b[201~\x1b[", "C"):
        assert guard.cleaned(data) == data


def test_escape_followed_by_the_letters_of_a_paste_is_none() -> None:
    guard = PasteGuard()
    assert guard.cleaned("\x1b") == "\x1b"
    assert guard.cleaned("[200~\x1b[A", midway=False) == "[200~\x1b[A"  # the parser has taken Escape for a key


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(project, record("k1", NEWS))
        yield project


async def test_a_paste_is_typed_into_the_search_and_nowhere_else(project: Project) -> None:
    async with running(project) as (app, pilot):
        desk = tag_screen(app).desk
        for key in ("", "t", "f"):
            await pilot.press(*filter(None, [key]))
            app.screen.post_message(events.Paste("lac"))
            await pilot.press("escape")
            assert len(desk.session.index) == 0
        await pilot.press("slash", "t")
        app.screen.post_message(events.Paste("ai\x07"))
        await pilot.press("z", "enter", "l")
        assert [span.surface(desk.text) for span in desk.session.index] == ["Taiz"]
        await pilot.press("S", "slash")
        app.screen.post_message(events.Paste("gun"))
        await until(pilot, lambda: "/gun" in status(pilot), what="the filter has it")


@pytest.mark.parametrize(
    ("keys", "words"),
    [("amil", "families"), ("illed tw", "killed two"), ("`amil", "amil"), ("taiz", "Taiz")],
)
async def test_enter_widens_what_the_search_has_found_to_whole_tokens(project: Project, keys: str, words: str) -> None:
    async with running(project) as (app, pilot):
        desk = tag_screen(app).desk
        if keys.startswith("`"):
            await pilot.press("`")
        await pilot.press("slash", *["space" if key == " " else key for key in keys.lstrip("`")], "enter")
        assert desk.text[desk.place.start : desk.place.end] == words
