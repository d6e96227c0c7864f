"""Streaming a corpus out of the file.

Invariant: memory is bounded by a chunk of articles whatever the size of the corpus, and all that one stream yields is
one snapshot, because it reads inside one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from annotator.core.layer import Kind, Status
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import digest_of
from annotator.errors import StoreError
from annotator.store.connection import reading
from annotator.store.rows import LEAN_COLUMNS, json_value, span_values

_ARTICLES: Final = "SELECT id, key, title, text, meta, digest FROM article"
_CHUNK: Final = 200  # articles: about 1 MB of text and 20,000 spans


def stream(
    conn: sqlite3.Connection,
    *,
    annotators: Sequence[str] | None,
    kinds: Sequence[Kind] | None,
    statuses: Sequence[Status] | None,
    bare: bool,
    articles: Sequence[int] | None = None,
) -> Iterator[Record]:
    """Yield one record per article and layer; see `Store.stream`."""
    condition, values = _filter(annotators, kinds, statuses)
    with reading(conn):
        for chunk in _everything(conn) if articles is None else _these(conn, articles):
            layers = _layers(conn, [article[0] for article in chunk], condition, values)
            for article in chunk:
                yield from _records(article, layers.get(article[0], []), bare)


def _everything(conn: sqlite3.Connection) -> Iterator[list[tuple[Any, ...]]]:
    """Yield all articles, some at a time."""
    last = 0
    while chunk := conn.execute(f"{_ARTICLES} WHERE id > ? ORDER BY id LIMIT ?", (last, _CHUNK)).fetchall():
        last = chunk[-1][0]
        yield chunk


def _these(conn: sqlite3.Connection, articles: Sequence[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the articles with these numbers, some at a time."""
    for at in range(0, len(articles), _CHUNK):
        part = articles[at : at + _CHUNK]
        marks = ", ".join("?" * len(part))
        yield conn.execute(f"{_ARTICLES} WHERE id IN ({marks}) ORDER BY id", part).fetchall()


def _filter(
    annotators: Sequence[str] | None, kinds: Sequence[Kind] | None, statuses: Sequence[Status] | None
) -> tuple[str, list[str]]:
    """Return the SQL that narrows layers, and its values."""
    condition, values = "", []
    for column, allowed in (("a.name", annotators), ("a.kind", kinds), ("l.status", statuses)):
        if allowed is not None:
            condition += f" AND {column} IN ({', '.join('?' * len(allowed))})"
            values += list(allowed)
    return condition, values


def _layers(
    conn: sqlite3.Connection, articles: list[int], condition: str, values: list[str]
) -> dict[int, list[LayerRecord]]:
    """Return the layers of some articles, by article, each list by annotator."""
    marks = ", ".join("?" * len(articles))
    rows = conn.execute(
        "SELECT l.id, l.article, a.name, a.kind, l.status, s.name || '@' || s.version, l.attributes, l.note "
        "FROM layer l JOIN annotator a ON a.id = l.annotator JOIN schema s ON s.id = l.schema "
        f"WHERE l.article IN ({marks}){condition} ORDER BY l.article, a.name",
        (*articles, *values),
    ).fetchall()
    spans = spans_of(conn, [row[0] for row in rows])
    layers: dict[int, list[LayerRecord]] = {}
    for number, article, name, kind, status, schema, attributes, note in rows:
        layer = LayerRecord(name, kind, status, schema, json_value(attributes), note, spans.get(number, ()))
        layers.setdefault(article, []).append(layer)
    return layers


def spans_of(conn: sqlite3.Connection, layers: list[int]) -> dict[int, tuple[Span, ...]]:
    """Return the spans of these layers, sorted, by layer; asked for by runs so as to stay under SQLite's limit."""
    found: dict[int, tuple[Span, ...]] = {}
    for at in range(0, len(layers), 500):
        part = layers[at : at + 500]
        marks = ", ".join("?" * len(part))
        rows = conn.execute(f"SELECT {LEAN_COLUMNS} FROM span WHERE layer IN ({marks}) ORDER BY layer", part)
        for layer, group in groupby(rows, key=itemgetter(0)):
            found[layer] = span_values(group)
    return found


def _records(article: tuple[Any, ...], layers: list[LayerRecord], bare: bool) -> Iterator[Record]:
    if not layers and not bare:
        return
    _, key, title, text, meta, digest = article
    if digest_of(text) != digest:
        raise StoreError(f"the text of article {key!r} is not what was stored", hint="restore a backup")
    if not layers:
        yield Record(key, key, title, text, json_value(meta))
    for layer in layers:
        yield Record(key, key, title, text, json_value(meta), layer)
