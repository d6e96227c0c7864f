"""A team at work on one file at once: nothing lost, nothing doubled, no place too many, and saving that nobody feels.

    python -m benchmarks.team [--quick] [--people 50] [--batches 40] [--pause 2.0]

So many processes, each a member of the team, work on one database with a pause between two batches, of two seconds in
the mean, which few people keep up: four settle, one loads articles and assigns them, all others take places at
articles that are open to all and tag in them; another process exports everything again and again.  Afterwards the file
is compared with what was acknowledged to each of them.  Each member also appends to a file of its own and has that
on the disk, now and then, which says what the machine takes for the least that a save can be.

Promised: no error; no acknowledged tag lost, none doubled; every article open to all has exactly its places taken, and
every assigned one exactly its annotators; the journal replayed gives the spans; SQLite finds nothing wrong; and 99 of
100 saves take at most 100 ms, from the edit to the disk.  `--quick` has 8 people with 10 batches each.
"""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.connection
import multiprocessing.synchronize
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from annotator import team
from annotator.core.edits import apply
from annotator.core.layer import Layer
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.store.connection import connect
from annotator.store.queue import QueueFilter
from benchmarks import team_work
from benchmarks.team_work import BATCHES_AN_ARTICLE, NAMED, SHARED, Pace, Report

SETTLERS, CASES, PLACES, OVERLAP = 4, 10, 3, 2
LIMIT = 100.0  # milliseconds
SAME_TIME = 60.0  # seconds that members may take to get ready

