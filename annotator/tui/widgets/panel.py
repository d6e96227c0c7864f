"""The span panel: every span of the layer in text order, nested, and the one here in full.

Invariant: a row is found by its number in the index, so a layer with 100,000 spans costs no more than the rows in
view.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from annotator.core.attributes import describe
from annotator.core.checks import Problem
from annotator.core.index import SpanIndex
from annotator.core.schema import Schema, letter
from annotator.core.spans import Ref, Span
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.look import keys_of, palette_of
from annotator.tui.paint import Theme
from annotator.tui.widgets.bar import Bar, Run
from annotator.tui.widgets.detail import Detail
from annotator.tui.widgets.rows import RowList

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
        self._look: Theme | None = None
        self._since = 0  # the first row that an index changed since the last update

    def compose(self) -> ComposeResult:
        """Build head, list and detail."""
        yield Bar(id="spans-head", blank=palette_of(self).plain)
        yield RowList(self._row, name_of=lambda row: self._index.nth(row).id, id="spans")
        yield Detail(id="detail")

    def open(self, text: str, index: SpanIndex, schema: Schema) -> None:
        """Show another layer."""
        self._text, self._index, self._look = text, index, Theme(schema, palette_of(self))
        self._since = 0
        self.query_one("#spans", RowList).refresh()
        self.update(None, [], at=0)

    def spans_changed(self, put: Iterable[Span], taken: Iterable[Ref]) -> None:
        """Take note that the index has changed; the next `update` paints the rows that look other than before.

        Args:
            put: Spans that were put in.
            taken: Where spans were taken from.
        """
        spans: list[Span | Ref] = [*put, *taken]
        around = {other.id for span in spans for other in self._index.overlapping(span.start, span.end)}
        self.query_one("#spans", RowList).forget(around | {span.id for span in spans})
        self._since = min([self._since, *(self._index.rank(span.key) for span in spans)])

    def update(self, here: Span | None, problems: Sequence[Problem], *, at: int) -> None:
        """Show the spans as they are now, and the one here with its problems.

        Args:
            here: The span in hand.
            problems: What is wrong with it.
            at: The offset whose neighbourhood is listed if there is no span here.
        """
        palette = palette_of(self)
        rows = self.query_one("#spans", RowList)
        count = len(self._index)
        current = self._index.rank(here.key if here is not None else (at, -at, ""))
        rows.show(count, current, marked=here is not None, since=self._since)
        self._since = count
        self.query_one("#spans-head", Bar).show([("SPANS ", palette.faint + BOLD), (f"{count:,}", palette.plain)])
        self.query_one("#detail", Detail).show(self._detail(here, problems))

    def _row(self, number: int, width: int) -> list[Run]:
        look = self._look
        assert look is not None
        span = self._index.nth(number)
        around = self._index.overlapping(span.start, span.end)
        depth = min(sum(1 for other in around if other.contains(span) and other.key < span.key), 6)
        known = look.schema.labels.get(span.label)
        mark = letter(span.label, known) if known else "?"
        words = short(span.surface(self._text), max(4, width - 5 - 2 * depth))
        return [
            ("  " * depth, look.palette.plain),
            (f" {visible(mark)} ", look.mark(span.label)),
            (f" {words}", look.words(span.label)),
        ]

    def _detail(self, span: Span | None, problems: Sequence[Problem]) -> Text:
        palette = palette_of(self)
        plain, faint = palette.plain, palette.faint
        if span is None or self._look is None:
            return Text("no span here", style=faint)
        text = Text()
        text.append(visible(span.label).upper(), self._look.words(span.label) + BOLD)
        text.append(f"  {span.start}–{span.end}\n", faint)
        text.append(short(span.surface(self._text), 200) + "\n", plain + Style(italic=True))
        for name, value in span.attributes.items():
            text.append(f"{visible(name):<12} ", faint)
            text.append(visible(self._described(value)) + "\n", plain)
        if span.note:
            text.append(f"“{visible(span.note)}”\n", plain)
        for problem in problems:
            text.append(f"✗ {visible(problem.message)}\n", palette.bad_mark)
        keys = keys_of(self)
        edges = " ".join(filter(None, map(keys.label, EDGES)))
        hints = {keys.label("tag.delete"): "delete", edges: "edges", keys.label("tag.retag"): "retag"}
        text.append(" · ".join(f"{key} {what}" for key, what in hints.items() if key), faint)
        return text

    def _described(self, value: object) -> str:
        """Return a value in words; a link as the words of the span that it points to."""
        ids = value if isinstance(value, list) else [value]
        targets = [self._index.get(id) for id in ids if isinstance(id, str)]
        if targets and all(targets):
            return ", ".join(f"→ {short(target.surface(self._text), 30)}" for target in targets if target)
        return describe(value)

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        """Tell which span was clicked."""
        self._tell(message)

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        """Tell which span was clicked."""
        self._tell(message)

    def _tell(self, message: RowList.Moved | RowList.Chosen) -> None:
        message.stop()
        if message.rows.current < len(self._index):
            self.post_message(self.Picked(self._index.nth(message.rows.current)))
