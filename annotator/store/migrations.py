"""The shape of the file, and how an older file gets it.

Invariant: `PRAGMA user_version` is the number of migrations that were applied.  A migration that was released is never
changed; a new column is a new function at the end and a line in `rows.py`.
"""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from annotator.core.dates import day_of
from annotator.errors import StoreError
from annotator.store.backup import back_up, free_name
from annotator.store.connection import APPLICATION_ID, explained, reading, writing
from annotator.store.rows import json_value

if TYPE_CHECKING:
    from sqlite_utils import Database

VERSION = 6

_TRIES = 50  # each waits for the lock; more than a few takes programs that do nothing but open new files

_COUNT_LAYER: Final = """INSERT OR IGNORE INTO tally VALUES (NEW.annotator, NEW.status, 0, 0);
  UPDATE tally SET layers = layers + 1, spans = spans + NEW.spans
    WHERE annotator = NEW.annotator AND status = NEW.status;"""
_UNCOUNT_LAYER: Final = """UPDATE tally SET layers = layers - 1, spans = spans - OLD.spans
    WHERE annotator = OLD.annotator AND status = OLD.status;"""
_COUNT_SPAN: Final = """INSERT OR IGNORE INTO label_use
    SELECT NEW.label, article, annotator, 0 FROM layer WHERE id = NEW.layer;
  UPDATE label_use SET spans = spans + 1 WHERE (label, article, annotator) =
    (SELECT NEW.label, article, annotator FROM layer WHERE id = NEW.layer);"""
_UNCOUNT_SPAN: Final = """UPDATE label_use SET spans = spans - 1 WHERE (label, article, annotator) =
    (SELECT OLD.label, article, annotator FROM layer WHERE id = OLD.layer);
  DELETE FROM label_use WHERE spans = 0 AND (label, article, annotator) =
    (SELECT OLD.label, article, annotator FROM layer WHERE id = OLD.layer);"""

_TABLES = """
CREATE TABLE schema (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, body TEXT NOT NULL,
  created TEXT NOT NULL, UNIQUE (name, version));
CREATE TABLE annotator (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL CHECK (kind IN ('human', 'model', 'gold')));
CREATE TABLE article (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, digest TEXT NOT NULL UNIQUE, length INTEGER NOT NULL,
  loaded TEXT NOT NULL, title TEXT NOT NULL, meta TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE layer (
  id INTEGER PRIMARY KEY, article INTEGER NOT NULL REFERENCES article (id),
  annotator INTEGER NOT NULL REFERENCES annotator (id), schema INTEGER NOT NULL REFERENCES schema (id),
  status TEXT NOT NULL CHECK (status IN ('open', 'done', 'flagged')), revision INTEGER NOT NULL,
  spans INTEGER NOT NULL, updated TEXT NOT NULL, attributes TEXT NOT NULL, note TEXT NOT NULL,
  UNIQUE (article, annotator));
CREATE INDEX layer_by_annotator ON layer (annotator, status, article);
CREATE TABLE span (
  layer INTEGER NOT NULL REFERENCES layer (id), id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  label TEXT NOT NULL, attributes TEXT NOT NULL, note TEXT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (layer, id), CHECK (0 <= start AND start < "end")) WITHOUT ROWID;
CREATE TABLE journal (
  id INTEGER PRIMARY KEY, time TEXT NOT NULL, layer INTEGER NOT NULL REFERENCES layer (id),
  annotator INTEGER NOT NULL REFERENCES annotator (id), schema INTEGER NOT NULL REFERENCES schema (id),
  revision INTEGER NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('do', 'undo', 'redo', 'load')),
  of INTEGER REFERENCES journal (id), edits TEXT NOT NULL, inverse TEXT NOT NULL);
CREATE INDEX journal_by_layer ON journal (layer, id);
"""


