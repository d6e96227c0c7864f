"""Databases of many short articles to measure the queue on."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from annotator.core.text import digest_of
from annotator.project import Project
from annotator.schemas import load_schema

ANNOTATOR, OTHER = "ana", "bob"
LABELS = ("actor", "location", "casualty")
RARE, RARE_WORD = "displacement", "Otash"
LOADED = "2026-01-02T03:04:05.678+00:00"
PLACES = ("Taiz", "Manbij", "Turbah", "Mopti", "Tyre", "Sumy", "Kutkai", "Ituri", "Omdurman", "Benue")
DEEDS = ("shelling hit a market", "families fled", "gunmen attacked a convoy", "a drone struck a depot", "talks failed")
BATCH = 20_000
FIRST_DAY = date(2015, 1, 1)


def make_database(path: Path, *, articles: int, seed: int = 1) -> None:
    """Make a database of so many articles: a third begun by one annotator, a sixth by another, one in a thousand rare.

    Of the layers of the first annotator 70 in 100 are done, 20 open and 10 flagged; the beginning of the corpus is
    done altogether, as it is where somebody works in the order of the queue.
    """
    Project.create(path, load_schema("conflict-events")).close()
    draw = random.Random(seed)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "cache_size = -200000"):
            conn.execute(f"PRAGMA {pragma}")
        conn.executemany("INSERT INTO annotator (name, kind) VALUES (?, 'human')", [(ANNOTATOR,), (OTHER,)])
        for first in range(1, articles + 1, BATCH):
            numbers = range(first, min(first + BATCH, articles + 1))
            conn.execute("BEGIN")
            _add_articles(conn, numbers, articles, draw)
            _add_layers(conn, numbers, articles, draw)
            conn.execute("COMMIT")
        conn.execute("INSERT INTO article_fts (rowid, title, text) SELECT id, title, text FROM article")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _add_articles(conn: sqlite3.Connection, numbers: range, articles: int, draw: random.Random) -> None:
    rows, days = [], []
    for number in numbers:
        place, deed = draw.choice(PLACES), draw.choice(DEEDS)
        rare = f" {RARE_WORD}" if number % 1000 == 66 else ""
        text = f"Report {number}\n\n{place}: {deed} near {draw.choice(PLACES)}{rare}, officials said."
        day = (FIRST_DAY + timedelta(days=3650 * number // articles)).isoformat()
        meta = json.dumps({"date": day, "source": "Wire"})
        title = f"{place}: {deed}"
        rows.append((number, f"report-{number:07}", digest_of(text), len(text), LOADED, title, meta, text))
        days.append((day, number))
    conn.executemany(
        "INSERT INTO article (id, key, digest, length, loaded, title, meta, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows
    )
    conn.executemany("UPDATE day SET date = ? WHERE article = ?", days)


def _add_layers(conn: sqlite3.Connection, numbers: range, articles: int, draw: random.Random) -> None:
    layers, spans = [], []
    for number, annotator, status in _layers(numbers, articles, draw):
        layer = 2 * number + annotator
        layers.append((layer, number, annotator, 1, status, 1, 1, LOADED, "{}", ""))
        label = RARE if number % 1000 == 66 else draw.choice(LABELS)
        spans.append((layer, "s1", 0, 6, label, "{}", "", ""))
    conn.executemany("INSERT INTO layer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", layers)
    conn.executemany("INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?)", spans)


def _layers(numbers: range, articles: int, draw: random.Random) -> Iterator[tuple[int, int, str]]:
    for number in numbers:
        if number <= articles // 50:
            yield number, 1, "done"
        elif draw.random() < 1 / 3:
            yield number, 1, draw.choices(("done", "open", "flagged"), (70, 20, 10))[0]
        if number % 6 == 0:
            yield number, 2, "done"
