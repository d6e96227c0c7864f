"""Plug-ins: found by name, imported only when asked for, and a broken one breaks nothing else."""

from __future__ import annotations

import io
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from annotator import plugins
from annotator.core.schema import Schema
from annotator.errors import AnnotatorError, UsageError
from annotator.formats.base import Format
from annotator.intake import load
from annotator.outlet import export
from annotator.project import Project

NAMES = ["csv", "docbin", "jsonl", "text", "tsv"]


@pytest.fixture
def with_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a plug-in that is broken and one that can only be written."""
    points = dict(plugins._points("formats"))
    points["broken"] = EntryPoint("broken", "no_such_module:FORMAT", "annotator.formats")
    points["mute"] = EntryPoint("mute", "test_plugins:MUTE", "annotator.formats")
    monkeypatch.setattr(plugins, "_points", lambda group: points)


MUTE = Format("mute", "written only", (".mute",))


def test_the_formats_that_come_along_are_known_by_name() -> None:
    assert set(NAMES) <= set(plugins.names("formats"))
    for name in NAMES:
        assert plugins.load("formats", name).name == name


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UsageError) as caught:
        plugins.load("formats", "xml")
    assert caught.value.message == "there is no format 'xml'"
    assert all(name in caught.value.hint for name in NAMES)


@pytest.mark.usefixtures("with_others")
def test_a_broken_plugin_is_told_and_breaks_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(AnnotatorError, match="the format 'broken' cannot be loaded: No module named 'no_such_module'"):
        plugins.load("formats", "broken")
    schema = Schema.validated({"name": "s", "version": "1", "labels": {"x": {}}})
    with Project.create(tmp_path / "db", schema) as project:
        report = load(project, ["-"], stdin=io.BytesIO(b"Some words"))
        assert (report.articles, [note.first for note in report.notes.values()]) == (1, ["broken"])
        assert export(project, str(tmp_path / "o.jsonl")).files[0].articles == 1
        with pytest.raises(UsageError, match="can be written but not read"):
            load(project, [], format="mute")


def test_whatever_a_plugin_raises_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "angry_plugin.py").write_text("raise RuntimeError('not on this machine')\n")
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("angry", "angry_plugin:FORMAT", "annotator.formats")
    monkeypatch.setattr(plugins, "_points", lambda group: {"angry": point})
    with pytest.raises(AnnotatorError, match="the format 'angry' cannot be loaded: not on this machine"):
        plugins.load("formats", "angry")


def test_formats_are_known_without_importing_spacy_or_charset_normalizer() -> None:
    code = (
        "import sys; from annotator.intake import size_of; size_of(['.']); "
        "print([m for m in ('spacy', 'charset_normalizer', 'textual', 'sqlite_utils') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
