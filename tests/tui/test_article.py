"""The article view in a running app: what is painted, what is painted again, and where the mouse points."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import _wait, events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from annotator.core.index import SpanIndex
from annotator.core.schema import Label, Schema
from annotator.core.spans import Span
from annotator.tui.article import ArticleView
from annotator.tui.palettes import DARK

SCHEMA = Schema(name="conflict", version="1", labels={"actor": Label(), "location": Label()})
TEXT = "Houthi forces shelled a market in the al-Dhabab district of Taiz.\n\n" + "\n".join(
    f"Paragraph {n} speaks of the 35th Armored Brigade near Jabal Sabr." for n in range(60)
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.001)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0005)


class Host(App[None]):
    """Shows one view and keeps what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.view = ArticleView()
        self.said: list[tuple[int, ...]] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_article_view_selected(self, event: ArticleView.Selected) -> None:
        self.said.append((event.start, event.end))

    def on_article_view_clicked(self, event: ArticleView.Clicked) -> None:
        self.said.append((event.offset,))


@asynccontextmanager
async def running(
    text: str = TEXT, *spans: Span, size: tuple[int, int] = (44, 12)
) -> AsyncIterator[tuple[ArticleView, Pilot[None], SpanIndex]]:
    app = Host()
    index = SpanIndex(spans)
    async with app.run_test(size=size) as pilot:
        app.view.show(text, index, SCHEMA)
        await pilot.pause()
        yield app.view, pilot, index


async def resize(pilot: Pilot[None], width: int) -> None:
    """Resize the terminal and wait until the view has heard of it."""
    await pilot.resize_terminal(width, 12)
    for _ in range(100):
        await pilot.pause()
        if pilot.app.query_one(ArticleView).size.width == width - 3:
            return


