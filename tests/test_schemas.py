from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from annotator.core.attributes import problem_with
from annotator.core.schema import Schema
from annotator.errors import BAD_INPUT, InputError
from annotator.resources import schemas_dir
from annotator.schemas import SIZE_LIMIT, SchemaProblem, builtin_schemas, json_schema_text, load_schema, schema_problems
from annotator.toml_lines import line_of

MINIMAL = 'name = "mine"\nversion = "1"\n[labels.actor]\n'
BUILTIN = ("conflict-events", "persons-places")


def write(folder: Path, text: str | bytes, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# --- built-in schemas ---------------------------------------------------------------------------------------------


def test_the_builtin_schemas_are_listed() -> None:
    listed = builtin_schemas()
    assert [schema.name for schema in listed] == [*BUILTIN]
    assert listed[0].labels == ("actor", "location", "casualty", "displacement")
    assert all(schema.version and schema.title and schema.description for schema in listed)


@pytest.mark.parametrize("name", BUILTIN)
def test_builtin_schemas_are_self_contained(name: str) -> None:
    schema = load_schema(name)
    assert schema.name == name
    sections = [heading.casefold() for heading in re.findall(r"^## (.+)$", schema.guideline, flags=re.MULTILINE)]
    assert not {*sections} & {*schema.labels}
    assert schema.guideline.startswith("# ")
    assert Schema.validated_json(schema.to_json()).digest == schema.digest
    for label in schema.labels.values():
        assert label.guideline
        assert not label.guideline.startswith("#")


@pytest.mark.parametrize("name", BUILTIN)
def test_every_label_has_two_good_and_two_bad_examples_with_marked_words(name: str) -> None:
    for label in load_schema(name).labels.values():
        _, good, bad = re.split(r"^### (?:Good|Bad)$", label.guideline, flags=re.MULTILINE)
        for part in (good, bad):
            examples = [item for item in re.split(r"^- ", part, flags=re.MULTILINE)[1:] if "**" in item]
            assert len(examples) >= 2, label.title


@pytest.mark.parametrize("name", BUILTIN)
def test_the_guideline_speaks_of_every_attribute(name: str) -> None:
    for label in load_schema(name).labels.values():
        for attribute in label.attributes:
            assert f"`{attribute}`" in label.guideline, (label.title, attribute)


def test_the_second_schema_uses_other_kinds_than_the_first() -> None:
    kinds = [
        {attribute.kind for label in load_schema(name).labels.values() for attribute in label.attributes.values()}
        for name in BUILTIN
    ]
    assert {"flag", "choices", "link"} <= kinds[1]
    assert {"flag", "choices"}.isdisjoint(kinds[0])


@pytest.mark.parametrize(
    ("value", "fits"),
    [("2024-05-31", True), ("2024-5-31", False), ("2024-13-01", False), ("2024-00-10", False), ("٢٠٢٤-05-31", False)],
)
def test_event_dates(value: str, fits: bool) -> None:
    assert (problem_with(value, load_schema("conflict-events").attributes["event_date"]) == "") is fits


# --- the JSON Schema ----------------------------------------------------------------------------------------------


def test_the_json_schema_file_is_up_to_date() -> None:
    path = schemas_dir() / "annotator-schema.json"
    assert path.read_text(encoding="utf-8") == json_schema_text(), (
        "run: annotator schema json > schemas/annotator-schema.json"
    )
    assert json_schema_text().endswith("}\n")


def test_schemas_fit_the_json_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    validator = jsonschema.Draft202012Validator(json.loads(json_schema_text()))
    for text in [MINIMAL, *(path.read_text(encoding="utf-8") for path in schemas_dir().glob("*.toml"))]:
        validator.validate(tomllib.loads(text))
    assert not validator.is_valid({"name": "x", "version": "1", "labels": {"a": {"kolor": 1}}})


def unknown_fields(value: Any, schema: dict[str, Any], root: dict[str, Any], where: str = "") -> list[str]:
    """Return the fields of a value that a JSON Schema does not describe, and those that it demands in vain."""
    if "$ref" in schema:
        return unknown_fields(value, root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, where)
    if "oneOf" in schema:
        kind = root["$defs"][schema["discriminator"]["mapping"][value["kind"]].rsplit("/", 1)[1]]
        return unknown_fields(value, kind, root, where)
    if isinstance(value, list) and "items" in schema:
        return [field for item in value for field in unknown_fields(item, schema["items"], root, where)]
    if not isinstance(value, dict) or schema.get("type") != "object":
        return []
    wrong = [f"{where}.{name} missing" for name in schema.get("required", []) if name not in value]
    for name, item in value.items():
        inner = schema.get("properties", {}).get(name)
        if inner is None:
            patterns = schema.get("patternProperties", {}).values()
            inner = next(iter(patterns), schema.get("additionalProperties", False))
        if inner is False:
            wrong.append(f"{where}.{name}")
        elif isinstance(inner, dict):
            wrong += unknown_fields(item, inner, root, f"{where}.{name}")
    return wrong


def test_the_json_schema_knows_every_field_of_the_schemas() -> None:
    root = json.loads(json_schema_text())
    for text in [MINIMAL, *(path.read_text(encoding="utf-8") for path in schemas_dir().glob("*.toml"))]:
        assert unknown_fields(tomllib.loads(text), root, root) == []
    broken = {"name": "x", "labels": {"a": {"kolor": 1, "attributes": {"q": {"kind": "flag", "options": []}}}}}
    expected = {".version missing", ".labels.a.kolor", ".labels.a.attributes.q.options"}
    assert set(unknown_fields(broken, root, root)) == expected


# --- one's own schemas --------------------------------------------------------------------------------------------


def test_the_smallest_schema_loads(tmp_path: Path) -> None:
    schema = load_schema(str(write(tmp_path, MINIMAL)))
    assert (schema.ref, [*schema.labels]) == ("mine@1", ["actor"])


@pytest.mark.parametrize(
    "text",
    ["\ufeff" + MINIMAL, MINIMAL.replace("\n", "\r\n"), "#:schema x\n" + MINIMAL, '"$schema" = "x"\n' + MINIMAL],
)
def test_what_editors_leave_in_a_file_does_no_harm(tmp_path: Path, text: str) -> None:
    assert load_schema(str(write(tmp_path, text))).digest == load_schema(str(write(tmp_path, MINIMAL))).digest


def test_a_version_that_is_a_number_is_taken_as_written(tmp_path: Path) -> None:
    assert load_schema(str(write(tmp_path, MINIMAL.replace('"1"', "1.10")))).version == "1.10"
    assert load_schema(str(write(tmp_path, MINIMAL.replace('"1"', "2")))).version == "2"


GUIDE = """# Guide

General words.

```
## actor
```

## Actor

Who acts.

### Good

- **x**

## PLACE NAMES ##

Where.

## Counting

How many.

## actor

More.
"""


def test_the_guideline_is_taken_apart_and_inlined(tmp_path: Path) -> None:
    write(tmp_path, GUIDE, "guide.md")
    text = (
        'name = "mine"\nversion = "1"\nguideline = "guide.md"\n[labels.actor]\n'
        '[labels.place]\ntitle = "Place names"\n[labels.time]\n'
    )
    schema = load_schema(str(write(tmp_path, text)))
    assert schema.guideline == "# Guide\n\nGeneral words.\n\n```\n## actor\n```\n\n## Counting\n\nHow many."
    assert schema.labels["actor"].guideline == "Who acts.\n\n### Good\n\n- **x**\n\n\nMore."
    assert schema.labels["place"].guideline == "Where."
    assert schema.labels["time"].guideline == ""


def test_a_label_keeps_its_own_guideline(tmp_path: Path) -> None:
    write(tmp_path, "General.\n## actor\nFrom the file.\n", "guide.md")
    text = 'name = "mine"\nversion = "1"\nguideline = "guide.md"\n[labels.actor]\nguideline = "Mine."\n'
    schema = load_schema(str(write(tmp_path, text)))
    assert schema.labels["actor"].guideline == "Mine."
    assert schema.guideline == "General.\n## actor\nFrom the file."


@pytest.mark.parametrize(
    "name",
    ["../guide.md", "/etc/hosts", "sub/../../guide.md", "C:\\\\guide.md", "..\\\\guide.md", "\\\\guide.md", "a\\nb"],
)
def test_a_guideline_outside_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    write(tmp_path, "secret", "guide.md")
    path = write(folder, f'name = "mine"\nversion = "1"\nguideline = "{name}"\n[labels.actor]\n')
    (problem,) = schema_problems(path)
    assert (problem.line, problem.field) == (3, "guideline")
    assert "is not a file beside the schema" in problem.message


def test_a_guideline_that_links_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    write(tmp_path, "secret", "guide.md")
    try:
        (folder / "guide.md").symlink_to(tmp_path / "guide.md")
    except OSError:
        pytest.skip("this system does not let the test make symbolic links")
    path = write(folder, 'name = "mine"\nversion = "1"\nguideline = "guide.md"\n[labels.actor]\n')
    assert "is not a file beside the schema" in schema_problems(path)[0].message


def test_a_guideline_that_is_missing_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL.replace("[labels", 'guideline = "no.md"\n[labels'))
    with pytest.raises(InputError, match=re.escape(f"{path}:3: guideline: ") + r".*no\.md: there is no such file"):
        load_schema(str(path))


