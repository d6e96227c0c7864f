"""How fast the tag screen answers in a real pseudo-terminal: key to the end of the last frame, first paint, memory.

    python -m benchmarks.screen [--quick] [--rounds 40]

The program is the real one, in a terminal of 120×40 with synchronized output, the span panel open.  A figure holds all
frames that a key leads to, but for one: "saved" is painted when the disk has the edit, so it is counted by itself.
Beside it, in the same run, the least that Textual can do, and Textual's text area with the same highlights.

Promised at 5 MB with 100,000 spans: p95 at most 10 ms to move and extend, 20 ms to tag and untag, and 1.5 times the
same figure at 4 KB with 30 spans; first paint at most twice the minimal app's; memory at most 150 MiB.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from benchmarks.screen_data import ANNOTATOR, FIRST, make_database
from benchmarks.terminal import Frame, Terminal

SIZES = {4_096: "4 KB", 100_000: "100 KB", 1_000_000: "1 MB", 5_000_000: "5 MB"}
SPANS = (30, 1_000, 10_000, 100_000)
ROOM = 40  # characters that a span needs
SMALL, LARGE = (4_096, 30), (5_000_000, 100_000)
SHOWN = ("move", "extend", "tag", "untag", "page", "search", "resize", "saved")
LIMITS = {"move": 10.0, "extend": 10.0, "tag": 20.0, "untag": 20.0}
GROWTH, FIRST_PAINT, MEBIBYTES = 1.5, 2.0, 150.0
LABEL, SAVED = "a", "● saved"
WORDS = ("fled", "hospital", "twelve")

Key = tuple[int, int]


@dataclass(slots=True)
class Figures:
    """What was measured of one program at one size, over all runs."""

    milliseconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    frames: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    first_paint: list[float] = field(default_factory=list)
    paint_ratio: list[float] = field(default_factory=list)  # to the minimal app's, run right before
    ready: list[float] = field(default_factory=list)
    mebibytes: list[float] = field(default_factory=list)

    def take(self, action: str, frames: list[Frame]) -> None:
        """Count the answer to one key; nothing if it was none."""
        mark = next((frame for frame in frames[1:] if frame.holds(SAVED)), None)
        answer = [frame for frame in frames if frame is not mark]
        if mark is not None:
            self.milliseconds["saved"].append(mark.seconds * 1000)
            self.frames["saved"].append(1)
        if answer:
            self.milliseconds[action].append(answer[-1].seconds * 1000)
            self.frames[action].append(len(answer))

    def p50(self, action: str) -> float:
        """Return the median of an action in milliseconds."""
        return median(self.milliseconds[action]) if self.milliseconds[action] else float("nan")

    def p95(self, action: str) -> float:
        """Return the 95th percentile of an action in milliseconds."""
        values = self.milliseconds[action]
        return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else float("nan")


def environment(folder: Path) -> dict[str, str]:
    """Return what the programs run with: this checkout, compiled files of its own, no settings of a person."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return {
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "ANNOTATOR_SETTINGS": str(folder / "settings.toml"),
    }


def measure_screen(database: Path, figures: Figures, *, rounds: int) -> None:
    """Run the tag screen once and add what it shows to the figures."""
    folder = database.parent
    copy = folder / "work.db"
    shutil.copy(database, copy)
    for name in ("work.db-wal", "work.db-shm"):
        (folder / name).unlink(missing_ok=True)
    with copy.open("rb+") as file:
        os.fsync(file.fileno())  # else the program's first one writes the whole copy to the disk
    command = [sys.executable, "-m", "annotator", "--db", str(copy), "tag", "--annotator", ANNOTATOR]
    with Terminal(command, folder=folder, environment=environment(folder)) as terminal:
        frames = terminal.first_frames(holding=FIRST)
        figures.first_paint.append(_first(frames, FIRST))
        if not any(frame.holds(SAVED) for frame in frames):
            frames = terminal.first_frames(holding=SAVED)
        figures.ready.append(_first(frames, SAVED))
        terminal.rest()
        for number in range(rounds):
            _one_round(terminal, figures, number)
        for word in WORDS:
            terminal.press("/")
            for letter in word:
                figures.take("search", terminal.press(letter, timeout=1.0))
            terminal.press("enter", timeout=1.0)
        for columns in (110, 120, 112, 120):
            figures.take("resize", terminal.resize(columns, 40))
        figures.mebibytes.append(terminal.peak_mebibytes())


def _one_round(terminal: Terminal, figures: Figures, number: int) -> None:
    """Move, extend to three words, tag, untag; now and then a page further."""
    for action, key in (
        ("move", "down"),
        ("move", "right"),
        ("extend", "shift+right"),
        ("extend", "shift+right"),
        ("tag", LABEL),
        ("untag", LABEL),
    ):
        figures.take(action, terminal.press(key, timeout=1.0))
    if number % 4 == 3:
        figures.take("page", terminal.press("pageup" if number % 8 == 3 else "pagedown", timeout=1.0))


