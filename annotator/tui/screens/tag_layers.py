"""What the tag screen shows beside the annotator's own spans: suggestions, and another layer to look at.

Invariant: nothing of it is read before the article is painted, and none of it is ever written; suggestions become spans
only through the desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Final

from annotator.core.counting import count
from annotator.core.index import SpanIndex
from annotator.core.suggestions import Suggestions
from annotator.errors import AnnotatorError
from annotator.session import Session
from annotator.tui.glyphs import visible
from annotator.tui.screens.tag_panes import AT_WORK, CHECK_PAUSE, GLANCE_TIME, TagPanes
from annotator.tui.still import still

if TYPE_CHECKING:
    from annotator.tui.walk import Walk

COUNTED_AT_A_TIME: Final = 200  # suggestions: a few milliseconds
CYCLED: Final = 2  # others' layers that the key goes through one by one; of more it asks which
READ_AT_ONCE: Final = 2_000  # proposed spans: a few milliseconds; more are read on another thread


class TagLayers(TagPanes):
    """The panes with suggestions and another's layer; keys and the mouse are `TagScreen`'s.

    Args:
        article: The number of the article to begin with.
        at: Start and end of what to select there; where the annotator was last if None.
        walk: The filter to keep to when going on; all articles if None.
    """

    def __init__(self, article: int, *, at: tuple[int, int] | None = None, walk: Walk | None = None) -> None:
        super().__init__(article, at=at, walk=walk)
        # Whether suggestions are wanted; as the settings say until a key says more.
        self._suggesting: bool | None = None
        self._beside: tuple[str, ...] = ()  # whose layers are looked at
        self._other: SpanIndex | None = None

    def _begin(self, article: int, session: Session) -> None:
        super()._begin(article, session)
        if self._suggesting is None:
            self._suggesting = self.owner.settings.suggestions
        self.desk.offers.ready = False
        self.desk.offers.shown = self._suggesting
        self.set_timer(GLANCE_TIME, partial(self._read_beside, session))

    def _show_layer(self) -> None:
        super()._show_layer()
        if self._desk is not None and self._desk.session is self._session:  # read anew after a conflict
            self._look()
        else:
            self._other = None

    def _look(self) -> None:
        """Have the article show what there is beside the annotator's own spans."""
        offers = self.desk.offers
        self.view.look_at(suggested=offers.index if offers.shown and offers.ready else None, other=self._other)

    def _read_beside(self, session: Session) -> None:
        """Read what is wanted beside the spans, if the article is still open."""
        if session is not self._session:
            return
        offers = self.desk.offers
        try:
            self._other = self._spans_of(self._beside)
            if not offers.shown or offers.ready:
                if self._other is not None:
                    self._look()
                return
            count = session.proposed()
            if count > READ_AT_ONCE:
                self._fetch(session)
                return
            offers.ready = True
            if count or self._other is not None:
                self._look()
        except AnnotatorError as error:
            self.desk.message = f"nothing beside your spans: {error}"
        self.show()

    def _fetch(self, session: Session) -> None:
        loop = asyncio.get_running_loop()

        def tell(future: Future[Suggestions]) -> None:
            with suppress(RuntimeError):  # the app has ended meanwhile
                loop.call_soon_threadsafe(self.call_later, self._fetched, session, future)

        session.fetch_suggestions().add_done_callback(tell)

    def _fetched(self, session: Session, future: Future[Suggestions]) -> None:
        """Take what was read, in a moment in which nobody types: laying out so many takes longer than a key may."""
        if session is not self._session or not self.is_attached or self.desk.offers.ready:
            return  # closed, or asked for twice
        if monotonic() - self._acted < AT_WORK:
            self.set_timer(AT_WORK, partial(self._fetched, session, future))
            return
        try:
            with still():
                session.take_suggestions(future)
            self._look_slowly(session)
        except AnnotatorError as error:
            self.desk.message = f"no suggestions: {error}"
        self.show()

    def _look_slowly(self, session: Session) -> None:
        """Show many suggestions: those in view at once, the lanes of the others while nobody types."""
        offers = self.desk.offers
        offers.ready = True
        if not offers.shown:
            return
        index = offers.index
        self.view.look_at_slowly(suggested=index)
        self.view.count_lanes(index.overlapping(*self.view.visible_extent()))
        rest = iter([*index])

        def count_on() -> None:
            if session is not self._session or self.desk.offers.index is not index:
                return  # another article, or they are hidden: showing them again counts all
            if monotonic() - self._acted >= AT_WORK:
                batch = [*islice(rest, COUNTED_AT_A_TIME)]
                if not batch:
                    return
                self.view.count_lanes(batch)
            self.set_timer(CHECK_PAUSE, count_on)

        count_on()

    # What commands ask of the screen (see commands.Host).

    def accept_in_view(self) -> None:
        """Accept all suggestions in view."""
        self.desk.offers.accept_all(self.view.visible_extent())

    def toggle_suggestions(self) -> None:
        """Show or hide suggestions."""
        offers = self.desk.offers
        offers.shown = self._suggesting = not offers.shown
        if offers.shown and not offers.ready:
            self.desk.message = "suggestions"
            self._read_beside(self.session)
        else:
            self._look()
        if offers.ready or not offers.shown:
            self.desk.message = count(len(offers.index), "suggestion") if offers.shown else "suggestions are hidden"

    def cycle_beside(self) -> None:
        """Look at another layer of the article beside one's own, or at none; where there are several, ask which."""
        layers = self.owner.project.store.layers_of(self.session.article.id)
        own = self.session.head.annotator
        others = [(name, spans) for name, kind, spans in layers if kind != "model" and name != own]
        if not others:
            self.desk.message = "nobody else has labelled this article"
        elif len(others) <= CYCLED:
            names = [name for name, _ in others]
            at = names.index(self._beside[0]) + 1 if self._beside and self._beside[0] in names else 0
            self._show_beside(*names[at : at + 1])
        else:
            self._ask_beside(others)

    def _ask_beside(self, others: Sequence[tuple[str, int]]) -> None:
        from annotator.tui.screens.dialogs import PickScreen

        whole = sum(spans for _, spans in others)
        items = [("everybody", count(whole, "span")), ("nobody", "only your own spans")]
        items += [(name, count(spans, "span")) for name, spans in others]
        names = [tuple(name for name, _ in others), (), *((name,) for name, _ in others)]

        def chosen(number: int | None) -> None:
            if number is not None:
                self.call_later(self.act, lambda: self._show_beside(*names[number]))

        self.app.push_screen(PickScreen("Beside your own spans", items), chosen)

    def _show_beside(self, *names: str) -> None:
        self._beside = names
        self._other = self._spans_of(names)
        self._look()
        who = visible(names[0]) if len(names) == 1 else f"{len(names)} others"
        told = f"beside yours: {who}, {count(len(self._other), 'span')}" if self._other is not None else ""
        self.desk.message = told or "only your own spans"

    def _spans_of(self, annotators: Sequence[str]) -> SpanIndex | None:
        """Return the spans of others' layers of the open article, or None if there are none of these layers."""
        store, article = self.owner.project.store, self.session.article.id
        layers = [layer for name in annotators if (layer := store.layer(article, name)) is not None]
        if len(layers) < 2:
            return SpanIndex(layers[0].spans) if layers else None
        # Ids are unique in a layer only, and an index has each once.
        spans = [replace(span, id=f"{n}:{span.id}") for n, layer in enumerate(layers) for span in layer.spans]
        return SpanIndex(spans)
