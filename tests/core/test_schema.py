from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from annotator.core.schema import COMMAND_KEYS, PALETTE, Label, Schema, SchemaFaults, letter
from annotator.core.schema_models import json_schema

MINIMAL: dict[str, Any] = {"name": "x", "version": "1", "labels": {"actor": {}}}


def schema(**fields: Any) -> Schema:
    return Schema.validated({**MINIMAL, **fields})


def faults(**fields: Any) -> list[tuple[str, str]]:
    """Return (dotted field, message) of every fault that a whole schema shows."""
    with pytest.raises(ValidationError) as caught:
        schema(**fields)
    error = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(error, SchemaFaults)
    assert str(error).endswith(error.faults[0].message)
    return [(".".join(map(str, fault.field)), fault.message) for fault in error.faults]


def test_the_smallest_schema_is_filled_in() -> None:
    label = schema().labels["actor"]
    assert (label.title, label.key, label.color) == ("actor", "a", PALETTE[0])
    assert label.attributes == {}
    assert label.overlaps is None
    assert schema().ref == "x@1"


@pytest.mark.parametrize(("given", "version"), [("1", "1"), (1, "1"), (1.5, "1.5"), ("2024-05+b", "2024-05+b")])
def test_versions(given: Any, version: str) -> None:
    assert schema(version=given).version == version


@pytest.mark.parametrize("version", [True, "", "1 2", "a@b", None, "x" * 41])
def test_what_is_no_version(version: Any) -> None:
    with pytest.raises(ValidationError):
        schema(version=version)


@pytest.mark.parametrize("name", ["", " x", "x ", "a\nb", "a\x1bb", "\u0085", "x" * 81, 5])
def test_what_is_no_name(name: Any) -> None:
    with pytest.raises(ValidationError):
        schema(labels={name: {}})


@pytest.mark.parametrize("name", ["a", "armed group", "Дійова особа", "مكان", "地点", "x.y", 'a"b'])
def test_names_in_any_script(name: str) -> None:
    assert schema(labels={name: {}}).labels[name].title == name


def test_keys_are_given_out_without_collision() -> None:
    labels: dict[str, Any] = {"alpha": {}, "beta": {"key": "a"}, "axe": {}, "ant": {}, "мир": {}}
    keys = [label.key for label in schema(labels=labels).labels.values()]
    assert keys[1] == "a"
    assert keys[0] == "l"
    assert len(set(keys)) == len(keys)
    assert not set(keys) & COMMAND_KEYS


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.just({}), min_size=1, max_size=40))
def test_defaults_never_collide_and_survive_storing(labels: dict[str, Any]) -> None:
    full = schema(labels=labels)
    keys = [label.key for label in full.labels.values() if label.key]
    assert len(set(keys)) == len(keys) == min(len(labels), 26 - len(COMMAND_KEYS))
    again = Schema.validated_json(full.to_json())
    assert again == full
    assert again.digest == full.digest
    assert [*again.labels] == [*labels]


def test_colours_are_given_out_in_turn_and_lowered() -> None:
    labels: dict[str, Any] = {"a": {}, "b": {"color": PALETTE[1].upper()}, **{c: {} for c in "cdefghijkl"}}
    colours = [label.color for label in schema(labels=labels).labels.values()]
    assert colours[:3] == [PALETTE[0], PALETTE[1], PALETTE[2]]
    assert len(set(colours)) == len(PALETTE)


def test_all_palette_colours_taken_starts_over() -> None:
    labels = {f"l{number}": {"color": colour} for number, colour in enumerate(PALETTE)}
    assert schema(labels={**labels, "more": {}}).labels["more"].color == PALETTE[0]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", PALETTE)