def test_a_name_that_is_no_schema_suggests_one() -> None:
    with pytest.raises(InputError, match="no schema 'conflict-event'") as caught:
        load_schema("conflict-event")
    assert caught.value.hint == "did you mean 'conflict-events'?"
    with pytest.raises(InputError, match="no schema 'zzz'") as caught:
        load_schema("zzz")
    assert "built-in: conflict-events, persons-places" in caught.value.hint


# --- mistakes -----------------------------------------------------------------------------------------------------

HEAD = 'name = "mine"\nversion = "1"\n'
ACTOR = HEAD + "[labels.actor]\n"
ROLE = ACTOR + "[labels.actor.attributes.role]\n"
CHOICE = ROLE + 'kind = "choice"\noptions = ["a", "b"]\n'

MISTAKES: list[tuple[str, int, str, str, str]] = [
    ('version = "1"\n[labels.actor]\n', 1, "name", "is missing", "such as name"),
    ('name = "mine"\n[labels.actor]\n', 1, "version", "is missing", "such as version"),
    (HEAD, 1, "labels", "is missing", "add a table for each label"),
    (HEAD + "[labels]\n", 3, "labels", "is empty", "at least one"),
    (HEAD + "labels = 5\n", 3, "labels", "must be a table", "it is 5"),
    (HEAD + 'labels.actor = "x"\n', 3, "labels.actor", "must be a table", "it is 'x'"),
    ('name = " x"\nversion = "1"\n[labels.a]\n', 1, "name", "' x' is not a name", "one line"),
    ('name = 5\nversion = "1"\n[labels.a]\n', 1, "name", "must be a text in quotes", "it is 5"),
    ('name = "x"\nversion = "1 0"\n[labels.a]\n', 2, "version", "'1 0' is not a version", "no blanks"),
    ('name = "x"\nversion = true\n[labels.a]\n', 2, "version", "must be a text in quotes", "it is True"),
    ('name = "x"\nversion = 2024-05-01\n[labels.a]\n', 2, "version", "must be a text in quotes", "datetime.date"),
    (ACTOR + 'kolor = "#111111"\n', 4, "labels.actor.kolor", "unknown field", "did you mean 'color'?"),
    (ACTOR + "zzz = 1\n", 4, "labels.actor.zzz", "unknown field", "known: title, key, color"),
    ('tittle = "x"\n' + ACTOR, 1, "tittle", "unknown field", "did you mean 'title'?"),
    (ACTOR + 'color = "red"\n', 4, "labels.actor.color", "'red' is not a colour", "'#1d4f91'"),
    (ACTOR + 'title = "a\\nb"\n', 4, "labels.actor.title", "'a\\nb' is not one line", "leave out line breaks"),
    (ACTOR + 'key = "ab"\n', 4, "labels.actor.key", "is longer than 1 character", "shorten"),
    (ACTOR + 'key = "e"\n', 4, "labels.actor.key", "'e' is an action of the tag screen", "another letter"),
    (ACTOR + 'key = "b"\n[labels.b]\nkey = "b"\n', 6, "labels.b.key", "'b' is already the key of 'actor'", "another"),
    (ACTOR + 'overlaps = ["plaec"]\n', 4, "labels.actor.overlaps", "there is no label 'plaec'", "labels: actor"),
    (ACTOR + 'overlaps = "actor"\n', 4, "labels.actor.overlaps", "must be a list", "it is 'actor'"),
    (ACTOR + "nests_in = [5]\n", 4, "labels.actor.nests_in.0", "must be a text in quotes", "it is 5"),
    (ROLE, 4, "labels.actor.attributes.role", "kind is missing", "one of flag, choice"),
    (
        ROLE + 'kind = "choise"\n',
        4,
        "labels.actor.attributes.role",
        "there is no kind 'choise'",
        "did you mean 'choice'?",
    ),
    (ROLE + "kind = 5\n", 4, "labels.actor.attributes.role", "there is no kind '5'", "one of flag"),
    (ROLE + 'kind = "choice"\n', 4, "labels.actor.attributes.role.options", "is missing", '["yes", "no"]'),
    (CHOICE + 'optoins = ["c"]\n', 7, "labels.actor.attributes.role.optoins", "unknown field", "'options'"),
    (CHOICE + 'required = "yes"\n', 7, "labels.actor.attributes.role.required", "must be true or false", "it is 'yes'"),
    (ROLE + 'kind = "choice"\noptions = []\n', 6, "labels.actor.attributes.role.options", "is empty", "at least one"),
    (ROLE + 'kind = "number"\nmin = nan\n', 6, "labels.actor.attributes.role.min", "must be a finite number", "nan"),
    (ROLE + 'kind = "number"\nmin = "1"\n', 6, "labels.actor.attributes.role.min", "must be a number", "'1'"),
    (
        ROLE + 'kind = "text"\npattern = "("\n',
        6,
        "labels.actor.attributes.role.pattern",
        "not a regular expression",
        "",
    ),
    (
        ROLE + 'kind = "link"\nlabels = ["x"]\n',
        6,
        "labels.actor.attributes.role.labels",
        "there is no label 'x'",
        "actor",
    ),
    (ACTOR + '[attributes.q]\nkind = "text"\noptions = []\n', 6, "attributes.q.options", "unknown field", "known:"),
    (CHOICE + '[[rules]]\nlabel = "x"\n', 8, "rules.0.label", "there is no label 'x'", "labels: actor"),
    (CHOICE + '[[rules]]\nlabl = "x"\n', 7, "rules.0.label", "is missing", "add it"),
    (
        CHOICE + '[[rules]]\nlabel = "actor"\nrequire = ["rol"]\n',
        9,
        "rules.0.require",
        "has no attribute 'rol'",
        "role",
    ),
    (
        CHOICE + '[[rules]]\nlabel = "actor"\nforbid = ["role"]\n\n[[rules]]\nlabel = "actor"\nseverity = "fatal"\n',
        13,
        "rules.1.severity",
        "'fatal' is not allowed",
        "'error' or 'warning'",
    ),
    (HEAD + '[labels." x"]\n', 3, "labels. x", "' x' is not a name", "one line"),
    (HEAD + '[labels."a.b"]\nkolor = 1\n', 4, "labels.a.b.kolor", "unknown field", "did you mean 'color'?"),
    (f'name = "{"x" * 81}"\nversion = "1"\n[labels.a]\n', 1, "name", "is longer than 80 characters", "shorten"),
    ('name = ""\nversion = "1"\n[labels.a]\n', 1, "name", "is empty", "at least one"),
]


