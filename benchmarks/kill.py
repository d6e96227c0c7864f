"""Killing the program at random moments: is everything there that it called saved?

    python -m benchmarks.kill [--rounds 200] [--seed 1] [--quick]

In each round a process of its own does one kind of work (`kill_work.py`): it tags, loads, brings an older file up,
takes another file in, repairs, makes backups, or moves the file to another schema and back, and tells after each step
what is saved.  SIGKILL ends it at a moment drawn over the time that this kind of work takes, which is measured first
without a kill: in one round of eight before the work begins, else from its beginning until a little after its end.

Promised: every edit that it told of is in the file; the doctor finds nothing (pages, rows, journals replayed, counts);
a backup is there whole or not at all; a file that was being brought up, merged, repaired or moved is as it was or as it
was to be, and whoever comes next finishes the work.  And that it was tried: of each kind at least a third of the rounds
were killed in the middle, that is after the process had begun the work and before it had ended it.
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
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from annotator.merging import merge
from annotator.project import Project, utc_now
from annotator.store.doctor import examine
from annotator.store.doctor_repair import repair
from annotator.store.migrations import VERSION
from annotator.store.schemas import IN_FORCE
from benchmarks.kill_work import FULL, SMALL, WORK, Size, begin, make_files, newer_schema

BEFORE: Final = 1 / 8  # of the rounds are killed before the work begins
BEYOND: Final = 1.1  # of the time that the work takes, to hit its last moments, too
ENOUGH: Final = 9  # rounds of a kind of which a third must be killed in the middle; chance alone spoils fewer
TABLES: Final = ("schema", "annotator", "article", "layer", "span", "journal")

When = Literal["before", "middle", "after"]


@dataclass(frozen=True, slots=True)
class Length:
    """How long a kind of work takes if it is not killed: seconds until it begins, and from then until its end."""

    start: float
    work: float


@dataclass(slots=True)
class Outcome:
    """What came of the rounds of one kind: when they were killed, what they told, and what was wrong."""

    killed: Counter[When] = field(default_factory=Counter)
    told: int = 0
    wrong: int = 0

    @property
    def tried(self) -> bool:
        """Whether enough of them were killed in the middle."""
        rounds = self.killed.total()
        return rounds < ENOUGH or 3 * self.killed["middle"] >= rounds


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    """Return what a query finds."""
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(sql).fetchall()


def said_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return everything that the annotators' tables of a file hold, in the columns that every version has."""
    columns = {"annotator": "id, name, kind"}
    return {table: rows(path, f"SELECT {columns.get(table, '*')} FROM {table} ORDER BY 1, 2") for table in TABLES}


