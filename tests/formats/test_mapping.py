"""Other names for labels and attributes, and values that settle into their kinds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.errors import InputError, UsageError
from annotator.formats.base import FRAGMENT_LINK, Incoming
from annotator.formats.mapping import Mapper, Names, settled

SCHEMA = Schema.validated(
    {
        "name": "small",
        "version": "2",
        "labels": {
            "actor": {"attributes": {"role": {"kind": "choice", "options": ["source", "target"]}}},
            "casualty": {"attributes": {"by": {"kind": "link"}, "sites": {"kind": "link", "many": True}}},
        },
        "attributes": {"seen": {"kind": "flag"}},
    }
)
SPANS = (
    Span("s1", 0, 6, "ORG", {"function": "source"}),
    Span("s2", 7, 14, "casualty", {"by": "s1", "sites": ["s1", "s2"]}),
)
INCOMING = Incoming(
    Record("n:1", "a", "T", "Rebels shelled Aleppo.", {}, LayerRecord("Ana", spans=SPANS)), ["Rebels", "shelled"]
)


def spans_of(incoming: Incoming) -> tuple[Span, ...]:
    assert incoming.record.layer is not None
    return incoming.record.layer.spans


def test_what_fits_the_schema_is_not_touched() -> None:
    fitting = replace(INCOMING, record=replace(INCOMING.record, layer=LayerRecord("Ana", spans=SPANS[1:])))
    assert Mapper(SCHEMA).admit(fitting) is fitting
    assert Mapper(None).admit(INCOMING) is INCOMING


def test_labels_and_attributes_get_their_names() -> None:
    mapper = Mapper(SCHEMA, Names({"ORG": "actor"}, {"ORG.function": "role"}))
    assert spans_of(mapper.admit(INCOMING)) == (Span("s1", 0, 6, "actor", {"role": "source"}), SPANS[1])
    assert not mapper.unmapped and not mapper.unknown


def test_what_has_no_name_here_stays_to_be_refused_and_is_counted() -> None:
    mapper = Mapper(SCHEMA)
    assert spans_of(mapper.admit(INCOMING)) == SPANS
    assert mapper.unmapped == {"ORG": 1}
    half = Mapper(SCHEMA, Names({"ORG": "actor"}))
    assert spans_of(half.admit(INCOMING))[0].attributes == {"function": "source"}
    assert half.unknown == {"actor.function": 1}


@pytest.mark.parametrize(("names", "drop"), [(Names(), True), (Names({"ORG": ""}), False)], ids=["dropped", "mapped"])
def test_what_is_left_out_takes_its_links_and_its_words_along(names: Names, drop: bool) -> None:
    left = Mapper(SCHEMA, names, drop=drop).admit(INCOMING)
    assert spans_of(left) == (Span("s2", 7, 14, "casualty", {"sites": ["s2"]}),)
    assert left.surfaces == ["shelled"]
    assert [(loss.span, loss.gone) for loss in left.losses] == [("s1", True), ("s2", False)]


def test_pieces_of_a_span_are_joined_only_where_the_schema_says_how() -> None:
    spans = (Span("s1", 0, 6, "actor"), Span("s2", 7, 14, "actor", {FRAGMENT_LINK: "s1"}))
    incoming = replace(INCOMING, record=replace(INCOMING.record, layer=LayerRecord("Ana", spans=spans)))
    mapped = Mapper(SCHEMA).admit(incoming)
    assert spans_of(mapped)[1].attributes == {} and mapped.losses[0].span == "s2"
    assert spans_of(Mapper(None).admit(incoming)) == spans


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ({"kind": "choice", "options": ["a", "b"]}, ["a"], "a"),
        ({"kind": "choice", "options": ["a", "b"]}, ["a", "b"], ["a", "b"]),
        ({"kind": "choices", "options": ["a", "b"]}, "a", ["a"]),
        ({"kind": "flag"}, "yes", True),
        ({"kind": "flag"}, ["false"], False),
        ({"kind": "flag"}, "maybe", "maybe"),
        ({"kind": "number"}, "12.5", 12.5),
        ({"kind": "number"}, ["7"], 7),
        ({"kind": "number"}, "many", "many"),
        ({"kind": "text"}, 12, "12"),
        ({"kind": "link"}, ["s1"], "s1"),
        ({"kind": "link", "many": True}, "s1", ["s1"]),
        ({"kind": "count"}, "12", {"min": 12, "best": 12, "max": 12}),
        ({"kind": "count"}, "dozens", "dozens"),
    ],
    ids=str,
)
def test_a_value_without_a_kind_becomes_one_of_its_attribute(kind: dict[str, Any], value: Any, expected: Any) -> None:
    attribute = (
        Schema.validated({"name": "x", "version": "1", "labels": {"l": {"attributes": {"v": kind}}}})
        .labels["l"]
        .attributes["v"]
    )
    assert settled(value, attribute) == expected


def test_names_come_from_the_line_and_from_files(tmp_path: Path) -> None:
    file = tmp_path / "names.toml"
    file.write_text('[labels]\nPerson = "actor"\n[attributes]\nActor.kind = "type"\n"note" = ""\n')
    assert Names.parse(["A=actor, B=,C = location", str(file)]) == Names(
        {"A": "actor", "B": "", "C": "location", "Person": "actor"}, {"Actor.kind": "type", "note": ""}
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [("[labels\n", InputError), ("[label]\na='b'\n", InputError), ("[labels]\na=1\n", InputError)],
)
def test_a_file_of_names_that_is_none_is_refused(tmp_path: Path, content: str, error: type[Exception]) -> None:
    file = tmp_path / "names.toml"
    file.write_text(content)
    with pytest.raises(error):
        Names.parse([str(file)])


def test_a_label_that_is_not_there_cannot_be_the_new_name() -> None:
    with pytest.raises(UsageError, match="no label 'town'"):
        Mapper(SCHEMA, Names({"ORG": "town"}))


@pytest.mark.parametrize(
    "text", ["a = " + "9" * 5000, "a = " + "[" * 50_000, "\x00", "labels = 1"], ids=["digits", "deep", "nul", "kind"]
)
def test_a_mapping_that_is_none_is_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(text)
    with pytest.raises(InputError):
        Names.parse([str(tmp_path / "map.toml")])