@pytest.mark.parametrize(("text", "line", "field", "message", "hint"), MISTAKES)
def test_a_mistake_is_told_with_line_field_and_remedy(
    tmp_path: Path, text: str, line: int, field: str, message: str, hint: str
) -> None:
    path = write(tmp_path, text)
    problem = schema_problems(path)[0]
    assert (problem.line, problem.field) == (line, field)
    assert message in problem.message
    assert hint in problem.hint
    with pytest.raises(InputError) as caught:
        load_schema(str(path))
    assert caught.value.message.startswith(f"{path}:{line}: {field}: ")
    assert caught.value.exit_code == BAD_INPUT
    assert "\n" not in str(caught.value)


def test_all_problems_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = ACTOR + 'kolor = "x"\nkey = "e"\noverlaps = ["y", "z"]\n[labels.place]\nkey = "E"\n'
    path = write(tmp_path, text)
    problems = schema_problems(path)
    assert [problem.line for problem in problems] == [4, 5, 6, 6, 8]
    with pytest.raises(InputError) as caught:
        load_schema(str(path))
    assert caught.value.message == f"{path}:4: labels.actor.kolor: unknown field; and 4 more problems"
    assert caught.value.hint == f"did you mean 'color'?; see all: annotator schema check {path}"


def test_a_schema_without_problems_has_none(tmp_path: Path) -> None:
    assert schema_problems(write(tmp_path, MINIMAL)) == []
    assert schema_problems(str(schemas_dir() / "conflict-events.toml")) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('name = "mine\n', 1, "TOML syntax (column"),
        (HEAD + "[labels.actor\n", 3, "TOML syntax (column"),
        (HEAD + "[labels.actor]\n[labels.actor]\n", 4, "TOML syntax (column"),
        (HEAD + 'name = "again"\n', 3, "TOML syntax (column"),
        (HEAD + "options = [1,\n2", 4, "TOML syntax"),
    ],
)
def test_toml_syntax_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (problem,) = schema_problems(write(tmp_path, text))
    assert problem.line == line
    assert problem.message.startswith(message)
    assert "(at " not in problem.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name = \x00", "is a binary file"),
        (b"name = 'x'\nversion = '\xff'\n", "line 2 is not UTF-8"),
        (b"#" * (SIZE_LIMIT + 1), "is larger than 4 MiB"),
        (b"x = " + b"[" * 100_000, "is nested too deeply"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, content: bytes, message: str) -> None:
    path = write(tmp_path, content)
    (problem,) = schema_problems(path)
    assert (problem.field, problem.message) == ("", message)
    with pytest.raises(InputError, match=re.escape(f"{path}: {message}")):
        load_schema(str(path))


