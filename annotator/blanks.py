"""Layers with nothing in them, of annotators who are not in the database yet.

Invariant: a load adds nobody of whose layers all that hold something were refused; some tools write an empty file for
each text that nobody has read.  As soon as one such layer is stored, the empty ones are readings, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from annotator.core.record import LayerRecord, Record

MOST: Final = 1_000
"""Records that are held back at once: their texts are in memory meanwhile."""


class Blanks:
    """What is held back in a load.

    Args:
        known: The annotators who are in the database.
    """

    def __init__(self, known: Collection[str]) -> None:
        self._known = set(known)
        self._held: dict[str, list[Record]] = {}
        self._number = 0

    def hold(self, record: Record) -> Record:
        """Return what of a record is to be stored now: without its layer, if that is held back."""
        layer = record.layer
        if layer is None or layer.annotator in self._known or not _is_blank(layer) or self._number >= MOST:
            return record
        self._held.setdefault(layer.annotator, []).append(record)
        self._number += 1
        return replace(record, layer=None)

    def stored(self, record: Record) -> list[Record]:
        """Take note that a record was stored, and return those that were held back for it."""
        if record.layer is None:
            return []
        self._known.add(record.layer.annotator)
        found = self._held.pop(record.layer.annotator, [])
        self._number -= len(found)
        return found

    def refused(self, record: Record) -> None:
        """Take note that the record that was held back last was refused, so that there is nothing to come back to."""
        held = self._held.get(record.layer.annotator, []) if record.layer is not None else []
        if record.layer is not None and held and held[-1] is record:
            held.pop()
            self._number -= 1
            if not held:
                del self._held[record.layer.annotator]

    def rest(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield whose layers are still held back, and these."""
        yield from self._held.items()


def _is_blank(layer: LayerRecord) -> bool:
    return not (layer.spans or layer.attributes or layer.note) and layer.status == "open"
