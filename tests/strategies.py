"""Hypothesis strategies that the tests share: nasty text, spans, layers, and batches of edits that fit them.

`texts()` is text that a UTF-8 file can carry, with what breaks naive code: combining marks, emoji joined by ZWJ, flags,
right-to-left words, wide characters, controls, every kind of line break.  `batches(layer)` are edits that apply.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from annotator.core.edits import Add, Change, Edit, Remove, SetAttribute, SetNote, SetStatus, apply
from annotator.core.layer import STATUSES, Layer, sorted_spans
from annotator.core.spans import Span

LABELS = ("actor", "location", "casualty", "displacement")

PIECES = (
    "a", " ", "  ", "\n", "\r\n", "\r", "\t", "\x00", "\x1b[31m", "\x07", "\x85", "\u2028", "\ufeff", "\u200b",
    "\u00a0", "e\u0301", "n\u0303\u0323", "\u0301", "👩‍👩‍👧‍👦", "🇺🇦", "🇸", "👍🏽", "❤️", "\u202e", "\u2066",
    "النازحون", "שלום",
    "难民营", "ｗｉｄｅ", "ไทย", "नमस्ते", "ﷺ", "ß", "İ", "ǆ", "𝔘", "𐍈", "[bold]", "[/]", '"', "'", "\\", ",", ";",
    "=1+1", "10,000", "—", "…", "Two soldiers", "were killed", "near Al-Fashir", ".",
)  # fmt: skip

CHARACTERS = st.characters(exclude_categories=["Cs"])


def texts(*, min_size: int = 1, max_size: int = 40) -> st.SearchStrategy[str]:
    """Return text of that many pieces, each a trap or a run of any characters except lone surrogates."""
    anything = st.text(CHARACTERS, max_size=5)
    pieces = st.lists(st.one_of(st.sampled_from(PIECES), anything), min_size=min_size, max_size=max_size)
    return pieces.map("".join).filter(lambda text: len(text) >= min_size)


def words() -> st.SearchStrategy[str]:
    """Return short text for notes, sources and values; may be empty."""
    return st.one_of(st.just(""), st.sampled_from(PIECES), st.text(CHARACTERS, max_size=8))


def json_values() -> st.SearchStrategy[Any]:
    """Return the JSON values that attributes may have; never None, which means that nothing is set."""
    numbers = st.integers(0, 2**53 - 1)
    counts = st.dictionaries(st.sampled_from(["min", "best", "max"]), numbers, min_size=1)
    plain = st.one_of(st.booleans(), numbers, st.floats(-180, 180), words())
    return st.one_of(plain, counts, st.lists(words(), max_size=3))


def attributes() -> st.SearchStrategy[dict[str, Any]]:
    """Return attribute values by name, fitting no schema in particular."""
    names = st.sampled_from(["type", "role", "count", "links", "note to self"])
    return st.dictionaries(names, json_values(), max_size=3)


@st.composite
def extents(draw: st.DrawFn, *, length: int) -> tuple[int, int]:
    """Return (start, end) of a stretch of a text of this length, which must be at least 1."""
    start = draw(st.integers(0, length - 1))
    return start, draw(st.integers(start + 1, length))


@st.composite
def spans(draw: st.DrawFn, *, length: int = 60, id: str | None = None) -> Span:
    """Return a span of a text of this length; its id is drawn from a few unless it is given."""
    start, end = draw(extents(length=length))
    name = draw(st.sampled_from([f"s{n}" for n in range(1, 30)])) if id is None else id
    label = draw(st.sampled_from(LABELS))
    return Span(name, start, end, label, draw(attributes()), note=draw(words()), source=draw(words()))


@st.composite
def layers(draw: st.DrawFn, *, length: int = 60, max_spans: int = 8) -> Layer:
    """Return a layer over a text of this length, with spans in order and ids that differ."""
    some = draw(st.lists(spans(length=length), max_size=max_spans, unique_by=lambda span: span.id))
    return Layer(
        article=draw(st.integers(1, 5)),
        annotator=draw(st.sampled_from(["ana", "ben", "gold"])),
        schema="conflict-events@1",
        status=draw(st.sampled_from(STATUSES)),
        spans=sorted_spans(some),
        attributes=draw(attributes()),
        note=draw(words()),
        revision=draw(st.integers(0, 9)),
    )


@st.composite
def edits(draw: st.DrawFn, *, layer: Layer, length: int = 60) -> Edit:
    """Return one edit that fits this layer."""
    kinds = ["add", "status", "note", "attribute", *(["remove", "change"] if layer.spans else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "add":
        taken = {span.id for span in layer.spans}
        free = next(f"n{number}" for number in range(1, 999) if f"n{number}" not in taken)
        return Add(draw(spans(length=length, id=free)))
    if kind in ("remove", "change"):
        span = draw(st.sampled_from(layer.spans))
        return Remove(span.ref) if kind == "remove" else Change(span.ref, draw(spans(length=length, id=span.id)))
    if kind == "status":
        return SetStatus(draw(st.sampled_from(STATUSES)))
    if kind == "note":
        return SetNote(draw(words()))
    name = draw(st.sampled_from(["type", "event_date", "relevance"]))
    return SetAttribute(name, draw(st.one_of(st.none(), json_values())))


@st.composite
def batches(draw: st.DrawFn, *, layer: Layer, length: int = 60, max_size: int = 6) -> list[Edit]:
    """Return edits that fit this layer one after the other."""
    batch: list[Edit] = []
    for _ in range(draw(st.integers(0, max_size))):
        batch.append(draw(edits(layer=layer, length=length)))
        layer, _undo = apply(layer, [batch[-1]])
    return batch


@st.composite
def layers_and_batches(draw: st.DrawFn, *, length: int = 60) -> tuple[Layer, list[Edit]]:
    """Return a layer and a batch of edits that fits it."""
    layer = draw(layers(length=length))
    return layer, draw(batches(layer=layer, length=length))
