"""The measures of agreement beside other packages, on the same data in the same run.

    python -m benchmarks.agreement [--quick] [--peers FOLDER] [--limit 100] [--measures gamma,exact-f1]

Studies of 100, 1,000 and 10,000 articles with two and three annotators and about 28 spans each are copies of the
bundled corpus with mistakes, made with a seed (`agreement_data`).  Each measure and each peer runs alone in a process
of one thread and starts from data in memory in its own form (bratiaa: in files, it takes nothing else); the study that
all measures share is built before, and how long that takes is told.  Peers live in an environment of their own, which
is made where it is missing.  One that would take longer than the limit, going by the size before, is left out.

Promised at the largest size that both ran, and with the same figures (`agreement_table` says how they are compared):
see `agreement_table.PROMISES`.  And all measures on 10,000 articles of two annotators in a database, with 1,000
bootstrap samples, by label and pair, in one command: at most 60 s and 1 GiB.  `--quick` measures 100 articles only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks import agreement_data, agreement_table
from benchmarks.agreement_table import PROMISES, Outcome, Promise, Row
from benchmarks.environment import python_with
from benchmarks.measure import run

SIZES: Final = (100, 1_000, 10_000)
ANNOTATORS: Final = (2, 3)
SECONDS, MEBIBYTES = 60.0, 1024.0
PACKAGES: Final = (
    "pygamma-agreement==0.5.9",
    "nltk==3.10.4",
    "krippendorff==0.9.0",
    "bratiaa==0.1.4",
    "seqeval==1.2.2",
    "krippendorff-unitized-alpha==0.1.0",
    "scikit-learn==1.9.1",
    "nervaluate==1.2.1",
)
THREADS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
GROWTH: Final = 8.0  # of a peer's time, at least, where there are ten times the articles
SLOWEST: Final = 6.0  # times the limit a process may take in all: it has its input to make, too
CHECKOUT: Final = Path(__file__).parents[1]
PEERS_SCRIPT: Final = Path(__file__).with_name("agreement_peers.py")


@dataclass(frozen=True, slots=True)
class Bench:
    """Where things are, and what has been measured.

    Args:
        folder: For data; gone afterwards.
        peers: The Python that has the peers.
        limit: Seconds that a peer may take.
        own: What was measured of this project's measures, by measure and study.
    """

    folder: Path
    peers: Path
    limit: float
    own: dict[tuple[str, Path], Outcome] = field(default_factory=dict)

    def study(self, articles: int, annotators: int) -> Path:
        """Return the file of a study, written at the first call."""
        path = self.folder / f"{articles}x{annotators}.jsonl"
        if not path.exists():
            agreement_data.write(path, articles, annotators)
        return path

    def ours(self, measure: str, study: Path, *, compared: bool) -> Outcome:
        """Measure one of this project's measures, once; figures to compare with a peer's may take as long again."""
        if (measure, study) not in self.own:
            what = "compared" if compared else "alone"
            command = [sys.executable, "-m", "benchmarks.agreement_own", measure, str(study), what]
            found = self._child(command, timeout=None)
            assert isinstance(found, Outcome)
            self.own[measure, study] = found
        return self.own[measure, study]

    def theirs(self, peer: str, study: Path) -> Outcome | str:
        """Measure a peer, or say why there is nothing."""
        with tempfile.TemporaryDirectory(dir=self.folder) as files:
            command = [str(self.peers), "-P", str(PEERS_SCRIPT), peer, str(study), files]
            return self._child(command, timeout=self.limit * SLOWEST)

    def _child(self, command: Sequence[str], *, timeout: float | None) -> Outcome | str:
        result = self.folder / "result.json"
        log = self.folder / "log.txt"
        with log.open("w", encoding="utf-8") as said:
            try:
                done = subprocess.run(
                    [*command, str(result)],
                    cwd=CHECKOUT,
                    env=environment(),
                    stdout=said,
                    stderr=said,
                    timeout=timeout,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return f"stopped after {timeout:.0f} s"
        if done.returncode:
            raise SystemExit(
                f"{log.read_text('utf-8')[-3000:]}\n{' '.join(command)} left with status {done.returncode}"
            )
        return Outcome(**json.loads(result.read_text("utf-8")))


def environment() -> dict[str, str]:
    """Return the environment of the processes: one thread each."""
    return os.environ | dict.fromkeys(THREADS, "1")


def compare(bench: Bench, promises: Sequence[Promise], sizes: Sequence[int]) -> list[Row]:
    """Measure and print the table."""
    rows: list[Row] = []
    print(agreement_table.head(), flush=True)
    for promise in promises:
        for annotators in ANNOTATORS:
            last: Row | None = None
            for articles in sizes:
                if last is not None and too_long(last.ours, bench.limit):
                    print(f"{promise.measure:18} {articles:,} × {annotators}: left out, more than {bench.limit:g} s")
                    break
                study = bench.study(articles, annotators)
                theirs = left_out(last, bench.limit) or bench.theirs(promise.peer, study)
                ours = bench.ours(promise.measure, study, compared=isinstance(theirs, Outcome))
                last = Row(promise, articles, annotators, ours, theirs)
                rows.append(last)
                print(agreement_table.line(last), flush=True)
    return rows


def too_long(last: Outcome, limit: float) -> bool:
    """Say whether what took so long would take more than the limit with ten times the articles."""
    return last.seconds * GROWTH > limit


def left_out(last: Row | None, limit: float) -> str:
    """Say why a peer is left out after the size before, "" if it is not."""
    if last is None or (isinstance(last.theirs, Outcome) and not too_long(last.theirs, limit)):
        return ""
    return f"left out: more than {limit:g} s"


def everything(folder: Path, articles: int) -> bool:
    """Run all measures on a database in one command, print what it took, and say whether that is as promised."""
    native, database = folder / "native.jsonl", folder / "study.db"
    agreement_data.write_native(native, articles, 2)
    base = [sys.executable, "-m", "annotator", "--db", str(database)]
    for step in ([*base, "new"], [*base, "load", str(native)]):
        if run(step, folder=folder).status:
            raise SystemExit(f"{' '.join(step)} failed")
    before = processor()
    command = [*base, "agree", "--measure", "all", "--by", "pair", "--by", "label", "--samples", "1000", "--json"]
    done = run(command, folder=folder)
    if done.status:
        raise SystemExit(f"{' '.join(command)} left with status {done.status}")
    kept = done.seconds <= SECONDS and done.mebibytes <= MEBIBYTES
    print(
        f"\nagree --measure all, {articles:,} articles × 2, 1,000 samples: {done.seconds:.1f} s "
        f"({processor() - before:.1f} s of processor), {done.mebibytes:.0f} MiB    "
        f"(at most {SECONDS:g} s, {MEBIBYTES:g} MiB){'' if kept else '  ← not kept'}",
        flush=True,
    )
    return kept


def processor() -> float:
    """Return the seconds of processor that all processes took that have ended, which a busy machine changes little."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100 articles only")
    parser.add_argument("--peers", type=Path, help="where the peers are installed, to be used again")
    parser.add_argument("--limit", type=float, default=100.0, help="seconds that a peer may take")
    parser.add_argument("--measures", help="only these, with commas; all alone is all measures in one command")
    given = parser.parse_args(arguments)
    sizes = SIZES[:1] if given.quick else SIZES
    chosen = given.measures.split(",") if given.measures else [*(p.measure for p in PROMISES), "all"]
    promises = [promise for promise in PROMISES if promise.measure in chosen]
    home = given.peers or Path(tempfile.gettempdir()) / "annotator-peers" / "agreement"
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        if promises:
            bench = Bench(Path(folder), python_with(PACKAGES, home.resolve()), given.limit)
            rows = compare(bench, promises, sizes)
            print()
            kept = agreement_table.report(rows)
            built = {study.stem: round(own.built, 3) for (_, study), own in bench.own.items()}
            print(
                "seconds to build the study that all measures share:", ", ".join(f"{k} {v}" for k, v in built.items())
            )
        if "all" in chosen:
            kept = everything(Path(folder), sizes[-1]) and kept
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
