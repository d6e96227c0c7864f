"""Writing CoNLL: a token and its tag a line, after comments with the article's key, annotator and whole text.

Invariant: what is written is read back with the same text to the code point; a span that is not among the tags as it
was comes back as a `Loss`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final, cast

import msgspec

from annotator.core.record import LayerRecord, Record
from annotator.core.spans import Span, span_key
from annotator.formats.alignment import align, divided, outcome
from annotator.formats.base import Loss, WriteOptions
from annotator.formats.brat_lines import BREAKS
from annotator.formats.conll_tags import Scheme, TokenSpan, encode
from annotator.formats.losing import Shortfall
from annotator.formats.tokenizing import Extent, Tokenizer

DOCSTART: Final = "-DOCSTART-"
OWN: Final = ("id", "annotator", "text", "text_json", "newdoc", "comments", "detokenised")
"""Names of comments that are not those of an article's `meta`."""

_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")
_UNFIT: Final = re.compile(f"[{re.escape(BREAKS)}\t\x00]")


class ConllWriter:
    """Writes articles as they come; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._misaligned = options.misaligned
        scheme = options.values.get("scheme", "auto")
        self._scheme = cast(Scheme, "bio" if scheme == "auto" else scheme)
        self._longest = options.values.get("keep", "longest") == "longest"
        self._tokenizer = Tokenizer(options.values.get("tokenizer", "auto"), options.lang)

    def write(self, record: Record) -> Sequence[Loss]:
        """Write one article; those that nobody has read have all tokens outside."""
        lost = Shortfall(record)
        lost.about_article(keeps=("meta",))
        tokens, more = self._tokenizer.tokens(record)
        layer = record.layer or LayerRecord("")
        if self._misaligned == "split":
            tokens = list(zip(*divided(layer.spans, *_edges(tokens)), strict=True))
        tokens = _apart(record.text, tokens)
        kept = self._placed(sorted(layer.spans, key=span_key), tokens, record.text, lost)
        tags = encode(kept, len(tokens), self._scheme)
        inside = {at for span in kept for at in range(span.first + 1, span.last)}
        lines = [f"{DOCSTART}\tO", "", *_comments(record, layer, lost)]
        for at, (start, end) in enumerate(tokens):
            if at and at not in inside and "\n" in record.text[tokens[at - 1][1] : start]:
                lines.append("")
            lines.append(f"{record.text[start:end]}\t{tags[at]}")
        self._file.write(("\n".join(lines) + "\n\n").encode())
        return [*more, *lost.found]

    def close(self) -> None:
        """Do nothing: every article is written at once."""

    def _placed(self, spans: Sequence[Span], tokens: Sequence[Extent], text: str, lost: Shortfall) -> list[TokenSpan]:
        """Return the spans of tokens that can stand side by side, in order."""
        starts, ends = _edges(tokens)
        found: list[tuple[TokenSpan, Span]] = []
        for span in spans:
            place = align(span, starts, ends, self._misaligned)
            if place is None or (starts[place[0]], ends[place[1] - 1]) != (span.start, span.end):
                why = f"does not fit tokens: {outcome(place, starts, ends, text, self._misaligned)}"
                lost.span(span, "misaligned", why, gone=place is None)
            if place is not None:
                found.append((TokenSpan(*place, span.label), span))
        if self._longest:
            found.sort(key=lambda item: item[0].first - item[0].last)  # stable: of equals the earlier
        owner: dict[int, Span] = {}
        kept: list[TokenSpan] = []
        for place_, span in found:
            over = next((owner[at] for at in range(place_.first, place_.last) if at in owner), None)
            if over is not None:
                why = f"overlaps {over.label} {over.start}–{over.end}, and a token has one tag; left out"
                lost.span(span, "overlap", why, gone=True)
                continue
            owner |= dict.fromkeys(range(place_.first, place_.last), span)
            kept.append(place_)
            for what, value in (("attributes", span.attributes), ("note", span.note), ("source", span.source)):
                if value:
                    words = ", ".join(value) if isinstance(value, Mapping) else repr(value)
                    lost.span(span, what, f"no place for {words}")
        return sorted(kept)


def _edges(tokens: Sequence[Extent]) -> tuple[list[int], list[int]]:
    return [start for start, _ in tokens], [end for _, end in tokens]


def _apart(text: str, tokens: Sequence[Extent]) -> list[Extent]:
    """Return the tokens with what would be taken for the beginning of an article in two."""
    found: list[Extent] = []
    for start, end in tokens:
        found += [(start, start + 1), (start + 1, end)] if text[start:end] == DOCSTART else [(start, end)]
    return found


def _comments(record: Record, layer: LayerRecord, lost: Shortfall) -> list[str]:
    """Return the lines before the tokens of an article."""
    text = record.text
    lines = [f"# id = {record.key}"]
    if layer.annotator:
        lines.append(f"# annotator = {layer.annotator}")
    for name, value in record.meta.items():
        if _NAME.fullmatch(name) and name not in OWN and _is_line(value):
            lines.append(f"# {name} = {value}")
        elif name == "detokenised" and value is True:
            lines.append("# detokenised = true")
        else:
            lost.whole("meta", f"{name!r} is no text on one line")
    lines.append(f"# text = {text}" if _is_line(text) else f"# text_json = {msgspec.json.encode(text).decode()}")
    return lines


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value == value.strip() != "" and not _UNFIT.search(value)
