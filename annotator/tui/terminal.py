"""How the app leaves: by a signal, by a crash, or for a while (Ctrl+Z).

Invariant: short of SIGKILL, however the app ends, the terminal is as it was before and every edit that was queued is
on the disk; a signal ends it even when the app or the terminal no longer answers.  Nothing of an article is printed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

SIGNALS: Final = ("SIGTERM", "SIGHUP", "SIGBREAK")  # those that the system has; none of them need be there
GRACE: Final = 3.0  # seconds until an app that was told to leave is left behind
SAVE: Final = 30.0  # seconds that the disk has then for what is queued: as long as the store waits for a lock

# Paste, wrapping, sizes, mouse, kitty's keys, alternate screen, cursor, focus: off, or as a shell expects them.
RESTORE: Final = (
    b"\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    b"\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l\x1b[0m"
)


class Departure:
    """What becomes of the app when a signal comes; see `departing`.

    Args:
        leave: Asks the app to end with an exit status; called in the main thread, between any two of its steps.
        save: Writes what is queued, and gives up after so many seconds.
    """

    def __init__(self, leave: Callable[[int], None], save: Callable[[float], object]) -> None:
        self.status = 0
        self._leave = leave
        self._save = save
        self._gone = threading.Event()
        self._give_back = _terminal_keeper()

    def begin(self, number: int, frame: FrameType | None = None) -> None:
        """Leave because of a signal; another one while leaving changes nothing."""
        if self.status:
            return
        self.status = 128 + number
        threading.Thread(target=self._insist, name="annotator-departure", daemon=True).start()
        self._leave(self.status)

    def end(self) -> None:
        """The app has ended by itself and everything is written."""
        self._gone.set()

    def _insist(self) -> None:
        if self._gone.wait(GRACE):
            return
        self._save(SAVE)
        # A terminal that takes nothing more would keep us here; so it gets a second.
        writing = threading.Thread(target=self._give_back, daemon=True)
        writing.start()
        writing.join(1.0)
        os._exit(self.status)


@contextmanager
def departing(leave: Callable[[int], None], save: Callable[[float], object]) -> Iterator[Departure]:
    """Let signals that end a program end this one in good order.

    Inside, such a signal calls `leave` with 128 + its number, the exit status that a shell expects.  If the block has
    not ended `GRACE` seconds later, `save` is called, the terminal given back, and the program ended.

    Args:
        leave: Asks the app to end.
        save: Writes what is queued, and gives up after so many seconds; also called when the block ends.
    """
    departure = Departure(leave, save)
    numbers = [number for name in SIGNALS if (number := getattr(signal, name, None)) is not None]
    before = {number: signal.signal(number, departure.begin) for number in numbers}
    try:
        yield departure
    finally:
        try:
            save(SAVE)
        finally:
            departure.end()
            for number, handler in before.items():
                signal.signal(number, handler)


def _terminal_keeper() -> Callable[[], None]:
    """Return what sets the terminal to the modes that it has now, and leaves the alternate screen."""
    try:
        import termios
    except ImportError:  # Windows, where the program's own end does it
        return lambda: None
    try:
        keyboard = sys.__stdin__.fileno() if sys.__stdin__ else -1
        screen = sys.__stderr__.fileno() if sys.__stderr__ else -1
        modes = termios.tcgetattr(keyboard)
    except (OSError, ValueError, termios.error):  # no terminal, as when a browser shows the app
        return lambda: None

    def give_back() -> None:
        with suppress(OSError, termios.error):  # it may be gone by now
            termios.tcsetattr(keyboard, termios.TCSANOW, modes)
            os.write(screen, RESTORE)

    return give_back
