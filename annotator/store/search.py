"""Full-text search over titles and texts.

Invariant: the index covers articles 1 to N without a gap; `catch_up` moves N forward a chunk at a time, so a load of a
million articles does not wait for it and nothing has to be indexed twice.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from typing import Final

CHUNK: Final = 500  # articles a transaction: about 2 MB of text, well under the time that another writer would notice

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*\*?")
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def catch_up(conn: sqlite3.Connection) -> int:
    """Index the next chunk of articles, in the caller's transaction, and return how many that were."""
    last = conn.execute("SELECT coalesce(max(id), 0) FROM article_fts_docsize").fetchone()[0]
    cursor = conn.execute(
        "INSERT INTO article_fts (rowid, title, text) "
        "SELECT id, title, text FROM article WHERE id > ? ORDER BY id LIMIT ?",
        (last, CHUNK),
    )
    return cursor.rowcount


def condition(words: str) -> tuple[str, list[str]]:
    """Return the SQL condition on `a` (article) that finds these words, and its values.

    Every word must occur; `word*` finds beginnings.  Text in scripts without blanks (Chinese, Japanese, Thai, …) is
    looked for as it stands, since the index knows no words there.  No words give no condition.
    """
    if _UNSPACED.search(words):
        return "instr(a.text, ?) > 0", [words.strip()]
    # A letter with a loose accent is one letter to the index; here the accent would end the word.
    found = _WORD.findall(unicodedata.normalize("NFC", words))
    if not found:
        return "", []
    query = " ".join(f'"{word[:-1]}"*' if word.endswith("*") else f'"{word}"' for word in found)
    return "a.id IN (SELECT rowid FROM article_fts WHERE article_fts MATCH ?)", [query]
