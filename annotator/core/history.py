"""Undo and redo over an append-only journal.

Invariant: nothing is ever taken out of the journal; what can be undone or redone follows from the order and the kinds
of its entries alone, so it is the same after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

EntryKind = Literal["do", "undo", "redo", "load"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry as far as undo is concerned.

    Args:
        id: Its number in the journal, rising.
        kind: "do" for a person's batch, "undo" and "redo" for what those commands appended, "load" for a batch that
            came with a file, which undo never crosses.
        of: The entry that is undone or redone.
    """

    id: int
    kind: EntryKind
    of: int | None = None


class History:
    """What can be undone and redone after the entries seen so far."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._undo: list[int] = []
        self._redo: list[int] = []
        for entry in entries:
            self.append(entry)

    @property
    def undo_stack(self) -> tuple[int, ...]:
        """The entries that can be undone, the next one last."""
        return tuple(self._undo)

    @property
    def redo_stack(self) -> tuple[int, ...]:
        """The entries that can be redone, the next one last."""
        return tuple(self._redo)

    @property
    def undoable(self) -> int | None:
        """The entry that the next undo takes back, or None."""
        return self._undo[-1] if self._undo else None

    @property
    def redoable(self) -> int | None:
        """The entry that the next redo does again, or None."""
        return self._redo[-1] if self._redo else None

    def append(self, entry: Entry) -> None:
        """Take note of a new entry; one that does not follow from those before ends all undo, as a load does."""
        if entry.kind == "undo" and self._undo and entry.of == self._undo[-1]:
            self._redo.append(self._undo.pop())
        elif entry.kind == "redo" and self._redo and entry.of == self._redo[-1]:
            self._undo.append(self._redo.pop())
        elif entry.kind == "do":
            self._undo.append(entry.id)
            self._redo.clear()
        else:
            self._undo.clear()
            self._redo.clear()
