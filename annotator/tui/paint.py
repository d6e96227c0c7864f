"""A row, its spans and the selection in, styled runs of text out.

Invariant: the runs of a text row, joined, are its glyphs (and at most one blank for a cursor at its end); every run is
as wide as Rich counts it.  The innermost span is the background, deeper ones are underlined, and a lane carries its
label's name or letter, so that colour is never the only sign.  A suggestion has no background: an underline in its
label's colour, and a dotted lane that begins with a question mark.  A span of another layer has a dim lane of equals
signs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.style import Style

from annotator.core.schema import Schema, letter
from annotator.core.spans import Span
from annotator.tui.glyphs import visible
from annotator.tui.lanes import LaneKind
from annotator.tui.layout import Line
from annotator.tui.palettes import DARK
from annotator.tui.style import Palette, Shades, ansi_colors

_LEFT, _RIGHT, _OPEN, _RULE = "╰", "╯", "┈", "─"
_ASKS, _DOTS = "?", "┄"
_LOOKS, _LINES = "=", "="


class Look(NamedTuple):
    """How a run is painted; colours as #rrggbb or by the terminal's name for them."""

    color: str
    background: str
    bold: bool = False
    underline: bool = False
    reverse: bool = False


class Run(NamedTuple):
    """Text in one look."""

    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class LabelPaint:
    """What the screens need of a label.

    Args:
        name: What lanes show.
        letter: One cell that stands for it where the name does not fit.
        shades: Its colours.
    """

    name: str
    letter: str
    shades: Shades


class Theme:
    """The looks of one schema's labels under one palette.

    Args:
        schema: Where names, letters and colours come from.
        palette: Where everything else comes from, and what becomes of the labels' colours.
    """

    def __init__(self, schema: Schema, palette: Palette = DARK) -> None:
        self.schema = schema
        self.palette = palette
        self.plain = Look(palette.text, palette.background)
        bare = not palette.colour
        self.selected = Look(palette.on_selected, palette.selected, bold=True, reverse=bare)
        self.hint = Look(palette.on_hint, palette.hint, bold=True, reverse=bare)
        colors = {name: label.color for name, label in schema.labels.items()}
        if palette.labels == "ansi":
            colors = dict(ansi_colors(colors))
        self._labels = {
            name: LabelPaint(visible(label.title), _one_cell(letter(name, label)), palette.shades(colors[name]))
            for name, label in schema.labels.items()
        }

    def label(self, name: str) -> LabelPaint:
        """Return the paint of a label; one that the schema does not have is grey."""
        known = self._labels.get(name)
        return known or LabelPaint(
            visible(name), _one_cell(name[:1].upper()), self.palette.shades(self.palette.unknown)
        )

    def span(self, name: str, *, depth: int) -> Look:
        """Return the look of a span's text.

        Args:
            name: Its label.
            depth: How many spans lie there, itself included.
        """
        shades = self.label(name).shades
        return Look(shades.text, shades.color, bold=not self.palette.colour, underline=depth > 1)

    def suggested(self, name: str) -> Look:
        """Return the look of text that a suggestion covers and no span does."""
        return Look(self.label(name).shades.tint, self.palette.background, underline=True)

    def lane(self, name: str, kind: LaneKind = "own") -> Look:
        """Return the look of a lane; that of another layer stands back."""
        color = self.palette.dim if kind == "other" else self.label(name).shades.tint
        return Look(color, self.palette.background)

    def chip(self, name: str) -> Style:
        """Return the style of a label's name in its chip."""
        shades = self.label(name).shades
        return Style(color=shades.text, bgcolor=shades.color)

    def key(self, name: str) -> Style:
        """Return the style of the letter in a label's chip."""
        shades = self.label(name).shades
        return Style(color=shades.on_tint, bgcolor=shades.tint, bold=True, reverse=not self.palette.colour)

    def mark(self, name: str) -> Style:
        """Return the style of a letter that stands for a label by itself."""
        return self.chip(name) if self.palette.colour else self.key(name)

    def words(self, name: str, *, on: str = "") -> Style:
        """Return the style of words in a label's colour, on the background or on another one of the palette."""
        return Style(color=self.label(name).shades.tint, bgcolor=on or self.palette.background)


