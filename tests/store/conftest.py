from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import clock, schema

from annotator.project import Project


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database without articles."""
    path = tmp_path / "a.db"
    Project.create(path, schema(), clock=clock).close()
    return path


@pytest.fixture
def project(path: Path) -> Iterator[Project]:
    """An open database without articles."""
    with Project.open(path, clock=clock) as project:
        yield project
