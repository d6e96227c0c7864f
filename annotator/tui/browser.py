"""The driver of a browser's window: Textual's, made to leave when nobody is at the other end any more.

Invariant: however the server ends, the app behind a window ends in good order, with everything saved; Textual's own
driver would wait for keys for ever.
"""

from __future__ import annotations

from textual import messages
from textual.drivers.web_driver import WebDriver as TextualWebDriver


class WebDriver(TextualWebDriver):
    """The driver that `annotator serve` names to the apps that it starts."""

    def run_input_thread(self) -> None:
        """Take keys until there can be no more, and leave then."""
        try:
            super().run_input_thread()
        finally:
            if not self.exit_event.is_set():
                self._app.post_message(messages.ExitApp())