def test_white_text_on_the_palette_is_readable(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 6


@pytest.mark.parametrize(
    ("key", "label"),
    [("a", "actor"), ("1", "actor"), ("2", "location"), ("١", "actor"), ("3", None), ("0", None), ("²", None),
     ("", None), ("z", None), ("12", None), ("A", None)],
)  # fmt: skip
def test_label_for_key(key: str, label: str | None) -> None:
    assert schema(labels={"actor": {}, "location": {}}).label_for_key(key) == label


def test_a_label_without_a_key_is_reached_by_its_digit_only() -> None:
    labels: dict[str, Any] = {"人": {}, **{c: {"key": c} for c in "abcdghijklopqrwz" if c not in COMMAND_KEYS}}
    full = schema(labels=labels)
    assert full.labels["人"].key == ""
    assert full.label_for_key("") is None
    assert full.label_for_key("1") == "人"


@pytest.mark.parametrize(
    ("name", "key", "sign"), [("actor", "a", "A"), ("actor", "", "A"), ("人", "", "人"), ("ß", "", "S")]
)
def test_letter_is_one_capital(name: str, key: str, sign: str) -> None:
    assert letter(name, Label(key=key)) == sign


LABELS: dict[str, Any] = {"a": {}, "b": {}}
CHOICE = {"kind": "choice", "options": ["x", "y"]}


def one(attribute: dict[str, Any]) -> dict[str, Any]:
    return {"labels": {"a": {"attributes": {"q": attribute}}}}


def ruled(*rules: dict[str, Any]) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "c": CHOICE,
        "cs": {"kind": "choices", "options": ["x"]},
        "f": {"kind": "flag"},
        "t": {"kind": "text"},
        "n": {"kind": "number"},
        "k": {"kind": "count"},
        "l": {"kind": "link"},
    }
    return {"labels": {"a": {"attributes": kinds}}, "rules": list(rules)}


