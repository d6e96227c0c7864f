"""A pseudo-terminal that answers what a program asks of it and tells when each frame of its screen is complete.

Invariant: a frame ends when its end-of-synchronized-update has been read here; every time is counted from the moment
just before the key was written, so it holds what a person at a terminal waits for, the pseudo-terminal included.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

END: Final = b"\x1b[?2026l"
KEYS: Final[Mapping[str, str]] = {
    "right": "\x1b[C",
    "left": "\x1b[D",
    "down": "\x1b[B",
    "up": "\x1b[A",
    "shift+right": "\x1b[1;2C",
    "shift+left": "\x1b[1;2D",
    "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
    "ctrl+end": "\x1b[1;5F",
    "ctrl+home": "\x1b[1;5H",
    "tab": "\t",
    "escape": "\x1b",
    "enter": "\r",
}
# What a terminal with synchronized output and without kitty's keyboard or in-band resizing says.
_ANSWERS: Final[tuple[tuple[re.Pattern[bytes], bytes], ...]] = (
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
    (re.compile(rb"\x1b\[\?2048\$p"), b"\x1b[?2048;0$y"),
    (re.compile(rb"\x1b\[\?u"), b"\x1b[?0u"),
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[>0?c"), b"\x1b[>1;4000;0c"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that was read to its end.

    Args:
        seconds: When, counted from the key (or from the start of the program).
        content: What was written since the frame before.
    """

    seconds: float
    content: bytes

    def holds(self, text: str) -> bool:
        """Say whether a word was painted in it."""
        return text.encode() in self.content


class Terminal:
    """A program at a pseudo-terminal; use it in a `with` block.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        columns: Cells in a line.
        rows: Lines.
        environment: Variables beside those that this program has.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        variables = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
        for name in ("TERM_PROGRAM", "LINES", "COLUMNS", "NO_COLOR"):
            variables.pop(name, None)
        self._began = time.perf_counter()
        self.pid, self._file = pty.fork()
        if self.pid == 0:  # the child
            os.chdir(folder)
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvpe(command[0], list(command), variables)
        self._rest = b""
        self._ended = False

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the program."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                break
            for _ in range(100):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self._file)
                    return
                self._read(0.01)
        os.waitpid(self.pid, 0)
        os.close(self._file)

    def first_frames(self, *, holding: str, quiet: float = 0.4, timeout: float = 60.0) -> list[Frame]:
        """Return the frames from the start of the program until one held a word and the screen came to rest.

        Raises:
            RuntimeError: If the word was not painted in time.
        """
        frames: list[Frame] = []
        while not any(frame.holds(holding) for frame in frames):
            more = self._frames(quiet=0.02, timeout=timeout)
            frames += more
            if not more:
                left = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]|\s+", b" ", self._rest).decode(errors="replace")
                raise RuntimeError(f"the program painted no {holding!r}: {left[-400:]}")
        return frames + self._frames(quiet=quiet, timeout=quiet)

    def rest(self, quiet: float = 0.3) -> None:
        """Wait until nothing has been painted for a while."""
        self._frames(quiet=quiet, timeout=quiet)

    def press(self, key: str, *, quiet: float = 0.05, timeout: float = 5.0) -> list[Frame]:
        """Press a key and return the frames that it led to, until none followed for a while.

        Args:
            key: A name in `KEYS`, or characters to send as they are.
            quiet: Seconds without a frame after which the answer is complete.
            timeout: Seconds to wait for the first frame.
        """
        self._began = time.perf_counter()
        os.write(self._file, KEYS.get(key, key).encode())
        return self._frames(quiet=quiet, timeout=timeout)

    def resize(self, columns: int, rows: int, *, quiet: float = 0.15, timeout: float = 20.0) -> list[Frame]:
        """Give the terminal another size and return the frames that it led to."""
        self._began = time.perf_counter()
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        return self._frames(quiet=quiet, timeout=timeout)

    def peak_mebibytes(self) -> float:
        """Return the most memory that the program has had so far (VmHWM)."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else float("nan")

    def _frames(self, *, quiet: float, timeout: float) -> list[Frame]:
        """Read until frames have come and then none for a while, or none at all in time."""
        frames: list[Frame] = []
        until = time.perf_counter() + timeout
        while (left := until - time.perf_counter()) > 0 and not self._ended:
            for content, seconds in self._read(left):
                frames.append(Frame(seconds, content))
                until = time.perf_counter() + quiet
        return frames

    def _read(self, wait: float) -> list[tuple[bytes, float]]:
        """Read what there is, answer what it asks, and return the frames that it ends."""
        if not select.select([self._file], [], [], wait)[0]:
            return []
        try:
            piece = os.read(self._file, 1 << 16)
        except OSError:  # the program has closed its side
            piece = b""
        seconds = time.perf_counter() - self._began
        if not piece:
            self._ended = True
            time.sleep(min(wait, 0.01))
            return []
        for question, answer in _ANSWERS:
            for _ in question.findall(piece):
                os.write(self._file, answer)
        *whole, self._rest = (self._rest + piece).split(END)
        return [(content, seconds) for content in whole]
