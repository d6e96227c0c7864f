"""Hypothesis strategies that the tests share: nasty text, spans, layers, and batches of edits that fit them.

`texts()` is text that a UTF-8 file can carry, with what breaks naive code: combining marks, emoji joined by ZWJ, flags,
right-to-left words, wide characters, controls, every kind of line break.  `batches(layer)` are edits that apply.  A strategy is made once: hypothesis looks at each new one for longer than it takes to
draw from it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus, apply
from annotator.core.layer import STATUSES, Layer, sorted_spans
from annotator.core.spans import Span

IDS = tuple(f"s{n}" for n in range(1, 30))
LABELS = ("actor", "location", "casualty", "displacement")

PIECES = (
    "a", " ", "  ", "\n", "\r\n", "\r", "\t", "\x00", "\x1b[31m", "\x07", "\x85", "\u2028", "\ufeff", "\u200b",
    "\u00a0", "e\u0301", "n\u0303\u0323", "\u0301", "👩‍👩‍👧‍👦", "🇺🇦", "🇸", "👍🏽", "❤️", "\u202e", "\u2066",
    "النازحون", "שלום",
    "难民营", "ｗｉｄｅ", "ไทย", "नमस्ते", "ﷺ", "ß", "İ", "ǆ", "𝔘", "𐍈", "[bold]", "[/]", '"', "'", "\\", ",", ";",
    "=1+1", "10,000", "—", "…", "Two soldiers", "were killed", "near Al-Fashir", ".",
)  # fmt: skip

CHARACTERS = st.characters(exclude_categories=["Cs"])


@cache
def texts(*, min_size: int = 1, max_size: int = 40) -> st.SearchStrategy[str]:
    """Return text of that many pieces, each a trap or a run of any characters except lone surrogates."""
    anything = st.text(CHARACTERS, max_size=5)
    pieces = st.lists(st.one_of(st.sampled_from(PIECES), anything), min_size=min_size, max_size=max_size)
    return pieces.map("".join).filter(lambda text: len(text) >= min_size)


@cache
def words() -> st.SearchStrategy[str]:
    """Return short text for notes, sources and values; may be empty."""
    return st.one_of(st.just(""), st.sampled_from(PIECES), st.text(CHARACTERS, max_size=8))


@cache
def json_values() -> st.SearchStrategy[Any]:
    """Return the JSON values that attributes may have; never None, which means that nothing is set."""
    numbers = st.integers(0, 2**53 - 1)
    counts = st.dictionaries(st.sampled_from(["min", "best", "max"]), numbers, min_size=1)
    plain = st.one_of(st.booleans(), numbers, st.floats(-180, 180), words())
    return st.one_of(plain, counts, st.lists(words(), max_size=3))


@cache
def attributes() -> st.SearchStrategy[dict[str, Any]]:
    """Return attribute values by name, fitting no schema in particular."""
    names = st.sampled_from(["type", "role", "count", "links", "note to self"])
    return st.dictionaries(names, json_values(), max_size=3)


@cache
def one_of(*options: Any) -> st.SearchStrategy[Any]:
    """Return one of these."""
    return st.sampled_from(options)


@cache
def between(low: int, high: int) -> st.SearchStrategy[int]:
    """Return a number from one to another, both included."""
    return st.integers(low, high)


@cache
@st.composite
def extents(draw: st.DrawFn, *, length: int) -> tuple[int, int]:
    """Return (start, end) of a stretch of a text of this length, which must be at least 1."""
    start = draw(between(0, length - 1))
    return start, draw(between(start + 1, length))


@cache
@st.composite
def spans(draw: st.DrawFn, *, length: int = 60, id: str | None = None) -> Span:
    """Return a span of a text of this length; its id is drawn from a few unless it is given."""
    start, end = draw(extents(length=length))
    name = draw(one_of(*IDS)) if id is None else id
    label = draw(one_of(*LABELS))
    return Span(name, start, end, label, draw(attributes()), note=draw(words()), source=draw(words()))


@cache
def _some_spans(length: int, max_spans: int) -> st.SearchStrategy[list[Span]]:
    return st.lists(spans(length=length), max_size=max_spans, unique_by=lambda span: span.id)


@cache
@st.composite
def layers(draw: st.DrawFn, *, length: int = 60, max_spans: int = 8) -> Layer:
    """Return a layer over a text of this length, with spans in order and ids that differ."""
    some = draw(_some_spans(length, max_spans))
    return Layer(
        article=draw(between(1, 5)),
        annotator=draw(one_of("ana", "ben", "gold")),
        schema="conflict-events@1",
        status=draw(one_of(*STATUSES)),
        spans=sorted_spans(some),
        attributes=draw(attributes()),
        note=draw(words()),
        revision=draw(between(0, 9)),
    )


@cache
def _set_value() -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), json_values())


@st.composite
def edits(draw: st.DrawFn, *, layer: Layer, length: int = 60) -> Edit:
    """Return one edit that fits this layer."""
    kinds = ["add", "status", "note", "attribute", *(["remove", "change"] if layer.spans else [])]
    kind = draw(one_of(*kinds))
    if kind == "add":
        taken = {span.id for span in layer.spans}
        free = next(f"n{number}" for number in range(1, 999) if f"n{number}" not in taken)
        return Add(draw(spans(length=length, id=free)))
    if kind in ("remove", "change"):
        span = layer.spans[draw(between(0, len(layer.spans) - 1))]
        return Remove(span.ref) if kind == "remove" else Change(span.ref, draw(spans(length=length, id=span.id)))
    if kind == "status":
        return SetStatus(draw(one_of(*STATUSES)))
    if kind == "note":
        return SetNote(draw(words()))
    name = draw(one_of("type", "event_date", "relevance"))
    return SetAttribute(name, draw(_set_value()))


@st.composite
def batches(draw: st.DrawFn, *, layer: Layer, length: int = 60, max_size: int = 6) -> list[Edit]:
    """Return edits that fit this layer one after the other."""
    batch: list[Edit] = []
    for _ in range(draw(between(0, max_size))):
        batch.append(draw(edits(layer=layer, length=length)))
        layer, _undo = apply(layer, [batch[-1]])
    return batch


@cache
@st.composite
def layers_and_batches(draw: st.DrawFn, *, length: int = 60) -> tuple[Layer, list[Edit]]:
    """Return a layer and a batch of edits that fits it."""
    layer = draw(layers(length=length))
    return layer, draw(batches(layer=layer, length=length))
