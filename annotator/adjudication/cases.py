"""Cases: what two or more annotators made of the same stretch of one article.

Invariant: every span of every layer is in exactly one case; the cases and their digests do not hang on the order of
annotators or of spans.  A digest says what the readings were: it changes when one of them does, and only then.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import Any, Final, Literal, get_args

from annotator.adjudication.clusters import Member, clusters
from annotator.core.attributes import targets
from annotator.core.schema import Attribute, Link, Schema
from annotator.core.spans import Span, span_key

Kind = Literal["agree", "boundary", "label", "attribute", "missing", "split"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """What one annotator has in a case.

    Args:
        annotator: Who.
        spans: The spans, in key order; none if the annotator saw nothing here.
        content: The spans without what differs in any two layers, such as ids: equal for readings that agree.
    """

    annotator: str
    spans: tuple[Span, ...]
    content: str


@dataclass(frozen=True, slots=True)
class Case:
    """One matter to settle, or on which all agree.

    Args:
        kind: "agree": all have the same; "boundary": the same label, other edges; "label": other labels; "attribute":
            other attributes only; "missing": some have nothing here, the others agree; "split": somebody has several.
        start: First code point that any reading covers.
        end: One past the last.
        readings: One for each annotator, by name.
        digest: Changes if and only if a reading does.
    """

    kind: Kind
    start: int
    end: int
    readings: tuple[Reading, ...]
    digest: str

    @property
    def members(self) -> tuple[str, ...]:
        """The names of all spans of the case, as `member_name` gives them, sorted by annotator and id."""
        return tuple(member_name(r.annotator, s.id) for r in self.readings for s in r.spans)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that occur, each once, in the order of annotators."""
        return tuple(dict.fromkeys(span.label for reading in self.readings for span in reading.spans))

    def reading(self, annotator: str) -> Reading | None:
        """Return what an annotator has, or None if the annotator does not take part."""
        return next((reading for reading in self.readings if reading.annotator == annotator), None)


def member_name(annotator: str, id: str) -> str:
    """Return the name of a span among all layers; gold spans made from it have it as their id."""
    plain = annotator.replace("\\", "\\\\").replace(".", "\\.")  # so that no two spans have one name
    return f"{plain}.{id}"


def parted(name: str) -> tuple[str, str] | None:
    """Return annotator and id of the span that has a name, or None if it is not one that `member_name` gives."""
    annotator = ""
    at = 0
    while at < len(name) and name[at] != ".":
        at += name[at] == "\\"
        annotator += name[at : at + 1]
        at += 1
    return (annotator, name[at + 1 :]) if at < len(name) else None


def cases_of(layers: Mapping[str, Sequence[Span]], schema: Schema) -> tuple[Case, ...]:
    """Return the cases of one article, in the order of the text.

    Args:
        layers: The spans of each annotator, at least two annotators.
        schema: Says which attributes are links; those agree if they point to spans of the same case.
    """
    if not any(layers.values()):
        return ()
    links = {
        name: [key for key, attribute in label.attributes.items() if isinstance(attribute, Link)]
        for name, label in schema.labels.items()
    }
    exact = {
        name: {
            span.id: _text({key: v for key, v in span.attributes.items() if key not in links.get(span.label, ())})
            for span in spans
        }
        for name, spans in layers.items()
    }
    found = clusters(layers, texts=exact)
    home = {member: number for number, members in enumerate(found) for member in members}
    spans = {(name, span.id): span for name, own in layers.items() for span in own}
    used: Counter[str] = Counter()
    made = []
    ordered = sorted(found, key=lambda members: (min(spans[m].key for m in members), members))
    for members in ordered:
        readings = []
        for name in sorted(layers):
            own = tuple(sorted((spans[m] for m in members if m[0] == name), key=span_key))
            content = _content(name, own, links, home)
            readings.append(Reading(name, own, content))
        whole = list(chain.from_iterable(reading.spans for reading in readings))
        digest = _digest(readings)
        used[digest] += 1
        if used[digest] > 1:  # the same span twice in one layer, beside nobody else's
            digest = repeated(digest, used[digest])
        start, end = min(span.start for span in whole), max(span.end for span in whole)
        made.append(Case(_kind(readings), start, end, tuple(readings), digest))
    return tuple(made)


def _kind(readings: Sequence[Reading]) -> Kind:
    """Return what the disagreement is; of several, the one that says most."""
    here = [reading for reading in readings if reading.spans]
    if any(len(reading.spans) > 1 for reading in here):
        return "agree" if len({reading.content for reading in readings}) == 1 else "split"
    spans = [reading.spans[0] for reading in here]
    if len({span.label for span in spans}) > 1:
        return "label"
    if len({(span.start, span.end) for span in spans}) > 1:
        return "boundary"
    if len(here) < len(readings):
        return "missing"
    return "attribute" if len({reading.content for reading in readings}) > 1 else "agree"


def _content(name: str, spans: Sequence[Span], links: Mapping[str, Sequence[str]], home: Mapping[Member, int]) -> str:
    """Return spans as text, with the cases that links point to in place of ids."""

    def value(label: str, key: str, given: Any) -> Any:
        if key not in links.get(label, ()):
            return given
        return sorted(str(home.get((name, id), id)) for id in targets(given))

    parts = [(s.start, s.end, s.label, {k: value(s.label, k, v) for k, v in s.attributes.items()}) for s in spans]
    return "\n".join(sorted(map(_text, parts)))


def _digest(readings: Sequence[Reading]) -> str:
    return readings_digest({reading.annotator: reading.spans for reading in readings if reading.spans})


def readings_digest(readings: Mapping[str, Sequence[Span]]) -> str:
    """Return the digest of a case, given the spans of those annotators who have any in it."""
    parts = [
        [name, sorted(_text((s.start, s.end, s.label, dict(s.attributes))) for s in readings[name])]
        for name in sorted(readings)
    ]
    return sha256(_text(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def repeated(digest: str, times: int) -> str:
    """Return the digest of the case that is the so-manieth with the same readings."""
    return sha256(f"{digest} {times}".encode()).hexdigest()[:_DIGITS] if times > 1 else digest


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def linked(values: Mapping[str, Any], known: Mapping[str, Attribute]) -> list[str]:
    """Return the names of the links among some attributes."""
    return [name for name in values if isinstance(known.get(name), Link)]
