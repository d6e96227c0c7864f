"""What the agreement screens say: plain functions from figures to runs.

Invariant: everything that came from outside is made safe to show and is never markup; colour is never the only sign of
how high a figure is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rich.cells import set_cell_size
from rich.style import Style

from annotator.core.counting import count, named
from annotator.report.bars import bar
from annotator.tui.agree_board import ArticleRow, Board, DifferenceRow, Side
from annotator.tui.desk import short
from annotator.tui.glyphs import visible
from annotator.tui.shades import blend, contrast
from annotator.tui.style import Palette
from annotator.tui.widgets.bar import Run

if TYPE_CHECKING:
    from annotator.agreement.value import Value
    from annotator.tui.paint import Theme

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
SPARKS: Final = 20  # parts of the histogram
NAME: Final = (14, 34)  # cells of a row's name, at least and at most
CELL: Final = 12
WIDE: Final = 100


def name_width(board: Board, width: int) -> int:
    """Return how many cells the names of rows get."""
    longest = max(len(board.row_name(row)) for row in range(len(board.pairs))) + 5
    return min(max(longest, NAME[0]), NAME[1], max(NAME[0], width // 3))


def columns_in_view(board: Board, column: int, width: int) -> range:
    """Return which columns are shown, so that one is among them."""
    room = max(1, (width - name_width(board, width)) // CELL)
    first = min(max(0, column - room + 1), max(0, len(board.labels) - room))
    return range(first, min(first + room, len(board.labels)))


def heads(board: Board, column: int, *, look: Theme, width: int) -> list[Run]:
    """Return the runs of the line above the table: the labels."""
    palette = look.palette
    runs: list[Run] = [(" " * name_width(board, width), palette.plain)]
    for at in columns_in_view(board, column, width):
        name = set_cell_size(short(board.column_name(at), CELL - 2).center(CELL - 2), CELL - 2)
        runs += [(" ", palette.plain), (name, palette.strong if at == column else palette.faint), (" ", palette.plain)]
    return runs


def row(board: Board, measure: str, number: int, column: int, *, here: bool, look: Theme, width: int) -> list[Run]:
    """Return the runs of a row of the table: the pair, and a cell for each label."""
    palette = look.palette
    wide = name_width(board, width)
    name = set_cell_size(f" {'▸' if here else ' '} {short(board.row_name(number), wide - 4)}", wide)
    runs: list[Run] = [(name, palette.strong if here else palette.plain)]
    for at in columns_in_view(board, column, width):
        value = board.value(measure, number, at).value
        chosen = here and at == column
        text = f"{figure(value)} {level(value)}"
        text = (f"[{text}]" if chosen else text).center(CELL - 2)
        runs += [(" ", palette.plain), (text, heat(value, palette, here=chosen)), (" ", palette.plain)]
    return runs


def heat(value: float | None, palette: Palette, *, here: bool) -> Style:
    """Return the style of a cell: the higher the figure the stronger; that in hand as a chip."""
    if here:
        return palette.chip
    if value is None:
        return palette.faint
    if palette.native:
        return palette.plain
    ground = blend(palette.background, palette.chosen, max(0.0, min(value, 1.0)) ** 2)
    ink = max((palette.text, "#ffffff", "#000000"), key=lambda color: contrast(color, ground))
    return Style(color=ink, bgcolor=ground)


def level(value: float | None) -> str:
    """Return a block as high as the figure, which shows it without colour."""
    return " " if value is None else BLOCKS[min(max(round(value * 8), 0), 8)]


def figure(value: float | None) -> str:
    """Return a figure with two places, or a dash where it is undefined."""
    return "   –" if value is None else f"{value:>4.2f}"


def about_cell(board: Board, value: Value, place: tuple[int, int], *, palette: Palette, width: int) -> list[Run]:
    """Return the runs that tell of the cell in hand: its figure as a bar, with the interval."""
    name = f" {short(board.row_name(place[0]), 30)} · {short(board.column_name(place[1]), 20)}  "
    if value.value is None:
        return [(name, palette.on_bar_bright), (f"undefined: {value.undefined}", palette.on_bar)]
    between = "" if value.low is None or value.high is None else f"  {value.low:.3f} – {value.high:.3f}"
    facts = f"{between}   {count(value.n, 'article')}" if width >= WIDE else between
    drawn = bar(value.value, value.low, value.high, width=24 if width >= WIDE else 12)
    return [
        (name, palette.on_bar_bright),
        (f"{value.value:.3f} ", palette.on_bar_bright),
        (drawn, palette.on_bar_accent),
        (facts, palette.on_bar),
    ]


def notes(said: Sequence[str], *, palette: Palette, width: int) -> list[Run]:
    """Return the runs of a line that tells what to know before trusting the figures; the help tells all of it."""
    if not said:
        return []
    more = "  ? tells all"
    return [
        (" ! ", palette.on_bar_accent),
        (short(said[0], max(1, width - 5 - len(more))), palette.on_bar_bright),
        (more, palette.on_bar_dim),
    ]


def spread(rows: Sequence[ArticleRow], names: Sequence[str], *, palette: Palette, width: int) -> list[Run]:
    """Return the runs of a histogram of the articles' exact F1, and of the kinds of difference, by their names."""
    counts = [0] * SPARKS
    for one in rows:
        counts[min(int((one.score or 0.0) * SPARKS), SPARKS - 1)] += 1
    most = max(*counts, 1)
    sparks = "".join(BLOCKS[0 if not count else max(1, round(8 * count / most))] for count in counts)
    kinds = [sum(one.counts[at] for one in rows) for at in range(len(names))]
    told = ("   " if width >= WIDE else "  ").join(
        f"{name} {count:,}" for name, count in zip(names, kinds, strict=True)
    )
    return [
        (" articles by F1  0 " if width >= WIDE else " F1 0 ", palette.on_bar_dim),
        (sparks, palette.on_bar_accent),
        (" 1   ", palette.on_bar_dim),
        (told, palette.on_bar),
    ]


