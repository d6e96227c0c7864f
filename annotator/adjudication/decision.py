"""Decisions: what was settled, by whom and why, as a record on the gold layer.

Invariant: a decision lies in the gold layer as an attribute of the article under `core.attributes.SETTLED` and the
digest of the readings that it was made on.  So journal, undo, replay, export and import carry it like everything else,
and it holds exactly as long as those readings are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.core.attributes import SETTLED
from annotator.core.edits import SetAttribute


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision.

    Args:
        digest: Of the readings that it was made on.
        take: Whose readings were taken; none if nothing is to be marked; None if it is only a note so far.
        by: Who decided.
        why: The reason, if one was given.
        spans: The ids of the gold spans that it made.
        of: The names of the case's spans in the layers, see `cases.member_name`.
        edited: Whether the spans were changed after they were taken.
    """

    digest: str
    take: tuple[str, ...] | None
    by: str
    why: str = ""
    spans: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    edited: bool = False

    @property
    def name(self) -> str:
        """The attribute that holds it."""
        return SETTLED + self.digest

    def edit(self) -> SetAttribute:
        """Return the edit that puts it on the gold layer."""
        value: dict[str, Any] = {"by": self.by, "of": list(self.of)}
        if self.take is not None:
            value |= {"take": list(self.take), "spans": list(self.spans)}
        if self.why:
            value["why"] = self.why
        if self.edited:
            value["edited"] = True
        return SetAttribute(self.name, value)


def decision(name: str, value: Any) -> Decision | None:
    """Return the decision in an attribute, or None if it holds none (files may hold anything)."""
    if not name.startswith(SETTLED) or not isinstance(value, dict):
        return None

    def names(key: str) -> tuple[str, ...]:
        given = value.get(key)
        return tuple(item for item in given if isinstance(item, str)) if isinstance(given, list) else ()

    take = names("take") if isinstance(value.get("take"), list) else None
    by, why = (str(value.get(key, "")) for key in ("by", "why"))
    edited = value.get("edited") is True
    return Decision(name.removeprefix(SETTLED), take, by, why, names("spans"), names("of"), edited)


def decisions(attributes: Mapping[str, Any]) -> dict[str, Decision]:
    """Return the decisions among a gold layer's attributes, by digest."""
    found = (decision(name, value) for name, value in attributes.items())
    return {one.digest: one for one in found if one is not None}
