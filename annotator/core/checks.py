"""Checks: what is wrong with a layer, said in words that an annotator can act on.

Invariant: a check never raises and never changes anything.  An error keeps a layer from being marked done; it never
keeps an edit from being saved.

One span is checked with only its neighbours, so the screen can keep the problems of a layer with 100,000 spans up to
date at every key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from annotator.core.attributes import SETTLED, problem_with, targets
from annotator.core.counting import count
from annotator.core.index import SpanIndex
from annotator.core.layer import Layer
from annotator.core.schema import Attribute, Label, Link, Schema
from annotator.core.spans import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Args:
        code: A stable short name, such as "label-unknown".
        severity: "error" keeps the layer from being done; "warning" does not.
        message: What is wrong.
        hint: What to do about it.
        article: The article's key.
        layer: The annotator's name.
        span: The span's id, or "" when it is about the whole article.
        start: Where the span begins (0 for the whole article), so that a list can be read in text order.
    """

    code: str
    severity: Severity
    message: str
    hint: str = ""
    article: str = ""
    layer: str = ""
    span: str = ""
    start: int = 0


class Neighbourhood(Protocol):
    """What a check may ask about the rest of the layer."""

    def get(self, id: str) -> Span | None:
        """Return the span with this id."""

    def overlapping(self, start: int, end: int) -> list[Span]:
        """Return the spans that share a code point with this stretch."""


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks the spans of one layer.

    Args:
        text: The article's text.
        schema: The schema that the layer is under.
        spans: The layer's spans.
        article: The article's key, for messages.
        layer: The annotator's name, for messages.
    """

    text: str
    schema: Schema
    spans: Neighbourhood
    article: str = ""
    layer: str = ""

    def span(self, span: Span) -> list[Problem]:
        """Return everything that is wrong with one span."""
        found = [*self._extent(span)]
        label = self.schema.labels.get(span.label)
        if label is None:
            hint = f"one of {', '.join(self.schema.labels)}"
            found.append(self._error("label-unknown", f"label {span.label!r} is not in the schema", hint, span))
            return found
        found += self._attributes(span.attributes, label.attributes, span)
        found += self._rules(span)
        found += self._overlaps(span, label)
        return found

    def whole(self, layer: Layer) -> list[Problem]:
        """Return what is wrong with the article-level part of a layer."""
        found = self._attributes(layer.attributes, self.schema.attributes, None)
        if layer.schema != self.schema.ref:
            hint = "its labels are checked against the newer one"
            found.append(self._warning("schema-old", f"made under {layer.schema}, not {self.schema.ref}", hint, None))
        return found

    def _error(self, code: str, message: str, hint: str, span: Span | None) -> Problem:
        return self._problem(code, "error", message, hint, span)

    def _warning(self, code: str, message: str, hint: str, span: Span | None) -> Problem:
        return self._problem(code, "warning", message, hint, span)

    def _problem(self, code: str, severity: Severity, message: str, hint: str, span: Span | None) -> Problem:
        id, start = (span.id, span.start) if span else ("", 0)
        return Problem(code, severity, message, hint, self.article, self.layer, id, start)

    def _extent(self, span: Span) -> Iterable[Problem]:
        text = self.text
        if not 0 <= span.start < span.end <= len(text):
            where = f"{span.start}–{span.end} is not within the text of {count(len(text), 'code point')}"
            yield self._error("span-range", where, "delete it", span)
            return
        words = text[span.start : span.end]
        if not words.strip():
            yield self._error("span-blank", "covers only blanks", "delete it", span)
        elif words != words.strip():
            yield self._warning("span-blank-edge", "begins or ends with a blank", "move the edge with [ ] { }", span)
        for edge in (span.start, span.end):
            if _within_word(text, edge):
                yield self._warning("span-cuts-word", "cuts a word in two", "move the edge with [ ] { }", span)
                break

    def _attributes(
        self, values: Mapping[str, Any], known: Mapping[str, Attribute], span: Span | None
    ) -> list[Problem]:
        found = []
        for name, value in values.items():
            attribute = known.get(name)
            if span is None and name.startswith(SETTLED):
                continue
            if attribute is None:
                message = f"attribute {name!r} is not in the schema"
                found.append(self._error("attribute-unknown", message, "remove it", span))
                continue
            wrong = problem_with(value, attribute)
            if wrong:
                found.append(self._error("attribute-value", f"{name} {wrong}", "mend it with #", span))
            elif isinstance(attribute, Link):
                found += self._link(name, value, attribute, span)
        for name, attribute in known.items():
            if attribute.required and name not in values:
                found.append(self._error("attribute-missing", f"{name} is required", "fill it in with #", span))
        return found

    def _link(self, name: str, value: Any, attribute: Link, span: Span | None) -> Iterable[Problem]:
        for id in targets(value):
            target = self.spans.get(id)
            if target is None:
                message = f"{name} points to span {id}, which is gone"
                yield self._error("link-target", message, "set it again with #", span)
            elif attribute.labels and target.label not in attribute.labels:
                allowed = " or ".join(attribute.labels)
                yield self._error("link-label", f"{name} points to a {target.label}", f"it takes {allowed}", span)

    def _rules(self, span: Span) -> Iterable[Problem]:
        values = span.attributes
        for rule in self.schema.rules:
            if rule.label != span.label or not all(holds(values.get(k), v) for k, v in rule.when.items()):
                continue
            wrong = [f"{name} is missing" for name in rule.require if name not in values]
            wrong += [f"{name} must not be set" for name in rule.forbid if name in values]
            for what in wrong:
                message = f"{rule.message}: {what}" if rule.message else what
                yield self._problem("rule", rule.severity, message, "change it with #", span)

    def _overlaps(self, span: Span, label: Label) -> Iterable[Problem]:
        for other in self.spans.overlapping(span.start, span.end):
            if other.id == span.id:
                continue
            if (other.start, other.end, other.label) == (span.start, span.end, span.label):
                yield self._error("span-double", f"the same {span.label} is tagged twice", "delete one", span)
                continue
            yield from self._relation(span, label, other)

    def _relation(self, span: Span, label: Label, other: Span) -> Iterable[Problem]:
        if other.contains(span):
            if label.nests_in is not None and other.label not in label.nests_in and not span.contains(other):
                message = f"a {span.label} may not lie within a {other.label}"
                yield self._error("span-nested", message, "delete one of the two", span)
        elif not span.contains(other):
            theirs = self.schema.labels.get(other.label)
            if _refuses(label, other.label) or (theirs is not None and _refuses(theirs, span.label)):
                message = f"a {span.label} may not cross a {other.label}"
                yield self._error("span-crossing", message, "move an edge with [ ] { }", span)


def check_layer(layer: Layer, *, text: str, schema: Schema, key: str = "") -> list[Problem]:
    """Return everything that is wrong with a layer, in the order of the text.

    Args:
        layer: What to check.
        text: The article's text.
        schema: The schema to check against.
        key: The article's key, for messages.
    """
    checker = Checker(text, schema, SpanIndex(layer.spans), key, layer.annotator)
    found = checker.whole(layer)
    for span in layer.spans:
        found += checker.span(span)
    return sorted(found, key=problem_order)


def problem_order(problem: Problem) -> tuple[int, str, str]:
    """Sort key: where it is in the text, then the span, then what it is."""
    return (problem.start, problem.span, problem.code)


def _refuses(label: Label, other: str) -> bool:
    return label.overlaps is not None and other not in label.overlaps


def holds(value: Any, wanted: Any) -> bool:
    """Say whether a value is what a rule waits for, or one of them; of several options, whether one of them is."""
    given = value if isinstance(value, list) else [value]
    return any(item in wanted if isinstance(wanted, list) else item == wanted for item in given)


def _within_word(text: str, offset: int) -> bool:
    """Say whether an offset cuts a word of a script that separates words by blanks (Latin, Greek, Cyrillic, digits)."""
    if not 0 < offset < len(text):
        return False
    before, after = text[offset - 1], text[offset]
    return before.isalnum() and after.isalnum() and before < "֐" and after < "֐"
