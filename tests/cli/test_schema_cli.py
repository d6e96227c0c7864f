from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from annotator.cli.schema import command
from annotator.errors import InputError
from annotator.schemas import json_schema_text, load_schema


def run(database: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, obj=database)


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    return tmp_path / "none.db"


def test_show_prints_labels_keys_colours_attributes_and_rules(nowhere: Path) -> None:
    result = run(nowhere, "show")
    assert result.exit_code == 0
    lines = result.output.split("\n")
    assert lines[0] == "conflict-events@1  Conflict events"
    assert any(line.startswith("actor         a 1  #1d4f91  A person, group") for line in lines)
    assert "  outcome      choice  killed · injured · missing · abducted · detained · released · unharmed" in lines
    assert "  count      count   of person, household, family" in lines
    assert "  lat        number  from -90 to 90" in lines
    assert "  perpetrator  link    to any number of actor" in lines
    assert "  warning: when outcome is unharmed: no perpetrator" in lines
    assert not any(line != line.rstrip() for line in lines)


def test_show_takes_a_name_or_a_file(nowhere: Path, tmp_path: Path) -> None:
    assert "  seat  link  to place" in run(nowhere, "show", "persons-places").output
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\nversion = "1"\n[labels."人物"]\noverlaps = []\n[labels.b]\ntitle = "x"\n'
        '[labels.b.attributes.q]\nkind = "number"\nmin = 0\nrequired = true\n'
        '[labels.b.attributes.r]\nkind = "link"\n[[rules]]\nlabel = "b"\nrequire = ["q"]\nseverity = "error"\n',
        encoding="utf-8",
    )
    output = run(nowhere, "show", str(path)).output
    assert "人物   a 1  #1d4f91" in output
    assert "b      b 2  #2f6b3a" in output
    assert "  may overlap: nothing" in output
    assert "  no attributes" in output
    assert "  q  number (required)  from 0" in output
    assert "  r  link               to any label" in output
    assert "  error: q required" in output


def test_show_never_passes_controls_to_the_terminal(nowhere: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nversion = "1"\n[labels.a]\ndescription = "\\u001b[31m\\u009b\\u202ered"\n')
    output = run(nowhere, "show", str(path)).output
    assert "�[31m��red" in output
    assert "\x1b" not in output


def test_show_json_is_the_whole_schema(nowhere: Path) -> None:
    data = json.loads(run(nowhere, "show", "--json").output)
    schema = load_schema("conflict-events")
    assert data.pop("digest") == schema.digest
    assert data == json.loads(schema.to_json())


def test_show_prints_the_schema_of_the_database(tmp_path: Path) -> None:
    project = pytest.importorskip("annotator.project")
    path = tmp_path / "annotator.db"
    project.Project.create(path, load_schema("persons-places")).close()
    assert run(path, "show").output.startswith("persons-places@1")
    assert run(path, "show", "conflict-events").output.startswith("conflict-events@1")


def test_show_of_an_unknown_name_is_the_users_mistake(nowhere: Path) -> None:
    result = run(nowhere, "show", "conflict-event")
    assert isinstance(result.exception, InputError)
    assert "did you mean 'conflict-events'?" in str(result.exception)


def test_check_says_ok_in_one_line(nowhere: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nversion = "1"\n[labels.actor]\n')
    result = run(nowhere, "check", str(path))
    assert (result.exit_code, result.output) == (0, f"{path}: ok: mine@1, 1 label: actor\n")


def test_check_lists_every_problem_of_every_file(nowhere: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('name = "mine"\nversion = "1"\n[labels.a]\n[labels.b]\n')
    bad.write_text('name = "mine"\nversion = "1"\n[labels.actor]\nkolor = 1\nkey = "e"\n')
    result = run(nowhere, "check", str(bad), str(good), str(tmp_path))
    assert result.exit_code == 3
    assert result.output.splitlines() == [
        f"{bad}:4: labels.actor.kolor: unknown field (did you mean 'color'?)",
        f"{bad}:5: labels.actor.key: 'e' is an action of the tag screen (choose another letter)",
        f"{good}: ok: mine@1, 2 labels: a, b",
        f"{tmp_path}: is a folder, not a file (a schema is a TOML file; built-in ones: annotator schema list)",
    ]


def test_check_reads_a_file_that_has_the_name_of_a_builtin(
    nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conflict-events").write_text('name = "mine"\nversion = "1"\n[labels.actor]\n')
    monkeypatch.chdir(tmp_path)
    assert run(nowhere, "check", "conflict-events").output == "conflict-events: ok: mine@1, 1 label: actor\n"


def test_check_without_files_is_a_wrong_call(nowhere: Path) -> None:
    assert run(nowhere, "check").exit_code == 2


def test_list(nowhere: Path) -> None:
    assert run(nowhere, "list").output.splitlines() == [
        "schema             title               labels",
        "conflict-events@1  Conflict events     actor, location, casualty, displacement",
        "persons-places@1   Persons and places  person, organisation, place",
    ]
    data = json.loads(run(nowhere, "list", "--json").output)
    assert [entry["name"] for entry in data] == ["conflict-events", "persons-places"]
    assert data[1]["labels"] == ["person", "organisation", "place"]


def test_json_prints_the_json_schema(nowhere: Path) -> None:
    assert run(nowhere, "json").output == json_schema_text()


def test_the_command_imports_nothing_heavy() -> None:
    program = (
        "import sys, annotator.cli.schema\n"
        "print([m for m in ('pydantic', 'sqlite_utils', 'textual', 'numpy', 'wcwidth', 'annotator.core.schema') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_check_says_one_line_a_problem_whatever_a_name_holds(nowhere: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('name = "a"\nversion = "1"\n"x\\ny\\u001b[31m" = 1\n[labels.x]\n', encoding="utf-8")
    result = run(nowhere, "check", str(file))
    assert result.exit_code == 3
    (line,) = result.output.splitlines()
    assert line.startswith(f"{file}:3: x y") and "\x1b" not in line


def test_import_prints_a_schema_that_check_accepts(nowhere: Path, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    conf = folder / "annotation.conf"
    conf.write_text("[entities]\nPerson\n[attributes]\nDead Arg:Person\nOld Arg:Alien\n")
    result = run(nowhere, "import", str(conf))
    assert result.exit_code == 0 and result.stderr == f"note: {conf}:5: Old: Arg:Alien: there is no such type\n"
    made = tmp_path / "made.toml"
    made.write_text(result.stdout)
    assert run(nowhere, "check", str(made)).output == f"{made}: ok: news@1, 1 label: Person\n"
    assert 'name = "mine"' in run(nowhere, "import", str(conf), "--name", "mine").stdout
    assert load_schema(str(made)).labels["Person"].attributes["Dead"].kind == "flag"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[labels]\nA | a\n", "names no type that can be annotated"),
        (f"[entities]\n{'A' * 90}\n", "no schema comes of it"),
        (None, "there is no such file"),
    ],
    ids=["another file", "a long name", "no file"],
)
def test_import_refuses_what_no_schema_comes_of(nowhere: Path, tmp_path: Path, text: str | None, told: str) -> None:
    conf = tmp_path / "annotation.conf"
    if text is not None:
        conf.write_text(text)
    result = run(nowhere, "import", str(conf))
    assert isinstance(result.exception, InputError)
    assert str(conf) in str(result.exception) and told in str(result.exception)
