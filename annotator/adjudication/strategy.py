"""Strategies: which cases need no person, and what is taken for them.

Invariant: a strategy gives the same answer whatever the order of annotators, and none where it is not clear; a reading
is what one annotator has in a case, nothing included, with attributes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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

    def winner(self, contents: Mapping[str, str]) -> str | None:
        """Return an annotator who has what wins, or None if a person has to say.

        Args:
            contents: What each annotator has, equal where they agree.
        """
        if self.name == "prefer":
            return self.annotator if self.annotator in contents else None
        votes = Counter(contents.values())
        enough = {"all": len(contents), "majority": len(contents) // 2 + 1}.get(self.name, self.least)
        chosen = [content for content, count in votes.items() if count >= enough]
        return min(name for name in contents if contents[name] == chosen[0]) if len(chosen) == 1 else None

    def choose(self, case: Case) -> tuple[str, ...] | None:
        """Return whose readings to take: one name, or none if nothing is to be marked; None if a person has to say."""
        name = self.winner({reading.annotator: reading.content for reading in case.readings})
        reading = case.reading(name) if name is not None else None
        return None if reading is None else (reading.annotator,) if reading.spans else ()


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
