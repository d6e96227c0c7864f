"""The annotator's desk: a session, a place in its text, and what the keys do to both.  Knows nothing of Textual.

Invariant: every change of spans goes through the session; after each action `place` lies in the text and `message`
says what happened, or is empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from annotator.core.edits import Add, Change, Edit, Remove, SetNote, SetStatus
from annotator.core.layer import Status
from annotator.core.spans import Span
from annotator.errors import AnnotatorError
from annotator.session import Delta, Session
from annotator.tui.glyphs import visible
from annotator.tui.pointer import Direction, Place, Pointer, Rows

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
        self.last_label: str | None = None
        self.on_delta: Callable[[Delta], None] = lambda delta: None

    @property
    def text(self) -> str:
        """The article's text."""
        return self.session.article.text

    def span_here(self) -> Span | None:
        """Return the span that the selection is, else the innermost that holds the whole selection, or None."""
        start, end = self.place.extent
        around = [span for span in self.session.index.overlapping(start, max(end, start + 1)) if span.end >= end]
        around = [span for span in around if span.start <= start]
        exact = [span for span in around if (span.start, span.end) == (start, end)]
        if exact:
            return exact[-1]
        return min(around, key=lambda span: span.end - span.start, default=None)

    def go(self, place: Place) -> None:
        """Move to a place; ends extending unless the place grew from the same anchor."""
        if place.anchor != self.place.anchor:
            self.extending = False
        self.place = place

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
        """Move by grapheme cluster instead of token, or back."""
        self.pointer.by_character = not self.pointer.by_character
        self.place = self.pointer.at(self.place.start) if self.place.extent == self.place.anchor else self.place

    def tag(self, label: str) -> None:
        """Tag the selection with a label, or untag it if it has that very label already."""
        if label not in self.session.schema.labels:
            return
        start, end = self._trimmed()
        if start == end:
            self.message = "nothing to tag here"
            return
        same = [
            s for s in self.session.index.overlapping(start, end) if (s.start, s.end, s.label) == (start, end, label)
        ]
        if same:
            self._do(Remove(same[0].ref), said=f"untagged {label}")
            return
        self.last_label = label
        if self._do(Add(Span(self.session.new_id(), start, end, label)), said=""):
            self.go(self.pointer.select(start, end))

    def _trimmed(self) -> tuple[int, int]:
        """Return the selection without blanks at its ends."""
        start, end = self.place.extent
        words = self.text[start:end]
        return start + len(words) - len(words.lstrip()), end - (
            len(words) - len(words.rstrip())
        ) if words.strip() else start

    def repeat(self) -> None:
        """Tag the selection with the label used last."""
        if self.last_label is None:
            self.message = "no label to repeat yet"
        else:
            self.tag(self.last_label)

    def retag(self, label: str) -> None:
        """Give the span here another label; its attributes go, since they belong to the label."""
        span = self.span_here()
        if span is None:
            self.message = "no span here to retag"
        elif span.label != label:
            known = self.session.schema.labels[label].attributes
            kept = {name: value for name, value in span.attributes.items() if name in known}
            self._do(Change(span.ref, replace(span, label=label, attributes=kept)), said=f"{span.label} → {label}")
            self.last_label = label

    def delete(self) -> None:
        """Delete the span here."""
        span = self.span_here()
        if span is None:
            self.message = "no span here to delete"
            return
        self._do(Remove(span.ref), said=f"deleted {span.label} “{short(span.surface(self.text))}”")

    def move_edge(self, side: Literal["left", "right"], direction: Direction) -> None:
        """Move an edge of the span here, or of the selection if that is not a span."""
        span = self.span_here() if self.place.extent == self.place.anchor else None
        if span is not None and not self._is_own_selection(span):
            span = None
        if span is None:
            start, end = self.pointer.edge(self.place.extent, side, direction)
            self.go(Place(start, end, self.place.anchor))
            return
        start, end = self.pointer.edge((span.start, span.end), side, direction)
        if (start, end) == (span.start, span.end):
            self.message = "no further"
            return
        if self._do(Change(span.ref, replace(span, start=start, end=end)), said=""):
            self.go(self.pointer.select(start, end))

    def _is_own_selection(self, span: Span) -> bool:
        """Say whether an edge key means this span: it is selected, or the cursor is a single unit inside it."""
        start, end = self.place.extent
        return (span.start, span.end) == (start, end) or self.pointer.at(start).extent == (start, end)

    def next_span(self, direction: Direction) -> None:
        """Select the next or previous span, around the ends of the text."""
        index = self.session.index
        if not len(index):
            self.message = "no spans yet"
            return
        here = self.span_here()
        exact = here is not None and (here.start, here.end) == self.place.extent
        key = here.key if here is not None and exact else (self.place.start, -self.place.end, "")
        found = index.next_after(key) if direction > 0 else index.previous_before(key)
        if found is None:
            edge = (-1, 0, "") if direction > 0 else (len(self.text) + 1, 0, "")
            found = index.next_after(edge) if direction > 0 else index.previous_before(edge)
        if found is not None:
            self.go(self.pointer.select(found.start, found.end))

    def undo(self) -> None:
        """Undo the last batch."""
        self._replay(self.session.undo, "nothing to undo", "undone")

    def redo(self) -> None:
        """Redo what was undone last."""
        self._replay(self.session.redo, "nothing to redo", "redone")

    def _replay(self, step: Callable[[], Delta | None], none: str, done: str) -> None:
        try:
            delta = step()
        except AnnotatorError as error:
            self.message = str(error)
            return
        if delta is None:
            self.message = none
            return
        self.message = done
        self.on_delta(delta)
        if delta.put:
            self.go(self.pointer.select(delta.put[-1].start, delta.put[-1].end))
        elif delta.taken:
            self.go(self.pointer.select(delta.taken[-1].start, delta.taken[-1].end))

    def set_status(self, status: Status) -> bool:
        """Mark the layer; say whether it worked."""
        if self.session.layer.status == status:
            return True
        return self._do(SetStatus(status), said=f"marked {status}")

    def set_note(self, note: str) -> None:
        """Set the note: on the span here if there is one, else on the article."""
        span = self.span_here()
        if span is not None:
            if span.note != note:
                self._do(Change(span.ref, replace(span, note=note)), said="note kept")
        elif self.session.layer.note != note:
            self._do(SetNote(note), said="note kept")

    def _do(self, edit: Edit, *, said: str) -> bool:
        try:
            delta = self.session.do([edit])
        except AnnotatorError as error:
            self.message = str(error)
            return False
        self.message = said
        self.on_delta(delta)
        return True


def short(words: str, width: int = 40) -> str:
    """Return words on one line, safe to show, cut to a width in code points."""
    line = visible(" ".join(words.split()))
    return line if len(line) <= width else line[: width - 1] + "…"
