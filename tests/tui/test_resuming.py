"""The place in articles and queue comes back, and the time spent is counted without pauses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from piloting import newsroom, opened, running, screen, tag_screen
from support import clock, load, record, rows, schema

from annotator.config import Settings
from annotator.core.edits import SetStatus
from annotator.errors import StoreError
from annotator.project import Project
from annotator.tui.visits import Visits


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


async def test_article_and_cursor_come_back_after_a_restart(project: Project) -> None:
    async with running(project) as (app, pilot):
        await opened(pilot, "k1")
        await pilot.press(">", "right", "shift+right")
        await opened(pilot, "k2")
        place = tag_screen(app).desk.place.extent
        await pilot.press("<")
        await opened(pilot, "k1")
        await pilot.press(">")
        assert tag_screen(app).desk.place.extent == place
    project.flush()
    async with running(project) as (app, pilot):
        await opened(pilot, "k2")
        assert tag_screen(app).desk.place.extent == place
        assert tag_screen(app).view.selection == place
    assert rows(project.path, "SELECT count(*) FROM journal WHERE kind <> 'load'") == [(0,)]


async def test_the_row_on_top_of_the_view_comes_back(tmp_path: Path) -> None:
    with Project.create(tmp_path / "long.db", schema(), clock=clock) as project:
        load(project, record("k1", "\n".join(f"line {number} of the text" for number in range(300))))
        async with running(project, size=(80, 24)) as (app, pilot):
            await opened(pilot, "k1")
            await pilot.press(*["pagedown"] * 5, "up", "up", "up")
            before = screen(pilot)[1:-2]
            top = tag_screen(app).view.top
        project.flush()
        async with running(project, size=(80, 24)) as (app, pilot):
            await opened(pilot, "k1")
            await pilot.pause()
            assert tag_screen(app).view.top == top > 0
            assert screen(pilot)[1:-2] == before


async def test_what_is_done_by_now_is_not_opened_again(project: Project) -> None:
    async with running(project) as (_, pilot):
        await opened(pilot, "k1")
    session = project.session(1, "ana")
    session.do([SetStatus("done")])
    session.close()
    async with running(project) as (_, pilot):
        await opened(pilot, "k2")


async def test_a_place_that_does_not_fit_the_text_is_not_gone_to(project: Project) -> None:
    project.add_annotator("ana")
    project.writer.submit(
        lambda conn: conn.execute(
            "INSERT INTO visit VALUES ((SELECT id FROM annotator WHERE name = 'ana'), 1, 0, 5000, 9000, 9999, '')"
        )
    ).result()
    async with running(project) as (app, pilot):
        await opened(pilot, "k1")
        assert tag_screen(app).desk.place.extent == (0, 6)


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_visits_count_the_time_of_each_article_without_pauses(project: Project) -> None:
    project.add_annotator("ana")
    hands = Hands()
    visits = Visits(project, "ana", clock=hands, idle=Settings().idle)
    here = [0, 3, 0]
    visits.act()  # in the queue, which does not count
    hands.now += 30
    visits.enter(1, lambda: (here[0], here[1], here[2]))
    for wait in (10, 20, 600, 5):
        hands.now += wait
        visits.act()
    visits.keep()
    hands.now += 10
    here[:] = 4, 9, 2
    visits.enter(2, lambda: (0, 1, 0))
    hands.now += 7
    visits.leave()
    hands.now += 50
    visits.act()
    visits.leave()
    project.flush()
    first = project.store.visit(1, "ana")
    assert first is not None
    assert (first.start, first.end, first.top) == (4, 9, 2)
    assert first.seconds == pytest.approx(10 + 20 + 60 + 5 + 10)
    second = project.store.visit(2, "ana")
    assert second is not None
    assert second.seconds == pytest.approx(7)
    assert project.store.place("ana") == 2


def test_nothing_new_is_not_written_again(project: Project) -> None:
    project.add_annotator("ana")
    hands = Hands()
    visits = Visits(project, "ana", clock=hands, idle=60)
    visits.enter(1, lambda: (0, 3, 0))
    visits.keep()
    project.writer.submit(lambda conn: conn.execute("DELETE FROM visit")).result()
    visits.keep()
    project.flush()
    assert project.store.visit(1, "ana") is None
    hands.now += 1
    visits.keep()
    project.flush()
    assert project.store.visit(1, "ana") is not None


async def test_keys_and_the_mouse_count_and_the_queue_shows_the_time(project: Project) -> None:
    async with running(project, queue=True, size=(120, 24)) as (app, pilot):
        hands = Hands()
        app.visits._watch._clock = hands
        await pilot.press("enter")
        await opened(pilot, "k1")
        hands.now += 40
        await pilot.press("right")
        hands.now += 50
        await pilot.click(offset=(10, 5))
        hands.now += 1000
        await pilot.press("q")
        project.flush()
        await pilot.press("down", "up")
        assert "2 min spent" in screen(pilot)[-2]  # 40 + 50 + 60 of the pause
    visit = project.store.visit(1, "ana")
    assert visit is not None
    assert visit.seconds == pytest.approx(150)


def test_a_visit_that_waits_for_another_program_holds_nothing_up_and_is_found(project: Project) -> None:
    project.add_annotator("ana")
    visits = Visits(project, "ana", clock=Hands(), idle=60)
    session = project.session(1, "ana")
    with closing(sqlite3.connect(project.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        visits.enter(1, lambda: (4, 9, 2))
        session.flush(0)  # there is no edit to be waited for
        second = project.session(2, "ana")
        visits.enter(2, lambda: (0, 1, 0))
        last = visits.enter(1, lambda: (4, 9, 2))
        assert last is not None
        assert (last.start, last.end, last.top) == (4, 9, 2)
        second.do([SetStatus("done")])
        with pytest.raises(StoreError, match="not saved yet"):
            second.flush(0)
        other.execute("ROLLBACK")
    second.close()


def test_a_screen_that_goes_late_does_not_end_the_visit_of_the_next_one(project: Project) -> None:
    project.add_annotator("ana")
    hands = Hands()
    visits = Visits(project, "ana", clock=hands, idle=60)
    first, second = (lambda: (0, 1, 0)), (lambda: (2, 3, 0))
    visits.enter(1, first)
    visits.leave()
    visits.enter(2, second)
    visits.leave(first)
    hands.now += 7
    visits.leave(second)
    project.flush()
    visit = project.store.visit(2, "ana")
    assert visit is not None
    assert visit.seconds == pytest.approx(7)