# Counts and uses are kept by triggers, whoever writes: the queue asks for them at every key.  They begin with INSERT OR
# IGNORE because a conflict clause of the statement that sets a trigger off would override any other in it.
_QUEUE: Final = (
    # The rows of `article` hold the texts; what looks through many articles in their order reads this table instead.
    "CREATE TABLE day (article INTEGER PRIMARY KEY, date TEXT NOT NULL)",
    "CREATE INDEX day_by_date ON day (date)",
    "CREATE INDEX layer_of_annotator ON layer (annotator, article)",
    "CREATE INDEX span_with_note ON span (layer) WHERE note <> ''",
    "CREATE TABLE total (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE tally (
  annotator INTEGER NOT NULL, status TEXT NOT NULL, layers INTEGER NOT NULL, spans INTEGER NOT NULL,
  PRIMARY KEY (annotator, status)) WITHOUT ROWID""",
    """CREATE TABLE label_use (
  label TEXT NOT NULL, article INTEGER NOT NULL, annotator INTEGER NOT NULL, spans INTEGER NOT NULL,
  PRIMARY KEY (label, article, annotator)) WITHOUT ROWID""",
    """CREATE TABLE visit (
  annotator INTEGER NOT NULL REFERENCES annotator (id), article INTEGER NOT NULL REFERENCES article (id),
  seconds REAL NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, top INTEGER NOT NULL, time TEXT NOT NULL,
  PRIMARY KEY (annotator, article)) WITHOUT ROWID""",
    """CREATE TABLE place (
  annotator INTEGER PRIMARY KEY REFERENCES annotator (id), article INTEGER NOT NULL)""",
    "INSERT INTO total SELECT 'articles', count(*) FROM article",
    "INSERT INTO tally SELECT annotator, status, count(*), sum(spans) FROM layer GROUP BY annotator, status",
    """INSERT INTO label_use SELECT s.label, l.article, l.annotator, count(*) FROM span s
  JOIN layer l ON l.id = s.layer GROUP BY s.label, l.article, l.annotator""",
    """CREATE TRIGGER article_added AFTER INSERT ON article BEGIN
  INSERT INTO day VALUES (NEW.id, substr(NEW.loaded, 1, 10));
  UPDATE total SET number = number + 1 WHERE name = 'articles'; END""",
    """CREATE TRIGGER article_gone AFTER DELETE ON article BEGIN
  DELETE FROM day WHERE article = OLD.id;
  UPDATE total SET number = number - 1 WHERE name = 'articles'; END""",
    f"CREATE TRIGGER layer_added AFTER INSERT ON layer BEGIN {_COUNT_LAYER} END",
    f"CREATE TRIGGER layer_gone AFTER DELETE ON layer BEGIN {_UNCOUNT_LAYER} END",
    f"CREATE TRIGGER layer_changed AFTER UPDATE OF status, spans ON layer BEGIN {_UNCOUNT_LAYER} {_COUNT_LAYER} END",
    f"CREATE TRIGGER span_added AFTER INSERT ON span BEGIN {_COUNT_SPAN} END",
    f"CREATE TRIGGER span_gone AFTER DELETE ON span BEGIN {_UNCOUNT_SPAN} END",
    f"""CREATE TRIGGER span_changed AFTER UPDATE OF label ON span WHEN NEW.label <> OLD.label BEGIN
  {_UNCOUNT_SPAN} {_COUNT_SPAN} END""",
)

_SWEEPS: Final = (
    """CREATE TABLE sweep (
  id INTEGER PRIMARY KEY, time TEXT NOT NULL, annotator INTEGER NOT NULL REFERENCES annotator (id),
  what TEXT NOT NULL, undone TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE sweep_entry (
  entry INTEGER PRIMARY KEY REFERENCES journal (id), sweep INTEGER NOT NULL REFERENCES sweep (id))""",
    "CREATE INDEX sweep_entry_by_sweep ON sweep_entry (sweep)",
)


# Who is to read what.  A row of `assignment` is a place at an article: given by name, of the set that all read, or a
# claim, which lapses unless work on the article makes it last.  `quota` says how many places an article has that are
# taken as people come; how many of them are taken is kept by triggers, so that free ones are found by an index.
_TEAM: Final = (
    "ALTER TABLE annotator ADD COLUMN role TEXT NOT NULL DEFAULT 'annotator' CHECK (role IN ('annotator', 'lead'))",
    "ALTER TABLE annotator ADD COLUMN retired TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE assignment (
  annotator INTEGER NOT NULL REFERENCES annotator (id), article INTEGER NOT NULL REFERENCES article (id),
  kind TEXT NOT NULL CHECK (kind IN ('named', 'calibration', 'claim')), time TEXT NOT NULL,
  lapses TEXT NOT NULL DEFAULT '', PRIMARY KEY (annotator, article)) WITHOUT ROWID""",
    "CREATE INDEX assignment_of_article ON assignment (article)",
    "CREATE INDEX assignment_lapsing ON assignment (lapses) WHERE lapses <> ''",
    """CREATE TABLE quota (
  article INTEGER PRIMARY KEY REFERENCES article (id), places INTEGER NOT NULL CHECK (places > 0),
  seconds REAL NOT NULL CHECK (seconds > 0), taken INTEGER NOT NULL)""",
    "CREATE INDEX quota_free ON quota (article) WHERE taken < places",
    """CREATE TRIGGER assignment_added AFTER INSERT ON assignment BEGIN
  UPDATE quota SET taken = taken + 1 WHERE article = NEW.article; END""",
    """CREATE TRIGGER assignment_gone AFTER DELETE ON assignment BEGIN
  UPDATE quota SET taken = taken - 1 WHERE article = OLD.article; END""",
    """CREATE TRIGGER layer_placed AFTER INSERT ON layer BEGIN
  UPDATE assignment SET lapses = '' WHERE annotator = NEW.annotator AND article = NEW.article AND lapses <> '';
  INSERT OR IGNORE INTO assignment SELECT NEW.annotator, NEW.article, 'claim', NEW.updated, ''
    FROM quota q JOIN annotator a ON a.id = NEW.annotator WHERE q.article = NEW.article AND a.kind = 'human'; END""",
)


