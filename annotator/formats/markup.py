"""The text of an HTML document as a browser's `textContent` has it.

Invariant: every character of every text node of the body is there, once and in order, and nothing else; blanks are not
folded, so that offsets into the nodes one after the other are offsets into this text.
"""

from __future__ import annotations

from html.parser import HTMLParser


def text_of(html: str) -> str:
    """Return the text of a document's body, or of all of it if it has none."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self.pieces.clear()

    def handle_endtag(self, tag: str) -> None:
        self._ended = self._ended or tag == "body"

    def handle_data(self, data: str) -> None:
        if not self._ended:
            self.pieces.append(data)
