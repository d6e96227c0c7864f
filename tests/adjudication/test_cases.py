"""Layers to cases: every span in exactly one, whatever the order; the kinds; digests."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import spans
from support import schema

from annotator.adjudication.cases import Case, cases_of, member_name
from annotator.core.spans import Span

SCHEMA = schema()


def layers_of(length: int = 40) -> st.SearchStrategy[dict[str, list[Span]]]:
    """Return layers of two to four annotators over a short text, so that much overlaps."""
    own = st.lists(spans(length=length), max_size=6, unique_by=lambda span: span.id)
    return st.dictionaries(st.sampled_from(["ana", "bilal", "chen", "dora"]), own, min_size=2)


@given(layers_of())
@settings(max_examples=12)
def test_every_span_is_in_exactly_one_case(layers: dict[str, list[Span]]) -> None:
    cases = cases_of(layers, SCHEMA)
    members = [name for case in cases for name in case.members]
    assert sorted(members) == sorted(member_name(who, span.id) for who, own in layers.items() for span in own)
    assert len({case.digest for case in cases}) == len(cases)
    assert [case.start for case in cases] == sorted(case.start for case in cases)
    for case in cases:
        assert [reading.annotator for reading in case.readings] == sorted(layers)
        inside = [span for reading in case.readings for span in reading.spans]
        assert (case.start, case.end) == (min(s.start for s in inside), max(s.end for s in inside))


@given(layers_of(), st.randoms(use_true_random=False))
@settings(max_examples=12)
def test_the_order_of_annotators_and_spans_is_irrelevant(layers: dict[str, list[Span]], rng: random.Random) -> None:
    shuffled = {name: rng.sample(own, len(own)) for name, own in rng.sample(list(layers.items()), len(layers))}
    assert cases_of(shuffled, SCHEMA) == cases_of(layers, SCHEMA)


@given(layers_of())
@settings(max_examples=12)
def test_equal_layers_agree_on_everything(layers: dict[str, list[Span]]) -> None:
    own = next(iter(layers.values()))
    cases = cases_of(dict.fromkeys(layers, own), SCHEMA)
    assert {case.kind for case in cases} <= {"agree"}


def one(*own: list[Span]) -> list[Case]:
    return list(cases_of(dict(zip(("ana", "bilal", "chen"), own, strict=False)), SCHEMA))


def span(start: int, end: int, label: str = "actor", id: str = "s1", **attributes: object) -> Span:
    return Span(id, start, end, label, attributes)


@pytest.mark.parametrize(
    ("layers", "kinds"),
    [
        pytest.param([[span(0, 5)], [span(0, 5, id="s9")]], ["agree"], id="agree"),
        pytest.param([[span(0, 5)], [span(2, 9)]], ["boundary"], id="boundary"),
        pytest.param([[span(0, 5)], [span(0, 5, "location")]], ["label"], id="label"),
        pytest.param([[span(0, 5)], [span(0, 4, "location")]], ["label"], id="label and edges"),
        pytest.param([[span(0, 5, type="army")], [span(0, 5, type="rebels")]], ["attribute"], id="attribute"),
        pytest.param([[span(0, 5)], []], ["missing"], id="missing"),
        pytest.param([[span(0, 5)], [span(5, 9)]], ["missing", "missing"], id="touching"),
        pytest.param([[span(0, 20)], [span(15, 18, "location")]], ["missing", "missing"], id="another thing inside"),
        pytest.param([[span(0, 20)], [span(0, 8), span(10, 20, id="s2")]], ["split"], id="split"),
        pytest.param([[span(0, 20), span(3, 8, id="s2")], [span(3, 8)]], ["missing", "agree"], id="nested"),
        pytest.param([[span(0, 5), span(0, 5, id="s2")], [span(0, 5)]], ["agree", "missing"], id="twice"),
        pytest.param([[span(0, 5)], [span(0, 5)], []], ["missing"], id="one of three"),
        pytest.param([[span(0, 5)], [span(0, 6)], []], ["boundary"], id="boundary of three"),
        pytest.param([[span(0, 5)], [span(0, 5)], [span(0, 5, "location")]], ["label"], id="label of three"),
        pytest.param([[], []], [], id="nothing"),
    ],
)
def test_the_kind(layers: list[list[Span]], kinds: list[str]) -> None:
    assert [case.kind for case in one(*layers)] == kinds


def test_links_agree_if_they_point_to_the_same_matter() -> None:
    ana = [span(0, 5, id="s1"), span(10, 15, "casualty", id="s2", by="s1")]
    bilal = [span(0, 6, id="s7"), span(10, 15, "casualty", id="s8", by="s7")]
    chen = [span(0, 5, id="s1"), span(30, 35, id="s2"), span(10, 15, "casualty", id="s3", by="s2")]
    assert [case.kind for case in one(ana, bilal)] == ["boundary", "agree"]
    assert [case.kind for case in one(ana, chen)] == ["agree", "attribute", "missing"]


def test_a_digest_changes_with_its_own_readings_only() -> None:
    before = one([span(0, 5), span(10, 15, id="s2")], [span(0, 4), span(10, 15, id="s2")])
    moved = one([span(0, 5), span(10, 16, id="s2")], [span(0, 4), span(10, 15, id="s2")])
    renamed = one([span(0, 5, id="x"), span(10, 15, id="y")], [span(0, 4), span(10, 15, id="s2")])
    assert moved[0].digest == before[0].digest
    assert moved[1].digest != before[1].digest
    assert [case.digest for case in renamed] == [case.digest for case in before]


def test_no_two_spans_have_one_name() -> None:
    pairs = [("a.b", "c"), ("a", "b.c"), ("a\\", ".c"), ("a", "\\.c"), ("a\\.", "c")]
    assert len({member_name(*pair) for pair in pairs}) == len(pairs)
