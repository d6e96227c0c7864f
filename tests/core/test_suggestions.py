"""Suggestions: which proposals are shown, what follows from edits, and what accepting one adds."""

from __future__ import annotations

from support import schema

from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.spans import Span
from annotator.core.suggestions import Suggestions, mark_of

GUNMEN, TAIZ = Span("m1", 0, 6, "actor"), Span("m2", 23, 27, "location")


def layer(name: str, *spans: Span) -> Layer:
    return Layer(1, name, "test@1", spans=spans)


def shown(suggestions: Suggestions) -> list[tuple[int, int, str, str]]:
    return [(*mark_of(span), span.source) for span in suggestions.index]


def test_what_the_annotator_has_is_not_suggested_and_two_models_are_named_together() -> None:
    own = [Span("s1", 0, 6, "location"), Span("s2", 23, 27, "location")]
    both = Suggestions([layer("a", GUNMEN, TAIZ), layer("b", GUNMEN, GUNMEN)], own)
    assert shown(both) == [(0, 6, "actor", "a, b")]
    assert len(both) == 1


def test_a_suggestion_goes_and_comes_back_with_the_span() -> None:
    own = SpanIndex()
    suggestions = Suggestions([layer("a", GUNMEN, TAIZ)])
    mine = Span("s1", 0, 6, "actor")
    own.add(mine)
    suggestions.update([mine], [], own)
    assert shown(suggestions) == [(23, 27, "location", "a")]
    own.remove(mine.ref)
    other = Span("s1", 0, 6, "location")
    own.add(other)
    suggestions.update([other], [mine.ref], own)
    assert shown(suggestions) == [(0, 6, "actor", "a"), (23, 27, "location", "a")]


def test_what_was_dismissed_stays_away() -> None:
    own = SpanIndex()
    suggestions = Suggestions([layer("a", GUNMEN, TAIZ)])
    suggestions.dismiss(next(iter(suggestions.index)))
    mine = Span("s1", 0, 6, "actor")
    suggestions.update([], [mine.ref], own)
    assert shown(suggestions) == [(23, 27, "location", "a")]
    again = Suggestions([layer("a", GUNMEN, TAIZ)], dismissed=suggestions.dismissed)
    assert shown(again) == shown(suggestions)


def test_an_accepted_span_keeps_links_only_to_what_is_there() -> None:
    dead = Span("m3", 7, 17, "casualty", {"count": {"best": 2}, "by": "m1", "links": ["m2", "m1", "gone"]})
    suggestions = Suggestions([layer("a", GUNMEN, TAIZ, dead)], [])
    own = SpanIndex([Span("s9", 23, 27, "location")])
    by_label = {span.label: span for span in suggestions.index}
    (made,) = suggestions.accepted([by_label["casualty"]], ["s10"], own=own, schema=schema())
    assert made == Span("s10", 7, 17, "casualty", {"count": {"best": 2}, "links": ["s9"]}, source="a")
    first, second = suggestions.accepted(
        [by_label["casualty"], by_label["actor"]], ["s10", "s11"], own=own, schema=schema()
    )
    assert first.attributes == {"count": {"best": 2}, "by": "s11", "links": ["s9", "s11"]}
    assert (second.id, second.source) == ("s11", "a")


def test_without_models_there_is_nothing() -> None:
    nothing = Suggestions()
    nothing.update([GUNMEN], [TAIZ.ref], SpanIndex([GUNMEN]))
    assert len(nothing) == 0
