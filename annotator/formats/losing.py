"""What writers and readers say about the things that one layer holds and a file cannot, or the other way about.

Invariant: each thing is named once, with its span where it has one, so that the losses of a layer can be counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from annotator.core.attributes import SETTLED
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.core.text import title_of
from annotator.formats.base import Loss
from annotator.formats.safe_names import plain

DECISION: Final = "decision of gold"
"""What the losses call the record of a decision on a gold layer, which no person set as an attribute."""


def called(name: str, otherwise: str) -> str:
    """Return what the losses call an attribute of the article: the record of a decision, or else something."""
    return DECISION if name.startswith(SETTLED) else otherwise


def under_name(loss: Loss, found: LayerRecord | None, kept: LayerRecord | None) -> Loss:
    """Return a loss of a layer that was found under one name and is kept under another, with the latter."""
    if found is None or kept is None or loss.annotator != found.annotator or kept.annotator == found.annotator:
        return loss
    return replace(loss, annotator=kept.annotator)


class Losses:
    """Collects the losses of one article and layer.

    Args:
        article: The article's key.
        annotator: Whose layer; "" for the article itself.

    Attributes:
        found: What was lost, in order.
    """

    def __init__(self, article: str, annotator: str = "") -> None:
        self._article = article
        self._annotator = annotator
        self.found: list[Loss] = []

    def whole(self, what: str, why: str, *, gone: bool = False) -> None:
        """Note something about the layer or the article as a whole."""
        self.found.append(Loss(self._article, self._annotator, "", what, why, gone))

    def span(self, span: Span, what: str, why: str, *, gone: bool = False) -> None:
        """Note something about a span of the layer."""
        place = f"{why} ({span.label} {span.start}–{span.end})"
        self.found.append(Loss(self._article, self._annotator, span.id, what, place, gone))

    def named(self, id: str, what: str, why: str, *, gone: bool = False) -> None:
        """Note something about what the file calls by an id, and what is no span."""
        self.found.append(Loss(self._article, self._annotator, id, what, why, gone))

    def values(self, span: Span | None, attributes: Mapping[str, Any]) -> None:
        """Note attributes, of a span or of the layer, that the format has no place for."""
        for name, value in attributes.items():
            why = f"{name} = {shortened(value)} was left out"
            if span is None:
                self.whole(called(name, "attribute of the article"), why)
            else:
                self.span(span, "attribute", why)


class Shortfall(Losses):
    """Collects what a writer leaves out of one record.

    Args:
        record: The record.
    """

    def __init__(self, record: Record) -> None:
        super().__init__(record.key, record.layer.annotator if record.layer is not None else "")
        self._record = record

    def renamed(self, what: str, name: str, file: str) -> None:
        """Add that a name will come back as another one, if the name of its file does not lead back to it."""
        if plain(file) != name:
            self.whole(f"name of the {what}", f"{name[:80]!r} is called {file!r} here, as no file may have its name")

    def about_article(self, *, keeps: Collection[str] = ()) -> None:
        """Add what the record says of the article and the layer as a whole, and the format has no place for.

        Args:
            keeps: What it does have a place for: "title", "meta", "kind", "status", "schema", "attributes", "note".
        """
        record, layer = self._record, self._record.layer
        if "title" not in keeps and record.title != title_of(record.text):
            self.whole("title", f"{record.title!r} has no place; readers take the first line")
        if "meta" not in keeps and record.meta:
            self.whole("meta", f"no place for {', '.join(map(str, record.meta))}")
        if layer is None:
            return
        if "kind" not in keeps and layer.kind != "human":
            self.whole("kind", f"no place for the kind {layer.kind!r}")
        if "status" not in keeps and layer.status != "open":
            self.whole("status", f"no place for the status {layer.status!r}")
        if "schema" not in keeps and layer.schema:
            self.whole("schema", f"no place for {layer.schema!r}, under which it was made")
        if "attributes" not in keeps:
            for name in layer.attributes:
                self.whole(called(name, "attribute of the article"), f"no place for {name!r}")
        if "note" not in keeps and layer.note:
            self.whole("note of the article", "no place for it")


def shortened(value: Any, limit: int = 60) -> str:
    """Return a value for a message, in at most so many characters."""
    words = repr(value)
    return words if len(words) <= limit else f"{words[:limit]}…"