class Round:
    """One process that works on one file.

    Args:
        kind: Of work.
        made: The folder with the files that rounds begin with.
        folder: An empty one.
        seed: Of what it does and when it is killed.
        size: How much it has to do.
    """

    def __init__(self, kind: str, made: Path, folder: Path, *, seed: int, size: Size) -> None:
        self.kind, self.path = kind, folder / "work.db"
        self._draw = random.Random(seed)
        self._seed, self._size, self.made = seed, size, made
        begin(kind, made, self.path, self._draw, size)
        self.before = said_of(made / "large.db" if kind == "repair" else self.path)
        self.told: list[str] = []

    def measure(self) -> Length:
        """Let it work to the end."""
        began = time.perf_counter()
        with self._process() as process:
            first = self._first(process)
            start = time.perf_counter() - began
            self.told = first + self._rest(process)
        if self.length is None:
            raise SystemExit(f"{self.kind} did not end")
        return Length(start, self.length)

    @property
    def length(self) -> float | None:
        """How many seconds the work took, if it has told its end."""
        return next((float(line.split()[1]) for line in self.told if line.startswith("ended ")), None)

    def kill(self, length: Length) -> When:
        """Kill it at some moment, and return what it was at then."""
        early = self._draw.random() < BEFORE
        with self._process() as process:
            self.told = [] if early else self._first(process)
            time.sleep(self._draw.random() * (length.start if early else BEYOND * length.work))
            process.send_signal(signal.SIGKILL)
            self.told += self._rest(process)
        return "before" if "begun" not in self.told else "middle" if self.length is None else "after"

    def _process(self) -> subprocess.Popen[str]:
        small = ["--quick"] if self._size == SMALL else []
        command = [sys.executable, "-m", "benchmarks.kill", "--work", self.kind, "--seed", str(self._seed), *small]
        return subprocess.Popen(
            [*command, str(self.path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
        )

    def _first(self, process: subprocess.Popen[str]) -> list[str]:
        assert process.stdout is not None
        return [process.stdout.readline().strip()]

    def _rest(self, process: subprocess.Popen[str]) -> list[str]:
        assert process.stdout is not None
        return [line for line in process.stdout.read().split("\n")[:-1] if line]  # the last one may be half a line

    def wrong(self) -> list[str]:
        """Return what is wrong with the file afterwards, once whoever comes next has finished the work."""
        found = [*CHECKS[self.kind](self)] if self.kind in CHECKS else []
        found += _lost(self.path, self.told)
        for file in (self.path, self.path.with_name("copy.db")):
            if file.exists():
                found += [f"{file.name}: {finding}" for finding in examine(file)]
        return found


def _migrated(done: Round) -> list[str]:
    wrong = []
    version = rows(done.path, "PRAGMA user_version")[0][0]
    if "current" in done.told and version != VERSION:
        wrong.append("told of the newest version, which the file does not have")
    if version == VERSION and not any(said_of(kept) == done.before for kept in _kept(done.path)):
        wrong.append("brought up without a copy of what it was")
    if said_of(done.path) != done.before:
        wrong.append("bringing it up has changed what it says")
    Project.open(done.path).close()
    if said_of(done.path) != done.before or rows(done.path, "PRAGMA user_version") != [(VERSION,)]:
        wrong.append("bringing it up again has changed what it says")
    return wrong


def _kept(path: Path) -> list[Path]:
    return [*path.parent.glob("work.v*-backup*.db")]


def _repaired(done: Round) -> list[str]:
    wrong = []
    whole = said_of(done.path) == done.before
    if "repaired" in done.told and not whole:
        wrong.append("told of a repair that is not there")
    if whole != (not [*examine(done.path)]):
        wrong.append("repaired in part")
    repair(done.path, time=utc_now())
    if said_of(done.path) != done.before:
        wrong.append("repairing has lost something")
    return wrong


def _merged(done: Round) -> list[str]:
    wrong = []
    of_cho = "SELECT count(*) FROM layer l JOIN annotator a ON a.id = l.annotator WHERE a.name = 'cho'"
    other = done.path.with_name("other.db")
    here, there = rows(done.path, of_cho), rows(other, of_cho)
    if here != there and ("merged" in done.told or here != [(0,)]):
        wrong.append(f"{here[0][0]} of {there[0][0]} layers were taken in")
    with Project.open(done.path) as project:
        merge(project, other)
    content = "SELECT t.digest, a.name, s.id, s.start, s.label FROM span s JOIN layer l ON l.id = s.layer " + (
        "JOIN article t ON t.id = l.article JOIN annotator a ON a.id = l.annotator ORDER BY 1, 2, 3"
    )
    if rows(done.path, content) != rows(other, content):
        wrong.append("merging again does not give what the other file has")
    return wrong


def _copied(done: Round) -> list[str]:
    copy = done.path.with_name("copy.db")
    if copy.exists():
        return [] if said_of(copy) == done.before else ["the backup is not what the database is"]
    return ["told of a backup that is not there"] if "backup" in done.told else []


def _moved(done: Round) -> list[str]:
    old = [row[:2] for row in rows(done.made / "large.db", IN_FORCE)]
    spans = done.before["span"]
    renamed = [tuple("place" if value == "location" else value for value in row) for row in spans]
    now = said_of(done.path)
    moves = len(now["journal"]) - len(done.before["journal"])
    layers = len(done.before["layer"])
    states = [  # the schema in force, the spans, and how many batches came to the journal
        (old, spans, 0),
        ([(newer_schema().ref, newer_schema().digest)], renamed, layers),
        (old, spans, 2 * layers),
    ]
    here = ([row[:2] for row in rows(done.path, IN_FORCE)], now["span"], moves)
    told = ("moved" in done.told) + ("back" in done.told)
    if here not in states[told:]:
        return [f"moved in part, or less far than told: {moves} batches of {layers} layers, told of {told} moves"]
    return []


CHECKS: Final[Mapping[str, Callable[[Round], list[str]]]] = {
    "migrate": _migrated,
    "merge": _merged,
    "repair": _repaired,
    "backup": _copied,
    "schema": _moved,
}


def _lost(path: Path, told: list[str]) -> list[str]:
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


def run(rounds: int, *, seed: int, size: Size) -> dict[str, tuple[Length, Outcome]]:
    """Run the rounds, kinds in turn, and return what came of each kind; what is wrong is printed as it is found."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / "made"
        made.mkdir()
        make_files(made, size)

        def one(kind: str, number: int) -> Round:
            folder = Path(name) / str(number)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            return Round(kind, made, folder, seed=seed + number, size=size)

        found = {}
        for kind in WORK:
            whole = one(kind, 0)
            found[kind] = (whole.measure(), Outcome())
            found[kind][1].wrong += _tell_wrong(f"{kind}, not killed", whole.wrong())
        for number in range(rounds):
            kind = list(WORK)[number % len(WORK)]
            length, outcome = found[kind]
            now = one(kind, number)
            outcome.killed[now.kill(length)] += 1
            # What else the machine does changes how long the work takes: the last time that it ended says it best.
            found[kind] = (replace(length, work=now.length or length.work), outcome)
            outcome.told += sum(not line.startswith(("begun", "ended")) for line in now.told)
            outcome.wrong += _tell_wrong(f"round {number} ({kind})", now.wrong())
            shutil.rmtree(now.path.parent)
        return found


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what is told each time that an older file was brought up."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)


def _tell_wrong(where: str, wrong: list[str]) -> int:
    for line in wrong:
        print(f"{where}: {line}", flush=True)
    return len(wrong)


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds, print what came of them by kind, and return 1 if anything was lost or not tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="two rounds of each kind, on small files")
    parser.add_argument("--work", choices=list(WORK), help=argparse.SUPPRESS)
    parser.add_argument("path", nargs="?", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    size = SMALL if given.quick else FULL
    if given.work:
        logging.disable()
        WORK[given.work](given.path, random.Random(given.seed), size)
        return 0
    if os.name != "posix":
        print("only where there is SIGKILL")
        return 0
    rounds = given.rounds or (2 * len(WORK) if given.quick else 200)
    with _quiet():
        found = run(rounds, seed=given.seed, size=size)
    columns = ("killed at", "seconds unkilled", "rounds", "before", "middle", "after", "saved steps told", "wrong")
    print(" ".join(f"{name:>{max(8, len(name))}}" for name in columns))
    for kind, (length, outcome) in found.items():
        killed = outcome.killed
        times = (killed["before"], killed["middle"], killed["after"])
        cells = (kind, f"{length.work:.2f}", killed.total(), *times, outcome.told, outcome.wrong)
        print(" ".join(f"{cell:>{max(8, len(name))}}" for cell, name in zip(cells, columns, strict=True)))
    for kind in (kind for kind, (_, outcome) in found.items() if not outcome.tried):
        print(f"{kind}: less than a third of the rounds were killed in the middle")
    return int(any(outcome.wrong or not outcome.tried for _, outcome in found.values()))


if __name__ == "__main__":
    sys.exit(main())
