"""Fixes: the same change to the reading of many places, such as another label, or none.

Invariant: a fix is decided from a reading alone, so what is shown beforehand is what is done; where it is not clear
what is meant, nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute
from annotator.core.layer import Layer
from annotator.core.links import links_to, without_links
from annotator.core.occurrences import Extent, Mark, Reading
from annotator.core.schema import Schema
from annotator.core.spans import Span

Verdict = Literal["change", "same", "other", "across", "several", "unread"]

REASONS: Final[Mapping[Verdict, str]] = {
    "same": "as wanted already",
    "other": "read otherwise than asked for",
    "across": "within or across a span with other edges",
    "several": "have several labels",
    "unread": "in articles that the annotator has not begun",
}
"""Why a place is left as it is."""


@dataclass(frozen=True, slots=True)
class Fix:
    """What is to become of places.

    Args:
        label: The label to give; None to take labels away.
        only: Only places that have this label, and only that label of theirs; "" for all.
        unmarked: Only places that are not marked at all.
        overlapping: Whether to mark, too, what lies within or across a span with other edges.
    """

    label: str | None
    only: str = ""
    unmarked: bool = False
    overlapping: bool = False

    def verdict(self, reading: Reading | None) -> Verdict:
        """Return whether the fix changes a place, and if not why.

        Args:
            reading: How the annotator read it; None without a layer of the article.
        """
        if reading is None:
            return "unread"
        labels = reading.labels
        if (self.only and self.only not in labels) or (self.unmarked and reading.kind != "unmarked"):
            return "other"
        if self.label is None:
            return "change" if labels else "same"
        if self.label in labels and self.only in ("", self.label):
            return "same"
        if len(labels) > 1 and not self.only:
            return "several"
        return "across" if reading.kind == "other" and not self.overlapping else "change"

    def told(self) -> str:
        """Return what it does, in a few words."""
        what = "remove the label" if self.label is None else f"label {self.label}"
        where = f" where it is {self.only}" if self.only else " where nothing is marked" if self.unmarked else ""
        return what + where


def reading_of(spans: Iterable[Span], extent: Extent) -> Reading:
    """Return how a layer reads a stretch.

    Args:
        spans: Its spans that share code points with the stretch.
        extent: The stretch.
    """
    here = sorted(Mark(span.start, span.end, span.label) for span in spans)
    labels = tuple(sorted(mark.label for mark in here if (mark.start, mark.end) == extent))
    return Reading(labels, tuple(mark for mark in here if (mark.start, mark.end) != extent))


def edits_of(
    fix: Fix,
    places: Iterable[tuple[Extent, Sequence[Span]]],
    *,
    head: Layer,
    schema: Schema,
    new_id: Callable[[], str],
    linkers: Callable[[str], Iterable[Span]],
) -> list[Edit]:
    """Return the edits that fix places of one layer, links to spans that go included.

    Args:
        fix: What is to become of them.
        places: Each with the spans that have exactly its extent; those that the fix changes.
        head: The layer, for its own attributes.
        schema: What labels know.
        new_id: Gives ids that nothing has.
        linkers: The spans that link to the span with an id.
    """
    edits: list[Edit] = []
    removed: list[Span] = []
    changed: dict[str, Span] = {}
    for (start, end), here in places:
        old = [span for span in here if not fix.only or span.label == fix.only]
        if fix.label is None or any(span.label == fix.label for span in here):
            removed += old
        elif not old:
            edits.append(Add(Span(new_id(), start, end, fix.label)))
        else:
            after = changed[old[0].id] = retagged(old[0], fix.label, schema)
            edits.append(Change(old[0].ref, after))
            removed += old[1:]
    return edits + removals(removed, linkers=linkers, head=head, schema=schema, changed=changed)


def retagged(span: Span, label: str, schema: Schema) -> Span:
    """Return a span with another label; attributes that the other label does not know go."""
    known = schema.labels[label].attributes
    return replace(span, label=label, attributes={n: value for n, value in span.attributes.items() if n in known})


def removals(
    spans: Sequence[Span],
    *,
    linkers: Callable[[str], Iterable[Span]],
    head: Layer,
    schema: Schema,
    changed: Mapping[str, Span] | None = None,
) -> list[Edit]:
    """Return the edits that take spans away, and every link to them with them.

    Args:
        spans: What goes.
        linkers: The spans that link to the span with an id.
        head: The layer, for its own attributes.
        schema: Which attributes are links.
        changed: Spans as edits before these leave them, by id.
    """
    gone = {span.id for span in spans}
    kept: dict[str, Span] = {}
    whole = dict(head.attributes)
    for span in spans:
        for other in linkers(span.id):
            if other.id not in gone:
                now = kept.get(other.id) or (changed or {}).get(other.id, other)
                known = schema.labels[now.label].attributes
                kept[other.id] = replace(now, attributes=without_links(now.attributes, known, span.id))
        whole = without_links(whole, schema.attributes, span.id)
    named = [n for n in head.attributes if any(links_to({n: head.attributes[n]}, schema.attributes, id) for id in gone)]
    edits: list[Edit] = [Remove(span.ref) for span in spans]
    edits += [Change(after.ref, after) for after in kept.values()]
    return edits + [SetAttribute(name, whole.get(name)) for name in named]
