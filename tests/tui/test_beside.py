"""Suggestions, another's layer, the span panel's keys and the line of facts, in the running app."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from piloting import screen, status, stored, tag_screen, until
from support import clock, load, reading_of, record
from textual import _wait, events
from textual.pilot import Pilot

from annotator.config import Settings
from annotator.core.spans import Span
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.tui.app import AnnotatorApp
from annotator.tui.screens import tag_layers
from annotator.tui.screens.dialogs import NoteScreen
from annotator.tui.screens.tag import TagScreen
from annotator.tui.widgets.panel import SpanPanel

NEWS = "Gunmen killed two near Taiz.\n\nDozens of families fled to Al-Fashir on Sunday."
PROPOSED = (Span("m1", 0, 6, "actor"), Span("m2", 30, 48, "displacement"))
GOLD = (Span("g1", 23, 27, "location"),)
OWN = (
    Span("s1", 0, 17, "casualty", {"outcome": "killed", "perpetrator": ["s2"]}, note="all?"),
    Span("s2", 0, 6, "location"),
    Span("s3", 57, 67, "location"),
)

Running = AbstractAsyncContextManager[tuple[Pilot[None], TagScreen]]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Running]:
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0005)

    @asynccontextmanager
    async def run(
        *own: Span, size: tuple[int, int] = (120, 30), ready: bool = True, text: str = NEWS, **settings: object
    ) -> AsyncIterator[tuple[Pilot[None], TagScreen]]:
        with Project.create(tmp_path / "p.db", load_schema("conflict-events"), clock=clock) as project:
            load(
                project,
                record("a", text, layer=reading_of("net", *PROPOSED, kind="model")),
                record("a", text, layer=reading_of("gold", *GOLD, kind="gold")),
                record("a", text, layer=reading_of("ana", *own)),
                record("b", "Nothing here.", layer=reading_of("gold", Span("g1", 0, 7, "actor"), kind="gold")),
            )
            app = AnnotatorApp(project, annotator="ana", settings=Settings(**settings), article=1)  # type: ignore[arg-type]
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                shown = tag_screen(app)
                if ready:
                    await until(pilot, lambda: shown.desk.offers.ready, what="suggestions are read")
                yield pilot, shown

    return run


def lanes(pilot: Pilot[None]) -> list[str]:
    """Return the lanes of suggestions and of another's spans."""
    view = pilot.app.screen.query_one("#article")
    shown = [view.render_line(y).text.strip() for y in range(view.size.height)]
    return [line for line in shown if line.startswith(("?", "="))]


async def test_suggestions_show_after_the_article_and_are_accepted_by_one_key(running: Callable[..., Running]) -> None:
    async with running() as (pilot, shown):
        assert lanes(pilot) == ["?actor", "?displacement┄┄┄┄┄"]
        assert "suggestion: actor · y accepts · X dismisses · model net" in status(pilot)
        assert any("model net" in line for line in screen(pilot)[:-1])  # in the panel
        await pilot.press("y")
        assert lanes(pilot) == ["?displacement┄┄┄┄┄"]
        shown.session.flush()
        assert stored(shown.owner.project) == ["actor:Gunmen"]
        await pilot.press("u")
        assert len(lanes(pilot)) == 2
        await pilot.press("tab", "X")
        assert lanes(pilot) == ["?actor"]
        await pilot.press("Y")
        assert lanes(pilot) == []
        shown.session.flush()
        assert stored(shown.owner.project) == ["actor:Gunmen"]


async def test_suggestions_are_hidden_by_a_key_and_by_the_settings(running: Callable[..., Running]) -> None:
    async with running(suggestions=False, ready=False) as (pilot, _):
        assert lanes(pilot) == []
        await pilot.press("y")
        assert "suggestions are hidden" in status(pilot)
        await pilot.press("H")
        await until(pilot, lambda: len(lanes(pilot)) == 2)
        await pilot.press("H")
        assert lanes(pilot) == []
        assert "suggestions are hidden" in status(pilot)
        await pilot.press("H")
        assert "2 suggestions" in status(pilot)
        assert len(lanes(pilot)) == 2


async def test_without_lanes_a_suggestion_is_underlined(running: Callable[..., Running]) -> None:
    async with running(density="off") as (pilot, shown):
        assert lanes(pilot) == []
        (segment,) = [s for s in shown.view.render_line(2) if s.text == "Dozens of families"]
        assert segment.style is not None and segment.style.underline


async def test_many_suggestions_are_read_elsewhere(
    running: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_layers, "READ_AT_ONCE", 1)
    monkeypatch.setattr(tag_layers, "COUNTED_AT_A_TIME", 1)
    text = NEWS + "\n\n" + "Nobody came.\n" * 100
    async with running(text=text, size=(120, 6)) as (pilot, shown):
        await until(pilot, lambda: "?actor" in lanes(pilot))
        await until(pilot, lambda: [shown.view._lines.height(row) for row in (0, 2)] == [2, 2])
        await pilot.press("y", "tab", "y")
        shown.session.flush()
        assert stored(shown.owner.project) == ["actor:Gunmen", "displacement:Dozens of families"]


