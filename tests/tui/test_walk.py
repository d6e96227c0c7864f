"""Going from article to article keeps to the filter of the queue that the first was opened from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from piloting import opened, running, screen, status, tag_screen, until
from support import clock, load, reading_of, record, rows, schema
from textual.pilot import Pilot
from textual.widgets import Input

from annotator.errors import StoreError
from annotator.project import Project
from annotator.store.queries import Store
from annotator.store.queue import QueueFilter
from annotator.tui.screens import tag_place


@pytest.fixture
def six(tmp_path: Path) -> Iterator[Project]:
    """Six articles: Taiz in 2, 4 and 5, of which ana has done 4 and bob has labelled 5."""
    with Project.create(tmp_path / "six.db", schema(), clock=clock) as project:
        for n in range(1, 7):
            place = "Taiz" if n in (2, 4, 5) else "Aden"
            layer = reading_of("ana", status="done") if n == 4 else reading_of("bob") if n in (1, 5) else None
            load(project, record(f"k{n}", f"Report {n}: families near {place}.", title=f"Report {n}", layer=layer))
        project.index_texts()
        yield project


async def found(pilot: Pilot[None], words: str) -> None:
    """Filter the queue by words, and open the first article found."""
    await pilot.press("slash")
    pilot.app.screen.query_one(Input).value = words
    await pilot.press("enter", "enter")


async def test_next_and_previous_keep_to_the_words_and_open_at_the_hit(six: Project) -> None:
    async with running(six, queue=True) as (app, pilot):
        await found(pilot, "taiz")
        await opened(pilot, "k2")
        await until(pilot, lambda: "“taiz”  1/3 " in screen(pilot)[0])
        for key in ("k4", "k5"):
            await pilot.press(">")
            await opened(pilot, key)
            assert tag_screen(app).desk.place.extent == (24, 28)
        await until(pilot, lambda: "“taiz”  3/3 " in screen(pilot)[0])
        await pilot.press(">")
        assert "this is the last in “taiz”" in status(pilot)
        await pilot.press("<")
        await opened(pilot, "k4")
        await pilot.press("<", "<")
        await opened(pilot, "k2")
        assert "this is the first in “taiz”" in status(pilot)


async def test_a_place_that_cannot_be_read_keeps_no_article_from_opening(
    six: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*values: object, **more: object) -> int:
        raise StoreError("six.db is damaged", hint="restore a backup")

    async with running(six, queue=True) as (app, pilot):
        await found(pilot, "taiz")
        await opened(pilot, "k2")
        with monkeypatch.context() as patch:
            patch.setattr(Store, "queue_place", fails)
            await pilot.press(">")
            await opened(pilot, "k4")
            assert tag_screen(app).desk.session.article.key == "k4"
        monkeypatch.setattr(Store, "position", fails)
        await pilot.press(">")
        assert "six.db is damaged" in status(pilot)
        assert tag_screen(app).session.article.key == tag_screen(app).desk.session.article.key == "k4"


async def test_done_goes_on_through_the_filter_and_what_was_left_stays_on_the_way(six: Project) -> None:
    async with running(six, queue=True) as (_, pilot):
        await found(pilot, "taiz")
        await opened(pilot, "k2")
        await pilot.press("space")
        await opened(pilot, "k5")  # 4 is done
        await pilot.press("<")
        await opened(pilot, "k2")  # not 4: back to what was done by mistake
        await pilot.press("q", "escape", "home", "f")  # to do: all but 2 and 4
        await pilot.press("enter")
        await opened(pilot, "k1")
        await until(pilot, lambda: " to do  1/4 " in screen(pilot)[0])
        await pilot.press("a", "space")
        await opened(pilot, "k3")
        await until(pilot, lambda: " to do  2/4 " in screen(pilot)[0])  # 1 is done by now, and still on the way
        await pilot.press(">", "<", "<")
        await opened(pilot, "k1")
        await pilot.press("O", "space", "space", "space", "space")
        await opened(pilot, "k6")
        assert "nothing to do after this in to do; O reopens this" in status(pilot)
    six.flush()
    done = "SELECT article FROM layer JOIN annotator a ON a.id = annotator WHERE name = 'ana' AND status = 'done'"
    assert rows(six.path, f"{done} ORDER BY 1") == [(n,) for n in range(1, 7)]


async def test_another_s_articles_are_kept_to(six: Project) -> None:
    async with running(six, queue=True) as (_, pilot):
        await pilot.press("b", *"bob", "enter", "home", "enter")
        await opened(pilot, "k1")
        await pilot.press(">")
        await opened(pilot, "k5")
        await until(pilot, lambda: " by bob  2/2 " in screen(pilot)[0])
        await pilot.press("q")
        await until(pilot, lambda: screen(pilot)[3].startswith(" ◐ k5"))


async def test_the_list_says_how_to_leave_it_on_80_columns(six: Project) -> None:
    async with running(six, article=1, size=(80, 24)) as (_, pilot):
        await pilot.press("a", "S")
        for _order in range(4):
            assert "Esc back · ↑↓ · o: " in status(pilot) and "label key " in status(pilot)
            await pilot.press("o")
        await pilot.press("a")
        assert "Esc all · ↑↓ · o: in text order · / words · label key " in status(pilot)


async def test_without_a_filter_all_articles_are_gone_through(six: Project) -> None:
    async with running(six, queue=True) as (_, pilot):
        await pilot.press("home", "enter", ">")
        await opened(pilot, "k2")
        await until(pilot, lambda: "  2/6 " in screen(pilot)[0])


async def test_done_goes_through_those_that_are_done_where_the_filter_asks_for_them(six: Project) -> None:
    async with running(six, queue=True) as (_, pilot):
        await pilot.press("home", "enter", "space")
        await opened(pilot, "k2")
        await pilot.press("q", "F", "home", "enter")  # done: 1 and 4
        await opened(pilot, "k1")
        await pilot.press("space")
        await opened(pilot, "k4")
        await until(pilot, lambda: " done  2/2 " in screen(pilot)[0])


async def test_a_place_that_takes_long_is_counted_once_nobody_goes_on(
    six: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.tui.walk.PATIENCE", 0.0)
    counted = Store.queue_place
    asked: list[int] = []

    def counting(self: Store, annotator: str, chosen: QueueFilter, article: int, **more: Any) -> tuple[int, int]:
        asked.append(article)
        return counted(self, annotator, chosen, article, **more)

    monkeypatch.setattr(Store, "queue_place", counting)
    async with running(six, queue=True) as (app, pilot):
        await found(pilot, "taiz")
        await opened(pilot, "k2")
        await pilot.press(">", ">")
        await opened(pilot, "k5")
        await until(pilot, lambda: "“taiz”  3/3 " in screen(pilot)[0])
        assert asked[-1] == 5
        del asked[:]
        open_now = tag_screen(app)
        assert open_now._walk is not None
        tag_place._ask_late(open_now, open_now._walk, 4, open_now._placed)  # somebody has gone on meanwhile
        assert not open_now.is_at(4)
        assert asked == []
