"""Running a command and measuring it: wall time and peak memory as the operating system counts them."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Run:
    """One finished command.

    Args:
        seconds: Wall time.
        mebibytes: Peak resident memory of the process.
        status: Its exit status.
        work: Processor time, which hardly depends on what else the machine does.
    """

    seconds: float
    mebibytes: float
    status: int
    work: float = 0.0


def _child(command: Sequence[str], folder: str, send: multiprocessing.connection.Connection) -> None:
    import resource  # POSIX only, like the figure itself

    began = time.perf_counter()
    with Path(os.devnull).open("r+b") as nothing:
        done = subprocess.run(command, cwd=folder, stdin=nothing, stdout=nothing, stderr=nothing, check=False)
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    send.send(Run(seconds, used.ru_maxrss / 1024, done.returncode, used.ru_utime + used.ru_stime))


def run(command: Sequence[str], *, folder: Path) -> Run:
    """Run a command in a process of its own, so that its peak memory is counted alone."""
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe()
    process = context.Process(target=_child, args=(command, str(folder), send))
    process.start()
    result: Run = receive.recv()
    process.join()
    return result


def paired(first: Sequence[str], second: Sequence[str], *, folder: Path, runs: int) -> tuple[float, float, float]:
    """Run two commands in turn and return the median seconds of each and the median ratio of the pairs."""
    pairs = [(run(first, folder=folder), run(second, folder=folder)) for _ in range(runs + 1)][1:]
    return (
        median(a.seconds for a, _ in pairs),
        median(b.seconds for _, b in pairs),
        median(a.seconds / b.seconds for a, b in pairs),
    )
