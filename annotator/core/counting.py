"""How many of what, in words.

Invariant: one thing is named in the singular, any other number of things in the plural, wherever it is told.
"""

from __future__ import annotations


def count(number: int, thing: str, things: str = "") -> str:
    """Return "1 article", "2 articles", "1,000 batches".

    Args:
        number: How many.
        thing: The word for one.
        things: The word for several; that for one with an s if left out.
    """
    return f"{number:,} {named(number, thing, things)}"


def named(number: int, thing: str, things: str = "") -> str:
    """Return the word that goes with so many; see `count`."""
    return thing if number == 1 else things or f"{thing}s"
