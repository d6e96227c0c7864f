"""What the comparisons with other tools share: the product's own runs, the peer's process, the figures side by side."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.formats_runs import Bench
from benchmarks.measure import Run

FASTER = 15.0  # times, at least, both ways, by the clock
Labels = Counter[tuple[str, int, int, str]]
"""How often each stretch (text, start, end, label) is there, so that nothing depends on ids or on order."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line asks for.

    Args:
        bench: Where the product runs.
        articles: How many.
        environments: Where the peers' environments are, or are made.
    """

    bench: Bench
    articles: int
    environments: Path


@contextmanager
def given(description: str | None, *, annotators: int, arguments: list[str] | None) -> Iterator[Given]:
    """Read the command line and give a folder to work in, which is gone afterwards."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--annotators", type=int, default=annotators)
    parser.add_argument("--environments", type=Path, help="where to install the tool, to be used again; else temporary")
    values = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder).resolve()
        environments = (values.environments or work / "environments").resolve()
        yield Given(Bench(work, annotators=values.annotators), values.articles, environments)


def inside(python: Path, script: str, *arguments: Path, folder: Path) -> dict[str, Any]:
    """Run one of the scripts that belong into a peer's environment, and return what it prints last."""
    command = [str(python), "-P", str(Path(__file__).with_name(script)), *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        raise SystemExit(f"{script} left with status {done.returncode}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def labels_of(records: Iterable[dict[str, Any]]) -> Labels:
    """Return the labels of native lines."""
    return Counter(
        (record["text"], span["start"], span["end"], span["label"])
        for record in records
        for span in record.get("spans", ())
    )


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of JSON Lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def table(rows: Iterable[tuple[str, Run, Run]], say: Callable[[str], object] = print) -> bool:
    """Print what was measured, (what, the product's run, the peer's), and say whether it is enough.

    The product's is its whole process with its start, the peer's the function alone.  Judged is the time by
    the clock; processor time ("work") is beside it because it hardly depends on what else the machine does.
    """
    heads = f"{'s':>7} {'work':>7} {'MiB':>6} {'peer s':>8} {'work':>7} {'MiB':>6}"
    say(f"{'':24} {heads} {'by the clock':>13} {'by work':>8}")
    kept = True
    for what, ours, theirs in rows:
        faster = theirs.seconds / ours.seconds
        kept = kept and faster >= FASTER
        own = f"{ours.seconds:7.2f} {ours.processor:7.2f} {ours.mebibytes:6.0f}"
        other = f"{theirs.seconds:8.2f} {theirs.processor:7.2f} {theirs.mebibytes:6.0f}"
        say(f"{what:24} {own} {other} {faster:13.1f} {theirs.processor / ours.processor:8.1f}   (at least {FASTER:g})")
    return kept


def peer(figures: Mapping[str, Any], what: str) -> Run:
    """Return what a script inside a peer's environment measured under a name."""
    return Run(figures[what], figures[f"{what}_mebibytes"], 0, figures[f"{what}_work"])
