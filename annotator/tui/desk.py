"""The annotator's desk: a session, a place in its text, and what the keys do to both.  Knows nothing of Textual.

Invariant: every change of spans goes through the session; after each action `place` lies in the text and `message`
says what happened, or is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from rich.cells import cell_len, set_cell_size

from annotator.core.attributes import targets
from annotator.core.counting import count
from annotator.core.edits import Add, Change, Delta, Edit, SetAttribute, SetNote, SetStatus
from annotator.core.fixes import removals, retagged
from annotator.core.layer import Layer, Status
from annotator.core.spans import Span
from annotator.errors import AnnotatorError
from annotator.session import Session
from annotator.tui.find import identical
from annotator.tui.glyphs import visible
from annotator.tui.offers import Offers
from annotator.tui.pointer import Direction, Place, Pointer, Rows
from annotator.tui.tokens import Extent

NOTHING = Delta()


class Desk:
    """What the tag screen works on.

    Args:
        session: The open layer.
        rows: The layout of its text.
        place: Where to begin; the first token if None.
    """

    def __init__(self, session: Session, rows: Rows, *, place: Place | None = None) -> None:
        self.session = session
        self.pointer = Pointer(session.article.text, rows)
        self.place = place or self.pointer.first()
        self.extending = False
        self.message = ""
        self.outdated = False
        """Whether another window has changed the layer since it was read."""
        self.last_label: str | None = None
        self.picked = ""
        """The id of the span or suggestion that is meant, if several have the same edges."""
        self.offers = Offers(self)
        self._edited = ""  # the id of the span whose attributes were set last
        self.on_delta: Callable[[Delta], None] = lambda delta: None
        self.key_of: Callable[[str], str] = lambda id: ""
        """How messages write the key of a command, by its id; "" if it has none."""

    @property
    def text(self) -> str:
        """The article's text."""
        return self.session.article.text

    def span_here(self) -> Span | None:
        """Return the span that the selection is, else the innermost that holds the whole selection, or None.

        None, too, while a suggestion is picked: what is done to a span must not befall one that lies around it.
        """
        if self.offers.picked() is not None:
            return None
        start, end = self.place.extent
        around = [s for s in self.session.index.overlapping(start, max(end, start + 1)) if s.start <= start]
        around = [s for s in around if s.end >= end]
        exact = [span for span in around if (span.start, span.end) == (start, end)]
        if exact:
            return next((span for span in exact if span.id == self.picked), exact[-1])
        return min(around, key=lambda span: span.end - span.start, default=None)

    def go(self, place: Place) -> None:
        """Move to a place; ends extending unless the place grew from the same anchor."""
        if place.anchor != self.place.anchor:
            self.extending = False
        self.place = place

    def pick(self, span: Span) -> None:
        """Select a span."""
        self.extending = False
        self.picked = span.id
        self.place = self.pointer.select(span.start, span.end)

    def point_at(self, offset: int, *, again: bool = False) -> None:
        """Select the innermost span or suggestion at an offset, or the token there.

        Args:
            offset: Where the mouse was pressed.
            again: Whether it was pressed there just before: the next outer span is meant then.
        """
        there = [*self.session.index.at(offset), *self.offers.index.at(offset)]
        around = sorted(there, key=lambda span: (span.end - span.start, span.key))
        if not around:
            self.go(self.pointer.at(offset))
            return
        ids = [span.id for span in around]
        number = ids.index(self.picked) + 1 if again and self.picked in ids else 0
        self.pick(around[number % len(around)])

    def toggle_extending(self) -> None:
        """Start or stop extending the selection with plain moves."""
        self.extending = not self.extending
        if self.extending:
            self.place = replace(self.place, anchor=self.place.extent)

    def cancel(self) -> None:
        """Stop extending and shrink the selection to its first token."""
        self.extending = False
        self.place = self.pointer.at(self.place.start)

    def toggle_character_mode(self) -> None:
        """Move by grapheme cluster instead of token, or back; a selection of more than a token stays."""
        single = self.pointer.is_unit(self.place.extent)
        self.pointer.by_character = not self.pointer.by_character
        if single:
            self.go(self.pointer.at(self.place.start))

    def tag(self, label: str) -> None:
        """Tag the selection with a label, or untag it if it has that very label already."""
        if label not in self.session.schema.labels:
            return
        start, end = self._trimmed()
        if start == end:
            self.message = "nothing to tag here"
            return
        same = self._like(start, end, label)
        if same is not None:
            self.do(*self._removal(same), said=f"untagged {label}")
            return
        span = Span(self.session.new_id(), start, end, label)
        if self.do(Add(span), said=""):
            self.last_label = label
            self.pick(span)

    def _like(self, start: int, end: int, label: str) -> Span | None:
        """Return a span with these edges and this label, or None."""
        found = self.session.index.overlapping(start, end)
        return next((s for s in found if (s.start, s.end, s.label) == (start, end, label)), None)

    def _trimmed(self) -> tuple[int, int]:
        """Return the selection without blanks at its ends; empty if it is blank."""
        start, end = self.place.extent
        words = self.text[start:end].rstrip()
        return start + len(words) - len(words.lstrip()), start + len(words)

    def words_here(self) -> str:
        """Return the words of the selection; "" if it is blank."""
        start, end = self._trimmed()
        return self.text[start:end]

    def places_like_here(self) -> tuple[str | None, list[Extent]]:
        """Return the label to give and every other place with the same words that does not have it yet.

        The words and the label are those of the span here, else those of the selection and the label used last.
        """
        span = self.span_here()
        label = span.label if span else self.last_label
        if label is None:
            key = self.key_of("tag.all")
            self.message = f"tag one of them first{f'; {key} then tags the others' if key else ''}"
            return None, []
        start, end = (span.start, span.end) if span else self._trimmed()
        places = [place for place in identical(self.text, start, end) if self._like(*place, label) is None]
        if span is not None:
            places = [place for place in places if place != (start, end)]
        if not places:
            self.message = f"no other “{short(self.text[start:end], 24)}” without {label}"
        return label, places

    def tag_places(self, label: str, places: Sequence[Extent]) -> None:
        """Tag several places in one step, which one undo takes back."""
        spans = [Span(self.session.new_id(), start, end, label) for start, end in places]
        if self.do(*map(Add, spans), said=f"tagged {len(spans)} as {label}"):
            self.last_label = label

    def repeat(self) -> None:
        """Tag the selection with the label used last."""
        if self.last_label is None:
            self.message = "no label to repeat yet"
        else:
            self.tag(self.last_label)

    def retag(self, label: str) -> None:
        """Give the span here another label; attributes that the other label does not know go."""
        span = self.span_here()
        if span is None:
            self.message = "no span here to retag"
        elif self._like(span.start, span.end, label) is not None:
            self.message = f"it is {label} already"
        else:
            after = retagged(span, label, self.session.schema)
            dropped = [name for name in span.attributes if name not in after.attributes]
            said = f"{visible(span.label)} → {label}{self._dropped(dropped)}"
            if self.do(Change(span.ref, after), said=said):
                self.last_label = label
                self.pick(after)

    def _dropped(self, names: Sequence[str]) -> str:
        """Return what a message says of attributes that went, and which key brings them back."""
        if not names:
            return ""
        key = self.key_of("article.undo")
        listed = short(", ".join(names), 48)
        return f"; {count(len(names), 'attribute')} dropped: {listed}" + (f" ({key} undoes)" if key else "")

    def delete(self) -> None:
        """Delete the span here."""
        span = self.span_here()
        if span is None:
            offered = "; it is only a suggestion" if self.offers.here() is not None else ""
            self.message = f"no span here to delete{offered}"
            return
        edits = self._removal(span)
        links = f" and the links to it ({len(edits) - 1})" if len(edits) > 1 else ""
        self.do(*edits, said=f"deleted {visible(span.label)} “{short(span.surface(self.text))}”{links}")

    def _removal(self, span: Span) -> list[Edit]:
        """Return the edits that take a span away, and every link to it with it."""
        session = self.session
        return removals([span], linkers=session.linkers, head=session.head, schema=session.schema)

    def move_edge(self, side: Literal["left", "right"], direction: Direction) -> None:
        """Move an edge of the span here, or of the selection if that is not a span."""
        span = self._resizable()
        if span is None:
            self.place = self.pointer.with_edge(self.place, side, direction)
            return
        start, end = self.pointer.edge((span.start, span.end), side, direction)
        if (start, end) == (span.start, span.end):
            self.message = "no further"
        elif self._like(start, end, span.label) is not None:
            self.message = f"another {visible(span.label)} has these edges already"
        else:
            after = replace(span, start=start, end=end)
            if self.do(Change(span.ref, after), said=""):
                self.pick(after)

    def _resizable(self) -> Span | None:
        """Return the span that an edge key means: it is selected, or the cursor is a single unit inside it."""
        if self.extending or self.place.extent != self.place.anchor:
            return None
        span = self.span_here()
        if span is None or (span.start, span.end) == self.place.extent or self.pointer.is_unit(self.place.extent):
            return span
        return None

    def next_span(self, direction: Direction) -> None:
        """Select the next or previous span or suggestion, around the ends of the text."""
        found = self.offers.stop(direction)
        if found is None:
            self.message = "no spans yet"
        else:
            self.pick(found)

    def undo(self) -> None:
        """Undo the last batch."""
        none = "nothing to undo" + (f" since the move to {self.session.head.schema}" if self.session.moved else "")
        self._replay(self.session.undo, none, "undone")

    def redo(self) -> None:
        """Redo what was undone last."""
        self._replay(self.session.redo, "nothing to redo", "redone")

    def _replay(self, step: Callable[[], Delta | None], none: str, done: str) -> None:
        before = self.session.head
        try:
            delta = step()
        except AnnotatorError as error:
            self.message = str(error)
            return
        if delta is None:
            self.message = none
            return
        self.message = f"{done}: {self._told(delta, before)}"
        self.on_delta(delta)
        if len(delta.put) + len(delta.taken) > 1 and not (delta.put and delta.taken):
            return  # many came or went at once, as with all suggestions in view: none of them is the place
        if delta.put:
            self.pick(delta.put[-1])
        elif delta.taken:
            self.go(self.pointer.select(delta.taken[-1].start, delta.taken[-1].end))

    def _told(self, delta: Delta, before: Layer) -> str:
        """Return in a few words what a step of the history did."""
        after = self.session.head
        if len(delta.put) + len(delta.taken) > 2:
            return f"{max(len(delta.put), len(delta.taken))} spans"
        if delta.put:
            span = delta.put[0]
            return f"{visible(span.label)} “{short(span.surface(self.text), 30)}”"
        if delta.taken:
            ref = delta.taken[0]
            return f"no span on “{short(self.text[ref.start : ref.end], 30)}”"
        if after.status != before.status:
            return f"the article is {after.status}"
        return "the note" if after.note != before.note else "the article"

    def set_status(self, status: Status) -> bool:
        """Mark the layer; say whether it worked."""
        if self.session.head.status == status:
            self.message = f"it is {status} already"
            return True
        return self.do(SetStatus(status), said=f"marked {status}")

    def set_note(self, note: str, *, span: Span | None) -> None:
        """Set the note on a span, or on the article if that is None."""
        here = self.session.index.get(span.id) if span else None
        if here is not None:
            if here.note != note:
                self.do(Change(here.ref, replace(here, note=note)), said="note kept")
        elif span is not None:
            self.message = "the span is gone; its note was not kept"
        elif self.session.head.note != note:
            self.do(SetNote(note), said="note kept")

    def set_attributes(self, attributes: Mapping[str, Any], *, span: Span | None) -> None:
        """Give a span, or the article if that is None, these attributes in place of those it has."""
        if span is None:
            before = self.session.head.attributes
            names = [name for name in {**before, **attributes} if before.get(name) != attributes.get(name)]
            if names:
                self.do(*(SetAttribute(name, attributes.get(name)) for name in names), said="attributes kept")
            return
        here = self.session.index.get(span.id)
        if here is None:
            self.message = "the span is gone; its attributes were not kept"
        else:
            self._edited = here.id
            if here.attributes != attributes:
                self.do(Change(here.ref, replace(here, attributes=dict(attributes))), said="attributes kept")

    def repeat_attributes(self) -> None:
        """Give the span here the attributes of the span edited last, as far as its label knows them.

        A count belongs to its words, so it goes only to a span with the same words; what the span has besides stays.
        """
        span, last = self.span_here(), self.session.index.get(self._edited)
        if span is None or last is None or last.id == span.id:
            self.message = "no span here" if span is None else "no other span's attributes were edited yet"
            return
        label = self.session.schema.labels.get(span.label)
        known = label.attributes if label else {}
        same = span.surface(self.text) == last.surface(self.text)
        kept = {
            name: value
            for name, value in last.attributes.items()
            if name in known
            and (same or known[name].kind != "count")
            and not (known[name].kind == "link" and span.id in targets(value))
        }
        if kept.items() <= span.attributes.items():
            self.message = f"nothing to take over from {visible(last.label)} “{short(last.surface(self.text), 24)}”"
            return
        after = replace(span, attributes={**span.attributes, **kept})
        self.do(Change(span.ref, after), said=f"taken over: {', '.join(map(visible, kept))}")

    def do(self, *edits: Edit, said: str) -> bool:
        """Give edits to the session, say what they did or why they do not fit, and return whether they did."""
        try:
            delta = self.session.do(edits)
        except AnnotatorError as error:
            self.message = str(error)
            return False
        self.message = said
        self.on_delta(delta)
        return True


def short(words: str, width: int = 40) -> str:
    """Return words on one line, safe to show, cut to a width in cells."""
    line = visible(" ".join(words[: 4 * width].split())) + ("…" if len(words) > 4 * width else "")
    return line if cell_len(line) <= width else set_cell_size(line, width - 1).rstrip() + "…"
