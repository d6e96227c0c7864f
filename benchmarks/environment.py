"""Environments of their own for what is measured beside the product and is no dependency of it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path


def python_with(packages: Sequence[str], folder: Path) -> Path:
    """Return a Python that has these packages, in a virtual environment that is made where it is missing.

    Args:
        packages: As pip takes them, such as "orjson" or "doccano==1.8.4".
        folder: Where the environment is, outside the checkout.

    Raises:
        SystemExit: If pip cannot install them.
    """
    python = folder / ("Scripts" if os.name == "nt" else "bin") / ("python.exe" if os.name == "nt" else "python")
    done = folder / "installed.txt"
    wanted = "\n".join(packages)
    if done.is_file() and done.read_text("utf-8") == wanted:
        return python
    venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"pip could not install {', '.join(packages)}")
    done.write_text(wanted, "utf-8")
    return python


def python_with_orjson(folder: Path) -> Path:
    """Return this Python if it happens to have orjson, else one of its own that does."""
    if importlib.util.find_spec("orjson") is not None:
        return Path(sys.executable)
    return python_with(["orjson"], folder / "orjson")
