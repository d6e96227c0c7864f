"""Label Studio's JSON-MIN and its CSV: one annotation an object or a row, flat.

Invariant: as for `labelstudio`, whose regions these are without their ids: what is chosen or written for a region
belongs to every span at its place, and what has no place of its own there is listed when it is written.

The fields of the task's data and of the controls stand side by side, and nothing tells them apart but lists of regions:
all others are kept in the article's `meta`.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from io import BufferedReader
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from annotator.core.record import Bad, LayerRecord, Record
from annotator.core.text import title_of
from annotator.errors import InputError
from annotator.formats.base import Format, Incoming, Loss, Option, ReadOptions, WriteOptions
from annotator.formats.cells import rows, separator_of
from annotator.formats.json_items import Item, first_item, items, misfit
from annotator.formats.labelstudio import annotator_of, text_field
from annotator.formats.labelstudio_regions import Regions, Result, places_in
from annotator.formats.losing import Losses, shortened
from annotator.formats.markup import text_of
from annotator.formats.sources import Source
from annotator.formats.table import TEXT_COLUMNS

LAYOUTS: Final = ("json", "csv", "tsv")
_COLUMNS: Final = ("id", "text", "title", "label", "annotator", "annotation_id", "annotator_layer", "meta")
_OF_LAYER: Final = frozenset({"annotator", "annotation_id", "annotator_layer"})
_WORDS: Final = frozenset({*TEXT_COLUMNS, "id", "title", "annotator"})
_CONTROLS: Final = ("labels", "hypertextlabels", "choices", "textarea", "number", "rating", "taxonomy")


class _Own(msgspec.Struct):
    kind: str = "human"
    status: str = "done"
    schema: str = ""
    note: str = ""
    attributes: dict[str, Any] = {}


class _Found(NamedTuple):
    number: str
    place: str
    value: dict[str, Any]
    notes: tuple[str, ...] = ()


def read(stream: BufferedReader, source: Source, options: ReadOptions = ReadOptions(), /) -> Iterator[Incoming | Bad]:
    """Yield each annotation; see `Reader`."""
    people = _People()
    with closing(_objects(stream, source)) as found:
        for one in found:
            if isinstance(one, Bad):
                yield one
                continue
            where = f"{source.name}:{one.place}"
            try:
                yield _incoming(one, where, source, options.values.get("text", ""), people)
            except msgspec.ValidationError as error:
                yield misfit(error, where)
            except InputError as error:
                yield Bad(where, error.message, error.hint)


class _People:
    """Names the layers of one article, which stand one after the other, so that no two are called the same."""

    def __init__(self) -> None:
        self._key = ""
        self._seen: Counter[str] = Counter()

    def named(self, key: str, name: str) -> str:
        """Return the name of the next layer of an article."""
        if key != self._key:
            self._key, self._seen = key, Counter()
        self._seen[name] += 1
        return f"{name}-{self._seen[name]}" if name and self._seen[name] > 1 else name


def _objects(stream: BufferedReader, source: Source) -> Generator[_Found | Bad, None, None]:
    """Yield the objects of a JSON file, or the rows of a table as such."""
    if stream.peek(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        for item in items(stream, source):
            if isinstance(item, Item) and isinstance(item.value, dict):
                yield _Found(item.number, item.place, item.value)
            elif isinstance(item, Bad):
                yield item
            else:
                yield Bad(f"{source.name}:{item.place}", "is not a JSON object", "each annotation is an object, {…}")
        return
    with closing(rows(stream, source, separator=None, check=_check)) as table:
        for row in table:
            if isinstance(row, Bad):
                yield row
            else:
                named = zip(row.names, row.cells, strict=True)
                keeps = {"title"} if "annotator_layer" in row.names else set()
                data = {name: _cell(name, words) for name, words in named if words or name in keeps}
                yield _Found(str(row.line), str(row.line), data, row.notes)


def _cell(name: str, words: str) -> Any:
    """Return what a cell holds: lists and objects are JSON where they cannot be an article's own words."""
    if words[:1] in ("[", "{") and name not in _WORDS:
        try:
            return msgspec.json.decode(words)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return words
    return words


def _check(names: Sequence[str]) -> None:
    if "annotation_id" not in names or "annotator" not in names:
        raise InputError("the table is none of Label Studio's", hint="it has columns annotation_id and annotator")


