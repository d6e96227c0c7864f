"""Texts that hold a string, and what everybody marked in a run of articles, for concordances.

Invariant: memory is bounded by a chunk of articles; no text that holds the string is ever passed over.  The full-text
index is not asked: it knows no parts of words, no letter case and no accents, and looking through the texts for the
string itself takes 0.1 s for 10,000 articles of 5,000 characters (measured), no more than reading them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from annotator.core.layer import Kind
from annotator.core.occurrences import Mark
from annotator.core.text import digest_of
from annotator.errors import StoreError

CHUNK: Final = 200  # articles: about 1 MB of text and 20,000 spans

Text = tuple[int, str, str]
"""An article's number, key and text."""

Read = dict[int, dict[str, list[Mark]]]
"""What each annotator marked, by article and name; who has a layer without spans is there, too."""


def chunks(conn: sqlite3.Connection, parts: Sequence[str]) -> Iterator[list[Text]]:
    """Yield the articles whose texts hold all these strings, to the code point, by number, a chunk at a time.

    Args:
        conn: In the caller's transaction.
        parts: What to look for; nothing for all articles.

    Raises:
        StoreError: If a text is not what was stored.
    """
    condition = "".join(" AND instr(text, ?) > 0" for _ in parts)
    last = 0
    while True:
        rows = conn.execute(
            f"SELECT id, key, text, digest FROM article WHERE id > ?{condition} ORDER BY id LIMIT ?",
            (last, *parts, CHUNK),
        ).fetchall()
        if not rows:
            return
        for _, key, text, digest in rows:
            if digest_of(text) != digest:
                raise StoreError(f"the text of article {key!r} is not what was stored", hint="restore a backup")
        yield [(id, key, text) for id, key, text, _ in rows]
        last = rows[-1][0]


def marks_of(conn: sqlite3.Connection, articles: Sequence[int], annotators: Sequence[str]) -> Read:
    """Return what these annotators marked in these articles, of which there are no more than a chunk."""
    places, names = (", ".join("?" * len(each)) for each in (articles, annotators))
    found: Read = {article: {} for article in articles}
    layers: dict[int, list[Mark]] = {}
    for number, article, name in conn.execute(
        "SELECT l.id, l.article, a.name FROM layer l JOIN annotator a ON a.id = l.annotator "
        f"WHERE l.article IN ({places}) AND a.name IN ({names})",
        (*articles, *annotators),
    ):
        layers[number] = found[article][name] = []
    numbers = list(layers)
    for at in range(0, len(numbers), CHUNK):
        part = numbers[at : at + CHUNK]
        rows = conn.execute(
            f'SELECT layer, start, "end", label FROM span WHERE layer IN ({", ".join("?" * len(part))}) ORDER BY layer',
            part,
        )
        for layer, group in groupby(rows, key=itemgetter(0)):
            layers[layer] += [Mark._make(row[1:]) for row in group]
    return found


def spans_in_all(conn: sqlite3.Connection, kinds: Sequence[Kind]) -> int:
    """Return how many spans annotators of some kinds have altogether."""
    row = conn.execute(
        "SELECT coalesce(sum(t.spans), 0) FROM tally t JOIN annotator a ON a.id = t.annotator "
        f"WHERE a.kind IN ({', '.join('?' * len(kinds))})",
        kinds,
    ).fetchone()
    return int(row[0])
