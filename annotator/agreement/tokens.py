"""A plain tokenizer for figures on tokens.

Invariant: tokens are in order, do not overlap, and leave out nothing but blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")


def plain_tokens(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word (letters, digits, underscores) and each other sign begins and ends, in code points."""
    for found in _TOKEN.finditer(text):
        yield found.span()
