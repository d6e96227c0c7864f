"""Loading and exporting in every format: seconds, peak memory, and the ratio to a bare script in the same run.

    python -m benchmarks.formats [--formats jsonl,docbin] [--articles 10000,100000] [--annotators 3] [--length 3500]
        [--skip bare,usual] [--quick]

Promised: native JSON Lines takes at most 3 times as long as a script that decodes with orjson, compares the offsets and
calls `executemany` (bare.py), both ways; DocBin at most half of the usual way to make one (usual.py); and memory that
does not grow with the number of articles, in any format.  Against other tools: benchmarks/peers/.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from annotator import plugins
from benchmarks.environment import python_with_orjson
from benchmarks.formats_data import LENGTH
from benchmarks.formats_runs import Bench, CommandError, Plan, Row
from benchmarks.measure import Run, run

BARE = 3.0  # times the bare script
USUAL = 0.5  # of the usual way
GROWTH = 1.1  # of the peak memory at the greatest size over that at the smallest
SLACK = 20.0  # MiB that it may always grow by
# Run with -P: names in this folder, such as `queue`, are also those of modules that a script may need.
BARE_SCRIPT = Path(__file__).with_name("bare.py")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two commands that were run in turn: the median seconds and greatest peaks of both, and the median ratios."""

    seconds: float
    mebibytes: float
    floor: float
    floor_mebibytes: float
    ratio: float
    processor: float  # ratio of processor time

    @classmethod
    def of(cls, runs: Sequence[tuple[Run, Run]]) -> Pair:
        """Return the figures of the runs (the product's, the other's)."""
        return cls(
            median(ours.seconds for ours, _ in runs),
            max(ours.mebibytes for ours, _ in runs),
            median(other.seconds for _, other in runs),
            max(other.mebibytes for _, other in runs),
            median(ours.seconds / other.seconds for ours, other in runs),
            median(ours.processor / other.processor for ours, other in runs),
        )


def checked(command: Sequence[str], folder: Path) -> Run:
    """Run a command that must not fail."""
    done = run(command, folder=folder)
    if done.status:
        raise CommandError(f"{' '.join(command)} left with status {done.status}")
    return done


def native(bench: Bench, articles: int, *, runs: int, attributes: bool = False) -> tuple[Pair, Pair]:
    """Load and export native lines in turn with the bare script, on the same file."""
    python = str(python_with_orjson(bench.folder))
    source = str(bench.data(articles, attributes=attributes))
    loads, exports = [], []
    for _ in range(runs):
        bench.remove("bare.db", "bare.db-wal", "bare.db-shm", "bare.jsonl", "ours.jsonl")
        bare = checked([python, "-P", str(BARE_SCRIPT), "load", source, "bare.db"], bench.folder)
        loads.append((bench.product(bench.fresh("ours.db"), "load", source), bare))
        bare = checked([python, "-P", str(BARE_SCRIPT), "export", "bare.db", "bare.jsonl"], bench.folder)
        exports.append((bench.product("ours.db", "export", "ours.jsonl"), bare))
    bench.remove("bare.db", "bare.jsonl", "ours.db", "ours.jsonl")
    return Pair.of(loads), Pair.of(exports)


def docbin(bench: Bench, articles: int, *, runs: int) -> tuple[float, Pair]:
    """Export DocBin in turn with the usual way to make it, one annotator's layers; also the seconds of tokenising."""
    source = str(bench.data(articles, annotators=1))
    bench.remove("usual-in.db", "usual-in.db-wal", "usual-in.db-shm")
    bench.product("usual-in.db", "new")
    bench.product("usual-in.db", "load", source)
    usual = [sys.executable, "-P", str(Path(__file__).with_name("usual.py"))]
    plan = bench.plan("docbin")
    pairs, tokenising = [], []
    for _ in range(runs):
        other = checked([*usual, "docbin", source, "usual.spacy"], bench.folder)
        pairs.append((bench.export(plan, "usual-in.db"), other))
        tokenising.append(checked([*usual, "tokenise", source], bench.folder).seconds)
    bench.remove("usual-in.db", "usual.spacy", plan.out)
    return median(tokenising), Pair.of(pairs)


def compared(bench: Bench, articles: int, *, runs: int) -> Iterator[bool]:
    """Print the native format beside the bare script, and yield whether each promise is kept."""
    print(_heading(f"{articles:,} articles x {bench.annotators}", "bare s"))
    for attributes in (False, True):
        pairs = native(bench, articles, runs=runs, attributes=attributes)
        for what, pair in zip(("load", "export"), pairs, strict=True):
            name = f"jsonl {what}{', with attributes' if attributes else ''}"
            # Values of attributes are checked against the schema one by one, which a bare script has no notion of.
            limit = "" if attributes else f"   (at most {BARE:g}; median of {runs})"
            print(f"{name:30} {_pair(pair)}{limit}", flush=True)
            yield attributes or pair.ratio <= BARE


