"""What is killed by `benchmarks.kill`: the files that each kind of work begins with, and the work itself.

Invariant: a piece of work says "begun" when it begins, "ended" and how many seconds it took when it is through, and
between them a line for each thing that is saved, after it is saved; what it does follows from its seed alone.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from annotator.core.edits import Add, Change, Remove, SetStatus
from annotator.core.migration import LabelMove, Migration
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.core.text import digest_of
from annotator.merging import merge
from annotator.project import Project, utc_now
from annotator.schemas import load_schema
from annotator.session import Session
from annotator.store.backup import back_up
from annotator.store.doctor_repair import repair
from annotator.store.migrations import VERSION
from annotator.store.rows import edits_text
from annotator.upgrading import back, upgrade

TEXT: Final = "Two soldiers were killed near Al-Fashir on Sunday, and 300 families fled to the camp at Zamzam. " * 4
OLD: Final = Path(__file__).parents[1] / "tests" / "store" / "data"
COLUMNS: Final = "id, key, digest, length, loaded, title, meta, text"
ONE_TIME: Final = "2026-01-02T03:04:05.000+00:00"


@dataclass(frozen=True, slots=True)
class Size:
    """How much each kind of work has to do, so that it takes about a second.

    Args:
        batches: Of edits, that are made by tagging.
        turns: Of loading, each of up to 60 articles with five spans.
        older: Articles in a file that is brought up, each with a layer of twelve spans.
        other: Articles with a layer of 30 spans in the file that is merged, besides those that both have.
        large: Articles with a layer of twelve spans where a file is repaired, copied, or moved to another schema.
        copies: Backups, one in the place of the other.
    """

    batches: int
    turns: int
    older: int
    other: int
    large: int
    copies: int


FULL: Final = Size(batches=200, turns=40, older=5_000, other=600, large=800, copies=15)
SMALL: Final = Size(batches=20, turns=3, older=100, other=30, large=40, copies=4)
ARTICLES: Final = 40
"""In the file that is tagged and loaded into, and that others are merged into."""


def tell(*words: object) -> None:
    """Tell the parent that something is saved."""
    print(*words, flush=True)


@contextmanager
def told() -> Iterator[None]:
    """Tell the parent that the work inside begins, and that it has ended."""
    tell("begun")
    began = time.perf_counter()
    yield
    tell("ended", time.perf_counter() - began)


def tag(path: Path, draw: random.Random, size: Size) -> None:
    """Tag, move, untag and undo, telling of each batch after it is saved."""
    with Project.open(path) as project, told():
        left = size.batches
        while left:
            article = draw.randint(1, ARTICLES)
            session = project.session(article, "ana")
            for _ in range(min(left, draw.randint(1, 6))):
                _step(session, draw)
                session.flush()
                head = session.head
                spans = sorted(f"{s.id}:{s.start}:{s.end}:{s.label}" for s in session.layer.spans)
                tell("layer", article, head.revision, ",".join(spans))
                left -= 1
            session.close()


def _step(session: Session, draw: random.Random) -> None:
    """Do one batch of edits."""
    spans = session.layer.spans
    start = draw.randrange(len(TEXT) - 12)
    match draw.randrange(6):
        case 0 if spans:
            session.do([Remove(draw.choice(spans).ref)])
        case 1 if spans:
            span = draw.choice(spans)
            session.do([Change(span.ref, Span(span.id, start, start + 7, "casualty"))])
        case 2 if session.undoable:
            session.undo()
        case _:
            session.do([Add(Span(session.new_id(), start, start + 5, "location"))])


def load(path: Path, draw: random.Random, size: Size) -> None:
    """Load articles with layers, telling the last that is committed."""
    with Project.open(path) as project, told():
        for turn in range(size.turns):
            with project.loader() as loader:
                for number in range(draw.randint(1, 60)):
                    key = f"new-{turn}-{number}"
                    spans = tuple(Span(f"s{n}", 9 * n, 9 * n + 4, "actor") for n in range(5))
                    loader.add(Record(key, key, key, f"{key} {TEXT}", layer=LayerRecord("model", "model", spans=spans)))
                last = key
            tell("article", last)


def migrate(path: Path, draw: random.Random, size: Size) -> None:
    """Bring an older file up."""
    with told():
        Project.open(path).close()
        tell("current")


def mend(path: Path, draw: random.Random, size: Size) -> None:
    """Repair a file that was damaged before."""
    with told():
        repair(path, time=utc_now())
        tell("repaired")


def join(path: Path, draw: random.Random, size: Size) -> None:
    """Take in what somebody has done in another file."""
    with Project.open(path) as project, told():
        merge(project, path.with_name("other.db"))
        tell("merged")


def copy(path: Path, draw: random.Random, size: Size) -> None:
    """Make backups, one in the place of the other."""
    with told():
        for _ in range(size.copies):
            back_up(path, path.with_name("copy.db"), force=True)
            tell("backup")


def move(path: Path, draw: random.Random, size: Size) -> None:
    """Move the database to another schema, and back."""
    with Project.open(path) as project, told():
        upgrade(project, newer_schema(), MOVES, author="ben", write=True)
        tell("moved")
        back(project, author="ben", write=True)
        tell("back")


WORK: Final[Mapping[str, Callable[[Path, random.Random, Size], None]]] = {
    "tag": tag,
    "load": load,
    "migrate": migrate,
    "merge": join,
    "repair": mend,
    "backup": copy,
    "schema": move,
}
MOVES: Final = Migration(labels={"location": LabelMove(to="place")})


def newer_schema() -> Schema:
    """Return the bundled schema with another name for a label."""
    plain = load_schema("conflict-events").plain()
    renamed = json.loads(json.dumps(plain).replace('"location"', '"place"'))
    return Schema.from_plain({**renamed, "version": "next"})


def make_files(folder: Path, size: Size) -> None:
    """Make the databases that rounds begin with copies of: "small.db", "other.db" and "large.db"."""
    small = folder / "small.db"
    with Project.create(small, load_schema("conflict-events")) as project:
        _fill(project, "a", ARTICLES)
        for article in range(1, 12):
            session = project.session(article, "ben")
            for n in range(6):
                session.do([Add(Span(f"s{n}", 11 * n, 11 * n + 6, "actor"))])
            session.close()
    shutil.copyfile(small, folder / "other.db")
    with Project.open(folder / "other.db") as project:
        layer = LayerRecord("cho", spans=tuple(Span(f"s{n}", 9 * n, 9 * n + 4, "actor") for n in range(30)))
        _fill(project, "a", ARTICLES, layer)
        _fill(project, "b", size.other, layer)
    shutil.copyfile(small, folder / "large.db")
    with Project.open(folder / "large.db") as project:
        labels = ("location", "actor", "casualty")
        spans = tuple(Span(f"s{n}", 9 * n, 9 * n + 4, labels[n % 3]) for n in range(12))
        _fill(project, "c", size.large, LayerRecord("cho", spans=spans))
        session = project.session(ARTICLES + 1, "cho")
        session.do([SetStatus("flagged")])
        session.close()


def _fill(project: Project, name: str, articles: int, layer: LayerRecord | None = None) -> None:
    with project.loader() as loader:
        for number in range(articles):
            key = f"{name}{number}"
            text = f"{number} {TEXT}" if name == "a" else f"{key} {TEXT}"
            loader.add(Record(key, key, "", text, layer=layer))


def begin(kind: str, made: Path, path: Path, draw: random.Random, size: Size) -> None:
    """Put the file that a kind of work begins with in its place.

    Args:
        kind: Of work.
        made: The folder with what `make_files` made.
        path: The place.
        draw: Says how old an older file is, and what is damaged.
        size: How much there is to do.
    """
    if kind == "migrate":
        older(path, draw, size)
        return
    shutil.copyfile(made / ("large.db" if kind in ("repair", "backup", "schema") else "small.db"), path)
    if kind == "repair":
        spoil(path, draw)
    if kind == "merge":
        shutil.copyfile(made / "other.db", path.with_name("other.db"))


def spoil(path: Path, draw: random.Random) -> None:
    """Damage what a repair can derive."""
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("UPDATE total SET number = number + 3 WHERE name = 'articles'")
        conn.execute("UPDATE label_use SET spans = spans + 1")
        conn.execute("DELETE FROM span WHERE layer % 2 = ?", (draw.randrange(2),))
        conn.execute("UPDATE layer SET note = 'noise' WHERE id % 3 = ?", (draw.randrange(3),))
        conn.execute("COMMIT")


def older(path: Path, draw: random.Random, size: Size) -> None:
    """Make a file of an older version with many articles and layers in it."""
    spans = [Span(f"s{n}", 9 * n, 9 * n + 4, "actor") for n in range(12)]
    edits, inverse = edits_text(map(Add, spans)), edits_text(Remove(span.ref) for span in reversed(spans))
    with closing(sqlite3.connect(path)) as conn:
        version = draw.randint(1, VERSION - 1)
        conn.executescript((OLD / f"v{version}.sql").read_text(encoding="utf-8"))
        conn.execute("PRAGMA journal_mode = WAL")
        article, layer = (conn.execute(f"SELECT max(id) FROM {name}").fetchone()[0] for name in ("article", "layer"))
        for number in range(1, size.older + 1):
            text = f"{number} {TEXT}"
            row = (article + number, f"more-{number}", digest_of(text), len(text), ONE_TIME, "", "{}", text)
            conn.execute(f"INSERT INTO article ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            at = layer + number
            conn.execute(
                "INSERT INTO layer VALUES (?, ?, 1, 1, 'open', 1, 12, ?, '{}', '')", (at, article + number, ONE_TIME)
            )
            rows = [(at, span.id, span.start, span.end, span.label) for span in spans]
            conn.executemany("INSERT INTO span VALUES (?, ?, ?, ?, ?, '{}', '', '')", rows)
            entry = (ONE_TIME, at, edits, inverse)
            conn.execute("INSERT INTO journal VALUES (NULL, ?, ?, 1, 1, 1, 'load', NULL, ?, ?)", entry)
        conn.commit()
