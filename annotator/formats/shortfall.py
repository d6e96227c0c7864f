"""What a writer leaves out of one record, collected as it finds it.

Invariant: every loss names the article and the annotator of the record it came from.
"""

from __future__ import annotations

from collections.abc import Collection

from annotator.core.record import Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.formats.base import Loss
from annotator.formats.safe_names import plain


class Shortfall:
    """Collects the losses of one record.

    Args:
        record: The record.

    Attributes:
        found: The losses, in the order in which they were found.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._annotator = record.layer.annotator if record.layer is not None else ""
        self.found: list[Loss] = []

    def article(self, what: str, why: str, *, gone: bool = False) -> None:
        """Add a loss of the article as a whole."""
        self.found.append(Loss(self._record.key, self._annotator, "", what, why, gone))

    def span(self, span: Span, what: str, why: str, *, gone: bool = False) -> None:
        """Add a loss of a span; the reason is told with its label and place."""
        where = f"{span.label} {span.start}–{span.end}"
        self.found.append(Loss(self._record.key, self._annotator, span.id, what, f"{where}: {why}", gone))

    def renamed(self, what: str, name: str, file: str) -> None:
        """Add that a name will come back as another one, if the name of its file does not lead back to it."""
        if plain(file) != name:
            self.article(f"name of the {what}", f"{name[:80]!r} is called {file!r} here, as no file may have its name")

    def about_article(self, *, keeps: Collection[str] = ()) -> None:
        """Add what the record says of the article and the layer as a whole, and the format has no place for.

        Args:
            keeps: What it does have a place for: "title", "meta", "kind", "status", "schema", "attributes", "note".
        """
        record, layer = self._record, self._record.layer
        if "title" not in keeps and record.title != title_of(record.text):
            self.article("title", f"{record.title!r} has no place; readers take the first line")
        if "meta" not in keeps and record.meta:
            self.article("meta", f"no place for {', '.join(map(str, record.meta))}")
        if layer is None:
            return
        if "kind" not in keeps and layer.kind != "human":
            self.article("kind", f"no place for the kind {layer.kind!r}")
        if "status" not in keeps and layer.status != "open":
            self.article("status", f"no place for the status {layer.status!r}")
        if "schema" not in keeps and layer.schema:
            self.article("schema", f"no place for {layer.schema!r}, under which it was made")
        if "attributes" not in keeps:
            for name in layer.attributes:
                self.article("attribute of the article", f"no place for {name!r}")
        if "note" not in keeps and layer.note:
            self.article("note of the article", "no place for it")
