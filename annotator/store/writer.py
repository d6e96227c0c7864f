"""The writer thread: every write of a program goes through it, one transaction a job, in the order submitted.

Invariant: a job's future is done only after its transaction is on the disk (or has failed and left no trace), so the
screen never waits for the disk and "saved" is never said too early.
"""

from __future__ import annotations

import atexit
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from annotator.errors import StoreError
from annotator.store.connection import connect, explain, writing
from annotator.store.identity import Identity

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]


class Writer:
    """One thread with one connection that writes.

    Args:
        path: A database file that has the newest shape.

    Raises:
        StoreError: If the file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._conn = connect(path)
        self._same = Identity(path, self._conn)
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Any], bool] | None] = queue.SimpleQueue()
        self._gate = threading.Lock()  # nothing is queued behind the end of the queue, where nobody would ever see it
        self._closed = False
        self._abandoned = False
        self._edits = 0  # jobs that are not minor and have not ended
        self._thread = threading.Thread(target=self._run, name="annotator-writer", daemon=True)
        self._thread.start()
        # A program that ends by an error nobody caught still writes what it was given, and never hangs on the thread.
        atexit.register(self.close)

    def submit(self, job: Callable[[sqlite3.Connection], T], *, minor: bool = False) -> Future[T]:
        """Queue a job that runs inside one write transaction, and return its future.

        The future raises the job's own error, or `StoreError` where SQLite failed or the writer was closed before.

        Args:
            job: What to do.
            minor: Whether nobody has to wait for it; see `drain`.
        """
        future: Future[T] = Future()
        with self._gate:
            closed = self._closed
            if not closed:
                self._edits += not minor
                self._jobs.put((job, future, minor))
        if closed:
            future.set_exception(StoreError(f"{self._path} was closed", hint="open it again"))
        return future

    def drain(self, timeout: float | None = None, *, minor: bool = True) -> bool:
        """Wait until everything submitted so far is written or has failed; nothing to wait for once closed.

        Args:
            timeout: How many seconds to wait at most; None for as long as it takes.
            minor: Whether to wait where nothing but minor jobs is left.

        Returns:
            Whether it is so; False if the time ran out.
        """
        done = threading.Event()
        marker: Future[Any] = Future()
        marker.add_done_callback(lambda _: done.set())
        with self._gate:
            if self._closed or not (minor or self._edits):
                done.set()
            else:
                self._jobs.put((_nothing, marker, True))
        return done.wait(timeout)

    def close(self) -> None:
        """Write what is queued, then end the thread."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        if self._abandoned:
            return
        self._thread.join()
        atexit.unregister(self.close)

    def abandon(self) -> int:
        """Leave what is queued unwritten and wait for nothing; return how many jobs that are not minor may be lost.

        What is being written at this moment may or may not be in the file.
        """
        with self._gate:
            self._closed = self._abandoned = True
            lost = self._edits
            with suppress(queue.Empty):
                while True:
                    self._jobs.get_nowait()
            self._jobs.put(None)
        atexit.unregister(self.close)
        return lost

    def _run(self) -> None:
        while (item := self._jobs.get()) is not None:
            job, future, minor = item
            self._do(job, future)
            with self._gate:
                self._edits -= not minor
        self._conn.close()

    def _do(self, job: Job, future: Future[Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return  # taken back by whoever submitted it; setting a result would end this thread
        try:
            if job is _nothing:
                result = None
            else:
                self._same.check()
                with writing(self._conn):
                    result = job(self._conn)
                self._same.check()  # what went into a file that nobody finds again is not saved
        except sqlite3.Error as error:
            future.set_exception(explain(error, self._path))
        except Exception as error:  # noqa: BLE001 - the job's own: it belongs to whoever waits for the future
            future.set_exception(error)
        else:
            future.set_result(result)


def _nothing(conn: sqlite3.Connection) -> None:
    """The job that `drain` waits for."""
