"""Spans on tokens: which tokens a span covers, and what to say where it does not begin and end with one.

Invariant: tokens are given as two rising lists of code-point offsets, where each begins and where it ends; a place is
(first token, one past the last), never empty; every span gets a place or is named in a loss.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from annotator.core.counting import count
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import InputError
from annotator.formats.base import Loss, Misaligned

Place = tuple[int, int]
OUTSIDE: Final = "O"
"""The tag of a token that is in no span."""
_PREFIXES: Final = frozenset("BIESLUM")


@dataclass(slots=True)
class Placed:
    """The spans of a layer that have a place, in their order; `spans` and `places` run in parallel."""

    spans: list[Span] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)


def place(
    record: Record, layer: LayerRecord, starts: Sequence[int], ends: Sequence[int], misaligned: Misaligned
) -> Placed:
    """Return where the spans of a layer are among the tokens of its text.

    Args:
        record: The article.
        layer: Whose spans.
        starts: The first code point of each token.
        ends: One past the last code point of each token.
        misaligned: What to do with a span that begins or ends within a token.
    """
    placed = Placed()
    for span in layer.spans:
        found = align(span, starts, ends, misaligned)
        if found is None or starts[found[0]] != span.start or ends[found[1] - 1] != span.end:
            done = outcome(found, starts, ends, record.text, misaligned)
            why = f"{span.label} {span.start}–{span.end} {span.surface(record.text)!r} does not fit tokens: {done}"
            placed.losses.append(Loss(record.key, layer.annotator, span.id, "misaligned", why, gone=found is None))
        if found is not None:
            placed.spans.append(span)
            placed.places.append(found)
    return placed


def align(span: Span, starts: Sequence[int], ends: Sequence[int], misaligned: Misaligned) -> Place | None:
    """Return the tokens of a span, or None if it has to be left out."""
    first = bisect_right(ends, span.start)  # the first token that ends after the span begins
    last = bisect_left(starts, span.end, first)  # one past the last token that begins before the span ends
    if first < last and starts[first] == span.start and ends[last - 1] == span.end:
        return first, last
    if misaligned == "skip":
        return None
    if misaligned == "contract":
        first = bisect_left(starts, span.start)
        last = bisect_right(ends, span.end)
    return (first, last) if first < last else None


def divided(spans: Sequence[Span], starts: Sequence[int], ends: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the beginnings and ends of the tokens, each divided where a span begins or ends within it."""
    first, last = list(starts), list(ends)
    for at in {at for span in spans for at in (span.start, span.end)}:
        token = bisect_right(first, at) - 1
        if token >= 0 and first[token] < at < last[token]:
            first.insert(token + 1, at)
            last.insert(token, at)
    return first, last


def outcome(found: Place | None, starts: Sequence[int], ends: Sequence[int], text: str, misaligned: Misaligned) -> str:
    """Say what became of a span that does not fit tokens."""
    if found is None:
        return "left out" if misaligned == "skip" else "left out, for no token lies within"
    start, end = starts[found[0]], ends[found[1] - 1]
    verb = "contracted" if misaligned == "contract" else "expanded"
    return f"{verb} to {start}–{end} {text[start:end]!r}"


def apart(places: Sequence[Place]) -> list[int]:
    """Return the positions of the longest places that share no token, of two equally long ones the earlier; rising."""
    order = sorted(range(len(places)), key=lambda at: (places[at][0] - places[at][1], places[at][0]))
    taken: set[int] = set()
    chosen: list[int] = []
    for at in order:
        first, last = places[at]
        # A place not longer than those chosen before it overlaps one of them only with its first or last token.
        if first not in taken and last - 1 not in taken:
            taken.update(range(first, last))
            chosen.append(at)
    return sorted(chosen)


def entities(
    placed: Placed,
    starts: Sequence[int],
    ends: Sequence[int],
    record: Record,
    layer: LayerRecord,
    *,
    what: str,
    where: str,
) -> tuple[dict[int, Place], list[Loss]]:
    """Return the places of those spans that are a document's entities for spaCy, by their positions, and the losses.

    Entities do not overlap, and none begins or ends with a blank: spaCy calls such data invalid and predicts none.

    Args:
        placed: The spans with a place.
        starts: The first code point of each token.
        ends: One past the last code point of each token.
        record: The article.
        layer: Whose spans.
        what: What kind of loss it is if a span is none of them.
        where: Where it still is.
    """
    losses: list[Loss] = []
    within: dict[int, Place] = {}
    for at, (span, (first, last)) in enumerate(zip(placed.spans, placed.places, strict=True)):
        low, high = first, last
        while low < high and record.text[starts[low] : ends[low]].isspace():
            low += 1
        while low < high and record.text[starts[high - 1] : ends[high - 1]].isspace():
            high -= 1
        if low < high:
            within[at] = low, high
        if (low, high) != (first, last):
            done = f"{starts[low]}–{ends[high - 1]} as an entity" if low < high else where
            why = f"{span.label} {span.start}–{span.end}: no entity has blank tokens at its edges; {done}"
            losses.append(Loss(record.key, layer.annotator, span.id, "blank at the edge", why))
    ids = list(within)
    longest = {ids[position] for position in apart(list(within.values()))}
    chosen = {at: place for at, place in within.items() if at in longest}
    blank = within.keys() ^ range(len(placed.spans))
    return chosen, losses + overlapped(placed, [*chosen, *blank], record, layer, what=what, where=where)


def overlapped(
    placed: Placed, chosen: Sequence[int], record: Record, layer: LayerRecord, *, what: str, where: str
) -> list[Loss]:
    """Return a loss for each placed span that was not chosen.

    Args:
        placed: All spans with a place.
        chosen: The positions of those that are in the part of the format without overlaps.
        record: The article.
        layer: Whose spans.
        what: What kind of loss it is.
        where: Where the span still is.
    """
    kept = set(chosen)
    return [
        Loss(
            record.key,
            layer.annotator,
            span.id,
            what,
            f"{span.label} {span.start}–{span.end} overlaps a longer or earlier span: {where}",
        )
        for at, span in enumerate(placed.spans)
        if at not in kept
    ]


def places_of(words: Sequence[str], text: str, given: Sequence[int] = ()) -> list[int]:
    """Return where each token begins in a text.

    Args:
        words: The tokens, in order.
        text: What they are from.
        given: Where they begin, if that is known; else each is looked for after the one before it.

    Raises:
        InputError: If a token is not there.
    """
    starts, at = [], 0
    if given and len(given) != len(words):
        raise InputError(
            f"{count(len(given), 'beginning')} for {count(len(words), 'token')}", hint="every token has one"
        )
    for number, word in enumerate(words):
        start = given[number] if given else text.find(word, at)
        if start < at or not text.startswith(word, start):
            raise InputError(f"token {number} {word[:40]!r} is not in the text there", hint="tokens must be its words")
        starts.append(start)
        at = start + len(word)
    return starts


def chunks(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield (first, one past the last, label) of what tags mark: IOB1, IOB2, BIOES, BILOU, or labels alone."""
    begun: tuple[int, str] | None = None
    for at, tag in enumerate((*tags, OUTSIDE)):
        prefix, dash, label = tag.partition("-")
        if not dash or prefix not in _PREFIXES:
            prefix, label = "I", tag
        if begun is not None and (tag in (OUTSIDE, "") or prefix in "BSU" or label != begun[1]):
            yield begun[0], at, begun[1]
            begun = None
        if begun is None and tag not in (OUTSIDE, ""):
            begun = (at, label)
        if begun is not None and prefix in "ESLU":
            yield begun[0], at + 1, begun[1]
            begun = None
