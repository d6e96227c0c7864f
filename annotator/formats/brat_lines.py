"""The lines of a brat `.ann` file, and what they say about its spans.

Invariant: every line is understood in full or is among the faults, by number; nothing here touches the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import msgspec

from annotator.formats.brat_relations import Said, called, worded
from annotator.formats.safe_names import plain, safe

BREAKS: Final = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""What ends a line for `str.splitlines`, as brat does; no piece of a span has one inside."""

EVENT_SOURCE: Final = "brat {event}:{trigger}"
"""The source of a span that an event line was about, by which it is written as an event again."""

EQUAL: Final = "Equiv"
"""The name under which brat's * lines say that spans are one; of any other name they come back as R lines."""

_BOUND: Final = re.compile(r"(T\w+)\t(\S+) ([0-9]{1,15} [0-9]{1,15}(?:;[0-9]{1,15} [0-9]{1,15})*) *(?:\t(.*))?", re.S)
_EVENT: Final = re.compile(r"(E\w+)\t([^\s:]+):(\S+)((?: +[^\s:]+:\S+)*)\s*", re.S)
_RELATION: Final = re.compile(r"(R\w+)\t(\S+) ([^\s:]+):(\S+) ([^\s:]+):(\S+)(?:\s.*)?", re.S)
_ATTRIBUTE: Final = re.compile(r"([AM]\w+)\t(\S+) (\S+)(?: ([^\t]*))?(?:\t.*)?", re.S)
_NORMAL: Final = re.compile(r"(N\w+)\t(\S+) (\S+) ([^\s:]+:[^\t]*)(?:\t(.*))?", re.S)
_NOTE: Final = re.compile(r"(#\w*)\t(\S+) (\S+)(?:\t(.*))?", re.S)
_EQUAL: Final = re.compile(r"(\*)\t(\S+)((?: +\S+){2,})\s*", re.S)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,20})?(e-?[0-9]{1,3})?")
_DIGITS: Final = re.compile(r"(?<=.)[0-9]+$")


class TextBound(NamedTuple):
    """A T line: offsets in whatever unit the file counts, and the words it gives, if any."""

    line: int
    id: str
    label: str
    pieces: tuple[tuple[int, int], ...]
    words: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """An E line, with its arguments as (role, id)."""

    line: int
    id: str
    label: str
    trigger: str
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An R line, or a pair of a * line: the name, from which id to which, and the roles unless they are the usual."""

    line: int
    id: str
    name: str
    source: str
    target: str
    roles: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """An A, M, N or # line: something said of an id."""

    line: int
    name: str
    target: str
    value: Any


