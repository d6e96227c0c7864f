"""doccano's own import and export beside this tool's, on the file that this tool writes for it.

    python -m benchmarks.peers.doccano [--articles 10000] [--environments FOLDER]

Installs doccano 1.8.4 in an environment of its own.  Promised: what doccano exports has the same labels at the same
offsets of the same texts as what was written for it, and comes back whole; at least 15 times faster, both ways.
"""

from __future__ import annotations

import sys
from collections import Counter

from benchmarks.environment import python_with
from benchmarks.peers.common import Labels, given, inside, labels_of, lines, peer, table

# Libraries of its own ask for pkg_resources, marshmallow 3 and numpy 1 without saying so.
PACKAGES = ("doccano==1.8.4", "setuptools<81", "marshmallow<4", "numpy<2")


def main(arguments: list[str] | None = None) -> int:
    """Measure, compare, print, and return 1 if a promise is not kept."""
    with given(__doc__, annotators=1, arguments=arguments) as asked:
        bench, folder = asked.bench, asked.bench.folder
        python = python_with(PACKAGES, asked.environments / "doccano")
        base = bench.database(asked.articles)
        exported = bench.product(base, "export", "for-doccano.jsonl", "--format", "doccano")
        home = folder / "doccano-home"
        home.mkdir()
        source, out = folder / "for-doccano.jsonl", folder / "by-doccano.jsonl"
        theirs = inside(python, "doccano_inside.py", home, source, out, folder=home)
        fresh = bench.fresh()
        loaded = bench.product(fresh, "load", str(out), "--format", "doccano", "--annotator", "ana")
        bench.product(fresh, "export", "back.jsonl", "--format", "jsonl")
        wanted = labels_of(lines(bench.data(asked.articles)))
        same = {
            "in doccano's own export": _labels(lines(out)) == wanted,
            "loaded again": labels_of(lines(folder / "back.jsonl")) == wanted,
        }
    print(f"doccano 1.8.4, {asked.articles:,} articles x {bench.annotators}, {wanted.total():,} spans")
    for what, equal in same.items():
        print(f"labels and offsets {what}: {'equal' if equal else 'NOT equal'}")
    for error in theirs["errors"][:5]:
        print(f"doccano says: {error}")
    rows = [
        ("load, doccano's import", loaded, peer(theirs, "import")),
        ("export, doccano's export", exported, peer(theirs, "export")),
    ]
    fast = table(rows)
    return int(not (fast and all(same.values()) and not theirs["errors"]))


def _labels(exported: object) -> Labels:
    return Counter(
        (line["text"], start, end, label)
        for line in exported  # type: ignore[attr-defined]
        for start, end, label in line["label"]
    )


if __name__ == "__main__":
    sys.exit(main())
