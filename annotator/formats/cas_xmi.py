"""UIMA's XML: a CAS as XMI, and type systems, read and written.

Invariant: nothing outside the file is ever looked at, and a document type definition, with which entities come, is
refused; what is written is XML 1.0, in which a character that XML has not is U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO, Final
from xml.parsers import expat

from annotator.errors import InputError
from annotator.formats.cas_model import Cas, Sofa, Structure, Types, whole

LIMIT: Final = 256 << 20
"""Bytes of one CAS; far beyond any article with its layers."""
NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 has no place for."""

_BLOCK: Final = 1 << 16
_XMI: Final = "http://www.omg.org/XMI"
_ECORE: Final = re.compile(r"http:///(.*)\.ecore")
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_SPECIAL: Final = re.compile('[\x00-\x1f&<>"\ufffe\uffff]')


def xml(text: str) -> str:
    """Return a text for an attribute or element, line breaks and tabs kept."""
    if not _SPECIAL.search(text):
        return text
    text = NOT_XML.sub("\ufffd", text)
    for character, escaped in _ESCAPES.items():  # a tenth of the time of `str.translate` (measured); "&" is the first
        text = text.replace(character, escaped)
    return text


class _Handler:
    """Builds something from the events of a parser."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element; its name is "namespace name"."""

    def end(self, tag: str) -> None:
        """Take the end of an element."""

    def data(self, text: str) -> None:
        """Take text."""


def _parse(stream: BinaryIO, handler: _Handler) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = handler.start
    parser.EndElementHandler = handler.end
    parser.CharacterDataHandler = handler.data
    parser.StartDoctypeDeclHandler = _refuse
    taken = 0
    try:
        while block := stream.read(_BLOCK):
            taken += len(block)
            if taken > LIMIT:
                raise InputError(f"is longer than {LIMIT >> 20} MB", hint="a CAS holds one article")
            parser.Parse(block)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "broken")
        raise InputError(f"is not XML: {what} on line {error.lineno}", hint="export it again") from error
    except (ValueError, LookupError) as error:  # an encoding that nobody knows
        raise InputError(f"is not XML: {error}", hint="export it again as UTF-8") from error


def _refuse(*_declaration: object) -> None:
    raise InputError("has a document type definition, which is not read", hint="export it again as XMI")


class _Plan:
    """How the structures of one type are read: the type system is asked once for each feature, not for each value."""

    def __init__(self, type: str, types: Types) -> None:
        self.type = type
        self._types = types
        self._readers: dict[str, Callable[[str], Any] | None] = {}

    def structure(self, attributes: dict[str, str]) -> Structure:
        """Return a structure with what its attributes say."""
        made = Structure(_id(attributes), self.type)
        values, refs, readers = made.values, made.refs, self._readers
        for name, text in attributes.items():
            if name not in readers:
                readers[name] = self._reader(name)
            read = readers[name]
            if read is str:
                values[name] = text
            elif read is not None:
                values[name] = read(text)
            elif " " not in name:  # else of a namespace: its id
                refs[name] = list(map(whole, text.split()))
        return made

    def _reader(self, name: str) -> Callable[[str], Any] | None:
        """Return what makes a value of a text, None where it is none."""
        if " " in name or self.type == "uima.cas.FSArray" or self._types.is_reference(self.type, name):
            return None
        return self._types.reader(self.type, name)


class _CasHandler(_Handler):
    def __init__(self, types: Types) -> None:
        self.cas = Cas()
        self.views: dict[int, set[int]] = {}
        self._types = types
        self._depth = 0
        self._now: Structure | None = None
        self._words: list[str] = []
        self._plans: dict[str, _Plan] = {}  # by tag

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._words = []
        if self._depth == 1 and tag != f"{_XMI} XMI":
            raise InputError("is XML, but not XMI", hint="export the document as UIMA CAS XMI")
        if self._depth != 2:
            return
        plan = self._plans.get(tag)
        if plan is None:
            plan = self._plans[tag] = _Plan(_type_of(tag), self._types)
        type = plan.type
        if type == "uima.cas.View":
            self.views[whole(attributes.get("sofa", ""))] = set(map(whole, attributes.get("members", "").split()))
        elif type == "uima.cas.Sofa":
            sofa = Sofa(_id(attributes), attributes.get("sofaID", ""), attributes.get("sofaString"))
            self.cas.sofas.append(sofa)
        elif type != "uima.cas.NULL":
            self._now = plan.structure(attributes)
            self.cas.structures[self._now.id] = self._now

    def data(self, text: str) -> None:
        if self._depth == 3:
            self._words.append(text)

    def end(self, tag: str) -> None:
        if self._depth == 3 and self._now is not None:  # one text of an array of texts
            found = self._now.values.setdefault(tag.rpartition(" ")[2], [])
            if isinstance(found, list):
                found.append("".join(self._words))
        elif self._depth == 2:
            self._now = None
        self._depth -= 1


