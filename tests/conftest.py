"""What holds for every test: no settings and no database of the person who runs them, and no deadline per example.

A deadline would measure the machine; what has to be fast is measured where it is promised.
"""

from __future__ import annotations

import os
from pathlib import Path

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
