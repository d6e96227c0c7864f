"""`annotator schema diff` and `schema upgrade` as a person sees them; the example of the documentation works."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support import ROOT, clock, load, reading_of, record

from annotator.cli import group
from annotator.core.spans import Span
from annotator.errors import InputError, UsageError
from annotator.migration_files import migration_json_schema_text
from annotator.project import Project
from annotator.resources import schemas_dir
from annotator.schemas import load_schema

BLOCKS = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/schema-changes.md").read_text(encoding="utf-8"), re.DOTALL)


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(group, ["--db", str(folder / "t.db"), "schema", *arguments], catch_exceptions=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the schemas and the migration of the documentation, and a database under the first."""
    for name, text in zip(("old", "new", "move"), BLOCKS, strict=True):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    spans = (
        Span("s1", 4, 7, "army"),
        Span("s2", 8, 16, "rebels"),
        Span("s3", 17, 21, "rumour"),
        Span("s4", 22, 28, "victim", {"outcome": "hurt", "remark": "two legs"}),
        Span("s5", 29, 33, "victim", {"outcome": "fled"}),
        Span("s6", 34, 44, "victim", {"outcome": "dead"}),
    )
    with Project.create(tmp_path / "t.db", load_schema(str(tmp_path / "old.toml")), clock=clock) as project:
        load(project, record("a", layer=reading_of("ana", *spans)))
    return tmp_path


def spans(folder: Path) -> list[tuple[str, dict[str, object], str]]:
    with Project.open(folder / "t.db", read_only=True) as project:
        layer = project.store.layer(1, "ana")
    assert layer is not None
    return [(span.label, dict(span.attributes), span.note) for span in layer.spans]


def test_the_documented_migration_does_what_is_said(folder: Path) -> None:
    before = spans(folder)
    new, move = str(folder / "new.toml"), str(folder / "move.toml")
    dry = run(folder, "upgrade", new, "--migration", move, "--dry-run", "--annotator", "lea")
    assert dry.exit_code == 0, dry.output
    assert spans(folder) == before
    lines = dry.output.splitlines()
    assert lines[0] == "crisis@1 → crisis@2, dry run: nothing is changed"
    assert "label victim → casualty  × 2" in lines
    assert (
        "    a · ana · 22–28 “killed”: victim (outcome: hurt, remark: two legs) → casualty (outcome: injured) + note"
        in [re.sub("“.*”", "“killed”", line) for line in lines]
    )
    assert lines[-1] == "1 layer would move to crisis@2; 6 spans in 1 layer"
    done = run(folder, "upgrade", new, "--migration", move)
    assert done.exit_code == 0, done.output
    assert spans(folder) == [
        ("actor", {"side": "state"}, ""),
        ("actor", {"side": "other"}, ""),
        ("casualty", {"outcome": "injured"}, "remark: two legs"),
        ("displacement", {}, ""),
        ("casualty", {"outcome": "killed"}, ""),
    ]
    back = run(folder, "upgrade", "--back", "--json")
    data = json.loads(back.output)
    assert (data["old"], data["new"], data["layers"], data["back"]) == ("crisis@2", "crisis@1", 1, True)
    assert spans(folder) == before


def test_what_is_not_mapped_is_listed(folder: Path) -> None:
    output = run(folder, "upgrade", str(folder / "new.toml"), "--dry-run").output
    assert "? label victim: not in crisis@2, kept  × 3" in output
    assert (
        "6 not known to the new schema: kept as they are; `annotator --db " in output and " check` lists them" in output
    )


def test_a_difference_is_told_with_the_spans_that_it_may_affect(folder: Path) -> None:
    output = run(folder, "diff", str(folder / "new.toml")).output
    assert output.splitlines()[0] == "crisis@1 → crisis@2"
    assert "! - label victim removed (3 spans of victim)" in output
    assert "  + label actor added" in output
    run(folder, "upgrade", str(folder / "new.toml"))
    data = json.loads(run(folder, "diff", "crisis@2", "crisis@1", "--json").output)
    assert data["affects"] is True
    assert [data["old"]["schema"], data["new"]["schema"]] == ["crisis@2", "crisis@1"]
    assert run(folder, "diff", "crisis@2").output == "crisis@2 → crisis@2\nno differences\n"


def test_differences_need_no_database(tmp_path: Path) -> None:
    output = run(tmp_path, "diff", "persons-places", "conflict-events@1").output
    assert "! - label person removed" in output
    assert isinstance(run(tmp_path, "diff", "persons-places").exception, UsageError)
    assert isinstance(run(tmp_path, "diff", "persons-places@9", "persons-places").exception, InputError)


@pytest.mark.parametrize("arguments", [("upgrade",), ("upgrade", "x", "--back"), ("diff", "a", "b", "c")], ids=" ".join)
def test_wrong_usage_is_refused(folder: Path, arguments: tuple[str, ...]) -> None:
    assert isinstance(run(folder, *arguments).exception, UsageError)


def test_the_json_schema_of_migrations_is_up_to_date(folder: Path) -> None:
    path = schemas_dir() / "annotator-migration.json"
    assert path.read_text(encoding="utf-8") == migration_json_schema_text(), (
        "run: annotator schema json --migration > schemas/annotator-migration.json"
    )
    assert run(folder, "json", "--migration").output == migration_json_schema_text()


def test_the_documented_migration_fits_the_json_schema() -> None:
    import tomllib

    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    validator = jsonschema.Draft202012Validator(json.loads(migration_json_schema_text()))
    validator.validate(tomllib.loads(BLOCKS[2]))
    assert not validator.is_valid({"labels": {"a": {"too": "b"}}})