def _type_of(tag: str) -> str:
    namespace, _, name = tag.rpartition(" ")
    found = _ECORE.fullmatch(namespace)
    inside = found[1].replace("/", ".") if found else ""
    return name if inside in ("", "uima.noNamespace") else f"{inside}.{name}"


def _id(attributes: Mapping[str, str]) -> int:
    return whole(attributes.get(f"{_XMI} id", ""))


def read_xmi(stream: BinaryIO, types: Types) -> Cas:
    """Return the CAS of an XMI file.

    Args:
        stream: Its bytes.
        types: Its type system; an empty one if there is none.

    Raises:
        InputError: If it is none.
    """
    handler = _CasHandler(types)
    _parse(stream, handler)
    for sofa in handler.cas.sofas:
        sofa.members = handler.views.get(sofa.id, set() if handler.views else None)
    return handler.cas


class _TypesHandler(_Handler):
    def __init__(self) -> None:
        self.supers: dict[str, str] = {}
        self.ranges: dict[str, dict[str, str]] = {}
        self._path: list[str] = []
        self._texts: dict[str, str] = {}
        self._features: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._path.append(tag.rpartition(" ")[2])

    def data(self, text: str) -> None:
        if len(self._path) > 1 and self._path[-1] in ("name", "supertypeName", "rangeTypeName"):
            place = f"{self._path[-2]}/{self._path[-1]}"
            self._texts[place] = self._texts.get(place, "") + text

    def end(self, tag: str) -> None:
        name = self._path.pop()
        if name == "featureDescription":
            self._features[self._take(f"{name}/name")] = self._take(f"{name}/rangeTypeName")
        elif name == "typeDescription":
            type = self._take(f"{name}/name")
            self.supers[type] = self._take(f"{name}/supertypeName")
            self.ranges[type], self._features = self._features, {}

    def _take(self, place: str) -> str:
        return self._texts.pop(place, "").strip()


def read_types(stream: BinaryIO) -> Types:
    """Return the type system of a type system description.

    Raises:
        InputError: If it is none.
    """
    handler = _TypesHandler()
    _parse(stream, handler)
    return Types(handler.supers, handler.ranges)


def xmi(cas: Cas) -> bytes:
    """Return a CAS of one sofa as XMI; references are written as they are, values must be texts or numbers."""
    names: dict[str, str] = {"uima.cas": "cas"}
    parts: list[str] = []
    for structure in cas.structures.values():
        package, _, short = structure.type.rpartition(".")
        prefix = names.get(package)
        if prefix is None:
            wanted = package.rpartition(".")[2]
            prefix = names[package] = wanted if wanted not in names.values() else f"{wanted}{len(names)}"
        words = f'  <{prefix}:{short} xmi:id="{structure.id}"'
        for name, value in structure.values.items():
            words += f' {name}="{value if isinstance(value, int) else xml(str(value))}"'
        for name, ids in structure.refs.items():
            words += f' {name}="{ids[0] if len(ids) == 1 else " ".join(map(str, ids))}"'
        parts.append(f"{words}/>\n")
    for sofa in cas.sofas:
        words = f'xmi:id="{sofa.id}" sofaNum="1" sofaID="{xml(sofa.name)}" mimeType="text"'
        parts.append(f'  <cas:Sofa {words} sofaString="{xml(sofa.text or "")}"/>\n')
        members = " ".join(map(str, sorted(sofa.members or ())))
        parts.append(f'  <cas:View sofa="{sofa.id}" members="{members}"/>\n')
    spaces = "".join(
        f' xmlns:{prefix}="http:///{package.replace(".", "/")}.ecore"' for package, prefix in names.items()
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<xmi:XMI xmlns:xmi="{_XMI}"{spaces} xmi:version="2.0">\n'
    return "".join([head, *parts, "</xmi:XMI>\n"]).encode()


def type_system(types: Types) -> bytes:
    """Return a type system description."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    parts += ['<typeSystemDescription xmlns="http://uima.apache.org/resourceSpecifier">\n  <types>\n']
    for type, above in types.supers.items():
        parts += ["    <typeDescription>\n", f"      <name>{xml(type)}</name>\n", "      <description/>\n"]
        parts += [
            f"      <supertypeName>{xml(above)}</supertypeName>\n",
            *_features(types.ranges.get(type, {}).items()),
        ]
        parts += ["    </typeDescription>\n"]
    return "".join([*parts, "  </types>\n</typeSystemDescription>\n"]).encode()


def _features(ranges: Iterable[tuple[str, str]]) -> list[str]:
    lines = [
        f"        <featureDescription><name>{xml(name)}</name><description/>"
        f"<rangeTypeName>{xml(kind)}</rangeTypeName></featureDescription>\n"
        for name, kind in ranges
    ]
    return ["      <features>\n", *lines, "      </features>\n"] if lines else []
