"""Where the files that come with annotator are.

Invariant: the same names work in a checkout, where `schemas/` and `corpus/` stand beside the package, and in an
installed wheel, which carries them in `annotator/_data/`.
"""

from __future__ import annotations

from pathlib import Path

from annotator.errors import InputError


def schemas_dir() -> Path:
    """Return the folder of the built-in label schemas."""
    return _data_dir("schemas")


def corpus_dir() -> Path:
    """Return the folder of the bundled corpus."""
    return _data_dir("corpus")


def _data_dir(name: str) -> Path:
    package = Path(__file__).resolve().parent
    installed, checkout = package / "_data" / name, package.parent / name
    for folder in (installed, checkout):
        if folder.is_dir():
            return folder
    raise InputError(f"annotator's own folder {name!r} is missing from {package}", hint="install annotator again")
