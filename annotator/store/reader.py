"""The reader thread: questions whose answers may take a while, asked without waiting.

Invariant: questions are answered one at a time over a connection of their own; `interrupt` ends the one that is being
answered and those that wait, and none of them is answered late.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from annotator.errors import StoreError
from annotator.store.connection import connect
from annotator.store.queries import Store

T = TypeVar("T")

STEPS: Final = 10_000  # of SQLite's machine between two looks whether the answer is wanted: well under a millisecond


class Superseded(Exception):
    """The question was taken back."""


class Reader:
    """One thread with one connection that reads; both are there from the first question on.

    Args:
        path: A database file of the newest shape.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="annotator-reader")
        self._conn: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._turn = 0

    def ask(self, question: Callable[[Store], T]) -> Future[T]:
        """Queue a question and return its future, which raises `Superseded` if it was taken back."""
        with self._lock:
            turn = self._turn
        return self._threads.submit(self._answer, question, turn)

    def _answer(self, question: Callable[[Store], T], turn: int) -> T:
        with self._lock:
            if turn != self._turn:
                raise Superseded
            if self._conn is None:
                self._conn = connect(self._path, read_only=True)
            conn = self._conn
        # `interrupt` of the connection ends only what runs at that moment, and not what a question asks for next.
        conn.set_progress_handler(lambda: int(turn != self._turn), STEPS)
        try:
            answer = question(Store(conn, self._path))
        except StoreError as error:
            if turn != self._turn:
                raise Superseded from error
            raise
        if turn != self._turn:
            raise Superseded
        return answer

    def interrupt(self) -> None:
        """Take back all questions that are not answered yet."""
        with self._lock:
            self._turn += 1
            if self._conn is not None:
                self._conn.interrupt()

    def close(self) -> None:
        """Take back what is asked and end the thread."""
        self.interrupt()
        self._threads.shutdown(cancel_futures=True)
        if self._conn is not None:
            self._conn.close()
            self._conn = None
