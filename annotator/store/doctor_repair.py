"""Repairing a database.

Invariant: a backup is made first; all repairs are one transaction, so a repair that is killed has changed nothing; only
what follows from other rows is made anew, and what a repair takes out lies in a file beside.  In a file whose pages are
damaged nothing is written at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from annotator.errors import StoreError
from annotator.fresh import is_private
from annotator.store.backup import back_up, free_name
from annotator.store.connection import connect, explained, writing
from annotator.store.doctor import DERIVED, integrity, mendable, missing
from annotator.store.doctor_counts import mend_counts, mend_index
from annotator.store.doctor_layers import mend_layers, mend_lengths
from annotator.store.doctor_rows import Aside, mend_dangling
from annotator.store.migrations import bring_up, is_current

TOLD: Final = 100


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did.

    Args:
        backup: The copy of the file as it was.
        done: What was put right, a line each; of what has to be told one by one the first `TOLD`, and a count.
        aside: Where rows that were moved out lie; None if there are none.
        moved: How many rows lie there.
    """

    backup: Path
    done: tuple[str, ...]
    aside: Path | None
    moved: int


def repair(path: Path, *, time: str) -> Repair:
    """Put right what can be put right, after a backup beside the file.

    Args:
        path: The database; others may go on working meanwhile, and wait while it is written.
        time: Now, as ISO 8601, for the names of the backup and of the file of what was moved out.

    Raises:
        StoreError: If pages of the file are damaged, or it cannot be read or written; nothing is changed then.
        InputError: If the backup cannot be written; nothing is changed then.
    """
    stamp = "".join(character for character in time[:19] if character.isalnum())
    # What is damaged is copied as it is: it is all there is.
    backup = back_up(path, free_name(path.with_name(f"{path.stem}.before-repair-{stamp}.db")), whole=False).path
    aside = Aside(free_name(path.with_name(f"{path.stem}.moved-out-{stamp}.jsonl")), private=is_private(path))
    changed = False
    try:
        with closing(connect(path)) as conn:
            if not is_current(conn, path):
                bring_up(conn, path)
            with explained(path):
                done = _mended(conn, path, aside)
                changed = True
                done += _log_on(conn)
    finally:
        aside.close(keep=changed)
    return Repair(backup, tuple(done), aside.path if aside.rows else None, aside.rows)


def _mended(conn: sqlite3.Connection, path: Path, aside: Aside) -> list[str]:
    conn.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    conn.execute("PRAGMA foreign_keys = OFF")  # what is mended is just what breaks them
    with writing(conn):
        done = [*_pages(conn, path)]
        done += _tables(conn)
        done += _some(mend_dangling(conn, aside))
        done += _some(mend_lengths(conn))
        done += _some(mend_layers(conn, aside))
        done += mend_counts(conn)
        done += mend_index(conn, anyway=any("full-text" in line for line in done))
        aside.keep()
    return done


def _some(done: Iterator[str]) -> list[str]:
    """Return the first lines, and how many more there were; the file of what was moved out has all of them."""
    lines = [*islice(done, TOLD)]
    more = sum(1 for _ in done)
    return [*lines, f"{more:,} more like that"] if more else lines


def _pages(conn: sqlite3.Connection, path: Path) -> Iterator[str]:
    """Make indexes anew that do not fit their tables; refuse where more than that is wrong.

    Raises:
        StoreError: If pages are damaged.
    """
    kinds = {mendable(line) for line in integrity(conn)}
    if "index" in kinds:
        conn.execute("REINDEX")
        yield "made the indexes anew"
    if "words" in kinds:
        conn.execute("INSERT INTO article_fts (article_fts) VALUES ('rebuild')")
        yield "made the full-text index anew"
    left = integrity(conn) if kinds else []
    if left:
        what = f"{path} has damaged pages and was left as it is: {' '.join(left[0].split())}"
        raise StoreError(what, hint="restore a backup; `annotator export` may still read the rest")


def _tables(conn: sqlite3.Connection) -> Iterator[str]:
    """Make tables of what can be counted, indexes and triggers that are missing."""
    for name, kind, sql in missing(conn):
        if kind == "table" and name not in DERIVED:
            continue
        if kind == "trigger":
            conn.execute(f'DROP TRIGGER IF EXISTS "{name}"')
        conn.execute(sql)
        yield f"made the full-text index anew (table {name})" if name == "article_fts" else f"made {kind} {name} anew"


def _log_on(conn: sqlite3.Connection) -> Iterator[str]:
    """Turn write-ahead logging on where it is off; it can only be done outside a transaction."""
    if conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        conn.execute("PRAGMA journal_mode = WAL")
        yield "turned write-ahead logging on"