def text_runs(
    line: Line,
    spans: Sequence[Span],
    theme: Theme,
    *,
    selection: tuple[int, int] | None = None,
    hints: Mapping[int, str] | None = None,
    suggested: Sequence[Span] = (),
) -> list[Run]:
    """Return the runs of a row's text.

    Args:
        line: The row.
        spans: Those that overlap it, in key order.
        theme: The labels' paints.
        selection: Start and end in code points; an empty one is a cursor and shows as one cell.  A span that lies
            under it still shows as an underline.
        hints: Letters to paint over the text, by the offset at which they start.
        suggested: Suggestions that overlap it, in key order.
    """
    count = len(line.glyphs)
    looks = [theme.plain] * count
    depth = [0] * count
    for span in suggested:
        look = theme.suggested(span.label)
        for at in range(line.floor(max(span.start, line.start)), line.ceil(span.end)):
            looks[at] = look
    for span in spans:
        single, nested = (theme.span(span.label, depth=number) for number in (1, 2))
        for at in range(line.floor(max(span.start, line.start)), line.ceil(span.end)):
            depth[at] += 1
            looks[at] = nested if depth[at] > 1 else single
    glyphs: list[str] = list(line.glyphs)
    if selection is not None:
        first, last = _selected(line, selection)
        if last > count:
            glyphs.append(" ")
            depth.append(0)
            looks.append(theme.plain)
        for at in range(first, last):
            looks[at] = theme.selected._replace(underline=depth[at] > 0)
    for offset, letters in (hints or {}).items():
        if line.start <= offset < line.end:
            _overlay(line, glyphs, looks, line.floor(offset), letters, look=theme.hint)
    pairs = groupby(zip(looks, glyphs, strict=True), key=itemgetter(0))
    return [Run("".join(glyph for _, glyph in run), look) for look, run in pairs]


def lane_runs(line: Line, lane: Sequence[Span], theme: Theme, kind: LaneKind = "own") -> list[Run]:
    """Return the runs of one lane beneath a row: each span as a bracket with its label's name.

    Args:
        line: The row above.
        lane: The lane's spans, in key order.
        theme: The labels' paints.
        kind: Whose spans they are.
    """
    runs: list[Run] = []
    cell = 0
    draw = {"own": bracket, "suggested": dotted, "other": doubled}[kind]
    for span in lane:
        start = max(cell, line.cells[line.floor(max(span.start, line.start))])
        end = line.cells[line.ceil(span.end)]
        if end <= start:
            continue
        if start > cell:
            runs.append(Run(" " * (start - cell), theme.plain))
        paint = theme.label(span.label)
        text = draw(paint, end - start, begins=span.start >= line.start, ends=span.end <= line.end)
        runs.append(Run(text, theme.lane(span.label, kind)))
        cell = end
    return runs


def bracket(paint: LabelPaint, width: int, *, begins: bool, ends: bool) -> str:
    """Return a lane's drawing of one span.

    Args:
        paint: Its label.
        width: Cells, at least 1.
        begins: Whether it begins in this row; else it goes on from the row before.
        ends: Whether it ends in this row.
    """
    left, right = (_LEFT if begins else _OPEN), (_RIGHT if ends else _OPEN)
    inner = width - 2
    if inner <= 0:
        return paint.letter + right * (width - 1)
    return left + _named(paint, inner, _RULE) + right


def dotted(paint: LabelPaint, width: int, *, begins: bool, ends: bool) -> str:
    """Return a lane's drawing of one suggestion: it asks; arguments as for `bracket`."""
    if width == 1:
        return _ASKS if begins else _DOTS
    return (_ASKS if begins else _DOTS) + _named(paint, width - 1, _DOTS)


def doubled(paint: LabelPaint, width: int, *, begins: bool, ends: bool) -> str:
    """Return a lane's drawing of one span of another layer; arguments as for `bracket`."""
    if width == 1:
        return paint.letter
    return (_LOOKS if begins else _OPEN) + _named(paint, width - 1, _LINES)


def _named(paint: LabelPaint, width: int, rule: str) -> str:
    """Return a label's name, or its letter where too little of that fits, and a rule up to a width."""
    name = paint.name if width >= min(3, cell_len(paint.name)) else paint.letter
    name = set_cell_size(name, min(width, cell_len(name)))
    return name + rule * (width - cell_len(name))


def _selected(line: Line, selection: tuple[int, int]) -> tuple[int, int]:
    """Return the numbers of the clusters under the selection; one more than there are for a cursor at the end."""
    start, end = selection
    if start == end:
        if not line.start <= start <= line.end:
            return 0, 0
        return line.floor(start), line.floor(start) + 1
    if end <= line.start or start >= line.end:
        return 0, 0
    return line.floor(max(start, line.start)), line.ceil(end)


def _overlay(line: Line, glyphs: list[str], looks: list[Look], at: int, letters: str, *, look: Look) -> None:
    """Paint letters over the clusters from a number on, keeping the width of each."""
    for character in letters:
        if at >= len(line.glyphs):
            return
        glyphs[at] = character + " " * (line.cells[at + 1] - line.cells[at] - 1)
        looks[at] = look
        at += 1


def _one_cell(text: str) -> str:
    """Return a letter if it takes one cell, else a bullet."""
    shown = visible(text)
    return shown if cell_len(shown) == 1 else "•"
