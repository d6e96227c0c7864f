"""Writing WebAnno TSV 3.3: the folders of an INCEpTION export, a file for each article and annotator.

Invariant: what is written is read back equal by `webanno`, except for ids of spans and what comes back as a `Loss`.
Spans may begin and end within tokens: such rows are sub-tokens.

The layer has the label as the feature "value", each attribute as a feature of its own, and the note as "note"; links
are relations of the layer `RELATION`, whose feature "value" is the link's name.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from annotator.core.record import Record
from annotator.core.schema import Link, Schema
from annotator.core.spans import Span, span_key
from annotator.errors import InputError
from annotator.formats.base import Loss, WriteOptions
from annotator.formats.brat_write import is_plain
from annotator.formats.linking import LIST_OF_ONE, attributes_of, lone
from annotator.formats.losing import Shortfall
from annotator.formats.safe_names import FileNames, safe
from annotator.formats.tokenizing import Extent, Tokenizer
from annotator.formats.units import Offsets
from annotator.formats.webanno_cells import NONE, NULL, escape_text, escape_value
from annotator.formats.webanno_layers import NOTE, TRUTH

LAYER: Final = "webanno.custom.Span"
RELATION: Final = "webanno.custom.Relation"
INITIAL: Final = "INITIAL_CAS"
"""INCEpTION's name for what nobody has annotated yet."""
CURATOR: Final = "CURATION_USER"
"""INCEpTION's name for the curated annotations."""

_TAKEN: Final = ("value", "label", NOTE)


