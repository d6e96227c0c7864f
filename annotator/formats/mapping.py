"""Other names for labels and attributes, on the way in.

Invariant: a label or attribute that the schema does not have is refused by name, or left out and counted as a loss;
never stored under a name that nobody gave it.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Self

from annotator.core.attributes import SETTLED, problem_with
from annotator.core.links import links_to, without_links
from annotator.core.record import LayerRecord
from annotator.core.schema import Attribute, Choice, Choices, Count, Flag, Link, Number, Schema, Text
from annotator.core.spans import Span
from annotator.errors import InputError, UsageError
from annotator.formats.base import FRAGMENT_LINK, Incoming, Loss

_attributes = attrgetter("attributes")
_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0"})
_WHOLE: Final = re.compile("[+-]?[0-9]{1,15}")
_LONGEST: Final = 60  # code points of a value that a loss quotes


@dataclass(frozen=True, slots=True)
class Names:
    """What labels and attributes of a file are called here.

    Args:
        labels: The label here by the label in the file; "" leaves it out.
        attributes: The attribute here by "label.attribute" or "attribute" of the file; "" leaves it out.
    """

    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, given: Sequence[str]) -> Self:
        """Return the names that the values of `--map` give: `A=b,C=d`, or a TOML file.

        Raises:
            UsageError: If a value is neither.
            InputError: If a file cannot be read or is not a mapping.
        """
        labels: dict[str, str] = {}
        attributes: dict[str, str] = {}
        for value in given:
            if "=" not in value or Path(value).is_file():
                more = _from_file(value)
                labels |= more["labels"]
                attributes |= more["attributes"]
                continue
            for pair in value.split(","):
                name, equals, to = (part.strip() for part in pair.partition("="))
                if not (name and equals):
                    raise UsageError(f"--map {pair[:60]!r} is not NAME=LABEL", hint="for example --map Person=actor")
                labels[name] = to
        return cls(labels, attributes)

    def check(self, schema: Schema) -> None:
        """Refuse a label that the schema does not have.

        Raises:
            UsageError: If there is one.
        """
        for name, to in self.labels.items():
            if to and to not in schema.labels:
                hint = f"labels: {', '.join(schema.labels)}"
                raise UsageError(f"--map {name}={to}: there is no label {to!r} in {schema.ref}", hint=hint)

    def attribute(self, label: str, name: str) -> str:
        """Return what an attribute of a label (as the file names both; label "" for the article) is called here."""
        return self.attributes.get(f"{label}.{name}", self.attributes.get(name, name))


def _from_file(name: str) -> dict[str, dict[str, str]]:
    try:
        data = tomllib.loads(Path(name).read_text("utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"--map {name!r}: no such file, and not NAME=LABEL", hint="e.g. --map Person=actor") from error
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no TOML, or thousands of digits
        raise InputError(
            f"{name}: cannot be read as TOML: {error}", hint='[labels] with lines Person = "actor"'
        ) from error
    found: dict[str, dict[str, str]] = {"labels": {}, "attributes": {}}
    for table, pairs in data.items():
        if table not in found or not isinstance(pairs, dict):
            raise InputError(f"{name}: {table!r} is not a table of a mapping", hint="[labels] and [attributes]")
        for old, new in _flat(pairs):
            if not isinstance(new, str):
                raise InputError(f"{name}: {table}.{old} is not a text", hint='such as Person = "actor"')
            found[table][old] = new
    return found


def _flat(pairs: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield names with their values; TOML reads the bare key a.b as a table in a table."""
    for name, value in pairs.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