def against_usual(bench: Bench, articles: int, *, runs: int) -> bool:
    """Print DocBin beside the usual way to make one, and return whether the promise is kept."""
    tokenising, pair = docbin(bench, articles, runs=runs)
    print(f"\n{_heading(f'{articles:,} articles x 1', 'usual s')}")
    print(f"{'docbin export':30} {_pair(pair)}   (at most {USUAL:g}; median of {runs})")
    print(f"{'tokenising alone':30} {tokenising:7.2f}", flush=True)
    return pair.ratio <= USUAL


def _heading(what: str, floor: str) -> str:
    return f"{what:30} {'s':>7} {'MiB':>6} {floor:>8} {'MiB':>6} {'ratio':>6} {'of CPU':>6}"


def _pair(pair: Pair) -> str:
    other = f"{pair.floor:8.2f} {pair.floor_mebibytes:6.0f}"
    return f"{pair.seconds:7.2f} {pair.mebibytes:6.0f} {other} {pair.ratio:6.2f} {pair.processor:6.2f}"


def every_format(bench: Bench, names: Sequence[str], sizes: Sequence[int]) -> Iterator[bool]:
    """Print a table with every format in a line and every size in a column, and yield whether each keeps its memory."""
    columns = "".join(f" | {'export s':>9} {'MiB':>5} {'load s':>8} {'MiB':>5} {'back':>6}" for _ in sizes)
    print(f"\n{'':18}" + "".join(f" | {f'{size:,} articles':^37}" for size in sizes))
    print(f"{'format':15} {'':2}{columns}")
    for name in names:
        try:
            plan = bench.plan(name)
        except CommandError as error:
            plan = Plan(name, "", one=False, writes=False, reads=False, why=str(error))
        if plan.why:
            print(f"{name:15} {plan.why}", flush=True)
            yield plan.why.startswith("is only read")
            continue
        layers = 1 if plan.one or not plan.writes else bench.annotators
        print(f"{name:15} x{layers}", end="", flush=True)
        yield _one_format(bench, plan, sizes)


def _one_format(bench: Bench, plan: Plan, sizes: Sequence[int]) -> bool:
    """Print what a format takes at each size, and return whether it keeps its memory."""
    rows = []
    try:
        for size in sizes:
            rows.append(bench.row(plan, size))
            print(f" | {_row(rows[-1])}", end="", flush=True)
    except CommandError as error:
        print(f" | {error}", flush=True)
        return False
    grown = [what for what in ("exported", "loaded") if not _flat(rows, what)]
    print(f" | memory grows when {' and '.join(grown)}" if grown else "", flush=True)
    return not grown


def _row(row: Row) -> str:
    parts = [f"{done.seconds:{width}.1f} {done.mebibytes:5.0f}" if done else f"{'-':>{width}} {'-':>5}"
             for done, width in ((row.exported, 9), (row.loaded, 8))]  # fmt: skip
    return f"{' '.join(parts)} {'-' if row.back is None else f'{row.back:.1%}':>6}"


def _flat(rows: Sequence[Row], what: str) -> bool:
    """Say whether the greatest size takes no more memory than the smallest, or only a little."""
    first, last = getattr(rows[0], what), getattr(rows[-1], what)
    if first is None or last is None:
        return True
    return bool(last.mebibytes <= max(first.mebibytes * GROWTH, first.mebibytes + SLACK))


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--formats", default="", help="by name, with commas; every one that is registered if left out")
    parser.add_argument("--articles", default="10000,100000", help="sizes, the smallest first")
    parser.add_argument("--annotators", type=int, default=3)
    parser.add_argument("--length", type=int, default=LENGTH, help="code points of an article, about")
    parser.add_argument("--runs", type=int, default=5, help="of the comparisons")
    parser.add_argument("--quick", action="store_true", help="1,000 and 3,000 articles")
    parser.add_argument("--skip", default="", help="bare, usual or formats: sections that are left out, with commas")
    parser.add_argument("--folder", type=Path, help="where to work, and to leave what was made; else a temporary one")
    given = parser.parse_args(arguments)
    sizes = [1000, 3000] if given.quick else [int(size) for size in given.articles.split(",")]
    names = given.formats.split(",") if given.formats else plugins.names("formats")
    skipped = given.skip.split(",")
    kept = []
    with tempfile.TemporaryDirectory() as temporary:
        bench = Bench((given.folder or Path(temporary)).resolve(), annotators=given.annotators, length=given.length)
        bench.folder.mkdir(parents=True, exist_ok=True)
        compare_at = max(sizes) if given.quick else min(sizes)  # the start of Python counts for less
        try:
            if "jsonl" in names and "bare" not in skipped:
                kept += compared(bench, compare_at, runs=given.runs)
            if "docbin" in names and "usual" not in skipped and importlib.util.find_spec("spacy"):
                kept.append(against_usual(bench, compare_at, runs=given.runs))
            if "formats" not in skipped:
                kept += every_format(bench, names, sizes)
        except CommandError as error:
            print(error)
            kept.append(False)
    print("\nall promises hold" if all(kept) else "\nNOT all promises hold")
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
