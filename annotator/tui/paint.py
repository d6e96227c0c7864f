"""A row, its spans and the selection in, styled runs of text out.

Invariant: the runs of a text row, joined, are its glyphs (and at most one blank for a cursor at its end); every run is
as wide as Rich counts it.  The innermost span is the background, deeper ones are underlined, and a lane carries its
label's name or letter, so that colour is never the only sign.
"""

from __future__ import annotations

import colorsys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from annotator.core.schema import Schema, letter
from annotator.core.spans import Span
from annotator.tui.glyphs import visible
from annotator.tui.layout import Line

BACKGROUND: Final = "#101418"
TEXT: Final = "#dfe3e8"
SELECTED: Final = "#f5e53b"
HINT: Final = "#ff6ad5"
UNKNOWN: Final = "#5a6068"

_LEFT, _RIGHT, _OPEN, _RULE = "╰", "╯", "┈", "─"


class Look(NamedTuple):
    """How a run is painted; colours as #rrggbb."""

    color: str = TEXT
    background: str = BACKGROUND
    bold: bool = False
    underline: bool = False


class Run(NamedTuple):
    """Text in one look."""

    text: str
    look: Look


@dataclass(frozen=True, slots=True)
class LabelPaint:
    """What the article view needs of a label.

    Args:
        name: What lanes show.
        letter: One cell that stands for it where the name does not fit.
        color: Background of its spans, under white text.
        tint: The same hue, light enough to be read on the dark background.
    """

    name: str
    letter: str
    color: str
    tint: str


class Theme:
    """The looks of one schema's labels.

    Args:
        schema: Where names, letters and colours come from.
    """

    def __init__(self, schema: Schema) -> None:
        self._labels = {
            name: LabelPaint(visible(label.title), _one_cell(letter(name, label)), label.color, tint_of(label.color))
            for name, label in schema.labels.items()
        }

    def label(self, name: str) -> LabelPaint:
        """Return the paint of a label; one that the schema does not have is grey."""
        known = self._labels.get(name)
        return known or LabelPaint(visible(name), _one_cell(name[:1].upper()), UNKNOWN, tint_of(UNKNOWN))


def tint_of(color: str) -> str:
    """Return a light colour of the same hue, for text on the dark background.

    Args:
        color: As #rrggbb.
    """
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    light = colorsys.hls_to_rgb(hue, max(lightness, 0.7), saturation and min(1.0, max(saturation, 0.6)))
    return "#" + "".join(f"{round(part * 255):02x}" for part in light)


def text_runs(
    line: Line,
    spans: Sequence[Span],
    theme: Theme,
    *,
    selection: tuple[int, int] | None = None,
    hints: Mapping[int, str] | None = None,
) -> list[Run]:
    """Return the runs of a row's text.

    Args:
        line: The row.
        spans: Those that overlap it, in key order.
        theme: The labels' paints.
        selection: Start and end in code points; an empty one is a cursor and shows as one cell.  A span that lies
            under it still shows as an underline.
        hints: Letters to paint over the text, by the offset at which they start.
    """
    count = len(line.glyphs)
    looks = [Look()] * count
    depth = [0] * count
    for span in spans:
        colour = theme.label(span.label).color
        for at in range(line.floor(max(span.start, line.start)), line.ceil(span.end)):
            depth[at] += 1
            looks[at] = Look("#ffffff", colour, underline=depth[at] > 1)
    glyphs: list[str] = list(line.glyphs)
    if selection is not None:
        first, last = _selected(line, selection)
        if last > count:
            glyphs.append(" ")
            depth.append(0)
            looks.append(Look())
        for at in range(first, last):
            looks[at] = Look(BACKGROUND, SELECTED, bold=True, underline=depth[at] > 0)
    for offset, letters in (hints or {}).items():
        if line.start <= offset < line.end:
            _overlay(line, glyphs, looks, line.floor(offset), letters)
    pairs = groupby(zip(looks, glyphs, strict=True), key=itemgetter(0))
    return [Run("".join(glyph for _, glyph in run), look) for look, run in pairs]


def lane_runs(line: Line, lane: Sequence[Span], theme: Theme) -> list[Run]:
    """Return the runs of one lane beneath a row: each span as a bracket with its label's name.

    Args:
        line: The row above.
        lane: The lane's spans, in key order.
        theme: The labels' paints.
    """
    runs: list[Run] = []
    cell = 0
    for span in lane:
        start = max(cell, line.cells[line.floor(max(span.start, line.start))])
        end = line.cells[line.ceil(span.end)]
        if end <= start:
            continue
        if start > cell:
            runs.append(Run(" " * (start - cell), Look()))
        paint = theme.label(span.label)
        text = bracket(paint, end - start, begins=span.start >= line.start, ends=span.end <= line.end)
        runs.append(Run(text, Look(paint.tint)))
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
    name = paint.name if inner >= min(3, cell_len(paint.name)) else paint.letter
    name = set_cell_size(name, min(inner, cell_len(name)))
    return left + name + _RULE * (inner - cell_len(name)) + right


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


def _overlay(line: Line, glyphs: list[str], looks: list[Look], at: int, letters: str) -> None:
    """Paint letters over the clusters from a number on, keeping the width of each."""
    for character in letters:
        if at >= len(line.glyphs):
            return
        glyphs[at] = character + " " * (line.cells[at + 1] - line.cells[at] - 1)
        looks[at] = Look(BACKGROUND, HINT, bold=True)
        at += 1


def _one_cell(text: str) -> str:
    """Return a letter if it takes one cell, else a bullet."""
    shown = visible(text)
    return shown if cell_len(shown) == 1 else "•"
