"""What a fix does to a reading, and the edits that do it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

import pytest
from support import schema

from annotator.core.edits import apply
from annotator.core.fixes import Fix, edits_of, reading_of
from annotator.core.layer import Layer, sorted_spans
from annotator.core.occurrences import Mark, Reading
from annotator.core.spans import Span

ACTOR, BOTH, NONE = Reading(("actor",)), Reading(("actor", "location")), Reading()
WITHIN = Reading((), (Mark(0, 20, "casualty"),))


@pytest.mark.parametrize(
    ("fix", "reading", "verdict"),
    [
        (Fix("actor"), None, "unread"),
        (Fix("actor"), NONE, "change"),
        (Fix("actor"), ACTOR, "same"),
        (Fix("location"), ACTOR, "change"),
        (Fix("location"), BOTH, "same"),
        (Fix("casualty"), BOTH, "several"),
        (Fix("casualty", only="actor"), BOTH, "change"),
        (Fix("location", only="actor"), BOTH, "change"),
        (Fix("location", only="casualty"), ACTOR, "other"),
        (Fix("location", unmarked=True), ACTOR, "other"),
        (Fix("location", unmarked=True), WITHIN, "other"),
        (Fix("location"), WITHIN, "across"),
        (Fix("location", overlapping=True), WITHIN, "change"),
        (Fix(None), ACTOR, "change"),
        (Fix(None), NONE, "same"),
        (Fix(None), WITHIN, "same"),
        (Fix(None, only="location"), ACTOR, "other"),
    ],
    ids=str,
)
def test_verdicts(fix: Fix, reading: Reading | None, verdict: str) -> None:
    assert fix.verdict(reading) == verdict


def fixed(fix: Fix, spans: Sequence[Span], *extents: tuple[int, int], **more: object) -> Layer:
    """Return a layer after a fix of some extents; undoing it must give the layer back."""
    layer = Layer(1, "ana", "test@1", spans=sorted_spans(spans), **more)  # type: ignore[arg-type]
    ids = count(100)

    def linkers(id: str) -> Iterable[Span]:
        return [s for s in layer.spans if id in s.attributes.get("links", ()) or s.attributes.get("by") == id]

    places = [(at, [s for s in layer.spans if (s.start, s.end) == at]) for at in extents]
    edits = edits_of(fix, places, head=layer, schema=schema(), new_id=lambda: f"s{next(ids)}", linkers=linkers)
    after, inverse = apply(layer, edits)
    assert apply(after, inverse)[0] == layer
    return after


def test_a_new_label_keeps_the_attributes_that_it_knows() -> None:
    army = Span("s1", 0, 4, "actor", {"type": "army"}, "a note", "patterns")
    after = fixed(Fix("location"), [army], (0, 4), (9, 12))
    assert after.spans == (Span("s1", 0, 4, "location", {}, "a note", "patterns"), Span("s100", 9, 12, "location"))


def test_one_of_two_labels_gives_way() -> None:
    both = [Span("s1", 0, 4, "actor"), Span("s2", 0, 4, "location")]
    assert fixed(Fix("location", only="actor"), both, (0, 4)).spans == (both[1],)
    assert [s.label for s in fixed(Fix("casualty", only="actor"), both, (0, 4)).spans] == ["casualty", "location"]


def test_links_to_what_goes_go_too() -> None:
    spans = [
        Span("s1", 0, 4, "actor"),
        Span("s2", 9, 13, "actor"),
        Span("s3", 20, 29, "casualty", {"links": ["s1", "s2", "s4"]}),
        Span("s4", 30, 33, "casualty", {"links": ["s1"], "by": "s2"}),
    ]
    after = fixed(Fix(None), spans, (0, 4), (9, 13), (30, 33), attributes={"about": "s1", "type": "news"})
    assert [(s.id, dict(s.attributes)) for s in after.spans] == [("s3", {})]
    assert dict(after.attributes) == {"type": "news"}


def test_a_span_may_change_its_label_and_lose_a_link_at_once() -> None:
    spans = [
        Span("s1", 0, 4, "location"),
        Span("s2", 9, 13, "actor"),
        Span("s3", 9, 13, "location"),
        Span("s4", 20, 24, "casualty", {"links": ["s2"]}),
    ]
    after = fixed(Fix("casualty", only="actor"), [*spans, Span("s5", 20, 24, "actor")], (9, 13), (20, 24))
    assert [(s.id, s.label) for s in after.spans] == [
        ("s1", "location"),
        ("s2", "casualty"),
        ("s3", "location"),
        ("s4", "casualty"),
    ]
    assert after.spans[3].attributes == {"links": ["s2"]}


def test_the_reading_of_spans() -> None:
    spans = [Span("s1", 3, 9, "actor"), Span("s2", 3, 5, "location"), Span("s3", 3, 5, "actor")]
    assert reading_of(spans, (3, 5)) == Reading(("actor", "location"), (Mark(3, 9, "actor"),))
