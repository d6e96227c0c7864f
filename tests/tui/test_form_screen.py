"""The attribute form in the running app: what it opens on, what it keeps, and what a deleted span takes with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support import clock, load, record, rows
from textual import _wait, events
from textual.pilot import Pilot

from annotator.config import Settings
from annotator.core.edits import Add, Edit, SetAttribute
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.tui.app import AnnotatorApp
from annotator.tui.screens.form import FormBody, FormScreen
from annotator.tui.screens.tag import TagScreen

TEXT = "Houthi forces killed at least 3,000 people in Taiz, and Houthi forces left."
ACTOR, DEAD, TAIZ = Span("s1", 0, 13, "actor"), Span("s2", 21, 42, "casualty"), Span("s3", 46, 50, "location")

Running = AbstractAsyncContextManager[tuple[Pilot[None], TagScreen]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0005)


@pytest.fixture
def running(tmp_path: Path) -> Callable[..., Running]:
    @asynccontextmanager
    async def run(
        *edits: Edit, schema: str | Schema = "conflict-events", text: str = TEXT, size: tuple[int, int] = (80, 24)
    ) -> AsyncIterator[tuple[Pilot[None], TagScreen]]:
        known = load_schema(schema) if isinstance(schema, str) else schema
        Project.create(tmp_path / "p.db", known, clock=clock).close()
        with Project.open(tmp_path / "p.db", clock=clock) as project:
            load(project, record("a", text))
            session = project.session(1, "ana")
            session.do(edits)
            session.close()
            app = AnnotatorApp(project, annotator="ana", settings=Settings(), article=1)
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                screen = app.screen
                assert isinstance(screen, TagScreen)
                yield pilot, screen

    return run


async def on(pilot: Pilot[None], screen: TagScreen, span: Span, *keys: str) -> None:
    """Go to a span and press keys."""
    screen.act(lambda: screen.desk.pick(span))
    await pilot.press(*keys)
    await pilot.pause()


def attributes(screen: TagScreen, span: Span) -> dict[str, Any]:
    """Return what a span carries now."""
    here = screen.session.index.get(span.id)
    assert here is not None
    return dict(here.attributes)


def painted(pilot: Pilot[None]) -> str:
    """Return what the form shows."""
    body = pilot.app.screen.query_one(FormBody)
    return "\n".join(body.render_line(y).text.rstrip() for y in range(body.size.height))


async def test_a_casualty_in_three_keys(running: Callable[..., Running], tmp_path: Path) -> None:
    async with running(Add(ACTOR), Add(DEAD), Add(TAIZ)) as (pilot, screen):
        await on(pilot, screen, DEAD, "#")
        assert isinstance(pilot.app.screen, FormScreen)
        assert "min 3,000 · qualifier at least" in painted(pilot)
        assert "at least 3,000 people" in painted(pilot)
        await pilot.press("k", "enter")
        await pilot.pause()
        assert pilot.app.screen is screen
        made = {"outcome": "killed", "count": {"min": 3000, "qualifier": "at least"}}
        assert attributes(screen, DEAD) == made
        assert screen.desk.message == "attributes kept"
        screen.session.flush()
        (stored,) = rows(tmp_path / "p.db", "SELECT attributes FROM span WHERE label = 'casualty'")[0]
        assert '"killed"' in stored and "3000" in stored
        await pilot.press("u")
        assert attributes(screen, DEAD) == {}
        assert screen.session.undoable  # the spans that were there before: keeping was one step
        await pilot.press("U")
        assert attributes(screen, DEAD) == made


async def test_keys_that_come_in_one_burst_reach_the_form(running: Callable[..., Running]) -> None:
    async with running(Add(DEAD)) as (pilot, screen):
        screen.act(lambda: screen.desk.pick(DEAD))
        for key, character in (("number_sign", "#"), ("i", "i"), ("enter", "\r")):
            pilot.app.post_message(events.Key(key, character))
        for _ in range(5):
            await pilot.pause()
        assert attributes(screen, DEAD)["outcome"] == "injured"


async def test_escape_leaves_it_as_it_was(running: Callable[..., Running]) -> None:
    async with running(Add(DEAD)) as (pilot, screen):
        revision = screen.session.layer.revision
        await on(pilot, screen, DEAD, "enter", "k", "escape")
        assert not isinstance(pilot.app.screen, TagScreen)  # asked once, since something was set
        await pilot.press("escape")
        assert pilot.app.screen is screen
        assert screen.session.layer.revision == revision


async def test_the_article_ends_where_the_form_begins(running: Callable[..., Running]) -> None:
    text = "Nobody came.\n" * 60 + TEXT
    there = text.index("at least")
    dead = Span("s1", there, there + 21, "casualty")
    for_size = (80, 24)
    async with running(Add(dead), text=text, size=for_size) as (pilot, screen):
        before = screen.view.size.height
        await on(pilot, screen, dead, "#")
        await pilot.pause()
        body = pilot.app.screen.query_one(FormBody)
        assert screen.view.region.bottom == body.region.y
        assert screen.view.size.height >= 8
        shown = "\n".join(screen.view.render_line(y).text for y in range(screen.view.size.height))
        assert "3,000" in shown
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert pilot.app.screen.query_one(FormBody).region.y >= 3
        await pilot.resize_terminal(*for_size)
        await pilot.press("escape")
        await pilot.pause()
        assert screen.view.size.height == before


async def test_links_are_picked_and_go_with_their_target(running: Callable[..., Running]) -> None:
    other = Span("s4", 56, 69, "actor")
    async with running(Add(ACTOR), Add(DEAD), Add(TAIZ), Add(other)) as (pilot, screen):
        # Perpetrator and location are the last fields but one; the closest actor is the one before the span.
        await on(
            pilot, screen, DEAD, "#", *["up"] * 3, "enter", "space", "down", "space", "enter", "down", "t", "enter", "#"
        )
        linked = attributes(screen, DEAD)
        assert linked["perpetrator"] == ["s1", "s4"]
        assert linked["location"] == ["s3"]
        await on(pilot, screen, ACTOR, "x")
        assert attributes(screen, DEAD)["perpetrator"] == ["s4"]
        await on(pilot, screen, TAIZ, "l")  # untagged by the same key
        assert "location" not in attributes(screen, DEAD)
        assert not [p for p in screen.session.problems if p.code.startswith("link")]
        await pilot.press("u", "u")
        assert attributes(screen, DEAD) == linked
        assert screen.session.index.get("s1") == ACTOR
        assert screen.desk.span_here() == ACTOR  # what came back, not what links to it
        await pilot.press("U")
        assert attributes(screen, DEAD)["perpetrator"] == ["s4"]


async def test_links_of_the_article_go_with_their_target(running: Callable[..., Running]) -> None:
    schema = Schema.validated(
        {"name": "w", "version": "1", "labels": {"actor": {}}, "attributes": {"about": {"kind": "link"}}}
    )
    async with running(Add(ACTOR), SetAttribute("about", "s1"), schema=schema) as (pilot, screen):
        await on(pilot, screen, ACTOR, "x")
        assert screen.session.layer.attributes == {}
        await pilot.press("u")
        assert screen.session.layer.attributes == {"about": "s1"}


async def test_the_article_has_a_form_of_its_own(running: Callable[..., Running]) -> None:
    async with running(Add(DEAD)) as (pilot, screen):
        await on(pilot, screen, DEAD, "A", "e", "down", *"2025-03-04", "enter")
        assert screen.session.layer.attributes == {"relevance": "event", "event_date": "2025-03-04"}
        await pilot.press("u")
        assert screen.session.layer.attributes == {}


async def test_a_value_that_does_not_fit_is_not_kept(running: Callable[..., Running]) -> None:
    async with running() as (pilot, screen):
        await pilot.press("A", "down", "x", "enter")
        assert isinstance(pilot.app.screen, FormScreen)
        assert "is not a day of the calendar, write YYYY-MM-DD" in painted(pilot)
        await pilot.press("escape")
        assert screen.session.layer.attributes == {}


async def test_another_schema(running: Callable[..., Running]) -> None:
    person, party = Span("s1", 0, 6, "person"), Span("s2", 7, 13, "organisation")
    async with running(Add(person), Add(party), schema="persons-places") as (pilot, screen):
        await on(pilot, screen, person, "#", "space", "down", "2")
        assert "serves some body" in painted(pilot)  # the rule, at once
        await pilot.press("down", "enter", "enter")
        assert "serves some body" not in painted(pilot)
        await pilot.press("#")
        await pilot.pause()
        assert attributes(screen, person) == {"deceased": True, "functions": ["soldier"], "member_of": ["s2"]}


async def test_labels_and_attributes_that_the_schema_does_not_know(running: Callable[..., Running]) -> None:
    odd = Span("s1", 0, 6, "ghost", {"colour": "red\x1b[2J", "size": {"min": "big"}})
    async with running(Add(odd), Add(Span("s2", 7, 13, "phantom"))) as (pilot, screen):
        await on(pilot, screen, odd, "#")
        assert "is not in the schema" in painted(pilot)
        assert "\x1b" not in painted(pilot)
        await pilot.press("delete", "enter")
        await pilot.pause()
        assert attributes(screen, odd) == {"size": {"min": "big"}}
        await on(pilot, screen, Span("s2", 7, 13, "phantom"), "#")
        assert pilot.app.screen is screen
        assert "no attributes" in screen.desk.message
        screen.act(lambda: screen.desk.go(screen.desk.pointer.at(50)))
        await pilot.press("enter")
        assert "no span here" in screen.desk.message


async def test_a_field_is_reached_by_the_mouse_and_takes_what_is_pasted(running: Callable[..., Running]) -> None:
    async with running(Add(ACTOR)) as (pilot, screen):
        await on(pilot, screen, ACTOR, "#")
        row = next(y for y, line in enumerate(painted(pilot).split("\n")) if "canonical" in line)
        await pilot.click(FormBody, offset=(3, row))
        pilot.app.screen.post_message(events.Paste("Ansar\nAllah"))
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert attributes(screen, ACTOR) == {"name": "Ansar Allah"}
