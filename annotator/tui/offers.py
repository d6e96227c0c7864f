"""What keys do to suggestions: go to them, accept them, dismiss them.  Knows nothing of Textual.

Invariant: a suggestion becomes a span only through the desk's session, so one undo takes it back; while suggestions are
hidden no key meets one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from annotator.core.counting import count, named
from annotator.core.edits import Add, Delta
from annotator.core.index import SpanIndex
from annotator.core.spans import Key, Span
from annotator.tui.glyphs import visible
from annotator.tui.pointer import Direction
from annotator.tui.tokens import Extent

if TYPE_CHECKING:
    from annotator.tui.desk import Desk

_LAST_ID: Final = "\U0010ffff"  # sorts after every id
_NONE: Final = SpanIndex()


class Offers:
    """The suggestions on a desk.

    Args:
        desk: Where the place and the session are.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.shown = True
        """Whether suggestions are to be seen, and met by keys."""
        self.ready = True
        """Whether they have been read, or may be read at once; see `Session.fetch_suggestions`."""

    @property
    def index(self) -> SpanIndex:
        """The suggestions that are to be seen."""
        return self._desk.session.suggestions.index if self.shown and self.ready else _NONE

    def picked(self) -> Span | None:
        """Return the suggestion that was gone to and is selected still, or None."""
        found = self.index.get(self._desk.picked)
        return found if found is not None and (found.start, found.end) == self._desk.place.extent else None

    def here(self) -> Span | None:
        """Return the suggestion that the selection is, else the innermost that holds the whole selection, or None."""
        start, end = self._desk.place.extent
        around = self.index.overlapping(start, max(end, start + 1))
        around = [span for span in around if span.start <= start and span.end >= end]
        return self.picked() or min(around, key=lambda span: span.end - span.start, default=None)

    def in_hand(self) -> Span | None:
        """Return the suggestion here if it is nearer than any span: picked, or inside of it; else None."""
        found, own = self.here(), self._desk.span_here()
        if found is None or own is None:
            return found
        return found if found.end - found.start < own.end - own.start else None

    def stop(self, direction: Direction) -> Span | None:
        """Return the span or suggestion after (or before) the place, around the ends of the text, if any.

        Of equal edges, spans come before suggestions.
        """
        own, offered = self._desk.session.index, self.index
        own_key, offered_key = self._keys()
        if direction > 0:
            found = _least(own.next_after(own_key), offered.next_after(offered_key))
            return found or _least(_nth(own, 0), _nth(offered, 0))
        found = _greatest(own.previous_before(own_key), offered.previous_before(offered_key))
        return found or _greatest(_nth(own, -1), _nth(offered, -1))

    def _keys(self) -> tuple[Key, Key]:
        """Return the place in the order of the spans, and in that of the suggestions."""
        desk = self._desk
        start, end = desk.place.extent
        offered = self.here()
        here = desk.span_here()
        if here is not None and (here.start, here.end) == (start, end):
            return here.key, (start, -end, "")
        if offered is not None and (offered.start, offered.end) == (start, end):
            return (start, -end, _LAST_ID), offered.key
        return (start, -end, ""), (start, -end, "")

    def accept(self) -> None:
        """Make the suggestion here a span."""
        found = self.here()
        if found is None:
            self._desk.message = "no suggestion here" if self.shown else "suggestions are hidden"
        else:
            self._accept([found])

    def accept_all(self, extent: Extent) -> None:
        """Make spans of all suggestions that lie in a stretch of text and have a label of the schema, in one step.

        Args:
            extent: What is in view: nobody accepts what nobody has seen.
        """
        found = [span for span in self.index.overlapping(*extent) if span.start >= extent[0] and span.end <= extent[1]]
        found = [span for span in found if span.label in self._desk.session.schema.labels]
        if not found:
            self._desk.message = "no suggestion in view" if self.shown else "suggestions are hidden"
            return
        clear, left = _settled(found)
        if clear:
            self._accept(clear)
        if left:
            places = f"{count(left, 'place')} {named(left, 'has', 'have')} two labels"
            said = [f"{len(clear)} accepted"] if clear else []
            self._desk.message = "; ".join([*said, f"{places}: left"])

    def _accept(self, found: Sequence[Span]) -> None:
        desk = self._desk
        session = desk.session
        unknown = next((span.label for span in found if span.label not in session.schema.labels), None)
        if unknown is not None:
            desk.message = f"the schema has no label {visible(unknown)}"
            return
        suggestions, own = session.suggestions, session.index
        made = suggestions.accepted(found, [session.new_id() for _ in found], own=own, schema=session.schema)
        one = f"accepted {visible(made[0].label)} from {visible(made[0].source)}"
        if desk.do(*map(Add, made), said=one if len(made) == 1 else f"accepted {len(made)} suggestions"):
            desk.last_label = made[-1].label
            if len(made) == 1:
                desk.pick(made[0])

    def dismiss(self) -> None:
        """Show the suggestion here no more while the article is open."""
        found, desk = self.here(), self._desk
        if found is None:
            desk.message = "no suggestion here" if self.shown else "suggestions are hidden"
            return
        desk.session.suggestions.dismiss(found)
        desk.message = f"dismissed {visible(found.label)} from {visible(found.source)}"
        desk.on_delta(Delta(taken=(found.ref,)))  # what is painted there has changed, though no span has


def _settled(found: Sequence[Span]) -> tuple[list[Span], int]:
    """Return the suggestions on whose edges there is no other label, and how many places have several.

    Which label is right there is for a person to say, one by one.
    """
    labels: dict[Extent, set[str]] = {}
    for span in found:
        labels.setdefault((span.start, span.end), set()).add(span.label)
    clear = [span for span in found if len(labels[span.start, span.end]) == 1]
    return clear, sum(len(several) > 1 for several in labels.values())


def _nth(index: SpanIndex, number: int) -> Span | None:
    return index.nth(number) if len(index) else None


def _least(own: Span | None, offered: Span | None) -> Span | None:
    """Return the first of two in the order of the text; the span if both have the same edges."""
    if own is None or offered is None:
        return own or offered
    return own if own.key[:2] <= offered.key[:2] else offered


def _greatest(own: Span | None, offered: Span | None) -> Span | None:
    """Return the last of two in the order of the text; the suggestion if both have the same edges."""
    if own is None or offered is None:
        return own or offered
    return own if own.key[:2] > offered.key[:2] else offered
