"""The course of the tutorial: which exercise is in hand, how far it is, and what the guide on the screen says.  Pure.

Invariant: goals are reached one after the other and stay reached until the exercise begins anew; an exercise that was
passed once stays passed; every key that the guide names is one in force.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rich.cells import cell_len

from annotator.core.schema import Schema
from annotator.tui.exercises import EXERCISES, Exercise, Goal, Moment
from annotator.tui.keymap import KEY_NAMES, Keymap, key_label

Role = Literal["plain", "dim", "bright", "key", "good", "chip"]
Part = tuple[str, Role]
Line = list[Part]

SMALL: Final = 5  # lines below which the guide shows nothing but the step in hand, or the hint

_TOKEN: Final = re.compile(r"\{([=!]?)([^}]*)\}|(“[^”]*”)")
_WANTED: Final[Mapping[str, tuple[str, ...]]] = {"go": ("g", "k"), "back": ("b", "j"), "hint": ("h", "i")}
_SPARE: Final = tuple(name for name in KEY_NAMES if re.fullmatch(r"f\d+", name))


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The keys of the tutorial itself: those that nothing else has; "" if there is none left."""

    go: str
    back: str
    hint: str


def own_keys(taken: Container[str]) -> OwnKeys:
    """Return the keys of the tutorial.

    Args:
        taken: Keys that mean something on the tag screen.
    """
    found: dict[str, str] = {}
    for name, wanted in _WANTED.items():
        free = (key for key in (*wanted, *_SPARE) if key not in taken and key not in found.values())
        found[name] = next(free, "")
    return OwnKeys(**found)


class Course:
    """How far somebody has come.

    Args:
        exercises: What there is to do.
    """

    def __init__(self, exercises: Sequence[Exercise] = EXERCISES) -> None:
        self.exercises = exercises
        self.number = 0
        self.reached = 0  # goals of the exercise in hand
        self.passed: set[int] = set()
        self.hinted = False

    @property
    def exercise(self) -> Exercise:
        """The exercise in hand."""
        return self.exercises[self.number]

    @property
    def done(self) -> bool:
        """Whether the exercise in hand was passed since it began."""
        return self.reached == len(self.exercise.goals)

    def go(self, number: int) -> None:
        """Begin an exercise, perhaps anew.

        Args:
            number: Which, from 0.
        """
        self.number = number
        self.reached = 0
        self.hinted = False

    def see(self, now: Moment) -> None:
        """Look at where the session stands, and take note of the goals that are reached."""
        goals = self.exercise.goals
        while self.reached < len(goals) and _reached(goals[self.reached :], now):
            self.reached += 1
        if self.done:
            self.passed.add(self.number)


def _reached(goals: Sequence[Goal], now: Moment) -> bool:
    """Say whether the first of these goals is reached: by itself, or with one that it only leads to."""
    for goal in goals:
        if goal.met(now):
            return True
        if not goal.on_the_way:
            return False
    return False


