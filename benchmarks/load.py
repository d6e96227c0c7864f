"""Loading and exporting many articles: seconds and peak memory, at two sizes.

    python -m benchmarks.load [--sizes 10000,100000]

Promised: memory that does not grow with the number of articles.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Run, run

WORDS = (
    "shelling hit the market in Taiz killing at least twelve civilians families fled toward Turbah officials said "
    "forces denied responsibility monitors counted dozens of wounded after midnight near the hospital"
)
GROWTH = 1.5
LABELS = ("actor", "location", "casualty", "displacement")


def write_text_lines(path: Path, count: int, *, spans: int, seed: int = 1) -> None:
    """Write native JSONL of so many different articles of about 3,500 characters, with spans or without."""
    draw = random.Random(seed)
    words = WORDS.split()
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            chosen = draw.choices(words, k=560)
            text = f"Report {number}\n" + " ".join(chosen)
            record: dict[str, object] = {"id": f"article-{number}", "text": text}
            if spans:
                starts = sorted(draw.sample(range(20, len(text) - 40), spans))
                record |= {
                    "annotator": "ana",
                    "status": "done",
                    "spans": [_span(text, s, i) for i, s in enumerate(starts)],
                }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def _span(text: str, near: int, number: int) -> dict[str, object]:
    start = text.index(" ", near) + 1
    end = text.find(" ", start)
    end = end if end > 0 else len(text)
    return {"id": f"s{number}", "start": start, "end": end, "label": LABELS[number % 4], "text": text[start:end]}


def one_size(count: int, *, spans: int, folder: Path) -> tuple[Run, Run]:
    """Load and export so many articles, and return both runs."""
    source = folder / f"{count}.jsonl"
    write_text_lines(source, count, spans=spans)
    base = [sys.executable, "-m", "annotator", "--db", str(folder / f"{count}.db")]
    made = run([*base, "new"], folder=folder)
    loaded = run([*base, "load", str(source)], folder=folder)
    exported = run([*base, "export", str(folder / f"out-{count}.jsonl")], folder=folder)
    for done in (made, loaded, exported):
        if done.status:
            raise SystemExit(f"a command left with status {done.status}")
    return loaded, exported


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if memory grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--spans", type=int, default=0, help="spans an article (0: articles alone)")
    given = parser.parse_args(arguments)
    sizes = [int(size) for size in given.sizes.split(",")]
    peaks: list[tuple[float, float]] = []
    print(f"{'articles':>9} {'load s':>8} {'MiB':>6} {'export s':>9} {'MiB':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            loaded, exported = one_size(size, spans=given.spans, folder=Path(folder))
            peaks.append((loaded.mebibytes, exported.mebibytes))
            print(
                f"{size:9,} {loaded.seconds:8.2f} {loaded.mebibytes:6.0f} "
                f"{exported.seconds:9.2f} {exported.mebibytes:6.0f}",
                flush=True,
            )
    growth = max(peaks[-1][i] / peaks[0][i] for i in (0, 1))
    print(f"memory at {sizes[-1]:,} over {sizes[0]:,}: {growth:.2f}    (at most {GROWTH})")
    return int(growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
