"""Fail unless the parts that must not lose work are covered by tests: at least 95 % of the branches of each.

Reads the `.coverage` file that pytest has left in the current folder.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

LEAST: Final = 95.0  # per cent
PARTS: Final = ("annotator/core", "annotator/store", "annotator/session.py")


def measure() -> dict[str, dict[str, int]]:
    """Return the summary of each measured file, by its path with `/`."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(out)], check=True)
        files = json.loads(out.read_text(encoding="utf-8"))["files"]
    return {Path(name).as_posix(): file["summary"] for name, file in files.items()}


def gate(part: str, files: dict[str, dict[str, int]]) -> bool:
    """Print what a part reaches; return whether that is enough."""
    inside = {name: summary for name, summary in files.items() if name == part or name.startswith(f"{part}/")}
    total: Counter[str] = Counter()
    for summary in inside.values():
        total.update({key: value for key, value in summary.items() if key.startswith(("num_", "covered_"))})
    if not inside or not total["num_statements"]:
        print(f"coverage: {part} was not measured")
        return False
    lines = 100 * total["covered_lines"] / total["num_statements"]
    branches = 100 * total["covered_branches"] / total["num_branches"] if total["num_branches"] else 100.0
    enough = lines >= LEAST and branches >= LEAST
    print(f"coverage: {part}: {branches:.1f} % of branches, {lines:.1f} % of lines{'' if enough else ' - too little'}")
    if not enough:
        for name, summary in sorted(inside.items(), key=lambda item: item[1]["percent_covered"]):
            if summary["percent_covered"] < LEAST:
                print(f"  {name}: {summary['missing_branches']} branches and {summary['missing_lines']} lines missed")
    return enough


def main() -> int:
    """Check every part and return the exit status."""
    files = measure()
    enough = [gate(part, files) for part in PARTS]
    return 0 if all(enough) else 1


if __name__ == "__main__":
    sys.exit(main())
