"""What holds for every test: no settings and no database of the person who runs them, and no deadline per example.

A deadline would measure the machine; what has to be fast is measured where it is promised.  The garbage collector does not
walk what the tests themselves are made of: that is many times what the program has in memory, and it would be walked at every
article that a test of the screens opens.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

# On CI the examples are the same each time, so that what fails there fails because of the change; elsewhere they differ
# from run to run and find more.
settings.register_profile("annotator", deadline=None, print_blob=True, derandomize=bool(os.environ.get("CI")))
settings.load_profile("annotator")


def pytest_configure(config: pytest.Config) -> None:
    """Leave the environment of whoever runs the tests out of them and of the commands that they start."""
    os.environ.pop("ANNOTATOR_DB", None)
    os.environ["ANNOTATOR_SETTINGS"] = str(Path(__file__).with_name("no-such-settings.toml"))


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
