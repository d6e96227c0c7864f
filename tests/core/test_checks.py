"""Every check, by its code."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from strategies import layers
from support import TEXT, schema

from annotator.core.checks import Problem, check_layer
from annotator.core.layer import Layer, sorted_spans
from annotator.core.schema import Schema
from annotator.core.spans import Span

FREE, TIGHT = schema(), schema(restricted=True)
COUNT = {"min": 2}


def span(id: str, start: int, end: int, label: str = "actor", **attributes: Any) -> Span:
    return Span(id, start, end, label, attributes)


def problems(known: Schema, *spans: Span, text: str = TEXT, **more: Any) -> list[Problem]:
    layer = Layer(1, "ana", more.pop("schema", known.ref), spans=sorted_spans(spans), **more)
    return check_layer(layer, text=text, schema=known, key="k1")


# TEXT: "Two soldiers were killed near Al-Fashir on Sunday, and 300 families ..."; 0–12 is "Two soldiers".
ONE_SPAN: list[tuple[str, Span, str]] = [
    ("good", span("s1", 0, 12), ""),
    ("good at the end", span("s1", 94, 95), "span-cuts-word" if TEXT[93].isalnum() and TEXT[94].isalnum() else ""),
    ("all of the text", span("s1", 0, len(TEXT)), ""),
    ("past the end", span("s1", 0, len(TEXT) + 1), "span-range"),
    ("only past the end", span("s1", 200, 300), "span-range"),
    ("blank", span("s1", 3, 4), "span-blank"),
    ("blank at the front", span("s1", 3, 12), "span-blank-edge"),
    ("blank at the back", span("s1", 0, 4), "span-blank-edge"),
    ("cuts a word at the front", span("s1", 1, 12), "span-cuts-word"),
    ("cuts a word at the back", span("s1", 0, 11), "span-cuts-word"),
    ("cuts words at both ends, told once", span("s1", 1, 11), "span-cuts-word"),
    ("beside a hyphen", span("s1", 33, 39), ""),
    ("unknown label", span("s1", 0, 12, "weather", x=1), "label-unknown"),
    ("choice", span("s1", 0, 12, type="army"), ""),
    ("choice of none", span("s1", 0, 12, type="navy"), "attribute-value"),
    ("choices", span("s1", 0, 12, role=["perpetrator"]), ""),
    ("choices, one wrong", span("s1", 0, 12, role=["perpetrator", "cook"]), "attribute-value"),
    ("text", span("s1", 0, 12, name="Army"), ""),
    ("text that does not match", span("s1", 0, 12, name="army"), "attribute-value"),
    ("flag", span("s1", 0, 12, armed=False), ""),
    ("flag that is a word", span("s1", 0, 12, armed="yes"), "attribute-value"),
    ("number", span("s1", 0, 12, "location", lat=13.6), ""),
    ("number out of bounds", span("s1", 0, 12, "location", lat=91), "attribute-value"),
    ("count", span("s1", 0, 12, "casualty", count={"min": 1, "max": 3, "unit": "family"}), ""),
    ("count upside down", span("s1", 0, 12, "casualty", count={"min": 3, "max": 1}), "attribute-value"),
    ("unknown attribute", span("s1", 0, 12, mood="grim"), "attribute-unknown"),
    ("another label's attribute", span("s1", 0, 12, "location", type="army"), "attribute-unknown"),
    ("required", span("s1", 0, 12, "displacement", count=COUNT), ""),
    ("required and missing", span("s1", 0, 12, "displacement"), "attribute-missing"),
    ("link to nothing", span("s1", 0, 12, "casualty", by="s9"), "link-target"),
    ("links to nothing, one each", span("s1", 0, 12, "casualty", links=["s8", "s9"]), "link-target link-target"),
    ("link of another kind", span("s1", 0, 12, "casualty", by=["s9"]), "attribute-value"),
    ("link to a label that it does not take", span("s1", 0, 12, "casualty", by="s1"), "link-label"),
    ("links take any label", span("s1", 0, 12, "casualty", links=["s1"]), ""),
    ("rule that requires", span("s1", 0, 12, role=["perpetrator", "target"]), "rule"),
    ("rule that requires, kept", span("s1", 0, 12, role=["target"], type="army"), ""),
    ("rule that does not hold", span("s1", 0, 12, role=["perpetrator"]), ""),
    ("rule that forbids", span("s1", 0, 12, armed=True, name="Army"), "rule"),
    ("rule that forbids, kept", span("s1", 0, 12, armed=True), ""),
    ("two at once", span("s1", 0, 13, "displacement"), "attribute-missing span-blank-edge"),
]  # fmt: skip

WARNINGS = {"span-blank-edge", "span-cuts-word", "schema-old"}


@pytest.mark.parametrize(("one", "codes"), [case[1:] for case in ONE_SPAN], ids=[case[0] for case in ONE_SPAN])
def test_one_span(one: Span, codes: str) -> None:
    found = problems(FREE, one)
    assert [problem.code for problem in found] == codes.split()
    for problem in found:
        assert (problem.article, problem.layer, problem.span, problem.start) == ("k1", "ana", "s1", one.start)
        assert problem.message
        assert problem.hint
        assert "\n" not in problem.message + problem.hint
        if problem.code != "rule":
            assert problem.severity == ("warning" if problem.code in WARNINGS else "error")


A, L, C, D = "actor", "location", "casualty", "displacement"
CROSS, INSIDE, SAME, APART = ((0, 12), (4, 17)), ((0, 12), (4, 12)), ((0, 12), (0, 12)), ((0, 3), (4, 12))

# In the tight schema nothing may cross an actor, only locations and casualties may cross a location; a location may lie
# within an actor only, a casualty within nothing; a displacement does what it likes.
TWO_SPANS: list[tuple[Schema, tuple[tuple[int, int], tuple[int, int]], str, str, str]] = [
    (FREE, CROSS, A, A, ""), (FREE, INSIDE, A, L, ""), (FREE, SAME, A, L, ""), (FREE, APART, A, A, ""),
    (FREE, SAME, A, A, "s1 span-double, s2 span-double"),
    (TIGHT, SAME, A, A, "s1 span-double, s2 span-double"),
    (TIGHT, SAME, A, C, ""), (TIGHT, SAME, L, C, ""), (TIGHT, APART, A, A, ""),
    (TIGHT, CROSS, A, A, "s1 span-crossing, s2 span-crossing"),
    (TIGHT, CROSS, A, D, "s1 span-crossing, s2 span-crossing"),
    (TIGHT, CROSS, D, A, "s1 span-crossing, s2 span-crossing"),
    (TIGHT, CROSS, L, D, "s1 span-crossing, s2 span-crossing"),
    (TIGHT, CROSS, L, L, ""), (TIGHT, CROSS, L, C, ""), (TIGHT, CROSS, C, L, ""), (TIGHT, CROSS, C, D, ""),
    (TIGHT, INSIDE, A, L, ""), (TIGHT, INSIDE, D, D, ""), (TIGHT, INSIDE, D, A, ""), (TIGHT, INSIDE, A, A, ""),
    (TIGHT, INSIDE, C, L, "s2 span-nested"), (TIGHT, INSIDE, L, L, "s2 span-nested"),
    (TIGHT, INSIDE, A, C, "s2 span-nested"), (TIGHT, INSIDE, D, C, "s2 span-nested"),
    (TIGHT, CROSS, A, "weather", "s1 span-crossing, s2 label-unknown"),
    (TIGHT, CROSS, C, "weather", "s2 label-unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "where", "one", "two", "codes"), TWO_SPANS)
def test_two_spans(known: Schema, where: Any, one: str, two: str, codes: str) -> None:
    spans = [span(f"s{n}", *extent, label) for n, (extent, label) in enumerate(zip(where, (one, two), strict=True), 1)]
    spans = [Span(s.id, s.start, s.end, s.label, {"count": COUNT} if s.label == D else {}) for s in spans]
    found = problems(known, *spans)
    assert ", ".join(f"{problem.span} {problem.code}" for problem in found) == codes
    assert all(problem.severity == "error" for problem in found)


WHOLE: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"attributes": {"type": "news"}}, ""),
    ({"attributes": {"type": "poem"}}, "attribute-value"),
    ({"attributes": {"mood": "grim"}}, "attribute-unknown"),
    ({"attributes": {"about": "s1"}}, ""),
    ({"attributes": {"about": "s2"}}, "link-label"),
    ({"attributes": {"about": "s3"}}, "link-target"),
    ({"schema": "test@0"}, "schema-old"),
]


@pytest.mark.parametrize(("more", "codes"), WHOLE)
def test_the_whole_article(more: dict[str, Any], codes: str) -> None:
    found = problems(FREE, span("s1", 0, 12), span("s2", 18, 24, "casualty"), **more)
    assert [problem.code for problem in found] == codes.split()
    assert all((problem.span, problem.start) == ("", 0) for problem in found)


def test_rules_say_what_the_schema_says() -> None:
    one, two = problems(FREE, span("s1", 0, 12, role=["target"], armed=True, name="Army"))
    assert (one.severity, one.message) == ("warning", "who was hit: type is missing")
    assert (two.severity, two.message) == ("error", "name must not be set")


def rule_schema(when: dict[str, Any]) -> Schema:
    attributes = {
        "kind": {"kind": "choice", "options": ["x", "y", "z"]},
        "kinds": {"kind": "choices", "options": ["x", "y", "z"]},
        "n": {"kind": "number"},
        "by": {"kind": "text"},
    }
    rule = {"label": "actor", "when": when, "require": ["by"]}
    return Schema.validated(
        {"name": "r", "version": "1", "labels": {"actor": {"attributes": attributes}}, "rules": [rule]}
    )


@pytest.mark.parametrize(
    ("when", "values", "holds"),
    [
        ({}, {}, True),
        ({"kind": "x"}, {"kind": "x"}, True),
        ({"kind": "x"}, {"kind": "y"}, False),
        ({"kind": "x"}, {}, False),
        ({"kind": ["x", "y"]}, {"kind": "y"}, True),
        ({"kind": ["x", "y"]}, {"kind": "z"}, False),
        ({"kinds": "x"}, {"kinds": ["y", "x"]}, True),
        ({"kinds": "x"}, {"kinds": ["y"]}, False),
        ({"kinds": ["x", "y"]}, {"kinds": ["z", "y"]}, True),
        ({"kinds": ["x", "y"]}, {"kinds": ["z"]}, False),
        ({"n": 3}, {"n": 3.0}, True),
        ({"kind": "x", "n": 3}, {"kind": "x", "n": 4}, False),
    ],
)
def test_when_a_rule_holds(when: dict[str, Any], values: dict[str, Any], holds: bool) -> None:
    found = problems(rule_schema(when), span("s1", 0, 12, **values))
    assert [problem.code for problem in found] == ["rule"] * holds


def test_problems_come_in_the_order_of_the_text() -> None:
    spans = [span("s9", 0, 13), span("s1", 17, 24), span("s2", 3, 12, "weather")]
    found = problems(FREE, *spans, attributes={"mood": "grim"})
    assert [(problem.span, problem.code) for problem in found] == [
        ("", "attribute-unknown"), ("s9", "span-blank-edge"), ("s2", "label-unknown"), ("s2", "span-blank-edge"),
        ("s1", "span-blank-edge"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "offset", "cuts"),
    [("ab", 1, True), ("a1", 1, True), ("éß", 1, True), ("дом", 1, True), ("a-b", 1, False), ("a b", 1, False),
     ("难民", 1, False), ("الب", 1, False), ("שלום", 2, False), ("aا", 1, False), ("a\u0301b", 2, False)],
)  # fmt: skip
def test_words_are_cut_only_where_blanks_part_them(text: str, offset: int, cuts: bool) -> None:
    found = problems(FREE, span("s1", 0, offset), text=text)
    assert [problem.code for problem in found] == ["span-cuts-word"] * cuts


@given(layers(length=90))
def test_checks_never_raise_and_name_what_they_are_about(layer: Layer) -> None:
    for known in (FREE, TIGHT):
        found = check_layer(layer, text=TEXT, schema=known, key="k1")
        ids = {each.id: each.start for each in layer.spans} | {"": 0}
        assert all(ids[problem.span] == problem.start for problem in found)