def _incoming(found: _Found, where: str, source: Source, field: str, people: _People) -> Incoming:
    data = found.value
    name_of_text = text_field({name: value for name, value in data.items() if name not in _OF_LAYER}, field)
    results = {name: _results(name, value) for name, value in data.items() if name not in _OF_LAYER}
    every = [result for some in results.values() for result in some]
    text = data[name_of_text]
    html = any(result.is_hypertext for result in every)
    text = text_of(text) if html else text
    id = data.get("id")
    key = str(id) if isinstance(id, str | int) and id != "" else source.key_of(found.number, text)
    given = data.get("title")
    title = given if isinstance(given, str) else title_of(text)
    meta = {name: value for name, value in data.items() if not results.get(name) and name not in _OF_LAYER}
    for name in ("id", name_of_text, *(["title"] if isinstance(given, str) else [])):
        meta.pop(name, None)
    if html:
        meta["html"] = data[name_of_text]
    if isinstance(own := meta.get("meta"), dict):
        del meta["meta"]
        meta |= own
    if data.get("annotation_id") is None and not every:
        return Incoming(Record(where, key, title, text, meta), notes=found.notes)
    person = people.named(key, annotator_of(data.get("annotator")))
    losses = Losses(key, person)
    regions = Regions(every, places_in(text, every), losses)
    about = msgspec.convert(data.get("annotator_layer") or {}, _Own)
    whole = {**regions.whole, **about.attributes}
    layer = LayerRecord(person, about.kind, about.status, about.schema, whole, about.note, regions.spans)  # type: ignore[arg-type]  # checked by the gate
    record = Record(where, key, title, text, meta, layer)
    return Incoming(record, regions.surfaces, found.notes, tuple(losses.found), loose=True)


def _results(name: str, value: Any) -> list[Result]:
    """Return the regions that a field holds; none if it is not a list of them."""
    if not isinstance(value, list) or not value:
        return []
    found = []
    for region in value:
        if not isinstance(region, Mapping) or not ({"start", "end"} <= region.keys() or "globalOffsets" in region):
            return []
        kind = next((kind for kind in _CONTROLS if kind in region), "textarea")
        ends = region.get("globalOffsets", region)
        id = f"{ends.get('start')}-{ends.get('end')}" if isinstance(ends, Mapping) else name
        found.append(Result(kind, id, name, dict(region)))
    return found


class MinWriter:
    """Writes one object, or one row, for each layer; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._layout = options.values.get("layout", LAYOUTS[0])
        self._number = 0
        self._first = True
        self._line = io.StringIO()
        self._rows = csv.writer(self._line, delimiter="\t" if self._layout == "tsv" else ",", lineterminator="\r\n")

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one object or row."""
        losses = Losses(record.key, record.layer.annotator if record.layer else "")
        if self._layout != "json" and "\x00" in f"{record.text}{record.title}":
            losses.whole("text with NUL", "no table holds the character U+0000; the article was left out", gone=True)
            return losses.found
        found: dict[str, Any] = {"id": record.key, "text": record.text, "title": record.title}
        if record.meta:
            found["meta"] = dict(record.meta)
        if record.layer is not None:
            found |= self._said(record.text, record.layer, losses)
        self._put(found)
        return losses.found

    def _said(self, text: str, layer: LayerRecord, losses: Losses) -> dict[str, Any]:
        self._number += 1
        about = {"kind": layer.kind, "status": layer.status, "schema": layer.schema, "note": layer.note}
        own = {**about, "attributes": dict(layer.attributes)}
        spans = []
        for span in layer.spans:
            spans.append({"start": span.start, "end": span.end, "text": span.surface(text), "labels": [span.label]})
            losses.values(span, span.attributes)
            for what, words in (("note", span.note), ("source", span.source)):
                if words:
                    losses.span(span, what, f"the {what} {shortened(words)} was left out")
        said: dict[str, Any] = {"label": spans} if spans else {}
        return said | {"annotator": layer.annotator, "annotation_id": self._number, "annotator_layer": own}

    def _put(self, found: Mapping[str, Any]) -> None:
        if self._layout == "json":
            self._file.write((b"[\n" if self._first else b",\n") + msgspec.json.encode(found))
        else:
            if self._first:
                self._rows.writerow(_COLUMNS)
            cells = (found.get(name, "") for name in _COLUMNS)
            self._rows.writerow([_written(cell) for cell in cells])
            self._file.write(self._line.getvalue().encode())
            self._line.seek(0)
            self._line.truncate()
        self._first = False

    def close(self) -> None:
        """Write the end of the array, or the header of a table without rows."""
        if self._layout == "json":
            self._file.write(b"[]\n" if self._first else b"\n]\n")
        elif self._first:
            self._rows.writerow(_COLUMNS)
            self._file.write(self._line.getvalue().encode())


def _written(cell: Any) -> Any:
    return msgspec.json.encode(cell).decode() if isinstance(cell, list | dict) else cell


def _sniff(head: bytes) -> int:
    item = first_item(head)
    if isinstance(item, dict):
        return 95 if {"annotation_id", "annotator"} <= item.keys() else 0
    try:
        return 95 if separator_of(head, _check) is not None else 0
    except InputError:
        return 0


FORMAT: Final = Format(
    "labelstudio-min",
    "Label Studio's JSON-MIN and CSV: one annotation an object or row",
    (".json", ".csv", ".tsv"),
    read=read,
    write=MinWriter,
    sniff=_sniff,
    stdout=True,
    options=(
        Option("text", "the field that holds the text; found by itself if left out", side="read"),
        Option("layout", "what is written: JSON-MIN, or a table", LAYOUTS, side="write"),
    ),
    single=False,
    any_encoding=True,
)
