"""Full-text search over titles and texts.

Invariant: the index covers articles 1 to N without a gap; `catch_up` moves N forward a chunk at a time, so a load of a
million articles does not wait for it and nothing has to be indexed twice.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from annotator.core.words import terms

CHUNK: Final = 500  # articles a transaction: about 2 MB of text, well under the time that another writer would notice


def catch_up(conn: sqlite3.Connection) -> int:
    """Index the next chunk of articles, in the caller's transaction, and return how many that were."""
    last = conn.execute("SELECT coalesce(max(id), 0) FROM article_fts_docsize").fetchone()[0]
    cursor = conn.execute(
        "INSERT INTO article_fts (rowid, title, text) "
        "SELECT id, title, text FROM article WHERE id > ? ORDER BY id LIMIT ?",
        (last, CHUNK),
    )
    return cursor.rowcount


def pending(conn: sqlite3.Connection) -> tuple[int, int]:
    """Return how many articles are indexed and how many there are, by the numbers of the last ones."""
    last = conn.execute("SELECT coalesce(max(id), 0) FROM article_fts_docsize").fetchone()[0]
    return int(last), int(conn.execute("SELECT coalesce(max(id), 0) FROM article").fetchone()[0])


def query_of(words: str) -> str:
    """Return words as a query of the full-text index: every one must occur, the last as a beginning; "" for none."""
    return " ".join(f'"{term.word}"*' if term.goes_on else f'"{term.word}"' for term in terms(words))
