"""The tutorial in the app: all exercises by keys, and that nothing of it is left behind."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from piloting import screen, status, until
from support import clock
from textual import _wait
from textual.pilot import Pilot

from annotator.config import Settings
from annotator.errors import InputError
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.tui import tutor
from annotator.tui.course import Course
from annotator.tui.prompts import HintPrompt
from annotator.tui.screens.form import FormScreen
from annotator.tui.screens.tick import TickScreen
from annotator.tui.screens.tutor import SummaryScreen, TutorScreen, closing_lines
from annotator.tui.tutor import TutorApp, run_tutor, sample

SIZES = [(80, 24), (120, 40), (40, 10)]


@asynccontextmanager
async def learning(
    folder: Path, *, size: tuple[int, int] = (80, 24), settings: Settings | None = None, exercise: int = 1
) -> AsyncIterator[tuple[TutorApp, Pilot[None]]]:
    """Run the tutorial under a pilot."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
        patch.setattr(_wait, "SLEEP_IDLE", 0.0005)
        with Project.create(folder / "t.db", load_schema(tutor.SCHEMA), clock=clock) as project:
            app = TutorApp(project, settings=settings or Settings(), exercise=exercise)
            async with app.run_test(size=size) as pilot:
                await until(pilot, lambda: isinstance(app.screen, TutorScreen) and app.screen._desk is not None)
                yield app, pilot


def jump_letters(app: TutorApp, words: str) -> str:
    """Return the letters that are painted on a word, in the jump that has begun."""
    shown = app.screen
    assert isinstance(shown, TutorScreen)
    assert isinstance(shown._prompt, HintPrompt)
    offset = sample().index(words)
    return next(code for code, at in shown._prompt._hints.items() if at == offset)


# What a new annotator types; the jump and the boxes of exercises 5, 7 and 8 need a look at the screen.
KEYS = {
    0: ("n", "n", "l"),
    1: ("n", "n", *["n"] * 5, "left", "left", *["shift+right"] * 3, "c"),
    2: ("tab", "tab", "[", "tab", "tab", "{"),
    3: ("shift+tab", "t", "a", *["shift+tab"] * 3, "x", "u", "U"),
    5: ("/", *"The Taiz", "enter", "}", "a", "/", *"taiz", "enter", "l", "shift+tab"),
}


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
async def test_all_exercises_by_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    async with learning(tmp_path, size=size) as (app, pilot):
        course = app.course
        for number in range(len(course.exercises)):
            assert (course.number, course.reached) == (number, 0)
            if number in KEYS:
                await pilot.press(*KEYS[number])
            else:
                await WITH_BOXES[number](app, pilot)
            await until(pilot, lambda: course.done, what=f"exercise {number + 1} is passed")
            assert any("✓ Done" in line for line in screen(pilot))
            await pilot.press("enter")
        assert course.passed == set(range(8))
        await until(pilot, lambda: isinstance(app.screen, SummaryScreen), what="the summary")
        assert any("All 8 exercises are done" in line for line in screen(pilot))
        assert any("annotator demo" in line for line in screen(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: not app.is_running, what="left")
    assert app.return_code == 0


async def _jump(app: TutorApp, pilot: Pilot[None]) -> None:
    await pilot.press("/", *"Aden")
    assert app.course.reached == 0  # nothing counts while one types
    await pilot.press("enter")
    assert app.course.reached == 1
    await pilot.press("down", "down", "f")
    await pilot.press(*jump_letters(app, "school"), "ctrl+home")


async def _fill(app: TutorApp, pilot: Pilot[None]) -> None:
    await pilot.press("tab", "tab", "tab", "#")
    assert isinstance(app.screen, FormScreen)
    assert any("at least 12" in line for line in screen(pilot)[8:])
    await pilot.press("k", "enter")


async def _finish(app: TutorApp, pilot: Pilot[None]) -> None:
    await pilot.press(*["tab"] * 7, "R")
    assert isinstance(app.screen, TickScreen)
    await pilot.press("down", "space", "enter")
    await until(pilot, lambda: app.course.reached == 1, what="all are tagged")
    await pilot.press("m", *"toll?", "enter")
    await until(pilot, lambda: app.course.reached == 2, what="the note is there")
    await pilot.press("!", "!", "space")


WITH_BOXES = {4: _jump, 6: _fill, 7: _finish}


async def test_wrong_keys_do_not_pass(tmp_path: Path) -> None:
    async with learning(tmp_path) as (app, pilot):
        await pilot.press("n", "l", "n", "a")  # the other Taiz, and the other label
        assert app.course.reached == 1
        assert not any("✓ Done" in line for line in screen(pilot))
        await pilot.press("enter")  # the form of the span here: nothing was passed
        assert isinstance(app.screen, FormScreen)
        await pilot.press("escape", "t", "l")
        assert app.course.done


async def test_skip_back_hint_and_a_fresh_beginning(tmp_path: Path) -> None:
    async with learning(tmp_path) as (app, pilot):
        assert "1/8" in screen(pilot)[1]
        await pilot.press("h")
        assert any("Hint: " in line for line in screen(pilot))
        await pilot.press("h")
        assert not any("Hint: " in line for line in screen(pilot))
        await pilot.press("g", "tab", "x")
        assert app.course.passed == set()
        assert "2/8" in screen(pilot)[1]
        await pilot.press("g", "b")
        assert "2/8" in screen(pilot)[1]
        assert "location  1" in screen(pilot)[-2]  # what was deleted before is there again
        await pilot.press("u")
        assert "nothing to undo" in status(pilot)  # how an exercise begins is not undone
        await pilot.press("b", "b", "b")
        assert "1/8" in screen(pilot)[1]
        await pilot.press(*["g"] * 8)
        await until(pilot, lambda: isinstance(app.screen, SummaryScreen), what="the summary")
        assert sum("skipped" in line for line in screen(pilot)) == 8
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, TutorScreen), what="back")


