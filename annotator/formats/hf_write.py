"""Rows for Hugging Face `datasets`, written as Parquet or as JSON Lines.

Invariant: a row holds an article and a layer whole: what the columns of tokens and tags cannot carry is in `spans`;
values that differ from row to row (meta, attributes) are JSON in a text, because a column has one type.  Rows are
written a group at a time, so memory does not grow with their number.  pyarrow is imported when a file is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, Final

import msgspec

from annotator.core.record import LayerRecord, Record
from annotator.core.schema import Schema
from annotator.errors import InputError, UsageError
from annotator.formats.alignment import OUTSIDE, apart, divided, overlapped, place
from annotator.formats.base import Loss, WriteOptions
from annotator.formats.words import tokens

PARQUET_HINT: Final = 'pip install "conflict-annotator[parquet]"'
_ROWS: Final = 1_000  # of a row group
_CHUNK: Final = 100  # rows that are kept as Python's own values, which take twenty times the room of Arrow's
_CODE_POINTS: Final = 16 << 20  # of text in a row group, should articles be very long

_SOUGHT: Final = ["id", "annotator", "kind", "status", "schema"]
"""Columns whose least and greatest value each row group has at the end of the file, so that readers can pass over it.
Those of articles would be a part of their texts, and as long: in memory until the file is closed."""

_WHOLE: Final = '"spans"'  # the column that has every span as it is
_WORDS: Final = ("id", "text", "title", "meta", "annotator", "kind", "status", "schema", "attributes", "note")
_SPAN_WORDS: Final = ("id", "text", "attributes", "note", "source")


class _Labels:
    """Numbers for labels: those of the schema in its order, then others as they come."""

    def __init__(self, schema: Schema | None) -> None:
        self._numbers = {name: number for number, name in enumerate(schema.labels if schema is not None else ())}

    def number(self, label: str) -> int:
        return self._numbers.setdefault(label, len(self._numbers))

    def names(self) -> list[str]:
        return list(self._numbers)


def tag_names(labels: Iterable[str]) -> list[str]:
    """Return the names of the tags of these labels (BIO), in the order of their numbers."""
    return [OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in "BI")]


class _Rows:
    """Makes rows of records.

    Args:
        options: What the person asked for.
        tagged: Whether they have tokens and tags.
    """

    def __init__(self, options: WriteOptions, *, tagged: bool) -> None:
        self.labels = _Labels(options.schema)
        self._misaligned = options.misaligned
        self._tagged = tagged
        self._json = msgspec.json.Encoder().encode

    def row(self, record: Record) -> tuple[dict[str, Any], list[Loss]]:
        """Return a record as a row, with labels and tags as numbers, and what its tags could not carry."""
        layer = record.layer
        row: dict[str, Any] = {
            "id": record.key,
            "text": record.text,
            "title": record.title,
            "meta": self._text(record.meta),
            "annotator": layer.annotator if layer else None,
            "kind": layer.kind if layer else None,
            "status": layer.status if layer else None,
            "schema": layer.schema if layer else None,
            "attributes": self._text(layer.attributes) if layer else None,
            "note": layer.note if layer else None,
        }
        losses = self._tag(row, record, layer or LayerRecord("")) if self._tagged else []
        row["spans"] = None if layer is None else [self._span(span, record.text) for span in layer.spans]
        return row, losses

    def _tag(self, row: dict[str, Any], record: Record, layer: LayerRecord) -> list[Loss]:
        starts, ends = tokens(record.text)
        if self._misaligned == "split":
            starts, ends = divided(layer.spans, starts, ends)
        text = record.text
        placed = place(record, layer, starts, ends, self._misaligned)
        chosen = apart(placed.places)
        tags = [0] * len(starts)
        for at in chosen:
            first, last = placed.places[at]
            begin = 1 + 2 * self.labels.number(placed.spans[at].label)
            tags[first:last] = [begin, *[begin + 1] * (last - first - 1)]
        row["tokens"] = [text[start:end] for start, end in zip(starts, ends, strict=True)]
        row["token_starts"] = starts
        row["ner_tags"] = tags
        told = [replace(loss, gone=False, why=f"{loss.why}; whole in {_WHOLE}") for loss in placed.losses]
        return told + overlapped(placed, chosen, record, layer, what="not in ner_tags", where=f"in {_WHOLE} only")

    def _span(self, span: Any, text: str) -> dict[str, Any]:
        return {
            "id": span.id,
            "start": span.start,
            "end": span.end,
            "label": self.labels.number(span.label),
            "text": text[span.start : span.end],
            "attributes": self._text(span.attributes),
            "note": span.note,
            "source": span.source,
        }

    def _text(self, values: Mapping[str, Any]) -> str:
        return self._json(dict(values)).decode() if values else "{}"


class JsonRows:
    """Writes rows as JSON Lines, labels by name; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions, *, tagged: bool) -> None:
        self._numbered = options.values.get("tags", "names") == "ids"
        if self._numbered and options.schema is None:
            raise UsageError("tags=ids takes a schema, which says the numbers of the labels", hint="leave tags=ids out")
        self._file = file
        self._rows = _Rows(options, tagged=tagged)
        self._encode: Callable[[Any], bytes] = msgspec.json.Encoder().encode

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one line and return what its tags could not carry."""
        row, losses = self._rows.row(record)
        names = self._rows.labels.names()
        for span in row["spans"] or ():
            span["label"] = names[span["label"]]
        if "ner_tags" in row and not self._numbered:
            tags = tag_names(names)
            row["ner_tags"] = [tags[number] for number in row["ner_tags"]]
        self._file.write(self._encode(row) + b"\n")
        return losses

    def close(self) -> None:
        """Do nothing: every line is written at once."""


class ParquetRows:
    """Writes rows as Parquet, labels and tags as numbers with their names in the file; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions, *, tagged: bool) -> None:
        try:
            import pyarrow.parquet as parquet
        except ImportError as error:
            raise InputError("writing Parquet takes pyarrow, which is not installed", hint=PARQUET_HINT) from error
        self._rows = _Rows(options, tagged=tagged)
        self._tagged = tagged
        self._schema = _arrow(tagged=tagged)
        # Without pyarrow's own copy of the schema `datasets` looks at the metadata of the file, which may be written
        # last, when all labels are known.
        self._file = parquet.ParquetWriter(
            file, self._schema, compression="zstd", store_schema=False, write_statistics=_SOUGHT
        )
        self._waiting: list[dict[str, Any]] = []
        self._chunks: list[Any] = []  # record batches of the row group
        self._count = 0  # rows of it
        self._length = 0

    def write(self, record: Record) -> Sequence[Loss]:
        """Add one row and return what its tags could not carry."""
        row, losses = self._rows.row(record)
        self._waiting.append(row)
        self._count += 1
        self._length += len(record.text)
        if self._count >= _ROWS or self._length >= _CODE_POINTS:
            self._flush()
        elif len(self._waiting) >= _CHUNK:
            self._pack()
        return losses

    def close(self) -> None:
        """Write the rows that are left, and the names of labels and tags."""
        self._flush()
        described = features(self._rows.labels.names(), tagged=self._tagged)
        self._file.add_key_value_metadata({"huggingface": msgspec.json.encode({"info": {"features": described}})})
        self._file.close()

    def _pack(self) -> None:
        """Put the rows that are waiting by as Arrow holds them."""
        import pyarrow

        if self._waiting:
            columns = [
                pyarrow.array([row[field.name] for row in self._waiting], type=field.type) for field in self._schema
            ]
            self._chunks.append(pyarrow.record_batch(columns, schema=self._schema))
        self._waiting = []

    def _flush(self) -> None:
        """Write the rows that are put by, and those that are waiting, as one row group."""
        import pyarrow

        self._pack()
        if self._chunks:
            self._file.write_table(pyarrow.Table.from_batches(self._chunks), row_group_size=_ROWS)
        self._chunks, self._count, self._length = [], 0, 0