Work = Callable[[Project], Report]
Connection = multiprocessing.connection.Connection


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done.

    Args:
        people: How many work, at least six.
        batches: How many batches of edits each makes.
        pause: The mean of the seconds between two.
    """

    people: int
    batches: int
    pause: float

    @property
    def taggers(self) -> list[str]:
        """The names of those who tag."""
        return [f"person-{n}" for n in range(self.people - SETTLERS - 1)]

    @property
    def shared(self) -> int:
        """How many articles are open to all: fewer places than could be taken, so that people run out of them."""
        return max(1, len(self.taggers) * (self.batches // BATCHES_AN_ARTICLE) * 3 // 4 // PLACES)


def make(path: Path, size: Size) -> list[int]:
    """Make the database, and return the numbers of the articles to settle."""
    with Project.create(path, load_schema("conflict-events")) as project:
        with project.loader() as loader:
            for record in team_work.records(SHARED, size.shared):
                loader.add(record)
            for record in team_work.disputed(-(-size.batches // CASES) * SETTLERS, cases=CASES):
                loader.add(record)
        for name in size.taggers:
            team.add(project, name, by="lead")
        for number in range(SETTLERS):
            team.add(project, f"settler-{number}", by="lead", role="annotator")
        project.add_annotator("gold", "gold")
        shared = QueueFilter(meta=(("set", SHARED),))
        team.assign(project, team.Request(overlap=PLACES, chosen=shared, open_for=3600.0), by="lead")
        return project.store.articles_of("first")


def members(size: Size, settled: list[int]) -> dict[str, Work]:
    """Return what each member does, by name."""
    found: dict[str, Work] = {}
    for number, name in enumerate(size.taggers):
        pace = Pace(size.pause, number)
        found[name] = lambda p, n=name, pace=pace: team_work.tag(p, n, pace, batches=size.batches)  # type: ignore[misc]
    for number in range(SETTLERS):
        name, pace, own = f"settler-{number}", Pace(size.pause, 1000 + number), settled[number::SETTLERS]
        found[name] = lambda p, n=name, pace=pace, own=own: team_work.settle(  # type: ignore[misc]
            p, n, pace, batches=size.batches, articles=own
        )
    pace = Pace(size.pause, 2000)
    names = tuple(size.taggers)
    found["lead"] = lambda p: team_work.lead(p, "lead", pace, batches=size.batches, team=names)
    return found


def _member(path: Path, work: Work, ready: Any, go: Any, send: Connection) -> None:
    try:
        with Project.open(path) as project:
            ready.release()
            go.wait(SAME_TIME)
            send.send(work(project))
    except Exception as error:  # noqa: BLE001 - it is one of the errors that are counted
        send.send(Report(errors=[f"{type(error).__name__}: {error}"]))


def _reader(path: Path, out: Path, stop: Any, send: Connection) -> None:
    whole = Report()
    while not stop.is_set():
        one = team_work.export(path, out)
        whole.others += one.others
        whole.errors += one.errors
        stop.wait(0.2)
    send.send(whole)


def run(path: Path, size: Size) -> dict[str, Report]:
    """Have everybody work at once, and return what each reports."""
    settled = make(path, size)
    context = multiprocessing.get_context("fork")  # what is imported is shared, so that fifty have room
    ready, go, stop = context.Semaphore(0), context.Event(), context.Event()
    running = {}
    for name, work in members(size, settled).items():
        receive, send = context.Pipe()
        process = context.Process(target=_member, args=(path, work, ready, go, send), daemon=True)
        process.start()
        send.close()
        running[name] = (process, receive)
    for _ in running:
        ready.acquire(timeout=SAME_TIME)
    receive, send = context.Pipe()
    reader = context.Process(target=_reader, args=(path, path.with_suffix(".jsonl"), stop, send), daemon=True)
    reader.start()
    send.close()
    go.set()
    reports = {}
    for name, (process, answers) in running.items():
        try:
            reports[name] = answers.recv()
        except EOFError:
            reports[name] = Report(errors=[f"{name} died"])
        process.join()
    stop.set()
    reports["reader"] = receive.recv()
    reader.join()
    return reports


def compare(path: Path, size: Size, reports: dict[str, Report]) -> dict[str, int]:
    """Return how much in the file is not as was promised, by what it is."""
    told = [span for report in reports.values() for span in report.spans]
    found = {"errors": sum(len(report.errors) for report in reports.values())}
    with Project.open(path, read_only=True) as project, project.store.snapshot() as conn:
        there = Counter(
            (article, name, id)
            for article, name, id in conn.execute(
                "SELECT l.article, a.name, s.id FROM span s JOIN layer l ON l.id = s.layer "
                "JOIN annotator a ON a.id = l.annotator WHERE a.name LIKE 'person-%'"
            )
        )
        found["tags lost"] = len(set(told) - there.keys())
        found["tags doubled or never acknowledged"] = sum(there.values()) - len(told)
        batches = conn.execute("SELECT count(*) FROM journal WHERE kind = 'do'").fetchone()[0]
        found["batches lost or doubled"] = abs(batches - sum(report.batches for report in reports.values()))
        quota = "SELECT count(*) FROM quota q WHERE places <> (SELECT count(*) FROM layer WHERE article = q.article)"
        found["articles open to all with other than their places taken"] = conn.execute(quota).fetchone()[0]
        named = (
            "SELECT count(*) FROM article a WHERE a.meta LIKE ? AND "
            "(SELECT count(*) FROM assignment s WHERE s.article = a.id) <> ?"
        )
        values = (f'%"{NAMED}"%', OVERLAP)
        found["assigned articles with other than their annotators"] = conn.execute(named, values).fetchone()[0]
        found["assigned articles missing"] = size.batches - _count(conn, "article WHERE meta LIKE ?", values[0])
        found["layers that the journal does not give"] = sum(
            not _replays(project, article, name)
            for article, name in conn.execute(
                "SELECT l.article, a.name FROM layer l JOIN annotator a ON a.id = l.annotator"
            ).fetchall()
        )
        found["faults that SQLite finds"] = int(conn.execute("PRAGMA integrity_check").fetchone()[0] != "ok")
    with connect(path) as conn:
        found["faults that SQLite finds"] += len(conn.execute("PRAGMA foreign_key_check").fetchall())
    conn.close()
    return found


def _count(conn: Any, what: str, *values: Any) -> int:
    return int(conn.execute(f"SELECT count(*) FROM {what}", values).fetchone()[0])


def _replays(project: Project, article: int, name: str) -> bool:
    layer = project.store.layer(article, name)
    assert layer is not None
    made = Layer(article, name, layer.schema)
    for edits in project.store.replay(article, name):
        made, _ = apply(made, edits)
    return (made.spans, dict(made.attributes), made.status) == (layer.spans, dict(layer.attributes), layer.status)


def percentile(values: list[float], share: float) -> float:
    """Return the value that a share of all values does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def table(found: dict[str, int], reports: dict[str, Report]) -> bool:
    """Print what was found beside what is promised, and say whether all of it is kept."""
    kept = True
    print(f"{'':>58} {'found':>10}  at most")
    for what, number in found.items():
        kept = kept and not number
        print(f"{what:>58} {number:>10,}  {0:>7}{'  ← not kept' if number else ''}")
    times = {
        "saves": [spent for report in reports.values() for spent in report.saves],
        "(appending to a file, and fsync)": [spent for report in reports.values() for spent in report.bare],
        "taking a place": [spent for report in reports.values() for spent in report.claims],
        "loading an article and assigning": reports["lead"].others,
        "exporting everything": reports["reader"].others,
    }
    for what, values in times.items():
        print(f"{f'{what}, {len(values):,}: median':>58} {median(values) if values else 0:>7.1f} ms")
        p99 = percentile(values, 0.99)
        bad = what == "saves" and p99 > LIMIT
        kept = kept and not bad
        limit = f"{LIMIT:>4.0f} ms" if what == "saves" else ""
        print(f"{'99 of 100':>58} {p99:>7.1f} ms  {limit}{'  ← not kept' if bad else ''}", flush=True)
    for name, report in reports.items():
        for error in report.errors[:3]:
            print(f"{name}: {error}")
    return kept


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="8 people, 10 batches each")
    parser.add_argument("--people", type=int, default=50, help="how many work at once, six at least")
    parser.add_argument("--batches", type=int, default=40, help="how many batches each makes")
    parser.add_argument("--pause", type=float, default=2.0, help="mean seconds between two of them")
    given = parser.parse_args(arguments)
    size = Size(8, 10, given.pause) if given.quick else Size(max(6, given.people), given.batches, given.pause)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "team.db")
        began = time.perf_counter()
        reports = run(path, size)
        spent = time.perf_counter() - began
        print(f"{size.people} people, {size.batches} batches each, {size.shared} articles open to all, {spent:.0f} s\n")
        return int(not table(compare(path, size, reports), reports))


if __name__ == "__main__":
    sys.exit(main())