# What is to do is found by a step in an index, however much has been done before it.  `ahead` has the articles that an
# annotator has no layer of, as runs of numbers, the last of them without an end, so that somebody who works in their
# order has few rows.  `assigned` has every place with what became of it.  Both are kept by triggers.
_GAP: Final = (
    "annotator = {0}.annotator AND last = (SELECT min(last) FROM ahead WHERE annotator = {0}.annotator AND last"
)
_HOLDING: Final = _GAP.format("NEW") + " >= NEW.article)"
_BEHIND: Final = _GAP.format("OLD") + " > OLD.article) AND first = OLD.article + 1"
_AT: Final = "annotator = {0}.annotator AND article = {0}.article"
_NEW_AT: Final = _AT.format("NEW")
_OLD_AT: Final = _AT.format("OLD")
LAST: Final = 2**63 - 1
"""The end of the last run."""

RUNS_AHEAD: Final = f"""SELECT annotator, last, first FROM (
  SELECT annotator, lag(article, 1, 0) OVER (PARTITION BY annotator ORDER BY article) + 1 AS first, article - 1 AS last
    FROM layer
  UNION ALL SELECT id, coalesce((SELECT max(article) FROM layer WHERE annotator = annotator.id), 0) + 1, {LAST}
    FROM annotator) WHERE first <= last"""
"""The rows that `ahead` should have."""
PLACES: Final = """SELECT s.annotator, coalesce(l.status, 'todo'), s.article FROM assignment s
  LEFT JOIN layer l ON l.article = s.article AND l.annotator = s.annotator"""
"""The rows that `assigned` should have."""

