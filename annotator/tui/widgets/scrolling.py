"""Scrolling a line-API view without laying out the screen again.

Invariant: what is painted is the same as after Textual's own scrolling; but there is nothing to lay out in a view that
paints its own lines, so a key that scrolls costs one frame and not three.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget


def scroll_in_place(view: ScrollView, line: int) -> None:
    """Have a line of the content on top of the view, if it is not; the caller keeps it within the content."""
    if line == view.scroll_offset.y:
        return
    view.set_reactive(Widget.scroll_target_y, float(line))
    view.set_reactive(Widget.scroll_y, float(line))
    if view.show_vertical_scrollbar:
        view.vertical_scrollbar.position = line
    view.refresh()


def resize_in_place(view: ScrollView, size: Size) -> None:
    """Give the content another size; the screen is laid out only if a scrollbar comes or goes."""
    before, height = view.virtual_size, view.size.height
    needed = [view.styles.overflow_y == "scroll" or content.height > height for content in (before, size)]
    if not view.is_attached or needed[0] != needed[1] or before.width != size.width:
        view.virtual_size = size
    elif before != size:
        view.set_reactive(ScrollView.virtual_size, size)
        if view.show_vertical_scrollbar:
            view.vertical_scrollbar.window_virtual_size = size.height
