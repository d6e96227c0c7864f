"""The prompt in which keys go to the span panel: they sort, filter, and choose a span.

Invariant: the text follows the row in hand; leaving keeps the place, the order and the filter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from annotator.core.spans import Span
from annotator.tui.desk import Desk
from annotator.tui.listing import ORDERS, Listing, Order
from annotator.tui.prompts import pasted

ORDER_NAMES: Final[Mapping[Order, str]] = {
    "text": "in text order",
    "label": "by label",
    "newest": "newest first",
    "problems": "problems first",
}
SHORT_ORDERS: Final[Mapping[Order, str]] = {
    "text": "in text order",
    "label": "by label",
    "newest": "newest",
    "problems": "problems",
}
LIST_KEYS: Final = (
    ("↑ ↓", "go from span to span"),
    ("o", "order: text, label, newest, problems first"),
    ("/", "only spans with these words, as you type"),
    ("label key", "only spans of this label; again: all"),
    ("Esc", "all spans again, then back to the text"),
    ("Enter", "back to the text"),
)
"""What keys do in the panel, for the help."""

_STEPS: Final = {"down": 1, "up": -1, "tab": 1, "shift+tab": -1, "pagedown": 10, "pageup": -10}


class Panel(Protocol):
    """What the prompt needs of the panel."""

    @property
    def listing(self) -> Listing:
        """The spans listed."""

    def relist(self) -> None:
        """Show other spans than before, or in another order."""


class ListPrompt:
    """Keys for the span panel.

    Args:
        desk: Where the place is.
        panel: The panel.
        labels: The label of each label key.
        leave: Called when it ends.
    """

    def __init__(self, desk: Desk, panel: Panel, labels: Mapping[str, str], *, leave: Callable[[], None]) -> None:
        self._desk = desk
        self._panel = panel
        self._labels = labels
        self._leave = leave
        self._typing = False
        self._before = ""

    @property
    def chip(self) -> str:
        """What the mode chip says."""
        return "FILTER" if self._typing else "LIST"

    @property
    def raw(self) -> bool:
        """Whether letters are words."""
        return self._typing

    @property
    def line(self) -> str:
        """What keys do."""
        if self._typing:
            return f"/{self._panel.listing.words}   words of spans · Enter keeps · Esc takes back"
        clears = "Esc all" if self._panel.listing.filtered else "Esc back"
        order = SHORT_ORDERS[self._panel.listing.order]  # the panel's own heading says it in full
        return f"{clears} · ↑↓ · o: {order} · / words · label key"

    def press(self, name: str) -> bool:
        """Act on a key, and say whether the prompt goes on."""
        if self._typing:
            self._type(name)
            return True
        return self._press(name)

    def paste(self, words: str) -> None:
        """Take words for the filter, if that is what is typed now."""
        if self._typing:
            self._choose(words=self._panel.listing.words + pasted(words))

    def _press(self, name: str) -> bool:
        listing = self._panel.listing
        if name in ("enter", "q") or (name == "escape" and not listing.filtered):
            self._leave()
            return False
        if name == "escape":
            self._choose(label="", words="")
        elif name == "o":
            self._choose(order=ORDERS[(ORDERS.index(listing.order) + 1) % len(ORDERS)])
        elif name == "/":
            self._typing, self._before = True, listing.words
        elif name in self._labels:
            label = self._labels[name]
            self._choose(label="" if listing.label == label else label)
        elif name in _STEPS:
            self._move(_STEPS[name])
        elif name in ("home", "end"):
            self._move(len(listing) if name == "end" else -len(listing))
        return True

    def _type(self, name: str) -> None:
        words = self._panel.listing.words
        if name in ("enter", "escape"):
            self._typing = False
            if name == "escape":
                self._choose(words=self._before)
        elif name == "backspace":
            self._choose(words=words[:-1])
        elif name in _STEPS:
            self._move(_STEPS[name])
        elif name == "space" or len(name) == 1:
            self._choose(words=words + (" " if name == "space" else name))

    def _choose(self, *, order: Order | None = None, label: str | None = None, words: str | None = None) -> None:
        self._panel.listing.choose(order=order, label=label, words=words)
        self._panel.relist()

    def _move(self, steps: int) -> None:
        listing = self._panel.listing
        if not len(listing):
            self._desk.message = "no spans listed"
            return
        here: Span | None = self._desk.span_here()
        row = listing.row_of(here) if here is not None else None
        if row is None:
            row = listing.row_near((self._desk.place.start, 0, "")) - (steps > 0)
        self._desk.pick(listing.nth(min(max(row + steps, 0), len(listing) - 1)))
