"""The attribute form without a screen: what keys make of each kind of attribute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from support import schema

from annotator.core.attributes import problem_with
from annotator.core.checks import Checker, Problem
from annotator.core.index import SpanIndex
from annotator.core.links import links_to, without_links
from annotator.core.quantity import read_quantity
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.schemas import load_schema
from annotator.tui.counts import count_words, read_count
from annotator.tui.entry import EditLine, Typed, before, tail, wrapped
from annotator.tui.form import Form
from annotator.tui.link_field import LayerSpans

TEXT = "The army and the rebels fought; at least 3,000 people died near Taiz, the army said."
ARMY, REBELS, DEAD, TAIZ, AGAIN = (
    Span("s1", 4, 8, "actor"),
    Span("s2", 17, 23, "actor"),
    Span("s3", 32, 53, "casualty"),
    Span("s4", 64, 68, "location"),
    Span("s5", 74, 78, "actor"),
)
SPANS = (ARMY, REBELS, DEAD, TAIZ, AGAIN)
SCHEMA = schema()
CONFLICT = load_schema("conflict-events")
PEOPLE = load_schema("persons-places")


def form_of(
    label: str, values: Mapping[str, Any], *, schema: Schema = SCHEMA, words: str = "", span: Span = DEAD
) -> Form:
    """Return the form of a span with this label and these values, among the spans of the text."""
    span = replace(span, label=label, attributes=values)
    index = SpanIndex([other for other in SPANS if other.id != span.id] + [span])
    checker = Checker(TEXT, schema, index)

    def judge(made: Mapping[str, Any]) -> Sequence[Problem]:
        return checker.span(replace(span, attributes=made))

    spans = LayerSpans(index, index.get, text=TEXT, schema=schema, here=span)
    return Form(schema.labels[label].attributes, values, words=words, spans=spans, judge=judge)


def press(form: Form, keys: str) -> str:
    """Press keys (names apart by blanks, or words in quotes that are typed) and return the last outcome."""
    outcome = ""
    for key in keys.split():
        if key.startswith("'"):
            for character in key[1:].replace("_", " "):
                outcome = form.press("space" if character == " " else character, character)
        else:
            outcome = form.press(key, " " if key == "space" else key if len(key) == 1 else None)
    return outcome


def go(form: Form, name: str) -> Form:
    """Make the field of this name current."""
    form.go([field.name for field in form.fields].index(name))
    return form


CHOICE = [
    ("k", "killed"),
    ("i", "injured"),
    ("2", "injured"),
    ("right", "killed"),
    ("left", "unharmed"),
    ("right right", "injured"),
    ("k left", "unharmed"),
    ("r", "released"),
    ("'released", "released"),
    ("k i", "killed"),  # goes on with "killed"
    ("k i i", "injured"),  # does not
    ("k backspace", None),
    ("k delete", None),
    ("9", None),
    ("ctrl+x", None),
    ("л", "killed"),  # the same key in a Cyrillic layout
]


@pytest.mark.parametrize(("keys", "value"), CHOICE)
def test_a_choice_is_made_by_letter_number_or_arrow(keys: str, value: str | None) -> None:
    form = form_of("casualty", {}, schema=CONFLICT)
    press(form, keys)
    assert form.values().get("outcome") == value


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("c", "civilian"),
        ("c o", "combatant side A"),
        ("c c", "combatant side A"),
        ("c c c", "combatant side B"),
        ("c c c c", "civilian"),
        ("'combatant_side_b", "combatant side B"),
        ("space", "civilian"),
    ],
)
def test_options_that_begin_alike_are_told_apart(keys: str, value: str) -> None:
    form = go(form_of("casualty", {}, schema=CONFLICT), "victims")
    press(form, keys)
    assert form.values() == {"victims": value}


@pytest.mark.parametrize(
    ("keys", "value"), [("'adm2", "adm2"), ("2", "adm1"), ("a a a", "adm3"), ("n", "neighbourhood")]
)
def test_options_with_digits(keys: str, value: str) -> None:
    form = form_of("location", {}, schema=CONFLICT)
    press(form, keys)
    assert form.values() == {"kind": value}


@pytest.mark.parametrize(
    ("given_", "keys", "values"),
    [
        ({}, "space", {"armed": True}),
        ({}, "space space", {"armed": False}),
        ({}, "y", {"armed": True}),
        ({}, "n", {"armed": False}),
        ({"armed": True}, "delete", {}),
        ({"armed": True}, "", {"armed": True}),
        ({"armed": 1}, "", {"armed": 1}),
        ({"armed": 1}, "space", {"armed": True}),
    ],
)
def test_a_flag(given_: dict[str, Any], keys: str, values: dict[str, Any]) -> None:
    form = go(form_of("actor", given_), "armed")
    press(form, keys)
    assert form.values() == values


@pytest.mark.parametrize(
    ("given_", "keys", "ticked"),
    [
        (None, "space", ["politician"]),
        (None, "right space", ["soldier"]),
        (None, "left space", ["other"]),
        (None, "w s", ["soldier", "witness"]),
        (None, "'witness", ["witness"]),
        (None, "2 4", ["soldier", "journalist"]),
        (None, "2 2", None),
        (["witness", "soldier"], "", ["witness", "soldier"]),
        (["witness", "soldier"], "1", ["politician", "soldier", "witness"]),
        (["witness", "spy"], "1", ["politician", "witness", "spy"]),
        (["witness", "spy"], "7", ["witness"]),
        (["witness", "witness"], "", ["witness", "witness"]),
        ("witness", "", "witness"),
        ("witness", "w", ["witness"]),
        (["witness"], "backspace", None),
    ],
)
def test_several_options(given_: Any, keys: str, ticked: Any) -> None:
    values = {} if given_ is None else {"functions": given_}
    form = go(form_of("person", values, schema=PEOPLE), "functions")
    press(form, keys)
    assert form.values().get("functions") == ticked


@pytest.mark.parametrize(
    ("given_", "keys", "value"),
    [
        (None, "'Army", "Army"),
        (None, "'Army_# home 'The_", "The Army #"),
        ("Armies", "backspace backspace backspace 'y", "Army"),
        (" Army ", "", " Army "),
        ("Army", "ctrl+u", None),
        ("The Army", "ctrl+w 'Rebels", "The Rebels"),
        ("Army", "home delete 'a", "army"),  # against the pattern: kept as typed, and marked
        (7, "", 7),
    ],
)
def test_a_text(given_: Any, keys: str, value: Any) -> None:
    form = go(form_of("actor", {} if given_ is None else {"name": given_}), "name")
    press(form, keys)
    assert form.values().get("name") == value
    wrong = value is not None and problem_with(value, SCHEMA.labels["actor"].attributes["name"])
    assert bool(form.problem_of(form.current)) == bool(wrong)


@pytest.mark.parametrize(
    ("keys", "value", "wrong"),
    [
        ("'13", 13, False),
        ("'13.58", 13.58, False),
        ("'-13,58", -13.58, False),
        ("'−4", -4, False),
        ("'٤٤", 44, False),
        ("'95", 95, True),
        ("'abc", "abc", True),
        ("'nan", None, True),
        ("'1 backspace", None, False),
    ],
)
def test_a_number(keys: str, value: Any, wrong: bool) -> None:
    form = go(form_of("location", {}), "lat")
    press(form, keys)
    if keys != "'nan":
        assert form.values().get("lat") == value
    assert bool(form.problem_of(form.current)) == wrong
    assert press(form, "enter") == ("" if wrong else "keep")


COUNTS = [
    ("'12", {"best": 12}),
    ("'at_least_12", {"min": 12, "qualifier": "at least"}),
    ("'6-8", {"min": 6, "max": 8}),
    ("'dozens_of_families", {"min": 12, "term": "dozens", "unit": "family"}),
    ("'several", {"term": "several"}),
    ("'12_people", {"best": 12}),
    ("'two_hundred_and_fifty", {"best": 250}),
    ("'from_6_to_8_families", {"min": 6, "max": 8, "unit": "family"}),
    ("'no_one", {"best": 0}),
    ("'a_total_of_40", {"best": 40}),
    ("'nearly_half_a_million", {"best": 500000, "qualifier": "nearly"}),
    ("'min_6_best_7_max_8", {"min": 6, "best": 7, "max": 8}),
    ("'at_least_12_max_20_unit_person", {"min": 12, "max": 20, "qualifier": "at least", "unit": "person"}),
    ("'12_persons", {"best": 12, "unit": "person"}),
    ("'term_hordes", {"term": "hordes"}),
]


@pytest.mark.parametrize(("keys", "value"), COUNTS)
def test_a_count_reads_what_a_person_types(keys: str, value: dict[str, Any]) -> None:
    form = form_of("casualty", {})
    press(form, keys)
    assert form.values() == {"count": value}
    assert not form.problem_of(form.current)


@pytest.mark.parametrize("keys", ["'40_km", "'min", "'min_x", "'12_unit", "'min_8_max_6"])
def test_a_count_that_cannot_be_read_is_marked_and_not_kept(keys: str) -> None:
    form = form_of("casualty", {})
    press(form, keys)
    assert form.problem_of(form.current)
    assert press(form, "down #") == ""
    assert form.current.name == "count"
    assert form.complaint
    assert press(form, "escape escape") == "cancel"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("8-6", "min 8 is more than max 6"),
        ("8 - 6", "min 8 is more than max 6"),
        ("8 – 6 families", "min 8 is more than max 6"),
        ("between 8 and 6", "min 8 is more than max 6"),
        ("-5 foo bar", "“- foo bar” is not understood"),
        ("12 13", "“13” is not understood"),
        ("min 6 max 8 foo", "“foo” is not understood"),
        ("abc", "“abc” is no count: try 12, 6-8, at least 30, dozens, or term abc"),
        ("12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12 12", "has more than 24 words"),
    ],
)
def test_no_word_of_a_typed_count_is_dropped_without_a_word(words: str, wrong: str) -> None:
    form = form_of("casualty", {})
    form.paste(words)
    assert wrong in form.problem_of(form.current)
    assert press(form, "enter") == ""
    assert form.complaint


def test_a_term_that_no_rule_knows_can_be_edited_as_it_is_shown() -> None:
    form = form_of("casualty", {"count": {"term": "crowds"}})
    press(form, "'x backspace")
    assert form.values() == {"count": {"term": "crowds"}}
    assert not form.problem_of(form.current)


def test_a_count_is_suggested_by_the_words() -> None:
    form = form_of("casualty", {}, words="at least 3,000 people")
    assert form.values() == {"count": {"min": 3000, "qualifier": "at least"}}
    assert press(form, "enter") == "keep"
    press(form, "delete")
    assert form.values() == {}
    assert press(form_of("casualty", {"count": {"best": 2}}, words="three people"), "enter") == "keep"


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("", {"min": 3000, "qualifier": "at least"}),
        ("'12", {"best": 12}),
        ("left right", {"min": 3000, "qualifier": "at least"}),
        ("left backspace", {"min": 300, "qualifier": "at least"}),
        ("backspace", None),
        ("ctrl+u", None),
    ],
)
def test_a_suggested_count_is_replaced_taken_over_or_deleted(keys: str, value: Any) -> None:
    form = form_of("casualty", {}, words="at least 3,000 people")
    press(form, keys)
    assert form.values().get("count") == value


def test_no_count_is_suggested_over_one_that_is_set_or_in_a_unit_that_is_not_counted() -> None:
    assert form_of("casualty", {"count": {"best": 2}}, words="three people").values() == {"count": {"best": 2}}
    assert form_of("casualty", {}, words="three households").values() == {}


@pytest.mark.parametrize(
    "words",
    ["at least 3,000 people", "more than thirty", "6-8", "a dozen", "dozens of families", "tens of thousands", "up to 40",
     "fewer than 12 households", "nearly half a million", "several hundred", "no one", "between 5 and 7 families", "several"],
)  # fmt: skip
def test_a_count_can_be_edited_as_words_that_read_the_same(words: str) -> None:
    value = read_quantity(words)
    assert value is not None
    assert read_count(count_words(value)) == value


@given(
    st.dictionaries(st.sampled_from(["min", "best", "max"]), st.integers(0, 2**53 - 1), min_size=1),
    st.sampled_from([None, "person", "family"]),
)
def test_every_count_has_words_that_read_the_same(numbers: dict[str, int], unit: str | None) -> None:
    value = numbers if unit is None else {**numbers, "unit": unit}
    assert read_count(count_words(value, units=["person", "family"]), units=["person", "family"]) == value


LINKS = [
    ("enter enter", "s2"),  # the closest
    ("enter down enter", "s5"),
    ("r enter", "s2"),
    ("'army enter", "s5"),  # the closer of the two
    ("'army down enter", "s1"),
    ("enter escape", None),
    ("enter space escape", None),
    ("'nobody enter", None),
    ("r enter backspace", None),
    ("r enter delete", None),
    ("r enter 'army enter", "s5"),
]


@pytest.mark.parametrize(("keys", "value"), LINKS)
def test_a_link_is_picked_from_the_closest(keys: str, value: str | None) -> None:
    form = go(form_of("casualty", {}), "by")
    press(form, keys)
    assert form.values().get("by") == value
    assert form.picking is None


@pytest.mark.parametrize(
    ("given_", "keys", "value"),
    [
        (None, "enter enter", ["s2"]),
        (None, "enter space down space enter", ["s2", "s5"]),
        (["s2"], "'army enter", ["s2", "s5"]),
        (["s2", "s5"], "enter space enter", ["s5"]),
        (["s2"], "enter enter", ["s2"]),
        (["s2", "s5"], "backspace", ["s2"]),
        (["s2", "s5"], "delete", None),
        (["gone"], "", ["gone"]),
    ],
)
def test_several_links(given_: Any, keys: str, value: Any) -> None:
    values = {} if given_ is None else {"perpetrator": given_}
    form = go(form_of("casualty", values, schema=CONFLICT), "perpetrator")
    press(form, keys)
    assert form.values().get("perpetrator") == value
    assert ("gone" in form.problem_of(form.current)) == (value == ["gone"])


def test_keys_between_the_fields_and_out() -> None:
    form = form_of("casualty", {}, schema=CONFLICT)
    names = [field.name for field in form.fields]
    for keys, name in (
        ("down", names[1]),
        ("tab", names[2]),
        ("up", names[1]),
        ("up up", names[-1]),
        ("tab", names[0]),
    ):
        press(form, keys)
        assert form.current.name == name
    assert press(form, "pagedown") == ""
    assert form.current.name == names[-1]
    assert press(form, "#") == "keep"  # Enter lists spans here
    assert press(form, "pageup enter") == "keep"
    assert press(form, "escape escape") == "cancel"


def test_what_the_schema_does_not_know_is_kept_until_it_is_deleted() -> None:
    form = form_of("location", {"colour": "red", "lat": 3})
    assert form.values() == {"colour": "red", "lat": 3}
    assert form.problem_of(form.fields[1]) == "is not in the schema"
    press(form, "down delete")
    assert form.values() == {"lat": 3}
    assert not form.problem_of(form.fields[1])
    press(form, "delete")
    assert form.values() == {"colour": "red", "lat": 3}


def test_the_rules_of_the_schema_are_said_at_the_field() -> None:
    form = form_of("casualty", {"perpetrator": ["s1"]}, schema=CONFLICT)
    press(form, "u")
    at = {field.name: form.problem_of(field) for field in form.fields}
    assert "unharmed have no perpetrator" in at["perpetrator"]
    assert not at["outcome"]
    assert press(form, "enter") == "keep"  # a rule never keeps an edit from being saved


def test_what_is_required_is_said_at_once() -> None:
    form = form_of("displacement", {})
    assert form.problem_of(form.current) == "is required"
    press(form, "'12")
    assert not form.problem_of(form.current)


def test_pasting_goes_into_lines_only() -> None:
    form = form_of("actor", {})
    form.paste("army")
    assert form.values() == {}
    go(form, "name").paste("The\nArmy\x1b")
    assert form.values() == {"name": "The Army"}


KEYS = st.one_of(
    st.sampled_from(
        ["tab", "shift+tab", "up", "down", "left", "right", "home", "end", "delete", "backspace", "space", "enter",
         "escape", "pageup", "pagedown", "ctrl+u", "ctrl+w", "#", "f5"]
    ),
    st.characters(exclude_categories=["Cc"]),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["army", "s1", "Army", "gone", "\u202e"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["min", "max", "x"]), inner, max_size=2)
    ),
)
CASES = [(schema_, label) for schema_ in (SCHEMA, CONFLICT, PEOPLE) for label in schema_.labels]


@pytest.mark.parametrize("width", range(20, 60, 3))
def test_the_list_of_targets_fits_any_width(width: int) -> None:
    form = form_of("casualty", {}, words=TEXT[32:53])
    for key in ("tab", "enter"):
        form.press(key, None)
    rows = form.rows(width, 5)
    assert len(rows) > 2
    assert all(cell_len("".join(text for text, _ in parts)) <= width for parts, _ in rows)


@given(st.sampled_from(CASES), st.data(), st.lists(KEYS, max_size=30), st.integers(20, 130))
def test_whatever_is_pressed_every_value_fits_or_is_marked(
    case: tuple[Schema, str], data: st.DataObject, keys: list[str], width: int
) -> None:
    schema_, label = case
    known = schema_.labels[label].attributes
    values = data.draw(st.dictionaries(st.sampled_from([*known, "other"]), JSON, max_size=3))
    form = form_of(label, values, schema=schema_, words=TEXT[32:53])
    for key in keys:
        form.press(key, " " if key == "space" else key if len(key) == 1 else None)
        rows = form.rows(width, 5)
        assert len(rows) <= 5
        assert any(number == form.at for _, number in rows)
        assert all(cell_len("".join(text for text, _ in parts)) <= width for parts, _ in rows)
    made = form.values()
    for field in form.fields:
        if not field.touched and not getattr(field, "suggested", False):
            assert (field.name in made) == (field.name in values)
            assert made.get(field.name) == values.get(field.name)
        if field.name in made and (field.name not in known or problem_with(made[field.name], known[field.name])):
            assert form.problem_of(field)
    kept = press(form, "escape escape pageup #") if form.picking else press(form, "pageup #")
    touched = [f for f in form.fields if f.touched and f.problem]
    if touched:
        assert kept != "keep"


@given(st.text(max_size=20), st.lists(KEYS, max_size=20), st.integers(2, 20))
def test_a_line_keeps_its_cursor_within_and_its_picture_narrow(text: str, keys: list[str], width: int) -> None:
    line = EditLine(text)
    for key in keys:
        line.press(key, key if len(key) == 1 else None)
        assert 0 <= line.cursor <= len(line.text)
        assert sum(cell_len(part) for part, _ in line.parts(width)) <= max(width, 2)


def test_a_line_moves_by_grapheme() -> None:
    line = EditLine("a👩🏽‍🚀é")
    stops = []
    for _ in range(4):
        stops.append(line.cursor)
        line.press("left", None)
    assert stops == [len("a👩🏽‍🚀é"), len("a👩🏽‍🚀"), 1, 0]


def test_letters_go_round_the_options_that_begin_with_them() -> None:
    typed = Typed(["ab", "ac", "b"])
    at = None
    found = []
    for letter in "aaabx":
        at = typed.find(letter, at)
        found.append(at)
    assert found == [0, 1, 0, 0, None]


def test_links_are_taken_out_of_values() -> None:
    known = SCHEMA.labels["casualty"].attributes
    values = {"by": "s1", "links": ["s1", "s2"], "count": {"best": 1}, "other": "s1"}
    assert links_to(values, known, "s1") == ["by", "links"]
    assert without_links(values, known, "s1") == {"links": ["s2"], "count": {"best": 1}, "other": "s1"}
    assert without_links({"links": ["s1"]}, known, "s1") == {}
    assert without_links(values, known, "s9") == values


def test_a_click_chooses_the_option_that_is_shown_there() -> None:
    form = form_of("casualty", {}, schema=CONFLICT)
    width, height = 46, 30  # narrow, so that options wrap
    options = [("outcome", option, option) for option in ("killed", "missing", "unharmed")]
    options += [("attribution", "denied", "denied"), ("victims", "civilian", "civilian")]
    for name, option, value in options:
        rows = ["".join(text for text, _ in parts) for parts, _ in form.rows(width, height)]
        numbers = [number for _, number in form.rows(width, height)]
        field = next(number for number, field in enumerate(form.fields) if field.name == name)
        row = next(n for n, line in enumerate(rows) if numbers[n] == field and option in line)
        form.click(row, rows[row].index(option), width=width, height=height)
        assert form.current.name == name
        assert form.values()[name] == value
    before = form.values()
    form.click(row, 0, width=width, height=height)  # the name
    form.click(99, 5, width=width, height=height)
    form.click(-1, 5, width=width, height=height)
    assert form.values() == before


def test_a_click_ticks_and_takes_the_tick_away() -> None:
    form = form_of("actor", {})
    rows = [("".join(text for text, _ in parts), number) for parts, number in form.rows(60, 20)]
    row, line = next((row, line) for row, (line, _) in enumerate(rows) if "perpetrator" in line)
    for option, ticked in (
        ("target", ["target"]),
        ("perpetrator", ["perpetrator", "target"]),
        ("target", ["perpetrator"]),
    ):
        form.click(row, line.index(option), width=60, height=20)
        assert form.values()["role"] == ticked


def test_a_click_finds_the_field_in_a_form_that_was_scrolled() -> None:
    form = form_of("casualty", {}, schema=CONFLICT)
    form.go(len(form.fields) - 1)
    rows = form.rows(46, 4)
    form.click(0, 3, width=46, height=4)
    assert form.at == rows[0][1] > 0


@pytest.mark.parametrize(
    ("words", "width", "expected"),
    [
        ("the crowded market in", 14, "market in"),
        ("the crowded market in ", 9, "market in"),
        ("in", 14, "in"),
        ("", 14, ""),
        ("Donaudampfschiff", 6, "…chiff"),
        ("难民营难民营", 6, "…民营"),
        ("a", 1, "a"),
        ("ab", 1, ""),
    ],
)
def test_context_begins_with_a_whole_word(words: str, width: int, expected: str) -> None:
    assert tail(words, width) == expected


def test_what_stands_before_is_not_cut_within_a_word() -> None:
    text = "Shelling destroyed the crowded market in Taiz"
    assert before(text, text.index("Taiz"), reach=20) == "crowded market in "
    assert before(text, text.index("Taiz"), reach=14) == "market in "
    assert before(text, 9, reach=99) == "Shelling "
    assert before("x" * 50, 40, reach=5) == "xxxxx"  # nothing else is there


def test_hints_are_broken_between_two_of_them() -> None:
    said = "←→ moves · Enter keeps · Esc leaves"
    assert wrapped(said, 80) == [said]
    assert wrapped(said, 24) == ["←→ moves · Enter keeps", "Esc leaves"]
    assert wrapped(said, 11) == ["←→ moves", "Enter keeps", "Esc leaves"]
    assert wrapped(said, 6)[1] == "Enter…"
