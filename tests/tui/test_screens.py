"""The tag screen under a pilot: what keys do is in the file afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import NEWS, newsroom, opened, running, saved, screen, status, stored, tag_screen, until
from support import clock, load, reading_of, record, rows

from annotator.core.spans import Span
from annotator.project import Project
from annotator.tui.prompts import hinted_words
from annotator.tui.screens.dialogs import HelpScreen, NoteArea, NoteScreen, PickScreen
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.tag import TagScreen


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


async def test_keys_change_the_file_and_the_queue_shows_it(project: Project) -> None:
    async with running(project) as (app, pilot):
        await opened(pilot, "k1")
        assert "1/3" in screen(pilot)[0]
        await pilot.press("a", "right", "right", "shift+right", "c")
        assert "a  actor  1" in screen(pilot)[-2]
        await saved(app, pilot)
        assert stored(project) == ["actor:Gunmen", "casualty:two near"]
        await pilot.press("u", "m", "h", "i", "enter")
        await saved(app, pilot)
        assert stored(project) == ["actor:Gunmen"]
        await pilot.press("q")
        line = next(line for line in screen(pilot) if "k1" in line)
        assert line.startswith(" ◐ k1")
        assert "1 span" in line
        assert "◐ 1" in screen(pilot)[0]


async def test_space_marks_done_and_goes_on_until_all_are_done(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("space")
        await opened(pilot, "k2")
        assert "“Gunmen near Taiz” is done; < then O reopens it" in status(pilot)
        await pilot.press("space")
        await opened(pilot, "k2")
        assert "all articles are done or flagged; O reopens this" in status(pilot)
        assert "✓ done" in screen(pilot)[0]
        await pilot.press("less_than_sign", "O")
        await opened(pilot, "k1")
        await saved(app, pilot)
    assert dict(rows(project.path, "SELECT article, status FROM layer")) == {1: "open", 2: "done", 3: "done"}


async def test_going_back_from_where_done_has_led_skips_nothing(project: Project) -> None:
    async with running(project, article=3, size=(80, 24)) as (app, pilot):
        await pilot.press("O", "space")
        await opened(pilot, "k1")  # round to the beginning
        assert "“Київ” is done; < then O reopens it" in status(pilot)
        await pilot.press("<", "O")
        await opened(pilot, "k3")
        await saved(app, pilot)
        await pilot.press("<", "<", "space")
        assert "“Gunmen near Ta…” is done; < then O reopens it" in status(pilot)
    assert dict(rows(project.path, "SELECT article, status FROM layer")) == {1: "done", 3: "open"}


async def test_next_and_previous_article(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("a", "less_than_sign")
        assert "this is the first article" in status(pilot)
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
        assert "this is the last article" in status(pilot)
        await opened(pilot, "k3")
        await pilot.press("full_stop")  # the label used last is still known here
        await saved(app, pilot)
        assert stored(project, 3) == ["actor:Ну"]
        await pilot.press("less_than_sign", "less_than_sign")
        assert "1 span" in status(pilot)


async def test_done_is_refused_with_the_reason(project: Project) -> None:
    async with running(project) as (_app, pilot):
        await pilot.press("d", "space")
        await opened(pilot, "k1")
        assert "not done yet" in status(pilot)
        assert "1 error" in status(pilot)


async def test_notes_on_span_and_article(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("a", "m")
        assert isinstance(app.screen, NoteScreen)
        await pilot.press("w", "h", "ctrl+j", "o", "enter")
        await pilot.press("M", *"all", "enter")
        await saved(app, pilot)
        assert "✎" in screen(pilot)[0]
        assert "note kept" in status(pilot)
        session = tag_screen(app).session
        assert [span.note for span in session.index] == ["wh\no"]
        assert session.layer.note == "all"
        await pilot.press("m", "x", "escape")
        assert [span.note for span in session.index] == ["wh\no"]
        await pilot.press("m")
        assert app.screen.query_one(NoteArea).text == "wh\no"
        await pilot.press("ctrl+s")
        assert isinstance(app.screen, TagScreen)


async def test_the_list_of_problems_jumps(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("P")
        assert "no problems" in status(pilot)
        await pilot.press("right", "right", "d", "end", "P")
        assert isinstance(app.screen, PickScreen)
        assert any("error: “two”" in line for line in screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TagScreen), what="back")
        await until(pilot, lambda: tag_screen(app).desk.place.extent == (14, 17), what="jumped")


async def test_the_palette_says_where_nothing_is_found_and_goes_on_narrowing(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press(":", *"[b]zzz")
        assert any("nothing here has [b]zzz" in line for line in screen(pilot))
        await pilot.press("enter")
        assert isinstance(app.screen, PickScreen)
        await pilot.press(*["backspace"] * 6, *"undo")
        assert any("undo" in line for line in screen(pilot))
        await pilot.press("escape")
        assert isinstance(app.screen, TagScreen)


async def test_jumping_by_letters_goes_to_a_word_or_selects_up_to_it(project: Project) -> None:
    async with running(project) as (app, pilot):
        desk = tag_screen(app).desk
        words = [desk.place.extent]
        for _ in range(2):
            await pilot.press("right")
            words.append(desk.place.extent)
        await pilot.press("left", "left")
        letters = {offset: code for code, offset in hinted_words(desk.text, (0, len(desk.text)), 0).items()}
        await pilot.press("F", *letters[words[2][0]])
        assert desk.place.extent == (words[0][0], words[2][1])
        await pilot.press("f", *letters[words[1][0]])
        assert desk.place.extent == words[1]


async def test_help_shows_the_keys_and_the_guideline_of_the_label_here(tmp_path: Path) -> None:
    from annotator.schemas import load_schema

    with Project.create(tmp_path / "news.db", load_schema("conflict-events"), clock=clock) as project:
        load(project, record("k1", NEWS))
        async with running(project, size=(100, 40)) as (app, pilot):
            await pilot.press("question_mark")
            assert any("next token" in line for line in screen(pilot))
            await pilot.press("escape", "a", "question_mark")
            assert any("actor · k shows the keys" in line for line in screen(pilot))
            assert any("Boundaries" in line for line in screen(pilot))
            await pilot.press("end", "pageup", "down")
            assert isinstance(app.screen, HelpScreen)
            await pilot.press("k")
            await until(pilot, lambda: any("next token" in line for line in screen(pilot)), what="keys")
            await pilot.press("question_mark")
            assert isinstance(app.screen, TagScreen)


async def test_the_palette_runs_what_it_shows_even_what_opens_or_closes_screens(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("a", "colon", *"delete", "enter")
        await until(pilot, lambda: "deleted actor" in status(pilot), what="deleted")
        await pilot.press("ctrl+p", *"note on the article", "down", "up", "enter")
        await until(pilot, lambda: isinstance(app.screen, NoteScreen), what="note")
        await pilot.press("escape", "colon", *"back queue", "enter")
        await until(pilot, lambda: isinstance(app.screen, QueueScreen), what="queue")
        assert len(app.screen_stack) == 2
        await pilot.press("enter")
        await pilot.press("colon", *"zzz", "enter")
        assert isinstance(app.screen, PickScreen)
        await pilot.press("escape")
        assert isinstance(app.screen, TagScreen)


async def test_retag_asks_for_a_label(project: Project) -> None:
    async with running(project) as (_app, pilot):
        await pilot.press("t")
        assert "no span here to retag" in status(pilot)
        await pilot.press("a", "t")
        assert "RETAG" in status(pilot)
        await pilot.press("right")
        assert "not retagged" in status(pilot)
        await pilot.press("t", "l")
        assert "actor → location" in status(pilot)
        await pilot.press("t")
        await pilot.click("#labels", offset=(2, 0))
        assert "location → actor" in status(pilot)


async def test_a_key_without_a_meaning_says_so(project: Project) -> None:
    async with running(project) as (_app, pilot):
        await pilot.press("w")
        assert "w does nothing here" in status(pilot)


async def test_a_key_is_painted_in_one_frame(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages between panes would cost a second and a third frame."""
    text = " ".join(f"Town{n} saw {n} people flee." for n in range(150))
    spans = [Span(f"s{n}", n * 60, n * 60 + 20, "actor") for n in range(30)]
    load(project, record("long", text, layer=reading_of("ana", *spans)))
    async with running(project, size=(120, 40), article=4) as (app, pilot):
        await pilot.press("right")
        painted: list[object] = []
        display = type(app)._display
        monkeypatch.setattr(type(app), "_display", lambda self, s, r: (painted.append(r), display(self, s, r))[1])
        counts = {}
        for key in ("right", "shift+right", "down", "tab", "e", "a", "u", "x"):
            await saved(app, pilot)
            await pilot.pause()
            painted.clear()
            await pilot.press(key)
            await pilot.pause()
            counts[key] = sum(1 for each in painted if each is not None)
        moves = {key: counts[key] for key in ("right", "shift+right", "down", "tab", "e")}
        assert moves == dict.fromkeys(moves, 1)
        # What changes the layer is followed by a frame for "saved".
        assert all(count <= 2 for count in counts.values()), counts