_TO_DO: Final = (
    """CREATE TABLE ahead (
  annotator INTEGER NOT NULL, last INTEGER NOT NULL, first INTEGER NOT NULL, PRIMARY KEY (annotator, last)
  ) WITHOUT ROWID""",
    """CREATE TABLE assigned (
  annotator INTEGER NOT NULL, status TEXT NOT NULL, article INTEGER NOT NULL, PRIMARY KEY (annotator, status, article)
  ) WITHOUT ROWID""",
    f"INSERT INTO ahead {RUNS_AHEAD}",
    f"INSERT INTO assigned {PLACES}",
    f"""CREATE TRIGGER annotator_added AFTER INSERT ON annotator BEGIN
  INSERT OR IGNORE INTO ahead VALUES (NEW.id, {LAST}, 1); END""",
    f"""CREATE TRIGGER layer_begun AFTER INSERT ON layer BEGIN
  INSERT OR IGNORE INTO ahead SELECT annotator, NEW.article - 1, first FROM ahead
    WHERE {_HOLDING} AND first < NEW.article;
  UPDATE ahead SET first = NEW.article + 1 WHERE {_HOLDING} AND first <= NEW.article;
  DELETE FROM ahead WHERE annotator = NEW.annotator AND last = NEW.article;
  UPDATE assigned SET status = NEW.status WHERE {_NEW_AT} AND status = 'todo'; END""",
    f"""CREATE TRIGGER layer_unbegun AFTER DELETE ON layer BEGIN
  INSERT OR IGNORE INTO ahead VALUES (OLD.annotator, OLD.article, coalesce(
    (SELECT first FROM ahead WHERE annotator = OLD.annotator AND last = OLD.article - 1), OLD.article));
  DELETE FROM ahead WHERE annotator = OLD.annotator AND last = OLD.article - 1;
  UPDATE ahead SET first = (SELECT first FROM ahead WHERE annotator = OLD.annotator AND last = OLD.article)
    WHERE {_BEHIND};
  DELETE FROM ahead WHERE annotator = OLD.annotator AND last = OLD.article AND EXISTS (SELECT 1 FROM ahead
    WHERE {_GAP.format("OLD")} > OLD.article) AND first <= OLD.article);
  UPDATE assigned SET status = 'todo' WHERE {_OLD_AT} AND status = OLD.status; END""",
    f"""CREATE TRIGGER layer_turned AFTER UPDATE OF status ON layer WHEN NEW.status <> OLD.status BEGIN
  UPDATE assigned SET status = NEW.status WHERE {_OLD_AT} AND status = OLD.status; END""",
    f"""CREATE TRIGGER place_added AFTER INSERT ON assignment BEGIN
  INSERT OR IGNORE INTO assigned SELECT NEW.annotator,
    coalesce((SELECT status FROM layer WHERE {_NEW_AT}), 'todo'), NEW.article; END""",
    f"""CREATE TRIGGER place_gone AFTER DELETE ON assignment BEGIN
  DELETE FROM assigned WHERE {_OLD_AT} AND status IN ('todo', 'open', 'done', 'flagged'); END""",
)
# What annotators were called before: other files may still call them so.  Names that begin with "@" are marks, see
# `names.py`.
_NAMES: Final = "CREATE TABLE alias (name TEXT PRIMARY KEY, annotator INTEGER NOT NULL REFERENCES annotator (id))"


def day_in(meta: str) -> str:
    """Return the day that metadata gives; what is damaged gives none, and whoever reads the article is told."""
    try:
        value = json_value(meta)
    except (StoreError, ValueError):  # ValueError: noise that is no UTF-8
        return ""
    return day_of(value) if isinstance(value, dict) else ""


