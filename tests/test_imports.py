"""Who may import what: proved on the source and on running interpreters."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import annotator

PACKAGE = Path(annotator.__file__).resolve().parent
ROOT = PACKAGE.parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {"textual", "sqlite_utils", "numpy", "scipy", "spacy", "pydantic"}
POSIX_ONLY = {
    "crypt",
    "curses",
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "syslog",
    "termios",
    "tty",
}


def module_of(file: Path) -> str:
    """Return the dotted name of a source file."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of every module that is imported anywhere below a node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import(tree: ast.Module) -> ast.Module:
    """Return what runs when a module is imported: no function bodies, nothing that only type checkers read."""

    class Strip(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
            return None

        def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
            return None

        def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
            if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
                return node.orelse
            return self.generic_visit(node)

    return Strip().visit(tree)


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def packages(names: Iterator[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def loaded_by(code: str) -> set[str]:
    """Return the modules that are loaded after a piece of code has run in a fresh interpreter."""
    report = "\nimport sys, json; print('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code + report], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_sources_are_found() -> None:
    assert {"annotator", "annotator.core.spans", "annotator.cli"} <= set(map(module_of, SOURCES))


@pytest.mark.parametrize("package", ["core", "agreement"])
def test_values_and_measures_import_no_input_or_output(package: str) -> None:
    forbidden = {"sqlite3", "sqlite_utils", "textual", "click", "spacy", "pathlib", "rich", "os", "io"}
    sources = sorted((PACKAGE / package).rglob("*.py"))
    assert sources
    for file in sources:
        assert not packages(imported(parsed(file))) & forbidden, file


@pytest.mark.parametrize(
    ("package", "home"),
    [
        ("textual", "annotator.tui"),
        ("sqlite3", "annotator.store"),
        ("sqlite_utils", "annotator.store"),
        ("spacy", "annotator.formats"),
    ],
)
def test_one_package_alone_knows(package: str, home: str) -> None:
    users = {module_of(file) for file in SOURCES if package in packages(imported(parsed(file)))}
    assert users, f"nobody imports {package} any more: drop it, or mend this test"
    assert {name for name in users if name != home and not name.startswith(f"{home}.")} == set()


def test_core_runs_without_screen_store_and_models() -> None:
    names = [module_of(file) for file in (PACKAGE / "core").glob("*.py")]
    loaded = loaded_by("\n".join(f"import {name}" for name in names))
    assert not {name.partition(".")[0] for name in loaded} & {
        "textual",
        "rich",
        "sqlite_utils",
        "sqlite3",
        "click",
        "spacy",
    }


@pytest.mark.parametrize("name", ["layout", "paint", "motion"])
def test_the_article_views_arithmetic_runs_without_textual(name: str) -> None:
    loaded = loaded_by(f"import annotator.tui.{name}")
    assert f"annotator.tui.{name}" in loaded
    assert "rich.console" not in loaded
    assert not {module for module in loaded if module.partition(".")[0] == "textual"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["no-such-command"], ["load", "--help"]])
def test_what_only_prints_imports_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(f"from annotator.cli import run; run({arguments!r})")
    assert not {name.partition(".")[0] for name in loaded} & HEAVY


def test_help_imports_no_command() -> None:
    from annotator.cli import COMMANDS

    loaded = loaded_by("from annotator.cli import run; run(['--help'])")
    assert not loaded & {f"annotator.cli.{name}" for name in COMMANDS}


@pytest.mark.parametrize("file", SOURCES, ids=module_of)
def test_no_module_needs_posix_to_be_imported(file: Path) -> None:
    assert not packages(imported(at_import(parsed(file)))) & POSIX_ONLY


@pytest.mark.parametrize("file", sorted((PACKAGE / "cli").glob("*.py")), ids=module_of)
def test_commands_import_nothing_heavy_at_the_top(file: Path) -> None:
    assert not packages(imported(at_import(parsed(file)))) & HEAVY


def test_every_module_says_what_it_is_for() -> None:
    assert [module_of(file) for file in SOURCES if not ast.get_docstring(parsed(file))] == []
