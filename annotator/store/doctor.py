"""The doctor: whether a database holds together, told as findings.

Invariant: examining writes nothing, reads one snapshot, and keeps no more in memory than one article or layer.  A part
that cannot be read is a finding of its own and ends only its own check.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from annotator.core.schema import Schema
from annotator.core.text import digest_of
from annotator.errors import AnnotatorError
from annotator.store.connection import connect, explain, explained, reading
from annotator.store.doctor_counts import count_findings, index_findings
from annotator.store.doctor_finding import Finding, Tell
from annotator.store.doctor_layers import article_findings, layer_findings
from annotator.store.doctor_rows import dangling
from annotator.store.doctor_values import value_findings
from annotator.store.migrations import VERSION, bring_up, is_current, version_of

MOST: Final = 100  # lines of SQLite's own check: what is behind them does not get better by more of them
DERIVED: Final = frozenset({"day", "total", "tally", "label_use", "ahead", "assigned", "visit", "place", "article_fts"})
"""Tables that can be made anew: the counts, the full-text index, and where people were, which is no annotation."""

_HEADER: Final = 32  # bytes of a write-ahead log before its first frame
_FRAME: Final = 24  # bytes of a frame before its page


@dataclass(frozen=True, slots=True)
class Log:
    """The write-ahead log beside a database.

    Args:
        size: In bytes; 0 if there is none.
        torn: Whether it ends within a frame, as after a crash in the middle of a write, or if somebody has cut it.
            SQLite leaves such an end out: the transaction it belonged to is not there.
    """

    size: int
    torn: bool


def examine(path: Path, *, tell: Tell = lambda done, of: None) -> Iterator[Finding]:
    """Yield what is wrong with a database.

    Args:
        path: A database of this version or an older one, of which only the file's own health is looked at.
        tell: Told now and then how many articles and layers were looked at, and of how many.

    Raises:
        StoreError: If it cannot be read at all, is another program's, or is from a newer version.
    """
    conn = connect(path, read_only=True)
    # Noise in a text must not end the search for more of it.
    conn.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    with closing(conn):
        with explained(path):
            current = is_current(conn, path)
            conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with reading(conn):
            if not current:
                what = f"the file has version {version_of(conn)}, this tool has {VERSION}"
                yield Finding("version", "file", what, "bring it up, after a backup; so does opening it")
            damaged = False
            for name, check in _checks(conn, path, tell, current=current):
                for finding in _guarded(name, check, path):
                    damaged = damaged or (name == "pages" and not finding.repair)
                    # In a file with damaged pages nothing is written: every write could damage more.
                    yield replace(finding, repair="") if damaged else finding


def log_of(path: Path) -> Log:
    """Return what there is to say about the write-ahead log of a database."""
    log = path.with_name(f"{path.name}-wal")
    try:
        size = log.stat().st_size
        with path.open("rb") as file:
            head = file.read(18)
    except OSError:
        return Log(0, torn=False)
    page = int.from_bytes(head[16:18], "big")
    page = 65_536 if page == 1 else page or 4_096
    return Log(size, torn=bool(size) and (size < _HEADER or bool((size - _HEADER) % (_FRAME + page))))


def _checks(
    conn: sqlite3.Connection, path: Path, tell: Tell, *, current: bool
) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    """Yield the checks with the names under which they fail."""
    yield "pages", lambda: _integrity(conn)
    yield "rows", lambda: dangling_findings(conn)
    if not current:
        return
    shape = [*_shape(conn, path)]
    yield "tables", lambda: iter(shape)
    yield "schemas", lambda: _schemas(conn)
    yield "values", lambda: value_findings(conn)
    yield "articles", lambda: article_findings(conn, _told(conn, "article", tell))
    yield "layers", lambda: layer_findings(conn, _told(conn, "layer", tell))
    if not any(finding.where.startswith("table") for finding in shape):
        yield "counts", lambda: count_findings(conn)
        yield "full-text index", lambda: index_findings(conn)
    yield "log", lambda: _mode(conn)


def _told(conn: sqlite3.Connection, table: str, tell: Tell) -> Callable[[int], None]:
    number = int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    return lambda done: tell(done, number)


def _guarded(name: str, check: Callable[[], Iterator[Finding]], path: Path) -> Iterator[Finding]:
    """Yield what a check finds, and that it could not go on where it could not."""
    try:
        yield from check()
    except sqlite3.Error as error:
        told = explain(error, path)
        yield Finding("unreadable", name, told.message.removeprefix(f"{path} "))
    except AnnotatorError as error:
        yield Finding("unreadable", name, error.message)


def integrity(conn: sqlite3.Connection) -> list[str]:
    """Return what SQLite's own check says, a line a fault; none if all is well.

    Rules of tables are left out: that of rows that break one is told by `value_findings`, and no page is damaged then.
    """
    conn.execute("PRAGMA ignore_check_constraints = ON")
    try:
        lines = [str(line) for (text,) in conn.execute(f"PRAGMA integrity_check({MOST})") for line in text.splitlines()]
    finally:
        conn.execute("PRAGMA ignore_check_constraints = OFF")
    return [line for line in lines if line.strip() not in ("ok", "") and not line.startswith("***")]


def mendable(line: str) -> str:
    """Return what puts right a fault that SQLite has found: "index", "words", or "" for nothing."""
    if "article_fts" in line:
        return "words"
    if "missing from index" in line or "wrong # of entries in index" in line:
        return "index"
    return ""


def _integrity(conn: sqlite3.Connection) -> Iterator[Finding]:
    mends = {"index": "make the index anew", "words": "make the full-text index anew", "": ""}
    for line in integrity(conn):
        yield Finding("integrity", "pages", line, mends[mendable(line)])


def dangling_findings(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Yield the rows that belong to something that is not there."""
    for gap in dangling(conn):
        what = f"{gap.rows} of them belong to {gap.parent} {gap.value}, which is not there"
        yield Finding("dangling", f"rows of {gap.table}", what, gap.cure)


