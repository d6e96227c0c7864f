"""Colours of the screens, and how label colours are made readable.

Invariant: text on a label's colour is white; a label's colour as text is lightened until it reads on the background.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.style import Style

from annotator.tui.paint import tint_of

BACKGROUND: Final = "#101418"
BAR: Final = "#1b232c"
TEXT: Final = "#d7dde3"
DIM: Final = "#7d8894"
BRIGHT: Final = "#ffffff"
SELECTED: Final = "#f5e53b"
GOOD: Final = "#2ec99a"
BAD: Final = "#ff7b72"
ACCENT: Final = "#56b0f0"

ON_BAR: Final = Style(color=TEXT, bgcolor=BAR)
ON_BAR_DIM: Final = Style(color=DIM, bgcolor=BAR)
ON_BAR_BRIGHT: Final = Style(color=BRIGHT, bgcolor=BAR, bold=True)
ON_BAR_GOOD: Final = Style(color=GOOD, bgcolor=BAR)
ON_BAR_BAD: Final = Style(color=BAD, bgcolor=BAR, bold=True)
ON_BAR_ACCENT: Final = Style(color=ACCENT, bgcolor=BAR)
CHIP: Final = Style(color="#000000", bgcolor=SELECTED, bold=True)
PLAIN: Final = Style(color=TEXT, bgcolor=BACKGROUND)
FAINT: Final = Style(color=DIM, bgcolor=BACKGROUND)
ROW_HERE: Final = "#2a3947"


@lru_cache(maxsize=256)
def label_style(color: str) -> Style:
    """Return white on a label's colour."""
    return Style(color=BRIGHT, bgcolor=color)


@lru_cache(maxsize=256)
def key_style(color: str) -> Style:
    """Return the style of the letter in a label's chip."""
    return Style(color="#000000", bgcolor=tint_of(color), bold=True)
