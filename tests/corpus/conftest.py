"""What the tests of the corpus share: the build script's modules and the schema of the corpus."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from annotator.core.schema import Schema

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"
MODULES = ("source_format", "layers", "build")


@pytest.fixture(scope="module")
def script() -> Iterator[SimpleNamespace]:
    """The build script's modules, which are no package and must not stay importable."""
    sys.path.insert(0, str(CORPUS))
    before = {name: sys.modules.pop(name, None) for name in MODULES}
    loaded: dict[str, ModuleType] = {name: importlib.import_module(name) for name in MODULES}
    yield SimpleNamespace(**loaded)
    sys.path.remove(str(CORPUS))
    for name, module in before.items():
        del sys.modules[name]
        if module is not None:
            sys.modules[name] = module


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema.validated(tomllib.loads((ROOT / "schemas" / "conflict-events.toml").read_text(encoding="utf-8")))