class WebAnnoWriter:
    """Writes articles into a folder as they come; see `Writer`.

    Args:
        folder: Where; it is there and empty.
        options: The schema, if it is known, tells which attributes are links.
    """

    def __init__(self, folder: Path, options: WriteOptions) -> None:
        self._folder = folder / "annotation"
        self._schema = options.schema
        self._layer = options.values.get("layer") or LAYER
        self._tokenizer = Tokenizer(options.values.get("tokenizer", "auto"), options.lang)
        self._articles = FileNames()
        self._annotators = FileNames()

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one file."""
        lost = Shortfall(record)
        tokens, more = self._tokenizer.tokens(record)
        if not tokens:
            lost.whole("no token", "WebAnno TSV has no text but that of tokens; left out", gone=True)
            return lost.found
        who = record.layer.annotator if record.layer is not None else ""
        if record.layer is not None and not who:
            lost.whole("annotator", f"nobody is named; the file is {INITIAL}.tsv")
        folder = self._folder / f"{self._articles.of(record.key)}.txt"
        file = folder / f"{self._annotators.of(who) if who else INITIAL}.tsv"
        if file.exists():
            lost.whole("written already", "the same annotator has another layer of it in this folder", gone=True)
            return lost.found
        lost.renamed("article", record.key, folder.name.removesuffix(".txt"))
        if who:
            lost.renamed("annotator", who, file.stem)
        lost.about_article()
        content = _File(record, tokens, self._layer, self._schema, lost).text()
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode())
        return [*more, *lost.found]

    def close(self) -> None:
        """Do nothing: every file is written at once."""


class _Unit(NamedTuple):
    """A row: a token, or a part of one."""

    sentence: int
    token: int
    part: int
    start: int
    end: int

    @property
    def id(self) -> str:
        return f"{self.sentence}-{self.token}" + (f".{self.part}" if self.part else "")


class _File:
    """The content of one file."""

    def __init__(
        self, record: Record, tokens: Sequence[Extent], layer: str, schema: Schema | None, lost: Shortfall
    ) -> None:
        self._text = record.text
        self._tokens = tokens
        self._layer = layer
        self._schema = schema
        self._lost = lost
        self._starts = [start for start, _ in tokens]
        self._ends = [end for _, end in tokens]
        self._numbers: dict[str, int] = {}
        self._parts: dict[int, set[Extent]] = {}  # of tokens
        self._covers: dict[Extent, list[Span]] = {}  # the spans of each token or part of one
        self._begins: dict[str, Extent] = {}  # the first of them, by span
        spans = record.layer.spans if record.layer is not None else ()
        for span in sorted(spans, key=span_key):
            self._place(span)
        kept = [span for span in sorted(spans, key=span_key) if span.id in self._numbers]
        self._links = {span.id: dict(self._links_of(span)) for span in kept}
        names = {name for span in kept for name in span.attributes if name not in self._links[span.id]}
        self._features = {name: _feature(name) for name in sorted(names)}
        self._notes = any(span.note for span in kept)
        self._into: dict[str, list[tuple[str, str]]] = {}  # links by target: name and source
        for source, links in self._links.items():
            for name, targets in links.items():
                for target in targets:
                    self._into.setdefault(target, []).append((name, source))
        for span in kept:
            if span.source:
                lost.span(span, "source", f"no place for {span.source!r}")

    def _place(self, span: Span) -> None:
        first, last = bisect_right(self._ends, span.start), bisect_left(self._starts, span.end)
        if first >= last:
            self._lost.span(span, "only blanks", "WebAnno TSV has no place between tokens; left out", gone=True)
            return
        start, end = max(span.start, self._starts[first]), min(span.end, self._ends[last - 1])
        if (start, end) != (span.start, span.end):
            self._lost.span(span, "blank at the edge", f"it cannot be marked; it became {start}–{end}")
        self._numbers[span.id] = len(self._numbers) + 1
        for at in range(first, last):
            part = (max(start, self._starts[at]), min(end, self._ends[at]))
            if part != self._tokens[at]:
                self._parts.setdefault(at, set()).add(part)
            self._covers.setdefault(part, []).append(span)
            self._begins.setdefault(span.id, part)

    def _links_of(self, span: Span) -> Iterator[tuple[str, list[str]]]:
        for name, value in span.attributes.items():
            targets = value if isinstance(value, list) else [value]
            if not targets or not all(isinstance(target, str) for target in targets):
                continue
            attribute = attributes_of(span, self._schema).get(name)
            if isinstance(attribute, Link) or (
                attribute is None and all(target in self._numbers for target in targets)
            ):
                for target in targets:
                    if target not in self._numbers:
                        self._lost.span(span, "link left out", f"{name!r} points to {target!r}, which is not here")
                if lone(value, attribute):
                    self._lost.span(span, LIST_OF_ONE, f"{name!r} is read back as one link without a schema")
                yield name, [target for target in targets if target in self._numbers]

    def text(self) -> str:
        """Return the whole file."""
        out = StringIO(newline="")
        columns = ["value", *self._features.values(), *([NOTE] if self._notes else [])]
        out.write(f"#FORMAT=WebAnno TSV 3.3\n#T_SP={self._layer}|{'|'.join(columns)}\n")
        if self._into:
            out.write(f"#T_RL={RELATION}|value|BT_{self._layer}\n")
        out.write("\n")
        if self._text[: self._starts[0]].strip(" "):
            self._lost.whole("text before the first token", "became blanks, for WebAnno TSV does not hold it")
        sentences = self._sentences()
        units = [[*self._units(number, *sentence)] for number, sentence in enumerate(sentences, 1)]
        ids = {(unit.start, unit.end): unit.id for rows in units for unit in rows}
        offset = Offsets(self._text, "utf16").offset
        for (first, last), rows in zip(sentences, units, strict=True):
            end = self._starts[last] if last < len(self._tokens) else len(self._text)
            words = self._text[self._starts[first] : end]
            # Readers put a line break after every sentence but the last.
            words = words.removesuffix("\n") if last < len(self._tokens) else words
            out.write("\n" + "".join(f"#Text={escape_text(line)}\n" for line in words.split("\n")))
            for unit in rows:
                cells = "\t".join(self._cells((unit.start, unit.end), ids))
                place = f"{offset(unit.start)}-{offset(unit.end)}"
                out.write(f"{unit.id}\t{place}\t{self._text[unit.start : unit.end]}\t{cells}\t\n")
        return out.getvalue()

    def _sentences(self) -> list[tuple[int, int]]:
        """Return sentences as tokens, one past the last included: they end where a line does."""
        ends = [
            at + 1
            for at, (here, after) in enumerate(pairwise(self._tokens))
            if "\n" in self._text[here[1] : after[0]]
        ]  # fmt: skip
        return [*pairwise([0, *ends, len(self._tokens)])]

    def _units(self, sentence: int, first: int, last: int) -> Iterator[_Unit]:
        for number, at in enumerate(range(first, last), 1):
            yield _Unit(sentence, number, 0, *self._tokens[at])
            for part, extent in enumerate(sorted(self._parts.get(at, ())), 1):
                yield _Unit(sentence, number, part, *extent)

    def _cells(self, extent: Extent, ids: dict[Extent, str]) -> Iterator[str]:
        spans = self._covers.get(extent, [])
        number = self._numbers
        yield "|".join(f"{escape_value(span.label)}[{number[span.id]}]" for span in spans) or NONE
        for name in self._features:
            yield "|".join(f"{self._value(span, name)}[{number[span.id]}]" for span in spans) or NONE
        if self._notes:
            yield "|".join(f"{_written(span.note) if span.note else NULL}[{number[span.id]}]" for span in spans) or NONE
        if self._into:
            here = [span for span in spans if self._begins[span.id] == extent]
            into = [(name, source, span.id) for span in here for name, source in self._into.get(span.id, ())]
            yield "|".join(escape_value(safe(name)) for name, _, _ in into) or NONE
            yield "|".join(f"{ids[self._begins[s]]}[{number[s]}_{number[t]}]" for _, s, t in into) or NONE

    def _value(self, span: Span, name: str) -> str:
        if name not in span.attributes or name in self._links[span.id]:
            return NULL
        return _written(span.attributes[name])


def _feature(name: str) -> str:
    """Return the name of a feature for an attribute: letters and digits, and not one that means something else."""
    feature = safe(name)
    return f"_u{ord(feature[0]):04X}_{feature[1:]}" if feature in _TAKEN else feature


def _written(value: Any) -> str:
    """Return a value as a cell holds it: plain words as they are, anything else as JSON."""
    if isinstance(value, str) and value not in TRUTH and is_plain(re.sub(r"[\n\t]", " ", value)):
        return escape_value(value)
    try:
        return escape_value(msgspec.json.encode(value).decode())
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the attribute value {value!r:.60} is no JSON", hint="load it again from its file") from error