def article(one: ArticleRow, key: str, names: Sequence[str], *, palette: Palette, width: int) -> list[Run]:
    """Return the runs of an article of a cell: F1 as a bar, its key, and how many differences of each kind."""
    score = one.score or 0.0
    facts = "  ".join(f"{name} {count:>3}" for name, count in zip(names, one.counts, strict=True))
    if width < WIDE:
        differ = sum(one.counts[:-1])
        facts = f"{differ:>4} {named(differ, 'difference'):<11} "
    room = max(4, width - len(facts) - 26)
    style = palette.good_mark if not sum(one.counts[:-1]) else palette.heading
    return [
        (f"  {score:.2f} ", palette.plain),
        (bar(score, width=14), style),
        (f"  {set_cell_size(short(key, room - 2), room)}", palette.plain),
        (facts, palette.faint),
    ]


def difference(one: DifferenceRow, text: str, *, everybody: bool, look: Theme, width: int) -> list[Run]:
    """Return the runs of a difference: its kind, and what each of the two marked."""
    palette = look.palette
    runs: list[Run] = [(f" {one.kind:<9} ", palette.current_mark)]
    used = 11
    if everybody:
        names = set_cell_size(short(" × ".join(one.pair), 22), 24)
        runs.append((names, palette.faint))
        used += 24
    room = max(10, (width - used) // 2)
    for side in one.sides:
        runs += _side(side, text, room, look)
    return runs


def difference_heads(pair: tuple[str, str] | None, *, palette: Palette, width: int) -> list[Run]:
    """Return the runs of the line above the differences: whose are on the left and on the right, None for several."""
    if pair is None:
        return [(" kind       pair", palette.faint)]
    room = max(10, (width - 11) // 2)
    names = "".join(set_cell_size(short(name, room - 2), room) for name in pair)
    return [(" kind      ", palette.faint), (names, palette.strong)]


def _side(side: Side | None, text: str, room: int, look: Theme) -> list[Run]:
    palette = look.palette
    if side is None:
        return [(set_cell_size("–", room), palette.faint)]
    chip = f" {short(side.label, max(1, room // 3))} "
    words = short(text[side.start : side.end], max(1, room - len(chip) - 3))
    return [(chip, look.chip(side.label)), (set_cell_size(f" {words}", max(1, room - len(chip))), palette.plain)]


def context(one: DifferenceRow, number: int, text: str, *, look: Theme, width: int) -> list[Run]:
    """Return the runs of a line of text around a difference, as one of the two (0 or 1) marked it."""
    palette, side = look.palette, one.sides[number]
    name = set_cell_size(f" {short(one.pair[number], 14)}", 16)
    low, high = one.extent
    room = max(10, width - 17)
    lead = max(0, (room - (high - low)) // 2)
    start, end = max(0, low - lead), min(len(text), max(0, low - lead) + room)
    runs: list[Run] = [(name, palette.on_bar_accent)]
    cuts = (start, min(max(side.start, start), end), min(side.end, end), end) if side else (start, end, end, end)
    styles = (palette.on_bar, look.chip(side.label) if side else palette.on_bar, palette.on_bar)
    for (begin, stop), style in zip(pairwise(cuts), styles, strict=True):
        runs.append((visible(" ".join(text[begin:stop].splitlines())), style))
    return runs
