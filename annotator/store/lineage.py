"""How a layer elsewhere stands to the one here: by their journals, entry by entry.

Invariant: what moved a layer to another schema is nobody's work.  The same move is the same entry whoever made it
and when, one that was taken back counts for nothing, and where only one side did something besides moving, the other
has not gone on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol

from annotator.core.layer import Status

Relation = Literal["same", "behind", "ahead", "parted"]
"""Of a layer elsewhere to the one here: it has the same entries, fewer, more, or others after those that both have."""

_SAME: Final[Mapping[str, str]] = MappingProxyType({})


class Readable(Protocol):
    """What can be asked; a connection is."""

    def execute(self, sql: str, values: Any = ..., /) -> Any:
        """Run a query and return a cursor, or what can be asked as one."""


class Line(NamedTuple):
    """A journal entry without the numbers that differ from file to file.

    Args:
        time: When, in UTC.
        author: Who.
        kind: What the journal calls it.
        of: Which entry of the same layer it undoes or does again, counted from 0; None for none.
        edits: What was done, as the journal has it.
        inverse: What undoes it.
        schema: The digest of the schema it was made under.
        id: Its number in its own file.
        moved: Whether the layer is under another schema after it than before it.
    """

    time: str
    author: str
    kind: str
    of: int | None
    edits: str
    inverse: str
    schema: str
    id: int
    moved: bool = False

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes it the same entry in two files; loads and moves are the same whenever they were done."""
        if self.moved and self.kind == "do":
            return ("move", self.schema, self.edits)
        return (self.kind, self.author, self.edits, *(() if self.kind == "load" else (self.time, self.of)))


@dataclass(frozen=True, slots=True)
class Stem:
    """A layer with its journal, as one file has it.

    Args:
        number: Its number there.
        article: The article's number there.
        status: Its status.
        revision: Its revision.
        updated: When it was changed last.
        attributes: Its article-level attributes, as the file has them.
        note: Its note.
        schema: The digest of its schema.
        lines: Its journal.
    """

    number: int
    article: int
    status: Status
    revision: int
    updated: str
    attributes: str
    note: str
    schema: str
    lines: tuple[Line, ...]


def stem(conn: Readable, article: int, annotator: str, *, names: Mapping[str, str] = _SAME) -> Stem | None:
    """Return an annotator's layer of an article with its journal, or None if there is none.

    Args:
        conn: The file.
        article: The article's number there.
        annotator: The annotator's name there.
        names: What authors are called elsewhere, where that is something else.
    """
    row = conn.execute(
        "SELECT l.id, l.article, l.status, l.revision, l.updated, l.attributes, l.note, s.digest FROM layer l "
        "JOIN annotator a ON a.id = l.annotator JOIN schema s ON s.id = l.schema WHERE l.article = ? AND a.name = ?",
        (article, annotator),
    ).fetchone()
    return None if row is None else Stem(*row[:8], _lines(conn, row[0], names))  # type: ignore[call-arg]


def _lines(conn: Readable, layer: int, names: Mapping[str, str]) -> tuple[Line, ...]:
    rows = conn.execute(
        "SELECT j.id, j.time, a.name, j.kind, j.of, j.edits, j.inverse, s.digest FROM journal j "
        "JOIN annotator a ON a.id = j.annotator JOIN schema s ON s.id = j.schema WHERE j.layer = ? ORDER BY j.id",
        (layer,),
    ).fetchall()
    places: dict[int | None, int] = {row[0]: place for place, row in enumerate(rows)}
    # One that is about an entry of no layer, or of another, is damaged; -1 makes it differ from every other.
    lines = []
    last = None
    for id, time, author, kind, of, edits, inverse, schema in rows:
        place = None if of is None else places.get(of, -1)
        moved, last = last not in (None, schema), schema
        lines.append(Line(time, names.get(author, author), kind, place, edits, inverse, schema, id, moved))
    return tuple(lines)


def relation(here: Stem, there: Stem) -> tuple[Relation, int]:
    """Return how a layer elsewhere stands to the one here, and how many entries they have in common."""
    common = 0
    for one, other in zip(here.lines, there.lines, strict=False):
        if one.identity != other.identity:
            break
        common += 1
    if common == len(there.lines):
        return ("same" if common == len(here.lines) else "behind"), common
    return ("ahead" if common == len(here.lines) else "parted"), common


@dataclass(frozen=True, slots=True)
class Standing:
    """How a layer elsewhere stands to the one here.

    Args:
        how: In a word.
        common: How many entries both have.
        here: The layer here, with those entries alone that count.
        there: The layer elsewhere, the same way.
        back: Moves here, the last one first, that have to be taken back before what is there goes on from what is here.
    """

    how: Relation
    common: int
    here: Stem
    there: Stem
    back: tuple[Line, ...] = ()


def standing(here: Stem, there: Stem) -> Standing:
    """Return how a layer elsewhere stands to the one here, moves to other schemas left aside."""
    how, common = relation(here, there)
    if how != "parted":
        return Standing(how, common, here, there)
    ours, theirs = _without_returns(here), _without_returns(there)
    how, common = relation(ours, theirs)
    if how != "parted":
        return Standing(how, common, ours, theirs)
    if relation(ours, _before_moves(theirs))[0] in ("same", "behind"):
        return Standing("behind", common, ours, theirs)
    base = _before_moves(ours)
    if ours.schema == theirs.schema and relation(base, theirs)[0] == "ahead":
        return Standing("ahead", common, base, theirs, ours.lines[: len(base.lines) - 1 : -1])
    return Standing("parted", common, here, there)


def _without_returns(one: Stem) -> Stem:
    """Return a layer without the moves that were taken back, and what took them back."""
    kept: list[int] = []
    for place, line in enumerate(one.lines):
        if line.moved and line.kind == "undo" and kept and kept[-1] == line.of and one.lines[kept[-1]].moved:
            kept.pop()
        else:
            kept.append(place)
    places = {place: number for number, place in enumerate(kept)}
    lines = (one.lines[place] for place in kept)
    return replace(
        one,
        lines=tuple(line._replace(of=None if line.of is None else places.get(line.of, -1)) for line in lines),
    )


def _before_moves(one: Stem) -> Stem:
    """Return a layer without the moves at its end."""
    end = len(one.lines)
    while end and one.lines[end - 1].moved and one.lines[end - 1].kind == "do":
        end -= 1
    return replace(one, lines=one.lines[:end])
