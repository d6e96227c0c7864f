"""What the help of the screens that are lists says: agreement, concordance, and what these lead to.

Invariant: a screen tells every key that it takes; the keys that all lists share are told once.
"""

from __future__ import annotations

from typing import Final

Section = tuple[str, tuple[tuple[str, str], ...]]

LIST: Final[tuple[tuple[str, str], ...]] = (
    ("↓  ↑", "row below, or above"),
    ("PgDn  PgUp", "page down, or up"),
    ("Home  End", "the first row, or the last"),
    ("?  F1", "these keys"),
    ("q  Esc", "back to where you came from; q leaves the program where this was the first screen"),
)
AGREEMENT: Final[tuple[Section, ...]] = (
    (
        "Agreement",
        (
            ("→  ←", "the next label, or the one before"),
            ("Enter  click", "the articles of this cell, the worst first"),
            ("m  M", "the next measure, or the one before"),
        ),
    ),
    ("List", LIST),
)
ARTICLES: Final[tuple[Section, ...]] = (
    ("Articles", (("Enter  click", "the differences of this article"),)),
    ("List", LIST),
)
DIFFERENCES: Final[tuple[Section, ...]] = (
    ("Differences", (("Enter  click", "settle this one; where gold is one of the two, open the article there"),)),
    ("List", LIST),
)
STRINGS: Final[tuple[Section, ...]] = (
    ("Inconsistent strings", (("Enter  click", "the places of this string"), ("/", "ask for another string"))),
    ("List", LIST),
)
CONCORDANCE: Final[tuple[Section, ...]] = (
    (
        "Concordance",
        (
            ("Space", "tick this place, and on to the next"),
            ("*", "tick all, or none"),
            ("a label's key", "give the label to the ticked places, or to all; shown first"),
            ("x", "take labels away there; shown first"),
            ("L", "whose layers keys change"),
            ("u", "undo the whole change"),
            ("f", "only inconsistent places, or all"),
            ("I", "capitals and small letters are the same, or not"),
            ("W", "whole words only, or parts of words too"),
            ("/", "ask for another string"),
            ("Enter  click", "open the article there"),
            ("Esc", "stop a change that takes long"),
        ),
    ),
    ("List", LIST),
)
