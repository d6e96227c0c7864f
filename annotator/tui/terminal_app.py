"""What the app does otherwise than Textual's: signals, the bell, crashes, and keys that come in one burst.

Invariant: nothing of an article is printed when the app ends by an error, and the terminal is given back as it was.
"""

from __future__ import annotations

import gc
from functools import cached_property
from time import monotonic
from typing import Any

from rich.console import RenderableType
from textual import events
from textual._styles_cache import StylesCache
from textual.await_complete import AwaitComplete
from textual.driver import Driver
from textual.screen import Screen

from annotator.tui.look import ThemedApp
from annotator.tui.still import PAUSE, Tidier


class TerminalApp(ThemedApp):
    """An app that leaves the terminal alone; see `app.AnnotatorApp`."""

    acted = 0.0  # when a key or the mouse was last heard of, in seconds of the system's own clock

    @cached_property
    def tidier(self) -> Tidier:
        """What frees closed articles when nobody types."""
        return Tidier(lambda: monotonic() - self.acted < PAUSE, self.set_timer)

    async def on_event(self, event: events.Event) -> None:
        """Take note that somebody is there."""
        if isinstance(event, events.InputEvent):
            self.acted = monotonic()
        await super().on_event(event)

    def get_driver_class(self) -> type[Driver]:
        """Return the driver for this terminal; on POSIX it is our own."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from annotator.tui.posix import PosixDriver

        return PosixDriver

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Ctrl+Z to boxes in which one types: there it undoes."""
        if action != "suspend_process" or self.focused is None:
            return True
        from textual.widgets import Input, TextArea

        return not isinstance(self.focused, TextArea | Input)

    def on_driver_signal_resume(self) -> None:
        """Paint everything again: the terminal showed something else meanwhile."""
        self.refresh(layout=True)

    def on_unmount(self) -> None:
        """Leave everything to the garbage collector again, also what was open to the end."""
        gc.unfreeze()

    def typed_ahead(self, event: events.Key, screen: Screen[Any]) -> bool:
        """Pass a key on if the screen that got it is not the one in front any more, and say whether that is so.

        Keys that come in one burst, as over a slow line, all go to the screen that was in front of the first; the
        second may be meant for the box that the first has opened.
        """
        front = self.screen_stack[-1] if self.is_running and self.screen_stack else None
        if front is screen:  # `is_current` is true of screens beneath, too
            return False
        event.stop()
        event.prevent_default()
        if front is not None:  # else the app ends, and what the key is for has gone
            again = event.copy()
            again.time = event.time
            (front.focused or front)._forward_event(again)
        return True

    def pop_screen(self) -> AwaitComplete:
        """Close the screen in front, and let go of all that it has painted.

        Textual's memory of borders' colours has up to 1,024 widgets by the hand, each with all its painted lines.
        """
        StylesCache.get_inner_outer.cache_clear()
        return super().pop_screen()

    def bell(self) -> None:
        """Stay silent."""

    def _set_pointer_shape(self, shape: str) -> None:
        """Leave the mouse pointer alone: terminals that do not know the request ring the bell that ends it."""

    def panic(self, *renderables: RenderableType) -> None:
        """End, and print nothing: what Textual would print holds articles' text.  `run_until_left` raises the error."""
        self._close_messages_no_wait()

    _fatal_error = panic
