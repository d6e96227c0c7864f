"""Label Studio's own import and export beside this tool's, on the file that this tool writes for it.

    python -m benchmarks.peers.labelstudio [--articles 10000] [--annotators 3] [--environments FOLDER]

Installs Label Studio 1.23 in an environment of its own.  Promised: what it exports has the same labels at the same
offsets of the same texts as what was written for it, and comes back whole; at least 15 times faster, both ways,
which the import does not reach (see the README).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from annotator import plugins
from annotator.project import Project
from benchmarks.environment import python_with
from benchmarks.peers.common import Labels, given, inside, labels_of, lines, peer, table

PACKAGES = ("label-studio==1.23.0",)


def main(arguments: list[str] | None = None) -> int:
    """Measure, compare, print, and return 1 if a promise is not kept."""
    with given(__doc__, annotators=3, arguments=arguments) as asked:
        bench, folder = asked.bench, asked.bench.folder
        python = python_with(PACKAGES, asked.environments / "label-studio")
        base = bench.database(asked.articles)
        exported = bench.product(base, "export", "for-ls.json", "--format", "labelstudio")
        config = folder / "config.xml"
        config.write_text(_config(folder / base), "utf-8")
        home = folder / "ls-home"
        home.mkdir()
        theirs = inside(python, "labelstudio_inside.py", home, config, folder, folder / "for-ls.json", folder=home)
        out = folder / "JSON.out"
        fresh = bench.fresh()
        loaded = bench.product(fresh, "load", str(out), "--format", "labelstudio", may_fail=True)
        bench.product(fresh, "export", "back.jsonl", "--format", "jsonl")
        wanted = labels_of(lines(bench.data(asked.articles)))
        same = {
            "in Label Studio's own export": _labels(json.loads(out.read_bytes())) == wanted,
            "loaded again": loaded.status == 0 and labels_of(lines(folder / "back.jsonl")) == wanted,
        }
    print(f"Label Studio 1.23.0, {asked.articles:,} articles x {bench.annotators}, {wanted.total():,} spans")
    for what, equal in same.items():
        print(f"labels and offsets {what}: {'equal' if equal else 'NOT equal'}")
    rows = [
        ("load, their import", loaded, peer(theirs, "import")),
        ("export, their JSON", exported, peer(theirs, "export_JSON")),
    ]
    fast = table(rows)
    conll = peer(theirs, "export_CONLL2003")
    print(f"{'their CoNLL 2003':24} {'':22} {conll.seconds:8.2f} {conll.processor:7.2f} {conll.mebibytes:6.0f}")
    return int(not (fast and all(same.values())))


def _config(database: Path) -> str:
    """Return the labelling interface that this tool makes of the schema."""
    config = plugins.load("formats", "labelstudio").config
    with Project.open(database, read_only=True) as project:
        text: str = config(project.schema)[1]
    return text


def _labels(tasks: Iterable[dict[str, Any]]) -> Labels:
    return Counter(
        (task["data"]["text"], region["value"]["start"], region["value"]["end"], label)
        for task in tasks
        for annotation in task["annotations"]
        for region in annotation["result"]
        for label in region["value"].get("labels", ())
    )


if __name__ == "__main__":
    sys.exit(main())
