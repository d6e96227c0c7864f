"""What is wrong with a schema that was read from a file, in words for the person who wrote it.

Invariant: `faults_of(data)` is empty exactly when `Schema.validated(data)` succeeds, and no message shows how
the check is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from annotator.core.schema import Fault, SchemaFaults, Where
from annotator.core.schema_models import Attribute, Label, Rule, Schema

KINDS: Final[Mapping[str, type[BaseModel]]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(get_args(Attribute)[0])
}
"""The model of each kind of attribute."""

_PATTERNS: Final[Mapping[str, tuple[str, str]]] = {
    "color": ("is not a colour", "write it as '#1d4f91'"),
    "version": ("is not a version", "letters, digits and . _ + - only, no blanks"),
    "title": ("is not one line", "leave out line breaks and control characters"),
}
_TYPES: Final[Mapping[str, str]] = {
    "string_type": "a text in quotes",
    "bool_type": "true or false, without quotes",
    "list_type": "a list in square brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "float_type": "a number",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_parsing": "true or false, without quotes",
}


def faults_of(data: dict[str, Any]) -> list[Fault]:
    """Return every fault of a schema as TOML gave it.

    An unknown field is reported and then left out, so that what only a whole schema shows (a key used twice, a label
    that does not exist) is found in the same run.
    """
    errors = _errors(data)
    unknown = [error for error in errors if error["type"] == "extra_forbidden"]
    if unknown and len(unknown) == len(errors):
        pruned = deepcopy(data)
        for error in unknown:
            *parents, last = _path(error["loc"])
            table: Any = pruned
            for part in parents:
                table = table[part]
            del table[last]
        errors += _errors(pruned)
    return [fault for error in errors for fault in _faults(error)]


def _errors(data: dict[str, Any]) -> list[ErrorDetails]:
    try:
        Schema.model_validate(data)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _path(loc: Where) -> Where:
    """Take out of pydantic's location what stands in no file: the kind after an attribute's name, and "[key]"."""
    at = 2 if loc[:1] == ("attributes",) else 4 if loc[:1] == ("labels",) and loc[2:3] == ("attributes",) else len(loc)
    path = (*loc[:at], *(loc[at + 1 :] if loc[at : at + 1] and loc[at] in KINDS else loc[at:]))
    return path[:-1] if path[-1:] == ("[key]",) else path


def _model(loc: Where) -> type[BaseModel]:
    """Return the model whose field the last part of a location is."""
    match loc:
        case ("rules", int(), *_):
            return Rule
        case ("attributes", _, str(kind), _) | ("labels", _, "attributes", _, str(kind), _):
            return KINDS[kind]
        case ("labels", _, _):
            return Label
        case _:
            return Schema


def said_of(error: ErrorDetails) -> tuple[str, str]:
    """Return what is wrong and a hint, which may be empty, of something that pydantic found in a file."""
    return _SAYINGS.get(error["type"], _other)(error)


def _faults(error: ErrorDetails) -> list[Fault]:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, SchemaFaults):
        return list(cause.faults)
    message, hint = said_of(error)
    return [Fault(_path(error["loc"]), message, hint)]


def _unknown(error: ErrorDetails) -> tuple[str, str]:
    fields = [*_model(error["loc"]).model_fields]
    near = get_close_matches(str(error["loc"][-1]), fields, n=1)
    return "unknown field", f"did you mean {near[0]!r}?" if near else f"known: {', '.join(fields)}"


def _missing(error: ErrorDetails) -> tuple[str, str]:
    hints = {
        "version": 'such as version = "1"',
        "name": 'such as name = "my-schema"',
        "options": 'such as ["yes", "no"]',
    }
    hints["labels"] = "add a table for each label, such as [labels.actor]"
    return "is missing", hints.get(str(error["loc"][-1]), "add it")


def _no_kind(error: ErrorDetails) -> tuple[str, str]:
    return "kind is missing", f"one of {', '.join(KINDS)}"


def _wrong_kind(error: ErrorDetails) -> tuple[str, str]:
    kind = error.get("ctx", {})["tag"]
    near = get_close_matches(kind, KINDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(KINDS)}"
    return f"there is no kind {kind!r}", hint


def _pattern(error: ErrorDetails) -> tuple[str, str]:
    fallback = ("is not a name", "one line, not beginning or ending with a blank, without control characters")
    message, hint = _PATTERNS.get(str(error["loc"][-1]), fallback)
    return f"{error['input']!r} {message}", hint


def _type(error: ErrorDetails) -> tuple[str, str]:
    return f"must be {_TYPES[error['type']]}", f"it is {error['input']!r:.60}"


def _literal(error: ErrorDetails) -> tuple[str, str]:
    return f"{error['input']!r} is not allowed", f"one of {error.get('ctx', {})['expected']}"


def _bound(error: ErrorDetails) -> tuple[str, str]:
    context = error.get("ctx", {})
    bound = f"at least {context['ge']}" if "ge" in context else f"at most {context['le']}"
    return f"must be {bound}", f"it is {error['input']!r:.60}"


def _too_short(error: ErrorDetails) -> tuple[str, str]:
    return "is empty", "give at least one"


def _too_long(error: ErrorDetails) -> tuple[str, str]:
    limit = error.get("ctx", {})["max_length"]
    return f"is longer than {limit} character{'s' if limit > 1 else ''}", "shorten it"


def _other(error: ErrorDetails) -> tuple[str, str]:
    return error["msg"][:1].lower() + error["msg"][1:], ""


_SAYINGS: Final[Mapping[str, Callable[[ErrorDetails], tuple[str, str]]]] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "union_tag_not_found": _no_kind,
    "union_tag_invalid": _wrong_kind,
    "string_pattern_mismatch": _pattern,
    "literal_error": _literal,
    "greater_than_equal": _bound,
    "less_than_equal": _bound,
    "too_short": _too_short,
    "string_too_short": _too_short,
    "string_too_long": _too_long,
    **dict.fromkeys(_TYPES, _type),
}