@dataclass(frozen=True, slots=True)
class Guide:
    """Says what to do, with the keys in force.

    Args:
        keys: Those of the tag screen.
        schema: Whose labels have keys.
        own: Those of the tutorial.
    """

    keys: Keymap
    schema: Schema
    own: OwnKeys

    def lines(self, course: Course, width: int, height: int) -> list[Line]:
        """Return the guide's lines.

        Where there is little room, what explains gives way first, then goals that were reached, then those to come.

        Args:
            course: What to tell of.
            width: Cells of a line.
            height: How many lines there are; at least 2 for the step in hand to be seen.
        """
        first, last = self._head(course, width), self._foot(course, width)
        said = self._hint(course, width) or wrapped([(course.exercise.say, "dim")], width, indent=1)
        if height < SMALL:
            return self._small(course, width, height, [first, last])
        room = height - 2
        body = self._goals(course, width, room - (len(said) if course.hinted else 0))
        if len(said) + len(body) <= room:
            body = [*said, *([[]] if len(said) + len(body) < room - 1 else []), *body]
        return [first, *body[:room], *([[]] * (room - len(body))), last]

    def _small(self, course: Course, width: int, height: int, ends: list[Line]) -> list[Line]:
        """Return the head and the step in hand, or the hint; then the foot, if there is room or all is done."""
        first, last = ends
        if course.done:
            step = self._goal(course, course.reached - 1, width)
            return [first, *step[: max(0, height - 2)], last][:height]
        step = self._hint(course, width) or self._goal(course, course.reached, width)
        shown = [first, *step, last][:height]
        if 1 < height <= len(step):
            shown[-1] = [*cut(shown[-1], width - 1), ("…", "dim")]
        return shown

    def _goals(self, course: Course, width: int, room: int) -> list[Line]:
        """Return the lines of as many goals as there is room for; the one in hand is always among them."""
        told = [self._goal(course, number, width) for number in range(len(course.exercise.goals))]
        at = min(course.reached, len(told) - 1)
        shown = [at]
        for number in (*range(at + 1, len(told)), *range(at - 1, -1, -1)):
            if sum(len(told[each]) for each in (*shown, number)) <= room:
                shown.append(number)
        return [line for number in sorted(shown) for line in told[number]]

    def _head(self, course: Course, width: int) -> Line:
        total = len(course.exercises)
        left: Line = [(f" {course.number + 1}/{total} ", "chip"), (f" {course.exercise.title}", "bright")]
        room = width - sum(cell_len(text) for text, _ in left) - total - 1
        if room < 1:
            return cut(left, width)
        dots: Line = []
        for number in range(total):
            passed = number in course.passed
            here = number == course.number
            dots.append(("✓" if passed else "●" if here else "○", "key" if here else "good" if passed else "dim"))
        return [*left, (" " * room, "plain"), *dots]

    def _goal(self, course: Course, number: int, width: int) -> list[Line]:
        reached, current = number < course.reached, number == course.reached
        mark: Part = ("✓ ", "good") if reached else ("▸ ", "key") if current else ("○ ", "dim")
        parts = self.told(course.exercise.goals[number].text)
        if not current:
            parts = [(text, "dim") for text, _ in parts]
        return wrapped([mark, *parts], width, indent=1, hanging=2)

    def _hint(self, course: Course, width: int) -> list[Line]:
        if not course.hinted:
            return []
        return wrapped([("Hint: ", "bright"), *self.told(course.exercise.hint)], width, indent=1)

    def _foot(self, course: Course, width: int) -> Line:
        last = course.number == len(course.exercises) - 1
        named = [
            ("" if course.done else key_label(self.own.hint), "no hint" if course.hinted else "hint"),
            ("" if course.done else key_label(self.own.go), "skip"),
            (key_label(self.own.back), "back" if course.number else "again"),
            (self.keys.label("screen.leave") or key_label("ctrl+q"), "leave"),
        ]
        line: Line = [(" ", "plain")]
        if course.done:
            line += [("✓ Done. ", "good"), ("Enter", "key"), (" ends the tutorial" if last else " goes on", "bright")]
            line.append(("   ", "plain"))
        for key, said in named:
            room = width - sum(cell_len(text) for text, _ in line)
            if key and cell_len(key) + cell_len(said) + 2 <= room:
                line += [(key, "key"), (f" {said}   ", "dim")]
        return cut(line, width)

    def told(self, text: str) -> Line:
        """Return a text of the exercises with the keys in force in place of what they do."""
        line: Line = []
        at = 0
        for match in _TOKEN.finditer(text):
            line.append((text[at : match.start()], "plain"))
            line.append((match[3], "bright") if match[3] else (self._key(match[1], match[2]), "key"))
            at = match.end()
        return [part for part in (*line, (text[at:], "plain")) if part[0]]

    def _key(self, kind: str, name: str) -> str:
        if kind == "!":
            return name
        if kind == "=":
            return self.schema.labels[name].key or str(list(self.schema.labels).index(name) + 1)
        found = self.keys.label(name)
        if found:
            return found
        # An action without a key is still among all actions, if that list has one.
        what = next(command.help for command in self.keys.commands if command.id == name)
        return f"{self.keys.label('screen.palette') or 'actions:'} “{what}”"


def wrapped(line: Line, width: int, *, indent: int = 0, hanging: int = 0) -> list[Line]:
    """Return a line broken at blanks so that every part of it fits.

    Args:
        line: Its parts.
        width: Cells.
        indent: Cells before each line.
        hanging: Cells more before the second and further ones.
    """
    lines: list[Line] = [[(" " * indent, "plain")]]
    used = indent
    for text, role in _words(line):
        size = cell_len(text.rstrip())
        if not size and used == indent + hanging and len(lines) > 1:
            continue  # no blank at the beginning of a line
        if used + size > width - 1 and used > indent + hanging:
            lines.append([(" " * (indent + hanging), "plain")])
            used = indent + hanging
        lines[-1].append((text, role))
        used += cell_len(text)
    return [cut(each, width) for each in lines]


def _words(line: Line) -> Iterator[Part]:
    """Yield the parts of a line word by word, each with the blanks after it."""
    for text, role in line:
        for word in re.findall(r"\s+|\S+\s*", text):
            yield word, role


def cut(line: Line, width: int) -> Line:
    """Return a line without what is past the width, in cells."""
    kept: Line = []
    room = width
    for text, role in line:
        while cell_len(text) > room:
            text = text[:-1]
        kept.append((text, role))
        room -= cell_len(text)
    return [part for part in kept if part[0]]
