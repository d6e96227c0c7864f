"""What the tests of the store, the project and the session share: schemas, a text, and databases made in a moment."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from annotator.core.edits import Edit
from annotator.core.layer import Layer
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.project import Project

ROOT = Path(__file__).parents[1]
TIME = "2026-01-02T03:04:05.678+00:00"
TEXT = (
    "Two soldiers were killed near Al-Fashir on Sunday, and 300 families fled to the camp at Zamzam."  # 95 code points
)


def clock() -> str:
    """Return the time at which everything happens in tests."""
    return TIME


def schema(*, restricted: bool = False, whole_links: bool = True) -> Schema:
    """Return a schema with every kind of attribute, a rule of each severity, and required attributes.

    Args:
        restricted: Whether labels restrict what crosses them and what they lie within.
        whole_links: Whether the article itself may link to spans.
    """
    labels: dict[str, Any] = {
        "actor": {
            "attributes": {
                "type": {"kind": "choice", "options": ["army", "rebels"]},
                "role": {"kind": "choices", "options": ["perpetrator", "target"]},
                "name": {"kind": "text", "pattern": "[A-Z].*"},
                "armed": {"kind": "flag"},
            }
        },
        "location": {"attributes": {"lat": {"kind": "number", "min": -90, "max": 90}}},
        "casualty": {
            "attributes": {
                "count": {"kind": "count", "units": ["person", "family"]},
                "by": {"kind": "link", "labels": ["actor"]},
                "links": {"kind": "link", "many": True},
            }
        },
        "displacement": {"attributes": {"count": {"kind": "count", "required": True}}},
    }
    if restricted:
        labels["actor"] |= {"overlaps": []}
        labels["location"] |= {"nests_in": ["actor"], "overlaps": ["location", "casualty"]}
        labels["casualty"] |= {"nests_in": []}
    whole: dict[str, Any] = {"type": {"kind": "choice", "options": ["news", "report"]}}
    if whole_links:
        whole["about"] = {"kind": "link", "labels": ["actor", "location"]}
    rules = [
        {"label": "actor", "when": {"role": "target"}, "require": ["type"], "message": "who was hit"},
        {"label": "actor", "when": {"armed": True}, "forbid": ["name"], "severity": "error"},
    ]
    return Schema.validated({"name": "test", "version": "1", "labels": labels, "attributes": whole, "rules": rules})


def record(key: str, text: str = "", *, layer: LayerRecord | None = None, **more: Any) -> Record:
    """Return a record whose text, unless given, is of its own."""
    return Record(f"{key}.txt", key, more.pop("title", key.upper()), text or f"{key}: {TEXT}", layer=layer, **more)


def reading_of(annotator: str, *spans: Span, **more: Any) -> LayerRecord:
    """Return a layer as a file brings it."""
    return LayerRecord(annotator, spans=spans, **more)


def load(project: Project, *records: Record) -> None:
    """Store records, which must all be good."""
    with project.loader() as loader:
        for each in records:
            loader.add(each)


def copied(template: Path, path: Path) -> Path:
    """Return a copy of a closed database."""
    shutil.copyfile(template, path)
    return path


def content(layer: Layer) -> tuple[Any, ...]:
    """Return what a layer says, without its revision."""
    return layer.spans, dict(layer.attributes), layer.note, layer.status


def replayed(project: Project, layer: Layer) -> Layer:
    """Return what the journal says about a layer, from nothing."""
    from annotator.core.edits import apply

    made = Layer(layer.article, layer.annotator, layer.schema)
    for edits in project.store.replay(layer.article, layer.annotator):
        made, _ = apply(made, edits)
    return made


def in_another_process(code: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run Python code with the checkout on its path; its arguments are `sys.argv[1:]`."""
    return subprocess.run(command(code, *arguments), cwd=ROOT, text=True, capture_output=True, check=check, timeout=60)


def command(code: str, *arguments: object) -> list[str]:
    """Return the command line that runs Python code."""
    return [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]


def steps(action: Callable[[], object]) -> int:
    """Do something and return how many calls and returns it took, of Python's functions and of built-in ones.

    Unlike a time, the number is the same on every machine and under every load.
    """
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
    return counted


class Watched(int):
    """A number each of whose comparisons is a step, also those that sorting and bisection make."""

    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        return int.__eq__(self, other)  # type: ignore[arg-type]

    def __lt__(self, other: int) -> bool:
        return int.__lt__(self, other)

    def __le__(self, other: int) -> bool:
        return int.__le__(self, other)

    def __gt__(self, other: int) -> bool:
        return int.__gt__(self, other)

    def __ge__(self, other: int) -> bool:
        return int.__ge__(self, other)


def rows(path: Path, sql: str, values: Sequence[Any] = ()) -> list[Any]:
    """Return what a query finds, over a connection of its own."""
    conn = sqlite3.connect(path)
    try:
        return conn.execute(sql, values).fetchall()
    finally:
        conn.close()


def dump(path: Path) -> Iterator[str]:
    """Yield the SQL that makes a database again, without what the full-text index makes itself."""
    conn = sqlite3.connect(path)
    try:
        for name in ("application_id", "user_version"):
            yield f"PRAGMA {name} = {conn.execute(f'PRAGMA {name}').fetchone()[0]};"
        made = "name NOT LIKE 'article_fts_%' AND name NOT LIKE 'sqlite_%'"
        for name, kind, sql in conn.execute(
            f"SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND {made} ORDER BY rowid"
        ).fetchall():
            yield f"{sql};"
            if kind != "table" or name == "article_fts":
                continue
            columns = [row[1] for row in conn.execute(f"PRAGMA table_info({name})")]
            values = " || ', ' || ".join(f'quote("{column}")' for column in columns)
            for (line,) in conn.execute(f"SELECT {values} FROM {name} ORDER BY 1").fetchall():
                yield f"INSERT INTO {name} VALUES ({line});"
    finally:
        conn.close()


def adds(edits: Sequence[Edit]) -> list[str]:
    """Return the ids of the spans that a batch puts in."""
    from annotator.core.edits import touched

    return [span.id for span in touched(edits)[0]]
