"""What keeps the data of an article from driving the terminal, and odd terminals from ending the app.

Invariant: no control character, C0 or C1, and no half of a UTF-16 pair reaches the terminal from any widget, whatever
it was asked to show; no key that a terminal reports raises.
"""

from __future__ import annotations

import re
from typing import Final

from rich.segment import Segment
from textual import events
from textual._xterm_parser import XTermParser
from textual.color import Color
from textual.filter import LineFilter
from textual.keys import Keys

from annotator.tui.glyphs import visible

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

# kitty's protocol: CSI code[:shifted[:base]] ; modifiers[:event] ; text u.  Textual knows it without what follows the
# colons of the first two, and raises where it meets them.
_REPORT: Final = re.compile(r"\x1b\[([\d:]*)(?:;([\d:]*))?(?:;([\d:]*))?([u~ABCDEFHPQRS])", re.ASCII)
_RELEASE: Final = "3"
_SHIFT, _LOCKS = 1, 64 | 128


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
