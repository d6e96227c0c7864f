"""A step of a session: one batch of edits, from when it was accepted to when it is in the journal.

Invariant: undo and redo refer to a step whether it is written or not; it is the same one for both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from annotator.core.edits import Edit
from annotator.core.history import EntryKind
from annotator.core.layer import Layer


@dataclass(slots=True)
class Step:
    """A batch that was accepted here, and what it made; `entry` is its journal number once it is written."""

    kind: EntryKind
    edits: tuple[Edit, ...] = ()
    inverse: tuple[Edit, ...] = ()
    of: Step | None = None
    entry: int | None = None
    layer: Layer | None = field(default=None, repr=False)
    spans: int = 0
    sweep: int = 0
    under: str = ""
