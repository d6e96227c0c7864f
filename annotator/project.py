"""The composition root: from a path to everything that works on it.

Invariant: one `Project` holds one reading connection and at most one writer thread and one reader thread; closing it
writes what is queued.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

from annotator.core.layer import Kind, Layer
from annotator.core.schema import Schema
from annotator.errors import AnnotatorError, StoreError, TakenError
from annotator.fresh import make_file
from annotator.session import Session
from annotator.store import assignment, search
from annotator.store.connection import Connection, connect, explained, writing
from annotator.store.files import empty_file, refuse_no_database
from annotator.store.layers import annotator_id, author_id
from annotator.store.migrations import bring_up, is_current, version_of
from annotator.store.people import has, refuse_renamed
from annotator.store.queries import Store
from annotator.store.reader import Reader
from annotator.store.visits import Visit, write_place, write_visit
from annotator.store.writer import Writer

if TYPE_CHECKING:
    from annotator.store.bulk import Loader
    from annotator.store.schedule import Keeper, Plan

Clock = Callable[[], str]


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Project:
    """One database file, opened.

    Use `Project.open` or `Project.create`, best in a `with` block.
    """

    def __init__(self, path: Path, store: Store, schema: Schema, *, clock: Clock, read_only: bool) -> None:
        self.path = path
        self.store = store
        self.schema = schema
        self.clock = clock
        self.read_only = read_only
        self._writer: Writer | None = None
        self._reader: Reader | None = None
        self._keeper: Keeper | None = None
        self._sessions: WeakSet[Session] = WeakSet()
        self._seen: set[str] = set()  # annotators that were in the file once; one that is not any more was renamed

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, clock: Clock = utc_now) -> Self:
        """Open a database, bringing an older one to the newest shape first (read-only or not: else it cannot be read).

        Raises:
            StoreError: If there is no such file, it is not a database of this tool, or it cannot be read.
        """
        refuse_no_database(path)
        conn = connect(path, read_only=read_only)
        try:
            with explained(path):
                old = not is_current(conn, path)
                if old and version_of(conn) == 0:
                    raise empty_file(path)
            if old and read_only:
                conn.close()
                with closing(connect(path)) as writable:
                    bring_up(writable, path)
                conn = connect(path, read_only=True)
            elif old:
                bring_up(conn, path)
            store = Store(conn, path)
            return cls(path, store, store.schema(), clock=clock, read_only=read_only)
        except BaseException:
            conn.close()
            raise

    @classmethod
    def create(cls, path: Path, schema: Schema, *, clock: Clock = utc_now, private: bool = False) -> Self:
        """Make a new database for a schema.

        Args:
            path: Where.
            schema: For what.
            clock: What time it is.
            private: Whether only its owner may read and write it; SQLite gives the files beside it the same rights.

        Raises:
            StoreError: If the file is there already or cannot be made; nothing is left behind then.
        """
        try:
            make_file(path, private=private).close()  # of two programs that make it, one is told so and spoils nothing
        except FileExistsError as error:
            raise StoreError(f"{path} is there already", hint="open it, or name another file with --db") from error
        except FileNotFoundError as error:
            raise StoreError(f"{path.parent}: no such folder", hint="make the folder first") from error
        except OSError as error:
            raise StoreError(f"{path} cannot be made: {error.strerror}", hint="name another file with --db") from error
        conn = None
        try:
            conn = connect(path)
            bring_up(conn, path)
            with explained(path), writing(conn):
                conn.execute(
                    "INSERT INTO schema (name, version, digest, body, created) VALUES (?, ?, ?, ?, ?)",
                    (schema.name, schema.version, schema.digest, schema.to_json(), clock()),
                )
            return cls(path, Store(conn, path), schema, clock=clock, read_only=False)
        except BaseException:
            if conn is not None:
                conn.close()
            # What is there is a new file of ours without a schema: no use to anybody, and in the way of the next try.
            for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                path.with_name(name).unlink(missing_ok=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what is queued and close the file; a backup in the making is given up."""
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self.store.close()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything that was queued is written or has failed; False if the time, in seconds, ran out."""
        return self._writer is None or self._writer.drain(timeout)

    def abandon(self) -> int:
        """Leave what is queued unwritten, so that closing waits for nothing; return how many edits may be lost."""
        return self._writer.abandon() if self._writer is not None else 0

    @property
    def writer(self) -> Writer:
        """The writer thread, started when it is first needed."""
        if self._writer is None:
            if self.read_only:
                raise self._read_only()
            self._writer = Writer(self.path)
        return self._writer

    @property
    def reader(self) -> Reader:
        """The thread that answers what may take a while, started when it is first needed."""
        if self._reader is None:
            self._reader = Reader(self.path)
        return self._reader

    def follow_schema(self) -> bool:
        """Take over the schema in force, if somebody has moved the database to another; say whether it is so.

        Raises:
            StoreError: If the file cannot be read.
        """
        if self.store.schema_ref() == self.schema.ref:
            return False
        self.schema = self.store.schema()
        return True

    def _read_only(self) -> StoreError:
        return StoreError(f"{self.path} was opened read-only", hint="open it for writing")

    def add_annotator(self, name: str, kind: Kind = "human", *, helper: bool = False) -> None:
        """Add an annotator, human unless told, if the name is new.

        Args:
            name: The name.
            kind: Human, model or gold.
            helper: Whether this is somebody who settles, and is to be given nothing to read.

        Raises:
            StoreError: If the name is known with another kind, or the file cannot be written.
        """
        if (name, kind) not in self.store.annotators():
            add = (lambda conn: author_id(conn, name)) if helper else (lambda conn: annotator_id(conn, name, kind))
            self.writer.submit(add).result()
        self._seen.add(name)

    def _knows(self, annotator: str) -> bool:
        """Say whether an annotator is in the file.

        Raises:
            RoleError: If this was so before and is not any more.
        """
        with self.store.snapshot() as conn:
            if annotator in self._seen:
                refuse_renamed(conn, annotator)
            elif has(conn, annotator):
                self._seen.add(annotator)
        return annotator in self._seen

    def release_lapsed(self) -> None:
        """Let others have what was claimed and not worked on in time; nothing is written where there is no such claim.

        Raises:
            StoreError: If the file cannot be written.
        """
        begun = self.begin_release()
        if begun is not None:
            begun.result()

    def begin_release(self) -> Future[int] | None:
        """Queue what `release_lapsed` writes, and return how many claims it is to be; None if there are none.

        Raises:
            StoreError: If the file cannot be read.
        """
        time = self.clock()
        with self.store.snapshot() as conn:
            some = assignment.lapsed(conn, time=time)
        return self.writer.submit(lambda conn: assignment.release(conn, time=time), minor=True) if some else None

    def claim(self, article: int, annotator: str) -> str:
        """Take a place at an article whose places are taken as people come, if the annotator has none there yet.

        Returns:
            Why not, if all are others'; "" if the annotator may work on the article.

        Raises:
            AnnotatorError: If the file cannot be written, or the annotator was given another name while this was open.
        """
        known = self._knows(annotator)
        with self.store.snapshot() as conn:
            needed = assignment.needs_claim(conn, annotator, article)
        if not needed:
            return ""
        time = self.clock()

        def job(conn: Connection) -> None:
            if known:
                refuse_renamed(conn, annotator)  # it may have been just now
            assignment.claim(conn, annotator_id(conn, annotator), article, time=time)

        try:
            self.writer.submit(job).result()
        except TakenError as error:
            return str(error)
        return ""

    def index_texts(self, tell: Callable[[int, int], bool] = lambda done, of: True) -> None:
        """Bring the full-text index up to date, so that a search finds every article.

        Args:
            tell: Told after each chunk how many articles are indexed, and of how many; False ends it there.

        Raises:
            StoreError: If the file cannot be written.
        """
        while self.writer.submit(search.catch_up, minor=True).result():
            if not tell(*self.writer.submit(search.pending, minor=True).result()):
                return

    def keep_visit(self, article: int, annotator: str, visit: Visit) -> Future[None]:
        """Queue to be kept where the annotator is in an article, and the seconds of this visit; see `visits`."""
        time = self.clock()
        known = annotator in self._seen
        return self.writer.submit(
            lambda conn: write_visit(conn, annotator, article, visit, time=time, known=known), minor=True
        )

    def keep_place(self, article: int, annotator: str) -> None:
        """Queue to be kept which article the annotator is at."""
        known = annotator in self._seen
        self.writer.submit(lambda conn: write_place(conn, annotator, article, known=known), minor=True)

    def begin_sweep(self, author: str, what: str) -> int:
        """Begin a change over several articles, and return its number for `Session.do`.

        Args:
            author: Who makes it.
            what: What it does, in a few words.

        Raises:
            StoreError: If the file cannot be written.
        """
        from annotator.store import sweeps

        time = self.clock()
        return self.writer.submit(lambda conn: sweeps.begin(conn, author=author, what=what, time=time)).result()

    def end_sweep(self, sweep: int) -> None:
        """Take note that a change over several articles was undone.

        Raises:
            StoreError: If the file cannot be written.
        """
        from annotator.store import sweeps

        time = self.clock()
        self.writer.submit(lambda conn: sweeps.mark_undone(conn, sweep, time=time)).result()

    def keep_backups(self, plan: Plan, *, told: Callable[[str], None]) -> Keeper:
        """Make a backup on a thread of its own if it is time for one.

        Args:
            plan: When and where.
            told: Told on that thread what was made or went wrong; not if nothing was to be done.
        """
        from annotator.store.schedule import Keeper  # here, because most have no schedule

        if self._keeper is not None:
            self._keeper.close()
        self._keeper = Keeper(self.path, plan, told=told, now=datetime.fromisoformat(self.clock()))
        return self._keeper

    def loader(self, *, strict: bool = False, author: str | None = None, restored: bool = False) -> Loader:
        """Return a loader for this database; use it in a `with` block.

        Args:
            strict: Keep nothing unless all is good.
            author: Who loads; see `Loader`.
            restored: Whether new names are second names; see `Loader`.

        Raises:
            StoreError: If the database was opened read-only or cannot be written.
        """
        if self.read_only:
            raise self._read_only()
        from annotator.store.bulk import Loader

        return Loader(self.path, self.schema, clock=self.clock, strict=strict, author=author, restored=restored)

    def session(self, article: int, annotator: str, *, author: str = "") -> Session:
        """Open one annotator's layer of one article for work.

        Args:
            article: The article's number.
            annotator: The annotator's name.
            author: Who edits, for the journal: the annotator, or whoever settles a gold layer.

        Raises:
            RoleError: If the annotator was given another name while this was open.
            StoreError: If there is no such article or the file cannot be read.
        """
        known = self._knows(annotator)
        writer = self.writer
        writer.drain(minor=False)  # what another session of this program has queued for the layer belongs to it
        self.follow_schema()
        layer = self.store.layer(article, annotator) or Layer(article, annotator, self.schema.ref)
        text = self.store.article(article)
        made = Session(self.store, writer, text, layer, self.schema, clock=self.clock, author=author, known=known)
        self._sessions.add(made)
        return made

    def unsaved(self) -> tuple[int, AnnotatorError | None]:
        """Return how many batches of edits could not be saved so far, and why, of the sessions that are still there."""
        failed = [session for session in self._sessions if session.state == "failed"]
        return sum(session.pending for session in failed), next((session.failure for session in failed), None)

    def give_up(self, session: Session) -> None:
        """Let what a session could not save be lost, as the annotator wants it."""
        self._sessions.discard(session)