def _arrow(*, tagged: bool) -> Any:
    import pyarrow

    words = [(name, pyarrow.string()) for name in _WORDS]
    numbers = pyarrow.list_(pyarrow.int32())
    tags = [
        ("tokens", pyarrow.list_(pyarrow.string())),
        ("token_starts", numbers),
        ("ner_tags", pyarrow.list_(pyarrow.int64())),
    ]
    span = pyarrow.struct(
        [
            ("id", pyarrow.string()),
            ("start", pyarrow.int32()),
            ("end", pyarrow.int32()),
            ("label", pyarrow.int64()),
            *((name, pyarrow.string()) for name in _SPAN_WORDS[1:]),
        ]
    )
    return pyarrow.schema([*words, *(tags if tagged else ()), ("spans", pyarrow.list_(span))])


def features(labels: Sequence[str], *, tagged: bool) -> dict[str, Any]:
    """Return the columns as `datasets.Features.to_dict` describes them, with the names of labels and tags."""
    tags = {
        "tokens": _list(_value("string")),
        "token_starts": _list(_value("int32")),
        "ner_tags": _list(_class(tag_names(labels))),
    }
    span = {
        "id": _value("string"),
        "start": _value("int32"),
        "end": _value("int32"),
        "label": _class(labels),
        **{name: _value("string") for name in _SPAN_WORDS[1:]},
    }
    return {**{name: _value("string") for name in _WORDS}, **(tags if tagged else {}), "spans": [span]}


