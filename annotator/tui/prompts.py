"""Prompts: what keys mean while the tag screen waits for something, such as a label or the words to look for.

Invariant: a prompt takes every key until it ends; Escape ends each of them and leaves things as they were before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol
from unicodedata import category

from annotator.tui.desk import Desk
from annotator.tui.find import next_match, pattern_of, previous_match
from annotator.tui.hints import hints_for, narrowed
from annotator.tui.tokens import Extent, tokens

LONGEST_PASTE: Final = 400  # code points: nobody looks for more words, and the line shows fewer


class Prompt(Protocol):
    """Something that the screen waits for."""

    @property
    def chip(self) -> str:
        """What the mode chip says meanwhile."""

    @property
    def raw(self) -> bool:
        """Whether letters are words to it, so that those of other scripts are not taken for the keys they sit on."""

    @property
    def line(self) -> str:
        """What the status line says meanwhile."""

    def press(self, name: str) -> bool:
        """Take a key, as `key_name` gives it, and say whether the prompt goes on."""

    def paste(self, words: str) -> None:
        """Take words that were pasted; prompts that are not for words leave them."""


class RetagPrompt:
    """Waits for a label key and gives that label to the span here."""

    chip = "RETAG"
    raw = False
    line = "press a label key (Esc: no)"

    def __init__(self, desk: Desk, labels: Mapping[str, str]) -> None:
        self._desk = desk
        self._labels = labels

    def press(self, name: str) -> bool:
        """Retag with the label of the key; any other key ends it."""
        if name in self._labels:
            self._desk.retag(self._labels[name])
        else:
            self._desk.message = "not retagged"
        return False

    def paste(self, words: str) -> None:
        """Leave what was pasted: it is no key."""


class SearchPrompt:
    """Goes to the words as they are typed.

    Args:
        desk: Where to move.
        last: What was looked for before; Enter on an empty line looks for it again.
        keep: Told what was looked for in the end.
    """

    chip = "SEARCH"
    raw = True

    def __init__(self, desk: Desk, *, last: str, keep: Callable[[str], None]) -> None:
        self._desk = desk
        self._last = last
        self._keep = keep
        self._begin = desk.place
        self._typed = ""
        self._found = True

    @property
    def line(self) -> str:
        """The words typed so far, and what keys do."""
        if not self._typed:
            return f"/  (Enter: “{self._last}” again)" if self._last else "/  words to look for"
        return f"/{self._typed}   " + ("↓ next · ↑ previous · Enter stays" if self._found else "not in this article")

    def press(self, name: str) -> bool:
        """Type, move between matches, or end."""
        if name == "escape":
            self._desk.go(self._begin)
            return False
        if name == "enter":
            if not self._typed and self._last:
                self._typed = self._last
                self._go(self._begin.end)
            self._keep(self._typed or self._last)
            if self._typed and self._found:
                self._desk.go(self._desk.pointer.whole(self._desk.place))
            if not self._found:
                self._desk.message = f"“{self._typed}” is not in this article"
            return False
        if name in ("down", "tab"):
            self._go(self._desk.place.end)
        elif name in ("up", "shift+tab"):
            self._back()
        elif name == "backspace":
            self._typed = self._typed[:-1]
            self._go(self._begin.start)
        elif name == "space" or len(name) == 1:
            self._typed += " " if name == "space" else name
            self._go(self._begin.start)
        return True

    def paste(self, words: str) -> None:
        """Look for what was typed and pasted."""
        self._typed += pasted(words)
        self._go(self._begin.start)

    def _go(self, offset: int) -> None:
        pattern = pattern_of(self._typed)
        if pattern is None:
            self._desk.go(self._begin)
            return
        found = next_match(self._desk.text, pattern, offset)
        self._found = found is not None
        self._desk.go(self._desk.pointer.select_found(*found) if found else self._begin)

    def _back(self) -> None:
        pattern = pattern_of(self._typed)
        found = previous_match(self._desk.text, pattern, self._desk.place.start) if pattern else None
        if found:
            self._desk.go(self._desk.pointer.select_found(*found))


class HintPrompt:
    """Paints letters over the tokens in view and goes to the one whose letters are typed.

    Args:
        desk: Where to move.
        extent: Start and end of the text in view.
        paint: Told the letters to paint, by offset; none when it ends.
        extend: Select up to the word instead of going there.
    """

    chip = "JUMP"
    raw = False

    def __init__(
        self,
        desk: Desk,
        *,
        extent: tuple[int, int],
        paint: Callable[[Mapping[int, str]], None],
        extend: bool = False,
    ) -> None:
        self._desk = desk
        self._extend = extend
        self._paint = paint
        self._typed = ""
        self._hints = hinted_words(desk.text, extent, desk.place.start)
        self._show()

    @property
    def line(self) -> str:
        """What was typed."""
        return f"type the letters of a word: {self._typed}" if self._hints else "nothing to jump to"

    def _show(self) -> None:
        self._paint({offset: code[len(self._typed) :] for code, offset in self._hints.items()})

    def press(self, name: str) -> bool:
        """Narrow by a letter, or end."""
        left = narrowed(self._hints, self._typed + name) if len(name) == 1 else {}
        if not left:
            self._paint({})
            return False
        self._typed += name
        self._hints = left
        if self._typed in left:
            self._paint({})
            jump_to(self._desk, left[self._typed], extend=self._extend)
            return False
        self._show()
        return True

    def paste(self, words: str) -> None:
        """Leave what was pasted: it is no key."""


def pasted(words: str) -> str:
    """Return what was pasted as it would be typed on one line, without control characters."""
    line = " ".join(words[:LONGEST_PASTE].split())
    return "".join(character for character in line if category(character) != "Cc")


def hinted_words(text: str, extent: Extent, here: int) -> dict[str, int]:
    """Return the letters of each word in view, and where it starts; the nearest words have the shortest.

    Args:
        text: The article.
        extent: Start and end of what is in view.
        here: Where the cursor is.
    """
    starts = [start for start, end in tokens(text, *extent) if _is_word(text[start:end])]
    starts.sort(key=lambda start: abs(start - here))
    return hints_for(starts)


def jump_to(desk: Desk, offset: int, *, extend: bool = False) -> None:
    """Go to the word at an offset, or with `extend` or while extending select up to it."""
    target = desk.pointer.at(offset)
    desk.go(desk.pointer.reach(desk.place, target.extent) if extend or desk.extending else target)


def _is_word(token: str) -> bool:
    """Say whether a token is worth a hint: not punctuation, and not the 's after a name."""
    return token[0] not in "'’" and any(character.isalnum() for character in token)
