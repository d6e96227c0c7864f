"""What keeps the data of an article from driving the terminal, and odd terminals from ending the app.

Invariant: no control character, C0 or C1, reaches the terminal from any widget, whatever it was asked to show; no key
that a terminal sends raises.
"""

from __future__ import annotations

import re
from typing import Final

from rich.segment import Segment
from textual import events
from textual._xterm_parser import XTermParser
from textual.color import Color
from textual.filter import LineFilter

from annotator.tui.glyphs import visible

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SUB_PARAMETERS: Final = re.compile(r":[\d:]*")
_RELEASED: Final = re.compile(r"\x1b\[[\d:]*;\d*:3[;u~A-S]")


class ControlFilter(LineFilter):
    """Replaces control characters in everything that is painted."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with nothing in them that a terminal would act on."""
        if not any(_CONTROL.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [segment if segment.control else Segment(visible(segment.text), segment.style) for segment in segments]


def accept_odd_keys() -> None:
    """Have Textual read keys of the kitty protocol that carry sub-parameters (`ESC[97:65;2;65u`), which it dies of.

    A key with sub-parameters is read as the key without them; the letting go of a key is no key.
    """
    parse = XTermParser._parse_extended_key
    if parse.__name__ == "_parse_with_sub_parameters":
        return

    def _parse_with_sub_parameters(self: XTermParser, sequence: str) -> list[events.Key] | None:
        if ":" in sequence and sequence.startswith("\x1b["):
            if _RELEASED.match(sequence):
                return []
            codes, _, text = sequence.rpartition(";") if sequence.count(";") == 2 else (sequence, "", "")
            sequence = _SUB_PARAMETERS.sub("", codes) + (f";{text}" if text else "")
        return parse(self, sequence)

    XTermParser._parse_extended_key = _parse_with_sub_parameters  # type: ignore[method-assign]
