"""What keeps the data of an article from driving the terminal, and odd terminals from ending the app.

Invariant: no control character, C0 or C1, and no half of a UTF-16 pair reaches the terminal from any widget, whatever
it was asked to show; no key that a terminal reports raises; nothing that is pasted is taken for keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rich.segment import Segment
from textual import events
from textual._xterm_parser import XTermParser
from textual.color import Color
from textual.filter import LineFilter
from textual.keys import Keys
from textual.message import Message

from annotator.tui.glyphs import visible

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# kitty's protocol: CSI code[:shifted[:base]] ; modifiers[:event] ; text u.  Textual knows it without what follows the
# colons of the first two, and raises where it meets them.
_REPORT: Final = re.compile(r"\x1b\[([\d:]*)(?:;([\d:]*))?(?:;([\d:]*))?([u~ABCDEFHPQRS])", re.ASCII)
_RELEASE: Final = "3"
_SHIFT, _LOCKS = 1, 64 | 128

_PASTE_BEGINS: Final = "\x1b[200~"
_PASTE_ENDS: Final = "\x1b[201~"


class ControlFilter(LineFilter):
    """Replaces control characters in everything that is painted."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with nothing in them that a terminal would act on."""
        if not any(_CONTROL.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [segment if segment.control else Segment(visible(segment.text), segment.style) for segment in segments]


def accept_odd_keys() -> None:
    """Have Textual's parser, whichever driver uses it, read every key report that kitty's protocol allows.

    It raises where it meets sub-parameters (`ESC[97:65;2;65u`), which ends the app.  A key with sub-parameters is read
    as the key without them; one that was let go, and one that cannot be read, is no key.
    """
    parse = XTermParser._parse_extended_key
    if parse.__name__ == "_parse_with_sub_parameters":
        return

    def _parse_with_sub_parameters(self: XTermParser, sequence: str) -> list[events.Key] | None:
        found = _REPORT.fullmatch(sequence) if ":" in sequence else None
        try:
            return parse(self, _plain(*found.groups(default="")) if found else sequence)
        except (ValueError, OverflowError):  # let go, or no such code point
            return [events.Key(Keys.Ignore, sequence)]  # with no key at all it would wait for the rest

    XTermParser._parse_extended_key = _parse_with_sub_parameters  # type: ignore[assignment]


def _plain(codes: str, modifiers: str, text: str, end: str) -> str:
    """Return a report without sub-parameters; the character of a shifted key is its text where there is none.

    Raises:
        ValueError: If it is the report of a key that was let go.
    """
    code, shifted, *_ = [*codes.split(":"), ""]
    held, event, *_ = [*modifiers.split(":"), ""]
    if event == _RELEASE:
        raise ValueError("a key was let go")
    if not text and shifted and (int(held or "1") - 1) & ~_LOCKS == _SHIFT:
        text = shifted
    return f"\x1b[{code};{held};{text}{end}" if text else f"\x1b[{code};{held}{end}"


class PasteGuard:
    """Takes the escape characters out of what is pasted, piece by piece, as a terminal sends it."""

    def __init__(self) -> None:
        self._inside = False
        self._left = ""  # the end of the last piece: inside, held back; outside, passed on already

    def cleaned(self, data: str, *, midway: bool = True) -> str:
        """Return what of a piece the parser may see.

        Args:
            data: The piece.
            midway: Whether the parser waits for the rest of a sequence; if not, the end of the last piece was a key.
        """
        shown = ""
        if not self._inside:
            before = len(self._left) if midway else 0
            whole = self._left[len(self._left) - before :] + data
            begin = whole.find(_PASTE_BEGINS)
            if begin < 0:
                self._left = _part_at_end(whole, _PASTE_BEGINS)
                return data
            rest = begin + len(_PASTE_BEGINS)
            self._inside, self._left, shown, data = True, "", whole[before:rest], whole[rest:]
        pasted, end, after = (self._left + data).partition(_PASTE_ENDS)
        self._left = "" if end else _part_at_end(pasted, _PASTE_ENDS)
        shown += pasted[: len(pasted) - len(self._left)].replace("\x1b", "")
        if end:
            self._inside = False
            shown += end + self.cleaned(after, midway=False)
        return shown


def guard_pastes() -> None:
    """Have Textual's parser, whichever driver uses it, take nothing within a bracketed paste for keys.

    It reads on in an escape sequence that was pasted, as with colours copied from a log, and gives its letters as keys.
    """
    feed = XTermParser.feed
    if feed.__name__ == "_feed_guarded":
        return

    def _feed_guarded(self: XTermParser, data: str) -> Iterable[Message]:
        if not data:  # the end of all input
            return feed(self, data)
        guard: PasteGuard = self.__dict__.setdefault("_paste_guard", PasteGuard())
        shown = guard.cleaned(data, midway=self._timeout_time is not None)
        return feed(self, shown) if shown else ()

    XTermParser.feed = _feed_guarded  # type: ignore[method-assign]


def _part_at_end(text: str, sequence: str) -> str:
    """Return the longest beginning of a sequence, short of all of it, that a text ends with."""
    sizes = range(min(len(sequence) - 1, len(text)), 0, -1)
    return next((sequence[:size] for size in sizes if text.endswith(sequence[:size])), "")
