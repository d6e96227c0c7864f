"""What the doctor says.

Invariant: a finding is one line for people and four strings for programs; `repair` is empty exactly where nothing can
be derived and the thing is kept as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[[int, int], None]
"""Told how many were looked at, and of how many."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a database.

    Args:
        code: What kind: "version", "integrity", "unreadable", "shape", "dangling", "schema", "schema-digest",
            "text-digest", "text-length", "value", "offset", "journal", "replay", "count", "words" or "log".
        where: Which part.
        what: What is wrong with it.
        repair: What a repair would do; empty if it can only be kept and told.
    """

    code: str
    where: str
    what: str
    repair: str = ""
