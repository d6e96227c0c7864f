"""What writers and readers say about the things that one layer holds and a file cannot, or the other way about.

Invariant: each thing is named once, with its span where it has one, so that the losses of a layer can be counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotator.core.spans import Span
from annotator.formats.base import Loss


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
                self.whole("attribute of the article", why)
            else:
                self.span(span, "attribute", why)


def shortened(value: Any, limit: int = 60) -> str:
    """Return a value for a message, in at most so many characters."""
    words = repr(value)
    return words if len(words) <= limit else f"{words[:limit]}…"
