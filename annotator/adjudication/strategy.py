"""Strategies: which cases need no person, and what is taken for them.

Invariant: a strategy gives the same answer whatever the order of annotators, and none where it is not clear; a reading
is what one annotator has in a case, nothing included, with attributes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from annotator.adjudication.cases import Case
from annotator.errors import InputError

STRATEGIES: Final = "all, majority, at-least:K, prefer:NAME"


@dataclass(frozen=True, slots=True)
class Strategy:
    """How cases are settled without a person.

    Args:
        name: "all": where all agree; "majority": the reading that more than half have; "at-least": the one that at
            least `least` have, if it is the only one; "prefer": that of one annotator.
        least: How many for "at-least", from 1.
        annotator: Whose for "prefer".
    """

    name: Literal["all", "majority", "at-least", "prefer"]
    least: int = 0
    annotator: str = ""

    def __str__(self) -> str:
        given = {"at-least": f":{self.least}", "prefer": f":{self.annotator}"}
        return self.name + given.get(self.name, "")

    def choose(self, case: Case) -> tuple[str, ...] | None:
        """Return whose readings to take: one name, or none if nothing is to be marked; None if a person has to say."""
        if self.name == "prefer":
            preferred = case.reading(self.annotator)
            return None if preferred is None else (self.annotator,) if preferred.spans else ()
        votes = Counter(reading.content for reading in case.readings)
        enough = {"all": len(case.readings), "majority": len(case.readings) // 2 + 1}.get(self.name, self.least)
        chosen = [content for content, count in votes.items() if count >= enough]
        if len(chosen) != 1:
            return None
        first = next(reading for reading in case.readings if reading.content == chosen[0])
        return (first.annotator,) if first.spans else ()


ALL: Final = Strategy("all")


def strategy(text: str, *, annotators: Sequence[str] = ()) -> Strategy:
    """Read a strategy as the command line has it.

    Args:
        text: One of `STRATEGIES`.
        annotators: Whom "prefer" may name; anybody if empty.

    Raises:
        InputError: If there is no such strategy, number or annotator.
    """
    name, _, given = text.partition(":")
    if text in ("all", "majority"):
        return Strategy("all" if text == "all" else "majority")
    if name == "at-least" and given.isascii() and given.isdecimal() and 0 < len(given) < 4 and int(given) > 0:
        return Strategy("at-least", least=int(given))
    if name == "prefer" and given:
        if annotators and given not in annotators:
            raise InputError(f"no layers of {given!r} to prefer", hint=f"one of {', '.join(annotators)}")
        return Strategy("prefer", annotator=given)
    raise InputError(f"no strategy {text!r}", hint=f"one of {STRATEGIES}")
