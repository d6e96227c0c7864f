"""What keeps the data of an article from driving the terminal.

Invariant: no control character, C0 or C1, reaches the terminal from any widget, whatever it was asked to show.
"""

from __future__ import annotations

import re
from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from annotator.tui.glyphs import visible

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class ControlFilter(LineFilter):
    """Replaces control characters in everything that is painted."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with nothing in them that a terminal would act on."""
        if not any(_CONTROL.search(segment.text) for segment in segments if not segment.control):
            return segments
        return [segment if segment.control else Segment(visible(segment.text), segment.style) for segment in segments]
