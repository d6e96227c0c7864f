"""The screens of a team: what is assigned comes first, places are taken, and what others save shows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from piloting import newsroom, opened, running, saved, screen, status, stored, tag_screen, until
from support import load, record
from textual.pilot import Pilot

from annotator import team
from annotator.core.edits import Add, SetStatus
from annotator.core.spans import Span
from annotator.project import Project
from annotator.store import assignment
from annotator.store.queue import QueueFilter
from annotator.team import Request
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.queue_fresh import Freshness


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        load(project, *(record(f"m{n}") for n in range(4, 8)))
        project.add_annotator("bo")
        yield project


@pytest.fixture
def other(project: Project) -> Iterator[Project]:
    """Return the same database as another program has it."""
    with Project.open(project.path, clock=project.clock) as other:
        yield other


def listed(pilot: Pilot[None]) -> list[str]:
    return [line[3:5] for line in screen(pilot)[2:-2] if re.match(r" [·◐⚑✓] [km]", line)]


def give(project: Project, name: str, *articles: int) -> None:
    """Give articles to an annotator."""
    places = [(article, name) for article in articles]
    project.writer.submit(lambda conn: assignment.give(conn, places, kind="named", time=project.clock())).result()


@pytest.fixture
def assigned(project: Project) -> Project:
    project.add_annotator("ana")
    give(project, "ana", 2, 5, 6)
    give(project, "bo", 1, 4)
    return project


async def test_the_queue_begins_with_what_is_assigned(assigned: Project) -> None:
    async with running(assigned, queue=True) as (_, pilot):
        await until(pilot, lambda: "3 found" in screen(pilot)[1], what="counted")
        assert listed(pilot) == ["k2", "m5", "m6"]
        assert "assigned to you" in screen(pilot)[1]
        assert "m mine" in status(pilot)
        await pilot.press("escape")
        assert listed(pilot) == ["k1", "k2", "k3", "m4", "m5", "m6", "m7"]
        await pilot.press("m")
        assert listed(pilot) == ["k2", "m5", "m6"]
        await pilot.press("f")
        await until(pilot, lambda: "to do" in screen(pilot)[1])
        assert "assigned to you" in screen(pilot)[1]
        await pilot.press("m")
        await until(pilot, lambda: "k1" in listed(pilot))


async def test_where_nothing_is_assigned_the_key_says_so(project: Project) -> None:
    async with running(project, queue=True) as (_, pilot):
        assert listed(pilot)[0] == "k1" and "m mine" not in status(pilot)
        await pilot.press("m")
        assert "nothing is assigned to you" in status(pilot)
        assert len(listed(pilot)) == 7


async def test_space_follows_what_is_assigned_round_to_the_beginning(assigned: Project) -> None:
    async with running(assigned, queue=True) as (app, pilot):
        await pilot.press("down", "enter")
        await opened(pilot, "m5")
        await until(pilot, lambda: "2/3" in screen(pilot)[0], what="the place among what is assigned")
        await pilot.press("space")
        await opened(pilot, "m6")
        await pilot.press("space")
        await opened(pilot, "k2")
        await pilot.press("space")
        assert "all that is assigned to you is done or flagged" in status(pilot)
        assert tag_screen(app).session.article.key == "k2"


async def test_the_tag_screen_begins_with_what_is_assigned(assigned: Project) -> None:
    async with running(assigned) as (_, pilot):
        await opened(pilot, "k2")
        await pilot.press("greater_than_sign")
        await opened(pilot, "m5")


async def test_opening_takes_a_place_and_next_passes_over_what_is_taken(project: Project, other: Project) -> None:
    team.assign(project, Request(overlap=1, open_for=3600), by="x")
    assert other.claim(4, "bo") == ""
    async with running(project, queue=True) as (app, pilot):
        assert "m4" not in listed(pilot) and "k1" in listed(pilot)
        await pilot.press("enter")
        await opened(pilot, "k1")
        assert "its place is taken (ana)" in other.claim(1, "bo")
        await pilot.press("space")
        await opened(pilot, "k2")
        assert other.claim(5, "bo") == ""
        await pilot.press("space")  # k3 is Ana's and done, the next two are taken
        await opened(pilot, "m6")
        await saved(app, pilot)


async def test_what_is_taken_can_be_read_and_not_changed(project: Project, other: Project) -> None:
    team.assign(project, Request(overlap=1, open_for=3600), by="x")
    assert other.claim(1, "bo") == ""
    async with running(project, article=1) as (app, pilot):
        assert "only to read: its place is taken (bo)" in status(pilot)
        await pilot.press("n", "a")
        assert "not changed: its place is taken (bo)" in status(pilot)
        assert stored(project) == [] and len(tag_screen(app).session.index) == 0


async def test_another_window_is_told_and_can_reload_or_read_on(project: Project, other: Project) -> None:
    async with running(project, article=1, size=(120, 24)) as (app, pilot):
        await pilot.press("n", "a")
        await saved(app, pilot)
        window = other.session(1, "ana")
        window.do([Add(Span("s9", 7, 13, "casualty"))])
        window.close()
        await until(pilot, lambda: "changed in another window · ^S reloads" in status(pilot))
        await pilot.press("right")  # reading on
        assert "changed in another window" in status(pilot)
        await pilot.press("ctrl+s")
        assert "reloaded" in status(pilot) and "changed" not in status(pilot)
        assert stored(project) == ["casualty:killed", "actor:two"]
        await pilot.press("n", "l")
        await saved(app, pilot)
        assert len(stored(project)) == 3


async def test_typing_on_what_another_window_has_changed_overwrites_nothing(project: Project, other: Project) -> None:
    async with running(project, article=1, size=(120, 24)) as (_, pilot):
        window = other.session(1, "ana")
        window.do([Add(Span("s9", 7, 13, "casualty"))])
        window.close()
        await pilot.press("n", "a")
        await until(pilot, lambda: "NOT SAVED" in status(pilot))
        assert stored(project) == ["casualty:killed"]
        await pilot.press("ctrl+s")
        assert "your unsaved edits are on top" in status(pilot)
        await until(pilot, lambda: len(stored(project)) == 2)
        assert stored(project) == ["casualty:killed", "actor:two"]


async def test_the_own_edits_are_not_taken_for_another_windows(project: Project) -> None:
    async with running(project, article=1) as (app, pilot):
        for _ in range(3):
            await pilot.press("n", "a")
        await saved(app, pilot)
        tag_screen(app)._look_around()
        assert "changed" not in status(pilot)


async def test_the_queue_shows_what_others_save(project: Project, other: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("down", "down", "down")
        session = other.session(1, "ana")
        session.do([Add(Span("s1", 0, 7, "actor")), SetStatus("done")])
        session.close()
        load(other, record("m8"))
        await until(pilot, lambda: "8 articles  ✓ 2" in screen(pilot)[0], what="the head is new")
        assert re.match(r" ✓ k1 .* 1 span", screen(pilot)[2])
        assert listed(pilot)[-1] == "m8"
        assert "4 of 8" in screen(pilot)[1]  # the row in hand is still in hand
        assert isinstance(app.screen, QueueScreen) and app.screen.here == 4


async def test_a_filtered_queue_shows_what_others_save(project: Project, other: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        assert isinstance(app.screen, QueueScreen)
        app.screen.choose(QueueFilter(by="bo"))
        await until(pilot, lambda: "0 found" in screen(pilot)[1])
        session = other.session(3, "bo")
        session.do([Add(Span("s1", 0, 2, "actor"))])
        session.close()
        await until(pilot, lambda: listed(pilot) == ["k3"] and "1 found" in screen(pilot)[1])


async def test_a_lapsed_claim_comes_back_to_the_queue(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    team.assign(project, Request(overlap=1, open_for=3600), by="x")
    project.claim(4, "bo")
    async with running(project, queue=True) as (_, pilot):
        assert "m4" not in listed(pilot)
        monkeypatch.setattr(project, "clock", lambda: "2026-01-02T04:04:06.000+00:00")
        await until(pilot, lambda: "m4" in listed(pilot))


async def test_the_queue_does_not_wait_for_a_file_that_is_held(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.assign(project, Request(overlap=1, open_for=3600), by="x")
    project.claim(4, "bo")
    async with running(project, queue=True) as (app, pilot):
        assert isinstance(app.screen, QueueScreen)
        with closing(sqlite3.connect(project.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            monkeypatch.setattr(project, "clock", lambda: "2026-01-02T04:04:06.000+00:00")
            fresh = Freshness(app.screen)
            fresh.look()
            begun = fresh._releasing
            assert begun is not None and not begun.done()  # the file is held, and the screen goes on
            fresh.look()
            assert fresh._releasing is begun
            assert "m4" not in listed(pilot)
        await until(pilot, lambda: "m4" in listed(pilot))


async def test_who_comes_back_too_late_is_told_and_can_leave(
    project: Project, other: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [project.clock()]
    for one in (project, other):
        monkeypatch.setattr(one, "clock", lambda: now[0])
    team.assign(project, Request(overlap=1, open_for=3600), by="x")
    async with running(project, queue=True, size=(120, 24)) as (app, pilot):
        await pilot.press("enter")
        await opened(pilot, "k1")
        now[0] = "2026-01-02T04:04:06.000+00:00"
        assert other.claim(1, "bo") == ""
        await pilot.press("n", "a")
        await until(pilot, lambda: "NOT SAVED" in status(pilot))
        await pilot.press("q")
        assert "q again leaves without saving: its place is taken (bo)" in status(pilot)
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)
        assert stored(project) == []


async def test_only_a_lead_settles_from_the_queue(project: Project, other: Project) -> None:
    team.set_role(project, "bo", "lead", by="x")
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("s")
        assert "only a lead may settle here, and 'ana' is none" in status(pilot)
        assert isinstance(app.screen, QueueScreen)
