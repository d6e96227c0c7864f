"""What a brat file says of a relation: notes and attributes, for which a link between two spans has no place.

Invariant: each is one line of the layer's note, `NAME SOURCE TARGET: words` for a note and
`NAME SOURCE TARGET · KEY = VALUE` (or `· KEY` alone) for an attribute, in brat's own names; a line like that about a
relation which is written becomes brat's line again, and any other line of the note is a loss.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import msgspec

_SAID: Final = re.compile(r"(\S+ [TE]\d+ [TE]\d+)(?:: (.*)| · ([\w-]+)(?: = ([^\t]+))?)", re.S)
_BROKEN: Final = re.compile(r"[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


class Said(NamedTuple):
    """One thing that is said of a relation.

    Args:
        relation: Its name, source and target.
        note: The words, or None for an attribute.
        key: The attribute's name.
        value: Its value as it stands in the file; "" if it is there without one.
    """

    relation: str
    note: str | None
    key: str = ""
    value: str = ""

    def line(self) -> str:
        """Return the line of the layer's note."""
        if self.note is not None:
            return f"{self.relation}: {self.note}"
        return f"{self.relation} · {self.key} = {self.value}" if self.value else f"{self.relation} · {self.key}"


def called(name: str, source: str, target: str) -> str:
    """Return what such a line calls a relation."""
    return f"{name} {source} {target}"


def worded(value: object) -> str:
    """Return the value of an attribute as it stands in a file."""
    if value is True:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


class Sayings:
    """What the lines of a layer's note say of relations, each to be taken once.

    Args:
        note: The layer's note.
    """

    def __init__(self, note: str) -> None:
        self._by_relation: dict[str, list[Said]] = {}
        self._other = False
        for line in note.split("\n") if note else ():
            found = _said(line)
            if found is None:
                self._other = True
            else:
                self._by_relation.setdefault(found.relation, []).append(found)

    def of(self, relation: str) -> list[Said]:
        """Take what is said of a relation."""
        return self._by_relation.pop(relation, [])

    def has(self, relation: str) -> bool:
        """Say whether anything is said of a relation."""
        return relation in self._by_relation

    @property
    def left(self) -> bool:
        """Whether there are lines that nobody took."""
        return self._other or bool(self._by_relation)


def _said(line: str) -> Said | None:
    found = _SAID.fullmatch(line)
    return None if found is None or _BROKEN.search(line) else Said(found[1], found[2], found[3] or "", found[4] or "")
