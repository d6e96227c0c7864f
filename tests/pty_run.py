"""The program in a real pseudo-terminal: what a person's terminal sends and shows, without the person."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[1]
ALTERNATE_SCREEN, MAIN_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"
MOUSE_ON, MOUSE_OFF = b"\x1b[?1003h", b"\x1b[?1003l"
READY = b"\x1b[?2004h"  # the last mode that the app asks for: from here on it reads keys
PATIENCE = 30.0  # seconds
_SEQUENCE = re.compile(r"\x1b\[[?<>]?[\d;]*[a-zA-Z]")


class Terminal:
    """A program in a pseudo-terminal, whose output is read all the time.

    Args:
        arguments: What follows `annotator`.
        plant: Code run in the program before its first line, to make it fail.
        size: Columns and rows.
    """

    def __init__(self, *arguments: object, plant: str = "", size: tuple[int, int] = (80, 24)) -> None:
        self.output = b""
        self.at = 0.0  # when something was last written or typed
        self._changed = threading.Condition()
        self._master, slave = pty.openpty()
        self._size(*size)
        self.modes = termios.tcgetattr(slave)
        self._slave = slave
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES") and "COV" not in k}
        environment |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        code = f"{plant}\nfrom annotator.__main__ import main\nmain()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=ROOT, preexec_fn=self._own_terminal,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @staticmethod
    def _own_terminal() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        for descriptor in (self._slave, self._master):
            if descriptor >= 0:
                os.close(descriptor)

    def _read(self) -> None:
        while self._master >= 0:
            try:
                ready = select.select([self._master], [], [], 0.05)[0]
                data = os.read(self._master, 65536) if ready else b""
            except (OSError, ValueError):
                return  # closed
            if not ready:
                if self.process.poll() is not None:
                    return
                continue
            with self._changed:
                self.output += data
                self.at = time.monotonic()
                self._changed.notify_all()

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, and tell the program as a terminal does."""
        self._size(columns, rows)
        self.process.send_signal(signal.SIGWINCH)

    def send(self, keys: str | bytes) -> None:
        """Type."""
        self.at = time.monotonic()
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            data = data[os.write(self._master, data[:512]) :]

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed."""
        os.close(self._slave)
        self._slave = -1
        master, self._master = self._master, -1
        self._reader.join(PATIENCE)
        os.close(master)

    def until(self, wanted: bytes | str | Callable[[], bool], *, since: int = 0, patience: float = PATIENCE) -> None:
        """Wait until something was written (after so many bytes), or is true."""
        pattern = wanted.encode() if isinstance(wanted, str) else wanted
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if pattern() if callable(pattern) else pattern in self.output[since:]:
                return
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            with self._changed:
                self._changed.wait(0.02)
        raise AssertionError(f"never came: {wanted!r}; the last that came: {self.output[-2000:]!r}")

    def quiet(self, seconds: float = 0.3) -> None:
        """Wait until nothing was written or typed for so long."""
        self.until(lambda: time.monotonic() - self.at > seconds or self.process.poll() is not None)

    def ready(self, shown: str = "") -> Self:
        """Wait until the app takes keys and shows something."""
        self.until(READY)
        self.until(shown)
        self.quiet()
        return self

    def ends(self) -> int:
        """Wait until the program has ended and return its exit status (negative: the signal that killed it)."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def modes_now(self) -> list[object]:
        """Return the terminal's modes."""
        return termios.tcgetattr(self._slave)

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was before the app: main screen, no mouse, the modes of a shell."""
        left = max(self.output.rfind(MAIN_SCREEN), 0)
        return (
            self.output.rfind(ALTERNATE_SCREEN) < left
            and self.output.rfind(MOUSE_ON) < self.output.rfind(MOUSE_OFF)
            and self.output.rfind(b"\x1b[?25l") < self.output.rfind(b"\x1b[?25h")
            and self.modes_now() == self.modes
        )

    @property
    def after(self) -> str:
        """What was printed after the app had given the terminal back."""
        return _SEQUENCE.sub("", self.output.rpartition(MAIN_SCREEN)[2].decode())

    def memory(self) -> int:
        """Return the program's resident memory in KB."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found
        return int(found[1])

    def stopped(self) -> bool:
        """Say whether the program is stopped, as by Ctrl+Z."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
