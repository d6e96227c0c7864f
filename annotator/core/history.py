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
        schema: The number of the schema that the layer is under after it.
    """

    id: int
    kind: EntryKind
    of: int | None = None
    schema: int = 0


def is_move(entries: Iterable[Entry], id: int) -> bool:
    """Say whether an entry moved its layer to another schema.

    Args:
        entries: The journal of the layer, in order.
        id: The entry's number.
    """
    schema: int | None = None
    for entry in entries:
        if entry.id == id:
            return schema not in (None, entry.schema)
        schema = entry.schema
    return False


def move_in_force(entries: Iterable[Entry]) -> tuple[Entry, tuple[Entry, ...]] | None:
    """Return the entry by which a layer came under the schema that it is under, and those after it; None without one.

    A move is an entry after which the layer is under another schema than before it; one of kind "undo" takes the last
    move back, and then neither counts.

    Args:
        entries: The journal of the layer, in order.
    """
    kept: list[Entry] = []
    moves: list[int] = []  # places in `kept`
    schema: int | None = None
    for entry in entries:
        moved, schema = schema not in (None, entry.schema), entry.schema
        if moved and entry.kind == "undo" and moves and kept[moves[-1]].id == entry.of:
            del kept[moves.pop()]  # nothing came between: else it would not have been taken back
            continue
        if moved:
            moves.append(len(kept))
        kept.append(entry)
    return (kept[moves[-1]], tuple(kept[moves[-1] + 1 :])) if moves else None


class History:
    """What can be undone and redone after the entries seen so far."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._undo: list[int] = []
        self._redo: list[int] = []
        self._schema: int | None = None
        self.moved = False
        """Whether the layer was moved to another schema, so that there is something that undo does not reach."""
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
        """Take note of a new entry; one that does not follow from those before ends all undo, as a load does.

        So does one that moved the layer to another schema: what came before it is in labels of the other one.
        """
        moves = self._schema not in (None, entry.schema)
        self._schema = entry.schema
        if moves:
            self.moved = True
            self._undo.clear()
            self._redo.clear()
        elif entry.kind == "undo" and self._undo and entry.of == self._undo[-1]:
            self._redo.append(self._undo.pop())
        elif entry.kind == "redo" and self._redo and entry.of == self._redo[-1]:
            self._undo.append(self._redo.pop())
        elif entry.kind == "do":
            self._undo.append(entry.id)
            self._redo.clear()
        else:
            self._undo.clear()
            self._redo.clear()