async def test_the_persons_own_keys_and_colours(tmp_path: Path) -> None:
    settings = Settings(theme="light", keys={"move.next-name": ["g"], "tag.delete": ["f2"]})
    async with learning(tmp_path, settings=settings) as (app, pilot):
        assert app.look.palette.name == "light"
        assert " k skip" in screen(pilot)[7]
        await pilot.press("g", "g", "l", "enter", "k")
        assert app.course.number == 2
        assert app.course.passed == {0}


@pytest.mark.parametrize("exercise", [2, 8])
async def test_it_begins_at_the_exercise_that_was_asked_for(tmp_path: Path, exercise: int) -> None:
    async with learning(tmp_path, exercise=exercise) as (app, pilot):
        assert f" {exercise}/8 " in screen(pilot)[1]
        await pilot.press("b")
        assert f" {exercise - 1}/8 " in screen(pilot)[1]
        assert app.course.passed == set()


async def test_letters_of_other_keyboards_are_the_guides_too(tmp_path: Path) -> None:
    async with learning(tmp_path) as (app, pilot):
        await pilot.press("п")  # g
        assert app.course.number == 1


@pytest.mark.parametrize("size", [*SIZES, (20, 6), (200, 60)], ids=str)
async def test_every_size_shows_the_step_in_hand_and_the_article(tmp_path: Path, size: tuple[int, int]) -> None:
    async with learning(tmp_path, size=size) as (app, pilot):
        for keys in (("h",), ("g", "h"), ("g",), ("V",), ("n", "a", "#", "escape", "escape")):
            await pilot.press(*keys)
            if isinstance(app.screen, TutorScreen):
                assert app.screen.view.size.height >= 1
        await pilot.press("b")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "2/8" in screen(pilot)[1], what="the guide")
        await until(pilot, lambda: any("▸" in line for line in screen(pilot)), what="the step in hand")


async def test_help_and_the_list_of_actions_tell_of_it(tmp_path: Path) -> None:
    async with learning(tmp_path) as (_app, pilot):
        await pilot.press(":", *"tutorial", "enter")
        await until(pilot, lambda: "annotator tutor" in status(pilot), what="told")
        await pilot.press("?", "end")
        await until(pilot, lambda: any("annotator tutor" in line for line in screen(pilot)), what="told in the help")


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_leaving_in_the_middle(tmp_path: Path, key: str) -> None:
    async with learning(tmp_path) as (app, pilot):
        await pilot.press("n", "n", "l", "enter", key)
        await until(pilot, lambda: not app.is_running, what="left")
    assert app.course.passed == {0}


@pytest.mark.parametrize("fails", [False, True], ids=["left", "crashed"])
def test_no_files_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    """Leave in the middle, with an edit on its way to the disk."""
    inside: list[str] = []

    def run(app: TutorApp) -> int:
        session = app.project.session(tutor.ARTICLE, app.annotator)
        from annotator.core.edits import SetNote

        session.do([SetNote("on its way")])
        inside.extend(path.name for path in app.project.path.parent.iterdir())
        if fails:
            raise RuntimeError("planted")
        return 0

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tutor, "run_until_left", run)
    if fails:
        with pytest.raises(RuntimeError, match="planted"):
            run_tutor(Settings())
    else:
        assert run_tutor(Settings())[1].passed == set()
    assert "tutorial.db" in inside
    assert list(tmp_path.iterdir()) == []


def test_keys_that_do_not_fit_are_refused_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(InputError, match="'a' tags with a label"):
        run_tutor(Settings(keys={"tag.delete": ["a"]}))
    assert list(tmp_path.iterdir()) == []


def test_what_is_printed_in_the_end() -> None:
    course = Course()
    course.passed = {0, 1, 2}
    lines = closing_lines(course)
    assert lines[0] == "3 of 8 exercises are done."
    assert any(line.split()[:2] == ["annotator", "tag"] for line in lines)