@cache
def _migrations() -> Any:
    """Return the migrations; sqlite_utils is imported only where a file really needs one (it may cost 150 ms)."""
    from sqlite_utils import Migrations

    migrations = Migrations("annotator")

    @migrations()
    def m001_first(db: Database) -> None:
        for statement in _TABLES.split(";\n"):
            if statement.strip():
                db.execute(statement)
        # Text never changes and articles are only added, so the index is filled by `search.catch_up`, not by triggers
        # that would make every load pay for it.
        words = "unicode61 remove_diacritics 2"
        db.table("article").enable_fts(["title", "text"], tokenize=words, create_triggers=False)

    @migrations()
    def m002_queue(db: Database) -> None:
        for statement in _QUEUE:
            db.execute(statement)
        rows = db.execute("SELECT id, loaded, meta FROM article")
        days = ((id, day_in(meta) or loaded[:10]) for id, loaded, meta in rows)
        db.conn.executemany("INSERT INTO day VALUES (?, ?)", days)

    @migrations()
    def m003_sweeps(db: Database) -> None:
        for statement in _SWEEPS:
            db.execute(statement)

    @migrations()
    def m004_team(db: Database) -> None:
        for statement in _TEAM:
            db.execute(statement)

    @migrations()
    def m005_to_do(db: Database) -> None:
        for statement in _TO_DO:
            db.execute(statement)

    @migrations()
    def m006_names(db: Database) -> None:
        db.execute(_NAMES)

    return migrations


def version_of(conn: sqlite3.Connection) -> int:
    """Return how many migrations the file has seen."""
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def bring_up(conn: sqlite3.Connection, path: Path) -> Path | None:
    """Bring a new or older file to the newest shape; nothing happens to a file that has it.

    An older file is copied first, to `NAME.v2-backup.db` beside it, and who is at a terminal is told on stderr.

    Returns:
        The copy, None if there was nothing to copy.

    Raises:
        StoreError: If the file is another program's, or from a newer version of this tool.
        InputError: If the copy cannot be made; the file is left as it is then.
    """
    with explained(path):
        if is_current(conn, path):
            return None
        _use_log(conn)
        with writing(conn):
            # Somebody else may have done it while this process waited for the lock.
            if is_current(conn, path):
                return None
            old = version_of(conn)
            kept = _keep(path, old) if old else None
            from sqlite_utils import Database

            _migrations().apply(Database(conn))
            conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            conn.execute(f"PRAGMA user_version = {VERSION}")
    if kept is not None:
        import logging  # here, because it takes a while to import and is needed once in the life of a file

        name = "".join(character if character.isprintable() else " " for character in str(kept))
        logging.getLogger(__name__).warning("annotator: brought up to version %d; as it was: %s", VERSION, name)
    return kept


def _keep(path: Path, version: int) -> Path:
    """Copy an older file, while the caller's transaction keeps others from writing, and return where the copy is."""
    target = free_name(path.with_name(f"{path.stem}.v{version}-backup{path.suffix}"))
    # Over a connection of its own, which sees the file without what the caller may have begun.
    return back_up(path, target).path


def _use_log(conn: sqlite3.Connection) -> None:
    """Turn write-ahead logging on, which is then a property of the file.

    SQLite does not wait for its turn to do this as it does for a transaction, so the waiting is done with one.
    """
    for left in reversed(range(_TRIES)):
        try:
            conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not (left and str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY")):
                raise
        with writing(conn):
            pass  # whoever was at it has finished


def is_current(conn: sqlite3.Connection, path: Path) -> bool:
    """Say whether the file has the newest shape.

    Raises:
        StoreError: If the file is another program's, or from a newer version of this tool.
    """
    with reading(conn):  # else the version could be that of a file which another process has just made ours
        application = int(conn.execute("PRAGMA application_id").fetchone()[0])
        version = version_of(conn)
        used = bool(version) or conn.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
    if application != APPLICATION_ID and used:
        raise StoreError(f"{path} is a SQLite database of another program", hint="name another file")
    if version > VERSION:
        raise StoreError(
            f"{path} was made by a newer version of this tool (file version {version}, known {VERSION})",
            hint="upgrade with `pip install -U conflict-annotator`",
        )
    if used and not version:
        raise StoreError(f"{path} is damaged: its version is missing", hint="restore a backup; keep this file too")
    return version == VERSION
