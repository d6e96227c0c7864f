"""The screens over a small database, driven by a pilot: what keys and mouse do is in the file afterwards."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support import clock, load, reading_of, record, rows, schema
from textual import _wait
from textual.pilot import Pilot
from textual.widgets import Input

from annotator.config import Settings
from annotator.core.spans import Span
from annotator.project import Project
from annotator.tui.app import AnnotatorApp
from annotator.tui.article import ArticleView
from annotator.tui.screens.dialogs import HelpScreen, NoteArea, NoteScreen, PickScreen
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.tag import TagScreen
from annotator.tui.widgets.panel import SpanPanel
from annotator.tui.widgets.rows import RowList

NEWS = "Gunmen killed two near Taiz.\n\nDozens of families fled to Al-Fashir on Sunday."
NASTY = "Title [bold]x[/] \x1b[31mred\x1b]0;owned\x07 \x9b2J\u202e"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0005)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "news.db", schema(), clock=clock) as project:
        load(
            project,
            record("k1", NEWS, title="Gunmen near Taiz"),
            record("k2", f"{NASTY} Paris.", title=NASTY),
            record("k3", "Ну и ну. Київ.", title="Київ", layer=reading_of("ana", status="done")),
        )
        yield project


@asynccontextmanager
async def running(
    project: Project, *, size: tuple[int, int] = (100, 24), queue: bool = False, article: int | None = None
) -> AsyncIterator[tuple[AnnotatorApp, Pilot[None]]]:
    app = AnnotatorApp(project, annotator="ana", settings=Settings(), article=article, queue=queue)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


async def until(pilot: Pilot[None], condition: Callable[[], bool], *, what: str = "") -> None:
    """Wait until something is so, 5 s at most."""
    for _ in range(1000):
        if condition():
            return
        await pilot.pause(0.005)
    pytest.fail(f"never: {what or condition}\n" + "\n".join(screen(pilot)))


def screen(pilot: Pilot[None]) -> list[str]:
    """Return the text of the lines on the screen."""
    height = pilot.app.size.height
    return ["".join(segment.text for segment in line) for line in pilot.app.screen._compositor.render_strips()[:height]]


def status(pilot: Pilot[None]) -> str:
    return screen(pilot)[-1]


def tag_screen(app: AnnotatorApp) -> TagScreen:
    assert isinstance(app.screen, TagScreen)
    return app.screen


def stored(project: Project, article: int = 1, annotator: str = "ana") -> list[str]:
    """Return what the file says about an annotator's spans, read by another connection."""
    found = rows(
        project.path,
        "SELECT s.label, s.start, s.end, r.text FROM span s JOIN layer l ON l.id = s.layer JOIN article r ON r.id = l.article "
        "JOIN annotator a ON a.id = l.annotator WHERE r.id = ? AND a.name = ? ORDER BY s.start, s.end DESC, s.label",
        (article, annotator),
    )
    return [f"{label}:{text[start:end]}" for label, start, end, text in found]


async def saved(app: AnnotatorApp, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: "● saved" in status(pilot), what="saved")


# The queue -------------------------------------------------------------------------------------------------------


async def test_queue_opens_at_what_is_to_do_and_enter_opens_it(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        assert isinstance(app.screen, QueueScreen)
        lines = screen(pilot)
        assert "3 articles  ✓ 1" in lines[0]
        assert re.match(r" · k1 +Gunmen near Taiz", lines[1])
        assert lines[3].startswith(" ✓ k3")
        await pilot.press("enter")
        assert tag_screen(app).session.article.key == "k1"
        await pilot.press("q")
        assert isinstance(app.screen, QueueScreen)
        await pilot.press("down", "space")
        assert tag_screen(app).session.article.key == "k2"


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
        assert tag_screen(app).session.article.key == "k1"
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
        assert tag_screen(app).session.article.key == "k2"


async def test_queue_reads_on_as_one_scrolls_and_comes_back_to_the_same_place(tmp_path: Path) -> None:
    with Project.create(tmp_path / "many.db", schema(), clock=clock) as project:
        load(project, *(record(f"k{number:04}") for number in range(1, 451)))
        async with running(project, queue=True) as (app, pilot):
            queue = app.screen
            assert isinstance(queue, QueueScreen)
            rows_ = queue.query_one(RowList)
            assert rows_.count == 200
            for _ in range(5):
                await pilot.press("end")
            await until(pilot, lambda: rows_.count == 450, what="all read")
            await pilot.press("end", "enter")
            assert tag_screen(app).session.article.key == "k0450"
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


# Tagging ---------------------------------------------------------------------------------------------------------


async def test_keys_change_the_file_and_the_queue_shows_it(project: Project) -> None:
    async with running(project) as (app, pilot):
        assert tag_screen(app).session.article.key == "k1"
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
        assert "1 spans" in line
        assert "◐ 1" in screen(pilot)[0]


async def test_space_marks_done_and_goes_on_until_all_are_done(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("space")
        assert tag_screen(app).session.article.key == "k2"
        assert "done: “Gunmen near Taiz”" in status(pilot)
        await pilot.press("space")
        assert tag_screen(app).session.article.key == "k2"
        assert "all articles are done" in status(pilot)
        assert "✓ done" in screen(pilot)[0]
        await pilot.press("less_than_sign", "O")
        assert tag_screen(app).session.article.key == "k1"
        await saved(app, pilot)
    assert dict(rows(project.path, "SELECT article, status FROM layer")) == {1: "open", 2: "done", 3: "done"}


async def test_next_and_previous_article(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("a", "less_than_sign")
        assert "this is the first article" in status(pilot)
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
        assert "this is the last article" in status(pilot)
        assert tag_screen(app).session.article.key == "k3"
        await pilot.press("full_stop")  # the label used last is still known here
        await saved(app, pilot)
        assert stored(project, 3) == ["actor:Ну"]
        await pilot.press("less_than_sign", "less_than_sign")
        assert "1 spans" in status(pilot)


async def test_done_is_refused_with_the_reason(project: Project) -> None:
    async with running(project) as (app, pilot):
        await pilot.press("d", "space")
        assert tag_screen(app).session.article.key == "k1"
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


# Mouse, panel, sizes ---------------------------------------------------------------------------------------------


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


async def test_lane_density(project: Project) -> None:
    async with running(project) as (app, pilot):
        densities = []
        for _ in range(3):
            await pilot.press("V")
            densities.append(app.screen.query_one(ArticleView).density)
        assert densities == ["all", "off", "overlaps"]


# What comes from outside -----------------------------------------------------------------------------------------


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


# Saving ----------------------------------------------------------------------------------------------------------


def run_sql(project: Project, sql: str) -> None:
    project.writer.submit(lambda conn: conn.execute(sql).fetchall()).result()


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
        assert tag_screen(app).session.article.key == "k1"
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


# One key, one frame ----------------------------------------------------------------------------------------------


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
