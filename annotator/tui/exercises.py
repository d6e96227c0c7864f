"""The exercises of the tutorial: what each asks for, and how to see in a session that it was done.  Pure.

Invariant: an exercise looks only at where the session stands (a `Moment`), never at keys, so every way of getting there
counts; the state that it begins with meets none of its goals, and every place that it names is in the article.

Texts name keys by what they do, and `course` puts in the keys in force: `{move.right}` an action, `{=actor}` a label,
`{!Enter}` a key that nobody can change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from annotator.core.layer import Status
from annotator.core.spans import Span
from annotator.tui.tokens import Extent


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a session stands after a key.

    Args:
        text: The article.
        extent: What is selected.
        spans: The layer's spans, in text order.
        status: The layer's.
        note: The layer's own.
        redoable: Whether something was undone that can be done again.
    """

    text: str
    extent: Extent
    spans: tuple[Span, ...] = ()
    status: Status = "open"
    note: str = ""
    redoable: bool = False


Met = Callable[[Moment], bool]


@dataclass(frozen=True, slots=True)
class Words:
    """Words of the article.

    Args:
        words: Exactly as they stand there.
        nth: Which of the places that have them, counted from 1.
    """

    words: str
    nth: int = 1

    def extent(self, text: str) -> Extent:
        """Return where they are.

        Raises:
            ValueError: If the text does not have them so often.
        """
        at = -1
        for _ in range(self.nth):
            at = text.index(self.words, at + 1)
        return at, at + len(self.words)


@dataclass(frozen=True, slots=True)
class Mark:
    """A span that an exercise begins with."""

    id: str
    words: Words
    label: str
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def span(self, text: str) -> Span:
        """Return it as a span of the article."""
        return Span(self.id, *self.words.extent(text), self.label, self.attributes)


