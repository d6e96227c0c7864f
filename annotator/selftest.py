"""Reading a file, writing it in its own format, and reading that again: is it still the same?

Invariant: a difference is either the same in both readings' eyes or is listed; ids of spans may change, what they point
to may not.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from annotator import plugins
from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span
from annotator.errors import UsageError
from annotator.formats.base import Format, Loss, ReadOptions, WriteOptions
from annotator.formats.gate import Gate
from annotator.formats.mapping import Mapper
from annotator.intake import LoadReport, Reading
from annotator.sink import Sink

SHOWN: Final = 60  # code points of a value that a difference quotes


class Difference(NamedTuple):
    """One thing that is not the same after writing and reading again."""

    article: str
    annotator: str
    what: str
    before: str
    after: str


@dataclass(slots=True)
class SelfTest:
    """What a self-test found.

    Attributes:
        format: The name of the format.
        records: How many records were read the first time.
        spans: How many spans they have.
        bad: What the file holds that is not good, as "where: what".
        unread: What the file holds and a record has no place for, by kind.
        losses: What the writer said that it could not carry, by kind.
        differences: What is not the same.
    """

    format: str
    records: int = 0
    spans: int = 0
    bad: list[str] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)


def selftest(path: str, *, format: str | None = None, reading: ReadOptions | None = None) -> SelfTest:
    """Read a file or folder, write it in the same format, read that, and compare.

    Args:
        path: The file or folder.
        format: A format's name; None to tell it from name and content.
        reading: What the reader is to do.

    Returns:
        What was found.

    Raises:
        UsageError: If the format is not known, or is not both read and written.
    """
    report = LoadReport()
    first = Reading([path], report, format=format, options=reading, writes=True)
    before = _by_layer(first.admitted(Mapper(None), Gate(None)))
    chosen = _format(format or first.format)
    found = SelfTest(chosen.name, sum(map(len, before.values())))
    found.spans = sum(len(r.layer.spans) for group in before.values() for r in group if r.layer is not None)
    found.unread = report.losses
    found.bad = [f"{bad.where}: {bad.message}" for bad in report.faults]
    # In the shape that it came in, unless an option says otherwise, and with the tokens that its spans need.
    asked = reading.values if reading is not None else {}
    for_reading = {option.name for option in chosen.options if option.side == "read"}
    writing = WriteOptions(
        misaligned="split",
        values={name: value for name, value in {**first.shape, **asked}.items() if name not in for_reading},
    )
    with tempfile.TemporaryDirectory(prefix="annotator-") as folder:
        out = Path(folder) / ("again" + (chosen.suffixes[0] if chosen.write is not None else ""))
        with Sink(chosen, [out], options=writing, on_loss=lambda loss: _count(found, loss)) as sink:
            for group in _articles(before):
                for record in group:
                    if record.layer is not None or not chosen.layers_only:
                        sink.write(record)
            sink.finish()
        again = LoadReport()
        # What is written is UTF-8, however the file was encoded.
        options = replace(reading, encoding="") if reading is not None else None
        second = Reading([str(out)], again, format=chosen.name, options=options, writes=True)
        after = _by_layer(second.admitted(Mapper(None), Gate(None)))
    found.differences = [
        *(Difference(bad.where, "", "cannot be read again", "", bad.message) for bad in again.faults),
        *_differences(before, after),
    ]
    return found


Layers = dict[tuple[str, str], list[Record]]


def _format(name: str | None) -> Format:
    if name is None:
        raise UsageError("nothing in there is in a known format", hint="name its format with --format")
    chosen: Format = plugins.load("formats", name)
    if chosen.write is None and chosen.write_folder is None:
        raise UsageError(f"the format {name!r} can be read but not written", hint="there is no way back to compare")
    return chosen


def _count(found: SelfTest, loss: Loss) -> None:
    found.losses[loss.what] += 1


def _by_layer(records: Iterator[Record]) -> Layers:
    found: Layers = {}
    for record in records:
        found.setdefault((record.key, record.layer.annotator if record.layer is not None else ""), []).append(record)
    return found


def _articles(layers: Layers) -> list[list[Record]]:
    """Return the records of each article together, as writers take them."""
    found: dict[str, list[Record]] = {}
    for (key, _), records in layers.items():
        found.setdefault(key, []).extend(records)
    return list(found.values())


def _differences(before: Layers, after: Layers) -> Iterator[Difference]:
    for name, records in before.items():
        others = after.get(name, [])
        if len(records) != len(others):
            yield Difference(*name, "records", str(len(records)), str(len(others)))
        for one, other in zip(records, others, strict=False):
            yield from _between(name, one, other)
    for name in after.keys() - before.keys():
        yield Difference(*name, "records", "0", str(len(after[name])))


def _between(name: tuple[str, str], one: Record, other: Record) -> Iterator[Difference]:
    for what, old, new in (
        ("text", one.text, other.text),
        ("title", one.title, other.title),
        ("meta", one.meta, other.meta),
        *_fields(one.layer, other.layer),
    ):
        if old != new:
            yield Difference(*name, what, _shown(old), _shown(new))


def _fields(one: LayerRecord | None, other: LayerRecord | None) -> Iterator[tuple[str, Any, Any]]:
    if one is None or other is None:
        yield "layer", one is not None, other is not None
        return
    for what in ("kind", "status", "attributes", "note"):
        yield what, getattr(one, what), getattr(other, what)
    old, new = _contents(one.spans), _contents(other.spans)
    missing, extra = list((old - new).elements()), list((new - old).elements())
    for number in range(max(len(missing), len(extra))):
        yield "span", missing[number] if number < len(missing) else "", extra[number] if number < len(extra) else ""


def _contents(spans: Sequence[Span]) -> Counter[str]:
    """Return what spans say, with the places of those that they point to instead of their ids."""
    places = {span.id: f"{span.start}–{span.end} {span.label}" for span in spans}
    return Counter(
        f"{span.start}–{span.end} {span.label} {_plain(span.attributes, places)} {span.note} {span.source}".rstrip()
        for span in spans
    )


def _plain(values: Mapping[str, Any], places: Mapping[str, str]) -> str:
    def told(value: Any) -> Any:
        if isinstance(value, str):
            return places.get(value, value)
        return [told(item) for item in value] if isinstance(value, list) else value

    return json.dumps({name: told(value) for name, value in values.items()}, sort_keys=True, ensure_ascii=False)


def _shown(value: Any) -> str:
    words = value if isinstance(value, str) else repr(value)
    return words if len(words) <= SHOWN else f"{words[:SHOWN]}…"
