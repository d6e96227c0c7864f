"""Run the tests on every CPython from 3.11 that pyenv or the path has, each in an environment of its own.

python .ci/matrix.py [--list] [PYTEST OPTION...]
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
NAME: Final = re.compile(r"python3?(\.\d+)?")
PROBE: Final = (
    "import sys, platform, venv, ensurepip; "
    "print(sys.implementation.name, platform.python_version(), getattr(sys, '_base_executable', sys.executable))"
)


def candidates() -> Iterator[Path]:
    """Yield every file that may be a Python: pyenv's versions, then the folders of the path."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/*/bin/python"))
    for folder in map(Path, os.get_exec_path()):
        if folder.is_dir() and folder.parent != pyenv:
            yield from sorted(file for file in folder.iterdir() if NAME.fullmatch(file.name))


def pythons() -> dict[str, str]:
    """Return the CPythons from 3.11, by version, each with the path of its executable."""
    found: dict[tuple[int, ...], tuple[str, str]] = {}
    for file in candidates():
        try:
            probe = subprocess.run([file, "-c", PROBE], capture_output=True, text=True, timeout=30, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        kind, version, path = [*probe.stdout.strip().split(" ", 2), "", "", ""][:3]
        numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
        if kind == "cpython" and numbers >= (3, 11):
            found.setdefault(numbers, (version, path))
    return dict(found[numbers] for numbers in sorted(found))


def run(version: str, python: str, options: Sequence[str]) -> bool:
    """Run the tests on one Python and return whether they passed."""
    folder = f".matrix/{version}"
    print(f"== Python {version}", flush=True)
    made = subprocess.run(
        ["sh", ".ci/env.sh", folder, ".ci/pins-dev.txt"], cwd=ROOT, env={**os.environ, "PYTHON": python}, check=False
    )
    if made.returncode:
        return False
    command = [f"{folder}/bin/python", "-m", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main(options: Sequence[str]) -> int:
    """Run the tests everywhere, say where they were run, and return the exit status."""
    found = pythons()
    if not found:
        print("matrix: no CPython from 3.11 was found")
        return 1
    if "--list" in options:
        print("\n".join(f"{version} {path}" for version, path in found.items()))
        return 0
    outcomes = {version: run(version, path, options) for version, path in found.items()}
    print("matrix: " + ", ".join(f"{version} {'passed' if ok else 'FAILED'}" for version, ok in outcomes.items()))
    return 0 if all(outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