async def test_another_layer_is_looked_at_and_never_changed(running: Callable[..., Running]) -> None:
    async with running(suggestions=False, ready=False) as (pilot, shown):
        await pilot.press("L")
        assert "beside yours: gold, 1 span" in status(pilot)
        assert lanes(pilot) == ["=loc"]
        await pilot.press("tab")
        assert "no spans yet" in status(pilot)
        await pilot.press(">")
        await until(pilot, lambda: shown.session.article.key == "b" and lanes(pilot) == ["=actor="])
        await pilot.press("L")
        assert "only your own spans" in status(pilot)
        assert lanes(pilot) == []
        shown.session.flush()
        assert stored(shown.owner.project, 1, "gold") == ["location:Taiz"]


async def test_of_several_others_one_is_asked_which(running: Callable[..., Running]) -> None:
    async with running(size=(120, 40)) as (pilot, shown):
        project = shown.owner.project
        for name, spans in (("bob", (Span("s1", 0, 6, "actor"),)), ("cleo", (Span("s1", 7, 13, "casualty"),))):
            load(project, record("a", NEWS, layer=reading_of(name, *spans)))
        await pilot.press("H")

        async def beside(*keys: str) -> list[str]:
            await pilot.press("L", *keys, "enter")
            await until(pilot, lambda: pilot.app.screen is shown, what="chosen")
            await pilot.pause()
            return [word[:4] for lane in lanes(pilot) for word in lane.split() if word.startswith("=")]

        assert await beside(*"cleo") == ["=cas"] and "beside yours: cleo, 1 span" in status(pilot)
        assert sorted(await beside(*"every")) == ["=act", "=cas", "=loc"]
        assert "beside yours: 3 others, 3 spans" in status(pilot)
        assert await beside(*"nobody") == [] and "only your own spans" in status(pilot)
        await pilot.press("L", "escape")
        assert lanes(pilot) == []


def listed(pilot: Pilot[None]) -> list[str]:
    """Return the head and the rows of the span panel."""
    panel = pilot.app.screen.query_one(SpanPanel)
    head = panel.query_one("#spans-head")
    rows = panel.query_one("#spans")
    lines = [head.render_line(0).text, *(rows.render_line(y).text for y in range(rows.size.height))]
    return [" ".join(line.split()) for line in lines if line.strip()]


async def test_keys_sort_and_filter_the_panel(running: Callable[..., Running]) -> None:
    async with running(*OWN, suggestions=False, ready=False) as (pilot, shown):
        rows = ["C Gunmen killed two", "L Gunmen", "L Al-Fashir"]
        assert listed(pilot) == ["SPANS 3", *rows]
        await pilot.press("S", "o")
        assert listed(pilot) == ["SPANS 3 by label", "L Gunmen", "L Al-Fashir", "C Gunmen killed two"]
        assert "LIST" in status(pilot)
        await pilot.press("o", "slash", *"gunmen")
        assert listed(pilot) == ["SPANS 2 of 3 “gunmen” newest first", "L Gunmen", "C Gunmen killed two"]
        await pilot.press("l")  # typed, not a label
        assert listed(pilot) == ["SPANS 0 of 3 “gunmenl” newest first"]
        await pilot.press("backspace", "enter", "l")
        assert listed(pilot) == ["SPANS 1 of 3 location “gunmen” ↕", "L Gunmen"]
        await pilot.press("escape")
        assert listed(pilot) == ["SPANS 3 newest first", "L Al-Fashir", "L Gunmen", "C Gunmen killed two"]
        await pilot.press("o", "o", "end")
        assert shown.desk.span_here() == OWN[2]
        await pilot.press("up", "up", "enter", "x")
        assert listed(pilot)[0] == "SPANS 2"
        assert "LIST" not in status(pilot)


async def test_the_panel_tells_of_no_keys_that_do_nothing_in_it(running: Callable[..., Running]) -> None:
    async with running(OWN[2], suggestions=False, ready=False) as (pilot, _shown):
        await pilot.press("tab")
        told = "x delete · [ ] { } edges · t retag"
        assert any(told in line for line in screen(pilot))
        await pilot.press("S")
        assert any("LOCATION" in line for line in screen(pilot))
        assert not any("delete" in line or "retag" in line for line in screen(pilot))
        await pilot.press("escape")
        assert any(told in line for line in screen(pilot))


async def test_an_edit_is_followed_in_a_filtered_panel(running: Callable[..., Running]) -> None:
    async with running(*OWN, suggestions=False, ready=False) as (pilot, _):
        await pilot.press("S", "l", "enter", "ctrl+home", "right", "l")
        assert listed(pilot) == ["SPANS 3 of 4 location", "L Gunmen", "L killed", "L Al-Fashir"]
        await pilot.press("u")
        assert listed(pilot) == ["SPANS 2 of 3 location", "L Gunmen", "L Al-Fashir"]
        await pilot.press("S", "escape", "escape")
        assert listed(pilot)[0] == "SPANS 3"