class Lines:
    """All lines of a file, by kind.

    Args:
        text: The file's content.
    """

    def __init__(self, text: str) -> None:
        self.bounds: dict[str, TextBound] = {}
        self.events: list[Event] = []
        self.links: list[Link] = []
        self.values: list[Value] = []
        self.notes: list[Value] = []
        self.faults: list[tuple[int, str, bool]] = []  # the line, what is wrong, whether it is a span's
        self.joined: list[tuple[int, str]] = []  # * lines that are written as R lines: the line, what became of it
        self._seen: set[str] = set()
        self._known: Mapping[str, tuple[re.Pattern[str], Callable[[int, re.Match[str]], None]]] = {
            "T": (_BOUND, self._bound),
            "E": (_EVENT, self._event),
            "R": (_RELATION, self._relation),
            "A": (_ATTRIBUTE, self._attribute),
            "M": (_ATTRIBUTE, self._attribute),
            "N": (_NORMAL, self._normal),
            "#": (_NOTE, self._note),
            "*": (_EQUAL, self._equal),
        }
        for number, line in enumerate(text.split("\n"), 1):
            line = line.removesuffix("\r")
            if line:
                self._line(number, line)

    def _line(self, number: int, line: str) -> None:
        pattern, take = self._known.get(line[0], (None, None))
        found = pattern.fullmatch(line) if pattern is not None else None
        if found is None or take is None:
            self.faults.append((number, f"is not a line of brat: {line[:60]!r}", line[0] == "T"))
        elif found[1][0] not in "#*" and found[1] in self._seen:
            self.faults.append((number, f"the id {found[1]!r} is there twice", line[0] == "T"))
        else:
            self._seen.add(found[1])
            take(number, found)

    def _bound(self, number: int, found: re.Match[str]) -> None:
        if ";" not in found[3]:
            start, end = found[3].split(" ")
            self.bounds[found[1]] = TextBound(number, found[1], found[2], ((int(start), int(end)),), found[4] or None)
            return
        pairs = (pair.split(" ") for pair in found[3].split(";"))
        pieces = tuple([(int(start), int(end)) for start, end in pairs])
        for at, (start, end) in enumerate(pieces):
            if any(start < other[1] and other[0] < end for other in pieces[:at]):
                self.faults.append((number, f"{found[1]}: its pieces overlap", True))
                return
        self.bounds[found[1]] = TextBound(number, found[1], found[2], pieces, found[4] or None)

    def _event(self, number: int, found: re.Match[str]) -> None:
        pairs = (argument.partition(":") for argument in found[4].split())
        arguments = tuple((_DIGITS.sub("", role), target) for role, _, target in pairs)
        self.events.append(Event(number, found[1], found[2], found[3], arguments))

    def _relation(self, number: int, found: re.Match[str]) -> None:
        roles = "" if (found[3], found[5]) == ("Arg1", "Arg2") else f"{found[3]} and {found[5]}"
        self.links.append(Link(number, found[1], found[2], found[4], found[6], roles))

    def _equal(self, number: int, found: re.Match[str]) -> None:
        first, *others = found[3].split()
        if found[2] != EQUAL:
            self.joined.append((number, f"{found[2]} of {len(others) + 1} spans became links from {first}"))
        self.links += [Link(number, "*", found[2], first, other) for other in others]

    def _attribute(self, number: int, found: re.Match[str]) -> None:
        value = True if found[4] is None or not found[4].strip() else decoded(found[4])
        self.values.append(Value(number, plain(found[2]), found[3], value))

    def _normal(self, number: int, found: re.Match[str]) -> None:
        name = plain(found[2])
        self.values.append(Value(number, name, found[3], found[4].rstrip()))
        if found[5]:
            self.values.append(Value(number, f"{name}_text", found[3], found[5]))

    def _note(self, number: int, found: re.Match[str]) -> None:
        words = found[4] or ""
        self.notes.append(Value(number, found[2], found[3], words if found[2] == "AnnotatorNotes" else _typed(found)))


def _typed(found: re.Match[str]) -> str:
    return f"{found[2]}: {found[4] or ''}"


def decoded(value: str) -> Any:
    """Return a value as `brat_write` meant it: a number, or JSON where it is an object, a list or a quoted text."""
    if value[0] in '{["':
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    number = number_of(value)
    return value if number is None else number


def number_of(words: str) -> int | float | None:
    """Return the number that these words are, if they are just how it is written: not "007", not "1e3"."""
    if not _NUMBER.fullmatch(words):
        return None
    try:
        number = msgspec.json.decode(words)
    except msgspec.DecodeError:  # 1e999, which is beyond all numbers
        return None
    return number if msgspec.json.encode(number).decode() == words else None


