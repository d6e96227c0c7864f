"""The queue under a pilot: lists, filters, searches, opens, and resumes."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from piloting import NASTY, newsroom, opened, running, screen, stored, tag_screen, until
from support import clock, copied, load, reading_of, record, schema
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from annotator.config import Settings
from annotator.core.spans import Span
from annotator.errors import StoreError
from annotator.project import Project
from annotator.store.queries import Store
from annotator.store.queue import QueueFilter
from annotator.tui import app as app_module
from annotator.tui.app import AnnotatorApp
from annotator.tui.queue_window import MOST, PAGE
from annotator.tui.screens import tag_panes
from annotator.tui.screens.dialogs import HelpScreen, PickScreen
from annotator.tui.screens.queue import QueueScreen
from annotator.tui.screens.queue_fresh import SLOWLY, Freshness
from annotator.tui.widgets.rows import RowList


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


def listed(pilot: Pilot[None]) -> list[str]:
    """Return the names of the articles that are shown."""
    return [line[3:5] for line in screen(pilot)[2:-2] if re.match(r" [·◐⚑✓] k", line)]


def chips(pilot: Pilot[None]) -> str:
    """Return what the filter bar says, with single blanks."""
    return " ".join(screen(pilot)[1].split())


def queue_of(app: AnnotatorApp) -> QueueScreen:
    """Return the queue, which must be in front."""
    assert isinstance(app.screen, QueueScreen)
    return app.screen


async def at_rest(app: AnnotatorApp, pilot: Pilot[None]) -> None:
    """Wait until the queue has all its answers."""

    def rested() -> bool:
        queue = app.screen
        busy = not isinstance(queue, QueueScreen) or queue._looking or queue._found is None
        return not busy and "indexing" not in queue.message and "searching" not in queue.message

    await until(pilot, rested, what="the queue is at rest")
    await pilot.pause()


async def search(app: AnnotatorApp, pilot: Pilot[None], words: str, *, key: str = "slash") -> list[str]:
    """Type into the queue's input, and return what is listed then."""
    await pilot.press(key)
    app.screen.query_one(Input).value = words
    await pilot.press("enter")
    await at_rest(app, pilot)
    return listed(pilot)