def shape_of(conn: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """Return the kind and SQL of every table, index and trigger, by name; without what SQLite makes for itself."""
    rows = conn.execute(
        "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'article_fts\\_%' ESCAPE '\\' ORDER BY rowid"
    )
    return {name: (kind, sql) for name, kind, sql in rows}


def newest_shape() -> dict[str, tuple[str, str]]:
    """Return the shape of a new database."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        bring_up(fresh, Path("a new database"))
        return shape_of(fresh)


def missing(conn: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Return name, kind and SQL of what a database of the newest shape has and this one lacks, or has otherwise.

    Of tables and indexes the name counts: their SQL has been written in more than one way.
    """
    here = shape_of(conn)
    return [
        (name, kind, sql)
        for name, (kind, sql) in newest_shape().items()
        if name not in here or (kind == "trigger" and here[name][1].split() != sql.split())
    ]


def _shape(conn: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    with explained(path):
        for name, kind, _ in missing(conn):
            can = kind != "table" or name in DERIVED
            yield Finding(
                "shape", f"{kind} {name}", "is missing, or not what it should be", "make it anew" if can else ""
            )


def _schemas(conn: sqlite3.Connection) -> Iterator[Finding]:
    for name, version, digest, body in conn.execute("SELECT name, version, digest, body FROM schema ORDER BY id"):
        where = f"schema {name}@{version}"
        try:
            same = isinstance(body, str) and digest_of(body) == digest
        except AnnotatorError:
            same = False
        if not same:
            yield Finding("schema-digest", where, "is not what was stored")
            continue
        try:
            ref = Schema.validated_json(body).ref
        except ValueError as error:
            yield Finding("schema", where, f"cannot be read: {str(error).splitlines()[0]}")
            continue
        if ref != f"{name}@{version}":
            yield Finding("schema", where, f"calls itself {ref}")


def _mode(conn: sqlite3.Connection) -> Iterator[Finding]:
    mode = conn.execute("PRAGMA journal_mode").fetchone()[0]
    if mode not in ("wal", "off"):  # "off": read as it lies, because nothing can be written beside it
        yield Finding(
            "log", "file", f"write-ahead logging is off (mode {mode}): readers and writers wait", "turn it on"
        )
