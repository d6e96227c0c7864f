"""The driver of a POSIX terminal: Textual's, made safe against what terminals send and against their going away.

Invariant: no bytes that a terminal sends end the app, and a terminal that is gone ends it in good order instead of
leaving it to wait for ever.  Imported only where there is `termios`.
"""

from __future__ import annotations

import os
import re
import selectors
from codecs import getincrementaldecoder
from collections.abc import Callable
from typing import Final

from textual import events
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys

HUNG_UP: Final = 129  # what a shell reports for a program that SIGHUP ended
READ: Final = 4096  # bytes at a time
POLL: Final = 0.1  # seconds

# kitty's protocol: CSI code[:shifted[:base]] ; modifiers[:event] ; text u.  Textual knows it without what follows the
# colons of the first two, and raises where it meets them.
_REPORT: Final = re.compile(r"\x1b\[([\d:]*)(?:;([\d:]*))?(?:;([\d:]*))?([u~ABCDEFHPQRS])", re.ASCII)
_RELEASE: Final = "3"
_SHIFT, _LOCKS = 1, 64 | 128


class KeyParser(XTermParser):
    """Textual's parser, with kitty's sub-parameters: shifted keys are understood, releases dropped, the rest skipped."""

    def _parse_extended_key(self, sequence: str) -> list[events.Key] | None:
        """Return the keys that a report stands for, an ignored key if it cannot be read, None if it is no report."""
        found = _REPORT.fullmatch(sequence) if ":" in sequence else None
        try:
            return super()._parse_extended_key(_plain(*found.groups(default="")) if found else sequence)
        except (ValueError, OverflowError):  # a release, or no such code point
            return [events.Key(Keys.Ignore, sequence)]


def _plain(codes: str, modifiers: str, text: str, end: str) -> str:
    """Return a report without sub-parameters; the character of a shifted key is its text where there is none.

    Raises:
        ValueError: If it is the report of a key that was let go.
    """
    code, shifted, *_ = [*codes.split(":"), ""]
    held, event, *_ = [*modifiers.split(":"), ""]
    if event == _RELEASE:
        raise ValueError("a key was let go")
    if not text and shifted and (int(held or "1") - 1) & ~_LOCKS == _SHIFT:
        text = shifted
    return f"\x1b[{code};{held};{text}{end}" if text else f"\x1b[{code};{held}{end}"


class PosixDriver(LinuxDriver):
    """The driver for Linux, macOS and the BSDs."""

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
        parser = KeyParser(self._debug)
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

    def _read(self, parser: KeyParser, decode: Callable[[bytes], str]) -> bool:
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
