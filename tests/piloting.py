"""What the tests of the screens share: a small database, the app on it under a pilot, and what the screen shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from support import clock, load, reading_of, record, rows, schema
from textual import _wait
from textual.pilot import Pilot

from annotator.config import Settings
from annotator.project import Project
from annotator.tui.app import AnnotatorApp
from annotator.tui.screens.tag import TagScreen

NEWS = "Gunmen killed two near Taiz.\n\nDozens of families fled to Al-Fashir on Sunday."
NASTY = "Title [bold]x[/] \x1b[31mred\x1b]0;owned\x07 \x9b2J\u202e"


@contextmanager
def newsroom(folder: Path) -> Iterator[Project]:
    """Make a database of three articles: two to do, of which one is nasty, and one done by ana."""
    with Project.create(folder / "news.db", schema(), clock=clock) as project:
        load(
            project,
            record("k1", NEWS, title="Gunmen near Taiz"),
            record("k2", f"{NASTY} Paris.", title=NASTY),
            record("k3", "Ну и ну. Київ.", title="Київ", layer=reading_of("ana", status="done")),
        )
        yield project


@asynccontextmanager
async def running(
    project: Project,
    *,
    size: tuple[int, int] = (100, 24),
    queue: bool = False,
    article: int | None = None,
    settings: Settings | None = None,
    **begin: Any,
) -> AsyncIterator[tuple[AnnotatorApp, Pilot[None]]]:
    """Run the app for ana, with anything else that it takes to begin with; Textual's pilot would otherwise wait 62 ms at every key."""
    app = AnnotatorApp(project, annotator="ana", settings=settings or Settings(), article=article, queue=queue, **begin)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
        patch.setattr(_wait, "SLEEP_IDLE", 0.0005)
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
    """Return the last line of the screen."""
    return screen(pilot)[-1]


def tag_screen(app: AnnotatorApp) -> TagScreen:
    """Return the tag screen, which must be the one shown."""
    assert isinstance(app.screen, TagScreen)
    return app.screen


async def opened(pilot: Pilot[None], key: str) -> None:
    """Wait until an article is open, and nothing else is about to be."""

    def it_is() -> bool:
        shown = pilot.app.screen
        return isinstance(shown, TagScreen) and shown._desk is not None and shown.session.article.key == key

    await until(pilot, it_is, what=f"{key} is open")


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
    """Wait until the screen says that everything is saved."""
    await until(pilot, lambda: "● saved" in status(pilot), what="saved")
