"""Layers brought from one schema to another: what each entry of a migration does, and that nothing else goes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schema_moves import MIGRATION, NEW, OLD
from strategies import LABELS, layers

from annotator.core.edits import Change, Remove, SetAttribute, apply
from annotator.core.layer import Layer
from annotator.core.migration import NOTHING, AttributeMove, LabelMove, Migration, faults
from annotator.core.migration_models import Migration as Model
from annotator.core.moving import Mover, unused
from annotator.core.schema import Schema
from annotator.core.spans import Span


def moved(*spans: Span, migration: Migration = MIGRATION, new: Schema = NEW, **more: Any) -> Layer:
    layer = Layer(1, "ana", OLD.ref, spans=tuple(sorted(spans, key=lambda s: s.key)), **more)
    return apply(layer, Mover(migration, OLD, new).layer(layer).edits)[0]


def test_the_migration_of_these_tests_fits() -> None:
    fits = Migration(labels={k: v for k, v in MIGRATION.labels.items() if k != "actor"})
    assert faults(fits, OLD, NEW) == []


def test_labels_are_renamed_split_and_retired() -> None:
    after = moved(
        Span("s1", 0, 3, "location"),
        Span("s2", 4, 6, "actor", {"armed": True}),
        Span("s3", 7, 9, "actor", {"armed": False}),
        Span("s4", 10, 12, "displacement"),
    )
    assert [(span.id, span.label) for span in after.spans] == [("s1", "place"), ("s2", "soldier"), ("s3", "actor")]
    assert after.spans[1].attributes == {"armed": True, "role": ["perpetrator"]}


def test_labels_merge_and_keep_both_spans() -> None:
    migration = Migration(labels={"location": LabelMove(to="actor"), "casualty": LabelMove(to="actor")})
    after = moved(Span("s1", 0, 3, "location"), Span("s2", 0, 3, "casualty"), migration=migration)
    assert [span.label for span in after.spans] == ["actor", "actor"]


def test_options_are_renamed_in_the_shape_of_the_new_kind() -> None:
    after = moved(Span("s1", 0, 3, "actor", {"type": "army"}))
    assert after.spans[0].attributes == {"kinds": ["troops"]}


def test_a_value_may_become_a_part_of_the_note() -> None:
    after = moved(Span("s1", 0, 3, "actor", {"name": "The Army"}, note="see p. 2"))
    assert (after.spans[0].attributes, after.spans[0].note) == ({}, "see p. 2\nname: The Army")


def test_values_move_to_other_attributes_and_options_go() -> None:
    part = AttributeMove(move={"target": {"armed": False}}, options={"perpetrator": ""})
    migration = Migration(labels={"actor": LabelMove(attributes={"role": part})})
    both = Span("s1", 0, 3, "actor", {"role": ["target", "perpetrator"]})
    assert moved(both, migration=migration, new=OLD).spans[0].attributes == {"armed": False}
    other = Span("s1", 0, 3, "actor", {"role": ["target"], "armed": True})
    after = moved(other, migration=migration, new=OLD).spans[0]
    assert after.attributes == {"armed": True}, "what is there is not overwritten"
    assert after.note == "armed: no"


def test_two_values_of_one_new_name_are_both_kept() -> None:
    migration = Migration(labels={"actor": LabelMove(attributes={"type": AttributeMove(to="name")})})
    after = moved(Span("s1", 0, 3, "actor", {"type": "army", "name": "Xu"}), migration=migration, new=OLD)
    assert after.spans[0].attributes == {"name": "Xu", "type": "army"}
    same = moved(Span("s1", 0, 3, "actor", {"type": "army", "name": "army"}), migration=migration, new=OLD)
    assert same.spans[0].attributes == {"name": "army"}


def test_names_may_be_swapped() -> None:
    migration = Migration(labels={"actor": LabelMove(to="location"), "location": LabelMove(to="actor")})
    after = moved(Span("s1", 0, 3, "actor"), Span("s2", 4, 6, "location"), migration=migration, new=OLD)
    assert [span.label for span in after.spans] == ["location", "actor"]


def test_units_of_counts_are_options() -> None:
    part = AttributeMove(options={"family": "household", "person": ""})
    migration = Migration(labels={"casualty": LabelMove(attributes={"count": part})})
    a, b = (
        Span(f"s{n}", n, n + 1, "casualty", {"count": {"best": 3, "unit": unit}})
        for n, unit in ((1, "family"), (2, "person"))
    )
    after = moved(a, b, migration=migration, new=OLD)
    assert [span.attributes["count"] for span in after.spans] == [{"best": 3, "unit": "household"}, {"best": 3}]


def test_links_to_a_span_that_goes_go_too() -> None:
    migration = Migration(labels={"actor": LabelMove(retire="remove")})
    layer = Layer(
        1, "ana", OLD.ref, attributes={"about": "s1", "type": "news"},
        spans=(Span("s1", 0, 3, "actor"), Span("s2", 4, 6, "casualty", {"by": "s1", "links": ["s1", "s2"]})),
    )  # fmt: skip
    move = Mover(migration, OLD, OLD).layer(layer)
    after, inverse = apply(layer, move.edits)
    assert after.spans == (Span("s2", 4, 6, "casualty", {"links": ["s2"]}),)
    assert after.attributes == {"type": "news"}
    assert apply(after, inverse)[0] == layer
    assert {type(edit) for edit in move.edits} == {Remove, Change, SetAttribute}


def test_decisions_are_no_attributes_of_the_schema() -> None:
    layer = Layer(1, "gold", OLD.ref, attributes={"settled:ab": {"by": "x"}, "type": "news"})
    move = Mover(MIGRATION, OLD, NEW).layer(layer)
    assert (move.edits, move.unknown) == ([], [])


def test_what_the_new_schema_does_not_know_is_kept_and_listed() -> None:
    layer = Layer(
        1, "ana", OLD.ref, attributes={"type": "blog", "x": 1},
        spans=(Span("s1", 0, 3, "location"), Span("s2", 4, 6, "actor", {"type": "army", "armed": "yes"})),
    )  # fmt: skip
    move = Mover(NOTHING, OLD, NEW).layer(layer)
    assert move.edits == []
    assert [one.what for one in move.unknown] == [
        "label location", "attribute actor.type", "value of actor.armed", "value of article.type: blog", "attribute article.x",
    ]  # fmt: skip
    kept = Migration(
        labels={
            "location": LabelMove(retire="keep"),
            "actor": LabelMove(attributes={"type": AttributeMove(retire="keep")}),
        }
    )
    assert [one.what for one in Mover(kept, OLD, NEW).layer(layer).unknown] == [
        "value of actor.armed", "value of article.type: blog", "attribute article.x",
    ]  # fmt: skip


def test_entries_that_did_nothing_are_named() -> None:
    used = (
        Mover(MIGRATION, OLD, NEW)
        .layer(Layer(1, "a", OLD.ref, spans=(Span("s1", 0, 3, "actor", {"type": "army"}),)))
        .used
    )
    assert unused(MIGRATION, used) == [
        "labels.location", "labels.casualty", "labels.casualty.attributes.links", "labels.actor.attributes.name",
        "labels.displacement", "attributes.about",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"from": "other@1"}, "from", "the file is for other@1, not test@1"),
        ({"to": "test@9"}, "to", "the file is for test@9, not test@2"),
        ({"labels": {"location": {"to": "nowhere"}}}, "labels.location.to", "test@2 has no label 'nowhere'"),
        ({"labels": {"location": {"to": "place", "retire": "keep"}}}, "labels.location.retire", "does not become another"),
        ({"labels": {"location": {"to": "place", "set": {"x": 1}}}}, "labels.location.set.x", "there is no attribute 'x'"),
        ({"labels": {"casualty": {"to": "harm", "set": {"by": "s1"}}}}, "labels.casualty.set.by", "a link cannot be set"),
        ({"labels": {"location": {"to": "place", "set": {"lat": 99}}}}, "labels.location.set.lat", "lat 99 is more than 90"),
        ({"labels": {"actor": {"split": [{"when": {"type": "navy"}, "to": "soldier"}]}}}, "labels.actor.split.0.when", "'navy' is not one of"),
        ({"labels": {"actor": {"split": [{"when": {"x": "y"}, "to": "soldier"}]}}}, "labels.actor.split.0.when", "no attribute 'x'"),
        ({"labels": {"actor": {"split": [{"when": {"armed": True}, "to": "navy"}]}}}, "labels.actor.split.0.to", "no label 'navy'"),
        ({"labels": {"actor": {"attributes": {"type": {"to": "sort"}}}}}, "labels.actor.attributes.type.to", "no attribute 'sort'"),
        ({"labels": {"actor": {"attributes": {"type": {"to": "kinds", "options": {"army": "x"}}}}}}, "labels.actor.attributes.type.options.army", "kinds has no option 'x'"),
        ({"attributes": {"type": {"move": {"news": {"y": 1}}}}}, "attributes.type.move.news.y", "there is no attribute 'y'"),
        ({"attributes": {"about": {"retire": "note", "to": "type"}}}, "attributes.about.retire", "does not become another"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)  # fmt: skip
def test_a_migration_that_does_not_fit_is_refused_by_field(data: dict[str, Any], field: str, message: str) -> None:
    (fault,) = faults(Model.model_validate(data).value(), OLD, NEW)
    assert ".".join(map(str, fault.field)) == field
    assert message in fault.message


names = st.sampled_from(["", *NEW.labels])
attribute_moves = st.dictionaries(
    st.sampled_from(["type", "role", "count", "links", "note to self"]),
    st.builds(
        AttributeMove,
        to=st.sampled_from(["", "role", "count", "elsewhere"]),
        options=st.dictionaries(st.sampled_from(["army", "a", "true"]), st.sampled_from(["", "b", "army"]), max_size=2),
        move=st.dictionaries(st.sampled_from(["rebels", "e"]), st.just({"count": {"best": 1}}), max_size=1),
    ),
    max_size=3,
)
migrations = st.builds(
    Migration,
    labels=st.dictionaries(
        st.sampled_from(LABELS),
        st.one_of(
            st.builds(LabelMove, to=names, attributes=attribute_moves, set=st.just({"type": "x"})),
            st.builds(LabelMove, retire=st.sampled_from(["keep", "remove"])),
        ),
    ),
    attributes=attribute_moves,
)


@given(layer=layers(length=40), migration=migrations)
def test_any_move_and_its_inverse_give_the_layer_back(layer: Layer, migration: Migration) -> None:
    move = Mover(migration, OLD, NEW).layer(layer)
    after, inverse = apply(layer, move.edits)
    assert apply(after, inverse)[0] == layer
    removed = {name for name, one in migration.labels.items() if one.retire == "remove"}
    assert {span.id for span in after.spans} == {span.id for span in layer.spans if span.label not in removed}


@given(layer=layers(length=40))
def test_without_a_migration_nothing_goes_and_all_that_is_unknown_is_listed(layer: Layer) -> None:
    move = Mover(NOTHING, OLD, NEW).layer(layer)
    after, _ = apply(layer, move.edits)
    assert [(span.id, span.label, set(span.attributes)) for span in after.spans] == [
        (span.id, span.label, set(span.attributes)) for span in layer.spans
    ]
    idle = Migration(
        labels={name: LabelMove(attributes={"role": AttributeMove(options={"?": "!"})}) for name in LABELS}
    )
    assert Mover(idle, OLD, OLD).layer(layer).edits == Mover(NOTHING, OLD, OLD).layer(layer).edits
    unknown = {one.span.id for one in move.unknown if one.span is not None}
    assert {span.id for span in layer.spans if span.label not in NEW.labels} <= unknown


def test_two_labels_that_become_one_at_one_place_are_told() -> None:
    both = Migration(labels={"location": LabelMove(to="actor"), "casualty": LabelMove(to="actor")})
    spans = (
        Span("s1", 0, 3, "location"), Span("s2", 0, 3, "actor"), Span("s3", 0, 3, "casualty"),
        Span("s4", 4, 6, "location"), Span("s5", 4, 7, "actor"), Span("s6", 8, 9, "actor"), Span("s7", 8, 9, "actor"),
    )  # fmt: skip
    layer = Layer(1, "ana", OLD.ref, spans=spans)
    twice = Mover(both, OLD, NEW).layer(layer).twice
    assert [(step.after.start, step.after.end, step.after.label) for step in twice if step.after] == [(0, 3, "actor")]
    assert Mover(NOTHING, OLD, NEW).layer(layer).twice == []
