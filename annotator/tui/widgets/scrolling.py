"""Scrolling a line-API view without laying out the screen again.

Invariant: what is painted is the same as after Textual's own scrolling; but there is nothing to lay out in a view that
paints its own lines, so a key that scrolls costs one frame and not three.
"""

from __future__ import annotations

from math import ceil
from typing import Final

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.widget import Widget

STEPS: Final = 8  # positions of a scrollbar's thumb within a cell


def scroll_in_place(view: ScrollView, line: int) -> None:
    """Have a line of the content on top of the view, if it is not; the caller keeps it within the content."""
    if line == view.scroll_offset.y:
        return
    view.set_reactive(Widget.scroll_target_y, float(line))
    view.set_reactive(Widget.scroll_y, float(line))
    _move_thumb(view, line=line, lines=view.virtual_size.height)
    view.refresh(Size(view.scrollable_content_region.width, view.size.height).region)  # the scrollbar sees to itself


def resize_in_place(view: ScrollView, size: Size) -> None:
    """Give the content another size; the screen is laid out only if a scrollbar comes or goes."""
    before, height = view.virtual_size, view.size.height
    needed = [view.styles.overflow_y == "scroll" or content.height > height for content in (before, size)]
    if not view.is_attached or needed[0] != needed[1] or before.width != size.width:
        view.virtual_size = size
    elif before != size:
        view.set_reactive(ScrollView.virtual_size, size)
        _move_thumb(view, line=view.scroll_offset.y, lines=size.height)


def _move_thumb(view: ScrollView, *, line: int, lines: int) -> None:
    """Bring the scrollbar to a state, and have it painted if it looks other than before."""
    if not view.show_vertical_scrollbar:
        return
    bar = view.vertical_scrollbar
    before = _thumb(bar)
    bar.set_reactive(ScrollBar.position, line)
    bar.set_reactive(ScrollBar.window_virtual_size, lines)
    if _thumb(bar) != before:
        bar.refresh()


def _thumb(bar: ScrollBar) -> tuple[int, int]:
    """Return where the thumb begins and ends, in steps, as Textual paints it."""
    cells, lines = bar.size.height, max(1, bar.window_virtual_size)
    length = max(1.0, bar.window_size * cells / lines)
    start = int((cells - length) * bar.position / max(1, lines - bar.window_size) * STEPS)
    return start, start + ceil(length * STEPS)
