"""Killing the program at random moments: is everything there that it called saved?

    python -m benchmarks.kill [--rounds 200] [--seed 1]

In each round a process of its own tags, loads, brings an older file up, takes another file in, repairs or makes a
backup, and tells after each step what is saved; SIGKILL ends it at a random moment.  Promised: every edit that it told
of is in the file, the doctor finds nothing (pages, rows, journals replayed, counts), a backup is there whole or not at
all, and a file that was being brought up, merged or repaired is as it was or as it was to be.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from annotator.core.edits import Add, Change, Remove
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import digest_of
from annotator.merging import merge
from annotator.project import Project, utc_now
from annotator.schemas import load_schema
from annotator.store.backup import back_up
from annotator.store.doctor import examine
from annotator.store.doctor_repair import repair
from annotator.store.migrations import VERSION

TEXT: Final = "Two soldiers were killed near Al-Fashir on Sunday, and 300 families fled to the camp at Zamzam. " * 4
ARTICLES: Final = 40
ELSEWHERE: Final = 600
LONGEST: Final = {"tag": 0.4, "load": 0.4, "migrate": 0.6, "merge": 1.5, "repair": 3.0, "backup": 0.4}
"""Seconds from the first word of the process to the kill, at most: about what the work takes, so it is hit anywhere."""
COLUMNS: Final = "id, key, digest, length, loaded, title, meta, text"
OLD: Final = Path(__file__).parents[1] / "tests" / "store" / "data" / "v1.sql"


def tell(*words: object) -> None:
    """Tell the parent that something is saved."""
    print(*words, flush=True)


def tag(path: Path, draw: random.Random) -> None:
    """Tag, move, untag and undo, telling of each batch after it is saved."""
    with Project.open(path) as project:
        tell("begun")
        while True:
            article = draw.randint(1, ARTICLES)
            session = project.session(article, "ana")
            for _ in range(draw.randint(1, 6)):
                step(session, draw)
                session.flush()
                head = session.head
                spans = sorted(f"{s.id}:{s.start}:{s.end}:{s.label}" for s in session.layer.spans)
                tell("layer", article, head.revision, ",".join(spans))
            session.close()


def step(session: object, draw: random.Random) -> None:
    """Do one batch of edits."""
    spans = session.layer.spans  # type: ignore[attr-defined]
    start = draw.randrange(len(TEXT) - 12)
    match draw.randrange(6):
        case 0 if spans:
            session.do([Remove(draw.choice(spans).ref)])  # type: ignore[attr-defined]
        case 1 if spans:
            span = draw.choice(spans)
            session.do([Change(span.ref, Span(span.id, start, start + 7, "casualty"))])  # type: ignore[attr-defined]
        case 2 if session.undoable:  # type: ignore[attr-defined]
            session.undo()  # type: ignore[attr-defined]
        case _:
            new = Span(session.new_id(), start, start + 5, "location")  # type: ignore[attr-defined]
            session.do([Add(new)])  # type: ignore[attr-defined]


def load(path: Path, draw: random.Random) -> None:
    """Load articles with layers, telling how many are committed."""
    with Project.open(path) as project:
        tell("begun")
        for turn in range(10_000):
            with project.loader() as loader:
                for number in range(draw.randint(1, 60)):
                    key = f"new-{turn}-{number}"
                    spans = tuple(Span(f"s{n}", 9 * n, 9 * n + 4, "actor") for n in range(5))
                    loader.add(Record(key, key, key, f"{key} {TEXT}", layer=LayerRecord("model", "model", spans=spans)))
                last = key
            tell("article", last)


def migrate(path: Path, draw: random.Random) -> None:
    """Bring an older file up."""
    tell("begun")
    Project.open(path).close()
    tell("current")


def mend(path: Path, draw: random.Random) -> None:
    """Repair a file that was damaged before."""
    tell("begun")
    while True:
        repair(path, time=utc_now())
        tell("repaired")
        spoil(path, draw)


def join(path: Path, draw: random.Random) -> None:
    """Take in what somebody has done in another file."""
    with Project.open(path) as project:
        tell("begun")
        merge(project, path.with_name("other.db"))
        tell("merged")
        while True:
            time.sleep(1)


def copy(path: Path, draw: random.Random) -> None:
    """Make backups, one in the place of the other."""
    tell("begun")
    while True:
        back_up(path, path.with_name("copy.db"), force=True)
        tell("backup")


WORK: Final[Mapping[str, Callable[[Path, random.Random], None]]] = {
    "tag": tag,
    "load": load,
    "migrate": migrate,
    "merge": join,
    "repair": mend,
    "backup": copy,
}


def spoil(path: Path, draw: random.Random) -> None:
    """Damage what a repair can derive."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("UPDATE total SET number = number + 3")
        conn.execute("UPDATE label_use SET spans = spans + 1")
        conn.execute("DELETE FROM span WHERE layer % 2 = ?", (draw.randrange(2),))
        conn.execute("UPDATE layer SET status = 'flagged' WHERE id % 3 = ?", (draw.randrange(3),))
        conn.execute("COMMIT")


