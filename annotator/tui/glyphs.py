"""What the terminal is given in place of a grapheme cluster.

Invariant: a glyph is one or more cells wide as Rich counts them, holds no control character, no bidi control and no
lone surrogate, and the width of several glyphs side by side is the sum of their widths.  So a cell on the screen
always belongs to exactly one grapheme cluster, and text from an article can never steer the terminal.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import cell_len
from wcwidth import iter_graphemes

STAND_IN: Final = "·"
"""Painted for what has no picture of its own: C1 controls, line separators, bidi and other format characters."""

COMPLEX: Final = re.compile(
    "[^\\r\\n"
    " -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f"  # Latin, Greek, Cyrillic
    "\u0531-\u0556\u0561-\u0586\u05d0-\u05ea"  # Armenian, Hebrew letters
    "\u061b\u061f\u0620-\u064a\u0660-\u066f\u0671-\u06d3\u06f0-\u06ff\u060c"  # Arabic letters and digits
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]"  # more Latin, punctuation, currencies
)
"""Finds the first character that is perhaps not a cluster, a cell and a glyph of its own (line breaks apart)."""

_CONTROL_PICTURES: Final = 0x2400
_DOTTED_CIRCLE: Final = "\u25cc"
_JOINER: Final = "\u200d"


@lru_cache(maxsize=4096)
def glyph(grapheme: str) -> tuple[str, int]:
    """Return what to paint for one grapheme cluster, and its width.

    Args:
        grapheme: One cluster, neither a line break nor a tab (whose width depends on where it stands).

    Returns:
        The glyph, and how many cells Rich paints it in: at least one.
    """
    if len(grapheme) == 1:
        picture = _picture(grapheme)
        if picture:
            return picture, 1
    elif any("\ud800" <= character <= "\udfff" for character in grapheme):
        return "\ufffd", 1
    painted = grapheme.rstrip(_JOINER)  # a joiner at the end would swallow the next glyph
    cells = cell_len(painted)
    if not cells:
        painted = _DOTTED_CIRCLE + painted
        cells = cell_len(painted)
    return painted, cells


def visible(text: str) -> str:
    """Return any text as one line that is safe to print: every control character replaced by its stand-in.

    Args:
        text: A title, a name, a note: whatever came from outside.
    """
    if COMPLEX.search(text) is None and "\n" not in text and "\r" not in text:
        return text
    return "".join(" " if g in ("\t", "\n", "\r", "\r\n") else glyph(g)[0] for g in iter_graphemes(text))


def _picture(character: str) -> str:
    """Return the stand-in of a character that must not reach the terminal, or ""."""
    code = ord(character)
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == 0x7F:
        return "\u2421"
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in ("Cc", "Zl", "Zp") or (category == "Cf" and (code == 0xAD or not cell_len(character))):
        return STAND_IN
    return ""
