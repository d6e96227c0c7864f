"""The exercises of the tutorial without an app: what passes them, what does not, and what the guide says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from rich.cells import cell_len

from annotator.config import Settings
from annotator.core.checks import Checker
from annotator.core.index import SpanIndex
from annotator.core.quantity import read_quantity
from annotator.core.schema import Schema
from annotator.core.spans import Span
from annotator.resources import corpus_dir
from annotator.schemas import load_schema
from annotator.tui.commands import COMMANDS, label_keys
from annotator.tui.course import Course, Guide, OwnKeys, own_keys
from annotator.tui.exercises import DEAD, EXERCISES, Exercise, Moment, Words, start_of
from annotator.tui.keymap import keymap

TEXT = (corpus_dir() / "tutorial.txt").read_text(encoding="utf-8")
NUMBERS = range(len(EXERCISES))
Step = Callable[[Moment], Moment]


@pytest.fixture(scope="module")
def schema() -> Schema:
    return load_schema("conflict-events")


def beginning(number: int) -> Moment:
    """Return where an exercise begins: on the first word."""
    return Moment(TEXT, Words("Shells").extent(TEXT), start_of(EXERCISES[number], TEXT))


def on(words: str, nth: int = 1) -> Step:
    return lambda now: replace(now, extent=Words(words, nth).extent(TEXT))


def add(words: str, label: str, nth: int = 1, id: str = "s90") -> Step:
    def step(now: Moment) -> Moment:
        extent = Words(words, nth).extent(TEXT)
        return replace(now, spans=(*now.spans, Span(id, *extent, label)), extent=extent, redoable=False)

    return step


def drop(id: str) -> Step:
    return lambda now: replace(now, spans=tuple(span for span in now.spans if span.id != id), redoable=False)


def put(id: str, words: str = "", nth: int = 1, **changes: object) -> Step:
    """Change a span; its edges to those of words, if some are given."""

    def step(now: Moment) -> Moment:
        edges = dict(zip(("start", "end"), Words(words, nth).extent(TEXT), strict=True)) if words else {}
        spans = tuple(replace(s, **edges, **changes) if s.id == id else s for s in now.spans)  # type: ignore[arg-type]
        return replace(now, spans=spans)

    return step


def back(id: str, words: str, label: str) -> Step:
    """Undo a deletion."""
    return lambda now: replace(add(words, label, id=id)(now), redoable=True)


def to(**changes: object) -> Step:
    return lambda now: replace(now, **changes)  # type: ignore[arg-type]


KILLED = {"outcome": "killed", "count": read_quantity("at least 12 civilians")}
BRIGADE = "the Hawban Brigade"

WAYS: dict[str, tuple[int, Sequence[Step]]] = {
    "1": (0, [on("TAIZ"), add("TAIZ", "location")]),
    "1-tag-only": (0, [add("TAIZ", "location")]),
    "2": (1, [on("at"), on("at least 12 civilians"), add("at least 12 civilians", "casualty")]),
    "2-from-the-right": (1, [on("civilians"), on("at least 12 civilians"), add("at least 12 civilians", "casualty")]),
    "3": (2, [put("s3", "the grain market"), put("s4", "About forty others")]),
    "3-other-order": (2, [put("s4", "About forty others"), put("s3", "the grain market")]),
    "4": (3, [put("s5", label="actor"), drop("s6"), back("s6", "Monday", "location"), drop("s6")]),
    "4-again": (3, [drop("s6"), put("s5", label="actor"), back("s6", "Monday", "location"), drop("s6")]),
    "5": (4, [on("Aden"), on("school"), on("Shells")]),
    "5-part-of-the-word": (4, [on("Ade"), on("sch"), on("Shells")]),
    "6": (5, [add("The Taiz police", "actor"), add("Taiz", "location", 2, "s91"), on("The Taiz police")]),
    "6-inside-first": (5, [add("Taiz", "location", 2, "s91"), add("The Taiz police", "actor")]),
    "7": (6, [on("at least 12 civilians"), put("s2", attributes=KILLED)]),
    "7-without-going-there": (6, [put("s2", attributes=KILLED)]),
    "8": (
        7,
        [
            add(BRIGADE, "actor", 2),
            add(BRIGADE, "actor", 4, "s91"),
            to(note="seen"),
            to(status="flagged"),
            to(status="done"),
        ],
    ),
    "8-note-on-a-span": (
        7,
        [
            put("s9", note="seen"),
            to(status="flagged"),
            add(BRIGADE, "actor", 2),
            add(BRIGADE, "actor", 4, "s91"),
            to(status="open"),
            to(status="done"),
        ],
    ),
}  # fmt: skip

WRONG: dict[str, tuple[int, Sequence[Step]]] = {
    "1-other-label": (0, [on("TAIZ"), add("TAIZ", "actor")]),
    "1-other-place": (0, [on("TAIZ"), add("Taiz", "location")]),
    "1-too-long": (0, [add("TAIZ, Yemen", "location")]),
    "2-without-at": (1, [on("at least 12 civilians"), add("least 12 civilians", "casualty")]),
    "2-without-civilians": (1, [on("at"), add("at least 12", "casualty")]),
    "2-other-label": (1, [add("at least 12 civilians", "displacement")]),
    "3-deleted-and-made-anew": (2, [drop("s3"), add("the grain market", "location"), put("s4", "About forty others")]),
    "3-one-of-two": (2, [put("s3", "the grain market")]),
    "3-too-short": (2, [put("s3", "the grain market"), put("s4", "About forty")]),
    "4-no-undo": (3, [put("s5", label="actor"), drop("s6")]),
    "4-tagged-again-by-hand": (3, [put("s5", label="actor"), drop("s6"), add("Monday", "location"), drop("s90")]),
    "4-no-redo": (3, [put("s5", label="actor"), drop("s6"), back("s6", "Monday", "location")]),
    "4-anew": (3, [drop("s5"), add("The army", "actor"), drop("s6"), back("s6", "Monday", "location"), drop("s6")]),
    "5-not-back": (4, [on("Aden"), on("school")]),
    "5-other-order": (4, [on("school"), on("Aden"), on("Shells")]),
    "6-not-back": (5, [add("The Taiz police", "actor"), add("Taiz", "location", 2, "s91")]),
    "6-other-taiz": (5, [add("The Taiz police", "actor"), add("Taiz", "location", 1, "s91"), on("The Taiz police")]),
    "6-outer-gone": (5, [add("Taiz", "location", 2, "s91"), on("The Taiz police")]),
    "7-no-count": (6, [on("at least 12 civilians"), put("s2", attributes={"outcome": "killed"})]),
    "7-other-outcome": (6, [put("s2", attributes={**KILLED, "outcome": "injured"})]),
    "7-other-count": (6, [put("s2", attributes={**KILLED, "count": {"best": 12}})]),
    "8-with-the-monument": (
        7,
        [*(add(BRIGADE, "actor", n, f"s9{n}") for n in (2, 3, 4)), to(note="x"), to(status="flagged"), to(status="done")],
    ),
    "8-no-note": (
        7,
        [add(BRIGADE, "actor", 2), add(BRIGADE, "actor", 4, "s91"), to(status="flagged"), to(status="done")],
    ),
    "8-still-flagged": (
        7,
        [add(BRIGADE, "actor", 2), add(BRIGADE, "actor", 4, "s91"), to(note="x"), to(status="flagged")],
    ),
}  # fmt: skip


def after(number: int, steps: Sequence[Step]) -> Course:
    """Return the course after the steps from the beginning of an exercise."""
    course, now = Course(), beginning(number)
    course.go(number)
    course.see(now)
    for step in steps:
        now = step(now)
        course.see(now)
    return course


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_getting_there_counts(way: str) -> None:
    number, steps = WAYS[way]
    course = after(number, steps)
    assert course.done
    assert course.passed == {number}
    assert not after(number, steps[:-1]).done


@pytest.mark.parametrize("way", WRONG)
def test_what_is_wrong_does_not_pass(way: str) -> None:
    number, steps = WRONG[way]
    course = after(number, steps)
    assert not course.done
    assert course.passed == set()


@pytest.mark.parametrize("number", NUMBERS)
def test_an_exercise_begins_with_nothing_done_and_nothing_wrong(number: int, schema: Schema) -> None:
    assert after(number, []).reached == 0
    spans = start_of(EXERCISES[number], TEXT)
    assert len({span.id for span in spans}) == len(spans)
    checker = Checker(TEXT, schema, SpanIndex(spans))
    assert [problem for span in spans for problem in checker.span(span)] == []
    for span in spans:
        assert TEXT[span.start : span.end].strip() == TEXT[span.start : span.end]


def test_the_words_of_the_exercises_are_where_they_are_meant() -> None:
    start, _ = Words("at").extent(TEXT)
    assert TEXT[start:].startswith(DEAD.words)
    assert TEXT[Words("Taiz", 2).extent(TEXT)[0] - 4 :].startswith("The Taiz police")
    assert TEXT[Words(BRIGADE, 3).extent(TEXT)[1] :].startswith(" monument")
    assert len(re.findall(BRIGADE, TEXT)) == 4
    with pytest.raises(ValueError, match="substring"):
        Words(BRIGADE, 5).extent(TEXT)


def test_a_course_stays_passed_and_begins_anew() -> None:
    course = after(0, WAYS["1"][1])
    course.hinted = True
    course.go(0)
    assert (course.reached, course.hinted, course.passed) == (0, False, {0})


# The guide


def guide(schema: Schema, **keys: list[str]) -> Guide:
    named = {name.replace("_", ".", 1).replace("_", "-"): value for name, value in keys.items()}
    found = keymap(Settings(keys=named), labels=label_keys(schema))
    return Guide(found, schema, own_keys({*found.by_key, *label_keys(schema)}))


def shown(guide: Guide, course: Course, width: int = 80, height: int = 7) -> list[str]:
    return ["".join(text for text, _ in line) for line in guide.lines(course, width, height)]


@pytest.mark.parametrize("size", [(120, 8), (80, 7), (60, 5), (40, 3), (40, 2), (10, 2), (1, 1)], ids=str)
def test_the_guide_fits_whatever_the_room(schema: Schema, size: tuple[int, int]) -> None:
    width, height = size
    course = Course()
    for number, exercise in enumerate(EXERCISES):
        for reached in range(len(exercise.goals) + 1):
            for hinted in (False, True):
                course.go(number)
                course.reached, course.hinted = reached, hinted
                lines = shown(guide(schema), course, width, height)
                assert len(lines) <= height
                assert all(cell_len(line) <= width for line in lines)
                assert sum("✓ Done" in line for line in lines) <= 1
                if width >= 40 and height >= 3 and not hinted:
                    assert any(("✓ Done" if reached == len(exercise.goals) else "▸") in line for line in lines)


@pytest.mark.parametrize("number", NUMBERS)
def test_at_80_columns_everything_is_shown_whole(schema: Schema, number: int) -> None:
    course = Course()
    course.go(number)
    exercise: Exercise = EXERCISES[number]
    lines = shown(guide(schema), course)
    assert len(lines) == 7
    assert exercise.say in lines[1]
    assert sum(line.lstrip().startswith(("▸", "○")) for line in lines[2:6]) == len(exercise.goals)
    course.hinted = True
    hinted = shown(guide(schema), course)
    assert "Hint: " in hinted[1]
    assert any("▸" in line for line in hinted)
    whole = " ".join("".join(text for text, _ in guide(schema).told(exercise.hint)).split())
    assert whole in " ".join(" ".join(hinted).split())


def test_the_guide_names_the_keys_in_force(schema: Schema) -> None:
    course = Course()
    assert "→ word by word, ↓ row by row" in shown(guide(schema), course)[3]
    mine = guide(schema, move_right=["ctrl+f"], move_down=[], screen_leave=["f10"])
    assert "^F word by word, : “row below” row by row" in shown(mine, course)[3]
    assert "F10 leave" in shown(mine, course)[-1]
    assert "^Q leave" in shown(guide(schema, screen_leave=[]), course)[-1]
    bare = guide(schema, move_down=[], screen_palette=[])
    assert "actions: “row below”" in shown(bare, course)[3]


def test_the_guide_takes_no_key_that_means_something(schema: Schema) -> None:
    assert own_keys(()) == OwnKeys("g", "b", "h")
    mine = guide(schema, move_left=["h"], move_right=["g", "k"], move_up=["f1"], screen_help=["?"])
    assert mine.own == OwnKeys("f2", "b", "i")
    taken = {"g", "k", "b", "j", "h", "i", *(f"f{n}" for n in range(1, 13))}
    assert own_keys(taken) == OwnKeys("", "", "")


def test_every_key_that_the_exercises_name_is_an_action_or_a_label(schema: Schema) -> None:
    ids = {command.id for command in COMMANDS}
    for exercise in EXERCISES:
        for text in (exercise.hint, exercise.say, *(goal.text for goal in exercise.goals)):
            for kind, name in re.findall(r"\{([=!]?)([^}]*)\}", text):
                assert kind == "!" or name in (schema.labels if kind else ids), name
                assert name
