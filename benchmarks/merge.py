"""Ten people work apart, each on a file of their own, and what they did is merged.

    python -m benchmarks.merge [--quick] [--laptops 10] [--articles 1000] [--spans 30] [--seed 1]

One database of articles, in which every annotator has begun all of them, is split into a file for each. On its way home
each file is worked on: most layers go on, some stay as they are, some articles are new.  Meanwhile some layers go on at
home, and 5 % go on in both places: these are the true conflicts.

Promised: exactly the true conflicts are found; every batch of every file is in the merged one, whose journals give its
spans; merging all files again changes not a byte of its dump.  `--quick` has 100 articles with 10 spans.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from annotator.core.edits import Add, Change, Edit, Remove, SetStatus, apply
from annotator.core.layer import Layer
from annotator.core.record import LayerRecord, Record
from annotator.core.replay import content, replayed
from annotator.core.spans import Span
from annotator.merging import MergeReport, merge, split
from annotator.project import Project
from annotator.schemas import load_schema
from annotator.store.layers import Batch, write_batch

SHARE = 0.05  # of the layers of a file that go on in both places
LABELS = ("actor", "location", "casualty", "displacement")

Pair = tuple[str, str]
"""An article's key and an annotator."""


@dataclass(slots=True)
class Plan:
    """What was done where.

    Attributes:
        conflicts: Layers that went on in both places.
        outcomes: How many layers of all files should have each outcome.
        batches: How many batches were written away from home.
    """

    conflicts: set[Pair] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    batches: int = 0


class Clock:
    """Rises by a second each time it is looked at."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 2, tzinfo=UTC)

    def __call__(self) -> str:
        """Return the next second, as the journal keeps times."""
        self._now += timedelta(seconds=1)
        return self._now.isoformat(timespec="milliseconds")


def make(folder: Path, *, laptops: int, articles: int, spans: int, seed: int) -> tuple[Path, list[Path], Plan]:
    """Make the file at home and those of the laptops, all worked on.

    Returns:
        The file at home, those of the laptops, and what was done.
    """
    rng, clock, plan = random.Random(seed), Clock(), Plan()
    home = folder / "home.db"
    names = [f"ann{number}" for number in range(laptops)]
    schema = load_schema("conflict-events")
    with Project.create(home, schema, clock=clock) as project, project.loader(strict=True) as loader:
        for number in range(articles):
            for name in names:
                loader.add(_record(number, name, spans=spans, rng=rng))
    files = []
    for name in names:
        path = folder / f"{name}.db"
        with Project.open(home, read_only=True, clock=clock) as project:
            split(project, path, annotator=name, articles=range(1, articles + 1))
        files.append(path)
    for name, path in zip(names, files, strict=True):
        _work(home, path, name, articles=articles, rng=rng, clock=clock, plan=plan)
    return home, files, plan


def _record(number: int, name: str, *, spans: int, rng: random.Random) -> Record:
    text = f"report {number}: " + "shells fell on the market of Taiz " * spans
    starts = sorted(rng.sample(range(len(text) - 12), spans))
    found = tuple(Span(f"s{n}", at, at + rng.randint(1, 12), rng.choice(LABELS)) for n, at in enumerate(starts, 1))
    key = f"report-{number:05}"
    return Record(key, key, f"Report {number}", text, {"source": "made"}, LayerRecord(name, spans=found))


def _work(home: Path, path: Path, name: str, *, articles: int, rng: random.Random, clock: Clock, plan: Plan) -> None:
    """Let one annotator work on a file away, and here and there at home."""
    numbers = list(range(1, articles + 1))
    rng.shuffle(numbers)
    both = max(1, round(articles * SHARE))
    ahead, still = numbers[: both + articles * 7 // 10], numbers[both + articles * 7 // 10 :]
    only_home = still[: len(still) // 2]
    new = max(1, articles // 100)
    with Project.open(path, clock=clock) as away, Project.open(home, clock=clock) as here:
        keys = here.store.journal.keys(numbers)
        plan.batches += _write(away, [n for n in ahead for _ in range(rng.randint(1, 4))], name, rng)
        _write(here, [*numbers[:both], *only_home], name, rng, more=True)
        with away.loader() as loader:
            for number in range(new):
                loader.add(_record(100_000 + number, name, spans=3, rng=rng))
        plan.conflicts |= {(keys[number], name) for number in numbers[:both]}
    plan.outcomes += Counter(
        new=new, forward=len(ahead) - both, conflict=both, behind=len(only_home), same=len(still) - len(only_home)
    )
    plan.batches += new


def _write(project: Project, numbers: list[int], name: str, rng: random.Random, *, more: bool = False) -> int:
    """Write a batch for each number, in one transaction; how many that were.

    With `more` each puts in a span that nobody else has, so that two places can never come to the same by chance.
    """

    def job(conn: sqlite3.Connection) -> None:
        layers: dict[int, Layer] = {}
        for number in numbers:
            before = layers.get(number) or project.store.layer(number, name)
            assert before is not None
            edits = _edits(before, rng, add=more)
            after, inverse = apply(before, edits)
            after = layers[number] = replace(after, revision=before.revision + 1)
            write_batch(conn, Batch(after, edits, inverse, name, "do", None, project.clock()))

    project.writer.submit(job).result()
    return len(numbers)


def _edits(layer: Layer, rng: random.Random, *, add: bool) -> list[Edit]:
    """Return a batch as people write them: a span more, one less, another label, or done."""
    roll = rng.random()
    if add or roll < 0.5 or not layer.spans:
        start = rng.randint(0, 20)
        return [Add(Span(f"n{rng.getrandbits(60)}", start, start + rng.randint(1, 9), rng.choice(LABELS)))]
    span = rng.choice(layer.spans)
    if roll < 0.7:
        return [Remove(span.ref)]
    if roll < 0.9:
        return [Change(span.ref, replace(span, label=rng.choice(LABELS)))]
    return [SetStatus("open" if layer.status == "done" else "done")]


def take_all(home: Path, files: list[Path], *, clock: Callable[[], str]) -> list[MergeReport]:
    """Merge all files into the one at home."""
    with Project.open(home, clock=clock) as project:
        return [merge(project, path) for path in files]


def digest(path: Path) -> str:
    """Return the SHA-256 of a database's dump."""
    found = hashlib.sha256()
    with closing(sqlite3.connect(path)) as conn:
        for line in conn.iterdump():
            found.update(line.encode())
    return found.hexdigest()


