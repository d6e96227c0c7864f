"""`annotation.conf` as a schema: what becomes of types, relations, events and attributes, and what is told."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.core.schema import Choice, Flag, Link, Schema
from annotator.errors import InputError
from annotator.formats.base import FRAGMENT_LINK
from annotator.formats.brat_conf import annotation_conf
from annotator.formats.brat_schema import schema_from, schema_toml
from annotator.intake import load
from annotator.project import Project
from annotator.schemas import builtin_schemas, load_schema

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "formats" / "brat"

CONF = """# a comment
[entities]
<POG>=Person|GPE
Person
\tSoldier
\t\tRebel
GPE
!Thing
    Bridge
[relations]
Located  Arg1:Person, Arg2:GPE
Located  Arg1:Soldier, Arg2:Bridge
Knows\tArg1:<POG>, Arg2:<ANY>
Same Arg1:GPE, Arg2:GPE, <REL-TYPE>:symmetric-transitive
<OVERLAP> Arg1:Person, Arg2:GPE, <OVL-TYPE>:contain
----------
[events]
!Harm
\tAttack Agent?:<POG>, Target+:Thing, Seen{2}:Person, Near*:<ENTITY>, By{0-1}:GPE
\tDie Who:Person
[attributes]
Dead Arg:Person|GPE
Sure Arg:<EVENT>, Value:High|Low|High
Negated Arg:<RELATION>
Located Arg:GPE
Located Arg:Person
"""


def schema_of(text: str) -> tuple[Schema, list[tuple[int, str]]]:
    data, notes = schema_from(text, name="mine")
    return Schema.validated(tomllib.loads(schema_toml(data))), notes


def attributes(schema: Schema, label: str) -> dict[str, Any]:
    return schema.labels[label].attributes


def test_types_are_labels_and_what_they_lie_below_is_said() -> None:
    schema, _ = schema_of(CONF)
    assert list(schema.labels) == ["Person", "Soldier", "Rebel", "GPE", "Bridge", "Attack", "Die"]
    told = {name: label.description for name, label in schema.labels.items() if label.description}
    assert told == {
        "Soldier": "a kind of Person",
        "Rebel": "a kind of Person › Soldier",
        "Bridge": "a kind of Thing",
        "Attack": "a kind of Harm",
        "Die": "a kind of Harm",
    }


def test_relations_are_links_also_of_what_lies_below() -> None:
    schema, _ = schema_of(CONF)
    assert attributes(schema, "Person")["Located"] == Link(labels=["GPE"], many=True)
    assert attributes(schema, "Soldier")["Located"] == Link(labels=["GPE", "Bridge"], many=True)
    assert attributes(schema, "Rebel")["Located"] == Link(labels=["GPE", "Bridge"], many=True)
    assert attributes(schema, "GPE")["Knows"] == Link(many=True)  # to anything
    assert "Knows" not in attributes(schema, "Bridge")


def test_arguments_of_events_are_links_as_often_as_they_may_be() -> None:
    schema, _ = schema_of(CONF)
    people = ["Person", "Soldier", "Rebel"]
    assert attributes(schema, "Attack") == {
        "Agent": Link(labels=[*people, "GPE"]),
        "Target": Link(labels=["Bridge"], many=True, required=True),
        "Seen": Link(labels=people, many=True, required=True),
        "Near": Link(labels=[*people, "GPE", "Bridge"], many=True),
        "By": Link(labels=["GPE"]),
        "Sure": Choice(options=["High", "Low"]),
    }
    assert attributes(schema, "Die")["Who"] == Link(labels=people, required=True)


def test_attributes_are_flags_or_choices() -> None:
    schema, _ = schema_of(CONF)
    assert [name for name in schema.labels if attributes(schema, name).get("Dead") == Flag()] == [
        *("Person", "Soldier", "Rebel", "GPE")
    ]
    assert attributes(schema, "GPE")["Located"] == Flag()


def test_what_has_no_place_is_told_by_line() -> None:
    _, notes = schema_of(CONF)
    assert notes == [
        (14, "Same is symmetric-transitive, which a link cannot say"),
        (15, "<OVERLAP> is no relation of two arguments; left out"),
        (24, "Negated: Arg:<RELATION>: a relation has no attributes here"),
        (26, "Person has Located already, as a link; left out"),
        (26, "Rebel has Located already, as a link; left out"),
        (26, "Soldier has Located already, as a link; left out"),
    ]
    _, notes = schema_of("[entities]\nA\n[labels]\nA | a\n[attributes]\nX Arg:B\nY Value:1|2\n")
    assert notes == [
        (3, "the section [labels] is none that a schema comes from"),
        (6, "X: Arg:B: there is no such type"),
        (7, "Y names nothing that it belongs to; left out"),
    ]


@pytest.mark.parametrize("text", ["", "Person\n", "[entities]\n!Person\n", "[labels]\nA | a\n", "\0[]\n"])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no type that can be annotated"):
        schema_from(text, name="mine")


@given(
    st.lists(
        st.sampled_from(
            ["[entities]", "[events]", "[attributes]", "[relations]", "A", "\tB", "!C", "<X>=A|B", "D A{2:"]
        )
        | st.text("AB<>!:|,={}?*+\t \"'.#[]-é\x7f", max_size=20)
    )
)
def test_whatever_is_in_it_gives_toml_or_is_refused(lines: list[str]) -> None:
    try:
        data, notes = schema_from("\n".join(["[entities]", *lines]), name="m")
    except InputError:
        return
    read = tomllib.loads(schema_toml(data))
    for fields in read["labels"].values():
        fields.setdefault("attributes", {})
    assert read == data
    assert all(0 < line <= len(lines) + 1 for line, _ in notes)


@pytest.mark.parametrize("name", [schema.name for schema in builtin_schemas()])
def test_what_a_schema_wrote_comes_back(name: str) -> None:
    schema = load_schema(name)
    back, notes = schema_of(annotation_conf(schema))
    assert not notes and list(back.labels) == list(schema.labels)
    for label, fields in schema.labels.items():
        kept = attributes(back, label)
        assert kept[FRAGMENT_LINK].kind == "link"
        wanted = {key: one for key, one in fields.attributes.items() if isinstance(one, Flag | Choice | Link)}
        assert kept.keys() >= wanted.keys()
        for key, one in wanted.items():
            found = kept[key]
            assert found.kind == one.kind
            if isinstance(one, Choice):
                assert set(found.options) >= set(one.options)  # brat has one list of options a name
            if isinstance(one, Link):
                assert set(found.labels or back.labels) == set(one.labels or schema.labels)


@pytest.mark.parametrize(("folder", "labels", "refused"), [("news-tutorial", 14, 1), ("bio-tutorial", 8, 0)])
def test_a_sample_loads_under_the_schema_of_its_own_file(
    tmp_path: Path, folder: str, labels: int, refused: int
) -> None:
    conf = SAMPLES / folder / "annotation.conf"
    if not conf.exists():
        pytest.skip("the shared samples are not here")
    schema, notes = schema_of(conf.read_text(encoding="utf-8"))
    assert len(schema.labels) == labels
    assert all("symmetric-transitive" in words for _, words in notes)
    with Project.create(tmp_path / "p.db", schema) as project:
        report = load(project, [str(SAMPLES / folder)], annotator="ana")
    # One article has a link to Wikipedia, which brat's tools.conf allows and not its annotation.conf.
    assert report.spans > 100 and not report.unmapped and report.bad == refused
    assert sorted(report.unknown) == (["Person.Reference", "Person.Reference_text"] if refused else [])


def test_macros_that_double_are_refused_before_they_fill_the_memory() -> None:
    macros = ["<M0>=A|B", *(f"<M{n + 1}>=<M{n}>|<M{n}>" for n in range(80))]
    with pytest.raises(InputError, match="characters by its macros"):
        schema_from("\n".join([*macros, "[entities]", "A"]), name="x")


def test_a_count_of_any_length_is_no_count_that_is_read() -> None:
    data, _ = schema_from(f"[entities]\nA\n[events]\nE\tRole{{{'9' * 5000}}}:A", name="x")
    assert "E" in data["labels"]
