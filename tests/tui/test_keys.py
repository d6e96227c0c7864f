"""What keys do, without an app: tables of (keys, what is selected then, which spans there are then).

Keys are written as people press them: `a`, `right`, `RIGHT` (with Shift); a span as `label:words`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import clock, load, reading_of, record, schema

from annotator.core.spans import Span
from annotator.project import Project
from annotator.session import Delta
from annotator.tui.commands import key_name, label_keys
from annotator.tui.desk import Desk
from annotator.tui.keymap import keymap
from annotator.tui.layout import Layout
from annotator.tui.pointer import Direction

NEWS = "Gunmen killed two near Taiz.\nDozens of families fled to Al-Fashir on Sunday."
SHIFTED = {name.upper(): f"shift+{name}" for name in ("right", "left", "up", "down", "home", "end", "tab")}


class Keyboard:
    """A host without a screen: runs what keys stand for on a desk, and keeps what was asked of the screen."""

    def __init__(self, project: Project, *, article: int = 1) -> None:
        self.session = project.session(article, "ana")
        self.desk = Desk(self.session, Layout(self.session.article.text, 60))
        self.deltas: list[Delta] = []
        self.desk.on_delta = self.deltas.append
        self.asked: list[Any] = []
        self.labels = label_keys(project.schema)

    def press(self, keys: str) -> Keyboard:
        commands = keymap().by_key
        for key in keys.split():
            name = key_name(SHIFTED.get(key, key), key if len(key) == 1 else None, commands, self.labels)
            self.desk.message = ""
            if self.asked[-1:] == ["label"]:
                self.asked.pop()
                self.desk.retag(self.labels[name])
            elif name in commands:
                commands[name].run(self)
            else:
                self.desk.tag(self.labels[name])
        return self

    @property
    def selected(self) -> str:
        return self.desk.text[self.desk.place.start : self.desk.place.end]

    @property
    def spans(self) -> list[str]:
        return [f"{span.label}:{span.surface(self.desk.text)}" for span in self.session.index]

    def page_rows(self) -> int:
        return 5

    def next_article(self, direction: Direction) -> None:
        self.asked.append(("next", direction))

    def next_to_do(self) -> None:
        self.asked.append("to do")

    def open_note(self, *, whole: bool = False) -> None:
        self.asked.append(("note", whole))

    def open_problems(self) -> None:
        self.asked.append("problems")

    def open_help(self) -> None:
        self.asked.append("help")

    def open_palette(self) -> None:
        self.asked.append("palette")

    def ask_label(self) -> None:
        self.asked.append("label")

    def cycle_density(self) -> None:
        self.asked.append("density")

    def toggle_panel(self) -> None:
        self.asked.append("panel")

    def accept_in_view(self) -> None:
        self.desk.offers.accept_all((0, len(self.desk.text)))

    def toggle_suggestions(self) -> None:
        self.asked.append("suggestions")

    def cycle_beside(self) -> None:
        self.asked.append("beside")

    def open_list(self) -> None:
        self.asked.append("list")

    def save_again(self) -> None:
        self.asked.append("save")

    def leave(self) -> None:
        self.asked.append("leave")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "a.db", schema(), clock=clock) as project:
        load(project, record("news", NEWS))
        yield project


@pytest.fixture
def keyboard(project: Project) -> Keyboard:
    return Keyboard(project)


def with_spans(project: Project, *spans: Span, text: str = NEWS) -> Keyboard:
    """Return a keyboard on another article, one that has spans already."""
    number = project.store.count() + 1
    load(project, record(f"k{number}", text + " " * number, layer=reading_of("ana", *spans)))
    return Keyboard(project, article=number)


@pytest.mark.parametrize(
    ("keys", "selected", "spans"),
    [
        # tag, untag, nest
        ("a", "Gunmen", ["actor:Gunmen"]),
        ("a a", "Gunmen", []),
        ("1", "Gunmen", ["actor:Gunmen"]),
        ("3", "Gunmen", ["casualty:Gunmen"]),
        ("a 1", "Gunmen", []),
        ("a l", "Gunmen", ["actor:Gunmen", "location:Gunmen"]),
        ("a RIGHT RIGHT c", "Gunmen killed two", ["casualty:Gunmen killed two", "actor:Gunmen"]),
        ("n n RIGHT l", "Taiz.", ["location:Taiz."]),
        ("v right right c", "Gunmen killed two", ["casualty:Gunmen killed two"]),
        ("v right right c right", "near", ["casualty:Gunmen killed two"]),  # tagging ends extending
        ("v a right", "killed", ["actor:Gunmen"]),
        ("right v left a", "Gunmen killed", ["actor:Gunmen killed"]),
        ("v ) l", "Gunmen killed two near Taiz.\nDozens", ["location:Gunmen killed two near Taiz.\nDozens"]),
        ("v n c", "Gunmen killed two", ["casualty:Gunmen killed two"]),
        ("v ctrl+end a", NEWS, [f"actor:{NEWS}"]),
        ("v v right a", "killed", ["actor:killed"]),
        ("v right escape a", "Gunmen", ["actor:Gunmen"]),
        ("` a", "G", ["actor:G"]),
        ("` RIGHT RIGHT a", "Gun", ["actor:Gun"]),
        ("` ` a", "Gunmen", ["actor:Gunmen"]),
        ("RIGHT ` RIGHT a", "Gunmen killed", ["actor:Gunmen killed"]),  # without the blank at the end
        # repeat
        ("a right .", "killed", ["actor:Gunmen", "actor:killed"]),
        (".", "Gunmen", []),
        ("l right a right .", "two", ["location:Gunmen", "actor:killed", "actor:two"]),
        # retag
        ("a t l", "Gunmen", ["location:Gunmen"]),
        ("a RIGHT c escape t d", "Gunmen", ["casualty:Gunmen killed", "displacement:Gunmen"]),
        ("a t l right .", "killed", ["location:Gunmen", "location:killed"]),
        ("a l t a", "Gunmen", ["actor:Gunmen", "location:Gunmen"]),
        # delete
        ("a x", "Gunmen", []),
        ("a right x", "killed", ["actor:Gunmen"]),
        ("RIGHT RIGHT c escape x", "Gunmen", []),
        ("a delete", "Gunmen", []),
        # edges of a span: selected, or the cursor a token inside it
        ("a }", "Gunmen killed", ["actor:Gunmen killed"]),
        ("a } } {", "Gunmen killed", ["actor:Gunmen killed"]),
        ("RIGHT RIGHT a ]", "killed two", ["actor:killed two"]),
        ("RIGHT RIGHT a escape }", "Gunmen killed two near", ["actor:Gunmen killed two near"]),
        ("a {", "Gunmen", ["actor:Gunmen"]),
        ("right a [ ]", "killed", ["actor:killed"]),
        ("` RIGHT a {", "G", ["actor:G"]),
        ("a ` {", "Gunme", ["actor:Gunme"]),
        # edges of a selection
        ("} a", "Gunmen killed", ["actor:Gunmen killed"]),
        ("RIGHT RIGHT ] a", "killed two", ["actor:killed two"]),
        ("RIGHT RIGHT a right ] [ a", "two near", ["actor:Gunmen killed two", "actor:two near"]),
        ("RIGHT RIGHT a escape v } a", "Gunmen killed", ["actor:Gunmen killed two", "actor:Gunmen killed"]),
        # undo and redo
        ("a u", "Gunmen", []),
        ("a right l u u U", "Gunmen", ["actor:Gunmen"]),
        ("a u U U", "Gunmen", ["actor:Gunmen"]),
        ("u", "Gunmen", []),
        ("a } right right u", "Gunmen", ["actor:Gunmen"]),
        ("a x right u", "Gunmen", ["actor:Gunmen"]),
        ("a t l u", "Gunmen", ["actor:Gunmen"]),
        # Tab
        ("tab", "Gunmen", []),
        ("a right right l tab", "Gunmen", ["actor:Gunmen", "location:two"]),
        ("a right right l TAB", "Gunmen", ["actor:Gunmen", "location:two"]),
        ("a right right l right TAB", "two", ["actor:Gunmen", "location:two"]),
        # other layouts
        ("ф", "Gunmen", ["actor:Gunmen"]),
        ("ф г", "Gunmen", []),
        ("ф г Г", "Gunmen", ["actor:Gunmen"]),
        ("ф Ъ", "Gunmen killed", ["actor:Gunmen killed"]),
        ("ф Ї х", "Gunmen killed", ["actor:Gunmen killed"]),
        ("ش", "Gunmen", ["actor:Gunmen"]),
        ("ش ع", "Gunmen", []),
        ("م", "Gunmen", ["location:Gunmen"]),
    ],
)
def test_keys(keyboard: Keyboard, keys: str, selected: str, spans: list[str]) -> None:
    keyboard.press(keys)
    assert (keyboard.selected, keyboard.spans) == (selected, spans)


def test_what_is_selected_with_blanks_is_tagged_without(keyboard: Keyboard) -> None:
    keyboard.desk.go(keyboard.desk.pointer.select(6, 14))
    keyboard.press("a")
    assert keyboard.spans == ["actor:killed"]
    assert keyboard.selected == "killed"


def test_blanks_alone_cannot_be_tagged(keyboard: Keyboard) -> None:
    for extent in ((6, 7), (28, 29), (6, 6)):
        keyboard.desk.go(keyboard.desk.pointer.select(*extent))
        keyboard.press("a")
        assert keyboard.desk.message == "nothing to tag here"
    assert keyboard.spans == []


def test_every_change_is_told(keyboard: Keyboard) -> None:
    keyboard.press("a } x u")
    assert [(len(delta.put), len(delta.taken)) for delta in keyboard.deltas] == [(1, 0), (1, 1), (0, 1), (1, 0)]


NESTED = (
    Span("s1", 0, 17, "casualty"),
    Span("s2", 0, 6, "actor"),
    Span("s3", 0, 6, "location"),
    Span("s4", 14, 27, "location"),
)


def test_tab_visits_every_span_once_both_ways_even_those_with_equal_edges(project: Project) -> None:
    keyboard = with_spans(project, *NESTED)
    for key, order in (("tab", ["s4", "s1", "s2", "s3", "s4"]), ("TAB", ["s3", "s2", "s1", "s4", "s3"])):
        seen = []
        for _ in order:
            keyboard.press(key)
            here = keyboard.desk.span_here()
            seen.append(here.id if here else "")
        assert seen == order


def test_of_spans_with_equal_edges_the_one_picked_is_meant(project: Project) -> None:
    for keys, left in (
        ("x", ["casualty:Gunmen killed two", "actor:Gunmen", "location:two near Taiz"]),
        ("TAB x", ["casualty:Gunmen killed two", "location:Gunmen", "location:two near Taiz"]),
        ("TAB t d", ["casualty:Gunmen killed two", "displacement:Gunmen", "location:Gunmen", "location:two near Taiz"]),
    ):
        keyboard = with_spans(project, *NESTED)
        keyboard.press(keys)
        assert keyboard.spans == left
        keyboard.press("u")
        assert len(keyboard.spans) == 4


def test_pointing_again_takes_the_next_outer_span(project: Project) -> None:
    desk = with_spans(project, *NESTED).desk
    ids = []
    for number in range(4):
        desk.point_at(2, again=number > 0)
        here = desk.span_here()
        ids.append(here.id if here else "")
    assert ids == ["s2", "s3", "s1", "s2"]
    desk.point_at(2)
    assert desk.place.extent == (0, 6)
    desk.point_at(30)
    assert desk.span_here() is None


def test_the_span_here_is_the_innermost_that_holds_the_selection(project: Project) -> None:
    keyboard = with_spans(project, *NESTED)
    desk = keyboard.desk
    for extent, expected in (
        ((0, 17), "s1"),
        ((7, 13), "s1"),
        ((1, 2), "s2"),
        ((14, 17), "s4"),
        ((18, 22), "s4"),
        ((0, 27), ""),
    ):
        desk.go(desk.pointer.select(*extent))
        here = desk.span_here()
        assert (here.id if here else "") == expected


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("a a", "untagged actor"),
        ("x", "no span here to delete"),
        ("a x", "deleted actor “Gunmen”"),
        ("a {", "no further"),
        ("a RIGHT a ] {", "no further"),
        ("u", "nothing to undo"),
        ("U", "nothing to redo"),
        ("a u", "undone: no span on “Gunmen”"),
        ("a x u", "undone: actor “Gunmen”"),
        ("a u U", "redone: actor “Gunmen”"),
        ("! u", "undone: the article is open"),
        ("tab", "no spans yet"),
        (".", "no label to repeat yet"),
        ("a t a", "it is actor already"),
        ("a t l", "actor → location"),
        ("!", "marked flagged"),
        ("! !", "marked open"),
        ("O", "it is open already"),
        ("a right a [", "another actor has these edges already"),
    ],
)
def test_what_the_desk_says(keyboard: Keyboard, keys: str, says: str) -> None:
    if keys == "a right a [":
        keyboard.press("a } escape")
        keyboard.desk.go(keyboard.desk.pointer.select(7, 13))
        keyboard.press("a [")
    else:
        keyboard.press(keys)
    assert keyboard.desk.message == says


def test_done_goes_on_to_the_next(keyboard: Keyboard) -> None:
    keyboard.press("a space")
    assert keyboard.asked == ["to do"]
    assert keyboard.session.layer.status == "done"
    keyboard.press("O")
    assert keyboard.session.layer.status == "open"


def test_done_is_refused_while_there_are_errors(keyboard: Keyboard) -> None:
    keyboard.press("d space")  # a displacement needs a count in this schema
    assert keyboard.asked == []
    assert keyboard.session.layer.status == "open"
    assert keyboard.desk.message.startswith("not done yet: ")


def test_retagging_keeps_the_attributes_that_the_new_label_knows_and_the_note(project: Project) -> None:
    span = Span("s1", 0, 6, "casualty", {"count": {"best": 3}, "by": "s9"}, note="why")
    keyboard = with_spans(project, span).press("t d")
    (after,) = keyboard.session.index
    assert (after.label, dict(after.attributes), after.note) == ("displacement", {"count": {"best": 3}}, "why")
    assert keyboard.desk.message == "casualty → displacement; 1 attribute dropped: by"


def test_retagging_says_which_attributes_go_and_how_they_come_back(project: Project) -> None:
    span = Span("s1", 0, 6, "casualty", {"count": {"best": 3}, "by": "s9"})
    keyboard = with_spans(project, span)
    keyboard.desk.key_of = keymap().label
    keyboard.press("t a")
    assert keyboard.desk.message == "casualty → actor; 2 attributes dropped: count, by (u undoes)"
    keyboard.press("t d")
    assert keyboard.desk.message == "actor → displacement"
    keyboard.press("u u")
    assert [dict(span.attributes) for span in keyboard.session.index] == [{"count": {"best": 3}, "by": "s9"}]


def test_notes(keyboard: Keyboard) -> None:
    keyboard.press("a")
    span = keyboard.desk.span_here()
    keyboard.desk.set_note("who?", span=span)
    keyboard.desk.set_note("a note", span=None)
    assert [span.note for span in keyboard.session.index] == ["who?"]
    assert keyboard.session.layer.note == "a note"
    revision = keyboard.session.layer.revision
    keyboard.desk.set_note("who?", span=keyboard.desk.span_here())
    keyboard.desk.set_note("a note", span=None)
    assert keyboard.session.layer.revision == revision
    keyboard.press("u u")
    assert [span.note for span in keyboard.session.index] == [""]
    keyboard.press("u")
    keyboard.desk.set_note("lost", span=span)
    assert keyboard.desk.message == "the span is gone; its note was not kept"


def test_commands_ask_the_screen(keyboard: Keyboard) -> None:
    keyboard.press("> < m M P ? f1 : ctrl+p V s S H L ctrl+s q")
    assert keyboard.asked == [
        ("next", 1), ("next", -1), ("note", False), ("note", True), "problems", "help", "help", "palette", "palette",
        "density", "panel", "list", "suggestions", "beside", "save", "leave",
    ]  # fmt: skip


def test_pages_and_rows(keyboard: Keyboard) -> None:
    assert keyboard.press("pagedown").selected == "Dozens"
    assert keyboard.press("pageup").selected == "Gunmen"
    assert keyboard.press("down end").selected == "."
    assert keyboard.press("HOME").selected == "Dozens of families fled to Al-Fashir on Sunday."
    assert keyboard.press("escape UP").selected == "Gunmen killed two near Taiz.\nDozens"


def test_an_undo_that_cannot_be_read_says_so(keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    from annotator.errors import StoreError

    def damaged() -> None:
        raise StoreError("the journal is damaged", hint="restore a backup")

    monkeypatch.setattr(keyboard.session, "undo", damaged)
    assert keyboard.press("a u").desk.message == "the journal is damaged (restore a backup)"
    assert keyboard.spans == ["actor:Gunmen"]