def when(name: str, value: Any) -> dict[str, Any]:
    return ruled({"label": "a", "when": {name: value}, "require": ["k"]})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"labels": {"a": {"key": "e"}}}, [("labels.a.key", "'e' is an action of the tag screen")]),
        ({"labels": {"a": {"key": "A"}}}, [("labels.a.key", "'A' is not a lower-case letter")]),
        ({"labels": {"a": {"key": "1"}}}, [("labels.a.key", "'1' is not a lower-case letter")]),
        ({"labels": {"a": {"key": "b"}, "b": {"key": "b"}}}, [("labels.b.key", "'b' is already the key of 'a'")]),
        ({"labels": {"a": {"overlaps": ["z"]}}}, [("labels.a.overlaps", "there is no label 'z'")]),
        ({"labels": {"a": {"nests_in": ["z"]}}}, [("labels.a.nests_in", "there is no label 'z'")]),
        (one({"kind": "link", "labels": ["z"]}), [("labels.a.attributes.q.labels", "there is no label 'z'")]),
        ({"attributes": {"q": {"kind": "link", "labels": ["z"]}}}, [("attributes.q.labels", "there is no label 'z'")]),
        (one({"kind": "choice", "options": ["x", "x"]}), [("labels.a.attributes.q.options", "'x' is named twice")]),
        (one({"kind": "choices", "options": ["x", "x"]}), [("labels.a.attributes.q.options", "'x' is named twice")]),
        (one({"kind": "count", "units": ["x", "x"]}), [("labels.a.attributes.q.units", "'x' is named twice")]),
        (one({"kind": "number", "min": 2, "max": 1}), [("labels.a.attributes.q.min", "2 is more than max 1")]),
        (ruled({"label": "z", "require": ["c"]}), [("rules.0.label", "there is no label 'z'")]),
        (ruled({"label": "a", "require": ["z"]}), [("rules.0.require", "label 'a' has no attribute 'z'")]),
        (ruled({"label": "a", "forbid": ["z"]}), [("rules.0.forbid", "label 'a' has no attribute 'z'")]),
        (when("z", 1), [("rules.0.when", "label 'a' has no attribute 'z'")]),
        (ruled({"label": "a"}), [("rules.0", "the rule neither requires nor forbids anything")]),
        (ruled({"label": "a", "require": ["c"], "forbid": ["c"]}), [("rules.0.forbid", "'c' is also required")]),
        (when("c", "z"), [("rules.0.when", "c: 'z' is not one of x, y")]),
        (when("cs", ["x", "y"]), [("rules.0.when", "cs: 'y' is not one of x")]),
        (when("f", "yes"), [("rules.0.when", "f: 'yes' is not true or false")]),
        (when("t", 1), [("rules.0.when", "t: 1 is not a text")]),
        (when("n", True), [("rules.0.when", "n: True is not a number")]),
        (when("n", float("nan")), [("rules.0.when", "n: nan is not a number")]),
        (when("k", 1), [("rules.0.when", "k: a rule cannot look into a count")]),
        (when("l", "x"), [("rules.0.when", "l: a rule cannot look into a link")]),
    ],
)  # fmt: skip
def test_faults_of_a_whole_schema(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults(**fields) == expected


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a{99999999999}", "(?P<x>a)(?P<x>b)"])
def test_a_pattern_must_be_a_regular_expression(pattern: str) -> None:
    (found,) = faults(**one({"kind": "text", "pattern": pattern}))
    assert found[0] == "labels.a.attributes.q.pattern"
    assert found[1].startswith("not a regular expression: ")


def test_every_fault_is_found_at_once() -> None:
    labels: dict[str, Any] = {"a": {"key": "e", "overlaps": ["y", "z"]}, "b": {"key": "B"}}
    assert len(faults(labels=labels, rules=[{"label": "q"}])) == 5


def test_sound_rules_and_limits_are_let_through() -> None:
    rules: list[dict[str, Any]] = [
        {"label": "a", "when": {"c": ["x", "y"], "cs": "x", "f": True, "t": "words", "n": -0.5}, "require": ["k"]},
        {"label": "a", "forbid": ["l"], "severity": "error"},
    ]
    full = schema(**ruled(*rules))
    assert [rule.severity for rule in full.rules] == ["warning", "error"]
    assert schema(**one({"kind": "number", "min": 1, "max": 1})).labels["a"].attributes["q"].kind == "number"
    assert schema(**one({"kind": "text", "pattern": "a+"})).labels["a"].attributes["q"].kind == "text"


@pytest.mark.parametrize(
    "fields",
    [
        {"labels": {}},
        {"labels": {"a": []}},
        {"kolor": 1},
        one({"kind": "flag", "required": "yes"}),
        one({"kind": "flag", "title": "two\nlines"}),
        one({"kind": "number", "min": float("nan")}),
        one({"kind": "choice", "options": []}),
        {"labels": {"a": {"color": "red"}}},
        {"labels": {"a": {"key": "ab"}}},
    ],
)
def test_what_the_models_refuse(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        schema(**fields)


def test_the_editor_line_is_not_read() -> None:
    assert schema(**{"$schema": "./annotator-schema.json"}) == schema()
    with pytest.raises(ValidationError):
        Schema.validated(["not", "a", "table"])


def test_the_digest_follows_the_meaning() -> None:
    assert schema().digest == schema(labels={"actor": {"key": "a", "color": PALETTE[0]}}).digest
    assert schema().digest != schema(labels={"actor": {"description": "x"}}).digest
    two: dict[str, Any] = {"a": {"key": "a"}, "b": {"key": "b"}}
    assert schema(labels=two).digest != schema(labels=dict(reversed(two.items()))).digest  # digits go by position
    assert len(schema().digest) == 64


def test_the_json_schema_says_what_the_models_say() -> None:
    data = json_schema()
    assert json.loads(json.dumps(data)) == data
    assert set(data["required"]) == {"name", "version", "labels"}
    assert data["additionalProperties"] is False
    assert "$schema" in data["properties"]
    assert set(data["$defs"]) == {"Choice", "Choices", "Count", "Flag", "Label", "Link", "Number", "Rule", "Text"}
    assert {"type": "number"} in data["properties"]["version"]["anyOf"]


def test_values_and_models_have_the_same_fields() -> None:
    from annotator.core import schema as values
    from annotator.core import schema_models as models

    for name in ("Flag", "Choice", "Choices", "Text", "Number", "Count", "Link", "Label", "Rule", "Schema"):
        value, model = getattr(values, name), getattr(models, name)
        assert [field.name for field in fields(value)] == [*model.model_fields], name
        for field in fields(value):
            there = model.model_fields[field.name]
            if not there.is_required() and field.name != "kind":
                assert value(**{**_needed(value), field.name: there.get_default(call_default_factory=True)}) == value(
                    **_needed(value)
                )


def _needed(value: type) -> dict[str, Any]:
    """Return the fields that a value cannot do without."""
    given = {"options": ["x"], "label": "actor", "name": "x", "version": "1", "labels": {"actor": Label()}}
    names = {field.name for field in fields(value)}
    return {
        name: thing for name, thing in given.items() if name in names and not (name == "labels" and "many" in names)
    }