def test_files_that_are_no_files(tmp_path: Path) -> None:
    assert schema_problems(tmp_path) == [
        SchemaProblem(0, "", "is a folder, not a file", "a schema is a TOML file; built-in ones: annotator schema list")
    ]
    assert schema_problems(tmp_path / "no.toml")[0].message == "there is no such file"
    assert schema_problems("a\0b.toml")[0].message.startswith("cannot be read: ")
    with pytest.raises(InputError, match="is a folder"):
        load_schema(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    assert schema_problems(tmp_path / "pipe.toml")[0].message == "is not an ordinary file"


# --- lines of TOML ------------------------------------------------------------------------------------------------

TOML = '''\
# name = "a comment"
name = "x"
text = """
name = "inside of a string"
[labels.actor]
key = \\""" still inside
"""
raw = \'\'\'
[labels.actor]\'\'\'
list = [
  "a", # ]
  { b = "]" },
]

[labels . actor]  # the header
  "key" = "a"
attributes.role.kind = "flag"
inline = { color = "#", more = [1, 2] }

[labels."with.dot"]
'single quoted' = 1
"esc\\u0061ped" = 2

[[rules]]
label = "one"

[[rules]]
label = "two"
[rules.when]
role = true
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("text",), 3),
        (("raw",), 8),
        (("list",), 10),
        (("list", 1), 10),
        (("labels",), 15),
        (("labels", "actor"), 15),
        (("labels", "actor", "key"), 16),
        (("labels", "actor", "attributes"), 17),
        (("labels", "actor", "attributes", "role", "kind"), 17),
        (("labels", "actor", "attributes", "role", "options"), 17),
        (("labels", "actor", "inline", "color"), 18),
        (("labels", "actor", "missing"), 15),
        (("labels", "with.dot"), 20),
        (("labels", "with.dot", "single quoted"), 21),
        (("labels", "with.dot", "escaped"), 22),
        (("rules",), 24),
        (("rules", 0), 24),
        (("rules", 0, "label"), 25),
        (("rules", 1), 27),
        (("rules", 1, "label"), 28),
        (("rules", 1, "when"), 29),
        (("rules", 1, "when", "role"), 30),
        (("rules", 7, "label"), 24),
        (("nowhere",), 1),
        ((), 1),
    ],
)
def test_line_of(path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(TOML)  # the example is TOML
    assert line_of(TOML, path) == line


def test_every_line_of_the_builtin_schemas_is_found() -> None:
    for file in schemas_dir().glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        lines = text.split("\n")
        for label, fields in tomllib.loads(text)["labels"].items():
            assert lines[line_of(text, ("labels", label)) - 1] == f"[labels.{label}]"
            for name in fields.get("attributes", {}):
                at = line_of(text, ("labels", label, "attributes", name))
                assert lines[at - 1] == f"[labels.{label}.attributes.{name}]"
                assert lines[line_of(text, ("labels", label, "attributes", name, "kind")) - 1].startswith("kind = ")


def test_a_guideline_does_no_harm_to_a_schema_without_labels(tmp_path: Path) -> None:
    write(tmp_path, "# Guide\n", "guide.md")
    path = write(tmp_path, 'name = "mine"\nversion = "1"\nguideline = "guide.md"\nlabels = 5\n')
    assert [(problem.line, problem.field) for problem in schema_problems(path)] == [(4, "labels")]
