"""Keys typed while the program starts change nothing: nobody had seen what they would change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import newsroom, status, tag_screen
from textual import events

from annotator.config import Settings
from annotator.project import Project
from annotator.tui.app import AnnotatorApp
from annotator.tui.screens import tag_panes


class Eager(AnnotatorApp):
    """Gets keys while its first screen is being made."""

    def open_first_screen(self) -> None:
        for key in "1l":
            self.post_message(events.Key(key, key))
        super().open_first_screen()
        self.post_message(events.Key("right", None))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


@pytest.mark.parametrize("long", [200_000, 10])
async def test_keys_from_before_the_first_paint_are_left_out(
    project: Project, monkeypatch: pytest.MonkeyPatch, long: int
) -> None:
    monkeypatch.setattr(tag_panes, "LONG", long)
    app = Eager(project, annotator="ana", settings=Settings())
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause(0.1)
        shown = tag_screen(app)
        assert "keys typed before the article was shown are left out" in status(pilot)
        assert (len(shown.session.index), shown.desk.place.start) == (0, 0)
        await pilot.press("1")
        assert len(shown.session.index) == 1
