"""UIMA's JSON (JSON CAS 0.4): a CAS with its own type system, read and written.

Invariant: the same values as in XMI, and every character of the text, for JSON has them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import msgspec

from annotator.errors import InputError
from annotator.formats.cas_model import Cas, Sofa, Structure, Types
from annotator.formats.cas_xmi import LIMIT

_SOFA: Final = "uima.cas.Sofa"
_BLOCK: Final = 1 << 16
_MARKS: Final = frozenset("%@#^")
_PRIMITIVE_ARRAYS: Final = frozenset(
    f"uima.cas.{kind}Array" for kind in ("Boolean", "Byte", "Double", "Float", "Integer", "Long", "Short", "String")
)
_TYPES, _STRUCTURES, _VIEWS = "%TYPES", "%FEATURE_STRUCTURES", "%VIEWS"


def read_json(stream: BinaryIO, types: Types) -> Cas:
    """Return the CAS of a JSON file.

    Args:
        stream: Its bytes.
        types: Not needed, for a value says here whether it is a reference.

    Raises:
        InputError: If it is none.
    """
    data = stream.read(_BLOCK)
    if len(data) == _BLOCK:  # not at once, because room is made for as much as is asked for
        data += stream.read(LIMIT + 1 - _BLOCK)
    if len(data) > LIMIT:
        raise InputError(f"is longer than {LIMIT >> 20} MB", hint="a CAS holds one article")
    try:
        whole = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
        return _cas(whole)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"is not JSON: {str(error)[:200]}", hint="export it again") from error
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise InputError(f"is not a JSON CAS: {str(error)[:200]}", hint="export it again as JSON CAS 0.4") from error


def _cas(whole: Mapping[str, Any]) -> Cas:
    cas, unmarked = Cas(), set[str]()
    arrays: dict[int, list[Any]] = {}
    views = {str(name): view for name, view in whole.get(_VIEWS, {}).items()}
    for id, found in _structures(whole.get(_STRUCTURES, [])):
        type = found["%TYPE"]
        if not isinstance(type, str):
            raise TypeError("a type that is no text")
        if type == _SOFA:
            name, text = str(found.get("sofaID", "")), found.get("sofaString")
            members = views[name]["%MEMBERS"] if name in views else None
            if not isinstance(text, str | None):
                raise TypeError("a text that is none")
            cas.sofas.append(Sofa(id, name, text, None if members is None else set(members)))
            continue
        if type in _PRIMITIVE_ARRAYS and isinstance(elements := found.get("%ELEMENTS", []), list):
            arrays[id] = elements
            continue
        cas.structures[id] = _structure(id, type, found, unmarked)
    if arrays:
        _put_in(cas, arrays)
    return cas


def _structure(id: int, kind: str, found: Mapping[str, Any], unmarked: set[str]) -> Structure:
    """Return a structure; the names of features without a mark are put into `unmarked`, so that each is told once."""
    made = Structure(id, kind)
    values, refs = made.values, made.refs
    for name, value in found.items():
        if name in unmarked:
            values[name] = value
        elif name[:1] not in _MARKS:
            unmarked.add(name)
            values[name] = value
        elif name == "%ELEMENTS" and isinstance(value, list):
            refs["elements"] = [ref for ref in value if isinstance(ref, int)]
        elif name.startswith("@"):
            refs[name[1:]] = [_integer(ref) for ref in (value if isinstance(value, list) else [value])]
        elif not name.startswith("%"):
            values[name.removeprefix("#").removeprefix("^")] = value
    for name in ("begin", "end"):
        if type(values.get(name, 0)) is not int:
            _integer(values[name])
    return made


def _put_in(cas: Cas, arrays: Mapping[int, list[Any]]) -> None:
    """Make the features that refer to an array of texts or numbers the values in it, as they are in XMI."""
    for one in cas.structures.values():
        for name in [name for name, ids in one.refs.items() if len(ids) == 1 and ids[0] in arrays]:
            one.values[name] = [*arrays[one.refs.pop(name)[0]]]


def _structures(found: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield (id, structure), whether they are in a list or in an object by id."""
    if isinstance(found, Mapping):
        for id, structure in found.items():
            yield int(id[:18]), structure
    else:
        for structure in found:
            yield _integer(structure["%ID"]), structure


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{str(value)[:40]!r} is not a whole number")
    return value


def json_cas(cas: Cas, types: Types) -> bytes:
    """Return a CAS of one sofa as JSON, with its type system."""
    structures: list[dict[str, Any]] = [
        {"%ID": sofa.id, "%TYPE": _SOFA, "sofaNum": 1, "sofaID": sofa.name, "mimeType": "text", "sofaString": sofa.text}
        for sofa in cas.sofas
    ]
    for one in cas.structures.values():
        refs = {f"@{name}": ids[0] for name, ids in one.refs.items()}
        structures.append({"%ID": one.id, "%TYPE": one.type, **refs, **one.values})
    described = {
        type: {
            "%NAME": type,
            "%SUPER_TYPE": above,
            **{name: {"%NAME": name, "%RANGE": kind} for name, kind in types.ranges.get(type, {}).items()},
        }
        for type, above in types.supers.items()
    }
    views = {sofa.name: {"%SOFA": sofa.id, "%MEMBERS": sorted(sofa.members or ())} for sofa in cas.sofas}
    return msgspec.json.encode({_TYPES: described, _STRUCTURES: structures, _VIEWS: views}) + b"\n"
