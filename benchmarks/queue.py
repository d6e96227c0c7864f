"""How fast the queue answers with few and with very many articles: questions to the file, and keys at a terminal.

    python -m benchmarks.queue [--quick] [--rounds 15]

The first table times the questions that the queue asks of the file, one page each; the second the real program in a
pseudo-terminal of 120×40, from the start to the first rows and from each key to the end of its last frame.

Promised at the largest size: each page and each key in at most 50 ms (median; the search's key is the Enter that
begins it), and the first rows in at most 1.3 times the time that they take with 100 articles.  `--quick` measures up to
10,000 articles, else it is a million.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median

from annotator.project import Project
from annotator.store.queries import Store
from annotator.store.queue import QueueFilter
from annotator.tui.queue_window import LAST, PAGE, around
from benchmarks.queue_data import ANNOTATOR, OTHER, RARE, RARE_WORD, make_database
from benchmarks.screen import environment
from benchmarks.terminal import Terminal

SIZES = (100, 10_000, 1_000_000)
LIMIT, GROWTH = 50.0, 1.3
FIRST = "report-0"  # part of every row
FILTERS = {
    "to do": QueueFilter(status="todo"),
    "open": QueueFilter(status="open"),
    "flagged": QueueFilter(status="flagged"),
    "done": QueueFilter(status="done"),
    "by another": QueueFilter(by=OTHER),
    "frequent label": QueueFilter(label="actor"),
    "rare label": QueueFilter(label=RARE),
    "two days": QueueFilter(days=("2020-01-01", "2020-01-02")),
    "five years": QueueFilter(days=("2020-01-01", "2024-12-31")),
    "frequent word": QueueFilter(words="taiz"),
    "rare word": QueueFilter(words=RARE_WORD),
    "two words, prefix": QueueFilter(words="taiz shel"),
    "open and word": QueueFilter(status="open", words="tyre"),
}
KEYS = {"down": "down", "page down": "pagedown", "End": "\x1b[F", "page up": "pageup", "Home": "\x1b[H"}

Times = defaultdict[str, list[float]]


def timed(question: Callable[[], object]) -> float:
    """Return how many milliseconds a question takes."""
    began = time.perf_counter()
    question()
    return (time.perf_counter() - began) * 1000


def ask(store: Store, articles: int, found: Times) -> None:
    """Ask every question once; a page through a filter is the mean of its first, one in the middle and the last."""
    place = articles * 2 // 3
    found["first page"].append(timed(lambda: store.queue_page(ANNOTATOR, limit=PAGE)))
    found["next page"].append(timed(lambda: store.queue_page(ANNOTATOR, after=PAGE, limit=PAGE)))
    found["last page (End)"].append(timed(lambda: store.queue_page(ANNOTATOR, before=LAST, limit=PAGE)))
    found["back to a place"].append(timed(lambda: around(ANNOTATOR, QueueFilter(), place)(store)))
    found["bars"].append(timed(lambda: (store.progress(), store.count(), store.position(place))))
    found["next to do"].append(timed(lambda: store.next_to_do(ANNOTATOR, after=0)))
    for name, chosen in FILTERS.items():
        for after, before in ((0, None), (articles // 2, None), (0, LAST)):
            spent = timed(lambda c=chosen, a=after, b=before: store.queue_page(ANNOTATOR, c, after=a, before=b))  # type: ignore[misc]
            found[name].append(spent)


def type_keys(database: Path, found: Times, *, rounds: int) -> None:
    """Start the program, press keys, and add what each took."""
    folder = database.parent
    command = [sys.executable, "-m", "annotator", "--db", str(database)]
    with Terminal(command, folder=folder, environment=environment(folder)) as terminal:
        frames = terminal.first_frames(holding=FIRST)
        found["open to first rows"].append(next(f.seconds for f in frames if f.holds(FIRST)) * 1000)
        terminal.rest()
        for _ in range(rounds):
            for name, key in KEYS.items():
                _add(found, name, terminal, key)
            _add(found, "status filter", terminal, "f")
            _add(found, "all again", terminal, "escape")
            terminal.press("/")
            for letter in RARE_WORD.lower():
                terminal.press(letter)
            frames = terminal.press("enter", timeout=2.0, quiet=0.15)
            found["search"] += [frame.seconds * 1000 for frame in frames if frame.holds(RARE_WORD)][:1]
            _add(found, "open the article", terminal, "enter")
            _add(found, "back to the queue", terminal, "q")
            terminal.press("escape")


def _add(found: Times, name: str, terminal: Terminal, key: str) -> None:
    # A lone Escape waits for what may follow it; with what follows it is Alt and a key, so it is timed as it is.
    frames = terminal.press(key, timeout=2.0, quiet=0.15)
    if frames:
        found[name].append(frames[-1].seconds * 1000)


def table(found: dict[int, Times], *, limit: float) -> bool:
    """Print a line for each question or key, and say whether all keep the limit at the largest size."""
    least, largest = min(found), max(found)
    kept = True
    print(f"{'milliseconds, median':>22} " + " ".join(f"{size:>10,}" for size in found) + "   ratio")
    for name in found[least]:
        values = [median(times[name]) for times in found.values()]
        ratio = values[-1] / values[0]
        bad = values[-1] > limit if name not in UNLIMITED else name in GROWING and ratio > GROWTH
        kept = kept and not bad
        print(f"{name:>22} " + " ".join(f"{v:10.2f}" for v in values) + f" {ratio:7.2f}{'  ← not kept' if bad else ''}")
    print(f"at {largest:,} each at most {limit:g} ms", flush=True)
    return kept


GROWING = ("open to first rows",)
UNLIMITED = (*GROWING, "all again", "open the article")  # Escape is waited for; opening an article is `screen`'s


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="up to 10,000 articles")
    parser.add_argument(
        "--rounds", type=int, default=7, help="how often each question is asked and the program started"
    )
    given = parser.parse_args(arguments)
    sizes = SIZES[:2] if given.quick else SIZES
    questions: dict[int, Times] = {size: defaultdict(list) for size in sizes}
    keys: dict[int, Times] = {size: defaultdict(list) for size in sizes}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "settings.toml").write_text(f'annotator = "{ANNOTATOR}"\n', encoding="utf-8")
        for size in sizes:
            began = time.perf_counter()
            make_database(folder / f"{size}.db", articles=size)
            megabytes = (folder / f"{size}.db").stat().st_size / 1e6
            print(f"made {size:,} articles in {time.perf_counter() - began:.0f} s, {megabytes:,.0f} MB", flush=True)
        for size in sizes:
            with Project.open(folder / f"{size}.db", read_only=True) as project:
                for _ in range(given.rounds):
                    ask(project.store, size, questions[size])
        kept = table(questions, limit=LIMIT)
        type_keys(folder / f"{sizes[0]}.db", defaultdict(list), rounds=1)  # Python's compiled files are kept
        for number in range(given.rounds):
            for size in sizes:  # in turn, so that what else the machine does falls on all
                type_keys(folder / f"{size}.db", keys[size], rounds=4 if number < 2 else 0)
        print()
        kept = table(keys, limit=LIMIT) and kept
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
