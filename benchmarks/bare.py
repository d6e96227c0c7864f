"""What a short script would do with native JSON Lines: the floor that the product's load and export are held against.

    python bare.py load FILE.jsonl DATABASE
    python bare.py export DATABASE FILE.jsonl

It decodes with orjson, compares offsets and surfaces, and calls `executemany` into one SQLite file with WAL and
`synchronous=FULL`, a thousand lines a transaction.  It keeps no journal, compares no digest, knows no schema, and says
nothing useful about a bad record.  It needs nothing of this project, and runs in an environment that has orjson.
"""

from __future__ import annotations

import sqlite3
import sys
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

import orjson

TABLES = """
PRAGMA journal_mode = WAL;
CREATE TABLE article (id INTEGER PRIMARY KEY, key TEXT UNIQUE, title TEXT, meta TEXT, text TEXT);
CREATE TABLE layer (id INTEGER PRIMARY KEY, article INTEGER, annotator TEXT, kind TEXT, status TEXT);
CREATE TABLE span (layer INTEGER, id TEXT, start INTEGER, "end" INTEGER, label TEXT, attributes TEXT);
"""


def load(source: Path, database: Path) -> None:
    """Store what the lines hold."""
    conn = sqlite3.connect(database, isolation_level=None)
    conn.executescript(TABLES)
    conn.execute("PRAGMA synchronous = FULL")
    number = layer = 0
    last = None
    with source.open("rb") as file:
        while lines := list(islice(file, 1000)):
            articles, layers, spans = [], [], []
            for line in lines:
                record = orjson.loads(line)
                text = record["text"]
                if record["id"] != last:
                    last = record["id"]
                    number += 1
                    meta = orjson.dumps(record["meta"]).decode()
                    articles.append((number, last, record["title"], meta, text))
                layer += 1
                layers.append((layer, number, record["annotator"], record["kind"], record["status"]))
                for span in record["spans"]:
                    start, end = span["start"], span["end"]
                    if not 0 <= start < end <= len(text) or text[start:end] != span["text"]:
                        raise SystemExit(f"bad span in {last}")
                    values = span.get("attributes")
                    attributes = orjson.dumps(values).decode() if values else "{}"
                    spans.append((layer, span["id"], start, end, span["label"], attributes))
            conn.execute("BEGIN IMMEDIATE")
            conn.executemany("INSERT INTO article VALUES (?, ?, ?, ?, ?)", articles)
            conn.executemany("INSERT INTO layer VALUES (?, ?, ?, ?, ?)", layers)
            conn.executemany("INSERT INTO span VALUES (?, ?, ?, ?, ?, ?)", spans)
            conn.execute("COMMIT")
    conn.close()


def export(database: Path, out: Path) -> None:
    """Write the lines that `load` read."""
    conn = sqlite3.connect(database)
    rows = conn.execute(
        "SELECT l.id, a.key, a.title, a.meta, a.text, l.annotator, l.kind, l.status "
        "FROM layer l JOIN article a ON a.id = l.article ORDER BY l.id"
    )
    spans = groupby(conn.execute("SELECT * FROM span ORDER BY rowid"), key=itemgetter(0))
    at, group = next(spans, (0, iter(())))
    with out.open("wb") as file:
        for layer, key, title, meta, text, annotator, kind, status in rows:
            record = {"id": key, "text": text, "title": title, "meta": orjson.loads(meta)}
            record |= {"annotator": annotator, "kind": kind, "status": status, "spans": []}
            if at == layer:
                for _, id, start, end, label, attributes in group:
                    values = {} if attributes == "{}" else orjson.loads(attributes)
                    record["spans"].append(
                        {
                            "id": id,
                            "start": start,
                            "end": end,
                            "label": label,
                            "text": text[start:end],
                            "attributes": values,
                        }
                    )
                at, group = next(spans, (0, iter(())))
            file.write(orjson.dumps(record) + b"\n")
    conn.close()


if __name__ == "__main__":
    {"load": load, "export": export}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