def _first(frames: list[Frame], text: str) -> float:
    return next(frame.seconds for frame in frames if frame.holds(text)) * 1000


def measure_app(arguments: list[str], folder: Path, figures: Figures, *, keys: int, timeout: float) -> None:
    """Run one of the apps to compare with and add what it shows to the figures."""
    command = [sys.executable, "-m", "benchmarks.screen_apps", *arguments]
    with Terminal(command, folder=folder, environment=environment(folder)) as terminal:
        frames = terminal.first_frames(holding=FIRST, timeout=timeout)
        figures.first_paint.append(_first(frames, FIRST))
        for _ in range(keys):
            figures.take("move", terminal.press("right", timeout=timeout))
            if arguments[0] != "minimal":
                figures.take("extend", terminal.press("shift+right", timeout=timeout))
        figures.mebibytes.append(terminal.peak_mebibytes())


def cells(*, quick: bool) -> list[Key]:
    """Return the sizes and numbers of spans to measure at, those that fit."""
    if quick:
        return [SMALL, LARGE]
    return [(size, spans) for size in SIZES for spans in SPANS if size >= spans * ROOM]


def line(name: str, figures: Figures) -> str:
    """Return a line of the table."""
    parts = [f"{name:>22} {median(figures.first_paint):6.0f}"]
    parts.append(f"{median(figures.ready) if figures.ready else float('nan'):6.0f} {max(figures.mebibytes):5.0f}")
    parts += [f"{figures.p50(action):5.1f}/{figures.p95(action):5.1f}" for action in SHOWN]
    return " ".join(parts).replace("nan", "  –")


def kept(minimal: Figures, small: Figures, large: Figures) -> bool:
    """Print the promises and say whether all are kept."""
    rows: list[tuple[str, float, float]] = []
    for action, limit in LIMITS.items():
        rows.append((f"{action}, p95 ms", large.p95(action), limit))
        rows.append((f"{action}, over 4 KB", large.p95(action) / small.p95(action), GROWTH))
    for name, figures in (("4 KB", small), ("5 MB", large)):
        rows.append((f"first paint, {name}", median(figures.paint_ratio), FIRST_PAINT))
    rows.append(("memory, MiB", max(large.mebibytes), MEBIBYTES))
    for name, value, limit in rows:
        print(f"{name:>22} {value:7.2f}  (at most {limit:g}){'' if value <= limit else '  ← not kept'}")
    for action in LIMITS:
        counts = large.frames[action]
        print(f"{action:>22} {sum(counts) / max(1, len(counts)):7.2f}  frames a key, at most {max(counts, default=0)}")
    return all(value <= limit for _, value, limit in rows)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the smallest and the largest, and fewer keys")
    parser.add_argument("--rounds", type=int, default=0, help="how often each key is pressed in a run")
    given = parser.parse_args(arguments)
    rounds = given.rounds or (12 if given.quick else 30)
    found: dict[Key, Figures] = {}
    minimal = Figures()
    print(f"{'':>22} first  ready  peak  milliseconds, p50/p95")
    print(f"{'':>22} paint     ms   MiB " + " ".join(f"{action:>11}" for action in SHOWN), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for compiled in (["minimal"], ["area", "4096", "30"]):  # Python's compiled files are kept for the runs below
            measure_app(compiled, folder, Figures(), keys=1, timeout=60)
        for key in cells(quick=given.quick):
            database = folder / f"{key[0]}-{key[1]}.db"
            make_database(database, size=key[0], spans=key[1])
            if not found:
                measure_screen(database, Figures(), rounds=1)
            found[key] = Figures()
        for key, figures in [*found.items(), *((key, found[key]) for key in (SMALL, LARGE) * 2)]:
            measure_app(["minimal"], folder, minimal, keys=5, timeout=10)
            measure_screen(folder / f"{key[0]}-{key[1]}.db", figures, rounds=rounds)
            figures.paint_ratio.append(figures.first_paint[-1] / minimal.first_paint[-1])
        print(line("minimal Textual app", minimal))
        for (size, spans), figures in found.items():
            print(line(f"{SIZES[size]:>6} {spans:>7,} spans", figures), flush=True)
        for size, spans in [SMALL] if given.quick else [SMALL, (100_000, 1_000), (1_000_000, 10_000)]:
            area = Figures()
            measure_app(["area", str(size), str(spans)], folder, area, keys=6, timeout=30)
            print(line(f"TextArea {SIZES[size]}/{spans:,}", area), flush=True)
    return int(not kept(minimal, found[SMALL], found[LARGE]))


if __name__ == "__main__":
    sys.exit(main())
