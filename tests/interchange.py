"""What the tests of exchange formats share: records whose attributes fit a schema, and the way in and out.

`fitting_records()` draws articles with several layers, links and fragments included, that pass the gate as they are, so
that what a format gives back can be compared with them after `Mapper` has settled loose values.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from strategies import between, extents, json_values, one_of, texts, words

from annotator.core.layer import STATUSES, sorted_spans
from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.schema import Attribute, Choice, Choices, Count, Flag, Link, Number, Schema, Text
from annotator.core.spans import Span
from annotator.formats.base import Format, Incoming, Loss, ReadOptions, WriteOptions
from annotator.formats.gate import Gate
from annotator.formats.mapping import Mapper
from annotator.formats.sources import Source

FORMATS = Path(__file__).parents[2] / "shared" / "data" / "formats"
SCHEMA = Schema.validated(
    {
        "name": "exchange",
        "version": "1",
        "labels": {
            "actor": {
                "attributes": {
                    "type": {"kind": "choice", "options": ["army", "rebels"]},
                    "role": {"kind": "choices", "options": ["perpetrator", "target"]},
                    "name": {"kind": "text"},
                    "armed": {"kind": "flag"},
                    "continues": {"kind": "link"},
                }
            },
            "location": {"attributes": {"lat": {"kind": "number"}, "type": {"kind": "text"}}},
            "casualty": {
                "attributes": {
                    "count": {"kind": "count", "units": ["person", "family"]},
                    "by": {"kind": "link"},
                    "near": {"kind": "link", "many": True},
                }
            },
            "dis placement é": {},
        },
        "attributes": {
            "type": {"kind": "choice", "options": ["news", "report"]},
            "topics": {"kind": "choices", "options": ["war", "peace"]},
            "source": {"kind": "text"},
            "score": {"kind": "number"},
            "relevant": {"kind": "flag"},
        },
    }
)


def source(name: str) -> Source:
    """Return a source for bytes in memory."""
    return Source(name, Path(name).stem, Path(name).suffix, 0, Path(name))


def written(
    format: Format, records: Sequence[Record], *, schema: Schema | None = SCHEMA, **values: str
) -> tuple[bytes, list[Loss]]:
    """Return what a format's writer makes of records, and what it lost."""
    assert format.write is not None
    file = io.BytesIO()
    writer = format.write(file, WriteOptions(schema=schema, values=values))
    losses = [loss for record in records for loss in writer.write(record)]
    losses += writer.close() or ()
    return file.getvalue(), losses


def items(format: Format, data: bytes, name: str = "", **values: str) -> list[Incoming | Bad]:
    """Return what a format's reader finds in bytes."""
    assert format.read is not None
    stream = io.BufferedReader(io.BytesIO(data))
    return list(format.read(stream, source(name or f"x{format.suffixes[0]}"), ReadOptions(values=values)))


def good(format: Format, data: bytes, name: str = "", **values: str) -> list[Incoming]:
    """Return what a reader finds, all of which must be good."""
    found = []
    for item in items(format, data, name, **values):
        assert isinstance(item, Incoming), item
        found.append(item)
    return found


def admitted(found: Sequence[Incoming], *, schema: Schema | None = SCHEMA) -> list[Record]:
    """Return records as they would be stored: values settled, everything checked."""
    mapper, gate = Mapper(schema), Gate(schema)
    return [plain(gate.admit(mapper.admit(item))[0]) for item in found]


def plain(record: Record) -> Record:
    """Return a record without its place in a file, spans in order, so that two can be compared."""
    layer = record.layer
    if layer is not None:
        layer = replace(layer, spans=sorted_spans(layer.spans), attributes=dict(layer.attributes))
    return replace(record, where="", layer=layer)


BOOLEANS = st.booleans()
FILLED = words().filter(lambda text: bool(text.strip()))
NUMBERS = st.one_of(st.integers(-(2**53) + 1, 2**53 - 1), st.floats(-180, 180))
COUNTS = st.one_of(
    st.dictionaries(st.sampled_from(["min", "best", "max"]), st.just(7), min_size=1),
    st.builds(lambda n: {"best": n, "unit": "family"}, st.integers(0, 2**53 - 1)),
)
META = st.dictionaries(st.sampled_from(["language", "n", "_x", "label", "id"]), json_values(), max_size=2)
ARTICLE_TEXTS = texts().filter(lambda text: not text.isspace())


@cache
def several(options: tuple[str, ...], *, least: int = 0, most: int | None = None) -> st.SearchStrategy[list[str]]:
    """Return some of these, none twice."""
    return st.lists(st.sampled_from(options), min_size=least, max_size=most, unique=True)


def values(attribute: Attribute, ids: Sequence[str]) -> st.SearchStrategy[Any]:
    """Return values that fit an attribute; links point to one of the ids."""
    match attribute:
        case Flag():
            return BOOLEANS
        case Choice():
            return one_of(*attribute.options)
        case Choices():
            return several(tuple(attribute.options), least=1)
        case Text():
            return FILLED
        case Number():
            return NUMBERS
        case Count():
            return COUNTS
        case Link(many=True):
            return several(tuple(ids), least=1, most=3)
        case Link():
            return one_of(*ids)


@st.composite
def some(draw: st.DrawFn, known: dict[str, Attribute], ids: Sequence[str]) -> dict[str, Any]:
    """Return a few of these attributes with values that fit."""
    names = draw(several(tuple(sorted(known)), most=3)) if known else []
    return {name: draw(values(known[name], ids)) for name in names}


@st.composite
def fitting_layers(draw: st.DrawFn, *, length: int, annotator: str = "ana", schema: Schema = SCHEMA) -> LayerRecord:
    """Return a layer over a text of this length that fits the schema."""
    number = draw(between(0, 5))
    ids = [f"s{at}" for at in range(1, number + 1)]
    spans = []
    for id in ids:
        start, end = draw(extents(length=length))
        label = draw(one_of(*sorted(schema.labels)))
        attributes = draw(some(schema.labels[label].attributes, ids))
        spans.append(Span(id, start, end, label, attributes, draw(words()), draw(words())))
    whole = draw(some(schema.attributes, ids))
    status = draw(one_of(*STATUSES))
    kind: Any = draw(one_of("human", "gold", "model"))
    return LayerRecord(annotator, kind, status, schema.ref, whole, draw(words()), sorted_spans(spans))


@st.composite
def fitting_records(draw: st.DrawFn, *, annotators: Sequence[str] = ("ana", "ben")) -> list[Record]:
    """Return articles, each bare or with up to one layer an annotator; the layers of one come one after the other."""
    records = []
    for number in range(draw(between(1, 3))):
        text = draw(ARTICLE_TEXTS)
        meta = draw(META)
        article = Record("", f"a/{number}", draw(words()), text, meta)
        who = draw(several(tuple(sorted(annotators)), most=len(annotators)))
        if not who:
            records.append(article)
        for name in who:
            layer = draw(fitting_layers(length=len(text), annotator=name))
            records.append(replace(article, layer=layer))
    return records
