"""One line of text that is being edited, and typing that picks from a list.  Knows nothing of Textual.

Invariant: the cursor lies between 0 and the length of the text, and what is painted is never wider than asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from rich.cells import cell_len
from wcwidth import iter_graphemes

from annotator.tui.desk import short
from annotator.tui.glyphs import visible

Role = Literal["plain", "dim", "chosen", "at", "chosen-at", "suggested", "bad", "name", "name-at"]
"""What a part of a row is; the screen gives each its style."""

Part = tuple[str, Role]


class EditLine:
    """A text and a cursor in it.

    Args:
        text: What it holds at first; the cursor is at its end.
    """

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.cursor = len(text)

    def insert(self, words: str) -> None:
        """Put words in at the cursor; what is not printable, line breaks and tabs included, becomes a blank."""
        words = "".join(c if c.isprintable() or c in "\u200c\u200d" else " " for c in words)
        self.text = self.text[: self.cursor] + words + self.text[self.cursor :]
        self.cursor += len(words)

    def press(self, key: str, character: str | None) -> bool:
        """Act on a key and say whether it was one for lines."""
        stops = [0, *self._stops()]
        before = max((stop for stop in stops if stop < self.cursor), default=0)
        after = min((stop for stop in stops if stop > self.cursor), default=len(self.text))
        match key:
            case "left":
                self.cursor = before
            case "right":
                self.cursor = after
            case "home":
                self.cursor = 0
            case "end":
                self.cursor = len(self.text)
            case "backspace":
                self._cut(before, self.cursor)
            case "delete":
                self._cut(self.cursor, after)
            case "ctrl+w":
                self._cut(self.text[: self.cursor].rstrip().rfind(" ") + 1, self.cursor)
            case "ctrl+u":
                self._cut(0, len(self.text))
            case _ if character and character.isprintable():
                self.insert(character)
            case _:
                return False
        return True

    def _cut(self, start: int, end: int) -> None:
        self.text = self.text[:start] + self.text[end:]
        self.cursor = start

    def _stops(self) -> Iterator[int]:
        at = 0
        for grapheme in iter_graphemes(self.text):
            at += len(grapheme)
            yield at

    def parts(self, width: int) -> list[Part]:
        """Return the part of the line around the cursor that has room.

        Args:
            width: How many cells there are, at least one.
        """
        glyphs = [visible(grapheme) for grapheme in iter_graphemes(self.text)]
        here = sum(1 for stop in self._stops() if stop <= self.cursor)
        glyphs.append(" ")  # where the cursor stands at the end
        start = end = here
        room = width - cell_len(glyphs[here])
        for limit in (width // 3, 0):  # first to the left, leaving a third for what follows
            while start > 0 and room - cell_len(glyphs[start - 1]) >= limit:
                start -= 1
                room -= cell_len(glyphs[start])
            while end + 1 < len(glyphs) and room >= cell_len(glyphs[end + 1]):
                end += 1
                room -= cell_len(glyphs[end])
        left, right = "".join(glyphs[start:here]), "".join(glyphs[here + 1 : end + 1])
        return [(left, "plain"), (glyphs[here], "at"), (right, "plain")]


class Typed:
    """Finds options by their first letters, or by their number from 1.

    Letters that go on with what was typed narrow; a letter that does not begins anew, and the same letter again goes
    to the next option that begins with it.

    Args:
        words: The options as they are shown.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words = [word.casefold() for word in words]
        self._typed = ""

    def reset(self) -> None:
        """Forget what was typed."""
        self._typed = ""

    def continues(self, character: str) -> bool:
        """Say whether a character goes on with what was typed."""
        return bool(self._typed) and bool(self._matches(self._typed + character.casefold()))

    def find(self, character: str, current: int | None) -> int | None:
        """Return the number of the option that a typed character leads to, or None.

        Args:
            character: What was typed.
            current: The option that is current now; kept while it fits.
        """
        letter = character.casefold()
        matches = self._matches(self._typed + letter)
        if matches:
            self._typed += letter
            return current if current in matches else matches[0]
        matches = self._matches(letter)
        if matches:
            self._typed = letter
            return next((match for match in matches if current is not None and match > current), matches[0])
        self._typed = ""
        if letter.isdecimal() and 1 <= int(letter) <= len(self._words):
            return int(letter) - 1
        return None

    def _matches(self, start: str) -> list[int]:
        return [number for number, word in enumerate(self._words) if word.startswith(start)]


def tail(words: str, width: int) -> str:
    """Return the last whole words that have room, safe to show; of a single long one, its end after a mark."""
    kept = ""
    for word in reversed(words.split()):
        longer = visible(f"{word} {kept}" if kept else word)
        if cell_len(longer) > width:
            break
        kept = longer
    if kept or width < 2:
        return kept
    glyphs = [visible(grapheme) for grapheme in iter_graphemes(words.rstrip()[-width:])]
    while glyphs and sum(map(cell_len, glyphs)) > width - 1:
        del glyphs[0]
    return "…" + "".join(glyphs) if glyphs else ""


def before(text: str, offset: int, *, reach: int) -> str:
    """Return what stands before an offset, beginning with a whole word.

    Args:
        text: The article.
        offset: Where to look from.
        reach: How many code points at most.
    """
    start = max(0, offset - reach)
    words = text[start:offset]
    if start and not text[start - 1].isspace() and len(words.split(maxsplit=1)) > 1:
        words = words.split(maxsplit=1)[1] if not words[0].isspace() else words
    return words


def wrapped(said: str, width: int) -> list[str]:
    """Return hints as lines, broken only between two hints (at " · ") as long as each has room for itself."""
    rows: list[str] = []
    for hint in said.split(" · "):
        if rows and cell_len(rows[-1]) + 3 + cell_len(hint) <= width:
            rows[-1] += f" · {hint}"
        else:
            rows.append(hint)
    return [fit(row, width) for row in rows]


def fit(words: str, width: int) -> str:
    """Return words on one line, safe to show, cut to a width in cells, be it none at all."""
    return short(words, width) if width > 1 else "…"[: max(0, width)] if words else ""
