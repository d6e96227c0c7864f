"""Two readings of an article side by side, cut down to the passages where they differ.

Invariant: both sides show the same stretches of the text, and every difference of a passage is visible on both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from annotator.agreement.differences import NOBODY, SAME, Differences
from annotator.agreement.disagreement import KINDS
from annotator.agreement.study import Study
from annotator.core.spans import Span
from annotator.formats.html import pieces_of, shown_text

CONTEXT: Final = 90  # code points around a difference
PASSAGES: Final = 12  # of an article
LONGEST: Final = 1500  # code points of a passage


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text.

    Args:
        text: What it says.
        colour: Of the shortest span that covers it, "" if none does.
        differs: Whether a span that covers it is not the same in the other reading.
        says: Of the spans that cover it.
        ends: Label and colour of differing spans that end with it.
    """

    text: str
    colour: str = ""
    differs: bool = False
    says: str = ""
    ends: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article in both readings; `cut` says whether text before it is left out."""

    sides: tuple[list[Piece], list[Piece]]
    cut: bool


@dataclass(frozen=True, slots=True)
class Readings:
    """An article's passages, and how many differences are in others."""

    passages: list[Passage]
    more: int
    ends: bool


@dataclass(frozen=True, slots=True)
class _Marked:
    span: Span
    kind: int


def readings(study: Study, found: Differences, text: str, *, colour: Callable[[str], str]) -> Readings:
    """Return two readings of one article.

    Args:
        study: Who marked what.
        found: What the two have alike and what not in this article.
        text: Of the article.
        colour: Gives the colour of a label.
    """
    sides = tuple(_marked(study, side, found) for side in (found.first, found.second))
    differing = [(one.span.start, one.span.end) for side in sides for one in side if one.kind != SAME]
    places = _places(differing, text)
    shown, last = [], 0
    for start, end in places[:PASSAGES]:
        both = [_pieces(text, start, end, side, colour) for side in sides]
        shown.append(Passage((both[0], both[1]), start > last))
        last = end
    kept = places[: len(shown)]
    pairs = _extents(study, found)
    inside = sum(any(start < b and end > a for a, b in kept) for start, end in pairs)
    return Readings(shown, len(pairs) - inside, last < len(text))


def _extents(study: Study, found: Differences) -> list[tuple[int, int]]:
    """Return where each difference is, from the first code point of either unit to the last."""
    units, extents = study.units, []
    rows = zip(found.first.tolist(), found.second.tolist(), found.kind.tolist(), strict=True)
    for first, second, kind in rows:
        if kind != SAME:
            both = [at for at in (first, second) if at != NOBODY]
            extents.append((min(int(units.start[at]) for at in both), max(int(units.end[at]) for at in both)))
    return extents


def _marked(study: Study, side: Iterable[int], found: Differences) -> list[_Marked]:
    units = study.units
    spans = [
        _Marked(Span(str(at), int(units.start[at]), int(units.end[at]), study.labels[units.label[at]]), int(kind))
        for at, kind in zip(side, found.kind, strict=True)
        if at != NOBODY
    ]
    return sorted(spans, key=lambda one: (one.span.start, -one.span.end, one.span.label))


def _places(extents: Sequence[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Return the stretches around these, cut at blanks where there are any near, those that meet as one."""
    places: list[tuple[int, int]] = []
    for low, high in sorted(extents):
        start, end = max(0, low - CONTEXT), min(len(text), min(high, low + LONGEST) + CONTEXT)
        start = 0 if start == 0 else max(start, text.find(" ", start, low) + 1)
        end = len(text) if end == len(text) else max(text.rfind(" ", min(high, end), end), min(high, end))
        start, end = _trimmed(text, start, low), max(min(high, end), low + len(text[low:end].rstrip()))
        if places and start <= places[-1][1] and end - places[-1][0] <= LONGEST:
            places[-1] = (places[-1][0], max(end, places[-1][1]))
        elif not places or end > places[-1][1]:
            places.append((max(start, places[-1][1]) if places else start, end))
    return places


def _trimmed(text: str, start: int, end: int) -> int:
    """Return where the first sign that is not blank is between the two."""
    while start < end and text[start].isspace():
        start += 1
    return start


def _pieces(text: str, low: int, high: int, side: Sequence[_Marked], colour: Callable[[str], str]) -> list[Piece]:
    inside = [one for one in side if one.span.start < high and one.span.end > low]
    kinds = {one.span.id: one.kind for one in inside}
    spans = [Span(s.id, max(s.start, low) - low, min(s.end, high) - low, s.label) for s in (one.span for one in inside)]
    spans.sort(key=lambda span: span.start)
    pieces = []
    for start, end, covering in pieces_of(high - low, spans):
        words = shown_text(text[low + start : low + end])
        if not covering:
            pieces.append(Piece(words))
            continue
        inner = min(covering, key=lambda span: (span.end - span.start, -span.start, span.id))
        says = "\n".join(_said(span, kinds[span.id]) for span in covering)
        differs = [span for span in covering if kinds[span.id] != SAME]
        shortest = min(differs, key=lambda span: span.end - span.start) if differs else inner
        ends = tuple((span.label, colour(span.label)) for span in differs if span.end == end)
        pieces.append(Piece(words, colour(shortest.label), bool(differs), says, ends))
    return pieces


def _said(span: Span, kind: int) -> str:
    what = "alike" if kind == SAME else f"differs: {KINDS[kind]}"
    return shown_text(f"{span.label} · {what}")
