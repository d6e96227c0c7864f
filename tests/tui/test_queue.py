"""The queue under a pilot: lists, filters, searches, opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import newsroom, opened, running, screen, status, until
from support import clock, load, record, schema
from textual.widgets import Input

from annotator.project import Project
from annotator.tui.screens.dialogs import HelpScreen
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.widgets.rows import RowList


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


async def test_queue_opens_at_what_is_to_do_and_enter_opens_it(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        assert isinstance(app.screen, QueueScreen)
        lines = screen(pilot)
        assert "3 articles  ✓ 1" in lines[0]
        assert re.match(r" · k1 +Gunmen near Taiz", lines[1])
        assert lines[3].startswith(" ✓ k3")
        await pilot.press("enter")
        await opened(pilot, "k1")
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)
        await pilot.press("down", "space")
        await opened(pilot, "k2")


async def test_the_row_in_hand_is_seen_and_moves(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        rows_ = app.screen.query_one(RowList)

        def lit() -> list[int]:
            here = "#2a3947"
            return [
                y
                for y in range(4)
                if any(s.style and s.style.bgcolor and s.style.bgcolor.name == here for s in rows_.render_line(y))
            ]

        assert lit() == [0]
        await pilot.press("down")
        assert lit() == [1]
        await pilot.press("end", "end")
        assert lit() == [2]
        await pilot.press("up", "home", "pagedown", "pageup")
        assert lit() == [0]


async def test_queue_filters(project: Project) -> None:
    async with running(project, queue=True) as (_app, pilot):
        seen = {}
        for _ in range(5):
            lines = screen(pilot)
            seen[lines[-1].split()[0]] = [line[3:5] for line in lines[1:-1] if line[3:4] == "k"]
            await pilot.press("f")
        assert seen == {"ALL": ["k1", "k2", "k3"], "TODO": ["k1", "k2"], "OPEN": [], "FLAGGED": [], "DONE": ["k3"]}
        assert status(pilot).startswith(" ALL")
        await pilot.press("а")  # the key of f on a Russian keyboard
        assert status(pilot).startswith(" TODO")


async def test_queue_searches(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        queue = app.screen

        async def search(words: str) -> list[str]:
            await pilot.press("slash", *words, "enter")
            await until(pilot, lambda: "searching" not in status(pilot), what="found")
            return [line[3:5] for line in screen(pilot)[1:-1] if line[3:4] == "k"]

        assert await search("taiz") == ["k1"]
        assert "“taiz”" in status(pilot)
        await pilot.press("enter")
        await opened(pilot, "k1")
        await pilot.press("q")
        await pilot.press("escape")
        assert await search("nowhere") == []
        assert "nothing found" in status(pilot)
        await pilot.press("enter", "escape")
        assert "3 articles" in screen(pilot)[0]
        assert await search('"*(') == ["k1", "k2", "k3"]
        await pilot.press("slash", "x", "escape")
        assert not queue.query_one(Input).display
        assert await search("paris") == ["k2"]


async def test_queue_by_mouse(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.click(RowList, offset=(5, 1))
        assert isinstance(app.screen, QueueScreen)
        assert app.screen.query_one(RowList).current == 1
        await pilot.click(RowList, offset=(5, 9))  # below the last one
        await pilot.click(RowList, offset=(5, 1))
        await opened(pilot, "k2")


async def test_queue_reads_on_as_one_scrolls_and_comes_back_to_the_same_place(tmp_path: Path) -> None:
    with Project.create(tmp_path / "many.db", schema(), clock=clock) as project:
        load(project, *(record(f"k{number:04}") for number in range(1, 451)))
        async with running(project, queue=True) as (app, pilot):
            queue = app.screen
            assert isinstance(queue, QueueScreen)
            rows_ = queue.query_one(RowList)
            assert rows_.count == 200
            for count in (400, 450):
                await pilot.press("end")
                await until(pilot, lambda count=count: rows_.count == count, what=f"{count} are read")
            await pilot.press("end", "enter")
            await opened(pilot, "k0450")
            await pilot.press("q")
            assert (rows_.count, rows_.current) == (450, 449)


async def test_help_in_the_queue_and_quitting(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("x")
        assert isinstance(app.screen, QueueScreen)
        await pilot.press("q")
        assert app._exit
