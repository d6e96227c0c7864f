"""Frames show what Textual's own compositor would show, and cost what changed."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from piloting import newsroom, running, tag_screen, until
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from annotator.project import Project
from annotator.tui.frames import FrameCompositor, FrameUpdate, _stretches

Cells = dict[tuple[int, int], tuple[str, Style | None]]
SIZE = (120, 24)
MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with newsroom(tmp_path) as project:
        yield project


def cells_of(strip: Strip, y: int, x: int) -> Cells:
    """Return what a strip paints, by cell; of a wide character the first one."""
    found: Cells = {}
    for segment in strip:
        for character in segment.text:
            piece = Strip([segment.__class__(character, segment.style)])
            found[y, x] = (character, segment.style)
            x += piece.cell_length
    return found


def painted(update: ChopsUpdate) -> Cells:
    """Return what an update paints, by cell."""
    found: Cells = {}
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
            if strip is not None and x < x2 and end > x1:
                found |= cells_of(strip.crop(0, min(end, x2) - x), y, x)
    return found


def regions(draw: random.Random, count: int) -> set[Region]:
    """Draw regions of the screen."""
    found = set()
    for _ in range(count):
        x, y = draw.randrange(SIZE[0]), draw.randrange(SIZE[1])
        found.add(Region(x, y, draw.randint(1, SIZE[0] - x), draw.randint(1, min(4, SIZE[1] - y))))
    return found


def own(compositor: Compositor) -> FrameCompositor:
    assert isinstance(compositor, FrameCompositor)
    return compositor


async def test_each_cell_is_as_in_a_full_frame(project: Project) -> None:
    async with running(project, size=SIZE) as (app, pilot):
        await pilot.press("a", "shift+right", "l", "down", "c")
        await pilot.pause()
        compositor = own(tag_screen(app)._compositor)
        full: Cells = {}
        for y, strip in enumerate(compositor.render_strips()):
            full |= cells_of(strip, y, 0)
        draw = random.Random(20260103)
        for _ in range(150):
            compositor._dirty_regions = regions(draw, draw.randint(1, 5))
            asked = {
                (y, x) for region in compositor._dirty_regions for y in region.line_range for x in region.column_range
            }
            update = compositor.render_partial_update()
            assert update is not None
            found = painted(update)
            assert {at: full[at] for at in found} == found
            assert {at for at in asked if at in full} <= found.keys()
        assert compositor.render_partial_update() is None


async def test_a_key_asks_only_for_the_lines_that_it_changes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: Counter[str] = Counter()
    async with running(project, size=SIZE) as (app, pilot):
        screen = tag_screen(app)
        await pilot.press("right")
        await until(pilot, lambda: at_rest(screen), what="the first frames are through")
        for widget in screen._compositor.visible_widgets:
            count(widget, asked, monkeypatch)
        await pilot.press("right")
        await pilot.pause()
        assert asked.pop("ArticleView") <= 2  # a row as it was, a row as it is
        assert not {"Panes", "TagScreen"} & asked.keys()  # the panes cover them
        assert sum(asked.values()) <= 12, asked  # of 24 lines in each of two panes: bars, and the box of what is here


def at_rest(screen: Screen[None]) -> bool:
    """Say whether nothing is waiting to be painted; a screen behind it has it painted anew when its own timer ends."""
    waiting = screen._dirty_widgets or screen._compositor._dirty_regions
    everything = [screen, *screen.walk_children(Widget)]
    asked = any(one._layout_required or one._repaint_required or one.message_queue_size for one in everything)
    return not (waiting or asked or any(one._update_timer._active.is_set() for one in screen.app.screen_stack))


def count(widget: Widget, asked: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the lines counted that a widget is asked for."""
    original = widget.render_lines

    def counted(crop: Region) -> list[Strip]:
        asked[type(widget).__name__] += crop.height
        return original(crop)

    monkeypatch.setattr(widget, "render_lines", counted)


def test_what_follows_on_the_line_is_written_without_a_move() -> None:
    chops = [{0: Strip.blank(3), 3: Strip.blank(4)}, {}, {0: None, 5: Strip.blank(2)}]
    update = FrameUpdate(chops, [(0, 0, 6), (2, 0, 7)], [[3, 7], [], [5, 7]])
    written = update.render_segments(Console())
    assert MOVE.findall(written) == [("1", "1"), ("3", "6")]
    assert len(MOVE.sub("", written)) == 6 + 2


@pytest.mark.parametrize(
    ("numbers", "found"),
    [([], []), ([4], [(4, 1)]), ([1, 2, 3], [(1, 3)]), ([0, 2, 3, 7], [(0, 1), (2, 2), (7, 1)])],
)
def test_stretches(numbers: list[int], found: list[tuple[int, int]]) -> None:
    assert list(_stretches(numbers)) == found


def test_nothing_is_written_outside_the_screen() -> None:
    compositor = FrameCompositor()
    compositor.size = Size(10, 0)
    compositor._dirty_regions = {Region(0, 5, 10, 1)}
    assert compositor.render_partial_update() is None
