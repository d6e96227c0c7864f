"""What keeps a key to one small frame: rows painted once, scrolling without layout, a box that never shrinks."""

from __future__ import annotations

import pytest
from rich.style import Style
from rich.text import Text
from textual import _wait
from textual.app import App, ComposeResult

from annotator.tui.widgets.bar import Run
from annotator.tui.widgets.detail import Detail
from annotator.tui.widgets.rows import RowList


class Lists(App[None]):
    """A list and a box beneath."""

    CSS = "RowList { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.names = [f"n{number}" for number in range(1_000)]
        self.painted: list[int] = []

    def compose(self) -> ComposeResult:
        yield RowList(self.paint, name_of=lambda row: self.names[row])
        yield Detail()

    def paint(self, row: int, width: int) -> list[Run]:
        self.painted.append(row)
        return [(self.names[row], Style())]

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    def shown(self) -> list[str]:
        strips = self.screen._compositor.render_strips()
        return [strip.text.split()[0] for strip in strips[: self.rows.size.height]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0005)


async def test_a_row_is_painted_once_and_a_new_one_moves_the_others_down() -> None:
    app = Lists()
    async with app.run_test(size=(40, 20)) as pilot:
        app.rows.show(1_000, 0)
        await pilot.pause()
        height = app.rows.size.height
        assert app.shown() == [f"n{n}" for n in range(height)]
        app.painted.clear()
        app.names.insert(5, "new")
        app.rows.show(1_001, 0, since=5)
        await pilot.pause()
        assert app.shown() == ["n0", "n1", "n2", "n3", "n4", "new", *(f"n{n}" for n in range(5, height - 1))]
        assert set(app.painted) == {5}


async def test_a_row_that_was_told_of_is_painted_anew() -> None:
    app = Lists()
    async with app.run_test(size=(40, 20)) as pilot:
        app.rows.show(1_000, 0)
        await pilot.pause()
        app.painted.clear()
        app.rows.forget(["n3"])
        app.rows.show(1_000, 0, since=3)
        await pilot.pause()
        assert set(app.painted) == {3}


@pytest.mark.parametrize("current", [30, 999, 0, 500])
async def test_scrolling_shows_the_rows_around_the_current_one(current: int, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Lists()
    async with app.run_test(size=(40, 20)) as pilot:
        app.rows.show(1_000, 0)
        for _ in range(3):  # the scrollbar that comes is laid out, and the list that it narrows
            await pilot.pause()
        layouts: list[object] = []
        monkeypatch.setattr(app.screen, "_refresh_layout", lambda *a, **k: layouts.append(a))
        app.rows.show(1_000, current, since=1_000)
        await pilot.pause()
        top, height = app.rows.scroll_offset.y, app.rows.size.height
        assert top <= current < top + height
        assert app.shown() == [f"n{n}" for n in range(top, top + height)]
        assert app.rows.vertical_scrollbar.position == top
        assert layouts == []


async def test_a_box_grows_with_its_text_and_never_shrinks() -> None:
    app = Lists()
    async with app.run_test(size=(40, 40)) as pilot:
        box = app.query_one(Detail)
        heights = []
        for lines in (1, 12, 2):
            box.show(Text("\n".join(f"line{n}" for n in range(lines))))
            await pilot.pause()
            heights.append(box.size.height)
            assert box.render_line(0).text.strip() == "line0"
            assert box.render_line(lines).text.strip() == ""
        assert heights[0] < heights[1] == heights[2]
