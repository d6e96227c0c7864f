"""The driver of a POSIX terminal: Textual's, made safe against what terminals send and against their going away.

Invariant: no bytes that a terminal sends end the app, and a terminal that is gone ends it in good order instead of
leaving it to wait for ever.  Imported only where there is `termios`.
"""

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Any, Final

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

HUNG_UP: Final = 129  # what a shell reports for a program that SIGHUP ended
READ: Final = 4096  # bytes at a time
POLL: Final = 0.1  # seconds


class PosixDriver(LinuxDriver):
    """The driver for Linux, macOS and the BSDs."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # A signal that the system gives to another thread would wait until the next key; with one handler of its own,
        # for whichever signal, asyncio wakes up for all.
        self._loop.add_signal_handler(signal.SIGURG, lambda: None)

    def write(self, data: str) -> None:
        """Write to the terminal; nothing happens once it is gone, where waiting would never end."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().write(data)

    def close(self) -> None:
        """Wait until everything is written."""
        if self._writer_thread is not None and self._writer_thread.is_alive():
            super().close()

    def _run_input_thread(self) -> None:
        """Read until told to stop; an error ends the app as any other does."""
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            self._app.call_later(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Read from the terminal and send what it says to the app."""
        parser = XTermParser(self._debug)
        # Text pasted in another encoding gives replacement characters, not an error.
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(POLL) and not self._read(parser, decode):
                    self._app.call_later(self._app.exit, return_code=HUNG_UP)
                    break
                for message in parser.tick():
                    self.process_message(message)
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass

    def _read(self, parser: XTermParser, decode: Callable[[bytes], str]) -> bool:
        """Pass on what there is to read; say whether the terminal is still there."""
        try:
            data = os.read(self.fileno, READ)
        except BlockingIOError:
            return True
        except OSError:
            return False
        for message in parser.feed(decode(data)) if data else ():
            self.process_message(message)
        return bool(data)
