"""The article view of the tag screen: the canvas, and a mouse that selects on it.

Invariant: messages carry code-point offsets, never cells; what the mouse selects is whole tokens, or whole grapheme
clusters in character mode.  Keys are not handled here: commands call the methods.
"""

from __future__ import annotations

from textual import events
from textual.message import Message

from annotator.tui.canvas import ArticleCanvas
from annotator.tui.motion import nearest_token


class ArticleView(ArticleCanvas, can_focus=True):
    """Shows one article with its spans and lets the mouse select; see `show`."""

    class Selected(Message):
        """The mouse selected a stretch, given in code points."""

        def __init__(self, view: ArticleView, start: int, end: int) -> None:
            super().__init__()
            self.view = view
            self.start = start
            self.end = end

        @property
        def control(self) -> ArticleView:
            """The view, for `@on` selectors."""
            return self.view

    class Clicked(Message):
        """The mouse was pressed and let go at one offset; follows `Selected` with the token that is there."""

        def __init__(self, view: ArticleView, offset: int) -> None:
            super().__init__()
            self.view = view
            self.offset = offset

        @property
        def control(self) -> ArticleView:
            """The view, for `@on` selectors."""
            return self.view

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.character_mode = False
        """Whether the mouse selects by grapheme cluster instead of by token."""
        self._anchor: tuple[int, int] | None = None
        self._dragged = False

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select."""
        if event.button != 1 or not self._text:
            return
        self.focus()
        self.capture_mouse()
        event.stop()
        self._dragged = False
        self._anchor = self._unit_at(self._offset_of(event))
        self._select(*self._anchor)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Select from where the button was pressed to here; scroll when the mouse has left the view."""
        if self._anchor is None:
            return
        y = event.get_content_offset_capture(self).y
        if y < 0 or y >= self.size.height:
            self._scroll_y_to(max(0, self.scroll_offset.y + (1 if y >= 0 else -1)))
        unit = self._unit_at(self._offset_of(event))
        extent = min(self._anchor[0], unit[0]), max(self._anchor[1], unit[1])
        self._dragged = self._dragged or unit != self._anchor
        if extent != self._selection:
            self._select(*extent)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End the selection; without a move it was a click."""
        if self._anchor is None:
            return
        self._anchor = None
        self.release_mouse()
        event.stop()
        if not self._dragged:
            self.post_message(self.Clicked(self, self._offset_of(event)))

    def on_mouse_release(self) -> None:
        """Forget the selection's start when something else, such as a dialog, takes the mouse away."""
        self._anchor = None

    def _offset_of(self, event: events.MouseEvent) -> int:
        x, y = event.get_content_offset_capture(self)
        return self.offset_at_point(x, min(max(y, 0), max(0, self.size.height - 1)))

    def _unit_at(self, offset: int) -> tuple[int, int]:
        """Return the token, or in character mode the cluster, at an offset or next to it."""
        if not self.character_mode:
            return nearest_token(self._text, offset) or (0, 0)
        if offset >= len(self._text):
            offset = self._layout_of_text.previous_grapheme(len(self._text))
        after = self._layout_of_text.next_grapheme(offset)
        return self._layout_of_text.previous_grapheme(after), after

    def _select(self, start: int, end: int) -> None:
        before, self._selection = self._selection, (start, end)
        for low, high in (before, self._selection):
            self._refresh_rows(low, high - 1)
        self.post_message(self.Selected(self, start, end))
