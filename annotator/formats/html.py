"""A page of highlighted articles, to be read in a browser and printed.

Invariant: the page holds everything it shows: no script, and nothing from outside, which its own policy forbids; every
word of an article, a label or a note is escaped.  All spans are visible wherever they overlap: each has a line of its
own under its words, at one height all along, and the shortest that covers a word colours it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from annotator.core.attributes import describe, targets
from annotator.core.record import LayerRecord, Record
from annotator.core.schema import PALETTE, Link, Schema
from annotator.core.spans import Span, span_key
from annotator.errors import InputError
from annotator.formats.base import FRAGMENT_LINK, Format, Loss, Option, WriteOptions
from annotator.formats.losing import Losses

if TYPE_CHECKING:
    from jinja2 import Environment

_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_META_SHOWN: Final = 6  # entries of an article's meta under its title
_LONGEST: Final = 120  # code points of one of them
_STEP: Final = 4  # pixels from line to line, as the style sheet has it
_TITLE: Final = "Annotated articles"


class HtmlWriter:
    """Writes one page; see `Writer`."""

    def __init__(self, file: BinaryIO, options: WriteOptions) -> None:
        self._file = file
        self._environment = _environment()
        self._schema = options.schema
        self._colours = Colours(options.schema)
        self._records: list[Record] = []
        self._counts: Counter[str] = Counter()
        self._articles = self._layers = 0
        css = files("annotator.formats").joinpath("page/page.css").read_text("utf-8")
        from markupsafe import Markup

        self._put("head.html", title=options.values.get("title") or _TITLE, css=Markup(css), colours={})

    def write(self, record: Record) -> Sequence[Loss]:
        """Take one record; the article is written when the next one comes."""
        if self._records and self._records[-1].key != record.key:
            self._flush()
        self._records.append(record)
        losses = Losses(record.key, record.layer.annotator if record.layer else "")
        if _CONTROLS.search(record.text):
            losses.whole("control character", "no page shows control characters; a sign stands in their place")
        return losses.found

    def close(self) -> None:
        """Write the last article, the legend and the end of the page."""
        if self._records:
            self._flush()
        known = self._schema.labels if self._schema is not None else {}
        labels = [
            {
                "title": known[name].title if name in known else name,
                "description": known[name].description if name in known else "",
                "colour": self._colours.of(name),
                "count": self._counts[name],
            }
            for name in dict.fromkeys([*known, *self._counts])
        ]
        spans = self._counts.total()
        self._put("foot.html", labels=labels, articles=self._articles, layers=self._layers, spans=spans)

    def _flush(self) -> None:
        first = self._records[0]
        layers = [record.layer for record in self._records if record.layer is not None]
        self._articles += 1
        self._layers += len(layers)
        self._counts.update(span.label for layer in layers for span in layer.spans)
        meta = [(name, _cut(describe(value))) for name, value in first.meta.items() if value not in ("", None, [], {})]
        shown = [self._shown(first.text, layer) for layer in layers or [LayerRecord("", status="")]]  # type: ignore[arg-type]  # no status is shown
        words = {"title": shown_text(first.title), "key": first.key, "meta": meta[:_META_SHOWN]}
        self._put("article.html", **words, layers=shown)
        self._records.clear()

    def _shown(self, text: str, layer: LayerRecord) -> dict[str, Any]:
        """Return what the page says of one layer."""
        spans = sorted(layer.spans, key=span_key)
        lanes = lanes_of(spans)
        by_id = {span.id: span for span in spans}
        about = {"annotator": layer.annotator, "kind": layer.kind, "status": layer.status, "note": layer.note}
        rows = [
            {
                "start": span.start,
                "end": span.end,
                "label": span.label,
                "colour": self._colours.of(span.label),
                "words": shown_text(span.surface(text)),
                "stated": self._values(span, by_id, text),
                "note": span.note,
            }
            for span in spans
        ]
        pieces = [self._piece(text, *piece, lanes) for piece in pieces_of(len(text), spans)]
        values = [(name, describe(value)) for name, value in layer.attributes.items()]
        height = max(lanes.values(), default=-1) + 1
        return about | {"lanes": height, "pieces": pieces, "spans": rows, "stated": values}

    def _piece(
        self, text: str, start: int, end: int, covering: Sequence[Span], lanes: Mapping[str, int]
    ) -> dict[str, Any]:
        words = shown_text(text[start:end])
        if not covering:
            return {"text": words, "style": ""}
        says = "\n".join(_said(span) for span in sorted(covering, key=lambda span: span.end - span.start))
        going_on = [span for span in covering if span.end > end]
        ends = [
            {"label": span.label, "style": f"--k:{self._colours.of(span.label)};{self._style(going_on, lanes)}"}
            for span in sorted(covering, key=lambda span: (-span.start, span.id))
            if span.end == end
        ]
        return {"text": words, "style": self._style(covering, lanes), "says": says, "ends": ends, "on": bool(going_on)}

    def _style(self, covering: Sequence[Span], lanes: Mapping[str, int]) -> str:
        """Return the colour of the shortest span, and a line for each where they are not one next to the words."""
        if not covering:
            return ""
        inner = min(covering, key=lambda span: (span.end - span.start, -span.start, span.id))
        height = max(lanes[span.id] for span in covering) + 1
        style = f"--c:{self._colours.of(inner.label)}"
        if len(covering) == height == 1:
            return style
        colours = [f"color-mix(in srgb,{self._colours.of(span.label)},white var(--lift))" for span in covering]
        images = ",".join(f"linear-gradient({colour} 0 0)" for colour in colours)
        places = ",".join(f"0 calc(100% - {_STEP * (height - 1 - lanes[span.id])}px)" for span in covering)
        return f"{style};--n:{height};background-image:{images};background-position:{places}"

    def _values(self, span: Span, by_id: Mapping[str, Span], text: str) -> list[tuple[str, str]]:
        label = self._schema.labels.get(span.label) if self._schema is not None else None
        known = label.attributes if label is not None else {}
        found = []
        for name, value in span.attributes.items():
            if name == FRAGMENT_LINK or isinstance(known.get(name), Link):
                ends = (by_id[id].surface(text) if id in by_id else id for id in targets(value))
                found.append((name, shown_text("→ " + ", ".join(ends))))
            else:
                found.append((name, describe(value)))
        return found

    def _put(self, name: str, **values: Any) -> None:
        self._file.write(self._environment.get_template(name).render(**values).encode())


class Colours:
    """Gives each label its colour: the schema's, else the next of a palette."""

    def __init__(self, schema: Schema | None) -> None:
        self._known = {name: label.color for name, label in schema.labels.items()} if schema is not None else {}

    def of(self, label: str) -> str:
        """Return a colour as #rrggbb, the same for the same label."""
        return self._known.setdefault(label, PALETTE[len(self._known) % len(PALETTE)])


