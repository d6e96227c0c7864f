"""What several commands share: JSON on stdout, progress on stderr, the command to type next.

Invariant: stdout carries data alone; progress is shown only where a person sees it, on a terminal.
"""

from __future__ import annotations

import gc
import json
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, Final, NoReturn, TextIO

import click

_UNSAFE: Final = re.compile("[\x7f-\x9f\ud800-\udfff]")  # what JSON leaves as it is, but a terminal or UTF-8 does not
INTERVAL: Final = 0.1  # seconds between two pictures of a progress line
COLLECTED: Final = 100_000  # objects that are made between two looks for garbage of a long job; Python's own is 700


def echo_json(data: Any) -> None:
    """Print a value as indented JSON, in its own script; only what would drive a terminal is escaped."""
    click.echo(harmless(json.dumps(data, ensure_ascii=False, indent=2)))


def harmless(text: str) -> str:
    """Return JSON that says the same and drives no terminal."""
    return _UNSAFE.sub(lambda one: f"\\u{ord(one[0]):04x}", text)


def next_command(what: str, *, db: Path | None = None) -> str:
    """Return a command line to type next, which means the same database as the one that runs.

    Args:
        what: What follows `annotator`, quoted where that is needed.
        db: The database, where it is not that of the command line.

    Returns:
        The line, with --db where it was typed; where it came from the environment or was left out it will again.
    """
    context = click.get_current_context(silent=True)
    if db is None and context is not None:
        top = context.find_root()
        if top.get_parameter_source("db") is click.core.ParameterSource.COMMANDLINE:
            db = top.params["db"]
    return f"annotator {what}" if db is None else f"annotator --db {quote(str(db))} {what}".rstrip()


class Progress:
    """A line that counts up; see `progress`."""

    def __init__(self, total: int | None, label: str, *, stream: TextIO, clock: Callable[[], float]) -> None:
        self.total = total
        self.label = label
        self.done = 0
        self._stream = stream
        self._clock = clock
        self._shown = stream.isatty()
        self._next = 0.0
        self._width = 0

    def update(self, n: int = 1) -> None:
        """Count n more as done."""
        self.done += n
        if self._shown and self._clock() >= self._next:
            self._draw()
            self._next = self._clock() + INTERVAL

    def close(self) -> None:
        """Show the last figure and leave the line."""
        if self._shown:
            self._draw()
            self._stream.write("\n")
            self._stream.flush()

    def _draw(self) -> None:
        line = f"{self.label} {self.done:,}"
        if self.total:
            line += f" of {self.total:,} ({min(100 * self.done // self.total, 100)} %)"
        self._stream.write(f"\r{line.ljust(self._width)}")
        self._width = len(line)
        self._stream.flush()


@contextmanager
def progress(
    total: int | None,
    label: str,
    *,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress]:
    """Show how far a long job is, on stderr and only if that is a terminal.

    Args:
        total: How many there are, or None if nobody knows.
        label: What is being done.
        stream: Where to show it; stderr if None.
        clock: Seconds that rise.
    """
    line = Progress(total, label, stream=sys.stderr if stream is None else stream, clock=clock)
    try:
        yield line
    finally:
        line.close()


@contextmanager
def stoppable() -> Iterator[None]:
    """Let being told to end (SIGTERM, SIGHUP) clean up as Ctrl+C does, so that no half-written file stays behind."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]  # Windows has no SIGHUP
    if current_thread() is not main_thread():  # only there can a program say what a signal does
        names = []
    before = {name: signal.signal(getattr(signal, name), _stop) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage seldom, and never through what is imported by now: a fifth of the time of a load or an export.

    Both make millions of values that are freed when nothing names them any more; what needs the collector is rare.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECTED, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