def shown(view: ArticleView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


def selected(view: ArticleView) -> str:
    strips = [view.render_line(y) for y in range(view.size.height)]
    return "|".join(
        text
        for strip in strips
        if (
            text := "".join(
                s.text for s in strip if s.style and s.style.bgcolor and s.style.bgcolor.name == DARK.selected
            )
        )
    )


def said(pilot: Pilot[None]) -> list[tuple[int, ...]]:
    assert isinstance(pilot.app, Host)
    return pilot.app.said


async def test_shows_text_lanes_and_the_first_token_selected() -> None:
    text = "Houthi forces shelled a market in the al-Dhabab district of Taiz."
    outer = Span("s1", 24, 64, "location")
    inner = Span("s2", 60, 64, "location")
    async with running(text, outer, inner) as (view, _, _):
        assert view.text_layout.width == 44 - 2 - 1 - 1  # padding, scrollbar
        assert shown(view)[:4] == [
            "Houthi forces shelled a market in the",
            "al-Dhabab district of Taiz.",
            "┈location────────────────╯",
            "",
        ]
        assert selected(view) == "Houthi"
        view.density = "all"
        assert shown(view)[1] == " " * 24 + "╰location────┈"
        view.density = "off"
        assert shown(view)[2] == ""


async def test_the_width_is_the_same_with_and_without_a_scrollbar() -> None:
    async with running("short") as (view, pilot, _):
        width = view.text_layout.width
        view.show(TEXT, SpanIndex(), SCHEMA)
        await pilot.pause()
        assert view.show_vertical_scrollbar
        assert view.text_layout.width == width
        view.show("x" * 200, SpanIndex(), SCHEMA)
        await pilot.pause()
        painted = "".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        assert painted.count("x") == 200  # the scrollbar hides nothing


async def test_a_move_repaints_only_the_rows_of_its_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as (view, pilot, _):
        regions: list[tuple[Region, ...]] = []
        original = view.refresh

        def spy(*given: Region, **options: bool) -> ArticleView:
            regions.append(given)
            return original(*given, **options)

        monkeypatch.setattr(view, "refresh", spy)
        start = TEXT.index("forces")
        view.selection = (start, start + 6)
        assert selected(view) == "forces"
        assert {(r.y, r.height) for given in regions for r in given} == {(0, 1)}
        regions.clear()
        start = TEXT.index("al-Dhabab")
        view.selection = (start, start + 9)
        assert {(r.y, r.height) for given in regions for r in given} == {(0, 1), (1, 1)}
        regions.clear()
        view.selection = (start, start + 9)
        assert regions == []
        await pilot.pause()


async def test_what_the_terminal_shows_follows_the_selection() -> None:
    async with running() as (view, pilot, _):
        for words in ("Houthi", "forces", "market in the al-Dhabab", "Paragraph 0", "Paragraph 40", "35th", "Houthi"):
            start = TEXT.index(words)
            view.selection = (start, start + len(words))
            await pilot.pause()
            painted = pilot.app.screen._compositor.render_strips()
            yellow = "".join(
                s.text
                for strip in painted
                for s in strip
                if s.style and s.style.bgcolor and s.style.bgcolor.name == DARK.selected
            )
            assert yellow == words


async def test_scrolls_no_more_than_needed_with_a_margin() -> None:
    async with running() as (view, pilot, _):
        assert view.scroll_offset.y == 0
        row = 9
        start = view.text_layout.row_start(row)
        view.selection = (start, start + 1)
        assert view.scroll_offset.y == 0  # rows 0 to 11 are visible, two below the cursor
        start = view.text_layout.row_start(row + 1)
        view.selection = (start, start + 1)
        assert view.scroll_offset.y == 1
        view.selection = (len(TEXT) - 1, len(TEXT))
        assert view.scroll_offset.y == view.max_scroll_y == view.text_layout.rows - 12
        view.selection = (0, 1)
        assert view.scroll_offset.y == 0
        view.selection = (0, len(TEXT))  # the end moved: the end is kept visible
        assert view.scroll_offset.y == view.max_scroll_y
        await pilot.pause()


async def test_a_span_that_changes_lanes_moves_what_is_below() -> None:
    async with running() as (view, pilot, index):
        before = shown(view)
        a, b = Span("s1", 0, 13, "actor"), Span("s2", 0, 6, "location")
        index.add(a)
        view.spans_changed([a], [])
        assert shown(view) == before
        assert view.render_line(0)._segments[0].style.underline  # under the selection
        index.add(b)
        view.spans_changed([b], [])
        assert shown(view) == [before[0], "╰actor──────╯", *before[1:-1]]
        assert view.virtual_size.height == view.text_layout.rows + 1
        index.remove(a.ref)
        index.remove(b.ref)
        view.spans_changed([], [a, b])
        assert shown(view) == before
        await pilot.pause()


async def test_a_change_is_painted_in_rows_that_were_painted_before() -> None:
    async with running() as (view, pilot, index):
        start = TEXT.index("Paragraph 0")
        view.selection = (start, start + 9)
        span = Span("s1", 0, 13, "actor")
        blue = SCHEMA.labels["actor"].color
        for put, taken, colours in (([], [], set()), ([span], [], {blue}), ([], [span], set())):
            for change in put:
                index.add(change)
            for change in taken:
                index.remove(change.ref)
            view.spans_changed(put, taken)
            await pilot.pause()
            row = pilot.app.screen._compositor.render_strips()[0]
            found = {s.style.bgcolor.name for s in row if s.style and s.style.bgcolor and s.text.startswith("Houthi")}
            assert found & {blue} == colours


async def test_lanes_above_the_screen_do_not_move_the_text() -> None:
    async with running() as (view, pilot, index):
        for number in (44, 42):  # the second is on the screen already, well within the margins
            start = TEXT.index(f"Paragraph {number}")
            view.selection = (start, start + 9)
        before = shown(view)
        pair = [Span("s1", 0, 13, "actor"), Span("s2", 0, 6, "location")]
        for span in pair:
            index.add(span)
        view.spans_changed(pair, [])
        await pilot.pause()
        assert shown(view) == before


async def test_resize_keeps_the_top_and_every_offset() -> None:
    async with running() as (view, pilot, _):
        start = TEXT.index("Paragraph 30")
        view.selection = (start, start + 9)
        for width in (30, 80, 10, 44):
            await resize(pilot, width)
            assert view.text_layout.width == width - 4
            first, last = view.visible_extent()
            assert first <= start < last
        view.scroll_to(y=100, animate=False)
        top = view.visible_extent()[0]
        await resize(pilot, 60)
        first, _last = view.visible_extent()
        assert view.text_layout.row_of(first) == view.text_layout.row_of(top)


@pytest.mark.parametrize("size", [(10, 5), (5, 2), (80, 24)])
@pytest.mark.parametrize("text", ["", "\n", "中文" * 30, "\t\x00\u2028👨\u200d👩\u200d👧" * 9])
async def test_odd_texts_and_small_screens(text: str, size: tuple[int, int]) -> None:
    async with running(text, size=size) as (view, pilot, index):
        for y in range(view.size.height):
            assert view.render_line(y).cell_length == view.scrollable_content_region.width
        if text:
            span = Span("s1", 0, len(text), "actor")
            index.add(span)
            view.spans_changed([span], [])
        view.density = "all"
        view.selection = (len(text), len(text))
        await pilot.click(ArticleView, offset=(3, 1))
        await pilot.pause()


async def test_a_click_selects_the_token_and_says_where() -> None:
    async with running("ab 中文 e\u0301x\nnext") as (view, pilot, _):
        await pilot.click(ArticleView, offset=(2 + 5, 0))  # two cells of padding; 文 is painted on cells 5 and 6
        assert said(pilot) == [(4, 5), (4,)]
        await pilot.click(ArticleView, offset=(2 + 30, 1))
        assert said(pilot)[2:] == [(10, 14), (14,)]
        assert view.selection == (10, 14)
        view.character_mode = True
        await pilot.click(ArticleView, offset=(2 + 8, 0))
        assert said(pilot)[4:] == [(6, 8), (6,)]


async def test_a_drag_selects_tokens_both_ways() -> None:
    async with running("Houthi forces shelled a market") as (view, pilot, _):
        await pilot.mouse_down(ArticleView, offset=(2 + 9, 0))
        await pilot.hover(ArticleView, offset=(2 + 16, 0))
        assert view.selection == (7, 21)
        await pilot.hover(ArticleView, offset=(2 + 3, 0))
        assert view.selection == (0, 13)
        await pilot.mouse_up(ArticleView, offset=(2 + 3, 0))
        assert said(pilot) == [(7, 13), (7, 21), (0, 13)]
        await pilot.hover(ArticleView, offset=(2 + 25, 0))
        assert view.selection == (0, 13)


async def test_a_point_on_a_lane_or_after_scrolling_stands_for_the_text_above() -> None:
    spans = Span("s1", 0, 13, "actor"), Span("s2", 0, 6, "location")
    async with running(TEXT, *spans) as (view, pilot, _):
        assert view.offset_at_point(7, 0) == view.offset_at_point(7, 1) == 7
        view.scroll_to(y=6, animate=False)
        await pilot.pause()
        row = view.text_layout.row_of(view.offset_at_point(0, 0))
        assert view.offset_at_point(0, 0) == view.text_layout.row_start(5)
        assert row == 5


async def test_hints_are_painted_over_the_text() -> None:
    async with running() as (view, _, _):
        view.hints = {7: "j"}
        assert shown(view)[0].startswith("Houthi jorces")
        view.hints = {}
        assert shown(view)[0].startswith("Houthi forces")


@pytest.fixture
def no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.usefixtures("no_colour")
async def test_without_colour_the_selection_is_still_told_apart() -> None:
    async with running() as (view, pilot, _):
        assert selected(view) == "Houthi"
        await pilot.pause()
        strips = pilot.app.screen._compositor.render_strips()
        line = next(strip for strip in strips if "Houthi" in strip.text)
        styles = {s.text.strip(): s.style for s in line}
        assert styles["Houthi"].bold
        assert styles["Houthi"].bgcolor != styles["forces shelled a market in the"].bgcolor


async def test_an_article_can_be_shown_before_the_screen_is_there() -> None:
    app = Host()
    start = TEXT.index("Paragraph 30")
    app.view.show(TEXT, SpanIndex(), SCHEMA, selection=(start, start + 9))
    async with app.run_test(size=(44, 12)) as pilot:
        await pilot.pause()
        assert app.view.text_layout.width == 40
        assert selected(app.view) == "Paragraph"


async def test_losing_the_mouse_ends_the_drag() -> None:
    async with running("Houthi forces shelled a market") as (view, pilot, _):
        await pilot.mouse_down(ArticleView, offset=(2 + 9, 0))
        view.release_mouse()
        await pilot.pause()
        await pilot.hover(ArticleView, offset=(2 + 16, 0))
        assert view.selection == (7, 13)


async def test_the_wheel_scrolls_and_leaves_the_selection() -> None:
    async with running() as (view, pilot, _):
        view.post_message(events.MouseScrollDown(view, 5, 5, 0, 1, 0, False, False, False))
        for _ in range(200):
            await pilot.pause()
            if view.scroll_offset.y:
                break
        assert view.scroll_offset.y > 0
        assert view.selection == (0, 6)