def _value(dtype: str) -> dict[str, Any]:
    return {"dtype": dtype, "_type": "Value"}


def _class(names: Sequence[str]) -> dict[str, Any]:
    return {"names": list(names), "_type": "ClassLabel"}


def _list(feature: dict[str, Any]) -> dict[str, Any]:
    return {"feature": feature, "_type": "Sequence"}  # as versions before 4 and after both read it


def card(schema: Schema, *, tagged: bool) -> tuple[str, str]:
    """Return the dataset card that gives the columns of JSON Lines beside it their types and the labels' numbers."""
    lines = ["---", "task_categories:", "- token-classification", "dataset_info:", "  features:"]
    for name, feature in features(list(schema.labels), tagged=tagged).items():
        lines += _card_lines(name, feature, "  ")
    return "README.md", "\n".join([*lines, "---", "", f"# {schema.title or schema.name}", ""])


def _card_lines(name: str, feature: Any, indent: str) -> list[str]:
    """Return one column in the form that a dataset card has for it."""
    lines = [f"{indent}- name: {name}"]
    if isinstance(feature, list):
        lines.append(f"{indent}  list:")
        return lines + [line for part, inner in feature[0].items() for line in _card_lines(part, inner, f"{indent}  ")]
    listed = feature["_type"] == "Sequence"
    inner = feature["feature"] if listed else feature
    if inner["_type"] == "Value":
        return [*lines, f"{indent}  {'list' if listed else 'dtype'}: {inner['dtype']}"]
    deeper = f"{indent}    " if listed else f"{indent}  "
    lines += [f"{indent}  list:"] if listed else [f"{indent}  dtype:"]
    deeper = f"{indent}    "
    lines += [f"{deeper}class_label:", f"{deeper}  names:"]
    return lines + [f"{deeper}    '{number}': {_quoted(name)}" for number, name in enumerate(inner["names"])]


def _quoted(name: str) -> str:
    return msgspec.json.encode(name).decode()  # a JSON string is a YAML string


def names_in(metadata: Mapping[bytes, bytes], tags: Sequence[str], spans: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the names of tags and of labels that `datasets` put into a file.

    Args:
        metadata: Of the file.
        tags: What a column of tags may be called.
        spans: What a column of spans may be called.
    """
    try:
        columns = dict(msgspec.json.decode(metadata.get(b"huggingface", b"{}"))["info"]["features"])
        first, second = (
            next((_names(columns[name]) for name in some if name in columns), []) for some in (tags, spans)
        )
        return first, second
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, ValueError):
        return [], []  # a file of somebody else, without features or with some that nobody knows


def _names(feature: Any) -> list[str]:
    """Return the first list of names within a column's description."""
    if isinstance(feature, list):
        return _names(feature[0]) if feature else []
    if not isinstance(feature, dict):
        return []
    names = feature.get("names")
    if feature.get("_type") == "ClassLabel" and isinstance(names, list):
        return [str(name) for name in names]
    return next((found for part in ("feature", "label", "type") if (found := _names(feature.get(part)))), [])
