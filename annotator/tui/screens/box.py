"""What all small screens on top of the others have in common.

Invariant: a box is left once; keys that come after the one that left it go to the screen beneath, and change nothing
here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from textual import events
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from annotator.tui.app import AnnotatorApp

T = TypeVar("T")


class Box(ModalScreen[T], Generic[T]):
    """A small screen on top of another, which gives an answer."""

    async def on_event(self, event: events.Event) -> None:
        """Pass on a key that came in one burst with the one that left this screen (see `AnnotatorApp.typed_ahead`)."""
        if isinstance(event, events.Key) and cast("AnnotatorApp", self.app).typed_ahead(event, self):
            return
        await super().on_event(event)

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Leave with an answer; nothing happens if it was left before (Textual would take away what is beneath)."""
        if not self.is_current:
            return AwaitComplete()
        return super().dismiss(result)
