"""What the tests of formats share: records that are hard to carry, and writing and reading without files."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from strategies import attributes, layers, texts, words

from annotator.core.layer import sorted_spans
from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.spans import Span
from annotator.formats.base import Format, Fragments, Incoming, Loss, ReadOptions, WriteOptions
from annotator.formats.sources import Source

TEXT = "Caf\u00e9 \U0001f468\u200d\U0001f469\u200d\U0001f467 cafe\u0301\r\nالنازحون\u2028end  \n "

RECORDS = (
    Record(
        "",
        "a/1",
        "Title",
        TEXT,
        {"language": "en", "n": [1, None, 0.5]},
        LayerRecord(
            "Ana",
            "gold",
            "done",
            "conflict-events@1",
            {"relevance": "event"},
            "seen\ntwice",
            (
                Span("s1", 0, 16, "actor", {"role": "both"}, note="n", source="model"),
                Span("s2", 5, 10, "location"),
                Span("é", 18, 26, "displacement", {"count": {"min": 31, "qualifier": "more than"}}),
            ),
        ),
    ),
    Record("", "a/1", "Title", TEXT, {}, LayerRecord("Ben")),
    Record("", "b", "", "Rebels shelled Taiz.", {}, LayerRecord("Ana", spans=(Span("s1", 0, 6, "actor"),))),
)
"""Overlaps, joined emoji, CRLF, NFD, Arabic, trailing blanks, two annotators, and a layer without spans."""


@st.composite
def records(draw: st.DrawFn, *, layer: bool | None = None) -> Record:
    """Return a record as the store would give it; with a layer if so, without one if not, either if None."""
    text = draw(texts())
    meta = draw(st.one_of(st.just({}), attributes()))
    found = None
    if layer or (layer is None and draw(st.booleans())):
        drawn = draw(layers(length=len(text)))
        kind = draw(st.sampled_from(["human", "model", "gold"]))
        spans = sorted_spans(drawn.spans)
        found = LayerRecord(drawn.annotator, kind, drawn.status, drawn.schema, drawn.attributes, drawn.note, spans)
    key = draw(st.sampled_from(["a", "b/1", "été", "x y", "12"]))
    return Record("", key, draw(words()), text, meta, found)


def written(format: Format, some: Sequence[Record], options: WriteOptions | None = None) -> tuple[bytes, list[Loss]]:
    """Return the bytes of a file with these records, and what was lost."""
    assert format.write is not None
    file = io.BytesIO()
    writer = format.write(file, options or WriteOptions())
    losses = [loss for record in some for loss in writer.write(record)]
    losses += writer.close() or ()
    return file.getvalue(), losses


def read(
    format: Format,
    data: bytes,
    *,
    name: str = "x",
    path: Path | None = None,
    fragments: Fragments = "link",
    values: Mapping[str, str] | None = None,
) -> list[Incoming | Bad]:
    """Return what a file with these bytes holds."""
    assert format.read is not None
    source = Source(name, Path(name).stem, Path(name).suffix, len(data), path or Path(name))
    options = ReadOptions(fragments, values or {})
    return list(format.read(io.BufferedReader(io.BytesIO(data)), source, options))


def good(items: Sequence[Incoming | Bad]) -> list[Incoming]:
    """Return what was read, all of which must be good, with the words at each span's place as the file gives them."""
    found: list[Incoming] = []
    for item in items:
        assert isinstance(item, Incoming), item
        for span, surface in zip(item.record.layer.spans if item.record.layer else (), item.surfaces, strict=False):
            assert surface in (None, span.surface(item.record.text))
        found.append(item)
    return found


def bare(record: Record) -> tuple[Any, ...]:
    """Return a record without where it was, for comparing."""
    return (record.key, record.title, record.text, dict(record.meta), record.layer)
