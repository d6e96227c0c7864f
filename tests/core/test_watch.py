"""Problems kept up to date against problems found from nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import batches, layers
from support import TEXT, schema

from annotator.core.checks import check_layer
from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, apply
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.core.text import Article, digest_of
from annotator.core.watch import ProblemWatch

ARTICLE = Article(1, "k1", "", TEXT, digest_of(TEXT))
SCHEMAS = [schema(restricted=r, whole_links=w) for r in (False, True) for w in (False, True)]
IDS = [f"s{number}" for number in range(1, 7)]
EXTENTS = [(0, 12), (0, 12), (4, 12), (0, 3), (4, 24), (18, 24), (0, 95), (3, 4), (1, 11)]

ids = st.sampled_from(IDS)
values = st.fixed_dictionaries(
    {},
    optional={"by": ids, "links": st.lists(ids, max_size=3), "count": st.just({"min": 1}), "armed": st.just(True),
              "name": st.just("x")},
)  # fmt: skip


def linked(id: str) -> st.SearchStrategy[Span]:
    """Return spans of few extents, many links, and labels that restrict each other, one of them unknown."""
    labels = st.sampled_from(["actor", "location", "casualty", "casualty", "displacement", "weather"])
    return st.builds(lambda at, label, more: Span(id, *at, label, more), st.sampled_from(EXTENTS), labels, values)


@st.composite
def linked_batches(draw: st.DrawFn, layer: Layer) -> list[Edit]:
    """Return edits that fit a layer: spans come, go, change and come again under the ids that others link to."""
    batch: list[Edit] = []
    for _ in range(draw(st.integers(1, 4))):
        id = draw(st.sampled_from([*IDS, ""]))
        there = layer.by_id(id)
        edit: Edit
        if not id:
            edit = SetAttribute("about", draw(st.one_of(ids, st.none())))
        elif there is None:
            edit = Add(draw(linked(id)))
        elif draw(st.booleans()):
            edit = Remove(there.ref)
        else:
            edit = Change(there.ref, draw(linked(id)))
        layer, _ = apply(layer, [edit])
        batch.append(edit)
    return batch


def follow(known: Schema, layer: Layer, draw: Any, strategy: Any, steps: int) -> None:
    """Compare after every batch and after taking it back."""
    index = SpanIndex(layer.spans)
    watch = ProblemWatch(ARTICLE, layer, known, index)

    def compare(layer: Layer) -> None:
        expected = check_layer(layer, text=TEXT, schema=known, key="k1")
        assert watch.problems == expected
        assert watch.errors == any(problem.severity == "error" for problem in expected)
        assert tuple(index) == layer.spans
        links = {id for span in layer.spans if span.label == "casualty" for id in linked_ids(span)}
        assert {id for id in IDS if watch.linked(id)} == links & {*IDS}

    compare(layer)
    for _ in range(steps):
        batch = draw(strategy(layer=layer))
        after, inverse = apply(layer, batch)
        watch.update(batch, after)
        compare(after)
        if draw(st.booleans()):
            watch.update(inverse, layer)
            compare(layer)
        else:
            layer = after


def linked_ids(span: Span) -> list[str]:
    found = []
    for name in ("by", "links"):
        value = span.attributes.get(name, [])
        found += (
            [value]
            if isinstance(value, str)
            else [item for item in value if isinstance(item, str)]
            if isinstance(value, list)
            else []
        )
    return found


@settings(max_examples=60, deadline=None)
@given(data=st.data(), known=st.sampled_from(SCHEMAS))
def test_links_and_neighbours_are_followed(data: st.DataObject, known: Schema) -> None:
    follow(known, Layer(1, "ana", known.ref), data.draw, linked_batches, 6)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), layer=layers(length=95), known=st.sampled_from(SCHEMAS))
def test_any_edits_are_followed(data: st.DataObject, layer: Layer, known: Schema) -> None:
    follow(known, layer, data.draw, lambda layer: batches(layer=layer, length=99, max_size=4), 3)


class Counting(ProblemWatch):
    """Counts the spans that are checked."""

    checked = 0

    def _check(self, spans: Any) -> None:
        some = [*spans]
        self.checked += len(some)
        super()._check(some)


@pytest.mark.parametrize("known", SCHEMAS[:3:2], ids=["free", "restricted"])
def test_only_what_an_edit_touches_is_checked_again(known: Schema) -> None:
    text = "word " * 2000
    spans = tuple(Span(f"s{n}", 5 * n, 5 * n + 4, "actor") for n in range(2000))
    layer = Layer(1, "ana", known.ref, spans=spans)
    watch = Counting(Article(1, "k1", "", text, ""), layer, known, SpanIndex(spans))
    assert watch.checked == 0, "a long layer opens before it is checked"
    assert watch.problems == []
    assert watch.checked == 2000
    edit = Change(spans[7].ref, Span("s7", 35, 39, "location"))
    watch.update([edit], apply(layer, [edit])[0])
    assert watch.problems == []
    assert watch.checked == 2001
