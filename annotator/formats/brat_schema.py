"""A schema from brat's `annotation.conf`, the way back from `brat_conf`.

Invariant: every type that can be annotated is a label, under the name that the `.ann` files use, and what the reader of
these makes an attribute of has a place on it; whatever else the file says is told, with its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from annotator.errors import InputError
from annotator.formats.safe_names import plain

SECTIONS: Final = ("entities", "events", "relations", "attributes")
_LINE: Final = re.compile(r"([ \t]*)(!?)(\S+)[ \t]*(.*)")
_MACRO: Final = re.compile(r"<([\w-]+)>=(.*)")
_COUNTED: Final = re.compile(r"(.+?)([?*+]|\{([0-9]{1,9})(?:-([0-9]{1,9}))?\})?")
_NAMED: Final = re.compile(r"<[\w-]+>")
_LONGEST: Final = 100_000  # characters of a line with its macros put in; one that names two of the one before doubles
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_OF_BRAT: Final = ("ENTITY", "EVENT", "RELATION", "ANY", "NONE")
"""What stands for all types of a kind; a macro of the file may not be called so."""


class _Line(NamedTuple):
    """A line of a section: how far it is indented, whether it has a `!`, its name, and what follows."""

    number: int
    indent: int
    barred: bool
    name: str
    rest: str


class _Argument(NamedTuple):
    """A `ROLE:TYPE|TYPE`: the role without its count, how many there may and must be, and the types."""

    role: str
    many: bool
    required: bool
    types: tuple[str, ...]


@dataclass(slots=True)
class _Types:
    """The types of a file: which can be annotated, of which section, and what lies below which."""

    labels: dict[str, str] = field(default_factory=dict)  # the section of each that can be annotated
    above: dict[str, tuple[str, ...]] = field(default_factory=dict)  # from the outermost

    def add(self, section: str, lines: Sequence[_Line]) -> None:
        """Take the types of a section, of which those that are indented belong to the one above."""
        path: list[_Line] = []
        for line in lines:
            while path and path[-1].indent >= line.indent:
                path.pop()
            self.above.setdefault(plain(line.name), tuple(plain(one.name) for one in path))
            if not line.barred:
                self.labels.setdefault(plain(line.name), section)
            path.append(line)

    def named(self, type: str) -> list[str]:
        """Return the labels that a type in an argument stands for: itself and what lies below it."""
        if type in ("<ENTITY>", "<EVENT>"):
            section = "entities" if type == "<ENTITY>" else "events"
            return [name for name, own in self.labels.items() if own == section]
        if type == "<ANY>":
            return [*self.labels]
        wanted = plain(type)
        return [name for name in self.labels if name == wanted or wanted in self.above[name]]


def schema_from(text: str, *, name: str) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """Return the schema that an `annotation.conf` describes, as a schema file has it, and what has no place in it.

    Types become labels, relations and the arguments of events links, attributes flags or choices.

    Args:
        text: The file's.
        name: What the schema is to be called.

    Returns:
        The schema's fields, and line and words of each thing that was left out.

    Raises:
        InputError: If it is no such file.
    """
    sections, notes = _sections(text)
    types = _Types()
    for section in ("entities", "events"):
        types.add(section, sections.get(section, ()))
    if not types.labels:
        raise InputError(
            "names no type that can be annotated", hint="brat's annotation.conf has [entities] or [events]"
        )
    labels: dict[str, dict[str, Any]] = {}
    for label in types.labels:
        above = " › ".join(types.above[label])
        labels[label] = {**({"description": f"a kind of {above}"} if above else {}), "attributes": {}}
    draft = _Draft(types, labels, notes)
    for line in sections.get("events", ()):
        draft.event(line)
    for line in sections.get("relations", ()):
        draft.relation(line)
    for line in sections.get("attributes", ()):
        draft.attribute(line)
    return {"name": name, "version": "1", "labels": labels}, sorted(notes)


def _sections(text: str) -> tuple[dict[str, list[_Line]], list[tuple[int, str]]]:
    """Return the lines of each section with macros put in, and what is in none of them."""
    found: dict[str, list[_Line]] = {}
    notes: list[tuple[int, str]] = []
    macros: dict[str, str] = {}
    section = ""
    for number, line in enumerate(text.split("\n"), 1):
        words = line.strip()
        if not words or words.startswith("#") or not words.strip("-"):
            continue
        if header := re.fullmatch(r"\[(.+)\]", words):
            section = header[1].strip().lower()
            if section not in SECTIONS:
                notes.append((number, f"the section {words[:60]} is none that a schema comes from"))
        elif (macro := _MACRO.fullmatch(words)) and macro[1] not in _OF_BRAT:
            macros[f"<{macro[1]}>"] = _with(macros, macro[2].strip())
        elif section in SECTIONS and (parts := _LINE.fullmatch(line.rstrip())):
            rest = _with(macros, parts[4])
            found.setdefault(section, []).append(_Line(number, len(parts[1]), bool(parts[2]), parts[3], rest))
    return found, notes


def _with(macros: dict[str, str], words: str) -> str:
    length = len(words) + sum(len(macros.get(one, "")) for one in _NAMED.findall(words))
    if length > _LONGEST:
        raise InputError(f"a line becomes {length:,} characters by its macros", hint=f"{_LONGEST:,} are the limit")
    return _NAMED.sub(lambda one: macros.get(one[0], one[0]), words)


def _arguments(rest: str) -> Iterator[_Argument]:
    """Yield what stands behind a name, `ROLE:TYPES` and `KEY:VALUES` alike."""
    for part in rest.split(","):
        role, colon, types = part.strip().partition(":")
        counted = _COUNTED.fullmatch(role.strip())
        if colon and counted:
            sign = counted[2] or ""
            many = sign in ("*", "+") or (sign.startswith("{") and int(counted[4] or counted[3]) > 1)
            required = sign not in ("?", "*") and not (sign.startswith("{") and int(counted[3]) == 0)
            yield _Argument(counted[1], many, required, tuple(filter(None, map(str.strip, types.split("|")))))


class _Draft:
    """The labels as they get their attributes."""

    def __init__(self, types: _Types, labels: dict[str, dict[str, Any]], notes: list[tuple[int, str]]) -> None:
        self._types = types
        self._labels = labels
        self._notes = notes

    def event(self, line: _Line) -> None:
        """Give an event its arguments; one that only stands above others has none."""
        for one in _arguments(line.rest):
            if not line.barred:
                fields = {"many": one.many, "required": one.required}
                self._put(line, plain(line.name), plain(one.role), self._link(line, one, **fields))

    def relation(self, line: _Line) -> None:
        """Give the labels from which a relation leads a link; there may be any number of it."""
        given = [*_arguments(line.rest)]
        roles = [one for one in given if not one.role.startswith("<")]
        if line.name.startswith("<") or len(roles) != 2:
            self._notes.append((line.number, f"{line.name} is no relation of two arguments; left out"))
            return
        for one in given:
            if one.role == "<REL-TYPE>":
                self._notes.append((line.number, f"{line.name} is {' '.join(one.types)}, which a link cannot say"))
        for label in self._labels_of(line, roles[0]):
            self._put(line, label, plain(line.name), self._link(line, roles[1], many=True))

    def attribute(self, line: _Line) -> None:
        """Give labels a flag, or a choice between values."""
        given = {one.role: one for one in _arguments(line.rest)}
        if "Arg" not in given:
            self._notes.append((line.number, f"{line.name} names nothing that it belongs to; left out"))
            return
        options = list(dict.fromkeys(given["Value"].types)) if "Value" in given else []
        for label in self._labels_of(line, given["Arg"]):
            fields = {"kind": "choice", "options": options} if options else {"kind": "flag"}
            self._put(line, label, plain(line.name), fields)

    def _link(self, line: _Line, argument: _Argument, **fields: bool) -> dict[str, Any]:
        targets = self._labels_of(line, argument)
        every = not targets or len(targets) == len(self._types.labels)
        chosen = {name: True for name, value in fields.items() if value}
        return {"kind": "link", **({} if every else {"labels": targets}), **chosen}

    def _labels_of(self, line: _Line, argument: _Argument) -> list[str]:
        found: dict[str, None] = {}
        for type in argument.types:
            names = self._types.named(type)
            if not names:
                what = "a relation has no attributes here" if type == "<RELATION>" else "there is no such type"
                self._notes.append((line.number, f"{line.name}: {argument.role}:{type}: {what}"))
            found.update(dict.fromkeys(names))
        return [name for name in self._types.labels if name in found]

    def _put(self, line: _Line, label: str, name: str, fields: dict[str, Any]) -> None:
        """Add an attribute; a relation of several lines may lead to the labels of all of them."""
        attributes = self._labels[label]["attributes"]
        before = attributes.get(name)
        if before is None:
            attributes[name] = fields
        elif before["kind"] == fields["kind"] == "link":
            both = {*before.get("labels", ()), *fields.get("labels", ())}
            if "labels" in before and "labels" in fields:
                before["labels"] = [one for one in self._types.labels if one in both]
            else:
                before.pop("labels", None)
        elif before != fields:
            self._notes.append((line.number, f"{label} has {name} already, as a {before['kind']}; left out"))


def schema_toml(data: dict[str, Any]) -> str:
    """Return a schema's fields, as `schema_from` gives them, as the text of a schema file."""
    lines = [f"{name} = {_value(data[name])}" for name in ("name", "version")]
    for label, fields in data["labels"].items():
        own = {name: value for name, value in fields.items() if name != "attributes"}
        lines += _table(("labels", label), own)
        for name, attribute in fields["attributes"].items():
            lines += _table(("labels", label, "attributes", name), attribute)
    return "\n".join(lines) + "\n"


def _table(path: Sequence[str], fields: dict[str, Any]) -> list[str]:
    head = ".".join(part if _BARE.fullmatch(part) else _value(part) for part in path)
    return ["", f"[{head}]", *(f"{name} = {_value(value)}" for name, value in fields.items())]


def _value(value: Any) -> str:
    # JSON's strings, lists and truth values are TOML's, but for one control character that JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
