"""Run every benchmark, one after the other; the exit status says whether all promises hold."""

from __future__ import annotations

import sys

from benchmarks import agreement, formats, keys, kill, load, merge, queue, screen, startup, team

if __name__ == "__main__":
    failed = 0
    for benchmark, arguments in (
        (startup, []),
        (load, []),
        (formats, ["--quick"]),
        (screen, ["--quick"]),
        (keys, ["--quick"]),
        (queue, ["--quick"]),
        (agreement, ["--quick"]),
        (merge, ["--quick"]),
        (team, ["--quick"]),
        (kill, ["--quick"]),
    ):
        print(f"\n{benchmark.__name__}: {(benchmark.__doc__ or '').splitlines()[0]}\n", flush=True)
        failed |= benchmark.main(arguments)
    sys.exit(failed)
