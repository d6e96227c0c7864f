"""Runs of `annotator load` and `annotator export` in one format, each in a process of its own."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from annotator import plugins
from annotator.errors import AnnotatorError
from annotator.formats.base import Format
from benchmarks.formats_data import LENGTH, MAKERS
from benchmarks.measure import Run, run

OWNER = "ana"  # one of the annotators of the data, and whose the labels are where a file does not say
PROBE = 20  # articles


@dataclass(frozen=True, slots=True)
class Plan:
    """How a format is measured.

    Args:
        name: The format's.
        out: The name of the file or folder that it is in.
        one: Whether it has room for one layer an article.
        writes: Whether the product writes it; else the benchmark makes the files.
        reads: Whether the product reads it.
        owned: Whether the labels' owner has to be named on the way in.
        why: What keeps it from being measured; "" if nothing does.
    """

    name: str
    out: str
    one: bool
    writes: bool
    reads: bool
    owned: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One format at one size; None for what it does not do.

    Args:
        exported: The run of `annotator export`.
        loaded: The run of `annotator load`.
        back: The share of the exported spans that the load stored again.
    """

    exported: Run | None
    loaded: Run | None
    back: float | None


class CommandError(Exception):
    """A command failed that must not."""


class Bench:
    """Databases and files of the benchmark in one folder.

    Args:
        folder: Where; everything in it is the benchmark's.
        annotators: Layers an article, up to three.
        length: About how many code points an article has.
    """

    def __init__(self, folder: Path, *, annotators: int, length: int = LENGTH) -> None:
        self.folder = folder
        self.annotators = annotators
        self.length = length

    def command(self, database: str, *arguments: str) -> list[str]:
        """Return a command of the product on one of the databases."""
        return [sys.executable, "-m", "annotator", "--db", str(self.folder / database), *arguments]

    def product(self, database: str, *arguments: str, may_fail: bool = False) -> Run:
        """Run the product.

        Raises:
            CommandError: If it failed and must not.
        """
        done = run(self.command(database, *arguments), folder=self.folder)
        if done.status and not may_fail:
            raise CommandError(f"annotator {' '.join(arguments)} left with status {done.status}")
        return done

    def data(self, articles: int, *, format: str = "jsonl", attributes: bool = False, annotators: int = 0) -> Path:
        """Make the articles, once, in a process of its own, and return the file or folder."""
        annotators = annotators or (self.annotators if format == "jsonl" else 1)
        suffix = f".{format}" if format in ("jsonl", "csv", "tsv") else ""
        out = self.folder / f"made-{articles}-{annotators}{'-attributes' if attributes else ''}-{format}{suffix}"
        if not out.exists():
            command = [sys.executable, "-m", "benchmarks.formats_data", str(out), "--as", format]
            command += ["--articles", str(articles), "--annotators", str(annotators), "--length", str(self.length)]
            made = run(command + ["--attributes"] * attributes, folder=Path(__file__).parents[1])
            if made.status:
                raise CommandError(f"the data could not be made: status {made.status}")
        return out

    def database(self, articles: int) -> str:
        """Return the name of a database that holds the articles; made once."""
        name = f"base-{articles}.db"
        if not (self.folder / name).exists():
            self.product(name, "new")
            self.product(name, "load", str(self.data(articles)))
        return name

    def fresh(self, name: str = "fresh.db") -> str:
        """Return the name of a new and empty database, in the place of the last one."""
        self.remove(name, f"{name}-wal", f"{name}-shm")
        self.product(name, "new")
        return name

    def remove(self, *names: str) -> None:
        """Delete files and folders, where they are there."""
        for name in names:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def spans(self, database: str, *, one: bool) -> int:
        """Count the spans of a database: all, or those of the annotator whose layers are exported alone."""
        where = " JOIN layer l ON l.id = s.layer JOIN annotator a ON a.id = l.annotator WHERE a.name = ?" if one else ""
        with closing(sqlite3.connect(self.folder / database)) as conn:
            values = (OWNER,) if one else ()
            return int(conn.execute(f"SELECT count(*) FROM span s{where}", values).fetchone()[0])

    def row(self, plan: Plan, articles: int) -> Row:
        """Measure one format at one size; its files are gone afterwards."""
        base = self.database(articles)
        exported = self.export(plan, base) if plan.writes else None
        source = self.folder / plan.out if plan.writes else self.data(articles, format=plan.name)
        loaded = back = None
        if plan.reads:
            loaded = self.load(plan, source, self.fresh())
            wanted = self.spans(base, one=plan.one) if plan.writes else 0
            back = self.spans("fresh.db", one=False) / wanted if wanted else None
        self.remove(source.name)
        return Row(exported, loaded, back)

    def export(self, plan: Plan, database: str, *, may_fail: bool = False) -> Run:
        """Export in a format; one annotator's layers alone where there is no room for more."""
        self.remove(plan.out)
        layers = ["--layer", OWNER] if plan.one else []
        return self.product(database, "export", plan.out, "--format", plan.name, *layers, may_fail=may_fail)

    def load(self, plan: Plan, source: Path, database: str, *, may_fail: bool = False) -> Run:
        """Load what was exported."""
        owner = ["--annotator", OWNER] if plan.owned else []
        return self.product(database, "load", str(source), "--format", plan.name, *owner, may_fail=may_fail)

    def plan(self, name: str) -> Plan:
        """Find out on a few articles how a format is written and read."""
        try:
            format: Format = plugins.load("formats", name)
        except AnnotatorError as error:
            return Plan(name, "", one=False, writes=False, reads=False, why=error.message)
        writes = format.write is not None or format.write_folder is not None
        out = f"out-{name}" if format.write_folder is not None else f"out-{name}{format.suffixes[0]}"
        plan = Plan(name, out, format.single, writes, format.read is not None)
        if not writes and name not in MAKERS:
            return Plan(name, out, plan.one, False, True, why="is only read, and the benchmark makes no such files")
        base = self.database(PROBE)
        if writes and self.export(plan, base, may_fail=True).status:
            return Plan(name, out, plan.one, writes, plan.reads, why="cannot be exported here")
        if not plan.reads:
            return plan
        source = self.folder / out if writes else self.data(PROBE, format=name)
        for owned in (False, True):
            tried = Plan(name, out, plan.one, writes, True, owned)
            if self.load(tried, source, self.fresh(), may_fail=True).status == 0:
                return tried
        return Plan(name, out, plan.one, writes, True, why="what was exported is not loaded again")
