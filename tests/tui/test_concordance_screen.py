"""The concordance screens under a pilot: from the inconsistent strings to the places, to a change and back again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from piloting import newsroom, opened, running, screen, stored, tag_screen, until
from rich.cells import cell_len
from support import load, reading_of, record
from textual import events
from textual.pilot import Pilot

from annotator.concordance import Look
from annotator.core.occurrences import Wanted
from annotator.core.spans import Span
from annotator.project import Project
from annotator.tui.app import AnnotatorApp
from annotator.tui.concordance_lines import hints
from annotator.tui.screens.concordance import ConcordanceScreen
from annotator.tui.screens.forms import FormsScreen, StringScreen
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.tick import TickScreen

NEWS = "Gunmen killed two near Taiz.\n\nTaiz is quiet \x1b[31m[bold]now[/]."
OTHER = "Nobody left Taiz on Sunday."


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        load(
            project,
            record("t1", NEWS, layer=reading_of("ana", Span("s1", 23, 27, "location"))),
            record("t1", NEWS, layer=reading_of("ben", Span("s1", 23, 27, "actor"), Span("s2", 30, 43, "location"))),
            record("t2", OTHER, layer=reading_of("ana", Span("s1", 12, 16, "location"))),
        )
        yield project


async def ready(app: AnnotatorApp, pilot: Pilot[None]) -> ConcordanceScreen:
    """Wait until the places are there and nothing is being changed."""

    def is_so() -> bool:
        shown = app.screen
        known = isinstance(shown, ConcordanceScreen) and shown._found is not None
        return known and not shown.said and not shown._working

    await until(pilot, is_so, what="the places are there")
    await pilot.pause()
    assert isinstance(app.screen, ConcordanceScreen)
    return app.screen


async def test_from_the_queue_to_the_places_of_a_string_and_to_the_article(project: Project) -> None:
    async with running(project, queue=True, size=(120, 24)) as (app, pilot):
        await pilot.press("c")
        await until(
            pilot, lambda: isinstance(app.screen, FormsScreen) and app.screen._forms is not None, what="strings"
        )
        await pilot.pause()
        lines = screen(pilot)
        assert "inconsistent strings" in lines[0]
        assert lines[2].split()[:6] == ["1", "50", "%", "Taiz", "is", "quiet"]
        assert lines[3].split()[:4] == ["1", "33", "%", "Taiz"]
        await pilot.press("down", "enter")
        await ready(app, pilot)
        lines = screen(pilot)
        assert "4 places · 3 articles · 2 inconsistent" in lines[0]
        assert [line.split()[0] for line in lines[2:6]] == ["≠", "≠", "k1", "t2"]
        assert lines[2].split()[-2:] == ["location", "actor"]
        assert lines[3].split()[-2:] == ["·", "(location)"]
        assert lines[4].split()[-2:] == ["–", "–"]
        assert lines[5].split()[-2:] == ["location", "–"]
        at = lines[5].index("Taiz")
        assert {line[at : at + 4] for line in lines[2:6]} == {"Taiz"}  # one below the other
        assert "\x1b" not in "".join(lines)
        await pilot.press("down", "enter")
        await opened(pilot, "t1")
        assert tag_screen(app).desk.place.extent == (30, 34)
        await pilot.press("l", "q")
        shown = await ready(app, pilot)
        assert shown._shown[shown.rows.current].start == 30  # where it was, read anew
        assert screen(pilot)[shown.rows.current + 2].split()[-2:] == ["location", "(location)"]
        await pilot.press("q")
        assert isinstance(app.screen, FormsScreen)
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)


async def test_a_change_is_shown_first_and_one_key_undoes_it(project: Project) -> None:
    async with running(project, queue=True, size=(100, 24)) as (app, pilot):
        from annotator.concordance import Look

        app.open_concordance(Look(Wanted("Taiz")))
        shown = await ready(app, pilot)
        article = project.store.article_by_key("t1")
        assert article is not None
        before = stored(project, article.id, "ben")
        await pilot.press("u")
        assert "nothing was changed here" in "".join(screen(pilot)[-4:])
        await pilot.press("L", "l")
        await pilot.pause()
        assert isinstance(app.screen, TickScreen)
        box = [line for line in screen(pilot) if "Taiz" in line and "→" in line]
        assert len(box) == 2
        assert box[0].split("│")[-2].split()[0] == "✓" and "actor" in box[0]
        assert box[1].split("│")[-2].split()[0] == "·"  # within another span: left out unless it is ticked
        await pilot.press("escape")
        await ready(app, pilot)
        assert stored(project, article.id, "ben") == before
        await pilot.press("l", "enter")
        await until(
            pilot, lambda: "1 place in 1 article changed; u takes it back" in "".join(screen(pilot)), what="done"
        )
        await ready(app, pilot)
        assert stored(project, article.id, "ben")[0] == "location:Taiz"
        await pilot.press("space", "space")
        assert "2 ticked" in screen(pilot)[0]
        await pilot.press("u")
        await until(pilot, lambda: "undone: “Taiz”: label location, ben" in "".join(screen(pilot)), what="undone")
        shown = await ready(app, pilot)
        assert stored(project, article.id, "ben") == before
        assert not shown._ticked


async def test_ticked_places_are_meant(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        from annotator.concordance import Look

        app.open_concordance(Look(Wanted("Taiz")))
        await ready(app, pilot)
        await pilot.press("down", "space", "a")
        await pilot.pause()
        assert sum("→" in line for line in screen(pilot)) == 1
        await pilot.press("enter")
        await until(pilot, lambda: "1 place in 1 article changed" in "".join(screen(pilot)), what="done")
        await ready(app, pilot)
        article = project.store.article_by_key("t1")
        assert article is not None
        assert stored(project, article.id) == ["location:Taiz", "actor:Taiz"]
        await pilot.press("*", "x", "enter")
        await until(pilot, lambda: "3 places in 2 articles changed" in "".join(screen(pilot)), what="done")
        assert stored(project, article.id) == []


async def test_a_long_change_can_be_stopped_and_undone(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from annotator.concordance import Look
    from annotator.tui.screens import concordance

    monkeypatch.setattr(concordance, "FRAME", -1.0)  # every article is painted, and keys are heard after each
    async with running(project, queue=True) as (app, pilot):
        app.open_concordance(Look(Wanted("Taiz")))
        shown = await ready(app, pilot)
        before = [stored(project, article) for article in (4, 5)]
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(app.screen, TickScreen)
        real = concordance.apply_plan

        def stopped(*given: Any, **more: Any) -> Iterator[Any]:
            for outcome in real(*given, **more):
                shown._stopped = True
                yield outcome

        monkeypatch.setattr(concordance, "apply_plan", stopped)
        await pilot.press("enter")
        await until(pilot, lambda: "stopped after 1 of 2 articles" in "".join(screen(pilot)), what="stopped")
        await ready(app, pilot)
        assert [stored(project, article) for article in (4, 5)] != before
        await pilot.press("u")
        await until(pilot, lambda: "undone: " in "".join(screen(pilot)), what="undone")
        assert [stored(project, article) for article in (4, 5)] == before


async def test_keys_typed_before_the_list_is_there(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        for key in ("c", "/", "escape", "down", "f", "u", "end"):  # all at once, as over a slow line
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: isinstance(app.screen, FormsScreen) and bool(app.screen._forms), what="the strings")


async def test_whoever_has_read_nothing_says_whose_layers_are_meant(project: Project) -> None:
    from annotator.concordance import Choice, Look

    async with running(project, queue=True) as (app, pilot):
        app.open_concordance(Look(Wanted("Taiz"), Choice(("ben",))))
        shown = await ready(app, pilot)
        await pilot.press("l")
        assert app.screen is shown and "L chooses whose layers" in "".join(screen(pilot)[-4:])
        await pilot.press("L", "l")
        await pilot.pause()
        assert isinstance(app.screen, TickScreen)


async def test_looking_otherwise(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        from annotator.concordance import Look

        app.open_concordance(Look(Wanted("taiz")))
        await ready(app, pilot)
        assert "0 places" in screen(pilot)[0] and "does not stand anywhere" in screen(pilot)[3]
        await pilot.press("I")
        await ready(app, pilot)
        assert "4 places" in screen(pilot)[0] and "any case" in screen(pilot)[0]
        await pilot.press("f")
        assert "t1" in screen(pilot)[3] and "t2" not in "".join(screen(pilot)[2:6])
        await pilot.press("/")
        await pilot.pause()
        assert isinstance(app.screen, StringScreen)
        await pilot.press(*"qu", "enter")
        shown = await ready(app, pilot)
        assert "“qu”" in screen(pilot)[0]
        await pilot.press("W")
        await until(pilot, lambda: "1 place ·" in screen(pilot)[0], what="parts of words")
        assert "parts of words" in screen(pilot)[0]
        await pilot.press("q")
        assert app.screen is not shown


async def test_from_the_words_that_are_selected(project: Project) -> None:
    article = project.store.article_by_key("t2")
    assert article is not None
    async with running(project, article=article.id) as (app, pilot):
        await opened(pilot, "t2")
        await pilot.press("tab", "K")
        await ready(app, pilot)
        assert "“Taiz”" in screen(pilot)[0]
        await pilot.press("q")
        await opened(pilot, "t2")
        assert tag_screen(app).desk.words_here() == "Taiz"
        await pilot.press("G", "q")
        await opened(pilot, "t2")
        assert tag_screen(app).desk.words_here() == "Taiz"
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
async def test_every_width(project: Project, width: int) -> None:
    assert cell_len(hints("a l c d", width)) <= width
    async with running(project, queue=True, size=(width, 24)) as (app, pilot):
        from annotator.concordance import Look

        app.open_concordance(Look(Wanted("Taiz")))
        await ready(app, pilot)
        lines = screen(pilot)
        assert all(cell_len(line) == width for line in lines)
        assert sum("Taiz" in line for line in lines[2:6]) == 4


async def test_q_leaves_the_program_where_it_was_opened_for_this(project: Project) -> None:
    async with running(project, queue=True, size=(100, 24), concordance=Look(Wanted("Taiz"))) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, ConcordanceScreen) and "Taiz" in screen(pilot)[2])
        await pilot.press("?")
        await pilot.pause()
        assert "tick this place, and on to the next" in " ".join(screen(pilot))
        await pilot.press("escape", "q")
        await until(pilot, lambda: not app.is_running, what="it has left")


async def test_the_strings_that_the_program_was_opened_for_are_what_their_places_lead_back_to(project: Project) -> None:
    async with running(project, queue=True, size=(100, 24), concordance=Look(None)) as (app, pilot):
        await until(pilot, lambda: isinstance(app.screen, FormsScreen) and bool(app.screen._forms))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, ConcordanceScreen)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(app.screen, FormsScreen)
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running, what="it has left")
