"""What a million articles and thirty million spans in one file cost, beside a thousand and a hundred thousand.

    python -m benchmarks.scale [--quick] [--rounds 5] [--keep FOLDER]

Nearly all articles are done and the annotators were last at the beginning (`scale_data.py`), so that whatever walks
over what is done walks over everything.  The first table has what screens ask of the file, in this process; the second
keys in a real pseudo-terminal of 120×40; the third whole commands.  A key in an article is timed to the frame that
answers it ("saved", and the place among half a million that are assigned, come in frames of their own), a key in the
queue to its last.

Promised at the largest size: each question and each key in at most 50 ms (median), but for the search for a word that
nearly all articles have; the first paint (the best of all) at most 50 ms later than with a thousand articles; no
command, and no search, grows faster than n log n, in the processor's time; the memory of an export stays.  `--quick`
ends at 100,000 articles.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median

from annotator.project import Project
from annotator.store.queries import Store
from annotator.store.queue import QueueFilter
from annotator.tui.queue_window import LAST, PAGE, around
from benchmarks.measure import Run, run
from benchmarks.queue import timed
from benchmarks.scale_data import ANNOTATOR, ASSIGNED, RARE, RARE_WORD, facts, make_database
from benchmarks.screen import SAVED, environment
from benchmarks.terminal import Terminal

SIZES = (1_000, 100_000, 1_000_000)
LIMIT = 50.0  # milliseconds
SAMPLE = 1_000  # articles of which agreement is measured
MEMORY = 1.1, 20.0  # times, or MiB more, that an export may take at a greater size
FREQUENT = "search, a word of nearly all"
PAINTS = ("first paint", "first paint, assigned", "first rows of the queue")
FILTERS = {
    "to do": QueueFilter(status="todo"),
    "open": QueueFilter(status="open"),
    "flagged": QueueFilter(status="flagged"),
    "done": QueueFilter(status="done"),
    "by another": QueueFilter(by=ASSIGNED),
    "frequent label": QueueFilter(label="actor"),
    "rare label": QueueFilter(label=RARE),
    "open, with a label": QueueFilter(status="open", label="actor"),
    "to do, with a label": QueueFilter(status="todo", label="actor"),
    "two days": QueueFilter(days=("2020-01-01", "2020-01-02")),
    "five years": QueueFilter(days=("2020-01-01", "2024-12-31")),
    "search, a rare word": QueueFilter(words=RARE_WORD),
    FREQUENT: QueueFilter(words="taiz"),
}
OF_MINE = {
    "assigned": QueueFilter(mine=True),
    "assigned, to do": QueueFilter(mine=True, status="todo"),
    "assigned, done": QueueFilter(mine=True, status="done"),
}
ARTICLE_KEYS = {"tag": "a", "untag": "a", "previous article": "<", "next article": ">", "done and next (Space)": " "}
KEYS = {"down": "down", "page down": "pagedown", "End": "\x1b[F", "page up": "pageup", "Home": "\x1b[H"}

Times = defaultdict[str, list[float]]


def ask(database: Path, articles: int, found: Times) -> None:
    """Ask what screens ask, each once; of a filter a page at the beginning, in the middle and at the end."""
    found["open the file"].append(timed(lambda: Project.open(database).close()))
    with Project.open(database, read_only=True) as project:
        store = project.store
        middle = articles // 2
        found["where to begin"].append(
            timed(lambda: store.next_to_do(ANNOTATOR, after=(store.place(ANNOTATOR) or 1) - 1))
        )
        found["next to do"].append(timed(lambda: store.next_to_do(ANNOTATOR, after=1)))
        found["next to do, assigned"].append(timed(lambda: store.next_to_do(ASSIGNED, after=1)))
        found["an article"].append(timed(lambda: _read(store, middle)))
        found["bars"].append(timed(lambda: (store.progress(), store.count(), store.position(middle))))
        found["rows around a place"].append(timed(lambda: around(ANNOTATOR, QueueFilter(), middle)(store)))
        for who, filters in ((ANNOTATOR, {"next page": QueueFilter(), **FILTERS}), (ASSIGNED, OF_MINE)):
            for name, chosen in filters.items():
                for after, before in ((0, None), (middle, None), (0, LAST)):
                    spent = timed(
                        lambda w=who, c=chosen, a=after, b=before: store.queue_page(w, c, after=a, before=b, limit=PAGE)  # type: ignore[misc]
                    )
                    found[name].append(spent)


def _read(store: Store, article: int) -> None:
    """Read what opening an article reads."""
    store.article(article)
    store.layer(article, ANNOTATOR)
    store.history(article, ANNOTATOR)
    store.proposals(article)
    store.visit(article, ANNOTATOR)
    store.position(article)


def type_in_articles(database: Path, found: Times, *, who: str, presses: int) -> None:
    """Open the tag screen where it begins, tag, and go to what is to do next, so many times."""
    also = "" if who == ANNOTATOR else ", assigned"
    command = [sys.executable, "-m", "annotator", "--db", str(database), "tag", "--annotator", who]
    with Terminal(command, folder=database.parent, environment=environment(database.parent)) as terminal:
        frames = terminal.first_frames(holding="Report")
        found[f"first paint{also}"].append(next(f.seconds for f in frames if f.holds("Report")) * 1000)
        terminal.rest()
        for _ in range(presses):
            terminal.press("right")
            for name, key in ARTICLE_KEYS.items():
                frames = terminal.press(key, timeout=2.0, quiet=0.15)
                found[name + also] += [frame.seconds * 1000 for frame in frames[:1]]
                found[f"saved{also}"] += [frame.seconds * 1000 for frame in frames[1:] if frame.holds(SAVED)][:1]


def type_in_queue(database: Path, found: Times, *, rounds: int) -> None:
    """Open the queue, press keys, and add what each took."""
    command = [sys.executable, "-m", "annotator", "--db", str(database), "tag", "--queue", "--annotator", ANNOTATOR]
    with Terminal(command, folder=database.parent, environment=environment(database.parent)) as terminal:
        frames = terminal.first_frames(holding="report-0")
        found["first rows of the queue"].append(next(f.seconds for f in frames if f.holds("report-0")) * 1000)
        terminal.rest()
        for _ in range(rounds):
            for name, key in (*KEYS.items(), ("next to do (n)", "n"), *(("status filter", "f"),) * 4):
                frames = terminal.press(key, timeout=2.0, quiet=0.15)
                found[f"queue: {name}"] += [frame.seconds * 1000 for frame in frames[-1:]]
            terminal.press("escape", timeout=2.0)


def commands(database: Path, articles: int) -> dict[str, Run]:
    """Run whole commands, each in a process of its own."""
    folder = database.parent
    base = [sys.executable, "-m", "annotator", "--db", str(database)]
    out = folder / f"out-{articles}.jsonl"
    found = {}
    for name, arguments in (
        ("status", ["status"]),
        (f"agree --sample {SAMPLE}", ["agree", "--sample", str(SAMPLE)]),
        ("export", ["export", str(out)]),
    ):
        runs = [run([*base, *arguments], folder=folder) for _ in range(1 if name == "export" else 3)]
        found[name] = min(runs, key=lambda each: each.processor)
        if any(each.status for each in runs):
            raise SystemExit(f"{name} left with status {found[name].status}")
        out.unlink(missing_ok=True)
    return found


def grows(values: list[float], sizes: list[int]) -> bool:
    """Say whether a value grows faster than n log n from any size to the next."""
    return any(
        after / before > n * log(n) / (m * log(m))
        for (before, after), (m, n) in zip(pairwise(values), pairwise(sizes), strict=True)
    )


def table(found: dict[int, Times]) -> bool:
    """Print a line for each question or key, and say whether all that is promised is kept."""
    sizes = [*found]
    kept = True
    print(f"\n{'milliseconds, median':>30} " + " ".join(f"{size:>10,}" for size in sizes), flush=True)
    for name in found[sizes[0]]:
        values = [(min if name in PAINTS else median)(times[name]) for times in found.values()]
        if name in PAINTS:
            bad = values[-1] - values[0] > LIMIT
        elif name == FREQUENT:
            bad = grows(values, sizes)
        else:
            bad = values[-1] > LIMIT
        kept = kept and not bad
        print(f"{name:>30} " + " ".join(f"{v:10.2f}" for v in values) + ("  ← not kept" if bad else ""), flush=True)
    return kept


def command_table(found: dict[int, dict[str, Run]]) -> bool:
    """Print a line for each command, and say whether none grows faster than n log n and no export takes more memory."""
    sizes = [*found]
    kept = True
    print(f"\n{'seconds (processor) MiB':>30} " + " ".join(f"{size:>22,}" for size in sizes), flush=True)
    for name in found[sizes[0]]:
        runs = [by_name[name] for by_name in found.values()]
        bad = grows([one.processor for one in runs], sizes)
        if name == "export":
            before, last = runs[-2].mebibytes, runs[-1].mebibytes
            bad = bad or last > max(before * MEMORY[0], before + MEMORY[1])
        kept = kept and not bad
        cells = [f"{one.seconds:8.2f} ({one.processor:7.2f}) {one.mebibytes:4.0f}" for one in runs]
        print(f"{name:>30} " + " ".join(cells) + ("  ← not kept" if bad else ""), flush=True)
    return kept


def measure(folder: Path, sizes: tuple[int, ...], *, rounds: int, at: Callable[[int], Path]) -> bool:
    """Measure everything at every size, print it, and say whether all is kept."""
    questions: dict[int, Times] = {size: defaultdict(list) for size in sizes}
    keys: dict[int, Times] = {size: defaultdict(list) for size in sizes}
    (folder / "settings.toml").write_text(f'annotator = "{ANNOTATOR}"\n', encoding="utf-8")
    for size in sizes:
        for _ in range(rounds):
            ask(at(size), size, questions[size])
    kept = table(questions)
    type_in_queue(at(sizes[0]), defaultdict(list), rounds=1)  # Python's compiled files are kept
    for _ in range(rounds):
        for size in sizes:  # in turn, so that what else the machine does falls on all
            type_in_articles(at(size), keys[size], who=ANNOTATOR, presses=3)
            type_in_articles(at(size), keys[size], who=ASSIGNED, presses=3)
            type_in_queue(at(size), keys[size], rounds=3)
    kept = table(keys) and kept
    return command_table({size: commands(at(size), size) for size in sizes}) and kept


def build(path: Path, articles: int) -> None:
    """Make a database in a process of its own: what this one ever had in memory would be counted to the commands."""
    making = multiprocessing.get_context("spawn").Process(
        target=make_database, args=(path,), kwargs={"articles": articles}
    )
    making.start()
    making.join()
    if making.exitcode:
        raise SystemExit(f"{path} could not be made: status {making.exitcode}")


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="up to 100,000 articles")
    parser.add_argument("--rounds", type=int, default=0, help="how often questions are asked and programs started")
    parser.add_argument("--keep", type=Path, help="a folder in which databases are kept, and used up to five times")
    given = parser.parse_args(arguments)
    sizes = SIZES[:2] if given.quick else SIZES
    with tempfile.TemporaryDirectory() as name:
        folder = given.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        for size in sizes:
            began = time.perf_counter()
            path = folder / f"{size}.db"
            if not path.exists():
                build(path, size)
            print(f"{facts(path)}, made in {time.perf_counter() - began:.0f} s", flush=True)
        rounds = given.rounds or (3 if given.quick else 5)
        return int(not measure(folder, sizes, rounds=rounds, at=lambda size: folder / f"{size}.db"))


if __name__ == "__main__":
    sys.exit(main())