class Mapper:
    """Gives labels and attributes their names here and attribute values their kinds.

    What the schema does not have is counted and stays, for the gate to refuse, unless it is to be left out.

    Args:
        schema: The schema in force; None where any name will do.
        names: What is called otherwise.
        drop: Leave out what the schema does not have.

    Attributes:
        unmapped: How many spans had each label that the schema does not have.
        unknown: How often each attribute, as "label.attribute", that the schema does not have was there.
    """

    def __init__(self, schema: Schema | None, names: Names | None = None, *, drop: bool = False) -> None:
        self._schema = schema
        self._names = names or Names()
        self._renames = bool(self._names.labels or self._names.attributes)
        self._drop = drop
        self.unmapped: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        if schema is not None:
            self._names.check(schema)

    def admit(self, incoming: Incoming) -> Incoming:
        """Return what came in, under the names of the schema."""
        layer = incoming.record.layer
        if layer is None or not (self._renames or (incoming.loose and _has_values(layer)) or self._strange(layer)):
            return incoming
        losses = _Losses(incoming.record.key, layer.annotator)
        spans: list[Span] = []
        surfaces: list[str | None] = []
        given = [*incoming.surfaces, *[None] * (len(layer.spans) - len(incoming.surfaces))]
        for span, surface in zip(layer.spans, given, strict=True):
            kept = self._span(span, losses, loose=incoming.loose)
            if kept is not None:
                spans.append(kept)
                surfaces.append(surface)
        gone = {span.id for span in layer.spans} - {span.id for span in spans}
        if gone:
            spans = [self._without(span, gone, losses) for span in spans]
        known = self._schema.attributes if self._schema is not None else None
        attributes = self._values("", "", layer.attributes, known, losses, "", loose=incoming.loose)
        mapped = replace(layer, spans=tuple(spans), attributes=attributes)
        record = replace(incoming.record, layer=mapped)
        return replace(incoming, record=record, surfaces=surfaces, losses=(*incoming.losses, *losses.found))

    def _strange(self, layer: LayerRecord) -> bool:
        """Say whether anything in a layer is not in the schema."""
        if self._schema is None:
            return False
        labels = self._schema.labels
        if not layer.attributes.keys() <= self._schema.attributes.keys():
            return True
        for span in layer.spans:  # a plain loop, because millions of spans come through here
            if span.label not in labels or (
                span.attributes and not span.attributes.keys() <= labels[span.label].attributes.keys()
            ):
                return True
        return False

    def _span(self, span: Span, losses: _Losses, *, loose: bool) -> Span | None:
        label = self._names.labels.get(span.label, span.label)
        known = None
        if label == "":
            losses.add(span, "label left out", f"{span.label!r} is mapped to nothing", gone=True)
            return None
        if self._schema is not None:
            if label not in self._schema.labels:
                self.unmapped[label] += 1
                if self._drop:
                    losses.add(span, "label not in the schema", f"{label!r} was left out", gone=True)
                    return None
                return replace(span, label=label)
            known = self._schema.labels[label].attributes
        values = self._values(span.label, label, span.attributes, known, losses, span.id, loose=loose)
        if label == span.label and values == span.attributes:
            return span
        return replace(span, label=label, attributes=values)

    def _values(
        self,
        old: str,
        label: str,
        values: Mapping[str, Any],
        known: Mapping[str, Attribute] | None,
        losses: _Losses,
        id: str,
        *,
        loose: bool,
    ) -> dict[str, Any]:
        """Return attributes under their names here, each as its kind wants it."""
        kept: dict[str, Any] = {}
        for name, value in values.items():
            new = self._names.attribute(old, name)
            attribute = known.get(new) if known is not None else None
            if new == "" or (attribute is None and new == FRAGMENT_LINK and known is not None):
                why = "is mapped to nothing" if new == "" else "is not in the schema, so the pieces are not joined"
                losses.named(id, "attribute left out", f"{name!r} {why}")
                continue
            own = not old and name.startswith(SETTLED)
            if known is not None and attribute is None and not own:
                self.unknown[f"{label}.{new}" if label else new] += 1
                if self._drop:
                    losses.named(id, "attribute not in the schema", f"{new!r} with {_shown(value)} was left out")
                    continue
            if loose and attribute is not None:
                value = settled(value, attribute)
                if self._drop and (wrong := problem_with(value, attribute)):
                    losses.named(id, "value does not fit", f"{new!r} {wrong}: {_shown(value)} was left out")
                    continue
            kept[new] = value
        return kept

    def _without(self, span: Span, gone: set[str], losses: _Losses) -> Span:
        """Return a span without links to spans that were left out."""
        if self._schema is None or span.label not in self._schema.labels:
            return span
        known = self._schema.labels[span.label].attributes
        values = span.attributes
        for id in gone:
            if named := links_to(values, known, id):
                losses.named(span.id, "link left out", f"{', '.join(named)} pointed to a span that was left out")
                values = without_links(values, known, id)
        return replace(span, attributes=values) if values is not span.attributes else span


def _has_values(layer: LayerRecord) -> bool:
    """Say whether there are values of attributes, which may be of the wrong kind."""
    return bool(layer.attributes) or any(map(_attributes, layer.spans))


class _Losses:
    """Collects what is lost of one layer."""

    def __init__(self, article: str, annotator: str) -> None:
        self._article = article
        self._annotator = annotator
        self.found: list[Loss] = []

    def add(self, span: Span, what: str, why: str, *, gone: bool) -> None:
        self.found.append(Loss(self._article, self._annotator, span.id, what, f"{why} ({span.start}–{span.end})", gone))

    def named(self, id: str, what: str, why: str) -> None:
        self.found.append(Loss(self._article, self._annotator, id, what, why))


def settled(value: Any, attribute: Attribute) -> Any:
    """Return a value from a file that has no kinds as the attribute's kind wants it, where that is plain.

    Args:
        value: A text, a number, a list of one, ….
        attribute: What it is to be.
    """
    match attribute:
        case Choices() | Link(many=True):
            return value if isinstance(value, list) else [value]
        case Link() | Choice() | Text():
            value = value[0] if isinstance(value, list) and len(value) == 1 else value
            return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        case Flag():
            word = str(value[0] if isinstance(value, list) and len(value) == 1 else value).lower()
            return True if word in _YES else False if word in _NO else value
        case Number():
            return _number(value[0] if isinstance(value, list) and len(value) == 1 else value)
        case Count():
            number = _number(value)
            whole = isinstance(number, int) and not isinstance(number, bool)
            return {"min": number, "best": number, "max": number} if whole else value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return int(value) if _WHOLE.fullmatch(value) else float(value)
    except ValueError:
        return value


def _shown(value: Any) -> str:
    words = repr(value)
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