async def test_queue_opens_at_what_is_to_do_and_enter_opens_it(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        assert isinstance(app.screen, QueueScreen)
        lines = screen(pilot)
        assert "3 articles  ✓ 1" in lines[0]
        assert chips(pilot) == "all articles 1 of 3"
        assert re.match(r" · k1 +Gunmen near Taiz", lines[2])
        assert lines[4].startswith(" ✓ k3")
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
        assert chips(pilot) == "all articles 3 of 3"
        await pilot.press("up", "home", "pagedown", "pageup")
        assert lit() == [0]


async def test_queue_filters_by_status(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        seen = {}
        for _ in range(5):
            await at_rest(app, pilot)
            seen[chips(pilot).split("Esc")[0].strip()] = listed(pilot)
            await pilot.press("f")
        todo = ["k1", "k2"]
        everything = {"all articles 1 of 3": ["k1", "k2", "k3"], "to do": todo, "open": [], "flagged": []}
        assert seen == {**everything, "done": ["k3"]}
        await pilot.press("а")  # the key of f on a Russian keyboard
        await at_rest(app, pilot)
        assert chips(pilot) == "to do Esc shows all 2 found"
        await pilot.press("F", "F")
        assert listed(pilot) == ["k3"]


async def test_nothing_matches_and_escape_shows_all_again(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("f", "f")
        await search(app, pilot, "[bold]\x1b[31m")
        assert await search(app, pilot, "2020", key="d") == []
        assert any("no article matches open · 2020-01-01..2020-12-31 · “[bold]" in line for line in screen(pilot))
        assert "\x1b" not in "".join(screen(pilot))
        await pilot.press("enter", "space", "down")  # nothing to open
        assert isinstance(app.screen, QueueScreen)
        await pilot.press("escape")
        assert listed(pilot) == ["k1", "k2", "k3"]


async def test_escape_keeps_the_article_in_hand(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("end")
        assert await search(app, pilot, "2020", key="d") == []
        await pilot.press("escape")
        assert chips(pilot) == "all articles 3 of 3"
        await pilot.press("f")
        await at_rest(app, pilot)
        await pilot.press("down", "escape")
        await until(pilot, lambda: chips(pilot) == "all articles 2 of 3", what="the article in hand again")
        await pilot.press("F", "enter")  # k3, done
        await opened(pilot, "k3")
        await pilot.press("O", "q")
        await at_rest(app, pilot)
        assert listed(pilot) == []
        await pilot.press("escape")
        assert chips(pilot) == "all articles 3 of 3"


async def test_queue_searches_and_opens_at_the_first_hit(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        assert await search(app, pilot, "famil") == ["k1"]
        assert "“famil”" in chips(pilot)
        row = screen(pilot)[2]
        assert "of families fled" in row
        strip = app.screen.query_one(RowList).render_line(0)
        lit = [s.text for s in strip if s.style and s.text == "families"]
        assert lit == ["families"]
        await pilot.press("enter")
        await opened(pilot, "k1")
        desk = tag_screen(app).desk
        assert desk.text[slice(*desk.place.extent)] == "families"
        await pilot.press("q")
        assert listed(pilot) == ["k1"]
        await pilot.press("escape")
        assert await search(app, pilot, "nowhere") == []
        assert any("no article matches “nowhere”" in line for line in screen(pilot))
        assert await search(app, pilot, '"*(') == ["k1", "k2", "k3"]
        await pilot.press("slash", "x", "escape")
        assert not app.screen.query_one(Input).display
        assert await search(app, pilot, "paris") == ["k2"]
        assert await search(app, pilot, "ки") == ["k3"]


async def test_indexing_shows_how_far_it_is_and_escape_stops_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, answers = threading.Event(), list[bool]()

    def index(tell: Callable[[int, int], bool]) -> None:
        answers.append(tell(1, 3000))
        assert go_on.wait(10)
        answers.append(tell(2, 3000))

    monkeypatch.setattr(project, "index_texts", index)
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("slash", *"taiz", "enter")
        await until(pilot, lambda: "1 of 3,000 · Esc stops" in screen(pilot)[-1], what="progress")
        await pilot.press("down")  # nothing waits meanwhile
        assert "looking …" in chips(pilot)
        assert queue_of(app).rows.current == 1
        await pilot.press("escape")
        assert listed(pilot) == ["k1", "k2", "k3"]
        go_on.set()
        await until(pilot, lambda: len(answers) == 2, what="it has stopped")
        assert answers == [True, False]
        assert listed(pilot) == ["k1", "k2", "k3"]


async def test_a_first_search_never_shows_the_count_of_before(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QueueScreen, "_counted", lambda screen, found: None)  # as if the count took for ever
    async with running(project, queue=True) as (_, pilot):
        assert "1 of 3" in chips(pilot)
        await pilot.press("slash", *"paris", "enter")
        await until(pilot, lambda: listed(pilot) == ["k2"], what="it has searched")
        assert "counting …" in chips(pilot)


@pytest.mark.parametrize("keys", [(), ("down",), ("escape",)], ids=["opens", "moved on", "gave it up"])
async def test_enter_before_the_answer_opens_the_first_that_was_found(
    project: Project, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    go_on = threading.Event()
    pages = Store.queue_page

    def slowly(self: Store, annotator: str, chosen: QueueFilter, **more: Any) -> Any:
        if chosen.days is not None:
            assert go_on.wait(10)
        return pages(self, annotator, chosen, **more)

    monkeypatch.setattr(Store, "queue_page", slowly)
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("end", "d", *"2026", "enter", "enter", *keys)
        assert isinstance(app.screen, QueueScreen)  # not what was shown before
        go_on.set()
        if not keys:
            await opened(pilot, "k1")
            return
        await at_rest(app, pilot)
        assert isinstance(app.screen, QueueScreen)
        assert (queue_of(app).chosen.days is None) == (keys == ("escape",))
        assert listed(pilot) == ["k1", "k2", "k3"]


async def test_an_answer_that_takes_long_is_waited_for_without_holding_the_screen(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    pages = Store.queue_page

    def slowly(self: Store, annotator: str, chosen: QueueFilter, **more: Any) -> Any:
        if chosen.days is not None:
            assert go_on.wait(10)
        return pages(self, annotator, chosen, **more)

    monkeypatch.setattr(Store, "queue_page", slowly)
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("d", *"2026", "enter")
        assert "looking …" in chips(pilot)
        await pilot.press("down")
        assert queue_of(app).rows.current == 1  # of the rows before, which are still there
        await pilot.press("escape", "f", "f")  # the filter is another one now: the answer comes too late
        assert listed(pilot) == []
        go_on.set()
        await pilot.press("f", "f")
        await at_rest(app, pilot)
        assert listed(pilot) == ["k3"]


async def test_a_hostile_hit_is_shown_as_it_stands(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        assert await search(app, pilot, "owned") == ["k2"]
        shown = screen(pilot)[2]
        assert "owned" in shown
        assert "[bold]" in NASTY and "[bold]" in shown
        assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e"}


@pytest.fixture
def annotated(tmp_path: Path) -> Iterator[Project]:
    """Four articles; bob has the second and third, with a location in the third; dates run backwards."""
    with Project.create(tmp_path / "four.db", schema(), clock=clock) as project:
        place, person = Span("s1", 0, 2, "location"), Span("s1", 0, 2, "actor", note="who?")
        load(
            project,
            record("k1", meta={"date": "2024-05-04"}),
            record("k2", meta={"published": "3 May 2024"}, layer=reading_of("bob", person, status="done")),
            record(
                "k3", meta={"date": "2024-05-02"}, layer=reading_of("bob", place, status="flagged", note="[b]hm\x1b")
            ),
            record("k4"),
        )
        yield project


async def test_filters_by_annotator_label_and_date_combine(annotated: Project) -> None:
    async with running(annotated, queue=True, size=(120, 24)) as (app, pilot):

        async def pick(key: str, words: str) -> list[str]:
            await pilot.press(key)
            assert isinstance(app.screen, PickScreen)
            await pilot.press(*words, "enter")
            await at_rest(app, pilot)
            return listed(pilot)

        assert await pick("b", "bob") == ["k2", "k3"]
        assert "by bob" in chips(pilot)
        assert "✎" in screen(pilot)[2]
        assert await pick("l", "location") == ["k3"]
        assert "✎ [b]hm␛" in screen(pilot)[-2]
        assert await search(app, pilot, "2024-05-03..", key="d") == []
        assert chips(pilot) == "by bob location 2024-05-03.. Esc shows all 0 found"
        assert await pick("l", "any") == ["k2"]
        await pilot.press("d")
        assert app.screen.query_one(Input).value == "2024-05-03.."
        app.screen.query_one(Input).value = "yesterday"
        await pilot.press("enter")
        assert "no such days" in screen(pilot)[-1]
        await pilot.press("escape", "escape")
        assert listed(pilot) == ["k1", "k2", "k3", "k4"]
        assert await search(app, pilot, "2024", key="d") == ["k1", "k2", "k3"]
        await pilot.press("l", "escape")
        assert listed(pilot) == ["k1", "k2", "k3"]


async def test_a_label_s_key_finds_it_first(annotated: Project) -> None:
    async with running(annotated, queue=True) as (app, pilot):
        await pilot.press("l", "a")
        assert next(line.split()[1:3] for line in screen(pilot) if " actor " in line) == ["a", "actor"]
        await pilot.press("enter")
        await at_rest(app, pilot)
        assert listed(pilot) == ["k2"]  # and not those with any label
        await pilot.press("l", "n", "enter")
        await at_rest(app, pilot)
        assert listed(pilot) == ["k1", "k2", "k3", "k4"]  # "any" by its letter: no label has that key


async def test_the_filter_of_nobody_else_is_everybodys_labels(annotated: Project) -> None:
    async with running(annotated, queue=True) as (app, pilot):
        await pilot.press("l", *"actor", "enter")
        await at_rest(app, pilot)
        assert listed(pilot) == ["k2"]
        assert "bob ✓" in screen(pilot)[-2]
        assert "2024-05-03" in screen(pilot)[-2]


async def test_queue_by_mouse(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.click(RowList, offset=(5, 1))
        assert isinstance(app.screen, QueueScreen)
        assert app.screen.query_one(RowList).current == 1
        await pilot.click(RowList, offset=(5, 9))  # below the last one
        await pilot.click(RowList, offset=(5, 1))
        await opened(pilot, "k2")


@pytest.fixture(scope="module")
def many_articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "many.db"
    with Project.create(path, schema(), clock=clock) as project:
        load(project, *(record(f"k{number:04}") for number in range(1, 2501)))
    return path


@pytest.fixture
def many(many_articles: Path, tmp_path: Path) -> Iterator[Project]:
    with Project.open(copied(many_articles, tmp_path / "many.db"), clock=clock) as project:
        yield project


KEYS = [
    (("end",), 2500),
    (("end", "home"), 1),
    (("end", "pageup"), 2480),
    (("end", "up", "up"), 2498),
    (("pagedown",) * 30, 601),
    (("down",) * 150, 151),
    (("end", *["pageup"] * 70), 1100),
    (("end", "home", *["pagedown"] * 70), 1401),
]


@pytest.mark.parametrize(("keys", "article"), KEYS, ids=lambda value: str(value)[:40])
async def test_keys_move_through_the_whole_queue(many: Project, keys: tuple[str, ...], article: int) -> None:
    async with running(many, queue=True, size=(80, 25)) as (app, pilot):
        queue = queue_of(app)
        for key in keys:
            await pilot.press(key)
        assert queue.here == article
        assert chips(pilot) == f"all articles {article:,} of 2,500"
        assert len(queue.window.rows) <= MOST
        lit = queue.rows.current - queue.rows.scroll_offset.y
        assert f"k{article:04}" in screen(pilot)[2 + lit]


async def test_coming_back_reads_only_the_rows_around_the_article(many: Project) -> None:
    async with running(many, queue=True) as (app, pilot):
        await pilot.press("end", "up", "enter")
        await opened(pilot, "k2499")
        await pilot.press("q")
        queue = queue_of(app)
        assert queue.here == 2499
        assert len(queue.window.rows) == PAGE + 2
    many.flush()
    async with running(many, queue=True) as (app, pilot):
        assert queue_of(app).here == 2499
        await pilot.press("home", "down", "down", "q")
    many.flush()
    assert many.store.place("ana") == 3


async def test_the_filtered_queue_grows_off_the_screens_thread(many: Project) -> None:
    async with running(many, queue=True) as (app, pilot):
        await search(app, pilot, "families")
        queue = queue_of(app)
        assert queue._found == 2500
        for _ in range(20):
            await pilot.press("pagedown")
            await until(pilot, lambda: not queue._growing, what="it has grown")
        assert queue.here > 2 * PAGE
        await pilot.press("end")
        await until(pilot, lambda: queue.here == 2500, what="the end")
        await pilot.press("home")
        await until(pilot, lambda: queue.here == 1, what="the beginning")


async def test_rows_that_are_read_anew_while_more_are_asked_for_do_not_end_the_list(
    many: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    pages = Store.queue_page

    def slowly(self: Store, annotator: str, chosen: QueueFilter, **more: Any) -> Any:
        assert go_on.wait(10)
        return pages(self, annotator, chosen, **more)

    async with running(many, queue=True) as (app, pilot):
        await search(app, pilot, "families")
        queue = queue_of(app)
        fresh = Freshness(queue)
        with Project.open(many.path, clock=clock) as other:
            other.add_annotator("bo")
        monkeypatch.setattr(Store, "queue_page", slowly)
        for _ in range(SLOWLY):
            fresh.look()  # asks for the rows that are there, as they are now
        while not queue._growing:
            await pilot.press("pagedown")  # asks for those after them
        go_on.set()
        await until(pilot, lambda: len(queue.window.rows) > PAGE and not queue.busy, what="it has grown")
        await at_rest(app, pilot)
        assert "2,500 found" in chips(pilot)


async def test_next_to_do_leaves_the_filter(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.press("F")
        assert listed(pilot) == ["k3"]
        await pilot.press("n")
        await until(pilot, lambda: queue_of(app).here == 1, what="the first to do")
        await pilot.press("n")
        await until(pilot, lambda: queue_of(app).here == 2, what="the second")
        await pilot.press("n", "n")
        assert queue_of(app).here == 2


async def test_help_in_the_queue_and_quitting(project: Project) -> None:
    async with running(project, queue=True, size=(100, 50)) as (app, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        shown = "\n".join(screen(pilot))
        assert "open the article" in shown and shown.index("all articles again") < shown.index("Labels")
        await pilot.press("x")
        assert isinstance(app.screen, QueueScreen)
        await pilot.press("q")
        assert app._exit


async def test_the_queue_s_keys_are_those_of_the_settings(project: Project) -> None:
    settings = Settings(
        keys={"queue.down": ["j"], "filter.status": ["f5"], "screen.help": ["f2"], "screen.leave": ["ctrl+x"]}
    )
    async with running(project, queue=True, settings=settings) as (app, pilot):
        assert "F5 b l d filter" in screen(pilot)[-1] and "^X quits" in screen(pilot)[-1]
        await pilot.press("down", "f", "q")
        assert (queue_of(app).rows.current, queue_of(app).chosen) == (0, QueueFilter())
        await pilot.press("j")
        assert queue_of(app).rows.current == 1
        await pilot.press("f5")
        assert queue_of(app).chosen.status == "todo"
        await pilot.press("f2")
        assert re.search(r"F5 +by status", "\n".join(screen(pilot)))
        await pilot.press("escape", "ctrl+x")
        assert app._exit


async def test_all_actions_of_the_queue_are_in_its_palette(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        await pilot.press(":", *"last article", "enter")
        await until(pilot, lambda: queue_of(app).rows.current == 2, what="the last one is in hand")
        await pilot.press("ctrl+p", *"by label")
        assert any(re.search(r"Filter: by label +l ", line) for line in screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "any" in "\n".join(screen(pilot)), what="labels to pick from")


@pytest.mark.parametrize("size", [(40, 10), (60, 12), (80, 24), (200, 50)], ids=str)
async def test_the_queue_at_any_size(annotated: Project, size: tuple[int, int]) -> None:
    async with running(annotated, queue=True, size=size) as (app, pilot):
        assert listed(pilot)[0] == "k1"
        assert await search(app, pilot, "soldiers") == ["k1", "k2", "k3", "k4"]
        assert "soldiers" in screen(pilot)[2]
        await pilot.resize_terminal(size[0] + 5, size[1])
        await until(pilot, lambda: {len(line) for line in screen(pilot)} == {size[0] + 5}, what="the new width")
        assert "soldiers" in screen(pilot)[2]


@pytest.mark.parametrize("meta", ["{", "[]", "7"])
async def test_an_article_with_damaged_metadata_does_not_keep_the_queue_from_opening(
    project: Project, meta: str
) -> None:
    with sqlite3.connect(project.path) as conn:
        conn.execute("UPDATE article SET meta = ? WHERE id = 1", (meta,))
    async with running(project, queue=True) as (_, pilot):
        assert listed(pilot) == ["k1", "k2", "k3"]
        assert "damaged" in screen(pilot)[-2]
        await pilot.press("down", "enter")
        await opened(pilot, "k2")


FAILING = {
    "count": ["down"], "position": ["down"], "progress": ["F"], "queue_count": ["F"], "queue_page": ["F"], "unindexed": [*"/x", "enter"],
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
async def test_what_the_store_cannot_answer_is_one_line_and_the_queue_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*values: Any, **more: Any) -> Any:
        raise StoreError("the disk went away: input/output error")

    async with running(project, queue=True) as (app, pilot):
        await at_rest(app, pilot)
        with monkeypatch.context() as broken:
            broken.setattr(Store, name, fail)
            await pilot.press(*FAILING[name])
            await until(pilot, lambda: "the disk went away" in "\n".join(screen(pilot)), what="it is told")
            assert app.is_running
        await pilot.press("escape", "f", "escape")
        await at_rest(app, pilot)
        assert listed(pilot) == ["k1", "k2", "k3"]
        assert "the disk went away" not in "\n".join(screen(pilot))


async def test_a_search_that_cannot_be_read_shows_no_rows_of_before(annotated: Project) -> None:
    async with running(annotated, queue=True) as (app, pilot):
        assert len(await search(app, pilot, "soldiers")) > 1
        with sqlite3.connect(annotated.path) as conn:
            conn.execute("UPDATE article SET title = CAST(x'41ff' AS TEXT) WHERE id = 2")
        await pilot.press("escape")
        await at_rest(app, pilot)
        await pilot.press("slash", *"soldiers", "enter")
        await until(pilot, lambda: "could not be read" in chips(pilot), what="it is told")
        await at_rest(app, pilot)
        assert listed(pilot) == [] and "found" not in chips(pilot)
        assert "is damaged" in screen(pilot)[-1]
        with sqlite3.connect(annotated.path) as conn:
            conn.execute("UPDATE article SET title = 'A' WHERE id = 2")
        assert len(await search(app, pilot, "soldiers")) > 1


async def test_the_queue_opens_also_where_the_place_cannot_be_read(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*values: Any) -> Any:
        raise StoreError("the disk went away: input/output error")

    monkeypatch.setattr(Store, "place", fail)
    async with running(project, queue=True) as (_, pilot):
        assert "the disk went away" in screen(pilot)[-1]
        await pilot.press("escape", "f", "escape")
        assert listed(pilot) == ["k1", "k2", "k3"]


async def test_a_key_goes_to_what_is_to_do_and_round_to_the_beginning(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        places = [queue_of(app).here]
        for _ in range(2):
            await pilot.press("n")
            places.append(queue_of(app).here)
        assert places == [1, 2, 1]


@pytest.mark.parametrize("gives_up", [False, True], ids=["waits", "gives up"])
async def test_leaving_says_that_another_program_holds_the_file(
    project: Project, monkeypatch: pytest.MonkeyPatch, gives_up: bool
) -> None:
    monkeypatch.setattr(app_module, "A_MOMENT", 0.05)
    other = sqlite3.connect(project.path, isolation_level=None)
    async with running(project, article=1) as (app, pilot):
        session = tag_screen(app).session
        other.execute("BEGIN IMMEDIATE")
        await pilot.press("1", "ctrl+q")
        await until(pilot, lambda: "another program holds the file" in "\n".join(screen(pilot)), what="it is told")
        assert not app._exit
        if gives_up:
            await pilot.press("ctrl+q")
            assert app.lost == 1
        else:
            assert session.state == "saving"
            other.execute("ROLLBACK")
        await until(pilot, lambda: app._exit, what="it leaves")
    if gives_up:
        other.execute("ROLLBACK")
    else:
        assert (app.lost, session.state) == (0, "saved")
        assert len(stored(project)) == 1
    other.close()


def burst(app: AnnotatorApp, keys: str) -> None:
    """Send keys as they come over a slow line: all before the first is answered."""
    names = {"\r": "enter", "/": "slash", "\x1b": "escape"}
    for key in keys:
        app.post_message(events.Key(names.get(key, key), key))


async def test_keys_after_enter_in_one_burst_are_the_article_s(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        burst(app, "\r1")
        await opened(pilot, "k1")
        await until(pilot, lambda: len(tag_screen(app).session.index) == 1, what="it is tagged")


async def test_a_search_typed_in_one_burst_is_whole(project: Project) -> None:
    async with running(project, queue=True) as (app, pilot):
        burst(app, "/taiz\r")
        await until(pilot, lambda: queue_of(app).chosen.words == "taiz", what="it is searched for")
        await at_rest(app, pilot)
        assert listed(pilot) == ["k1"]
        burst(app, "/x\x1bf")
        await until(pilot, lambda: queue_of(app).chosen.status == "todo", what="the status is chosen")
        assert queue_of(app).chosen.words == "taiz"


async def test_keys_for_a_long_article_wait_until_it_is_open(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_panes, "LONG", 10)
    async with running(project, queue=True) as (app, pilot):
        burst(app, "\r1q")
        await until(pilot, lambda: len(stored(project)) == 1, what="it is tagged")
        await until(pilot, lambda: app.screen is queue_of(app), what="the queue is back")
