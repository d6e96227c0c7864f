"""What all small screens on top of the others have in common.

Invariant: a box is left once; keys that come after the one that left it go to the screen beneath, and change nothing
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.widget import Widget

if TYPE_CHECKING:
    from annotator.tui.app import AnnotatorApp

T = TypeVar("T")


def passed_on(event: events.Event, widget: Widget) -> bool:
    """Pass on a key that a widget got after its box was left, and say whether that is so."""
    if not isinstance(event, events.Key) or not widget.is_attached:
        return False
    return cast("AnnotatorApp", widget.app).typed_ahead(event, widget.screen)


class Box(ModalScreen[T], Generic[T]):
    """A small screen on top of another, which gives an answer."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = False
        self._held: list[events.Key] = []

    def on_mount(self) -> None:
        """Take keys from now on; runs after the `on_mount` of the class itself, which says what has the focus."""
        self.app.call_later(self._begin)

    def _begin(self) -> None:
        self._begun = True
        for event in sorted(self._held, key=lambda event: event.time):
            (self.focused or self)._forward_event(event)

    def _forward_event(self, event: events.Event) -> None:
        """Hold keys back until there is something that takes them: they come fast, as over a slow line."""
        if isinstance(event, events.Key) and not self._begun:
            self._held.append(event)
        else:
            super()._forward_event(event)

    async def on_event(self, event: events.Event) -> None:
        """Pass on a key that came in one burst with the one that left this screen (see `AnnotatorApp.typed_ahead`)."""
        if isinstance(event, events.Key) and cast("AnnotatorApp", self.app).typed_ahead(event, self):
            return
        await super().on_event(event)

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave with an answer; nothing happens if it was left before (Textual would take away what is beneath)."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)