@dataclass(frozen=True, slots=True)
class Goal:
    """One step of an exercise.

    Args:
        text: What to do.
        met: Whether it is done.
        on_the_way: Whether it only leads to the next step, and is done, too, if that is.
    """

    text: str
    met: Met
    on_the_way: bool = False


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.

    Args:
        title: In a few words.
        say: What it is good for, in one line.
        hint: More help, on demand.
        goals: What to do, one after the other.
        marks: The spans that it begins with.
    """

    title: str
    say: str
    hint: str
    goals: tuple[Goal, ...]
    marks: tuple[Mark, ...] = ()


# What goals are made of.


def at(words: Words) -> Met:
    """Return whether the selection lies within these words."""

    def met(now: Moment) -> bool:
        start, end = words.extent(now.text)
        return start <= now.extent[0] < now.extent[1] <= end

    return met


def selected(words: Words) -> Met:
    """Return whether the selection is these words, all of them and no more."""
    return lambda now: now.extent == words.extent(now.text)


def tagged(words: Words, label: str, *, id: str = "") -> Met:
    """Return whether a span (of this id, if one is given) has just these words and this label."""

    def met(now: Moment) -> bool:
        wanted = (*words.extent(now.text), label)
        return any((s.start, s.end, s.label) == wanted and id in ("", s.id) for s in now.spans)

    return met


def says(words: Words, label: str, attribute: str, value: Any) -> Met:
    """Return whether the span with these words and this label has an attribute of this value.

    Of a value that is a table, as a count, only the fields that are given are compared.
    """

    def fits(found: Any) -> bool:
        if isinstance(value, Mapping):
            return isinstance(found, Mapping) and {**found, **value} == found
        return bool(found == value)

    def met(now: Moment) -> bool:
        wanted = (*words.extent(now.text), label)
        spans = (span for span in now.spans if (span.start, span.end, span.label) == wanted)
        return any(fits(span.attributes.get(attribute)) for span in spans)

    return met


def untagged(words: Words) -> Met:
    """Return whether no span has just these words."""
    return lambda now: all((span.start, span.end) != words.extent(now.text) for span in now.spans)


def every(*parts: Met) -> Met:
    """Return whether all of these are so."""
    return lambda now: all(part(now) for part in parts)


def status_is(status: Status) -> Met:
    """Return whether the article has this status."""
    return lambda now: now.status == status


def _undone(now: Moment) -> bool:
    return now.redoable


def _not_undone(now: Moment) -> bool:
    return not now.redoable


def _noted(now: Moment) -> bool:
    return bool(now.note) or any(span.note for span in now.spans)


# The article's words.

DATELINE: Final = Words("TAIZ")
MARKET: Final = Words("the grain market")
MONDAY: Final = Words("Monday")
DEAD: Final = Words("at least 12 civilians")
WOUNDED: Final = Words("About forty others")
POLICE: Final = Words("The Taiz police")
TAIZ: Final = Words("Taiz", 2)
BRIGADE: Final = Words("the Hawban Brigade")
BRIGADES: Final = (Words("the Hawban Brigade", 2), Words("the Hawban Brigade", 4))
MONUMENT: Final = Words("the Hawban Brigade", 3)
ARMY: Final = Words("The army")
ADEN: Final = Words("Aden")
SCHOOL: Final = Words("school")
TITLE: Final = Words("Shells")

_DATELINE: Final = Mark("s1", DATELINE, "location")
_DEAD: Final = Mark("s2", DEAD, "casualty")
_MENDED: Final = (
    _DATELINE,
    _DEAD,
    Mark("s3", MARKET, "location"),
    Mark("s4", WOUNDED, "casualty"),
)
_CHANGED: Final = (*_MENDED, Mark("s5", ARMY, "actor"))
_NESTED: Final = (*_CHANGED, Mark("s7", POLICE, "actor"), Mark("s8", TAIZ, "location"))
_FILLED: Final = Mark("s2", DEAD, "casualty", {"outcome": "killed", "count": {"min": 12, "qualifier": "at least"}})

EXERCISES: Final[tuple[Exercise, ...]] = (
    Exercise(
        "Move, and tag a word",
        "You stand on one word, the highlighted one. One key moves, one key tags.",
        "{move.next-name} skips to names and numbers; {move.previous-name} goes back",
        (
            Goal("go to “TAIZ”: {move.right} word by word, {move.down} row by row", at(DATELINE), True),
            Goal("it is a place: tag it with {=location}", tagged(DATELINE, "location")),
        ),
    ),
    Exercise(
        "Several words",
        "A toll is tagged whole, with the words that qualify its number.",
        "{select.extend} and plain moves do it, too; {select.right-edge-right} and {select.left-edge-left} widen it",
        (
            Goal("go to “at” before “least 12 civilians”", at(Words("at")), True),
            Goal("take in “at least 12 civilians”: {select.right} word by word", selected(DEAD), True),
            Goal("tag it as a casualty: {=casualty}", tagged(DEAD, "casualty")),
        ),
        (_DATELINE,),
    ),
    Exercise(
        "Mend an edge",
        "A span that is too long or too short is mended, not deleted.",
        "{move.next-span} goes from span to span; if one was lost on the way, {article.undo} brings it back",
        (
            Goal(
                "“grain market” lacks “the”: on the span, {select.left-edge-left} moves its left edge",
                tagged(MARKET, "location", id="s3"),
            ),
            Goal(
                "“About forty others were” is too long: {select.right-edge-left} moves its right edge",
                tagged(WOUNDED, "casualty", id="s4"),
            ),
        ),
        (
            _DATELINE,
            _DEAD,
            Mark("s3", Words("grain market", 2), "location"),
            Mark("s4", Words("About forty others were"), "casualty"),
        ),
    ),
    Exercise(
        "Change your mind",
        "Every change is kept in a journal, so each can be taken back, also tomorrow.",
        "{move.next-span} and {move.previous-span} reach both spans; deleting needs you on the span",
        (
            Goal("“The army” is no location: {tag.retag}, then {=actor}", tagged(ARMY, "actor", id="s5")),
            Goal("“Monday” is no place at all: delete the span with {tag.delete}", untagged(MONDAY)),
            Goal(
                "take the deletion back: {article.undo}",
                every(tagged(MONDAY, "location", id="s6"), _undone),
            ),
            Goal("and do it again: {article.redo}", every(untagged(MONDAY), _not_undone)),
        ),
        (*_MENDED, Mark("s5", ARMY, "location"), Mark("s6", MONDAY, "location")),
    ),
    Exercise(
        "Jump",
        "Far words are a few keys away.",
        "{move.next-sentence} {move.previous-sentence} go by sentence, {move.page-down} {move.page-up} by page",
        (
            Goal("search “Aden”: {move.find}, type it, {!Enter}", at(ADEN)),
            Goal("jump to “school”: {move.jump}, then the letters painted on it", at(SCHOOL)),
            Goal("back to the first word, “Shells”: {move.text-start}", at(TITLE)),
        ),
        _CHANGED,
    ),
    Exercise(
        "A place inside an actor",
        "Spans may lie in one another: the outer one gets a line of its own.",
        "tag them in any order; {select.extend} or {select.right} takes in words, {move.left} makes it one again",
        (
            Goal("tag “The Taiz police” as an actor: {=actor}", tagged(POLICE, "actor")),
            Goal(
                "and in it “Taiz” as a location: {=location}",
                every(tagged(POLICE, "actor"), tagged(TAIZ, "location")),
            ),
            Goal("select the actor again: {move.previous-span} goes to the span before", selected(POLICE)),
        ),
        _CHANGED,
    ),
    Exercise(
        "Attributes",
        "The form follows from the schema, and a count is read from the words.",
        "in the form: {!Tab} to the next field, a letter or number chooses, {!Enter} keeps, {!Esc} leaves",
        (
            Goal("go to the span “at least 12 civilians”: {move.next-span}", at(DEAD), True),
            Goal(
                "open its form: {tag.attributes}, choose the outcome “killed”: {!k}",
                says(DEAD, "casualty", "outcome", "killed"),
            ),
            Goal(
                "the count is there, at least 12; keep the form: {!Enter}",
                says(DEAD, "casualty", "count", {"min": 12, "qualifier": "at least"}),
            ),
        ),
        _NESTED,
    ),
    Exercise(
        "All at once, and done",
        "The same words are tagged everywhere in one step, after a look at each place.",
        "in the list: {!↓} moves, {!Space} unticks; a note is written and kept with {!Enter}",
        (
            Goal(
                "on “the Hawban Brigade”: {tag.all}, untick the monument, {!Enter}",
                every(*(tagged(words, "actor") for words in BRIGADES), untagged(MONUMENT)),
            ),
            Goal("leave a note for whoever comes after you: {article.note}, {!Enter}", _noted),
            Goal("flag the article for a second look: {article.flag}", status_is("flagged")),
            Goal("take the flag away, {article.flag}, and mark it done: {article.done}", status_is("done")),
        ),
        (
            *(mark for mark in _NESTED if mark.id != "s2"),
            _FILLED,
            Mark("s9", BRIGADE, "actor"),
        ),
    ),
)


def start_of(exercise: Exercise, text: str) -> tuple[Span, ...]:
    """Return the spans that an exercise begins with."""
    return tuple(mark.span(text) for mark in exercise.marks)
