"""Choices to edits: taking one reader's side everywhere gives exactly that layer; re-runs keep what still holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import spans
from support import schema

from annotator.adjudication.cases import cases_of
from annotator.adjudication.decision import decisions
from annotator.adjudication.example import example
from annotator.adjudication.ledger import Ledger, Settled
from annotator.adjudication.settling import Settler
from annotator.adjudication.strategy import Strategy, strategy
from annotator.core.attributes import targets
from annotator.core.edits import Edit, apply, touched
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.schema import Link
from annotator.core.spans import Span
from annotator.errors import InputError

SCHEMA = schema()


class Table:
    """A gold layer, the cases of some layers, and a person who settles them."""

    def __init__(self, layers: dict[str, list[Span]], gold: Layer | None = None) -> None:
        self.gold = gold or Layer(1, "gold", "test@1")
        self.index = SpanIndex(self.gold.spans)
        self.open(layers)

    def open(self, layers: dict[str, list[Span]]) -> None:
        self.ledger = Ledger(cases_of(layers, SCHEMA), Settled(self.index, self.gold.attributes))
        self.settler = Settler(self.ledger, SCHEMA, "lead", self.linkers)

    def linkers(self, id: str) -> list[Span]:
        return [span for span in self.gold.spans if id in links(span)]

    def do(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        batch = tuple(edits)
        self.gold, inverse = apply(self.gold, batch)
        put, taken = touched(batch)
        for ref in taken:
            self.index.remove(ref)
        for span in put:
            self.index.add(span)
        self.ledger.gold = Settled(self.index, self.gold.attributes)
        self.ledger.changed([*put, *taken])
        fresh = Ledger(self.ledger.cases, self.ledger.gold)
        assert self.ledger.open == fresh.open  # what is kept up to date is what one would find anew
        return inverse


def links(span: Span) -> list[str]:
    known = SCHEMA.labels[span.label].attributes
    return [id for name, value in span.attributes.items() if isinstance(known.get(name), Link) for id in targets(value)]


def bare(own: Iterable[Span]) -> list[tuple[int, int, str, str]]:
    """Return what is left of spans without ids, links and sources."""
    known = {name: label.attributes for name, label in SCHEMA.labels.items()}
    return sorted(
        (
            s.start,
            s.end,
            s.label,
            repr(sorted((k, v) for k, v in s.attributes.items() if not isinstance(known[s.label].get(k), Link))),
        )
        for s in own
    )


def layer(length: int = 40) -> st.SearchStrategy[list[Span]]:
    own = st.lists(spans(length=length), max_size=6, unique_by=lambda span: span.id)
    return own.filter(lambda own: len({tuple(item) for item in bare(own)}) == len(own))


@given(layer(), layer(), layer())
@settings(max_examples=12)
def test_taking_one_side_everywhere_gives_exactly_that_layer(ana: list[Span], ben: list[Span], cy: list[Span]) -> None:
    table = Table({"ana": ana, "ben": ben, "cy": cy})
    inverse = table.do(table.settler.take_all("ana", range(len(table.ledger.cases))))
    assert bare(table.gold.spans) == bare(ana)
    assert not table.ledger.open
    back, _ = apply(table.gold, inverse)
    assert (back.spans, back.attributes) == ((), {})
    table.do(table.settler.take_all("ben", range(len(table.ledger.cases))))  # changing one's mind leaves nothing behind
    assert bare(table.gold.spans) == bare(ben)


@given(layer(), layer(), st.data())
@settings(max_examples=12)
def test_one_by_one_in_any_order_comes_to_the_same(ana: list[Span], ben: list[Span], data: st.DataObject) -> None:
    table = Table({"ana": ana, "ben": ben})
    for number in data.draw(st.permutations(range(len(table.ledger.cases)))):
        reading = table.ledger.cases[number].reading("ben")
        assert reading is not None
        table.do(table.settler.settle(number, ("ben",) if reading.spans else ()))
        assert bare(table.ledger.spans(number)) == bare(reading.spans)
    assert bare(table.gold.spans) == bare(ben)
    ids = {span.id for span in table.gold.spans}
    assert all(id in ids for span in table.gold.spans for id in links(span) if id.startswith(("ana.", "ben.")))


def span(start: int, end: int, label: str = "actor", id: str = "s1", **attributes: Any) -> Span:
    return Span(id, start, end, label, attributes)


ANA = [span(0, 5), span(10, 15, id="s2"), span(20, 25, id="s3"), span(30, 35, id="s4")]
BEN = [span(0, 5), span(10, 16, id="s2"), span(20, 25, "location", id="s3")]


def settled() -> Table:
    """Return a table on which everything was settled: all agree, Ana, Ben, neither."""
    table = Table({"ana": ANA, "ben": BEN})
    edits, done = table.settler.merge(Strategy("all"), range(4))
    assert done == [0]
    table.do(edits)
    table.do(table.settler.settle(1, ("ana",)))
    table.do(table.settler.settle(2, ("ben",), why="a place"))
    table.do(table.settler.settle(3, ()))
    return table


def test_who_and_why_are_on_the_gold_layer() -> None:
    table = settled()
    assert [(s.start, s.end, s.label, s.source) for s in table.gold.spans] == [
        (0, 5, "actor", "settled: all agree"),
        (10, 15, "actor", "settled: ana"),
        (20, 25, "location", "settled: ben"),
    ]
    made = [table.ledger.decision(number) for number in range(4)]
    assert made[0] is None
    assert [(one.take, one.by, one.why) for one in made[1:] if one] == [
        (("ana",), "lead", ""),
        (("ben",), "lead", "a place"),
        ((), "lead", ""),
    ]


@pytest.mark.parametrize(
    ("change", "reopened"),
    [
        pytest.param(lambda ana, ben: (ana, ben), [], id="nothing"),
        pytest.param(lambda ana, ben: ([ana[0], span(10, 14, id="s2"), *ana[2:]], ben), [1], id="an edge"),
        pytest.param(lambda ana, ben: ([span(0, 6), *ana[1:]], ben), [0], id="they agreed"),
        pytest.param(
            lambda ana, ben: (ana, [*ben, span(30, 35, id="s9")]), [], id="they agree now, on what was refused"
        ),
        pytest.param(lambda ana, ben: (ana, [*ben, span(40, 45, id="s9")]), [4], id="something new"),
        pytest.param(lambda ana, ben: (ana[:3], ben), [], id="what was refused is gone"),
        pytest.param(lambda ana, ben: (ana, ben[:2]), [2], id="what was taken is gone"),
    ],
)
def test_a_changed_layer_reopens_only_its_own_cases(
    change: Callable[[list[Span], list[Span]], tuple[list[Span], list[Span]]], reopened: list[int]
) -> None:
    before = settled()
    ana, ben = change(ANA, BEN)
    again = Table({"ana": ana, "ben": ben}, before.gold)
    refused_now_agreed = ben[-1:] == [span(30, 35, id="s9")]
    assert sorted(again.ledger.open) == ([3] if refused_now_agreed else reopened)
    for number in sorted(again.ledger.open):
        again.do(again.settler.settle(number, ("ben",)))
    assert not again.ledger.open
    wanted = {1: span(10, 15), 2: span(20, 25, "location")}
    for number, kept in wanted.items():
        if number not in reopened:
            assert bare(again.ledger.spans(number)) == bare([kept])
    for number in reopened:
        reading = again.ledger.cases[number].reading("ben")
        assert reading is not None
        assert bare(again.ledger.spans(number)) == bare(reading.spans)
    live = {case.digest for case in again.ledger.cases}
    lost = {one.digest for one in again.ledger.lost}
    assert set(decisions(again.gold.attributes)) <= live | lost


def test_keeping_what_gold_has_settles_a_case_and_a_note_alone_does_not() -> None:
    before = settled()
    again = Table({"ana": [ANA[0], span(10, 14, id="s2"), *ANA[2:]], "ben": BEN}, before.gold)
    again.do(again.settler.note(1, "ask Ben"))
    assert again.ledger.open == {1}
    again.do(again.settler.keep(1))
    decision = again.ledger.decision(1)
    assert decision is not None and decision.why == "ask Ben" and decision.edited
    again.do(again.settler.keep(1))  # once more says nothing of where the spans come from
    assert again.ledger.decision(1) == decision
    assert bare(again.ledger.spans(1)) == bare([span(10, 15)])


def test_links_find_their_targets_whichever_is_settled_first() -> None:
    ana = [span(0, 5, id="s1"), span(10, 15, "casualty", id="s2", by="s1", links=["s1"])]
    ben = [span(0, 6, id="s7"), span(10, 16, "casualty", id="s8", by="s7", links=["s7"])]
    for order in ([0, 1], [1, 0]):
        table = Table({"ana": ana, "ben": ben})
        for number in order:
            table.do(table.settler.settle(number, ("ben",)))
        casualty = next(s for s in table.gold.spans if s.label == "casualty")
        actor = next(s for s in table.gold.spans if s.label == "actor")
        assert links(casualty) == [actor.id, actor.id]
        table.do(table.settler.settle(0, ()))
        assert not links(next(s for s in table.gold.spans if s.label == "casualty"))


def test_gold_spans_by_hand_stand_for_what_they_are_like() -> None:
    gold = Layer(1, "gold", "test@1", spans=(span(0, 5, id="g1"), span(10, 17, id="g2"), span(50, 55, id="g3")))
    table = Table({"ana": ANA, "ben": BEN}, gold)
    assert table.ledger.open == {1, 2, 3}
    assert [s.id for s in table.ledger.spans(1)] == ["g2"]
    table.do(table.settler.settle(1, ("ana",)))
    assert [(s.start, s.end) for s in table.gold.spans] == [(0, 5), (10, 15), (50, 55)]


THREE = {
    "ana": [span(0, 5), span(10, 15, id="s2"), span(20, 25, id="s3"), span(30, 35, id="s4")],
    "ben": [span(0, 5), span(10, 15, id="s2"), span(20, 26, id="s3")],
    "cy": [span(0, 5), span(10, 16, id="s2"), span(20, 27, id="s3")],
}


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("all", [("ana",), None, None, None]),
        ("majority", [("ana",), ("ana",), None, ()]),
        ("at-least:2", [("ana",), ("ana",), None, ()]),
        ("at-least:3", [("ana",), None, None, None]),
        ("at-least:1", [("ana",), None, None, None]),
        ("prefer:cy", [("cy",), ("cy",), ("cy",), ()]),
        ("prefer:nobody", [None, None, None, None]),
    ],
)
def test_strategies(name: str, taken: list[tuple[str, ...] | None]) -> None:
    chosen = strategy(name)
    assert str(chosen) == name
    table = Table(THREE)
    assert [chosen.choose(case) for case in table.ledger.cases] == taken
    edits, done = table.settler.merge(chosen, range(4))
    table.do(edits)
    assert table.ledger.open == {number for number, take in enumerate(taken) if take is None}
    assert done == [number for number, take in enumerate(taken) if take is not None]


@pytest.mark.parametrize(
    "name", ["", "most", "at-least", "at-least:0", "at-least:x", "prefer:", "prefer:zoe", "at-least:²"]
)
def test_no_such_strategy(name: str) -> None:
    with pytest.raises(InputError):
        strategy(name, annotators=["ana", "ben"])


def test_an_example_for_the_guideline_is_plain_markdown() -> None:
    text = "In *Taiz* the\n# army [shelled](x) a market."
    table = Table({"ana": [span(16, 20)], "ben": []})
    table.do(table.settler.settle(0, ("ana",), why="an *army*"))
    case, decision = table.ledger.cases[0], table.ledger.decision(0)
    said = example(case, text=text, key="a_1", gold=table.ledger.spans(0), decision=decision)
    assert said == (
        "### Missing: “army” (a\\_1)\n\n> In \\*Taiz\\* the \\# **army** \\[shelled\\](x) a market.\n\n"
        "- Reader 1: actor “army”\n- Reader 2: nothing\n- **Settled**: actor “army”\n\nWhy: an \\*army\\*\n\n"
    )
