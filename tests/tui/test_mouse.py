"""The tag screen under a pilot: mouse, panel, sizes of the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import newsroom, running, saved, screen, status, stored, tag_screen, until
from textual.pilot import Pilot

from annotator.project import Project
from annotator.tui.article import ArticleView
from annotator.tui.widgets.panel import SpanPanel
from annotator.tui.widgets.rows import RowList


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    await pilot.mouse_down(ArticleView, offset=start)
    await pilot.hover(ArticleView, offset=end)
    await pilot.mouse_up(ArticleView, offset=end)


async def test_dragging_selects_and_a_label_chip_tags(project: Project) -> None:
    async with running(project, size=(120, 24)) as (app, pilot):
        await drag(pilot, (9, 0), (18, 0))  # from the k of killed to the w of two
        assert tag_screen(app).desk.place.extent == (7, 17)
        await pilot.click("#labels", offset=(2, 0))
        await saved(app, pilot)
        assert stored(project) == ["actor:killed two"]
        await pilot.click("#labels", offset=(14, 0))  # between two chips
        await pilot.click("#labels", offset=(119, 0))  # behind the last
        await pilot.click("#labels", offset=(2, 0))
        await saved(app, pilot)
        assert stored(project) == []


async def test_a_click_selects_a_span_then_the_next_outer_one(project: Project) -> None:
    async with running(project, size=(120, 24)) as (app, pilot):
        await pilot.press("a", "shift+right", "c", "end")
        for extent in ((0, 6), (0, 13), (0, 6)):
            await pilot.click(ArticleView, offset=(4, 0))
            assert tag_screen(app).desk.place.extent == extent
        await pilot.press("right")
        await pilot.click(ArticleView, offset=(4, 0))
        assert tag_screen(app).desk.place.extent == (0, 6)
        await pilot.click(ArticleView, offset=(26, 0))
        assert tag_screen(app).desk.place.extent == (23, 27)


async def test_the_mouse_selects_characters_in_character_mode(project: Project) -> None:
    async with running(project, size=(120, 24)) as (app, pilot):
        await pilot.press("grave_accent")
        assert " CHAR " in status(pilot)
        await drag(pilot, (3, 0), (5, 0))
        assert tag_screen(app).desk.place.extent == (1, 4)


async def test_the_panel_lists_spans_and_a_click_goes_there(project: Project) -> None:
    async with running(project, size=(120, 24)) as (app, pilot):
        panel = app.screen.query_one(SpanPanel)
        assert any("no span here" in line for line in screen(pilot))
        await pilot.press("a", "end", "left", "l", "home")
        assert any(" L  Taiz" in line for line in screen(pilot))
        await pilot.click(RowList, offset=(6, 1))
        assert tag_screen(app).desk.place.extent == (23, 27)
        assert any("LOCATION  23–27" in line for line in screen(pilot))
        await pilot.press("s")
        assert not panel.display
        await pilot.press("down", "s")
        await until(pilot, lambda: panel.display and panel.size.height > 0, what="panel")
        await pilot.pause()
        await pilot.click(RowList, offset=(6, 0))
        assert tag_screen(app).desk.place.extent == (0, 6)


async def test_the_panel_needs_room(project: Project) -> None:
    async with running(project, size=(80, 24)) as (app, pilot):
        assert not app.screen.query_one(SpanPanel).display
        await pilot.press("s")
        assert "the panel needs 100 columns" in status(pilot)


async def test_a_small_terminal_and_back(project: Project) -> None:
    async with running(project, size=(120, 24)) as (app, pilot):
        await pilot.press("a", "shift+right")
        view = app.screen.query_one(ArticleView)
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: tag_screen(app).desk.pointer.rows.rows > 3 and view.size.width < 41, what="narrow")
        assert all(len(line) <= 40 for line in screen(pilot))
        assert {"a", "l", "c", "d"} <= set(screen(pilot)[-2])
        assert "saved" in status(pilot)
        await pilot.press("down", "down", "l", "question_mark", "escape", "colon", "escape", "m", "escape")
        await pilot.resize_terminal(120, 24)
        await until(pilot, lambda: app.screen.query_one(SpanPanel).display, what="wide again")
        await pilot.press("home")
        await saved(app, pilot)
        assert len(stored(project)) == 2


async def test_what_went_while_the_panel_was_hidden_is_not_listed(project: Project) -> None:
    async with running(project, size=(120, 24)) as (app, pilot):
        await pilot.press("a", "right", "l", "right", "c")
        panel = tag_screen(app).query_one(SpanPanel)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not panel.display, what="narrow")
        await pilot.press("u", "u", "question_mark")
        await pilot.resize_terminal(120, 24)  # the help, in front, has what is beneath it painted as it is
        await until(pilot, lambda: panel.display, what="wide again")
        assert panel.query_one(RowList).count == 1
        await pilot.press("escape")
        await saved(app, pilot)
        assert len(stored(project)) == 1


async def test_lane_density(project: Project) -> None:
    async with running(project) as (app, pilot):
        densities = []
        for _ in range(3):
            await pilot.press("V")
            densities.append(app.screen.query_one(ArticleView).density)
        assert densities == ["all", "off", "overlaps"]
