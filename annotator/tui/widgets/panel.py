"""The span panel: the spans of the layer, in text order and nested or as the annotator wants them, and the one here.

Invariant: a row is found by its number in the listing, so a layer with 100,000 spans costs no more than the rows in
view; what the listing has yet to look at, it looks at between keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Final

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from annotator.core.checks import Problem
from annotator.core.index import SpanIndex
from annotator.core.schema import Schema, letter
from annotator.core.spans import Ref, Span
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.keymap import Keymap
from annotator.tui.lines import described, offer
from annotator.tui.list_prompt import ORDER_NAMES
from annotator.tui.listing import Listing
from annotator.tui.look import keys_of, palette_of
from annotator.tui.paint import Theme
from annotator.tui.widgets.bar import Bar, Run
from annotator.tui.widgets.detail import Detail
from annotator.tui.widgets.rows import RowList

LOOKED_AT: Final = 200  # spans between two looks at the clock
AT_A_TIME: Final = 0.004  # seconds
PAUSE: Final = 0.01  # seconds
BOLD = Style(bold=True)
EDGES = ("select.left-edge-left", "select.left-edge-right", "select.right-edge-left", "select.right-edge-right")


class SpanPanel(Vertical):
    """Lists the spans and shows the one here."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    SpanPanel { width: 38; border-left: vkey $border; padding: 0 1; }
    SpanPanel #spans { height: 1fr; }
    SpanPanel #detail { max-height: 50%; border-top: solid $border; }
    """

    class Picked(Message):
        """A span was clicked in the list."""

        def __init__(self, span: Span) -> None:
            super().__init__()
            self.span = span

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""
        self._index = SpanIndex()
        self.listing = Listing(self._index)
        """Which spans are listed; after `choose`, call `relist`."""
        self.in_hand = False
        """Whether keys go to the list now, so that those of the text do nothing and are not to be told of."""
        self._shown: tuple[Span | None, Sequence[Problem], int, Span | None] = (None, (), 0, None)
        self._working = False
        self._look: Theme | None = None
        self._since = 0  # the first row that an index changed since the last update

    def compose(self) -> ComposeResult:
        """Build head, list and detail."""
        yield Bar(id="spans-head", plain=True)
        yield RowList(self._row, name_of=lambda row: self.listing.nth(row).id, id="spans")
        yield Detail(id="detail")

    def open(
        self,
        text: str,
        index: SpanIndex,
        schema: Schema,
        *,
        problems_of: Callable[[Span], Sequence[Problem]] = lambda span: (),
    ) -> None:
        """Show another layer; order and filter stay.

        Args:
            text: The article's text.
            index: The layer's spans.
            schema: Its labels.
            problems_of: Says what is wrong with a span.
        """
        self._text, self._index, self._look = text, index, Theme(schema, palette_of(self))
        before, self.listing = self.listing, Listing(index, text, schema, problems_of)
        self.listing.choose(order=before.order, label=before.label, words=before.words)
        self._shown = (None, (), 0, None)
        self.relist()

    def relist(self) -> None:
        """Show other spans than before, or in another order."""
        self._since = 0
        self.query_one("#spans", RowList).refresh()
        self._work()

    def _work(self) -> None:
        """Have the listing look at some more spans, and show what it has."""
        until = monotonic() + AT_A_TIME
        while (left := self.listing.work(LOOKED_AT)) and monotonic() < until:
            pass
        here, problems, at, offered = self._shown
        self._since = 0
        self.update(here, problems, at=at, offered=offered)
        if left and not self._working:
            self._working = True
            self.set_timer(PAUSE, self._work_on)

    def _work_on(self) -> None:
        self._working = False
        self._work()

    def spans_changed(self, put: Iterable[Span], taken: Iterable[Ref]) -> None:
        """Take note that the index has changed; the next `update` paints the rows that look other than before.

        Args:
            put: Spans that were put in.
            taken: Where spans were taken from.
        """
        put, taken = [*put], [*taken]
        spans: list[Span | Ref] = [*put, *taken]
        around = {other.id: other for span in spans for other in self._index.overlapping(span.start, span.end)}
        self.query_one("#spans", RowList).forget(around.keys() | {span.id for span in spans})
        self.listing.changed(put, taken, around.values())
        since = min((self._index.rank(span.key) for span in spans), default=self._since) if self.listing.plain else 0
        self._since = min(self._since, since)

    def update(self, here: Span | None, problems: Sequence[Problem], *, at: int, offered: Span | None = None) -> None:
        """Show the spans as they are now, and the one here with its problems.

        Args:
            here: The span in hand.
            problems: What is wrong with it.
            at: The offset whose neighbourhood is listed if there is no span here.
            offered: The suggestion in hand, if that is nearer than any span.
        """
        self._shown = (here, problems, at, offered)
        rows, listing = self.query_one("#spans", RowList), self.listing
        count = len(listing)
        row = listing.row_of(here) if here is not None else None
        current = listing.row_near((at, -at, "")) if row is None else row
        rows.show(count, current, marked=row is not None, since=self._since)
        self._since = count
        self.query_one("#spans-head", Bar).show(self._head())
        self.query_one("#detail", Detail).show(
            self._detail(here, problems) if offered is None else self._offer(offered)
        )

    def _head(self) -> list[Run]:
        """Return what the list holds, in which order."""
        palette, listing = palette_of(self), self.listing
        total = f"{len(self._index):,}"
        more = "…" if listing.pending else ""
        runs: list[Run] = [("SPANS ", palette.faint + BOLD)]
        runs.append((f"{len(listing):,}{more} of {total}" if listing.filtered or more else total, palette.plain))
        if listing.label and self._look is not None:
            runs += [(" ", palette.plain), (f" {short(listing.label, 12)} ", self._look.chip(listing.label))]
        if listing.words.strip():
            runs += [(" ", palette.plain), (f"“{short(listing.words, 14)}”", palette.found)]
        if listing.order != "text":
            order = f" {ORDER_NAMES[listing.order]}"
            room = self.query_one("#spans-head", Bar).size.width - sum(cell_len(text) for text, _ in runs)
            runs.append((order if cell_len(order) <= room else " ↕"[:room], palette.faint))
        return runs

    def _row(self, number: int, width: int) -> list[Run]:
        look = self._look
        assert look is not None
        span = self.listing.nth(number)
        depth = self._depth(span) if self.listing.plain else 0
        known = look.schema.labels.get(span.label)
        mark = letter(span.label, known) if known else "?"
        words = short(span.surface(self._text), max(4, width - 5 - 2 * depth))
        return [
            ("  " * depth, look.palette.plain),
            (f" {visible(mark)} ", look.mark(span.label)),
            (f" {words}", look.words(span.label)),
        ]

    def _depth(self, span: Span) -> int:
        """Return how many spans hold a span, at most 6."""
        around = self._index.overlapping(span.start, span.end)
        return min(sum(1 for other in around if other.contains(span) and other.key < span.key), 6)

    def _keys(self) -> Keymap:
        """Return the keys to tell of: none while they go to the list."""
        keys = keys_of(self)
        return Keymap(tuple(replace(command, keys=()) for command in keys.commands)) if self.in_hand else keys

    def _offer(self, span: Span) -> Text:
        """Return what there is to say of a suggestion."""
        palette = palette_of(self)
        text = Text(offer(span, self._keys()).replace(" · ", "\n") + "\n", style=palette.plain)
        text.append(short(span.surface(self._text), 200) + "\n", palette.plain + Style(italic=True))
        self._append_attributes(text, span, None)
        return text

    def _append_attributes(self, text: Text, span: Span, spans: SpanIndex | None) -> None:
        palette = palette_of(self)
        for name, value in span.attributes.items():
            text.append(f"{visible(name):<12} ", palette.faint)
            text.append(described(value, spans, self._text) + "\n", palette.plain)

    def _detail(self, span: Span | None, problems: Sequence[Problem]) -> Text:
        palette = palette_of(self)
        plain, faint = palette.plain, palette.faint
        if span is None or self._look is None:
            return Text("no span here", style=faint)
        text = Text()
        text.append(visible(span.label).upper(), self._look.words(span.label) + BOLD)
        text.append(f"  {span.start}–{span.end}\n", faint)
        text.append(short(span.surface(self._text), 200) + "\n", plain + Style(italic=True))
        self._append_attributes(text, span, self._index)
        if span.note:
            text.append(f"“{visible(span.note)}”\n", plain)
        for problem in problems:
            text.append(f"✗ {visible(problem.message)}\n", palette.bad_mark)
        keys = self._keys()
        edges = " ".join(filter(None, map(keys.label, EDGES)))
        hints = {keys.label("tag.delete"): "delete", edges: "edges", keys.label("tag.retag"): "retag"}
        text.append(" · ".join(f"{key} {what}" for key, what in hints.items() if key), faint)
        return text

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Tell which span was clicked."""
        self._tell(message)

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        """Tell which span was clicked."""
        self._tell(message)

    def _tell(self, message: RowList.Moved | RowList.Chosen) -> None:
        message.stop()
        if message.rows.current < len(self.listing):
            self.post_message(self.Picked(self.listing.nth(message.rows.current)))