def faults(home: Path, files: list[Path], plan: Plan, reports: list[MergeReport]) -> Iterator[str]:
    """Yield what is not as it was promised."""
    found = {(one.key, one.annotator) for report in reports for one in report.conflicts}
    if found != plan.conflicts:
        yield f"{len(found - plan.conflicts)} conflicts were invented, {len(plan.conflicts - found)} missed"
    outcomes: Counter[str] = sum((Counter(report.layers) for report in reports), Counter())
    if outcomes != plan.outcomes:
        yield f"layers: {dict(outcomes)}, not {dict(plan.outcomes)}"
    with closing(sqlite3.connect(home)) as conn:
        if (state := conn.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            yield f"integrity: {state}"
        if broken := conn.execute("PRAGMA foreign_key_check").fetchall():
            yield f"{len(broken)} broken foreign keys"
        entries = _entries(conn)
    for path in files:
        with closing(sqlite3.connect(path)) as conn:
            if lost := _entries(conn) - entries:
                yield f"{path.name}: {len(lost)} batches are not in the merged file"
    yield from _wrong_replays(home)


def _entries(conn: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Return every batch by its text, time, author and edits."""
    sql = (
        "SELECT r.digest, j.time, a.name, j.edits FROM journal j JOIN annotator a ON a.id = j.annotator "
        "JOIN layer l ON l.id = j.layer JOIN article r ON r.id = l.article"
    )
    return set(conn.execute(sql))


def _wrong_replays(home: Path) -> Iterator[str]:
    with Project.open(home, read_only=True) as project:
        for name, _ in project.store.annotators():
            for number in project.store.journal.layers(name):
                layer = project.store.layer(number, name)
                assert layer is not None
                made = replayed(Layer(number, name, layer.schema), project.store.replay(number, name))
                if content(made) != content(layer) or made.revision != layer.revision:
                    yield f"the layer of {name} of article {number} is not what its journal gives"


def main(arguments: list[str] | None = None) -> int:
    """Make, merge, print, and return 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100 articles with 10 spans")
    parser.add_argument("--laptops", type=int, default=10)
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--spans", type=int, default=30, help="that every layer begins with")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    articles, spans = (100, 10) if given.quick else (given.articles, given.spans)
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        sizes = {"laptops": given.laptops, "articles": articles, "spans": spans}
        home, files, plan = make(Path(name), **sizes, seed=given.seed)
        print(f"made {given.laptops} files of {articles:,} articles in {time.perf_counter() - began:.1f} s", flush=True)
        began = time.perf_counter()
        reports = take_all(home, files, clock=Clock())
        spent = time.perf_counter() - began
        each = 1000 * spent / sum(plan.outcomes.values())
        print(f"merged in {spent:.1f} s, {each:.2f} ms a layer: {dict(plan.outcomes)}")
        bad = list(faults(home, files, plan, reports))
        print(f"{len(plan.conflicts)} true conflicts, {plan.batches:,} batches from away", flush=True)
        before = digest(home)
        began = time.perf_counter()
        take_all(home, files, clock=Clock())
        print(f"merged again in {time.perf_counter() - began:.1f} s")
        if digest(home) != before:
            bad.append("merging again changed the file")
    for one in bad:
        print(f"  ← not kept: {one}")
    print("all found, none other; again the same bytes" if not bad else f"{len(bad)} promises not kept")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