def prepared(folder: Path) -> Path:
    """Make the database that most rounds begin with."""
    path = folder / "template.db"
    with Project.create(path, load_schema("conflict-events")) as project:
        with project.loader() as loader:
            for number in range(ARTICLES):
                loader.add(Record(f"a{number}", f"a{number}", "", f"{number} {TEXT}"))
        for article in range(1, 12):
            session = project.session(article, "ben")
            for n in range(6):
                session.do([Add(Span(f"s{n}", 11 * n, 11 * n + 6, "actor"))])
            session.close()
    return path


def elsewhere(template: Path) -> Path:
    """Make a file in which somebody has worked on the same articles, and on others."""
    path = shutil.copyfile(template, template.with_name("other.db"))
    with Project.open(path) as project, project.loader() as loader:
        layer = LayerRecord("cho", spans=tuple(Span(f"s{n}", 9 * n, 9 * n + 4, "actor") for n in range(30)))
        for number in range(ARTICLES):
            loader.add(Record(f"a{number}", f"a{number}", "", f"{number} {TEXT}", layer=layer))
        for number in range(ELSEWHERE):
            loader.add(Record(f"b{number}", f"b{number}", "", f"b{number} {TEXT}", layer=layer))
    return path


def older(path: Path, draw: random.Random) -> None:
    """Make a file of the first version with many articles in it."""
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(OLD.read_text(encoding="utf-8"))
        for number in range(3, draw.randint(100, 1_500)):
            text = f"{number} {TEXT}"
            row = (number, f"more-{number}", digest_of(text), len(text), "2026-01-02T03:04:05+00:00", "", "{}", text)
            conn.execute(f"INSERT INTO article ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        conn.commit()


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Return what a query finds."""
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(sql).fetchall()


def said_of(path: Path) -> list[tuple[object, ...]]:
    """Return everything that the annotators' tables of a file hold."""
    tables = ("schema", "annotator", "article", "layer", "span", "journal")
    return [row for table in tables for row in rows(path, f"SELECT * FROM {table}")]


def one_round(kind: str, template: Path, folder: Path, seed: int) -> tuple[int, list[str]]:
    """Run and kill one process; return how many steps it told of, and what is wrong afterwards."""
    draw = random.Random(seed)
    path = folder / "work.db"
    if kind == "migrate":
        older(path, draw)
    else:
        shutil.copyfile(template, path)
    before = said_of(path)
    if kind == "repair":
        spoil(path, draw)
    if kind == "merge":
        shutil.copyfile(template.with_name("other.db"), folder / "other.db")
    command = [sys.executable, "-m", "benchmarks.kill", "--work", kind, "--seed", str(seed), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(draw.random() * LONGEST[kind])
        process.send_signal(signal.SIGKILL)
        told = [line for line in process.stdout.read().split("\n")[:-1] if line]
    return len(told), [*_wrong(kind, path, before, told)]


def _wrong(kind: str, path: Path, before: list[tuple[object, ...]], told: list[str]) -> list[str]:
    wrong = []
    if kind == "migrate":
        version = rows(path, "PRAGMA user_version")[0][0]
        kept = [*path.parent.glob("work.v1-backup*.db")]
        if "current" in told and version != VERSION:
            wrong.append("told of the newest version, which the file does not have")
        if version == VERSION and not any(said_of(copy) == before for copy in kept):
            wrong.append("brought up without a copy of what it was")
        if said_of(path) != before:
            wrong.append("bringing it up has changed what it says")
        Project.open(path).close()  # whoever comes next finishes it
    if kind == "repair":
        repair(path, time=utc_now())
        layers = rows(path, "SELECT status, revision, spans FROM layer ORDER BY id")
        spans = len(rows(path, "SELECT 1 FROM span"))
        if layers != [("open", 6, 6)] * 11 or spans != 66:
            wrong.append(f"repairing has lost something: {spans} spans")
    if kind == "merge":
        layers = len(rows(path, "SELECT 1 FROM layer l JOIN annotator a ON a.id = l.annotator WHERE a.name = 'cho'"))
        if layers not in ((ARTICLES + ELSEWHERE,) if "merged" in told else (0, ARTICLES + ELSEWHERE)):
            wrong.append(f"{layers} layers were taken in")
    wrong += _edits_missing(path, told)
    for file in (path, path.with_name("copy.db")):
        if file.exists():
            wrong += [f"{file.name}: {finding}" for finding in examine(file)]
    return wrong


def _edits_missing(path: Path, told: list[str]) -> list[str]:
    """Return the acknowledged edits that are not there: of each layer the last told state, unless it went on."""
    wrong = []
    last: dict[str, tuple[int, str]] = {}
    for line in told:
        words = line.split(" ")
        if words[0] == "layer":
            last[words[1]] = (int(words[2]), words[3])
        elif words[0] == "article" and not rows(path, f"SELECT 1 FROM article WHERE key = '{words[1]}'"):
            wrong.append(f"lost {line}")
    with Project.open(path, read_only=True) as project:
        for article, (revision, spans) in last.items():
            layer = project.store.layer(int(article), "ana")
            if layer is None or layer.revision < revision:
                wrong.append(f"lost revision {revision} of article {article}")
            elif layer.revision == revision:
                here = ",".join(sorted(f"{s.id}:{s.start}:{s.end}:{s.label}" for s in layer.spans))
                if here != spans:
                    wrong.append(f"article {article} has {here}, told was {spans}")
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds, print what came of them by kind, and return 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="ten rounds")
    parser.add_argument("--work", choices=list(WORK), help=argparse.SUPPRESS)
    parser.add_argument("path", nargs="?", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    logging.disable()  # it is told each time that an older file was brought up
    if given.work:
        WORK[given.work](given.path, random.Random(given.seed))
        return 0
    if os.name != "posix":
        print("only where there is SIGKILL")
        return 0
    rounds = 10 if given.quick else given.rounds
    counts = {kind: [0, 0, 0] for kind in WORK}
    with tempfile.TemporaryDirectory() as name:
        template = prepared(Path(name))
        elsewhere(template)
        for number in range(rounds):
            kind = list(WORK)[number % len(WORK)]
            folder = Path(name) / str(number)
            folder.mkdir()
            told, wrong = one_round(kind, template, folder, given.seed + number)
            for at, more in enumerate((1, told, len(wrong))):
                counts[kind][at] += more
            for line in wrong:
                print(f"round {number} ({kind}): {line}")
            shutil.rmtree(folder)
    print(f"{'killed while it':<16} {'rounds':>7} {'saved steps told':>17} {'lost or wrong':>14}")
    for kind, (times, told, wrong_) in counts.items():
        print(f"{kind + 's':<16} {times:>7} {told:>17} {wrong_:>14}")
    return int(any(wrong_ for _, _, wrong_ in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
