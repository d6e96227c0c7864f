"""What became of a file that was taken in.

Invariant: whatever of it is not here afterwards as it is there is in the report.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Outcome = Literal["new", "forward", "same", "behind", "conflict", "withheld"]
"""Of a layer of the other file: there was none here, it goes on from the one here, there is nothing to take in, the one
here goes on from it, both went on, or it is gold that somebody changed who may not settle here."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A layer on which both went on.

    Args:
        key: The article's key here.
        annotator: Whose layer it is.
        name: The second name under which the other file's layer is here.
        common: How many batches both have.
        here: How many more this file has.
        there: How many more the other file has.
        batches: How many were taken in; 0 if all were here already.
    """

    key: str
    annotator: str
    name: str
    common: int
    here: int
    there: int
    batches: int


@dataclass(frozen=True, slots=True)
class Strange:
    """A gold layer with changes by people who are no leads here.

    Args:
        key: The article's key here.
        annotator: Whose layer it is.
        authors: Who they are.
        taken: Whether it was taken in, because a lead merges.
    """

    key: str
    annotator: str
    authors: tuple[str, ...]
    taken: bool


@dataclass(slots=True)
class MergeReport:
    """What became of another file.

    Attributes:
        path: The other file.
        articles: How many of its articles were new here.
        known: How many were here already.
        differing: How many of those have other metadata or another title there; those here are kept.
        renamed: Keys of new articles that belonged to another text here, and what they are called instead.
        layers: How many of its layers had each outcome.
        batches: How many batches of edits were taken in.
        visits: How many times at work were taken in.
        conflicts: The layers on which both went on.
        strange: Gold layers that were changed there by people who are no leads here.
        called: Names of annotators there who are called otherwise here, and how.
    """

    path: Path
    articles: int = 0
    known: int = 0
    differing: int = 0
    renamed: dict[str, str] = field(default_factory=dict)
    layers: Counter[Outcome] = field(default_factory=Counter)
    batches: int = 0
    visits: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    strange: list[Strange] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)
