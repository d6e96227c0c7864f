"""What keys do to suggestions, and to the attributes of the span edited last, without an app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import clock, load, reading_of, record, schema
from test_keys import NEWS, Keyboard

from annotator.core.spans import Span
from annotator.project import Project

PROPOSED = (
    Span("m1", 0, 6, "actor", {"type": "rebels"}),
    Span("m2", 0, 17, "casualty", {"by": "m1"}),
    Span("m3", 23, 27, "location"),
)
OWN = Span("s1", 0, 6, "location")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(
            project,
            record("news", NEWS, layer=reading_of("net", *PROPOSED, kind="model")),
            record("news", NEWS, layer=reading_of("ana", OWN)),
        )
        yield project


@pytest.fixture
def keyboard(project: Project) -> Keyboard:
    return Keyboard(project)


@pytest.mark.parametrize(
    ("keys", "selected", "spans"),
    [
        ("tab", "Gunmen", ["location:Gunmen"]),
        ("tab y", "Gunmen", ["location:Gunmen", "actor:Gunmen"]),
        ("tab tab y", "Taiz", ["location:Gunmen", "location:Taiz"]),
        ("tab tab y u", "Taiz", ["location:Gunmen"]),
        ("tab tab y u U", "Taiz", ["location:Gunmen", "location:Taiz"]),
        ("TAB y", "Gunmen killed two", ["casualty:Gunmen killed two", "location:Gunmen"]),
        ("y", "Gunmen", ["location:Gunmen", "actor:Gunmen"]),  # the innermost that holds the cursor
        ("Y", "Gunmen", ["casualty:Gunmen killed two", "location:Gunmen", "actor:Gunmen", "location:Taiz"]),
        ("Y u", "Gunmen", ["location:Gunmen"]),
        ("right Y u", "killed", ["location:Gunmen"]),
        ("Y ctrl+end u", ".", ["location:Gunmen"]),
        ("tab tab X TAB", "Gunmen", ["location:Gunmen"]),
        ("tab tab x", "Taiz", ["location:Gunmen"]),
        ("tab x", "Gunmen", ["location:Gunmen"]),  # not the span on the same words either
        ("tab tab l", "Taiz", ["location:Gunmen", "location:Taiz"]),  # by hand: accepted too
        ("tab tab l tab tab", "Gunmen", ["location:Gunmen", "location:Taiz"]),
        ("tab tab } y", "Taiz.", ["location:Gunmen"]),  # another extent than the one suggested
        ("tab tab [ l", "near Taiz", ["location:Gunmen", "location:near Taiz"]),
    ],
)
def test_keys(keyboard: Keyboard, keys: str, selected: str, spans: list[str]) -> None:
    keyboard.press(keys)
    assert keyboard.spans == spans
    assert keyboard.selected == selected


@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("tab", ["? actor", "? location", "? casualty", "location", "? actor"]),
        ("TAB", ["? casualty", "? location", "? actor", "location", "? casualty"]),
    ],
)
def test_tab_visits_spans_and_suggestions_in_the_order_of_the_text(
    keyboard: Keyboard, key: str, order: list[str]
) -> None:
    seen = []
    for _ in order:
        keyboard.press(key)
        offered, own = keyboard.desk.offers.picked(), keyboard.desk.span_here()
        assert (offered is None) != (own is None)
        seen.append(f"? {offered.label}" if offered is not None else own.label if own else "")
    assert seen == order


def test_an_accepted_span_has_the_attributes_and_the_source(keyboard: Keyboard) -> None:
    keyboard.press("Y")
    by_label = {span.label: span for span in keyboard.session.index if span.source}
    assert by_label["actor"].attributes == {"type": "rebels"}
    assert by_label["casualty"].attributes == {"by": by_label["actor"].id}
    assert {span.source for span in by_label.values()} == {"net"}
    assert keyboard.desk.message == "accepted 3 suggestions"
    assert [len(delta.put) for delta in keyboard.deltas] == [3]


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("tab y", "accepted actor from net"),
        ("tab tab X", "dismissed location from net"),
        ("ctrl+end y", "no suggestion here"),
        ("ctrl+end X", "no suggestion here"),
        ("Y Y", "no suggestion in view"),
        ("tab x", "no span here to delete; it is only a suggestion"),
        ("t", "no span here to retag"),
    ],
)
def test_what_the_desk_says(keyboard: Keyboard, keys: str, says: str) -> None:
    if keys == "t":
        keyboard.press("tab")
        keyboard.desk.retag("actor")
    else:
        keyboard.press(keys)
    assert keyboard.desk.message == says


@pytest.mark.parametrize(
    ("more", "says", "spans"),
    [
        ([], "1 place has two labels: left", []),
        ([Span("m3", 7, 13, "casualty")], "1 accepted; 1 place has two labels: left", ["casualty:killed"]),
        (
            [Span("m3", 0, 13, "casualty"), Span("m4", 14, 17, "actor"), Span("m5", 14, 17, "location")],
            "1 accepted; 2 places have two labels: left",
            ["casualty:Gunmen killed"],
        ),
    ],
)
def test_of_two_labels_on_the_same_words_none_is_accepted_with_the_others(
    project: Project, more: list[Span], says: str, spans: list[str]
) -> None:
    both = [Span("m1", 0, 6, "actor"), Span("m2", 0, 6, "location")]
    layers = [reading_of("net", *both, *more, kind="model")]
    load(project, *(record("both", f"{NEWS} Again.", layer=layer) for layer in layers))
    keyboard = Keyboard(project, article=2).press("Y")
    assert keyboard.desk.message == says
    assert keyboard.spans == spans
    accepted = keyboard.press("ctrl+home tab y").spans  # one by one
    assert sum(words.endswith(":Gunmen") for words in accepted) == 1


def test_hidden_suggestions_are_met_by_no_key(keyboard: Keyboard) -> None:
    keyboard.desk.offers.shown = False
    keyboard.press("tab")
    assert keyboard.selected == "Gunmen"
    assert keyboard.press("y").desk.message == "suggestions are hidden"
    assert keyboard.press("Y").desk.message == "suggestions are hidden"
    assert keyboard.press("X").desk.message == "suggestions are hidden"
    assert keyboard.spans == ["location:Gunmen"]


def test_a_label_that_the_schema_does_not_have_is_not_accepted(project: Project) -> None:
    load(project, record("odd", "Ships.", layer=reading_of("net", Span("m1", 0, 5, "vessel"), kind="model")))
    keyboard = Keyboard(project, article=2).press("y")
    assert keyboard.desk.message == "the schema has no label vessel"
    assert keyboard.press("Y").desk.message == "no suggestion in view"
    assert keyboard.spans == []


def test_pointing_meets_suggestions_too(keyboard: Keyboard) -> None:
    desk = keyboard.desk
    met = []
    for number in range(3):
        desk.point_at(2, again=number > 0)
        here = desk.offers.picked() or desk.span_here()
        met.append(f"{here.label} {here.source}".strip() if here else "")
    assert sorted(met[:2]) == ["actor net", "location"]
    assert met[2] == "casualty net"


def test_attributes_of_the_span_edited_last_go_to_another(project: Project) -> None:
    count = {"best": 2}
    load(project, record("two", "Two died. Two died in Aden. Three died."))
    keyboard = Keyboard(project, article=2).press("c")
    desk = keyboard.desk
    first = desk.span_here()
    keyboard.press(",")
    assert desk.message == "no other span's attributes were edited yet"
    desk.set_attributes({"count": count, "links": ["s7"]}, span=first)
    keyboard.press("n , c ,")  # no span there yet, then one with the same words
    second = desk.span_here()
    assert second is not None and second.attributes == {"count": count, "links": ["s7"]}
    assert desk.message == "taken over: count, links"
    keyboard.press(",")
    assert desk.message == "nothing to take over from casualty “Two”"
    keyboard.press("ctrl+end left left c")
    desk.set_attributes({"by": "s9"}, span=desk.span_here())
    desk.set_attributes({"count": count, "links": ["s7"]}, span=first)
    desk.go(desk.pointer.select(33, 37))
    keyboard.press("c ,")
    third = desk.span_here()
    assert third is not None and third.attributes == {"links": ["s7"]}  # other words: not their count
    keyboard.press("u")
    assert [dict(span.attributes) for span in keyboard.session.index if span.id == third.id] == [{}]