def lanes_of(spans: Sequence[Span]) -> dict[str, int]:
    """Return the height of each span's line, 0 for the one next to the words, so that no two lines meet.

    Args:
        spans: In order; ids that are there twice are one line.
    """
    lanes: dict[str, int] = {}
    open_until: list[int] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end, span.id)):
        free = next((lane for lane, end in enumerate(open_until) if end <= span.start), len(open_until))
        if free == len(open_until):
            open_until.append(0)
        open_until[free] = span.end
        lanes[span.id] = free
    return lanes


def pieces_of(length: int, spans: Sequence[Span]) -> list[tuple[int, int, list[Span]]]:
    """Return a text's stretches as (start, end, the spans that cover it), so that none begins or ends within one.

    Args:
        length: Of the text, in code points.
        spans: In order of their starts.
    """
    cuts = sorted({0, length, *(span.start for span in spans), *(span.end for span in spans)})
    pieces = []
    covering: list[Span] = []
    at = 0
    for start, end in pairwise(cuts):
        covering = [span for span in covering if span.end > start]
        while at < len(spans) and spans[at].start <= start:
            covering.append(spans[at])
            at += 1
        pieces.append((start, end, list(covering)))
    return pieces


def shown_text(text: str) -> str:
    """Return a text with signs for the control characters that a page must not hold."""
    return _CONTROLS.sub(lambda match: "␡" if match[0] == "\x7f" else chr(0x2400 + ord(match[0])), text)


def _said(span: Span) -> str:
    values = [f"{name}: {describe(value)}" for name, value in span.attributes.items()]
    return shown_text(" · ".join([span.label, *values, *([f"note: {span.note}"] if span.note else [])]))


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader
    except ImportError as error:
        hint = 'pip install "conflict-annotator[html]"'
        raise InputError("writing a page takes Jinja2, which is not installed", hint=hint) from error
    loader = PackageLoader("annotator.formats", "page")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


FORMAT: Final = Format(
    "html",
    "a page of highlighted articles, to read in a browser",
    (".html", ".htm"),
    write=HtmlWriter,
    stdout=True,
    options=(Option("title", "the title of the page", side="write"),),
    single=False,
)
