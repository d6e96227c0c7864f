"""What holds for every test: no settings and no database of the person who runs them, and no deadline per example.

A deadline would measure the machine; what has to be fast is measured where it is promised.  The garbage collector does not
walk what the tests themselves are made of: that is many times what the program has in memory, and it would be walked at every
article that a test of the screens opens.

Where coverage is asked for, it is measured where the parts that must have it are tested, not in all tests: `MEASURED` names
these folders.  Tracing makes a test half as slow again, and no line of the store is proved by a screen that passed over it.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

# On CI the examples are the same each time, so that what fails there fails because of the change; elsewhere they differ
# from run to run and find more.
settings.register_profile("annotator", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("annotator")

HERE = Path(__file__).parent
PARTS = ("core", "store")
MEASURED = {HERE, HERE / "cli", *(HERE / part for part in PARTS)}


def pytest_configure(config: pytest.Config) -> None:
    """Leave the environment of whoever runs the tests out of them and of the commands that they start."""
    os.environ.pop("ANNOTATOR_DB", None)
    os.environ["ANNOTATOR_SETTINGS"] = str(Path(__file__).with_name("no-such-settings.toml"))


def _measuring() -> Any:
    """Return what measures coverage, or None where that was not asked for, or cannot be."""
    coverage = sys.modules.get("coverage")
    return coverage.Coverage.current() if coverage else None


@contextmanager
def _untraced() -> Iterator[None]:
    """Measure no coverage meanwhile."""
    if (measuring := _measuring()) is None:
        yield
        return
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Import what is measured before the tests are read, which is long and shows nothing about it."""
    if _measuring() is not None:
        for part in PARTS:
            for file in sorted((HERE.parent / "annotator" / part).glob("[!_]*.py")):
                importlib.import_module(f"annotator.{part}.{file.stem}")
        importlib.import_module("annotator.session")
    gc.disable()  # all that is made here stays
    try:
        with _untraced():
            return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Leave the tests of other parts untraced."""
    if item.path.parent in MEASURED:
        return (yield)
    with _untraced():
        return (yield)


def pytest_collection_finish() -> None:
    """Leave modules and tests, which stay, to themselves."""
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _frozen() -> Iterator[None]:
    """Have articles that are opened leave the collector as it is; see `tests/tui/test_still.py` for what they do to it."""
    from annotator.tui import still

    nothing = SimpleNamespace(
        get_freeze_count=lambda: 0,
        unfreeze=lambda: None,
        collect=lambda: 0,
        disable=lambda: None,
        freeze=lambda: None,
        enable=lambda: None,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(still, "gc", nothing)
        yield