@dataclass(slots=True)
class Draft:
    """A span in the making."""

    id: str
    label: str
    pieces: list[tuple[int, int]]
    attributes: dict[str, list[Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    source: str = ""

    def values(self) -> dict[str, Any]:
        """Return the attributes: a value that is there once as it is, else a list of all."""
        if not self.attributes:
            return {}
        return {name: values[0] if len(values) == 1 else values for name, values in self.attributes.items()}


class Drafts:
    """The spans of a file in the making.

    Attributes:
        lost: What has no place: id, kind of loss, reason.
        notes: Notes on what is no span, for the layer's own note.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Draft] = {}
        self._called: dict[str, Draft] = {}  # also by the ids of events
        self._ids: set[str] = set()
        self.lost: list[tuple[str, str, str]] = []
        self.notes: list[str] = []

    @property
    def all(self) -> Iterator[Draft]:
        """The spans in the order in which they came."""
        return iter(self._by_id.values())

    def add(self, draft: Draft) -> None:
        """Add a span."""
        self._by_id[draft.id] = self._called[draft.id] = draft
        self._ids.add(draft.id)

    def new_id(self, id: str) -> str:
        """Return a free id for a further piece of a span."""
        number = 2
        while f"{id}.{number}" in self._ids:
            number += 1
        self._ids.add(f"{id}.{number}")
        return f"{id}.{number}"

    def fill(self, lines: Lines) -> None:
        """Put in what events, relations, attributes, normalisations and notes say."""
        triggers: Mapping[str, Draft] = dict(self._by_id)
        for event in lines.events:
            self._trigger(event, triggers)
        for event in lines.events:
            if event.id in self._called:
                for role, target in event.arguments:
                    self._link(Link(event.line, event.id, role, event.id, target))
        relations: dict[str, Link] = {}
        for link in lines.links:
            relations[link.id] = link
            self._link(link)
        for value in lines.values:
            draft = self._called.get(value.target)
            if draft is not None:
                draft.attributes.setdefault(value.name, []).append(value.value)
            else:
                about = Said("", None, safe(value.name), worded(value.value))
                self._homeless(value, relations, about, "attribute left out")
        for note in lines.notes:
            draft = self._called.get(note.target)
            if draft is not None:
                draft.notes.append(note.value)
            else:
                self._homeless(note, relations, Said("", note.value), "note left out")

    def _trigger(self, event: Event, triggers: Mapping[str, Draft]) -> None:
        """Make the trigger of an event the event's span, or a copy of it where it is another event's already."""
        draft = triggers.get(event.trigger)
        if draft is None:
            why = f"line {event.line}: {event.id} has the trigger {event.trigger}, which is no span"
            self.lost.append((event.id, "event left out", why))
            return
        if draft.source:
            why = f"line {event.line}: {event.trigger} is another event's trigger already; {event.id} became a span"
            self.lost.append((event.id, "further event on a trigger", why))
            draft = replace(draft, id=event.id, attributes={}, notes=[])
            self.add(draft)
        draft.source = EVENT_SOURCE.format(event=event.id, trigger=event.trigger)
        self._called[event.id] = draft
        if plain(event.label) != draft.label:
            why = f"line {event.line}: {event.id} is a {event.label}, its trigger a {draft.label}; it became the former"
            self.lost.append((draft.id, "label of the trigger", why))
            draft.label = plain(event.label)

    def _link(self, link: Link) -> None:
        source, target = self._called.get(link.source), self._called.get(link.target)
        if source is None or target is None:
            missing = link.source if source is None else link.target
            why = f"line {link.line}: {link.name} from {link.source} to {link.target}: {missing} was not read"
            self.lost.append(("" if source is None else source.id, "link left out", why))
            return
        if link.roles:
            why = f"line {link.line}: {link.name} has the roles {link.roles}, read as its source and target"
            self.lost.append((source.id, "roles of a relation", why))
        targets = source.attributes.setdefault(plain(link.name), [])
        if target.id not in targets:
            targets.append(target.id)

    def _homeless(self, value: Value, relations: Mapping[str, Link], about: Said, what: str) -> None:
        """Take what is said of a relation into the layer's note, and list what is said of nothing that was read."""
        link = relations.get(value.target)
        if link is not None:
            self.notes.append(about._replace(relation=called(safe(plain(link.name)), link.source, link.target)).line())
            why = f"line {value.line}: it is about the relation {value.target}; put into the note of the article"
            self.lost.append(("", "said of a relation", why))
        else:
            why = f"line {value.line}: it is about {value.target}, which is nothing that was read"
            self.lost.append(("", what, why))
