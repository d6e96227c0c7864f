"""How long `annotator --help` takes beside `python -c "import click"`, in the same run.

    python -m benchmarks.startup [--runs 30]

Promised: at most 2.5 times as long.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import paired

LIMIT = 2.5


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and return 1 if the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=30)
    runs = parser.parse_args(arguments).runs
    command = Path(sys.executable).with_name("annotator")
    ours = [str(command), "--help"] if command.exists() else [sys.executable, "-m", "annotator", "--help"]
    with tempfile.TemporaryDirectory() as folder:
        help_, click_, ratio = paired(ours, [sys.executable, "-c", "import click"], folder=Path(folder), runs=runs)
    print(f"annotator --help  {help_ * 1000:6.1f} ms\nimport click      {click_ * 1000:6.1f} ms")
    print(f"ratio             {ratio:6.2f}    (at most {LIMIT}; median of {runs} pairs)")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
