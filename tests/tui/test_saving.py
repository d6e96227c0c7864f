"""The screens under a pilot when something goes wrong: hostile articles, full disks, two windows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import newsroom, opened, running, saved, screen, status, stored, tag_screen, until
from support import clock, load, record, schema

from annotator.core.edits import SetStatus
from annotator.core.spans import Span
from annotator.project import Project
from annotator.tui.article import ArticleView
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.saving import SavingScreen
from annotator.tui.screens.tag import TagScreen


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


async def test_nothing_in_an_article_drives_the_terminal_or_is_read_as_markup(project: Project) -> None:
    load(project, record("[red]\x1b[5m", "x " * 9, title="\x1b]52;c;aGk=\x07[/nothing]"))
    async with running(project, queue=True) as (_app, pilot):
        looks = ["\n".join(screen(pilot))]
        await pilot.press("down", "enter", "a", "m", "enter")
        looks.append("\n".join(screen(pilot)))
        for keys in (("m",), ("escape", "d", "P"), ("escape", "end", "greater_than_sign"), ("q",)):
            await pilot.press(*keys)
            looks.append("\n".join(screen(pilot)))
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", "".join(looks))
        assert "[bold]x[/]" in looks[0]
        assert "[bold]x[/]" in looks[1]
        assert "␛[31mred" in looks[1]
    assert stored(project, 2) == ["actor:Title", "displacement:Title"]


@pytest.mark.parametrize("text", [".", " \n ", "👩‍👩‍👧‍👦", "\x1b"])
async def test_the_tiniest_articles_withstand_every_key(tmp_path: Path, text: str) -> None:
    from annotator.tui.commands import COMMANDS

    with Project.create(tmp_path / "tiny.db", schema(), clock=clock) as project:
        load(project, record("k1", text))
        async with running(project) as (app, pilot):
            screen_ = tag_screen(app)
            for command in COMMANDS:
                if command.id.startswith(("move", "select", "tag", "article")) and command.id != "article.done":
                    screen_.act(lambda run=command.run: run(screen_))  # type: ignore[misc]
                    while app.screen is not screen_:
                        await pilot.press("escape")
                    screen_.act(lambda: screen_.desk.tag("actor"))
            await pilot.pause()
            place = screen_.desk.place
            assert 0 <= place.start <= place.end <= len(text)
            screen_.session.flush()


def run_sql(project: Project, sql: str) -> None:
    project.writer.submit(lambda conn: conn.execute(sql).fetchall()).result()


async def test_leaving_for_good_over_what_could_not_be_saved_is_asked_and_told(project: Project) -> None:
    async with running(project) as (app, pilot):
        run_sql(project, "PRAGMA max_page_count = 1")
        tag_screen(app).act(lambda: tag_screen(app).desk.set_note("long " * 4000, span=None))
        await until(pilot, lambda: "NOT SAVED" in status(pilot), what="told")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, SavingScreen), what="asked")
        said = " ".join("".join(screen(pilot)).replace("│", " ").split())
        assert "the disk is full" in said and "^Q again leaves without saving" in said
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, TagScreen), what="it stays")
        assert (app.lost, app._exit) == (0, False)
        await pilot.press("ctrl+q", "ctrl+q")
        await until(pilot, lambda: app._exit, what="it leaves")
        assert app.lost == 1
        assert "full" in app.why_lost


async def test_a_full_disk_is_shown_and_what_was_done_is_saved_once_there_is_room(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("a")
        await saved(app, pilot)
        run_sql(project, "PRAGMA max_page_count = 1")
        await pilot.press("M", *("x" * 50), "enter")
        session = tag_screen(app).session
        tag_screen(app).act(lambda: tag_screen(app).desk.set_note("long " * 4000, span=None))
        await until(pilot, lambda: "NOT SAVED" in status(pilot), what="told")
        await pilot.press("right", "right", "l")
        assert "^S" in status(pilot)
        await pilot.press("q")
        assert isinstance(app.screen, TagScreen), "an article that is not saved is not left"
        assert "leaves without saving" in status(pilot)
        assert "NOT SAVED" in status(pilot)
        await pilot.press("greater_than_sign")
        assert tag_screen(app).session is session
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "NOT SAVED" in status(pilot), what="told again")
        run_sql(project, "PRAGMA max_page_count = 100000")
        await pilot.press("ctrl+s")
        await saved(app, pilot)
        assert stored(project) == ["actor:Gunmen", "location:two"]
        await pilot.press("ctrl+s")
        assert "everything is saved" in status(pilot)
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)


async def test_when_another_window_changed_the_layer_one_key_brings_both_together(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("a")
        await saved(app, pilot)
        with Project.open(project.path, clock=clock) as other:
            session = other.session(1, "ana")
            from annotator.core.edits import Add

            session.do([Add(Span(session.new_id(), 23, 27, "location"))])
            session.close()
        await pilot.press("right", "right", "c")
        await until(pilot, lambda: "NOT SAVED" in status(pilot), what="conflict")
        await pilot.press("ctrl+s")
        assert "your unsaved edits are on top" in status(pilot)
        await saved(app, pilot)
        assert stored(project) == ["actor:Gunmen", "casualty:two", "location:Taiz"]
        assert len(app.screen.query_one(ArticleView)._index) == 3
        await pilot.press("tab", "tab", "x")
        await saved(app, pilot)
        assert len(stored(project)) == 2


async def test_where_another_window_changed_the_layer_it_can_be_left_without_saving(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("enter")
        await opened(pilot, "k1")
        with Project.open(project.path, clock=clock) as other:
            session = other.session(1, "ana")
            session.do([SetStatus("flagged")])
            session.close()
        await pilot.press("a")
        await until(pilot, lambda: "NOT SAVED" in status(pilot), what="conflict")
        await pilot.press("q")
        assert isinstance(app.screen, TagScreen)
        assert "^S reads it anew, q again leaves without saving" in status(pilot)
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)
        await pilot.press("q")
        await until(pilot, lambda: app._exit, what="it leaves")
        assert (app.lost, stored(project)) == (0, [])


async def test_saving_is_said_only_when_it_is_on_the_disk(project: Project) -> None:
    async with running(project) as (app, pilot):
        other = sqlite3.connect(project.path, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")  # another program is writing
            await pilot.press("a")
            await pilot.pause(0.1)
            assert "○ saving" in status(pilot)
            other.execute("COMMIT")
        finally:
            other.close()
        await saved(app, pilot)
        assert stored(project) == ["actor:Gunmen"]


async def test_an_article_that_cannot_be_read_leaves_the_queue_open(project: Project) -> None:
    run_sql(project, "UPDATE article SET text = text || '!' WHERE id = 2")
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("down", "enter")
        await until(pilot, lambda: "is not what was stored" in status(pilot), what="told")
        assert isinstance(app.screen, QueueScreen)
        await pilot.press("up", "enter", "greater_than_sign")
        await opened(pilot, "k1")
        assert "is not what was stored" in status(pilot)


async def test_leaving_in_the_midst_of_saving_loses_nothing_and_says_nothing(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("a", "right", "right", "l")
        app.exit()
    project.close()
    assert stored(project) == ["actor:Gunmen", "location:two"]
    assert caplog.records == []