async def test_the_panel_comes_to_a_narrow_terminal_while_keys_go_to_it(running: Callable[..., Running]) -> None:
    async with running(*OWN, size=(80, 24), suggestions=False, ready=False) as (pilot, shown):
        panel = shown.query_one(SpanPanel)
        assert not panel.display
        await pilot.press("S", "down")
        await until(pilot, lambda: panel.display and panel.size.width > 0)
        assert shown.desk.span_here() == OWN[2]
        await pilot.press("escape")
        await until(pilot, lambda: not panel.display)


async def test_on_narrow_terminals_a_line_says_what_the_span_carries(running: Callable[..., Running]) -> None:
    async with running(*OWN, size=(80, 24)) as (pilot, shown):
        shown.act(lambda: shown.desk.pick(OWN[0]))
        await pilot.pause()
        line = screen(pilot)[-3]
        assert line.rstrip() == " casualty   outcome: killed  perpetrator: → Gunmen  “all?”"
        shown.act(lambda: shown.desk.pick(OWN[2]))
        await pilot.pause()
        assert screen(pilot)[-3].rstrip() == " location   no attributes · # sets them"
        await pilot.press("ctrl+end")
        assert screen(pilot)[-3].strip() == ""
        await pilot.resize_terminal(80, 12)  # there the article needs every line
        await until(pilot, lambda: not shown.query_one("#facts").display)


async def test_the_line_is_cut_with_a_mark(running: Callable[..., Running]) -> None:
    wordy = Span("s1", 0, 6, "actor", {"name": "Movement for the liberation of everything"}, note="x" * 60)
    async with running(wordy, size=(80, 24), suggestions=False, ready=False) as (pilot, _):
        line = screen(pilot)[-3].rstrip()
        assert line.startswith(" actor   name: Movement for the liberation of ever")
        assert line.endswith("…")
        assert len(line) <= 80


@pytest.mark.parametrize(("keys", "note"), [("hi\x13la", "hi"), ("hi\rla", "hi"), ("hi\x1bla", "")])
async def test_keys_behind_the_one_that_leaves_a_note_reach_the_article(
    running: Callable[..., Running], keys: str, note: str
) -> None:
    names = {"\x13": "ctrl+s", "\r": "enter", "\x1b": "escape"}
    async with running(suggestions=False, ready=False) as (pilot, shown):
        await pilot.press("M")
        await until(pilot, lambda: isinstance(pilot.app.screen, NoteScreen))
        for key in keys:
            pilot.app.post_message(events.Key(names.get(key, key), key))
        await until(pilot, lambda: pilot.app.screen is shown and len(shown.session.index) == 2)
        assert {span.label for span in shown.session.index} == {"location", "actor"}
        assert shown.session.head.note == note


async def test_keys_behind_the_one_that_chooses_an_action_reach_the_article(running: Callable[..., Running]) -> None:
    async with running(suggestions=False, ready=False) as (pilot, shown):
        for key, character in ((":", ":"), *((c, c) for c in "flag"), ("enter", "\r"), ("l", "l")):
            pilot.app.post_message(events.Key(key, character))
        await until(pilot, lambda: len(shown.session.index) == 1 and shown.session.head.status == "flagged")


async def test_messages_name_the_keys_in_force(running: Callable[..., Running]) -> None:
    keys = {"tag.all": ["f5"], "article.attributes": ["f6"], "tag.accept": ["f7"]}
    async with running(keys=keys) as (pilot, _):
        assert "F7 accepts" in status(pilot)
        await pilot.press("right", "f5")
        assert "F5 then tags the others" in status(pilot)
        await pilot.press("number_sign")
        assert "F6 has the attributes of the article" in status(pilot)


async def test_a_model_s_layer_that_cannot_be_read_leaves_the_article_usable(running: Callable[..., Running]) -> None:
    async with running(ready=False, suggestions=False) as (pilot, shown):
        with sqlite3.connect(shown.owner.project.path) as conn:
            conn.execute("UPDATE span SET attributes = '{' WHERE id = 'm1'")
        await pilot.press("H")
        assert shown.desk.offers.ready
        await pilot.press("1", "H", "H", "L", "L")
        assert len(shown.session.index) == 1


async def test_the_mouse_leaves_the_panel_s_keys_as_enter_does(running: Callable[..., Running]) -> None:
    async with running(*OWN, suggestions=False, ready=False, size=(80, 24)) as (pilot, shown):
        panel = shown.query_one(SpanPanel)
        assert not panel.display
        await pilot.press("S")
        assert panel.display
        shown.post_message(SpanPanel.Picked(OWN[2]))
        await pilot.pause()
        assert not panel.display
        assert "LIST" not in status(pilot)
        assert shown.desk.span_here() == OWN[2]
