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
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

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
        self._article: _Article | None = None  # the last one: its layers come one after the other

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
        if self._article is None or self._article.tokens is not tokens:
            self._article = _Article(record.text, tokens)
        content = _File(record, self._article, self._layer, self._schema, lost).text()
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode())
        return [*more, *lost.found]

    def close(self) -> None:
        """Do nothing: every file is written at once."""


class _Article:
    """What the files of all annotators of an article have in common; three annotators took twice as long without.

    Attributes:
        text: The text.
        tokens: Where its tokens begin and end.
        starts: Where they begin.
        ends: Where they end.
        ids: The number of each.
        rows: The row of each up to the cells of the layers.
        heads: The text of each sentence as it stands above its first token, by the place of that token.
    """

    def __init__(self, text: str, tokens: Sequence[Extent]) -> None:
        self.text = text
        self.tokens = tokens
        self.starts = [start for start, _ in tokens]
        self.ends = [end for _, end in tokens]
        self.ids: list[str] = []
        self.heads: dict[int, str] = {}
        self._offset = Offsets(text, "utf16").offset
        for number, (first, last) in enumerate(self._sentences(), 1):
            self.ids += [f"{number}-{at}" for at in range(1, last - first + 1)]
            self.heads[first] = self._head(first, last)
        self.rows = [self.row(id, extent) for id, extent in zip(self.ids, tokens, strict=True)]

    def row(self, id: str, extent: Extent) -> str:
        """Return the row of a token or a part of one up to the cells of the layers."""
        start, end = extent
        return f"{id}\t{self._offset(start)}-{self._offset(end)}\t{self.text[start:end]}\t"

    def _sentences(self) -> list[tuple[int, int]]:
        """Return sentences as tokens, one past the last included: they end where a line does."""
        ends = [
            at + 1
            for at, (here, after) in enumerate(pairwise(self.tokens))
            if "\n" in self.text[here[1] : after[0]]
        ]  # fmt: skip
        return [*pairwise([0, *ends, len(self.tokens)])]

    def _head(self, first: int, last: int) -> str:
        end = self.starts[last] if last < len(self.tokens) else len(self.text)
        words = self.text[self.starts[first] : end]
        # Readers put a line break after every sentence but the last.
        words = words.removesuffix("\n") if last < len(self.tokens) else words
        return "\n" + "".join(f"#Text={escape_text(line)}\n" for line in words.split("\n"))


class _File:
    """The content of one file."""

    def __init__(self, record: Record, article: _Article, layer: str, schema: Schema | None, lost: Shortfall) -> None:
        self._article = article
        self._layer = layer
        self._schema = schema
        self._lost = lost
        self._numbers: dict[str, int] = {}
        self._parts: dict[int, set[Extent]] = {}  # of each token that is in a span; none if it is so as a whole
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
        tokens, starts, ends = self._article.tokens, self._article.starts, self._article.ends
        first, last = bisect_right(ends, span.start), bisect_left(starts, span.end)
        if first >= last:
            self._lost.span(span, "only blanks", "WebAnno TSV has no place between tokens; left out", gone=True)
            return
        start, end = max(span.start, starts[first]), min(span.end, ends[last - 1])
        if (start, end) != (span.start, span.end):
            self._lost.span(span, "blank at the edge", f"it cannot be marked; it became {start}–{end}")
        self._numbers[span.id] = len(self._numbers) + 1
        for at in range(first, last):
            part = (max(start, starts[at]), min(end, ends[at]))
            parts = self._parts.setdefault(at, set())
            if part != tokens[at]:
                parts.add(part)
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
        article = self._article
        columns = ["value", *self._features.values(), *([NOTE] if self._notes else [])]
        header = f"#FORMAT=WebAnno TSV 3.3\n#T_SP={self._layer}|{'|'.join(columns)}\n"
        if self._into:
            header += f"#T_RL={RELATION}|value|BT_{self._layer}\n"
        if article.text[: article.starts[0]].strip(" "):
            self._lost.whole("text before the first token", "became blanks, for WebAnno TSV does not hold it")
        nothing = f"{NONE}\t" * (len(columns) + (2 if self._into else 0)) + "\n"
        rows = [row + nothing for row in article.rows]
        ids = self._ids() if self._into else {}
        for at, parts in self._parts.items():
            rows[at] = article.rows[at] + self._cells(article.tokens[at], ids)
            for number, part in enumerate(sorted(parts), 1):
                rows[at] += article.row(f"{article.ids[at]}.{number}", part) + self._cells(part, ids)
        for at, head in article.heads.items():
            rows[at] = head + rows[at]
        return f"{header}\n{''.join(rows)}"

    def _ids(self) -> dict[Extent, str]:
        """Return the numbers of the tokens in spans and of their parts."""
        tokens, ids = self._article.tokens, self._article.ids
        found = {tokens[at]: ids[at] for at in self._parts}
        for at, parts in self._parts.items():
            found |= {part: f"{ids[at]}.{number}" for number, part in enumerate(sorted(parts), 1)}
        return found

    def _cells(self, extent: Extent, ids: dict[Extent, str]) -> str:
        """Return the cells of a token in a span, or of a part of one, and the end of its row."""
        spans = self._covers.get(extent, [])
        number = self._numbers
        cells = ["|".join([f"{escape_value(span.label)}[{number[span.id]}]" for span in spans])]
        cells += [
            "|".join([f"{self._value(span, name)}[{number[span.id]}]" for span in spans]) for name in self._features
        ]
        if self._notes:
            cells.append(
                "|".join([f"{_written(span.note) if span.note else NULL}[{number[span.id]}]" for span in spans])
            )
        if self._into:
            here = [span for span in spans if self._begins[span.id] == extent]
            into = [(name, source, span.id) for span in here for name, source in self._into.get(span.id, ())]
            cells.append("|".join([escape_value(safe(name)) for name, _, _ in into]))
            cells.append("|".join([f"{ids[self._begins[s]]}[{number[s]}_{number[t]}]" for _, s, t in into]))
        return "".join([f"{cell or NONE}\t" for cell in cells]) + "\n"

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
