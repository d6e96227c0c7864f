"""Databases of very many articles with thirty spans each, nearly all of them done; built by SQL out of a few patterns.

Invariant: what is built is what loading the same records gives, journal and counts included, so that `annotator doctor`
finds nothing; only the time is another one.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from annotator.core.record import LayerRecord
from annotator.core.spans import Span
from annotator.core.text import digest_of
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.store.batch import LayerRow
from annotator.store.migrations import PLACES, RUNS_AHEAD

ANNOTATOR, ASSIGNED = "ana", "bob"
"""Who works through all articles, and to whom every other one is assigned."""
SPANS: Final = 30
"""An article has on the average: a layer of one annotator everywhere, of the other on every other article."""
LEFT, OPEN = 100, 10
"""How many articles at the end the first has not begun, nor the other of those assigned; how many are not finished."""
RARE_WORD = "Otash"
LOADED = "2026-01-02T03:04:05.678+00:00"
LABELS = ("actor", "location", "casualty")
RARE = "displacement"
PATTERNS: Final = 499  # so that they meet every condition on numbers below
WORDS_EACH: Final = 120
PER_LAYER: Final = 20
CHUNK: Final = 50_000  # articles
WORDS = (
    "shelling hit the crowded market in Taiz killing at least twelve civilians and families fled toward Turbah while "
    "officials said forces denied all responsibility monitors counted dozens of wounded after midnight near a hospital "
    "Manbij Mopti Tyre Sumy Kutkai Ituri Omdurman Benue militia drone depot convoy gunmen talks"
)
_HEAD: Final = len("Report 0000001\n\n")


def make_database(path: Path, *, articles: int, seed: int = 1) -> None:
    """Make a database of so many articles, at least a thousand, with thirty times as many spans.

    The first annotator has done all but the last hundred and ten, one in five hundred flagged, and was last at the
    beginning, so that whatever walks over what is done walks over everything.  The other has done all but the last
    hundred of those that are assigned.
    """
    Project.create(path, load_schema("conflict-events")).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -600000", "temp_store = MEMORY"):
            conn.execute(f"PRAGMA {pragma}")
        triggers = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            conn.execute(f"DROP TRIGGER {name}")
        conn.create_function("digest_of", 1, digest_of, deterministic=True)
        conn.executemany("INSERT INTO annotator (name, kind) VALUES (?, 'human')", [(ANNOTATOR,), (ASSIGNED,)])
        _add_patterns(conn, random.Random(seed))
        for first in range(1, articles + 1, CHUNK):
            conn.execute("BEGIN")
            _add_chunk(conn, first, min(first + CHUNK - 1, articles), articles)
            conn.execute("COMMIT")
        conn.execute("BEGIN")
        _add_rest(conn)
        conn.execute("COMMIT")
        for _, sql in triggers:
            conn.execute(sql)
        conn.execute("PRAGMA journal_mode = WAL")


def _add_patterns(conn: sqlite3.Connection, draw: random.Random) -> None:
    """Keep what the articles are made of in temporary tables."""
    conn.execute("CREATE TEMP TABLE pattern (id INTEGER PRIMARY KEY, title TEXT, body TEXT)")
    conn.execute(
        "CREATE TEMP TABLE pattern_span (pattern, annotator, id, start, stop, label, "
        "PRIMARY KEY (pattern, annotator, id)) WITHOUT ROWID"
    )
    conn.execute("CREATE TEMP TABLE pattern_use (label, pattern, annotator, spans)")
    conn.execute("CREATE INDEX temp.use_of_label ON pattern_use (label, pattern, annotator)")
    conn.execute(
        "CREATE TEMP TABLE pattern_batch (pattern, annotator, status, edits, inverse, "
        "PRIMARY KEY (pattern, annotator, status)) WITHOUT ROWID"
    )
    for number in range(PATTERNS):
        words = draw.choices(WORDS.split(), k=WORDS_EACH)
        if number == 7:
            words[50] = RARE_WORD
        conn.execute("INSERT INTO pattern VALUES (?, ?, ?)", (number, " ".join(words[:6]), " ".join(words)))
        for annotator, spans in enumerate(_readings(words, draw, rare=number == 7), 1):
            _add_reading(conn, number, annotator, spans)


def _readings(words: list[str], draw: random.Random, *, rare: bool) -> Iterator[tuple[Span, ...]]:
    """Yield what either annotator has marked, which is nearly the same."""
    starts = [_HEAD + len(" ".join(words[:at])) + (at > 0) for at in range(len(words))]
    chosen = sorted(draw.sample(range(len(words) - 1), PER_LAYER))
    labels = [RARE if rare and not nth else draw.choice(LABELS) for nth in range(PER_LAYER)]
    for other in (False, True):
        spans = []
        for nth, at in enumerate(chosen):
            end = starts[at] + len(words[at])
            if other and draw.random() < 0.1:
                end = starts[at + 1] + len(words[at + 1])
            label = draw.choice(LABELS) if other and draw.random() < 0.1 else labels[nth]
            spans.append(Span(f"s{nth + 1:02}", starts[at], end, label))
        yield tuple(spans)


def _add_reading(conn: sqlite3.Connection, pattern: int, annotator: int, spans: tuple[Span, ...]) -> None:
    conn.executemany(
        "INSERT INTO pattern_span VALUES (?, ?, ?, ?, ?, ?)",
        [(pattern, annotator, span.id, span.start, span.end, span.label) for span in spans],
    )
    uses = Counter(span.label for span in spans)
    conn.executemany(
        "INSERT INTO pattern_use VALUES (?, ?, ?, ?)",
        [(label, pattern, annotator, number) for label, number in uses.items()],
    )
    for status in ("open", "done", "flagged"):
        row = LayerRow(LayerRecord("", "human", status, "", {}, "", spans))  # type: ignore[arg-type]
        conn.execute(
            "INSERT INTO pattern_batch VALUES (?, ?, ?, ?, ?)", (pattern, annotator, status, row.edits, row.inverse)
        )


def _add_chunk(conn: sqlite3.Connection, first: int, last: int, articles: int) -> None:
    """Add articles and all that hangs on them, in the order of every table, so that each page is written once."""
    bounds = {"first": first, "last": last, "articles": articles, "loaded": LOADED}
    numbers = "WITH RECURSIVE number (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM number WHERE n < :last)"
    conn.execute(
        f"INSERT INTO article (id, key, digest, length, loaded, title, meta, text) {numbers} SELECT n, "
        "printf('report-%07d', n), digest_of(text), length(text), :loaded, title, "
        "json_object('date', date('2015-01-01', (n * 3650 / :articles) || ' days'), 'source', 'Wire'), text FROM "
        "(SELECT n, p.title, printf('Report %07d', n) || char(10, 10) || p.body AS text FROM number "
        f"CROSS JOIN pattern p ON p.id = n % {PATTERNS})",
        bounds,
    )
    conn.execute("INSERT INTO day SELECT id, json_extract(meta, '$.date') FROM article WHERE id >= ?", (first,))
    conn.execute(
        "INSERT INTO layer (id, article, annotator, schema, status, revision, spans, updated, attributes, note) "
        f"{numbers} SELECT 2 * n + a - 2, n, a, 1, CASE WHEN a = 2 THEN 'done' "
        f"WHEN n > :articles - {LEFT + OPEN} THEN 'open' WHEN n % 500 = 3 THEN 'flagged' ELSE 'done' END, "
        f"1, {PER_LAYER}, :loaded, '{{}}', '' FROM number CROSS JOIN (SELECT 1 AS a UNION ALL SELECT 2) "
        f"WHERE CASE a WHEN 1 THEN n <= :articles - {LEFT} ELSE {_READ_BY_BOTH} END ORDER BY n, a",
        bounds,
    )
    layers = (2 * first - 1, 2 * last)
    conn.execute(
        "INSERT INTO span SELECT l.id, s.id, s.start, s.stop, s.label, '{}', '', '' FROM layer l CROSS JOIN "
        f"pattern_span s ON s.pattern = l.article % {PATTERNS} AND s.annotator = l.annotator "
        "WHERE l.id BETWEEN ? AND ? ORDER BY l.id, s.id",
        layers,
    )
    conn.execute(
        "INSERT INTO journal (time, layer, annotator, schema, revision, kind, of, edits, inverse) "
        "SELECT l.updated, l.id, l.annotator, 1, 1, iif(l.annotator = 1, 'do', 'load'), NULL, b.edits, b.inverse "
        f"FROM layer l CROSS JOIN pattern_batch b ON b.pattern = l.article % {PATTERNS} "
        "AND b.annotator = l.annotator AND b.status = l.status WHERE l.id BETWEEN ? AND ? ORDER BY l.id",
        layers,
    )
    conn.execute(
        f"INSERT INTO assignment {numbers} SELECT 2, n, 'named', :loaded, '' FROM number "
        f"WHERE {_READ_BY_BOTH} OR (n % 2 = 0 AND n > :articles - {2 * LEFT})",
        bounds,
    )


_READ_BY_BOTH: Final = f"(n % 2 = 0 AND n <= :articles - {2 * LEFT} OR n % 2 = 1 AND n < {4 * LEFT})"
"""Every other article, and as many more as make up for those at the end that are not begun."""


def _add_rest(conn: sqlite3.Connection) -> None:
    """Add what is in the order of annotators or labels, the counts and the index of words."""
    conn.execute(
        "INSERT INTO visit SELECT annotator, article, 20 + article % 50, 0, 0, 0, updated FROM layer "
        "ORDER BY annotator, article"
    )
    conn.execute("INSERT INTO place VALUES (1, 2), (2, 2)")
    for label in sorted((*LABELS, RARE)):
        conn.execute(
            "INSERT INTO label_use SELECT u.label, l.article, l.annotator, u.spans FROM layer l CROSS JOIN "
            f"pattern_use u ON u.label = ? AND u.pattern = l.article % {PATTERNS} AND u.annotator = l.annotator "
            "ORDER BY l.id",
            (label,),
        )
    conn.execute("UPDATE total SET number = (SELECT count(*) FROM article) WHERE name = 'articles'")
    conn.execute("INSERT INTO tally SELECT annotator, status, count(*), sum(spans) FROM layer GROUP BY 1, 2")
    conn.execute("DELETE FROM ahead")
    conn.execute(f"INSERT INTO ahead {RUNS_AHEAD}")
    conn.execute(f"INSERT INTO assigned {PLACES}")
    conn.execute("INSERT INTO article_fts (rowid, title, text) SELECT id, title, text FROM article")


def facts(path: Path) -> str:
    """Return how many rows there are and how large the file is, in words."""
    with closing(sqlite3.connect(path)) as conn:
        (articles,) = conn.execute("SELECT number FROM total WHERE name = 'articles'").fetchone()
        layers, spans = conn.execute("SELECT sum(layers), sum(spans) FROM tally").fetchone()
    return f"{articles:,} articles, {layers:,} layers, {spans:,} spans, {path.stat().st_size / 1e6:,.0f} MB"
